//! What is loaded, at a glance: counts by what tells completions apart, and how cost, tokens and time are
//! spread. It fills a slice at a time, as the list does, and each bar leads to the completions behind it.

mod distribution;
mod view;

use std::collections::HashMap;

use super::{Flow, Update, Window, WindowEvent};
use crate::completion::Api;
use crate::display::counted;
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::Summary;
use crate::inspector::library::facts::Facts;
use crate::inspector::library::filter::Filter;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model, Pane};
use crate::mapping::{Code, Severity};
pub use distribution::Distribution;

/// Bars that a group shows at most.
const BARS: usize = 12;

/// A row below the spreads.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// What the bars below it count.
    Heading(&'static str),
    /// A bar.
    Bar {
        /// What is counted, for people.
        label: String,
        /// The filter that lists just these.
        filter: String,
        /// How many there are.
        count: usize,
        /// How much it matters, where it is a finding.
        severity: Option<Severity>,
        /// What they come to together, where they belong together.
        totals: Option<Totals>,
    },
    /// So many more that are not shown, of the group with a heading.
    More(usize, &'static str),
    /// Nothing.
    Blank,
}

/// What the calls of a session come to together; each is none where no call has it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// In US dollars.
    pub cost: Option<f64>,
    /// Prompt and completion tokens.
    pub tokens: Option<f64>,
    /// In milliseconds.
    pub duration: Option<f64>,
}

impl Totals {
    fn add(&mut self, facts: &Facts) {
        let more = |sum: &mut Option<f64>, value: Option<f64>| {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                *sum = Some(sum.unwrap_or_default() + value);
            }
        };
        more(&mut self.cost, facts.cost);
        more(&mut self.tokens, facts.tokens);
        more(&mut self.duration, facts.duration);
    }
}

/// What was counted, and where the cursor is.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// How many completions were looked at.
    pub looked: usize,
    /// How many fit the filter of the list.
    pub counted: usize,
    /// How many of them make an event.
    pub events: usize,
    /// Records that hold no completion that can be read; they are not among those.
    pub unread: usize,
    /// Their costs in US dollars.
    pub cost: Distribution,
    /// Their tokens.
    pub tokens: Distribution,
    /// How long they took, in milliseconds.
    pub duration: Distribution,
    /// Bars with headings between them.
    pub rows: Vec<Row>,
    /// The row under the cursor; the offset counts lines of a column.
    pub cursor: Cursor,
    counts: HashMap<(Group, String), usize>,
    sessions: HashMap<String, Totals>,
    /// Groups that are shown to their end.
    opened: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    Outcome,
    Finding,
    Model,
    Provider,
    Finish,
    Api,
    Session,
}

impl Group {
    const ALL: [(Group, &'static str, &'static str); 7] = [
        (Group::Outcome, "Outcome", ""),
        (Group::Finding, "Findings", "finding"),
        (Group::Model, "Models", "model"),
        (Group::Provider, "Providers", "provider"),
        (Group::Finish, "Finish reasons", "finish"),
        (Group::Api, "APIs", "api"),
        (Group::Session, "Sessions", "session"),
    ];
}

impl Overview {
    fn count(&mut self, summary: &Summary) {
        if summary.is_problem {
            self.unread += 1;
            return;
        }
        self.counted += 1;
        self.events += usize::from(summary.has_event);
        let facts = &summary.facts;
        self.cost.add(facts.cost);
        self.tokens.add(facts.tokens);
        self.duration.add(facts.duration);
        let outcome = match (summary.has_event, summary.severity) {
            (false, _) => "no-event",
            (true, Some(Severity::Error)) => "error",
            (true, Some(Severity::Warning)) => "warning",
            (true, _) => "fine",
        };
        let mut add = |group, text: &str| match self.counts.get_mut(&(group, text.to_owned())) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert((group, text.to_owned()), 1);
            }
        };
        add(Group::Outcome, outcome);
        for code in &facts.codes {
            add(Group::Finding, code.as_str());
        }
        add(Group::Model, &summary.model);
        add(Group::Provider, &facts.provider);
        add(Group::Finish, &facts.finish);
        add(Group::Api, facts.api.map_or("", Api::name));
        add(Group::Session, &facts.session);
        match self.sessions.get_mut(&facts.session) {
            Some(totals) => totals.add(facts),
            None => {
                let mut totals = Totals::default();
                totals.add(facts);
                self.sessions.insert(facts.session.clone(), totals);
            }
        }
    }

    /// Counts again from the beginning; what was opened and the cursor's bar stay.
    pub fn restart(&mut self) {
        *self = Overview {
            rows: std::mem::take(&mut self.rows),
            cursor: self.cursor,
            opened: std::mem::take(&mut self.opened),
            ..Overview::default()
        };
    }

    /// Makes the rows anew; the cursor stays on its bar.
    fn arrange(&mut self) {
        self.cost.sort();
        self.tokens.sort();
        self.duration.sort();
        let filter_of = |row: &Row| match row {
            Row::Bar { filter, .. } => Some(filter.clone()),
            Row::More(_, title) => Some((*title).to_owned()),
            _ => None,
        };
        let on = self.rows.get(self.cursor.row).and_then(filter_of);
        self.rows.clear();
        for (group, title, key) in Group::ALL {
            let counts = self.counts.iter().filter(|((of, _), _)| *of == group);
            let mut bars: Vec<(&str, usize)> = counts
                .map(|((_, text), count)| (text.as_str(), *count))
                .collect();
            if bars.is_empty() {
                continue;
            }
            // A session of one call groups nothing.
            if group == Group::Session {
                bars.retain(|(text, count)| !text.is_empty() && *count > 1);
            }
            if bars.is_empty() {
                continue;
            }
            // What is worst is not to be hidden behind what is frequent.
            let badness = |text: &str| match group {
                Group::Finding => Code::parse(text).map(Code::severity),
                _ => None,
            };
            bars.sort_by(|one, other| {
                let worse = badness(other.0).cmp(&badness(one.0));
                worse.then(other.1.cmp(&one.1)).then(one.0.cmp(other.0))
            });
            if !self.rows.is_empty() {
                self.rows.push(Row::Blank);
            }
            self.rows.push(Row::Heading(title));
            let most = match self.opened.contains(&title) {
                true => bars.len(),
                false => BARS,
            };
            let shown = bars.iter().take(most);
            let sessions = &self.sessions;
            let totals = |text: &str| match group {
                Group::Session if !text.is_empty() => sessions.get(text).copied(),
                _ => None,
            };
            let shown = shown.map(|(text, count)| bar(group, key, text, *count, totals(text)));
            self.rows.extend(shown);
            if bars.len() > most {
                self.rows.push(Row::More(bars.len() - most, title));
            }
        }
        let same = self.rows.iter().position(|row| filter_of(row) == on);
        self.cursor.row = same.filter(|_| on.is_some()).unwrap_or(1);
    }

    /// Shows the rest of a group where the cursor is on what is left out of it; the cursor stays in its
    /// place, where the rest begins. Whether it did.
    fn open_rest(&mut self) -> bool {
        let row = self.cursor.row;
        let Some(Row::More(_, title)) = self.rows.get(row) else {
            return false;
        };
        self.opened.push(title);
        self.arrange();
        self.cursor.row = row;
        true
    }

    /// The lines that its rows take in so many columns.
    pub fn lines(&self, columns: usize) -> usize {
        let places = self.places(columns);
        places.iter().map(|(_, line)| line + 1).max().unwrap_or(0)
    }

    /// Whether the cursor stops at a row.
    fn is_choice(&self, index: usize) -> bool {
        matches!(self.rows.get(index), Some(Row::Bar { .. } | Row::More(..)))
    }

    /// The filter behind the bar under the cursor.
    pub fn chosen(&self) -> Option<&str> {
        match self.rows.get(self.cursor.row) {
            Some(Row::Bar { filter, .. }) => Some(filter),
            _ => None,
        }
    }

    /// The column and the line in it of each row, in so many columns; a group is never torn apart.
    pub fn places(&self, columns: usize) -> Vec<(usize, usize)> {
        let half = match columns {
            0 | 1 => usize::MAX,
            _ => self.rows.len().div_ceil(2),
        };
        let breaks = |index: &usize| *index > 0 && self.rows[*index - 1] == Row::Blank;
        let tear = (0..self.rows.len())
            .filter(breaks)
            .min_by_key(|index| index.abs_diff(half));
        let tear = tear.filter(|_| half < usize::MAX).unwrap_or(usize::MAX);
        (0..self.rows.len())
            .map(|index| match index < tear {
                true => (0, index),
                false => (1, index - tear),
            })
            .collect()
    }

    /// Columns in which the rows stand in a window whose inside has a width.
    pub fn columns(width: usize) -> usize {
        if width >= 94 { 2 } else { 1 }
    }

    fn go(&mut self, step: CursorStep, height: usize) {
        let is_bar = |index: &usize| self.is_choice(*index);
        let mut cursor = self.cursor;
        cursor.step(step, self.rows.len(), height);
        let target = cursor.row;
        let below = (target..self.rows.len()).find(is_bar);
        let above = (0..=target).rev().find(is_bar);
        let goes_down = matches!(
            step,
            CursorStep::Down | CursorStep::PageDown | CursorStep::Top
        );
        let found = match goes_down {
            true => below.or(above),
            false => above.or(below),
        };
        self.cursor.row = found.unwrap_or(self.cursor.row);
    }

    /// To the same line of the other column.
    fn cross(&mut self, columns: usize) {
        let places = self.places(columns);
        let Some((column, line)) = places.get(self.cursor.row).copied() else {
            return;
        };
        let is_bar = |index: &usize| self.is_choice(*index);
        let other = (0..places.len())
            .filter(|index| places[*index].0 != column)
            .filter(is_bar)
            .min_by_key(|index| places[*index].1.abs_diff(line));
        self.cursor.row = other.unwrap_or(self.cursor.row);
    }
}

fn bar(group: Group, key: &str, text: &str, count: usize, totals: Option<Totals>) -> Row {
    let (label, filter) = match (group, text) {
        (Group::Outcome, "fine") => (
            // Remarks are findings too, and count below.
            "no warnings".to_owned(),
            "!no-event !error !warning".to_owned(),
        ),
        (Group::Outcome, "no-event") => ("no event".to_owned(), "no-event".to_owned()),
        (Group::Outcome, word) => (word.to_owned(), format!("{word} !no-event")),
        (_, "") => (
            "unknown".to_owned(),
            Filter::exactly(key, "").text().to_owned(),
        ),
        (_, text) => (
            text.to_owned(),
            Filter::exactly(key, text).text().to_owned(),
        ),
    };
    let severity = match (group, text) {
        (Group::Outcome, "error") => Some(Severity::Error),
        (Group::Outcome, "warning") => Some(Severity::Warning),
        (Group::Finding, code) => Code::parse(code).map(Code::severity),
        _ => None,
    };
    Row::Bar {
        label,
        filter,
        count,
        severity,
        totals,
    }
}

/// Opens the window.
pub fn open(update: &mut Update<'_>) {
    update.model.open_window(Overview::default());
}

impl Window for Overview {
    fn name(&self) -> &'static str {
        "the overview"
    }

    fn caption(&self, _model: &Model) -> String {
        format!("{} at a glance", counted(self.counted, "completion"))
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Overview)
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        let mut all = Vec::new();
        if self.is_choice(self.cursor.row) {
            all.push(Offer::One(Command::Open, "list these"));
        }
        if Overview::columns(model.window_size().0) > 1 {
            all.push(Offer::Two(Command::Left, Command::Right, "column"));
        }
        all
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        match event {
            WindowEvent::Run(Command::Left | Command::Right) => {
                self.cross(Overview::columns(update.model.window_size().0));
                Flow::Stays
            }
            WindowEvent::Run(Command::Open) => self.list_chosen(update.model),
            _ => Flow::Ignored,
        }
    }

    fn step(&mut self, step: CursorStep, height: usize) -> bool {
        self.go(step, height);
        true
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        view::of(self, model, look)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }

    /// Counts some more completions.
    fn settle(&mut self, model: &mut Model, budget: &mut SliceBudget) {
        if !self.is_busy(model) {
            return;
        }
        while self.looked < model.library.len() && budget.is_left() {
            let index = self.looked;
            model.look_at(index, budget);
            self.looked += 1;
            let fits = model.fits(index, budget);
            let summary = model.library.entry(index).and_then(|entry| entry.summary());
            if let Some(summary) = summary.filter(|_| fits.is_some()) {
                self.count(summary);
            }
        }
        self.arrange();
    }

    fn is_busy(&self, model: &Model) -> bool {
        self.looked < model.library.len()
    }
}

impl Overview {
    /// Lists the completions behind the bar under the cursor, within what is listed already.
    fn list_chosen(&mut self, model: &mut Model) -> Flow {
        if self.open_rest() {
            return Flow::Stays;
        }
        let Some(chosen) = self.chosen() else {
            return Flow::Stays;
        };
        let text = format!("{} {chosen}", model.listing.filter.text());
        model.focus = Pane::List;
        model.filter(Filter::parse(text.trim()));
        let key = model.keymap.shown(Command::Filter);
        model.notice = Some(format!("only {}; {key} changes that", text.trim()));
        Flow::LeavesAll
    }
}
