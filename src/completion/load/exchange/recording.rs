//! Recordings in JSON (or YAML that was read as JSON): the lists that test recorders, browsers, proxies and
//! gateways keep their exchanges in.

use super::body::BodyLimits;
use super::keys;
use super::message::Exchange;
use super::records::Records;
use super::{ExchangeOutcome, UNANSWERED, pair, read as read_exchange, sdk_result, snapshots};
use crate::completion::Completion;
use crate::completion::generation_id;
use crate::completion::load::formats::{self, FormatRole, HTTP_RECORDING, SDK_RESULT};
use crate::completion::load::inside::{self, InsideOutcome};
use crate::completion::load::record::Reader;
use crate::completion::load::shape::{EXPECTED, describe};
use crate::completion::load::{Loaded, ProblemKind};
use crate::completion::source_map::Places;
use crate::json::{Kind, Value};

/// Entries that are no completions and are named.
const NAMED: usize = 3;

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
    (is_single(item) && !sdk_result::is_result(item)) || snapshots::is_snapshot(item)
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
            [b"scope".as_slice(), b"config", b"then"].contains(&key)
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

/// What is looked at to tell who made a recording.
struct Signs<'d> {
    recording: Value<'d>,
    list: Value<'d>,
    first: Option<Value<'d>>,
}

impl Signs<'_> {
    fn is_listed(&self, key: &str) -> bool {
        self.list.raw_key() == Some(key)
    }

    fn has(&self, key: &str) -> bool {
        self.recording.get(key).is_some()
    }

    fn has_in_first(&self, key: &str) -> bool {
        self.first.is_some_and(|item| item.get(key).is_some())
    }
}

/// A name, and whether a recording is one.
type Recorder = (&'static str, fn(&Signs<'_>) -> bool);

const NOCK: &str = "nock recording";
const HTTPMOCK: &str = "httpmock recording";

/// Recorders by their own names; the first that it may be counts.
const RECORDERS: &[Recorder] = &[
    ("VCR cassette", |signs| signs.is_listed("http_interactions")),
    (HTTP_RECORDING, |signs| {
        signs.is_listed("interactions") && signs.has("version") && signs.has("metadata")
    }),
    ("go-vcr cassette", |signs| {
        signs.is_listed("interactions") && signs.has_in_first("id")
    }),
    ("vcrpy cassette", |signs| signs.is_listed("interactions")),
    (SDK_RESULT, |signs| signs.is_listed("steps")),
    ("Cloudflare AI Gateway log", |signs| {
        signs.is_listed("result") && signs.has_in_first("tokens_in")
    }),
    ("Helicone log", |signs| {
        signs.is_listed("data") && signs.has_in_first("delay_ms")
    }),
    (NOCK, |signs| {
        signs.list.raw_key().is_none() && signs.has_in_first("scope")
    }),
    (HTTPMOCK, |signs| {
        signs
            .first
            .is_some_and(|item| pair::of_httpmock(item).is_some())
    }),
    ("undici snapshots", |signs| {
        signs.list.raw_key().is_none() && signs.has_in_first("snapshot")
    }),
];

/// What recordings are called.
pub(in crate::completion::load) fn names() -> impl Iterator<Item = &'static str> {
    RECORDERS.iter().map(|(name, _)| *name)
}

/// What a recording is called.
fn name_of(recording: Value<'_>, list: Value<'_>) -> &'static str {
    let signs = Signs {
        recording,
        list,
        first: list.item(0),
    };
    let known = RECORDERS.iter().find(|(_, is_it)| is_it(&signs));
    known.map_or(HTTP_RECORDING, |(name, _)| name)
}

/// Reads one exchange that stands by itself.
pub(in crate::completion::load) fn read_single(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    if value.get("scope").is_some() {
        reader.format.name = NOCK;
    } else if pair::of_httpmock(value).is_some() {
        reader.format.name = HTTPMOCK;
    }
    let (taken, before) = (
        reader.loaded.completions.len(),
        reader.loaded.problems.len(),
    );
    let mut is_of_http = false;
    let exchange = |limits: &BodyLimits| {
        let exchange = pair::exchange(value, places, limits);
        is_of_http =
            exchange.url.is_some() || exchange.method.is_some() || exchange.status.is_some();
        exchange
    };
    single(exchange, reader);
    if reader.loaded.completions.len() == taken && is_kept_beside(value, places, reader) {
        reader.loaded.problems.truncate(before);
        return;
    }
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

/// Reads an item of a list that is no exchange for a completion: something else that is known, or what a gateway keeps
/// beside the exchange. Whether there was a completion.
fn is_of_another_kind(item: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) -> bool {
    let is_own = formats::of_value(item)
        .is_some_and(|format| format.role == FormatRole::Whole && !is_item(item));
    if !is_own {
        return is_kept_beside(item, places, reader);
    }
    let before = reader.loaded.completions.len();
    reader.text(&places.piece(item.span()));
    reader.loaded.completions.len() > before
}

/// Reads what a gateway keeps beside the exchange that it logs: what went on to OpenRouter, and came back with a generation
/// id. Whether there was any.
fn is_kept_beside(value: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) -> bool {
    if memchr::memmem::find(value.raw().as_bytes(), generation_id::PREFIX.as_bytes()).is_none() {
        return false;
    }
    let sides = pair::sides(value).map(|side| side.map(|side| side.span()));
    let others = value
        .children()
        .filter(|member| member.kind().is_container() && !sides.contains(&Some(member.span())));
    let mut kept = Loaded::default();
    let mut entry = Reader::new(reader.origin, &mut kept);
    let mut found = Vec::new();
    for member in others {
        if let InsideOutcome::Completions(some) = inside::read(member, places, &mut entry) {
            found.extend(some);
        }
    }
    let has_id = |completion: &Completion| {
        let id = completion
            .response()
            .and_then(|response| response.get("id")?.str());
        id.is_some_and(|id| generation_id::is_one(&id))
    };
    if kept.completions.is_empty() || !kept.completions.iter().all(has_id) {
        return false;
    }
    kept.inside.extend(found);
    reader.loaded.extend(kept);
    true
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
            ExchangeOutcome::Other(_) if is_of_another_kind(item, places, &mut entry) => taken += 1,
            ExchangeOutcome::Other(why) => others.push((origin.place(), why)),
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
            (1, Some((_, only))) => {
                format!("a recording without a completion of OpenRouter's: {only}")
            }
            (_, None) => {
                format!("none of the {count} {what_they_are} of this recording is a completion")
            }
            (_, Some((_, first))) => format!(
                "none of the {count} {what_they_are} of this recording is a completion \
                 (a POST to …/chat/completions, /completions, /responses or /messages of OpenRouter); \
                 the first: {first}"
            ),
        };
        reader.problem(ProblemKind::Unrecognised, at, what);
    } else if let Some((place, _)) = others.first() {
        let what = match count {
            1 => format!("1 of the {what_they_are} of this recording is no completion: "),
            _ => format!("{count} of the {what_they_are} of this recording are no completions: "),
        };
        let named = others.iter().take(NAMED).map(|(_, why)| {
            let said = why.strip_suffix(" is no completion");
            said.unwrap_or(why)
        });
        let named: Vec<&str> = named.collect();
        let more = match count - named.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        reader.note(place.clone(), format!("{what}{}{more}", named.join("; ")));
    }
}
