//! A trace file of Broadcast's S3 and Hugging Face destinations, bare or as `{"trace": …, "exported_at"}`.
//!
//! One file is one request: its generation is the observation of that type; what else was observed, such
//! as the attempts at other providers, goes with it. Source: OpenRouter's documentation of the two
//! destinations, and files that were seen.

use super::bag;
use super::names::OPENROUTER;
use super::write::{Attributes, Root, SpanMembers, SpanSource, ValuePlaces, is_something, nanos};
use super::{CONNECTION_TEST, CONNECTION_TEST_NOTE, TEST_GENERATION, TEST_GENERATION_NOTE};
use crate::completion::generation_id;
use crate::completion::source_map::DocumentBuilder;
use crate::json::{Kind, Value};

/// A generation that a destination's own JSON tells of.
#[derive(Debug)]
pub(super) struct DeliveredGeneration<'d> {
    root: Root<'d>,
}

impl<'d> DeliveredGeneration<'d> {
    pub fn new(root: Root<'d>) -> DeliveredGeneration<'d> {
        DeliveredGeneration { root }
    }

    /// Appends it as one plain object; `places` tells where a value of the source stands.
    pub fn write(&self, builder: &mut DocumentBuilder, places: &dyn ValuePlaces) {
        self.root.write(builder, places);
    }
}

/// What a destination's own JSON holds.
#[derive(Debug, Default)]
pub(super) struct TraceContents<'d> {
    /// In its order.
    pub generations: Vec<DeliveredGeneration<'d>>,
    /// What is there and is no generation, in words.
    pub notes: Vec<(Value<'d>, String)>,
    /// What Broadcast did not make at all.
    pub strangers: Vec<(Value<'d>, String)>,
}

/// The trace in a file, out of its envelope.
fn trace(value: Value<'_>) -> Value<'_> {
    value
        .get("trace")
        .filter(|trace| trace.get("observations").is_some())
        .unwrap_or(value)
}

/// Whether a value is a trace file. Langfuse has traces with observations too; these have fields that only
/// OpenRouter writes.
pub(in crate::completion::load) fn is_trace_file(value: Value<'_>) -> bool {
    let trace = trace(value);
    let Some(observations) = trace
        .get("observations")
        .filter(|list| list.kind() == Kind::Array)
    else {
        return false;
    };
    if trace.get("id").is_none() && trace.get("timestamp").is_none() {
        return false;
    }
    let of_langfuse = |observation: &Value| observation.get("traceId").is_some();
    if observations.children().any(|item| of_langfuse(&item)) {
        return false;
    }
    let has = |value: Value<'_>, keys: &[&str]| keys.iter().any(|key| value.get(key).is_some());
    value.get("exported_at").is_some()
        || has(trace, &["apiKeyName"])
        || trace
            .get("output")
            .is_some_and(|output| has(output, &["rawRequest", "completion"]))
        || observations
            .children()
            .any(|item| has(item, &["providerName", "normalizedFinishReason"]))
        || is_connection_test(trace)
}

fn is_connection_test(trace: Value<'_>) -> bool {
    ["id", "name"]
        .iter()
        .filter_map(|key| trace.get(key)?.str())
        .any(|text| text == CONNECTION_TEST)
}

fn has_name(value: Value<'_>, name: &str) -> bool {
    value
        .get("name")
        .and_then(Value::str)
        .is_some_and(|have| have == name)
}

/// Reads a trace file.
pub(super) fn read(value: Value<'_>) -> TraceContents<'_> {
    let trace = trace(value);
    let mut found = TraceContents::default();
    let observations: Vec<Value> = trace
        .get("observations")
        .into_iter()
        .flat_map(Value::children)
        .collect();
    let is_test =
        |test: &str| has_name(trace, test) || observations.iter().any(|item| has_name(*item, test));
    if is_connection_test(trace) || is_test(CONNECTION_TEST) {
        found.notes.push((trace, CONNECTION_TEST_NOTE.to_owned()));
        return found;
    }
    if is_test(TEST_GENERATION) {
        found.notes.push((trace, TEST_GENERATION_NOTE.to_owned()));
        return found;
    }
    let all: Vec<Value> = observations
        .iter()
        .copied()
        .filter(|item| is_generation(*item))
        .collect();
    // An attempt that failed before another one answered is no generation of its own.
    let succeeded: Vec<Value> = all
        .iter()
        .copied()
        .filter(|item| generated(*item))
        .collect();
    let generations = match succeeded.is_empty() {
        true => all.into_iter().take(1).collect(),
        false => succeeded,
    };
    let alone = generations.len() == 1;
    for generation in &generations {
        let others = observations
            .iter()
            .filter(|item| alone && *item != generation);
        let root = Root {
            members: members(trace, *generation, &observations),
            resource: resource(trace),
            attributes: attributes(trace, *generation, alone),
            others: others
                .map(|item| (members(trace, *item, &[]), of_observation(*item)))
                .collect(),
        };
        found.generations.push(DeliveredGeneration::new(root));
    }
    if !alone && !generations.is_empty() && trace.get_some("output").is_some() {
        let what = format!(
            "this trace holds {} generations; its input and output are of the trace, and of none of them",
            generations.len()
        );
        found.notes.push((trace, what));
    }
    found
}

/// Whether an observation is a generation: by its type, or, where it has none, by its tokens.
fn is_generation(observation: Value<'_>) -> bool {
    match observation.get_some("type").and_then(Value::str) {
        Some(kind) => kind.eq_ignore_ascii_case("generation"),
        None => ["promptTokens", "completionTokens", "model"]
            .iter()
            .any(|key| observation.get_some(key).is_some()),
    }
}

fn generated(observation: Value<'_>) -> bool {
    let tokens = observation.get_some("completionTokens");
    let has_tokens =
        tokens.is_some_and(|tokens| tokens.raw() != "0" && tokens.kind() == Kind::Number);
    has_tokens || !is_error(observation)
}

fn is_error(observation: Value<'_>) -> bool {
    let level = observation.get_some("level").and_then(Value::str);
    level.is_some_and(|level| level == "ERROR")
}

/// A span's own members; `siblings` are the observations of the same trace.
pub(super) fn members<'d>(
    trace: Value<'d>,
    observation: Value<'d>,
    siblings: &[Value<'d>],
) -> SpanMembers<'d> {
    let mut out = SpanMembers::new();
    let get = |key: &str| observation.get_some(key).filter(|v| is_something(*v));
    if let Some(name) = get("name") {
        out.push(("name", SpanSource::Plain(name)));
    }
    if let Some(id) = get("id") {
        out.push(("spanId", SpanSource::Plain(id)));
    }
    // A parent within the trace is OpenRouter's; one outside of it the user's `parent_span_id`.
    let parent = get("parentObservationId").filter(|parent| {
        let is_here = |item: &Value| item.get("id").and_then(Value::str) == parent.str();
        !siblings.iter().any(is_here)
    });
    if let Some(parent) = parent {
        out.push(("parentSpanId", SpanSource::Plain(parent)));
    }
    let start = get("startTime").or_else(|| trace.get_some("timestamp"));
    if let Some(start) = start.and_then(nanos) {
        out.push(("startTimeUnixNano", start));
    }
    if let Some(end) = get("endTime").and_then(nanos) {
        out.push(("endTimeUnixNano", end));
    }
    if is_error(observation) {
        let status = match get("statusMessage") {
            Some(message) if message.kind() == Kind::String => SpanSource::Made(
                format!("{{\"code\":2,\"message\":{}}}", message.raw()),
                message,
            ),
            _ => SpanSource::Made("{\"code\":2}".to_owned(), observation),
        };
        out.push(("status", status));
    }
    out
}

fn resource<'d>(trace: Value<'d>) -> Attributes<'d> {
    let mut out = Attributes::default();
    out.offer("openrouter.trace.id", trace.get("id"));
    out
}

/// What an observation says by itself, under the names of a root span.
fn of_observation(observation: Value<'_>) -> Attributes<'_> {
    let mut out = Attributes::default();
    let get = |key: &str| observation.get(key);
    let usage = get("usage").or_else(|| get("usageDetails"));
    let used = |key: &str| usage.and_then(|usage| usage.get(key));
    out.offer("gen_ai.response.model", get("model"));
    let id = get("id").or_else(|| get("generationId"));
    out.offer("gen_ai.response.id", id.filter(|id| is_generation_id(*id)));
    out.offer(
        "gen_ai.response.finish_reason",
        get("normalizedFinishReason"),
    );
    out.offer(
        "gen_ai.usage.input_tokens",
        get("promptTokens").or_else(|| used("input")),
    );
    out.offer(
        "gen_ai.usage.output_tokens",
        get("completionTokens").or_else(|| used("output")),
    );
    out.offer(
        "gen_ai.usage.total_tokens",
        get("totalTokens").or_else(|| used("total")),
    );
    out.offer("gen_ai.usage.total_cost", get("totalCost"));
    out.offer("span.level", get("level"));
    out.offer(
        "trace.metadata.openrouter.provider_name",
        get("providerName"),
    );
    out.offer(
        "trace.metadata.openrouter.finish_reason",
        get("finishReason"),
    );
    out
}

fn attributes<'d>(trace: Value<'d>, observation: Value<'d>, alone: bool) -> Attributes<'d> {
    let mut out = Attributes::default();
    out.offer("trace.name", trace.get("name"));
    let text = |key: &str| {
        let of_trace = trace.get_some(key).filter(|_| alone);
        observation
            .get_some(key)
            .or(of_trace)
            .filter(|value| is_something(*value))
    };
    let (input, output) = (text("input"), text("output"));
    let requested = output.and_then(|output| output.get("rawRequest")?.get("model"));
    out.offer("gen_ai.request.model", requested);
    out.fill_up(of_observation(observation));
    let id = trace.get("id").filter(|id| is_generation_id(*id));
    out.offer("gen_ai.response.id", id.filter(|_| alone));
    out.offer("user.id", trace.get("userId"));
    out.offer("session.id", trace.get("sessionId"));
    let own = |key: &str| format!("{OPENROUTER}{key}");
    if let Some(name) = trace.get_some("apiKeyName") {
        out.push_if_new(own("api_key_name"), SpanSource::Plain(name));
    }
    out.fill_up(bag::attributes(trace.get_some("metadata"), &[]));
    out.fill_up(bag::attributes(observation.get_some("metadata"), &[]));
    out.take_stand_ins();
    if let Some(input) = input {
        out.push_if_new("gen_ai.prompt", bag::prompt(input));
    }
    if let Some(output) = output {
        out.push_if_new("gen_ai.completion", bag::completion(output));
    }
    out
}

/// Whether a value is the id of a generation, and not of something else.
pub(super) fn is_generation_id(value: Value<'_>) -> bool {
    value.str().is_some_and(|id| generation_id::is_one(&id))
}
