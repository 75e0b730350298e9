//! Edits of the trace metadata, undo and redo, and the one-line receipt of what each did.

use std::collections::HashMap;

use crate::completion::Edit;
use crate::inspector::current::trace_rows::TraceRow;
use crate::inspector::edits::field::Editor;
use crate::inspector::{Model, Pane};
use crate::json::JsonText;

impl Model {
    pub(crate) fn rename(&mut self) {
        if let Some(TraceRow::Key(key)) = self.trace_row() {
            self.focus_trace_to_edit();
            self.trace.editor = Some(Editor::rename(&key));
        }
    }

    pub(crate) fn add_key(&mut self) {
        self.trace.cursor.row = self.trace_rows() - 1;
        self.edit_trace_row();
    }

    pub(crate) fn delete(&mut self) {
        match self.trace_row() {
            Some(TraceRow::Key(key)) => self.apply(Edit::RemoveKey(key)),
            Some(TraceRow::User) => self.apply(Edit::User(None)),
            Some(TraceRow::SessionId) => self.apply(Edit::SessionId(None)),
            Some(TraceRow::Default(_) | TraceRow::Add) | None => {}
        }
    }

    /// Makes an edit and tells what it did to the event.
    pub(crate) fn apply(&mut self, edit: Edit) {
        let before = self.fields_and_size();
        let Some(entry) = self.current_entry() else {
            return;
        };
        entry.edits.push(edit.clone());
        entry.undone.clear();
        self.remap();
        let mode = self.privacy;
        if let Some(current) = &mut self.current {
            current.show_edit(&edit, mode);
        }
        self.notice = self.receipt(&before);
    }

    /// Maps a draft, and scrolls to what it changed in the event where that is out of sight.
    pub(crate) fn remap_in_sight(&mut self) {
        let (before, _) = self.fields_and_size();
        self.remap();
        let (after, _) = self.fields_and_size();
        let before = by_pointer(&before);
        let is_new =
            |(pointer, value): &(String, JsonText)| before.get(pointer.as_str()) != Some(&value);
        let Some((pointer, _)) = after.into_iter().find(is_new) else {
            return;
        };
        let height = usize::from(self.layout().inner(Pane::Event).height);
        let mode = self.privacy;
        let Some(current) = &mut self.current else {
            return;
        };
        let row = current
            .event
            .rows()
            .iter()
            .position(|row| row.pointer == pointer);
        let in_sight = current.event.cursor.offset..current.event.cursor.offset + height;
        if row.is_none_or(|row| !in_sight.contains(&row)) {
            current.go_to_event(&pointer, mode);
        }
    }

    pub(crate) fn undo(&mut self) {
        let before = self.fields_and_size();
        let Some(entry) = self.current_entry() else {
            return;
        };
        if let Some(edit) = entry.edits.pop() {
            entry.undone.push(edit);
            self.remap();
            self.notice = self.receipt(&before).map(|text| format!("undone: {text}"));
        }
    }

    pub(crate) fn redo(&mut self) {
        let before = self.fields_and_size();
        let Some(entry) = self.current_entry() else {
            return;
        };
        if let Some(edit) = entry.undone.pop() {
            entry.edits.push(edit.clone());
            self.remap();
            let mode = self.privacy;
            if let Some(current) = &mut self.current {
                current.show_edit(&edit, mode);
            }
            let receipt = self.receipt(&before);
            self.notice = receipt.map(|text| format!("made again: {text}"));
        }
    }

    pub(crate) fn reset(&mut self) {
        let Some(entry) = self.current_entry() else {
            return;
        };
        while let Some(edit) = entry.edits.pop() {
            entry.undone.push(edit);
        }
        self.remap();
        self.notice = Some(
            "back to the sample as it was loaded; redo brings the edits back one by one".to_owned(),
        );
    }

    pub(crate) fn fields_and_size(&self) -> (Vec<(String, JsonText)>, usize) {
        let Some(current) = &self.current else {
            return (Vec::new(), 0);
        };
        let fields = current
            .mapped
            .event()
            .map_or(&[][..], |event| &event.fields);
        let fields = fields
            .iter()
            .map(|field| (field.pointer(), field.value.clone()));
        (fields.collect(), current.sizes[self.privacy as usize])
    }

    /// What the last edit did to the event, in one line.
    pub(crate) fn receipt(
        &self,
        (before, size): &(Vec<(String, JsonText)>, usize),
    ) -> Option<String> {
        let (after, new_size) = self.fields_and_size();
        let mut parts = Vec::new();
        let (old, new) = (by_pointer(before), by_pointer(&after));
        for (pointer, value) in &after {
            match old.get(pointer.as_str()) {
                None => parts.push(format!("{pointer} added")),
                Some(old) if *old != value => parts.push(format!("{pointer} changed")),
                Some(_) => {}
            }
        }
        let gone = before
            .iter()
            .filter(|(pointer, _)| !new.contains_key(pointer.as_str()));
        parts.extend(gone.map(|(pointer, _)| format!("{pointer} removed")));
        if parts.is_empty() {
            let says = match after.is_empty() {
                true => "there is no event, edited or not",
                false => "the event is the same",
            };
            return Some(says.to_owned());
        }
        let difference = new_size.abs_diff(*size);
        let sign = if new_size >= *size { '+' } else { '−' };
        Some(format!("{}, {sign}{difference} B", parts.join(", ")))
    }
}

fn by_pointer(fields: &[(String, JsonText)]) -> HashMap<&str, &JsonText> {
    let fields = fields.iter();
    fields
        .map(|(pointer, value)| (pointer.as_str(), value))
        .collect()
}
