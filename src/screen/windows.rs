//! The plain windows: help, the sink's inbox, a long text, problems, the palette.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use super::event::bytes;
use super::pen::{Pen, frame};
use super::theme::Look;
use super::trace::visible_input;
use crate::app::Model;
use crate::app::command::{Group, TABLE};
use crate::app::detail::Detail;
use crate::app::keymap::pretty;
use crate::app::layout::inner;
use crate::app::palette::palette_entries;
use crate::app::send::Received;
use crate::app::tree::Cursor;
use crate::share;

/// The keys, explained; from the same table as the keymap.
pub fn help(
    model: &Model,
    look: &Look,
    window: Rect,
    scroll: Cursor,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = &look.theme;
    frame(
        buffer,
        window,
        look,
        true,
        &[("Help", theme.title)],
        "j k scroll   Esc close",
    );
    let inside = inner(window);
    let mut lines: Vec<Option<(String, String, bool)>> = Vec::new();
    for group in Group::ALL {
        lines.push(Some((group.title().to_owned(), String::new(), true)));
        for entry in TABLE.iter().filter(|entry| entry.group == group) {
            let keys: Vec<String> = model.keymap.keys(entry.command).map(pretty).collect();
            let keys = match keys.as_slice() {
                [first, .., last] if keys.len() > 4 => format!("{first}–{last}"),
                keys => keys.join(" "),
            };
            lines.push(Some((keys, entry.help.to_owned(), false)));
        }
        lines.push(None);
    }
    for (symbol, says) in marks(look) {
        lines.push(match (symbol.is_empty(), says.is_empty()) {
            (true, true) => None,
            (true, false) => Some((says, symbol, true)),
            (false, _) => Some((symbol, says, false)),
        });
    }
    for (y, line) in (0..inside.height).zip(lines.iter().skip(scroll.offset)) {
        let mut pen = Pen::line(buffer, inside, y);
        pen.put(" ", theme.text);
        match line {
            None => {}
            Some((title, _, true)) => {
                pen.put(title, theme.title);
            }
            Some((keys, help, false)) => {
                pen.put_padded(&format!("  {keys}"), 18, theme.accent)
                    .put(help, theme.text);
            }
        }
    }
    None
}

fn marks(look: &Look) -> Vec<(String, String)> {
    let symbols = &look.symbols;
    let entry = |symbol: &str, says: &str| (symbol.to_owned(), says.to_owned());
    vec![
        entry("", "Marks in the completion"),
        entry(symbols.mapped, "arrives in the event"),
        entry(symbols.lit, "belongs to the row under the cursor"),
        entry(symbols.dropped, "does not arrive"),
        entry(symbols.superseded, "another source came first"),
        entry(symbols.withheld, "kept back by privacy mode"),
        entry("", ""),
        entry("", "Marks elsewhere"),
        entry(symbols.edited, "edited"),
        entry(symbols.added, "an edit added it"),
        entry(symbols.changed, "an edit changed it"),
        entry(symbols.warning, "something is lost or assumed"),
        entry(symbols.error, "refused or leaking"),
        entry(
            symbols.none,
            "in the list: no event, since nothing was generated",
        ),
        entry("", ""),
        entry("", "How sure a rule is"),
        entry("documented", "OpenRouter's public documentation says so"),
        entry("seen", "read off a real event, delivery or recording"),
        entry(
            "chosen",
            "nobody outside knows; this is rainscope's decision",
        ),
    ]
}

/// What the local sink received: a list, and the chosen one below.
pub fn inbox(
    model: &Model,
    look: &Look,
    window: Rect,
    cursor: Cursor,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = &look.theme;
    let title = format!(" · {}", model.destination.base_url);
    let title = [("Sink inbox", theme.title), (title.as_str(), theme.dim)];
    frame(buffer, window, look, true, &title, "⏎ in full   Esc close");
    let inside = inner(window);
    if model.received.is_empty() {
        let words = [
            "Nothing has arrived yet.",
            "",
            "Press s on a completion to send a test trace here, or point any client at the address above.",
        ];
        for (y, line) in (0..inside.height).zip(words) {
            Pen::line(buffer, inside, y).skip(1).put(line, theme.text);
        }
        return None;
    }
    let top = (inside.height / 2).max(1);
    for y in 0..top {
        let index = cursor.offset + usize::from(y);
        let Some(received) = model.received.get(index) else {
            break;
        };
        let mut pen = Pen::line(buffer, inside, y);
        if index == cursor.row {
            pen = pen.over(theme.cursor);
        }
        received_line(received, look, &mut pen);
    }
    let received = model.received.get(cursor.row)?;
    let below = Rect {
        y: inside.y + top,
        height: inside.height - top,
        ..inside
    };
    let line = look.symbols.line.repeat(usize::from(below.width));
    if below.height > 0 {
        Pen::line(buffer, below, 0).put(&line, theme.border);
    }
    let mut lines: Vec<String> = received.reasons.clone();
    lines.extend(
        share::pretty_or_plain(&received.body)
            .lines()
            .map(str::to_owned),
    );
    for (y, line) in (1..below.height).zip(&lines) {
        Pen::line(buffer, below, y).skip(1).put(line, theme.text);
    }
    None
}

fn received_line(received: &Received, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let (symbol, style, says) = match received.status {
        200..300 => (look.symbols.good, theme.good, "valid".to_owned()),
        _ => (
            look.symbols.error,
            theme.error,
            received.reasons.first().cloned().unwrap_or_default(),
        ),
    };
    pen.put(&format!(" {symbol} "), style);
    pen.put_padded(&format!("#{}", received.number), 5, theme.dim);
    pen.put_padded(&received.status.to_string(), 4, style);
    let path = received.path.trim_start_matches("/v1/");
    pen.put_padded(path, 21, theme.text).put(" ", theme.text);
    pen.put_padded(&bytes(received.bytes), 8, theme.dim)
        .put(" ", theme.text);
    pen.put(&says, style).put("  ", theme.text);
    pen.put(&received.event_id, theme.key);
}

/// A long text, with real line breaks.
pub fn detail(look: &Look, window: Rect, detail: &Detail, buffer: &mut Buffer) -> Option<Position> {
    let theme = &look.theme;
    let foot = format!(
        "{}/{}   j k scroll   / search   y copy   Esc close",
        (detail.offset + 1).min(detail.lines.len()),
        detail.lines.len()
    );
    frame(
        buffer,
        window,
        look,
        true,
        &[(detail.title.as_str(), theme.title)],
        &foot,
    );
    let inside = inner(window);
    for (y, line) in (0..inside.height).zip(detail.lines.iter().skip(detail.offset)) {
        let mut pen = Pen::line(buffer, inside, y);
        for (part, is_found) in parts(detail, line.clone()) {
            let style = if is_found { theme.lit } else { theme.text };
            pen.put(&detail.text[part], style);
        }
    }
    None
}

/// A line in parts, with whether each is what was looked for.
fn parts(detail: &Detail, line: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let mut parts = Vec::new();
    let mut at = line.start;
    let first = detail
        .found
        .partition_point(|found| found.end <= line.start);
    let within = detail.found[first..]
        .iter()
        .take_while(|found| found.start < line.end);
    for found in within {
        let (start, end) = (found.start.max(at), found.end.min(line.end));
        parts.push((at..start, false));
        parts.push((start..end, true));
        at = end;
    }
    parts.push((at..line.end, false));
    parts
}

/// What could not be loaded, and what deserves a word.
pub fn problems(
    model: &Model,
    look: &Look,
    window: Rect,
    cursor: Cursor,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = &look.theme;
    frame(
        buffer,
        window,
        look,
        true,
        &[("Problems", theme.title)],
        "Esc close",
    );
    let inside = inner(window);
    let library = &model.library;
    let mistakes = model.mistakes.iter();
    let mistakes = mistakes.map(|text| (text.clone(), theme.error, look.symbols.error));
    let bad = library.problems.iter();
    let bad = bad.map(|problem| (problem.to_string(), theme.error, look.symbols.error));
    let notes = library.notes.iter();
    let notes = notes.map(|note| (note.to_string(), theme.dim, look.symbols.info));
    let bad = mistakes.chain(bad);
    let all = bad.chain(notes).enumerate().skip(cursor.offset);
    let mut any = false;
    for (y, (index, (problem, style, symbol))) in (0..inside.height).zip(all) {
        any = true;
        let mut pen = Pen::line(buffer, inside, y);
        if index == cursor.row {
            pen = pen.over(theme.cursor);
        }
        pen.put(&format!(" {symbol} "), style)
            .put(&problem, theme.text);
    }
    if !any {
        Pen::line(buffer, inside, 0)
            .skip(1)
            .put("Everything was loaded.", theme.text);
    }
    None
}

/// Commands by name.
pub fn palette(
    model: &Model,
    look: &Look,
    window: Rect,
    input: &Input,
    cursor: Cursor,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = &look.theme;
    frame(
        buffer,
        window,
        look,
        true,
        &[("Commands", theme.title)],
        "⏎ do it   Esc close",
    );
    let inside = inner(window);
    let mut pen = Pen::line(buffer, inside, 0);
    pen.put(" : ", theme.accent);
    let (text, at) = visible_input(input, pen.room().saturating_sub(1));
    pen.put(&text, theme.text);
    let position = Position::new(inside.x + 3 + u16::try_from(at).unwrap_or(0), inside.y);
    let entries = palette_entries(input.value());
    let rows = (2..inside.height).zip(entries.iter().enumerate().skip(cursor.offset));
    for (y, (index, entry)) in rows {
        let mut pen = Pen::line(buffer, inside, y);
        if index == cursor.row {
            pen = pen.over(theme.cursor);
        }
        let key = model.keymap.shown(entry.command);
        pen.put_padded(&format!(" {}", entry.name), 22, theme.title);
        pen.put_padded(&key, 8, theme.accent)
            .put(entry.help, theme.text);
    }
    if entries.is_empty() {
        Pen::line(buffer, inside, 2)
            .skip(1)
            .put("no command has these words", theme.dim);
    }
    Some(position)
}
