//! Broadcast deliveries: OTLP/HTTP JSON as OpenRouter's Webhook and OpenTelemetry destinations send it.
//!
//! OTLP spells a value `{"key": …, "value": {"stringValue": …}}`, a number as a string, and the prompt as
//! JSON inside a string. Here each generation becomes one plain object: its root span with attributes as
//! members, prompt and completion parsed in place, and the other spans of its trace beside it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::completion::source_map::{Place, Stitch};
use crate::json::{Document, Kind, Limits, Value, quote};

/// The root span's name where the request gives no `generation_name`.
pub const ROOT_NAME: &str = "LLM Generation";
/// What OpenRouter sends to find out whether a destination answers.
const CONNECTION_TEST: &str = "openrouter-connection-test";
/// What the Test button of the Broadcast settings sends: a canned conversation.
const TEST_GENERATION: &str = "Test Generation";
/// Attributes that hold JSON inside a string.
const JSON_ATTRIBUTES: [&str; 2] = ["gen_ai.prompt", "gen_ai.completion"];

/// One generation of a payload.
#[derive(Debug)]
pub(super) struct Generation<'d> {
    root: Span<'d>,
    others: Vec<Span<'d>>,
}

/// What a payload holds.
#[derive(Debug, Default)]
pub(super) struct Payload<'d> {
    /// Its generations, in the order of their root spans.
    pub generations: Vec<Generation<'d>>,
    /// Whether it is, or has, OpenRouter's connection test.
    pub is_connection_test: bool,
}

#[derive(Debug, Clone, Copy)]
struct Span<'d> {
    value: Value<'d>,
    /// Attributes of the resource that the span belongs to.
    resource: Option<Value<'d>>,
}

/// Whether a value is an OTLP export.
pub(super) fn is_payload(value: Value<'_>) -> bool {
    value
        .get("resourceSpans")
        .is_some_and(|spans| matches!(spans.kind(), Kind::Array | Kind::Null))
}

/// Finds the generations of a payload.
pub(super) fn read(payload: Value<'_>) -> Payload<'_> {
    let spans = spans(payload);
    let is_test = |span: &Span| {
        span.text("name")
            .is_some_and(|name| name == CONNECTION_TEST)
    };
    let mut out = Payload {
        is_connection_test: spans.is_empty() || spans.iter().any(is_test),
        ..Payload::default()
    };
    let mut groups: Vec<Vec<Span>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for span in spans.into_iter().filter(|span| !is_test(span)) {
        let group = *known.entry(span.group()).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(span),
            None => groups.push(vec![span]),
        }
    }
    for group in groups {
        out.generations.extend(generations(&group));
    }
    out
}

fn spans(payload: Value<'_>) -> Vec<Span<'_>> {
    let mut out = Vec::new();
    for resource_spans in items(payload.get("resourceSpans")) {
        let resource = resource_spans.get("resource");
        let resource = resource.and_then(|resource| resource.get("attributes"));
        let scopes = resource_spans.get("scopeSpans");
        let scopes = scopes.or(resource_spans.get("instrumentationLibrarySpans"));
        for value in items(scopes).flat_map(|scope| items(scope.get("spans"))) {
            if value.kind() == Kind::Object {
                out.push(Span { value, resource });
            }
        }
    }
    out
}

fn items<'d>(list: Option<Value<'d>>) -> impl Iterator<Item = Value<'d>> + use<'d> {
    list.into_iter().flat_map(Value::children)
}

/// The generations of one trace, told by their root spans; each other span goes with the root above it.
fn generations<'d>(group: &[Span<'d>]) -> Vec<Generation<'d>> {
    let ids: HashMap<_, _> = group
        .iter()
        .enumerate()
        .filter_map(|(index, span)| Some((span.text("spanId")?, index)))
        .collect();
    let parent = |span: &Span| ids.get(&span.text("parentSpanId")?).copied();
    let parents: Vec<Option<usize>> = group.iter().map(parent).collect();
    let is_root = |index: &usize| group[*index].is_generation() && parents[*index].is_none();
    let mut roots: Vec<usize> = (0..group.len()).filter(is_root).collect();
    if roots.is_empty() {
        roots.extend(group.iter().position(Span::is_generation));
    }
    let mut out: Vec<Generation> = roots
        .iter()
        .map(|index| Generation {
            root: group[*index],
            others: Vec::new(),
        })
        .collect();
    let above = roots_above(&parents, &roots);
    for (index, span) in group.iter().enumerate() {
        if roots.binary_search(&index).is_ok() {
            continue;
        }
        if let Some(generation) = out.get_mut(above[index].unwrap_or(0)) {
            generation.others.push(*span);
        }
    }
    out
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

impl<'d> Span<'d> {
    fn text(&self, key: &str) -> Option<std::borrow::Cow<'d, str>> {
        self.value.get(key).and_then(Value::non_empty_str)
    }

    /// What spans of one request have in common: OpenRouter's own id, else the trace's.
    fn group(&self) -> String {
        attribute(self.resource, "openrouter.trace.id")
            .and_then(Value::str)
            .or_else(|| self.text("traceId"))
            .unwrap_or_default()
            .into_owned()
    }

    fn is_generation(&self) -> bool {
        let attributes = self.value.get("attributes");
        let mut keys = items(attributes);
        self.text("name").is_some_and(|name| name == ROOT_NAME)
            || keys.any(|item| {
                item.get("key")
                    .and_then(Value::str)
                    .is_some_and(|key| key.starts_with("gen_ai.") || key == "trace.name")
            })
    }
}

/// The value of an OTLP attribute, without its type.
fn attribute<'d>(attributes: Option<Value<'d>>, key: &str) -> Option<Value<'d>> {
    let mut items = attributes?.children();
    let item = items.find(|item| {
        item.get("key")
            .and_then(Value::str)
            .is_some_and(|have| have == key)
    })?;
    item.get("value")?.children().next()
}

impl<'d> Generation<'d> {
    /// The generation's id.
    pub fn id(&self) -> Option<std::borrow::Cow<'d, str>> {
        attribute(self.root.value.get("attributes"), "gen_ai.response.id")
            .or_else(|| attribute(self.root.resource, "openrouter.trace.id"))
            .and_then(Value::non_empty_str)
    }

    /// Whether it is the canned conversation that the Broadcast settings' Test button sends.
    pub fn is_canned(&self) -> bool {
        self.root
            .text("name")
            .is_some_and(|name| name == TEST_GENERATION)
    }

    /// Where its root span stands.
    pub fn start(&self) -> usize {
        self.root.value.span().start
    }

    /// Appends the generation as one plain object; `place` tells where a byte of the payload stands.
    pub fn write(&self, stitch: &mut Stitch, place: &dyn Fn(usize) -> Place) {
        let mut writer = Writer { stitch, place };
        writer.stitch.own("{");
        writer.members(&self.root);
        if let Some(resource) = self.root.resource {
            writer.stitch.own("\"resource\":");
            writer.attributes(Some(resource));
            writer.stitch.own(",");
        }
        writer.stitch.own("\"attributes\":");
        writer.attributes(self.root.value.get("attributes"));
        writer.stitch.own(",\"spans\":[");
        for (index, span) in self.others.iter().enumerate() {
            writer.stitch.own(if index > 0 { ",{" } else { "{" });
            writer.members(span);
            writer.stitch.own("\"attributes\":");
            writer.attributes(span.value.get("attributes"));
            writer.stitch.own("}");
        }
        writer.stitch.own("]}");
    }
}

struct Writer<'w> {
    stitch: &'w mut Stitch,
    place: &'w dyn Fn(usize) -> Place,
}

impl Writer<'_> {
    fn verbatim(&mut self, value: Value<'_>) {
        let at = (self.place)(value.span().start);
        self.stitch.verbatim(value.raw(), at);
    }

    fn derived(&mut self, text: &str, value: Value<'_>) {
        let at = (self.place)(value.span().start);
        self.stitch.derived(text, at);
    }

    /// A span's own members, each with a comma behind it.
    fn members(&mut self, span: &Span<'_>) {
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
        for key in KEPT {
            let Some(value) = span.value.get_some(key) else {
                continue;
            };
            if value.kind().is_container() && value.is_empty() {
                continue;
            }
            self.stitch.own(&format!("\"{key}\":"));
            self.verbatim(value);
            self.stitch.own(",");
        }
    }

    /// A list of `{"key", "value"}` as an object.
    fn attributes(&mut self, list: Option<Value<'_>>) {
        self.stitch.own("{");
        let members = items(list);
        let members = members.filter_map(|item| Some((item.get("key")?.str()?, item.get("value"))));
        for (index, (key, value)) in members.enumerate() {
            if index > 0 {
                self.stitch.own(",");
            }
            self.stitch.own(&quote(&key));
            self.stitch.own(":");
            let inner = value
                .and_then(|value| value.get("stringValue"))
                .filter(|_| JSON_ATTRIBUTES.contains(&key.as_ref()))
                .and_then(|text| Some((text, json_inside(text)?)));
            match inner {
                Some((text, doc)) => self.derived(doc.root().raw(), text),
                None => self.any_value(value),
            }
        }
        self.stitch.own("}");
    }

    /// A typed value as plain JSON.
    fn any_value(&mut self, typed: Option<Value<'_>>) {
        let mut members = items(typed);
        let Some(value) = members.find(|value| !value.is_null()) else {
            self.stitch.own("null");
            return;
        };
        match value.raw_key().unwrap_or_default() {
            "intValue" => match value.str().filter(|text| is_integer(text)) {
                Some(text) => self.derived(&text, value),
                None => self.verbatim(value),
            },
            "arrayValue" => {
                self.stitch.own("[");
                for (index, item) in items(value.get("values")).enumerate() {
                    if index > 0 {
                        self.stitch.own(",");
                    }
                    self.any_value(Some(item));
                }
                self.stitch.own("]");
            }
            "kvlistValue" => self.attributes(value.get("values")),
            _ => self.verbatim(value),
        }
    }
}

/// The object or list that a string holds as JSON.
fn json_inside(text: Value<'_>) -> Option<Document> {
    let text = text.str()?;
    let doc = Document::parse(Arc::from(text.trim()), Limits::default()).ok()?;
    doc.root().kind().is_container().then_some(doc)
}

/// Whether a text is an integer as JSON writes it.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits == "0" || !digits.starts_with('0');
    is_plain && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
