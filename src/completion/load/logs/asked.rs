//! Log records that each carry a request and one chunk of the stream that answers it, as callbacks of SDKs have them,
//! LiteLLM's among them: `{"request": {…}, "chunk": {…}}`, or the request's own members beside the chunk.

mod calls;
mod whole;

pub(in crate::completion::load) use whole::shows_whole_sample;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use self::calls::{AskedLine, BEGIN, by_call, event_of};
use self::whole::answer_of_sample;
use super::wrapped::Continuation;
use crate::completion::Place;
use crate::completion::load::ProblemKind;
use crate::completion::load::formats::{self, FormatRole};
use crate::completion::load::framing::{document, split};
use crate::completion::load::record::{Reader, SAMPLE};
use crate::completion::load::shape;
use crate::completion::load::signs::{self, Signs};
use crate::completion::load::streams::{chunks, sse};
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::json::{Document, Kind, Value};

/// What such an exchange is read as.
pub(in crate::completion::load) const NAME: &str = "request with each chunk of its answer";

/// Records of other things between two of a stream.
const MOST_BETWEEN: usize = 64;
/// Streams at once whose ends are waited for.
const MOST_OPEN: usize = 256;

/// Such records, as they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) struct AskedRun {
    /// What was asked, and how many answers to it have begun and not ended.
    streams: HashMap<String, usize>,
    between: usize,
}

impl AskedRun {
    /// The run that begins with a record.
    pub fn begin(record: &[u8]) -> Option<AskedRun> {
        let record = behind_words(record);
        if !may_be_one(record) {
            return None;
        }
        let doc = document(record)?;
        let first = AskedChunk::of(doc.root(), |_| false)?;
        Some(AskedRun {
            streams: HashMap::from([(first.asked(), usize::from(!first.ends()))]),
            between: 0,
        })
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &[u8]) -> Continuation {
        let record = behind_words(record);
        let is_over = self.streams.values().all(|open| *open == 0);
        if may_be_one(record)
            && let Some(doc) = document(record)
            && let Some(next) = AskedChunk::of(doc.root(), |asked| self.streams.contains_key(asked))
        {
            let asked = next.asked();
            let is_new = !self.streams.contains_key(&asked);
            if is_new && (is_over || self.streams.len() == MOST_OPEN) {
                return Continuation::Not;
            }
            let open = self.streams.entry(asked).or_default();
            *open += usize::from(is_new || next.begins());
            *open -= usize::from(next.ends() && *open > 0);
            self.between = 0;
            return Continuation::Line(String::new(), 0);
        }
        self.between += 1;
        match is_over || self.between > MOST_BETWEEN {
            true => Continuation::Not,
            false => Continuation::Between,
        }
    }
}

/// What chunks have. One may stand in a string, and anywhere: what was asked may be long, and so may the chunk. Each
/// sign begins in a way that few texts have, so that the whole of a record is looked through in a moment.
static OF_CHUNKS: Signs<9> = Signs::of([
    "\"delta",
    ".chunk",
    "t_completion",
    "_block",
    "e_start",
    "e_stop",
    "e_delta",
    "\"response.",
    "[DONE]",
]);

/// A record without the words that a log has before it.
fn behind_words(record: &[u8]) -> &[u8] {
    const LONGEST: usize = 200;
    if record.first() == Some(&b'{') || record.last() != Some(&b'}') {
        return record;
    }
    let head = &record[..record.len().min(LONGEST)];
    match memchr::memmem::find(head, b"{\"") {
        Some(at) if head[at - 1].is_ascii_whitespace() && !head[..at].contains(&b'"') => {
            &record[at..]
        }
        _ => record,
    }
}

/// Nearly every record shows here that it is none of these.
fn may_be_one(record: &[u8]) -> bool {
    // A sample's response may be a whole transcript in a string.
    static OF_WHOLE: Signs<2> = Signs::of(["\\n\\ndata:", "\\r\\n\\r\\ndata:"]);
    record.starts_with(b"{\"")
        && match signs::begins_as_sample(record) {
            true => {
                let answer = answer_of_sample(record);
                let looked_at = answer.map_or(record, |answer| answer.bytes);
                OF_CHUNKS.any_in(looked_at) && !OF_WHOLE.any_in(record)
            }
            false => OF_CHUNKS.any_in(record),
        }
}

/// What such a record holds.
struct AskedChunk<'d> {
    /// The request, or the string that holds it, or the record whose own members are one.
    request: Value<'d>,
    /// Whether the request's members stand in the record itself.
    is_flat: bool,
    /// The request that a string holds.
    quoted: Option<Document>,
    /// The member that is the chunk or holds it.
    member: Value<'d>,
    /// The chunk as JSON; `[DONE]` of the end.
    chunk: Cow<'d, str>,
}

impl<'d> AskedChunk<'d> {
    /// That of a record, or of the one member of it that has both.
    ///
    /// The last chunk of a text completion looks like a whole one: `goes_on` says whether other chunks stand before that
    /// answer what it is told was asked.
    fn of(root: Value<'d>, goes_on: impl Fn(&str) -> bool) -> Option<AskedChunk<'d>> {
        if root.kind() != Kind::Object || chunks::is_chunk(root) {
            return None;
        }
        let in_object = |value: Value<'d>| {
            let found = AskedChunk::in_object(value, chunks::is_chunk);
            found.or_else(|| {
                AskedChunk::in_object(value, chunks::may_be_last_of_text)
                    .filter(|found| goes_on(&found.asked()))
            })
        };
        in_object(root).or_else(|| {
            let mut both = root.children().filter_map(in_object);
            both.next()
                .filter(|_| both.next().is_none() && !is_known(root))
        })
    }

    fn in_object(root: Value<'d>, is_chunk: fn(Value<'_>) -> bool) -> Option<AskedChunk<'d>> {
        if root.kind() != Kind::Object {
            return None;
        }
        let mut found = root
            .children()
            .filter_map(|member| Some((member, held(member, is_chunk)?)));
        let (member, chunk) = found.next()?;
        // A sample has all of a stream in such a string, be it of one chunk.
        let is_sample = member.raw_key() == Some("response") && member.kind() == Kind::String;
        if is_sample || found.next().is_some() {
            return None;
        }
        let others = || root.children().filter(|other| other.id() != member.id());
        let is_flat = shape::is_request(root);
        let (request, quoted) = match is_flat {
            true => (root, None),
            false => {
                let mut asked = others().filter_map(asked_in);
                asked.next().filter(|_| asked.next().is_none())?
            }
        };
        let is_own = |other: Value<'_>| {
            other.id() == request.id()
                || (is_flat && shape::is_of_request(other.raw_key().unwrap_or_default()))
        };
        let has_answer = others().any(|other| !is_own(other) && shape::may_hold_response(other));
        (!has_answer && !is_known(root)).then_some(AskedChunk {
            request,
            is_flat,
            quoted,
            member,
            chunk,
        })
    }

    /// The members that ask.
    fn members(&self) -> impl Iterator<Item = Value<'d>> {
        let is_flat = self.is_flat;
        self.request.children().filter(move |member| {
            !is_flat || shape::is_of_request(member.raw_key().unwrap_or_default())
        })
    }

    /// What tells the records of one stream from those of another: the request, and where the chunk stands.
    fn asked(&self) -> String {
        let key = self.member.raw_key().unwrap_or_default();
        if self.quoted.is_some() {
            return [key, self.request.raw()].join(",");
        }
        let members = self
            .members()
            .map(|member| [member.raw_key().unwrap_or_default(), member.raw()].join(":"));
        members.fold(key.to_owned(), |all, member| all + "," + &member)
    }

    /// Whether it is the first of an answer that says nowhere else which it is.
    fn begins(&self) -> bool {
        event_of(&self.chunk).is_some_and(|kind| kind == BEGIN)
    }

    /// Whether nothing more of the answer follows.
    fn ends(&self) -> bool {
        if chunks::is_end(&self.chunk) {
            return true;
        }
        let Some(doc) = document(self.chunk.as_bytes()) else {
            return false;
        };
        let root = doc.root();
        // Chat counts tokens last.
        root.get("choices").is_some() && root.get_some("usage").is_some()
    }
}

/// Whether a record is of a format that is known and has its own reader, as the entries of llm's log have.
fn is_known(record: Value<'_>) -> bool {
    formats::of_value(record)
        .is_some_and(|format| format.role == FormatRole::Whole && format.name != SAMPLE)
}

/// The request that a member is, or holds in a string.
fn asked_in(member: Value<'_>) -> Option<(Value<'_>, Option<Document>)> {
    if shape::is_request(member) {
        return Some((member, None));
    }
    let is_object = |text: &str| text.trim_start().starts_with('{');
    let text = member.str().filter(|text| is_object(text))?;
    let doc = document(text.trim().as_bytes())?;
    shape::is_request(doc.root()).then_some((member, Some(doc)))
}

/// The chunk that a member is or holds.
fn held(member: Value<'_>, is_chunk: fn(Value<'_>) -> bool) -> Option<Cow<'_, str>> {
    match member.kind() {
        Kind::Object => is_chunk(member).then(|| Cow::Borrowed(member.raw())),
        Kind::String => {
            // Nearly every string shows at its beginning that it is none.
            let begins = ["data:", "{", sse::DONE, "\\"];
            let raw = member.raw_str()?.trim_start();
            if !begins.iter().any(|begin| raw.starts_with(begin)) {
                return None;
            }
            let text = member.str()?;
            let text = text.trim();
            let text = text.strip_prefix("data:").unwrap_or(text).trim();
            let is_one = text == sse::DONE
                || (text.starts_with('{')
                    && document(text.as_bytes()).is_some_and(|doc| is_chunk(doc.root())));
            is_one.then(|| Cow::Owned(text.to_owned()))
        }
        _ => None,
    }
}

/// Whether a value is such a record.
pub(in crate::completion::load) fn is_one(root: Value<'_>) -> bool {
    !is_whole(root) && AskedChunk::of(root, |_| false).is_some()
}

/// Whether a value is a sample with a whole answer of chat, as most are: no such record has that.
fn is_whole(root: Value<'_>) -> bool {
    let response = root
        .get("response")
        .filter(|response| response.kind() == Kind::Object);
    let choices = response.and_then(|response| response.get("choices"));
    choices
        .and_then(|choices| choices.item(0))
        .is_some_and(|choice| choice.get("message").is_some() && choice.get("delta").is_none())
}

/// Whether a text begins with a line that is such a record, and goes on behind it.
pub(in crate::completion::load) fn begins_with_one(text: &str) -> bool {
    let line = text.split('\n').next().unwrap_or_default();
    line.len() < text.len() && AskedRun::begin(split::trimmed(line.as_bytes())).is_some()
}

/// The records of one stream, as its transcript.
struct AskedStream {
    /// Where its first record stands.
    first: usize,
    request: DocumentBuilder,
    lines: Vec<AskedLine>,
    /// Whether there is more than its end.
    has_chunks: bool,
}

/// Reads such records, one a line or one alone.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let before = reader.loaded.completions.len();
    let mut streams: Vec<AskedStream> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for range in records(places.text()) {
        let line = range.clone();
        let words = line.len() - behind_words(&places.text().as_bytes()[line.clone()]).len();
        let range = line.start + words..line.end;
        let record = places.piece(range.clone());
        let doc = document(record.text().as_bytes());
        let asked = doc.as_ref().and_then(|doc| {
            let asked = AskedChunk::of(doc.root(), |asked| known.contains_key(asked))?;
            Some((doc.root(), asked))
        });
        let Some((root, asked)) = asked else {
            let record = places.piece(line);
            let origin = reader.origin_of_entry(record.at(0), reader.origin.record);
            reader.entry(&origin).text(&record);
            continue;
        };
        let index = *known.entry(asked.asked()).or_insert_with(|| {
            streams.push(AskedStream {
                first: range.start,
                request: request(&asked, &record),
                lines: Vec::new(),
                has_chunks: false,
            });
            streams.len() - 1
        });
        streams[index].has_chunks |= asked.chunk != sse::DONE;
        let line = AskedLine::of(&asked, root, &record);
        streams[index].lines.push(line);
    }
    for stream in streams.into_iter().filter(|stream| stream.has_chunks) {
        let start = places.at(stream.first);
        let request = stream.request.finish();
        match by_call(stream.lines) {
            Some(calls) => {
                for lines in calls {
                    answers(lines, &start, &request, reader);
                }
            }
            None => {
                let what = "several answers to one request stand here by turns, and nothing in the records tells \
                            which piece is of which, so none of them is read";
                reader.problem(ProblemKind::Unreadable, start, what.to_owned());
            }
        }
    }
    let found = &mut reader.loaded.completions[before..];
    found.sort_by_key(|found| found.origin.offset);
    reader.number(before);
}

/// Reads the answers that these lines are to a request.
fn answers(
    lines: Vec<AskedLine>,
    start: &Place,
    (request, request_map): &(Arc<str>, SourceMap),
    reader: &mut Reader<'_>,
) {
    let mut transcript = DocumentBuilder::default();
    for line in lines {
        transcript.literal("data: ");
        transcript.derived(&line.data, line.at);
        transcript.literal("\n\n");
    }
    let (text, map) = transcript.finish();
    let inner = Places::mapped(&text, map, Vec::new(), start.clone());
    for answer in reader.assemble(&text, &|at| inner.at(at)) {
        let mut builder = DocumentBuilder::default();
        builder.literal(r#"{"request":"#);
        builder.copy(request, 0..request.len(), request_map);
        builder.literal(r#","response":"#);
        let at = inner.at(answer.start + "data: ".len());
        builder.derived(&answer.json, at.clone());
        builder.literal("}");
        let origin = reader.origin_of_entry(at, reader.origin.record);
        let mut entry = reader.entry(&origin);
        entry.format.name = NAME;
        entry.push(None, builder, Some(answer.stream));
    }
}

/// The request that stands in a record.
fn request(asked: &AskedChunk<'_>, record: &Places<'_>) -> DocumentBuilder {
    let mut builder = DocumentBuilder::default();
    if let Some(quoted) = &asked.quoted {
        builder.derived(quoted.text(), record.at(asked.request.span().start));
        return builder;
    }
    let mut opening = '{';
    for member in asked.members() {
        let key = member.raw_key().unwrap_or_default();
        builder.literal(&format!("{opening}\"{key}\":"));
        record.copy(member, &mut builder);
        opening = ',';
    }
    builder.literal("}");
    builder
}

/// The records of a text: its lines, or all of it where it is one.
fn records(text: &str) -> Vec<Range<usize>> {
    if document(text.trim_end().as_bytes()).is_some() {
        return std::iter::once(0..text.len()).collect();
    }
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        let lead = line.bytes().take_while(|byte| split::is_between(*byte));
        let lead = lead.count();
        let record = split::trimmed(&line.as_bytes()[lead..]);
        start + lead..start + lead + record.len()
    });
    lines.filter(|range| !range.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_requests_with_chunks() {
        let begin = |record: &str| AskedRun::begin(record.as_bytes());
        let chunk = r#"{"id":"gen-1","choices":[{"delta":{"content":"a"}}]}"#;
        let quoted = chunk.replace('"', "\\\"");
        let asked = r#""model":"a/b","messages":[{"role":"user","content":"x"}]"#;
        let record = format!(r#"{{"request":{{{asked}}},"chunk":{chunk}}}"#);
        for record in [
            record.clone(),
            format!(r#"{{"ts":1,{asked},"response":{chunk},"cost":null}}"#),
            format!(r#"{{{asked},"line":"data: {quoted}"}}"#),
            format!(r#"{{"request":{{{asked}}},"line":"data: {quoted}"}}"#),
            format!(
                r#"{{"request":"{{{}}}","chunk":{chunk}}}"#,
                asked.replace('"', "\\\"")
            ),
            format!(r#"{{"ts":1,"data":{{"request":{{{asked}}},"chunk":{chunk}}}}}"#),
            format!(
                r#"{{"request":{{{asked},"user":"{0}"}},"chunk":{chunk},"headers":"{0}"}}"#,
                "x".repeat(4000)
            ),
        ] {
            assert!(begin(&record).is_some(), "{record}");
        }
        for record in [
            format!(
                r#"{{"request":{{{asked}}},"response":"data: {quoted}\n\ndata: {quoted}\n\n"}}"#
            ),
            format!(r#"{{"request":{{{asked}}},"a":{chunk},"b":{chunk}}}"#),
            format!(r#"{{"request":{{{asked}}},"response":"data: {quoted}\n\n"}}"#),
            format!(r#"{{"chunk":{chunk}}}"#),
            chunk.to_owned(),
        ] {
            assert!(begin(&record).is_none(), "{record}");
        }
        let mut run = begin(&record).expect("a run");
        let mut take = |record: &str| run.take(record.as_bytes());
        let is_line = |belongs: Continuation| matches!(belongs, Continuation::Line(..));
        let other = record.replace("\"x\"", "\"y\"");
        assert!(is_line(take(&record)) && is_line(take(&other)));
        assert_eq!(take(r#"{"level":"info"}"#), Continuation::Between);
        for record in [&record, &other] {
            let last = record.replace("\"choices\"", "\"usage\":{},\"choices\"");
            assert!(is_line(take(&last)));
        }
        assert!(is_line(take(&record)));
        assert_eq!(take(&record.replace("\"x\"", "\"z\"")), Continuation::Not);
        assert_eq!(take("words"), Continuation::Not);
    }
}
