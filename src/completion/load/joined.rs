//! What tells of one completion in several places of a text: a generation's own record (`GET /api/v1/generation`) and the answer
//! that it is of, and the pieces of a stream that stand apart.

use std::collections::{HashMap, HashSet};

use super::consecutive::{copy_part, is_alone};
use super::record::Reader;
use super::streams::assemble::assemble;
use crate::completion::source_map::DocumentBuilder;
use crate::completion::{Api, Completion, Place, generation_id};
use crate::json::{Value, quote};

/// Puts each record among the completions behind the first `from` to the only answer of its generation there; where those
/// records stood.
pub(super) fn join_records(from: usize, reader: &mut Reader<'_>) -> Vec<Place> {
    let new = &reader.loaded.completions[from..];
    let mut records: HashMap<String, usize> = HashMap::new();
    for (index, completion) in new.iter().enumerate() {
        if is_alone(completion, "generation")
            && let Some(id) = id_of(completion, "generation")
        {
            records.insert(id, index);
        }
    }
    if records.is_empty() {
        return Vec::new();
    }
    let mut answers: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, completion) in new.iter().enumerate() {
        let root = completion.document().root();
        let has_more = ["generation", "delivery"].map(|part| root.get_some(part).is_some());
        let id = id_of(completion, "response").filter(|_| has_more == [false, false]);
        if let Some(record) = id.and_then(|id| records.get(&id)) {
            answers.entry(*record).or_default().push(index);
        }
    }
    answers.retain(|_, found| found.len() == 1);
    let record_of: HashMap<usize, usize> = answers
        .into_iter()
        .filter_map(|(record, found)| Some((*found.first()?, record)))
        .collect();
    let taken: HashSet<usize> = record_of.values().copied().collect();
    let found = reader.loaded.completions.split_off(from);
    let mut places = Vec::new();
    for (index, completion) in found.iter().enumerate() {
        if taken.contains(&index) {
            places.push(completion.origin.place());
            continue;
        }
        match record_of.get(&index).and_then(|record| found.get(*record)) {
            Some(record) => join(completion, record, reader),
            None => reader.loaded.completions.push(completion.clone()),
        }
    }
    places
}

/// Puts the pieces together that a stream of chat is in, among the completions behind the first `from`: they name one generation,
/// and at most one of them ends. Where those behind the first stood.
pub(super) fn join_streams(from: usize, reader: &mut Reader<'_>) -> Vec<Place> {
    let new = &reader.loaded.completions[from..];
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, completion) in new.iter().enumerate() {
        if completion.stream.is_some()
            && completion.api == Api::Chat
            && is_alone(completion, "response")
            && !calls_tools(completion)
            && let Some(id) = id_of(completion, "response")
        {
            groups.entry(id).or_default().push(index);
        }
    }
    let is_ended = |index: &&usize| {
        new[**index]
            .stream
            .as_ref()
            .is_some_and(|stream| stream.complete)
    };
    groups.retain(|_, group| group.len() > 1 && group.iter().filter(is_ended).count() < 2);
    if groups.is_empty() {
        return Vec::new();
    }
    let group_of: HashMap<usize, Vec<usize>> = groups
        .into_values()
        .filter_map(|group| Some((*group.first()?, group)))
        .collect();
    let further: HashSet<usize> = group_of
        .values()
        .flat_map(|group| group.iter().skip(1).copied())
        .collect();
    let found = reader.loaded.completions.split_off(from);
    let mut places = Vec::new();
    for (index, completion) in found.iter().enumerate() {
        let Some(group) = group_of.get(&index) else {
            match further.contains(&index) {
                true => places.push(completion.origin.place()),
                false => reader.loaded.completions.push(completion.clone()),
            }
            continue;
        };
        let pieces: Vec<&Completion> = group.iter().filter_map(|at| found.get(*at)).collect();
        join_pieces(&pieces, reader);
    }
    places
}

/// Whether an answer calls tools: which piece of a call is of which can't be told any more.
fn calls_tools(completion: &Completion) -> bool {
    let has_calls = |value: Value<'_>| value.raw_key() == Some("tool_calls") && !value.is_empty();
    completion
        .response()
        .is_some_and(|response| response.descendants().any(has_calls))
}

fn join_pieces(pieces: &[&Completion], reader: &mut Reader<'_>) {
    let chunks: Vec<String> = pieces.iter().filter_map(|piece| chunk_of(piece)).collect();
    let text: String = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect();
    let whole = assemble(&text, reader.limits).ok();
    let whole = whole.and_then(|mut streams| streams.pop().filter(|_| streams.is_empty()));
    let (Some(first), Some(whole)) = (pieces.first(), whole) else {
        let apart = pieces.iter().map(|piece| (*piece).clone());
        reader.loaded.completions.extend(apart);
        return;
    };
    let origin = first.origin.clone();
    let mut builder = DocumentBuilder::default();
    builder.literal("{\"response\":");
    builder.derived(&whole.json, origin.place());
    builder.literal("}");
    let mut stream = whole.stream;
    let of_all = || pieces.iter().filter_map(|piece| piece.stream.as_ref());
    stream.chunks = of_all().map(|stream| stream.chunks).sum();
    stream.comments = of_all().map(|stream| stream.comments).sum();
    stream.complete &= of_all().any(|stream| stream.complete);
    stream.shortened = of_all().any(|stream| stream.shortened);
    let what = format!(
        "{} pieces of one stream stand apart here, and are taken together in their order",
        pieces.len()
    );
    let mut entry = reader.entry(&origin);
    entry.note(origin.place(), what);
    entry.format = first.format;
    entry.push(Some(first.name.clone()), builder, Some(stream));
}

/// The chunk that brings all that a piece has.
fn chunk_of(piece: &Completion) -> Option<String> {
    let members = |value: Value<'_>, write: &dyn Fn(&str, Value<'_>) -> String| {
        let all: Vec<String> = value
            .children()
            .map(|member| {
                let key = member.key().unwrap_or_default();
                write(&key, member)
            })
            .collect();
        format!("{{{}}}", all.join(","))
    };
    let plain = |key: &str, member: Value<'_>| format!("{}:{}", quote(key), member.raw());
    let of_choice = |key: &str, member: Value<'_>| match key {
        "message" => plain("delta", member),
        key => plain(key, member),
    };
    let of_chunk = |key: &str, member: Value<'_>| match key {
        "object" => "\"object\":\"chat.completion.chunk\"".to_owned(),
        "choices" => {
            let choices: Vec<String> = member
                .children()
                .map(|choice| members(choice, &of_choice))
                .collect();
            format!("\"choices\":[{}]", choices.join(","))
        }
        key => plain(key, member),
    };
    Some(members(piece.response()?, &of_chunk))
}

/// The generation that a part of a completion names.
fn id_of(completion: &Completion, part: &str) -> Option<String> {
    let part = completion.document().root().get_some(part)?;
    let id = part.get("data").unwrap_or(part).get("id")?.str()?;
    generation_id::is_one(&id).then(|| id.into_owned())
}

fn join(answer: &Completion, record: &Completion, reader: &mut Reader<'_>) {
    let mut builder = DocumentBuilder::default();
    let mut opening = "{";
    for part in answer.document().root().children() {
        let key = part.key().unwrap_or_default();
        builder.literal(&format!("{opening}{}:", quote(&key)));
        copy_part(answer, Some(part), &mut builder);
        opening = ",";
    }
    builder.literal(",\"generation\":");
    let root: Value<'_> = record.document().root();
    copy_part(record, root.get_some("generation"), &mut builder);
    builder.literal("}");
    let origin = answer.origin.clone();
    let what = format!(
        "the record at {} is of the generation that this answers with, so the two are taken for one completion",
        record.origin.position
    );
    let mut entry = reader.entry(&origin);
    entry.note(origin.place(), what);
    entry.format = answer.format;
    // Names of an SDK's were read before.
    entry.is_as_sent = true;
    entry.push(Some(answer.name.clone()), builder, answer.stream.clone());
}
