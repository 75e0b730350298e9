//! Live traffic in the list: a captured call appears when it begins, grows while its answer streams, and keeps
//! the edits that were made meanwhile. The list follows the newest call unless one has moved away from it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::completion::load::Loaded;
use crate::completion::{Completion, Origin};
use crate::inspector::library::forwarding::{Consent, Forwarded, Forwarding};
use crate::json::Position;

/// The file's name that captured calls stand under.
pub const CALLS: &str = "<live>";
/// The same for Broadcast deliveries.
pub const DELIVERIES: &str = "<delivered>";
/// Lines of the command's output that are kept. Chosen.
const LINES: usize = 5_000;
/// Bytes of the command's output that are kept. Chosen.
const OUTPUT: usize = 4 << 20;

/// What passes through the proxy.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    /// The proxy's own origin, to which clients append their path.
    pub origin: String,
    /// Where requests are passed on to.
    pub upstream: String,
    /// Calls so far that asked for a completion.
    pub calls: usize,
    /// Calls whose answer is not all there.
    pub open: usize,
    /// Calls that began since the cursor left the newest one.
    pub unseen: usize,
    /// Exchanges that asked for no completion.
    pub passed: u64,
    /// Deliveries that arrived.
    pub delivered: usize,
    /// What the command wrote.
    pub output: Output,
    /// The command's exit status, once it ended.
    pub ended: Option<u8>,
    /// Whether events are forwarded, and what became of them.
    pub forwarding: Forwarding,
}

/// What the command wrote, the last of it.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// Lines, the newest last: whether it came on standard error, and the text.
    pub lines: VecDeque<(bool, Arc<str>)>,
    /// Lines that were let go.
    pub dropped: usize,
    bytes: usize,
}

impl Output {
    pub(crate) fn push(&mut self, is_error: bool, text: String) {
        self.bytes += text.len();
        self.lines.push_back((is_error, text.into()));
        while self.lines.len() > LINES || self.bytes > OUTPUT {
            let Some((_, gone)) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= gone.len();
            self.dropped += 1;
        }
    }
}

/// What the runtime says of live traffic.
#[derive(Debug, Clone)]
pub enum Report {
    /// The proxy listens.
    Listening {
        /// Its origin.
        origin: String,
        /// Where requests are passed on to.
        upstream: String,
        /// Whether each event is to be forwarded as its call ends, and to what.
        forward: Option<Consent>,
    },
    /// An event that was forwarded was answered, or given up.
    Forwarded(Forwarded),
    /// A call began, grew or is over.
    Call {
        /// Which, from 1.
        number: u64,
        /// What it is by now.
        completion: Arc<Completion>,
        /// Whether it is over.
        is_over: bool,
    },
    /// A delivery arrived.
    Delivered(Loaded),
    /// So many exchanges passed that asked for no completion.
    Passed(u64),
    /// The command wrote a line.
    Output {
        /// Whether on standard error.
        is_error: bool,
        /// The line, hostile until it is displayed.
        text: String,
    },
    /// The command ended.
    Ended(u8),
}

/// Where a captured call stands: a record of a file that is none.
#[must_use]
pub fn origin_of_call(number: u64) -> Origin {
    Origin {
        file: Arc::from(CALLS),
        offset: 0,
        position: Position { line: 1, column: 1 },
        record: usize::try_from(number).unwrap_or(usize::MAX),
    }
}
