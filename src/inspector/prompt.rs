//! One line that is asked for, at the bottom of the screen: a filter, a name, a pointer.

use std::collections::BTreeSet;

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::{Input, InputRequest};

use crate::inspector::library::filter::{self, Filter};
use crate::inspector::ui::cursor::CursorStep;
use crate::inspector::ui::field::input_request;
use crate::inspector::ui::layout::SizeClass;
use crate::inspector::{Effect, Model, Pane};
use crate::json::Kind;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    /// A filter of the list; the list follows while it is typed.
    Filter,
    /// A pointer into the completion or the event.
    Pointer,
    /// The name of a file.
    Save,
    /// What to look for in a long text.
    Find,
    /// A file or a folder to be opened.
    Open,
    /// The name of a file with a report or a picture.
    Export(Export),
}

/// What is written for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// A report of the completion that is shown, with its edits.
    Report,
    /// The same with the conversation's text.
    ReportWithText,
    /// A report of all that are listed, with their edits.
    ReportListed,
    /// A picture of the screen.
    Picture,
}

/// A line that is being typed.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What is asked for.
    pub kind: PromptKind,
    /// The text and its cursor.
    pub input: Input,
    /// The completion that was shown before; its place in the library.
    pub from: Option<usize>,
    /// The filter that was in force before, and the pane that was in focus.
    pub before: (Filter, Pane),
    /// What could follow what is typed, after Tab asked for it.
    pub suggestions: Option<Suggestions>,
    /// Whether the text is selected as a whole: what is typed takes its place.
    pub is_selected: bool,
}

/// What could follow a typed pointer, filter or path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// Keys and indices, as a pointer has them.
    pub tokens: Vec<String>,
    /// There may be more than were looked at.
    pub is_part: bool,
}

impl PromptKind {
    /// What stands before the text.
    pub const fn label(self) -> &'static str {
        match self {
            PromptKind::Filter => "filter ",
            PromptKind::Pointer => "go to ",
            PromptKind::Save => "save as ",
            PromptKind::Find => "/",
            PromptKind::Open => "open ",
            PromptKind::Export(Export::Picture) => "picture to ",
            PromptKind::Export(_) => "report to ",
        }
    }

    /// What Enter does.
    pub const fn does(self) -> &'static str {
        match self {
            PromptKind::Filter => "keep",
            PromptKind::Pointer => "go",
            PromptKind::Save => "save",
            PromptKind::Find => "search",
            PromptKind::Open => "open",
            PromptKind::Export(_) => "write",
        }
    }
}

impl Model {
    pub(crate) fn ask(&mut self, kind: PromptKind, text: String) {
        self.prompt = Some(Prompt {
            kind,
            input: Input::from(text),
            from: self.current.as_ref().map(|current| current.index),
            before: (self.listing.filter.clone(), self.focus),
            suggestions: None,
            is_selected: false,
        });
    }

    pub(crate) fn ask_filter(&mut self) {
        self.ask(PromptKind::Filter, self.listing.filter.text().to_owned());
        self.focus = Pane::List;
        if let Some(prompt) = &mut self.prompt {
            prompt.is_selected = !prompt.input.value().is_empty();
        }
    }

    pub(crate) fn prompt_key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        let Some(prompt) = &mut self.prompt else {
            return Vec::new();
        };
        match key.code {
            KeyCode::Esc => {
                let (kind, from) = (prompt.kind, prompt.from);
                match kind {
                    PromptKind::Filter => {
                        let (filter, focus) = prompt.before.clone();
                        self.leave_filter(filter, from);
                        self.focus = focus;
                    }
                    PromptKind::Find => self.find_in_detail(""),
                    PromptKind::Pointer
                    | PromptKind::Save
                    | PromptKind::Open
                    | PromptKind::Export(_) => {}
                }
                self.prompt = None;
            }
            KeyCode::Enter => return self.answer(),
            KeyCode::Tab if prompt.kind == PromptKind::Pointer => self.complete_pointer(),
            KeyCode::Tab if prompt.kind == PromptKind::Open => {
                return vec![Effect::ListFolder(prompt.input.value().to_owned())];
            }
            KeyCode::Tab if prompt.kind == PromptKind::Filter => self.complete_filter(),
            KeyCode::Up if prompt.kind == PromptKind::Filter => self.list_step(CursorStep::Up, 1),
            KeyCode::Down if prompt.kind == PromptKind::Filter => {
                self.list_step(CursorStep::Down, 1)
            }
            _ => {
                if let Some(request) = input_request(key) {
                    let is_written = matches!(
                        request,
                        InputRequest::InsertChar(_)
                            | InputRequest::DeletePrevChar
                            | InputRequest::DeleteNextChar
                    );
                    if std::mem::take(&mut prompt.is_selected) && is_written {
                        prompt.input = Input::default();
                    }
                    prompt.input.handle(request);
                    self.prompt_typed();
                }
            }
        }
        Vec::new()
    }

    /// Completes the last word of the filter as far as there is one way, and shows what it could become.
    fn complete_filter(&mut self) {
        let Some(prompt) = &mut self.prompt else {
            return;
        };
        prompt.is_selected = false;
        let typed = prompt.input.value().to_owned();
        let (before, mut words) = filter::completions(&typed, &|field| self.values_of(field));
        if let Some(partial) = typed[before.len()..].strip_prefix("key:") {
            let found = match partial.split_once('=') {
                Some((key, partial)) => self.values_like(key, partial),
                None => match self.keys_like(partial) {
                    // It is typed whole: its values are next.
                    one if one.len() == 1 && one.contains(partial) => {
                        one.into_iter().map(|key| format!("{key}=")).collect()
                    }
                    keys => keys,
                },
            };
            let quoted = |word: String| match word.contains(char::is_whitespace) {
                true => format!("key:\"{word}\""),
                false => format!("key:{word}"),
            };
            words = found.into_iter().map(quoted).collect();
        }
        if words.is_empty() {
            let says = match typed[before.len()..].starts_with("key:") {
                true => "nothing in the completion that is shown begins like this",
                false => "nothing to complete here",
            };
            self.notice = Some(says.to_owned());
            return;
        }
        let word = common(words.iter().map(String::as_str));
        // What the words have in common may be written otherwise than it was typed, but not be shorter.
        let completed = format!("{before}{word}");
        let is_more = word.len() + before.len() >= typed.len();
        if completed != typed
            && is_more
            && let Some(prompt) = &mut self.prompt
        {
            prompt.input = Input::from(completed);
            self.prompt_typed();
        }
        if let (Some(prompt), true) = (&mut self.prompt, words.len() > 1) {
            prompt.suggestions = Some(Suggestions {
                tokens: words,
                is_part: false,
            });
        }
    }

    /// Whether a file is being named for what is shown.
    pub(crate) fn is_naming(&self) -> bool {
        let kind = self.prompt.as_ref().map(|prompt| prompt.kind);
        matches!(kind, Some(PromptKind::Save | PromptKind::Export(_)))
    }

    /// What the completion that is shown has for a key and begins so, as `key=value`, each once.
    fn values_like(&self, key: &str, partial: &str) -> BTreeSet<String> {
        let Some(current) = &self.current else {
            return BTreeSet::new();
        };
        let quote = ['"'];
        let (key, partial) = (key.replace(quote, ""), partial.replace(quote, ""));
        let partial = partial.to_lowercase();
        let values = current.completion.document().root().descendants();
        let values = values.take(LOOKED_AT);
        let values = values.filter(|value| value.key().as_deref() == Some(&*key));
        let texts = values.filter_map(|value| match value.kind() {
            Kind::Object | Kind::Array => None,
            Kind::String => value.str().map(|text| text.into_owned()),
            _ => Some(value.raw().to_owned()),
        });
        let one_line = |text: &String| text.len() <= LONGEST && !text.contains(['\n', '"']);
        let texts = texts.filter(one_line);
        let texts = texts.filter(|text| text.to_lowercase().starts_with(&partial));
        texts.map(|text| format!("{key}={text}")).collect()
    }

    /// The keys of the completion that is shown that begin so, wherever they stand, each once.
    fn keys_like(&self, partial: &str) -> BTreeSet<String> {
        let Some(current) = &self.current else {
            return BTreeSet::new();
        };
        let partial = partial.trim_start_matches('"');
        let values = current.completion.document().root().descendants();
        let keys = values.take(LOOKED_AT).filter_map(|value| value.key());
        let keys = keys.filter(|key| key.starts_with(partial));
        keys.map(|key| key.into_owned()).collect()
    }

    /// Takes in what was typed so far.
    pub(crate) fn prompt_typed(&mut self) {
        let Some(prompt) = &mut self.prompt else {
            return;
        };
        prompt.suggestions = None;
        let (kind, typed) = (prompt.kind, prompt.input.value().to_owned());
        match kind {
            PromptKind::Filter => {
                self.listing.follows_best = true;
                self.filter(Filter::parse(&typed));
            }
            PromptKind::Find => self.find_in_detail(&typed),
            PromptKind::Pointer | PromptKind::Save | PromptKind::Open | PromptKind::Export(_) => {}
        }
    }

    /// Takes in what a folder has for the path that is typed.
    pub(crate) fn take_suggestions(
        &mut self,
        typed: &str,
        completed: String,
        suggestions: Suggestions,
    ) {
        let is_asked =
            |prompt: &&mut Prompt| prompt.kind == PromptKind::Open && prompt.input.value() == typed;
        let Some(prompt) = self.prompt.as_mut().filter(is_asked) else {
            return;
        };
        if suggestions.tokens.is_empty() {
            self.notice = Some("nothing there begins like this".to_owned());
            return;
        }
        prompt.input = Input::from(completed);
        prompt.suggestions = (suggestions.tokens.len() > 1).then_some(suggestions);
    }

    fn answer(&mut self) -> Vec<Effect> {
        let Some(prompt) = self.prompt.take() else {
            return Vec::new();
        };
        match prompt.kind {
            PromptKind::Filter => {
                // A list that lies over the panes makes way for what was found.
                let is_over = self.layout().class != SizeClass::Wide;
                if is_over && self.listed() > 0 {
                    self.focus = prompt.before.1;
                }
                // Where nothing fits, one is where one was, and not at what an earlier letter found.
                let shown = self.current.as_ref().map(|current| current.index);
                if self.is_unlisted() && shown != prompt.from {
                    prompt.from.into_iter().for_each(|from| self.show(from));
                }
                Vec::new()
            }
            PromptKind::Find => Vec::new(),
            PromptKind::Save => self.save(prompt.input.value()).into_iter().collect(),
            PromptKind::Open => self.open_path(prompt.input.value()),
            PromptKind::Export(export) => self.export(export, prompt.input.value()),
            PromptKind::Pointer => {
                self.go_to(prompt.input.value());
                Vec::new()
            }
        }
    }
}

/// Values of a completion that are looked at to complete a key, or what it has.
const LOOKED_AT: usize = 100_000;
/// The longest value that is completed, in bytes. Chosen: what a line has room for.
const LONGEST: usize = 100;

/// What all have in common at their beginning.
pub(crate) fn common<'t>(mut tokens: impl Iterator<Item = &'t str>) -> &'t str {
    let first = tokens.next().unwrap_or_default();
    tokens.fold(first, |common, token| {
        let pairs = common.char_indices().zip(token.chars());
        let differ = pairs.into_iter().find(|((_, a), b)| a != b);
        let end = differ.map_or(common.len().min(token.len()), |((at, _), _)| at);
        &common[..end]
    })
}
