//! Pieces of streams that stand apart: each in quotes, in a list, in a block of its own.

use std::collections::{HashMap, HashSet};

use super::{Mark, texts_of};
use crate::completion::Place;
use crate::completion::load::Loaded;
use crate::completion::load::framing;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::assemble::{Assembled, assemble};
use crate::completion::load::streams::{chunks, sse};
use crate::json::{JsonText, Value};

/// A text with one stream, or with a part of one.
#[derive(Debug, Clone)]
pub struct StreamPiece {
    text: String,
    id: Option<String>,
    /// What was put together of it alone.
    json: String,
    chunks: usize,
    at: Place,
    /// What was said of it alone: byte offset and words.
    said: Vec<(usize, String)>,
}

impl StreamPiece {
    /// Takes note of what a text was put together to, where it may be but a part of that.
    pub fn note(
        text: &str,
        streams: &[Assembled],
        place: &dyn Fn(usize) -> Place,
        loaded: &mut Loaded,
    ) {
        /// Pieces before it that it may go on with.
        const LOOKED_AT: usize = 64;
        let [stream] = streams else {
            return;
        };
        let id = id_of(&stream.json);
        let goes_on = || {
            let before = loaded.pieces.iter().rev().take(LOOKED_AT);
            id.is_some() && before.into_iter().any(|piece| piece.id == id)
        };
        let is_part = !stream.stream.complete || stream.is_fragment || stream.lacks_beginning();
        if !is_part && !goes_on() {
            return;
        }
        let at = place(stream.start);
        let remark = stream.remark.map(|what| (at.offset, what.to_owned()));
        let end = stream.breaks_off();
        let end = end.map(|what| (place(stream.end).offset, what));
        let fragment = stream
            .is_fragment
            .then(|| (at.offset, Assembled::FRAGMENT.to_owned()));
        loaded.pieces.push(StreamPiece {
            text: text.to_owned(),
            id,
            json: stream.json.clone(),
            chunks: stream.stream.chunks,
            at,
            said: remark.into_iter().chain(end).chain(fragment).collect(),
        });
    }

    /// The same as a transcript.
    fn write(&self, out: &mut String) {
        if sse::is_transcript(&self.text) {
            out.push_str(self.text.trim());
            out.push_str("\n\n");
            return;
        }
        for event in chunks::read(&self.text) {
            out.push_str("data: ");
            out.push_str(&event.data.replace(['\n', '\r'], " "));
            out.push_str("\n\n");
        }
    }
}

fn id_of(json: &str) -> Option<String> {
    let doc = framing::document(json.as_bytes())?;
    let id = doc.root().get("id").and_then(Value::non_empty_str)?;
    Some(id.into_owned())
}

impl Reader<'_> {
    /// Puts the pieces together that were found since the mark and are of one stream.
    pub(super) fn join_pieces(&mut self, mark: Mark, gone: &mut HashSet<usize>) {
        let found = &self.loaded.pieces[mark.pieces.min(self.loaded.pieces.len())..];
        if found.len() < 2 {
            return;
        }
        let pieces: Vec<StreamPiece> = once_each(found);
        if pieces.len() < 2 || repeats(&pieces) {
            return;
        }
        let named = || pieces.iter().filter(|piece| piece.id.is_some()).collect();
        let all: Vec<&StreamPiece> = pieces.iter().collect();
        let (taken, streams) = match self.put_together(&all) {
            Some(streams) => (all, streams),
            None => {
                let named: Vec<&StreamPiece> = named();
                match self.put_together(&named) {
                    Some(streams) => (named, streams),
                    None => return,
                }
            }
        };
        // By what stood there alone, in the order of the completions.
        let mut at_of: HashMap<&str, Vec<usize>> = HashMap::new();
        let completions = self.loaded.completions.iter().enumerate();
        for (at, completion) in completions.skip(mark.completions) {
            if let (Some(_), Some(response)) = (&completion.stream, completion.response()) {
                at_of.entry(response.raw()).or_default().push(at);
            }
        }
        let mut said: HashSet<&(usize, String)> = HashSet::new();
        let mut joined: Vec<(usize, &Assembled, usize, Place)> = Vec::new();
        let mut last: Option<&str> = None;
        let mut of: HashMap<&str, Vec<&StreamPiece>> = HashMap::new();
        for piece in &taken {
            let id = piece.id.as_deref().or(last);
            last = id;
            if let Some(id) = id {
                of.entry(id).or_default().push(piece);
            }
        }
        let is_repeated = found.len() > pieces.len();
        for (id, stream) in &streams {
            let own = of.get(id.as_str()).map_or(&[][..], Vec::as_slice);
            if own.len() < 2 && !is_repeated {
                continue;
            }
            let mut places: Vec<usize> = own
                .iter()
                .filter_map(|piece| at_of.get(piece.json.as_str()))
                .flatten()
                .copied()
                .collect();
            places.sort_unstable();
            places.dedup();
            let Some(first) = places.first().copied() else {
                continue;
            };
            said.extend(own.iter().flat_map(|piece| &piece.said));
            joined.push((first, stream, own.len(), own[0].at.clone()));
            // The request stands beside one of them.
            let asked = places
                .iter()
                .copied()
                .find(|at| self.loaded.completions[*at].request().is_some());
            let kept = asked.unwrap_or(first);
            if let Some(entry) = joined.last_mut() {
                entry.0 = kept;
            }
            gone.extend(places.into_iter().filter(|at| *at != kept));
        }
        let mut made = Vec::new();
        for (at, stream, count, place) in joined {
            let Ok(json) = JsonText::parse(&stream.json) else {
                continue;
            };
            let whole = self.loaded.completions[at].with_parts(&[("response", &json)], &place);
            if let Ok(mut whole) = whole {
                whole.stream = Some(stream.stream.clone());
                made.push((at, whole, count, place, stream.breaks_off()));
            }
        }
        let is_other = |offset: usize, what: &str| {
            said.is_empty() || !said.contains(&(offset, what.to_owned()))
        };
        let loaded = &mut *self.loaded;
        loaded.notes.retain(|it| is_other(it.offset, &it.what));
        loaded.problems.retain(|it| is_other(it.offset, &it.what));
        for (at, whole, count, place, breaks_off) in made {
            self.loaded.completions[at] = whole;
            let what = format!(
                "{count} pieces of one stream, which stand apart: put together in their order"
            );
            self.note(place.clone(), what);
            if let Some(what) = breaks_off {
                self.note(place, what);
            }
        }
        self.loaded.pieces.truncate(mark.pieces);
    }

    /// The streams that pieces are in their order, by the generations they name; none where that is not certain.
    fn put_together(&self, pieces: &[&StreamPiece]) -> Option<Vec<(String, Assembled)>> {
        if pieces.len() < 2 {
            return None;
        }
        let mut text = String::new();
        pieces.iter().for_each(|piece| piece.write(&mut text));
        let streams = assemble(&text, self.limits).ok()?;
        let mut named = Vec::new();
        let mut ids = HashSet::new();
        for stream in streams {
            let is_certain = !stream.is_mixed
                && !stream.is_fragment
                && !stream.lacks_beginning()
                && stream.broken.is_empty();
            let id = id_of(&stream.json).filter(|_| is_certain)?;
            if !ids.insert(id.clone()) {
                return None;
            }
            named.push((id, stream));
        }
        Some(named)
    }
}

/// Pieces without those that were recorded again, where all were: as they came and as they were parsed.
fn once_each(pieces: &[StreamPiece]) -> Vec<StreamPiece> {
    let mut counts: HashMap<(&Option<String>, &str), usize> = HashMap::new();
    for piece in pieces {
        *counts.entry((&piece.id, &piece.json)).or_default() += 1;
    }
    if counts.values().any(|count| *count < 2) {
        return pieces.to_vec();
    }
    let mut seen = HashSet::new();
    let mut once = pieces.to_vec();
    once.retain(|piece| seen.insert((piece.id.clone(), piece.json.clone())));
    once
}

/// Whether a piece says again all that those of its generation before it said: it is no further one.
fn repeats(pieces: &[StreamPiece]) -> bool {
    /// Bytes of an answer that no single chunk repeats by chance.
    const NO_CHANCE: usize = 24;
    let mut so_far: HashMap<&str, String> = HashMap::new();
    for piece in pieces {
        let Some(id) = piece.id.as_deref() else {
            continue;
        };
        let text = framing::document(piece.json.as_bytes())
            .map_or(String::new(), |doc| texts_of(doc.root()));
        let before = so_far.entry(id).or_default();
        let is_again = !before.is_empty()
            && text.starts_with(before.as_str())
            && (piece.chunks > 1 || before.len() >= NO_CHANCE);
        if is_again {
            return true;
        }
        before.push_str(&text);
    }
    false
}
