//! OTLP in JSON: which spans are OpenRouter's, and which of them are generations.
//!
//! A payload may hold several traces, and a collector may have taken one apart over several payloads; so
//! spans are put together by trace, across all payloads that are read together. What another producer
//! wrote under the same `gen_ai.` names is none of OpenRouter's and never becomes a completion.

use std::borrow::Cow;
use std::collections::HashMap;

use super::write::{Attributes, Root, SpanMembers, SpanSource, ValuePlaces};
use super::{CONNECTION_TEST, ROOT_NAME, TEST_GENERATION, names};
use crate::completion::source_map::DocumentBuilder;
use crate::json::{Kind, Value};

/// One generation of a payload.
#[derive(Debug)]
pub(in crate::completion::load) struct OtlpGeneration<'d> {
    root: PlacedSpan<'d>,
    others: Vec<PlacedSpan<'d>>,
}

/// What payloads hold.
#[derive(Debug, Default)]
pub(super) struct Payload<'d> {
    /// Their generations, in the order of their root spans.
    pub generations: Vec<OtlpGeneration<'d>>,
    /// Whether there is OpenRouter's connection test, or nothing at all, as some of its tests have it.
    pub is_connection_test: bool,
    /// Conversations that the Test button of the Broadcast settings sends: their root spans.
    pub test_generations: Vec<Value<'d>>,
    /// Spans of OpenRouter's whose generation is not here.
    pub strays: usize,
    /// Spans of other producers, and the `service.name` of the first that gives one.
    pub foreign: usize,
    /// That name.
    pub foreign_service: Option<Value<'d>>,
}

#[derive(Debug, Clone, Copy)]
struct PlacedSpan<'d> {
    value: Value<'d>,
    /// Attributes of the resource that the span belongs to.
    resource: Option<Value<'d>>,
    /// What it tells of each of its spans.
    of_resource: OfResource<'d>,
    /// The instrumentation that it belongs to.
    scope: Option<Value<'d>>,
    /// Its position among all that are read together.
    position: usize,
}

/// A member under its name in JSON, or under the one of the protobuf definition, which some exporters keep.
fn member<'d>(value: Value<'d>, name: &str) -> Option<Value<'d>> {
    value.get(name).or_else(|| {
        let mut snake = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        value.get(&snake)
    })
}

/// The list of resource spans; a trace that Tempo was asked for has it under `batches`.
fn resource_spans(payload: Value<'_>) -> Option<Value<'_>> {
    let is_list = |value: &Value| matches!(value.kind(), Kind::Array | Kind::Null);
    let has_scopes = |batches: &Value| {
        let first = batches.item(0);
        first.is_some_and(|first| scopes(first).is_some())
    };
    member(payload, "resourceSpans")
        .filter(is_list)
        .or_else(|| payload.get("batches").filter(has_scopes))
}

fn scopes(resource_spans: Value<'_>) -> Option<Value<'_>> {
    member(resource_spans, "scopeSpans")
        .or_else(|| member(resource_spans, "instrumentationLibrarySpans"))
}

/// Whether a value is an OTLP export.
pub(in crate::completion::load) fn is_payload(value: Value<'_>) -> bool {
    resource_spans(value).is_some()
}

/// Finds the generations of one payload.
pub(super) fn read(payload: Value<'_>) -> Payload<'_> {
    read_all([payload])
}

/// The generations of one payload alone.
pub(in crate::completion::load) fn generations_of(payload: Value<'_>) -> Vec<OtlpGeneration<'_>> {
    read(payload).generations
}

/// Finds the generations of several payloads, joining spans of one trace that are in different ones.
pub(super) fn read_all<'d>(payloads: impl IntoIterator<Item = Value<'d>>) -> Payload<'d> {
    let mut spans: Vec<PlacedSpan> = payloads.into_iter().flat_map(spans).collect();
    for (position, span) in spans.iter_mut().enumerate() {
        span.position = position;
    }
    let mut out = Payload {
        is_connection_test: spans.is_empty(),
        ..Payload::default()
    };
    let mut traces: Vec<Vec<PlacedSpan>> = Vec::new();
    let mut known: HashMap<Cow<str>, usize> = HashMap::new();
    for span in spans {
        if span.has_name(CONNECTION_TEST) {
            out.is_connection_test = true;
            continue;
        }
        let index = *known.entry(span.trace()).or_insert(traces.len());
        match traces.get_mut(index) {
            Some(trace) => trace.push(span),
            None => traces.push(vec![span]),
        }
    }
    for trace in traces {
        read_trace(&trace, &mut out);
    }
    out.generations
        .sort_by_key(|generation| generation.root.position);
    out
}

fn read_trace<'d>(trace: &[PlacedSpan<'d>], out: &mut Payload<'d>) {
    // An application's own spans may share a trace with OpenRouter's, by `parent_span_id`.
    let has_ours = trace.iter().any(PlacedSpan::is_ours);
    let is_ours = |span: &&PlacedSpan| span.is_ours() || has_ours && span.service().is_none();
    let (ours, others): (Vec<PlacedSpan>, Vec<PlacedSpan>) = trace.iter().partition(is_ours);
    out.foreign += others.len();
    out.foreign_service = out
        .foreign_service
        .or_else(|| others.iter().find_map(PlacedSpan::service));
    let (found, strays) = generations(&ours);
    out.strays += strays;
    for generation in found {
        if generation.root.has_name(TEST_GENERATION) {
            out.test_generations.push(generation.root.value);
        } else {
            out.generations.push(generation);
        }
    }
}

fn spans(payload: Value<'_>) -> Vec<PlacedSpan<'_>> {
    let mut out = Vec::new();
    for resource_spans in items(resource_spans(payload)) {
        let resource = resource_spans.get("resource");
        let resource = resource.and_then(|resource| resource.get("attributes"));
        let of_resource = OfResource::of(resource);
        for scope_spans in items(scopes(resource_spans)) {
            let scope = scope_spans
                .get("scope")
                .or_else(|| member(scope_spans, "instrumentationLibrary"));
            for value in items(scope_spans.get("spans")) {
                if value.kind() == Kind::Object {
                    out.push(PlacedSpan {
                        value,
                        resource,
                        of_resource,
                        scope,
                        position: 0,
                    });
                }
            }
        }
    }
    out
}

fn items<'d>(list: Option<Value<'d>>) -> impl Iterator<Item = Value<'d>> + use<'d> {
    list.into_iter().flat_map(Value::children)
}

/// The generations of one trace, told by their root spans; each other span goes with the root above it.
/// Beside them, how many spans there are where there is no generation.
fn generations<'d>(trace: &[PlacedSpan<'d>]) -> (Vec<OtlpGeneration<'d>>, usize) {
    let ids: HashMap<_, _> = trace
        .iter()
        .enumerate()
        .filter_map(|(index, span)| Some((span.text("spanId")?, index)))
        .collect();
    let parent = |span: &PlacedSpan| ids.get(&span.text("parentSpanId")?).copied();
    let parents: Vec<Option<usize>> = trace.iter().map(parent).collect();
    let is_generation: Vec<bool> = trace.iter().map(PlacedSpan::is_generation).collect();
    let mut roots = topmost(&parents, &is_generation);
    if roots.is_empty() {
        let generation = trace.iter().position(PlacedSpan::is_generation);
        roots.extend(generation.or_else(|| trace.iter().position(PlacedSpan::has_trace_name)));
    }
    if roots.is_empty() {
        return (Vec::new(), trace.len());
    }
    let mut out: Vec<OtlpGeneration> = roots
        .iter()
        .map(|index| OtlpGeneration {
            root: trace[*index],
            others: Vec::new(),
        })
        .collect();
    let above = roots_above(&parents, &roots);
    for (index, span) in trace.iter().enumerate() {
        if roots.binary_search(&index).is_ok() {
            continue;
        }
        if let Some(generation) = out.get_mut(above[index].unwrap_or(0)) {
            generation.others.push(*span);
        }
    }
    (out, 0)
}

/// The generations that have none above them. A trace's `span_name` puts a span of OpenRouter's above a
/// generation that is none.
fn topmost(parents: &[Option<usize>], is_generation: &[bool]) -> Vec<usize> {
    // What is known of a span: whether a generation is above it. Parents may go in a circle.
    let mut below: Vec<Option<bool>> = vec![None; parents.len()];
    for index in 0..parents.len() {
        let mut path = Vec::new();
        let mut at = Some(index);
        let mut answer = false;
        while let Some(here) = at {
            if let Some(known) = below[here] {
                answer = known;
                break;
            }
            below[here] = Some(false);
            path.push(here);
            at = parents[here];
        }
        for here in path.into_iter().rev() {
            answer = parents[here].is_some_and(|parent| is_generation[parent] || answer);
            below[here] = Some(answer);
        }
    }
    let is_root = |index: &usize| is_generation[*index] && below[*index] == Some(false);
    (0..parents.len()).filter(is_root).collect()
}

/// For each span the position in `roots` of the one above it. Parents may go in a circle, which ends at
/// no root; each span is visited once.
fn roots_above(parents: &[Option<usize>], roots: &[usize]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<Option<usize>>> = vec![None; parents.len()];
    for (position, root) in roots.iter().enumerate() {
        found[*root] = Some(Some(position));
    }
    for index in 0..parents.len() {
        let mut path = Vec::new();
        let mut at = Some(index);
        while let Some(here) = at.filter(|here| found[*here].is_none()) {
            found[here] = Some(None);
            path.push(here);
            at = parents[here];
        }
        let root = at.and_then(|at| found[at]).flatten();
        for here in path {
            found[here] = Some(root);
        }
    }
    found.into_iter().map(Option::flatten).collect()
}

/// Attributes with their names: of a list, as OTLP has them, or of a map, as viewers and pipelines show them.
fn pairs<'d>(
    attributes: Option<Value<'d>>,
) -> impl Iterator<Item = (Cow<'d, str>, SpanSource<'d>)> + use<'d> {
    items(attributes).filter_map(|item| match item.key() {
        Some(key) => Some((key, SpanSource::Plain(item))),
        None => Some((
            item.get("key")?.str()?,
            SpanSource::Typed(item.get("value")),
        )),
    })
}

/// The value of an OTLP attribute, without its type.
fn attribute<'d>(attributes: Option<Value<'d>>, key: &str) -> Option<Value<'d>> {
    let (_, source) = pairs(attributes).find(|(have, _)| have == key)?;
    source.value()
}

/// The names of attributes.
fn keys<'d>(attributes: Option<Value<'d>>) -> impl Iterator<Item = Cow<'d, str>> {
    pairs(attributes).map(|(key, _)| key)
}

/// What is asked of a resource for each of its spans.
#[derive(Debug, Clone, Copy)]
struct OfResource<'d> {
    /// `service.name`
    service: Option<Value<'d>>,
    /// `openrouter.trace.id`
    trace_id: Option<Value<'d>>,
    /// Whether it has any attribute of OpenRouter's own.
    has_own: bool,
}

impl<'d> OfResource<'d> {
    fn of(resource: Option<Value<'d>>) -> OfResource<'d> {
        OfResource {
            service: attribute(resource, "service.name"),
            trace_id: attribute(resource, "openrouter.trace.id"),
            has_own: keys(resource).any(|key| key.starts_with("openrouter.")),
        }
    }
}

impl<'d> PlacedSpan<'d> {
    fn text(&self, key: &str) -> Option<Cow<'d, str>> {
        member(self.value, key).and_then(Value::non_empty_str)
    }

    fn has_name(&self, name: &str) -> bool {
        self.text("name").is_some_and(|have| have == name)
    }

    /// What spans of one request have in common: OpenRouter's own id, else the trace's.
    fn trace(&self) -> Cow<'d, str> {
        let own = self.of_resource.trace_id;
        own.and_then(Value::non_empty_str)
            .or_else(|| self.text("traceId"))
            .unwrap_or_default()
    }

    fn service(&self) -> Option<Value<'d>> {
        self.of_resource.service
    }

    /// Whether OpenRouter's Broadcast wrote it. A collector may have renamed the service, and an older or
    /// a trimmed delivery may lack everything else; but a service of another name without anything of
    /// OpenRouter's is another producer.
    fn is_ours(&self) -> bool {
        let service = self.service().and_then(Value::non_empty_str);
        let is_named = |value: Option<Value>| {
            value
                .and_then(Value::str)
                .is_some_and(|name| name == "openrouter")
        };
        let attributes = self.value.get("attributes");
        is_named(self.service())
            || is_named(self.scope.and_then(|scope| scope.get("name")))
            || self.of_resource.has_own
            || keys(attributes).any(|key| {
                names::is_broadcasts_own(&key)
                    || key == "openrouter.attempt"
                    || key.starts_with("openrouter.generation.")
            })
            || service.is_none()
                && (self.has_name(ROOT_NAME)
                    || self.has_name(TEST_GENERATION)
                    || self.has_trace_name())
    }

    fn is_generation(&self) -> bool {
        self.has_name(ROOT_NAME)
            || keys(self.value.get("attributes"))
                .any(|key| key.starts_with("gen_ai.") || key.starts_with("langfuse.observation."))
    }

    fn has_trace_name(&self) -> bool {
        keys(self.value.get("attributes")).any(|key| key == "trace.name")
    }

    fn members(&self) -> SpanMembers<'d> {
        const KEPT: [&str; 8] = [
            "name",
            "traceId",
            "spanId",
            "parentSpanId",
            "startTimeUnixNano",
            "endTimeUnixNano",
            "status",
            "events",
        ];
        let kept = KEPT.into_iter().filter_map(|key| {
            let value = member(self.value, key).filter(|value| !value.is_null())?;
            let is_empty = value.kind().is_container() && value.is_empty();
            (!is_empty).then_some((key, SpanSource::Plain(value)))
        });
        kept.collect()
    }
}

fn attributes(list: Option<Value<'_>>) -> Attributes<'_> {
    let mut out = Attributes::default();
    for (key, source) in pairs(list) {
        let key = match names::plain(&key) {
            Cow::Borrowed(plain) if plain.len() == key.len() => key,
            plain => Cow::Owned(plain.into_owned()),
        };
        out.push(key, source);
    }
    out
}

impl<'d> OtlpGeneration<'d> {
    /// The generation's id.
    pub fn id(&self) -> Option<Cow<'d, str>> {
        attribute(self.root.value.get("attributes"), "gen_ai.response.id")
            .or(self.root.of_resource.trace_id)
            .and_then(Value::non_empty_str)
    }

    /// Its root span.
    pub fn root(&self) -> Value<'d> {
        self.root.value
    }

    /// Appends the generation as one plain object; `places` tells where a value of the payload stands.
    pub fn write(&self, builder: &mut DocumentBuilder, places: &dyn ValuePlaces) {
        self.plain().write(builder, places);
    }

    fn plain(&self) -> Root<'d> {
        let mut own = attributes(self.root.value.get("attributes"));
        let resource = attributes(self.root.resource);
        let scope = self.root.scope.and_then(|scope| scope.get("attributes"));
        for list in [self.root.resource, scope] {
            let mut moved = Attributes::default();
            for (key, source) in pairs(list) {
                if names::may_stand_on_resource(&key) {
                    moved.push(names::plain(&key).into_owned(), source);
                }
            }
            own.fill_up(moved);
        }
        own.take_stand_ins();
        let others = self.others.iter().map(|span| {
            let attributes = attributes(span.value.get("attributes"));
            (span.members(), attributes)
        });
        Root {
            members: self.root.members(),
            resource,
            attributes: own,
            others: others.collect(),
        }
    }
}
