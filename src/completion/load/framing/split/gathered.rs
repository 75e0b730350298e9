//! Records that are one together, as far as they have come.

mod open;
mod waiting;

use std::ops::Range;

pub(super) use self::open::names_generation;
use self::open::{LoggedRun, OpenTranscript, id_of, is_chunks, is_ended, is_field, most_between};
use self::waiting::LoneRequest;
pub(in crate::completion::load::framing) use self::waiting::WaitingRequests;
use super::sources::SourceStep;
use crate::completion::load::consecutive::{self, Asked};
use crate::completion::load::logs::asked::{self, AskedRun};
use crate::completion::load::logs::chunk;
use crate::completion::load::logs::item_lines;
use crate::completion::load::logs::quoted_pieces::QuotedRun;
use crate::completion::load::logs::wrapped::{self, Continuation};
use crate::completion::load::signs;
use crate::completion::load::streams::chunks;

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
    /// The text completions of which chunks stand among them.
    texts: Vec<String>,
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
    /// The stream of which each of them holds a piece in quotes.
    quoted: Option<QuotedRun>,
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

/// Of what programs write while they wait: ticks, beats, what an SDK tells beside the chunks.
const MOST_USUAL: usize = 16;

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
        let before = waiting.before();
        let asked = Asked::by(record).map(|asked| asked.behind(before));
        let Some(asked) = waiting.asks(record, asked) else {
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
            let record = &bytes[range.clone()];
            if ended == 0 {
                waiting.saw_answer(record);
            }
            if chunk::is_of_text(record) {
                match self.logged {
                    Some(_) => self.last_of_text = range.start - start..range.end - start,
                    None => self.note_text(record),
                }
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
            if is_line
                && !consecutive::holds_stream(record)
                && let Some(begun) = request.logged_answer(record)
            {
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
                    && !request.asked.is_behind_answer()
                    && request.words < consecutive::MOST_WORDS
                    && consecutive::are_words_between(message.as_bytes());
            request.words += usize::from(!is_of_stream);
            if are_words {
                request.asked.interrupt(record);
            }
            if are_words {
                self.at = range.end - start;
            }
            return are_words;
        }
        if self.is_strings || self.end == 0 && record.starts_with(b"\"") {
            self.is_strings = item_lines::is_line(record, self.end == 0);
            if !self.is_strings && self.end == 0 {
                self.quoted = QuotedRun::begin(record);
            }
            let is_taken = self.is_strings || self.quoted.is_some();
            if is_taken {
                (self.end, self.at) = (range.end - start, range.end - start);
            }
            return is_taken;
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
        if let Some(run) = &self.quoted {
            return run.takes(record);
        }
        if self.end == 0 {
            self.logged = LoggedRun::begin(record).map(|(run, _)| Box::new(run));
            if self.logged.is_none() {
                self.quoted = QuotedRun::begin(record);
            }
            return self.logged.is_some() || self.quoted.is_some();
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
            None => chunks::ends(last, record) || self.ends_one_of_texts(record),
        }
    }

    /// Takes note of a chunk of a text completion.
    fn note_text(&mut self, record: &[u8]) {
        const MOST: usize = 64;
        if self.texts.len() < MOST
            && chunks::is_one(record)
            && let Some(id) = consecutive::id_of_chunk(record)
            && !self.texts.contains(&id)
        {
            self.texts.push(id);
        }
    }

    /// Whether a record is the last chunk of a text completion, which looks like a whole one, where those of several stand by
    /// turns.
    fn ends_one_of_texts(&self, record: &[u8]) -> bool {
        !self.texts.is_empty()
            && chunk::is_of_text(record)
            && consecutive::id_of_chunk(record).is_some_and(|id| self.texts.contains(&id))
    }
}
