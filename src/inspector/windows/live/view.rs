//! A request through OpenRouter: what would be asked and that it costs money, then the answer as it
//! arrives.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::display;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value::json_line;
use crate::inspector::ui::window::{self, Line};
use crate::inspector::windows::live::{Live, Stage, body_lines};
use crate::inspector::{Command, Model};
use crate::settings::write_key::MASK;

/// Draws the window.
pub fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let Some(live) = &model.live else {
        return;
    };
    let inside = window::open(look, area, "Through OpenRouter", &live.name, buffer);
    let width = usize::from(inside.width.saturating_sub(2));
    let mut lines = status(model, live, look);
    match live.stage {
        Stage::Confirming => lines.extend(
            body_lines(live)
                .iter()
                .skip(live.scroll.offset)
                .map(|line| json_line(line, theme)),
        ),
        _ => {
            // The end of the text is what one wants to see.
            let room = usize::from(inside.height).saturating_sub(lines.len());
            let wrapped = display::wrap(&live.text, width);
            let from = wrapped.len().saturating_sub(room);
            let shown = wrapped.into_iter().skip(from);
            lines.extend(shown.map(|range| vec![(live.text[range].to_owned(), theme.text)]));
        }
    }
    window::lines(look, inside, &lines, buffer);
}

fn status(model: &Model, live: &Live, look: &Look) -> Vec<Line> {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let model_name = match live.request.model.as_str() {
        "" => "the default model",
        model => model,
    };
    let seconds = (model.now - live.begun).max(0) / 1000;
    let mut lines: Vec<Line> = match &live.stage {
        Stage::Confirming => vec![
            vec![
                (format!("{} this costs money: ", symbols.warning), theme.warning),
                (
                    format!(
                        "press {} to ask {model_name} for real",
                        model.keymap.shown(Command::Open)
                    ),
                    theme.title,
                ),
            ],
            vec![(
                "Your OpenRouter credits pay for it, and it is broadcast as your settings there say."
                    .to_owned(),
                theme.dim,
            )],
        ],
        Stage::Waiting => vec![vec![(
            format!("… asking {model_name}, {seconds} s"),
            theme.title,
        )]],
        Stage::Arriving => vec![vec![(
            format!("… {model_name} answers, {seconds} s"),
            theme.title,
        )]],
        Stage::Failed(trouble) => vec![
            vec![(format!("{} {}", symbols.error, trouble.says), theme.error)],
            vec![(trouble.help.clone(), theme.warning)],
        ],
        Stage::Cancelled => vec![vec![
            (format!("{} broken off", symbols.warning), theme.warning),
            (": what was made so far may be paid for".to_owned(), theme.dim),
        ]],
    };
    lines.push(Vec::new());
    lines.push(vec![
        ("POST ".to_owned(), theme.accent),
        (live.url.clone(), theme.title),
    ]);
    if live.stage == Stage::Confirming {
        lines.push(vec![
            ("Authorization: ".to_owned(), theme.key),
            (format!("Bearer {MASK}"), theme.text),
        ]);
    }
    lines.push(Vec::new());
    lines
}
