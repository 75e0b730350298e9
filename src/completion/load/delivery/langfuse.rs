//! Observations that Broadcast's Langfuse destination made, as Langfuse's export, blob storage and API
//! hand them out: one a line, in a list, or within their trace.
//!
//! Langfuse holds the observations of any application. OpenRouter's are known by what its Broadcast writes
//! into their metadata (`openrouter`, the resource's `service.name` and `openrouter.trace.id`); no other
//! becomes a completion. `traceId` is a hash that Broadcast makes, not the request's `trace_id`, so it is
//! not taken for one.

use super::bag;
use super::names::{self, OPENROUTER};
use super::trace_file::{DeliveredGeneration, TraceContents};
use super::write::{Attributes, Root, SpanMembers, SpanSource, is_something, nanos};
use super::{CONNECTION_TEST, CONNECTION_TEST_NOTE, TEST_GENERATION, TEST_GENERATION_NOTE};
use crate::json::{Kind, Value};

/// Types of observations, as Langfuse's API reference lists them.
const TYPES: [&str; 10] = [
    "GENERATION",
    "SPAN",
    "EVENT",
    "AGENT",
    "TOOL",
    "CHAIN",
    "RETRIEVER",
    "EVALUATOR",
    "EMBEDDING",
    "GUARDRAIL",
];

/// Keys of the metadata that Langfuse puts there for every span it gets by OTLP.
const SPANS_OWN: [&str; 3] = ["attributes", "resourceAttributes", "scope"];

/// A member by its name in the API or in an export.
fn member<'d>(value: Value<'d>, names: &[&str]) -> Option<Value<'d>> {
    let mut found = names.iter().filter_map(|name| value.get(name));
    found.find(|value| is_something(*value))
}

fn is_observation(value: Value<'_>) -> bool {
    let kind = value.get("type").and_then(Value::str);
    kind.is_some_and(|kind| TYPES.contains(&kind.to_ascii_uppercase().as_str()))
        && member(value, &["traceId", "trace_id"]).is_some()
        && member(value, &["startTime", "start_time"]).is_some()
}

fn observations(value: Value<'_>) -> Option<Value<'_>> {
    let list = value.get("observations")?;
    let is_one = |first: Value| is_observation(first);
    (list.kind() == Kind::Array && list.item(0).is_some_and(is_one)).then_some(list)
}

/// Whether a value is an observation of Langfuse's, or a trace with such.
pub(in crate::completion::load) fn is_langfuse(value: Value<'_>) -> bool {
    is_observation(value) || observations(value).is_some()
}

/// Reads an observation, or a trace with its observations.
pub(super) fn read(value: Value<'_>) -> TraceContents<'_> {
    let mut found = TraceContents::default();
    let Some(list) = observations(value) else {
        read_observation(value, None, &mut found);
        return found;
    };
    let all = || list.children().filter(|item| is_observation(*item));
    let generations = all().filter(|item| is_generation(*item)).count();
    for observation in all() {
        let trace = Trace { value, generations };
        read_observation(observation, Some(trace), &mut found);
    }
    found
}

/// The trace around an observation.
#[derive(Clone, Copy)]
struct Trace<'d> {
    value: Value<'d>,
    /// How many of its observations are generations. The texts of a trace are those of its only one.
    generations: usize,
}

fn is_generation(observation: Value<'_>) -> bool {
    let kind = observation.get("type").and_then(Value::str);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("generation"))
}

fn read_observation<'d>(
    observation: Value<'d>,
    trace: Option<Trace<'d>>,
    found: &mut TraceContents<'d>,
) {
    let name = observation.get("name").and_then(Value::str);
    let is = |what: &str| name.as_deref() == Some(what);
    let told = Metadata::of(observation);
    let of_trace = trace.map(|trace| Metadata::of(trace.value));
    let is_ours = told.is_broadcasts() || of_trace.as_ref().is_some_and(Metadata::is_broadcasts);
    let note = |what: &str| (observation, what.to_owned());
    if is(CONNECTION_TEST) {
        found.notes.push(note(CONNECTION_TEST_NOTE));
    } else if is(TEST_GENERATION) && is_ours {
        found.notes.push(note(TEST_GENERATION_NOTE));
    } else if !is_ours {
        found.strangers.push(note(
            "a Langfuse observation that OpenRouter's Broadcast did not make: nothing of OpenRouter's is in its metadata",
        ));
    } else if !is_generation(observation) {
        if trace.is_some_and(|trace| trace.generations > 0) {
            return;
        }
        let kind = observation.get("type").and_then(Value::str);
        let kind = kind.unwrap_or_default();
        let what = format!(
            "a {} of a trace that OpenRouter's Broadcast made, no generation",
            kind.to_ascii_lowercase()
        );
        found.notes.push((observation, what));
    } else {
        let root = root(observation, trace, told, of_trace);
        found.generations.push(DeliveredGeneration::new(root));
    }
}

/// What stands in an observation's metadata, under the names of a root span.
struct Metadata<'d> {
    /// The attributes of the span that Langfuse got.
    span: Attributes<'d>,
    /// Those of its resource.
    resource: Attributes<'d>,
    /// The rest, trace keys among it.
    bag: Attributes<'d>,
    has_scope: bool,
}

impl<'d> Metadata<'d> {
    fn of(observation: Value<'d>) -> Metadata<'d> {
        let bag = observation.get_some("metadata");
        let mut metadata = Metadata {
            span: Attributes::default(),
            resource: Attributes::default(),
            bag: bag::attributes(bag, &SPANS_OWN),
            has_scope: false,
        };
        let Some(bag) = bag else { return metadata };
        for (key, value) in bag::members(&SpanSource::Plain(bag)) {
            match key.as_str() {
                "attributes" => {
                    for (key, value) in bag::members(&value) {
                        metadata.span.push(names::plain(&key).into_owned(), value);
                    }
                }
                "resourceAttributes" => {
                    for (key, value) in bag::members(&value) {
                        metadata.resource.push(key, value);
                    }
                }
                "scope" => {
                    let scope = bag::members(&value);
                    metadata.has_scope = scope
                        .iter()
                        .any(|(key, name)| key == "name" && name.json() == "\"openrouter\"");
                }
                _ => {}
            }
        }
        metadata.span.take_stand_ins();
        metadata
    }

    fn is_broadcasts(&self) -> bool {
        // Anybody may have a key of that name; what Broadcast writes there is known.
        const OWN: [&str; 8] = [
            "provider_name",
            "provider_slug",
            "finish_reason",
            "api_key_name",
            "streamed",
            "source",
            "attempt",
            "generation",
        ];
        let is_own = |own: &str| OWN.contains(&own) || own.ends_with("_ms");
        let of_openrouter = |key: &str| key.strip_prefix(OPENROUTER).is_some_and(is_own);
        self.has_scope
            || self.span.has(names::is_broadcasts_own)
            || self.bag.has(of_openrouter)
            || self.resource.has(|key| key.starts_with("openrouter."))
            || self.resource.json("service.name") == Some("\"openrouter\"")
    }
}

fn root<'d>(
    observation: Value<'d>,
    trace: Option<Trace<'d>>,
    told: Metadata<'d>,
    of_trace: Option<Metadata<'d>>,
) -> Root<'d> {
    let mut attributes = Attributes::default();
    let own = |names: &[&str]| member(observation, names);
    let wide = |names: &[&str]| own(names).or_else(|| member(trace?.value, names));
    attributes.offer("trace.name", own(&["traceName", "trace_name"]));
    attributes.offer(
        "trace.name",
        trace.and_then(|trace| member(trace.value, &["name"])),
    );
    attributes.fill_up(told.span);
    attributes.offer(
        "gen_ai.response.model",
        own(&["model", "providedModelName", "provided_model_name"]),
    );
    offer_usage(observation, &mut attributes);
    attributes.offer("user.id", wide(&["userId", "user_id"]));
    attributes.offer("session.id", wide(&["sessionId", "session_id"]));
    attributes.offer("span.level", own(&["level"]));
    attributes.fill_up(told.bag);
    let mut resource = told.resource;
    if let Some(of_trace) = of_trace {
        attributes.fill_up(of_trace.span);
        attributes.fill_up(of_trace.bag);
        resource.fill_up(of_trace.resource);
    }
    let texts = [
        ("gen_ai.prompt", "input", bag::prompt as fn(Value<'d>) -> _),
        ("gen_ai.completion", "output", bag::completion),
    ];
    for (key, name, form) in texts {
        let of_trace = trace.filter(|trace| trace.generations == 1);
        let of_trace = of_trace.and_then(|trace| member(trace.value, &[name]));
        if let Some(value) = own(&[name]).or(of_trace) {
            attributes.push_if_new(key, form(value));
        }
    }
    Root {
        members: members(observation),
        resource,
        attributes,
        others: Vec::new(),
    }
}

/// Tokens and cost, which Langfuse has renamed over time.
fn offer_usage<'d>(observation: Value<'d>, attributes: &mut Attributes<'d>) {
    let details = member(observation, &["usageDetails", "usage_details", "usage"]);
    let costs = member(observation, &["costDetails", "cost_details"]);
    let tokens: [(&'static str, &[&str], &[&str]); 3] = [
        (
            "gen_ai.usage.input_tokens",
            &["input", "promptTokens"],
            &["promptTokens", "inputUsage", "prompt_tokens"],
        ),
        (
            "gen_ai.usage.output_tokens",
            &["output", "completionTokens"],
            &["completionTokens", "outputUsage", "completion_tokens"],
        ),
        (
            "gen_ai.usage.total_tokens",
            &["total", "totalTokens"],
            &["totalTokens", "totalUsage", "total_tokens"],
        ),
    ];
    for (key, inside, beside) in tokens {
        if attributes.json(key).is_some() {
            continue;
        }
        let inner = details.and_then(|details| within(details, inside));
        let found = inner.or_else(|| member(observation, beside).map(SpanSource::Plain));
        if let Some(found) = found {
            attributes.push(key, found);
        }
    }
    if attributes.json("gen_ai.usage.total_cost").is_none() {
        let beside = ["calculatedTotalCost", "totalCost", "total_cost"];
        let found = member(observation, &beside).map(SpanSource::Plain);
        let found = found.or_else(|| within(costs?, &["total"]));
        if let Some(found) = found {
            attributes.push("gen_ai.usage.total_cost", found);
        }
    }
}

/// A member of an object, or of one that stands in a string.
fn within<'d>(value: Value<'d>, names: &[&str]) -> Option<SpanSource<'d>> {
    let members = bag::members(&SpanSource::Plain(value));
    let mut found = names.iter().filter_map(|name| {
        let of_name = |(key, _): &&(String, SpanSource)| key == name;
        members.iter().find(of_name).map(|(_, value)| value.clone())
    });
    found.find(|value| value.json() != "null")
}

fn members(observation: Value<'_>) -> SpanMembers<'_> {
    let mut out = SpanMembers::new();
    let get = |names: &[&str]| member(observation, names);
    if let Some(name) = get(&["name"]) {
        out.push(("name", SpanSource::Plain(name)));
    }
    if let Some(trace) = get(&["traceId", "trace_id"]) {
        out.push(("traceId", SpanSource::Plain(trace)));
    }
    if let Some(id) = get(&["id"]) {
        out.push(("spanId", SpanSource::Plain(id)));
    }
    if let Some(start) = get(&["startTime", "start_time"]).and_then(nanos) {
        out.push(("startTimeUnixNano", start));
    }
    if let Some(end) = get(&["endTime", "end_time"]).and_then(nanos) {
        out.push(("endTimeUnixNano", end));
    }
    let level = get(&["level"]).and_then(Value::str);
    if level.is_some_and(|level| level == "ERROR") {
        let message = get(&["statusMessage", "status_message"]);
        let status = match message.filter(|message| message.kind() == Kind::String) {
            Some(message) => SpanSource::Made(
                format!("{{\"code\":2,\"message\":{}}}", message.raw()),
                message,
            ),
            None => SpanSource::Made("{\"code\":2}".to_owned(), observation),
        };
        out.push(("status", status));
    }
    out
}
