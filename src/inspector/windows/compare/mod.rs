//! Two events side by side, row by row: what is the same, what is removed, added or changed.

mod view;

use std::collections::HashSet;

use super::{Flow, Update, Window, WindowEvent};
use crate::completion::Completion;
use crate::event::DestinationKind;
use crate::event::privacy::{Outbound, Privacy};
use crate::event::wire::{self, Route};
use crate::inspector::current::rows::{EventRow, event_rows};
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model, Pane};
use crate::mapping::{self, Context, Mapped};
use crate::prepare::{self, PrepareOptions};

/// How the two sides of a row relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Equal.
    Same,
    /// Only on the left.
    Removed,
    /// Only on the right.
    Added,
    /// On both sides, with other values.
    Changed,
    /// On both sides with the same value, in another place.
    Moved,
}

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

/// A row of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The row of the left event.
    pub left: Option<EventRow>,
    /// The row of the right event.
    pub right: Option<EventRow>,
    /// How they relate.
    pub relation: Relation,
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

/// An event as it would leave, and what to call it.
type Shown<'e> = (Outbound<'e>, String);

/// The comparison's state.
#[derive(Debug, Clone, Default)]
pub struct Compare {
    /// What is compared.
    pub mode: Mode,
    /// The kind of destination that both events would go to.
    kind: DestinationKind,
    /// The two sides.
    pub sides: [Side; 2],
    /// The rows, aligned.
    pub pairs: Vec<Pair>,
    /// The row under the cursor.
    pub cursor: Cursor,
    /// Pointers of rows that still hold text of the conversation.
    pub leaks: Vec<String>,
    /// Of what was delivered: fields that differ, and what that says about the mapping.
    pub says: Vec<(String, String)>,
}

impl Compare {
    fn of(mode: Mode, left: Shown<'_>, right: Shown<'_>) -> Compare {
        let none = HashSet::new();
        let rows = |shown: &Shown<'_>| event_rows(shown.0, &[], &none);
        let mut pairs = align(rows(&left), rows(&right));
        find_moves(&mut pairs);
        let kind = right.0.kind();
        let side = |(outbound, label): Shown<'_>| Side {
            label,
            size: wire::body_size(outbound),
            path: Route::of(outbound).path(),
            privacy: outbound.privacy(),
        };
        Compare {
            mode,
            kind,
            sides: [side(left), side(right)],
            pairs,
            cursor: Cursor::default(),
            leaks: Vec::new(),
            says: Vec::new(),
        }
    }

    /// What the difference in the row under the cursor says about the mapping.
    pub fn said(&self) -> Option<&str> {
        let pair = self.pairs.get(self.cursor.row)?;
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

    /// The next row after the cursor, or before it, whose sides differ.
    pub fn next_difference(&self, forward: bool) -> Option<usize> {
        let differs = |index: &usize| {
            let pair = &self.pairs[*index];
            let leaks = |row: &EventRow| self.leaks.contains(&row.pointer);
            pair.relation != Relation::Same || pair.right.as_ref().is_some_and(leaks)
        };
        if forward {
            (self.cursor.row + 1..self.pairs.len()).find(differs)
        } else {
            (0..self.cursor.row).rev().find(differs)
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

/// Opens the comparison of privacy mode off and on.
pub fn open(update: &mut Update<'_>) {
    match update.model.compared(Mode::Privacy) {
        Ok(compare) => update.model.open_window(compare),
        Err(why) => update.say(why),
    }
}

impl Window for Compare {
    fn name(&self) -> &'static str {
        "the comparison"
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Compare)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        vec![
            Offer::One(Command::Open, "go there"),
            Offer::One(Command::CompareMode, "against"),
            Offer::Two(Command::NextMatch, Command::PreviousMatch, "difference"),
            Offer::Two(
                Command::NextCompletion,
                Command::PreviousCompletion,
                "completion",
            ),
            Offer::One(Command::CopyEvent, "copy event"),
            Offer::Quiet(Command::CopyCurl),
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

    /// Route and size are those of the destination in force.
    fn settle(&mut self, model: &mut Model, _budget: &mut SliceBudget) {
        if self.kind != model.destination.endpoint.kind
            && let Ok(compare) = model.compared(self.mode)
        {
            let cursor = self.cursor;
            *self = Compare { cursor, ..compare };
        }
    }
}

impl Compare {
    /// Goes to the row under the cursor in the event's tree.
    fn go_there(&self, model: &mut Model) {
        let pair = self.pairs.get(self.cursor.row);
        let row = pair.and_then(|pair| pair.right.as_ref().or(pair.left.as_ref()));
        model.focus = Pane::Event;
        let mode = model.privacy;
        if let (Some(current), Some(row)) = (&mut model.current, row)
            && !current.go_to_event(&row.pointer, mode)
        {
            let other = match mode {
                Privacy::Off => "on",
                Privacy::On => "off",
            };
            let key = model.keymap.shown(Command::TogglePrivacy);
            model.notice = Some(format!(
                "{} is in the event with privacy mode {other} alone; {key} switches it",
                row.pointer
            ));
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

impl Model {
    fn compared(&mut self, mode: Mode) -> Result<Compare, &'static str> {
        let options = self.options();
        let other = match mode {
            Mode::Marked => Some(self.marked()?),
            Mode::Privacy | Mode::Edited | Mode::Delivered => None,
        };
        let current = self.current.as_ref().ok_or(NOTHING)?;
        let event = current.mapped.event().ok_or(NOTHING)?;
        let edits = self.library.entry(current.index);
        let edits = edits.map_or(0, |entry| entry.edits.steps().len());
        Ok(match (mode, &other) {
            (Mode::Delivered, _) => {
                against_delivered(&current.completion, &options, &self.context)?
            }
            (Mode::Marked, Some((mapped, name))) => {
                let marked = mapped.event().ok_or("the marked completion has no event")?;
                let left = (options.apply(marked), format!("marked: {name}"));
                let right = (options.apply(event), current.completion.name.clone());
                Compare::of(mode, left, right)
            }
            (Mode::Edited, _) => {
                let original = current.original.as_ref().ok_or(NOTHING)?;
                let label = match edits {
                    0 => "no edits".to_owned(),
                    1 => "with 1 edit".to_owned(),
                    count => format!("with {count} edits"),
                };
                let left = (options.apply(original), "as it was loaded".to_owned());
                Compare::of(mode, left, (options.apply(event), label))
            }
            _ => {
                let side = |mode: Privacy| {
                    let outbound = prepare::outbound(event, mode, options.kind);
                    (outbound, format!("privacy {}", mode.name()))
                };
                let mut compare = Compare::of(mode, side(Privacy::Off), side(Privacy::On));
                let leaks = current.leaks.iter();
                compare.leaks = leaks.map(|leak| leak.pointer.clone()).collect();
                compare
            }
        })
    }

    /// The completion that was marked last, other than the shown one, and its name.
    fn marked(&mut self) -> Result<(Mapped, String), &'static str> {
        let shown = self.current.as_ref().map(|current| current.index);
        let mut marked = self.listing.marked.iter().rev().copied();
        let index = marked.find(|index| Some(*index) != shown);
        let index = index.ok_or("mark another completion with x to compare with it")?;
        let found = self.library.completion(index);
        let completion = found.ok_or("the marked completion cannot be read")?;
        let edits = self.library.entry(index).map(|entry| entry.edits.clone());
        let mapped = mapping::map(&completion, &edits.unwrap_or_default(), &self.context);
        Ok((mapped, completion.name.clone()))
    }
}

/// What request and response make of a call, beside what OpenRouter delivered of it.
fn against_delivered(
    call: &Completion,
    options: &PrepareOptions,
    context: &Context,
) -> Result<Compare, &'static str> {
    let expected = mapping::expected(call, context);
    let expected = expected.ok_or("request and response alone make no event")?;
    let delivered = mapping::delivered(call, context);
    let delivered = delivered.ok_or("what was delivered makes no event")?;
    let left = (options.apply(&expected), "expected".to_owned());
    let right = (
        options.apply(&delivered),
        "delivered by OpenRouter".to_owned(),
    );
    let mut compare = Compare::of(Mode::Delivered, left, right);
    let differences = mapping::between(&expected, &delivered);
    let says = differences.iter();
    let says = says.map(|found| (found.pointer.clone(), found.about_mapping()));
    compare.says = says.collect();
    // What is contradicted is what one came for.
    let contradicted = (0..compare.pairs.len()).find(|row| {
        compare.cursor.row = *row;
        compare.said().is_some()
    });
    compare.cursor.row = contradicted.unwrap_or(0);
    Ok(compare)
}

/// A value that is gone in one place and new in another has moved, where it is the only such one.
fn find_moves(pairs: &mut Vec<Pair>) {
    /// Shorter ones are equal by chance: `0`, `true`, `"a"`.
    const TELLING: usize = 5;
    let value = |row: &Option<EventRow>| row.as_ref().and_then(|row| row.value.clone());
    let mut left_at = 0;
    while left_at < pairs.len() {
        let pair = &pairs[left_at];
        let is_gone = pair.relation == Relation::Removed;
        let gone = value(&pair.left).filter(|text| is_gone && text.as_str().len() >= TELLING);
        let is_new = |pair: &Pair| {
            pair.relation == Relation::Added && value(&pair.right).as_ref() == gone.as_ref()
        };
        let mut new = (0..pairs.len()).filter(|at| gone.is_some() && is_new(&pairs[*at]));
        if let (Some(right_at), None) = (new.next(), new.next()) {
            pairs[left_at].right = pairs[right_at].right.take();
            pairs[left_at].relation = Relation::Moved;
            pairs.remove(right_at);
            left_at -= usize::from(right_at < left_at);
        }
        left_at += 1;
    }
}

/// Rows with the same pointer stand beside each other; the order of the left side leads.
pub fn align(left: Vec<EventRow>, right: Vec<EventRow>) -> Vec<Pair> {
    let lefts: HashSet<String> = left.iter().map(|row| row.pointer.clone()).collect();
    let mut right = right.into_iter().peekable();
    let mut pairs = Vec::new();
    let mut waiting: Vec<EventRow> = Vec::new();
    for row in left {
        // What only the right side has comes where it stands there.
        while let Some(only) = right.next_if(|candidate| !lefts.contains(&candidate.pointer)) {
            pairs.push(added(only));
        }
        let other = match right.next_if(|candidate| candidate.pointer == row.pointer) {
            Some(other) => Some(other),
            None => take(&mut waiting, &row.pointer).or_else(|| {
                let rest: Vec<EventRow> = std::iter::from_fn(|| right.next()).collect();
                let (mut found, others): (Vec<_>, Vec<_>) = rest
                    .into_iter()
                    .partition(|candidate| candidate.pointer == row.pointer);
                waiting.extend(others);
                found.pop()
            }),
        };
        let relation = match &other {
            None => Relation::Removed,
            Some(other) if is_same(&row, other) => Relation::Same,
            Some(_) => Relation::Changed,
        };
        pairs.push(Pair {
            left: Some(row),
            right: other,
            relation,
        });
    }
    pairs.extend(waiting.into_iter().chain(right).map(added));
    pairs
}

fn take(rows: &mut Vec<EventRow>, pointer: &str) -> Option<EventRow> {
    let at = rows.iter().position(|row| row.pointer == pointer)?;
    Some(rows.remove(at))
}

fn added(row: EventRow) -> Pair {
    Pair {
        left: None,
        right: Some(row),
        relation: Relation::Added,
    }
}

/// Containers are the same whatever they hold; their rows tell what differs.
fn is_same(left: &EventRow, right: &EventRow) -> bool {
    left.value == right.value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::JsonText;

    fn rows(text: &str) -> Vec<EventRow> {
        text.split_whitespace()
            .map(|item| {
                let (key, value) = item.split_once('=').unwrap_or((item, ""));
                EventRow {
                    pointer: format!("/{key}"),
                    key: key.to_owned(),
                    depth: 0,
                    value: Some(JsonText::string(value)),
                    children: 0,
                    field: None,
                    unknown: None,
                }
            })
            .collect()
    }

    #[test]
    fn aligns_by_pointer_and_finds_moves() {
        let check = |left: &str, right: &str, expected: &str| {
            let mut pairs = align(rows(left), rows(right));
            find_moves(&mut pairs);
            let shown: Vec<String> = pairs
                .iter()
                .map(|pair| {
                    let key = |row: &Option<EventRow>| row.as_ref().map(|row| row.key.clone());
                    let sign = match pair.relation {
                        Relation::Same => '=',
                        Relation::Removed => '-',
                        Relation::Added => '+',
                        Relation::Changed => '~',
                        Relation::Moved => '>',
                    };
                    format!(
                        "{sign}{}",
                        key(&pair.left).or(key(&pair.right)).unwrap_or_default()
                    )
                })
                .collect();
            assert_eq!(shown.join(" "), expected);
        };
        check("a b c", "a b c", "=a =b =c");
        check("a b c", "a c d", "=a -b =c +d");
        check("a=1 b", "a=2 b", "~a =b");
        check("a c", "a b c", "=a +b =c");
        check("a b", "b a", "=a =b");
        check("", "a", "+a");
        check("a=value b", "b c=value", ">a =b");
        check("a b=value", "c=value a", "=a >b");
        check("a=1", "b=1", "+b -a");
        check("a=value", "b=value c=value", "+b +c -a");
    }
}
