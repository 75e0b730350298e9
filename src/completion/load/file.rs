//! The content of a file, or of something within one, to its records: unpacked, told apart, cut.

use std::ops::Range;
use std::sync::Arc;

use super::ProblemKind;
use super::activity;
use super::apart::Mark;
use super::encoding::decode::{Coding, DecodeError, more_behind, unpack_counted};
use super::exchange;
use super::formats::{self, TextFormat};
use super::framing::items::{cut_off, items};
use super::framing::lines::LineRecords;
use super::framing::split;
use super::framing::split::{FrameStep, Framer, Sniff, sniff};
use super::head::FileHead;
use super::record::Reader;
use crate::completion::Place;
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::json::Document;

/// Contents within contents that are read: a gzip file's text, the text's fenced block, a string in there.
const DEPTH: usize = 8;

/// How much may come out of a compressed file that is read as a whole.
pub(crate) const UNPACKED: usize = 256 << 20;

/// What to say of a file that holds nothing.
const EMPTY: &str =
    "the file is empty; expected a sample, a response, a JSON array, NDJSON or an SSE stream";

/// Bytes with the places of what stands in them.
struct Content<'c> {
    bytes: &'c [u8],
    /// Of what is text throughout.
    places: Option<&'c Places<'c>>,
    /// Of all else; asked for from the beginning to the end.
    follower: LineRecords,
    followed: usize,
    /// Whether its records have no numbers of their own.
    is_of_source: bool,
}

/// Bytes that are not text.
struct NotText<'c> {
    bytes: &'c [u8],
    valid: usize,
    place: Place,
}

impl<'c> Content<'c> {
    fn of_bytes(bytes: &'c [u8], start: Place) -> Content<'c> {
        Content {
            bytes,
            places: None,
            follower: LineRecords::from(start),
            followed: 0,
            is_of_source: false,
        }
    }

    fn of_text(places: &'c Places<'c>) -> Content<'c> {
        Content {
            bytes: places.text().as_bytes(),
            places: Some(places),
            follower: LineRecords::from(places.at(0)),
            followed: 0,
            is_of_source: false,
        }
    }

    /// The place of a byte that is not before the last one asked for.
    fn place(&mut self, offset: usize) -> Place {
        if let Some(places) = self.places {
            return places.at(offset);
        }
        if let Some(between) = self.bytes.get(self.followed..offset) {
            self.follower.skip(between);
            self.followed = offset;
        }
        self.follower.place()
    }

    /// A piece as a text of its own.
    fn piece(&mut self, range: Range<usize>) -> Result<Places<'c>, NotText<'c>> {
        if let Some(places) = self.places {
            return Ok(places.piece(range));
        }
        let place = self.place(range.start);
        let bytes = &self.bytes[range];
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return Ok(Places::of(text, &place));
        }
        let error = std::str::from_utf8(bytes).err();
        let valid = error.map_or(bytes.len(), |error| error.valid_up_to());
        Err(NotText {
            bytes,
            valid,
            place,
        })
    }
}

impl Reader<'_> {
    /// Takes the content of a file: bytes of any format.
    pub fn content(&mut self, bytes: &[u8]) {
        let file = self.origin.file.clone();
        if let Some(format) = formats::of_bytes(bytes, &file) {
            let within = Some(format.name).filter(|name| !name.is_empty());
            self.format.within = self.format.within.or(within);
            (format.read)(bytes, self);
            return;
        }
        let mut start = self.origin.place();
        let unmarked = bytes.strip_prefix(split::MARK).unwrap_or(bytes);
        start.offset += bytes.len() - unmarked.len();
        match std::str::from_utf8(unmarked) {
            Ok(text) => {
                let places = Places::of(text, &start);
                self.all_of(Content::of_text(&places));
            }
            Err(_) => self.all_of(Content::of_bytes(unmarked, start)),
        }
    }

    /// Takes a text that was found in another one as the content of a file is taken. The origin of this
    /// reader is that of the inner text.
    pub fn inner(&mut self, places: &Places<'_>) {
        if self.is_too_deep() {
            return;
        }
        self.all_of(Content::of_text(places));
    }

    /// Takes what a source of a log logged, as a file that has nothing else is taken. Whoever took the log's words off it
    /// minds how deep it lies.
    pub fn text_of_source(&mut self, places: &Places<'_>) {
        if !split::trimmed(places.text().as_bytes()).is_empty() {
            let mut content = Content::of_text(places);
            content.is_of_source = true;
            self.all_of(content);
        }
    }

    /// Takes what compressed bytes hold.
    pub fn packed(&mut self, bytes: &[u8], coding: Coding) {
        if self.is_too_deep() {
            return;
        }
        let unpacked = match unpack_counted(bytes, coding, UNPACKED) {
            Ok((unpacked, 0)) => unpacked,
            Ok((unpacked, _)) => {
                let what = more_behind(coding);
                self.problem(ProblemKind::Malformed, self.origin.place(), what);
                unpacked
            }
            Err(error) => {
                self.problem(
                    ProblemKind::Malformed,
                    self.origin.place(),
                    error.to_string(),
                );
                match error {
                    DecodeError::Broken { so_far, .. } => so_far,
                    _ => return,
                }
            }
        };
        if !unpacked.is_empty() {
            self.content(&unpacked);
        }
    }

    /// Goes one content deeper; says so where that is too deep.
    pub fn is_too_deep(&mut self) -> bool {
        self.depth += 1;
        if self.depth > DEPTH {
            let what = format!("packed {DEPTH} times within one another; that is where this ends");
            self.problem(ProblemKind::Malformed, self.origin.place(), what);
        }
        self.depth > DEPTH
    }

    /// Takes all of a content. Of one that is several records each tells of its generations alone, as it does where they come
    /// one by one.
    fn all_of(&mut self, content: Content<'_>) {
        let mark = Mark::of(self.loaded);
        if !self.all_records_of(content) {
            self.settle(mark);
        }
    }

    /// Takes all of a content; whether that is several records.
    fn all_records_of(&mut self, mut content: Content<'_>) -> bool {
        let bytes = content.bytes;
        let head = FileHead::of(bytes);
        if let Some(format) = formats::of_text(&head) {
            self.of_format(&mut content, head.lead, format);
            return false;
        }
        let start = split::content_start(bytes);
        let end = split::trimmed_open(bytes).len();
        match sniff(bytes, true, &self.origin.file.clone()) {
            Sniff::Records(framer) => {
                self.records(&mut content, start, framer, 0);
                return true;
            }
            Sniff::Array { start } => self.items(&mut content, start),
            _ if start >= end => {
                self.problem(
                    ProblemKind::Unrecognised,
                    self.origin.place(),
                    EMPTY.to_owned(),
                );
            }
            _ if bytes[start] == b'[' && split::is_array_of_file(&bytes[start..]) => {
                self.items(&mut content, start);
            }
            _ => self.record(&mut content, start..end, self.origin.record),
        }
        false
    }

    /// Takes all of a text of another format, from where its head begins.
    fn of_format(&mut self, content: &mut Content<'_>, start: usize, format: &TextFormat) {
        match content.piece(start..content.bytes.len()) {
            Ok(places) => self.text_format(format, &places),
            // One row that is broken hides no other.
            Err(not_text) if format.name == activity::NAME => {
                activity::read_bytes(&content.bytes[start..], not_text.place, self);
            }
            Err(not_text) => {
                let Some(mended) = MendedText::of(&not_text) else {
                    return self.refuse(&not_text);
                };
                self.name_bytes(&not_text, mended.count);
                self.text_format(format, &mended.places(not_text.place));
            }
        }
    }

    /// Takes the records from `at` on, one after another. `count` stand before them.
    fn records(
        &mut self,
        content: &mut Content<'_>,
        mut at: usize,
        mut framer: Framer,
        count: usize,
    ) {
        let bytes = content.bytes;
        let mut count = count;
        while let FrameStep::Record { range, .. } = framer.next_together(bytes, at, true) {
            at = range.end;
            let number = match content.is_of_source {
                true => self.origin.record,
                false => self.number_of_item(count),
            };
            self.record(content, range, number);
            count += 1;
        }
    }

    /// Takes the items of the array at `start`, each by itself, and what stands behind it.
    fn items(&mut self, content: &mut Content<'_>, start: usize) {
        let bytes = content.bytes;
        let array = items(bytes, start);
        let opened = content.place(start).position;
        let mut is_last_whole = true;
        for (index, item) in array.items.iter().enumerate() {
            let place = content.place(item.range.start);
            let record = self.number_of_item(index);
            let origin = self.origin_of_entry(place, record);
            if let Some(problem) = item.problem(bytes, &origin) {
                self.loaded.problems.push(problem);
            }
            if item.is_end(bytes) {
                continue;
            }
            let before = self.loaded.problems.len();
            self.record(content, item.range.clone(), record);
            let new = &self.loaded.problems[before..];
            is_last_whole = new
                .iter()
                .all(|problem| problem.kind != ProblemKind::Malformed);
        }
        match array.end {
            Some(end) if array.items.is_empty() => {
                self.record(content, start..end, self.origin.record);
            }
            Some(end) => {
                let last = array.items.len().checked_sub(1);
                let count = last.map_or(0, |last| self.number_of_item(last));
                self.records(content, end, Framer::default(), count);
            }
            None if is_last_whole => {
                let place = content.place(bytes.len());
                self.problem(ProblemKind::Malformed, place, cut_off(opened));
            }
            None => {}
        }
    }

    /// Takes an array that is broken JSON and one record, perhaps of several, as it would be taken if it were the
    /// whole file. `false` where it stands too deep within others.
    pub fn broken_array(&mut self, places: &Places<'_>) -> bool {
        self.array_by_items(Content::of_text(places))
    }

    fn array_by_items(&mut self, mut content: Content<'_>) -> bool {
        if self.depth == DEPTH {
            return false;
        }
        self.depth += 1;
        let before = self.loaded.completions.len();
        self.items(&mut content, 0);
        self.number(before);
        true
    }

    /// The number of an item of an array, or of a record: its own where the array or the records are the file, else that of the
    /// record around them.
    pub fn number_of_item(&self, index: usize) -> usize {
        match self.origin.record {
            0 => index + 1,
            record => record,
        }
    }

    /// Takes the record with this number.
    fn record(&mut self, content: &mut Content<'_>, range: Range<usize>, number: usize) {
        let mark = Mark::of(self.loaded);
        match content.piece(range) {
            Ok(places) => {
                let origin = self.origin_of_entry(places.at(0), number);
                self.entry(&origin).text(&places);
            }
            Err(not_text) => {
                let origin = self.origin_of_entry(not_text.place.clone(), number);
                self.entry(&origin).refuse(&not_text);
            }
        }
        self.settle(mark);
    }

    /// Takes the bytes of one record.
    pub fn slice(&mut self, bytes: &[u8]) {
        let start = self.origin.place();
        let mut content = Content::of_bytes(bytes, start);
        match content.piece(0..bytes.len()) {
            Ok(places) => self.text(&places),
            Err(not_text) => self.refuse(&not_text),
        }
    }

    /// Takes bytes that are not UTF-8: of an array each item by itself, of all else note.
    fn refuse(&mut self, not_text: &NotText<'_>) {
        let (bytes, place) = (not_text.bytes, not_text.place.clone());
        let is_array = bytes.starts_with(b"[") && split::is_array(bytes);
        if is_array && self.array_by_items(Content::of_bytes(bytes, place)) {
            return;
        }
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        let mended = is_object.then(|| MendedText::of(not_text)).flatten();
        let parsed = mended.and_then(|mended| {
            let doc = Document::parse(Arc::clone(&mended.text), self.limits).ok()?;
            Some((mended, doc))
        });
        let count = parsed.as_ref().map_or(1, |(mended, _)| mended.count);
        self.name_bytes(not_text, count);
        let Some((mended, doc)) = parsed else {
            return;
        };
        // Of a recording each exchange is a record, and most of them are whole.
        let is_recording = exchange::is_har(doc.root()) || exchange::is_recording(doc.root());
        let before = self.loaded.completions.len();
        let inside = self.loaded.inside.len();
        let problems = self.loaded.problems.len();
        self.text(&mended.places(not_text.place.clone()));
        if is_recording {
            return;
        }
        // In all else that holds several, those that it is none of are whole.
        let found = self.loaded.completions.len();
        let mut index = 0;
        self.loaded.completions.retain(|completion| {
            index += 1;
            index <= before || !completion.document().text().contains(REPLACEMENT)
        });
        let left = self.loaded.completions.len();
        if left < found {
            self.loaded.inside.truncate(inside);
        }
        if left == before {
            self.loaded.problems.truncate(problems);
        }
    }

    /// Names the first of `count` places at which bytes are not UTF-8.
    fn name_bytes(&mut self, not_text: &NotText<'_>, count: usize) {
        let NotText {
            bytes,
            valid,
            place,
        } = not_text;
        let text = std::str::from_utf8(&bytes[..*valid]).unwrap_or_default();
        let (offset, mut what) = super::problem::of_encoding(bytes, *valid, place.offset);
        if count > 1 {
            let further = count - 1;
            let places = if further == 1 { "place" } else { "places" };
            what.push_str(&format!(" (here and at {further} further {places})"));
        }
        self.problem(ProblemKind::Malformed, place.within(text, offset), what);
    }
}

/// U+FFFD, which says that something was here that is no text.
const REPLACEMENT: &str = "\u{fffd}";

/// Text of bytes that are not UTF-8 throughout, with U+FFFD where they are not.
struct MendedText {
    text: Arc<str>,
    map: SourceMap,
    /// At how many places they are not.
    count: usize,
}

impl MendedText {
    /// `None` where so much is no text that none of it may be.
    fn of(not_text: &NotText<'_>) -> Option<MendedText> {
        /// Chosen: a text in another encoding has more, and each of its pieces a place of its own.
        const MOST: usize = 1000;
        let mut builder = DocumentBuilder::with_capacity(not_text.bytes.len());
        let mut count = 0;
        let mut follower = LineRecords::from(not_text.place.clone());
        for chunk in not_text.bytes.utf8_chunks() {
            let (valid, invalid) = (chunk.valid(), chunk.invalid());
            for piece in pieces_of_lines(valid) {
                builder.verbatim(piece, follower.place());
                follower.skip(piece.as_bytes());
            }
            if !invalid.is_empty() {
                builder.derived(REPLACEMENT, follower.place());
                follower.skip(invalid);
                count += 1;
            }
            if count > MOST {
                return None;
            }
        }
        let (text, map) = builder.finish();
        Some(MendedText { text, map, count })
    }

    fn places(&self, start: Place) -> Places<'_> {
        Places::mapped(&self.text, self.map.clone(), Vec::new(), start)
    }
}

/// A text in pieces of whole lines, each so short that its places are soon told.
fn pieces_of_lines(text: &str) -> impl Iterator<Item = &str> {
    const SHORTEST: usize = 1 << 12;
    let mut rest = text;
    std::iter::from_fn(move || {
        let from = rest.len().min(SHORTEST);
        let line = memchr::memchr(b'\n', &rest.as_bytes()[from..]);
        let end = line.map_or(rest.len(), |length| from + length + 1);
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}
