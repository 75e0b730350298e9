//! A request and a response beside one another in JSON, in the spellings of recorders, proxies, gateways
//! and SDKs: two objects (`request` and `response`), one flat record (`request_body`, `response_body`), or
//! nock's (`scope`, `path`, `body`, `response`).

mod names;
mod times;
mod wire;

use std::borrow::Cow;

use self::names::{
    BODY, HEADERS, HOST, OF_ANSWERS, OF_COMPLETION, PATH, REQUEST, REQUEST_BODY, REQUEST_HEADERS,
    RESPONSE, RESPONSE_BODY, RESPONSE_HEADERS, STATUS, URL,
};
pub(in crate::completion::load) use self::times::told_with_unit;
use self::times::{is_of_go, times};
use super::api::leads_elsewhere;
use super::body::{Body, BodyLimits, Decoder, Labels, Writing};
use super::keys::{self, get};
use super::matcher;
use super::message::{Exchange, Headers, Message};
use super::snapshots;
use super::vendors::vendor;
use crate::completion::load::streams::assemble::is_stream;
use crate::completion::source_map::Places;
use crate::json::{Kind, Value};

/// Whether a value is an exchange. It may stand anywhere, so this is strict.
pub(super) fn is_exchange(value: Value<'_>) -> bool {
    if value.kind() != Kind::Object {
        return false;
    }
    let [request, response] = sides(value);
    let is_message = |part: Option<Value<'_>>| part.is_some_and(is_message);
    let may_stand_beside = |part: Option<Value<'_>>| {
        part.is_none_or(|part| matches!(part.kind(), Kind::Object | Kind::String))
    };
    let is_text = |part: Option<Value<'_>>| part.is_some_and(|part| part.kind() == Kind::String);
    let is_told_by_a_gateway = || {
        let beside = ["path", "endpoint", "url", "statuscode"];
        is_text(request) && is_text(response) && get(value, &beside).is_some()
    };
    is_message(request) && (is_message(response) || may_stand_beside(response))
        || is_message(response) && may_stand_beside(request)
        || is_flat(value)
        || is_nock(value)
        || is_told_by_a_gateway()
}

/// The request and the response of a record, as far as they are objects or texts of their own.
pub(super) fn sides(value: Value<'_>) -> [Option<Value<'_>>; 2] {
    if is_nock(value) {
        return [None, None];
    }
    if let Some(request) = snapshots::request_of(value) {
        return [Some(request), Some(value)];
    }
    if let Some(sides) = of_httpmock(value) {
        return sides.map(Some);
    }
    // Postman and axios keep the request within the response, an error of axios' beside it.
    let config = value.get("config").filter(|config| {
        let has = |key| config.get(key).is_some();
        has("url") && has("method")
    });
    let beside = get(value, &RESPONSE).filter(|response| is_message(*response));
    if let (Some(config), Some(response)) = (config, beside) {
        return [Some(config), Some(response)];
    }
    let is_response = value.get("data").is_some() && value.get("status").is_some();
    let within = value.get("originalRequest");
    if let Some(request) = within.or(config.filter(|_| is_response)) {
        return [Some(request), Some(value)];
    }
    if let Some(request) = request_of_response(value) {
        return [Some(request), Some(value)];
    }
    let [request, response] = [get(value, &REQUEST), get(value, &RESPONSE)];
    let is_answer = |response: Value<'_>| response.kind() == Kind::Object && is_message(response);
    if request.is_none() && response.is_some_and(is_answer) && is_request(value) {
        return [Some(value), response];
    }
    [request, response]
}

/// Whether a record that has its response as a member is the request itself: it says where that went.
fn is_request(value: Value<'_>) -> bool {
    let has = |names: &[&str]| get(value, names).is_some();
    is_message(value) && has(&["method"]) && (has(&URL) || has(&PATH)) && !has(&RESPONSE_BODY)
}

/// The request within a response that has it as a member, as libraries keep theirs, requests-cache among them.
fn request_of_response(value: Value<'_>) -> Option<Value<'_>> {
    const OWN_BODY: [&str; 5] = ["content", "decodedcontent", "text", "body", "json"];
    let request = get(value, &REQUEST).filter(|request| is_message(*request))?;
    let has = |names: &[&str]| get(value, names).is_some();
    let is_response = status_in(value).is_some()
        && has(&HEADERS)
        && has(&OWN_BODY)
        && !has(&RESPONSE)
        && !has(&RESPONSE_BODY);
    is_response.then_some(request)
}

/// Whether an object is an HTTP message and not a body by itself.
fn is_message(value: Value<'_>) -> bool {
    if value.kind() != Kind::Object || is_body(value) || is_of_conversation(value) {
        return false;
    }
    let has = |names: &[&str]| get(value, names).is_some();
    let has_body = || has(&BODY);
    let is_to_somewhere = || has(&URL) || has(&PATH) && (has(&HOST) || has(&["method"]));
    let has_status = || status_in(value).is_some();
    has(&HEADERS) || is_to_somewhere() || has_body() || has_status()
}

/// Whether an object is a message of a conversation.
fn is_of_conversation(value: Value<'_>) -> bool {
    let role = value.get("role").filter(|role| role.kind() == Kind::String);
    role.is_some() && value.get("content").is_some()
}

/// Whether an object is the body of a request or a response of one of the APIs. An SDK's result may have
/// some of its members, and says the body beside them.
fn is_body(value: Value<'_>) -> bool {
    OF_COMPLETION
        .iter()
        .any(|key| value.get_some(key).is_some())
        && value.get_some("body").is_none()
}

fn is_flat(value: Value<'_>) -> bool {
    let has = |names: &[&str]| get(value, names).is_some();
    has(&RESPONSE_BODY) && (has(&REQUEST_BODY) || has(&URL) || has(&PATH))
        || has(&REQUEST_BODY) && (has(&URL) || has(&PATH)) && has(&STATUS)
}

/// The two sides of what Rust's httpmock records: `when` a request comes, `then` this is answered.
pub(super) fn of_httpmock(value: Value<'_>) -> Option<[Value<'_>; 2]> {
    let (request, response) = (value.get("when")?, value.get("then")?);
    let is_answer = response.kind() == Kind::Object && response.get("status").is_some();
    (is_message(request) && is_answer).then_some([request, response])
}

/// Whether a value is an item of nock's recorder.
pub(in crate::completion::load) fn is_nock(value: Value<'_>) -> bool {
    let has = |key: &str| value.get(key).is_some();
    has("scope") && has("method") && has("path") && has("response")
}

/// The exchange that a value is.
pub(super) fn exchange<'d>(
    value: Value<'d>,
    places: &Places<'d>,
    limits: &BodyLimits,
) -> Exchange<'d> {
    let at = |value: Value<'_>| places.at(value.span().start);
    let mut out = Exchange::at(at(value));
    let is_nock = is_nock(value);
    let [request, response] = sides(value);
    let reader = Sides {
        value,
        places,
        limits,
    };
    out.request = reader.side(
        request,
        &REQUEST_HEADERS,
        &REQUEST_BODY,
        is_nock.then_some("body"),
    );
    out.response = reader.side(
        response,
        &RESPONSE_HEADERS,
        &RESPONSE_BODY,
        is_nock.then_some("response"),
    );
    // req_llm keeps the pieces of a stream beside the response that has no body, and Chrome its events.
    if out.response.body.is_absent()
        && let Some(chunks) = get(value, &["chunks", "eventsourcemessages"])
    {
        out.response.body = reader.decode(chunks, &out.response.headers, Writing::Text);
    }
    let told = Sources([request, Some(value), response]);
    // A symbol of Ruby's is written with a colon.
    let method = told.text(&["method", "requestmethod", "httpmethod"]);
    out.method = method.map(|method| method.trim_start_matches(':').to_owned());
    out.url = url(&told, out.request.headers.get("host"));
    out.status = response.and_then(status_in).or_else(|| status_in(value));
    out.provider = get(value, &["provider"])
        .and_then(Value::non_empty_str)
        .map(Cow::into_owned)
        .or_else(|| {
            // The AI SDK has what a provider added under the provider's name.
            let added = get(value, &["providermetadata"])?;
            if added.get("openrouter").is_some() {
                return None;
            }
            let vendor = vendor(added.children().next()?.raw_key()?)?;
            Some(vendor.to_owned())
        });
    out.times = times(value, request, response, &at);
    if ends_with_head(response) && came_later(&out.response.body) {
        out.times.duration = None;
    }
    out
}

/// Whether a response is go-vcr's, which stops the clock once it has the head.
fn ends_with_head(response: Option<Value<'_>>) -> bool {
    response.is_some_and(is_of_go)
}

/// Whether a body was still to come when its head was there: a stream, or one before which OpenRouter sent blanks
/// to keep the connection alive.
fn came_later(body: &Body<'_>) -> bool {
    match body {
        Body::Text(text) => text.text.starts_with(char::is_whitespace) || is_stream(&text.text),
        _ => false,
    }
}

/// Reads the two sides of an exchange.
struct Sides<'s, 'd> {
    value: Value<'d>,
    places: &'s Places<'d>,
    limits: &'s BodyLimits,
}

impl<'d> Sides<'_, 'd> {
    /// A message: from an object of its own, else from the members of the record that are named for it.
    fn side(
        &self,
        part: Option<Value<'d>>,
        headers: &[&str],
        body: &[&str],
        own: Option<&str>,
    ) -> Message<'d> {
        let Some(part) = part.filter(|part| part.kind() == Kind::Object) else {
            let headers = Headers::of(get(self.value, headers), self.places);
            let whole = part.map(|part| wire::body(part, self.places, self.limits));
            if let Some(body) = whole.filter(|body| !body.is_absent()) {
                return Message {
                    is_recorded: true,
                    headers,
                    body,
                };
            }
            let content = match own {
                Some(key) => get(self.value, &[key]),
                None => get(self.value, body)
                    .or(part)
                    .or_else(|| self.own_body(body)),
            };
            let is_recorded = content.is_some();
            let body = content.map_or(Body::Absent, |content| {
                self.decode(content, &headers, self.usual())
            });
            return Message {
                is_recorded,
                headers,
                body,
            };
        };
        if !is_message(part) {
            return Message {
                is_recorded: true,
                headers: Headers::default(),
                body: self.decode(part, &Headers::default(), self.usual()),
            };
        }
        let is_record = part.span() == self.value.span();
        let own_headers = get(self.value, headers).filter(|_| is_record);
        let headers = Headers::of(own_headers.or(get(part, &HEADERS)), self.places);
        // A record that is one side itself may have the other's beside its own.
        let named = if is_record { body } else { &[] };
        let is_of_both =
            |key: &&str| !is_record || body == RESPONSE_BODY || !OF_ANSWERS.contains(key);
        let mut found = Body::Absent;
        for key in named
            .iter()
            .copied()
            .chain(BODY.into_iter().filter(is_of_both))
        {
            let Some(content) = get(part, &[key]) else {
                continue;
            };
            match self.decode(content, &headers, self.writing(part, key)) {
                Body::Absent => {}
                // A recorder may write what is no text as one all the same, and its bytes beside it.
                Body::Text(text) if text.text.contains(char::REPLACEMENT_CHARACTER) => {
                    if !matches!(found, Body::Text(_)) {
                        found = Body::Text(text);
                    }
                }
                body @ Body::Text(_) => {
                    found = body;
                    break;
                }
                body @ Body::Unreadable { .. } => {
                    if found.is_absent() {
                        found = body;
                    }
                }
            }
        }
        // Newman's, where a request has whether it streams.
        let stream = part.get("stream").filter(|v| v.kind() == Kind::Object);
        if let (Body::Absent, Some(bytes)) = (&found, stream) {
            found = self.decode(bytes, &headers, self.usual());
        }
        if found.is_absent()
            && let Some(raw) = get(part, &["raw"])
        {
            found = wire::body(raw, self.places, self.limits);
        }
        if found.is_absent() {
            found = self.body_elsewhere(part, &headers);
        }
        // Caddy and others have what was sent beside what is said of it.
        if let (Body::Absent, Some(content)) = (&found, get(self.value, body)) {
            found = self.decode(content, &headers, self.usual());
        }
        Message {
            is_recorded: true,
            headers,
            body: found,
        }
    }

    /// What stands in a message under a name that nobody can know, and is a body of one of the APIs.
    fn body_elsewhere(&self, part: Value<'d>, headers: &Headers) -> Body<'d> {
        let is_other = |member: &Value<'_>| {
            let key = keys::plain(member.raw_key().unwrap_or_default());
            let known = [
                HEADERS.as_slice(),
                &URL,
                &PATH,
                &HOST,
                &STATUS,
                &REQUEST,
                &RESPONSE,
            ];
            !known.iter().any(|names| names.contains(&key.as_str()))
        };
        let decoder = self.decoder(headers, self.usual());
        decoder.within(part, is_other)
    }

    /// The body of an answer that is called no more than that, in a record that names the request's and has its status, as
    /// Faraday's environment.
    fn own_body(&self, body: &[&str]) -> Option<Value<'d>> {
        let is_flat = body == RESPONSE_BODY
            && get(self.value, &REQUEST_BODY).is_some()
            && status_in(self.value).is_some();
        is_flat.then(|| get(self.value, &["body", "content", "text"]))?
    }

    fn decode(&self, content: Value<'d>, headers: &Headers, writing: Writing) -> Body<'d> {
        self.decoder(headers, writing).body(content)
    }

    /// Whether the address is another server's, and none of a path that OpenRouter's APIs have.
    fn is_elsewhere(&self) -> bool {
        let holders = [get(self.value, &REQUEST), Some(self.value)];
        let mut urls = holders
            .into_iter()
            .flatten()
            .filter_map(|it| url_of(get(it, &URL)?));
        urls.next().is_some_and(|url| leads_elsewhere(&url))
    }

    fn decoder<'h>(&'h self, headers: &'h Headers, writing: Writing) -> Decoder<'h, 'd> {
        Decoder {
            places: self.places,
            labels: Labels {
                content_encoding: headers.get("content-encoding"),
                writing,
                is_elsewhere: self.is_elsewhere(),
            },
            limits: self.limits,
        }
    }

    /// How the body under a key of a message is written.
    fn writing(&self, message: Value<'_>, key: &str) -> Writing {
        let is_true = |value: Value<'_>| value.kind() == Kind::True;
        let said = get(message, &["isbase64encoded", "isbase64", "bodyisbase64"]);
        let encoding = get(message, &["encoding", "bodyencoding"]).and_then(Value::str);
        let is_base64 = key.contains("b64")
            || key.contains("base64")
            || said.is_some_and(is_true)
            || encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
        match is_base64 {
            true => Writing::Base64,
            false => self.usual(),
        }
    }

    /// How the recorder writes bytes where it says nothing: mitmproxy's JSON dump as Python prints them, undici in
    /// base64.
    fn usual(&self) -> Writing {
        if snapshots::request_of(self.value).is_some() {
            return Writing::Base64;
        }
        match self.value.get("client_conn").is_some() && self.value.get("server_conn").is_some() {
            true => Writing::Python,
            false => Writing::Text,
        }
    }
}

/// The objects that may tell a fact of the request, the likeliest first.
struct Sources<'d>([Option<Value<'d>>; 3]);

impl<'d> Sources<'d> {
    /// What the first of the objects tells under one of these names.
    fn find<T>(&self, names: &[&str], read: impl Fn(Value<'d>) -> Option<T>) -> Option<T> {
        let mut found = self
            .0
            .iter()
            .flatten()
            .filter_map(|value| matcher::resolved(get(*value, names)?));
        found.find_map(read)
    }

    /// The text under the first of these names.
    fn text(&self, names: &[&str]) -> Option<String> {
        self.find(names, |value| value.non_empty_str().map(Cow::into_owned))
    }
}

/// The URL, put together from its parts where it is not written as one.
fn url(told: &Sources<'_>, header: Option<&str>) -> Option<String> {
    let is_whole = |url: &str| url.contains("://");
    let written = told.find(&URL, url_of);
    if let Some(url) = written.as_ref().filter(|url| is_whole(url)) {
        return Some(url.clone());
    }
    // As a server of HTTP logs it: `POST /v1/chat/completions HTTP/1.1`.
    let of_line = || {
        let line = told.text(&["request", "requestline"])?;
        let mut words = line.split(' ');
        let path = words.nth(1).filter(|path| path.starts_with('/'))?;
        let is_line = words.next()?.starts_with("HTTP/") && words.next().is_none();
        is_line.then(|| path.to_owned())
    };
    let path = written.or_else(|| told.text(&PATH)).or_else(of_line)?;
    if is_whole(&path) {
        return Some(path);
    }
    match told.text(&HOST).or_else(|| header.map(str::to_owned)) {
        Some(host) => Some(joined(None, &host, &path)),
        None => Some(path),
    }
}

/// A URL as text, or as its parts: Go's `{"Scheme", "Host", "Path"}`, Postman's `{"raw"}`, a browser's `{"href"}`.
fn url_of(value: Value<'_>) -> Option<String> {
    if let Some(text) = value.non_empty_str() {
        return Some(text.into_owned());
    }
    let text = |names: &[&str]| Some(get(value, names)?.non_empty_str()?.into_owned());
    text(&["href", "raw", "full", "url"]).or_else(|| {
        let path = text(&["path", "pathname"])?;
        let scheme = text(&["scheme", "protocol"]);
        let host = text(&["host", "hostname"]);
        Some(host.map_or_else(
            || path.clone(),
            |host| joined(scheme.as_deref(), &host, &path),
        ))
    })
}

fn joined(scheme: Option<&str>, host: &str, path: &str) -> String {
    let host = host.trim_end_matches('/');
    let slash = if path.starts_with('/') { "" } else { "/" };
    match host.contains("://") {
        true => format!("{host}{slash}{path}"),
        false => format!("{}://{host}{slash}{path}", scheme.unwrap_or("https")),
    }
}

/// A status as a number, as text (`"200 OK"`), or as `{"code": 200}`.
/// The status that a message has under the first name that has one: Newman's `code` stands beside its words.
fn status_in(message: Value<'_>) -> Option<u16> {
    let mut named = STATUS.iter().filter_map(|name| get(message, &[name]));
    named.find_map(status_of)
}

fn status_of(value: Value<'_>) -> Option<u16> {
    let text = match value.kind() {
        Kind::Number => Cow::Borrowed(value.raw()),
        Kind::String => value.str()?,
        Kind::Object => return status_of(get(value, &["code", "statuscode"])?),
        _ => return None,
    };
    let digits = text.split_ascii_whitespace().next()?;
    digits.parse().ok().filter(|status| *status < 1000)
}
