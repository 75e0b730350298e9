//! Opening and closing containers of the two trees, and going to the container around a row.

use crate::event::privacy::Privacy;
use crate::inspector::current::Current;
use crate::inspector::current::rows::CompletionRow;
use crate::json::NodeId;

impl Current {
    /// Whether a row's container is closed.
    pub fn is_source_closed(&self, id: NodeId) -> bool {
        self.closed_source.contains(&id)
    }

    /// Whether a row's container is closed.
    pub fn is_event_closed(&self, pointer: &str) -> bool {
        self.closed_event.contains(pointer)
    }

    /// Opens or closes the container under the completion's cursor; false where there is none.
    pub fn fold_source(&mut self, open: Option<bool>, mode: Privacy) -> bool {
        let Some(CompletionRow::Node(id)) = self.source_row() else {
            return false;
        };
        let id = *id;
        let value = self.completion.document().at(id);
        if !value.kind().is_container() || value.is_empty() {
            return false;
        }
        let is_closed = self.closed_source.contains(&id);
        let open = open.unwrap_or(is_closed);
        if open != is_closed {
            return false;
        }
        if open {
            self.closed_source.remove(&id);
        } else {
            self.closed_source.insert(id);
        }
        self.rebuild(mode);
        true
    }

    /// Opens or closes the container under the event's cursor; false where there is none.
    pub fn fold_event(&mut self, open: Option<bool>, mode: Privacy) -> bool {
        let Some(row) = self.event_row().filter(|row| row.children > 0) else {
            return false;
        };
        let at = row.pointer.clone();
        let is_closed = self.closed_event.contains(&at);
        let open = open.unwrap_or(is_closed);
        if open != is_closed {
            return false;
        }
        if open {
            self.closed_event.remove(&at);
        } else {
            self.closed_event.insert(at);
        }
        self.rebuild(mode);
        true
    }

    /// Closes or opens all containers of the completion's tree.
    pub fn fold_all_source(&mut self, close: bool, mode: Privacy) {
        self.closed_source.clear();
        if close {
            let root = self.completion.document().root();
            let containers = root
                .descendants()
                .filter(|v| v.kind().is_container() && !v.is_empty());
            self.closed_source
                .extend(containers.map(|value| value.id()));
        }
        self.rebuild(mode);
    }

    /// Closes the containers of the completion's tree at this level and below, and opens the others.
    pub fn fold_source_to_level(&mut self, level: usize, mode: Privacy) {
        let mut on = self.source_pointer().unwrap_or_default();
        let root = self.completion.document().root();
        self.closed_source = root
            .descendants()
            .filter(|v| v.kind().is_container() && !v.is_empty() && v.depth() >= level)
            .map(|value| value.id())
            .collect();
        self.rebuild(mode);
        // The cursor goes to what is left in sight of what it was on.
        while !on.is_empty() {
            if let Some(row) = self.row_of_source(&on) {
                self.source.row = row;
                return;
            }
            on.truncate(on.rfind('/').unwrap_or(0));
        }
    }

    /// Closes the containers of the event's tree at this level and below, and opens the others.
    pub fn fold_event_to_level(&mut self, level: usize, mode: Privacy) {
        let mut on = self
            .event_row()
            .map_or_else(String::new, |row| row.pointer.clone());
        self.closed_event.clear();
        self.rebuild(mode);
        let deep = self
            .event_rows
            .iter()
            .filter(|row| row.children > 0 && row.depth + 1 >= level);
        self.closed_event = deep.map(|row| row.pointer.clone()).collect();
        self.rebuild(mode);
        while !on.is_empty() {
            if let Some(row) = self.row_of_event(&on) {
                self.event.row = row;
                return;
            }
            on.truncate(on.rfind('/').unwrap_or(0));
        }
    }

    /// Closes or opens all containers of the event's tree.
    pub fn fold_all_event(&mut self, close: bool, mode: Privacy) {
        self.closed_event.clear();
        if close {
            let containers = self.event_rows.iter().filter(|row| row.children > 0);
            self.closed_event = containers.map(|row| row.pointer.clone()).collect();
        }
        self.rebuild(mode);
    }

    /// Goes to the row of the container around the cursor; false at the outermost.
    pub fn source_to_parent(&mut self) -> bool {
        let parent = match self.source_row() {
            Some(CompletionRow::Node(id)) => {
                self.completion.document().at(*id).parent().map(|v| v.id())
            }
            Some(CompletionRow::Added { pointer, .. }) => {
                let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                self.completion.document().resolve(parent).map(|v| v.id())
            }
            None => None,
        };
        let row = parent.and_then(|parent| {
            let is_it = |row: &CompletionRow| *row == CompletionRow::Node(parent);
            self.source_rows.iter().position(is_it)
        });
        self.source.row = row.unwrap_or(self.source.row);
        row.is_some()
    }

    /// Goes to the row of the container around the cursor; false at the outermost.
    pub fn event_to_parent(&mut self) -> bool {
        let Some(row) = self.event_row() else {
            return false;
        };
        let parent = row
            .pointer
            .rsplit_once('/')
            .map_or("", |(parent, _)| parent)
            .to_owned();
        match self.row_of_event(&parent) {
            Some(row) => {
                self.event.row = row;
                true
            }
            None => false,
        }
    }
}
