//! The places of a server: how many connections it serves at once, what each of them does, and which one loses its
//! place when a newcomer finds none free. One that waits for its client loses it; one that works for it never does.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};

/// How long a connection may go without a whole head while others wait for its place. Chosen: clients send it at once.
const PROMPT: Duration = Duration::from_millis(200);
/// How long a body may go without progress while others wait for its place. Chosen: whoever has a body sends it.
const STALLED: Duration = Duration::from_secs(2);
/// How long an answer may wait for its client to read on while others wait for its place. Chosen: longer than a client
/// that works is busy with what it has read.
const UNREAD: Duration = Duration::from_secs(10);
/// Bytes of a body that are progress: one that comes byte by byte makes none. Chosen.
const PROGRESS: usize = 512;
/// How often those that wait look for a place that one may have. Chosen.
const LOOK: Duration = Duration::from_millis(20);

/// What a connection does, as far as its client is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It waits for a request.
    Idle,
    /// It waits for more of a body.
    Receiving,
    /// It answers, or has others answer.
    Working,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Since when there has been no progress.
    since: Instant,
    /// Bytes of the body that were no progress yet.
    received: usize,
    /// Since when the client has not read on.
    unread: Option<Instant>,
    /// Whether it was asked to leave.
    is_asked: bool,
}

/// What one connection does.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    leave: Notify,
}

impl Activity {
    fn new() -> Activity {
        Activity {
            state: Mutex::new(State {
                phase: Phase::Idle,
                since: Instant::now(),
                received: 0,
                unread: None,
                is_asked: false,
            }),
            leave: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        state.since = Instant::now();
        state.received = 0;
    }

    /// A request came.
    pub(super) fn asked(&self) {
        self.begin(Phase::Working);
    }

    /// The answer was handed on.
    pub(super) fn answered(&self) {
        self.begin(Phase::Idle);
    }

    /// More of a body is waited for.
    pub(super) fn waits_for_body(&self) {
        self.state().phase = Phase::Receiving;
    }

    /// So much of a body came.
    pub(super) fn received(&self, bytes: usize) {
        let mut state = self.state();
        state.phase = Phase::Working;
        state.received += bytes;
        if state.received >= PROGRESS {
            state.received = 0;
            state.since = Instant::now();
        }
    }

    /// No more of a body is waited for.
    pub(super) fn has_body(&self) {
        let mut state = self.state();
        if state.phase == Phase::Receiving {
            state.phase = Phase::Working;
        }
    }

    /// Whether the client reads on.
    pub(super) fn is_read(&self, is_read: bool) {
        let mut state = self.state();
        state.unread = match is_read {
            true => None,
            false => state.unread.or_else(|| Some(Instant::now())),
        };
    }

    /// Ends when the place is wanted, and it may be had; whether nothing was asked, so that nothing is cut.
    pub(super) async fn is_to_leave(&self) -> bool {
        loop {
            self.leave.notified().await;
            let mut state = self.state();
            if let Some((rank, _)) = state.may_leave(Instant::now()) {
                return rank == 0;
            }
            state.is_asked = false;
        }
    }
}

impl State {
    /// Since when it has waited for its client, if that is long enough to ask it to leave, and how much is lost by that: the
    /// least where nothing was asked.
    fn may_leave(&self, now: Instant) -> Option<(u8, Instant)> {
        if let Some(unread) = self.unread {
            return (now >= unread + UNREAD).then_some((2, unread));
        }
        let (rank, wait) = match self.phase {
            Phase::Idle => (0, PROMPT),
            Phase::Receiving => (1, STALLED),
            Phase::Working => return None,
        };
        (now >= self.since + wait).then_some((rank, self.since))
    }
}

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    held: Mutex<(u64, HashMap<u64, Arc<Activity>>)>,
}

/// A place that is held until this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    number: u64,
    places: Arc<Places>,
    pub(super) activity: Arc<Activity>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(count: usize) -> Arc<Places> {
        Arc::new(Places {
            free: Arc::new(Semaphore::new(count)),
            held: Mutex::default(),
        })
    }

    fn held(&self) -> MutexGuard<'_, (u64, HashMap<u64, Arc<Activity>>)> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection that is there. Where none is free, others are asked to leave until one is; none once
    /// the server is over.
    pub(super) async fn take(self: &Arc<Self>) -> Option<Place> {
        let mut free = pin!(Arc::clone(&self.free).acquire_owned());
        let permit = loop {
            tokio::select! {
                biased;
                permit = free.as_mut() => break permit.ok()?,
                () = self.ask_one_to_leave() => {}
            }
        };
        let activity = Arc::new(Activity::new());
        let mut held = self.held();
        held.0 += 1;
        let number = held.0;
        held.1.insert(number, Arc::clone(&activity));
        drop(held);
        Some(Place {
            number,
            places: Arc::clone(self),
            activity,
            _permit: permit,
        })
    }

    /// Asks the one that can be spared best, one at a time, and waits a little.
    async fn ask_one_to_leave(&self) {
        self.ask();
        sleep(LOOK).await;
    }

    fn ask(&self) {
        let held = self.held();
        let mut best: Option<((u8, Instant), &Arc<Activity>)> = None;
        for activity in held.1.values() {
            let state = activity.state();
            if state.is_asked {
                return;
            }
            let Some(may_leave) = state.may_leave(Instant::now()) else {
                continue;
            };
            if best.is_none_or(|(least, _)| may_leave < least) {
                best = Some((may_leave, activity));
            }
        }
        if let Some((_, activity)) = best {
            activity.state().is_asked = true;
            activity.leave.notify_one();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.held().1.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody leaves before their time, those that ask for nothing leave first, and whoever is served never.
    #[test]
    fn each_has_its_time() {
        let activity = Activity::new();
        let begun = activity.state().since;
        let rank = |after: Duration| {
            activity
                .state()
                .may_leave(begun + after)
                .map(|(rank, _)| rank)
        };
        let check = |wait: Duration, expected: u8| {
            // What has been done meanwhile took some time.
            assert_eq!(rank(wait - Duration::from_millis(100)), None);
            assert_eq!(rank(wait + Duration::from_secs(5)), Some(expected));
        };
        check(PROMPT, 0);
        activity.asked();
        assert_eq!(rank(Duration::from_secs(3600)), None);
        activity.waits_for_body();
        check(STALLED, 1);
        activity.received(1);
        assert_eq!(rank(Duration::from_secs(3600)), None);
        activity.waits_for_body();
        check(STALLED, 1);
        activity.has_body();
        assert_eq!(rank(Duration::from_secs(3600)), None);
        activity.is_read(false);
        check(UNREAD, 2);
        activity.is_read(true);
        assert_eq!(rank(Duration::from_secs(3600)), None);
        activity.answered();
        check(PROMPT, 0);
    }
}
