//! The trace pane: user, session and trace keys, edited in place. A draft is mapped with every key
//! press; it becomes an edit when it is confirmed, and is gone when it is cancelled.

mod logic;
mod typing;
mod view;

pub(crate) use logic::TraceLogic;

use std::collections::HashMap;

use tui_input::Input;

use crate::completion::{Edit, TraceMetadata};
use crate::inspector::edits::outside::Lent;
use crate::inspector::edits::raw::RawEditor;
use crate::inspector::ui::cursor::Cursor;
use crate::json::{JsonText, Kind, pointer};

/// A row of the trace pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// `request.user`
    User,
    /// `request.session_id`
    SessionId,
    /// A key of `request.trace`.
    Key(String),
    /// A key that is not there and that the event has a value of its own for.
    Default(&'static str),
    /// The row that adds a key.
    Add,
}

/// Keys of `request.trace` that OpenRouter gives a value where the request has none (mapping, documented).
const DEFAULTS: [&str; 2] = ["trace_id", "trace_name"];

/// The rows of the trace pane.
pub fn slots(metadata: &TraceMetadata) -> Vec<Slot> {
    let keys = metadata
        .trace
        .iter()
        .map(|entry| Slot::Key(entry.key.clone()));
    let defaults = DEFAULTS
        .into_iter()
        .filter(|key| metadata.entry(key).is_none())
        .map(Slot::Default);
    [Slot::User, Slot::SessionId]
        .into_iter()
        .chain(keys)
        .chain(defaults)
        .chain([Slot::Add])
        .collect()
}

/// The rows of the trace pane by the pointers that belong to them. Made once for many findings, of which
/// there may be as many as keys.
#[derive(Debug)]
pub struct SlotPlaces {
    slots: Vec<Slot>,
    /// Where the values stand in the completion, or would.
    own: HashMap<String, usize>,
    /// What they become in the event where they are not there.
    made: HashMap<String, usize>,
}

impl SlotPlaces {
    /// The rows of these metadata.
    pub fn of(metadata: &TraceMetadata) -> SlotPlaces {
        let mut places = SlotPlaces {
            slots: slots(metadata),
            own: HashMap::new(),
            made: HashMap::new(),
        };
        for (row, slot) in places.slots.iter().enumerate() {
            let (own, made) = match slot {
                Slot::User => (
                    metadata.user_pointer().to_owned(),
                    Some("/user_id".to_owned()),
                ),
                Slot::SessionId => {
                    let session = metadata.session_pointer().to_owned();
                    (session, Some("/ai_data/convo_id".to_owned()))
                }
                Slot::Key(key) => (metadata.key_pointer(key), None),
                Slot::Default(key) => {
                    let made = pointer::join("/properties", key);
                    (metadata.key_pointer(key), Some(made))
                }
                Slot::Add => continue,
            };
            places.own.insert(own, row);
            places.made.extend(made.map(|made| (made, row)));
        }
        places
    }

    /// The first row that one of these pointers belongs to, in the completion or the event.
    pub fn row(&self, pointers: &[String]) -> Option<usize> {
        let own = |at: &String| pointer::upwards(at).find_map(|at| self.own.get(at));
        let rows = pointers.iter().flat_map(|at| [own(at), self.made.get(at)]);
        rows.flatten().min().copied()
    }

    /// The slot in a row.
    pub fn slot(&self, row: usize) -> Option<&Slot> {
        self.slots.get(row)
    }
}

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
    Value(Slot),
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
}

/// The trace pane's state.
#[derive(Debug, Clone, Default)]
pub struct TracePane {
    /// The row under the cursor.
    pub cursor: Cursor,
    /// Set while a field is being typed.
    pub editor: Option<Editor>,
    /// Set while the whole trace is written as JSON.
    pub raw: Option<RawEditor>,
    /// Set while the person's own editor has its text.
    pub lent: Option<Lent>,
}

impl TracePane {
    /// Whether a field or the whole trace is being edited.
    pub fn is_typed(&self) -> bool {
        self.editor.is_some() || self.raw.is_some()
    }

    /// Whether anything was typed that is no edit yet.
    pub fn has_typed(&self) -> bool {
        let editor = self.editor.as_ref();
        let raw = self.raw.as_ref();
        editor.is_some_and(|editor| editor.draft.is_some() || editor.error.is_some())
            || raw.is_some_and(|raw| raw.lines.is_changed())
    }
}

impl Editor {
    /// Starts to edit a row.
    pub fn of(slot: &Slot, metadata: &TraceMetadata) -> Editor {
        let value = match slot {
            Slot::User => metadata.user.value.as_ref(),
            Slot::SessionId => metadata.session_id.value.as_ref(),
            Slot::Key(key) => metadata.entry(key).map(|entry| &entry.value),
            Slot::Default(key) => {
                return Editor::new(Target::NewValue((*key).to_owned()), "", Typing::Text);
            }
            Slot::Add => return Editor::new(Target::NewKey, "", Typing::Text),
        };
        let typing = match value.map(JsonText::kind) {
            None | Some(Kind::String) => Typing::Text,
            Some(_) if matches!(slot, Slot::Key(_)) => Typing::Json,
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
        }
    }

    /// Whether a value is typed, rather than the name of a key.
    pub fn is_value(&self) -> bool {
        matches!(self.target, Target::Value(_) | Target::NewValue(_))
    }

    /// Whether the value may be any JSON, rather than text alone.
    pub fn may_be_json(&self) -> bool {
        matches!(
            self.target,
            Target::Value(Slot::Key(_)) | Target::NewValue(_)
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
        Ok(match &self.target {
            Target::Value(Slot::User) => Some(Edit::User(Some(text.to_owned()))),
            Target::Value(Slot::SessionId) => Some(Edit::SessionId(Some(text.to_owned()))),
            Target::Value(Slot::Key(key)) | Target::NewValue(key) => Some(Edit::SetKey {
                key: key.clone(),
                value: self.value()?,
            }),
            Target::NewKey if text.is_empty() => None,
            Target::NewKey if taken(text) => return Err(format!("`{text}` is there already")),
            Target::NewKey => Some(Edit::SetKey {
                key: text.to_owned(),
                value: JsonText::constant("\"\""),
            }),
            Target::Rename(_) if text.is_empty() => return Err("a key needs a name".to_owned()),
            Target::Rename(from) if from != text && taken(text) => {
                return Err(format!("`{text}` is there already"));
            }
            Target::Rename(from) => Some(Edit::RenameKey {
                from: from.clone(),
                to: text.to_owned(),
            }),
            Target::Value(Slot::Add | Slot::Default(_)) => None,
        })
    }

    fn value(&self) -> Result<JsonText, String> {
        match self.typing {
            Typing::Text => Ok(JsonText::string(self.input.value())),
            Typing::Json => JsonText::parse(self.input.value()).map_err(|error| {
                format!(
                    "not JSON at column {}: {}",
                    error.position.column, error.what
                )
            }),
        }
    }
}
