//! Moving about: rows, panes, containers, and jumps along the provenance.

use crate::event::privacy::Privacy;
use crate::inspector::bars::header;
use crate::inspector::ui::cursor::CursorStep;
use crate::inspector::ui::tree::Folding;
use crate::inspector::{Command, Effect, Model, Pane};

impl Model {
    /// The pane so many steps after the focused one, in the order of the Tab key.
    pub(crate) fn pane_after(&self, steps: usize) -> Pane {
        Pane::ALL[(self.focus as usize + steps) % Pane::ALL.len()]
    }

    pub(crate) fn step(&mut self, step: CursorStep) {
        let height = usize::from(self.layout().inner(self.focus).height);
        self.focused().step(self, step, height);
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
        let (logic, height) = (pane.logic(), usize::from(layout.inner(pane).height));
        if !logic.is_held(self) {
            let rows = logic.rows(self);
            if let Some(cursor) = logic.cursor_mut(self) {
                cursor.scroll(lines, rows, height);
            }
        }
    }

    pub(crate) fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        if !self.windows.is_empty() || self.is_typing() {
            return Vec::new();
        }
        let layout = self.layout();
        if layout.tabs.contains((column, row).into()) {
            self.focus = header::tab_at(&layout, column);
            return Vec::new();
        }
        if row == layout.header.y {
            match header::command_at(self, &layout, column) {
                Some(Command::PreviousCompletion) => self.list_step(CursorStep::Up, 1),
                Some(_) => self.list_step(CursorStep::Down, 1),
                None => {}
            }
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
        let logic = pane.logic();
        let rows = logic.rows(self);
        let target = self.row_on_line(pane, row - area.y, area.height);
        let (Some(target), Some(cursor)) = (target, logic.cursor_mut(self)) else {
            return Vec::new();
        };
        let again = cursor.row == target;
        cursor.row = target.min(rows.saturating_sub(1));
        // A second click on the same row opens it.
        if again && was_focused && logic.opens_by_click() {
            logic.open(self);
        }
        Vec::new()
    }

    pub(crate) fn toggle_privacy(&mut self) {
        self.privacy = self.privacy.toggled();
        self.rebuild_trees();
        self.notice = Some(match self.privacy {
            Privacy::On => {
                "privacy mode is on: input and output are kept back; the route differs".to_owned()
            }
            Privacy::Off => "privacy mode is off: input and output are sent".to_owned(),
        });
    }

    /// Closes the container under the cursor, or goes to the one around it, or to the pane on the left.
    pub(crate) fn go_left(&mut self) {
        if self.fold(Some(false)) {
            return;
        }
        let pane = self.focused();
        let is_within = pane.tree_mut(self).is_some_and(Folding::to_parent);
        if let Some(left) = pane.beside()[0].filter(|_| !is_within) {
            self.focus = left;
        }
    }

    /// Opens the container under the cursor, or goes to the pane on the right.
    pub(crate) fn go_right(&mut self) {
        if self.fold(Some(true)) {
            return;
        }
        let right = self.focused().beside()[1];
        if let Some(right) = right.filter(|_| self.current.is_some()) {
            self.focus = right;
        }
    }

    /// Opens or closes the container under the cursor, the other way where it is not said which; false where
    /// that changes nothing.
    pub(crate) fn fold(&mut self, open: Option<bool>) -> bool {
        let tree = self.focused().tree_mut(self);
        let is_folded = tree.is_some_and(|tree| tree.fold(open));
        if is_folded {
            self.rebuild_trees();
        }
        is_folded
    }

    /// Whether there is a container under the cursor.
    pub(crate) fn can_fold(&self) -> bool {
        self.focused().tree(self).is_some_and(Folding::can_fold)
    }

    /// Opens the focused tree to a level.
    pub(crate) fn fold_to_level(&mut self, level: usize) {
        if self.close_from(level.saturating_sub(1)) {
            let noun = if level == 1 { "level" } else { "levels" };
            self.notice = Some(format!("{level} {noun} open"));
        }
    }

    pub(crate) fn fold_all(&mut self) {
        if self.close_from(0) {
            self.notice = Some("all containers are closed".to_owned());
        }
    }

    pub(crate) fn unfold_all(&mut self) {
        if self.open_all() {
            self.notice = Some("all containers are opened".to_owned());
        }
    }

    fn open_all(&mut self) -> bool {
        let Some(tree) = self.focused().tree_mut(self) else {
            return false;
        };
        tree.open_all();
        self.rebuild_trees();
        true
    }

    /// Opens all containers with fewer others around them, and closes the rest.
    fn close_from(&mut self, depth: usize) -> bool {
        let is_open = self.open_all();
        if let Some(tree) = self.focused().tree_mut(self) {
            tree.close_from(depth);
            self.rebuild_trees();
        }
        is_open
    }

    fn rebuild_trees(&mut self) {
        let mode = self.privacy;
        if let Some(current) = &mut self.current {
            current.rebuild(mode);
        }
    }
}
