//! YAML, read as the JSON that it stands for: cassettes, and whatever else holds completions.
//!
//! The parser gives events with places; tags are names to it and nothing is ever made of them, save that
//! `!!binary` is base64. Aliases are followed within a limit. The text of a scalar keeps its places line by
//! line where it stands in the file as it is, so that provenance leads into the cassette.

mod events;
mod lines;
mod look;
mod writer;

use std::ops::Range;

use saphyr_parser::Event;

use self::events::{SyntaxError, TOO_MANY, YamlNode, events, moved_in};
use self::look::{LISTS, cassette_in, indent_of_others, key};
pub(in crate::completion::load) use self::look::{is_below_words, is_yaml};
use self::writer::NodeWriter;
use super::broken::limits_of_a_file;
use super::recording;
use crate::completion::load::record::Reader;
use crate::completion::load::shape::{EXPECTED, describe};
use crate::completion::load::{Problem, ProblemKind, problem};
use crate::completion::source_map::{Places, SourceMap};
use crate::json::{Document, Kind, Limits};

/// Reads a cassette below words, and what else stands there.
pub(in crate::completion::load) fn read_below_words(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let cassette = cassette_in(text).unwrap_or(0..text.len());
    let beside = |range: Range<usize>, reader: &mut Reader<'_>| {
        let piece = places.piece(range);
        if !piece.text().contains('{') {
            return;
        }
        let origin = reader.origin_of_entry(piece.at(0), reader.origin.record);
        let said = reader.loaded.problems.len();
        let before = reader.loaded.completions.len();
        reader.entry(&origin).inner(&piece);
        if reader.loaded.completions.len() == before {
            reader.loaded.problems.truncate(said);
        }
    };
    beside(0..cassette.start, reader);
    read(&places.piece(cassette.clone()), reader);
    beside(cassette.end..text.len(), reader);
}

/// Reads a YAML text.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let indent = indent_of_others(text);
    if indent > 0 && places.at(0).position.column == indent + 1 {
        // All of it stands to the right, and what stands before its first line is not there any more.
        let (mut moved, mut pieces, mut at) = (String::with_capacity(text.len()), Vec::new(), 0);
        for line in text.split_inclusive('\n') {
            let blanks = match at {
                0 => 0,
                _ => indent.min(line.len() - line.trim_start_matches(' ').len()),
            };
            pieces.push((moved.len(), at + blanks..at + line.len()));
            moved.push_str(&line[blanks..]);
            at += line.len();
        }
        let map = places.map_of_pieces(pieces);
        let places = Places::mapped(&moved, map, Vec::new(), places.at(0));
        return read_whole(&places, reader);
    }
    read_whole(places, reader);
}

/// Reads a YAML text with what stands before its first line.
fn read_whole(places: &Places<'_>, reader: &mut Reader<'_>) {
    let starts = starts_of_cassettes(places.text());
    if starts.len() < 2 {
        return read_one(places, reader);
    }
    let before = reader.loaded.completions.len();
    let ends = starts.iter().skip(1).copied();
    for (start, end) in starts.iter().zip(ends.chain([places.text().len()])) {
        let piece = places.piece(*start..end);
        let origin = reader.origin_of_entry(piece.at(0), reader.origin.record);
        read_one(&piece, &mut reader.entry(&origin));
    }
    reader.number_anew(before);
}

/// Where each cassette begins in a text of several without a mark between them, as `cat` joins files: where their first key
/// stands again. In one document it would be there twice.
fn starts_of_cassettes(text: &str) -> Vec<usize> {
    let has_several = |key: &&str| {
        let lines = text.lines().filter(|line| line.starts_with(*key));
        lines.take(2).count() == 2
    };
    if text.contains("\n---") || !LISTS[..2].iter().any(has_several) {
        return Vec::new();
    }
    let is_key = |line: &&str| key(line, "").is_some();
    let first = text.lines().map(str::trim_end).find(is_key);
    let first = first.and_then(|line| line.split_once(':'));
    let Some((first, _)) = first else {
        return Vec::new();
    };
    let mut at = 0;
    let mut starts = Vec::new();
    for line in text.split_inclusive('\n') {
        let rest = line.strip_prefix(first);
        if rest.is_some_and(|rest| rest.starts_with(':')) {
            starts.push(at);
        }
        at += line.len();
    }
    if let Some(start) = starts.first_mut() {
        *start = 0;
    }
    starts
}

fn read_one(places: &Places<'_>, reader: &mut Reader<'_>) {
    match moved_in(places.text()) {
        Some(moved) => {
            let map = map_of_moved(&moved, places);
            read_text(
                &Places::mapped(&moved, map, Vec::new(), places.at(0)),
                reader,
            );
        }
        None => read_text(places, reader),
    }
}

/// Where the lines of a text stand whose beginnings were moved in.
fn map_of_moved(moved: &str, places: &Places<'_>) -> SourceMap {
    let mut at = [0, 0];
    let mut pieces = Vec::new();
    for (line, original) in moved
        .split_inclusive('\n')
        .zip(places.text().split_inclusive('\n'))
    {
        let before = line.len() - original.len();
        pieces.push((at[0] + before, at[1]..at[1] + original.len()));
        at = [at[0] + line.len(), at[1] + original.len()];
    }
    places.map_of_pieces(pieces)
}

fn read_text(places: &Places<'_>, reader: &mut Reader<'_>) {
    let (events, fault) = events(places.text());
    if let Some((offset, what)) = fault {
        let what = match what == TOO_MANY {
            true => format!("{what}; what stands before is read"),
            false => format!("this YAML is broken: {what}; what stands before is read"),
        };
        reader.problem(ProblemKind::Malformed, places.at(offset), what);
    }
    let source = Source {
        events: &events,
        places,
        limits: limits_of_a_file(reader),
    };
    let documents = documents(&events);
    if documents.is_empty() {
        let what = format!("YAML that holds nothing; {CASSETTES}");
        reader.problem(ProblemKind::Unrecognised, places.at(0), what);
    }
    // An exchange by itself in each document is a recording of them all.
    if documents.len() > 1
        && let Ok(all) = source.json(&documents)
        && all.left_out.is_empty()
        && all.doc.root().children().all(recording::is_item)
    {
        all.read(reader);
        return;
    }
    // Of one document the events are as much again as what they stand for, and done with.
    if let [start] = documents[..] {
        let json = source.json(&[start]);
        drop(events);
        match json {
            Ok(json) => {
                json.say_left_out(places, reader);
                json.read(reader);
            }
            Err((offset, what)) => {
                reader.problem(ProblemKind::Malformed, places.at(offset), what);
            }
        }
        return;
    }
    for (index, &start) in documents.iter().enumerate() {
        let json = match source.json(&[start]) {
            Ok(json) => json,
            Err((offset, what)) => {
                reader.problem(ProblemKind::Malformed, places.at(offset), what);
                continue;
            }
        };
        json.say_left_out(places, reader);
        let start = events.get(start).map_or(0, |event| event.range.start);
        let origin = reader.origin_of_entry(places.at(start), index + 1);
        json.read(&mut reader.entry(&origin));
    }
}

const CASSETTES: &str =
    "a cassette has `interactions` or `http_interactions` with a `request` and a `response` each";

/// Where each document's value begins among the events.
fn documents(events: &[YamlNode<'_>]) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (index, node) in events.iter().enumerate() {
        match node.event {
            Event::MappingEnd | Event::SequenceEnd => depth = depth.saturating_sub(1),
            _ if depth == 0 => found.push(index),
            _ => {}
        }
        if matches!(
            node.event,
            Event::MappingStart(..) | Event::SequenceStart(..)
        ) {
            depth += 1;
        }
    }
    found
}

/// A YAML text as its events.
struct Source<'e, 't> {
    events: &'e [YamlNode<'t>],
    places: &'e Places<'t>,
    limits: Limits,
}

impl Source<'_, '_> {
    /// What the documents that begin at these events stand for: one by itself, several as a list.
    fn json(&self, starts: &[usize]) -> Result<YamlAsJson, SyntaxError> {
        let mut writer = NodeWriter::new(self.events, self.places.text(), self.places, self.limits);
        let is_list = starts.len() > 1;
        for (index, start) in starts.iter().enumerate() {
            if is_list {
                let before = if index == 0 { "[" } else { "," };
                writer.builder.literal(before);
            }
            writer.node(*start, usize::from(is_list))?;
        }
        if is_list {
            writer.builder.literal("]");
        }
        let (strings, left_out) = (writer.strings, writer.left_out);
        let (json, map) = writer.builder.finish();
        let doc = Document::parse(json, self.limits).map_err(|error| {
            let what = format!("what this YAML stands for cannot be read: {error}");
            (0, what)
        })?;
        Ok(YamlAsJson {
            doc,
            map,
            strings,
            left_out,
        })
    }
}

/// What a YAML text stands for, with the places of what its strings hold.
struct YamlAsJson {
    doc: Document,
    map: SourceMap,
    strings: Vec<(usize, SourceMap)>,
    /// Values that could not be written, so that nothing stands in their places: where, and why.
    left_out: Vec<SyntaxError>,
}

impl YamlAsJson {
    fn say_left_out(&self, places: &Places<'_>, reader: &mut Reader<'_>) {
        for (offset, what) in &self.left_out {
            reader.problem(ProblemKind::Malformed, places.at(*offset), what.clone());
        }
    }

    fn read(self, reader: &mut Reader<'_>) {
        let root = self.doc.root();
        let start = reader.origin.place();
        let places = Places::mapped(self.doc.text(), self.map, self.strings, start);
        let is_recording = recording::is_recording(root);
        if is_recording || recording::is_single(root) {
            for (at, what) in problem::of_duplicate_keys(&self.doc, &places) {
                reader.note(at, what);
            }
            match is_recording {
                true => recording::read(root, &places, reader),
                false => recording::read_single(root, &places, reader),
            }
            return;
        }
        let (completions, problems) = (
            reader.loaded.completions.len(),
            reader.loaded.problems.len(),
        );
        if root.kind().is_container() {
            reader.text(&places);
        }
        let is_nothing = reader.loaded.completions.len() == completions;
        let said = &mut reader.loaded.problems[problems..];
        let is_unknown = |problem: &Problem| {
            problem.kind == ProblemKind::Unrecognised && problem.what.ends_with(EXPECTED)
        };
        if is_nothing && said.iter().all(is_unknown) {
            reader.loaded.problems.truncate(problems);
            let what = match root.kind() {
                Kind::Object => {
                    format!("YAML without a completion: {}; {CASSETTES}", describe(root))
                }
                _ => format!("YAML without a completion; {CASSETTES}"),
            };
            reader.problem(ProblemKind::Unrecognised, places.at(0), what);
        }
    }
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
        let mut writer = NodeWriter::new(&nodes, yaml, &places, Limits::default());
        writer.node(0, 0).map_err(|(_, what)| what)?;
        if let Some((_, what)) = writer.left_out.pop() {
            return Err(what);
        }
        let (json, _) = writer.builder.finish();
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
        check(
            "a: 1e3\nb: 5e-7\nc: 1.5e3\nd: -2E-4\n",
            r#"{"a":"1e3","b":5e-7,"c":"1.5e3","d":-2E-4}"#,
        );
        check(
            "a: 12345e67\nb: 5e-7\nc: 2.0e-06\n",
            r#"{"a":"12345e67","b":"5e-7","c":2.0e-06}"#,
        );
        check(
            "a: |-\n  {\u{2028}   b\u{2029}c\n  }\n",
            "{\"a\":\"{\u{2028} b\u{2029}c\\n}\"}",
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
}
