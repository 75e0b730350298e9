//! The list's columns: what is shown of a completion besides its title, the more the more room there is.

use crate::completion::time;
use crate::display;
use crate::inspector::library::Summary;
use crate::inspector::library::listing::Sort;
use crate::inspector::ui::marks::{amount, duration, money};

/// Columns that the title has at least where others stand beside it.
const TITLE: usize = 24;
/// The same beside nothing but what the list is sorted by.
const SHORT_TITLE: usize = 12;
/// What the title takes before any other column grows, but for the day of a time.
const WHOLE_TITLE: usize = 36;
/// What the title takes at most of the room that is left.
const LONG_TITLE: usize = 64;
/// Columns between two others.
const GAP: usize = 2;

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// File and record, as shortly as they can be told apart.
    Place,
    /// The model.
    Model,
    /// The user.
    User,
    /// Day and time at which it ended.
    Time,
    /// Its tokens.
    Tokens,
    /// Its cost.
    Cost,
    /// How long it took.
    Duration,
}

/// Each column with its least width, the most useful first.
const WANTED: [(Kind, usize); 7] = [
    (Kind::Model, 18),
    (Kind::Time, 8),
    (Kind::Cost, 9),
    (Kind::Duration, 7),
    (Kind::Tokens, 10),
    (Kind::User, 12),
    (Kind::Place, 10),
];

/// The order in which they stand.
const ORDER: [Kind; 7] = [
    Kind::Place,
    Kind::Model,
    Kind::User,
    Kind::Time,
    Kind::Tokens,
    Kind::Cost,
    Kind::Duration,
];

/// Columns of a time with its day: without it, times of several days would seem to be in no order.
const WITH_DAY: usize = 14;

/// Those that profit from more room, the neediest first, and how wide they get.
const GROWING: [(Kind, usize); 3] = [(Kind::Model, 30), (Kind::Place, 24), (Kind::User, 24)];

/// The columns that a list has room for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// The title's width.
    pub(super) title: usize,
    /// The others with their widths, in their order.
    pub(super) others: Vec<(Kind, usize)>,
    room: usize,
}

impl Columns {
    /// The columns for so much room; what the list is sorted by comes first.
    pub(super) fn of(room: usize, sort: Sort) -> Columns {
        let mut others: Vec<(Kind, usize)> = Vec::new();
        let mut left = room;
        let sorted = WANTED.into_iter().filter(|(kind, _)| kind.is_of(sort));
        for (kind, width) in sorted.chain(WANTED) {
            let is_sorted = kind.is_of(sort);
            let title = if is_sorted { SHORT_TITLE } else { TITLE };
            let is_there = others.iter().any(|(have, _)| *have == kind);
            if is_there {
                continue;
            }
            // What is less useful does not take the place of what had no room.
            if left < title + GAP + width {
                break;
            }
            others.push((kind, width));
            left -= GAP + width;
        }
        if let Some((_, width)) = others.iter_mut().find(|(have, _)| *have == Kind::Time) {
            let more = WITH_DAY - *width;
            let title = match sort {
                Sort::Time => SHORT_TITLE,
                _ => TITLE,
            };
            if left >= title + more {
                *width += more;
                left -= more;
            }
        }
        for (kind, most) in GROWING {
            if let Some((_, width)) = others.iter_mut().find(|(have, _)| *have == kind) {
                // The title grows along with them.
                let more = (left.saturating_sub(WHOLE_TITLE) / 2).min(most - *width);
                *width += more;
                left -= more;
            }
        }
        others.sort_by_key(|(kind, _)| ORDER.iter().position(|have| have == kind));
        Columns {
            title: left.min(LONG_TITLE),
            others,
            room,
        }
    }

    /// Whether there is room for the title alone.
    pub(super) fn is_empty(&self) -> bool {
        self.others.is_empty()
    }

    /// Whether even the title has hardly room.
    pub(super) fn is_tight(&self) -> bool {
        self.room < TITLE
    }
}

impl Kind {
    /// Whether the list is sorted by it.
    pub(super) fn is_of(self, sort: Sort) -> bool {
        matches!(
            (self, sort),
            (Kind::Model, Sort::Model)
                | (Kind::User, Sort::User)
                | (Kind::Time, Sort::Time)
                | (Kind::Tokens, Sort::Tokens)
                | (Kind::Cost, Sort::Cost)
                | (Kind::Duration, Sort::Duration)
        )
    }

    /// Whether it stands at the right end of its column.
    pub(super) const fn is_number(self) -> bool {
        matches!(self, Kind::Tokens | Kind::Cost | Kind::Duration)
    }

    /// What it shows; empty for what is unknown.
    pub(super) fn text(self, summary: &Summary, width: usize) -> String {
        let facts = &summary.facts;
        let text = match self {
            Kind::Place => return String::new(),
            Kind::Model => return model(&summary.model, width),
            Kind::User => return display::clip_middle(&summary.user, width),
            Kind::Time => facts.time.and_then(|time| moment(time, width)),
            Kind::Tokens => facts.tokens.map(|tokens| format!("{} tok", amount(tokens))),
            Kind::Cost => facts.cost.map(money),
            Kind::Duration => facts.duration.map(duration),
        };
        display::clip(&text.unwrap_or_default(), width)
    }
}

/// A model; where it has no room, without whose it is.
fn model(model: &str, width: usize) -> String {
    let short = model.split_once('/').map_or(model, |(_, name)| name);
    let shown = if display::width(model) > width {
        short
    } else {
        model
    };
    display::clip_middle(shown, width)
}

/// A time in UTC: with its day where there is room.
fn moment(millis: i64, width: usize) -> Option<String> {
    let iso = time::iso(millis.into())?;
    let (day, clock) = (iso.get(5..10)?, iso.get(11..19)?);
    Some(match width >= WITH_DAY {
        true => format!("{day} {clock}"),
        false => clock.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_most_useful_stays_where_there_is_little_room() {
        let check = |room: usize, sort: Sort, expected: &str| {
            let columns = Columns::of(room, sort);
            let mut all = vec![format!("title {}", columns.title)];
            all.extend(
                columns
                    .others
                    .iter()
                    .map(|(kind, width)| format!("{kind:?} {width}")),
            );
            assert_eq!(all.join(", ").to_lowercase(), expected, "{room} {sort:?}");
            let used: usize = columns.others.iter().map(|(_, width)| GAP + width).sum();
            assert!(columns.title + used <= room, "{room} {sort:?}");
        };
        check(20, Sort::Loaded, "title 20");
        check(43, Sort::Loaded, "title 43");
        check(32, Sort::Loaded, "title 32");
        check(44, Sort::Loaded, "title 24, model 18");
        check(30, Sort::Cost, "title 19, cost 9");
        check(20, Sort::Cost, "title 20");
        check(56, Sort::Loaded, "title 26, model 18, time 8");
        check(60, Sort::Loaded, "title 24, model 18, time 14");
        check(30, Sort::Time, "title 14, time 14");
        check(
            109,
            Sort::Loaded,
            "title 27, model 18, user 12, time 14, tokens 10, cost 9, duration 7",
        );
    }

    #[test]
    fn what_is_unknown_is_left_empty() {
        let check = |kind: Kind, width: usize, expected: &str| {
            let mut summary = Summary::default();
            assert_eq!(kind.text(&summary, width), "");
            summary.model = "openai/gpt-4o-mini".to_owned();
            summary.facts.time = Some(1_780_662_790_123);
            summary.facts.tokens = Some(51_000.0);
            summary.facts.cost = Some(0.001_478);
            summary.facts.duration = Some(2_300.0);
            assert_eq!(kind.text(&summary, width), expected);
        };
        check(Kind::Model, 18, "openai/gpt-4o-mini");
        check(Kind::Model, 12, "gpt-4o-mini");
        check(Kind::Time, 8, "12:33:10");
        check(Kind::Time, 14, "06-05 12:33:10");
        check(Kind::Tokens, 10, "51.0k tok");
        check(Kind::Cost, 9, "$0.001478");
        check(Kind::Duration, 7, "2.3 s");
    }
}
