//! One record to completions: told by its shape, brought into the normal form.

mod completions;

use std::ops::Range;
use std::sync::Arc;

use super::encoding::{blobs, bson};
use super::formats::{self, FormatRole, TextFormat};
use super::framing::items::items;
use super::framing::split::{self, FrameStep, Framer};
use super::head::FileHead;
use super::inside::InsideOutcome;
use super::logs::{
    asked, item_lines, logline, prefixed, quoted, quoted_pieces, source_line, tabs, wrapped,
};
use super::naming::default_name;
use super::problem::with_generation;
use super::shape::{self, EXPECTED, describe};
use super::streams::{chunks, sse};
use super::{FoundInside, Loaded, ProblemKind, consecutive, exchange, inside, unsupported};
use crate::completion::source_map::Places;
use crate::completion::{Format, Origin, Place};
use crate::json::{Document, Kind, Limits, ParseError, Value};

/// Reads one record, found at `origin`, into `loaded`.
pub(super) struct Reader<'a> {
    pub origin: &'a Origin,
    pub limits: Limits,
    pub loaded: &'a mut Loaded,
    /// What its completions are read as. A format that knows better than its line in the table sets it.
    pub format: Format,
    /// How many contents there are around what is read.
    pub depth: usize,
    /// Whether the request stands there as it was sent, so that its names are those that OpenRouter saw.
    pub is_as_sent: bool,
}

pub(super) const SAMPLE: &str = "sample";

/// How many bytes the completions of a text of this length may have together: what stands once for several of them, a
/// question that many answers have, is repeated for each. Chosen: far more than any real one's.
pub(super) const fn most_together(length: usize) -> usize {
    const FREELY: usize = 16 << 20;
    length.saturating_mul(8).saturating_add(FREELY)
}

impl<'a> Reader<'a> {
    /// A reader of what stands at `origin`.
    pub fn new(origin: &'a Origin, loaded: &'a mut Loaded) -> Reader<'a> {
        Reader {
            origin,
            limits: Limits::default(),
            loaded,
            format: Format::default(),
            depth: 0,
            is_as_sent: false,
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

    /// Takes a record: JSON, or a text of another format.
    pub fn text(&mut self, places: &Places<'_>) {
        self.text_but(places, None);
    }

    /// Takes a record whose text is of any format but this one: what is left of a text that was read as one is none again.
    pub fn text_but(&mut self, places: &Places<'_>, but: Option<&str>) {
        let marked = places.text();
        let bare = marked.trim_start_matches('\u{feff}').trim_start();
        let places = &places.piece(marked.len() - bare.len()..marked.len());
        // What begins as JSON is another format only where the whole of a file is.
        if !bare.starts_with(['{', '['])
            && let Some(format) = formats::of_text(&FileHead::of(bare.as_bytes()))
            && but != Some(format.name)
        {
            self.text_format(format, places);
            return;
        }
        if bson::begins_as_one(bare)
            && let Some((text, map)) = bson::with_plain_numbers(places, self.limits)
        {
            return self.text(&Places::mapped(&text, map, Vec::new(), places.at(0)));
        }
        if blobs::begins_as_one(bare)
            && let Some((text, map)) = blobs::with_blobs(places, self.limits)
        {
            return self.text(&Places::mapped(&text, map, Vec::new(), places.at(0)));
        }
        let mut limits = self.limits;
        if exchange::begins_like_har(bare) {
            // Its entries are the records; the whole is bounded by what a file may have.
            limits.bytes = limits.bytes.max(1 << 30);
        }
        match Document::parse(Arc::from(bare), limits) {
            Ok(doc) => self.document(doc, places),
            Err(_) if split::own_record_in(bare).is_some() => {
                let at = split::own_record_in(bare).unwrap_or(bare.len());
                for range in [0..at, at..bare.len()] {
                    let piece = places.piece(range);
                    let origin = self.origin_of_entry(piece.at(0), self.origin.record);
                    self.entry(&origin).text(&piece);
                }
            }
            // Several documents in one record are the chunks of a stream.
            Err(_) if chunks::begins_with_one(bare) => {
                self.format.name = formats::CHUNKS;
                self.streams(bare, &|at| places.at(at));
            }
            Err(_) if sse::begins_behind_words(bare) => self.transcript(places),
            Err(_) if source_line::begins_with_one(bare) => source_line::read(places, self),
            Err(_) if asked::begins_with_one(bare) => asked::read(places, self),
            Err(_) if wrapped::begins_with_one(bare) => wrapped::read(places, self),
            Err(_) if prefixed::is_run(bare) => prefixed::read(places, self),
            Err(error) => match consecutive::parts(bare) {
                Some(parts) => consecutive::read(places, parts, self),
                // A container's log has its lines under the same key.
                None if exchange::begins_like_har(bare) => {
                    exchange::read_broken_har(places, &error, self);
                }
                None => match item_lines::of(places) {
                    Some((text, map)) => {
                        let lines = Places::mapped(&text, map, Vec::new(), places.at(0));
                        self.text(&lines);
                    }
                    None if quoted_pieces::are_all(bare) => quoted_pieces::read(places, self),
                    None => self.broken(places, error),
                },
            },
        }
    }

    /// Takes all of a text of another format. Where that finds nothing to say, it is said.
    pub fn text_format(&mut self, format: &TextFormat, places: &Places<'_>) {
        let before = self.loaded.said();
        self.format.name = format.name;
        // A text of a format may begin within one: what stands between the blocks of Markdown does.
        if self.is_too_deep() {
            return;
        }
        (format.read)(places, self);
        self.depth -= 1;
        if self.loaded.said() == before {
            let what = match format.name {
                "" => "text in which nothing is a completion".to_owned(),
                name => format!("this begins as `{name}` does, and nothing in it is a completion"),
            };
            self.problem(ProblemKind::Unrecognised, places.at(0), what);
        }
    }

    /// Takes a record that is not one JSON value: several on a line, JSON behind a log's words, something
    /// else altogether, or JSON that is broken.
    fn broken(&mut self, places: &Places<'_>, error: ParseError) {
        let text = places.text();
        // `{%` is a tag of Liquid, Jinja or GitBook in the text around a block.
        let is_json = text.starts_with('{') && !text.starts_with("{%")
            || (text.starts_with('"') && !is_quoted_word(text))
            || (text.starts_with('[') && split::is_array(text.as_bytes()));
        if is_json && self.documents(places) {
            return;
        }
        if is_json && text.starts_with('[') && self.broken_array(places) {
            return;
        }
        if let Some(list) = source_line::list_in(text)
            && Document::parse(Arc::from(&text[list.clone()]), self.limits).is_ok()
        {
            let list = places.piece(list);
            let origin = self.origin_of_entry(list.at(0), self.origin.record);
            let mut entry = self.entry(&origin);
            entry.format.within = entry.format.within.or(Some(formats::LOG_LINE));
            entry.text(&list);
            return;
        }
        if !text.starts_with('{')
            && let Some(doc) = quoted::members(text, self.limits)
        {
            let mut entry = self.entry(self.origin);
            entry.format.within = entry.format.within.or(Some(formats::LOG_LINE));
            let members = Places::derived(doc.text(), &places.at(0));
            entry.document(doc.clone(), &members);
            return;
        }
        if let Some(row) = tabs::row_of_database(text, self.limits) {
            let what = "a row as databases print it, whose backslashes are doubled and whose lines end in `\\n`; it is read as it was stored";
            self.note(places.at(0), what.to_owned());
            self.made(&row);
            return;
        }
        let logged = match text.starts_with('{') {
            true => None,
            false => logline::json_in(text, self.limits),
        };
        let found = logged.as_ref().map(|(range, _)| range);
        if !text.starts_with(['{', '[', '"'])
            && let Some(at) = logline::broken_answer(text, found, self.limits)
        {
            let what = "JSON behind a log's words that can't be read: it is broken, or breaks off";
            let what = with_generation(what.to_owned(), &text[at..]);
            self.problem(ProblemKind::Malformed, places.at(at), what);
            if found.is_none_or(|found| found.start > at) {
                return;
            }
        }
        if let Some((range, doc)) = &logged
            && is_end_of_chunk(&text[..range.start], doc.root())
        {
            let what = "the end of a chunk, whose beginning is missing: a stream was cut here, and what it said before is not known";
            self.problem(ProblemKind::Malformed, places.at(0), what.to_owned());
            return;
        }
        if let Some((range, doc)) = logged {
            if consecutive::read_line(places, (range.clone(), doc.clone()), self) {
                return;
            }
            let is_of_another = shape::is_error_of_service(&text[..range.start], doc.root());
            let words = [&text[..range.start], &text[range.end..]];
            let places = places.piece(range);
            if is_of_another {
                let what = formats::ERROR_OF_ANYONE.to_owned();
                self.problem(ProblemKind::Unrecognised, places.at(0), what);
                return;
            }
            let origin = self.origin_of_entry(places.at(0), self.origin.record);
            let before = self.loaded.completions.len();
            let mut entry = self.entry(&origin);
            entry.format.within = entry.format.within.or(Some(formats::LOG_LINE));
            entry.document(doc, &places);
            exchange::refuse_among_words(before, words.into_iter(), &mut entry);
            return;
        }
        if !is_json && let Some((at, held)) = logline::broken_answer_in_quotes(text, self.limits) {
            let what = "JSON in a string that can't be read: it is broken, or breaks off";
            let what = with_generation(what.to_owned(), &held);
            self.problem(ProblemKind::Malformed, places.at(at), what);
            return;
        }
        if let Some(unsupported) = unsupported::of_record(text, error.offset) {
            let what = with_generation(unsupported.what.to_owned(), text);
            self.problem(unsupported.kind, places.at(unsupported.at), what);
            return;
        }
        let mut bytes = text.trim_end().bytes();
        if bytes.all(|byte| matches!(byte, b'}' | b']')) {
            let what =
                "a bracket that closes nothing: there is one too many, or its beginning is missing";
            self.problem(ProblemKind::Malformed, places.at(0), what.to_owned());
            return;
        }
        if !is_json {
            let what = with_generation(unsupported::describe(text).to_owned(), text);
            let what = format!("{what}; expected {EXPECTED}");
            self.problem(ProblemKind::Unrecognised, places.at(0), what);
            return;
        }
        let at = error.offset;
        let what = unsupported::of_broken(text, error);
        self.problem(ProblemKind::Malformed, places.at(at), what);
        inside::read_broken(places, at, self);
    }

    /// Takes several documents that stand one after another; whether there are several.
    fn documents(&mut self, places: &Places<'_>) -> bool {
        let text = places.text();
        let mut framer = Framer::default();
        let mut at = 0;
        let mut found = Vec::new();
        while let FrameStep::Record { range, .. } = framer.next(text.as_bytes(), at, true) {
            at = range.end;
            found.push(range);
        }
        let is_document = |range: &Range<usize>| {
            Document::parse(Arc::from(&text[range.clone()]), self.limits).is_ok()
        };
        if found.len() < 2 || !is_document(&found[0]) {
            return false;
        }
        let before = self.loaded.completions.len();
        for range in found {
            let places = places.piece(range);
            let origin = self.origin_of_entry(places.at(0), self.origin.record);
            self.entry(&origin).text(&places);
        }
        self.number(before);
        true
    }

    /// Takes a document that was read.
    fn document(&mut self, doc: Document, places: &Places<'_>) {
        if let Some(doc) = self.sample_or(doc, places) {
            self.value(doc.root(), places);
        }
    }

    /// Takes a document that is a sample; gives any other one back.
    fn sample_or(&mut self, doc: Document, places: &Places<'_>) -> Option<Document> {
        let root = doc.root();
        for (at, what) in super::problem::of_duplicate_keys(&doc, places) {
            let note = self.make(ProblemKind::Malformed, at, what);
            self.loaded.notes.push(note);
        }
        if asked::is_one(root) {
            asked::read(places, self);
            return None;
        }
        if !shape::is_sample(root) || chunks::is_chunk(root) || exchange::is_litellm(root) {
            return Some(doc);
        }
        if shape::may_be_answered_elsewhere(root) && self.is_read_inside(root, places) {
            return None;
        }
        self.format.name = SAMPLE;
        self.sample(doc, places);
        None
    }

    /// Takes a value that is no sample.
    fn value(&mut self, root: Value<'_>, places: &Places<'_>) {
        match formats::of_value(root) {
            Some(format) if format.role != FormatRole::Request => {
                self.format.name = format.name;
                (format.read)(root, places, self);
            }
            Some(format) if !self.is_read_inside(root, places) => {
                self.format.name = format.name;
                (format.read)(root, places, self);
            }
            Some(_) => {}
            None => self.unknown(root, places),
        }
    }

    /// Takes a value of no known shape.
    pub fn unknown(&mut self, root: Value<'_>, places: &Places<'_>) {
        let at = places.at(root.span().start);
        match root.kind() {
            Kind::Array if root.is_empty() => {
                let what = "an empty array, so no completion".to_owned();
                self.problem(ProblemKind::Unrecognised, at, what);
            }
            Kind::Array => {
                let before = self.loaded.completions.len();
                // Lists of one list each cost no more than the innermost.
                let is_list = |list: &Value<'_>| list.kind() == Kind::Array && !list.is_empty();
                let (mut root, mut is_deeper) = (root, false);
                while let Some(only) = root.item(0).filter(|only| root.len() == 1 && is_list(only))
                {
                    (root, is_deeper) = (only, true);
                }
                let start = root.span().start;
                let found = items(root.raw().as_bytes(), 0);
                for (index, item) in found.items.into_iter().enumerate() {
                    let range = start + item.range.start..start + item.range.end;
                    let places = places.piece(range);
                    let record = self.number_of_item(if is_deeper { 0 } else { index });
                    let origin = self.origin_of_entry(places.at(0), record);
                    self.entry(&origin).text(&places);
                }
                self.number(before);
            }
            Kind::Object if root.is_empty() && self.format.within.is_some() => {
                let what = "an empty object, so no completion".to_owned();
                self.problem(ProblemKind::Unrecognised, at, what);
            }
            Kind::Object if root.is_empty() => {
                let what =
                    "an empty object, as OpenRouter's connection test sends it: no generation";
                self.note(at, what.to_owned());
            }
            _ if unsupported::is_description(root) => {
                let what = unsupported::DESCRIPTION.to_owned();
                self.problem(ProblemKind::Unrecognised, at, what);
            }
            _ if unsupported::is_of_dashscope(root) => {
                let what = unsupported::DASHSCOPE.to_owned();
                self.problem(ProblemKind::Unrecognised, at, what);
            }
            _ if source_line::read_alone(root, places, self) => {}
            _ => {
                let before = self.loaded.completions.len();
                let found = inside::read(root, places, self);
                let what = match (unsupported::of_value(root), found) {
                    (_, InsideOutcome::Completions(found)) => {
                        self.found_inside(before, root, found);
                        return;
                    }
                    (_, InsideOutcome::Unreadable) => return,
                    (Some(unsupported), _) => with_generation(unsupported.to_owned(), root.raw()),
                    (None, InsideOutcome::RequestAlone(pointer)) => {
                        let where_it_is = match pointer.as_str() {
                            "" => "a request in it".to_owned(),
                            pointer => format!("a request at {pointer}"),
                        };
                        let what = format!(
                            "{} with {where_it_is}, and nothing that can be read as the answer to it",
                            describe(root)
                        );
                        with_generation(what, root.raw())
                    }
                    (None, InsideOutcome::Nothing) => {
                        let what = with_generation(describe(root), root.raw());
                        format!("{what}; expected {EXPECTED}")
                    }
                };
                self.problem(ProblemKind::Unrecognised, at, what);
            }
        }
    }

    /// Takes note of what was found within a record, behind the first `before` completions.
    fn found_inside(&mut self, before: usize, root: Value<'_>, found: Vec<FoundInside>) {
        exchange::refuse_in_record(before, root, self);
        if self.loaded.completions.len() > before {
            self.loaded.inside.extend(found);
        }
    }

    /// Takes what lies inside a request that has more in it; whether there was something, or something to say.
    fn is_read_inside(&mut self, root: Value<'_>, places: &Places<'_>) -> bool {
        let before = self.loaded.completions.len();
        match inside::read(root, places, self) {
            InsideOutcome::Completions(found) => self.found_inside(before, root, found),
            InsideOutcome::Unreadable => {}
            InsideOutcome::RequestAlone(_) | InsideOutcome::Nothing => return false,
        }
        true
    }

    /// Takes a transcript, and what stands in it or behind it that is none of it.
    pub fn transcript(&mut self, places: &Places<'_>) {
        let before = self.loaded.completions.len();
        self.streams(places.text(), &|at| places.at(at));
        for range in sse::foreign(places.text()) {
            let piece = places.piece(range);
            let origin = self.origin_of_entry(piece.at(0), self.origin.record);
            let mut entry = self.entry(&origin);
            entry.format.name = "";
            entry.inner(&piece);
        }
        self.number_anew(before);
    }

    /// Numbers the completions behind the first `before`, which stand in several pieces of one text.
    pub fn number_anew(&mut self, before: usize) {
        let found = &mut self.loaded.completions[before..];
        found.sort_by_key(|found| found.origin.offset);
        // What stands in one piece is numbered from its beginning; here all are.
        if self.origin.record == 0 {
            for completion in found {
                if completion.name == default_name(&completion.origin) {
                    completion.name = default_name(self.origin);
                }
                completion.origin.record = 0;
            }
        }
        self.number(before);
    }

    /// Takes a text that was made of what stands at the origin: all of it has that place.
    pub fn made(&mut self, text: &str) {
        let origin = self.origin.clone();
        let mut entry = self.entry(&origin);
        entry.depth += 1;
        entry.text(&Places::derived(text, &origin.place()));
    }
}

/// Whether what stands behind some words is the choices of a chunk, and those are the rest of its other members.
fn is_end_of_chunk(before: &str, found: Value<'_>) -> bool {
    let before = before.trim_end().trim_end_matches('[').trim_end();
    let is_choice = |choice: Value<'_>| choice.get("delta").is_some();
    before.ends_with("\"choices\":")
        && (is_choice(found) || found.item(0).is_some_and(is_choice))
        && !before.contains('{')
}

/// Whether a line begins with a word in quotes and goes on with more words, as prose does, or is a member of an object that
/// begins elsewhere.
fn is_quoted_word(line: &str) -> bool {
    let rest = line[1..].split_once('"').map(|(_, rest)| rest.trim_start());
    let goes_on = |c: char| c.is_alphabetic() || matches!(c, '(' | ':');
    rest.is_some_and(|rest| rest.starts_with(goes_on))
}
