//! What lies inside a value of no known shape: samples, exchanges and answers at some depth, in strings
//! that hold JSON or a transcript too, as the logs of containers and of structured loggers have them.
//!
//! A request and a response that belong together are often members of one object whose names nobody can
//! know (`raw_request`, `res.data`). So the two are paired at the innermost object that holds exactly one
//! of each; a response that finds no request is a completion by itself.

mod found;
mod pairing;
mod repeated;
mod strings;
mod unpaired;

pub(super) use strings::is_body_in_base64;

pub use self::found::FoundInside;

use std::sync::Arc;

use self::pairing::is_text_alone;
use self::unpaired::{Half, Unpaired};

use super::apart::Mark;
use super::formats::{self, FormatRole};
use super::framing::scan;
use super::logs::{item_lines, journal, logline, source_line};
use super::record::{Reader, most_together};
use super::streams::chunks;
use super::{ProblemKind, shape, unsupported};
use crate::completion::source_map::Places;
use crate::completion::{Completion, Place};
use crate::json::{Document, Kind, Value};

/// Strings within strings that are looked into. Chosen: twice as many as a message has that went through every queue and
/// collector there is; each doubles the backslashes of the one within.
const LEVELS: usize = 12;
/// Objects and lists within one another, through all strings, behind which no further string is looked into: with what it
/// holds, as deep as four documents.
const NESTED: usize = 3 * 128;
/// Bytes of strings that are looked into, for each byte of the record: as much as the levels can need, so
/// that the time stays linear.
const BYTES_FACTOR: usize = LEVELS;
/// Completions that one record may hold.
const MOST: usize = 20_000;
/// A string that is shorter holds no completion.
const SHORTEST: usize = 16;
/// Strings that can't be read of which one record tells.
const MOST_UNREAD: usize = 100;
/// What a request and a response that were found apart are read as.
pub(super) const PAIR: &str = "request-response pair";

/// What came of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InsideOutcome {
    /// Completions were read.
    Completions(Vec<FoundInside>),
    /// What looks like one could not be read; that was said.
    Unreadable,
    /// There is a request at this pointer, and no response to it.
    RequestAlone(String),
    /// There is nothing that could be a completion.
    Nothing,
}

/// Reads what a value of no known shape, or a request with more in it, holds. Completions come in the order
/// in which they stand there.
pub(super) fn read(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) -> InsideOutcome {
    let mut search = InsideSearch::of(value.raw().len(), reader);
    let unpaired = match value.kind() {
        Kind::String => search.string(value, places, reader),
        _ => search.object(value, shape::is_request(value), places, reader),
    };
    search.finish(unpaired, reader)
}

/// Reads what is whole in a text that is broken JSON: the items of its lists that are completions. It breaks at this byte.
pub(super) fn read_broken(
    places: &Places<'_>,
    at: usize,
    reader: &mut Reader<'_>,
) -> InsideOutcome {
    let mut search = InsideSearch::of(places.text().len(), reader);
    let before = reader.loaded.completions.len();
    search.items(places, reader, 0);
    if reader.loaded.completions.len() == before {
        for range in scan::items_behind(places.text().as_bytes(), at) {
            search.item(&places.piece(range), reader, BROKEN_LEVELS);
        }
    }
    search.finish(Unpaired::default(), reader)
}

/// Broken items within broken items that are looked into.
const BROKEN_LEVELS: usize = 3;

/// A search through one record.
struct InsideSearch {
    /// Completions and problems that there were before it.
    before: (usize, usize),
    mark: Mark,
    found: Vec<FoundInside>,
    /// A request that found no response.
    first_request: Option<String>,
    /// Bytes of strings that may still be looked into.
    bytes: usize,
    /// Bytes that requests may still have which are repeated for each of their answers.
    repeated: usize,
    is_full: bool,
    /// Whether it was said that a string is not looked into.
    is_too_deep: bool,
    /// The strings around what is looked at: the pointer of each in the document around it.
    strings: Vec<String>,
    /// How many of the objects around what is looked at hold a request.
    asked: usize,
    /// How many objects and lists there are around what is looked at.
    nested: usize,
    /// What refused a request that is not here, in OpenRouter's words.
    refusal: Option<Half>,
    /// Strings that name an answer and can't be read: where each stands, the generation, and what to say.
    unread: Vec<(Place, Option<String>, String)>,
}

impl InsideSearch {
    fn of(length: usize, reader: &Reader<'_>) -> InsideSearch {
        InsideSearch {
            before: (
                reader.loaded.completions.len(),
                reader.loaded.problems.len(),
            ),
            mark: Mark::of(reader.loaded),
            found: Vec::new(),
            first_request: None,
            bytes: length.saturating_mul(BYTES_FACTOR),
            repeated: most_together(length),
            is_full: false,
            is_too_deep: false,
            strings: Vec::new(),
            asked: 0,
            nested: 0,
            refusal: None,
            unread: Vec::new(),
        }
    }

    /// What came of it all.
    fn finish(mut self, unpaired: Unpaired, reader: &mut Reader<'_>) -> InsideOutcome {
        let request = unpaired
            .requests
            .first()
            .map(|request| request.pointer.clone());
        self.end(unpaired, reader);
        let has_said = reader.loaded.completions.len() > self.before.0
            || reader.loaded.problems.len() > self.before.1;
        if let Some(refusal) = self
            .refusal
            .take()
            .filter(|_| !has_said && request.is_none())
        {
            self.alone(refusal, reader);
        }
        let request = request.or(self.first_request.take());
        let (completions, problems) = self.before;
        for (place, id, what) in std::mem::take(&mut self.unread) {
            // The beginning of an answer that is there as a whole is no loss.
            let found = &reader.loaded.completions[completions..];
            let is_there = id.is_some_and(|id| found.iter().any(|one| names(one, &id)));
            if !is_there {
                reader.problem(ProblemKind::Unreadable, place, what);
            }
        }
        reader.loaded.completions[completions..].sort_by_key(|found| found.origin.offset);
        reader.settle_with(self.mark, &mut self.found);
        repeated::leave_out(completions, &mut self.found, reader);
        reader.number(completions);
        if reader.loaded.completions.len() > completions {
            return InsideOutcome::Completions(self.found);
        }
        match request {
            _ if reader.loaded.problems.len() > problems => InsideOutcome::Unreadable,
            Some(pointer) => InsideOutcome::RequestAlone(pointer),
            None => InsideOutcome::Nothing,
        }
    }

    fn pointer(&self, value: Value<'_>) -> String {
        self.strings.concat() + &value.pointer()
    }

    /// Looks at the whole items of a text that is broken.
    fn items(&mut self, places: &Places<'_>, reader: &mut Reader<'_>, level: usize) {
        for range in scan::items_of_lists(places.text().as_bytes()) {
            self.item(&places.piece(range), reader, level);
        }
    }

    fn item(&mut self, places: &Places<'_>, reader: &mut Reader<'_>, level: usize) {
        match Document::parse(Arc::from(places.text()), reader.limits) {
            Ok(doc) => {
                let unpaired = self.value(doc.root(), places, reader);
                self.end(unpaired, reader);
            }
            Err(_) if level < BROKEN_LEVELS => self.items(places, reader, level + 1),
            Err(_) => {}
        }
    }

    /// Looks at a value that may itself be a completion, or a part of one.
    fn value(
        &mut self,
        value: Value<'_>,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) -> Unpaired {
        let is_empty = value.is_empty();
        match value.kind() {
            Kind::String => return self.string(value, places, reader),
            Kind::Array | Kind::Object if !is_empty && !self.is_full => {}
            _ => return Unpaired::default(),
        }
        if value.kind() == Kind::Array
            && let Some(text) = chunks::text_of_list(value)
        {
            return self.stream(&text, value, places, reader);
        }
        if let Some(text) =
            journal::bytes(value).or_else(|| logline::in_lines(value, reader.limits))
        {
            return self.text(&text, value, places, reader);
        }
        if let Some(lines) = source_line::lines_of_list(value, places) {
            self.lines(lines, value, places, reader);
            return Unpaired::default();
        }
        if value.kind() == Kind::Array
            && let Some(lines) =
                item_lines::lines_of_items(value.children().map(|item| item.raw().as_bytes()))
        {
            let mut unpaired = Unpaired::default();
            for text in &lines.texts {
                unpaired.extend(self.text(text, value, places, reader));
            }
            for (item, is_line) in value.children().zip(&lines.are_lines) {
                if !is_line {
                    unpaired.extend(self.value(item, places, reader));
                }
            }
            return unpaired;
        }
        // What agents keep beside a message may be the answer that it was taken from.
        if let Some(kept) = value.get_some("extra").filter(|_| is_message(value)) {
            return self.value(kept, places, reader);
        }
        // A chunk by itself is a piece of an answer that stands elsewhere.
        if chunks::is_chunk(value) || is_message(value) || unsupported::is_of_dashscope(value) {
            return Unpaired::default();
        }
        // A response by itself, with a request further out.
        let is_response = self.asked > 0 && shape::has_response_alone(value);
        if !is_response && shape::is_sample(value) {
            self.whole(value, places, reader, |places, reader| reader.text(places));
            return Unpaired::default();
        }
        let mut unpaired = Unpaired::default();
        match formats::of_value(value) {
            Some(format) if format.role == FormatRole::Whole => {
                self.whole(value, places, reader, |_, reader| {
                    reader.format.name = format.name;
                    (format.read)(value, places, reader);
                });
            }
            Some(format)
                if format.role == FormatRole::Response
                    && value.raw_key().is_some_and(shape::names_expected) => {}
            Some(format) if format.role == FormatRole::Response => {
                unpaired
                    .responses
                    .push(self.half(value, places, format.name));
            }
            Some(format) if format.role == FormatRole::Error => {
                unpaired.errors.push(self.half(value, places, format.name));
            }
            request => return self.object(value, request.is_some(), places, reader),
        }
        unpaired
    }

    /// Reads a value that is all of one completion, or of several.
    fn whole(
        &mut self,
        value: Value<'_>,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
        read: impl FnOnce(&Places<'_>, &mut Reader<'_>),
    ) {
        let before = reader.loaded.completions.len();
        let places = places.piece(value.span());
        let origin = reader.origin_of_entry(places.at(0), reader.origin.record);
        read(&places, &mut reader.entry(&origin));
        let pointer = self.pointer(value);
        self.count(before, &pointer, reader);
    }

    /// Looks at what an object or a list holds. Of a request the members that a request has are its own.
    fn object(
        &mut self,
        value: Value<'_>,
        is_request: bool,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) -> Unpaired {
        let mut unpaired = Unpaired::default();
        let problems = reader.loaded.problems.len();
        let completions = reader.loaded.completions.len();
        let asks =
            value.kind() == Kind::Object && (is_request || value.children().any(shape::is_request));
        self.asked += usize::from(asks);
        self.nested += 1;
        let mut are_answers = value.kind() == Kind::Array && value.len() > 1;
        for child in value.children() {
            if is_request && shape::is_of_request(child.raw_key().unwrap_or_default()) {
                continue;
            }
            // What a cell of a notebook says is its author's; what came of it stands in its outputs.
            if child.raw_key() == Some("source") && value.get("cell_type").is_some() {
                continue;
            }
            let below = self.value(child, places, reader);
            are_answers &= child.is_null() || self.is_answer(child, &below);
            unpaired.extend(below);
        }
        self.asked -= usize::from(asks);
        self.nested -= 1;
        let has_found = reader.loaded.completions.len() > completions
            || reader.loaded.problems.len() > problems;
        if are_answers && !has_found {
            return unpaired.of_list();
        }
        // A message that is the answer was not asked.
        let is_said = |response: &Half| {
            let messages = self.pointer(value) + "/messages/";
            response.pointer.starts_with(&messages)
        };
        let is_asked_here = || {
            unpaired.responses.len() == 1
                && !unpaired.responses.iter().any(is_said)
                && (shape::asks_without_model(value)
                    || shape::asked_beside(value).is_some()
                        && !unpaired
                            .responses
                            .iter()
                            .any(|it| is_text_alone(it, reader)))
        };
        if unpaired.requests.is_empty() && !has_found && (is_request || is_asked_here()) {
            unpaired.requests.push(self.request(value, places));
        }
        self.settle(unpaired, (value, has_found), places, reader)
    }

    /// Whether all that was found in an item of a list is that the item is an answer, as it is or as HTTP or a
    /// log of attempts has it.
    fn is_answer(&self, item: Value<'_>, found: &Unpaired) -> bool {
        const BESIDE: [&str; 4] = ["status", "status_code", "statusCode", "response"];
        let mut pieces = found.responses.iter().chain(&found.errors);
        let (Some(piece), None) = (pieces.next(), pieces.next()) else {
            return false;
        };
        let is_alone = found.requests.is_empty() && found.tries.is_empty();
        let is_it = item.kind() == Kind::String || piece.pointer == self.pointer(item);
        is_alone && (is_it || BESIDE.iter().any(|key| item.get_some(key).is_some()))
    }
}

/// Whether a completion names this generation.
fn names(completion: &Completion, id: &str) -> bool {
    let text = completion.response().map(|response| response.raw());
    text.is_some_and(|text| memchr::memmem::find(text.as_bytes(), id.as_bytes()).is_some())
}

/// Whether a value is a message of a conversation: what it says is text, even where it reads as JSON.
fn is_message(value: Value<'_>) -> bool {
    let is_text = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::String);
    is_text("role") && value.get("content").is_some() && !shape::is_message(value)
}
