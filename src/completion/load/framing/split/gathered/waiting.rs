//! Requests whose response has not come.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::completion::generation_id;
use crate::completion::load::consecutive::{self, Asked, Before, CallIds, Conversation};
use crate::completion::load::logs::wrapped::{self, Continuation};
use crate::completion::load::logs::{asked, chunk};
use crate::completion::load::signs::{self, Signs};
use crate::completion::load::streams::{chunks, sse};

use super::super::sources::Sources;
use super::BegunInLog;
use super::open::LoggedRun;

/// Requests of a log that were seen to wait at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load::framing) struct WaitingRequests {
    /// Whether the last record is a request by itself.
    is_last: bool,
    /// How many wait, once something else stood behind one.
    count: usize,
    /// What the last request asks, as a number.
    asks: u64,
    /// The number of its conversation, and whose that is.
    conversation: Conversation,
    /// Records behind the last request or answer.
    between: usize,
    /// What the sources of the log have open.
    pub(in crate::completion::load::framing::split) sources: Box<Sources>,
    /// Bytes of the records that several are, and those that were looked at in vain for the rest of them.
    gathered: usize,
    in_vain: usize,
    /// What stood last, and the latest answer.
    before: Before,
    /// Which call the last request is of, and which those are of that wait before it.
    call: CallIds,
    calls: CallIds,
}

/// So many records behind it, nobody waits any more for an answer that was not logged.
const MOST_BETWEEN: usize = 64;

impl WaitingRequests {
    /// Those of what stands within so many wrappings.
    pub(in crate::completion::load::framing) fn at_level(level: u8) -> WaitingRequests {
        WaitingRequests {
            sources: Box::new(Sources::at_level(level)),
            ..WaitingRequests::default()
        }
    }

    /// What stands before the next record.
    pub(super) fn before(&self) -> Before {
        self.before
    }

    /// Takes note of a record that is no request, and may be an answer or the beginning of one.
    pub(super) fn saw_answer(&mut self, record: &[u8]) {
        static OF_ID: Signs<4> = Signs::of([
            "\"id\":\"gen-",
            "\"id\": \"gen-",
            "\"id\\\":\\\"gen-",
            "\"id\\\": \\\"gen-",
        ]);
        let began = generation_id::began_in(record).filter(|_| OF_ID.any_in(record));
        self.before = Before {
            latest: began,
            is_answer: began.is_some(),
        };
    }

    /// Takes a record in, and what it asks; the same, where others wait with it, as far as anything can tell its answer.
    pub(super) fn asks(&mut self, record: &[u8], asked: Option<Asked>) -> Option<Asked> {
        match self.has_others(record, asked.as_ref()) {
            true => asked?.among_others(&self.calls),
            false => asked,
        }
    }

    /// Whether it is a request and others wait with it.
    fn has_others(&mut self, record: &[u8], asked: Option<&Asked>) -> bool {
        let is_request = asked.is_some();
        match is_request {
            true => self.before = Before::default(),
            false => self.saw_answer(record),
        }
        let was_last = std::mem::replace(&mut self.is_last, is_request);
        if was_last && self.count == 0 {
            // The one before waits as well, whatever stands between.
            (self.count, self.between) = (1, 0);
        }
        if let Some(asked) = asked {
            // Gateways log what they got and what they send on, perhaps with another model and more settings: the later one
            // waits in place of the earlier one.
            let (asks, conversation) = (number_of(record), asked.conversation());
            let is_rewritten =
                self.conversation.may_be(&conversation) && asked.call().is_same(&self.call);
            let is_same = std::mem::replace(&mut self.asks, asks) == asks || is_rewritten;
            self.conversation = conversation;
            let before = std::mem::replace(&mut self.call, asked.call().clone());
            match self.count {
                0 => self.calls = CallIds::default(),
                _ if is_same => {}
                _ => self.calls.add(before),
            }
            self.count -= usize::from(is_same && self.count > 0);
        }
        if is_request && self.count > 0 {
            self.count += 1;
            self.between = 0;
            return true;
        }
        if self.count > 0 && !is_request {
            self.between += 1;
            let is_answer = consecutive::is_answer(record) || begins_stream(record);
            if is_answer || (self.count == 1 && names_answer(record)) {
                self.count -= 1;
                self.between = 0;
                self.calls.take_out(&CallIds::of(record));
            } else if self.between > MOST_BETWEEN
                || consecutive::tells_trouble(record)
                || self.count == 1 && consecutive::tells_no_answer(record)
            {
                // What failed is answered no more.
                self.count = 0;
            }
        }
        false
    }

    /// Whether no request waits, and the last record is none.
    pub(in crate::completion::load::framing::split) fn are_none(&self) -> bool {
        self.count == 0 && !self.is_last
    }

    /// A record of several was cut, so many bytes of which were looked at.
    pub(in crate::completion::load::framing) fn looked_ahead(&mut self, end: usize, at: usize) {
        self.gathered += end;
        self.in_vain += at.saturating_sub(end);
    }

    /// How many others may stand between two of a stream: what a busy server writes while the stream pauses, unless that much
    /// was looked at in vain before that the time would not stay linear.
    pub(super) fn most_between(&self, usual: usize) -> usize {
        /// Others behind one.
        const LONGEST_PAUSE: usize = 1 << 14;
        /// Bytes that are looked at in vain, and how often those of what was found.
        const FREELY: usize = 1 << 21;
        const TIMES: usize = 4;
        match self.in_vain <= FREELY + TIMES * self.gathered {
            true => LONGEST_PAUSE,
            false => usual,
        }
    }

    /// The last request has its answer.
    pub(in crate::completion::load::framing) fn answered(&mut self) {
        self.is_last = false;
        self.count = self.count.saturating_sub(1);
        self.call = CallIds::default();
    }
}

/// What a request asks, whatever words stand before it.
fn number_of(record: &[u8]) -> u64 {
    let start = memchr::memchr(b'{', record).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    record[start..].trim_ascii_end().hash(&mut hasher);
    hasher.finish()
}

/// Whether a record is a stream, or the first piece of one.
fn begins_stream(record: &[u8]) -> bool {
    let text = std::str::from_utf8(record).unwrap_or_default();
    sse::is_transcript(text) || chunks::is_one(record) || chunk::json_of(record).is_some()
}

/// Whether there is an answer in a record, in whatever form.
fn names_answer(record: &[u8]) -> bool {
    static SIGNS: Signs<2> = Signs::of(["choices\"", "choices\\\""]);
    !asked::shows_whole_sample(record) && (SIGNS.any_in(record) || signs::names_generation(record))
}

/// A request that waits for its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load::framing::split) struct LoneRequest {
    pub(super) asked: Asked,
    pub(in crate::completion::load::framing::split) is_line: bool,
    pub(super) is_answered: bool,
    /// Whether the chunks of a stream answer it.
    pub(super) has_stream: bool,
    /// The id of that stream, where it has one.
    pub(super) id: Option<String>,
    /// Lines of a log's own words behind it.
    pub(super) words: usize,
}

impl LoneRequest {
    /// One that asks this, and fills its line or doesn't.
    pub(super) fn new(asked: Asked, is_line: bool) -> LoneRequest {
        LoneRequest {
            asked,
            is_line,
            is_answered: false,
            has_stream: false,
            id: None,
            words: 0,
        }
    }

    /// Takes a chunk of the stream that answers it, behind the last one.
    pub(super) fn take_chunk(&mut self, last: &[u8], record: &[u8]) -> bool {
        if self.has_stream && chunks::ends(last, record) {
            return true;
        }
        if !chunks::is_one(record) {
            return false;
        }
        let id = consecutive::id_of_chunk(record);
        let is_its = match self.has_stream {
            false => std::str::from_utf8(record)
                .is_ok_and(|chunk| self.asked.is_answered_by_stream(chunk)),
            true => id.is_none() || self.id.is_none() || id == self.id,
        };
        if is_its && !self.has_stream {
            (self.has_stream, self.id) = (true, id);
            self.is_line = false;
        }
        is_its
    }

    /// The stream that answers it, where a line of a log is the first of it and the rest stands in the lines behind.
    pub(super) fn logged_answer(&self, record: &[u8]) -> Option<BegunInLog> {
        let is_its = |text: &str| {
            self.asked.is_answered_by_stream(text) && self.asked.may_be_of_call(record)
        };
        if let Some((run, Continuation::Line(line, _))) = wrapped::LineRun::begin(record) {
            return is_its(&line).then_some((Some(run), None));
        }
        let (logged, text) = LoggedRun::begin(record)?;
        is_its(&text).then(|| (None, Some(Box::new(logged))))
    }
}
