//! YAML cassettes, read as the JSON that they stand for.
//!
//! The parser gives events with places; tags are names to it and nothing is ever made of them, save that
//! `!!binary` is base64. Aliases are followed within a limit. The text of a scalar keeps its places line by
//! line where it stands in the file as it is, so that provenance leads into the cassette.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::broken::limits_of_a_file;
use super::recording;
use crate::completion::load::Trouble;
use crate::completion::load::formats::Head;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{Places, SourceMap, Stitch};
use crate::json::{Document, Limits, quote};

/// Values that aliases may add in all. Recorders repeat a list of headers, not a cassette.
const REPEATED: usize = 100_000;

/// Keys that begin the list of a cassette's exchanges, and what its items begin with.
const MARKS: [&str; 6] = [
    "interactions:",
    "http_interactions:",
    "- request:",
    "responses:",
    "- response:",
    "- recorded:",
];

/// Whether a text is a cassette in YAML, by its keys at the beginnings of lines.
pub(in crate::completion::load) fn is_yaml(head: &Head<'_>) -> bool {
    let mut lines = head.text.lines().map(str::trim_end);
    let is_beside = |line: &str| {
        line.is_empty() || line.starts_with(['#', '%', '!']) || line.starts_with("---")
    };
    let Some(first) = lines.clone().find(|line| !is_beside(line)) else {
        return false;
    };
    let is_key = |line: &str| {
        line.split_once(':').is_some_and(|(key, rest)| {
            key.chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-\"' .".contains(c))
                && (rest.is_empty() || rest.starts_with(' '))
        })
    };
    is_key(first.trim_start_matches("- "))
        && lines.any(|line| MARKS.iter().any(|mark| line.starts_with(mark)))
}

/// Reads a cassette.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let limits = limits_of_a_file(reader);
    let (events, fault) = events(text);
    if let Some((offset, what)) = fault {
        let what = format!("this YAML is broken: {what}; what stands before is read");
        reader.problem(Trouble::Malformed, places.at(offset), what);
    }
    let mut at = 0;
    while at < events.len() {
        let mut writer = Writer::new(&events, text, places, limits);
        let end = match writer.node(at, 0) {
            Ok(end) => end,
            Err((offset, what)) => {
                reader.problem(Trouble::Malformed, places.at(offset), what);
                return;
            }
        };
        at = end;
        let strings = writer.strings;
        let (json, map) = writer.stitch.finish();
        match Document::parse(json, limits) {
            Ok(doc) => document(&doc, map, strings, reader),
            Err(error) => {
                let what = format!("what this YAML stands for cannot be read: {error}");
                reader.problem(Trouble::Malformed, places.at(0), what);
            }
        }
    }
    if events.is_empty() {
        reader.problem(Trouble::Unrecognised, places.at(0), NO_CASSETTE.to_owned());
    }
}

const NO_CASSETTE: &str = "YAML, but no cassette; expected `interactions` or `http_interactions` with \
                           a `request` and a `response` each";

fn document(
    doc: &Document,
    map: SourceMap,
    strings: Vec<(usize, SourceMap)>,
    reader: &mut Reader<'_>,
) {
    let root = doc.root();
    let places = Places::mapped(doc.text(), map, strings, reader.origin.place());
    if recording::is_recording(root) {
        recording::read(root, &places, reader);
    } else if recording::is_single(root) {
        recording::read_single(root, &places, reader);
    } else {
        reader.problem(Trouble::Unrecognised, places.at(0), NO_CASSETTE.to_owned());
    }
}

/// An event with the bytes of the file that it stands for.
struct Node<'t> {
    event: Event<'t>,
    range: Range<usize>,
}

/// Byte offset, and what is wrong there.
type Fault = (usize, String);

/// The events of all documents that make up their values. Where the text cannot be read further, what is
/// open is closed, so that the exchanges before it are there.
fn events(text: &str) -> (Vec<Node<'_>>, Option<Fault>) {
    let mut cursor = Cursor {
        text,
        character: 0,
        byte: 0,
    };
    let mut nodes: Vec<Node> = Vec::new();
    let mut fault = None;
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let range = cursor.range(span);
                if is_value(&event) {
                    nodes.push(Node { event, range });
                }
            }
            Err(error) => {
                fault = Some((cursor.offset(error.marker().index()), what_is_wrong(&error)));
                close(&mut nodes);
                break;
            }
        }
    }
    (nodes, fault)
}

fn what_is_wrong(error: &ScanError) -> String {
    error.info().to_owned()
}

fn is_value(event: &Event<'_>) -> bool {
    !matches!(
        event,
        Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
    )
}

/// Closes what is open. A key whose value did not come has none.
fn close(nodes: &mut Vec<Node<'_>>) {
    // For each open container whether it is a mapping that waits for a value.
    let mut open: Vec<Option<bool>> = Vec::new();
    for node in &*nodes {
        let begins = match &node.event {
            Event::MappingStart(..) => Some(Some(false)),
            Event::SequenceStart(..) => Some(None),
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                None
            }
            _ => None,
        };
        let is_end = matches!(node.event, Event::MappingEnd | Event::SequenceEnd);
        // A value begins as a whole with its container: the key before it has been answered.
        if !is_end && let Some(Some(waits)) = open.last_mut() {
            *waits = !*waits;
        }
        open.extend(begins);
    }
    let end = nodes.last().map_or(0, |node| node.range.end);
    let mut push = |event| {
        nodes.push(Node {
            event,
            range: end..end,
        })
    };
    for container in open.into_iter().rev() {
        if container == Some(true) {
            push(Event::Scalar("".into(), ScalarStyle::Plain, 0, None));
        }
        push(match container {
            Some(_) => Event::MappingEnd,
            None => Event::SequenceEnd,
        });
    }
}

/// From the parser's characters to bytes, following it forward.
struct Cursor<'t> {
    text: &'t str,
    character: usize,
    byte: usize,
}

impl Cursor<'_> {
    fn range(&mut self, span: Span) -> Range<usize> {
        let start = self.offset(span.start.index());
        let length = span.end.index().saturating_sub(span.start.index());
        start..start + self.length(start, length)
    }

    /// The byte of a character that is not before the last one asked for; else the last one.
    fn offset(&mut self, character: usize) -> usize {
        self.byte += self.length(self.byte, character.saturating_sub(self.character));
        self.character = self.character.max(character);
        self.byte
    }

    fn length(&self, start: usize, characters: usize) -> usize {
        let rest = &self.text[start..];
        rest.char_indices()
            .nth(characters)
            .map_or(rest.len(), |(at, _)| at)
    }
}

/// Writes values as JSON.
struct Writer<'e, 't> {
    nodes: &'e [Node<'t>],
    text: &'t str,
    places: &'e Places<'t>,
    limits: Limits,
    stitch: Stitch,
    /// Texts that may be bodies: where each begins in the JSON, and the places of its bytes.
    strings: Vec<(usize, SourceMap)>,
    /// The values with an anchor, by its number. One that is still being written is not there.
    anchors: std::collections::HashMap<usize, usize>,
    repeated: usize,
    aliases: usize,
}

impl<'e, 't> Writer<'e, 't> {
    fn new(nodes: &'e [Node<'t>], text: &'t str, places: &'e Places<'t>, limits: Limits) -> Self {
        Writer {
            nodes,
            text,
            places,
            limits,
            stitch: Stitch::default(),
            strings: Vec::new(),
            anchors: std::collections::HashMap::new(),
            repeated: 0,
            aliases: 0,
        }
    }

    /// Writes the value at `at`; gives the node after it.
    fn node(&mut self, at: usize, depth: usize) -> Result<usize, Fault> {
        let Some(node) = self.nodes.get(at) else {
            self.stitch.own("null");
            return Ok(at);
        };
        let start = node.range.start;
        if depth > self.limits.depth {
            return Err((
                start,
                format!("nested deeper than {} levels", self.limits.depth),
            ));
        }
        if self.stitch.len() > self.limits.bytes {
            return Err((start, self.limits.exceeded_by(self.stitch.len())));
        }
        if self.aliases > 0 {
            self.repeated += 1;
            if self.repeated > REPEATED {
                let what = format!("the aliases of this YAML repeat more than {REPEATED} values");
                return Err((start, what));
            }
        }
        let (end, anchor) = match &node.event {
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(value, *style, tag.as_deref(), node.range.clone());
                (at + 1, *anchor)
            }
            Event::SequenceStart(anchor, _) => (self.sequence(at + 1, depth)?, *anchor),
            Event::MappingStart(anchor, _) => (self.mapping(at + 1, depth)?, *anchor),
            Event::Alias(anchor) => {
                let Some(&target) = self.anchors.get(anchor) else {
                    return Err((start, "an alias to a value that it stands in".to_owned()));
                };
                self.aliases += 1;
                self.node(target, depth + 1)?;
                self.aliases -= 1;
                (at + 1, 0)
            }
            _ => {
                self.stitch.own("null");
                (at + 1, 0)
            }
        };
        if anchor != 0 {
            self.anchors.insert(anchor, at);
        }
        Ok(end)
    }

    fn sequence(&mut self, mut at: usize, depth: usize) -> Result<usize, Fault> {
        self.stitch.own("[");
        let mut is_first = true;
        while let Some(node) = self.nodes.get(at) {
            if matches!(node.event, Event::SequenceEnd) {
                at += 1;
                break;
            }
            if !std::mem::take(&mut is_first) {
                self.stitch.own(",");
            }
            at = self.node(at, depth + 1)?;
        }
        self.stitch.own("]");
        Ok(at)
    }

    fn mapping(&mut self, mut at: usize, depth: usize) -> Result<usize, Fault> {
        self.stitch.own("{");
        let mut is_first = true;
        while let Some(node) = self.nodes.get(at) {
            let (key, place) = match &node.event {
                Event::MappingEnd => {
                    at += 1;
                    break;
                }
                Event::Scalar(key, ..) => (key.clone(), self.places.at(node.range.start)),
                _ => {
                    let what = "a key of this YAML is no plain text".to_owned();
                    return Err((node.range.start, what));
                }
            };
            if !std::mem::take(&mut is_first) {
                self.stitch.own(",");
            }
            self.stitch.derived(&quote(&key), place);
            self.stitch.own(":");
            at = self.node(at + 1, depth + 1)?;
        }
        self.stitch.own("}");
        Ok(at)
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, tag: Option<&Tag>, range: Range<usize>) {
        let place = self.places.at(range.start);
        let is_tag = |name: &str| tag.is_some_and(|tag| tag.suffix == name);
        if is_tag("binary") {
            let packed: String = value.split_ascii_whitespace().collect();
            let json = format!("{{\"base64\":{}}}", quote(&packed));
            self.stitch.derived(&json, place);
            return;
        }
        let is_plain =
            matches!(style, ScalarStyle::Plain) && !is_tag("str") && !is_tag("python/unicode");
        if is_plain && let Some(json) = plain(value) {
            self.stitch.derived(json, place);
            return;
        }
        if may_be_body(value) {
            let map = match pieces(&self.text[range.clone()], value, style) {
                Some(pieces) => self.map(&pieces, range.start),
                None => SourceMap::made(value, place.clone()),
            };
            self.strings.push((self.stitch.len(), map));
        }
        self.stitch.derived(&quote(value), place);
    }

    fn map(&self, pieces: &[(usize, Range<usize>)], start: usize) -> SourceMap {
        let pieces = pieces.iter().map(|(at, source)| {
            let source = start + source.start..start + source.end;
            (
                *at,
                &self.text[source.clone()],
                self.places.at(source.start),
            )
        });
        SourceMap::of_pieces(pieces)
    }
}

/// Whether a text may be the body of a message: it is long, or begins as JSON and streams do.
fn may_be_body(value: &str) -> bool {
    value.len() > 256
        || value
            .trim_start()
            .starts_with(['{', '[', ':', '"', 'd', 'e'])
}

/// A plain scalar that is no string in YAML's core schema, as JSON.
fn plain(value: &str) -> Option<&str> {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => Some("null"),
        "true" | "True" | "TRUE" => Some("true"),
        "false" | "False" | "FALSE" => Some("false"),
        _ => is_number(value).then_some(value),
    }
}

fn is_number(value: &str) -> bool {
    let may_be = value
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    may_be && Document::parse(value.into(), Limits::default()).is_ok()
}

/// The lines of a scalar that stand in its source as they are: where each begins in the value, and its bytes
/// in the source. `None` where the value is not made of whole lines: escapes, folded blocks.
fn pieces(source: &str, value: &str, style: ScalarStyle) -> Option<Vec<(usize, Range<usize>)>> {
    match style {
        ScalarStyle::Literal => literal(source, value),
        ScalarStyle::Plain => flow(source, 0..source.len(), value),
        ScalarStyle::SingleQuoted => flow(source, within(source, '\'')?, value),
        ScalarStyle::DoubleQuoted => flow(source, within(source, '"')?, value),
        ScalarStyle::Folded => None,
    }
}

fn within(source: &str, quote: char) -> Option<Range<usize>> {
    let start = source.find(quote)? + 1;
    let end = source.rfind(quote)?;
    (start <= end).then_some(start..end)
}

/// A block's lines without their indentation, compared from the last: the source may lack blank lines at
/// its beginning, and the value some at its end.
fn literal(source: &str, value: &str) -> Option<Vec<(usize, Range<usize>)>> {
    let mut pieces = Vec::new();
    let mut source_end = source.trim_end().len();
    let mut value_end = value.trim_end().len();
    loop {
        let value_start = value[..value_end].rfind('\n').map_or(0, |at| at + 1);
        let source_start = source[..source_end].rfind('\n').map_or(0, |at| at + 1);
        let line = &value[value_start..value_end];
        let full = source[source_start..source_end].trim_end_matches('\r');
        if !full.ends_with(line) {
            return None;
        }
        let from = source_start + full.len() - line.len();
        if !line.is_empty() {
            pieces.push((value_start, from..from + line.len()));
        }
        if value_start == 0 || value[..value_start].trim().is_empty() {
            break;
        }
        if source_start == 0 {
            return None;
        }
        (value_end, source_end) = (value_start - 1, source_start - 1);
    }
    pieces.reverse();
    Some(pieces)
}

/// A flow scalar's lines: each break is a blank in the value, each further one a newline.
fn flow(source: &str, inner: Range<usize>, value: &str) -> Option<Vec<(usize, Range<usize>)>> {
    let mut pieces: Vec<(usize, Range<usize>)> = Vec::new();
    let (mut at, mut breaks, mut offset) = (0, 0, inner.start);
    let text = &source[inner];
    let last = text.matches('\n').count();
    for (index, line) in text.split('\n').enumerate() {
        let mut part = line;
        if index > 0 {
            part = part.trim_start_matches([' ', '\t']);
        }
        let from = offset + line.len() - part.len();
        if index < last {
            part = part.trim_end_matches([' ', '\t', '\r']);
        }
        offset += line.len() + 1;
        if index > 0 && part.is_empty() && index < last {
            breaks += 1;
            continue;
        }
        if index > 0 {
            let joint = if breaks == 0 {
                " ".to_owned()
            } else {
                "\n".repeat(breaks)
            };
            at += value[at..].starts_with(&joint).then_some(joint.len())?;
            breaks = 0;
        }
        if !value[at..].starts_with(part) {
            return None;
        }
        if !part.is_empty() {
            pieces.push((at, from..from + part.len()));
        }
        at += part.len();
    }
    (at == value.len()).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::Place;

    fn json(yaml: &str) -> Result<String, String> {
        let place = Place {
            file: "t.yml".into(),
            offset: 0,
            position: crate::json::Position { line: 1, column: 1 },
        };
        let places = Places::of(yaml, &place);
        let (nodes, fault) = events(yaml);
        let mut writer = Writer::new(&nodes, yaml, &places, Limits::default());
        writer.node(0, 0).map_err(|(_, what)| what)?;
        let (json, _) = writer.stitch.finish();
        let doc = Document::parse(json.clone(), Limits::default()).map_err(|e| e.to_string())?;
        assert_eq!(doc.text(), &json);
        Ok(json.to_string()
            + &fault
                .map(|(at, _)| format!(" broken at {at}"))
                .unwrap_or_default())
    }

    #[test]
    fn reads_yaml_as_the_json_that_it_stands_for() {
        let check = |yaml: &str, expected: &str| {
            assert_eq!(json(yaml).as_deref(), Ok(expected), "{yaml}");
        };
        check(
            "a: 1\nb: [x, 'y', \"z\\u00e9\"]\n",
            r#"{"a":1,"b":["x","y","zé"]}"#,
        );
        check(
            "a: ~\nb: True\nc: 7.5e-05\nd: '1'\ne: 0o7\nf:\n",
            r#"{"a":null,"b":true,"c":7.5e-05,"d":"1","e":"0o7","f":null}"#,
        );
        check(
            "a: !!binary |\n  H4sI\n  AAA=\n",
            r#"{"a":{"base64":"H4sIAAA="}}"#,
        );
        check("a: !binary |-\n  AAA=\n", r#"{"a":{"base64":"AAA="}}"#);
        check(
            "a: !!str 1\nb: !ruby/object:Evil\n  x: 1\n",
            r#"{"a":"1","b":{"x":1}}"#,
        );
        check("a: &x [1]\nb: *x\n", r#"{"a":[1],"b":[1]}"#);
        check(
            "a: !!python/object/apply:os.system ['rm -rf /']\n",
            r#"{"a":["rm -rf /"]}"#,
        );
        check(
            "a:\n- b: 1\n  c: \"open\n",
            r#"{"a":[{"b":1,"c":null}]} broken at 15"#,
        );
    }

    #[test]
    fn aliases_repeat_only_so_much() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}", level - 1);
            let items = vec![before; 10].join(", ");
            bomb += &format!("a{level}: &a{level} [{items}]\n");
        }
        let error = json(&bomb).expect_err("a bomb");
        assert!(error.contains("repeat more than"), "{error}");
        let error = json("a: &a [*a]\n").expect_err("a circle");
        assert!(error.contains("stands in"), "{error}");
        let deep: String = (0..300).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        let error = json(&deep).expect_err("too deep");
        assert!(error.contains("deeper"), "{error}");
    }

    #[test]
    fn finds_the_lines_of_a_text_in_its_source() {
        let check = |source: &str, value: &str, style, expected: Option<&[&str]>| {
            let found = pieces(source, value, style);
            let texts = found.as_ref().map(|pieces| {
                let check = |(at, range): &(usize, Range<usize>)| {
                    assert!(value[*at..].starts_with(&source[range.clone()]));
                    &source[range.clone()]
                };
                pieces.iter().map(check).collect::<Vec<_>>()
            });
            assert_eq!(texts.as_deref(), expected, "{source:?}");
        };
        use ScalarStyle::{DoubleQuoted, Literal, SingleQuoted};
        check(
            "'{\"a\": 1}'",
            "{\"a\": 1}",
            SingleQuoted,
            Some(&["{\"a\": 1}"]),
        );
        check(
            "'one\n  two'",
            "one two",
            SingleQuoted,
            Some(&["one", "two"]),
        );
        check(
            "'one\n\n  two'",
            "one\ntwo",
            SingleQuoted,
            Some(&["one", "two"]),
        );
        check("'it''s'", "it's", SingleQuoted, None);
        check("\"{\\\"a\\\"}\"", "{\"a\"}", DoubleQuoted, None);
        check(
            "\n     \n    {\"x\"}\n    y\n",
            "\n   \n  {\"x\"}\n  y\n",
            Literal,
            Some(&["  {\"x\"}", "  y"]),
        );
    }
}
