//! How a comparison is made: which two events there are to compare, and what they are called.

use std::collections::HashSet;

use super::folding;
use super::pairs::{self, Pair, Relation, align};
use super::{Compare, Mode, NOTHING, Side};
use crate::completion::Completion;
use crate::event::privacy::{Outbound, Privacy};
use crate::event::wire::{self, Route};
use crate::inspector::Model;
use crate::inspector::current::rows::sent_rows;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::windows::basis::Basis;
use crate::mapping::{self, Context, Mapped};
use crate::prepare::{self, PrepareOptions};

/// An event as it would leave, and what to call it.
type Shown<'e> = (Outbound<'e>, String);

impl Model {
    /// Compares what is shown in a way, or says why that cannot be.
    pub(super) fn compared(&mut self, mode: Mode) -> Result<Compare, &'static str> {
        let basis = Basis::of(self);
        let compare = self.made_of(mode)?;
        Ok(Compare { basis, ..compare })
    }

    fn made_of(&mut self, mode: Mode) -> Result<Compare, &'static str> {
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
                let right = (options.apply(event), self.title_of(current).to_owned());
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
                let compare = Compare::of(mode, side(Privacy::Off), side(Privacy::On));
                let leaks = current.leaks.iter();
                compare.leaking(leaks.map(|leak| leak.pointer.clone()).collect())
            }
        }
        .at_the_first())
    }

    /// The completion that was marked last, other than the shown one, and its name.
    fn marked(&mut self) -> Result<(Mapped, String), &'static str> {
        let shown = self.current.as_ref().map(|current| current.index);
        let mut marked = self.listing.marked.iter().rev().copied();
        let index = marked.find(|index| Some(*index) != shown);
        let index = index.ok_or("mark another completion with x to compare with it")?;
        let found = self.completion_at(index);
        let completion = found.ok_or("the marked completion cannot be read")?;
        let edits = self.library.entry(index).map(|entry| entry.edits.clone());
        let mapped = mapping::map(&completion, &edits.unwrap_or_default(), &self.context);
        let title = self.library.title(index).unwrap_or(&completion.name);
        Ok((mapped, title.to_owned()))
    }
}

impl Compare {
    fn of(mode: Mode, left: Shown<'_>, right: Shown<'_>) -> Compare {
        let mut pairs = align(sent_rows(left.0), sent_rows(right.0));
        pairs::find_moves(&mut pairs);
        let side = |(outbound, label): Shown<'_>| Side {
            label,
            size: wire::body_size(outbound),
            path: Route::of(outbound).path(),
            privacy: outbound.privacy(),
        };
        Compare {
            mode,
            basis: Basis::default(),
            missing: None,
            sides: [side(left), side(right)],
            items: folding::items(&pairs, &[], &HashSet::new()),
            opened: HashSet::new(),
            pairs,
            cursor: Cursor::default(),
            leaks: Vec::new(),
            says: Vec::new(),
        }
    }

    /// Marks rows that hold text of the conversation all the same.
    fn leaking(mut self, leaks: Vec<String>) -> Compare {
        self.leaks = leaks;
        self.fold();
        self
    }

    /// Puts the cursor on what one came for: the first contradiction or leak, else the first difference.
    fn at_the_first(mut self) -> Compare {
        let is_leak = |pair: &Pair| {
            let row = pair.right.as_ref();
            row.is_some_and(|row| self.leaks.contains(&row.pointer))
        };
        let is_said = |pair: &Pair| self.said_of(pair).is_some();
        let all = self.pairs.iter();
        let first = all.clone().position(|pair| is_leak(pair) || is_said(pair));
        let first = first.or_else(|| all.clone().position(|pair| pair.relation != Relation::Same));
        self.cursor = Cursor::at(first.map_or(0, |at| self.item_of(at)));
        self
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
    Ok(compare)
}
