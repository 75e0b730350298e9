//! When an exchange was and how long it took, in the spellings of recorders.

use crate::completion::Place;
use crate::completion::load::exchange::keys::get;
use crate::completion::load::exchange::message::{Measured, Times};
use crate::completion::load::exchange::moment;
use crate::completion::time;
use crate::json::{Kind, Value};

const STARTED: [&str; 8] = [
    "startedat",
    "starteddatetime",
    "starttime",
    "started",
    "timestampstart",
    "requesttimestamp",
    "requestcreatedat",
    "start",
];
const ENDED: [&str; 9] = [
    "endedat",
    "endtime",
    "ended",
    "timestampend",
    "responsetimestamp",
    "responsecreatedat",
    "completedat",
    "finishedat",
    "end",
];
const NOTED: [&str; 3] = ["recordedat", "loggedat", "capturedat"];
const DURATION: [&str; 9] = [
    "durationms",
    "elapsedms",
    "latencyms",
    "delayms",
    "timems",
    "totaltimems",
    "responsetimems",
    "tookms",
    "totalms",
];

/// Durations in seconds by their name; `request_time` is nginx's.
const SECONDS: [&str; 5] = [
    "durationseconds",
    "durationsecs",
    "elapsedseconds",
    "latencyseconds",
    "requesttime",
];

/// Milliseconds where they are whole: Portkey, Postman and Bruno count so. Elsewhere it may be seconds, with a fraction.
const RESPONSE_TIME: [&str; 1] = ["responsetime"];

/// How long a call took, as a record says it that has no `duration_ms`: under a name with the unit in it (`latencyMs`,
/// `duration_seconds`), with the unit (`"812ms"`), or as Portkey's log does. Whole milliseconds, and where they stand.
pub(in crate::completion::load) fn told_with_unit(record: Value<'_>) -> Option<(i128, Value<'_>)> {
    const OF_ANY: [&str; 3] = ["duration", "latency", "elapsed"];
    // Nearly every member's last letter tells that it is none.
    let may_tell = |member: Value<'_>| {
        let key = member.raw_key().unwrap_or_default();
        match key.as_bytes().last() {
            Some(b's') => ["ms", "Ms", "seconds", "Seconds", "secs", "Secs"]
                .iter()
                .any(|end| key.ends_with(end)),
            Some(b'e') => key == "response_time",
            Some(b'n' | b'y' | b'd') => OF_ANY.contains(&key) && member.kind() == Kind::String,
            _ => false,
        }
    };
    if !record.children().any(may_tell) || record.get("duration_ms").is_some() {
        return None;
    }
    let of_portkey = || {
        record.get("response_status_code")?;
        let time = record.get("response_time")?;
        let is_whole = time.number()?.bytes().all(|byte| byte.is_ascii_digit());
        Some((moment::millis(time).filter(|_| is_whole)?, time))
    };
    let in_millis = || {
        let value = get(record, &DURATION)?;
        Some((moment::millis(value)?, value))
    };
    let in_seconds = || {
        let value = get(record, &SECONDS)?;
        Some((moment::seconds(value)?, value))
    };
    let in_words = || {
        let value = get(record, &OF_ANY).filter(|value| value.kind() == Kind::String)?;
        Some((moment::with_unit(&value.str()?)?, value))
    };
    let told = of_portkey()
        .or_else(in_millis)
        .or_else(in_seconds)
        .or_else(in_words);
    told.filter(|(millis, _)| *millis > 0)
}

/// Whether a response is go-vcr's, which has `code` beside `status`.
pub(super) fn is_of_go(response: Value<'_>) -> bool {
    response.get("code").is_some() && response.get("status").is_some()
}

/// The times that an exchange tells, its record and its two sides.
pub(super) fn times(
    value: Value<'_>,
    request: Option<Value<'_>>,
    response: Option<Value<'_>>,
    at: &dyn Fn(Value<'_>) -> Place,
) -> Times {
    let measured = |value: Value<'_>, millis: Option<i128>| {
        Some(Measured {
            millis: millis?,
            at: at(value),
        })
    };
    let time = |part: Option<Value<'_>>, names: &[&str]| {
        let value = get(part?, names)?;
        measured(value, moment::of(value))
    };
    let around = get(value, &["times", "timing", "timings"]);
    let sent = time(request, &["timestamp", "time", "date"]);
    let received = time(response, &["timestamp", "time", "date"]);
    let duration = |part: Option<Value<'_>>| {
        let part = part?;
        let in_millis = get(part, &DURATION).and_then(|v| measured(v, moment::millis(v)));
        // HAR counts milliseconds, and says -1 of what it did not measure.
        let of_har = || {
            part.get("startedDateTime")?;
            let time = part.get("time")?;
            measured(time, moment::millis(time).filter(|millis| *millis > 0))
        };
        let in_seconds = || {
            let seconds = get(part, &SECONDS)?;
            measured(seconds, moment::seconds(seconds))
        };
        let of_response = || {
            let time = get(part, &RESPONSE_TIME)?;
            let text = time.number()?;
            let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
            measured(time, moment::millis(time).filter(|_| is_whole))
        };
        // A number under this name may be of any unit; text says its own, Cloudflare's gateway counts
        // milliseconds, and go-vcr and ngrok Go's nanoseconds.
        let in_any_unit = || {
            let duration = get(part, &["duration"])?;
            let millis = match (part.get("tokens_in"), duration.kind()) {
                (Some(_), _) => moment::millis(duration),
                (None, Kind::Number) if is_of_go(part) || part.get("tunnel_name").is_some() => {
                    time::scaled(duration.raw(), -6)
                }
                (None, _) => moment::with_unit(&duration.str()?),
            };
            measured(duration, millis)
        };
        in_millis
            .or_else(of_har)
            .or_else(of_response)
            .or_else(in_seconds)
            .or_else(in_any_unit)
    };
    Times {
        started: time(request, &STARTED)
            .or_else(|| time(Some(value), &STARTED))
            .or_else(|| time(around, &STARTED))
            .or_else(|| sent.clone()),
        ended: time(response, &ENDED)
            .or_else(|| time(Some(value), &ENDED))
            .or_else(|| time(around, &ENDED))
            .or_else(|| received.filter(|_| sent.is_some())),
        noted: time(Some(value), &NOTED),
        duration: duration(Some(value)).or_else(|| duration(response)),
    }
}
