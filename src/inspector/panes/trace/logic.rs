//! What the trace pane is for, how its cursor moves, and what it says of its rows.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::view;
use crate::completion::RequestField;
use crate::inspector::current::Current;
use crate::inspector::current::trace_rows::{TraceRow, trace_rows_of};
use crate::inspector::library::search::Pattern;
use crate::inspector::panes::PaneLogic;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::marks::{leaking, with_fate};
use crate::inspector::ui::styled_text::StyledText;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Command, Layout, Model, Pane};
use crate::json::JsonText;

/// User, session and trace keys.
pub(crate) struct TraceLogic;

impl PaneLogic for TraceLogic {
    fn own_commands(&self) -> &'static [Command] {
        &[
            Command::EditTrace,
            Command::AddKey,
            Command::DeleteKey,
            Command::Undo,
            Command::Redo,
            Command::RenameKey,
        ]
    }

    fn rows(&self, model: &Model) -> usize {
        model.trace_rows()
    }

    fn cursor<'m>(&self, model: &'m Model) -> Option<&'m Cursor> {
        Some(&model.trace.cursor)
    }

    fn cursor_mut<'m>(&self, model: &'m mut Model) -> Option<&'m mut Cursor> {
        Some(&mut model.trace.cursor)
    }

    fn is_held(&self, model: &Model) -> bool {
        model.is_editing()
    }

    fn open(&self, model: &mut Model) {
        model.edit_trace_row();
    }

    fn beside(&self) -> [Option<Pane>; 2] {
        [Some(Pane::List), Some(Pane::Completion)]
    }

    fn has_value(&self, model: &Model) -> bool {
        self.value(model).is_some()
    }

    fn value(&self, model: &Model) -> Option<(String, JsonText)> {
        let metadata = &model.current.as_ref()?.mapped.metadata;
        match model.trace_row()? {
            TraceRow::User => Some((
                metadata.user_pointer().to_owned(),
                metadata.user.value.clone()?,
            )),
            TraceRow::SessionId => {
                let value = metadata.session_id.value.clone()?;
                Some((metadata.session_pointer().to_owned(), value))
            }
            TraceRow::Key(key) => {
                let value = metadata.entry(&key)?.value.clone();
                Some((metadata.key_pointer(&key), value))
            }
            TraceRow::Default(_) | TraceRow::Add => None,
        }
    }

    fn copied(&self, model: &Model) -> Option<(String, JsonText)> {
        match model.trace_row()? {
            // What the event has of its own stands there.
            TraceRow::Default(key) => {
                let value = model.current.as_ref()?.own_property(key)?.clone();
                Some((format!("/properties/{key}"), value))
            }
            _ => self.value(model),
        }
    }

    fn matches(&self, model: &Model, pattern: &Pattern) -> Vec<usize> {
        let Some(current) = &model.current else {
            return Vec::new();
        };
        let metadata = &current.mapped.metadata;
        let is_value =
            |value: Option<&JsonText>| value.is_some_and(|value| pattern.is_in(&value.shown()));
        let has = |slot: &TraceRow| match slot {
            TraceRow::User => pattern.is_in("user") || is_value(metadata.user.value.as_ref()),
            TraceRow::SessionId => {
                pattern.is_in("session_id") || is_value(metadata.session_id.value.as_ref())
            }
            TraceRow::Key(key) => {
                let entry = metadata.entry(key);
                pattern.is_in(key) || is_value(entry.map(|entry| &entry.value))
            }
            TraceRow::Default(key) => pattern.is_in(key),
            TraceRow::Add => false,
        };
        let slots = trace_rows_of(metadata).into_iter().enumerate();
        let found = slots.filter(|(_, slot)| has(slot));
        found.map(|(index, _)| index).collect()
    }

    fn explain(&self, model: &Model, look: &Look) -> StyledText {
        let current = model.current.as_ref();
        current.map_or_else(StyledText::new, |current| of_trace(model, current, look))
    }

    fn draw(
        &self,
        model: &Model,
        look: &Look,
        layout: &Layout,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        view::draw(model, look, layout.pane(Pane::Trace), buffer);
        None
    }
}

fn of_trace(model: &Model, current: &Current, look: &Look) -> StyledText {
    let theme = &look.theme;
    let metadata = &current.mapped.metadata;
    let slot = trace_rows_of(metadata)
        .into_iter()
        .nth(model.trace.cursor.row);
    let is_leaking = |at: &str| current.leaks_in_trace(at);
    let leaks = match &slot {
        Some(TraceRow::User) => is_leaking(metadata.user_pointer()),
        Some(TraceRow::SessionId) => is_leaking(metadata.session_pointer()),
        Some(TraceRow::Key(key)) => is_leaking(&metadata.key_pointer(key)),
        _ => false,
    };
    let of_field = |field: &RequestField| {
        let own = field.source.filter(|_| !field.edited);
        field.value.as_ref().map(|_| own)
    };
    // Where it stands, and the value there that no edit made.
    let set = match &slot {
        Some(TraceRow::User) => {
            of_field(&metadata.user).map(|own| (metadata.user_pointer().to_owned(), own))
        }
        Some(TraceRow::SessionId) => {
            of_field(&metadata.session_id).map(|own| (metadata.session_pointer().to_owned(), own))
        }
        Some(TraceRow::Key(key)) => {
            let own = metadata.entry(key).filter(|entry| !entry.edited);
            Some((
                metadata.key_pointer(key),
                own.and_then(|entry| entry.source),
            ))
        }
        _ => None,
    };
    if let Some((pointer, own)) = set {
        let fate = match own {
            Some(id) => current.fate_of_node(id, model.privacy),
            None => current.fate_of_edit(&pointer),
        };
        let words = leaking(leaks, look)
            .add(&pointer, theme.key)
            .add("  ", theme.text);
        return with_fate(words, &fate.says(), leaks, look);
    }
    let says = match slot {
        Some(TraceRow::User) => "not set: it would become /user_id",
        Some(TraceRow::SessionId) => "not set: it would become /ai_data/convo_id",
        Some(TraceRow::Default("trace_id")) => {
            "request.trace has no trace_id: the event has the generation id in its place"
        }
        Some(TraceRow::Default(_)) => {
            "request.trace has no trace_name: the event has OpenRouter's own in its place"
        }
        Some(TraceRow::Key(_) | TraceRow::Add) | None => {
            "becomes /properties/<name>; name=value or name:=JSON gives both at once"
        }
    };
    leaking(leaks, look).add(says, theme.text)
}
