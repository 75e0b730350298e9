//! The findings of the completion as rows, the worst first, each with what to do; Enter goes to where it
//! is mended, or where it comes from.

pub(crate) mod view;

use crate::completion::TraceMetadata;
use crate::display;
use crate::inspector::panes::trace::{Slot, SlotPlaces, slots};
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::layout::inner;
use crate::inspector::{Command, Effect, Model, Overlay, Pane};
use crate::mapping::{Code, Finding, finding};

/// Where a finding leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A row of the trace metadata, where an edit mends it.
    Trace(Slot),
    /// A value of the completion.
    Source(String),
    /// A field of the event.
    Event(String),
    /// A field that the event does not have, and what it would stand in.
    Missing {
        /// Where it would stand.
        pointer: String,
        /// What is there of it.
        within: String,
    },
}

/// A line of the window; findings take several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A finding's code and what it is about.
    Head(usize),
    /// A part of what it means and what to do.
    Help(usize, String),
    /// Where it leads to.
    Leads(usize, String),
    /// Between two findings.
    Blank,
}

impl Line {
    /// Which finding it belongs to.
    const fn of(&self) -> Option<usize> {
        match self {
            Line::Head(index) | Line::Help(index, _) | Line::Leads(index, _) => Some(*index),
            Line::Blank => None,
        }
    }
}

/// Columns before the text of a finding.
const INDENT: usize = 4;

impl Model {
    /// Findings of the shown completion, the worst first.
    pub fn found(&self) -> Vec<&Finding> {
        let current = self.current.as_ref();
        current.map_or_else(Vec::new, |c| finding::worst_first(&c.mapped.findings))
    }

    /// Opens the window.
    pub(crate) fn findings(&mut self) {
        if self.current.is_none() {
            self.notice = Some(crate::inspector::edits::editing::NOTHING.to_owned());
        } else if self.found().is_empty() {
            self.notice = Some("there is nothing to remark".to_owned());
        } else {
            self.open_window(Overlay::Findings(Cursor::default()));
        }
    }

    /// The window's lines at its present width.
    pub fn finding_lines(&self) -> Vec<Line> {
        let width = usize::from(inner(self.layout().window()).width).saturating_sub(INDENT + 1);
        let mut lines = Vec::new();
        let places = self.slot_places();
        for (index, finding) in self.found().into_iter().enumerate() {
            if index > 0 {
                lines.push(Line::Blank);
            }
            lines.push(Line::Head(index));
            let text = &finding.help;
            let wrapped = display::wrap(text, width).into_iter();
            lines.extend(wrapped.map(|range| Line::Help(index, text[range].to_owned())));
            let leads = self
                .place_among(finding, &places)
                .map(|place| self.leads_to_place(&place));
            lines.extend(leads.map(|says| Line::Leads(index, says)));
        }
        lines
    }

    /// Brings all lines of the finding under the cursor in sight, the first ones where they are too many.
    pub(crate) fn settle_findings(&mut self, height: usize) {
        let (lines, count) = (self.finding_lines(), self.found().len());
        let Some(Overlay::Findings(cursor)) = &mut self.overlay else {
            return;
        };
        cursor.row = cursor.row.min(count.saturating_sub(1));
        let is_own = |line: &Line| line.of() == Some(cursor.row);
        let first = lines.iter().position(is_own).unwrap_or(0);
        let end = lines.iter().rposition(is_own).map_or(0, |last| last + 1);
        let lowest = end.saturating_sub(height);
        let most = lines.len().saturating_sub(height);
        cursor.offset = cursor.offset.max(lowest).min(first).min(most);
    }

    /// Where a finding is mended, or comes from, or would stand.
    pub fn place_of(&self, finding: &Finding) -> Option<Place> {
        self.place_among(finding, &self.slot_places())
    }

    fn slot_places(&self) -> SlotPlaces {
        let current = self.current.as_ref();
        let metadata = current.map(|current| &current.mapped.metadata);
        SlotPlaces::of(metadata.unwrap_or(&TraceMetadata::default()))
    }

    fn place_among(&self, finding: &Finding, places: &SlotPlaces) -> Option<Place> {
        let current = self.current.as_ref()?;
        let metadata = &current.mapped.metadata;
        let sources = current.sources_at(&finding.pointer);
        let mut pointers = vec![finding.pointer.clone()];
        pointers.extend(sources.iter().cloned());
        let may_edit = current.completion.request().is_some() || metadata.is_delivered;
        let row = places.row(&pointers).filter(|_| may_edit);
        if let Some(slot) = row.and_then(|row| places.slot(row)) {
            return Some(Place::Trace(slot.clone()));
        }
        let doc = current.completion.document();
        let mut pointers = pointers.into_iter();
        let in_source = pointers.find(|at| !at.is_empty() && doc.resolve(at).is_some());
        if let Some(pointer) = in_source {
            return Some(Place::Source(pointer));
        }
        let is_there = |at: &str| current.has_event_pointer(at, self.privacy);
        let pointer = finding.pointer.clone();
        if pointer.is_empty() || is_there(&pointer) {
            return current.mapped.event().map(|_| Place::Event(pointer));
        }
        let around = pointer.rsplit_once('/').map_or("", |(around, _)| around);
        let within = around.to_owned();
        let is_known = within.is_empty() || is_there(&within) || doc.resolve(&within).is_some();
        is_known.then_some(Place::Missing { pointer, within })
    }

    /// Where it leads, in words.
    fn leads_to_place(&self, place: &Place) -> String {
        match place {
            Place::Trace(Slot::User) => "user, in the trace".to_owned(),
            Place::Trace(Slot::SessionId) => "session_id, in the trace".to_owned(),
            Place::Trace(Slot::Key(key)) => format!("{key}, in the trace"),
            Place::Trace(Slot::Default(key)) => format!("{key}, in the trace"),
            Place::Trace(Slot::Add) => "the trace".to_owned(),
            Place::Source(pointer) => format!("{pointer}, in the completion"),
            Place::Event(pointer) if pointer.is_empty() => "the event".to_owned(),
            Place::Event(pointer) => format!("{pointer}, in the event"),
            Place::Missing { pointer, .. } => format!("where {pointer} would stand"),
        }
    }

    /// Goes to where the finding under the cursor leads.
    pub(crate) fn go_to_finding(&mut self) {
        let Some(Overlay::Findings(cursor)) = &self.overlay else {
            return;
        };
        let Some(finding) = self.found().get(cursor.row).map(|found| (*found).clone()) else {
            return;
        };
        let Some(place) = self.place_of(&finding) else {
            self.notice = Some(format!("there is no place for {}", finding.code.as_str()));
            return;
        };
        self.close_windows();
        let mode = self.privacy;
        let mut says = finding.short();
        let Some(current) = &mut self.current else {
            return;
        };
        match place {
            Place::Trace(slot) => {
                let rows = slots(&current.mapped.metadata);
                let row = rows.iter().position(|have| *have == slot);
                self.trace.cursor.row = row.unwrap_or(0);
                self.focus = Pane::Trace;
                let command = match finding.code {
                    Code::TraceKeyShadowed => Command::RenameKey,
                    _ => Command::EditTrace,
                };
                let (key, does) = (self.keymap.shown(command), command.entry().hint);
                says = format!("{says} ({key} {does})");
            }
            Place::Source(pointer) => {
                current.go_to_source(&pointer, mode);
                self.focus = Pane::Source;
            }
            Place::Event(pointer) => {
                let first = current.event_rows.first().map(|row| row.pointer.clone());
                let at = if pointer.is_empty() {
                    first.unwrap_or_default()
                } else {
                    pointer
                };
                current.go_to_event(&at, mode);
                self.focus = Pane::Event;
            }
            Place::Missing { pointer, within } => {
                self.focus = match current.go_to_event(&within, mode) {
                    true => Pane::Event,
                    false if current.go_to_source(&within, mode) => Pane::Source,
                    false => Pane::Event,
                };
                says = format!("{pointer} would stand here: {says}");
            }
        }
        self.notice = Some(says);
    }

    /// The finding under the cursor, as a line to paste.
    pub(crate) fn copy_finding(&mut self) -> Vec<Effect> {
        let Some(Overlay::Findings(cursor)) = &self.overlay else {
            return Vec::new();
        };
        let text = self.found().get(cursor.row).map(|finding| {
            let (severity, code) = (finding.severity().name(), finding.code.as_str());
            format!("{severity} {code} {}: {}", finding.pointer, finding.help)
        });
        self.copied("the finding", text.unwrap_or_default())
    }
}
