//! What the local sink received: a list, and the chosen one below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::display;
use crate::inspector::panes::event::bytes;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::pen::{Pen, scroll_mark};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value::json_line;
use crate::inspector::ui::window::{self, Line};
use crate::inspector::windows::send::Received;
use crate::inspector::{Command, Model};
use crate::share;

/// Draws the inbox over a window.
pub fn draw(model: &Model, look: &Look, area: Rect, cursor: Cursor, buffer: &mut Buffer) {
    let theme = &look.theme;
    let inside = window::open(look, area, "Sink inbox", &heading(model), buffer);
    let Some(received) = model.received.get(cursor.row) else {
        let (nothing, says) = nothing(model);
        let words = [nothing, "", says.as_str()];
        window::words(look, inside, words, buffer);
        return;
    };
    let rows = u16::try_from(model.received.len()).unwrap_or(u16::MAX);
    let top = rows.min(inside.height / 2).max(1);
    let list = Rect {
        height: top,
        ..inside
    };
    scroll_mark(buffer, list, look, model.received.len(), cursor.offset);
    for y in 0..top {
        let index = cursor.offset + usize::from(y);
        let Some(received) = model.received.get(index) else {
            break;
        };
        let mut pen = Pen::line(buffer, inside, y);
        if index == cursor.row {
            pen = pen.over(theme.cursor);
        }
        row(received, look, &mut pen);
    }
    let below = Rect {
        y: inside.y + top,
        height: inside.height - top,
        ..inside
    };
    let line = look.symbols.line.repeat(usize::from(below.width));
    if below.height > 0 {
        Pen::line(buffer, below, 0).put(&line, theme.border);
    }
    let body = share::pretty_or_plain(&received.body);
    let reasons = received.reasons.iter();
    let reasons = reasons.map(|reason| vec![(reason.clone(), theme.error)]);
    let body = body.lines().map(|line| json_line(line, theme));
    let lines: Vec<Line> = reasons
        .chain(body)
        .take(usize::from(below.height))
        .collect();
    let below = Rect {
        y: below.y + 1,
        height: below.height.saturating_sub(1),
        ..below
    };
    window::lines(look, below, &lines, buffer);
}

/// The sink's own address, what came, and where test traces go now if that is elsewhere.
fn heading(model: &Model) -> String {
    let Some(own) = &model.own_sink else {
        return "the built-in sink does not run".to_owned();
    };
    let came = match model.received.is_empty() {
        true => String::new(),
        false => format!(" · {} received", model.received_in_words()),
    };
    let elsewhere =
        match model.sends_to_own_sink() || model.destination.endpoint.base_url.is_empty() {
            true => String::new(),
            false => {
                let send = model.keymap.shown(Command::Send);
                format!(" · {send} sends to {}", model.destination.the())
            }
        };
    format!("{own}{came}{elsewhere}")
}

/// Why nothing is there, and what to do.
fn nothing(model: &Model) -> (&'static str, String) {
    let [send, change] = [Command::Send, Command::Destination].map(|c| model.keymap.shown(c));
    let there = model.destination.the();
    match &model.own_sink {
        None => (
            "The built-in sink does not run, so nothing can arrive here.",
            format!("Test traces go to {there} now; {change} chooses the local sink."),
        ),
        Some(_) if model.sends_to_own_sink() => (
            "Nothing has arrived yet.",
            format!(
                "Press {send} on a completion to send a test trace here, or point any client at the address above."
            ),
        ),
        Some(_) => (
            "Nothing has arrived yet.",
            format!("{send} sends test traces to {there} now; {change} chooses the local sink."),
        ),
    }
}

/// When, what and by whom, and how it was answered; what else there is room for.
fn row(received: &Received, look: &Look, pen: &mut Pen<'_>) {
    const ROOMY: usize = 100;
    let theme = &look.theme;
    let (symbol, style, says) = match received.status {
        200..300 => (look.symbols.good, theme.good, "valid"),
        _ => {
            let why = received.reasons.first().map_or("", String::as_str);
            (look.symbols.error, theme.error, why)
        }
    };
    let room = pen.room();
    pen.put(&format!(" {symbol} "), style);
    pen.put_padded(&format!("#{}", received.number), 5, theme.dim);
    let at = received.at.strftime("%H:%M:%S").to_string();
    pen.put_padded(&at, 10, theme.dim);
    let what = (room / 2).saturating_sub(6).min(48);
    let summary = display::clip_middle(&received.summary, what);
    pen.put_padded(&summary, what, theme.text)
        .put(" ", theme.text);
    pen.put_padded(&received.status.to_string(), 4, style);
    pen.put(says, style).put("  ", theme.text);
    if room >= ROOMY {
        let path = received.path.trim_start_matches("/v1/");
        pen.put(&format!("{path}  {}  ", bytes(received.bytes)), theme.dim);
    }
    pen.put(&received.event_id, theme.key);
}
