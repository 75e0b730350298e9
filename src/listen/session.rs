//! One run of `listen`: takes the proxy's observations off its hands, keeps the captures, records those that
//! are over, and tells a listener what to show.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use super::backlog::Backlog;
use super::known_keys::KnownKeys;
use super::recorder::{CaptureChange, Recorder};
use super::recording::{Counts, Recording};
use crate::capture::recent::Recent;
use crate::capture::{self, Capture};
use crate::completion::load::{self, Loaded};
use crate::mapping;
use crate::proxy::{CallId, DeliveredSpans, Observation};

/// How often a growing capture is reported. Chosen: as often as a person sees a difference.
const PACE: Duration = Duration::from_millis(80);
/// Bytes that open captures may hold together. Chosen.
const OPEN: usize = 256 << 20;
/// Bytes of samples that may wait for the listener. Chosen.
const WAITING: usize = 64 << 20;
/// Why a sample comes without its bodies.
const TOO_SLOW: &str = "too many completions were waiting to be mapped";

/// What the listener wants to hear about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Each completion as it grows, and its end.
    Growth,
    /// Only what is over.
    Endings,
}

/// What a listener hears.
#[derive(Debug)]
pub enum ListenUpdate {
    /// A completion was asked for, or more of its answer is there.
    Growing(Sample),
    /// A completion is over.
    Over(Sample),
    /// A Broadcast delivery arrived: its new generations, and notes about it.
    Delivered(Loaded),
    /// The delivery of this generation came again, and was dropped.
    Repeated(String),
    /// OpenRouter tested the connection.
    ConnectionTest,
    /// A request was refused, and why.
    Refused(&'static str),
    /// So many exchanges have passed that asked for no completion.
    Passed(u64),
    /// So many samples could not be recorded so far.
    Unrecorded {
        /// How many.
        count: u64,
        /// Why the first could not.
        why: String,
    },
}

/// A capture as a sample.
#[derive(Debug)]
pub struct Sample {
    /// Which of the proxy's exchanges, from 1.
    pub number: u64,
    /// A line of JSON.
    pub text: String,
    _reservation: Reservation,
}

/// The room that a sample takes while it waits, given back when it is dropped.
#[derive(Debug)]
struct Reservation {
    bytes: usize,
    waiting: Arc<AtomicUsize>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Samples that wait for the listener. A listener that is slower than the traffic costs samples, not memory.
#[derive(Debug, Default)]
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    /// Takes a sample's text in, if there is room for it.
    fn take(&self, number: u64, text: String) -> Result<Sample, String> {
        match self.0.load(Ordering::Relaxed) + text.len() <= WAITING {
            true => Ok(self.force(number, text)),
            false => Err(text),
        }
    }

    /// Takes it in whether there is room or not.
    fn force(&self, number: u64, text: String) -> Sample {
        let bytes = text.len();
        self.0.fetch_add(bytes, Ordering::Relaxed);
        let waiting = Arc::clone(&self.0);
        Sample {
            number,
            text,
            _reservation: Reservation { bytes, waiting },
        }
    }

    /// The report of a finished completion, without its bodies where there is no room for them.
    fn over(&self, mut capture: Capture, text: String) -> Sample {
        self.take(capture.number, text).unwrap_or_else(|_| {
            capture.give_up(TOO_SLOW);
            self.force(capture.number, capture.sample())
        })
    }
}

/// Runs until the proxy is gone. Gives the recording back, to be finished.
pub async fn run(
    mut observed: UnboundedReceiver<Observation>,
    recording: Option<Recording>,
    interest: Interest,
    backlog: Backlog,
    listener: UnboundedSender<ListenUpdate>,
) -> Option<Recording> {
    let mut recorder = Recorder::new(OPEN);
    let mut deliveries = Deliveries::default();
    let waiting = Waiting::default();
    // Captures that have grown since they were reported, and when to report them.
    let mut grown: BTreeSet<CallId> = BTreeSet::new();
    let mut due = Instant::now();
    let mut pace = PACE;
    let counts = recording.as_ref().map(Recording::counts);
    loop {
        let next = tokio::select! {
            biased;
            () = sleep_until(due), if !grown.is_empty() => None,
            update = unrecorded(counts.as_ref()) => {
                let _ = listener.send(update);
                continue;
            }
            observation = observed.recv() => Some(observation),
        };
        let is_wanted = !backlog.is_given_up();
        let Some(observation) = next else {
            if !is_wanted {
                grown.clear();
                continue;
            }
            let begun = Instant::now();
            for call in std::mem::take(&mut grown) {
                let grown = recorder
                    .get(call)
                    .map(|capture| waiting.take(capture.number, capture.sample()));
                // Without room for it, it is reported when it has grown again.
                if let Some(Ok(sample)) = grown {
                    let _ = listener.send(ListenUpdate::Growing(sample));
                }
            }
            // Long answers are reported less often: at most a tenth of the time goes into reports.
            pace = PACE.max(begun.elapsed() * 10);
            continue;
        };
        let Some(observation) = observation else {
            return recording;
        };
        backlog.remove(&observation);
        if let Observation::Delivery { at, delivered } = observation {
            if !is_wanted {
                backlog.leave_out(delivered.loaded.completions.len());
                continue;
            }
            let updates = deliveries.take(at.as_millisecond(), delivered, recording.as_ref());
            for update in updates {
                let _ = listener.send(update);
            }
            continue;
        }
        if let Observation::Refused { why } = observation {
            let _ = listener.send(ListenUpdate::Refused(why));
            continue;
        }
        if let Observation::Began { keys, .. } = &observation {
            deliveries.keys.learn(keys);
        }
        let passed = recorder.passed();
        match recorder.take(observation) {
            CaptureChange::Grew(_) if interest == Interest::Endings => {}
            CaptureChange::Grew(call) => {
                if grown.is_empty() {
                    due = Instant::now() + pace;
                }
                grown.insert(call);
            }
            CaptureChange::Ended(_) if !is_wanted => backlog.leave_out(1),
            CaptureChange::Ended(capture) => {
                grown.remove(&CallId(capture.number));
                let text = capture.sample();
                if let Some(recording) = &recording {
                    recording.append(text.clone());
                }
                let _ = listener.send(ListenUpdate::Over(waiting.over(*capture, text)));
            }
            CaptureChange::Nothing => {}
        }
        if recorder.passed() != passed {
            let _ = listener.send(ListenUpdate::Passed(recorder.passed()));
        }
    }
}

/// Waits until more could not be recorded.
async fn unrecorded(counts: Option<&Counts>) -> ListenUpdate {
    let Some(counts) = counts else {
        return std::future::pending().await;
    };
    counts.lost().await;
    ListenUpdate::Unrecorded {
        count: counts.dropped(),
        why: counts.problem().to_owned(),
    }
}

/// Deliveries of this run.
#[derive(Debug, Default)]
struct Deliveries {
    /// Generations that were delivered.
    seen: Recent,
    /// Keys of the calls that they may be about.
    keys: KnownKeys,
}

impl Deliveries {
    /// Takes a delivery: names, records and reports what is new in it.
    fn take(
        &mut self,
        at: i64,
        delivered: DeliveredSpans,
        recording: Option<&Recording>,
    ) -> Vec<ListenUpdate> {
        if delivered.is_test {
            return vec![ListenUpdate::ConnectionTest];
        }
        let mut loaded = delivered.loaded;
        let mut updates = Vec::new();
        for mut completion in std::mem::take(&mut loaded.completions) {
            if let Some(id) = mapping::generation_id(&completion)
                && !self.seen.is_new(&id)
            {
                updates.push(ListenUpdate::Repeated(id));
                continue;
            }
            capture::name_delivery(&mut completion, at);
            let mut line = capture::recorded_delivery(&completion);
            if let Some(masked) = line.clone().map(|line| self.keys.redact(line))
                && line.as_ref() != Some(&masked)
            {
                // If it no longer loads with its keys masked, it is not kept.
                let mut again = Loaded::default();
                load::load_slice(masked.as_bytes(), &completion.origin, &mut again);
                let Some(again) = again.completions.into_iter().next() else {
                    continue;
                };
                completion = again;
                line = Some(masked);
            }
            if let (Some(recording), Some(line)) = (recording, line) {
                recording.append(line);
            }
            loaded.completions.push(completion);
        }
        let is_anything = !loaded.completions.is_empty()
            || !loaded.problems.is_empty()
            || !loaded.notes.is_empty();
        if is_anything {
            updates.push(ListenUpdate::Delivered(loaded));
        }
        updates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_listener_gets_what_fits_and_word_of_the_rest() {
        let waiting = Waiting::default();
        let mut capture = Capture::new(7, 0, "POST", "/api/v1/chat/completions");
        capture.request = br#"{"model":"a/b","messages":[]}"#.to_vec();
        capture.response = vec![b'x'; WAITING / 2];
        let over = || waiting.over(capture.clone(), capture.sample());
        let first = over();
        assert!(first.text.len() > WAITING / 2);
        let second = over();
        assert!(second.text.len() < 1000, "{}", second.text.len());
        assert!(second.text.contains(TOO_SLOW), "{}", second.text);
        // Taking a sample makes room.
        drop(first);
        assert!(over().text.len() > WAITING / 2);
        drop(second);
        assert_eq!(waiting.0.load(Ordering::Relaxed), 0);
    }
}
