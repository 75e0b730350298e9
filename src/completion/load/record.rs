//! One record to completions: told by its shape, brought into the normal form.

use std::sync::Arc;

use super::assemble::{Assembled, assemble, is_stream};
use super::shape::{EXPECTED, Shape, describe};
use super::{Loaded, Problem, Trouble, delivery, har};
use crate::completion::source_map::{Places, SourceMap, Stitch};
use crate::completion::{Completion, Origin, Place, Stream};
use crate::json::{Document, Kind, Limits, Position, Value};

/// Reads one record, found at `origin`, into `loaded`.
pub(super) struct Reader<'a> {
    pub origin: &'a Origin,
    pub limits: Limits,
    pub loaded: &'a mut Loaded,
}

impl Reader<'_> {
    /// Takes a record's text: JSON or an SSE transcript.
    pub fn read(mut self, text: &str) {
        let bare = text.trim_start_matches('\u{feff}');
        let start = self.origin.place().within(text, text.len() - bare.len());
        if is_stream(bare) {
            self.streams(bare, &start);
            return;
        }
        let mut limits = self.limits;
        if har::begins_like_one(bare) {
            // Its entries are the records; the whole is bounded by what a file may have.
            limits.bytes = limits.bytes.max(1 << 30);
        }
        match Document::parse(Arc::from(bare), limits) {
            Ok(doc) => self.value(doc, &start),
            Err(error) => {
                let at = start.within(bare, error.offset);
                self.problem(Trouble::Malformed, at, error.what);
            }
        }
    }

    /// Takes note of bytes that are not UTF-8.
    pub fn refuse_encoding(mut self, bytes: &[u8], valid_up_to: usize) {
        let valid = std::str::from_utf8(&bytes[..valid_up_to]).unwrap_or_default();
        let (offset, what) = super::problem::of_encoding(bytes, valid_up_to);
        let at = self.origin.place().within(valid, offset);
        self.problem(Trouble::Malformed, at, what);
    }

    /// Takes a record that was read; its text begins at `start`.
    fn value(&mut self, doc: Document, start: &Place) {
        let root = doc.root();
        let twice = super::problem::of_duplicate_keys(&doc, start);
        for (at, what) in twice {
            let note = self.make(Trouble::Malformed, at, what);
            self.loaded.notes.push(note);
        }
        match Shape::of(root) {
            Shape::Sample => self.sample(doc, start),
            Shape::Array => {
                if root.is_empty() {
                    let at = start.within(doc.text(), root.span().start);
                    self.note(at, "an empty array, so no completion".to_owned());
                }
                let places = Places::of(doc.text(), start);
                for (index, item) in root.children().enumerate() {
                    let at = places.at(item.span().start);
                    let origin = Origin {
                        offset: at.offset,
                        position: at.position,
                        record: index + 1,
                        ..self.origin.clone()
                    };
                    Reader {
                        origin: &origin,
                        limits: self.limits,
                        loaded: self.loaded,
                    }
                    .read(item.raw());
                }
            }
            Shape::Delivery => self.delivery(root, start),
            Shape::Har => har::read(root, start, self),
            Shape::Empty => {
                let what =
                    "an empty object, as OpenRouter's connection test sends it: no generation";
                self.note(start.within(doc.text(), root.span().start), what.to_owned());
            }
            Shape::Response => self.wrap("response", root, start),
            Shape::Request => self.wrap("request", root, start),
            Shape::Generation => self.wrap("generation", root, start),
            Shape::Unknown => {
                let what = format!("{}; expected {EXPECTED}", describe(root));
                let at = start.within(doc.text(), root.span().start);
                self.problem(Trouble::Unrecognised, at, what);
            }
        }
    }

    /// Takes a text of chunks, each of its streams a completion of its own.
    fn streams(&mut self, text: &str, start: &Place) {
        let places = Places::of(text, start);
        let assembled = self.assemble(text, &|at| places.at(at));
        let several = assembled.len() > 1;
        for (index, stream) in assembled.into_iter().enumerate() {
            let at = places.at(stream.start);
            let name = default_name(self.origin);
            let name = several.then(|| format!("{name} ({})", index + 1));
            let mut stitch = Stitch::default();
            stitch.own(r#"{"response":"#);
            stitch.derived(&stream.json, at);
            stitch.own("}");
            self.push(name, stitch, Some(stream.stream));
        }
    }

    fn wrap(&mut self, part: &str, value: Value<'_>, start: &Place) {
        let mut stitch = Stitch::default();
        stitch.own(&format!(r#"{{"{part}":"#));
        let at = start.within(value.document().text(), value.span().start);
        stitch.verbatim(value.raw(), at);
        stitch.own("}");
        self.push(None, stitch, None);
    }

    /// A payload's generations, each a completion of its own.
    fn delivery(&mut self, payload: Value<'_>, start: &Place) {
        let places = Places::of(payload.document().text(), start);
        let place = |offset| places.at(offset);
        let read = delivery::read(payload);
        let at = place(payload.span().start);
        if read.is_connection_test {
            self.note(
                at,
                "a connection test of OpenRouter's, no generation".to_owned(),
            );
        } else if read.generations.is_empty() {
            let what = "a trace without a generation; expected a span with `gen_ai.` attributes, \
                        as OpenRouter's Broadcast sends it";
            self.problem(Trouble::Unrecognised, at, what.to_owned());
        }
        let several = read.generations.len() > 1;
        for (index, generation) in read.generations.iter().enumerate() {
            if generation.is_canned() {
                let what = "the canned conversation of the Test button in the Broadcast settings";
                self.note(place(generation.start()), what.to_owned());
            }
            let mut stitch = Stitch::default();
            stitch.own(r#"{"delivery":"#);
            generation.write(&mut stitch, &place);
            stitch.own("}");
            let name = default_name(self.origin);
            let name = several.then(|| format!("{name} ({})", index + 1));
            self.push(name, stitch, None);
        }
    }

    fn sample(&mut self, doc: Document, start: &Place) {
        let root = doc.root();
        let name = root.get("name").and_then(Value::non_empty_str);
        let name = name.map(std::borrow::Cow::into_owned);
        let whole = doc.text();
        let mut stitch = Stitch::default();
        let mut stream = None;
        let mut done = 0;
        // What of the envelope is not in the normal form yet, in the order of the text.
        let raw_response = root.get("response").filter(|r| r.kind() == Kind::String);
        let raw_delivery = root.get("delivery").filter(|d| delivery::is_payload(*d));
        let mut raw: Vec<Value> = raw_response.into_iter().chain(raw_delivery).collect();
        raw.sort_by_key(|value| value.id());
        for value in raw {
            let span = value.span();
            let at = start.within(whole, span.start);
            stitch.verbatim(&whole[done..span.start], start.within(whole, done));
            done = span.end;
            if value.kind() == Kind::String {
                let response = self.response_in_string(value, &at);
                let (json, assembled) = response.unwrap_or(("null".to_owned(), None));
                stitch.derived(&json, at);
                stream = assembled;
                continue;
            }
            let id = root
                .get("response")
                .and_then(|response| response.get("id")?.str());
            let read = delivery::read(value);
            let is_same = |generation: &&delivery::Generation| generation.id() == id;
            if read.generations.len() > 1 {
                let what = format!(
                    "this delivery holds {} generations; the one of this response counts, else the first",
                    read.generations.len()
                );
                self.note(at.clone(), what);
            }
            let mut generations = read.generations.iter();
            match generations.clone().find(is_same).or(generations.next()) {
                Some(generation) => {
                    let places = Places::of(whole, start);
                    generation.write(&mut stitch, &|offset| places.at(offset));
                }
                None => {
                    self.note(at, "this delivery holds no generation".to_owned());
                    stitch.own("null");
                }
            }
        }
        if done == 0 {
            let map = SourceMap::whole(whole, start.clone());
            self.finish(name, doc, map, None);
            return;
        }
        stitch.verbatim(&whole[done..], start.within(whole, done));
        self.push(name, stitch, stream);
    }

    /// The response that a string holds: a transcript, or JSON.
    fn response_in_string(
        &mut self,
        response: Value<'_>,
        at: &Place,
    ) -> Option<(String, Option<Stream>)> {
        let text = response.str().unwrap_or_default();
        self.response_of_text(&text, "`response` is a string that", |_| at.clone())
    }

    /// The response that a text is: a transcript, or JSON. `place` tells where a byte of it stands, and
    /// `subject` begins the sentence for one that is neither.
    pub(super) fn response_of_text(
        &mut self,
        text: &str,
        subject: &str,
        place: impl Fn(usize) -> Place,
    ) -> Option<(String, Option<Stream>)> {
        if is_stream(text) {
            let mut streams = self.assemble(text, &place).into_iter();
            let first = streams.next()?;
            if let Some(second) = streams.next() {
                let count = streams.count() + 2;
                let what = format!("{count} streams stand in one response; the first counts");
                self.note(place(second.start), what);
            }
            return Some((first.json, Some(first.stream)));
        }
        match Document::parse(Arc::from(text.trim()), self.limits) {
            Ok(inner) => Some((inner.root().raw().to_owned(), None)),
            Err(error) => {
                let what = format!("{subject} is neither JSON nor an SSE transcript: {error}");
                self.problem(Trouble::Malformed, place(error.offset), what);
                None
            }
        }
    }

    /// Assembles the streams of a text; `place` tells where a byte of it stands.
    fn assemble(&mut self, text: &str, place: &dyn Fn(usize) -> Place) -> Vec<Assembled> {
        match assemble(text, self.limits) {
            Ok(streams) => {
                for stream in &streams {
                    for (offset, what) in &stream.broken {
                        let line = Position::of(text, *offset);
                        let what = format!(
                            "a chunk of the stream is broken ({line} of the stream): {what}"
                        );
                        self.problem(Trouble::Malformed, place(*offset), what);
                    }
                    if let Some(what) = stream.breaks_off() {
                        self.note(place(stream.end), what);
                    }
                }
                streams
            }
            Err(failure) => {
                self.problem(failure.trouble, place(failure.offset), failure.what);
                Vec::new()
            }
        }
    }

    pub(super) fn push(&mut self, name: Option<String>, stitch: Stitch, stream: Option<Stream>) {
        let (text, map) = stitch.finish();
        match Document::parse(text, self.limits.around(8)) {
            Ok(doc) => self.finish(name, doc, map, stream),
            Err(error) => {
                let at = map
                    .place_of_offset(error.offset)
                    .unwrap_or_else(|| self.origin.place());
                self.problem(
                    Trouble::Malformed,
                    at,
                    format!("the completion put together from this cannot be read: {error}"),
                );
            }
        }
    }

    fn finish(
        &mut self,
        name: Option<String>,
        doc: Document,
        map: SourceMap,
        stream: Option<Stream>,
    ) {
        let name = name.unwrap_or_else(|| default_name(self.origin));
        let completion = Completion::new(name, self.origin.clone(), doc, map, stream);
        self.loaded.completions.push(completion);
    }

    pub(super) fn problem(&mut self, trouble: Trouble, at: Place, what: String) {
        let problem = self.make(trouble, at, what);
        self.loaded.problems.push(problem);
    }

    pub(super) fn note(&mut self, at: Place, what: String) {
        let note = self.make(Trouble::Unrecognised, at, what);
        self.loaded.notes.push(note);
    }

    fn make(&self, trouble: Trouble, at: Place, what: String) -> Problem {
        Problem {
            trouble,
            file: at.file,
            record: self.origin.record,
            offset: at.offset,
            position: Some(at.position),
            what,
        }
    }
}

/// The file's name without folders and endings, and the record's number where there are several.
fn default_name(origin: &Origin) -> String {
    let file = origin.file.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = super::role_of(file).map_or_else(
        || file.rsplit_once('.').map_or(file, |(stem, _)| stem),
        |(stem, _)| stem,
    );
    match origin.record {
        0 => stem.to_owned(),
        record => format!("{stem} #{record}"),
    }
}
