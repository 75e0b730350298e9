//! Deliveries to completions: one payload, several that belong together, or a destination's own JSON.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::otlp::{self, Payload};
use super::trace_file::TraceContents;
use super::write::ValuePlaces;
use super::{CONNECTION_TEST_NOTE, TEST_GENERATION_NOTE, protobuf};
use crate::completion::load::ProblemKind;
use crate::completion::load::framing::split::{FrameStep, Framer};
use crate::completion::load::head::FileHead;
use crate::completion::load::naming::default_name;
use crate::completion::load::record::{Reader, most_together};
use crate::completion::source_map::{DocumentBuilder, Place, Places, SourceMap};
use crate::json::{Document, Kind, Limits, Value};

/// How payloads begin that stand one a line, and a list of them.
const BEGINNINGS: [&str; 4] = [
    "{\"resourceSpans\":[{",
    "{\"resource_spans\":[{",
    "[{\"resourceSpans\":",
    "[{\"resource_spans\":",
];

/// Whether a text is payloads one a line, or a list of them: a collector may have spread the spans of one
/// trace over several, so they are read together.
pub(in crate::completion::load) fn are_payloads(head: &FileHead<'_>) -> bool {
    let bare = |text: &str| -> String {
        let chars = text.chars().take(100);
        chars.filter(|c| !c.is_whitespace()).collect()
    };
    let line = head.text.split('\n').next().unwrap_or_default();
    let begins = |text: &str, with: &[&str]| {
        let bare = bare(text);
        with.iter().any(|start| bare.starts_with(start))
    };
    // A payload that is written over several lines is one record like any other; a list never is.
    (line.len() > 60 && begins(line, &BEGINNINGS[..2])) || begins(head.text, &BEGINNINGS[2..])
}

/// Reads payloads that stand together in a text.
pub(in crate::completion::load) fn read_together(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let limits = Limits {
        bytes: 1 << 30,
        ..reader.limits
    };
    let trimmed = text.trim_end();
    if let Ok(doc) = Document::parse(Arc::from(trimmed), limits) {
        let root = doc.root();
        if root.kind() != Kind::Array {
            return read(root, places, reader);
        }
        let is_payload = |item: &Value<'_>| otlp::is_payload(*item);
        for (index, item) in root.children().enumerate() {
            if !is_payload(&item) {
                let origin = reader.origin_of_entry(places.at(item.span().start), index + 1);
                reader.entry(&origin).text(&places.piece(item.span()));
            }
        }
        let payloads = root.children().filter(is_payload);
        let found = otlp::read_all(payloads);
        let record = |value: Value<'_>| {
            let mut chain = std::iter::successors(Some(value), |value| value.parent());
            let item = chain.find(|value| value.parent().is_some_and(|list| list == root));
            item.map_or(0, |item| item.ordinal() + 1)
        };
        push_all(&found, root, places, &record, reader);
        return;
    }
    let lines = Lines::of(places, reader);
    let Some(first) = lines.docs.first() else {
        return;
    };
    let found = otlp::read_all(lines.docs.iter().map(Document::root));
    push_all(
        &found,
        first.root(),
        &lines,
        &|value| lines.line(value).1,
        reader,
    );
}

/// Payloads one a line.
struct Lines<'p, 't> {
    places: &'p Places<'t>,
    docs: Vec<Document>,
    /// Where each begins in the text, and which line with something on it that is.
    starts: Vec<(usize, usize)>,
}

impl<'p, 't> Lines<'p, 't> {
    fn of(places: &'p Places<'t>, reader: &mut Reader<'_>) -> Lines<'p, 't> {
        let mut lines = Lines {
            places,
            docs: Vec::new(),
            starts: Vec::new(),
        };
        let mut offset = 0;
        let mut record = 0;
        // Where the lines begin that are no payloads, which may be a document together.
        let mut others = None;
        for line in places.text().split_inclusive('\n') {
            let start = offset + (line.len() - line.trim_start().len());
            offset += line.len();
            let body = line.trim();
            if body.is_empty() {
                continue;
            }
            match Document::parse(Arc::from(body), reader.limits) {
                Ok(doc) if otlp::is_payload(doc.root()) => {
                    if let Some(others) = others.take() {
                        read_others(places, others..start, &mut record, reader);
                    }
                    record += 1;
                    lines.docs.push(doc);
                    lines.starts.push((start, record));
                }
                _ => _ = others.get_or_insert(start),
            }
        }
        if let Some(others) = others {
            read_others(places, others..offset, &mut record, reader);
        }
        lines
    }

    fn line(&self, value: Value<'_>) -> (usize, usize) {
        // The documents stand in a row, so their addresses are in order.
        let its = std::ptr::from_ref(value.document());
        let found = self.docs.binary_search_by_key(&its, std::ptr::from_ref);
        let index = found.unwrap_or(0);
        self.starts[index]
    }
}

/// Reads the records of a piece of a text that holds no payload, behind some others.
fn read_others(
    places: &Places<'_>,
    range: Range<usize>,
    count: &mut usize,
    reader: &mut Reader<'_>,
) {
    let bytes = &places.text().as_bytes()[..range.end];
    let mut framer = Framer::default();
    let mut at = range.start;
    while let FrameStep::Record { range, .. } = framer.next(bytes, at, true) {
        at = range.end;
        *count += 1;
        let origin = reader.origin_of_entry(places.at(range.start), *count);
        reader.entry(&origin).text(&places.piece(range));
    }
}

impl ValuePlaces for Lines<'_, '_> {
    fn place(&self, value: Value<'_>) -> Place {
        let (start, _) = self.line(value);
        self.places.at(start + value.span().start)
    }

    fn map(&self, value: Value<'_>) -> SourceMap {
        let (start, _) = self.line(value);
        let span = value.span();
        self.places.map_of(start + span.start..start + span.end)
    }
}

/// Reads one payload.
pub(in crate::completion::load) fn read(
    payload: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    let found = otlp::read(payload);
    let record = reader.origin.record;
    push_all(&found, payload, places, &|_| record, reader);
}

/// How long the generations of a payload may be together, so many times its own length and some more: what stands once for
/// all of them, at their resource, is repeated for each. Chosen: far more than any exporter's.
const TIMES: usize = 8;
const REPEATED: usize = 16 << 20;

/// Takes the generations over, each as a completion of its own, and says what else there was.
fn push_all(
    found: &Payload<'_>,
    whole: Value<'_>,
    places: &dyn ValuePlaces,
    record: &dyn Fn(Value<'_>) -> usize,
    reader: &mut Reader<'_>,
) {
    if found.is_connection_test {
        reader.note(places.place(whole), CONNECTION_TEST_NOTE.to_owned());
    }
    for test in &found.test_generations {
        reader.note(places.place(*test), TEST_GENERATION_NOTE.to_owned());
    }
    let roots = found.generations.iter().map(otlp::OtlpGeneration::root);
    let numbers: Vec<usize> = roots.map(record).collect();
    // How many generations a record has, and how many of them were named.
    let mut counts: HashMap<usize, (usize, usize)> = HashMap::new();
    for number in &numbers {
        counts.entry(*number).or_default().0 += 1;
    }
    let most = REPEATED + TIMES * whole.document().text().len();
    let mut written = 0;
    for (generation, number) in found.generations.iter().zip(numbers) {
        let (mates, named) = counts.entry(number).or_default();
        *named += 1;
        let origin = match number == reader.origin.record {
            true => reader.origin.clone(),
            false => reader.origin_of_entry(places.place(generation.root()), number),
        };
        let name = (*mates > 1).then(|| format!("{} ({named})", default_name(&origin)));
        let mut builder = DocumentBuilder::default();
        builder.literal("{\"delivery\":");
        generation.write(&mut builder, places);
        builder.literal("}");
        written += builder.len();
        reader.entry(&origin).push(name, builder, None);
        if written > most {
            let what = format!(
                "the attributes of its resource, which each generation has, are more than {} MiB together; the generations \
                 behind this one are left out",
                most >> 20
            );
            reader.problem(
                ProblemKind::Malformed,
                places.place(generation.root()),
                what,
            );
            break;
        }
    }
    let is_nothing = found.generations.is_empty()
        && found.test_generations.is_empty()
        && !found.is_connection_test;
    let others = others(found);
    match (is_nothing, others) {
        (true, others) => {
            let what = format!(
                "a trace without a generation of OpenRouter's{}; expected a span with `gen_ai.` attributes, \
                 as its Broadcast sends it",
                others
                    .map(|others| format!(": {others}"))
                    .unwrap_or_default()
            );
            reader.problem(ProblemKind::Unrecognised, places.place(whole), what);
        }
        (false, Some(others)) => reader.note(places.place(whole), others),
        (false, None) => {}
    }
}

/// The spans that went into no completion, in words.
fn others(found: &Payload<'_>) -> Option<String> {
    let spans = |count: usize| match count {
        1 => "1 span".to_owned(),
        count => format!("{count} spans"),
    };
    let mut parts = Vec::new();
    if found.foreign > 0 {
        let service = found
            .foreign_service
            .and_then(|service| Some(format!("of the service `{}`", service.str()?)));
        parts.push(format!(
            "{} {}, which OpenRouter's Broadcast did not write",
            spans(found.foreign),
            service.unwrap_or_else(|| "of another producer".to_owned())
        ));
    }
    if found.strays > 0 {
        parts.push(format!(
            "{} of OpenRouter's whose generation is not here",
            spans(found.strays)
        ));
    }
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// Takes over what a destination's own JSON tells of.
pub(in crate::completion::load) fn read_found(
    found: &TraceContents<'_>,
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    let is_nothing =
        found.generations.is_empty() && found.notes.is_empty() && found.strangers.is_empty();
    if is_nothing {
        let what = "a trace without a generation".to_owned();
        reader.problem(ProblemKind::Unrecognised, places.place(value), what);
    }
    for (at, what) in &found.notes {
        reader.note(places.place(*at), what.clone());
    }
    for (at, what) in &found.strangers {
        reader.problem(ProblemKind::Unrecognised, places.place(*at), what.clone());
    }
    let several = found.generations.len() > 1;
    let mut left = most_together(value.document().text().len());
    for (index, told) in found.generations.iter().enumerate() {
        let name = several.then(|| format!("{} ({})", default_name(reader.origin), index + 1));
        let mut builder = DocumentBuilder::default();
        builder.literal("{\"delivery\":");
        told.write(&mut builder, places);
        builder.literal("}");
        left = left.saturating_sub(builder.len());
        if left == 0 {
            let what = "the generations from here on are left out: with what the trace says of all repeated for each, \
                        they are too long together";
            reader.problem(ProblemKind::Malformed, places.place(value), what.to_owned());
            break;
        }
        reader.push(name, builder, None);
    }
}

/// Reads a payload in protobuf.
pub(in crate::completion::load) fn read_protobuf(bytes: &[u8], reader: &mut Reader<'_>) {
    if let Some(json) = protobuf::to_json(bytes) {
        reader.made(&json);
    }
}
