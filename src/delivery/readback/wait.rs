//! Asking until events are there, slowly: the Query API gets at most one request a second, and no server is asked for the
//! same event more often than that. Many events are first looked for in pages of the latest ones.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep, sleep_until};

use super::{PAGE, ReadError, ReadEvent, ReadPlace, Reading};
use crate::event::Section;
use crate::verify::Reader;

/// An event that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// Its id.
    pub id: String,
    /// Its own time, where it is known: pages of events that are older than all that are looked for are not read.
    pub timestamp: Option<Timestamp>,
}

/// How slowly to ask, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long to go on asking for what is not there.
    pub wait: Duration,
    /// From one request to the next of the Query API, and between two for the same event anywhere.
    pub interval: Duration,
    /// From one round of questions to the next.
    pub round: Duration,
}

impl Limits {
    /// Those for a place, where a person may have said how long to wait.
    #[must_use]
    pub fn of(place: &ReadPlace, wait: Option<Duration>) -> Self {
        let interval = Duration::from_secs(1);
        Self {
            wait: wait.unwrap_or_else(|| place.patience()),
            interval,
            round: match place.reader() {
                // The vendor's own test asks every 5 s.
                Reader::QueryApi => 5 * interval,
                Reader::Sink | Reader::Workshop => interval,
            },
        }
    }
}

/// What is told after each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Requests so far.
    pub requests: usize,
    /// Events found.
    pub found: usize,
    /// Events looked for.
    pub total: usize,
    /// Since it began.
    pub waited: Duration,
    /// How long it goes on at most.
    pub wait: Duration,
    /// What went wrong last, in words.
    pub trouble: Option<String>,
}

/// What became of looking for an event.
#[derive(Debug, Clone)]
pub enum Found {
    /// It is there.
    Event(Box<ReadEvent>),
    /// The server does not have it, after all the waiting.
    Absent,
    /// It was not among the latest events, and there was no time to ask for it alone.
    NotAsked,
    /// It could not be read, and why.
    Unread(ReadError),
}

/// Up to so many events are asked for one by one from the start. Chosen.
const ONE_BY_ONE: usize = 8;
/// How long after the pages were read they are read again. Chosen.
const PAGES_AGAIN: Duration = Duration::from_secs(30);
/// No wait that a server asks for is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How many requests it takes to look for so many events at least, in a place.
#[must_use]
pub fn least_requests(place: &ReadPlace, events: usize) -> usize {
    match place.reader() {
        Reader::QueryApi if events > ONE_BY_ONE => events.div_ceil(PAGE),
        _ => events,
    }
}

/// Looks for events until each is there or the time is up. `found` is told of each as it is known, with its place in
/// `sought`; drop the future to stop.
pub async fn wait_for(
    place: &ReadPlace,
    sought: &[Sought],
    limits: &Limits,
    report: impl FnMut(Progress),
    found: impl FnMut(usize, Found),
) {
    let begun = Instant::now();
    let mut search = Search {
        reading: Reading::new(place),
        is_slow: place.reader() == Reader::QueryApi,
        sought,
        limits,
        begun,
        deadline: begun + limits.wait,
        next: begun,
        requests: 0,
        missing: (0..sought.len()).collect(),
        asked: HashSet::new(),
        trouble: None,
        report,
        found,
    };
    if let Err(error) = search.run().await {
        for index in std::mem::take(&mut search.missing) {
            (search.found)(index, Found::Unread(error.clone()));
        }
    }
}

struct Search<'s, R, F> {
    reading: Reading<'s>,
    is_slow: bool,
    sought: &'s [Sought],
    limits: &'s Limits,
    begun: Instant,
    deadline: Instant,
    /// When the next request may be made.
    next: Instant,
    requests: usize,
    missing: Vec<usize>,
    /// Those that the server was asked for alone and did not have.
    asked: HashSet<usize>,
    trouble: Option<ReadError>,
    report: R,
    found: F,
}

impl<R: FnMut(Progress), F: FnMut(usize, Found)> Search<'_, R, F> {
    /// Ends early with what no other event would fare better with.
    async fn run(&mut self) -> Result<(), ReadError> {
        let has_pages = self.is_slow && self.sought.len() > ONE_BY_ONE;
        let mut pages_at = has_pages.then_some(self.begun);
        let mut is_first = !has_pages;
        loop {
            if pages_at.is_some_and(|at| at <= Instant::now()) && self.missing.len() > ONE_BY_ONE {
                pages_at = match self.pages().await {
                    Ok(()) => Some(Instant::now() + PAGES_AGAIN),
                    // It has no list, or another one: each is asked for alone.
                    Err(
                        ReadError::NotAnEvent(_)
                        | ReadError::TellsNothing(_)
                        | ReadError::Status { .. },
                    ) => None,
                    Err(error) => return Err(error),
                };
            }
            let round_begun = Instant::now();
            for index in self.missing.clone() {
                let is_over = Instant::now() >= self.deadline;
                if is_over && (!is_first || self.trouble.is_some()) {
                    break;
                }
                self.one(index).await?;
            }
            is_first = false;
            let next = round_begun + self.limits.round.max(self.limits.interval);
            if self.missing.is_empty() || next > self.deadline {
                break;
            }
            sleep_until(next).await;
        }
        // A server that knows none of them may know of no such question.
        if self.missing.len() == self.sought.len() && !self.asked.is_empty() {
            self.turn().await;
            self.reading.is_told().await?;
        }
        for index in std::mem::take(&mut self.missing) {
            let what = match (&self.trouble, self.asked.contains(&index)) {
                (_, true) => Found::Absent,
                (Some(trouble), false) => Found::Unread(trouble.clone()),
                (None, false) => Found::NotAsked,
            };
            (self.found)(index, what);
        }
        Ok(())
    }

    async fn one(&mut self, index: usize) -> Result<(), ReadError> {
        let Some(sought) = self.sought.get(index) else {
            return Ok(());
        };
        self.turn().await;
        let answer = self.reading.event(&sought.id).await;
        let what = match answer {
            Ok(Some(event)) => Some(Found::Event(Box::new(event))),
            Ok(None) => {
                self.asked.insert(index);
                self.trouble = None;
                None
            }
            Err(error) if error.is_passing() => {
                self.pause(error).await;
                None
            }
            Err(error) if error.is_about_all() => return Err(error),
            Err(error) => Some(Found::Unread(error)),
        };
        if let Some(what) = what {
            self.missing.retain(|other| *other != index);
            (self.found)(index, what);
        }
        self.tell();
        Ok(())
    }

    /// Looks through the latest events, page by page.
    async fn pages(&mut self) -> Result<(), ReadError> {
        let by_id = |index: &usize| Some((self.sought.get(*index)?.id.clone(), *index));
        let mut wanted: HashMap<String, usize> = self.missing.iter().filter_map(by_id).collect();
        let times = self.missing.iter().map(|index| {
            let sought = self.sought.get(*index);
            sought.and_then(|sought| sought.timestamp)
        });
        // A stored time may differ a little; where one is not known, no page is too old.
        let oldest: Option<Vec<Timestamp>> = times.collect();
        let oldest = oldest.and_then(|times| times.into_iter().min());
        let oldest = oldest.and_then(|at| at.checked_sub(SignedDuration::from_hours(24)).ok());
        let most = 20 + 4 * self.missing.len() / PAGE;
        let mut cursor: Option<String> = None;
        for _ in 0..most {
            self.turn().await;
            let page = match self.reading.page(PAGE, cursor.as_deref()).await {
                Ok(page) => page,
                Err(error) if error.is_passing() && Instant::now() < self.deadline => {
                    self.pause(error).await;
                    self.tell();
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.trouble = None;
            let mut last = None;
            for (id, stored) in page.events {
                let at = stored.get(Section::Top, "timestamp");
                let at = at.and_then(|at| at.str()?.parse::<Timestamp>().ok());
                last = at.or(last);
                if let Some(index) = wanted.remove(&id) {
                    self.missing.retain(|other| *other != index);
                    let event = ReadEvent { stored, run: None };
                    (self.found)(index, Found::Event(Box::new(event)));
                }
            }
            self.tell();
            let is_too_old = last.zip(oldest).is_some_and(|(last, oldest)| last < oldest);
            let is_same = page.cursor == cursor;
            cursor = page.cursor;
            if wanted.is_empty() || is_too_old || is_same || cursor.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Waits until another request may be made.
    async fn turn(&mut self) {
        if self.is_slow {
            sleep_until(self.next).await;
            self.next = Instant::now() + self.limits.interval;
        }
        self.requests += 1;
    }

    /// Waits after something that passes, as long as the server asks for.
    async fn pause(&mut self, error: ReadError) {
        let asked = error.retry_after().unwrap_or(self.limits.interval);
        self.trouble = Some(error);
        self.tell();
        let left = self.deadline.saturating_duration_since(Instant::now());
        sleep(asked.min(LONGEST_PAUSE).min(left)).await;
    }

    fn tell(&mut self) {
        (self.report)(Progress {
            requests: self.requests,
            found: self.sought.len() - self.missing.len(),
            total: self.sought.len(),
            waited: self.begun.elapsed(),
            wait: self.limits.wait,
            trouble: self.trouble.as_ref().map(ToString::to_string),
        });
    }
}
