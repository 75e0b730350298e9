//! A question before something is done that cannot be taken back, or that leaves this machine. It lies as a
//! dialog over what it is about: Enter does it, Esc does not, and no message takes it away.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use crossterm::event::KeyCode;

use super::{Flow, Update, Window, WindowEvent};
use crate::display;
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::line::{Line, put_line};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model};
use crate::prepare::Endpoint;

/// What a question's answer does. It holds what was asked about, since that may have changed by the time of
/// the answer.
#[derive(Clone)]
struct Answer(Arc<dyn Fn(&mut Update<'_>) + Send + Sync>);

impl Debug for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Answer")
    }
}

/// Columns of a dialog's text, where there is room for them.
const WIDTH: usize = 64;

/// A question that waits for its answer.
#[derive(Debug, Clone)]
pub struct Question {
    title: String,
    says: Vec<String>,
    does: &'static str,
    does_not: &'static str,
    yes: Answer,
    no: Answer,
    endpoint: Option<Endpoint>,
    is_leaving: bool,
}

impl Question {
    /// Asks whether `yes` is to be done. `does` and `does_not` say what the two answers do, in a word or two.
    pub fn new(
        title: impl Into<String>,
        does: &'static str,
        does_not: &'static str,
        yes: impl Fn(&mut Update<'_>) + Send + Sync + 'static,
    ) -> Question {
        Question {
            title: title.into(),
            says: Vec::new(),
            does,
            does_not,
            yes: Answer(Arc::new(yes)),
            no: Answer(Arc::new(|_| {})),
            endpoint: None,
            is_leaving: false,
        }
    }

    /// It is about leaving the program, so the key that leaves is no answer.
    pub fn leaving(mut self) -> Question {
        self.is_leaving = true;
        self
    }

    /// What there is to know before answering.
    pub fn says(mut self, says: impl Into<String>) -> Question {
        self.says.push(says.into());
        self
    }

    /// What there may be to know besides.
    pub fn says_also(mut self, says: Option<String>) -> Question {
        self.says.extend(says);
        self
    }

    /// It is about this destination: where another one is in force by the time of the answer, nothing is done.
    pub fn only_for(mut self, endpoint: &Endpoint) -> Question {
        self.endpoint = Some(endpoint.clone());
        self
    }

    /// What else happens where it is not to be done.
    pub fn otherwise(mut self, no: impl Fn(&mut Update<'_>) + Send + Sync + 'static) -> Question {
        self.no = Answer(Arc::new(no));
        self
    }

    /// The question itself.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What Enter does.
    pub fn does(&self) -> &'static str {
        self.does
    }

    fn lines(&self, look: &Look, width: usize) -> Vec<Line> {
        let theme = &look.theme;
        let mut lines = Vec::new();
        for says in &self.says {
            let wrapped = display::wrap(says, width).into_iter();
            lines.extend(wrapped.map(|range| vec![(says[range].to_owned(), theme.text)]));
        }
        lines
    }

    /// The answers, with a blank line before them where there is room for it.
    fn answers(&self, look: &Look, says: usize, height: usize) -> Vec<Line> {
        let theme = &look.theme;
        let answers = vec![
            (look.key("⏎"), theme.accent),
            (format!(" {}   ", self.does), theme.title),
            ("Esc".to_owned(), theme.accent),
            (format!(" {}", self.does_not), theme.title),
        ];
        let has_gap = says > 0 && says + 2 <= height;
        let gap = has_gap.then(Line::new);
        gap.into_iter().chain([answers]).collect()
    }
}

impl Window for Question {
    fn name(&self) -> &'static str {
        "the question"
    }

    fn caption(&self, _model: &Model) -> String {
        self.title.clone()
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        vec![Offer::Typed("⏎", self.does)]
    }

    fn closing(&self, _model: &Model) -> Option<&'static str> {
        Some(self.does_not)
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn size(&self, model: &Model, look: &Look) -> (usize, usize) {
        let lines = self.lines(look, width_for(model));
        let answers = self.answers(look, lines.len(), height_for(model));
        let of_line = |line: &Line| line.iter().map(|(text, _)| display::width(text)).sum();
        let all = lines.iter().chain(&answers);
        let widest: usize = all.map(of_line).max().unwrap_or(0);
        let title = display::width(&self.title) + 2;
        ((widest + 4).max(title + 2), lines.len() + answers.len() + 2)
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let in_force = &update.model.destination.endpoint;
        let is_outdated = self
            .endpoint
            .as_ref()
            .is_some_and(|asked| asked != in_force);
        let answer = match event {
            WindowEvent::Type(key) if key.code == KeyCode::Enter && is_outdated => {
                update.say("nothing was done: the destination is another one by now");
                &self.no
            }
            WindowEvent::Type(key) if key.code == KeyCode::Enter => &self.yes,
            WindowEvent::Type(key) if key.code == KeyCode::Esc => &self.no,
            WindowEvent::Run(Command::Close) => &self.no,
            WindowEvent::Run(Command::Quit) if !self.is_leaving => &self.no,
            WindowEvent::Type(_) | WindowEvent::Run(_) => {
                update.say(format!("⏎ {}, Esc {}", self.does, self.does_not));
                return Flow::Stays;
            }
            _ => return Flow::Stays,
        };
        (answer.0)(update);
        Flow::Closes
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let lines = self.lines(look, width_for(model));
        let answers = self.answers(look, lines.len(), height_for(model));
        // The answers are in sight, however low the screen is.
        let view = View::new(self.title.as_str()).text(Cursor::default(), lines);
        answers.into_iter().fold(view, |view, line| {
            view.foot(move |pen| put_line(&line, pen))
        })
    }
}

/// Lines that a dialog has room for within its frame.
fn height_for(model: &Model) -> usize {
    model.window_size().1.max(1)
}

/// Columns that the text of a dialog may take.
fn width_for(model: &Model) -> usize {
    model.window_size().0.saturating_sub(4).clamp(1, WIDTH)
}
