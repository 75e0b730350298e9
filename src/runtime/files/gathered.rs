//! Small files handed on together, so that a folder of many is a few hundred messages and not one for each.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use crate::inspector::Msg;
use crate::inspector::library::Batch;

/// The inspector has ended.
pub(super) struct InspectorEnded;

/// How long small files are gathered. Chosen: shorter than a frame, and long enough that a folder of ten thousand is a
/// few hundred messages, each of which brings the screen's state in line.
const TOGETHER: Duration = Duration::from_millis(10);

/// What small files held, on its way to the inspector.
pub(super) struct Gathered<'s> {
    sender: &'s UnboundedSender<Msg>,
    batches: Vec<Batch>,
    progress: (u64, u64),
    handed_on: Option<Instant>,
}

impl Gathered<'_> {
    /// Nothing gathered yet.
    pub(super) fn new(sender: &UnboundedSender<Msg>) -> Gathered<'_> {
        Gathered {
            sender,
            batches: Vec::new(),
            progress: (0, 0),
            handed_on: None,
        }
    }

    /// Adds what was read; the first is handed on at once, and so is what may be followed by nothing for long.
    pub(super) fn add(
        &mut self,
        batch: Batch,
        progress: (u64, u64),
        is_small: bool,
    ) -> Result<(), InspectorEnded> {
        self.batches.push(batch);
        self.progress = progress;
        let waits = self.handed_on.is_some_and(|at| at.elapsed() < TOGETHER);
        match is_small && waits {
            true => Ok(()),
            false => self.hand_on(),
        }
    }

    /// Hands on what there is.
    pub(super) fn hand_on(&mut self) -> Result<(), InspectorEnded> {
        if self.batches.is_empty() {
            return Ok(());
        }
        self.handed_on = Some(Instant::now());
        let batches = std::mem::take(&mut self.batches);
        let is_gone = self.sender.send(Msg::LoadedMany(batches)).is_err();
        let progress = Msg::Loading(Some(self.progress));
        match is_gone || self.sender.send(progress).is_err() {
            true => Err(InspectorEnded),
            false => Ok(()),
        }
    }
}
