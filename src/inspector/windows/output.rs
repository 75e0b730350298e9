//! What the command wrote that `listen` runs: its last lines, and how it ended.

use super::{Flow, Update, Window, WindowEvent};
use crate::display;
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::line::Line;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model};

/// The window. It stays at the end of the output unless one scrolls away from there.
#[derive(Debug, Clone)]
pub struct OutputWindow {
    scroll: Cursor,
    follows: bool,
}

/// Why it cannot be opened.
pub fn refusal(model: &Model) -> Option<String> {
    match &model.traffic {
        None => Some("no command runs: `rainscope listen -- COMMAND` runs one".to_owned()),
        Some(_) => None,
    }
}

/// Opens the window at the end of the output.
pub fn open(update: &mut Update<'_>) {
    update.model.open_window(OutputWindow {
        scroll: Cursor::START,
        follows: true,
    });
}

impl Window for OutputWindow {
    fn name(&self) -> &'static str {
        "the command's output"
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Output)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        Vec::new()
    }

    fn update(&mut self, _event: WindowEvent<'_>, _update: &mut Update<'_>) -> Flow {
        Flow::Ignored
    }

    fn step(&mut self, step: CursorStep, _height: usize) -> bool {
        self.follows = step == CursorStep::Bottom;
        false
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let theme = &look.theme;
        let view = View::new("Command");
        let Some(traffic) = &model.traffic else {
            return view;
        };
        let state = match traffic.ended {
            None => "running".to_owned(),
            Some(status) => format!("ended with status {status}"),
        };
        if traffic.output.lines.is_empty() {
            let says = "What it writes on standard output and standard error is shown here.";
            return view
                .subtitle(state)
                .words(look, ["It wrote nothing yet.", "", says]);
        }
        let width = model.window_size().0.saturating_sub(2);
        let mut lines: Vec<Line> = Vec::new();
        if traffic.output.dropped > 0 {
            let says = format!("… {} lines before these", traffic.output.dropped);
            lines.push(vec![(says, theme.dim)]);
        }
        for (is_error, text) in &traffic.output.lines {
            let style = match is_error {
                true => theme.warning,
                false => theme.text,
            };
            let pieces = display::wrap(text, width);
            lines.extend(
                pieces
                    .into_iter()
                    .map(|piece| vec![(text[piece].to_owned(), style)]),
            );
        }
        view.subtitle(state)
            .text(self.scroll, lines)
            .follows(self.follows)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.scroll)
    }
}
