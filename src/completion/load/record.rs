//! One record to completions: told by its shape, brought into the normal form.

use std::sync::Arc;

use super::assemble::{Assembled, assemble, is_stream};
use super::decode::{Coding, DecodeError, unpack};
use super::formats::{self, Head, TextFormat};
use super::shape::{self, EXPECTED, describe};
use super::split::{Follower, slices};
use super::{Loaded, Problem, Trouble, camel, chunks, delivery, exchange};
use crate::completion::source_map::{Places, SourceMap, Stitch};
use crate::completion::{Completion, Format, Origin, Place, Stream};
use crate::json::{Document, Kind, Limits, Position, Value};

/// Reads one record, found at `origin`, into `loaded`.
pub(super) struct Reader<'a> {
    pub origin: &'a Origin,
    pub limits: Limits,
    pub loaded: &'a mut Loaded,
    /// What its completions are read as. A format that knows better than its line in the table sets it.
    pub format: Format,
    /// Whether what is read was made of what stands at the origin, so that all of it has that place.
    is_derived: bool,
    /// How many contents there are around what is read.
    depth: usize,
}

/// Contents within contents that are read: a gzip file's text, the text's fenced block, a string in there.
const DEPTH: usize = 8;

/// How much may come out of a compressed file that is read as a whole.
const UNPACKED: usize = 256 << 20;

const SAMPLE: &str = "sample";

impl<'a> Reader<'a> {
    /// A reader of what stands at `origin`.
    pub fn new(origin: &'a Origin, loaded: &'a mut Loaded) -> Reader<'a> {
        Reader {
            origin,
            limits: Limits::default(),
            loaded,
            format: Format::default(),
            is_derived: false,
            depth: 0,
        }
    }

    /// A reader of one of several completions that are found in what this one reads.
    pub fn entry<'b>(&'b mut self, origin: &'b Origin) -> Reader<'b> {
        Reader {
            origin,
            loaded: self.loaded,
            ..*self
        }
    }

    /// The origin of the entry that begins at `place` and is the one with this number, from 1.
    pub fn origin_of_entry(&self, place: Place, record: usize) -> Origin {
        Origin {
            offset: place.offset,
            position: place.position,
            record,
            ..self.origin.clone()
        }
    }

    /// Takes the content of a file, or of something within one: bytes of any format.
    pub fn content(&mut self, bytes: &[u8]) {
        if self.depth == DEPTH {
            let what = format!("packed {DEPTH} times within one another; that is where this ends");
            self.problem(Trouble::Malformed, self.origin.place(), what);
            return;
        }
        let file = self.origin.file.clone();
        if let Some(format) = formats::of_bytes(bytes, &file) {
            self.format.within = self.format.within.or(Some(format.name));
            (format.read)(bytes, self);
            return;
        }
        if let Some(format) = formats::of_text(&Head::of(bytes)) {
            self.whole(bytes, format);
            return;
        }
        let layout = slices(bytes, &file);
        let mut follower = Follower::of(bytes, self.origin.place());
        for (index, slice) in layout.slices.iter().enumerate() {
            let range = slice.range.clone();
            let place = follower.place_of(range.start);
            let record = if layout.numbered {
                index + 1
            } else {
                self.origin.record
            };
            let origin = self.origin_of_entry(place, record);
            self.entry(&origin).slice(&bytes[range]);
        }
        if layout.slices.is_empty() {
            let what = "the file is empty; expected a sample, a response, a JSON array, NDJSON or an SSE stream";
            self.problem(Trouble::Unrecognised, self.origin.place(), what.to_owned());
        }
    }

    /// Takes all of a text of another format.
    fn whole(&mut self, bytes: &[u8], format: &TextFormat) {
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                self.format.name = format.name;
                let marked = text.trim_start_matches('\u{feff}');
                let bare = marked.trim_start();
                let mut start = self.origin.place();
                start.offset += text.len() - marked.len();
                let start = start.within(marked, marked.len() - bare.len());
                (format.read)(&self.places(bare, &start), self);
            }
            Err(error) => self.refuse_encoding(bytes, error.valid_up_to()),
        }
    }

    /// Takes the bytes of one record.
    pub fn slice(&mut self, bytes: &[u8]) {
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            self.text(text);
        } else if let Err(error) = std::str::from_utf8(bytes) {
            self.refuse_encoding(bytes, error.valid_up_to());
        }
    }

    /// Takes what compressed bytes hold.
    pub fn packed(&mut self, bytes: &[u8], coding: Coding) {
        let unpacked = match unpack(bytes, coding, UNPACKED) {
            Ok(unpacked) => unpacked,
            Err(error) => {
                self.problem(Trouble::Malformed, self.origin.place(), error.to_string());
                match error {
                    DecodeError::Broken { so_far, .. } => so_far,
                    _ => return,
                }
            }
        };
        if !unpacked.is_empty() {
            self.depth += 1;
            self.content(&unpacked);
        }
    }

    /// Takes a record's text: JSON, or a text of another format.
    fn text(&mut self, text: &str) {
        let bare = text.trim_start_matches('\u{feff}');
        let start = self.origin.place().within(text, text.len() - bare.len());
        // What begins as JSON is another format only where the whole of a file is.
        if !bare.starts_with(['{', '['])
            && let Some(format) = formats::of_text(&Head::of(bare.as_bytes()))
        {
            self.format.name = format.name;
            (format.read)(&self.places(bare, &start), self);
            return;
        }
        let mut limits = self.limits;
        if exchange::begins_like_har(bare) {
            // Its entries are the records; the whole is bounded by what a file may have.
            limits.bytes = limits.bytes.max(1 << 30);
        }
        match Document::parse(Arc::from(bare), limits) {
            Ok(doc) => self.document(doc, &start),
            // Several documents in one record are the chunks of a stream.
            Err(_) if chunks::begins_with_one(bare) => {
                self.format.name = formats::CHUNKS;
                let places = self.places(bare, &start);
                self.streams(bare, &|at| places.at(at));
            }
            Err(error) if exchange::begins_like_har(bare) => {
                exchange::read_broken_har(&self.places(bare, &start), &error, self);
            }
            Err(error) => {
                let at = start.within(bare, error.offset);
                self.problem(Trouble::Malformed, at, error.what);
            }
        }
    }

    /// The places of a text that begins at `start`.
    fn places<'t>(&self, text: &'t str, start: &Place) -> Places<'t> {
        match self.is_derived {
            true => Places::derived(text, start),
            false => Places::of(text, start),
        }
    }

    /// Takes note of bytes that are not UTF-8.
    fn refuse_encoding(&mut self, bytes: &[u8], valid_up_to: usize) {
        let valid = std::str::from_utf8(&bytes[..valid_up_to]).unwrap_or_default();
        let (offset, what) = super::problem::of_encoding(bytes, valid_up_to);
        let at = self.origin.place().within(valid, offset);
        self.problem(Trouble::Malformed, at, what);
    }

    /// Takes a document that was read; its text begins at `start`.
    fn document(&mut self, doc: Document, start: &Place) {
        let root = doc.root();
        let twice = super::problem::of_duplicate_keys(&doc, start);
        for (at, what) in twice {
            let note = self.make(Trouble::Malformed, at, what);
            self.loaded.notes.push(note);
        }
        if shape::is_sample(root) && !chunks::is_chunk(root) {
            self.format.name = SAMPLE;
            self.sample(doc, start);
            return;
        }
        let places = self.places(doc.text(), start);
        if let Some(format) = formats::of_value(root) {
            self.format.name = format.name;
            (format.read)(root, &places, self);
            return;
        }
        if shape::is_sample_without_meaning(root) {
            self.format.name = SAMPLE;
            self.sample(doc.clone(), start);
            return;
        }
        let at = places.at(root.span().start);
        match root.kind() {
            Kind::Array => {
                if root.is_empty() {
                    self.note(at, "an empty array, so no completion".to_owned());
                }
                for (index, item) in root.children().enumerate() {
                    let at = places.at(item.span().start);
                    let origin = self.origin_of_entry(at, index + 1);
                    self.entry(&origin).text(item.raw());
                }
            }
            Kind::Object if root.is_empty() => {
                let what =
                    "an empty object, as OpenRouter's connection test sends it: no generation";
                self.note(at, what.to_owned());
            }
            _ => {
                let what = format!("{}; expected {EXPECTED}", describe(root));
                self.problem(Trouble::Unrecognised, at, what);
            }
        }
    }

    /// Takes a text of chunks, each of its streams a completion of its own. `place` tells where a byte of
    /// it stands.
    pub fn streams(&mut self, text: &str, place: &dyn Fn(usize) -> Place) {
        let assembled = self.assemble(text, place);
        let several = assembled.len() > 1;
        for (index, stream) in assembled.into_iter().enumerate() {
            let at = place(stream.start);
            let mut stitch = Stitch::default();
            stitch.own(r#"{"response":"#);
            stitch.derived(&stream.json, at.clone());
            stitch.own("}");
            if !several {
                self.push(None, stitch, Some(stream.stream));
                continue;
            }
            // Of a file they are the records; of one record of several they are numbered by themselves.
            let (record, name) = match self.origin.record {
                0 => (index + 1, None),
                record => (
                    record,
                    Some(format!("{} ({})", default_name(self.origin), index + 1)),
                ),
            };
            let origin = self.origin_of_entry(at, record);
            self.entry(&origin).push(name, stitch, Some(stream.stream));
        }
    }

    /// Takes a value that is one part of a completion.
    pub fn part(&mut self, part: &str, value: Value<'_>, places: &Places<'_>) {
        let mut stitch = Stitch::default();
        stitch.own(&format!(r#"{{"{part}":"#));
        stitch.verbatim(value.raw(), places.at(value.span().start));
        stitch.own("}");
        self.push(None, stitch, None);
    }

    /// Takes a text that was made of what stands at the origin: all of it has that place.
    pub fn made(&mut self, text: &str) {
        let mut reader = Reader {
            origin: self.origin,
            loaded: self.loaded,
            is_derived: true,
            depth: self.depth + 1,
            ..*self
        };
        reader.text(text);
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
        let is_raw = |r: &Value<'_>| r.kind() == Kind::String || chunks::are_chunks(*r);
        let raw_response = root.get("response").filter(is_raw);
        let is_response = |value: Value<'_>| raw_response == Some(value);
        let raw_delivery = root.get("delivery").filter(|d| delivery::is_payload(*d));
        let mut raw: Vec<Value> = raw_response.into_iter().chain(raw_delivery).collect();
        raw.sort_by_key(|value| value.id());
        for value in raw {
            let span = value.span();
            let at = start.within(whole, span.start);
            stitch.verbatim(&whole[done..span.start], start.within(whole, done));
            done = span.end;
            if is_response(value) {
                let response = self.response_in(value, &at);
                let (json, assembled) = response.unwrap_or(("null".to_owned(), None));
                stitch.derived(&json, at);
                stream = assembled;
                continue;
            }
            let id = root
                .get("response")
                .and_then(|response| response.get("id")?.str());
            let found = delivery::generations_of(value);
            let is_same = |generation: &&delivery::Generation| generation.id() == id;
            if found.len() > 1 {
                let what = format!(
                    "this delivery holds {} generations; the one of this response counts, else the first",
                    found.len()
                );
                self.note(at.clone(), what);
            }
            let mut generations = found.iter();
            match generations.clone().find(is_same).or(generations.next()) {
                Some(generation) => {
                    let places = Places::of(whole, start);
                    generation.write(&mut stitch, &|value| places.at(value.span().start));
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

    /// The response that a string holds, or a list of chunks.
    fn response_in(&mut self, response: Value<'_>, at: &Place) -> Option<(String, Option<Stream>)> {
        let text = response.str().unwrap_or(response.raw().into());
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
        let (doc, map) = camel::normalise(doc, map);
        let map = match self.is_derived {
            true => map.derived(),
            false => map,
        };
        let (origin, format) = (self.origin.clone(), self.format);
        let completion = Completion::new(name, origin, format, doc, map, stream);
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
pub(super) fn default_name(origin: &Origin) -> String {
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
