//! More space between the rows of a tree, in presenter mode: where all of them fit like that, a blank line between any two,
//! or before each part.

use crate::inspector::ui::rows;
use crate::inspector::ui::tree::TreeRow;
use crate::inspector::{Model, Pane};

impl Model {
    /// The line that each row of a pane stands on, from the first one in sight; none where they stand close together.
    pub(crate) fn spread(&self, pane: Pane, height: u16) -> Option<Vec<u16>> {
        self.presenter.as_ref()?;
        let current = self.current.as_ref()?;
        let height = usize::from(height);
        match pane {
            Pane::Completion => rows::spread(current.source.rows().iter().map(begins), height),
            Pane::Event => rows::spread(current.event.rows().iter().map(begins), height),
            Pane::List | Pane::Trace => None,
        }
    }

    /// The row of a pane on a line, as many lines below the first one in sight.
    pub(crate) fn row_on_line(&self, pane: Pane, line: u16, height: u16) -> Option<usize> {
        let Some(lines) = self.spread(pane, height) else {
            let cursor = pane.logic().cursor(self)?;
            return Some(cursor.offset + usize::from(line));
        };
        // A blank line belongs to the row above it.
        lines.iter().rposition(|have| *have <= line)
    }
}

/// Whether a row begins a part.
fn begins<R: TreeRow>(row: &R) -> bool {
    row.depth() == 0 && row.container().is_some()
}
