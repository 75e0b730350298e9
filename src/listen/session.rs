//! One run of `listen`: takes the proxy's observations off its hands, keeps the captures, records those that
//! are over, and tells a listener what to show.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use super::recorder::{Change, Recorder};
use super::recording::Recording;
use crate::capture::Capture;
use crate::proxy::{CallId, Head, Observation};

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
    /// A Broadcast delivery arrived.
    Delivery {
        /// When, in milliseconds since 1970.
        at: i64,
        /// Its recorded headers.
        head: Head,
        /// Its body as it came.
        body: Bytes,
    },
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
    // Captures that grew since they were told, and when to tell them.
    let mut grown: BTreeSet<CallId> = BTreeSet::new();
    let mut due = Instant::now();
    loop {
        let next = tokio::select! {
            biased;
            () = sleep_until(due), if !grown.is_empty() => None,
            observation = observed.recv() => Some(observation),
        };
        let Some(observation) = next else {
            for call in std::mem::take(&mut grown) {
                if let Some(capture) = recorder.get(call) {
                    let _ = listener.send(Update::Growing(Sample::of(capture)));
                }
            }
            continue;
        };
        let Some(observation) = observation else {
            return recording;
        };
        if let Observation::Delivery { at, head, body } = observation {
            let at = at.as_millisecond();
            let _ = listener.send(Update::Delivery { at, head, body });
            continue;
        }
        let passed = recorder.passed();
        match recorder.take(observation) {
            Change::Grew(call) => {
                if grown.is_empty() {
                    due = Instant::now() + PACE;
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
