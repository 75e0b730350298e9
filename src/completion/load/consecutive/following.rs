//! The same where a log was read entry by entry: what they were read as becomes one, where a request by itself and the
//! response behind it were found.

use super::half::words_of;
use super::words::tell_failure;
use super::{Asked, MOST_WORDS, NAME, Tie, are_words_between, note};
use crate::completion::load::record::Reader;
use crate::completion::source_map::DocumentBuilder;
use crate::completion::{Completion, generation_id};
use crate::json::Value;

/// What a log's entries were read as, one after the other, so that a request and the response behind it become one.
#[derive(Default)]
pub(in crate::completion::load) struct Following {
    /// The last completion, where it is a request by itself, and the lines of words behind it.
    asked: Option<usize>,
    words: usize,
    /// What the request asks, as the log tells of it.
    asks: Option<Asked>,
    /// Whether the request before was one by itself too.
    is_second: bool,
}

impl Following {
    /// Takes note of an entry that was read: the completions behind the first `before` are its, `text` is what it says if it
    /// stands on one line.
    pub fn take(&mut self, before: usize, text: Option<&str>, reader: &mut Reader<'_>) {
        let all = &reader.loaded.completions;
        let only = all.get(before).filter(|_| all.len() == before + 1);
        let Some(only) = only else {
            self.words += 1;
            let are_words = text.is_some_and(|text| are_words_between(text.trim().as_bytes()));
            if all.len() > before || !are_words || self.words > MOST_WORDS {
                *self = Following::default();
            }
            return;
        };
        if is_alone(only, "request") {
            let is_second = self.asked.is_some() || self.is_second;
            *self = Following {
                asked: (!is_second && !text.is_some_and(tells_failure)).then_some(before),
                words: 0,
                asks: only
                    .request()
                    .map(|asked| Asked::of(asked).said(text.unwrap_or_default())),
                is_second,
            };
            return;
        }
        let Following { asked, asks, .. } = std::mem::take(self);
        if let Some((asked, asks)) = asked.zip(asks)
            && text.is_none_or(|text| asks.may_be_of_call(text.as_bytes()))
            && is_alone(only, "response")
            && only
                .response()
                .is_some_and(|answer| asks.may_be_answered_by(answer))
            && !all[..asked]
                .last()
                .is_some_and(|before| began_later(before, only))
        {
            join(asked, reader);
        }
    }
}

/// Whether the words before a request say that it failed.
fn tells_failure(text: &str) -> bool {
    let words = words_of(text.as_bytes()).unwrap_or_default();
    text.get(..words).is_some_and(tell_failure)
}

/// Whether an answer by itself began later than another answer.
fn began_later(before: &Completion, answer: &Completion) -> bool {
    let began = |answer: &Completion| generation_id::began_in(answer.response()?.raw().as_bytes());
    is_alone(before, "response") && began(before) > began(answer) && began(answer).is_some()
}

/// Makes one of the last two completions, a request by itself and a response by itself.
fn join(asked: usize, reader: &mut Reader<'_>) {
    let mut both = reader.loaded.completions.drain(asked..);
    let (Some(request), Some(response)) = (both.next(), both.next()) else {
        return;
    };
    drop(both);
    let origin = request.origin.clone();
    let tie = response.response().map_or(Tie::Model, Tie::of);
    note(origin.place(), &response.origin.place(), tie, reader);
    let mut builder = DocumentBuilder::default();
    builder.literal("{\"request\":");
    copy_part(&request, request.request(), &mut builder);
    builder.literal(",\"response\":");
    copy_part(&response, response.response(), &mut builder);
    builder.literal("}");
    let mut entry = reader.entry(&origin);
    entry.format.name = NAME;
    entry.push(None, builder, response.stream);
}

/// Whether a completion has one part and nothing else.
pub(in crate::completion::load) fn is_alone(completion: &Completion, part: &str) -> bool {
    let root = completion.document().root();
    root.len() == 1 && root.get_some(part).is_some()
}

/// Appends a part of a completion.
pub(in crate::completion::load) fn copy_part(
    completion: &Completion,
    part: Option<Value<'_>>,
    builder: &mut DocumentBuilder,
) {
    if let Some(part) = part {
        let text = completion.document().text();
        builder.copy(text, part.span(), completion.source_map());
    }
}
