//! Generations that one record tells of more than once: many a logger keeps a message and the line that it made of
//! it, or an answer as it came and as it was parsed.

use std::collections::{HashMap, HashSet};

use super::FoundInside;
use crate::completion::load::record::Reader;
use crate::completion::{Completion, Place, generation_id};
use crate::json::Value;

/// What a generation said: where it names one of OpenRouter's, and what was recorded is its answer. What OpenRouter
/// delivered of it is something else.
fn said(completion: &Completion) -> Option<(String, String)> {
    const TEXTS: [&str; 4] = ["content", "text", "refusal", "arguments"];
    let response = completion.response()?;
    let id = response.get("id").and_then(Value::str)?;
    if completion.delivery().is_some() || !generation_id::is_one(&id) {
        return None;
    }
    let texts = response.descendants().filter(|value| {
        let key = value.raw_key().unwrap_or_default();
        TEXTS.contains(&key)
    });
    let texts: Vec<_> = texts.filter_map(Value::non_empty_str).collect();
    Some((id.into_owned(), texts.join("\n")))
}

/// How much is told by it: whether with its request, and how long the answer is.
fn weight(completion: &Completion) -> (bool, usize) {
    let answer = completion.response();
    (
        completion.request().is_some(),
        answer.map_or(0, |answer| answer.raw().len()),
    )
}

/// Takes one that was found at a place off the counts. Of what was found at one place alone nothing is left to tell.
pub(super) fn forget(place: &Place, found: &mut Vec<FoundInside>) {
    found.retain_mut(|inside| {
        let is_it = inside.place.offset == place.offset;
        inside.count -= usize::from(is_it);
        inside.count > 0
    });
}

/// Takes each generation that said the same once of the completions behind `from`, where it is told best, and says where
/// else it stands.
pub(super) fn leave_out(from: usize, found: &mut Vec<FoundInside>, reader: &mut Reader<'_>) {
    let new = &reader.loaded.completions[from..];
    if new.len() < 2 {
        return;
    }
    let mut best = HashMap::new();
    let mut out = Vec::new();
    for (at, completion) in new.iter().enumerate() {
        let Some(id) = said(completion) else {
            continue;
        };
        match best.get_mut(&id) {
            None => drop(best.insert(id, at)),
            Some(kept) if weight(completion) > weight(&new[*kept]) => {
                out.push((std::mem::replace(kept, at), id));
            }
            Some(_) => out.push((at, id)),
        }
    }
    if out.is_empty() {
        return;
    }
    let notes: Vec<(Place, String)> = out
        .iter()
        .map(|(at, id)| {
            let kept = best.get(id).map_or(0, |kept| *kept);
            let says = format!(
                "this tells of {} as what stands at {} does: taken once",
                id.0, new[kept].origin.position
            );
            (new[*at].origin.place(), says)
        })
        .collect();
    for (place, says) in notes {
        forget(&place, found);
        reader.note(place, says);
    }
    let gone: HashSet<usize> = out.into_iter().map(|(at, _)| from + at).collect();
    let mut index = 0..;
    let all = &mut reader.loaded.completions;
    all.retain(|_| index.next().is_none_or(|index| !gone.contains(&index)));
}
