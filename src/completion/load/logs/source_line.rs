//! Lines of a log without what a container, a collector or a logger wrote around each of them, so that what they log is
//! read as a text of its own: `web-1  | …`, `… stdout F …`, `{"log":"…"}`, `{"_source":{"message":"…"}}`.

use std::borrow::Cow;
use std::collections::HashMap;

use super::entries;
use super::journal;
use super::log_prefix::{self, LoggedText};
use super::wrapped::{begins_stream, holds_exchange};
use crate::completion::load::consecutive::CallIds;
use crate::completion::load::formats::{self, LOG};
use crate::completion::load::framing::scan::{Scanner, document_end};
use crate::completion::load::framing::split::{self, FrameStep, Framer};
use crate::completion::load::framing::{self, lines::lines};
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::load::signs::{self, Signs};
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Kind, Value};

/// What a line logs, and whose line it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) struct SourceLine<'t> {
    /// What tells the lines of one source from those of another; nothing where a line has but a time.
    pub source: Cow<'t, str>,
    pub text: LoggedText<'t>,
    /// Whether the next line of the source goes on in the middle of this one, where the log says so.
    is_partial: Option<bool>,
    /// Of a record, where the string stands that holds it.
    pointer: Option<String>,
}

impl<'t> SourceLine<'t> {
    /// That of a line, if it is one. Of a source of which nothing is open (`is_open` tells) a line that can begin nothing is
    /// none; `any_open` tells whether anything is.
    pub fn of(
        line: &'t str,
        any_open: bool,
        is_open: &dyn Fn(&str) -> bool,
    ) -> Option<SourceLine<'t>> {
        let found = match line.starts_with('{') && log_prefix::context(line).is_none() {
            true => of_record(line, any_open),
            false => behind_words(line, is_open),
        }
        .or_else(|| {
            // What stands before nothing goes on with what has but a time before it.
            is_open("").then_some(SourceLine {
                source: Cow::Borrowed(""),
                text: LoggedText::Verbatim(line),
                is_partial: None,
                pointer: None,
            })
        })?;
        let text = found.text.text();
        let may_begin = || text.contains('{') || begins_stream(text);
        (is_open(&found.source) || may_begin()).then_some(found)
    }
}

/// A line behind words.
fn behind_words<'t>(line: &'t str, is_open: &dyn Fn(&str) -> bool) -> Option<SourceLine<'t>> {
    let (source, rest, is_partial) = match log_prefix::words(line) {
        Some((source, rest, is_partial)) => (source, rest, is_partial),
        None => ("", line, false),
    };
    let bare = match is_partial {
        true => rest,
        false => behind_level(rest),
    };
    // What has but a time may go on with lines that have none.
    let is_document = || is_open("") || bare.starts_with("{\"") || bare.trim_end() == "{";
    let is_one = !source.is_empty() || (bare.len() < line.len() && is_document());
    let ids = CallIds::in_words(&line[..line.len() - bare.len()]);
    // A document over several lines goes on with some that have none.
    let is_whole =
        || bare.starts_with('{') && bare.trim_end().ends_with('}') || begins_stream(bare);
    let of_call = || source.to_owned() + &ids.name();
    let of_call = (is_one && !ids.is_empty()).then(of_call);
    let of_call = of_call.filter(|of_call| is_open(of_call) || is_whole());
    is_one.then_some(SourceLine {
        source: of_call.map_or(Cow::Borrowed(source), Cow::Owned),
        text: LoggedText::Verbatim(bare),
        is_partial: Some(is_partial),
        pointer: None,
    })
}

/// The object behind a logger's words: a level, perhaps with names around it; the whole of what has other words.
fn behind_level(text: &str) -> &str {
    const LONGEST: usize = 120;
    const LEVELS: [&str; 8] = [
        "debug", "info", "notice", "warn", "warning", "error", "trace", "critical",
    ];
    // Words that say what follows.
    const SAYING: [&str; 12] = [
        "req", "res", "body", "chunk", "recv", "receiv", "sent", "send", "payload", "event",
        "data", "answer",
    ];
    let head = &text.as_bytes()[..text.len().min(LONGEST)];
    let Some(brace) = memchr::memmem::find(head, b"{\"") else {
        return text;
    };
    let words = text[..brace].to_ascii_lowercase();
    let mut names = words.split(|c: char| !c.is_ascii_alphanumeric());
    let has_level = names.clone().any(|name| LEVELS.contains(&name));
    let says = names.any(|name| SAYING.iter().any(|word| name.starts_with(word)));
    let is_apart = words.ends_with([' ', ':', '\t', ']']);
    match has_level && is_apart && !says && !words.contains(['"', '=', '{', '\'']) {
        true => &text[brace..],
        false => text,
    }
}

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
fn of_record(record: &str, is_open: bool) -> Option<SourceLine<'_>> {
    let bytes = record.as_bytes();
    if !may_be_one(bytes) {
        return None;
    }
    if !is_open && memchr::memchr(b'{', &bytes[1..]).is_none() && !journal::may_hold_bytes(bytes) {
        return None;
    }
    let doc = framing::document(bytes)?;
    let root = doc.root();
    let string = line_in(root).or_else(|| {
        let mut holders = HOLDERS.iter().filter_map(|key| root.get(key));
        holders.find_map(line_in)
    })?;
    let text = journal::text(string)?;
    let outside = [&bytes[..string.span().start], &bytes[string.span().end..]];
    if outside.iter().any(|part| OTHERS.any_in(part)) || holds_exchange(root) {
        return None;
    }
    let mut source = format!("{{{}", string.raw_key().unwrap_or_default());
    name_source(root, 0, &mut source);
    source.push_str(&CallIds::beside(root).name());
    Some(SourceLine {
        source: Cow::Owned(source),
        text: LoggedText::Held(string.span().start, text.into_owned()),
        is_partial: None,
        pointer: Some(string.pointer()),
    })
}

/// Puts to a name what of a record says whose line it holds.
fn name_source(of: Value<'_>, depth: usize, name: &mut String) {
    const DEEPEST: usize = 3;
    const LONGEST: usize = 256;
    // What has a name of its own wherever it stands.
    const NAMES: [&str; 21] = [
        "_PID",
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
    for item in list.children() {
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

/// Members that are of a completion, in a record that holds a line and nothing else.
static OTHERS: Signs<7> = Signs::of([
    "\"choices\"",
    "\"delta\"",
    "\"messages\"",
    "\"request\"",
    "\"response",
    "\"content_block",
    "\"message_",
]);

/// Names of what holds the string that is a line, in a record.
const HOLDERS: [&str; 6] = [
    "_source",
    "result",
    "jsonPayload",
    "attributes",
    "fields",
    "data",
];

/// Puts the lines of one source together, of which Docker cuts what is too long for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct LineJoiner {
    /// What is open of a line that may go on.
    open: Option<Scanner>,
    goes_on: bool,
}

/// How a line goes on with the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::completion::load) struct Joint {
    /// Whether the line before ends here, although it looked as if it went on.
    pub ends_before: bool,
    /// Whether this one ends.
    pub ends: bool,
}

impl LineJoiner {
    /// Takes a source's next line.
    pub fn take(&mut self, line: &SourceLine<'_>) -> Joint {
        let text = line.text.text();
        let bare = text.trim_end();
        let is_whole =
            bare.starts_with("{\"") && document_end(bare.as_bytes(), 0) == Some(bare.len());
        let ends_before = self.goes_on && line.is_partial.is_none() && is_whole;
        if ends_before || !self.goes_on {
            self.open = None;
        }
        let ends = match line.is_partial {
            Some(is_partial) => !is_partial,
            None if text.ends_with('\n') => true,
            None => {
                let scanner = match &mut self.open {
                    Some(scanner) => {
                        scanner.follow(text);
                        Some(scanner)
                    }
                    None => text.find('{').map(|brace| {
                        let mut scanner = Scanner::default();
                        scanner.follow(&text[brace..]);
                        self.open.insert(scanner)
                    }),
                };
                matches!(line.text, LoggedText::Verbatim(_))
                    || !scanner.is_some_and(|scanner| scanner.is_open())
            }
        };
        self.goes_on = !ends;
        Joint { ends_before, ends }
    }

    /// Whether the last line goes on.
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }
}

/// Whether a record is such a line.
pub(super) fn begins(record: &[u8]) -> bool {
    std::str::from_utf8(record).is_ok_and(|line| SourceLine::of(line, false, &|_| false).is_some())
}

/// Whether a text begins with such a line, and goes on behind it.
pub(in crate::completion::load) fn begins_with_one(text: &str) -> bool {
    let line = text.split('\n').next().unwrap_or_default();
    let bare = line.trim_end_matches('\r');
    line.len() < text.trim_end().len() && SourceLine::of(bare, false, &|_| false).is_some()
}

/// What the lines of one source hold.
struct SourceText {
    start: usize,
    /// Of records, the pointer of the string that holds the line, and how many there are.
    pointer: Option<String>,
    count: usize,
    builder: DocumentBuilder,
    joiner: LineJoiner,
}

/// Reads such lines: those of each source as a text of its own, and each other line by itself.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    if reader.is_too_deep() {
        return;
    }
    let before = reader.loaded.completions.len();
    reader.format.within = reader.format.within.or(Some(LOG));
    let mut texts: Vec<SourceText> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    // What is no source's, which may be several together as well.
    let (mut others, mut others_at) = (DocumentBuilder::default(), None);
    for range in lines(places.text()) {
        let line = &places.text()[range.clone()];
        let Some(found) = SourceLine::of(line, !known.is_empty(), &|source| {
            known.contains_key(source)
        }) else {
            if !line.trim().is_empty() {
                others_at.get_or_insert(range.start);
                others.derived(line, places.at(range.start));
                others.literal("\n");
            }
            continue;
        };
        let index = *known.entry(found.source.to_string()).or_insert_with(|| {
            texts.push(SourceText {
                start: range.start,
                pointer: found.pointer.clone(),
                count: 0,
                builder: DocumentBuilder::default(),
                joiner: LineJoiner::default(),
            });
            texts.len() - 1
        });
        texts[index].count += 1;
        let SourceText {
            builder, joiner, ..
        } = &mut texts[index];
        let joint = joiner.take(&found);
        if joint.ends_before {
            builder.literal("\n");
        }
        entries::push(&found.text, &range, places, builder);
        if joint.ends && !found.text.text().ends_with('\n') {
            builder.literal("\n");
        }
    }
    for text in texts {
        let (inner, map) = text.builder.finish();
        let start = places.at(text.start);
        let (found, notes) = (reader.loaded.completions.len(), reader.loaded.notes.len());
        let is_noted = text.pointer.is_some() && text.count > 1;
        if let Some(pointer) = text.pointer.filter(|_| text.count > 1) {
            let what = format!(
                "a text, put together from {pointer} of {} records",
                text.count
            );
            reader.note(start.clone(), what);
        }
        let inner = Places::mapped(&inner, map, Vec::new(), start.clone());
        let origin = reader.origin_of_entry(start, reader.origin.record);
        reader.entry(&origin).text_of_source(&inner);
        // Where nothing came of it that says nothing.
        if is_noted && reader.loaded.completions.len() == found {
            reader.loaded.notes.remove(notes);
        }
    }
    if let Some(at) = others_at {
        let (inner, map) = others.finish();
        let start = places.at(at);
        let inner = Places::mapped(&inner, map, Vec::new(), start.clone());
        let origin = reader.origin_of_entry(start, reader.origin.record);
        reader.entry(&origin).text_of_source(&inner);
    }
    reader.loaded.completions[before..].sort_by_key(|found| found.origin.offset);
    reader.number(before);
    reader.depth -= 1;
}

impl Reader<'_> {
    /// Takes what a source logged, as a file that has nothing else is taken.
    pub fn text_of_source(&mut self, places: &Places<'_>) {
        let text = places.text();
        let head = FileHead::of(text.as_bytes());
        if let Some(format) = formats::of_text(&head) {
            let places = places.piece(head.lead..text.len());
            self.text_format(format, &places);
            return;
        }
        let mut framer = Framer::of_source();
        let mut at = split::content_start(text.as_bytes());
        while let FrameStep::Record { range, .. } = framer.next(text.as_bytes(), at, true) {
            at = range.end;
            let piece = places.piece(range);
            let origin = self.origin_of_entry(piece.at(0), self.origin.record);
            self.entry(&origin).text(&piece);
        }
    }
}
