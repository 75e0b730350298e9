//! Two events side by side, row by row: what is removed, added or changed; what is the same is folded.

mod folding;
mod making;
mod pairs;
mod view;

pub use folding::Item;
pub use pairs::{Pair, Relation, align};

use std::collections::HashSet;
use std::ops::Range;

use super::basis::Basis;
use super::{Flow, Update, Window, WindowEvent};
use crate::event::privacy::Privacy;
use crate::inspector::current::Current;
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model, Pane};
use crate::mapping;

/// What is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Privacy mode off and on.
    #[default]
    Privacy,
    /// The sample as it was loaded, and with its edits.
    Edited,
    /// What is expected by request and response, and what OpenRouter delivered.
    Delivered,
    /// The marked completion, and the one that is shown.
    Marked,
}

/// What one side shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// What it is.
    pub label: String,
    /// Bytes of the request's body.
    pub size: usize,
    /// The path it is posted to.
    pub path: &'static str,
    /// Whether privacy mode is on.
    pub privacy: Privacy,
}

/// The comparison's state.
#[derive(Debug, Clone, Default)]
pub struct Compare {
    /// What is compared.
    pub mode: Mode,
    basis: Basis,
    /// Why there is nothing to compare any more.
    pub missing: Option<&'static str>,
    /// The two sides.
    pub sides: [Side; 2],
    /// The rows, aligned.
    pub pairs: Vec<Pair>,
    /// What is shown of them.
    pub items: Vec<Item>,
    /// Rows whose neighbours that are the same are shown, too.
    opened: HashSet<usize>,
    /// The item under the cursor.
    pub cursor: Cursor,
    /// Pointers of rows that still hold text of the conversation.
    pub leaks: Vec<String>,
    /// Of what was delivered: fields that differ, and what that says about the mapping.
    pub says: Vec<(String, String)>,
}

impl Compare {
    /// The item that a row is in.
    fn item_of(&self, at: usize) -> usize {
        let item = self.items.iter().position(|item| item.has(at));
        item.unwrap_or(0)
    }

    /// Makes the items anew; the cursor stays on the row that it is on.
    fn fold(&mut self) {
        let at = match self.items.get(self.cursor.row) {
            Some(Item::Pair(at)) => *at,
            Some(Item::Same(run)) => run.start,
            None => 0,
        };
        self.items = folding::items(&self.pairs, &self.leaks, &self.opened);
        self.cursor.row = self.item_of(at);
    }

    /// Opens the rows that are folded under the cursor, or folds them again.
    fn toggle(&mut self) {
        match self.items.get(self.cursor.row) {
            Some(Item::Same(run)) => {
                self.opened.insert(run.start);
            }
            Some(Item::Pair(at)) => {
                if let Some(run) = self.run_around(*at) {
                    self.opened.retain(|at| !run.contains(at));
                }
            }
            None => {}
        }
        self.fold();
    }

    /// The rows that would be folded together with a row, where they are opened.
    fn run_around(&self, at: usize) -> Option<Range<usize>> {
        if self.opened.is_empty() {
            return None;
        }
        let folded = folding::items(&self.pairs, &self.leaks, &HashSet::new());
        folded.into_iter().find_map(|item| match item {
            Item::Same(run) if run.contains(&at) => Some(run),
            _ => None,
        })
    }

    /// Opens all that is folded, or folds all of it.
    fn open_all(&mut self, is_open: bool) {
        self.opened = match is_open {
            true => (0..self.pairs.len()).collect(),
            false => HashSet::new(),
        };
        self.fold();
    }

    /// The row under the cursor; none where rows are folded there.
    pub fn pair(&self) -> Option<&Pair> {
        match self.items.get(self.cursor.row)? {
            Item::Pair(at) => self.pairs.get(*at),
            Item::Same(_) => None,
        }
    }

    /// What the difference in the row under the cursor says about the mapping.
    pub fn said(&self) -> Option<&str> {
        self.said_of(self.pair()?)
    }

    fn said_of(&self, pair: &Pair) -> Option<&str> {
        let row = pair.left.as_ref().or(pair.right.as_ref())?;
        let mut says = self.says.iter();
        let found =
            says.find(|(pointer, _)| crate::json::pointer::is_within(&row.pointer, pointer));
        found.map(|(_, says)| says.as_str())
    }

    /// How many rows relate in a way.
    pub fn count(&self, relation: Relation) -> usize {
        let is_it = |pair: &&Pair| pair.relation == relation;
        self.pairs.iter().filter(is_it).count()
    }

    /// The next item after the cursor, or before it, whose sides differ.
    pub fn next_difference(&self, forward: bool) -> Option<usize> {
        let differs = |item: &usize| {
            let Some(Item::Pair(at)) = self.items.get(*item) else {
                return false;
            };
            let pair = &self.pairs[*at];
            let row = pair.right.as_ref();
            pair.relation != Relation::Same
                || row.is_some_and(|row| self.leaks.contains(&row.pointer))
        };
        match forward {
            true => (self.cursor.row + 1..self.items.len()).find(differs),
            false => (0..self.cursor.row).rev().find(differs),
        }
    }
}

const NOTHING: &str = "there is no event to compare";

/// Whether OpenRouter's own delivery of the shown call is there.
fn has_delivery(model: &Model) -> bool {
    let current = model.current.as_ref();
    current.is_some_and(|current| {
        let completion = &current.completion;
        completion.delivery().is_some() && !mapping::is_delivery(completion)
    })
}

/// Why there is nothing to compare.
pub fn refusal(model: &Model) -> Option<String> {
    (!model.has_event()).then(|| NOTHING.to_owned())
}

/// Opens the comparison with the marked completion, where one is marked; else that of privacy mode off and on.
pub fn open(update: &mut Update<'_>) {
    let marked = update.model.compared(Mode::Marked);
    match marked.or_else(|_| update.model.compared(Mode::Privacy)) {
        Ok(compare) => update.model.open_window(compare),
        Err(why) => update.say(why),
    }
}

impl Window for Compare {
    fn name(&self) -> &'static str {
        "the comparison"
    }

    fn caption(&self, model: &Model) -> String {
        let [left, right] = &self.sides;
        let differ = self.pairs.len() - self.count(Relation::Same);
        let rows = match differ {
            0 => "nothing differs".to_owned(),
            1 => "1 row differs".to_owned(),
            count => format!("{count} rows differ"),
        };
        match self.mode {
            Mode::Privacy => {
                let says = model
                    .current
                    .as_ref()
                    .map_or_else(String::new, Current::leaks_in_words);
                format!("privacy off and on side by side: {says}")
            }
            Mode::Edited => format!("as it was loaded, and with its edits: {rows}"),
            Mode::Delivered => format!("what was expected, and what OpenRouter delivered: {rows}"),
            Mode::Marked => format!("{} and {} side by side: {rows}", left.label, right.label),
        }
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Compare)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        let item = self.items.get(self.cursor.row);
        let open = match item {
            Some(Item::Same(_)) => "show them",
            _ => "go there",
        };
        let fold = match item {
            Some(Item::Same(_)) => Some(Offer::Quiet(Command::ToggleFold)),
            Some(Item::Pair(at)) if self.run_around(*at).is_some() => {
                Some(Offer::One(Command::ToggleFold, "fold"))
            }
            _ => None,
        };
        let mut all = vec![
            Offer::One(Command::Open, open),
            Offer::One(Command::CompareMode, "other kinds"),
            Offer::Two(Command::NextMatch, Command::PreviousMatch, "difference"),
            Offer::Two(
                Command::NextCompletion,
                Command::PreviousCompletion,
                "completion",
            ),
            Offer::One(Command::CopyEvent, "copy event"),
            Offer::Quiet(Command::UnfoldAll),
            Offer::Quiet(Command::FoldAll),
            Offer::Quiet(Command::CopyCurl),
        ];
        all.extend(fold);
        all
    }

    fn is_about_completion(&self) -> bool {
        true
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let WindowEvent::Run(command) = event else {
            return Flow::Ignored;
        };
        match command {
            Command::Open if self.pair().is_none() => self.toggle(),
            Command::ToggleFold => self.toggle(),
            Command::UnfoldAll => self.open_all(true),
            Command::FoldAll => self.open_all(false),
            Command::Open => {
                self.go_there(update.model);
                return Flow::LeavesAll;
            }
            Command::NextMatch => self.go_to_difference(true),
            Command::PreviousMatch => self.go_to_difference(false),
            Command::CompareMode => self.next_mode(update),
            Command::NextCompletion => return self.next_completion(CursorStep::Down, update),
            Command::PreviousCompletion => return self.next_completion(CursorStep::Up, update),
            Command::CopyEvent | Command::CopyCurl => {
                let copied = update.model.copy(command);
                update.effects.extend(copied);
            }
            _ => return Flow::Ignored,
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        view::of(self, model, look)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }

    /// Route and size are those of the destination in force, and what is compared is what the title names: a file may
    /// change, and another call may arrive.
    fn settle(&mut self, model: &mut Model, _budget: &mut SliceBudget) {
        if self.basis.holds(model) {
            return;
        }
        let cursor = self.cursor;
        match model.compared(self.mode) {
            Ok(compare) => *self = Compare { cursor, ..compare },
            Err(why) => {
                self.basis = Basis::of(model);
                self.pairs.clear();
                self.leaks.clear();
                self.fold();
                self.missing = Some(why);
            }
        }
    }
}

impl Compare {
    /// Goes to the row under the cursor in the event's tree.
    fn go_there(&self, model: &mut Model) {
        let row = self.pair().and_then(Pair::row);
        model.focus = Pane::Event;
        let mode = model.privacy;
        if let (Some(current), Some(row)) = (&mut model.current, row)
            && !current.go_to_event(&row.pointer, mode)
        {
            model.notice = Some(format!("{} is not in the event that is shown", row.pointer));
        }
    }

    fn go_to_difference(&mut self, forward: bool) {
        let row = self.next_difference(forward);
        self.cursor.row = row.unwrap_or(self.cursor.row);
    }

    /// Compares another completion in the same way; where that cannot be, the window closes.
    fn next_completion(&mut self, step: CursorStep, update: &mut Update<'_>) -> Flow {
        let model = &mut *update.model;
        model.list_step(step, 1);
        if let Some(index) = model.at_cursor() {
            model.show(index);
        }
        match model.compared(self.mode) {
            Ok(compare) => *self = compare,
            Err(why) => {
                update.say(why);
                return Flow::Closes;
            }
        }
        Flow::Stays
    }

    /// Compares with something else.
    fn next_mode(&mut self, update: &mut Update<'_>) {
        let mode = match self.mode {
            Mode::Privacy => Mode::Edited,
            Mode::Edited if has_delivery(update.model) => Mode::Delivered,
            Mode::Edited | Mode::Delivered => Mode::Marked,
            Mode::Marked => Mode::Privacy,
        };
        match update.model.compared(mode) {
            Ok(compare) => *self = compare,
            // Where nothing is marked, the round goes on without it.
            Err(why) => {
                update.say(why);
                if let Ok(compare) = update.model.compared(Mode::Privacy) {
                    *self = compare;
                }
            }
        }
    }
}
