//! A frame as text: its lines, and below them the runs of cells that are not plain, so that a change of
//! style is seen as well as a change of words.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Lines and style runs.
pub fn picture(buffer: &Buffer) -> String {
    let mut out = lines(buffer).join("\n");
    out.push_str("\n--- styles\n");
    for y in 0..buffer.area.height {
        let runs = runs(buffer, y);
        if !runs.is_empty() {
            out.push_str(&format!("{y}: {}\n", runs.join(", ")));
        }
    }
    out
}

/// The lines as a terminal shows them: what lies behind the second half of a wide character is not seen.
pub fn lines(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let line = |y| {
        let mut text = String::new();
        let mut x = 0;
        while x < area.width {
            let symbol = buffer[(x, y)].symbol();
            text.push_str(symbol);
            x += u16::try_from(symbol.width().max(1)).unwrap();
        }
        text.trim_end().to_owned()
    };
    (0..area.height).map(line).collect()
}

/// The lines of a part of it.
pub fn part(buffer: &Buffer, area: Rect) -> Vec<String> {
    let line = |y| -> String {
        let cells = (area.left()..area.right()).map(|x| buffer[(x, y)].symbol());
        cells.collect()
    };
    (area.top()..area.bottom()).map(line).collect()
}

fn runs(buffer: &Buffer, y: u16) -> Vec<String> {
    let mut out = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let style = words(&buffer[(x, y)]);
        let start = x;
        while x < buffer.area.width && words(&buffer[(x, y)]) == style {
            x += 1;
        }
        if !style.is_empty() {
            out.push(format!("{start}..{x} {style}"));
        }
    }
    out
}

fn words(cell: &Cell) -> String {
    let mut words = Vec::new();
    if cell.fg != Color::Reset {
        words.push(format!("{:?}", cell.fg).to_lowercase());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on-{:?}", cell.bg).to_lowercase());
    }
    let names = [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::ITALIC, "italic"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
        (Modifier::CROSSED_OUT, "struck"),
    ];
    let has = names
        .iter()
        .filter(|(modifier, _)| cell.modifier.contains(*modifier));
    words.extend(has.map(|(_, name)| (*name).to_owned()));
    words.join("/")
}
