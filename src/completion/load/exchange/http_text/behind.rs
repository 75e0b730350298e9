//! What stands behind a message's head and is none of its body: a log's next records, samples, an answer that has no
//! head of its own. It is read as it would be by itself.

use std::ops::Range;

use crate::completion::load::exchange::api::{self, ApiRoute};
use crate::completion::load::exchange::body::{Body, BodyLimits};
use crate::completion::load::exchange::command;
use crate::completion::load::exchange::message::Exchange;
use crate::completion::load::exchange::part::{Part, part_at};
use crate::completion::load::streams::sse;
use crate::completion::source_map::Places;
use crate::json::Limits;

/// What stands behind a message's head that is no body of it.
pub(super) struct Beyond {
    /// All behind the head.
    pub whole: Range<usize>,
    /// What is none of the body.
    pub rest: Range<usize>,
}

/// An exchange with what stands behind its messages and is none of them.
pub(super) struct FoundExchange<'d> {
    pub exchange: Exchange<'d>,
    /// What is no body of the request's.
    pub request: Option<Beyond>,
    /// What is no body of the response's, and of those before it.
    pub responses: Vec<Range<usize>>,
}

impl<'d> FoundExchange<'d> {
    /// The exchange, if it is one, and where it ends what is to be read by itself.
    pub fn settled(
        mut self,
        places: &Places<'_>,
        limits: &BodyLimits,
        behind: &mut Vec<Range<usize>>,
    ) -> Option<Exchange<'d>> {
        let exchange = &mut self.exchange;
        let is_answered = exchange.status.is_some() || exchange.response.is_recorded;
        let is_handed_on = match self.request {
            Some(Beyond { rest, .. }) if is_answered => {
                behind.push(rest);
                false
            }
            Some(Beyond { whole, rest }) => {
                match answer_behind(exchange, places, &rest, limits.of_one) {
                    Some(answer) => {
                        let end = answer.end;
                        exchange.response.is_recorded = true;
                        exchange.response.body = Body::Text(command::text_at(places, answer));
                        behind.extend(
                            places.text()[end..rest.end]
                                .contains('{')
                                .then_some(end..rest.end),
                        );
                        false
                    }
                    None => {
                        behind.push(whole);
                        true
                    }
                }
            }
            None => {
                exchange.method.is_none()
                    && !self.responses.is_empty()
                    && exchange.response.body.is_absent()
                    && exchange.status.is_none_or(|status| status < 400)
            }
        };
        behind.append(&mut self.responses);
        (!is_handed_on).then_some(self.exchange)
    }
}

/// Where the answer to a request stands behind it, without a head of its own.
fn answer_behind(
    exchange: &Exchange<'_>,
    places: &Places<'_>,
    rest: &Range<usize>,
    limits: Limits,
) -> Option<Range<usize>> {
    if exchange.request.body.is_absent() || api::route(exchange) != ApiRoute::Completion {
        return None;
    }
    answer(places.text(), rest, limits)
}

/// Whose body it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyOf {
    /// A request's that has none of its own, such as `GET`.
    Asking,
    /// A request's that has one.
    Sending,
    /// A response's.
    Response,
}

impl BodyOf {
    pub(super) fn request(method: &str) -> BodyOf {
        match ["GET", "OPTIONS"].contains(&method) {
            true => BodyOf::Asking,
            false => BodyOf::Sending,
        }
    }
}

/// Where a body ends behind which other records stand, as the lines of a log do; all of it, if none do, and nothing, if
/// it is none of this message.
pub(super) fn end_of_body(body: &str, of: BodyOf, limits: Limits) -> usize {
    let lead = body.len() - body.trim_start().len();
    let bare = &body[lead..];
    if !bare.contains('{') {
        return body.len();
    }
    if of == BodyOf::Asking || bare.starts_with("```") || bare.starts_with("~~~") {
        return 0;
    }
    if bare.starts_with('{') {
        let Some((part, end)) = part_at(body, lead, limits) else {
            return body.len();
        };
        let is_anothers = match of {
            BodyOf::Response => matches!(part, Some(Part::Request | Part::Sample)),
            _ => matches!(part, Some(Part::Answer | Part::Sample | Part::Chunk)),
        };
        return match is_anothers {
            true => 0,
            false if part == Some(Part::Chunk) || !body[end..].contains('{') => body.len(),
            false => end,
        };
    }
    if bare.starts_with('[') || sse::is_transcript(bare) {
        return body.len();
    }
    first_record(body, limits).unwrap_or(body.len())
}

/// Where the first line begins, in a body of words or of a page, that is a record of a completion.
fn first_record(body: &str, limits: Limits) -> Option<usize> {
    /// Documents that are looked at: each may seem to go on to the end.
    const MOST: usize = 50;
    const END_OF_PAGE: &str = "</html>";
    let mut at = body
        .find(END_OF_PAGE)
        .map_or(0, |end| end + END_OF_PAGE.len());
    let mut tried = 0;
    for line in body[at..].split_inclusive('\n') {
        if let Some(brace) = line.find('{') {
            if part_at(body, at + brace, limits).is_some_and(|(part, _)| part.is_some()) {
                return Some(at);
            }
            tried += 1;
            if tried == MOST {
                return None;
            }
        }
        at += line.len();
    }
    None
}

/// Where the answer stands in what follows a request's body, if it is one, without a head of its own.
fn answer(text: &str, rest: &Range<usize>, limits: Limits) -> Option<Range<usize>> {
    let text = &text[..rest.end];
    let found = command::answer_in(text, rest.start)?;
    let answer = &text[found.clone()];
    let is_one = match answer.starts_with('{') {
        true => part_at(text, found.start, limits)?.0 == Some(Part::Answer),
        false => sse::is_transcript(answer) && answer.lines().all(is_of_stream),
    };
    is_one.then_some(found)
}

/// Whether a line is one of a stream of events, or between them.
fn is_of_stream(line: &str) -> bool {
    const FIELDS: [&str; 5] = [":", "data:", "event:", "id:", "retry:"];
    line.trim().is_empty() || FIELDS.iter().any(|field| line.starts_with(field))
}

/// Whether a line may stand in a message's head behind its first one.
pub(super) fn is_of_head(line: &str) -> bool {
    let bare = line.trim();
    bare.is_empty()
        || bare.starts_with(['#', '?', '&'])
        || bare.starts_with("//")
        || is_header(bare)
}

/// Whether a line is a header: a name, a colon, and no field of an event.
pub(super) fn is_header(line: &str) -> bool {
    let line = line.trim_end_matches(['\n', '\r']);
    // HTTP/2 has some whose names begin with a colon.
    let named = line.strip_prefix(':').unwrap_or(line);
    let Some((name, _)) = named.split_once(':') else {
        return false;
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_name) && !["data", "event"].contains(&name)
}
