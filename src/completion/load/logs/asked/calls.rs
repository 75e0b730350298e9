//! The lines of the answers to one request, and which call each of them is of.

use std::collections::HashMap;

use super::AskedChunk;
use crate::completion::Place;
use crate::completion::load::framing::document;
use crate::completion::load::shape;
use crate::completion::load::signs::Signs;
use crate::completion::load::streams::sse;
use crate::completion::source_map::Places;
use crate::json::{Kind, Value};

/// A line of a transcript.
pub(super) struct AskedLine {
    pub(super) data: String,
    pub(super) at: Place,
    /// What the record says beside the request and the chunk, which may tell one call from another.
    beside: Vec<(String, String)>,
    /// The type of an event of the Messages API.
    event: String,
}

impl AskedLine {
    pub(super) fn of(asked: &AskedChunk<'_>, root: Value<'_>, record: &Places<'_>) -> AskedLine {
        AskedLine {
            // A line of a transcript is one, and where JSON has a newline it may have a blank.
            data: asked.chunk.replace(['\n', '\r'], " "),
            at: record.at(asked.member.span().start),
            beside: beside(asked, root),
            event: event_of(&asked.chunk).unwrap_or_default(),
        }
    }

    fn begins(&self) -> bool {
        self.event == BEGIN
    }

    fn ends(&self) -> bool {
        self.event == END
    }
}

/// Whether these are events of several answers of the Messages API by turns. One that was cut off and asked for again has its
/// events one after another.
fn are_by_turns(lines: &[AskedLine]) -> bool {
    let (mut is_open, mut is_second, mut has_block) = (false, false, false);
    lines.iter().any(|line| match line.event.as_str() {
        BEGIN => {
            is_second = is_open;
            (is_open, has_block) = (true, false);
            false
        }
        END => !std::mem::take(&mut is_open) && is_second,
        "content_block_start" => std::mem::replace(&mut has_block, true) && is_second,
        "content_block_stop" => !std::mem::take(&mut has_block) && is_second,
        "content_block_delta" => !has_block && is_second,
        _ => false,
    })
}

/// What stands in a record beside a request and a chunk: short texts and numbers, as the ids of calls are.
fn beside(asked: &AskedChunk<'_>, root: Value<'_>) -> Vec<(String, String)> {
    const MOST: usize = 16;
    const LONGEST: usize = 128;
    let holder = asked.member.parent().filter(|it| it.id() != root.id());
    let members = root
        .children()
        .chain(holder.into_iter().flat_map(Value::children));
    let is_id = |member: &Value<'_>| {
        matches!(member.kind(), Kind::String | Kind::Number)
            && member.raw().len() <= LONGEST
            && !(asked.is_flat && shape::is_of_request(member.raw_key().unwrap_or_default()))
            && member.id() != asked.member.id()
    };
    let members = members.filter(is_id).take(MOST);
    let named = |member: Value<'_>| {
        let key = member.raw_key().unwrap_or_default();
        (key.to_owned(), member.raw().to_owned())
    };
    members.map(named).collect()
}

/// The lines of each answer, where one request had several at once and none of their chunks says whose it is: what the
/// records call the call tells them apart. `None` where nothing does.
pub(super) fn by_call(lines: Vec<AskedLine>) -> Option<Vec<Vec<AskedLine>>> {
    if !are_by_turns(&lines) {
        return Some(vec![lines]);
    }
    let first = lines.first()?;
    let keys: Vec<String> = first.beside.iter().map(|(key, _)| key.clone()).collect();
    let indexes = keys.iter().find_map(|key| calls_by(key, &lines))?;
    let count = indexes.iter().max().map_or(0, |last| last + 1);
    let mut calls: Vec<Vec<AskedLine>> = (0..count).map(|_| Vec::new()).collect();
    for (line, index) in lines.into_iter().zip(indexes) {
        calls[index].push(line);
    }
    Some(calls)
}

/// For each line the call that it is of by what this member says, if each of them begins once, at its first line, and has
/// nothing behind its end.
fn calls_by(key: &str, lines: &[AskedLine]) -> Option<Vec<usize>> {
    let mut calls: HashMap<&str, (usize, bool)> = HashMap::new();
    let mut indexes = Vec::with_capacity(lines.len());
    for line in lines {
        let (_, value) = line.beside.iter().find(|(name, _)| name == key)?;
        let next = calls.len();
        let is_known = calls.contains_key(value.as_str());
        let (index, is_over) = calls.entry(value).or_insert((next, false));
        if line.begins() == is_known || *is_over && line.data != sse::DONE {
            return None;
        }
        *is_over |= line.ends();
        indexes.push(*index);
    }
    Some(indexes)
}

/// The first event of an answer of the Messages API, and its last.
pub(super) const BEGIN: &str = "message_start";
const END: &str = "message_stop";

/// The type of an event of the Messages API, of which only the first names the answer.
pub(super) fn event_of(chunk: &str) -> Option<String> {
    static SIGNS: Signs<2> = Signs::of(["\"message_st", "\"content_block_"]);
    if !SIGNS.any_in(chunk.as_bytes()) {
        return None;
    }
    let doc = document(chunk.as_bytes())?;
    Some(doc.root().get("type")?.str()?.into_owned())
}
