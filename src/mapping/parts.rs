//! The parts of a completion that an event is made of: all that is known, or the delivery alone, so that
//! what OpenRouter delivered can be compared with what the request and response say.

use super::reading::{non_empty, response_id, text};
use crate::completion::generation_id;
use crate::completion::{Api, Completion, Stream, request_member};
use crate::json::Value;

/// What is known of a completion, part by part. Absent is `None`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'c> {
    /// Which API it went through.
    pub api: Api,
    /// The request body.
    pub request: Option<Value<'c>>,
    /// What its client unpacks into it.
    pub extra_body: Option<Value<'c>>,
    /// The response body, assembled where it was streamed.
    pub response: Option<Value<'c>>,
    /// Its `usage`.
    pub usage: Option<Value<'c>>,
    /// Set where the response was streamed.
    pub stream: Option<&'c Stream>,
    /// The header `x-session-id` of the request.
    pub session_header: Option<Value<'c>>,
    /// The header `x-generation-id` of the response.
    pub generation_header: Option<Value<'c>>,
    /// The header `date` of the response.
    pub date_header: Option<Value<'c>>,
    /// The answer of `GET /api/v1/generation`, without its wrapper.
    pub generation: Option<Value<'c>>,
    /// The answer of `GET /api/v1/generation/content`, without its wrapper.
    pub content: Option<Value<'c>>,
    /// A row of the activity export, by its columns' names.
    pub activity: Option<Value<'c>>,
    /// A Broadcast delivery, or a trace file in that form.
    pub delivery: Option<Value<'c>>,
    /// What a proxy of ours measured.
    pub measured: Option<Value<'c>>,
    /// The ids of a generation record, a content and an activity row that are of another generation than the
    /// response; those parts are left out.
    pub of_others: [Option<Value<'c>>; 3],
    /// How a proxy of ours saw the exchange go.
    pub captured: Option<Value<'c>>,
    /// Why the answer that a proxy of ours kept cannot be read.
    pub response_problem: Option<Value<'c>>,
    /// Why there is no answer, in the words of the record around the request.
    pub error_beside: Option<Value<'c>>,
    /// The sample's own `completed_at`.
    pub completed_at: Option<Value<'c>>,
    /// When a recorder wrote the exchange down, `recorded_at`.
    pub recorded_at: Option<Value<'c>>,
    /// The sample's own `duration_ms`.
    pub duration_ms: Option<Value<'c>>,
}

impl<'c> Parts<'c> {
    /// All that is known of a completion.
    pub fn of(completion: &'c Completion) -> Parts<'c> {
        let request = completion.request();
        let extra_headers = request.and_then(|request| request.get_some("extra_headers"));
        let session = |name: &str| {
            let among_extra = extra_headers.and_then(|headers| {
                headers.children().find(|header| {
                    let key = header.key();
                    key.is_some_and(|key| key.eq_ignore_ascii_case(name))
                })
            });
            non_empty(completion.header(name).or(among_extra))
        };
        let response = completion.response();
        let generation_header = non_empty(completion.response_header("x-generation-id"));
        let own_id = response.and_then(|response| {
            [response_id(response), generation_header]
                .into_iter()
                .flatten()
                .find(is_generation_id)
        });
        let other_id = |part: Option<Value<'c>>, key: &str| {
            let (id, own_id) = (text(part?, key)?, own_id?);
            (is_generation_id(&id) && id.str() != own_id.str()).then_some(id)
        };
        let (generation, content) = (completion.generation(), completion.content());
        let activity = completion.activity();
        let of_others = [
            other_id(generation, "id"),
            other_id(content, "id"),
            other_id(activity, "generation_id"),
        ];
        let [generation, content, activity] = std::array::from_fn(|index| {
            [generation, content, activity][index].filter(|_| of_others[index].is_none())
        });
        Parts {
            api: completion.api,
            request,
            extra_body: request.and_then(|request| request.get_some("extra_body")),
            response,
            usage: response.and_then(|response| response.get_some("usage")),
            stream: completion.stream.as_ref(),
            session_header: session("x-session-id"),
            generation_header,
            date_header: non_empty(completion.response_header("date")),
            generation,
            content,
            activity,
            of_others,
            delivery: completion.delivery(),
            measured: completion.measured(),
            captured: completion.captured(),
            response_problem: completion.envelope("response_problem"),
            error_beside: completion.envelope("error"),
            completed_at: completion.envelope("completed_at"),
            recorded_at: completion.envelope("recorded_at"),
            duration_ms: completion.envelope("duration_ms"),
        }
    }

    /// The delivery and nothing else.
    pub fn of_delivery(completion: &'c Completion) -> Parts<'c> {
        Parts {
            api: Api::Delivery,
            request: None,
            extra_body: None,
            response: None,
            usage: None,
            stream: None,
            session_header: None,
            generation_header: None,
            date_header: None,
            generation: None,
            content: None,
            activity: None,
            of_others: [None; 3],
            delivery: completion.delivery(),
            measured: None,
            captured: None,
            response_problem: None,
            error_beside: None,
            completed_at: None,
            recorded_at: None,
            duration_ms: None,
        }
    }

    /// A member of the request as OpenRouter got it.
    pub fn asked(&self, key: &str) -> Option<Value<'c>> {
        match self.extra_body {
            Some(_) => request_member(self.request?, key),
            None => self.request?.get_some(key),
        }
    }

    /// Whether the answer came as a stream. Without request and response, the record says so; beside
    /// them it does not, since OpenRouter may stream from the provider what it answers whole.
    pub fn is_streamed(&self) -> bool {
        let is_true = |value: Option<Value<'_>>| value.is_some_and(|value| value.raw() == "true");
        let record = self.generation.and_then(|record| record.get("streamed"));
        self.stream.is_some()
            || is_true(self.asked("stream"))
            || (self.request.is_none() && self.response.is_none() && is_true(record))
    }
}

/// Whether an id is one that OpenRouter gives a generation; providers have ids of their own.
pub(super) fn is_generation_id(id: &Value<'_>) -> bool {
    id.str().is_some_and(|id| generation_id::is_one(&id))
}
