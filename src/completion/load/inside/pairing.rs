//! Requests and responses put together: at the innermost object that holds exactly one of each, in turn where it holds
//! several, and the answers in one list with the request beside it.

use std::sync::Arc;

use super::found::listed;
use super::unpaired::{Half, Unpaired, are_in_turn};
use super::{FoundInside, InsideSearch, MOST, PAIR};
use crate::completion::load::record::Reader;
use crate::completion::load::{ProblemKind, exchange, shape};
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::completion::{Place, Stream};
use crate::json::{Document, Kind, Value};

impl InsideSearch {
    /// Puts together what was found below a value, if that is all of it; `has_found` says that completions or problems were.
    /// What it gives back may find its other half further out.
    pub(super) fn settle(
        &mut self,
        mut unpaired: Unpaired,
        (value, has_found): (Value<'_>, bool),
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) -> Unpaired {
        // A span has what was asked as its input and among its parameters.
        if unpaired.responses.len() == 1 {
            unpaired.requests.dedup_by(|a, b| a.text == b.text);
        }
        if unpaired.responses.is_empty() && unpaired.requests.len() == 1 {
            if !unpaired.tries.is_empty() {
                self.pair_tries(&unpaired.requests[0], unpaired.tries, reader);
                return Unpaired::default();
            }
            if unpaired.errors.len() == 1 {
                unpaired.responses.append(&mut unpaired.errors);
            }
        }
        if unpaired.responses.is_empty()
            && !has_found
            && let Some(response) = shape::response_without_meaning(value)
        {
            let what = shape::describe_response(response);
            reader.problem(
                ProblemKind::Unreadable,
                places.at(response.span().start),
                what,
            );
            return Unpaired::default();
        }
        if unpaired.responses.len() == unpaired.requests.len() && are_in_turn(&unpaired) {
            let times = match unpaired.requests.len() {
                1 => Some((value, places)),
                _ => None,
            };
            let pairs = unpaired.requests.into_iter().zip(unpaired.responses);
            for (request, response) in pairs {
                self.pair(request, response, times, reader);
            }
            return Unpaired::default();
        }
        let is_one_thing = value.kind() == Kind::Object || value.len() == 1;
        if is_one_thing && unpaired.requests.len() <= 1 && unpaired.responses.len() <= 1 {
            // Its other half may stand further out.
            return unpaired;
        }
        self.end(unpaired, reader);
        Unpaired::default()
    }

    /// Reads each of several answers to one request.
    fn pair_tries(&mut self, request: &Half, tries: Vec<Half>, reader: &mut Reader<'_>) {
        for response in tries {
            self.repeated = self.repeated.saturating_sub(request.text.len());
            if self.repeated == 0 {
                let what = "the answers behind this one are left out: with the request of all repeated for each, \
                            they are too long together";
                reader.problem(
                    ProblemKind::Malformed,
                    response.place.clone(),
                    what.to_owned(),
                );
                break;
            }
            let request = Half {
                pointer: response.pointer.clone(),
                place: response.place.clone(),
                ..request.clone()
            };
            self.pair(request, response, None, reader);
        }
    }

    /// Reads a request and its response. The object that holds them may say how long it took, and when it
    /// ended, in this program's own words.
    pub(super) fn pair(
        &mut self,
        request: Half,
        response: Half,
        owner: Option<(Value<'_>, &Places<'_>)>,
        reader: &mut Reader<'_>,
    ) {
        let mut builder = DocumentBuilder::default();
        builder.literal("{\"request\":");
        builder.copy(&request.text, 0..request.text.len(), &request.map);
        builder.literal(",\"response\":");
        builder.copy(&response.text, 0..response.text.len(), &response.map);
        let (pointer, place) = match owner {
            Some((value, places)) => {
                for key in ["duration_ms", "completed_at"] {
                    if let Some(member) = value.get_some(key) {
                        builder.literal(&format!(",\"{key}\":"));
                        places.copy(member, &mut builder);
                    }
                }
                if let Some((millis, time)) = exchange::told_with_unit(value) {
                    builder.literal(",\"duration_ms\":");
                    builder.derived(&millis.to_string(), places.at(time.span().start));
                }
                (self.pointer(value), places.at(value.span().start))
            }
            None => (request.pointer, request.place),
        };
        builder.literal("}");
        self.push(builder, (pointer, place), (PAIR, response.stream), reader);
    }

    /// Reads the responses that found no request.
    pub(super) fn end(&mut self, unpaired: Unpaired, reader: &mut Reader<'_>) {
        if let (None, Some(request)) = (&self.first_request, unpaired.requests.first()) {
            self.first_request = Some(request.pointer.clone());
        }
        for response in unpaired.responses.into_iter().chain(unpaired.tries) {
            self.alone(response, reader);
        }
        let mut refusals = unpaired.errors.into_iter();
        self.refusal = self
            .refusal
            .take()
            .or_else(|| refusals.find(Half::is_of_openrouter));
    }

    /// Reads a response without its request. One that is only its text may be anybody's: what observes calls and what tests programs keep
    /// such ones.
    pub(super) fn alone(&mut self, response: Half, reader: &mut Reader<'_>) {
        if is_text_alone(&response, reader) {
            return;
        }
        let mut builder = DocumentBuilder::default();
        builder.literal("{\"response\":");
        builder.copy(&response.text, 0..response.text.len(), &response.map);
        builder.literal("}");
        let at = (response.pointer, response.place);
        self.push(builder, at, (response.what, response.stream), reader);
    }

    fn push(
        &mut self,
        builder: DocumentBuilder,
        (pointer, place): (String, Place),
        (what, stream): (&'static str, Option<Stream>),
        reader: &mut Reader<'_>,
    ) {
        let before = reader.loaded.completions.len();
        let origin = reader.origin_of_entry(place, reader.origin.record);
        let mut entry = reader.entry(&origin);
        entry.format.name = what;
        entry.push(None, builder, stream);
        self.count(before, &pointer, reader);
    }

    /// Takes note of the completions behind the first `before`.
    pub(super) fn count(&mut self, before: usize, pointer: &str, reader: &mut Reader<'_>) {
        let most = self.before.0 + MOST;
        if reader.loaded.completions.len() > most {
            reader.loaded.completions.truncate(most);
            if !self.is_full {
                self.is_full = true;
                let what =
                    format!("this record holds more than {MOST} completions; the rest is left out");
                reader.problem(ProblemKind::Malformed, reader.origin.place(), what);
            }
        }
        let new = &reader.loaded.completions[before.min(most)..];
        // What the record itself is needs no word.
        let is_inside = !pointer.is_empty() || !self.strings.is_empty();
        if let Some(first) = new.first().filter(|_| is_inside) {
            let found = FoundInside {
                what: first.format.name,
                at: listed(pointer),
                count: new.len(),
                place: first.origin.place(),
            };
            FoundInside::add(&mut self.found, found);
        }
    }

    pub(super) fn half(&self, value: Value<'_>, places: &Places<'_>, what: &'static str) -> Half {
        Half {
            text: Arc::from(value.raw()),
            map: places.map_of(value.span()),
            pointer: self.pointer(value),
            place: places.at(value.span().start),
            what,
            stream: None,
        }
    }

    /// A request body, or the members of one that stand in a record among others.
    pub(super) fn request(&self, value: Value<'_>, places: &Places<'_>) -> Half {
        let mut builder = DocumentBuilder::default();
        let mut opening = '{';
        // What was asked may stand apart from what else a request has.
        let apart = shape::asked_beside(value);
        let is_apart = |member: &Value<'_>| apart.is_some_and(|it| it.id() == member.id());
        let asked = apart.filter(|it| it.kind() == Kind::Object);
        if let Some(messages) = apart.filter(|it| it.kind() != Kind::Object) {
            builder.literal("{\"messages\":");
            places.copy(messages, &mut builder);
            opening = ',';
        }
        let beside = value.children().filter(|member| {
            let key = member.raw_key().unwrap_or_default();
            !is_apart(member) && asked.is_none_or(|asked| asked.get(key).is_none())
        });
        let own = beside.chain(asked.into_iter().flat_map(Value::children));
        let own = own.filter(|member| shape::is_of_request(member.raw_key().unwrap_or_default()));
        for member in own {
            let key = member.raw_key().unwrap_or_default();
            builder.literal(&format!("{opening}\"{key}\":"));
            places.copy(member, &mut builder);
            opening = ',';
        }
        // What a call of Python's had beside what stands apart, as DSPy and OpenHands keep it.
        let arguments = value
            .get_some("kwargs")
            .filter(|it| it.kind() == Kind::Object);
        let unpacked = arguments.and_then(|it| it.get_some("extra_body"));
        let unpacked = unpacked.into_iter().flat_map(Value::children);
        let more = arguments.into_iter().flat_map(Value::children);
        for member in more.chain(unpacked) {
            let key = member.raw_key().unwrap_or_default();
            let is_there = value.get(key).is_some();
            if key != "extra_body" && shape::is_of_request(key) && !is_there {
                builder.literal(&format!("{opening}\"{key}\":"));
                places.copy(member, &mut builder);
                opening = ',';
            }
        }
        builder.literal("}");
        let (text, map) = builder.finish();
        Half {
            text,
            map,
            ..self.half(value, places, "request body")
        }
    }
}

/// Whether a response is only its text, so that nothing tells that it was recorded.
pub(super) fn is_text_alone(response: &Half, reader: &Reader<'_>) -> bool {
    response.stream.is_none()
        && Document::parse(response.text.clone(), reader.limits)
            .is_ok_and(|doc| shape::is_answer_of_text_alone(doc.root()))
}
