//! A request and the response to it that stand one after another, each a document of its own: one exchange, where
//! that can't be mistaken. The request asks and holds no answer, the response follows at once and names a model that
//! may answer it, and no other request is waiting before.

mod asked;
mod call;
mod following;
mod half;
mod line;
mod marks;
mod moment;
mod names;
mod words;

pub(super) use asked::{Asked, Before, Conversation};
pub(super) use following::{Following, copy_part, is_alone};
pub(super) use line::read as read_line;

use std::ops::Range;

pub(super) use call::CallIds;
use half::{
    FirstDocument, Half, answer, document, first_document, held_stream, request, request_in_string,
};
pub(super) use moment::of_record as written_at;
pub(super) use words::{MOST_WORDS, are_words_between, tells_no_answer, tells_trouble};
use words::{behind_words_between, tell_failure, tells_failure};

use super::framing::scan::document_end;
use super::framing::{self, split};
use super::record::Reader;
use super::streams::assemble::{assemble, is_stream};
use super::streams::{chunks, sse};
use super::{exchange, shape};
use crate::completion::Place;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Kind, Value};

/// What such an exchange is read as.
pub(super) const NAME: &str = "request and response";

/// The model that a response names, be it a stream.
pub(super) fn answered_model(response: &str) -> Option<String> {
    match is_stream(response) {
        true => streamed_model(response),
        false => model(framing::document(response.trim().as_bytes())?.root()),
    }
}

/// Whether lines hold parts of more than one exchange: which answer is whose is told as in a log.
pub(super) fn holds_several(text: &str) -> bool {
    let (mut requests, mut answers, mut is_in_stream) = (0, 0, false);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let chunk = match sse::data_of(line) {
            Some(data) => Some(data.trim()),
            None => Some(line).filter(|line| chunks::is_one(line.as_bytes())),
        };
        if let Some(chunk) = chunk {
            answers += usize::from(!is_in_stream && chunk != sse::DONE);
            is_in_stream = !chunks::is_end(chunk);
        } else if sse::is_line(line) {
            continue;
        } else {
            is_in_stream = false;
            let record = line.as_bytes();
            match request(record) {
                Some(_) => requests += 1,
                None => answers += usize::from(is_answer(record)),
            }
        }
        if requests > 0 && requests + answers > 2 {
            return true;
        }
    }
    false
}

/// Whether a record is an answer, or holds one and nothing else of an exchange.
pub(super) fn is_answer(record: &[u8]) -> bool {
    answer(record).is_some()
}

/// Whether a member of a record is a request, or holds one, beside whatever else there is.
pub(super) fn has_request(record: &[u8]) -> bool {
    half::may_hold_request(record)
        && document(record).is_some_and(|doc| doc.root().children().any(half::is_request_held))
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
    let FirstDocument { range, held } = first_document(bytes)?;
    let Range { start, end: first } = range;
    // On one line its words tell more.
    let is_on_lines = || memchr::memchr(b'\n', bytes).is_some();
    if start > 0 && !is_on_lines() {
        return None;
    }
    if first == bytes.len() {
        return None;
    }
    let between = bytes[first..].iter().take_while(|b| split::is_between(**b));
    let second = first + between.count();
    let second = second + behind_words_between(&text[second..]);
    let end = second + split::trimmed(&bytes[second..]).len();
    let rest = &text[second..end];
    let request = match held {
        Some(held) => request_in_string(&held, 0..first - start)?,
        None => request(&bytes[start..first])?,
    };
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
