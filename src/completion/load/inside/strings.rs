//! Strings that are looked into: JSON, transcripts, the lines of a log, in whatever form a string has them.

use std::sync::Arc;

use super::unpaired::{Half, Unpaired};
use super::{InsideSearch, LEVELS, MOST_UNREAD, NESTED, SHORTEST};
use crate::completion::Place;
use crate::completion::generation_id;
use crate::completion::load::consecutive;
use crate::completion::load::logs::logline;
use crate::completion::load::problem::with_generation;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::{assemble, chunks, sse};
use crate::completion::load::{Problem, ProblemKind, exchange, formats, signs};
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::json::{Document, Kind, Value};

impl InsideSearch {
    /// Looks into a string.
    pub(super) fn string(
        &mut self,
        value: Value<'_>,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) -> Unpaired {
        let raw = value.raw_str().unwrap_or_default();
        if is_body_in_base64(value, raw)
            && let Some(text) = value.str().and_then(|text| exchange::text_of_base64(&text))
        {
            return self.text(&text, value, places, reader);
        }
        let is_of_interest =
            raw.len() >= SHORTEST && memchr::memchr(b'{', raw.as_bytes()).is_some();
        match value.str().filter(|_| is_of_interest) {
            Some(text) if raw.contains('&') && is_of_slack(value) => {
                self.text(&without_entities(&text), value, places, reader)
            }
            Some(text) => {
                let mut found = self.text(&text, value, places, reader);
                if is_of_provider(value) {
                    found.errors.clear();
                }
                found
            }
            None => Unpaired::default(),
        }
    }

    /// Looks into the text that a value stands for.
    pub(super) fn text(
        &mut self,
        text: &str,
        value: Value<'_>,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) -> Unpaired {
        let length = text.len();
        let is_too_deep = self.strings.len() == LEVELS || self.nested > NESTED;
        if is_too_deep || length > self.bytes {
            self.too_deep(text, value, places, reader);
            return Unpaired::default();
        }
        self.bytes -= length;
        let text = text.trim();
        if assemble::is_stream(text) {
            return self.stream(text, value, places, reader);
        }
        let doc = match text.starts_with(['{', '[', '"']) {
            true => Document::parse(Arc::from(text), reader.limits).ok(),
            false => None,
        };
        if doc.is_none() && consecutive::holds_several(text) {
            self.bytes += length;
            let mut lines = DocumentBuilder::default();
            lines.derived(text, places.at(value.span().start));
            self.lines(lines, value, places, reader);
            return Unpaired::default();
        }
        if doc.is_none()
            && let Some(within) = sse::within(text)
        {
            let stream = self.stream(&text[within.clone()], value, places, reader);
            if !stream.responses.is_empty() || !stream.tries.is_empty() {
                let mut unpaired = self.text(&text[..within.start], value, places, reader);
                let mut stream = stream;
                if !unpaired.requests.is_empty() {
                    // Of several generations nobody knows which one answers.
                    stream.responses.append(&mut stream.tries);
                }
                unpaired.extend(stream);
                return unpaired;
            }
        }
        let docs = match doc {
            Some(doc) => vec![doc],
            None => {
                let logged = logline::json_in(text, reader.limits);
                let found = logged.as_ref().map(|(range, _)| range);
                if let Some(at) = logline::broken_answer(text, found, reader.limits) {
                    self.unreadable(&text[at..], places.at(value.span().start));
                    if found.is_none_or(|found| found.start > at) {
                        return Unpaired::default();
                    }
                }
                match logged {
                    Some((range, doc)) => {
                        let others = logline::documents_behind(text, range.end, reader.limits);
                        std::iter::once(doc).chain(others).collect()
                    }
                    None => return Unpaired::default(),
                }
            }
        };
        self.documents(&docs, value, places, reader)
    }

    /// Looks into the documents of a text. The chunks of a stream stand behind words or its request.
    fn documents(
        &mut self,
        docs: &[Document],
        value: Value<'_>,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) -> Unpaired {
        let is_chunk = |doc: &Document| docs.len() > 1 && chunks::is_chunk(doc.root());
        let mut unpaired = Unpaired::default();
        for run in docs.chunk_by(|a, b| is_chunk(a) && is_chunk(b)) {
            match run {
                [doc] => {
                    self.strings.push(value.pointer());
                    let inner = Places::derived(doc.text(), &places.at(value.span().start));
                    unpaired.extend(self.value(doc.root(), &inner, reader));
                    self.strings.pop();
                }
                chunks => {
                    let texts: Vec<_> = chunks.iter().map(|doc| &**doc.text()).collect();
                    unpaired.extend(self.stream(&texts.join("\n"), value, places, reader));
                }
            }
        }
        unpaired
    }

    /// Reads the lines of a log that the items of a list have. Of those that hold nothing nobody need be told.
    pub(super) fn lines(
        &mut self,
        lines: DocumentBuilder,
        value: Value<'_>,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) {
        let (text, map) = lines.finish();
        if text.len() > self.bytes {
            return;
        }
        self.bytes -= text.len();
        let start = places.at(value.span().start);
        let inner = Places::mapped(&text, map, Vec::new(), start.clone());
        let (before, problems) = (
            reader.loaded.completions.len(),
            reader.loaded.problems.len(),
        );
        let origin = reader.origin_of_entry(start, reader.origin.record);
        let mut entry = reader.entry(&origin);
        entry.format.within = entry.format.within.or(Some(formats::LOG));
        entry.text_of_source(&inner);
        entry.number_anew(before);
        let said = reader.loaded.problems.split_off(problems);
        let is_told = |problem: &Problem| problem.kind != ProblemKind::Unrecognised;
        reader
            .loaded
            .problems
            .extend(said.into_iter().filter(is_told));
        let pointer = self.pointer(value);
        self.count(before, &pointer, reader);
    }

    /// Says that a string is not looked into which may hold a completion.
    fn too_deep(
        &mut self,
        text: &str,
        value: Value<'_>,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) {
        if self.is_too_deep || !signs::may_hold_completion(text.as_bytes()) {
            return;
        }
        self.is_too_deep = true;
        let what = "this string lies too deep in strings within one another, or too much text stands in those: what it holds is \
                    not read";
        let what = with_generation(what.to_owned(), text);
        reader.problem(ProblemKind::Malformed, places.at(value.span().start), what);
    }

    /// Takes note of JSON in a string that names an answer and can't be read.
    fn unreadable(&mut self, text: &str, place: Place) {
        if self.unread.len() == MOST_UNREAD {
            return;
        }
        let what = "JSON in this string that can't be read: it is broken, or breaks off".to_owned();
        let id = generation_id::recorded_in(text.as_bytes()).map(str::to_owned);
        let what = with_generation(what, text);
        self.unread.push((place, id, what));
    }

    /// Takes the chunks of a stream, or a transcript; several streams are as many tries.
    pub(super) fn stream(
        &mut self,
        text: &str,
        value: Value<'_>,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) -> Unpaired {
        let mut unpaired = Unpaired::default();
        // A stream of anything else is nobody's trouble.
        if assemble::assemble(text, reader.limits).is_err() {
            return unpaired;
        }
        let place = places.at(value.span().start);
        let mut streams = reader.assemble(text, &|_| place.clone());
        reader.leave_fragments_out(&mut streams, &|_| place.clone());
        for stream in streams {
            unpaired.tries.push(Half {
                map: SourceMap::made(&stream.json, place.clone()),
                text: Arc::from(stream.json),
                pointer: self.pointer(value),
                place: place.clone(),
                what: "stream",
                stream: Some(stream.stream),
            });
        }
        if unpaired.tries.len() == 1 {
            unpaired.responses.append(&mut unpaired.tries);
        }
        unpaired
    }
}

/// Whether a string is what a provider said to OpenRouter, which may have asked another one then: an error in it is not
/// OpenRouter's answer.
fn is_of_provider(string: Value<'_>) -> bool {
    let beside = string.parent().filter(|_| string.raw_key() == Some("raw"));
    beside.is_some_and(|beside| beside.get_some("provider_name").is_some())
}

/// Whether a string is the text of a message as Slack exports it, where three letters are written as in HTML.
fn is_of_slack(string: Value<'_>) -> bool {
    let Some(message) = string.parent().filter(|_| string.raw_key() == Some("text")) else {
        return false;
    };
    let is_message = message.get("type").and_then(Value::str).as_deref() == Some("message");
    is_message
        && message
            .get("ts")
            .is_some_and(|ts| ts.kind() == Kind::String)
}

fn without_entities(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&")
}

/// Whether a string is a body in base64: it begins as JSON and transcripts do there, as Go's `json.Marshal` writes bytes, or
/// it is that of an answer of AWS Lambda's, which says so.
pub(in crate::completion::load) fn is_body_in_base64(string: Value<'_>, raw: &str) -> bool {
    // `{"`, `{ ` or `{` and a line's end, blank lines, `data:`, a comment.
    const STARTS: [&str; 8] = [
        "eyJ", "eyA", "ewo", "ICAg", "CiAg", "Cgo", "ZGF0YTo", "OiBP",
    ];
    let answer = string.parent().filter(|_| string.raw_key() == Some("body"));
    let said = answer.and_then(|answer| answer.get("isBase64Encoded"));
    match said.map(Value::kind) {
        Some(said) => said == Kind::True,
        // A token of three such parts has dots between them.
        None => STARTS.iter().any(|start| raw.starts_with(start)) && !raw.contains(['.', ' ']),
    }
}
