//! Recordings in JSON (or YAML that was read as JSON): the lists that test recorders, browsers, proxies and
//! gateways keep their exchanges in.

use super::body::BodyLimits;
use super::keys;
use super::message::Exchange;
use super::records::Records;
use super::{ExchangeOutcome, UNANSWERED, pair, read as read_exchange, snapshots};
use crate::completion::load::ProblemKind;
use crate::completion::load::record::Reader;
use crate::completion::load::shape::{EXPECTED, describe};
use crate::completion::source_map::Places;
use crate::json::{Kind, Value};

/// Under which names a recording keeps its exchanges: `interactions` (vcrpy, go-vcr, opencode),
/// `http_interactions` (Ruby VCR, betamax), `entries` (Azure's test proxy), `tracks` (govcr), `responses`
/// (Python's `responses`), `steps` (an AI SDK result), `result` and `data` (lists that gateways' APIs return).
const LISTS: [&str; 14] = [
    "interactions",
    "httpinteractions",
    "entries",
    "exchanges",
    "responses",
    "tracks",
    "steps",
    "result",
    "data",
    "flows",
    "recordings",
    "mappings",
    "requests",
    "logs",
];

/// Whether a value is one exchange by itself.
pub(in crate::completion::load) fn is_single(value: Value<'_>) -> bool {
    may_hold_exchanges(value) && pair::is_exchange(value)
}

/// Whether an item of a list is what a recording is made of.
pub(super) fn is_item(item: Value<'_>) -> bool {
    is_single(item) || snapshots::is_snapshot(item)
}

/// Whether a value is a recording of exchanges.
pub(in crate::completion::load) fn is_recording(value: Value<'_>) -> bool {
    exchanges(value).is_some()
}

/// The list of a recording's exchanges: at least one item is one, and of several most.
fn exchanges(value: Value<'_>) -> Option<Value<'_>> {
    let is_list = |list: &Value<'_>| {
        list.kind() == Kind::Array && {
            let looked_at = list.children().take(50);
            let (good, all) = looked_at.fold((0, 0), |(good, all), item| {
                (good + usize::from(is_item(item)), all + 1)
            });
            good > 0 && good * 2 >= all
        }
    };
    let is_named = |member: &Value<'_>| {
        let key = keys::plain(&member.key().unwrap_or_default());
        LISTS.contains(&key.as_str())
    };
    match value.kind() {
        Kind::Array => Some(value).filter(is_list),
        Kind::Object => {
            let lists = || {
                value
                    .children()
                    .filter(|member| member.kind() == Kind::Array)
            };
            lists().filter(is_named).find(is_list)
        }
        _ => None,
    }
}

/// A quick look at the keys, since most values of a file are no exchanges.
fn may_hold_exchanges(value: Value<'_>) -> bool {
    value.kind() == Kind::Object
        && value.children().any(|member| {
            let key = member.raw_key().unwrap_or_default().as_bytes();
            key == b"scope"
                || key == b"config"
                || key
                    .windows(3)
                    .any(|w| w.eq_ignore_ascii_case(b"req") || w.eq_ignore_ascii_case(b"res"))
        })
}

/// Reads a recording.
pub(in crate::completion::load) fn read(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    if let Some(list) = exchanges(value) {
        reader.format.name = name_of(value, list);
        read_list(value, list, "exchanges", pair::exchange, places, reader);
    }
}

/// What a recording is called.
fn name_of(value: Value<'_>, list: Value<'_>) -> &'static str {
    let has = |key| value.get(key).is_some();
    let first = list.item(0);
    let in_first = |key| first.is_some_and(|item| item.get(key).is_some());
    match list.raw_key() {
        Some("http_interactions") => "VCR cassette",
        Some("interactions") if has("version") && has("metadata") => "HTTP recording",
        Some("interactions") if in_first("id") => "go-vcr cassette",
        Some("interactions") => "vcrpy cassette",
        Some("steps") => "AI SDK result",
        Some("result") if in_first("tokens_in") => "Cloudflare AI Gateway log",
        Some("data") if in_first("delay_ms") => "Helicone log",
        None if in_first("scope") => "nock recording",
        None if in_first("snapshot") => "undici snapshots",
        _ => "HTTP recording",
    }
}

/// Reads one exchange that stands by itself.
pub(in crate::completion::load) fn read_single(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    if value.get("scope").is_some() {
        reader.format.name = "nock recording";
    }
    let before = reader.loaded.problems.len();
    let mut is_of_http = false;
    let exchange = |limits: &BodyLimits| {
        let exchange = pair::exchange(value, places, limits);
        is_of_http =
            exchange.url.is_some() || exchange.method.is_some() || exchange.status.is_some();
        exchange
    };
    single(exchange, reader);
    // Only a `response` of some kind, with nothing of HTTP around it.
    if !is_of_http
        && let Some(problem) = reader.loaded.problems.get_mut(before)
        && problem.kind == ProblemKind::Unrecognised
    {
        problem.what = format!(
            "{} whose response is none that OpenRouter's APIs give; expected {EXPECTED}",
            describe(value)
        );
    }
}

/// Reads an exchange beside which there are no others.
pub(super) fn single<'d>(
    exchange: impl FnOnce(&BodyLimits) -> Exchange<'d>,
    reader: &mut Reader<'_>,
) {
    let limits = BodyLimits::of(reader);
    let exchange = &exchange(&limits);
    limits.settle(reader);
    let mut records = Records::default();
    if records.take(exchange, reader.limits) {
        records.read_rest(reader);
        return;
    }
    let what = match read_exchange(exchange, &mut records, reader) {
        ExchangeOutcome::Completion => return,
        ExchangeOutcome::Unanswered => UNANSWERED.to_owned(),
        ExchangeOutcome::Other(why) => format!("an HTTP exchange, but {why}"),
    };
    reader.problem(ProblemKind::Unrecognised, exchange.at.clone(), what);
}

/// Whether a value is a HAR recording.
pub(in crate::completion::load) fn is_har(value: Value<'_>) -> bool {
    entries(value).is_some()
}

/// Whether a text begins as a HAR recording does: the whole of it may be larger than one record may be.
pub(in crate::completion::load) fn begins_like_har(text: &str) -> bool {
    let inside = text.trim_start().strip_prefix('{');
    inside.is_some_and(|inside| inside.trim_start().starts_with("\"log\""))
}

fn entries(value: Value<'_>) -> Option<Value<'_>> {
    let entries = value.get("log")?.get("entries")?;
    (entries.kind() == Kind::Array).then_some(entries)
}

/// Reads a HAR recording.
pub(in crate::completion::load) fn read_har(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    if let Some(list) = entries(value) {
        read_list(value, list, "entries", pair::exchange, places, reader);
    }
}

/// Reads the exchanges of a list, each with the generation record that the same recording holds of it.
pub(super) fn read_list<'d>(
    recording: Value<'d>,
    list: Value<'d>,
    what_they_are: &str,
    adapter: fn(Value<'d>, &Places<'d>, &BodyLimits) -> Exchange<'d>,
    places: &Places<'d>,
    reader: &mut Reader<'_>,
) {
    let mut records = Records::default();
    let limits = BodyLimits::of(reader);
    let fetches =
        |item: Value<'_>| memchr::memmem::find(item.raw().as_bytes(), b"/generation").is_some();
    let around = |item| snapshots::request_of(item).unwrap_or(item);
    let mut fetched = vec![];
    let items = || list.children().flat_map(snapshots::exchanges).enumerate();
    for (index, item) in items().filter(|(_, item)| fetches(around(*item))) {
        if records.take(&adapter(item, places, &limits), reader.limits) {
            fetched.push(index);
        }
    }
    let (mut taken, mut unanswered, mut others) = (0, Vec::new(), Vec::new());
    for (index, item) in items() {
        if fetched.binary_search(&index).is_ok() {
            continue;
        }
        let origin = reader.origin_of_entry(places.at(item.span().start), index + 1);
        let mut entry = reader.entry(&origin);
        let exchange = adapter(item, places, &limits);
        match read_exchange(&exchange, &mut records, &mut entry) {
            ExchangeOutcome::Completion => taken += 1,
            ExchangeOutcome::Unanswered => unanswered.push(origin.clone()),
            ExchangeOutcome::Other(why) => others.push(why),
        }
    }
    limits.settle(reader);
    let at = places.at(recording.span().start);
    taken += records.read_rest(reader);
    let count = others.len();
    for origin in &unanswered {
        let kind = match taken {
            0 => ProblemKind::Unrecognised,
            _ => ProblemKind::Remark,
        };
        let mut entry = reader.entry(origin);
        entry.say(kind, origin.place(), UNANSWERED.to_owned());
    }
    if taken == 0 && unanswered.is_empty() {
        let what = match (count, others.first()) {
            (0, _) => format!("this recording has no {what_they_are}"),
            (1, Some(only)) => format!("a recording without a completion of OpenRouter's: {only}"),
            (_, None) => {
                format!("none of the {count} {what_they_are} of this recording is a completion")
            }
            (_, Some(first)) => format!(
                "none of the {count} {what_they_are} of this recording is a completion \
                 (a POST to …/chat/completions, /completions, /responses or /messages of OpenRouter); \
                 the first: {first}"
            ),
        };
        reader.problem(ProblemKind::Unrecognised, at, what);
    } else if count > 0 {
        let what = match count {
            1 => format!("1 of the {what_they_are} of this recording is no completion"),
            _ => format!("{count} of the {what_they_are} of this recording are no completions"),
        };
        reader.note(at, what);
    }
}
