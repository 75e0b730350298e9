//! Lines that log the chunks of a stream, one a line: behind words, in the JSON of a container's log, in a record
//! of a program's own.

use std::borrow::Cow;

use super::log_prefix::{self, LoggedText, Prefix};
use super::quoted;
use crate::completion::load::consecutive;
use crate::completion::load::exchange::{python_bytes, python_text};
use crate::completion::load::framing;
use crate::completion::load::signs::{self, Signs};
use crate::completion::load::streams::{chunks, sse};
use crate::json::{Kind, Limits, Value};

/// A stream of which each chunk is logged on a line, told by its first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::completion::load) struct Logged {
    /// What tells its lines from those of another.
    pub source: String,
    /// Whether its chunks are events of a transcript: `data: {…}`.
    pub is_event: bool,
    /// The last of a program's own words before each event: `recv:`.
    word: String,
}

impl Logged {
    /// The stream that a record is the first line of.
    pub fn begin(record: &[u8]) -> Option<Logged> {
        Some(Logged::begin_with_text(record)?.0)
    }

    /// The same, with what the line logs of it.
    pub fn begin_with_text(record: &[u8]) -> Option<(Logged, String)> {
        if signs::begins_as_sample(record) || !may_hold_pieces(record) {
            return None;
        }
        // What has its request with it is an exchange of its own.
        if record.starts_with(b"{") && consecutive::has_request(record) {
            return None;
        }
        let chunk = Chunk::of(std::str::from_utf8(record).ok()?)?;
        Some((chunk.of, chunk.rest.text().to_owned()))
    }

    /// Whether a record is its next line.
    pub fn takes(&self, record: &[u8]) -> bool {
        std::str::from_utf8(record).is_ok_and(|line| match Chunk::of(line) {
            Some(chunk) => chunk.of == *self,
            None => self.goes_on_with(&log_prefix::of(line).unwrap_or_else(|| Prefix::none(line))),
        })
    }

    /// What ends a line in the stream's text.
    pub fn end_of_line(&self) -> &'static str {
        match self.is_event {
            true => "\n\n",
            false => "\n",
        }
    }

    /// Whether a line of the same log is of the transcript and no chunk: its end, an event's name, a comment, a
    /// blank.
    pub fn goes_on_with(&self, prefix: &Prefix<'_>) -> bool {
        if !self.is_event || prefix.source != self.source {
            return false;
        }
        let text = without_mark(prefix.rest.text().trim());
        let text = text.trim_end_matches(['\'', '"']).trim_end();
        let is_blank = text.is_empty()
            || (!self.word.is_empty() && text.ends_with(&self.word) && !text.contains('{'));
        let name = text.rsplit_once("event: ").map(|(_, name)| name);
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.'))
        };
        is_blank
            || [":", "event:"].iter().any(|field| text.starts_with(field))
            || ["data: [DONE]", sse::PROCESSING]
                .iter()
                .any(|field| text.ends_with(field))
            || name.is_some_and(is_name)
    }

    /// What a line that the stream goes on with has of it: the field behind a program's own words, a blank where there is
    /// nothing but those.
    pub fn field<'t>(&self, rest: &LoggedText<'t>) -> LoggedText<'t> {
        let LoggedText::Verbatim(text) = rest else {
            return rest.clone();
        };
        let fields = ["data: [DONE]", sse::PROCESSING, "event: "];
        let at = fields.iter().find_map(|field| text.rfind(field));
        let end = text.trim_end_matches(['\'', '"', ' ', '\r']).len();
        match at {
            Some(at) if at <= end && end == text.len() => LoggedText::Verbatim(&text[at..]),
            Some(at) if at <= end => LoggedText::Held(at, text[at..end].to_owned()),
            _ if self.word.is_empty() => rest.clone(),
            _ => LoggedText::Verbatim(&text[text.len()..]),
        }
    }

    /// A stream of chunks without words of a program's own.
    pub fn new(source: String, is_event: bool) -> Logged {
        Logged {
            source,
            is_event,
            word: String::new(),
        }
    }
}

/// Whether a line is a chunk as an event of a transcript behind words of a log's own, where each line of the stream has such
/// words.
pub(in crate::completion::load) fn is_behind_words(line: &[u8]) -> bool {
    let is_field = [b"data:".as_slice(), b"event:", b":"]
        .iter()
        .any(|field| line.starts_with(field));
    let is_last = || {
        let line = std::str::from_utf8(line).ok()?;
        Some(Chunk::last_of_text(line)?.of.is_event)
    };
    let begun = || Logged::begin(line).map(|logged| logged.is_event);
    !is_field && begun().or_else(is_last).unwrap_or_default()
}

/// The JSON of the chunk that a line logs.
pub(in crate::completion::load) fn json_of(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    let chunk = Chunk::of(line).or_else(|| Chunk::last_of_text(line))?;
    Some(chunk.json().to_owned())
}

/// Whether a line brings the end of a stream: its mark, its API's last event, or in chat the tokens, which come last.
pub(in crate::completion::load) fn says_end(line: &[u8]) -> bool {
    static ENDS: Signs<5> = Signs::of([
        "data: [DONE]",
        "message_stop",
        "response.completed",
        "response.incomplete",
        "response.failed",
    ]);
    static TOKENS: Signs<2> = Signs::of(["\"completion_tokens\"", "\\\"completion_tokens\\\""]);
    ENDS.any_in(line) || TOKENS.any_in(line)
}

/// Whether a line may log a piece of a text completion.
pub(in crate::completion::load) fn is_of_text(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"text_completion").is_some()
}

/// Whether a record logs the last chunk of the text completion that the one before it logs.
pub(in crate::completion::load) fn is_last_behind(before: &[u8], record: &[u8]) -> bool {
    match (std::str::from_utf8(before), std::str::from_utf8(record)) {
        (Ok(before), Ok(record)) => ends_text(before, record),
        _ => false,
    }
}

/// Whether a line logs the last chunk of the text completion that the line before it logs, which looks like a whole one.
pub(in crate::completion::load) fn ends_text(before: &str, line: &str) -> bool {
    if !is_of_text(line.as_bytes()) || !is_of_text(before.as_bytes()) {
        return false;
    }
    let json = |chunk: Chunk<'_>| {
        let text = chunk.rest.text().trim();
        let bare = text.strip_prefix("data:").unwrap_or(text).trim();
        (bare.to_owned(), chunk.of)
    };
    // Tokens are counted behind the chunk that says how it ended, by one that says that again.
    let named_end = || Chunk::last_of_text(before).filter(|end| end.id().is_some());
    match (
        Chunk::of(before).or_else(named_end).map(json),
        Chunk::last_of_text(line).map(json),
    ) {
        (Some((before, of)), Some((last, same))) => {
            of == same && chunks::ends(before.as_bytes(), last.as_bytes())
        }
        _ => false,
    }
}

/// Whether a line of a log brings of a transcript what is no data: a comment, an event's name.
pub(in crate::completion::load) fn is_field_behind_words(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(|line| word_before_field(line).is_some())
}

/// The last of the words before what a stream has before its first chunk, where a line brings that.
pub(in crate::completion::load) fn word_of_field(line: &[u8]) -> Option<&str> {
    if matches!(line.first(), Some(b'{' | b'"')) || line.last() == Some(&b'}') {
        return None;
    }
    let line = std::str::from_utf8(line).ok()?;
    word_before_field(line).filter(|_| !line.starts_with(['{', '"']) && !sse::is_transcript(line))
}

/// What a record says: the message of a container's log, or the record itself.
pub(in crate::completion::load) fn message_of(record: &[u8]) -> Cow<'_, str> {
    let line = std::str::from_utf8(record).unwrap_or_default();
    match log_prefix::of(line).filter(|_| line.starts_with('{')) {
        Some(prefix) => Cow::Owned(prefix.rest.text().to_owned()),
        None => Cow::Borrowed(line),
    }
}

/// The last of the words before a comment or an event's name of a transcript, on a line that brings one.
pub(super) fn word_before_field(line: &str) -> Option<&str> {
    let line = line.trim_end().trim_end_matches(['\'', '"']);
    if line.contains('{') {
        return None;
    }
    let is_name = |name: &str| {
        let starts = ["message_", "content_block_", "response.", "ping"];
        starts.iter().any(|start| name.starts_with(start)) && !name.contains(' ')
    };
    let words = match line.strip_suffix(sse::PROCESSING) {
        Some(words) => words,
        None => {
            line.rsplit_once("event: ")
                .filter(|(_, name)| is_name(name))?
                .0
        }
    };
    Some(words.split_whitespace().next_back().unwrap_or_default())
}

/// The event of a transcript with a chunk in it that stands behind words of a program's own, perhaps in quotes, where a
/// brace is the first one of a line: the event, and the last of those words.
fn event_behind_words(
    line: &str,
    brace: usize,
    kind: ChunkKind,
) -> Option<(LoggedText<'_>, String)> {
    let before = line[..brace].trim_end();
    let at = before.len() - before.ends_with("data:").then_some("data:".len())?;
    let words = &line[..at];
    let mark = words
        .chars()
        .next_back()
        .filter(|c| matches!(c, '\'' | '"'));
    let text = match mark {
        None => LoggedText::Verbatim(&line[at..]),
        Some(mark) => {
            let inside = line[at..].trim_end().strip_suffix(mark)?;
            let is_of_bytes = words[..words.len() - 1].ends_with('b');
            let text = match is_of_bytes {
                true => String::from_utf8(python_bytes(inside)).ok()?,
                false => python_text(inside),
            };
            LoggedText::Held(at, text)
        }
    };
    let words = without_mark(words.trim_end_matches(['\'', '"']));
    let word = words.split_whitespace().next_back().unwrap_or_default();
    let json = text.text().trim().strip_prefix("data:")?;
    kind.is(json.trim()).then(|| (text, word.to_owned()))
}

/// A line without the mark of a comment or of a patch.
fn without_mark(line: &str) -> &str {
    let marks = ["//", "#", "+", "--"];
    let bare = line.trim_start();
    let mark = marks.iter().find_map(|mark| bare.strip_prefix(mark));
    mark.map_or(line, str::trim_start)
}

/// How far into a record a chunk that it holds shows itself.
const SHOWS_WITHIN: usize = 2048;
/// The same of one that stands behind words.
const SHOWS_BEHIND_WORDS: usize = 1 << 13;

/// A quick look whether a record may be a line of a container's log, or hold a piece of a stream.
pub(super) fn may_hold_pieces(record: &[u8]) -> bool {
    static SIGNS: Signs<9> = Signs::of([
        "text_completion",
        "\"log\"",
        "\"MESSAGE\"",
        "chat.completion.chunk",
        "data: {",
        "data:{",
        "content_block",
        "message_",
        "\"response.",
    ]);
    let within = match record.first() {
        Some(b'{') => SHOWS_WITHIN,
        _ => SHOWS_BEHIND_WORDS,
    };
    SIGNS.any_in(&record[..record.len().min(within)])
}

/// A line that logs one chunk of a stream, as an event of a transcript or as JSON alone.
pub(super) struct Chunk<'t> {
    /// The stream that it is of.
    pub of: Logged,
    /// What is logged of it.
    pub rest: LoggedText<'t>,
}

impl<'t> Chunk<'t> {
    /// The chunk that a line logs.
    pub fn of(line: &'t str) -> Option<Chunk<'t>> {
        Chunk::read(line, ChunkKind::Any)
    }

    /// The chunk that a line logs and that may be the last one of a text completion.
    pub fn last_of_text(line: &'t str) -> Option<Chunk<'t>> {
        Chunk::read(line, ChunkKind::LastOfText)
    }

    /// The generation that it names.
    pub fn id(&self) -> Option<String> {
        consecutive::id_of_chunk(self.json().as_bytes())
    }

    /// It without what a transcript has around it.
    pub fn json(&self) -> &str {
        let text = self.rest.text().trim();
        text.strip_prefix("data:").unwrap_or(text).trim()
    }

    fn read(line: &'t str, kind: ChunkKind) -> Option<Chunk<'t>> {
        if line.starts_with('{') && log_prefix::of(line).is_none() {
            return Chunk::in_record(line, kind);
        }
        let prefix = log_prefix::of(line);
        let source = prefix.as_ref().map(|prefix| prefix.source.to_string());
        let source = source.unwrap_or_default();
        if let Some(prefix) = prefix {
            let is_event = is_event(prefix.rest.text());
            if is_event || kind.is(prefix.rest.text().trim()) {
                return Some(Chunk {
                    of: Logged::new(source, is_event),
                    rest: prefix.rest,
                });
            }
            if let LoggedText::Held(at, text) = prefix.rest {
                return Chunk::behind_words_held(source, at, &text, kind);
            }
        }
        // Behind words of a program's own, which a transcript's field is not.
        if line.trim_start().starts_with("data:") {
            return None;
        }
        let brace = begin_of_json(line).filter(|at| *at > 0)?;
        let rest = line[brace..].trim_end();
        if let Some((rest, word)) = event_behind_words(line, brace, kind) {
            let of = Logged {
                word,
                ..Logged::new(source, true)
            };
            return Some(Chunk { of, rest });
        }
        if kind.is(rest) {
            return Some(Chunk {
                of: Logged::new(source, false),
                rest: LoggedText::Verbatim(&line[brace..]),
            });
        }
        Chunk::in_quotes(&source, line, brace, kind).or_else(|| {
            let found = Chunk::in_record(rest, kind)?;
            let of = Logged::new(source, found.of.is_event);
            let LoggedText::Held(at, text) = found.rest else {
                return None;
            };
            let rest = LoggedText::Held(brace + at, text);
            Some(Chunk { of, rest })
        })
    }

    /// The chunk that stands in quotes behind words, as logfmt has it: `msg="{\"id\":…}"`.
    fn in_quotes(source: &str, line: &str, brace: usize, kind: ChunkKind) -> Option<Chunk<'t>> {
        if !line[..brace].ends_with('"') || !line[brace + 1..].starts_with('\\') {
            return None;
        }
        let (range, string) = quoted::around(line, brace, Limits::default())?;
        let text = string.root().str()?;
        let text = text.trim();
        kind.is(text).then(|| Chunk {
            of: Logged::new(source.to_owned(), false),
            rest: LoggedText::Held(range.start, text.to_owned()),
        })
    }

    /// The chunk that a container's record holds behind words of a program's own.
    fn behind_words_held(
        source: String,
        at: usize,
        text: &str,
        kind: ChunkKind,
    ) -> Option<Chunk<'t>> {
        let brace = begin_of_json(text).filter(|at| *at > 0)?;
        let json = text[brace..].trim_end();
        let is_event = text[..brace].trim_end().ends_with("data:");
        (!is_event && kind.is(json)).then(|| Chunk {
            of: Logged::new(source, false),
            rest: LoggedText::Held(at, json.to_owned()),
        })
    }

    /// A record with one chunk in it, as it is or in a string, and nothing else that could be of a completion.
    fn in_record(line: &'t str, kind: ChunkKind) -> Option<Chunk<'t>> {
        if !may_hold_pieces(line.as_bytes()) || chunks::is_one(line.trim_end().as_bytes()) {
            return None;
        }
        let doc = framing::document(line.as_bytes())?;
        let (rest, is_event) = doc
            .root()
            .children()
            .find_map(|member| held(member, kind))?;
        let at = |rest: &LoggedText<'_>| match rest {
            LoggedText::Held(at, _) => *at,
            LoggedText::Verbatim(_) => 0,
        };
        const PARTS: [&str; 5] = ["messages", "prompt", "input", "request", "response"];
        let is_other = |member: Value<'_>| {
            let key = member.raw_key().unwrap_or_default();
            let raw = member.raw();
            !member.span().contains(&at(&rest))
                && key != "snapshot"
                && (member.kind().is_container() || raw.contains('{'))
                && (PARTS.contains(&key) || signs::names_parts(raw) || names_prompt(raw))
        };
        if doc.root().children().any(is_other) {
            return None;
        }
        let of = Logged::new(String::new(), is_event);
        Some(Chunk { of, rest })
    }
}

/// Whether JSON speaks of a prompt otherwise than by its tokens, which may stand beside the chunk that counts them.
fn names_prompt(raw: &str) -> bool {
    const WORD: &str = "prompt";
    let mut found = raw.match_indices(WORD);
    found.any(|(at, _)| {
        let behind = raw[at + WORD.len()..].trim_start_matches('_');
        !behind.starts_with(['t', 'T']) || !behind[1..].starts_with("okens")
    })
}

/// What is looked for in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChunkKind {
    Any,
    LastOfText,
}

impl ChunkKind {
    fn is(self, json: &str) -> bool {
        match self {
            ChunkKind::Any => chunks::is_one(json.as_bytes()),
            ChunkKind::LastOfText => framing::document(json.as_bytes())
                .is_some_and(|doc| chunks::may_be_last_of_text(doc.root())),
        }
    }

    fn is_value(self, value: Value<'_>) -> bool {
        match self {
            ChunkKind::Any => chunks::are_chunks(value),
            ChunkKind::LastOfText => chunks::may_be_last_of_text(value),
        }
    }
}

/// Where an object begins in a line; braces of a log's own words have no quote behind them.
fn begin_of_json(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    memchr::memmem::find(bytes, b"{\"").or_else(|| memchr::memchr(b'{', bytes))
}

/// Whether a line may hold another completion, or a part of one.
pub(in crate::completion::load) fn is_of_another(line: &str) -> bool {
    line.contains('{') && signs::names_parts(line)
}

/// Whether a text is an event of a transcript with a chunk in it.
fn is_event(text: &str) -> bool {
    let data = text.trim().strip_prefix("data:");
    data.is_some_and(|data| data.trim_start().starts_with('{') && !data.contains('\n'))
}

/// How deep in a record a chunk may stand.
const DEEPEST: usize = 3;

/// The chunk that a member of a record is or holds.
fn held<'t>(member: Value<'_>, kind: ChunkKind) -> Option<(LoggedText<'t>, bool)> {
    let at = member.span().start;
    match member.kind() {
        Kind::Object if kind.is_value(member) => {
            Some((LoggedText::Held(at, member.raw().to_owned()), false))
        }
        // A list of several may be all of a stream.
        Kind::Array if member.len() == 1 && member.children().all(|one| kind.is_value(one)) => {
            Some((LoggedText::Held(at, member.raw().to_owned()), false))
        }
        Kind::Object if member.depth() < DEEPEST => {
            member.children().find_map(|inner| held(inner, kind))
        }
        Kind::String => {
            let text = member.str()?;
            let is_event = is_event(&text);
            let is_chunk = is_event || kind.is(text.trim());
            is_chunk.then(|| (LoggedText::Held(at, text.trim().to_owned()), is_event))
        }
        _ => None,
    }
}
