//! Generations that one record tells of more than once: many a logger keeps a message and the line that it made of
//! it, or an answer as it came and as it was parsed.

use std::collections::{HashMap, HashSet};

use super::FoundInside;
use crate::completion::load::record::Reader;
use crate::completion::{Completion, Place};
use crate::json::Value;

/// The generation of an answer that was recorded, where it names one of OpenRouter's. What OpenRouter delivered of it is
/// something else.
fn generation(completion: &Completion) -> Option<String> {
    let id = completion.response()?.get("id").and_then(Value::str)?;
    let is_answer = completion.delivery().is_none() && id.starts_with("gen-");
    is_answer.then(|| id.into_owned())
}

/// How much is told by it: whether with its request, and how long the answer is.
fn weight(completion: &Completion) -> (bool, usize) {
    let answer = completion.response();
    (
        completion.request().is_some(),
        answer.map_or(0, |answer| answer.raw().len()),
    )
}

/// Takes each generation once of the completions behind `from`, where it is told best, and says where else it stands.
pub(super) fn leave_out(from: usize, found: &mut Vec<FoundInside>, reader: &mut Reader<'_>) {
    let new = &reader.loaded.completions[from..];
    let mut best: HashMap<String, usize> = HashMap::new();
    let mut out: Vec<(usize, String)> = Vec::new();
    for (at, completion) in new.iter().enumerate() {
        let Some(id) = generation(completion) else {
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
                "this tells of {id} as what stands at {} does, which has more of it: taken once",
                new[kept].origin.position
            );
            (new[*at].origin.place(), says)
        })
        .collect();
    for (place, says) in notes {
        // Of what was found at one place alone nothing is left to tell.
        found.retain_mut(|inside| {
            let is_it = inside.place.offset == place.offset;
            inside.count -= usize::from(is_it);
            inside.count > 0
        });
        reader.note(place, says);
    }
    let gone: HashSet<usize> = out.into_iter().map(|(at, _)| from + at).collect();
    let mut index = 0..;
    let all = &mut reader.loaded.completions;
    all.retain(|_| index.next().is_none_or(|index| !gone.contains(&index)));
}
