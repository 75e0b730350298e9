//! The Raindrop event: its commands, and what it says of its rows.

mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::PaneLogic;
use crate::event::{privacy, wire};
use crate::inspector::current::Current;
use crate::inspector::current::rows::EventRow;
use crate::inspector::library::search::Pattern;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::marks::leaking;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::words::Words;
use crate::inspector::{Command, Layout, Model, Pane};
use crate::json::{Document, JsonText};

/// The event as a tree, with the findings below it.
pub(crate) struct EventPane;

impl PaneLogic for EventPane {
    fn own_commands(&self) -> &'static [Command] {
        &[
            Command::Open,
            Command::Detail,
            Command::Search,
            Command::ToggleFold,
        ]
    }

    fn rows(&self, model: &Model) -> usize {
        let current = model.current.as_ref();
        current.map_or(0, |current| current.event_rows.len())
    }

    fn cursor<'m>(&self, model: &'m Model) -> Option<&'m Cursor> {
        model.current.as_ref().map(|current| &current.event)
    }

    fn cursor_mut<'m>(&self, model: &'m mut Model) -> Option<&'m mut Cursor> {
        model.current.as_mut().map(|current| &mut current.event)
    }

    fn open(&self, model: &mut Model) {
        let mode = model.privacy;
        let Some(current) = &mut model.current else {
            return;
        };
        let Some(row) = current.event_row().cloned() else {
            return;
        };
        if row.children > 0 && row.field.is_none() {
            current.fold_event(None, mode);
            return;
        }
        let sources = current.sources_of(&row);
        let says = match sources.first() {
            Some(pointer) if current.go_to_source(pointer, mode) => {
                model.focus = Pane::Completion;
                return;
            }
            Some(pointer) => format!("{pointer} is not in this completion"),
            None => {
                let field = current.field(&row);
                let from = field.map(|field| field.provenance.step.from);
                let from = from.unwrap_or("it is a part of the event");
                format!("{}: no source, but {from}", row.pointer)
            }
        };
        model.notice = Some(says);
    }

    fn left(&self, model: &mut Model) {
        let mode = model.privacy;
        if let Some(current) = &mut model.current {
            let closed = current.fold_event(Some(false), mode);
            if !closed && !current.event_to_parent() {
                model.focus = Pane::Completion;
            }
        }
    }

    fn right(&self, model: &mut Model) {
        let mode = model.privacy;
        if let Some(current) = &mut model.current {
            current.fold_event(Some(true), mode);
        }
    }

    fn fold(&self, model: &mut Model) -> bool {
        let (mode, current) = (model.privacy, &mut model.current);
        let current = current.as_mut();
        current.is_some_and(|current| current.fold_event(None, mode))
    }

    fn can_fold(&self, model: &Model) -> bool {
        let row = model.current.as_ref().and_then(Current::event_row);
        row.is_some_and(|row| row.children > 0)
    }

    fn fold_all(&self, model: &mut Model) -> bool {
        let mode = model.privacy;
        let current = model.current.as_mut();
        current
            .map(|current| current.fold_all_event(true, mode))
            .is_some()
    }

    fn unfold_all(&self, model: &mut Model) -> bool {
        let mode = model.privacy;
        let current = model.current.as_mut();
        current
            .map(|current| current.fold_all_event(false, mode))
            .is_some()
    }

    fn fold_to_level(&self, model: &mut Model, level: usize) -> bool {
        let mode = model.privacy;
        let current = model.current.as_mut();
        current
            .map(|current| current.fold_event_to_level(level, mode))
            .is_some()
    }

    fn has_value(&self, model: &Model) -> bool {
        let current = model.current.as_ref();
        current.is_some_and(|current| current.event_row().is_some())
    }

    fn value(&self, model: &Model) -> Option<(String, JsonText)> {
        let current = model.current.as_ref()?;
        let row = current.event_row()?;
        let value = row.value.clone().or_else(|| {
            let event = current.mapped.event()?;
            let mut json = String::new();
            wire::write_event(privacy::apply(event, model.privacy), &mut json);
            let doc = Document::parse(json.into(), Default::default()).ok()?;
            Some(doc.resolve(&row.pointer)?.canonical())
        });
        Some((row.pointer.clone(), value?))
    }

    fn matches(&self, model: &Model, pattern: &Pattern) -> Vec<usize> {
        let rows = model.current.iter().flat_map(|current| &current.event_rows);
        let has = |row: &EventRow| {
            let value = row.value.as_ref();
            pattern.is_in(&row.pointer) || value.is_some_and(|value| pattern.is_in(&value.shown()))
        };
        let found = rows.enumerate().filter(|(_, row)| has(row));
        found.map(|(index, _)| index).collect()
    }

    fn explain(&self, model: &Model, look: &Look) -> Words {
        let current = model.current.as_ref();
        current.map_or_else(Words::new, |current| of_event(current, look))
    }

    fn draw(
        &self,
        model: &Model,
        look: &Look,
        layout: &Layout,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        view::draw(model, look, layout, buffer);
        None
    }
}

fn of_event(current: &Current, look: &Look) -> Words {
    let theme = &look.theme;
    let Some(row) = current.event_row() else {
        return Words::new();
    };
    let words = leaking(current.leaks_in_event(row), look)
        .add(&row.pointer, theme.key)
        .add(" ", theme.text);
    let Some(field) = current.field(row) else {
        let says = match row.pointer.as_str() {
            "/is_pending" => "the constant false: nothing will be added to this event · observed",
            _ => "a part of the event",
        };
        return words.add(says, theme.text);
    };
    let step = field.provenance.step;
    let mut words = words.add(&format!("{} {}", look.symbols.from, step.from), theme.text);
    let sources = current.sources_of(row);
    if !sources.is_empty() {
        words = words.add(&format!("  {}", sources.join(" + ")), theme.key);
    }
    let edited = match current.is_edited(row) {
        true => ", edited",
        false => "",
    };
    words.add(
        &format!("  · {}{edited}", step.confidence.name()),
        theme.dim,
    )
}
