//! Every value of the completion that the event does not carry, by the reason why: the answer to
//! "where did it go", for all of them at once.

use super::basis::Basis;
use super::{Flow, Update, Window, WindowEvent};
use crate::display::{self, counted};
use crate::event::privacy::Privacy;
use crate::inspector::current::{Current, NOTHING};
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model, Pane};
use crate::mapping::{Fate, superseded};

/// Leaves that are looked at; a window cannot show more to any use.
const LEAVES: usize = 50_000;
/// Bytes of a value that a row may show.
const PREVIEW: usize = 1024;

/// A row of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// Why the values below it go nowhere, how many they are, and what marks them in the completion.
    Reason(String, usize, Mark),
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
    basis: Basis,
}

/// What marks a value that goes nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing takes it.
    Dropped,
    /// Another one came first.
    Superseded,
    /// Privacy mode keeps it back.
    KeptBack,
}

struct Reason {
    rank: u8,
    mark: Mark,
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
        for (pointer, value) in current.added() {
            let fate = current.fate_of_edit(&pointer);
            if !fate.arrives() {
                let shown = value.preview(PREVIEW).into_owned();
                note(&mut reasons, &fate, pointer, shown);
            }
        }
        reasons.sort_by_key(|reason| reason.rank);
        let count = reasons.iter().map(|reason| reason.leaves.len()).sum();
        let mut rows = Vec::new();
        for reason in reasons {
            rows.push(Row::Reason(reason.says, reason.leaves.len(), reason.mark));
            rows.extend(reason.leaves);
        }
        Dropped {
            cursor: Cursor::at(usize::from(rows.len() > 1)),
            rows,
            count,
            is_cut,
            basis: Basis::default(),
        }
    }

    /// What there is of the completion that is shown, if one is.
    fn of_shown(model: &Model) -> Dropped {
        let current = model.current.as_ref();
        let dropped = current.map(|current| Dropped::of(current, model.privacy));
        Dropped {
            basis: Basis::of(model),
            ..dropped.unwrap_or_default()
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
    fn next_reason(&mut self, forward: bool) {
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
            "a system property has this name, and it comes first".to_owned(),
            Some(field.clone()),
        ),
        Fate::Withheld(fields) => (
            1,
            "privacy mode keeps it back".to_owned(),
            fields.first().cloned(),
        ),
        // The field stands beside each value.
        Fate::Superseded { field, by } => (2, superseded(by), Some(field.clone())),
        Fate::Dropped(why) => (3, (*why).to_owned(), None),
        Fate::Became(_) | Fate::Holds(_) => return,
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
            mark: match fate {
                Fate::Withheld(_) => Mark::KeptBack,
                Fate::Superseded { .. } => Mark::Superseded,
                _ => Mark::Dropped,
            },
            says,
            leaves: vec![leaf],
        }),
    }
}

/// Why there is nothing to look at.
pub fn refusal(model: &Model) -> Option<String> {
    let says = NOTHING;
    model.current.is_none().then(|| says.to_owned())
}

/// Opens the window.
pub fn open(update: &mut Update<'_>) {
    let dropped = Dropped::of_shown(update.model);
    update.model.open_window(dropped);
}

impl Window for Dropped {
    fn name(&self) -> &'static str {
        "what is not in the event"
    }

    fn caption(&self, _model: &Model) -> String {
        match self.count {
            0 => "every value of the completion is in the event".to_owned(),
            count => format!("{} not in the event, and why", counted(count, "value")),
        }
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Dropped)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        vec![
            Offer::One(Command::Open, "go there"),
            Offer::Two(Command::NextMatch, Command::PreviousMatch, "reason"),
            Offer::One(Command::CopyValue, "copy value"),
            Offer::One(Command::CopyPointer, "copy pointer"),
        ]
    }

    fn is_about_completion(&self) -> bool {
        true
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let WindowEvent::Run(command) = event else {
            return Flow::Ignored;
        };
        match command {
            Command::Open => return self.go_there(update.model),
            Command::NextMatch => self.next_reason(true),
            Command::PreviousMatch => self.next_reason(false),
            Command::CopyValue | Command::CopyPointer => self.copy(command, update),
            _ => return Flow::Ignored,
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let name = match &model.current {
            Some(current) => model.title_of(current),
            None => "",
        };
        let count = match self.count {
            1 => "1 value".to_owned(),
            count => format!("{count} values"),
        };
        let more = if self.is_cut { " or more" } else { "" };
        let view = View::new("Not in the event").subtitle(format!("{count}{more} of {name}"));
        if self.rows.is_empty() {
            let says = match &model.current {
                Some(_) => "Everything in this completion arrives in the event.",
                None => NOTHING,
            };
            return view.text(self.cursor, vec![vec![(says.to_owned(), look.theme.good)]]);
        }
        let widths = self.rows.iter().map(|row| match row {
            Row::Leaf { pointer, .. } => display::width(pointer),
            Row::Reason(..) => 0,
        });
        let column = widths.max().unwrap_or(0).min(model.window_size().0 / 2);
        view.rows(self.cursor, look, &self.rows, move |row, is_cursor, pen| {
            draw_row(row, is_cursor, column, look, pen);
        })
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }

    /// The cursor stays on its value, where that goes nowhere still.
    fn settle(&mut self, model: &mut Model, _budget: &mut SliceBudget) {
        if self.basis.holds(model) {
            return;
        }
        let before = std::mem::replace(self, Dropped::of_shown(model));
        let at = before.pointer();
        let is_it =
            |row: &Row| matches!(row, Row::Leaf { pointer, .. } if Some(pointer.as_str()) == at);
        let row = self.rows.iter().position(is_it);
        if let Some(row) = row {
            self.cursor = before.cursor;
            self.cursor.row = row;
        }
    }
}

impl Dropped {
    /// Goes to the value under the cursor in the completion's tree.
    fn go_there(&self, model: &mut Model) -> Flow {
        let Some(pointer) = self.pointer() else {
            return Flow::Stays;
        };
        model.focus = Pane::Completion;
        let mode = model.privacy;
        if let Some(current) = &mut model.current {
            current.go_to_source(pointer, mode);
        }
        Flow::LeavesAll
    }

    fn copy(&self, command: Command, update: &mut Update<'_>) {
        let current = update.model.current.as_ref();
        let found = self.pointer().and_then(|pointer| {
            let current = current?;
            let value = current.completion.document().resolve(pointer);
            let value = value.map(|value| value.canonical()).or_else(|| {
                let mut added = current.added();
                Some(added.find(|(have, _)| have == pointer)?.1)
            });
            Some((pointer.to_owned(), value?))
        });
        let Some((pointer, value)) = found else {
            return;
        };
        let copied = match command {
            Command::CopyPointer => update.model.copied("the pointer", pointer),
            _ => update.model.copied("the value", value.shown().into_owned()),
        };
        update.effects.extend(copied);
    }
}

fn draw_row(row: &Row, is_cursor: bool, column: usize, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    pen.put(if is_cursor { symbols.cursor } else { " " }, theme.accent);
    match row {
        Row::Reason(says, count, mark) => {
            let mark = match mark {
                Mark::Dropped => symbols.dropped,
                Mark::Superseded => symbols.superseded,
                Mark::KeptBack => symbols.withheld,
            };
            // A reason is read whole, else cut beside how many it has.
            let count = format!("  {count}");
            let left = pen.room().saturating_sub(2);
            let beside = left.saturating_sub(display::width(&count) + 1);
            pen.put(mark, theme.warning).put(" ", theme.text);
            match display::width(says) {
                width if width > beside && width <= left => pen.put(says, theme.title),
                _ => pen
                    .put_within(says, beside, theme.title)
                    .put(&count, theme.dim),
            };
        }
        Row::Leaf {
            pointer,
            value,
            field,
        } => {
            if let Some(field) = field {
                pen.put_right(&format!(" {field} "), theme.dim);
            }
            pen.skip(2)
                .put_padded(pointer, column, theme.key)
                .put("  ", theme.text)
                .put(value, theme.text);
        }
    }
}
