//! One line that is asked for, at the bottom of the screen: a filter, a name, a pointer.

use std::path::PathBuf;

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
    /// A pointer into the completion or the event.
    Pointer,
    /// The name of a file.
    Save,
    /// What to look for in a long text.
    Find,
}

/// A line that is being typed.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What is asked for.
    pub asks: Asks,
    /// The text and its cursor.
    pub input: Input,
    /// The file that is there already and would be replaced.
    pub replaces: Option<PathBuf>,
}

impl Asks {
    /// What stands before the text.
    pub const fn label(self) -> &'static str {
        match self {
            Asks::Filter => "filter ",
            Asks::Pointer => "go to ",
            Asks::Save => "save as ",
            Asks::Find => "/",
        }
    }

    /// What Enter does.
    pub const fn does(self) -> &'static str {
        match self {
            Asks::Filter => "keep",
            Asks::Pointer => "go",
            Asks::Save => "save",
            Asks::Find => "search",
        }
    }
}

impl Model {
    pub(super) fn ask(&mut self, asks: Asks, text: String) {
        self.prompt = Some(Prompt {
            asks,
            input: Input::from(text),
            replaces: None,
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
                match asks {
                    Asks::Filter => self.filter(Filter::default()),
                    Asks::Find => self.find_in_detail(String::new()),
                    Asks::Pointer | Asks::Save => {}
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
            Asks::Find => {
                let pattern = prompt.input.value().to_owned();
                self.find_in_detail(pattern);
            }
            Asks::Pointer | Asks::Save => {}
        }
    }

    fn answer(&mut self) -> Vec<Effect> {
        let Some(prompt) = self.prompt.take() else {
            return Vec::new();
        };
        match prompt.asks {
            Asks::Filter | Asks::Find => Vec::new(),
            Asks::Save => self.save(prompt.input.value(), prompt.replaces.as_deref()),
            Asks::Pointer => {
                self.go_to(prompt.input.value());
                Vec::new()
            }
        }
    }

    /// Where a typed pointer leads: the pane that has it, the focused one first.
    pub fn leads_to(&self, typed: &str) -> Option<(Pane, String)> {
        let typed = typed.trim();
        let pointer = match typed.starts_with('/') {
            true => typed.to_owned(),
            // As people write it too: request.user
            false => format!("/{}", typed.replace('.', "/")),
        };
        let current = self.current.as_ref()?;
        let in_event = current.has_event_pointer(&pointer, self.privacy);
        let doc = current.completion.document();
        let in_source = !typed.is_empty() && doc.resolve(&pointer).is_some();
        match (in_source, in_event) {
            (true, true) if self.focus == Pane::Event => Some((Pane::Event, pointer)),
            (true, _) => Some((Pane::Source, pointer)),
            (false, true) => Some((Pane::Event, pointer)),
            (false, false) => None,
        }
    }

    fn go_to(&mut self, typed: &str) {
        let mode = self.privacy;
        let found = self.leads_to(typed);
        let (Some((pane, pointer)), Some(current)) = (found, &mut self.current) else {
            self.notice = Some(format!(
                "neither the completion nor the event has {}",
                typed.trim()
            ));
            return;
        };
        self.focus = pane;
        match pane {
            Pane::Event => current.go_to_event(&pointer, mode),
            _ => current.go_to_source(&pointer, mode),
        };
    }
}
