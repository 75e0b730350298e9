//! What the command wrote that `listen` runs: its last lines, and how it ended. Before that, and alone where there is no command,
//! what leads an app here and what to enter at OpenRouter for deliveries.

use super::{Flow, Update, Window, WindowEvent};
use crate::display;
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::growing::GrowingList;
use crate::inspector::ui::line::{Line, put_line};
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model};

/// The window. It stays at the end of the output unless one scrolls away from there.
#[derive(Debug, Clone)]
pub struct OutputWindow {
    /// What it wrote, in lines.
    written: GrowingList,
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
        written: GrowingList::default(),
        scroll: Cursor::START,
        follows: true,
    });
}

impl Window for OutputWindow {
    fn name(&self) -> &'static str {
        "the command's output"
    }

    fn caption(&self, model: &Model) -> String {
        let traffic = model.traffic.as_ref();
        let ended = traffic.and_then(|traffic| traffic.ended);
        let has_command = traffic.is_some_and(|traffic| traffic.setup.has_command);
        match ended {
            _ if !has_command => "how apps and deliveries come here".to_owned(),
            None => "what the command writes".to_owned(),
            Some(status) => format!("what the command wrote; it ended with status {status}"),
        }
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Output)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        vec![Offer::One(Command::CopyValue, "copy what to set")]
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        match event {
            WindowEvent::Run(Command::CopyValue) => {
                let lines = leading(update.model).join("\n");
                let effects = update.model.copied("what to set and enter", lines);
                update.effects.extend(effects);
                Flow::Stays
            }
            _ => Flow::Ignored,
        }
    }

    fn step(&mut self, step: CursorStep, _height: usize) -> bool {
        self.follows = step == CursorStep::Bottom;
        false
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let theme = &look.theme;
        let Some(traffic) = &model.traffic else {
            return View::new("Command");
        };
        let setup = &traffic.setup;
        let shown = leading(model);
        let leads = styled(shown.iter().map(String::as_str), model, look);
        if !setup.has_command {
            return View::new("Listening")
                .subtitle(traffic.origin.as_str())
                .text(self.scroll, leads);
        }
        let view = View::new("Command");
        let state = match traffic.ended {
            None => "running".to_owned(),
            Some(status) => format!("ended with status {status}"),
        };
        if traffic.output.lines.is_empty() {
            let says = "What it writes on standard output and standard error is shown here.";
            let mut lines = styled(["It wrote nothing yet.", says, ""].into_iter(), model, look);
            lines.extend(leads);
            return view.subtitle(state).text(self.scroll, lines);
        }
        let width = model.window_size().0.saturating_sub(2);
        let mut above = leads;
        above.push(vec![(look.symbols.line.repeat(width), theme.border)]);
        let output = &traffic.output;
        if output.dropped > 0 {
            let says = format!("… {} lines before these", output.dropped);
            above.push(vec![(says, theme.dim)]);
        }
        let count = above.len() + self.written.len();
        let line = move |at: usize, pen: &mut Pen<'_>| {
            if let Some(line) = above.get(at) {
                return put_line(line, pen);
            }
            let Some((number, piece)) = self.written.line(at - above.len()) else {
                return;
            };
            let number = number.checked_sub(output.dropped);
            let Some((is_error, text)) = number.and_then(|number| output.lines.get(number)) else {
                return;
            };
            let style = match is_error {
                true => theme.warning,
                false => theme.text,
            };
            let text = text.get(piece.clone()).unwrap_or_default();
            put_line(&vec![(text.to_owned(), style)], pen);
        };
        view.subtitle(state)
            .scrolling(self.scroll, count, line)
            .follows(self.follows)
    }

    fn settle(&mut self, model: &mut Model, _budget: &mut SliceBudget) {
        let width = model.window_size().0.saturating_sub(2);
        if let Some(output) = model.traffic.as_ref().map(|traffic| &traffic.output) {
            let texts = output.lines.iter().map(|(_, text)| &**text);
            self.written.follow(output.dropped, texts, width);
        }
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.scroll)
    }
}

/// What leads apps here and what to enter for deliveries, as it is shown.
fn leading(model: &Model) -> Vec<String> {
    let Some(traffic) = &model.traffic else {
        return Vec::new();
    };
    let apps = traffic.setup.apps.iter().map(String::as_str);
    let deliveries = traffic.setup.deliveries.iter().map(String::as_str);
    let lines = apps.chain([""]).chain(deliveries);
    match model.presenter {
        // Whoever has the token may send deliveries here.
        Some(_) => lines.map(without_token).collect(),
        None => lines.map(str::to_owned).collect(),
    }
}

/// A line with signs in place of the token in it, for those who watch.
fn without_token(line: &str) -> String {
    const BEFORE: &str = "Bearer ";
    let Some((before, rest)) = line.split_once(BEFORE) else {
        return line.to_owned();
    };
    let after = rest.trim_start_matches(|c: char| c != '"');
    format!("{before}{BEFORE}••••••{after}")
}

/// Lines of which those that are indented are to be copied.
fn styled<'l>(lines: impl Iterator<Item = &'l str>, model: &Model, look: &Look) -> Vec<Line> {
    let width = model.window_size().0.saturating_sub(2);
    let line = |text: &'l str| {
        let style = match text.starts_with(' ') {
            true => look.theme.accent,
            false => look.theme.text,
        };
        let pieces = display::wrap(text, width).into_iter();
        pieces.map(move |piece| vec![(text[piece].to_owned(), style)])
    };
    lines.flat_map(line).collect()
}
