//! What a reader gives: the completions that parts and streams are put together to, with their names and numbers, and
//! what is said of them.

use std::cell::OnceCell;
use std::sync::Arc;

use super::Reader;
use crate::completion::load::apart::StreamPiece;
use crate::completion::load::encoding::latin1;
use crate::completion::load::formats;
use crate::completion::load::naming::default_name;
use crate::completion::load::outcome::TOLD;
use crate::completion::load::problem::with_generation;
use crate::completion::load::shape::OddAnswer;
use crate::completion::load::streams::assemble::{Assembled, assemble, is_stream};
use crate::completion::load::streams::sse;
use crate::completion::load::{Problem, ProblemKind, camel, shape, unsupported};
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::completion::{Completion, Place, Stream, generation_id};
use crate::json::{Checkpoints, Document, Value};

impl Reader<'_> {
    /// Takes a text of chunks, each of its streams a completion of its own. `place` tells where a byte of
    /// it stands.
    pub fn streams(&mut self, text: &str, place: &dyn Fn(usize) -> Place) {
        let mut assembled = self.assemble(text, place);
        self.leave_fragments_out(&mut assembled, place);
        let several = assembled.len() > 1;
        for (index, stream) in assembled.into_iter().enumerate() {
            let at = place(stream.start);
            let mut builder = DocumentBuilder::default();
            builder.literal(r#"{"response":"#);
            builder.derived(&stream.json, at.clone());
            builder.literal("}");
            if !several {
                self.push(None, builder, Some(stream.stream));
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
            self.entry(&origin).push(name, builder, Some(stream.stream));
        }
    }

    /// Takes a value that is one part of a completion.
    pub fn part(&mut self, part: &str, value: Value<'_>, places: &Places<'_>) {
        let mut builder = DocumentBuilder::default();
        builder.literal(&format!(r#"{{"{part}":"#));
        places.copy(value, &mut builder);
        builder.literal("}");
        self.push(None, builder, None);
    }

    /// Takes a generation record. In a row that somebody keeps of one its id may have a longer name.
    pub fn generation(&mut self, value: Value<'_>, places: &Places<'_>) {
        let record = value.get("data").unwrap_or(value);
        let is_one = |id: &Value<'_>| id.str().is_some_and(|id| generation_id::is_one(&id));
        let id = record.get("generation_id").filter(is_one);
        let Some(id) = id.filter(|_| record.get_some("id").is_none()) else {
            return self.part("generation", value, places);
        };
        let mut builder = DocumentBuilder::default();
        builder.literal(r#"{"generation":{"id":"#);
        places.copy(id, &mut builder);
        let others = record
            .children()
            .filter(|member| member.raw_key() != Some("id"));
        for member in others {
            let key = member.raw_key().unwrap_or_default();
            builder.literal(&format!(",\"{key}\":"));
            places.copy(member, &mut builder);
        }
        builder.literal("}}");
        self.push(None, builder, None);
    }

    /// The response that a text is: a transcript, or JSON. `place` tells where a byte of it stands, and
    /// `subject` begins the sentence for one that is neither.
    pub(in crate::completion::load) fn response_of_text(
        &mut self,
        text: &str,
        subject: &str,
        place: impl Fn(usize) -> Place,
    ) -> Option<(String, Option<Stream>)> {
        if is_stream(text) {
            let mut streams = self.assemble(text, &place).into_iter();
            let mut first = streams.next()?;
            if let Some(second) = streams.next() {
                first.stream.others = streams.count() + 1;
                self.note(place(second.start), first.stream.remark_on_others());
            }
            return Some((first.json, Some(first.stream)));
        }
        let lead = text.len() - text.trim_start().len();
        match Document::parse(Arc::from(text.trim()), self.limits) {
            Ok(inner) => Some((inner.root().raw().to_owned(), None)),
            Err(error) => {
                let what = match unsupported::no_json(text) {
                    Some(is) => {
                        format!("{subject} is neither JSON nor an SSE transcript, but {is}")
                    }
                    None => format!("{subject} is neither JSON nor an SSE transcript: {error}"),
                };
                self.problem(ProblemKind::Unreadable, place(lead + error.offset), what);
                None
            }
        }
    }

    /// Assembles the streams of a text; `place` tells where a byte of it stands.
    pub(in crate::completion::load) fn assemble(
        &mut self,
        text: &str,
        place: &dyn Fn(usize) -> Place,
    ) -> Vec<Assembled> {
        if sse::is_transcript(text)
            && let Some(sent) = latin1::sent(text)
        {
            let what = "the stream's UTF-8 was taken for Latin-1 by what recorded it; it is read as the UTF-8 that was sent";
            self.note(place(0), what.to_owned());
            return self.assemble(&sent.text, &|at| place(sent.recorded_at(text, at)));
        }
        match assemble(text, self.limits) {
            Ok(streams) => {
                let checkpoints = OnceCell::new();
                let (mixed, streams): (Vec<_>, Vec<_>) =
                    streams.into_iter().partition(|stream| stream.is_mixed);
                for stream in &mixed {
                    let what = Assembled::MIXED.to_owned();
                    self.problem(ProblemKind::Unreadable, place(stream.start), what);
                }
                for stream in &streams {
                    for (offset, what) in stream.broken.iter().take(TOLD) {
                        let checkpoints = checkpoints.get_or_init(|| Checkpoints::of(text));
                        let line = checkpoints.position(text, *offset);
                        let what = format!(
                            "a chunk of the stream is broken ({line} of the stream): {what}"
                        );
                        self.problem(ProblemKind::Malformed, place(*offset), what);
                    }
                    if let Some((offset, _)) = stream.broken.get(TOLD) {
                        let further = stream.broken.len() - TOLD;
                        let what = format!("{further} more chunks of the stream are broken");
                        self.problem(ProblemKind::Malformed, place(*offset), what);
                    }
                    if let Some(what) = stream.remark {
                        self.note(place(stream.start), what.to_owned());
                    }
                    if let Some(what) = stream.breaks_off() {
                        self.note(place(stream.end), what);
                    }
                }
                StreamPiece::note(text, &streams, place, self.loaded);
                streams
            }
            Err(failure) => {
                self.problem(failure.kind, place(failure.offset), failure.what);
                Vec::new()
            }
        }
    }

    /// Leaves out what is from the middle of a stream and could be of any, and says so.
    pub(in crate::completion::load) fn leave_fragments_out(
        &mut self,
        streams: &mut Vec<Assembled>,
        place: &dyn Fn(usize) -> Place,
    ) {
        streams.retain(|stream| {
            if stream.is_fragment {
                let what = Assembled::FRAGMENT.to_owned();
                self.problem(ProblemKind::Unreadable, place(stream.start), what);
            }
            !stream.is_fragment
        });
    }

    pub(in crate::completion::load) fn push(
        &mut self,
        name: Option<String>,
        builder: DocumentBuilder,
        stream: Option<Stream>,
    ) {
        let (text, map) = builder.finish();
        match Document::parse(text, self.limits.around(8)) {
            Ok(doc) => self.finish(name, doc, map, stream),
            Err(error) => {
                let at = map
                    .place_of_offset(error.offset)
                    .unwrap_or_else(|| self.origin.place());
                self.problem(
                    ProblemKind::Malformed,
                    at,
                    format!("the completion put together from this cannot be read: {error}"),
                );
            }
        }
    }

    pub fn finish(
        &mut self,
        name: Option<String>,
        doc: Document,
        map: SourceMap,
        stream: Option<Stream>,
    ) {
        let may_hold_more = doc.has_text_in_brackets();
        if let Some(odd) = shape::odd_answer(doc.root(), may_hold_more) {
            let here = self.origin.place();
            let (kind, at, what) = match odd {
                OddAnswer::Example => (
                    ProblemKind::Unrecognised,
                    here,
                    "an example made from a description: stand-ins (`<string>`) in the place of its values",
                ),
                OddAnswer::Hollow => (
                    ProblemKind::Unrecognised,
                    here,
                    "an empty value of a program's type or a span without attributes, and no completion: nothing in it names a \
                     generation, has text or counts a token",
                ),
                OddAnswer::LeftOut(part) => (
                    ProblemKind::Unreadable,
                    map.place_of(doc.text(), part.span()).unwrap_or(here),
                    "in the place of a part of this answer something else stands, as loggers write beyond a certain depth \
                     (`[Object]`): what was generated cannot be read",
                ),
            };
            if stream.is_none() || !matches!(odd, OddAnswer::Hollow) {
                let what = match odd {
                    OddAnswer::LeftOut(_) => with_generation(what.to_owned(), doc.text()),
                    _ => what.to_owned(),
                };
                return self.problem(kind, at, what);
            }
        }
        let is_among_words = [formats::LOG, formats::LOG_LINE, formats::MARKDOWN]
            .iter()
            .any(|name| self.format.within == Some(*name));
        if is_among_words && shape::is_text_alone(doc.root()) {
            let what = "an answer of nothing but its text, as people write it for a test; a recorded one has an id, a model \
                        or usage";
            self.problem(
                ProblemKind::Unrecognised,
                self.origin.place(),
                what.to_owned(),
            );
            return;
        }
        let name = name.unwrap_or_else(|| default_name(self.origin));
        let is_as_sent = self.is_as_sent || doc.root().get("captured").is_some();
        let (doc, map) = camel::normalise(doc, map, is_as_sent);
        let (doc, map) = match may_hold_more {
            true => self.with_held_messages(doc, map),
            false => (doc, map),
        };
        let (origin, format) = (self.origin.clone(), self.format);
        let completion = Completion::new(name, origin, format, doc, map, stream);
        self.loaded.completions.push(completion);
    }

    /// A document whose request has its messages as a list, where they stand there as text.
    fn with_held_messages(&self, doc: Document, map: SourceMap) -> (Document, SourceMap) {
        let request = doc.root().get("request");
        let held = request.and_then(|request| {
            // A text as `input` is what the Responses API was asked; of another API's answer it is a column's.
            let is_column = || doc.root().get("response")?.get("choices");
            let input = || request.get("input").filter(|_| is_column().is_some());
            let text = request.get("messages").or_else(input)?;
            Some((text, shape::held_messages(text)?))
        });
        let Some((text, messages)) = held else {
            return (doc, map);
        };
        let (whole, span) = (doc.text(), text.span());
        let places = Places::mapped(whole, map.clone(), Vec::new(), self.origin.place());
        let mut builder = DocumentBuilder::with_capacity(whole.len());
        builder.copy(whole, 0..span.start, &map);
        builder.derived(messages.root().raw(), places.at(span.start));
        builder.copy(whole, span.end..whole.len(), &map);
        let (text, mapped) = builder.finish();
        match Document::parse(text, self.limits.around(8)) {
            Ok(read) => (read, mapped),
            Err(_) => (doc, map),
        }
    }

    pub(in crate::completion::load) fn problem(
        &mut self,
        kind: ProblemKind,
        at: Place,
        what: String,
    ) {
        let problem = self.make(kind, at, what);
        self.loaded.problems.push(problem);
    }

    pub(in crate::completion::load) fn note(&mut self, at: Place, what: String) {
        let note = self.make(ProblemKind::Remark, at, what);
        self.loaded.notes.push(note);
    }

    /// Says something: a remark as a note, all else as a problem.
    pub(in crate::completion::load) fn say(&mut self, kind: ProblemKind, at: Place, what: String) {
        match kind {
            ProblemKind::Remark => self.note(at, what),
            _ => self.problem(kind, at, what),
        }
    }

    pub(super) fn make(&self, kind: ProblemKind, at: Place, what: String) -> Problem {
        Problem {
            kind,
            file: at.file,
            record: self.origin.record,
            offset: at.offset,
            position: Some(at.position),
            what,
        }
    }

    /// Numbers the completions behind the first `before`, where one record holds several of them.
    pub fn number(&mut self, before: usize) {
        let name = default_name(self.origin);
        let (origin, found) = (self.origin, &mut self.loaded.completions[before..]);
        if found.len() < 2 {
            return;
        }
        for (index, completion) in found.iter_mut().enumerate() {
            if completion.origin.record != origin.record {
                continue;
            }
            let has_default_name = completion.name == name;
            // Of a file they are the records; of one record of several they are numbered by themselves.
            if origin.record == 0 {
                completion.origin.record = index + 1;
            }
            if has_default_name {
                completion.name = match origin.record {
                    0 => default_name(&completion.origin),
                    _ => format!("{name} ({})", index + 1),
                };
            }
        }
    }
}
