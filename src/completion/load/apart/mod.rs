//! What one file, or one record of several, tells of one generation at several places: pieces of its stream that stand
//! apart, its answer and OpenRouter's record of it, its stream broken off beside the whole answer. Each is one completion.

mod pieces;

use std::collections::{HashMap, HashSet};

pub(super) use pieces::StreamPiece;

use super::record::Reader;
use super::{FoundInside, Loaded, ProblemKind};
use crate::completion::{Completion, Place, generation_id};
use crate::json::{JsonText, Value};

/// How much was loaded when something began to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    completions: usize,
    pieces: usize,
}

impl Mark {
    pub fn of(loaded: &Loaded) -> Mark {
        Mark {
            completions: loaded.completions.len(),
            pieces: loaded.pieces.len(),
        }
    }
}

impl Reader<'_> {
    /// Makes one completion of what was found of one generation since the mark.
    pub(super) fn settle(&mut self, mark: Mark) {
        self.settle_with(mark, &mut Vec::new());
    }

    /// The same, where what was found is not told yet.
    pub(super) fn settle_with(&mut self, mark: Mark, found: &mut Vec<FoundInside>) {
        if self.loaded.completions.len() < mark.completions + 2
            && self.loaded.pieces.len() < mark.pieces + 2
        {
            return;
        }
        let mut gone = HashSet::new();
        self.join_pieces(mark, &mut gone);
        self.join_records(mark, &mut gone);
        self.leave_parts_out(mark, &mut gone);
        self.leave_out(&gone, found);
    }

    /// Puts the pieces of streams together that were found since the mark, and nothing else: what is left may still be paired.
    pub(super) fn join_streams(&mut self, mark: Mark) {
        let mut gone = HashSet::new();
        self.join_pieces(mark, &mut gone);
        self.leave_out(&gone, &mut Vec::new());
    }

    fn leave_out(&mut self, gone: &HashSet<usize>, found: &mut Vec<FoundInside>) {
        if gone.is_empty() {
            return;
        }
        for list in [found, &mut self.loaded.inside] {
            list.retain_mut(|inside| {
                let is_gone = gone.iter().filter(|at| {
                    self.loaded.completions[**at].origin.offset == inside.place.offset
                });
                inside.count = inside.count.saturating_sub(is_gone.count());
                inside.count > 0
            });
        }
        let mut index = 0..;
        let all = &mut self.loaded.completions;
        all.retain(|_| index.next().is_none_or(|index| !gone.contains(&index)));
    }

    /// Adds OpenRouter's records of generations to the answers that name the same.
    fn join_records(&mut self, mark: Mark, gone: &mut HashSet<usize>) {
        let all = &self.loaded.completions;
        let mut records: Vec<(usize, String)> = Vec::new();
        let mut answers: HashMap<String, usize> = HashMap::new();
        for (at, completion) in all.iter().enumerate().skip(mark.completions) {
            if gone.contains(&at) || completion.delivery().is_some() {
                continue;
            }
            match (completion.response(), completion.generation()) {
                (Some(response), _) => {
                    if let Some(id) = id_of(response) {
                        answers.entry(id).or_insert(at);
                    }
                }
                (None, Some(record)) if completion.request().is_none() => {
                    records.extend(id_of(record).map(|id| (at, id)));
                }
                _ => {}
            }
        }
        for (at, id) in records {
            let Some(answer) = answers.get(&id).copied() else {
                continue;
            };
            let all = &self.loaded.completions;
            let Some(joined) = all[answer].with_record_of(&all[at]) else {
                // Another of its records, of which the first one counts.
                if all[answer].generation().is_some() {
                    self.say_repeated(at, answer, &id);
                    gone.insert(at);
                }
                continue;
            };
            let says = format!(
                "the record at {} is of the generation that this answers with, so the two are taken for one completion",
                all[at].origin.position
            );
            let place = joined.origin.place();
            self.loaded.completions[answer] = joined;
            self.note(place, says);
            gone.insert(at);
        }
    }

    /// Leaves out what is but a part of an answer that stands beside it as a whole.
    fn leave_parts_out(&mut self, mark: Mark, gone: &mut HashSet<usize>) {
        let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, completion) in self
            .loaded
            .completions
            .iter()
            .enumerate()
            .skip(mark.completions)
        {
            let id = completion.response().and_then(id_of);
            if let Some(id) = id.filter(|_| !gone.contains(&at) && completion.delivery().is_none())
            {
                by_id.entry(id).or_default().push(at);
            }
        }
        let several = by_id.into_iter().filter(|(_, found)| found.len() > 1);
        let mut several: Vec<_> = several.collect();
        several.sort_by_key(|(_, found)| found[0]);
        for (id, found) in several {
            let all = &self.loaded.completions;
            if found.iter().all(|at| !is_part(&all[*at])) {
                continue;
            }
            // The longest of those that are whole, else of all.
            let weight = |at: &usize| (!is_part(&all[*at]), said(&all[*at]).len());
            let Some(kept) = found.iter().copied().rev().max_by_key(weight) else {
                continue;
            };
            for at in found.into_iter().filter(|at| *at != kept) {
                let all = &self.loaded.completions;
                if !is_part(&all[at]) {
                    continue;
                }
                if let Some(joined) = with_request_of(&all[kept], &all[at]) {
                    self.loaded.completions[kept] = joined;
                }
                let all = &self.loaded.completions;
                let (part, whole) = (said(&all[at]), said(&all[kept]));
                if whole.starts_with(&part) || !is_part(&all[kept]) {
                    self.say_repeated(at, kept, &id);
                } else {
                    let what = format!(
                        "another piece of the answer of {id}, as at {}: in which order the two belong is not known, so this \
                         one is left out",
                        all[kept].origin.position
                    );
                    let place = all[at].origin.place();
                    self.problem(ProblemKind::Unreadable, place, what);
                }
                gone.insert(at);
            }
        }
    }

    fn say_repeated(&mut self, at: usize, kept: usize, id: &str) {
        let all = &self.loaded.completions;
        let says = format!(
            "this tells of {id} as what stands at {} does: taken once",
            all[kept].origin.position
        );
        let place: Place = all[at].origin.place();
        self.note(place, says);
    }
}

/// The generation that an answer, or OpenRouter's record, names.
fn id_of(value: Value<'_>) -> Option<String> {
    let id = value.get("id").and_then(Value::str)?;
    generation_id::is_one(&id).then(|| id.into_owned())
}

/// Whether an answer is one that was still to go on: a stream that did not end, a message without a reason to stop.
fn is_part(completion: &Completion) -> bool {
    let is_open = |response: Value<'_>| {
        response.get("stop_reason").is_some_and(Value::is_null)
            && response.get("type").and_then(Value::str).as_deref() == Some("message")
    };
    match &completion.stream {
        Some(stream) => !stream.complete,
        None => completion.response().is_some_and(is_open),
    }
}

/// All that an answer says.
fn said(completion: &Completion) -> String {
    completion.response().map_or(String::new(), texts_of)
}

/// The texts of an answer.
fn texts_of(response: Value<'_>) -> String {
    const TEXTS: [&str; 7] = [
        "content",
        "text",
        "refusal",
        "arguments",
        "reasoning",
        "thinking",
        "partial_json",
    ];
    let texts = response
        .descendants()
        .filter(|value| TEXTS.contains(&value.raw_key().unwrap_or_default()));
    texts.filter_map(Value::non_empty_str).collect()
}

/// A completion with the request of another part of it, where it has none.
fn with_request_of(kept: &Completion, part: &Completion) -> Option<Completion> {
    let request = part.request().filter(|_| kept.request().is_none())?;
    let place = part.place_of(request)?;
    let json = JsonText::parse(request.raw()).ok()?;
    kept.with_parts(&[("request", &json)], &place).ok()
}
