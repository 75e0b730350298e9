//! What the reader and the sending have to report.

use crate::completion::Origin;
use crate::completion::load::ProblemKind;
use crate::delivery::bulk::{BulkUpdate, OutgoingEvent};
use crate::delivery::history::InputKind;
use crate::prepare::Unsent;

/// Something to report.
pub(in crate::cli) enum Note {
    /// So many more completions were found.
    Found(usize),
    /// Part of the input cannot be read.
    Problem(ProblemKind, String),
    /// A line that is no request as `map --wire` prints it: where it stands, and what is wrong with it.
    BadLine(Origin, String),
    /// An input was sent as a whole before and has not changed since, so it is not read.
    PassedOver(InputKind),
    /// A word about the input.
    Remark(String),
    /// The sending goes on.
    Update(BulkUpdate),
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
