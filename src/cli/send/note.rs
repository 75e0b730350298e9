//! What the reader has to report.

use tokio::sync::mpsc::Sender;

use crate::completion::Origin;
use crate::completion::load::ProblemKind;
use crate::delivery::bulk::OutgoingEvent;
use crate::delivery::history::InputKind;
use crate::prepare::Unsent;

/// Where the reader puts its notes. It waits while [`NOTES`] of them are not taken yet (a pager that nobody scrolls), so
/// that they take no more memory however large the input is. Only for threads that may wait.
pub(in crate::cli) type Notes = Sender<Note>;
/// Notes that wait to be taken. Chosen: a few batches.
pub(in crate::cli) const NOTES: usize = 256;

/// Something to report.
pub(in crate::cli) enum Note {
    /// So many more completions were found.
    Found(usize),
    /// Part of the input cannot be read.
    Problem(ProblemKind, String),
    /// A line that is no request as `map --wire` prints it: where it stands, and what is wrong with it.
    BadLine(Origin, String),
    /// So many more inputs of a kind were sent as a whole before and have not changed since, so they are not read.
    PassedOver(InputKind, usize),
    /// A word about the input.
    Remark(String),
    /// A dry run would make this request.
    Planned {
        /// Its path below the base URL; the method is always `POST`.
        path: &'static str,
        /// Events in it.
        events: usize,
        /// Bytes of its body.
        bytes: usize,
    },
    /// A dry run would send this event.
    WouldSend(Box<OutgoingEvent>),
    /// A completion's event is not sent.
    Unsent(Box<SkippedCompletion>),
}

/// A completion that the sending never sees.
pub(in crate::cli) struct SkippedCompletion {
    pub(in crate::cli) name: String,
    pub(in crate::cli) origin: Origin,
    pub(in crate::cli) unsent: Unsent,
}
