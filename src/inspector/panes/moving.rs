//! Moving about: rows, panes, containers, and jumps along the provenance.

use crate::event::privacy::Privacy;
use crate::inspector::current::rows::SourceRow;
use crate::inspector::panes::commands::NOTHING;
use crate::inspector::ui::cursor::{Cursor, Step};
use crate::inspector::{Effect, Model, Pane};
use crate::mapping::Fate;

impl Model {
    /// The pane so many steps after the focused one, in the order of the Tab key.
    pub(crate) fn pane_after(&self, steps: usize) -> Pane {
        Pane::ALL[(self.focus as usize + steps) % Pane::ALL.len()]
    }

    pub(crate) fn step(&mut self, step: Step) {
        let height = usize::from(self.layout().inner(self.focus).height);
        let trace_rows = self.trace_rows();
        match (self.focus, &mut self.current) {
            (Pane::List, _) => self.list_step(step, height),
            (Pane::Trace, _) => self.trace.cursor.step(step, trace_rows, height),
            (Pane::Source, Some(current)) => {
                current.source.step(step, current.source_rows.len(), height);
            }
            (Pane::Event, Some(current)) => {
                current.event.step(step, current.event_rows.len(), height);
            }
            _ => {}
        }
    }

    pub(crate) fn wheel(&mut self, column: u16, row: u16, lines: isize) {
        if !self.windows.is_empty() {
            self.scroll_window(lines);
            return;
        }
        let layout = self.layout();
        let Some(pane) = layout.pane_at(column, row) else {
            return;
        };
        let height = usize::from(layout.inner(pane).height);
        let (trace_rows, entries) = (self.trace_rows(), self.listed());
        match (pane, &mut self.current) {
            // The field that is typed stands in the row under the cursor, which must stay.
            (Pane::List | Pane::Trace, _) if self.trace.editor.is_some() => {}
            (Pane::List, _) => self.list.scroll(lines, entries, height),
            (Pane::Trace, _) => self.trace.cursor.scroll(lines, trace_rows, height),
            (Pane::Source, Some(current)) => {
                current
                    .source
                    .scroll(lines, current.source_rows.len(), height);
            }
            (Pane::Event, Some(current)) => {
                current
                    .event
                    .scroll(lines, current.event_rows.len(), height);
            }
            _ => {}
        }
    }

    pub(crate) fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        if !self.windows.is_empty() || self.is_typing() {
            return Vec::new();
        }
        let layout = self.layout();
        if layout.tabs.contains((column, row).into()) {
            let width = (layout.tabs.width / 4).max(1);
            self.focus = Pane::ALL[usize::from((column / width).min(3))];
            return Vec::new();
        }
        if self.grab(column, row) {
            return Vec::new();
        }
        let Some(pane) = layout.pane_at(column, row) else {
            return Vec::new();
        };
        let area = layout.inner(pane);
        let was_focused = self.focus == pane;
        self.focus = pane;
        if !area.contains((column, row).into()) {
            return Vec::new();
        }
        let line = usize::from(row - area.y);
        let (trace_rows, entries) = (self.trace_rows(), self.listed());
        let place = |cursor: &mut Cursor, rows: usize| {
            let target = cursor.offset + line;
            let again = cursor.row == target;
            cursor.row = target.min(rows.saturating_sub(1));
            again
        };
        let again = match (pane, &mut self.current) {
            (Pane::List, _) => place(&mut self.list, entries),
            (Pane::Trace, _) => place(&mut self.trace.cursor, trace_rows),
            (Pane::Source, Some(current)) => place(&mut current.source, current.source_rows.len()),
            (Pane::Event, Some(current)) => place(&mut current.event, current.event_rows.len()),
            _ => false,
        };
        // A second click on the same row opens it.
        if again && was_focused && pane != Pane::List {
            self.open();
        }
        Vec::new()
    }

    pub(crate) fn left(&mut self) {
        let mode = self.privacy;
        match (self.focus, &mut self.current) {
            (Pane::Source, Some(current)) => {
                let closed = current.fold_source(Some(false), mode);
                if !closed && !current.source_to_parent() {
                    self.focus = Pane::List;
                }
            }
            (Pane::Event, Some(current)) => {
                let closed = current.fold_event(Some(false), mode);
                if !closed && !current.event_to_parent() {
                    self.focus = Pane::Source;
                }
            }
            (Pane::Trace, _) => self.focus = Pane::List,
            _ => {}
        }
    }

    pub(crate) fn right(&mut self) {
        let mode = self.privacy;
        match (self.focus, &mut self.current) {
            (Pane::List | Pane::Trace, Some(_)) => self.focus = Pane::Source,
            (Pane::Source, Some(current)) => {
                let opened = current.fold_source(Some(true), mode);
                self.focus = if opened { Pane::Source } else { Pane::Event };
            }
            (Pane::Event, Some(current)) => {
                current.fold_event(Some(true), mode);
            }
            _ => {}
        }
    }

    /// Whether the row under the cursor opens or closes.
    pub(crate) fn can_fold(&self) -> bool {
        let Some(current) = &self.current else {
            return false;
        };
        match self.focus {
            Pane::Source => match current.source_row() {
                Some(SourceRow::Node(id)) => {
                    let value = current.completion.document().at(*id);
                    value.kind().is_container() && !value.is_empty()
                }
                _ => false,
            },
            Pane::Event => current.event_row().is_some_and(|row| row.children > 0),
            Pane::List | Pane::Trace => false,
        }
    }

    pub(crate) fn fold(&mut self, open: Option<bool>) -> bool {
        let mode = self.privacy;
        match (self.focus, &mut self.current) {
            (Pane::Source, Some(current)) => current.fold_source(open, mode),
            (Pane::Event, Some(current)) => current.fold_event(open, mode),
            _ => false,
        }
    }

    pub(crate) fn fold_all(&mut self, close: bool) {
        let mode = self.privacy;
        match (self.focus, &mut self.current) {
            (Pane::Source, Some(current)) => current.fold_all_source(close, mode),
            (Pane::Event, Some(current)) => current.fold_all_event(close, mode),
            _ => return,
        }
        let did = if close { "closed" } else { "opened" };
        self.notice = Some(format!("all containers are {did}"));
    }

    /// Enter: jumps along the provenance, edits a trace row, opens a container.
    pub(crate) fn open(&mut self) {
        let mode = self.privacy;
        match self.focus {
            Pane::List => self.focus = Pane::Source,
            Pane::Trace => self.edit_slot(),
            Pane::Event => {
                let Some(current) = &mut self.current else {
                    self.notice = Some(NOTHING.to_owned());
                    return;
                };
                let Some(row) = current.event_row().cloned() else {
                    return;
                };
                if row.children > 0 && row.field.is_none() {
                    self.fold(None);
                    return;
                }
                match current.sources_of(&row).first() {
                    Some(pointer) => {
                        if current.go_to_source(pointer, mode) {
                            self.focus = Pane::Source;
                        } else {
                            self.notice = Some(format!("{pointer} is not in this completion"));
                        }
                    }
                    None => {
                        let field = current.field(&row);
                        let from = field.map(|field| field.provenance.step.from);
                        let from = from.unwrap_or("it is a part of the event");
                        self.notice = Some(format!("{}: no source, but {from}", row.pointer));
                    }
                }
            }
            Pane::Source => {
                let Some(current) = &mut self.current else {
                    self.notice = Some(NOTHING.to_owned());
                    return;
                };
                let Some(row) = current.source_row().cloned() else {
                    return;
                };
                let fate = current.fate(&row, mode);
                match &fate {
                    Fate::Became(fields) if current.go_to_event(&fields[0], mode) => {
                        self.focus = Pane::Event;
                    }
                    Fate::Superseded(field) | Fate::Shadowed(field)
                        if current.go_to_event(field, mode) =>
                    {
                        self.focus = Pane::Event;
                    }
                    _ if self.fold(None) => {}
                    _ => self.notice = Some(fate.says()),
                }
            }
        }
    }

    pub(crate) fn toggle_privacy(&mut self) {
        self.privacy = self.privacy.toggled();
        let mode = self.privacy;
        if let Some(current) = &mut self.current {
            current.rebuild(mode);
        }
        self.notice = Some(match mode {
            Privacy::On => {
                "privacy mode is on: input and output are kept back, all else is the same"
                    .to_owned()
            }
            Privacy::Off => "privacy mode is off: input and output are sent".to_owned(),
        });
    }

    /// Closes what is deeper than a level of the focused tree, and opens the rest.
    pub(crate) fn fold_to_level(&mut self, level: usize) {
        let mode = self.privacy;
        match (self.focus, &mut self.current) {
            (Pane::Source, Some(current)) => current.fold_source_to_level(level, mode),
            (Pane::Event, Some(current)) => current.fold_event_to_level(level, mode),
            (_, None) => {
                self.notice = Some(NOTHING.to_owned());
                return;
            }
            _ => {
                self.notice = Some("go to the Completion or the Event (Tab) to fold".to_owned());
                return;
            }
        }
        let noun = if level == 1 { "level" } else { "levels" };
        self.notice = Some(format!("{level} {noun} open"));
    }
}
