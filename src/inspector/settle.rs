//! After each message: cursors, scrolling and the shown completion are brought in line with what changed,
//! and the shown completion is mapped again where an edit asks for it.

use std::sync::Arc;

use crate::inspector::current::Current;
use crate::inspector::current::trace_rows::trace_rows_of;
use crate::inspector::library::{self, listing};
use crate::inspector::panes::event::finding_lines;
use crate::inspector::showing::guide;
use crate::inspector::ui::layout;
use crate::inspector::windows::send::Sending;
use crate::inspector::windows::send_all;
use crate::inspector::{Layout, Model, Pane};
use crate::mapping::Deliveries;

/// The field of the event that a person finds first by.
const USER: &str = "/user_id";

/// Lines in which the list says why it is empty.
const WORDS_FOR_NONE: usize = 8;

impl Model {
    /// Whether time has to go on being told: for how long something has been under way, or is waited for.
    pub fn needs_ticks(&self) -> bool {
        let all = self.all.as_ref();
        self.sendings.iter().any(Sending::is_under_way)
            || self.kept.live.is_under_way()
            || all.is_some_and(send_all::SendAll::is_under_way)
    }

    /// The layout for the present size and focus.
    pub fn layout(&self) -> Layout {
        let current = self.current.as_ref();
        let mut contents = layout::PaneContents {
            list_rows: match self.listed() {
                // Words say why there are none.
                0 => WORDS_FOR_NONE,
                rows => rows,
            },
            trace_rows: self.trace_rows(),
            event_rows: current.map_or(0, |current| current.event.rows().len()),
            findings: 0,
            pane_layout: self.pane_layout,
            guide: guide::height(self),
        };
        let (width, height) = self.size;
        let layout = Layout::of(width, height, self.focus, contents);
        let Some(current) = current.filter(|current| !current.mapped.findings.is_empty()) else {
            return layout;
        };
        // How many lines the findings take depends on how wide the event's pane is.
        let event = layout.inner(Pane::Event);
        let most = usize::from(event.height);
        contents.findings = finding_lines(&current.mapped.findings, event.width, most).len();
        Layout::of(width, height, self.focus, contents)
    }

    pub(crate) fn trace_rows(&self) -> usize {
        if let Some(raw) = &self.trace.raw {
            return raw.lines.lines().len();
        }
        self.current
            .as_ref()
            .map_or(1, |current| trace_rows_of(&current.mapped.metadata).len())
    }

    /// Brings cursors, scrolling and the shown completion in line with what changed.
    pub(crate) fn settle(&mut self) {
        let mut budget = listing::SliceBudget::new();
        // What lies on top is completed first; but it waits for a completion that is about to be shown.
        let is_shown = self.current.is_some();
        if is_shown {
            self.work_in_window(&mut budget);
        }
        self.fill_list(&mut budget);
        self.search_elsewhere(&mut budget);
        self.list.row = self.list.row.min(self.listed().saturating_sub(1));
        self.settle_traffic();
        let shown = self.current.as_ref().filter(|c| !c.is_outdated);
        let shown = shown.map(|current| current.index);
        if let Some(index) = self.at_cursor().filter(|index| shown != Some(*index))
            && !self.is_editing()
            && !self.is_broken(index)
        {
            self.show(index);
            // What it shows of a completion is of the one that is shown now.
            self.work_in_window(&mut budget);
        } else if !is_shown {
            self.work_in_window(&mut budget);
        }
        let layout = self.layout();
        let height = |pane: Pane| usize::from(layout.inner(pane).height);
        for pane in Pane::ALL {
            let rows = pane.logic().rows(self);
            if let Some(cursor) = pane.logic().cursor_mut(self) {
                cursor.settle(rows, height(pane));
            }
        }
        if let Some(raw) = &mut self.trace.raw {
            let height = usize::from(layout.raw().height).saturating_sub(2);
            raw.view.row = raw.lines.row();
            raw.view.settle(raw.lines.lines().len(), height);
        }
        self.settle_window();
        self.summarise_current();
        self.summarise_visible(height(Pane::List));
    }

    /// Works out what the rows of the list show that are in sight.
    fn summarise_visible(&mut self, height: usize) {
        loop {
            let before = self.library.len();
            for row in self.list.offset..self.list.offset + height.max(1) {
                // Where a record holds several, the others stand in the next rows.
                if let Some(index) = self.listing.entry(row) {
                    self.summarise(index);
                }
            }
            if self.library.len() == before {
                return;
            }
            // The cursor has moved on with its completion, and other rows are in sight.
            let rows = self.listed();
            self.list.settle(rows, height);
        }
    }

    /// What is shown was mapped already; the list takes it from there, but not from a draft.
    pub(crate) fn summarise_current(&mut self) {
        let Some(current) = self.current.as_ref().filter(|_| !self.is_editing()) else {
            return;
        };
        let entry = self.library.entry(current.index);
        if entry.is_some_and(|entry| entry.summary().is_none()) {
            let (index, completion) = (current.index, &current.completion);
            self.library.put_summary(index, completion, &current.mapped);
        }
    }

    pub(crate) fn is_broken(&self, index: usize) -> bool {
        let problem = self.library.entry(index).and_then(|entry| entry.problem());
        problem.is_some() && self.current.is_none()
    }

    /// Shows an entry of the list.
    pub(crate) fn show(&mut self, index: usize) {
        let completion = self.completion_at(index);
        let edits = self.library.entry(index).map(|entry| entry.edits.clone());
        self.current = completion.map(|completion| {
            let edits = edits.unwrap_or_default();
            let mut current = Current::new(index, completion, &edits, &self.options());
            current.compare_with(self.library.deliveries.clone());
            if self.presenter.is_some() {
                current.fold_unused(true, self.privacy);
            }
            // The event's cursor stays on the field that was looked at, where the new event has it. Where the event is
            // what one sees first, it begins on a field with a source, which lights up beside it.
            let before = self.current.as_ref().and_then(Current::event_row);
            let at = before.map(|row| row.pointer.clone());
            let first = (self.focus == Pane::Event).then(|| USER.to_owned());
            if let Some(at) = at.or(first) {
                current.go_to_event(&at, self.privacy);
            }
            current
        });
        self.trace.editor = None;
        self.trace.raw = None;
    }

    /// Shows the completion at a place, with its cursors where they were and open what was open.
    pub(crate) fn show_as_before(&mut self, mut before: Current, index: usize) {
        let edits = self.library.entry(index).map(|entry| entry.edits.clone());
        let Some(completion) = self.completion_at(index) else {
            return;
        };
        before.index = index;
        let edits = edits.unwrap_or_default();
        let mut current = Current::renewed(&before, completion, &edits, &self.options());
        current.compare_with(self.library.deliveries.clone());
        self.current = Some(current);
        self.trace.editor = None;
        self.trace.raw = None;
    }

    /// Holds what is loaded against what OpenRouter delivered.
    pub(crate) fn take_deliveries(&mut self, deliveries: Arc<Deliveries>) {
        if !self.library.compare_with(deliveries.clone()) {
            return;
        }
        if let Some(current) = &mut self.current {
            current.compare_with(deliveries);
        }
        // Findings are among what is filtered and sorted by.
        self.remap();
        self.relist();
    }

    /// What a completion is called on screen: what the list calls it, so that it has one name everywhere.
    pub(crate) fn title_of<'m>(&'m self, current: &'m Current) -> &'m str {
        let title = self.library.title(current.index);
        title.unwrap_or(&current.completion.name)
    }

    /// The entry that is shown.
    pub(crate) fn current_entry(&mut self) -> Option<&mut library::LibraryEntry> {
        let index = self.current.as_ref()?.index;
        self.library.entry_mut(index)
    }

    /// Maps the shown completion again, with the draft that is being typed.
    pub(crate) fn remap(&mut self) {
        let typed = self.trace.editor.as_ref();
        let typed = typed.and_then(|editor| editor.draft.clone());
        let written = self.trace.raw.as_ref().map(|raw| raw.draft.clone());
        let drafts: Vec<_> = typed
            .into_iter()
            .chain(written.unwrap_or_default())
            .collect();
        let Some(entry) = self.current_entry() else {
            return;
        };
        if drafts.is_empty() {
            entry.forget_summary();
        }
        let mut edits = entry.edits.clone();
        edits.extend(drafts.iter().cloned());
        let options = self.options();
        let mode = options.privacy;
        if let Some(current) = &mut self.current {
            current.remap(&edits, &options);
            for draft in &drafts {
                current.show_edit(draft, mode);
            }
        }
    }
}
