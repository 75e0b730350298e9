//! One line that is asked for, at the bottom of the screen: a filter, a name, a pointer.

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use super::filter::Filter;
use super::tree::Step;
use super::typing::input_request;
use super::{Effect, Model, Pane};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// A filter of the list; the list follows while it is typed.
    Filter,
}

/// A line that is being typed.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What is asked for.
    pub asks: Asks,
    /// The text and its cursor.
    pub input: Input,
}

impl Asks {
    /// What stands before the text.
    pub const fn label(self) -> &'static str {
        match self {
            Asks::Filter => "filter ",
        }
    }

    /// What Enter does.
    pub const fn does(self) -> &'static str {
        match self {
            Asks::Filter => "keep",
        }
    }
}

impl Model {
    pub(super) fn ask(&mut self, asks: Asks, text: String) {
        self.prompt = Some(Prompt {
            asks,
            input: Input::from(text),
        });
    }

    pub(super) fn ask_filter(&mut self) {
        self.focus = Pane::List;
        self.ask(Asks::Filter, self.listing.filter.text().to_owned());
    }

    pub(super) fn prompt_key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        let Some(prompt) = &mut self.prompt else {
            return Vec::new();
        };
        match key.code {
            KeyCode::Esc => {
                let asks = prompt.asks;
                if asks == Asks::Filter {
                    self.filter(Filter::default());
                }
                self.prompt = None;
            }
            KeyCode::Enter => return self.answer(),
            KeyCode::Up if prompt.asks == Asks::Filter => self.list_step(Step::Up, 1),
            KeyCode::Down if prompt.asks == Asks::Filter => self.list_step(Step::Down, 1),
            _ => {
                if let Some(request) = input_request(key) {
                    prompt.input.handle(request);
                    self.prompt_typed();
                }
            }
        }
        Vec::new()
    }

    /// Takes in what was typed so far.
    pub(super) fn prompt_typed(&mut self) {
        let Some(prompt) = &self.prompt else { return };
        match prompt.asks {
            Asks::Filter => self.filter(Filter::parse(prompt.input.value())),
        }
    }

    fn answer(&mut self) -> Vec<Effect> {
        let Some(prompt) = self.prompt.take() else {
            return Vec::new();
        };
        match prompt.asks {
            Asks::Filter => Vec::new(),
        }
    }
}
