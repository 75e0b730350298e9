//! Live traffic in the list: a captured call appears when it begins, grows while its answer streams, and keeps
//! the edits that were made meanwhile. The list follows the newest call unless one has moved away from it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::capture::CALLS;
use crate::completion::load::Loaded;
use crate::completion::{Completion, Origin, generation_id};
use crate::inspector::library::forwarding::{ForwardConsent, Forwarded, Forwarding};
use crate::json::Position;

/// Lines of the command's output that are kept. Chosen.
const LINES: usize = 5_000;
/// Bytes of the command's output that are kept. Chosen.
const OUTPUT: usize = 4 << 20;

/// Calls that are kept in the list unless something else is said. Chosen.
pub const KEEP: usize = 1_000;

/// What may be the matter where a command has ended and nothing came.
pub const NO_CALL_CAME: &str = "no call came here. A base URL in the code wins over the variables that lead here, so such calls go past this and are not seen";

/// What a person sets so that something passes. Nothing but the screen shows it: the token of deliveries is in it.
#[derive(Clone, Default)]
pub struct Setup {
    /// Whether a command runs, whose clients are led here already.
    pub has_command: bool,
    /// How an app is led here, in lines.
    pub apps: Vec<String>,
    /// What to enter at OpenRouter for deliveries, in lines.
    pub deliveries: Vec<String>,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Setup(••••••)")
    }
}

/// What passes through the proxy.
#[derive(Debug, Clone)]
pub struct Traffic {
    /// What to set.
    pub setup: Setup,
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
    /// Generations that were delivered.
    pub delivered: usize,
    /// Deliveries that came again and were dropped.
    pub repeated: usize,
    /// Whether any request was refused.
    pub has_refused: bool,
    /// Where calls and deliveries stand, by generation.
    pub deliveries: ArrivedDeliveries,
    /// Calls that are kept in the list.
    pub keep: usize,
    /// Calls that were let go, so that the list stays short.
    pub let_go: usize,
    /// Where calls are recorded, if they are.
    pub recording: Option<String>,
    /// Calls and deliveries that could not be recorded.
    pub unrecorded: u64,
    /// What the command wrote.
    pub output: Output,
    /// The command's exit status, once it ended.
    pub ended: Option<u8>,
    /// Whether events are forwarded, and what became of them.
    pub forwarding: Forwarding,
}

impl Traffic {
    /// Whether the command that leads its clients here has not ended.
    pub fn runs_a_command(&self) -> bool {
        self.setup.has_command && self.ended.is_none()
    }
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            setup: Setup::default(),
            origin: String::new(),
            upstream: String::new(),
            calls: 0,
            open: 0,
            unseen: 0,
            passed: 0,
            delivered: 0,
            repeated: 0,
            has_refused: false,
            deliveries: ArrivedDeliveries::default(),
            keep: KEEP,
            let_go: 0,
            recording: None,
            unrecorded: 0,
            output: Output::default(),
            ended: None,
            forwarding: Forwarding::default(),
        }
    }
}

/// Generations of which is kept where they stand. Chosen: far more than are under way at once.
const WAITING: usize = 10_000;

/// Where the call and the delivery of a generation stand, so that whichever comes second joins the first. What they hold
/// is in the list alone: nothing of it is kept here.
#[derive(Debug, Clone, Default)]
pub struct ArrivedDeliveries {
    sides: HashMap<Arc<str>, Sides>,
    order: VecDeque<Arc<str>>,
}

/// The two sides of a generation, as far as they have come.
#[derive(Debug, Clone, Default)]
struct Sides {
    call: Option<Origin>,
    delivery: Option<Origin>,
}

impl ArrivedDeliveries {
    /// Takes note of the call of a generation.
    pub fn put_call(&mut self, id: &str, origin: &Origin) {
        if self.call(id) != Some(origin)
            && let Some(sides) = self.sides(id)
        {
            sides.call = Some(origin.clone());
        }
    }

    /// Takes note of a delivery.
    pub fn put(&mut self, id: &str, origin: &Origin) {
        if let Some(sides) = self.sides(id) {
            sides.delivery = Some(origin.clone());
        }
    }

    /// Where the call of a generation stands, or stood.
    pub fn call(&self, id: &str) -> Option<&Origin> {
        self.sides.get(id)?.call.as_ref()
    }

    /// Where the delivery of a generation stands in a row of its own, or stood.
    pub fn delivery(&self, id: &str) -> Option<&Origin> {
        self.sides.get(id)?.delivery.as_ref()
    }

    fn sides(&mut self, id: &str) -> Option<&mut Sides> {
        if id.len() > generation_id::LONGEST {
            return None;
        }
        if !self.sides.contains_key(id) {
            let name: Arc<str> = Arc::from(id);
            self.order.push_back(Arc::clone(&name));
            self.sides.insert(name, Sides::default());
            if self.order.len() > WAITING
                && let Some(oldest) = self.order.pop_front()
            {
                self.sides.remove(&oldest);
            }
        }
        self.sides.get_mut(id)
    }
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
pub enum TrafficReport {
    /// The proxy listens.
    Listening {
        /// What to set, so that something passes.
        setup: Setup,
        /// Its origin.
        origin: String,
        /// Where requests are passed on to.
        upstream: String,
        /// Whether each event is to be forwarded as its call ends, and to what.
        forward: Option<ForwardConsent>,
        /// Calls that are kept in the list; older ones are let go.
        keep: usize,
        /// Where calls are recorded, if they are.
        recording: Option<String>,
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
    /// The delivery of this generation came again, and was dropped.
    Repeated(String),
    /// A request was refused, and why.
    Refused(&'static str),
    /// OpenRouter tested the connection.
    ConnectionTest,
    /// So many exchanges passed that asked for no completion.
    Passed(u64),
    /// So many calls and deliveries could not be recorded so far.
    Unrecorded {
        /// How many.
        count: u64,
        /// Why the first could not.
        why: String,
    },
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

/// Where a captured call stands: a record of a file that is none, a line a call.
#[must_use]
pub fn origin_of_call(number: u64) -> Origin {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    Origin {
        file: Arc::from(CALLS),
        offset: 0,
        position: Position {
            line: number,
            column: 1,
        },
        record: number,
    }
}
