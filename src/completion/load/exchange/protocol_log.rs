//! What a browser's developer tools say of the network by their protocol, one message an item or a line, as the protocol
//! monitor saves it and automation logs it: request, response and body stand in messages of their own, tied by an id.

use std::collections::HashMap;
use std::ops::Range;

use super::broken::limits_of_a_file;
use super::recording;
use crate::completion::load::ProblemKind;
use crate::completion::load::framing::scan::document_end;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Document, Kind, Limits, Value};

/// Requests that are read of one log. Chosen: as many as of other HTTP messages.
const MOST: usize = 50_000;

const SENT: &str = "Network.requestWillBeSent";
const RECEIVED: &str = "Network.responseReceived";
const EVENT: &str = "Network.eventSourceMessageReceived";

/// Whether a text is such a log: its first message has a method of the protocol, and a request is sent soon.
pub(in crate::completion::load) fn is_log(head: &FileHead<'_>) -> bool {
    let text = head.text;
    if !text.starts_with(['[', '{']) || !text.contains(SENT) {
        return false;
    }
    let start = text.find('{').unwrap_or(text.len());
    let is_first = text[..start]
        .bytes()
        .all(|byte| byte == b'[' || byte.is_ascii_whitespace());
    let first = document_end(text.as_bytes(), start).and_then(|end| text.get(start..end));
    let doc = first.and_then(|first| Document::parse(first.into(), Limits::default()).ok());
    is_first
        && doc.is_some_and(|doc| {
            let method = doc.root().get("method").and_then(Value::str);
            method.is_some_and(|method| is_method(&method)) && doc.root().get("params").is_some()
        })
}

/// `Domain.method`.
fn is_method(text: &str) -> bool {
    text.split_once('.').is_some_and(|(domain, method)| {
        domain.starts_with(|c: char| c.is_ascii_uppercase())
            && [domain, method]
                .iter()
                .all(|part| part.bytes().all(|b| b.is_ascii_alphanumeric()))
    })
}

/// A message of the log, and where it stands.
struct Message {
    at: usize,
    doc: Document,
}

/// The messages of one request, by their numbers.
#[derive(Default)]
struct Call {
    sent: Option<usize>,
    received: Option<usize>,
    body: Option<usize>,
    events: Vec<usize>,
}

/// Reads such a log.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let mut messages: Vec<Message> = Vec::new();
    let mut calls: Vec<Call> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let (mut is_left_out, mut broken) = (false, None);
    for range in ranges(places.text()) {
        let text = &places.text()[range.clone()];
        // Of most requests of a page nothing is a body, and each has many messages.
        if !text.contains("requestId") {
            continue;
        }
        let doc = match Document::parse(text.into(), reader.limits) {
            Ok(doc) => doc,
            Err(error) => {
                broken = broken.or(Some((range.start + error.offset, error.what)));
                continue;
            }
        };
        let root = doc.root();
        let Some(id) = id_of(root) else { continue };
        let method = root.get("method").and_then(Value::str).unwrap_or_default();
        let is_body = body_of(root).is_some();
        if !is_body && ![SENT, RECEIVED, EVENT].contains(&method.as_ref()) {
            continue;
        }
        let number = messages.len();
        // An id is used again where a request is sent on to another address.
        let is_new = method == SENT || !known.contains_key(&id);
        if is_new && calls.len() == MOST {
            is_left_out = true;
            continue;
        }
        let index = match is_new {
            true => {
                calls.push(Call::default());
                known.insert(id, calls.len() - 1);
                calls.len() - 1
            }
            false => known.get(&id).copied().unwrap_or_default(),
        };
        let call = &mut calls[index];
        match method.as_ref() {
            SENT => call.sent = Some(number),
            RECEIVED => call.received = Some(number),
            EVENT => call.events.push(number),
            _ => call.body = Some(number),
        }
        drop(method);
        messages.push(Message {
            at: range.start,
            doc,
        });
    }
    if let Some((at, what)) = broken {
        reader.problem(ProblemKind::Malformed, places.at(at), what);
    }
    if is_left_out {
        let what = format!("this log has more than {MOST} requests; the rest is left out");
        reader.problem(ProblemKind::Malformed, places.at(0), what);
    }
    let mut list = DocumentBuilder::default();
    list.literal("[");
    let mut comma = "";
    for call in &calls {
        let Some(sent) = call.sent.or(call.received) else {
            continue;
        };
        list.literal(comma);
        comma = ",";
        write(call, sent, &messages, places, &mut list);
    }
    list.literal("]");
    let (json, map) = list.finish();
    if let Ok(doc) = Document::parse(json, limits_of_a_file(reader)) {
        let inner = Places::mapped(doc.text(), map, Vec::new(), places.at(0));
        match recording::is_recording(doc.root()) {
            true => recording::read(doc.root(), &inner, reader),
            false => {
                let what = "a log of DevTools without a request that was answered".to_owned();
                reader.problem(ProblemKind::Unrecognised, places.at(0), what);
            }
        }
    }
}

/// Writes a call as an exchange.
fn write(
    call: &Call,
    sent: usize,
    messages: &[Message],
    places: &Places<'_>,
    list: &mut DocumentBuilder,
) {
    let params =
        |number: usize, key: &str| messages.get(number)?.doc.root().get("params")?.get(key);
    list.literal("{\"request\":");
    match params(sent, "request") {
        Some(request) => copy(request, &messages[sent], places, list),
        None => list.literal("{}"),
    }
    list.literal(",\"response\":{");
    let mut comma = "";
    if let Some(received) = call.received
        && let Some(response) = params(received, "response")
    {
        for key in ["url", "status", "headers"] {
            if let Some(member) = response.get(key) {
                list.literal(&format!("{comma}\"{key}\":"));
                copy(member, &messages[received], places, list);
                comma = ",";
            }
        }
    }
    if let Some(number) = call.body
        && let Some((body, is_base64)) = body_of(messages[number].doc.root())
    {
        list.literal(&format!("{comma}\"isBase64Encoded\":{is_base64},\"body\":"));
        copy(body, &messages[number], places, list);
    }
    list.literal("}");
    if !call.events.is_empty() {
        list.literal(",\"_eventSourceMessages\":[");
        let mut comma = "";
        for number in &call.events {
            if let Some(data) = params(*number, "data") {
                list.literal(&format!("{comma}{{\"data\":"));
                copy(data, &messages[*number], places, list);
                list.literal("}");
                comma = ",";
            }
        }
        list.literal("]");
    }
    list.literal("}");
}

fn copy(value: Value<'_>, message: &Message, places: &Places<'_>, list: &mut DocumentBuilder) {
    let span = value.span();
    let map = places.map_of(message.at + span.start..message.at + span.end);
    list.copy(value.raw(), 0..value.raw().len(), &map);
}

/// The id of the request that a message is of.
fn id_of(message: Value<'_>) -> Option<String> {
    let params = message.get("params");
    let id = params.and_then(|params| params.get("requestId"));
    Some(
        id.or_else(|| message.get("requestId"))?
            .non_empty_str()?
            .into_owned(),
    )
}

/// The body of a response, and whether it is in base64.
fn body_of(message: Value<'_>) -> Option<(Value<'_>, bool)> {
    let holder = message.get("result").unwrap_or(message);
    let body = holder
        .get("body")
        .filter(|body| body.kind() == Kind::String)?;
    let is_base64 = holder
        .get("base64Encoded")
        .is_some_and(|it| it.kind() == Kind::True);
    Some((body, is_base64))
}

/// Where the messages stand, in a list or one after another.
fn ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + memchr::memchr(b'{', text.get(at..)?.as_bytes())?;
        let end = document_end(text.as_bytes(), start).filter(|end| text.is_char_boundary(*end))?;
        at = end;
        Some(start..end)
    })
}
