//! A request and the response to it that stand one after another, each a document of its own: one exchange, where
//! that can't be mistaken. The request asks and holds no answer, the response follows at once and names a model that
//! may answer it, and no other request is waiting before.

mod call;
mod following;
mod half;
mod line;
mod moment;

pub(super) use following::{Following, copy_part, is_alone};
pub(super) use line::read as read_line;

use std::borrow::Cow;
use std::ops::Range;

pub(super) use call::CallIds;
use half::{Half, answer, document, held_stream, object_behind_words, request};
pub(super) use moment::of_record as written_at;

use super::framing::scan::document_end;
use super::framing::{self, split};
use super::record::Reader;
use super::streams::assemble::{assemble, is_stream};
use super::streams::sse;
use super::{exchange, shape};
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::completion::{Place, generation_id, slug};
use crate::json::{Kind, Value};

/// What such an exchange is read as.
pub(super) const NAME: &str = "request and response";

/// What a request asks that its answer is told by: the model that it names, and its fallbacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    models: Vec<String>,
    /// What its log says which call it is of.
    call: CallIds,
    /// When its record was written, where that says so.
    written: Option<i128>,
    /// Whether other requests wait for their answers, so that its place tells nothing.
    is_one_of_several: bool,
    /// What stands before it.
    before: Before,
}

/// What stands before a request, by which an answer behind it may be known for another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Before {
    /// When the generation began whose answer stands there by itself, in Unix seconds. Nothing that began earlier answers the
    /// request: a log whose beginning was cut off has it, or one that is written with the newest first.
    pub latest: Option<u64>,
    /// Whether an answer by itself stands directly before it, which may be its own.
    pub is_answer: bool,
}

impl Asked {
    /// What a record asks that is a request body and nothing else. Its first key tells nearly every record that is none.
    pub(super) fn by(record: &[u8]) -> Option<Asked> {
        let request = request(record).filter(|request| !tells_failure(record, request))?;
        Some(Asked::of(request.doc.root()).in_record(&request, record))
    }

    /// The same, as the record tells which call it is of that holds it.
    fn in_record(self, request: &Half, record: &[u8]) -> Asked {
        let is_all = request.range.start == 0 && !request.is_held;
        if is_all {
            return self;
        }
        Asked {
            call: CallIds::of(record),
            written: moment::written(record),
            ..self
        }
    }

    /// Whether a record may be of the same call, as far as the log tells. Where other requests wait too, it has to say so.
    pub(super) fn may_be_of_call(&self, record: &[u8]) -> bool {
        /// Milliseconds that are lost where times are whole seconds, and that a call may take.
        const SKEW: i128 = 999;
        const LONGEST: i128 = 24 * 3_600_000;
        let is_of_another = |written: i128| {
            let took = moment::written(record).map(|then| then - written);
            took.is_some_and(|took| !(-SKEW..=LONGEST).contains(&took))
        };
        if self.written.is_some_and(is_of_another) {
            return false;
        }
        match self.is_one_of_several {
            true => self.call.is_same(&CallIds::of(record)),
            false => self.call.is_empty() || self.call.may_be(&CallIds::of(record)),
        }
    }

    /// The same request where others wait with it; `None` where nothing could tell what is its answer.
    pub(super) fn among_others(self) -> Option<Asked> {
        let is_one_of_several = !self.call.is_empty();
        is_one_of_several.then_some(Asked {
            is_one_of_several,
            ..self
        })
    }

    /// The same request with this before it.
    pub(super) fn behind(self, before: Before) -> Asked {
        Asked { before, ..self }
    }

    /// Whether an answer stands directly before it that may be its own, so that nothing may stand between it and one behind.
    pub(super) fn is_behind_answer(&self) -> bool {
        self.before.is_answer
    }

    /// What a request asks.
    pub(super) fn of(request: Value<'_>) -> Asked {
        let fallbacks = request.get_some("models");
        let fallbacks = fallbacks.into_iter().flat_map(Value::children);
        let fallbacks = fallbacks.filter_map(Value::str).map(Cow::into_owned);
        let models = model(request).into_iter().chain(fallbacks);
        Asked {
            models: models.collect(),
            call: CallIds::default(),
            written: None,
            is_one_of_several: false,
            before: Before::default(),
        }
    }

    /// Whether a record is the response to it: an answer, or the transcript of a stream.
    pub(super) fn is_answered_by(&self, record: &[u8]) -> bool {
        let is_its = match std::str::from_utf8(record) {
            Ok(text) if sse::is_transcript(text) => self.is_answered_by_stream(text),
            _ => match held_stream(record) {
                Some((_, text)) => self.is_answered_by_stream(&text),
                None => {
                    answer(record).is_some_and(|answer| self.may_be_answered_by(answer.doc.root()))
                }
            },
        };
        is_its && self.may_be_of_call(record) && !self.is_asked_after(record)
    }

    /// Whether a text is the stream that answers it, or the first chunk of that.
    pub(super) fn is_answered_by_stream(&self, text: &str) -> bool {
        streamed_model(text).is_some_and(|answered| self.may_get(&answered))
            && !self.is_asked_after(text.as_bytes())
    }

    /// Whether an answer began before one did that stands before the request.
    fn is_asked_after(&self, answer: &[u8]) -> bool {
        let began = self
            .before
            .latest
            .and_then(|latest| Some((latest, generation_id::began_in(answer)?)));
        began.is_some_and(|(latest, began)| began < latest)
    }

    /// Whether an answer may be its by the model. A refusal names none: it is that of the request which it follows.
    fn may_be_answered_by(&self, answer: Value<'_>) -> bool {
        model(answer).is_some_and(|answered| self.may_get(&answered)) || shape::is_refusal(answer)
    }

    /// The same where nothing but its place tells whose a response is: a request that names no model may get any.
    pub(super) fn may_get_or_any(&self, answered: &str) -> bool {
        self.models.is_empty() || self.may_get(answered)
    }

    /// Whether a model may be the one that answered: the one that it names, or one of its fallbacks; any where it leaves
    /// the choice to a router, a preset or an alias.
    fn may_get(&self, answered: &str) -> bool {
        let bare = answered.split_once('/').map_or(answered, |(_, name)| name);
        self.models.iter().any(|asked| {
            let has_author = asked.contains('/');
            slug::is_same(asked, if has_author { answered } else { bare })
                || !slug::is_concrete(asked, Some(answered))
        })
    }
}

/// The model that a response names, be it a stream.
pub(super) fn answered_model(response: &str) -> Option<String> {
    match is_stream(response) {
        true => streamed_model(response),
        false => model(framing::document(response.trim().as_bytes())?.root()),
    }
}

/// Whether a record is an answer, or holds one and nothing else of an exchange.
pub(super) fn is_answer(record: &[u8]) -> bool {
    answer(record).is_some()
}

/// Whether a record holds a whole stream in a string, and nothing else of an exchange.
pub(super) fn holds_stream(record: &[u8]) -> bool {
    held_stream(record).is_some()
}

/// The request that a record is or holds and nothing else, with where it stands.
pub(super) fn request_in(record: &[u8]) -> Option<(usize, String)> {
    let request = request(record)?;
    Some((request.range.start, request.doc.root().raw().to_owned()))
}

/// The id that a chunk has of its stream.
pub(super) fn id_of_chunk(chunk: &[u8]) -> Option<String> {
    let doc = document(chunk)?;
    let root = doc.root();
    let holders = [Some(root), root.get("message"), root.get("response")];
    let mut ids = holders.into_iter().flatten().filter_map(|at| at.get("id"));
    Some(ids.find_map(Value::non_empty_str)?.into_owned())
}

/// The model that a stream names at its beginning.
fn streamed_model(text: &str) -> Option<String> {
    /// Events that are looked at.
    const LOOKED_AT: usize = 8;
    let of_chunk = |json: &str| {
        let doc = framing::document(json.trim().as_bytes())?;
        let root = doc.root();
        let holders = [Some(root), root.get("message"), root.get("response")];
        holders.into_iter().flatten().find_map(model)
    };
    if text.starts_with('{') {
        return of_chunk(&text[..document_end(text.as_bytes(), 0)?]);
    }
    let data = text.lines().filter_map(sse::data_of);
    data.take(LOOKED_AT).find_map(of_chunk)
}

/// Whether a record tells that something went wrong, as far as its beginning tells.
pub(super) fn tells_trouble(record: &[u8]) -> bool {
    const LOOKED_AT: usize = 400;
    let head = &record[..record.len().min(LOOKED_AT)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    TROUBLE.iter().any(|word| head.contains(word))
}

/// Whether a record says of the request in it that it failed: nothing behind it is the answer. Its words tell, or what
/// stands beside the request in a log's record.
fn tells_failure(record: &[u8], request: &Half) -> bool {
    const LONGEST: usize = 200;
    if request.range.start == 0 {
        return false;
    }
    if !request.is_held && record.first() != Some(&b'{') {
        let words = &record[..request.range.start];
        return std::str::from_utf8(words).is_ok_and(tell_failure);
    }
    let Some(doc) = document(record) else {
        return false;
    };
    let held = request.range.start;
    let mut beside = doc.root().children().filter(|member| {
        let is_request = member.span().contains(&held);
        let is_nothing = matches!(member.raw(), "null" | "false" | "0" | "\"\"")
            || member.kind().is_container() && member.is_empty();
        !is_request && !is_nothing && member.raw().len() <= LONGEST
    });
    beside.any(|member| {
        let key = member.raw_key().unwrap_or_default().to_ascii_lowercase();
        let text = member.str().unwrap_or_default();
        match key.as_str() {
            "err" | "error" | "exception" => true,
            "msg" | "message" | "event" => tell_failure(&text),
            _ => false,
        }
    })
}

/// Whether words say that something failed, each by itself: neither a setting (`timeout=60`), a part of a name nor a level does,
/// which some platforms give to all that a program writes.
fn tell_failure(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let is_edge = |c: char| c.is_ascii_punctuation();
    let says = |word: &str| {
        let bare = word.trim_matches(is_edge);
        matches!(bare, "failed" | "failure" | "exception")
    };
    words.split_whitespace().any(says) || words.contains("timed out")
}

/// Lines of a log's own words that may stand between the two.
pub(super) const MOST_WORDS: usize = 4;

/// Words of what went wrong.
const TROUBLE: [&str; 16] = [
    "error",
    "fail",
    "exception",
    "timeout",
    "timed out",
    "retry",
    "warn",
    "cancel",
    "abort",
    "disconnect",
    "closed",
    "interrupt",
    "gave up",
    "giving up",
    "cache",
    "skip",
];

/// Whether a line holds nothing but a few words, which speak of nothing that went wrong: a heading, a status, a time.
pub(super) fn are_words_between(line: &[u8]) -> bool {
    const LONGEST: usize = 120;
    let is_short = line.len() <= LONGEST && !line.starts_with(b"\"");
    let has_none = || !line.contains(&b'{') || is_label(line);
    is_short
        && has_none()
        && std::str::from_utf8(line).is_ok_and(|line| {
            let line = line.to_ascii_lowercase();
            line.contains(|c: char| !c.is_ascii_digit() && c != '[')
                && !TROUBLE.iter().any(|word| line.contains(word))
        })
}

/// Whether a line is a record that says of what follows that it is the answer, and nothing else: Emacs' gptel writes one
/// before each body.
fn is_label(line: &[u8]) -> bool {
    let inside = line.strip_prefix(b"{").and_then(|it| it.strip_suffix(b"}"));
    let says = |word: &str| memchr::memmem::find(line, word.as_bytes()).is_some();
    inside.is_some_and(|inside| !inside.contains(&b'{') && !inside.contains(&b'['))
        && (says("response") || says("answer"))
        && framing::document(line).is_some()
}

/// Where a text goes on behind a few lines of words.
fn behind_words_between(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n').take(MOST_WORDS * 2) {
        let bare = line.trim();
        if !bare.is_empty() && (!are_words_between(bare.as_bytes()) || is_stream(bare)) {
            break;
        }
        at += line.len();
    }
    let rest = text[at..].bytes();
    at + rest.take_while(|byte| split::is_between(*byte)).count()
}

fn model(root: Value<'_>) -> Option<String> {
    let model = root.get("model").filter(|v| v.kind() == Kind::String)?;
    Some(model.str()?.into_owned())
}

/// Where a part of an exchange stands in a text, and what it is where a string there holds it.
pub(super) struct Part {
    range: Range<usize>,
    held: Option<String>,
    /// How it is known to belong to the other.
    tie: Tie,
}

/// How it is known that a response is that of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// It follows at once, and its model is that of the request.
    Model,
    /// It follows at once, and refuses.
    Refusal,
    /// It stands on the same line.
    Line,
}

impl Tie {
    fn of(response: Value<'_>) -> Tie {
        match shape::is_refusal(response) {
            true => Tie::Refusal,
            false => Tie::Model,
        }
    }
}

impl Part {
    fn verbatim(range: Range<usize>, tie: Tie) -> Part {
        Part {
            range,
            held: None,
            tie,
        }
    }

    /// Of a half in the record that begins at `start`.
    fn of(half: &Half, start: usize) -> Part {
        Part {
            range: start + half.range.start..start + half.range.end,
            held: half.is_held.then(|| half.doc.root().raw().to_owned()),
            tie: Tie::of(half.doc.root()),
        }
    }
}

/// The two documents of a text that is such an exchange: where each stands.
pub(super) fn parts(text: &str) -> Option<[Part; 2]> {
    let bytes = text.as_bytes();
    let start = match bytes.first() {
        Some(b'{') => 0,
        _ => object_behind_words(bytes)?,
    };
    // On one line its words tell more.
    let is_on_lines = || memchr::memchr(b'\n', bytes).is_some();
    if start > 0 && !is_on_lines() {
        return None;
    }
    let first = document_end(bytes, start).filter(|end| *end < bytes.len())?;
    let between = bytes[first..].iter().take_while(|b| split::is_between(**b));
    let second = first + between.count();
    let second = second + behind_words_between(&text[second..]);
    let end = second + split::trimmed(&bytes[second..]).len();
    let rest = &text[second..end];
    let request = request(&bytes[start..first])?;
    let has_failed = tells_failure(&bytes[start..first], &request) || tell_failure(&text[..start]);
    let asked = Asked::of(request.doc.root()).in_record(&request, &bytes[..first]);
    if has_failed || !asked.may_be_of_call(&bytes[second..end]) {
        return None;
    }
    if is_stream(rest) {
        let is_its = asked.is_answered_by_stream(rest);
        return is_its.then(|| {
            [
                Part::of(&request, start),
                Part::verbatim(second..end, Tie::Model),
            ]
        });
    }
    if let Some((range, text)) = held_stream(bytes.get(second..end)?) {
        let is_its = asked.is_answered_by_stream(&text);
        let answer = Part {
            range: second + range.start..second + range.end,
            held: Some(text),
            tie: Tie::Model,
        };
        return is_its.then(|| [Part::of(&request, start), answer]);
    }
    let answer = answer(bytes.get(second..end)?)?;
    let is_its = asked.may_be_answered_by(answer.doc.root());
    is_its.then(|| [Part::of(&request, start), Part::of(&answer, second)])
}

/// Reads such an exchange.
pub(super) fn read(places: &Places<'_>, parts: [Part; 2], reader: &mut Reader<'_>) {
    let text = places.text();
    let [request, response] = &parts;
    let answered = response.held.as_deref();
    let answered = answered.unwrap_or(&text[response.range.clone()]);
    let streamed = Some(answered).filter(|answered| is_stream(answered));
    if let Some(streamed) = streamed
        && !assemble(streamed, reader.limits).is_ok_and(|it| it.len() == 1)
    {
        // Which of them is the answer nobody can tell.
        let before = reader.loaded.completions.len();
        for part in &parts {
            let at = places.at(part.range.start);
            let origin = reader.origin_of_entry(at.clone(), reader.origin.record);
            match &part.held {
                Some(held) => reader.entry(&origin).text(&Places::derived(held, &at)),
                None => reader
                    .entry(&origin)
                    .text(&places.piece(part.range.clone())),
            }
        }
        reader.number(before);
        return;
    }
    let notes = reader.loaded.notes.len();
    note(
        places.at(request.range.start),
        &places.at(response.range.start),
        response.tie,
        reader,
    );
    let mut builder = DocumentBuilder::default();
    builder.literal(r#"{"request":"#);
    copy(request, places, &mut builder);
    builder.literal(r#","response":"#);
    reader.format.name = NAME;
    let mut stream = None;
    if let Some(transcript) = streamed {
        let start = response.range.start;
        let is_held = response.held.is_some();
        let place = |at| places.at(if is_held { start } else { start + at });
        let Some((json, streamed)) = reader.response_of_text(transcript, "the response", place)
        else {
            return;
        };
        builder.derived(&json, places.at(start));
        stream = streamed;
    } else {
        copy(response, places, &mut builder);
    }
    builder.literal("}");
    let before = reader.loaded.completions.len();
    reader.push(None, builder, stream);
    let (first, second) = match request.range.start < response.range.start {
        true => (&request.range, &response.range),
        false => (&response.range, &request.range),
    };
    let between = text.get(first.end..second.start).unwrap_or_default();
    let words = [&text[..first.start], between, &text[second.end..]];
    exchange::refuse_among_words(before, words.into_iter(), reader);
    if reader.loaded.completions.len() == before {
        reader.loaded.notes.truncate(notes);
    }
}

fn copy(part: &Part, places: &Places<'_>, builder: &mut DocumentBuilder) {
    match &part.held {
        Some(held) => builder.derived(held, places.at(part.range.start)),
        None => {
            let map = places.map_of(part.range.clone());
            let text = &places.text()[part.range.clone()];
            builder.copy(text, 0..text.len(), &map);
        }
    }
}

/// Says that two parts are taken for one exchange.
fn note(asked: Place, answered: &Place, tie: Tie, reader: &mut Reader<'_>) {
    let at = answered.position;
    let why = match tie {
        Tie::Model => {
            format!(
                "the response at {at} follows this request at once and may be its answer by its model"
            )
        }
        Tie::Refusal => format!("the error at {at} follows this request at once"),
        Tie::Line => format!("the response at {at} stands on this request's line"),
    };
    let what = format!("{why}, so the two are taken for one exchange");
    reader.note(asked, what);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"id":"gen-1","model":"a/b","choices":[{"message":{"role":"assistant","content":"x"}}]}"#;

    #[test]
    fn tells_an_exchange_in_two_documents() {
        let check = |request: &str, response: &str, expected: bool| {
            let text = format!("{request}\n{response}\n");
            assert_eq!(parts(&text).is_some(), expected, "{text}");
        };
        let request = r#"{"model":"a/b","messages":[{"role":"user","content":"choices?"}]}"#;
        check(request, ANSWER, true);
        check(&request.replace("a/b", "a/b:free"), ANSWER, true);
        check(request, &ANSWER.replace("a/b", "a/b-2026-05-06"), true);
        check(request, &ANSWER.replace("a/b", "a/b-0613"), true);
        check(request, &ANSWER.replace("a/b", "a/b-1"), false);
        let haiku = request.replace("a/b", "anthropic/claude-haiku-4.5");
        let dated = ANSWER.replace("a/b", "anthropic/claude-4.5-haiku-20251001");
        check(&haiku, &dated, true);
        let logged = |word: &str, text: &str| format!("10:00:00 INFO app: {word}{text}");
        check(
            &logged("request: ", request),
            &logged("response: ", ANSWER),
            true,
        );
        check(
            &logged("request=", request),
            &logged("response=", ANSWER),
            true,
        );
        check(&logged("request: ", request), ANSWER, true);
        let chunk = r#"{"model":"a/b","object":"chat.completion.chunk","choices":[]}"#;
        for stream in [
            chunk.to_owned(),
            format!("so: : OPENROUTER\n\n: OPENROUTER\n\ndata: {chunk}"),
        ] {
            check(&logged("request: ", request), &stream, true);
            check(request, &stream, true);
        }
        for open in ["openrouter/auto", "~x/y-latest", "@preset/mail", "b"] {
            check(&request.replace("a/b", open), ANSWER, true);
        }
        let fallback = request.replace("\"a/b\"", "\"x/y\",\"models\":[\"a/b\"]");
        check(&fallback, ANSWER, true);
        check(&fallback.replace("[\"a/b\"]", "[\"a/c\"]"), ANSWER, false);
        check(request, &ANSWER.replace("a/b", "a/b-mini"), false);
        check(request, &ANSWER.replace("a/b", "a/c"), false);
        check(request, &ANSWER.replace("\"model\":\"a/b\",", ""), false);
        check(request, &format!("<-- 200 OK (12 ms)\n{ANSWER}"), true);
        check(
            request,
            &format!("== ANSWER ==\n\ntook 3 s\n{ANSWER}"),
            true,
        );
        check(request, &format!("timeout, trying again\n{ANSWER}"), false);
        check(
            request,
            &format!("a\nb\nc\nd\ne\nf\ng\nh\ni\n{ANSWER}"),
            false,
        );
        let record = |text: &str| format!(r#"{{"level":30,"data":{text}}}"#);
        check(&record(request), &record(ANSWER), true);
        let quoted = |text: &str| format!(r#"{{"msg":"so: {}"}}"#, text.replace('"', "\\\""));
        check(&quoted(request), &quoted(ANSWER), true);
        check(&quoted(request), ANSWER, true);
        check(
            &record(request),
            &record(&ANSWER.replace("a/b", "a/c")),
            false,
        );
        check(
            &record(&format!("{request},\"b\":{request}")),
            ANSWER,
            false,
        );
        check(&record(&format!("{request},\"b\":{ANSWER}")), ANSWER, false);
        check(request, request, false);
        check(ANSWER, ANSWER, false);
        check(request, &format!("{ANSWER}\n{ANSWER}"), false);
        let refusal = r#"{"error":{"code":429,"message":"Rate limited"}}"#;
        check(request, refusal, true);
        check(request, &format!("ERROR llm: {refusal}"), true);
        check(request, &format!("ERROR stripe 402 {refusal}"), false);
        check(&logged("ERROR timed out, body: ", request), ANSWER, false);
        check(&logged("sent: ", request), ANSWER, true);
        let beside =
            |text: &str, member: &str| format!(r#"{{"msg":"call",{member},"data":{text}}}"#);
        check(
            &beside(request, r#""level":"error""#),
            &record(ANSWER),
            true,
        );
        check(
            &beside(request, r#""event":"call failed""#),
            &record(ANSWER),
            false,
        );
        check(
            &beside(request, r#""err":{"code":1}"#),
            &record(ANSWER),
            false,
        );
        for none in [
            r#""err":null"#,
            r#""err":"""#,
            r#""error":false"#,
            r#""options":"timeout=60""#,
            r#""preview":"why an error""#,
        ] {
            check(&beside(request, none), &record(ANSWER), true);
        }
        check(&logged("timeout=60 app.failover: ", request), ANSWER, true);
        let asks = request.replace("choices?", "What is an error?");
        check(&quoted(&asks), &quoted(ANSWER), true);
        check(
            request,
            r#"{"error":{"code":"x","message":"m","type":"t"}}"#,
            false,
        );
        check(request, &format!("{refusal}\n{ANSWER}"), false);
        let answered = request.replace("}]}", "}],\"output\":\"yes\"}");
        check(&answered, ANSWER, false);
        let holds = request.replace("}]}", &format!("}}],\"kept\":{ANSWER}}}"));
        check(&holds, ANSWER, false);
    }
}
