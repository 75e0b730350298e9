//! The log of claude-code-router, one record a line: what it sent on (`final request`), each piece that came (`recieved data`), and
//! what it made of those for Claude Code (`send data`), by turns. What it made is no generation of its own.

use std::collections::HashMap;

use crate::completion::Place;
use crate::completion::load::framing;
use crate::completion::load::framing::lines::lines;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Kind, Value, quote};

const CAME: &str = "\"recieved data\"";
const MADE: &str = "\"send data\"";
const SENT: &str = "\"final request\"";
const ASKED: &str = "\"request body\"";

/// Whether a text is such a log: a server that says it was asked as Anthropic's API is. What it sent on may stand far behind.
pub(in crate::completion::load) fn is_router_log(head: &FileHead<'_>) -> bool {
    let asks = |line: &str| {
        let has = |sign: &str| line.contains(sign);
        has("\"incoming request\"") && has("\"reqId\"") && has("\"url\":\"/v1/messages")
    };
    may_be_router_log(head) && head.text.lines().any(asks)
}

/// Whether a text begins as such a log does, which says first what it can do, or anywhere in it. Of another first line
/// nobody could know how much has to come before the log tells itself.
pub(in crate::completion::load) fn may_be_router_log(head: &FileHead<'_>) -> bool {
    let first = head.text.lines().next().unwrap_or_default();
    let has = |sign: &str| first.contains(sign);
    first.starts_with('{')
        && (has("\"register transformer: ") || has("\"reqId\":\"req-") && has("\"hostname\":"))
}

/// A call that was sent on.
struct Call {
    at: Place,
    url: String,
    body: String,
    answer: String,
    answer_at: Option<Place>,
}

/// Reads such a log.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let before = reader.loaded.completions.len();
    let mut calls: Vec<Call> = Vec::new();
    // The last one of each request that came in.
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut others = DocumentBuilder::default();
    for range in lines(places.text()) {
        let line = &places.text()[range.clone()];
        let is_own = [CAME, MADE, SENT, ASKED]
            .iter()
            .any(|sign| line.contains(sign));
        let doc = match is_own {
            true => framing::document(line.trim().as_bytes()),
            false => None,
        };
        let root = doc.as_ref().map(|doc| doc.root());
        let is_taken =
            root.is_some_and(|root| take(root, places.at(range.start), &mut calls, &mut known));
        if !is_taken {
            others.mapped(line, places.map_of(range.clone()));
            others.literal("\n");
        }
    }
    let is_of_router = !calls.is_empty();
    for (index, call) in calls.into_iter().enumerate() {
        let origin = reader.origin_of_entry(call.at.clone(), index + 1);
        call.read(&mut reader.entry(&origin));
    }
    let (text, map) = others.finish();
    // What it says beside its calls is of none.
    let may_hold = |text: &str| text.contains("choices") || text.contains("message_start");
    if !is_of_router || may_hold(&text) {
        let inner = Places::mapped(&text, map, Vec::new(), places.at(0));
        let origin = reader.origin_of_entry(places.at(0), reader.origin.record);
        reader.entry(&origin).text_of_source(&inner);
    }
    reader.loaded.completions[before..].sort_by_key(|found| found.origin.offset);
    reader.number(before);
}

/// Takes a record; whether it is of a call.
fn take(
    root: Value<'_>,
    at: Place,
    calls: &mut Vec<Call>,
    known: &mut HashMap<String, usize>,
) -> bool {
    let text = |key: &str| root.get(key).and_then(Value::str);
    let Some(id) = root.get("reqId").map(|id| id.raw().to_owned()) else {
        return false;
    };
    let kind = text("type").unwrap_or_default();
    let request = root.get("request").filter(|_| {
        let said = text("msg").unwrap_or_default();
        said == "final request"
    });
    if let Some(request) = request {
        let body = request.get("body").map(|body| match body.kind() {
            Kind::String => body.str().unwrap_or_default().into_owned(),
            _ => body.raw().to_owned(),
        });
        known.insert(id, calls.len());
        calls.push(Call {
            at,
            url: text("requestUrl").unwrap_or_default().into_owned(),
            body: body.unwrap_or_default(),
            answer: String::new(),
            answer_at: None,
        });
        return true;
    }
    let call = known.get(&id).and_then(|index| calls.get_mut(*index));
    match (kind.as_ref(), call) {
        ("recieved data", Some(call)) => {
            let Some(data) = root.get("data") else {
                return true;
            };
            let data = match data.kind() {
                Kind::String => data.str().unwrap_or_default().into_owned(),
                _ => data.raw().to_owned(),
            };
            call.answer.push_str("data: ");
            call.answer.push_str(data.trim());
            call.answer.push_str("\n\n");
            call.answer_at.get_or_insert(at);
            true
        }
        ("send data", Some(_)) | ("request body", _) => true,
        _ => false,
    }
}

impl Call {
    /// Reads it as any other recorded exchange.
    fn read(self, reader: &mut Reader<'_>) {
        let mut builder = DocumentBuilder::default();
        builder.literal(r#"{"request":{"method":"POST","url":"#);
        builder.derived(&quote(&self.url), self.at.clone());
        builder.literal(r#","headers":{},"body":"#);
        builder.derived(&quote(&self.body), self.at.clone());
        builder.literal("}");
        if let Some(at) = self.answer_at {
            builder.literal(r#","response":{"status":200,"headers":{},"body":"#);
            builder.derived(&quote(&self.answer), at);
            builder.literal("}");
        }
        builder.literal("}");
        let (text, map) = builder.finish();
        reader.text(&Places::mapped(&text, map, Vec::new(), self.at));
    }
}
