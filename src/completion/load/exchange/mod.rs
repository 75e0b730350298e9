//! HTTP exchanges, whoever recorded them: browsers, proxies, test recorders, SDKs, gateways, `curl`.
//!
//! An adapter makes [`Exchange`]s of what its tool wrote: URL, method, status, headers, decoded bodies and
//! times. From there on all are read alike. The next recorder is one more adapter.

mod api;
mod body;
mod broken;
mod command;
mod elsewhere;
mod flow_text;
mod gateway;
mod http_text;
mod httprr;
mod keys;
mod matcher;
mod message;
mod moment;
mod pair;
mod part;
mod printed;
mod protocol_log;
mod recording;
mod records;
mod sdk;
mod sdk_result;
mod snapshots;
mod vendors;
mod yaml;

pub(super) use body::{python_bytes, python_text, text_of_base64};
pub(super) use broken::{is_list, read_har as read_broken_har, read_list};
pub(super) use command::{NAME as CURL_COMMAND, is_command, other_names as other_commands};
pub(super) use elsewhere::{
    provider_beside, refuse, refuse_among_words, refuse_below_address, refuse_in_record,
};
pub(super) use gateway::{is_litellm, read_litellm};
pub(super) use http_text::{is_http, read as read_http};
pub(super) use httprr::{is_httprr, read as read_httprr};
pub(super) use moment::{of as moment_of, of_text as moment_of_text};
pub(super) use pair::told_with_unit;
pub(super) use printed::{
    is_debug_output, is_router_log, is_sdk_log, is_wire_log, may_be_router_log, read_debug_output,
    read_router_log, read_sdk_log, read_wire_log,
};
pub(super) use protocol_log::{is_log as is_protocol_log, read as read_protocol_log};
pub(super) use recording::{
    begins_like_har, is_har, is_recording, is_single, names as names_of_recorders,
    read as read_recording, read_har, read_single,
};
pub(super) use sdk::{is_axios_error, is_devtools, read_axios_error, read_devtools};
pub(super) use sdk_result::{is_result as is_sdk_result, read_result as read_sdk_result};
pub(super) use yaml::{
    is_below_words as is_yaml_below_words, is_yaml, read as read_yaml,
    read_below_words as read_yaml_below_words,
};

use std::sync::Arc;

use self::body::{Body, Text};
use self::message::{Exchange, Headers, Measured, OF_REQUEST, OF_RESPONSE};
use self::records::Records;
use super::record::Reader;
use super::streams::assemble::is_stream;
use super::{ProblemKind, shape};
use crate::completion::load::unsupported;
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::completion::{Place, Stream, time};
use crate::json::{Document, Kind, Limits, Value, quote};

/// Whether a record with a response keeps the request's body somewhere else than as its `request`, so that it
/// is more than a response with something around it.
pub(super) fn keeps_request_elsewhere(value: Value<'_>) -> bool {
    is_litellm(value) || is_single(value)
}

/// Reads a command, and what `curl` printed below it, which the beginning of the text may not have shown.
pub(super) fn read_command(places: &Places<'_>, reader: &mut Reader<'_>) {
    match command::printed(places.text()).is_some_and(http_text::begins_as_printed) {
        true => http_text::read(places, reader),
        false => command::read(places, reader),
    }
}

/// What an exchange turned out to be.
#[derive(Debug)]
enum ExchangeOutcome {
    /// A completion, which was read as far as it could be.
    Completion,
    /// A request to which there is no answer, so that it is not known what came of it.
    Unanswered,
    /// Anything else that goes over HTTP, and why it is none.
    Other(String),
}

/// What to say of a request without an answer.
const UNANSWERED: &str = "a request without a response here; what came of it is not known";

/// Reads one exchange into the reader's completions.
fn read(
    exchange: &Exchange<'_>,
    records: &mut Records,
    reader: &mut Reader<'_>,
) -> ExchangeOutcome {
    let request = match &exchange.request.body {
        Body::Text(text) => json_part(text, reader.limits),
        _ => None,
    };
    if let Err(why) = api::is_completion(
        exchange,
        request.as_ref().map(|part| part.doc.root()),
        reader.limits,
    ) {
        return match holds_others(exchange, reader) {
            true => ExchangeOutcome::Completion,
            false => ExchangeOutcome::Other(why),
        };
    }
    if matches!(exchange.status, None | Some(0)) && exchange.response.body.is_absent() {
        return ExchangeOutcome::Unanswered;
    }
    let mut parts = CompletionBuilder::default();
    match (&exchange.request.body, request) {
        // What a server was asked that handed the answer on may be in words of its own.
        (_, Some(part)) if api::is_elsewhere(exchange) && !shape::is_request(part.doc.root()) => {}
        (_, None) if api::is_elsewhere(exchange) => {}
        (_, Some(part)) if !may_ask(part.doc.root()) => {
            let found = shape::describe(part.doc.root());
            let what = format!(
                "the recording's body of this request is none that OpenRouter's APIs take ({found}), so what was asked is not known"
            );
            reader.note(exchange.at.clone(), what);
        }
        (_, Some(part)) => parts.copy("request", part.doc.root(), &part.map),
        (Body::Text(text), None) => {
            let error = Document::parse(text.text.trim().into(), reader.limits).err();
            let error = error.map(|error| error.to_string()).unwrap_or_default();
            let what = format!("the request's body is not JSON: {error}");
            reader.problem(ProblemKind::Malformed, text.at.clone(), what);
        }
        (Body::Unreadable { at, what }, None) => {
            let what = format!("the request's body cannot be read: {what}");
            reader.problem(ProblemKind::Malformed, at.clone(), what);
        }
        (Body::Absent, None) if exchange.request.is_recorded => {
            let what = "the recording has no body of this request, so what was asked is not known";
            reader.note(exchange.at.clone(), what.to_owned());
        }
        (Body::Absent, None) => {}
    }
    let Some(answer) = response(exchange, reader) else {
        return ExchangeOutcome::Completion;
    };
    let (id, stream) = match answer {
        Answer::Response(response) => (write_response(&response, &mut parts), response.stream),
        Answer::Gone { status, body, at } => {
            let said = said_by_server(status, body);
            parts.open("captured");
            let captured = format!(r#"{{"ending":"lost","reason":{}}}"#, quote(&said));
            parts.builder.derived(&captured, at);
            (None, None)
        }
    };
    // An answer may have an id of its provider's, and the header the generation's.
    let named = exchange.response.headers.get("x-generation-id");
    let id = named.filter(|id| records.has(id)).or(id.as_deref());
    if let Some(record) = id.and_then(|id| records.join(id)) {
        parts.open("generation");
        record.copy(&mut parts.builder);
    }
    write_headers(
        "headers",
        &exchange.request.headers,
        &OF_REQUEST,
        &mut parts,
    );
    write_headers(
        "response_headers",
        &exchange.response.headers,
        &OF_RESPONSE,
        &mut parts,
    );
    if let Some(took) = exchange.times.took() {
        parts.open("duration_ms");
        parts.builder.derived(&took.millis.to_string(), took.at);
    }
    parts.time("completed_at", exchange.times.completed());
    parts.time("recorded_at", exchange.times.noted.clone());
    parts.builder.literal("}");
    let was_as_sent = std::mem::replace(&mut reader.is_as_sent, true);
    reader.push(None, parts.builder, stream);
    reader.is_as_sent = was_as_sent;
    ExchangeOutcome::Completion
}

/// Reads what an exchange brings that is no completion itself: a batch with its results that was asked for, a Broadcast
/// delivery on its way. Whether there were completions in it.
fn holds_others(exchange: &Exchange<'_>, reader: &mut Reader<'_>) -> bool {
    let is_of_batch = exchange
        .url
        .as_deref()
        .is_some_and(|url| url.contains("/batches"));
    let is_delivery = |text: &str| memchr::memmem::find(text.as_bytes(), b"\"resourceSpans\"");
    let kept = match (&exchange.request.body, &exchange.response.body) {
        (Body::Text(sent), _) if is_delivery(&sent.text).is_some() => sent,
        (_, Body::Text(came)) if is_of_batch => came,
        _ => return false,
    };
    let before = (
        reader.loaded.completions.len(),
        reader.loaded.problems.len(),
    );
    let places = Places::mapped(&kept.text, kept.map.clone(), Vec::new(), kept.at.clone());
    let origin = reader.origin_of_entry(kept.at.clone(), reader.origin.record);
    reader.entry(&origin).text(&places);
    let has_found = reader.loaded.completions.len() > before.0;
    if !has_found {
        reader.loaded.problems.truncate(before.1);
    }
    has_found
}

/// Whether a request's body has anything that one of the APIs takes.
fn may_ask(body: Value<'_>) -> bool {
    let mut members = body.children();
    members.any(|member| shape::is_of_request(member.raw_key().unwrap_or_default()))
}

/// Makes a completion of the request alone. Nothing is made of one without a body; whether one was made.
///
/// # Errors
/// Why it asks for none, behind words for what it is.
fn push_request(exchange: &Exchange<'_>, reader: &mut Reader<'_>) -> Result<bool, String> {
    let Body::Text(text) = &exchange.request.body else {
        return Ok(false);
    };
    let Some(part) = json_part(text, reader.limits) else {
        let error = Document::parse(text.text.trim().into(), reader.limits).err();
        let why = error.map(|error| format!(": {error}")).unwrap_or_default();
        return Err(format!(" whose data is not a JSON object{why}"));
    };
    let root = part.doc.root();
    api::is_completion(exchange, Some(root), reader.limits)
        .map_err(|why| format!(", but {why}"))?;
    let mut parts = CompletionBuilder::default();
    parts.copy("request", root, &part.map);
    write_headers(
        "headers",
        &exchange.request.headers,
        &OF_REQUEST,
        &mut parts,
    );
    parts.builder.literal("}");
    reader.push(None, parts.builder, None);
    Ok(true)
}

/// The members of a completion, one after another.
#[derive(Default)]
struct CompletionBuilder {
    builder: DocumentBuilder,
    any: bool,
}

impl CompletionBuilder {
    fn open(&mut self, key: &str) {
        let before = if self.any { ',' } else { '{' };
        self.builder.literal(&format!("{before}\"{key}\":"));
        self.any = true;
    }

    fn time(&mut self, key: &str, time: Option<Measured>) {
        let Some(Measured { millis, at }) = time else {
            return;
        };
        if let Some(iso) = time::iso(millis) {
            self.open(key);
            self.builder.derived(&quote(&iso), at);
        }
    }

    fn copy(&mut self, key: &str, value: Value<'_>, map: &SourceMap) {
        self.open(key);
        self.builder
            .copy(value.document().text(), value.span(), map);
    }
}

/// A body that is JSON.
struct JsonPart {
    doc: Document,
    map: SourceMap,
}

impl JsonPart {
    /// The map of its outermost value alone.
    fn map(&self) -> SourceMap {
        self.map.part(self.doc.text(), self.doc.root().span())
    }
}

/// Strings that hold JSON hold it in a string again at most so often.
const STRINGS: usize = 3;

/// The object that a text is, or a string in it.
fn json_part(text: &Text<'_>, limits: Limits) -> Option<JsonPart> {
    let mut doc = Document::parse(Arc::from(text.text.as_ref()), limits).ok()?;
    let mut map = text.map.clone();
    for _ in 0..STRINGS {
        if doc.root().kind() != Kind::String {
            break;
        }
        let inner = doc.root().str()?.into_owned();
        map = SourceMap::made(&inner, text.at.clone());
        doc = Document::parse(Arc::from(inner), limits).ok()?;
    }
    (doc.root().kind() == Kind::Object).then_some(JsonPart { doc, map })
}

/// A response that was read.
struct Response {
    json: String,
    map: SourceMap,
    stream: Option<Stream>,
}

/// What came back to a request.
enum Answer<'d> {
    /// A response of the API, its error among them.
    Response(Response),
    /// A server's failure in other words than OpenRouter's: a gateway's page, an empty body. The request may
    /// have been answered behind it.
    Gone {
        status: u16,
        body: Option<&'d str>,
        at: Place,
    },
}

/// What came of a request that failed without an error body of OpenRouter's. A status of 4xx alone tells that it
/// was refused; a server's own failure, or its giving up, tells nothing of what was generated behind it, and neither does what
/// proxies write where the client went away.
fn failure<'d>(status: u16, body: Option<&'d str>, at: Place) -> Answer<'d> {
    const GAVE_UP: [u16; 2] = [408, 499];
    match (400..500).contains(&status) && !GAVE_UP.contains(&status) {
        true => Answer::Response(refusal(status, body, at)),
        false => Answer::Gone { status, body, at },
    }
}

/// The response of a completion. `None` where there is none to be had; what there is to say of it is said.
fn response<'d>(exchange: &'d Exchange<'_>, reader: &mut Reader<'_>) -> Option<Answer<'d>> {
    let failed = exchange.status.filter(|status| *status >= 400);
    let text = match &exchange.response.body {
        Body::Text(text) if !text.text.trim().is_empty() => text,
        Body::Unreadable { at, .. } if failed.is_some() => {
            return failed.map(|status| failure(status, None, at.clone()));
        }
        Body::Unreadable { at, what } => {
            let what = format!("the response's body cannot be read: {what}");
            reader.problem(ProblemKind::Malformed, at.clone(), what);
            return None;
        }
        _ => {
            if let Some(status) = failed {
                return Some(failure(status, None, exchange.at.clone()));
            }
            let what =
                "the body of this response was not recorded; save the recording with content";
            reader.problem(ProblemKind::Malformed, exchange.at.clone(), what.to_owned());
            return None;
        }
    };
    if let Some(what) = &text.broken {
        let what = format!("the response's body is not text throughout: {what}");
        reader.problem(ProblemKind::Malformed, text.at.clone(), what);
    }
    let inner = string_inside(&text.text, reader.limits);
    let stream = inner.as_deref().unwrap_or(&text.text);
    if is_stream(stream) {
        let place = |offset| match inner {
            Some(_) => text.at.clone(),
            None => text.place_of(offset),
        };
        let (json, stream) = reader.response_of_text(stream, "the response's body", place)?;
        return Some(Answer::Response(Response {
            map: SourceMap::made(&json, text.at.clone()),
            json,
            stream,
        }));
    }
    if let Some(part) = json_part(text, reader.limits) {
        let whole = part.doc.root();
        let root = shape::answer_within(whole).unwrap_or(whole);
        let says_more = api::is_response(root) || root.get_some("error").is_some();
        if failed.is_none() && !shape::has_meaning(root) {
            let what = shape::describe_response(root);
            reader.problem(ProblemKind::Unreadable, text.at.clone(), what);
            return None;
        }
        return Some(match failed {
            Some(status) if !says_more => failure(status, Some(&text.text), text.at.clone()),
            _ => Answer::Response(Response {
                json: root.raw().to_owned(),
                map: part.map.part(part.doc.text(), root.span()),
                stream: None,
            }),
        });
    }
    if let Some(status) = failed {
        return Some(failure(status, Some(&text.text), text.at.clone()));
    }
    let bare = text.text.trim_start();
    let lead = text.text.len() - bare.len();
    let (at, what) = match unsupported::no_json(bare) {
        Some(is) => {
            let what = format!("the response's body is {is}, neither JSON nor an SSE transcript");
            (lead, what)
        }
        None => {
            let error = Document::parse(bare.trim_end().into(), reader.limits).err();
            let at = error.as_ref().map_or(0, |error| error.offset);
            let error = error.map_or_else(|| "a value by itself".to_owned(), |e| e.to_string());
            let what =
                format!("the response's body is neither JSON nor an SSE transcript: {error}");
            (lead + at, what)
        }
    };
    reader.problem(ProblemKind::Malformed, text.place_of(at), what);
    None
}

/// The text of a JSON string that fills a text.
fn string_inside(text: &str, limits: Limits) -> Option<String> {
    if !text.trim_start().starts_with('"') {
        return None;
    }
    let doc = Document::parse(text.into(), limits).ok()?;
    doc.root().str().map(|text| text.into_owned())
}

/// A server's failure in a few words.
fn said_by_server(status: u16, body: Option<&str>) -> String {
    let said = body.map(|body| body.trim().chars().take(200).collect::<String>());
    match said.filter(|said| !said.is_empty()) {
        Some(said) => format!("HTTP {status}: {said}"),
        None => format!("HTTP {status}"),
    }
}

/// The response of a request that was refused with something else than OpenRouter's error body: a proxy's
/// page, an empty body. The status alone tells that nothing was generated.
fn refusal(status: u16, body: Option<&str>, at: Place) -> Response {
    let message = said_by_server(status, body);
    let json = format!(
        r#"{{"error":{{"code":{status},"message":{}}}}}"#,
        quote(&message)
    );
    Response {
        map: SourceMap::made(&json, at),
        json,
        stream: None,
    }
}

/// Appends a response and gives the id of its generation.
fn write_response(response: &Response, parts: &mut CompletionBuilder) -> Option<String> {
    parts.open("response");
    parts
        .builder
        .copy(&response.json, 0..response.json.len(), &response.map);
    let doc = Document::parse(Arc::from(response.json.as_str()), Limits::default()).ok()?;
    doc.root()
        .get("id")?
        .non_empty_str()
        .map(|id| id.into_owned())
}

fn write_headers(key: &str, headers: &Headers, names: &[&str], parts: &mut CompletionBuilder) {
    let mut opening = "{";
    for header in headers.among(names) {
        if opening == "{" {
            parts.open(key);
        }
        parts
            .builder
            .literal(&format!("{opening}{}:", quote(header.name)));
        parts
            .builder
            .derived(&quote(&header.value), header.at.clone());
        opening = ",";
    }
    if opening == "," {
        parts.builder.literal("}");
    }
}
