//! HAR 1.2: what a browser or a proxy recorded. Entries that went to one of the APIs become completions,
//! with a measured duration; the others are counted.
//!
//! A recording holds the caller's secrets, so of the headers only those named here are taken over.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::record::Reader;
use super::{Trouble, decode};
use crate::completion::source_map::{Place, Places, Stitch};
use crate::completion::time;
use crate::json::{Document, Kind, Value, quote};

/// Ends of the paths of the three APIs.
const PATHS: [&str; 3] = ["/chat/completions", "/responses", "/messages"];
/// Request headers that are taken over: the one that the mapping reads, and what tells the caller.
const HEADERS: [&str; 4] = ["x-session-id", "x-title", "http-referer", "user-agent"];

/// Whether a value is a recording.
pub(super) fn is_recording(value: Value<'_>) -> bool {
    entries(value).is_some()
}

/// Whether a text begins as a recording does: the whole of it may be larger than one record may be.
pub(super) fn begins_like_one(text: &str) -> bool {
    let inside = text.trim_start().strip_prefix('{');
    inside.is_some_and(|inside| inside.trim_start().starts_with("\"log\""))
}

fn entries(value: Value<'_>) -> Option<Value<'_>> {
    let entries = value.get("log")?.get("entries")?;
    (entries.kind() == Kind::Array).then_some(entries)
}

/// Reads a recording.
pub(super) fn read(recording: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) {
    let place = |offset| places.at(offset);
    let mut skipped = 0;
    let mut taken = 0;
    for (index, entry) in entries(recording)
        .into_iter()
        .flat_map(Value::children)
        .enumerate()
    {
        if !is_completion(entry) {
            skipped += 1;
            continue;
        }
        taken += 1;
        let origin = reader.origin_of_entry(place(entry.span().start), index + 1);
        read_entry(entry, &place, &mut reader.entry(&origin));
    }
    let at = place(recording.span().start);
    if taken == 0 {
        let what = format!(
            "none of the {skipped} entries of this recording is a POST to {}",
            PATHS.join(", ")
        );
        reader.problem(Trouble::Unrecognised, at, what);
    } else if skipped > 0 {
        let what = format!("{skipped} other entries of this recording are no completions");
        reader.note(at, what);
    }
}

fn is_completion(entry: Value<'_>) -> bool {
    let Some(request) = entry.get("request") else {
        return false;
    };
    let text = |key| request.get(key).and_then(Value::str).unwrap_or_default();
    let url = text("url");
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_end_matches('/');
    text("method").eq_ignore_ascii_case("POST") && PATHS.iter().any(|end| path.ends_with(end))
}

fn read_entry(entry: Value<'_>, place: &dyn Fn(usize) -> Place, reader: &mut Reader<'_>) {
    let at = |value: Value<'_>| place(value.span().start);
    let mut stitch = Stitch::default();
    let mut opening = "{";
    let mut stream = None;
    let request = entry.get("request");
    let sent = request.and_then(|request| request.get("postData")?.get("text"));
    match sent.and_then(|sent| Some((sent, sent.non_empty_str()?))) {
        Some((sent, text)) => match Document::parse(text.trim().into(), reader.limits) {
            Ok(doc) => {
                stitch.own("{\"request\":");
                stitch.derived(doc.root().raw(), at(sent));
                opening = ",";
            }
            Err(error) => {
                let what = format!("the request's body is not JSON: {error}");
                reader.problem(Trouble::Malformed, at(sent), what);
            }
        },
        None => {
            let what = "the recording has no body of this request (`postData.text`)".to_owned();
            reader.problem(Trouble::Malformed, at(entry), what);
        }
    }
    let response = entry.get("response");
    let labels = response.and_then(content_encoding);
    let content = response.and_then(|response| response.get("content"));
    match content.map(|content| body(content, labels.as_deref(), reader.limits.bytes)) {
        Some(Ok(Some((value, text)))) => {
            let found = reader.response_of_text(&text, "the response's body", |_| at(value));
            if let Some((json, assembled)) = found {
                stitch.own(&format!("{opening}\"response\":"));
                stitch.derived(&json, at(value));
                stream = assembled;
                opening = ",";
            }
        }
        Some(Err((value, what))) => reader.problem(Trouble::Malformed, at(value), what),
        _ => {
            let what = "the recording has no body of this response (`content.text`); \
                        save it with content"
                .to_owned();
            reader.problem(Trouble::Malformed, at(entry), what);
        }
    }
    if opening == "{" {
        return;
    }
    write_headers(request, &mut stitch, &at);
    write_times(entry, &mut stitch, &at);
    stitch.own("}");
    reader.push(None, stitch, stream);
}

/// The body of a response, decoded: its value in the recording and its text.
type Body<'d> = Option<(Value<'d>, Cow<'d, str>)>;

fn body<'d>(
    content: Value<'d>,
    labels: Option<&str>,
    limit: usize,
) -> Result<Body<'d>, (Value<'d>, String)> {
    let Some((value, text)) = content
        .get("text")
        .and_then(|value| Some((value, value.non_empty_str()?)))
    else {
        return Ok(None);
    };
    let encoding = content.get("encoding").and_then(Value::str);
    if !encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64")) {
        return Ok(Some((value, text)));
    }
    let packed: String = text.split_ascii_whitespace().collect();
    let bytes = STANDARD
        .decode(packed)
        .map_err(|error| (value, format!("the response's body is not base64: {error}")))?;
    let bytes = decode::body(bytes.into(), labels, limit)
        .map_err(|error| (value, format!("the response's body: {error}")))?;
    let text = String::from_utf8(bytes.into_owned())
        .map_err(|error| (value, format!("the response's body is not UTF-8: {error}")))?;
    Ok(Some((value, Cow::Owned(text))))
}

/// The value of the `Content-Encoding` header of a message.
fn content_encoding(message: Value<'_>) -> Option<Cow<'_, str>> {
    let mut headers = message.get("headers")?.children();
    let is_it = |header: &Value<'_>| {
        let name = header.get("name").and_then(Value::str);
        name.is_some_and(|name| name.eq_ignore_ascii_case("content-encoding"))
    };
    headers.find(is_it)?.get("value")?.str()
}

fn write_headers(request: Option<Value<'_>>, stitch: &mut Stitch, at: &dyn Fn(Value<'_>) -> Place) {
    let list = request.and_then(|request| request.get("headers"));
    let mut opening = ",\"headers\":{";
    for header in list.into_iter().flat_map(Value::children) {
        let name = header.get("name").and_then(Value::str).unwrap_or_default();
        let Some(value) = header
            .get("value")
            .filter(|value| value.kind() == Kind::String)
        else {
            continue;
        };
        let name = name.to_ascii_lowercase();
        if HEADERS.contains(&name.as_str()) {
            stitch.own(&format!("{opening}{}:", quote(&name)));
            stitch.verbatim(value.raw(), at(value));
            opening = ",";
        }
    }
    if opening == "," {
        stitch.own("}");
    }
}

/// The measured duration, in whole milliseconds, and when it ended.
fn write_times(entry: Value<'_>, stitch: &mut Stitch, at: &dyn Fn(Value<'_>) -> Place) {
    let Some((value, duration)) = entry
        .get("time")
        .and_then(|value| Some((value, time::rounded(value.number()?)?)))
        .filter(|(_, duration)| *duration > 0)
    else {
        return;
    };
    stitch.own(",\"duration_ms\":");
    stitch.derived(&duration.to_string(), at(value));
    let started = entry.get("startedDateTime");
    let ended = started
        .and_then(|started| time::millis_of_iso(&started.str()?))
        .and_then(|started| time::iso(started + duration));
    if let (Some(started), Some(ended)) = (started, ended) {
        stitch.own(",\"completed_at\":");
        stitch.derived(&quote(&ended), at(started));
    }
}
