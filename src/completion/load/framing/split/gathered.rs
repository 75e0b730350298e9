//! Records that are one together, as far as they have come.

use std::ops::Range;

use super::sources::{SourceStep, Sources};
use crate::completion::load::consecutive::{self, Asked};
use crate::completion::load::logs::asked::{self, AskedRun};
use crate::completion::load::logs::chunk::{self, Logged};
use crate::completion::load::logs::item_lines;
use crate::completion::load::logs::wrapped::{self, Continuation};
use crate::completion::load::signs;
use crate::completion::load::streams::{chunks, sse};

/// Records which are one together: the chunks of a stream, or its lines in records of a log, or its chunks in records with
/// their request; a request and its response. In bytes from the first one's beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct Gathered {
    /// Where the last of them ends.
    pub(in crate::completion::load::framing) end: usize,
    /// Where the last of them begins.
    last: usize,
    /// Where the last of them stands that logs a piece of a text completion.
    last_of_text: Range<usize>,
    /// Where the next record is looked for, behind others of the same log.
    pub(in crate::completion::load::framing) at: usize,
    run: Option<wrapped::LineRun>,
    logged: Option<Box<LoggedRun>>,
    asked: Option<AskedRun>,
    /// Records of other things since the last of them.
    between: usize,
    /// How many there may be while a stream has not said its end.
    most_between: usize,
    /// Whether they are strings, each of which is a line of a transcript.
    is_strings: bool,
    pub(super) request: Option<LoneRequest>,
    /// The transcript that the last of them is a piece of, where others may follow.
    transcript: Option<OpenTranscript>,
    /// Whether that has said its end.
    is_ended: bool,
    /// The last of a program's own words before what a stream has before its first chunk, where that has not come yet.
    word: Option<String>,
    /// What it is of where sources of a log have it.
    of_sources: OfSources,
}

/// A stream of which each chunk is logged on a line, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LoggedRun {
    of: Logged,
    /// Whether nothing but its chunks can be taken for them, whatever calls stand between: they name their generation, or
    /// each stream of its API begins with an event of its own.
    is_told: bool,
    /// Whether its last line says that it ends.
    is_ended: bool,
}

impl LoggedRun {
    fn begin(record: &[u8]) -> Option<(LoggedRun, String)> {
        let (of, text) = Logged::begin_with_text(record)?;
        let json = text.trim();
        let json = json.strip_prefix("data:").unwrap_or(json).trim();
        let id = consecutive::id_of_chunk(json.as_bytes());
        let is_chat = memchr::memmem::find(json.as_bytes(), b"\"choices\"").is_some();
        let is_told = id.is_some() || !is_chat;
        let run = LoggedRun {
            of,
            is_told,
            is_ended: chunk::says_end(record),
        };
        Some((run, text))
    }
}

/// A transcript whose end was not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OpenTranscript {
    /// The generation that it names.
    id: Option<String>,
    /// How many others may stand between it and what follows: the more, the longer it has gone on, so that the time stays
    /// linear.
    most_between: usize,
}

impl OpenTranscript {
    /// That which a record is.
    fn of(record: &[u8], is_line: bool) -> Option<OpenTranscript> {
        if is_line {
            return None;
        }
        let text = std::str::from_utf8(record).ok()?;
        let is_open = sse::is_transcript(text) && !is_ended(text);
        is_open.then(|| OpenTranscript {
            id: id_of(text),
            most_between: most_between(text),
        })
    }

    /// Whether a record goes on with it.
    fn takes(&self, record: &[u8], is_line: bool) -> bool {
        let Ok(text) = std::str::from_utf8(record) else {
            return false;
        };
        if is_line || !sse::is_transcript(text) {
            return false;
        }
        let id = id_of(text);
        !chunks::begins_another(text) && (id.is_none() || self.id.is_none() || id == self.id)
    }
}

/// Whether a line brings of a stream what is no chunk behind words that end with this one, or is a blank of it.
fn is_field(line: &[u8], word: &str) -> bool {
    chunk::word_of_field(line).is_some()
        || (!word.is_empty()
            && !line.contains(&b'{')
            && line.trim_ascii_end().ends_with(word.as_bytes()))
}

/// Whether a record is pieces of a transcript that brings chunks, on lines of their own.
fn is_chunks(record: &[u8], is_line: bool) -> bool {
    !is_line && memchr::memchr(b'{', record).is_some()
}

/// How many others may stand behind a piece of a transcript.
fn most_between(text: &str) -> usize {
    /// For each line.
    const MOST: usize = 64;
    /// Of all.
    const LONGEST: usize = 1 << 14;
    ((text.lines().count() + 1) * MOST).min(LONGEST)
}

/// Whether a transcript says its end.
fn is_ended(text: &str) -> bool {
    let mut data = text.lines().rev().filter_map(sse::data_of);
    data.next().is_some_and(|data| chunks::is_end(data.trim()))
}

/// Whether a stream names its generation at its beginning, as a transcript or with a chunk on each line.
pub(super) fn names_generation(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let first = text.lines().next().unwrap_or_default().trim();
    id_of(text).is_some()
        || chunk::json_of(first.as_bytes())
            .is_some_and(|json| consecutive::id_of_chunk(json.as_bytes()).is_some())
}

/// The generation that a transcript names at its beginning.
fn id_of(text: &str) -> Option<String> {
    /// Events that are looked at.
    const LOOKED_AT: usize = 4;
    let mut data = text.lines().filter_map(sse::data_of).take(LOOKED_AT);
    data.find_map(|data| consecutive::id_of_chunk(data.trim().as_bytes()))
}

/// Whether records are lines of a log's sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum OfSources {
    /// They are not.
    #[default]
    No,
    /// The first is one, and nothing goes on behind it.
    Alone,
    /// Something is open.
    Open,
    /// All that was open has ended.
    Whole,
}

/// A stream that began in a log's lines, in records of a log or not.
type BegunInLog = (Option<wrapped::LineRun>, Option<Box<LoggedRun>>);

/// Requests of a log that were seen to wait at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load::framing) struct WaitingRequests {
    /// Whether the last record is a request by itself.
    is_last: bool,
    /// How many wait, once two stood in a row.
    count: usize,
    /// Records behind the last request or answer.
    between: usize,
    /// What the sources of the log have open.
    sources: Box<Sources>,
    /// Bytes of the records that several are, and those that were looked at in vain for the rest of them.
    gathered: usize,
    in_vain: usize,
}

/// Of what programs write while they wait: ticks, beats, what an SDK tells beside the chunks.
const MOST_USUAL: usize = 16;

/// So many records behind it, nobody waits any more for an answer that was not logged.
const MOST_BETWEEN: usize = 64;

impl WaitingRequests {
    /// Those of what stands within so many wrappings.
    pub(super) fn at_level(level: u8) -> WaitingRequests {
        WaitingRequests {
            sources: Box::new(Sources::at_level(level)),
            ..WaitingRequests::default()
        }
    }

    /// Takes a record in; whether it is a request and others wait with it.
    fn has_others(&mut self, record: &[u8], is_request: bool) -> bool {
        let was_last = std::mem::replace(&mut self.is_last, is_request);
        if is_request && (was_last || self.count > 0) {
            // The first of two in a row waits as well.
            self.count = self.count.max(1) + 1;
            self.between = 0;
            return true;
        }
        if self.count > 0 && !is_request {
            self.between += 1;
            if consecutive::is_answer(record) {
                self.count -= 1;
                self.between = 0;
            } else if self.between > MOST_BETWEEN {
                self.count = 0;
            }
        }
        false
    }

    /// Whether no request waits, and the last record is none.
    fn are_none(&self) -> bool {
        self.count == 0 && !self.is_last
    }

    /// A record of several was cut, so many bytes of which were looked at.
    pub(super) fn looked_ahead(&mut self, end: usize, at: usize) {
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
    }
}

/// A request that waits for its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LoneRequest {
    asked: Asked,
    pub(super) is_line: bool,
    pub(super) is_answered: bool,
    /// Whether the chunks of a stream answer it.
    has_stream: bool,
    /// The id of that stream, where it has one.
    id: Option<String>,
    /// Lines of a log's own words behind it.
    words: usize,
}

impl LoneRequest {
    /// One that asks this, and fills its line or doesn't.
    fn new(asked: Asked, is_line: bool) -> LoneRequest {
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
    fn take_chunk(&mut self, last: &[u8], record: &[u8]) -> bool {
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
    fn logged_answer(&self, record: &[u8]) -> Option<BegunInLog> {
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

impl Gathered {
    /// Whether a record is none of several: nothing was gathered, nobody waits, and it shows that it is a whole sample.
    pub(in crate::completion::load::framing) fn is_apart(
        &self,
        waiting: &WaitingRequests,
        record: &[u8],
    ) -> bool {
        let is_new = self.end == 0 && self.at == 0 && self.request.is_none();
        is_new && waiting.are_none() && asked::shows_whole_sample(record)
    }

    /// Whether a record is a request whose response may follow. Where others wait, nobody can tell which one is answered.
    pub(in crate::completion::load::framing) fn asks(
        &mut self,
        waiting: &mut WaitingRequests,
        record: &[u8],
        is_line: bool,
    ) -> bool {
        // Of a source's line that is told already.
        if self.of_sources == OfSources::Alone {
            return false;
        }
        let asked = Asked::by(record);
        if waiting.has_others(record, asked.is_some()) {
            return false;
        }
        let Some(asked) = asked else {
            return false;
        };
        (self.end, self.at, self.last) = (record.len(), record.len(), 0);
        self.request = Some(LoneRequest::new(asked, is_line));
        true
    }

    /// Takes a record, if it is one of them or may stand between two.
    pub(in crate::completion::load::framing) fn take(
        &mut self,
        waiting: &mut WaitingRequests,
        bytes: &[u8],
        range: Range<usize>,
        start: usize,
        is_line: bool,
    ) -> bool {
        let ended = self.end;
        if let Some(is_taken) = self.take_of_sources(waiting, bytes, &range, start, is_line) {
            return is_taken;
        }
        self.most_between = waiting.most_between(MOST_USUAL);
        let is_taken = self.takes(bytes, range.clone(), start, is_line);
        if self.end != ended {
            self.last = range.start - start;
            if self.logged.is_some() && chunk::is_of_text(&bytes[range.clone()]) {
                self.last_of_text = range.start - start..range.end - start;
            }
        }
        is_taken
    }

    /// Takes a line of a log's source, or what stands between two. `None` where it is of nothing of the kind.
    fn take_of_sources(
        &mut self,
        waiting: &mut WaitingRequests,
        bytes: &[u8],
        range: &Range<usize>,
        start: usize,
        is_line: bool,
    ) -> Option<bool> {
        let record = &bytes[range.clone()];
        let end = range.end - start;
        if self.of_sources == OfSources::Open {
            let most = waiting.most_between(0);
            match waiting.sources.next(record, most) {
                SourceStep::Open => {}
                SourceStep::Done => self.of_sources = OfSources::Whole,
                SourceStep::Between => {
                    self.at = end;
                    return Some(true);
                }
                SourceStep::Behind => return Some(false),
            }
            (self.end, self.at) = (end, end);
            return Some(true);
        }
        if self.end > 0 || !is_line {
            return None;
        }
        let is_open = waiting.sources.begin(record)?;
        self.of_sources = OfSources::Alone;
        if is_open {
            self.of_sources = OfSources::Open;
            (self.end, self.at) = (end, end);
        }
        Some(is_open)
    }

    /// Whether nothing more belongs to it.
    pub(in crate::completion::load::framing) fn is_whole(&self) -> bool {
        self.of_sources == OfSources::Whole || self.is_exchange()
    }

    fn takes(&mut self, bytes: &[u8], range: Range<usize>, start: usize, is_line: bool) -> bool {
        let last = &bytes[start + self.last..start + self.end];
        let record = &bytes[range.clone()];
        if let Some(open) = &mut self.transcript {
            if self.is_ended {
                return false;
            }
            if !open.takes(record, is_line) {
                return self.may_stand_between(record, range.end - start, is_line);
            }
            let text = std::str::from_utf8(record).unwrap_or_default();
            open.id = open.id.take().or_else(|| id_of(text));
            open.most_between += most_between(text);
            self.between = 0;
            self.is_ended = is_ended(text);
            (self.end, self.at) = (range.end - start, range.end - start);
            return true;
        }
        if let Some(word) = &self.word {
            let goes_on = is_line && is_field(record, word);
            self.logged = LoggedRun::begin(record)
                .filter(|_| !goes_on && is_line)
                .map(|(run, _)| Box::new(run));
            if self.logged.is_some() {
                self.word = None;
            }
            if goes_on || self.logged.is_some() {
                (self.end, self.at) = (range.end - start, range.end - start);
            }
            return goes_on || self.logged.is_some();
        }
        if self.end == 0 && is_line {
            self.word = chunk::word_of_field(record).map(str::to_owned);
            if self.word.is_some() {
                (self.end, self.at) = (range.end - start, range.end - start);
                return true;
            }
        }
        if self.end == 0 {
            self.transcript = OpenTranscript::of(record, is_line);
            if self.transcript.is_some() {
                (self.end, self.at) = (range.end - start, range.end - start);
                return true;
            }
        }
        if let Some(request) = &mut self.request
            && self.run.is_none()
            && self.logged.is_none()
        {
            if request.take_chunk(last, record) {
                self.between = 0;
                (self.end, self.at) = (range.end - start, range.end - start);
                return true;
            }
            if request.has_stream {
                return self.may_stand_between(record, range.end - start, is_line);
            }
            if is_line && let Some(begun) = request.logged_answer(record) {
                request.is_line = false;
                (self.run, self.logged) = begun;
                (self.end, self.at) = (range.end - start, range.end - start);
                return true;
            }
            request.is_answered = request.asked.is_answered_by(record);
            self.transcript = OpenTranscript::of(record, is_line).filter(|_| request.is_answered);
            if self.transcript.is_some() {
                (request.is_answered, request.has_stream) = (false, true);
                request.is_line = false;
                (self.end, self.at) = (range.end - start, range.end - start);
                return true;
            }
            if request.is_answered {
                self.end = range.end - start;
                return true;
            }
            // Before its first chunk a stream may have comments, and each event a name.
            let message = chunk::message_of(record);
            let is_of_stream = is_line && chunk::is_field_behind_words(message.as_bytes());
            let are_words = is_of_stream
                || is_line
                    && request.words < consecutive::MOST_WORDS
                    && consecutive::are_words_between(message.as_bytes());
            request.words += usize::from(!is_of_stream);
            if are_words {
                self.at = range.end - start;
            }
            return are_words;
        }
        if self.is_strings || self.end == 0 && record.starts_with(b"\"") {
            self.is_strings = item_lines::is_line(record, self.end == 0);
            if self.is_strings {
                (self.end, self.at) = (range.end - start, range.end - start);
            }
            return self.is_strings;
        }
        if self.end == 0 && is_line {
            self.asked = AskedRun::begin(record);
            if self.asked.is_some() {
                (self.end, self.at) = (range.end - start, range.end - start);
                return true;
            }
        }
        if let Some(asked) = &mut self.asked {
            match asked.take(record) {
                _ if !is_line => return false,
                Continuation::Line(..) => {
                    (self.end, self.at) = (range.end - start, range.end - start);
                }
                Continuation::Open(..) | Continuation::Between => self.at = range.end - start,
                Continuation::Not => return false,
            }
            return true;
        }
        let belongs = match &mut self.run {
            Some(_) if !is_line => Continuation::Not,
            Some(run) => run.take(record),
            None if self.logged.is_none() && chunks::is_one(record) => match self.between {
                0 => Continuation::Line(String::new(), 0),
                _ if chunks::goes_on(last, record) => Continuation::Line(String::new(), 0),
                _ => return false,
            },
            None if self.end > 0 && self.logged.is_none() && chunks::is_beside(record) => {
                Continuation::Line(String::new(), 0)
            }
            None if self.end == 0 && is_line => match wrapped::LineRun::begin(record) {
                Some((run, line)) => {
                    self.run = Some(run);
                    line
                }
                None => Continuation::Not,
            },
            None => Continuation::Not,
        };
        match belongs {
            Continuation::Not if self.run.is_some() => return false,
            Continuation::Not
                if self.logged.is_some()
                    && (is_chunks(record, is_line) || self.begins_another(last, record)) =>
            {
                return false;
            }
            Continuation::Not if self.ends_text(bytes, start, record) => {
                self.between = 0;
                (self.end, self.at) = (range.end - start, range.end - start);
            }
            Continuation::Not if !self.goes_on(last, record) => {
                let is_other = self.is_other(record);
                return self.end > 0
                    && is_other
                    && self.may_stand_between(record, range.end - start, is_line);
            }
            Continuation::Line(..) | Continuation::Not => {
                self.between = 0;
                (self.end, self.at) = (range.end - start, range.end - start);
            }
            Continuation::Open(..) | Continuation::Between => self.at = range.end - start,
        }
        true
    }

    /// Whether a record logs the last chunk of the text completion whose others stand before it.
    fn ends_text(&self, bytes: &[u8], start: usize, record: &[u8]) -> bool {
        let last = start + self.last_of_text.start..start + self.last_of_text.end;
        !last.is_empty() && chunk::is_last_behind(&bytes[last], record)
    }

    /// Whether a line behind something else is a chunk of another stream than the lines before it.
    fn begins_another(&self, last: &[u8], record: &[u8]) -> bool {
        // The last one may be long, and much may stand behind it.
        self.between > 0
            && chunk::json_of(record).is_some_and(|next| {
                chunk::json_of(last)
                    .is_some_and(|last| !chunks::goes_on(last.as_bytes(), next.as_bytes()))
            })
    }

    /// Whether a line may stand between two of a stream that a log's lines bring: it is no call that the chunks behind it may
    /// be of.
    fn is_other(&self, record: &[u8]) -> bool {
        let is_of_another = || std::str::from_utf8(record).is_ok_and(chunk::is_of_another);
        let logged = self.logged.as_ref();
        logged.is_none_or(|logged| logged.is_told || !is_of_another())
    }

    /// Whether a record of something else, which ends here, may stand between two chunks of a stream: nothing of a completion
    /// is lost with it.
    fn may_stand_between(&mut self, record: &[u8], end: usize, is_line: bool) -> bool {
        const LONGEST: usize = 1 << 14;
        let most = match (&self.transcript, &self.logged) {
            (Some(open), _) => open.most_between.max(self.most_between),
            (None, Some(logged)) if !logged.is_ended => self.most_between,
            (None, _) => MOST_USUAL,
        };
        let is_other = is_line
            && self.between < most
            && record.len() <= LONGEST
            && (self.logged.is_some() || !signs::may_hold_completion(record));
        if is_other {
            self.between += 1;
            self.at = end;
        }
        is_other
    }

    /// Whether it is a request with the stream that answers it, as far as that has come.
    pub(in crate::completion::load::framing) fn is_answered(&self) -> bool {
        let is_logged = self.run.is_some() || self.logged.is_some();
        let request = self.request.as_ref();
        request.is_some_and(|request| request.has_stream || is_logged)
    }

    /// Whether it is a request with its response, so that nothing more belongs to it.
    pub(in crate::completion::load::framing) fn is_exchange(&self) -> bool {
        let request = self.request.as_ref();
        request.is_some_and(|request| request.is_answered)
    }

    /// Whether a record that is no chunk goes on with the last one before it, or is the first of several that log
    /// the chunks of a stream.
    fn goes_on(&mut self, last: &[u8], record: &[u8]) -> bool {
        if self.end == 0 {
            self.logged = LoggedRun::begin(record).map(|(run, _)| Box::new(run));
            return self.logged.is_some();
        }
        match &mut self.logged {
            Some(logged) => {
                let takes = logged.of.takes(record);
                if takes && record.contains(&b'{') {
                    logged.is_ended = chunk::says_end(record);
                } else if takes {
                    logged.is_ended |= chunk::says_end(record);
                }
                takes
            }
            None => chunks::ends(last, record),
        }
    }
}
