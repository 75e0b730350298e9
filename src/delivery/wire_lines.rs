//! Lines as `map --wire` prints them, read back as the requests that they are. Each is checked as a server would check
//! it: method, route, and the event by the vendor's own schema. The event keeps its bytes.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::Value;
use serde_json::value::RawValue;

use super::plain::{plain, shortened};
use super::sink::schema::{self, Reasons, Rules};
use super::sink::{ITEMS, raw};
use crate::completion::is_withheld;
use crate::event::wire::{EVENT_LIMIT, Route, WireRequest};
use crate::json::{Document, Limits};
use crate::mapping::scan::secrets;

/// Characters of foreign text that a reason quotes.
const QUOTED: usize = 60;

/// Kinds of error lines of `map --lines` behind which an event may have been lost; of the others there is none.
const LOST: [&str; 4] = ["malformed", "unreadable", "too-long", "text-missing"];

/// What stands in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireItem {
    /// One event, as a request of its own.
    Event(WireEvent),
    /// `map --lines` says that there is no event, and why.
    NoEvent(String),
}

/// An event of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireEvent {
    /// Its request; a line with several events gives one for each.
    pub request: WireRequest,
    /// Whether it carries text of the conversation. Assumed where it is too large to be looked at.
    pub has_text: bool,
}

/// The members of a line; a value of `null` is there like any other.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with method, path and body"
)]
struct Line<'t> {
    #[serde(borrow, default, deserialize_with = "present")]
    method: Option<&'t RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    path: Option<&'t RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    body: Option<&'t RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'t RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    kind: Option<&'t RawValue>,
    #[serde(rename = "from")]
    _from: Option<IgnoredAny>,
}

fn present<'t, D: Deserializer<'t>>(reader: D) -> Result<Option<&'t RawValue>, D::Error> {
    <&RawValue>::deserialize(reader).map(Some)
}

/// A member that has to be a text.
fn text_of(key: &str, value: &RawValue) -> Result<String, String> {
    let text = serde_json::from_str(value.get());
    text.map_err(|_| format!("{key}: expected a string, got {}", schema::kind_of(value)))
}

/// Reads a line: one request, or an array of them. `each` gets what stands in it in order, and what is wrong with it
/// in words that begin with its place in the line, where that is not the line itself.
pub fn read(line: &[u8], each: &mut dyn FnMut(Result<WireItem, String>)) {
    let text = match std::str::from_utf8(line) {
        Ok(text) => text.trim(),
        Err(error) => {
            let what = format!("byte {} is not UTF-8", error.valid_up_to());
            return each(Err(what));
        }
    };
    if !text.starts_with('[') {
        return each_of_one("", text, each);
    }
    // As a whole first: of a line that breaks off nothing is sent.
    if let Err(error) = serde_json::from_str::<&RawValue>(text) {
        return each(Err(not_json(&error)));
    }
    let walked = raw::items(text, |index, item| match index < ITEMS {
        true => {
            each_of_one(&format!("/{index}"), item.get(), each);
            Ok(())
        }
        false => Err(format!("a line may have {ITEMS} requests")),
    });
    if let Err(error) = walked {
        each(Err(error.to_string()));
    }
}

fn each_of_one(at: &str, text: &str, each: &mut dyn FnMut(Result<WireItem, String>)) {
    let place = |reason: String| match at {
        "" => reason,
        at => format!("{at}: {reason}"),
    };
    match one(at, text) {
        Ok(items) => items.into_iter().for_each(|item| each(Ok(item))),
        Err(reason) => each(Err(place(reason))),
    }
}

fn one(at: &str, text: &str) -> Result<Vec<WireItem>, String> {
    // An array would be taken for an object without its keys.
    if text.starts_with('[') {
        return Err("expected an object with method, path and body".to_owned());
    }
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    let (method, path, body) = match line {
        Line {
            error: Some(why),
            kind,
            method: None,
            path: None,
            body: None,
            ..
        } => {
            let why = text_of("error", why)?;
            let kind = kind.map(|kind| text_of("kind", kind)).transpose()?;
            return match kind.is_some_and(|kind| LOST.contains(&kind.as_str())) {
                true => Err(why),
                false => Ok(vec![WireItem::NoEvent(why)]),
            };
        }
        Line {
            method: Some(method),
            path: Some(path),
            body: Some(body),
            ..
        } => (text_of("method", method)?, text_of("path", path)?, body),
        _ => return Err("expected method, path and body, as `map --wire` prints them".to_owned()),
    };
    if method != "POST" {
        let method = shortened(&plain(&method), QUOTED);
        return Err(format!("the method is {method}; events are sent by POST"));
    }
    let Some(route) = Route::with_path(&path) else {
        let (path, track, partial) = (
            shortened(&plain(&secrets::mask(&path)), QUOTED),
            Route::Track.path(),
            Route::TrackPartial.path(),
        );
        return Err(format!(
            "the path is {path}; events go to {track} or {partial}"
        ));
    };
    let mut reasons = Reasons::new(Rules::Strict);
    let mut events = Vec::new();
    let at = format!("{at}/body");
    match route {
        Route::TrackPartial => events.push(event(route, &at, body.get(), &mut reasons)),
        Route::Track => {
            let walked = raw::items(body.get(), |index, item| match index < ITEMS {
                true => {
                    let at = format!("{at}/{index}");
                    events.push(event(route, &at, item.get(), &mut reasons));
                    Ok(())
                }
                false => Err(format!("{at}: a request may have {ITEMS} events")),
            });
            match walked.map_err(|error| error.to_string())? {
                false => {
                    let got = schema::kind_of(body);
                    reasons.add(&at, &format!("expected an array of events, got {got}"));
                }
                true if events.is_empty() => reasons.add(&at, "the array holds no event"),
                true => {}
            }
        }
    }
    match reasons.done() {
        found if found.is_empty() => Ok(events.into_iter().map(WireItem::Event).collect()),
        found => Err(found.join("; ")),
    }
}

/// An event as a request. What is wrong with it goes to the reasons.
fn event(route: Route, at: &str, text: &str, reasons: &mut Reasons) -> WireEvent {
    let body = match route {
        Route::Track => format!("[{text}]"),
        Route::TrackPartial => text.to_owned(),
    };
    let mut event = WireEvent {
        request: WireRequest {
            route,
            event_id: String::new(),
            body: Arc::from(body.into_bytes()),
        },
        has_text: true,
    };
    // It will be refused for its size; a tree of its values would take many times as much memory.
    if text.len() > EVENT_LIMIT {
        return event;
    }
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            reasons.add(at, &not_json(&error));
            return event;
        }
    };
    match route {
        Route::Track => schema::event(at, &value, reasons),
        Route::TrackPartial => schema::partial(at, &value, reasons),
    }
    // The schema has said all else of these: it lets a part of an event go without them, and an id be empty.
    for key in ["event_id", "event", "user_id"] {
        match value.get(key).map(Value::as_str) {
            None if value.is_object() && route == Route::TrackPartial => {
                reasons.add(&format!("{at}/{key}"), "missing");
            }
            Some(Some("")) if key == "event_id" => {
                reasons.add(&format!("{at}/{key}"), "must not be empty");
            }
            _ => {}
        }
    }
    // Of a name that stands twice one value would be looked at, and both would leave.
    if let Ok(doc) = Document::parse(text.into(), Limits::default()) {
        for id in doc.duplicate_keys() {
            let key = format!("{at}{}", doc.at(id).pointer());
            reasons.add(&key, "stands there twice");
        }
    }
    // It would take the place of the text.
    for key in ["input", "output"] {
        let text = value
            .get("ai_data")
            .and_then(|texts| texts.get(key)?.as_str());
        if text.is_some_and(is_withheld) {
            let key = format!("{at}/ai_data/{key}");
            reasons.add(&key, "stands for a text that a report left out");
        }
    }
    event.has_text = has_text(&value);
    let id = value.get("event_id").and_then(Value::as_str);
    event.request.event_id = id.unwrap_or_default().to_owned();
    event
}

/// Whether an event carries text of the conversation, or may. An attachment is text of the input or the output, and in a
/// member that events are not known to have may be anything.
fn has_text(event: &Value) -> bool {
    const OF_EVENT: [&str; 7] = [
        "event_id",
        "event",
        "user_id",
        "timestamp",
        "properties",
        "is_pending",
        "ai_data",
    ];
    const OF_AI_DATA: [&str; 2] = ["model", "convo_id"];
    let is_something = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    let has_other = |value: Option<&Value>, known: &[&str]| {
        let members = value.and_then(Value::as_object).into_iter().flatten();
        members
            .filter(|(key, _)| !known.contains(&key.as_str()))
            .any(|(_, value)| is_something(value))
    };
    has_other(Some(event), &OF_EVENT) || has_other(event.get("ai_data"), &OF_AI_DATA)
}

fn not_json(error: &serde_json::Error) -> String {
    shortened(&plain(&error.to_string()), 2 * QUOTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"event_id":"e1","event":"chat","user_id":"u","timestamp":"2026-06-05T12:33:10.123Z","ai_data":{"input":"Hi"},"properties":{"cost":1.48e-05}}"#;

    fn line(method: &str, path: &str, body: &str) -> String {
        format!(r#"{{"method":"{method}","path":"{path}","body":{body}}}"#)
    }

    fn items(line: &[u8]) -> Vec<Result<WireItem, String>> {
        let mut items = Vec::new();
        read(line, &mut |item| items.push(item));
        items
    }

    #[test]
    fn each_event_is_a_request_with_its_own_bytes() {
        let other = EVENT.replace("e1", "e2").replace("\"Hi\"", "\"\"");
        let partial = other.replace("\"properties\"", "\"is_pending\":false,\"properties\"");
        let text = format!(
            " [{},{{\"error\":\"no event\",\"kind\":\"blank\",\"from\":\"-:1\"}},{}]\r",
            line("POST", "/v1/events/track", &format!("[{EVENT}, {EVENT}]")),
            line("POST", "/v1/events/track_partial", &partial),
        );
        let event = |route, id: &str, body: String, has_text| {
            Ok(WireItem::Event(WireEvent {
                request: WireRequest {
                    route,
                    event_id: id.to_owned(),
                    body: Arc::from(body.into_bytes()),
                },
                has_text,
            }))
        };
        let expected = [
            event(Route::Track, "e1", format!("[{EVENT}]"), true),
            event(Route::Track, "e1", format!("[{EVENT}]"), true),
            Ok(WireItem::NoEvent("no event".to_owned())),
            event(Route::TrackPartial, "e2", partial, false),
        ];
        assert_eq!(items(text.as_bytes()), expected);
    }

    #[test]
    fn an_attachment_is_text_and_no_name_stands_twice() {
        let private = EVENT.replace(r#"{"input":"Hi"}"#, r#"{"model":"a/b"}"#);
        let has_text = |event: &str| {
            let line = line("POST", "/v1/events/track_partial", event);
            match items(line.as_bytes()).remove(0) {
                Ok(WireItem::Event(event)) => Ok(event.has_text),
                Ok(WireItem::NoEvent(why)) | Err(why) => Err(why),
            }
        };
        assert_eq!(has_text(&private), Ok(false));
        let attachment = r#"{"attachments":[{"type":"text","role":"input","value":"Hi"}],"#;
        assert_eq!(has_text(&private.replacen('{', attachment, 1)), Ok(true));
        assert_eq!(
            has_text(&private.replacen('{', r#"{"attachments":[],"#, 1)),
            Ok(false)
        );
        // What no event is known to have may hold any text.
        for other in [
            private.replacen(
                "\"model\"",
                r#""messages":[{"role":"user","content":"Hi"}],"model""#,
                1,
            ),
            private.replacen("\"model\"", r#""Input":"Hi","model""#, 1),
            private.replacen('{', r#"{"inputs":{"text":"Hi"},"#, 1),
        ] {
            assert_ne!(has_text(&other), Ok(false), "{other}");
        }
        let empty = private.replacen("\"model\"", r#""input":"","output":null,"model""#, 1);
        assert_eq!(has_text(&empty), Ok(false));
        for twice in [
            private.replacen('{', r#"{"ai_data":{"input":"Hi"},"#, 1),
            private.replace(
                r#"{"model":"a/b"}"#,
                r#"{"model":"a/b","input":"Hi","input":null}"#,
            ),
        ] {
            let why = has_text(&twice).err().unwrap_or_default();
            assert!(why.contains("twice"), "{why}");
        }
    }

    #[test]
    fn what_map_does_not_print_is_refused() {
        let track = |body: &str| line("POST", "/v1/events/track", body);
        let without = |key: &str| track(&format!("[{}]", EVENT.replace(key, "\"x\"")));
        let table = [
            (line("GET", "/v1/events/track", "[]"), "the method is GET"),
            (
                line("POST", "/v1/signals/track", "[]"),
                "the path is /v1/signals/track",
            ),
            (
                line(
                    "POST",
                    "/k/sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                    "[]",
                ),
                "the path is /k/sk-or-v1-[masked]; events go to",
            ),
            (
                line("POST", "http://evil.test/v1/events/track", "[]"),
                "the path is http://evil.test",
            ),
            (
                line("POST", "/v1/events/track", "{}"),
                "/body: expected an array",
            ),
            (track("[]"), "/body: the array holds no event"),
            (track("[0]"), "/body/0: expected an object, got a number"),
            (without("\"event_id\""), "/body/0/x: unknown key"),
            (without("\"event_id\""), "/body/0/event_id: missing"),
            (without("\"user_id\""), "/body/0/user_id: missing"),
            (
                track(&format!("[{}]", EVENT.replace("\"u\"", "\"\""))),
                "must not be empty",
            ),
            (track(&format!("[{EVENT},{{}}]")), "/body/1/event: missing"),
            (
                line("POST", "/v1/events/track_partial", "[]"),
                "/body: expected an object",
            ),
            (
                line("POST", "/v1/events/track", "[]").replace("}", ",\"headers\":{}}"),
                "unknown field `headers`",
            ),
            (
                track(EVENT).replace("POST", "POST\",\"method\":\"PUT"),
                "duplicate field",
            ),
            (
                "{\"error\":\"x\",\"method\":\"POST\"}".to_owned(),
                "expected method, path and body",
            ),
            (
                "{\"event_id\":\"e1\"}".to_owned(),
                "unknown field `event_id`",
            ),
            (
                "17".to_owned(),
                "expected an object with method, path and body",
            ),
            ("\0".to_owned(), "expected value"),
            (
                format!("[{},", track(&format!("[{EVENT}]"))),
                "EOF while parsing",
            ),
            (format!("[{},1]", "{}"), "/1: invalid type: integer `1`"),
            (
                "[[\"POST\",\"/v1/events/track\",[]]]".to_owned(),
                "/0: expected an object",
            ),
            ("[".repeat(100_000), "EOF while parsing"),
        ];
        for (line, expected) in table {
            let found = items(line.as_bytes());
            let is_named = |item: &Result<_, String>| {
                let reason = item.as_ref().err();
                reason.is_some_and(|reason| reason.contains(expected) && reason.len() < 2_000)
            };
            assert!(found.iter().any(is_named), "{expected}: {found:?}");
            assert!(found.iter().all(Result::is_err), "{found:?}");
        }
        assert_eq!(items(b"\xFF"), [Err("byte 0 is not UTF-8".to_owned())]);
    }

    #[test]
    fn each_thing_is_said_once() {
        let (track, partial) = ("/v1/events/track", "/v1/events/track_partial");
        let with = |key: &str, value: &str| {
            let event = EVENT.replace(key, value);
            (
                line("POST", track, &format!("[{event}]")),
                line("POST", partial, &event),
            )
        };
        let table = [
            (
                line("POST", track, "null"),
                "/body: expected an array of events, got null",
            ),
            (
                line("POST", partial, "null"),
                "/body: expected an object, got null",
            ),
            (
                line("POST", track, "[null]"),
                "/body/0: expected an object, got null",
            ),
            (
                line("POST", "5", "[]").replace("\"5\"", "5"),
                "path: expected a string, got a number",
            ),
            (
                line("POST", "x", "[]").replace("\"x\"", "null"),
                "path: expected a string, got null",
            ),
            (
                line("POST", track, "[]").replace("\"POST\"", "[]"),
                "method: expected a string, got an array",
            ),
            (
                r#"{"error":5}"#.to_owned(),
                "error: expected a string, got a number",
            ),
            (
                with("\"u\"", "5").0,
                "/body/0/user_id: expected a string, got a number",
            ),
            (
                with("\"u\"", "null").1,
                "/body/user_id: expected a string, got null",
            ),
            (
                with("\"u\"", "\"\"").0,
                "/body/0/user_id: must not be empty",
            ),
            (with("\"u\"", "\"\"").1, "/body/user_id: must not be empty"),
            (
                with("\"e1\"", "\"\"").0,
                "/body/0/event_id: must not be empty",
            ),
            (
                with("\"event_id\":\"e1\",", "").0,
                "/body/0/event_id: missing",
            ),
            (
                with("\"event_id\":\"e1\",", "").1,
                "/body/event_id: missing",
            ),
            (with("\"user_id\":\"u\",", "").1, "/body/user_id: missing"),
        ];
        for (line, expected) in table {
            assert_eq!(items(line.as_bytes()), [Err(expected.to_owned())], "{line}");
        }
        let in_a_list = format!("[{}]", line("POST", "5", "[]").replace("\"5\"", "5"));
        let expected = "/0: path: expected a string, got a number";
        assert_eq!(items(in_a_list.as_bytes()), [Err(expected.to_owned())]);
    }

    #[test]
    fn many_small_values_are_refused_by_their_number() {
        let many = format!("[{}0]", "0,".repeat(ITEMS + 5));
        let found = items(line("POST", "/v1/events/track", &many).as_bytes());
        let [Err(reason)] = &found[..] else {
            unreachable!("{}", found.len())
        };
        assert!(
            reason.contains("a request may have 100000 events"),
            "{reason}"
        );
        let large = EVENT.replace("Hi", &"x".repeat(EVENT_LIMIT));
        let found = items(line("POST", "/v1/events/track", &format!("[{large}]")).as_bytes());
        let Some(Ok(WireItem::Event(event))) = found.first() else {
            unreachable!("{}", found.len())
        };
        assert!(event.request.event_size() > EVENT_LIMIT && event.has_text);
    }
}
