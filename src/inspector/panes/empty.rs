//! What the completion's pane says while there is no completion: why, and what to do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::completion::load::ProblemKind;
use crate::display;
use crate::inspector::library::traffic::{NO_CALL_CAME, Traffic};
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Command, Model};

/// Draws what stands in place of a completion.
pub(super) fn draw(model: &Model, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let problem = model
        .library
        .entry(model.at_cursor().unwrap_or(model.list.row))
        .and_then(|entry| entry.problem());
    let listening = model.traffic.as_ref().filter(|_| problem.is_none());
    if let Some(traffic) = listening {
        return no_call(model, traffic, look, inside, buffer);
    }
    let text = match (problem, model.loading) {
        (Some(problem), _) => {
            let what = match problem.kind {
                ProblemKind::Unrecognised | ProblemKind::Skipped | ProblemKind::Remark => "This record holds no completion.",
                ProblemKind::Malformed | ProblemKind::Unreadable => "This record could not be read.",
            };
            format!("{what}\n\n{problem}")
        }
        (None, Some(_)) => "Reading…".to_owned(),
        (None, None) if !model.gone.is_empty() => format!(
            "{} {} gone.\n\nWhat is there again is read again: with your edits, and where you left the list.",
            model.gone.join(", "),
            if model.gone.len() == 1 { "is" } else { "are" }
        ),
        (None, None) if model.library.problems.is_empty() => {
            "Nothing is loaded.\n\nStart with files, folders or - for standard input:\n  rainscope my-requests.ndjson\nor without any argument for the bundled samples.".to_owned()
        }
        (None, None) => {
            let first = model.library.problems[0].to_string();
            let key = model.keymap.shown(Command::Problems);
            format!("Nothing could be loaded. Press {key} for all problems. The first:\n\n{first}")
        }
    };
    let lines = display::wrap(&text, usize::from(inside.width.saturating_sub(2)));
    for (y, line) in (0..inside.height).zip(lines) {
        Pen::line(buffer, inside, y)
            .skip(1)
            .put(&text[line], look.theme.text);
    }
}

/// While nothing has passed: where it is listened, and what to set.
fn no_call(model: &Model, traffic: &Traffic, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let key = model.keymap.shown(Command::Output);
    let mut lines = vec![
        (format!("Listening at {}", traffic.origin), theme.title),
        (format!("for {}.", traffic.upstream), theme.text),
        ("Calls appear here as they happen.".to_owned(), theme.text),
        (String::new(), theme.text),
    ];
    let said = match (traffic.setup.has_command, traffic.ended) {
        (true, None) => vec![
            "The command's calls to OpenRouter come here, where its client takes its base URL from the environment.".to_owned(),
            "One that is written in its code goes past: `rainscope listen --show openai` has what to write instead.".to_owned(),
            format!("{key} shows what the command writes."),
        ],
        (true, Some(status)) => vec![
            format!("The command ended with status {status}, and {NO_CALL_CAME}."),
            String::new(),
            format!("{key} shows what the command writes."),
        ],
        (false, _) => traffic.setup.apps.clone(),
    };
    // What is set is indented, and stands out.
    lines.extend(said.into_iter().map(|line| {
        let style = if line.starts_with(' ') {
            theme.accent
        } else {
            theme.text
        };
        (line, style)
    }));
    if !traffic.setup.has_command {
        lines.push((String::new(), theme.text));
        lines.push((
            format!("{key} has this, and more for deliveries."),
            theme.dim,
        ));
    }
    let width = usize::from(inside.width.saturating_sub(2));
    // A variable is parted from its value rather than broken in the middle.
    let lines = lines.into_iter().flat_map(|(text, style)| {
        let parts = text
            .split_once('=')
            .filter(|_| display::width(&text) > width);
        match parts.map(|(name, value)| (format!("{name}="), format!("    {value}"))) {
            Some((name, value)) => vec![(name, style), (value, style)],
            None => vec![(text, style)],
        }
    });
    let lines: Vec<(String, Style)> = lines.collect();
    let pieces = lines.iter().flat_map(|(text, style)| {
        let pieces = display::wrap(text, width).into_iter();
        pieces.map(move |piece| (&text[piece], *style))
    });
    for (y, (text, style)) in (0..inside.height).zip(pieces) {
        Pen::line(buffer, inside, y).skip(1).put(text, style);
    }
}
