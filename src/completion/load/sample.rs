//! This program's own envelope, `{"request", "response", …}`, and what others write in the same shape:
//! parts as JSON strings, a response as its transcript or its chunks, a delivery as its payload.

use std::ops::Range;
use std::sync::Arc;

use super::record::Reader;
use super::shape::{self, describe};
use super::streams::chunks;
use super::{ProblemKind, delivery, exchange, unsupported};
use crate::completion::generation_id;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::completion::{Place, Stream};
use crate::json::{Document, Kind, Limits, Value};

/// Parts that may be JSON in a string; the response may be a transcript in one.
const PARTS: [&str; 3] = ["request", "response", "generation"];

/// A part that has to be brought into the normal form.
struct Raw<'d> {
    /// Where it stands in the envelope.
    span: Range<usize>,
    /// What is brought into it: it, or what it is a wrapper of.
    value: Value<'d>,
    part: &'static str,
}

impl<'d> Raw<'d> {
    fn of(part: &'static str, value: Value<'d>) -> Raw<'d> {
        Raw {
            span: value.span(),
            value,
            part,
        }
    }
}

impl Reader<'_> {
    /// Takes an envelope.
    pub fn sample(&mut self, doc: Document, places: &Places<'_>) {
        let provider = exchange::provider_beside(doc.root());
        let before = self.loaded.completions.len();
        self.envelope(doc, places);
        exchange::refuse(before, provider, self);
    }

    fn envelope(&mut self, doc: Document, places: &Places<'_>) {
        let root = doc.root();
        let name = root.get("name").and_then(Value::non_empty_str);
        let name = name.map(std::borrow::Cow::into_owned);
        let whole = doc.text();
        let mut builder = DocumentBuilder::with_capacity(whole.len());
        let mut stream = None;
        let mut done = 0;
        let raw = raw_parts(root);
        // A delivery may stand before the response, whose id tells which of its generations counts.
        let response = raw.iter().find(|raw| raw.part == "response");
        let mut response = response.map(|raw| {
            let at = places.at(raw.value.span().start);
            self.response_in(raw.value, &at)
        });
        let id = match &response {
            Some(read) => read.as_ref().and_then(|(json, _)| id_in(json)),
            None => id_of(root.get("response")),
        };
        for Raw { span, value, part } in raw {
            let between = places.map_of(done..span.start);
            builder.copy(&whole[done..span.start], 0..span.start - done, &between);
            done = span.end;
            let at = places.at(span.start);
            match part {
                "delivery" => self.delivery_of_sample(value, id.as_deref(), places, &mut builder),
                "response" => {
                    let Some((json, assembled)) = response.take().flatten() else {
                        if knows_more_than_the_response(root) {
                            builder.literal("null");
                            continue;
                        }
                        // Without it nothing can be said of what was generated; why it is missing was said.
                        return;
                    };
                    builder.derived(&json, at);
                    stream = assembled;
                }
                "request"
                    if value.kind() != Kind::String
                        && value.span() == span
                        && !shape::are_messages(value) =>
                {
                    let what = "`request` holds several requests, so what was asked is not known";
                    self.note(at, what.to_owned());
                    builder.literal("null");
                }
                "request" if value.kind() != Kind::String => {
                    write_request(value, root.get("request"), places, &mut builder);
                }
                _ => match object_in(value, self) {
                    Ok(inner) if part == "request" && span != value.span() => {
                        let has = |key: &str| inner.root().get(key).is_some();
                        let beside = beside(root.get("request"), &value.span(), has);
                        builder.literal("{");
                        write_beside(&beside, places, &mut builder);
                        builder.derived(&inner.root().raw()[1..], at);
                    }
                    Ok(inner) => builder.derived(inner.root().raw(), at),
                    // An id of it, or its first words.
                    Err(_) if part == "request" && is_words(value) => {
                        let what = "`request` is text and no request's body, so what was asked is not known";
                        self.note(at, what.to_owned());
                        builder.literal("null");
                    }
                    Err(why) => {
                        let what = format!("`{part}` is {why}");
                        self.problem(ProblemKind::Malformed, at, what);
                        builder.literal("null");
                    }
                },
            }
        }
        let time = exchange::told_with_unit(root);
        if done == 0 && time.is_none() {
            let map = places.map_of(0..whole.len());
            self.finish(name, doc, map, None);
            return;
        }
        let brace = root.span().end - 1;
        let rest = places.map_of(done..brace);
        builder.copy(&whole[done..brace], 0..brace - done, &rest);
        if let Some((millis, time)) = time {
            builder.literal(",\"duration_ms\":");
            builder.derived(&millis.to_string(), places.at(time.span().start));
        }
        builder.literal("}");
        self.push(name, builder, stream);
    }

    /// The response that a string holds, or a list of chunks.
    fn response_in(&mut self, response: Value<'_>, at: &Place) -> Option<(String, Option<Stream>)> {
        let of_list = || chunks::text_of_list(response);
        let text = response.str().or_else(of_list);
        let text = text.unwrap_or(response.raw().into());
        let read = self.response_of_text(&text, "`response` is a string that", |_| at.clone())?;
        if read.1.is_some() {
            return Some(read);
        }
        let doc = Document::parse(Arc::from(read.0.as_str()), self.limits).ok()?;
        if let Some(answer) = shape::answer_within(doc.root()) {
            return Some((answer.raw().to_owned(), None));
        }
        if shape::is_response(doc.root()) || shape::is_response_beside(doc.root()) {
            return Some(read);
        }
        let what = format!(
            "`response` is a string with JSON that is no response of OpenRouter's APIs: {}",
            describe(doc.root())
        );
        self.problem(ProblemKind::Unreadable, at.clone(), what);
        None
    }

    /// The generation of a delivery's payload that this sample is about.
    fn delivery_of_sample(
        &mut self,
        payload: Value<'_>,
        id: Option<&str>,
        places: &Places<'_>,
        builder: &mut DocumentBuilder,
    ) {
        let at = places.at(payload.span().start);
        let found = delivery::generations_of(payload);
        let is_same = |generation: &&delivery::OtlpGeneration| generation.id().as_deref() == id;
        let is_another = |generation: &delivery::OtlpGeneration| {
            generation.id().is_some_and(|id| generation_id::is_one(&id))
                && id.is_some_and(generation_id::is_one)
        };
        let same = id.and_then(|_| found.iter().find(is_same));
        let first = found.iter().find(|generation| !is_another(generation));
        if let Some(generation) = same.or(first) {
            if found.len() > 1 {
                let what = format!(
                    "this delivery holds {} generations; the one of this response counts, else the first that may be its",
                    found.len()
                );
                self.note(at, what);
            }
            generation.write(builder, places);
            return;
        }
        let what = match found.len() {
            0 => "this delivery holds no generation".to_owned(),
            1 => "this delivery is of another generation than the response, so it is left out"
                .to_owned(),
            count => format!(
                "this delivery holds {count} generations, none of which is the response's, so it is left out"
            ),
        };
        self.note(at, what);
        builder.literal("null");
    }
}

/// Writes the request that stands within `wrapper`: an object, or a list of messages; of the wrapper's own members those that
/// a request has and this one lacks.
fn write_request(
    request: Value<'_>,
    wrapper: Option<Value<'_>>,
    places: &Places<'_>,
    builder: &mut DocumentBuilder,
) {
    let is_list = request.kind() == Kind::Array;
    let span = request.span();
    let beside = beside(wrapper, &span, |key| !is_list && request.get(key).is_some());
    if beside.is_empty() && !is_list {
        return places.copy(request, builder);
    }
    builder.literal("{");
    write_beside(&beside, places, builder);
    if is_list {
        builder.literal("\"messages\":");
        places.copy(request, builder);
        builder.literal("}");
        return;
    }
    let members = span.start + 1..span.end;
    builder.mapped(&places.text()[members.clone()], places.map_of(members));
}

/// The members of a wrapper that a request has, without the one in which the request stands and those that it `has` itself.
fn beside<'d>(
    wrapper: Option<Value<'d>>,
    request: &Range<usize>,
    has: impl Fn(&str) -> bool,
) -> Vec<Value<'d>> {
    let wrapper = wrapper.filter(|wrapper| wrapper.kind() == Kind::Object);
    let members = wrapper.into_iter().flat_map(Value::children);
    let is_beside = |member: &Value<'_>| {
        let key = member.raw_key().unwrap_or_default();
        let own = member.span();
        let is_around = own.start <= request.start && request.end <= own.end;
        shape::is_of_request(key) && !is_around && !has(key)
    };
    members.filter(is_beside).collect()
}

fn write_beside(members: &[Value<'_>], places: &Places<'_>, builder: &mut DocumentBuilder) {
    for member in members {
        builder.literal(&format!("\"{}\":", member.raw_key().unwrap_or_default()));
        places.copy(*member, builder);
        builder.literal(",");
    }
}

/// The id of a response.
fn id_of(response: Option<Value<'_>>) -> Option<String> {
    let id = response?.get("id")?.non_empty_str()?;
    Some(id.into_owned())
}

/// The id of a response that was read.
fn id_in(json: &str) -> Option<String> {
    let doc = Document::parse(Arc::from(json), Limits::default().around(8)).ok()?;
    id_of(Some(doc.root()))
}

/// What of an envelope is not in the normal form yet, in the order of the text.
fn raw_parts(root: Value<'_>) -> Vec<Raw<'_>> {
    let mut raw = Vec::new();
    for part in PARTS {
        let value = root.get(part);
        let is_raw = |value: &Value<'_>| {
            let is_list = value.kind() == Kind::Array && chunks::text_of_list(*value).is_some();
            value.kind() == Kind::String
                || (part == "response" && (is_list || chunks::are_chunks(*value)))
        };
        if let Some(value) = value.filter(is_raw) {
            raw.push(Raw::of(part, value));
        } else if part == "request"
            && let Some(wrapper) = value
        {
            let requests = shape::requests_within(wrapper);
            if let Some(first) = requests.first() {
                raw.push(Raw {
                    span: wrapper.span(),
                    value: if requests.len() == 1 { *first } else { wrapper },
                    part,
                });
            }
        }
    }
    let payload = root.get("delivery").filter(|d| delivery::is_payload(*d));
    if let Some(value) = payload {
        raw.push(Raw::of("delivery", value));
    }
    raw.sort_by_key(|raw| raw.span.start);
    raw
}

/// Whether a sample has a generation record or a delivery, which tell what was generated without it.
fn knows_more_than_the_response(root: Value<'_>) -> bool {
    ["generation", "delivery"]
        .iter()
        .any(|part| root.get_some(part).is_some())
}

/// Whether a string is words, and no JSON that was to be read.
fn is_words(string: Value<'_>) -> bool {
    let text = string.str().unwrap_or_default();
    text.starts_with(|c: char| c.is_alphanumeric())
        && !text.contains(['{', '[', '"'])
        && Document::parse(Arc::from(text.trim()), Limits::default()).is_err()
}

/// The object that a string holds as JSON, perhaps as a string in a string.
fn object_in(value: Value<'_>, reader: &Reader<'_>) -> Result<Document, String> {
    const STRINGS: usize = 3;
    let mut text = value.str().unwrap_or_default().into_owned();
    for _ in 0..STRINGS {
        let no_object = |why: &str| format!("a string that is no JSON object: {why}");
        if let Some(what) = unsupported::no_json(&text) {
            return Err(format!("a string that is {what}, and no JSON object"));
        }
        let doc = Document::parse(Arc::from(text.trim()), reader.limits);
        let doc = doc.map_err(|error| no_object(&error.to_string()))?;
        match doc.root().str() {
            Some(inner) => text = inner.into_owned(),
            None if doc.root().kind() == Kind::Object => return Ok(doc),
            None => return Err(no_object(&describe(doc.root()))),
        }
    }
    Err("a string that holds strings in strings, and no JSON object".to_owned())
}
