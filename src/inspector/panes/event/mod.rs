//! The Raindrop event: its commands, and what it says of its rows.

mod findings;
mod view;

pub(crate) use findings::finding_lines;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::{PaneLogic, TREE_COMMANDS};
use crate::event::wire;
use crate::inspector::current::Current;
use crate::inspector::current::rows::EventRow;
use crate::inspector::library::search::Pattern;
use crate::inspector::ui::marks::leaking;
use crate::inspector::ui::styled_text::StyledText;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::tree::Folding;
use crate::inspector::{Command, Layout, Model, Pane};
use crate::json::{Document, JsonText};

/// The event as a tree, with the findings below it.
pub(crate) struct EventPane;

impl PaneLogic for EventPane {
    fn own_commands(&self) -> &'static [Command] {
        &TREE_COMMANDS
    }

    fn tree<'m>(&self, model: &'m Model) -> Option<&'m dyn Folding> {
        let current = model.current.as_ref();
        current.map(|current| &current.event as &dyn Folding)
    }

    fn tree_mut<'m>(&self, model: &'m mut Model) -> Option<&'m mut dyn Folding> {
        let current = model.current.as_mut();
        current.map(|current| &mut current.event as &mut dyn Folding)
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
            model.fold(None);
            return;
        }
        if let Some(why) = row.unknown {
            model.notice = Some(format!("{} is not known: {why}", row.key));
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

    fn beside(&self) -> [Option<Pane>; 2] {
        [Some(Pane::Completion), None]
    }

    fn has_value(&self, model: &Model) -> bool {
        let current = model.current.as_ref();
        let row = current.and_then(|current| current.event_row());
        row.is_some_and(|row| row.unknown.is_none())
    }

    fn value(&self, model: &Model) -> Option<(String, JsonText)> {
        let current = model.current.as_ref()?;
        let row = current.event_row()?;
        let value = row.value.clone().or_else(|| {
            let event = current.mapped.event()?;
            let mut json = String::new();
            wire::write_event(model.options().apply(event), &mut json);
            let doc = Document::parse(json.into(), Default::default()).ok()?;
            Some(doc.resolve(&row.pointer)?.canonical())
        });
        Some((row.pointer.clone(), value?))
    }

    fn matches(&self, model: &Model, pattern: &Pattern) -> Vec<usize> {
        let rows = model.current.iter();
        let rows = rows.flat_map(|current| current.event.rows());
        let has = |row: &EventRow| {
            let value = row.value.as_ref();
            pattern.is_in(&row.pointer) || value.is_some_and(|value| pattern.is_in(&value.shown()))
        };
        let found = rows.enumerate().filter(|(_, row)| has(row));
        found.map(|(index, _)| index).collect()
    }

    fn explain(&self, model: &Model, look: &Look) -> StyledText {
        let current = model.current.as_ref();
        current.map_or_else(StyledText::new, |current| of_event(current, look))
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

fn of_event(current: &Current, look: &Look) -> StyledText {
    let theme = &look.theme;
    let Some(row) = current.event_row() else {
        return StyledText::new();
    };
    let leaks = current.leaks_in_event(row);
    let words = leaking(leaks, look)
        .add(&row.pointer, theme.key)
        .add(" ", theme.text);
    if let Some(why) = row.unknown {
        return words.add(&format!("is not known: {why}"), theme.text);
    }
    let words = match row.is_kept_back {
        true => words.add("is kept back by privacy mode  ", theme.warning),
        false => words,
    };
    let Some(field) = current.field(row) else {
        let says = match row.pointer.as_str() {
            "/is_pending" => "the constant false: nothing will be added to this event · observed",
            _ => "a part of the event",
        };
        return words.add(says, theme.text);
    };
    let step = field.provenance.step;
    let from = format!("{} {}", look.symbols.from, step.from);
    let mut words = match leaks || row.is_kept_back {
        true => words.add_spare(&from, theme.text),
        false => words.add(&from, theme.text),
    };
    let sources = current.sources_of(row);
    if !sources.is_empty() {
        words = words.add_spare(&format!("  {}", sources.join(" + ")), theme.key);
    }
    let edited = match current.is_edited(row) {
        true => ", edited",
        false => "",
    };
    words.add_spare(
        &format!("  · {}{edited}", step.confidence.name()),
        theme.dim,
    )
}
