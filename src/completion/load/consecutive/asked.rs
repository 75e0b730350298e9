//! What a request asks, and whether a record may be the answer to it.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::call::CallIds;
use super::half::{Half, answer, held_stream, request};
use super::moment;
use super::words::tells_failure;
use super::{model, streamed_model};
use crate::completion::load::shape;
use crate::completion::load::streams::sse;
use crate::completion::{generation_id, slug};
use crate::json::Value;

/// What a request asks that its answer is told by: the model that it names, and its fallbacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) struct Asked {
    models: Vec<String>,
    /// Of the conversation and whose it is, numbers by which the same call is known again.
    conversation: Conversation,
    /// What its log says which call it is of.
    call: CallIds,
    /// When its record was written, where that says so.
    written: Option<i128>,
    /// Whether other requests wait for their answers, so that its place tells nothing.
    is_one_of_several: bool,
    /// Whether words of another call stand behind it.
    is_interrupted: bool,
    /// What stands before it.
    before: Before,
}

/// What stands before a request, by which an answer behind it may be known for another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct Before {
    /// When the generation began whose answer stands there by itself, in Unix seconds. Nothing that began earlier answers the
    /// request: a log whose beginning was cut off has it, or one that is written with the newest first.
    pub latest: Option<u64>,
    /// Whether an answer by itself stands directly before it, which may be its own.
    pub is_answer: bool,
}

/// What a gateway leaves as it is where it writes a call anew, as numbers: what was asked, and whose it is as far as that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct Conversation {
    asked: u64,
    told: [Option<u64>; 3],
}

impl Conversation {
    /// Whether it may be the same: nothing that both tell differs.
    pub(in crate::completion::load) fn may_be(&self, other: &Conversation) -> bool {
        let mut told = self.told.iter().zip(&other.told);
        self.asked == other.asked
            && told.all(|(one, other)| one.is_none() || other.is_none() || one == other)
    }
}

impl Asked {
    /// What a record asks that is a request body and nothing else. Its first key tells nearly every record that is none.
    pub(in crate::completion::load) fn by(record: &[u8]) -> Option<Asked> {
        let request = request(record).filter(|request| !tells_failure(record, request))?;
        // A record that is no text is read by itself, so that it spoils no other.
        std::str::from_utf8(record).ok()?;
        Some(Asked::of(request.doc.root()).in_record(&request, record))
    }

    /// The same, as the record tells which call it is of that holds it.
    pub(super) fn in_record(self, request: &Half, record: &[u8]) -> Asked {
        let is_all = request.range.start == 0 && !request.is_held;
        if is_all {
            return self;
        }
        Asked {
            call: CallIds::of(record),
            written: moment::written(record),
            ..self
        }
    }

    /// The same request as a log's text tells of it that stands before it, or holds it.
    pub(super) fn said(self, text: &str) -> Asked {
        Asked {
            call: CallIds::of(text.as_bytes()),
            written: moment::written(text.as_bytes()),
            ..self
        }
    }

    /// Words stand between: where they are of another call, a record has to say from here on that it is of this one.
    pub(in crate::completion::load) fn interrupt(&mut self, other: &[u8]) {
        self.is_interrupted |= !self.call.may_be(&CallIds::of(other));
    }

    /// Whether a record may be of the same call, as far as the log tells. Where other requests wait too, it has to say so.
    pub(in crate::completion::load) fn may_be_of_call(&self, record: &[u8]) -> bool {
        /// Milliseconds that are lost where times are whole seconds, and that a call may take.
        const SKEW: i128 = 999;
        const LONGEST: i128 = 24 * 3_600_000;
        let is_of_another = |written: i128| {
            let took = moment::written(record).map(|then| then - written);
            took.is_some_and(|took| !(-SKEW..=LONGEST).contains(&took))
        };
        if self.written.is_some_and(is_of_another) {
            return false;
        }
        match self.is_one_of_several {
            true => self.call.is_same(&CallIds::of(record)),
            false if self.is_interrupted => self.call.says_same(&CallIds::of(record)),
            false => self.call.is_empty() || self.call.may_be(&CallIds::of(record)),
        }
    }

    /// The same request where others wait with it, which are of these calls; `None` where nothing could tell what is its
    /// answer: what another one has as well doesn't.
    pub(in crate::completion::load) fn among_others(self, others: &CallIds) -> Option<Asked> {
        let call = self.call.without(others);
        let is_one_of_several = !call.is_empty();
        is_one_of_several.then_some(Asked {
            call,
            is_one_of_several,
            ..self
        })
    }

    /// By what the same call is known again, if a gateway writes it anew.
    pub(in crate::completion::load) fn conversation(&self) -> Conversation {
        self.conversation
    }

    /// Which call it is of.
    pub(in crate::completion::load) fn call(&self) -> &CallIds {
        &self.call
    }

    /// The same request with this before it.
    pub(in crate::completion::load) fn behind(self, before: Before) -> Asked {
        Asked { before, ..self }
    }

    /// Whether an answer stands directly before it that may be its own, so that nothing may stand between it and one behind.
    pub(in crate::completion::load) fn is_behind_answer(&self) -> bool {
        self.before.is_answer
    }

    /// What a request asks.
    pub(in crate::completion::load) fn of(request: Value<'_>) -> Asked {
        let fallbacks = request.get_some("models");
        let fallbacks = fallbacks.into_iter().flat_map(Value::children);
        let fallbacks = fallbacks.filter_map(Value::str).map(Cow::into_owned);
        let models = model(request).into_iter().chain(fallbacks);
        let mut hasher = DefaultHasher::new();
        for key in ["messages", "prompt", "input"] {
            request.get(key).map(Value::raw).hash(&mut hasher);
        }
        let told = ["user", "session_id", "trace"].map(|key| {
            let mut hasher = DefaultHasher::new();
            let told = request.get_some(key)?;
            told.raw().hash(&mut hasher);
            Some(hasher.finish())
        });
        Asked {
            models: models.collect(),
            conversation: Conversation {
                asked: hasher.finish(),
                told,
            },
            call: CallIds::default(),
            written: None,
            is_one_of_several: false,
            is_interrupted: false,
            before: Before::default(),
        }
    }

    /// Whether a record is the response to it: an answer, or the transcript of a stream.
    pub(in crate::completion::load) fn is_answered_by(&self, record: &[u8]) -> bool {
        let is_its = match std::str::from_utf8(record) {
            Ok(text) if sse::is_transcript(text) => self.is_answered_by_stream(text),
            _ => match held_stream(record) {
                Some((_, text)) => self.is_answered_by_stream(&text),
                None => {
                    answer(record).is_some_and(|answer| self.may_be_answered_by(answer.doc.root()))
                }
            },
        };
        is_its && self.may_be_of_call(record) && !self.is_asked_after(record)
    }

    /// Whether a text is the stream that answers it, or the first chunk of that.
    pub(in crate::completion::load) fn is_answered_by_stream(&self, text: &str) -> bool {
        streamed_model(text).is_some_and(|answered| self.may_get(&answered))
            && !self.is_asked_after(text.as_bytes())
    }

    /// Whether an answer began before one did that stands before the request.
    fn is_asked_after(&self, answer: &[u8]) -> bool {
        let began = self
            .before
            .latest
            .and_then(|latest| Some((latest, generation_id::began_in(answer)?)));
        began.is_some_and(|(latest, began)| began < latest)
    }

    /// Whether an answer may be its by the model. A refusal names none: it is that of the request which it follows.
    pub(super) fn may_be_answered_by(&self, answer: Value<'_>) -> bool {
        model(answer).is_some_and(|answered| self.may_get(&answered)) || shape::is_refusal(answer)
    }

    /// The same where nothing but its place tells whose a response is: a request that names no model may get any.
    pub(in crate::completion::load) fn may_get_or_any(&self, answered: &str) -> bool {
        self.models.is_empty() || self.may_get(answered)
    }

    /// Whether a model may be the one that answered: the one that it names, or one of its fallbacks; any where it leaves
    /// the choice to a router, a preset or an alias.
    fn may_get(&self, answered: &str) -> bool {
        let bare = answered.split_once('/').map_or(answered, |(_, name)| name);
        self.models.iter().any(|asked| {
            let has_author = asked.contains('/');
            slug::is_same(asked, if has_author { answered } else { bare })
                || !slug::is_concrete(asked, Some(answered))
        })
    }
}
