//! The line of a log that a record holds in one of its strings: `{"log":"…"}`, `{"_source":{"message":"…"}}`; and the lines
//! that the items of a list hold.

use std::borrow::Cow;

use super::SourceLine;
use crate::completion::load::consecutive::{CallIds, written_at};
use crate::completion::load::formats::LOG;
use crate::completion::load::framing;
use crate::completion::load::framing::split::{self, FrameStep, Framer};
use crate::completion::load::logs::beside::{OTHERS, is_alone};
use crate::completion::load::logs::journal;
use crate::completion::load::logs::log_prefix::LoggedText;
use crate::completion::load::logs::logline;
use crate::completion::load::record::Reader;
use crate::completion::load::shape;
use crate::completion::load::signs::{self, Signs};
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Kind, Value};

/// A quick look whether a record may hold a line: nearly every one shows in its beginning that it does not.
pub(in crate::completion::load) fn may_be_one(record: &[u8]) -> bool {
    const HEAD: usize = 1 << 13;
    static KEYS: Signs<8> = Signs::of([
        "\"log\":",
        "\"MESSAGE\":",
        "\"message\":",
        "\"@message\":",
        "\"textPayload\":",
        "\"_raw\":",
        "\"line\":",
        "\"msg\":",
    ]);
    record.first() != Some(&b'{')
        || record.get(1).is_some_and(u8::is_ascii_alphabetic)
        || (!signs::begins_as_sample(record) && KEYS.any_in(&record[..record.len().min(HEAD)]))
}

/// A line that a record holds in one of its strings, and nothing else that could be of a completion.
pub(super) fn of_record(record: &str, is_open: bool) -> Option<SourceLine<'_>> {
    let bytes = record.as_bytes();
    let behind = bytes.get(1..).unwrap_or_default();
    if !is_open && memchr::memchr(b'{', behind).is_none() && !journal::may_hold_bytes(bytes) {
        return None;
    }
    let doc = may_be_one(record.as_bytes()).then(|| framing::document(record.as_bytes()))??;
    let string = held_by(doc.root())?;
    is_alone(doc.root(), string).then(|| held_line(doc.root(), string))?
}

/// The source of the line that a record holds beside something else that may be of a completion.
pub(in crate::completion::load) fn source_beside(record: &str) -> Option<String> {
    let doc = may_be_one(record.as_bytes()).then(|| framing::document(record.as_bytes()))??;
    let string = held_by(doc.root())?;
    let is_beside = !is_alone(doc.root(), string);
    is_beside.then(|| held_line(doc.root(), string).map(|line| line.source.into_owned()))?
}

/// The string of a record that is a line of a log.
fn held_by(root: Value<'_>) -> Option<Value<'_>> {
    line_in(root).or_else(|| {
        let mut holders = HOLDERS.iter().filter_map(|key| root.get(key));
        holders.find_map(line_in)
    })
}

/// The line that a string of a record is.
fn held_line<'t>(root: Value<'_>, string: Value<'_>) -> Option<SourceLine<'t>> {
    /// Docker's buffer, behind which it cuts a line.
    const SHORTEST_PART: usize = 1 << 14;
    let text = journal::text(string)?;
    let key = string.raw_key().unwrap_or_default();
    let mut source = format!("{{{key}");
    name_source(root, 0, &mut source);
    source.push_str(&CallIds::beside(root).name());
    // Where nothing else tells whose part it is: the stream alone does not.
    if source.matches('\n').count() < 2
        && let Some(id) = ["partial_id", "CONTAINER_PARTIAL_ID"]
            .iter()
            .find_map(|key| root.get(key)?.str())
    {
        source.push('\n');
        source.push_str(&id);
    }
    let says = |key: &str, expected: &str| {
        let said = root.get(key).and_then(Value::str);
        said.is_some_and(|said| said == expected)
    };
    let is_last = says("partial_last", "true") || says("CONTAINER_PARTIAL_LAST", "true");
    let is_partial =
        match says("partial_message", "true") || says("CONTAINER_PARTIAL_MESSAGE", "true") {
            true => Some(!is_last),
            // What is no part of Docker's own log is a line.
            false => (key != "log" && text.len() < SHORTEST_PART).then_some(false),
        };
    Some(SourceLine {
        source: Cow::Owned(source),
        text: LoggedText::Held(string.span().start, text.into_owned()),
        is_partial,
        pointer: Some(string.pointer()),
    })
}

/// Reads the line that a record holds where it is no single document: a list, or words with several. `false` where it is
/// none, or nothing comes of it.
pub(in crate::completion::load) fn read_alone(
    root: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) -> bool {
    let is_whole = root.parent().is_none() && may_be_one(root.raw().as_bytes());
    let Some(string) = held_by(root).filter(|string| is_whole && is_alone(root, *string)) else {
        return false;
    };
    let Some(text) = journal::text(string) else {
        return false;
    };
    // A request among them is its answer's, whichever words stand between.
    let has_several = || {
        let first = logline::json_in(&text, reader.limits);
        first.is_some_and(|(range, doc)| {
            let others = logline::documents_behind(&text, range.end, reader.limits);
            let mut all = std::iter::once(&doc).chain(&others);
            !others.is_empty() && all.any(|doc| shape::is_request(doc.root()))
        })
    };
    let bare = text.trim_start();
    let is_list = bare.starts_with('[') && split::is_array(bare.as_bytes());
    if !is_list && (bare.starts_with('{') || !has_several()) {
        return false;
    }
    if reader.is_too_deep() {
        return false;
    }
    let (before, problems) = (
        reader.loaded.completions.len(),
        reader.loaded.problems.len(),
    );
    let inner = Places::derived(&text, &places.at(string.span().start));
    let origin = reader.origin_of_entry(inner.at(0), reader.origin.record);
    let mut entry = reader.entry(&origin);
    entry.format.within = entry.format.within.or(Some(LOG));
    entry.text_of_source(&inner);
    reader.depth -= 1;
    let is_read = reader.loaded.completions.len() > before;
    if !is_read {
        reader.loaded.problems.truncate(problems);
    }
    reader.number(before);
    is_read
}

/// Puts to a name what of a record says whose line it holds.
fn name_source(of: Value<'_>, depth: usize, name: &mut String) {
    const DEEPEST: usize = 3;
    const LONGEST: usize = 256;
    // What has a name of its own wherever it stands.
    const NAMES: [&str; 23] = [
        "_PID",
        "CONTAINER_NAME",
        "CONTAINER_ID",
        "container_name",
        "container_id",
        "container",
        "pod_name",
        "pod",
        "instance_id",
        "revision_name",
        "task_id",
        "logStream",
        "logStreamName",
        "@logStream",
        "log_stream",
        "log.file.path",
        "filename",
        "host",
        "hostname",
        "_HOSTNAME",
        "kubernetes.pod_name",
        "kubernetes.pod.name",
        "container.id",
    ];
    // What is said so of what is called so.
    const OBJECTS: [&str; 7] = [
        "pod",
        "container",
        "host",
        "file",
        "namespace",
        "agent",
        "stream",
    ];
    // What holds those.
    const AROUND: [&str; 12] = [
        "kubernetes",
        "resource",
        "labels",
        "docker",
        "log",
        "_source",
        "result",
        "fields",
        "attributes",
        "attrs",
        "metadata",
        "container_info",
    ];
    for member in of.children() {
        let key = member.raw_key().unwrap_or_default();
        let is_whose = OBJECTS.contains(&of.raw_key().unwrap_or_default());
        let is_name = NAMES.contains(&key)
            || (key == "stream" && depth == 0)
            || (is_whose && matches!(key, "id" | "name" | "path"));
        if let Some(text) = member.str().filter(|text| is_name && text.len() <= LONGEST) {
            name.push('\n');
            name.push_str(&text);
        } else if member.kind() == Kind::Object
            && depth < DEEPEST
            && (AROUND.contains(&key) || OBJECTS.contains(&key))
        {
            name_source(member, depth + 1, name);
        }
    }
}

/// The string of an object that is called as a line of a log is.
fn line_in(object: Value<'_>) -> Option<Value<'_>> {
    const KEYS: [&str; 8] = [
        "log",
        "MESSAGE",
        "message",
        "@message",
        "textPayload",
        "_raw",
        "line",
        "msg",
    ];
    if object.kind() != Kind::Object {
        return None;
    }
    let mut found = KEYS.iter().filter_map(|key| object.get(key));
    found.find(|value| matches!(value.kind(), Kind::String | Kind::Array))
}

/// The string that an item of a list has as the line of a log, as what collects or searches logs hands them out: a record, a
/// row of fields with their values, a time and a line.
fn line_of_item(item: Value<'_>) -> Option<Value<'_>> {
    let is_message = |field: &Value<'_>| {
        let name = field.get("field").and_then(Value::str);
        name.is_some_and(|name| matches!(name.as_ref(), "@message" | "message" | "log"))
    };
    match item.kind() {
        Kind::Object => {
            let mut holders = HOLDERS.iter().filter_map(|key| item.get(key));
            line_in(item)
                .or_else(|| holders.find_map(line_in))
                .filter(|string| string.kind() == Kind::String)
        }
        Kind::Array if item.len() == 2 && item.children().all(|it| it.kind() == Kind::String) => {
            item.item(1)
        }
        Kind::Array => item.children().find(is_message)?.get("value"),
        _ => None,
    }
}

/// The lines of a log that the items of a list have, where some of them are one together: a stream, a request and its answer.
pub(in crate::completion::load) fn lines_of_list(
    list: Value<'_>,
    places: &Places<'_>,
) -> Option<DocumentBuilder> {
    if list.kind() != Kind::Array || list.len() < 2 || line_of_item(list.item(0)?).is_none() {
        return None;
    }
    let mut builder = DocumentBuilder::default();
    let mut text = String::new();
    let mut items: Vec<Value<'_>> = list.children().collect();
    // What searches logs shows the newest record first.
    let ends = [items.first(), items.last()].map(|item| item.and_then(|it| written_at(*it)));
    if let [Some(first), Some(last)] = ends
        && last < first
    {
        items.reverse();
    }
    for item in items {
        let string = line_of_item(item)?;
        let line = string.str()?;
        let outside = [
            item.raw().get(..string.span().start - item.span().start),
            item.raw().get(string.span().end - item.span().start..),
        ];
        let is_other = |part: &str| OTHERS.any_in(part.as_bytes());
        if outside.into_iter().flatten().any(is_other) {
            return None;
        }
        builder.derived(&line, places.at(string.span().start));
        text.push_str(&line);
        if !line.ends_with('\n') {
            builder.literal("\n");
            text.push('\n');
        }
    }
    let mut framer = Framer::of_source();
    let mut at = 0;
    while let FrameStep::Record { range, .. } = framer.next(text.as_bytes(), at, true) {
        at = range.end;
        if memchr::memchr(b'\n', &text.as_bytes()[range]).is_some() {
            return Some(builder);
        }
    }
    None
}

/// Names of what holds the string that is a line, in a record.
const HOLDERS: [&str; 6] = [
    "_source",
    "result",
    "jsonPayload",
    "attributes",
    "fields",
    "data",
];
