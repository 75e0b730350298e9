//! Live traffic in the list: a captured call appears when it begins, grows while its answer streams, and keeps
//! the edits that were made meanwhile. The list follows the newest call unless one has moved away from it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::completion::load::Loaded;
use crate::completion::{Completion, Origin};
use crate::inspector::Model;
use crate::inspector::current::Current;
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
    fn push(&mut self, is_error: bool, text: String) {
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

impl Model {
    pub(crate) fn take_traffic(&mut self, news: Report) {
        let traffic = self.traffic.get_or_insert_default();
        match news {
            Report::Listening {
                origin,
                upstream,
                forward,
            } => {
                traffic.origin = origin;
                traffic.upstream = upstream;
                traffic.forwarding.begin(forward);
            }
            Report::Forwarded(forwarded) => traffic.forwarding.take(forwarded),
            Report::Passed(count) => traffic.passed = count,
            Report::Output { is_error, text } => traffic.output.push(is_error, text),
            Report::Ended(status) => {
                traffic.ended = Some(status);
                self.notice = Some(format!("the command ended with status {status}"));
            }
            Report::Delivered(loaded) => {
                traffic.delivered += loaded.completions.len();
                self.library.problems.extend(loaded.problems);
                self.library.notes.extend(loaded.notes);
                for completion in loaded.completions {
                    if let Some(traffic) = &mut self.traffic {
                        traffic.forwarding.hold(&completion.origin);
                    }
                    self.append(Arc::new(completion));
                }
            }
            Report::Call {
                number,
                completion,
                is_over,
            } => self.take_call(number, completion, is_over),
        }
    }

    fn take_call(&mut self, number: u64, completion: Arc<Completion>, is_over: bool) {
        let place = self.library.place_of(&origin_of_call(number));
        let is_new = place.is_none();
        let traffic = self.traffic.get_or_insert_default();
        traffic.calls += usize::from(is_new);
        // A call that was told already was open until now.
        match (is_new, is_over) {
            (true, false) => traffic.open += 1,
            (false, true) => traffic.open = traffic.open.saturating_sub(1),
            _ => {}
        }
        if is_over {
            traffic.forwarding.hold(&completion.origin);
        }
        match place {
            None => self.append(completion),
            Some(index) => self.renew(index, completion, is_over),
        }
    }

    /// A completion that has just come, at the end of the list.
    fn append(&mut self, completion: Arc<Completion>) {
        let follows = self.is_at_newest() && !self.is_editing();
        let from = self.library.len();
        self.library.push(completion);
        self.with_base_edits(from);
        if self.listing.is_narrowed() {
            return;
        }
        if follows {
            self.list.row = from;
        } else if let Some(traffic) = &mut self.traffic {
            traffic.unseen += 1;
        }
    }

    /// Whether the cursor is on the last completion of the list, or there is none.
    pub(crate) fn is_at_newest(&self) -> bool {
        self.list.row + 1 >= self.library.len()
    }

    /// More of a call is there.
    fn renew(&mut self, index: usize, completion: Arc<Completion>, is_over: bool) {
        self.library.renew(index, completion.clone());
        if is_over && self.listing.is_narrowed() {
            self.relist();
        }
        let edits = self.library.entry(index).map(|entry| entry.edits.clone());
        let is_typed = self.trace.is_typed();
        let (mode, context) = (self.privacy, self.context.clone());
        match self
            .current
            .as_mut()
            .filter(|current| current.index == index)
        {
            // What is typed lands in what is shown; the rest is shown once nothing is typed.
            Some(current) if is_typed => current.is_outdated = true,
            Some(current) => {
                *current = Current::renewed(
                    current,
                    completion,
                    &edits.unwrap_or_default(),
                    mode,
                    &context,
                );
            }
            None => {}
        }
    }

    /// The cursor reached the newest call.
    pub(crate) fn settle_traffic(&mut self) {
        let is_at_newest = self.is_at_newest();
        if let Some(traffic) = self.traffic.as_mut().filter(|_| is_at_newest) {
            traffic.unseen = 0;
        }
    }
}
