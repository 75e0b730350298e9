//! Every value of the completion that the event does not carry, by the reason why: the answer to
//! "where did it go", for all of them at once.

pub(crate) mod view;

use crate::event::privacy::Privacy;
use crate::inspector::current::Current;
use crate::inspector::current::rows::SourceRow;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::{Model, Overlay, Pane};
use crate::json::JsonText;
use crate::mapping::Fate;

/// Leaves that are looked at; a window cannot show more to any use.
const LEAVES: usize = 50_000;
/// Bytes of a value that a row may show.
const PREVIEW: usize = 1024;

/// A row of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// Why the values below it go nowhere, and how many they are.
    Reason(String, usize),
    /// A value.
    Leaf {
        /// Where it stands.
        pointer: String,
        /// The beginning of it.
        value: String,
        /// The field that has its place, where there is one.
        field: Option<String>,
    },
}

/// The view's state.
#[derive(Debug, Clone, Default)]
pub struct Dropped {
    /// Reasons, each with its values.
    pub rows: Vec<Row>,
    /// The row under the cursor.
    pub cursor: Cursor,
    /// How many values go nowhere.
    pub count: usize,
    /// Whether there was too much to look at all of it.
    pub is_cut: bool,
}

struct Reason {
    rank: u8,
    says: String,
    leaves: Vec<Row>,
}

impl Dropped {
    /// Collects the values of a completion that the event does not carry in a mode.
    pub fn of(current: &Current, mode: Privacy) -> Dropped {
        let mut reasons: Vec<Reason> = Vec::new();
        let mut is_cut = false;
        for (looked, (value, fate)) in current.fates(mode).enumerate() {
            if looked == LEAVES {
                is_cut = true;
                break;
            }
            if !fate.arrives() {
                let shown = value.preview(PREVIEW).into_owned();
                note(&mut reasons, &fate, value.pointer(), shown);
            }
        }
        for row in &current.source_rows {
            if let SourceRow::Added { pointer, value, .. } = row {
                let fate = current.fate_of_edit(pointer);
                if !fate.arrives() {
                    let shown = value.preview(PREVIEW).into_owned();
                    note(&mut reasons, &fate, pointer.clone(), shown);
                }
            }
        }
        reasons.sort_by_key(|reason| reason.rank);
        let count = reasons.iter().map(|reason| reason.leaves.len()).sum();
        let mut rows = Vec::new();
        for reason in reasons {
            rows.push(Row::Reason(reason.says, reason.leaves.len()));
            rows.extend(reason.leaves);
        }
        Dropped {
            cursor: Cursor::at(usize::from(rows.len() > 1)),
            rows,
            count,
            is_cut,
        }
    }

    /// The pointer under the cursor; a reason's first one on its heading.
    pub fn pointer(&self) -> Option<&str> {
        self.rows[self.cursor.row.min(self.rows.len())..]
            .iter()
            .find_map(|row| match row {
                Row::Leaf { pointer, .. } => Some(pointer.as_str()),
                Row::Reason(..) => None,
            })
    }

    /// To the first value of the reason after the cursor's, or before it.
    pub(crate) fn next_reason(&mut self, forward: bool) {
        let is_reason = |index: &usize| matches!(self.rows[*index], Row::Reason(..));
        let row = self.cursor.row.min(self.rows.len());
        let found = if forward {
            (row..self.rows.len()).find(is_reason)
        } else {
            // The first heading above is the cursor's own.
            (0..row).rev().filter(is_reason).nth(1)
        };
        if let Some(found) = found {
            self.cursor.row = found + 1;
        }
    }
}

fn note(reasons: &mut Vec<Reason>, fate: &Fate, pointer: String, value: String) {
    let (rank, says, field) = match fate {
        Fate::Shadowed(field) => (
            0,
            "a system property has this name, and it comes first",
            Some(field.clone()),
        ),
        Fate::Withheld(fields) => (1, "privacy mode keeps it back", fields.first().cloned()),
        Fate::Superseded(field) => (
            2,
            "another source of the same field comes first",
            Some(field.clone()),
        ),
        Fate::Dropped(why) => (3, *why, None),
        Fate::Became(_) => return,
    };
    let leaf = Row::Leaf {
        pointer,
        value,
        field,
    };
    match reasons.iter_mut().find(|reason| reason.says == says) {
        Some(reason) => reason.leaves.push(leaf),
        None => reasons.push(Reason {
            rank,
            says: says.to_owned(),
            leaves: vec![leaf],
        }),
    }
}

impl Model {
    pub(crate) fn dropped(&mut self) {
        match &self.current {
            Some(current) => {
                let dropped = Dropped::of(current, self.privacy);
                self.open_window(Overlay::Dropped(dropped));
            }
            None => self.notice = Some("there is no completion to look at".to_owned()),
        }
    }

    /// Goes to the value under the cursor in the completion's tree.
    pub(crate) fn go_to_dropped(&mut self) {
        let Some(Overlay::Dropped(dropped)) = &self.overlay else {
            return;
        };
        let Some(pointer) = dropped.pointer().map(str::to_owned) else {
            return;
        };
        self.close_windows();
        self.focus = Pane::Source;
        let mode = self.privacy;
        if let Some(current) = &mut self.current {
            current.go_to_source(&pointer, mode);
        }
    }

    /// Pointer and value under the cursor of the view.
    pub(crate) fn under_dropped(&self) -> Option<(String, JsonText)> {
        let Some(Overlay::Dropped(dropped)) = &self.overlay else {
            return None;
        };
        let pointer = dropped.pointer()?;
        let doc = self.current.as_ref()?.completion.document();
        Some((pointer.to_owned(), doc.resolve(pointer)?.canonical()))
    }
}
