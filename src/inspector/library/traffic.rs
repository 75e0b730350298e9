//! Live traffic in the list: a captured call appears when it begins, grows while its answer streams, and keeps
//! the edits that were made meanwhile. The list follows the newest call unless one has moved away from it.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::capture::CALLS;
use crate::completion::load::Loaded;
use crate::completion::{Completion, Origin};
use crate::display;
use crate::inspector::library::forwarding::{ForwardConsent, Forwarded, Forwarding};
use crate::json::Position;

/// Lines of the command's output that are kept. Chosen.
const LINES: usize = 5_000;
/// Bytes of the command's output that are kept. Chosen.
const OUTPUT: usize = 4 << 20;

/// Calls that are kept in the list unless something else is said. Chosen.
pub const KEEP: usize = 1_000;

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
    /// What was delivered, by generation.
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

/// Generations that are kept until the other side of them comes. Chosen: far more than are under way at once.
const WAITING: usize = 10_000;
/// Bytes of deliveries that are kept until their calls come. Chosen.
const WAITING_BYTES: usize = 64 << 20;

/// Calls and deliveries by the generation that they are about, so that whichever comes second joins the first.
#[derive(Debug, Clone, Default)]
pub struct ArrivedDeliveries {
    calls: HashMap<Arc<str>, Origin>,
    delivered: HashMap<Arc<str>, Arc<Completion>>,
    order: VecDeque<Arc<str>>,
    /// Bytes of what was delivered.
    bytes: usize,
}

/// Bytes that a delivery takes.
fn size(delivery: &Completion) -> usize {
    delivery.document().text().len()
}

impl ArrivedDeliveries {
    /// Takes note of the call of a generation.
    pub fn put_call(&mut self, id: &str, origin: &Origin) {
        if self.calls.get(id) != Some(origin) {
            let id = self.name(id);
            self.calls.insert(id, origin.clone());
        }
    }

    /// Takes note of a delivery.
    pub fn put(&mut self, id: &str, delivery: Arc<Completion>) {
        let id = self.name(id);
        self.bytes += size(&delivery);
        if let Some(before) = self.delivered.insert(id, delivery) {
            self.bytes -= size(&before);
        }
        let order = self.order.iter();
        let mut oldest = order.filter(|id| self.delivered.contains_key(*id));
        let mut gone = Vec::new();
        let mut left = self.bytes;
        while left > WAITING_BYTES
            && let Some(id) = oldest.next()
        {
            left -= self.delivered.get(id).map_or(0, |delivery| size(delivery));
            gone.push(Arc::clone(id));
        }
        gone.iter().for_each(|id| self.let_go(id));
    }

    /// Lets the delivery of a generation go: it is part of its call, or of a row that went. That it came stays known.
    pub fn let_go(&mut self, id: &str) {
        if let Some(gone) = self.delivered.remove(id) {
            self.bytes -= size(&gone);
        }
    }

    /// Where the call of a generation stands.
    pub fn call(&self, id: &str) -> Option<&Origin> {
        self.calls.get(id)
    }

    /// The delivery of a generation.
    pub fn delivery(&self, id: &str) -> Option<&Arc<Completion>> {
        self.delivered.get(id)
    }

    fn name(&mut self, id: &str) -> Arc<str> {
        let known = self.calls.get_key_value(id).map(|(name, _)| name);
        let known = known.or_else(|| Some(self.delivered.get_key_value(id)?.0));
        if let Some(name) = known {
            return Arc::clone(name);
        }
        let name: Arc<str> = Arc::from(id);
        self.order.push_back(Arc::clone(&name));
        if self.order.len() > WAITING
            && let Some(oldest) = self.order.pop_front()
        {
            self.calls.remove(&oldest);
            self.let_go(&oldest);
        }
        name
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
    /// In how many lines each is shown, at a width.
    shown: (usize, VecDeque<usize>),
}

impl Output {
    pub(crate) fn push(&mut self, is_error: bool, text: String) {
        self.bytes += text.len();
        if self.shown.0 > 0 {
            let rows = display::wrap(&text, self.shown.0).len();
            self.shown.1.push_back(rows);
        }
        self.lines.push_back((is_error, text.into()));
        while self.lines.len() > LINES || self.bytes > OUTPUT {
            let Some((_, gone)) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= gone.len();
            self.dropped += 1;
            self.shown.1.pop_front();
        }
    }

    /// Wraps the lines at a width, where that was not done yet: to do so whenever they are shown takes long.
    pub(crate) fn wrap_at(&mut self, width: usize) {
        if self.shown.0 != width {
            self.shown = (width, self.rows(width).into_owned());
        }
    }

    /// In how many lines each of them is shown at a width.
    pub(crate) fn rows(&self, width: usize) -> Cow<'_, VecDeque<usize>> {
        match &self.shown {
            (wrapped_at, rows) if *wrapped_at == width => Cow::Borrowed(rows),
            _ => {
                let lines = self.lines.iter();
                let rows = lines.map(|(_, text)| display::wrap(text, width).len());
                Cow::Owned(rows.collect())
            }
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
