//! The four panes, one file or folder each, which holds all of it: the commands that it is for, how its
//! cursor moves, what Enter does, and how it is drawn.

pub(crate) mod commands;
pub(crate) mod completion;
pub(crate) mod detail;
mod empty;
pub(crate) mod event;
mod found;
pub mod go_to;
mod list;
mod moving;
mod searching;
mod sizes;
mod spreading;
pub mod trace;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::library::search::Pattern;
use super::ui::cursor::{Cursor, CursorStep};
use super::ui::styled_text::StyledText;
use super::ui::theme::Look;
use super::ui::tree::Folding;
use super::{Command, Layout, Model, Pane};
use crate::json::JsonText;

/// The commands of a pane that shows a tree, the most useful first.
const TREE_COMMANDS: [Command; 4] = [
    Command::Open,
    Command::Detail,
    Command::Search,
    Command::ToggleFold,
];

/// What one pane is and does.
pub(crate) trait PaneLogic {
    /// The commands that it is for, the most useful first.
    fn own_commands(&self) -> &'static [Command];

    /// The tree that it shows, where it shows one.
    fn tree<'m>(&self, _model: &'m Model) -> Option<&'m dyn Folding> {
        None
    }

    /// The same, to move in it and fold it.
    fn tree_mut<'m>(&self, _model: &'m mut Model) -> Option<&'m mut dyn Folding> {
        None
    }

    /// How many rows it has.
    fn rows(&self, model: &Model) -> usize {
        self.tree(model).map_or(0, Folding::count)
    }

    /// Its cursor; none where there is nothing to move over.
    fn cursor<'m>(&self, model: &'m Model) -> Option<&'m Cursor> {
        self.tree(model).map(Folding::cursor)
    }

    /// The same, to move it.
    fn cursor_mut<'m>(&self, model: &'m mut Model) -> Option<&'m mut Cursor> {
        self.tree_mut(model).map(Folding::cursor_mut)
    }

    /// Moves the cursor in a pane of a height.
    fn step(&self, model: &mut Model, step: CursorStep, height: usize) {
        let rows = self.rows(model);
        if let Some(cursor) = self.cursor_mut(model) {
            cursor.step(step, rows, height);
        }
    }

    /// Whether its row has to stay where it is, since it is being typed in.
    fn is_held(&self, _model: &Model) -> bool {
        false
    }

    /// Whether a second click on a row does what Enter does.
    fn opens_by_click(&self) -> bool {
        true
    }

    /// Enter: jumps along the provenance, edits a trace row, opens a container.
    fn open(&self, model: &mut Model);

    /// The panes on its left and on its right.
    fn beside(&self) -> [Option<Pane>; 2];

    /// Whether there is a value under the cursor.
    fn has_value(&self, model: &Model) -> bool;

    /// Pointer and value under the cursor.
    fn value(&self, model: &Model) -> Option<(String, JsonText)>;

    /// What is copied of the row under the cursor: where it stands, and its value as it is shown.
    fn copied(&self, model: &Model) -> Option<(String, JsonText)> {
        self.value(model)
    }

    /// Works out what has to be known of its rows before they are searched.
    fn before_search(&self, _model: &mut Model) {}

    /// The rows that have a pattern.
    fn matches(&self, model: &Model, pattern: &Pattern) -> Vec<usize>;

    /// What the cursor is on, and why it is so, in one line.
    fn explain(&self, model: &Model, look: &Look) -> StyledText;

    /// Draws it with its frame. Returns where the terminal's cursor belongs while text is typed in it.
    fn draw(
        &self,
        model: &Model,
        look: &Look,
        layout: &Layout,
        buffer: &mut Buffer,
    ) -> Option<Position>;
}

impl Pane {
    /// What it is and does.
    pub(crate) fn logic(self) -> &'static dyn PaneLogic {
        match self {
            Pane::List => &list::ListPane,
            Pane::Trace => &trace::TraceLogic,
            Pane::Completion => &completion::CompletionPane,
            Pane::Event => &event::EventPane,
        }
    }
}

impl Model {
    /// What the focused pane is and does.
    pub(crate) fn focused(&self) -> &'static dyn PaneLogic {
        self.focus.logic()
    }
}
