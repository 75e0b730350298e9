//! A screen as a picture: text, or SVG or PNG with the colours of a dark or a light terminal.

mod png;

pub use png::png;

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The ground that a picture is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
}

struct PictureColours {
    ground: &'static str,
    text: &'static str,
    colours: [&'static str; 16],
}

const DARK: PictureColours = PictureColours {
    ground: "#16181d",
    text: "#d8dbe2",
    colours: [
        "#3b4048", "#f0717a", "#86c87c", "#e2b95f", "#6ba4f5", "#c58af0", "#4fc1cf", "#c9ced6",
        "#6b7280", "#ff8b92", "#a2dd98", "#f2cf7f", "#8cbcff", "#d8a8ff", "#74d8e4", "#ffffff",
    ],
};

const LIGHT: PictureColours = PictureColours {
    ground: "#fcfcfb",
    text: "#23262b",
    colours: [
        "#23262b", "#c0303a", "#2f7d32", "#96690a", "#245fc0", "#8238b0", "#0b7285", "#5b616a",
        "#7b818a", "#d8434d", "#3c8f3f", "#a87a14", "#3370d4", "#9448c4", "#14869b", "#101215",
    ],
};

/// The screen as lines of text, without trailing spaces.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for (_, cell) in cells(buffer, y) {
            line.push_str(cell.symbol());
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The cells of a line; the second half of a wide character is left out.
pub(super) fn cells(buffer: &Buffer, y: u16) -> impl Iterator<Item = (u16, &Cell)> {
    let mut next = 0;
    (0..buffer.area.width).filter_map(move |x| {
        let cell = &buffer[(buffer.area.x + x, buffer.area.y + y)];
        if x < next {
            return None;
        }
        let width = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
        next = x + u16::try_from(width).unwrap_or(1);
        Some((x, cell))
    })
}

const CELL_WIDTH: f32 = 8.4;
const CELL_HEIGHT: u16 = 18;
const MARGIN: u16 = 12;

/// The screen as an SVG picture.
pub fn svg(buffer: &Buffer, ground: Ground) -> String {
    let mut body = String::new();
    each_piece(buffer, ground, |piece| body.push_str(&piece));
    framed(buffer, ground, "", &body)
}

/// Hands on what is drawn, piece by piece: cells that look alike and stand side by side.
pub(super) fn each_piece(buffer: &Buffer, ground: Ground, mut each: impl FnMut(String)) {
    for y in 0..buffer.area.height {
        for run in runs(buffer, y) {
            let mut piece = String::new();
            draw(&run, y, palette(ground), &mut piece);
            if !piece.is_empty() {
                each(piece);
            }
        }
    }
}

const fn palette(ground: Ground) -> &'static PictureColours {
    match ground {
        Ground::Dark => &DARK,
        Ground::Light => &LIGHT,
    }
}

/// A picture of a screen's size with what was drawn of it; `head` stands before all that is seen.
pub(super) fn framed(buffer: &Buffer, ground: Ground, head: &str, body: &str) -> String {
    let width = f32::from(buffer.area.width) * CELL_WIDTH + f32::from(MARGIN) * 2.0;
    let height = buffer.area.height * CELL_HEIGHT + MARGIN * 2;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" viewBox=\"0 0 {width:.0} {height}\">\n\
         {head}<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n\
         <g font-family=\"'DejaVu Sans Mono','Menlo','Consolas',monospace\" font-size=\"14\">\n\
         {body}</g>\n</svg>\n",
        palette(ground).ground
    )
}

/// Cells that look alike and stand side by side are one run.
struct StyledRun {
    x: u16,
    columns: u16,
    text: String,
    look: CellStyle,
}

impl StyledRun {
    /// Whether it is made of this line of a frame alone.
    fn is_of(&self, symbol: &str) -> bool {
        matches!(symbol, "─" | "━" | "═")
            && self.text.starts_with(symbol)
            && self.text.chars().all(|c| symbol.starts_with(c))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct CellStyle {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

fn runs(buffer: &Buffer, y: u16) -> Vec<StyledRun> {
    let mut runs: Vec<StyledRun> = Vec::new();
    for (x, cell) in cells(buffer, y) {
        let look = CellStyle {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier,
        };
        let width = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
        let columns = u16::try_from(width).unwrap_or(1);
        let is_narrow = |text: &str| text.chars().all(|c| (c as u32) < 0x2000);
        match runs.last_mut() {
            // Characters outside the Latin range stand alone, so that a font cannot shift what follows, or with their like.
            Some(run)
                if run.look == look
                    && run.x + run.columns == x
                    && (is_narrow(cell.symbol()) && is_narrow(&run.text)
                        || run.is_of(cell.symbol())) =>
            {
                run.columns += columns;
                run.text.push_str(cell.symbol());
            }
            _ => runs.push(StyledRun {
                x,
                columns,
                text: cell.symbol().to_owned(),
                look,
            }),
        }
    }
    runs
}

fn draw(run: &StyledRun, y: u16, palette: &PictureColours, out: &mut String) {
    let CellStyle { fg, bg, modifier } = run.look;
    let mut text_colour = colour(fg, palette, palette.text);
    let mut ground = match bg {
        Color::Reset => None,
        other => Some(colour(other, palette, palette.ground)),
    };
    if modifier.contains(Modifier::REVERSED) {
        let behind = ground.unwrap_or_else(|| palette.ground.to_owned());
        ground = Some(std::mem::replace(&mut text_colour, behind));
    }
    let top = MARGIN + y * CELL_HEIGHT;
    let x = f32::from(MARGIN) + f32::from(run.x) * CELL_WIDTH;
    let width = f32::from(run.columns) * CELL_WIDTH;
    if let Some(ground) = ground {
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{CELL_HEIGHT}\" fill=\"{ground}\"/>"
        );
    }
    let mut style = String::new();
    if modifier.contains(Modifier::BOLD) {
        style.push_str(" font-weight=\"bold\"");
    }
    if modifier.contains(Modifier::ITALIC) {
        style.push_str(" font-style=\"italic\"");
    }
    if modifier.contains(Modifier::DIM) {
        style.push_str(" opacity=\"0.6\"");
    }
    if modifier.contains(Modifier::UNDERLINED) {
        style.push_str(" text-decoration=\"underline\"");
    }
    if modifier.contains(Modifier::CROSSED_OUT) {
        style.push_str(" text-decoration=\"line-through\"");
    }
    for (column, words) in without_gaps(&run.text) {
        let columns = |count: usize| f32::from(u16::try_from(count).unwrap_or(u16::MAX));
        let x = x + columns(column) * CELL_WIDTH;
        let width = columns(unicode_width::UnicodeWidthStr::width(words)) * CELL_WIDTH;
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{}\" fill=\"{text_colour}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\"{style}>{}</text>",
            top + 13,
            escaped(words)
        );
    }
}

/// The pieces of a text between which more than one space stands, or at whose ends one does, each with its column: browsers
/// make one space of several and none at an end, and stretch what is left.
fn without_gaps(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut column = 0;
    text.split("  ").filter_map(move |piece| {
        let words = piece.trim_start_matches(' ');
        let at = column + (piece.len() - words.len());
        column += unicode_width::UnicodeWidthStr::width(piece) + 2;
        let words = words.trim_end_matches(' ');
        (!words.is_empty()).then_some((at, words))
    })
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            // XML has no place for these, not even by their numbers.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}'.to_string(),
            c => c.to_string(),
        })
        .collect()
}

fn colour(colour: Color, palette: &PictureColours, default: &str) -> String {
    match (colour, index_of(colour)) {
        (Color::Rgb(r, g, b), _) => format!("#{r:02x}{g:02x}{b:02x}"),
        (_, Some(index)) => palette.colours[usize::from(index)].to_owned(),
        (_, None) => default.to_owned(),
    }
}

/// Which of a terminal's 16 colours it is, if it is one of them.
pub(super) const fn index_of(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Reset | Color::Rgb(..) => return None,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(index) if index < 16 => index,
        Color::Indexed(_) => 15,
    })
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn draws_runs_and_escapes_them() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, "a<天", Style::new().fg(Color::Red));
        assert_eq!(text(&buffer), "a<天\n");
        let svg = svg(&buffer, Ground::Dark);
        assert!(
            svg.contains(">a&lt;</text>") && svg.contains(">天</text>"),
            "{svg}"
        );
    }

    /// One of these, and no reader of XML shows the picture.
    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        for odd in ["k\u{fffe}", "k\u{ffff}", "k\u{1}"] {
            buffer[(0, 0)].set_symbol(odd);
            let svg = svg(&buffer, Ground::Dark);
            assert!(svg.contains('\u{fffd}') && !svg.contains(odd), "{svg}");
        }
    }

    #[test]
    fn no_piece_has_a_space_that_a_browser_drops() {
        let check = |text: &str, expected: &[(usize, &str)]| {
            assert_eq!(without_gaps(text).collect::<Vec<_>>(), expected, "{text:?}");
        };
        check("one two", &[(0, "one two")]);
        check("  one   two ", &[(2, "one"), (8, "two")]);
        check("a    b", &[(0, "a"), (5, "b")]);
        check("   ", &[]);
        check(" ", &[]);
        check("天  b", &[(0, "天"), (4, "b")]);
    }
}
