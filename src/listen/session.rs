//! One run of `listen`: takes the proxy's observations off its hands, keeps the captures, records those that
//! are over, and tells a listener what to show.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use super::recorder::{Change, Recorder};
use super::recording::Recording;
use crate::capture::recent::Recent;
use crate::capture::{self, Capture};
use crate::completion::load::Loaded;
use crate::mapping;
use crate::proxy::{CallId, Delivered, Observation};

/// How often a capture that grows is told anew. Chosen: as often as a person sees a difference.
const PACE: Duration = Duration::from_millis(80);
/// Bytes that open captures may hold together. Chosen.
const OPEN: usize = 256 << 20;

/// What a listener is told.
#[derive(Debug)]
pub enum Update {
    /// A completion was asked for, or more of its answer is there.
    Growing(Sample),
    /// A completion is over.
    Over(Sample),
    /// A Broadcast delivery arrived: generations that are new, and what is to be said of it.
    Delivered(Loaded),
    /// The delivery of this generation came again, and was dropped.
    Repeated(String),
    /// OpenRouter tested the connection.
    ConnectionTest,
    /// So many exchanges have passed that asked for no completion.
    Passed(u64),
}

/// A capture as a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Which of the proxy's exchanges, from 1.
    pub number: u64,
    /// A line of JSON.
    pub text: String,
}

impl Sample {
    fn of(capture: &Capture) -> Self {
        Self {
            number: capture.number,
            text: capture.sample(),
        }
    }
}

/// Runs until the proxy is gone. Gives the recording back, to be finished.
pub async fn run(
    mut observed: UnboundedReceiver<Observation>,
    recording: Option<Recording>,
    listener: UnboundedSender<Update>,
) -> Option<Recording> {
    let mut recorder = Recorder::new(OPEN);
    let mut deliveries = Deliveries::default();
    // Captures that grew since they were told, and when to tell them.
    let mut grown: BTreeSet<CallId> = BTreeSet::new();
    let mut due = Instant::now();
    let mut pace = PACE;
    loop {
        let next = tokio::select! {
            biased;
            () = sleep_until(due), if !grown.is_empty() => None,
            observation = observed.recv() => Some(observation),
        };
        let Some(observation) = next else {
            let begun = Instant::now();
            for call in std::mem::take(&mut grown) {
                if let Some(capture) = recorder.get(call) {
                    let _ = listener.send(Update::Growing(Sample::of(capture)));
                }
            }
            // Long answers are told less often: at most a tenth of the time goes into telling.
            pace = PACE.max(begun.elapsed() * 10);
            continue;
        };
        let Some(observation) = observation else {
            return recording;
        };
        if let Observation::Delivery { at, delivered } = observation {
            let updates = deliveries.take(at.as_millisecond(), delivered, recording.as_ref());
            for update in updates {
                let _ = listener.send(update);
            }
            continue;
        }
        let passed = recorder.passed();
        match recorder.take(observation) {
            Change::Grew(call) => {
                if grown.is_empty() {
                    due = Instant::now() + pace;
                }
                grown.insert(call);
            }
            Change::Ended(capture) => {
                grown.remove(&CallId(capture.number));
                let sample = Sample::of(&capture);
                if let Some(recording) = &recording {
                    recording.append(sample.text.clone());
                }
                let _ = listener.send(Update::Over(sample));
            }
            Change::Nothing => {}
        }
        if recorder.passed() != passed {
            let _ = listener.send(Update::Passed(recorder.passed()));
        }
    }
}

/// Deliveries of this run.
#[derive(Debug, Default)]
struct Deliveries {
    /// Generations that were delivered.
    seen: Recent,
}

impl Deliveries {
    /// Takes a delivery: what it holds that is new is named, recorded and told.
    fn take(
        &mut self,
        at: i64,
        delivered: Delivered,
        recording: Option<&Recording>,
    ) -> Vec<Update> {
        if delivered.is_test {
            return vec![Update::ConnectionTest];
        }
        let mut loaded = delivered.loaded;
        let mut updates = Vec::new();
        for mut completion in std::mem::take(&mut loaded.completions) {
            if let Some(id) = mapping::generation_id(&completion)
                && !self.seen.is_new(&id)
            {
                updates.push(Update::Repeated(id));
                continue;
            }
            capture::name_delivery(&mut completion, at);
            let line = capture::recorded_delivery(&completion);
            if let (Some(recording), Some(line)) = (recording, line) {
                recording.append(line);
            }
            loaded.completions.push(completion);
        }
        let is_anything = !loaded.completions.is_empty()
            || !loaded.problems.is_empty()
            || !loaded.notes.is_empty();
        if is_anything {
            updates.push(Update::Delivered(loaded));
        }
        updates
    }
}
