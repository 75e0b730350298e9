//! Lines of a log without what a container, a collector or a logger wrote around each of them, so that what they log is
//! read as a text of its own: `web-1  | …`, `… stdout F …`, `{"log":"…"}`, `{"_source":{"message":"…"}}`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::beside::{OTHERS, is_alone};
use super::entries;
use super::journal;
use super::log_prefix::{self, LoggedText};
use super::logline;
use super::wrapped::begins_stream;
use crate::completion::load::consecutive::CallIds;
use crate::completion::load::formats::LOG;
use crate::completion::load::framing::scan::{Scanner, document_end};
use crate::completion::load::framing::split::{self, FrameStep, Framer};
use crate::completion::load::framing::{self, lines::lines};
use crate::completion::load::record::Reader;
use crate::completion::load::shape;
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

impl<'t> SourceLine<'t> {
    /// That of a line, whatever it logs.
    pub fn any(line: &'t str) -> Option<SourceLine<'t>> {
        match line.starts_with('{') && log_prefix::context(line).is_none() {
            true => of_record(line, true),
            false => behind_words(line, &|_| true),
        }
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

/// Where the list stands that a line has behind the words of its source.
pub(in crate::completion::load) fn list_in(line: &str) -> Option<Range<usize>> {
    let (_, rest, _) = log_prefix::words(line)?;
    let is_list = rest.starts_with('[') && split::is_array(rest.as_bytes());
    is_list.then(|| line.len() - rest.len()..line.len())
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
        // Behind words as well: what goes on with a line closes more than it opens.
        let is_whole = || {
            bare.find("{\"")
                .is_some_and(|at| document_end(bare.as_bytes(), at) == Some(bare.len()))
        };
        let ends_before = self.goes_on && line.is_partial.is_none() && is_whole();
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
    let behind = text[line.len()..]
        .lines()
        .find(|line| !line.trim().is_empty());
    behind.is_some_and(|behind| {
        SourceLine::of(bare, false, &|_| false).is_some_and(|first| {
            !log_prefix::is_half_of_call(&first.source) || log_prefix::words(behind).is_some()
        })
    })
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
    read_lines(places, reader, |line, known| {
        SourceLine::of(line, !known.is_empty(), &|source| {
            known.contains_key(source)
        })
    });
}

/// The same with those that `line_of` takes for lines of a source; it is told which sources have had one.
pub(super) fn read_lines<'t>(
    places: &Places<'t>,
    reader: &mut Reader<'_>,
    line_of: impl Fn(&'t str, &HashMap<String, usize>) -> Option<SourceLine<'t>>,
) {
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
        let Some(found) = line_of(line, &known) else {
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
    reader.number_anew(before);
    reader.depth -= 1;
}
