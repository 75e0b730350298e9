//! The send panel: the exact request with its key hidden, each attempt, the answer, and what to do.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::event::bytes;
use super::pen::{Pen, frame};
use super::theme::Look;
use super::value::json_line;
use crate::app::Model;
use crate::app::layout::inner;
use crate::app::send::{Sending, Stage};
use crate::app::tree::Cursor;
use crate::share;

/// Draws the panel over a window.
pub fn draw(
    model: &Model,
    look: &Look,
    window: Rect,
    scroll: Cursor,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = &look.theme;
    let sending = model.sendings.last()?;
    let title = [
        ("Send a test trace", theme.title),
        (" · ", theme.dim),
        (sending.name.as_str(), theme.dim),
    ];
    let hint = match sending.stage {
        Stage::Confirming => "⏎ send   Esc leave",
        Stage::Sending | Stage::Waiting { .. } => "Esc stop",
        Stage::Failed => "s send another   t destination   H history   Esc close",
        _ => "s send another   i sink inbox   Esc close",
    };
    frame(buffer, window, look, true, &title, hint);
    let inside = inner(window);
    let lines = lines(model, sending, look);
    for (y, line) in (0..inside.height).zip(lines.iter().skip(scroll.offset)) {
        let mut pen = Pen::line(buffer, inside, y);
        pen.put(" ", theme.text);
        for (text, style) in line {
            pen.put(text, *style);
        }
    }
    None
}

pub(super) type Line = Vec<(String, Style)>;

fn lines(model: &Model, sending: &Sending, look: &Look) -> Vec<Line> {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let mut lines: Vec<Line> = Vec::new();
    let destination = &model.destination;
    lines.push(status(model, sending, look));
    lines.push(Vec::new());
    for (index, attempt) in sending.attempts.iter().enumerate() {
        let (symbol, style) = match attempt.accepted {
            true => (symbols.good, theme.good),
            false => (symbols.error, theme.error),
        };
        let status = attempt
            .status
            .map(|status| format!("{status}  "))
            .unwrap_or_default();
        lines.push(vec![
            (format!("{symbol} attempt {}  ", index + 1), style),
            (format!("{status}{}", attempt.says), theme.text),
            (format!("   {} ms", attempt.millis), theme.dim),
        ]);
        if !attempt.accepted && !attempt.help.is_empty() {
            lines.push(vec![(
                format!("            {}", attempt.help),
                theme.warning,
            )]);
        }
        if !attempt.body.is_empty() {
            lines.push(vec![
                ("  answer     ".to_owned(), theme.dim),
                (attempt.body.clone(), theme.text),
            ]);
        }
    }
    if !sending.attempts.is_empty() {
        lines.push(Vec::new());
    }
    let url = format!(
        "{}{}",
        destination.base_url.trim_end_matches('/'),
        sending.request.route.path()
    );
    lines.push(vec![("POST ".to_owned(), theme.accent), (url, theme.title)]);
    for (name, value) in &destination.headers {
        lines.push(vec![
            (format!("{name}: "), theme.key),
            (value.clone(), theme.text),
        ]);
    }
    let size = bytes(sending.request.body.len());
    lines.push(vec![(format!("body, {size}:"), theme.dim)]);
    let body = String::from_utf8_lossy(&sending.request.body);
    for line in share::pretty_or_plain(&body).lines() {
        lines.push(json_line(line, theme));
    }
    lines
}

fn status(model: &Model, sending: &Sending, look: &Look) -> Line {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let name = &model.destination.name;
    let total: u64 = sending.attempts.iter().map(|attempt| attempt.millis).sum();
    match &sending.stage {
        Stage::Confirming => vec![
            (format!("{} not sent yet: ", symbols.warning), theme.warning),
            (
                format!(
                    "press ⏎ to send this to {} at {}",
                    the(name),
                    model.destination.base_url
                ),
                theme.title,
            ),
        ],
        Stage::Sending => vec![(format!("… sending to {}", the(name)), theme.title)],
        Stage::Waiting { since, wait } => {
            let left = (*since + i64::try_from(*wait).unwrap_or(0) - model.now).max(0);
            let seconds = (left + 999) / 1000;
            vec![
                (
                    format!("{} next attempt in {seconds} s", symbols.warning),
                    theme.warning,
                ),
                (" with the same bytes".to_owned(), theme.dim),
            ]
        }
        Stage::Accepted => vec![
            (
                format!("{} accepted by {}", symbols.good, the(name)),
                theme.good,
            ),
            (format!(" in {total} ms"), theme.text),
            (
                "   accepted is not stored: whether it is shown there is up to the receiver"
                    .to_owned(),
                theme.dim,
            ),
        ],
        Stage::Failed => vec![
            (format!("{} not accepted", symbols.error), theme.error),
            (format!(" by {} after {total} ms", the(name)), theme.text),
        ],
        Stage::Cancelled => vec![
            (format!("{} stopped", symbols.warning), theme.warning),
            (": it may have arrived all the same".to_owned(), theme.dim),
        ],
    }
}

/// A destination's name in a sentence.
pub(super) fn the(name: &str) -> String {
    match name {
        "Raindrop" => name.to_owned(),
        _ => format!("the {name}"),
    }
}
