//! A value in full, with real line breaks, wrapped to the window, below what is known of it. The value has
//! at least half of the window: what else is known stands below it then. All of it scrolls as one; search and copy are about the value alone. Only visible lines are drawn.

pub mod about;
pub(crate) mod view;

use std::ops::Range;

use super::basis::Basis;
use super::{Flow, Update, Window, WindowEvent};
use crate::display;
use crate::inspector::current::trace_rows::TraceRowIndex;
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::library::search::found;
use crate::inspector::prompt::PromptKind;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model, Pane};
use crate::share;
use about::{Fact, Tone};

/// Said in place of a value that is not there any more.
const GONE: &str = "What is shown now has no value here.";

/// Columns that one thing that is known of a value may take.
const LONGEST: usize = 2000;

/// A text that is shown in full.
#[derive(Debug, Clone)]
pub struct Detail {
    /// What it is.
    pub title: String,
    /// What is known of it, at the width it was wrapped to.
    pub head: Vec<HeadLine>,
    /// What of that stands below the text, since there was no room above.
    pub foot: Vec<HeadLine>,
    /// The text.
    pub text: String,
    /// Its lines at the width it was wrapped to.
    pub lines: Vec<Range<usize>>,
    /// How far it is scrolled, in lines, those above the text included.
    pub scroll: Cursor,
    /// Where what is looked for was found, in bytes.
    pub found: Vec<Range<usize>>,
    /// Which of them was gone to last.
    pub at: usize,
    facts: Vec<Fact>,
    size: (usize, usize),
    /// What is looked for; empty where nothing is.
    pattern: String,
    place: Option<Place>,
}

/// Where a value stands that is shown.
#[derive(Debug, Clone)]
struct Place {
    pane: Pane,
    pointer: String,
    basis: Basis,
    /// Whether it is still there.
    is_there: bool,
}

/// A line of what is known of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadLine {
    /// What it tells of; empty on a line that goes on.
    pub label: &'static str,
    /// What it tells.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}

/// A line of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetailLine<'d> {
    /// What is known of the value.
    Known(&'d HeadLine),
    /// Between that and the text.
    Rule,
    /// A part of the text.
    Text(Range<usize>),
}

impl Detail {
    /// Columns of what a line above the text tells of.
    pub const LABEL: usize = 12;

    /// Shows a text in a window of so many columns and lines.
    pub fn new(title: String, facts: Vec<Fact>, text: String, size: (usize, usize)) -> Detail {
        let lines = wrap(&text, size.0);
        let (head, foot) = around(&facts, lines.len(), size);
        Detail {
            title,
            head,
            foot,
            text,
            lines,
            scroll: Cursor::default(),
            found: Vec::new(),
            at: 0,
            facts,
            size,
            pattern: String::new(),
            place: None,
        }
    }

    /// Shows the value under the cursor of a pane; none where there is none.
    fn of_pane(pane: Pane, model: &Model) -> Option<Detail> {
        let (pointer, value) = pane.logic().value(model)?;
        let (title, facts) = model.about(pane, &pointer, &value);
        let text = match value.str() {
            Some(text) => text.into_owned(),
            None => share::pretty_or_plain(value.as_str()),
        };
        let detail = Detail::new(title.to_owned(), facts, text, model.window_size());
        Some(Detail {
            place: Some(Place {
                pane,
                pointer,
                basis: Basis::of(model),
                is_there: true,
            }),
            ..detail
        })
    }

    /// Shows the value that stands at the same place now.
    fn renew(&mut self, place: &Place, model: &mut Model) {
        let Place { pane, pointer, .. } = place;
        model.look_for(*pane, pointer);
        let found = Detail::of_pane(*pane, model);
        let found = found.filter(|found| {
            found
                .place
                .as_ref()
                .is_some_and(|at| at.pointer == *pointer)
        });
        let renewed = found.unwrap_or_else(|| {
            let facts = vec![Fact {
                label: "pointer",
                says: pointer.clone(),
                tone: Tone::Pointer,
            }];
            Detail {
                place: Some(Place {
                    basis: Basis::of(model),
                    is_there: false,
                    ..place.clone()
                }),
                ..Detail::new(
                    self.title.clone(),
                    facts,
                    GONE.to_owned(),
                    model.window_size(),
                )
            }
        });
        let (scroll, pattern) = (self.scroll, std::mem::take(&mut self.pattern));
        *self = Detail { scroll, ..renewed };
        self.look_up(pattern);
    }

    /// Lines above the text: what is known of it, and a rule.
    pub fn above(&self) -> usize {
        self.head.len() + usize::from(!self.head.is_empty())
    }

    /// All lines.
    pub fn height(&self) -> usize {
        let below = self.foot.len() + usize::from(!self.foot.is_empty());
        self.above() + self.lines.len() + below
    }

    /// Wraps to another size, if it is another.
    pub fn resize(&mut self, size: (usize, usize)) {
        if size == self.size {
            return;
        }
        let (above, at) = (self.above(), self.first_shown());
        if size.0 != self.size.0 {
            self.lines = wrap(&self.text, size.0);
        }
        (self.head, self.foot) = around(&self.facts, self.lines.len(), size);
        self.size = size;
        let line = self.lines.iter().rposition(|line| line.start <= at);
        if self.scroll.offset >= above {
            self.scroll.offset = self.above() + line.unwrap_or(0);
        }
    }

    /// Looks for a text, without regard to case; the first place from the top of the window on is
    /// gone to.
    pub fn find(&mut self, pattern: &str, height: usize) {
        self.look_up(pattern.to_owned());
        let top = self.first_shown();
        let at = self.found.iter().position(|range| range.start >= top);
        self.at = at.unwrap_or(0);
        self.show_found(height);
    }

    fn look_up(&mut self, pattern: String) {
        self.found = found(&self.text, &pattern);
        self.at = self.at.min(self.found.len().saturating_sub(1));
        self.pattern = pattern;
    }

    /// Goes to the next place, or the one before, around the ends.
    pub fn next(&mut self, forward: bool, height: usize) {
        let count = self.found.len();
        if count > 0 {
            let step = if forward { 1 } else { count - 1 };
            self.at = (self.at + step) % count;
            self.show_found(height);
        }
    }

    /// Where the text begins in the window, in bytes.
    fn first_shown(&self) -> usize {
        let line = self.scroll.offset.saturating_sub(self.above());
        self.lines.get(line).map_or(0, |line| line.start)
    }

    fn show_found(&mut self, height: usize) {
        let Some(range) = self.found.get(self.at) else {
            return;
        };
        let line = self.lines.partition_point(|line| line.start <= range.start);
        let line = self.above() + line.saturating_sub(1);
        if line < self.scroll.offset || line >= self.scroll.offset + height {
            let most = self.height().saturating_sub(height);
            self.scroll.offset = line.saturating_sub(height / 3).min(most);
        }
    }

    /// A line of the window: what is known, a rule, or a part of the text.
    pub fn line(&self, at: usize) -> DetailLine<'_> {
        if let Some(line) = self.head.get(at) {
            return DetailLine::Known(line);
        }
        let Some(at) = at.checked_sub(self.above()) else {
            return DetailLine::Rule;
        };
        if let Some(line) = self.lines.get(at) {
            return DetailLine::Text(line.clone());
        }
        let below = (at - self.lines.len()).checked_sub(1);
        match below.and_then(|at| self.foot.get(at)) {
            Some(line) => DetailLine::Known(line),
            None => DetailLine::Rule,
        }
    }
}

/// A text as the window shows it, a column from its frame.
fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    display::wrap(text, columns.saturating_sub(1).max(1))
}

/// What is known of a value in lines above it and, where they would take more than half of a window that does not show
/// all, below it.
fn around(
    facts: &[Fact],
    lines: usize,
    (width, height): (usize, usize),
) -> (Vec<HeadLine>, Vec<HeadLine>) {
    const LEAST: usize = 3;
    let mut head = wrapped(facts, width);
    let most = (height / 2).max(LEAST);
    if head.len() <= most || head.len() + 1 + lines <= height {
        return (head, Vec::new());
    }
    let mut foot = head.split_off(most - 1);
    let label = head.iter().rev().map(|line| line.label);
    let label = label.into_iter().find(|label| !label.is_empty());
    if let Some(first) = foot.first_mut().filter(|line| line.label.is_empty()) {
        first.label = label.unwrap_or_default();
    }
    head.push(HeadLine {
        label: "",
        text: "… more below the value".to_owned(),
        tone: Tone::Secondary,
    });
    (head, foot)
}

/// What is known of a value in lines of a width.
pub(crate) fn wrapped(facts: &[Fact], width: usize) -> Vec<HeadLine> {
    let width = width.saturating_sub(Detail::LABEL + 2);
    let mut lines = Vec::new();
    for fact in facts {
        let text = display::clip(&fact.says, LONGEST);
        let ranges = display::wrap(&text, width).into_iter();
        lines.extend(ranges.enumerate().map(|(index, range)| HeadLine {
            label: if index == 0 { fact.label } else { "" },
            text: text[range].to_owned(),
            tone: fact.tone,
        }));
    }
    lines
}

/// Why there is no value to show.
pub fn refusal(model: &Model) -> Option<String> {
    let is_there = model.focused().has_value(model);
    (!is_there).then(|| "there is no value under the cursor".to_owned())
}

/// Shows the value under the cursor of the focused pane.
pub fn open(update: &mut Update<'_>) {
    let model = &mut *update.model;
    if let Some(detail) = Detail::of_pane(model.focus, model) {
        model.open_window(detail);
    }
}

impl Window for Detail {
    fn name(&self) -> &'static str {
        "the value in full"
    }

    fn caption(&self, _model: &Model) -> String {
        // A pointer may go on over several lines, which have no label.
        let rest = self.head.iter().skip_while(|line| line.label != "pointer");
        let (first, more) = (rest.clone().take(1), rest.skip(1));
        let lines = first.chain(more.take_while(|line| line.label.is_empty()));
        let pointer: String = lines.map(|line| line.text.as_str()).collect();
        match pointer.as_str() {
            "" => format!("{}, in full", self.title),
            pointer => format!("{pointer}, in full, and what is known of it"),
        }
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Detail)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        if self.place.as_ref().is_some_and(|place| !place.is_there) {
            return vec![Offer::Quiet(Command::Open)];
        }
        let mut all = vec![
            Offer::One(Command::CopyValue, "copy"),
            Offer::One(Command::Search, "search"),
        ];
        if !self.found.is_empty() {
            all.push(Offer::Two(
                Command::NextMatch,
                Command::PreviousMatch,
                "match",
            ));
        }
        all.push(Offer::Quiet(Command::Open));
        all
    }

    fn is_about_completion(&self) -> bool {
        true
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let height = update.model.window_size().1;
        match event {
            WindowEvent::Run(Command::Open) => return Flow::Closes,
            WindowEvent::Run(Command::Search) => update.model.ask(PromptKind::Find, String::new()),
            WindowEvent::Run(Command::NextMatch) => self.next(true, height),
            WindowEvent::Run(Command::PreviousMatch) => self.next(false, height),
            WindowEvent::Run(Command::CopyValue) => {
                let copied = update.model.copied("the text", self.text.clone());
                update.effects.extend(copied);
                return Flow::Stays;
            }
            _ => return Flow::Ignored,
        }
        if let WindowEvent::Run(Command::NextMatch | Command::PreviousMatch) = event {
            update.say(format!("match {} of {}", self.at + 1, self.found.len()));
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, _model: &'a Model, look: &'a Look) -> View<'a> {
        view::of(self, look)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.scroll)
    }

    fn settle(&mut self, model: &mut Model, _budget: &mut SliceBudget) {
        let outdated = self
            .place
            .as_ref()
            .filter(|place| !place.basis.holds(model));
        if let Some(place) = outdated.cloned() {
            self.renew(&place, model);
        }
        self.resize(model.window_size());
    }
}

impl Model {
    /// Brings the cursor of a pane back to a value, if it is there.
    fn look_for(&mut self, pane: Pane, pointer: &str) {
        let mode = self.privacy;
        let Some(current) = &mut self.current else {
            return;
        };
        match pane {
            Pane::Event => {
                current.go_to_event(pointer, mode);
            }
            Pane::Completion => {
                current.go_to_source(pointer, mode);
            }
            Pane::Trace => {
                let rows = TraceRowIndex::of(&current.mapped.metadata);
                if let Some(row) = rows.row(&[pointer.to_owned()]) {
                    self.trace.cursor.row = row;
                }
            }
            Pane::List => {}
        }
    }

    /// Looks for a text in the window with a long text.
    pub(crate) fn find_in_detail(&mut self, pattern: &str) {
        let height = self.window_size().1;
        if let Some(detail) = self.windows.find_mut::<Detail>() {
            detail.find(pattern, height);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_in_any_case() {
        let check = |text: &str, pattern: &str, expected: &[&str]| {
            let parts: Vec<&str> = found(text, pattern).into_iter().map(|r| &text[r]).collect();
            assert_eq!(parts, expected, "{pattern} in {text}");
        };
        check("Straße STRASSE straße", "straße", &["Straße", "straße"]);
        check("aaaa", "aa", &["aa", "aa"]);
        check("É é e", "é", &["É", "é"]);
        check("abc", "", &[]);
        check("ab\nab", "b", &["b", "b"]);
    }
}
