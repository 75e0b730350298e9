//! A text of chunks to the responses it would have been without streaming.
//!
//! Usually that is one. A file may hold several streams, one after another or, in a log of chunks, mixed:
//! a chunk with another generation id belongs to another stream, and so does what follows `[DONE]`, begins
//! with `response.created` or `message_start`, or brings text to a choice that had ended.

use std::collections::HashMap;
use std::sync::Arc;

use super::accumulator::Accumulator;
use super::backwards::run_backwards;
use super::chat::Chat;
use super::messages::Messages;
use super::piece::{self, Piece};
use super::responses::Responses;
use super::sse::SseEvent;
use super::turns::Turns;
use super::{chat, chunks, sse};
use crate::completion::load::{ProblemKind, camel, framing};
use crate::completion::{Api, Stream};
use crate::json::{Document, Limits, Value};

/// A response put together from its stream.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// The response as JSON text.
    pub json: String,
    /// What is known of the stream.
    pub stream: Stream,
    /// Byte offset in the text at which its first chunk stands; 0 for the first stream.
    pub start: usize,
    /// Byte offset in the text behind its last chunk.
    pub end: usize,
    /// Chunks that could not be read: byte offset in the text, and why.
    pub broken: Vec<(usize, String)>,
    /// What deserves a word, although all was read.
    pub remark: Option<&'static str>,
    /// Whether pieces of other answers stand among its own, and nothing tells which is of which.
    pub is_mixed: bool,
    /// Whether its API's streams begin with something else.
    lacks_beginning: bool,
    /// Whether it is from the middle of a stream, and nothing in it names a generation or a model.
    pub is_fragment: bool,
}

impl Assembled {
    /// What to say of one that is mixed with others.
    pub const MIXED: &str = "several answers stand here by turns, and nothing tells which piece is of which, so this one \
                             is not read";
    /// What to say of a fragment.
    pub const FRAGMENT: &str = "a piece of a stream whose beginning is not here, which names neither a generation nor a model: what it is of is not known";

    /// What to say of one whose lines are read from the last to the first.
    pub const BACKWARDS: &str = "the lines of this stream run backwards, as logs are exported with the newest first: \
                                 read from the last to the first";

    /// Whether what stands here is not its beginning.
    pub fn lacks_beginning(&self) -> bool {
        self.lacks_beginning
    }

    /// What to say where a stream ends before its end was said, if every chunk could be read.
    pub fn breaks_off(&self) -> Option<String> {
        (!self.stream.complete && self.broken.is_empty()).then(|| {
            "the stream ends here, before its end was said (`[DONE]` or its API's last event)"
                .to_owned()
        })
    }
}

/// Why a text holds no stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamFailure {
    /// Whether a chunk is broken, or none is of a kind that is known.
    pub kind: ProblemKind,
    /// Byte offset in the text.
    pub offset: usize,
    /// What was found and what was expected.
    pub what: String,
}

/// Whether a text is a stream: a transcript of server-sent events, or chunks one after another.
pub fn is_stream(text: &str) -> bool {
    sse::is_transcript(text) || chunks::begins_with_one(text)
}

/// Puts the streams of a text together, in the order in which they begin; at least one.
///
/// # Errors
/// Where not a single chunk could be read, or none is of an API that is known.
pub fn assemble(text: &str, limits: Limits) -> Result<Vec<Assembled>, StreamFailure> {
    let mut streams = Streams::default();
    let (mut events, comments) = match sse::is_transcript(text) {
        true => {
            let transcript = sse::read(text);
            (transcript.events, transcript.comments)
        }
        false => (chunks::read(text).collect(), 0),
    };
    let is_backwards = run_backwards(&events);
    if is_backwards {
        events.reverse();
    }
    for event in events {
        streams.event(event, limits);
    }
    streams.comments += comments;
    let mut assembled = streams.finish()?;
    if is_backwards {
        for stream in &mut assembled {
            stream.remark.get_or_insert(Assembled::BACKWARDS);
        }
    }
    Ok(assembled)
}

/// The streams of a text, growing.
#[derive(Default)]
struct Streams {
    all: Vec<Open>,
    /// The one that the last chunk belonged to.
    current: Option<usize>,
    by_id: HashMap<String, usize>,
    /// All before this one are done.
    first_open: usize,
    /// Comments that belong to the stream of the next chunk.
    comments: usize,
    /// Broken chunks before the first that could be read.
    broken: Vec<(usize, String)>,
    /// The first chunk that is of no known API.
    unknown: Option<(usize, String)>,
    /// Of the APIs whose events name their generation once.
    messages: Turns,
    responses: Turns,
}

/// A stream that grows.
struct Open {
    api: Api,
    accumulator: Box<dyn Accumulator>,
    id: Option<String>,
    start: usize,
    end: usize,
    chunks: usize,
    comments: usize,
    /// Whether `[DONE]` was read.
    is_done: bool,
    naming: Naming,
    is_mixed: bool,
    is_shortened: bool,
    /// Whether its first event is one that its API's streams begin with, or its API has none.
    begins: bool,
    /// Whether its first event is none that its API's streams begin with.
    lacks_beginning: bool,
    broken: Vec<(usize, String)>,
}

/// Whether the chunks that bring text name their generation. Many streams name it once, or nowhere; a mixture may
/// be two streams, which nothing tells apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// All do, or none.
    Even,
    /// Some before did, the last one did not.
    Lapsed,
    /// Some did behind one that did not.
    Mixed,
}

impl Naming {
    fn after(self, has_known_id: bool, piece: &Piece<'_>) -> Naming {
        let choices = || {
            piece
                .chunk
                .get("choices")
                .into_iter()
                .flat_map(Value::children)
        };
        let has_text = |choice: Value<'_>| {
            let text = choice.get("delta").and_then(|delta| delta.get("content"));
            text.or(choice.get("text"))
                .and_then(Value::non_empty_str)
                .is_some()
        };
        match (self, piece.id.is_some()) {
            (Naming::Even, false) if has_known_id && choices().any(has_text) => Naming::Lapsed,
            (Naming::Lapsed, true) if choices().any(has_text) => Naming::Mixed,
            _ => self,
        }
    }
}

impl Streams {
    fn event(&mut self, event: SseEvent<'_>, limits: Limits) {
        self.comments += event.comments;
        let data = event.data.trim();
        // A shell marks behind it that the line has no end: zsh `%`, fish `⏎`, and others write their prompt there.
        if data.starts_with(sse::DONE) {
            if let Some(index) = self.done() {
                self.all[index].is_done = true;
                self.all[index].is_shortened |= event.is_behind_gap;
            }
            let done = self.all[self.first_open..]
                .iter()
                .take_while(|it| it.is_done);
            self.first_open += done.count();
            return;
        }
        // A gateway may hand a comment on as data.
        if data.is_empty() || data.starts_with(": ") {
            self.comments += usize::from(!data.is_empty());
            return;
        }
        let chunk = match Document::parse(Arc::from(event.data.as_ref()), limits) {
            Ok(chunk) => camel::normalise_chunk(chunk),
            Err(error) => {
                let broken = (event.place(error.offset), error.what);
                match self.current {
                    Some(current) => self.all[current].broken.push(broken),
                    None => self.broken.push(broken),
                }
                return;
            }
        };
        let root = chunks::bare(chunk.root());
        let kind = root.get("type").and_then(Value::non_empty_str);
        // A chunk with choices is one whatever its event is called.
        let name = event.name.filter(|_| root.get("choices").is_none());
        let kind = kind.as_deref().or(name).unwrap_or_default();
        let Some(piece) = Piece::of(kind, root) else {
            if self.unknown.is_none() {
                self.unknown = Some((
                    event.place(root.span().start),
                    crate::completion::load::shape::describe(root),
                ));
            }
            return;
        };
        if self.current.is_none() {
            if piece.kind == "ping" {
                return;
            }
            // A fact about an answer of which nothing stands here.
            if piece.is_beside_all() {
                let at = event.place(root.span().start);
                self.unknown
                    .get_or_insert_with(|| (at, crate::completion::load::shape::describe(root)));
                return;
            }
        }
        let streams = self.all.len();
        let index = self.stream_of(&piece, event.offset);
        self.current = Some(index);
        self.note_turn(&piece, index, self.all.len() > streams);
        let stream = &mut self.all[index];
        stream.naming = stream.naming.after(stream.id.is_some(), &piece);
        if let Some(id) = piece.id.filter(|id| !stream.has_id(id)) {
            stream.id.get_or_insert_with(|| id.clone().into_owned());
            self.by_id.insert(id.into_owned(), index);
        }
        stream.comments += std::mem::take(&mut self.comments);
        stream.chunks += 1;
        stream.is_shortened |= event.is_behind_gap || piece::has_left_out(root);
        stream.end = stream.end.max(event.place(root.span().end));
        stream.accumulator.take(piece.kind, root);
    }

    /// The stream that `[DONE]` ends. Of streams that are mixed, the other one may be what ends here.
    fn done(&self) -> Option<usize> {
        const LOOKED_AT: usize = 64;
        let is_open = |index: &usize| !self.all[*index].is_done;
        let is_ended = |index: &usize| self.all[*index].accumulator.is_complete();
        let Some(open) = self.current.filter(is_open) else {
            return (self.first_open..self.all.len()).find(is_open);
        };
        let begun = self.all[open].start;
        let is_beside = |index: &usize| self.all[*index].end > begun;
        let ended = || {
            let mut others = (self.first_open..self.all.len()).rev().take(LOOKED_AT);
            others.find(|index| is_open(index) && is_ended(index) && is_beside(index))
        };
        match is_ended(&open) {
            true => Some(open),
            false => ended().or(Some(open)),
        }
    }

    fn turns(&mut self, api: Option<Api>) -> Option<&mut Turns> {
        match api? {
            Api::Messages => Some(&mut self.messages),
            Api::Responses => Some(&mut self.responses),
            Api::Chat | Api::Delivery | Api::Unknown => None,
        }
    }

    /// Of an event that names no generation, the stream of its API that is open while another API's goes on.
    fn open_of_api(&mut self, piece: &Piece<'_>) -> Option<usize> {
        if piece.id.is_some() || piece.begins {
            return None;
        }
        let turns = self.turns(piece.api)?;
        let latest = turns.latest;
        let last = turns.unsettled.last().copied();
        let mut found = latest.into_iter().chain(last);
        found.find(|index| self.all[*index].goes_on_with(piece))
    }

    /// Takes note of whether the events of streams of one API take turns.
    fn note_turn(&mut self, piece: &Piece<'_>, index: usize, is_new: bool) {
        let latest = self.turns(piece.api).and_then(|turns| turns.latest);
        let is_complete =
            |index: Option<usize>| index.is_some_and(|it| self.all[it].accumulator.is_complete());
        // With a stop reason the answer is whole, and its last event may still be to come.
        let is_over = piece.api == Some(Api::Responses) && is_complete(latest);
        let had_reason = is_complete(latest.filter(|_| !is_new));
        let Some(turns) = self.turns(piece.api) else {
            return;
        };
        if is_new {
            turns.begin(index, is_over);
        }
        let is_mixed = turns.are_mixed(piece.kind, piece.chunk, piece.id.is_some(), had_reason);
        if is_mixed && !is_new {
            let mixed = std::mem::take(&mut turns.unsettled);
            let has_another = turns.is_stopped;
            turns.unsettled.clone_from(&mixed);
            if piece.kind == "message_stop" && has_another {
                turns.unsettled.pop();
            }
            for index in mixed.into_iter().chain(turns.latest) {
                self.all[index].is_mixed = true;
            }
        }
    }

    /// The stream that a chunk belongs to.
    fn stream_of(&mut self, piece: &Piece<'_>, offset: usize) -> usize {
        let belongs = self
            .current
            .filter(|index| self.all[*index].goes_on_with(piece));
        if let Some(index) = belongs {
            return index;
        }
        let other = piece.id.as_deref().and_then(|id| self.by_id.get(id));
        let other = other.copied();
        let is_open = |index: &usize| !piece.begins && self.all[*index].goes_on_with(piece);
        if let Some(index) = other.filter(is_open) {
            return index;
        }
        if let Some(index) = self.open_of_api(piece) {
            return index;
        }
        let api = piece.api.unwrap_or(Api::Chat);
        let is_first = self.all.is_empty();
        self.all.push(Open {
            api,
            accumulator: match api {
                Api::Responses => Box::new(Responses::default()),
                Api::Messages => Box::new(Messages::default()),
                Api::Chat | Api::Delivery | Api::Unknown => Box::new(Chat::default()),
            },
            id: None,
            start: if is_first { 0 } else { offset },
            end: offset,
            chunks: 0,
            comments: 0,
            is_done: false,
            naming: Naming::Even,
            is_mixed: false,
            is_shortened: false,
            begins: piece.begins || api == Api::Chat,
            lacks_beginning: piece.lacks_beginning(),
            broken: std::mem::take(&mut self.broken),
        });
        self.all.len() - 1
    }

    fn finish(mut self) -> Result<Vec<Assembled>, StreamFailure> {
        let Some(last) = self.current else {
            return Err(self.failure());
        };
        self.all[last].comments += self.comments;
        Ok(self.all.into_iter().map(Open::finish).collect())
    }

    fn failure(self) -> StreamFailure {
        let (kind, (offset, what)) = match (self.broken.into_iter().next(), self.unknown) {
            (Some(broken), _) => (ProblemKind::Malformed, broken),
            (None, Some((offset, what))) => {
                let what = format!(
                    "a stream of events that none of OpenRouter's APIs sends: {what}; expected \
                     chunks with `choices`, `response.…` or `message_…` events"
                );
                (ProblemKind::Unrecognised, (offset, what))
            }
            (None, None) => {
                let what = "this stream has no data event; expected `data: {…}` lines";
                (ProblemKind::Malformed, (0, what.to_owned()))
            }
        };
        StreamFailure { kind, offset, what }
    }
}

impl Open {
    fn has_id(&self, id: &str) -> bool {
        self.id.as_deref() == Some(id)
    }

    fn goes_on_with(&self, piece: &Piece<'_>) -> bool {
        let is_other = self.id.is_some() && piece.id.as_deref().is_some_and(|id| !self.has_id(id));
        if is_other || piece.api.is_some_and(|api| api != self.api) {
            return false;
        }
        let same = self
            .id
            .as_deref()
            .filter(|id| piece.id.as_deref() == Some(id));
        // Gateways that try again send the beginning twice.
        let is_repeated = same.is_some() && self.accumulator.is_only_begun();
        if piece.begins && self.accumulator.has_content() && !is_repeated {
            return false;
        }
        if piece.has_content
            && self
                .accumulator
                .is_of_another(piece.kind, piece.chunk, same)
        {
            return false;
        }
        // Of events whose last one was there, as of what was `[DONE]`, nothing more is to come but facts:
        // a late count of tokens, an error.
        // The end that stood behind its chunk may have been that of another.
        let is_more = same.is_none() || chat::brings_text(piece.chunk);
        let is_over =
            self.is_done && is_more || self.api != Api::Chat && self.accumulator.is_complete();
        !(is_over && piece.has_content)
    }

    fn finish(self) -> Assembled {
        let complete = self.is_done || self.accumulator.is_complete();
        let cut = self.lacks_beginning.then_some(
            "the beginning of this stream is not here: what was generated before is not known",
        );
        let remark = self.accumulator.remark().or(cut).or((self.naming == Naming::Mixed).then_some(
            "chunks that name this generation and chunks that name none take turns: taken for one completion, \
             though they may be of two",
        ));
        // Its counts and its reason to stop may be of any.
        let is_end_alone = self.api == Api::Messages && !self.accumulator.has_content();
        let json = self.accumulator.finish();
        // The last event of the Responses API has all of the answer.
        let is_whole = self.api == Api::Responses && complete;
        // A stream of chat may begin with any chunk.
        let is_piece = match self.api {
            Api::Responses | Api::Messages => !self.begins && !is_whole,
            Api::Chat | Api::Delivery | Api::Unknown => !complete,
        };
        Assembled {
            remark,
            is_mixed: self.is_mixed && !is_whole,
            is_fragment: is_piece && (is_end_alone || is_nameless(&json)),
            json,
            stream: Stream {
                chunks: self.chunks,
                comments: self.comments,
                complete,
                shortened: self.is_shortened,
                others: 0,
            },
            lacks_beginning: self.lacks_beginning,
            start: self.start,
            end: self.end,
            broken: self.broken,
        }
    }
}

/// Whether a response names neither its generation nor a model, and counts no tokens.
fn is_nameless(json: &str) -> bool {
    let Some(doc) = framing::document(json.as_bytes()) else {
        return false;
    };
    let has = |key: &str| doc.root().get_some(key).is_some();
    !["id", "model", "usage", "error"].into_iter().any(has)
}
