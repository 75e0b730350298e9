//! A field of the trace metadata that is being typed, and the edit that its text stands for.

use tui_input::Input;

use crate::completion::{Edit, RequestField, TraceMetadata};
use crate::inspector::current::trace_rows::TraceRow;
use crate::json::{JsonText, Kind};

/// How typed text becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// As a string.
    Text,
    /// As JSON.
    Json,
}

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The value of a row.
    Value(TraceRow),
    /// The name of a key to be added.
    NewKey,
    /// The value of a key that is being added.
    NewValue(String),
    /// Another name for a key.
    Rename(String),
}

/// A field that is being typed.
#[derive(Debug, Clone)]
pub struct Editor {
    /// What is being typed.
    pub target: Target,
    /// The text and its cursor.
    pub input: Input,
    /// How it is read.
    pub typing: Typing,
    /// The edit that the text stands for, the last valid one.
    pub draft: Option<Edit>,
    /// Why the text stands for no edit.
    pub error: Option<String>,
    /// Whether the value of a key is typed that the event has a value of its own for.
    is_default: bool,
}

/// What is typed for a key to be added: its name or, as many write it, `name=value`; `name:=value` gives JSON, as for
/// `--trace`.
fn name_and_value(text: &str) -> (&str, &str, Typing) {
    match text.split_once('=') {
        Some((key, value)) => match key.strip_suffix(':') {
            Some(key) => (key.trim(), value.trim(), Typing::Json),
            None => (key.trim(), value.trim(), Typing::Text),
        },
        None => (text, "", Typing::Text),
    }
}

impl Editor {
    /// Starts to edit a row.
    pub fn of(slot: &TraceRow, metadata: &TraceMetadata) -> Editor {
        let value = match slot {
            TraceRow::User => metadata.user.value.as_ref(),
            TraceRow::SessionId => metadata.session_id.value.as_ref(),
            TraceRow::Key(key) => metadata.entry(key).map(|entry| &entry.value),
            TraceRow::Default(key) => {
                let target = Target::NewValue((*key).to_owned());
                return Editor {
                    is_default: true,
                    ..Editor::new(target, "", Typing::Text)
                };
            }
            TraceRow::Add => return Editor::new(Target::NewKey, "", Typing::Text),
        };
        let typing = match value.map(JsonText::kind) {
            None | Some(Kind::String) => Typing::Text,
            Some(_) if matches!(slot, TraceRow::Key(_)) => Typing::Json,
            Some(_) => Typing::Text,
        };
        let text = value
            .map(|value| value.shown().into_owned())
            .unwrap_or_default();
        Editor::new(Target::Value(slot.clone()), &text, typing)
    }

    /// Starts to rename a key.
    pub fn rename(key: &str) -> Editor {
        Editor::new(Target::Rename(key.to_owned()), key, Typing::Text)
    }

    fn new(target: Target, text: &str, typing: Typing) -> Editor {
        Editor {
            target,
            input: Input::from(text),
            typing,
            draft: None,
            error: None,
            is_default: false,
        }
    }

    /// Whether the name of a key is typed together with its value.
    pub fn has_value(&self) -> bool {
        self.target == Target::NewKey && !name_and_value(self.input.value()).1.is_empty()
    }

    /// Whether a value is typed, rather than the name of a key.
    pub fn is_value(&self) -> bool {
        matches!(self.target, Target::Value(_) | Target::NewValue(_))
    }

    /// Whether the value may be any JSON, rather than text alone.
    pub fn may_be_json(&self) -> bool {
        matches!(
            self.target,
            Target::Value(TraceRow::Key(_)) | Target::NewValue(_)
        )
    }

    /// What the text would be as JSON, where it is kept as text though it reads as a number or the like.
    pub fn would_be(&self) -> Option<Kind> {
        let text = self.input.value();
        // Nobody types more than this by mistake, and it is read with every frame.
        const MOST: usize = 1000;
        let is_asked = self.typing == Typing::Text && self.may_be_json() && text.len() <= MOST;
        let kind = is_asked.then(|| JsonText::parse(text).ok())??.kind();
        (kind != Kind::String).then_some(kind)
    }

    /// Reads the text anew, after a key press.
    pub fn read(&mut self, metadata: &TraceMetadata) {
        match self.edit(metadata) {
            Ok(draft) => {
                self.draft = draft;
                self.error = None;
            }
            Err(error) => {
                // Half a name is no key; half a value is not shown either, but the last whole one is.
                if !self.is_value() {
                    self.draft = None;
                }
                self.error = Some(error);
            }
        }
    }

    /// The edit that the text stands for; none where it changes nothing.
    fn edit(&self, metadata: &TraceMetadata) -> Result<Option<Edit>, String> {
        let text = self.input.value();
        let taken = |key: &str| metadata.entry(key).is_some();
        let is_another = |field: &RequestField| match &field.value {
            Some(value) => *value != JsonText::string(text),
            None => !text.is_empty(),
        };
        Ok(match &self.target {
            Target::Value(TraceRow::User) => {
                is_another(&metadata.user).then(|| Edit::User(Some(text.to_owned())))
            }
            Target::Value(TraceRow::SessionId) => {
                is_another(&metadata.session_id).then(|| Edit::SessionId(Some(text.to_owned())))
            }
            // OpenRouter's own value stands in for an empty one.
            Target::NewValue(_) if self.is_default && text.is_empty() => None,
            Target::Value(TraceRow::Key(key)) | Target::NewValue(key) => {
                let value = self.value()?;
                let is_there = metadata
                    .entry(key)
                    .is_some_and(|entry| entry.value == value);
                (!is_there).then(|| Edit::SetKey {
                    key: key.clone(),
                    value,
                })
            }
            Target::NewKey if text.is_empty() => None,
            Target::NewKey => {
                let (key, value, typing) = name_and_value(text);
                if key.is_empty() {
                    return Err("a key needs a name".to_owned());
                }
                if taken(key) {
                    return Err(format!("`{key}` is there already"));
                }
                Some(Edit::SetKey {
                    key: key.to_owned(),
                    // Before anything is typed behind it, it is no mistake yet.
                    value: match typing {
                        Typing::Json if !value.is_empty() => parsed(value)?,
                        _ => JsonText::string(value),
                    },
                })
            }
            Target::Rename(_) if text.is_empty() => return Err("a key needs a name".to_owned()),
            Target::Rename(from) if from != text && taken(text) => {
                return Err(format!("`{text}` is there already"));
            }
            Target::Rename(from) if from == text => None,
            Target::Rename(from) => Some(Edit::RenameKey {
                from: from.clone(),
                to: text.to_owned(),
            }),
            Target::Value(TraceRow::Add | TraceRow::Default(_)) => None,
        })
    }

    /// Goes on from the name of a key to its value: what was typed behind a `=` is that already.
    pub fn to_value(&self, key: String) -> Editor {
        let (_, value, typing) = name_and_value(self.input.value());
        let mut next = Editor::new(Target::NewValue(key), value, typing);
        next.draft.clone_from(&self.draft);
        next
    }

    fn value(&self) -> Result<JsonText, String> {
        match self.typing {
            Typing::Text => Ok(JsonText::string(self.input.value())),
            Typing::Json => parsed(self.input.value()),
        }
    }
}

/// A text as JSON, or where it is none.
fn parsed(text: &str) -> Result<JsonText, String> {
    JsonText::parse(text).map_err(|error| {
        format!(
            "not JSON at column {}: {}",
            error.position.column, error.what
        )
    })
}
