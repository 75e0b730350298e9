//! Several documents on one line of a log: a request and its answer among them are an exchange, and nothing is lost
//! of what else was asked or answered there.

use std::ops::Range;

use super::half::{is_answer_alone, is_request_alone};
use super::{Asked, Part, Tie, read as read_exchange};
use crate::completion::load::ProblemKind;
use crate::completion::load::formats::LOG_LINE;
use crate::completion::load::framing;
use crate::completion::load::logs::logline;
use crate::completion::load::record::Reader;
use crate::completion::load::shape;
use crate::completion::load::streams::assemble::is_stream;
use crate::completion::source_map::Places;
use crate::json::{Document, Kind, Limits, Value};

/// Documents of a line that are looked at.
const MOST: usize = 256;

/// What a document of a line is to an exchange.
enum Role {
    Request(Asked),
    /// An answer; its document, where it is no stream.
    Answer(Option<Document>),
    /// All of a completion, or something that may hold one.
    Whole,
    Other,
}

struct LineDocument {
    range: Range<usize>,
    /// What it is where a string there holds it.
    held: Option<String>,
    role: Role,
}

impl LineDocument {
    /// The document at a place of a line, behind what stands before it.
    fn of(before: &str, range: Range<usize>, doc: Document) -> LineDocument {
        let held = match doc.root().kind() {
            Kind::String => doc.root().str().map(|held| held.trim().to_owned()),
            _ => None,
        };
        if held.as_deref().is_some_and(is_stream) && !is_of_another(before) {
            return LineDocument {
                range,
                held,
                role: Role::Answer(None),
            };
        }
        let inner = match &held {
            Some(held) => framing::document(held.as_bytes()),
            None => Some(doc),
        };
        let role = match inner {
            _ if is_of_another(before) => Role::Other,
            Some(doc) if is_request_alone(doc.root()) => Role::Request(Asked::of(doc.root())),
            Some(doc) if is_answer_alone(doc.root()) => Role::Answer(Some(doc)),
            Some(doc) if may_be_whole(doc.root()) => Role::Whole,
            _ => Role::Other,
        };
        LineDocument { range, held, role }
    }
}

/// Whether a document may be or hold a completion: it has an answer in it.
fn may_be_whole(root: Value<'_>) -> bool {
    root.kind() == Kind::Object && (shape::is_sample(root) || shape::may_hold_response(root))
}

/// Whether the words before a document say that it is of another exchange: `last_response=`.
fn is_of_another(before: &str) -> bool {
    const EARLIER: [&str; 6] = ["last", "prev", "previous", "cached", "old", "earlier"];
    let words = before.split(|c: char| !c.is_alphanumeric());
    let mut last = words.rev().filter(|word| !word.is_empty());
    let (word, word_before) = (
        last.next().unwrap_or_default(),
        last.next().unwrap_or_default(),
    );
    let is_earlier = |word: &str| EARLIER.contains(&word.to_lowercase().as_str());
    is_earlier(word)
        || is_earlier(word_before)
        || [word, word_before].into_iter().any(shape::names_expected)
        || shape::names_expected(&[word_before, word].concat())
}

/// The documents of a line, of which the first stands at a range.
fn documents(text: &str, first: (Range<usize>, Document), limits: Limits) -> Vec<LineDocument> {
    let mut found = Vec::new();
    let (mut from, mut next) = (0, Some(first));
    while let Some((range, doc)) = next.filter(|_| found.len() < MOST) {
        let end = range.end;
        found.push(LineDocument::of(&text[from..range.start], range, doc));
        from = end;
        next = logline::json_in(&text[from..], limits)
            .map(|(range, doc)| (from + range.start..from + range.end, doc));
    }
    found
}

/// Which requests and answers of a line belong together, by their numbers in it.
fn pairs(found: &[LineDocument]) -> Vec<[usize; 2]> {
    let numbers = |is_it: fn(&Role) -> bool| -> Vec<usize> {
        (0..found.len())
            .filter(|at| is_it(&found[*at].role))
            .collect()
    };
    let requests = numbers(|role| matches!(role, Role::Request(_)));
    let answers = numbers(|role| matches!(role, Role::Answer(_)));
    let may_be = |request: usize, answer: usize| match (&found[request].role, &found[answer].role) {
        (Role::Request(asked), Role::Answer(Some(doc))) => asked.may_be_answered_by(doc.root()),
        (Role::Request(_), Role::Answer(None)) => true,
        _ => false,
    };
    let in_turn: Vec<[usize; 2]> = requests
        .iter()
        .zip(&answers)
        .map(|(request, answer)| [*request, *answer])
        .collect();
    let nexts = requests.iter().skip(1).chain([&usize::MAX]);
    let are_in_turn = requests.len() == answers.len()
        && in_turn
            .iter()
            .zip(nexts)
            .all(|([request, answer], next)| request < answer && answer < next);
    match (requests.as_slice(), answers.as_slice()) {
        // Nothing else can be meant there, so that the models need not agree.
        _ if are_in_turn => in_turn,
        ([request], [first, ..]) if may_be(*request, *first) => vec![[*request, *first]],
        _ => Vec::new(),
    }
}

/// Reads the documents of a line of which several are of exchanges, or one is behind something else; whether it has such.
pub(in crate::completion::load) fn read(
    places: &Places<'_>,
    first: (Range<usize>, Document),
    reader: &mut Reader<'_>,
) -> bool {
    let found = documents(places.text(), first, reader.limits);
    if let Some(last) = found.last().filter(|_| found.len() == MOST) {
        let rest = &places.text()[last.range.end..];
        if rest.contains(['{', '"']) {
            let what = format!(
                "more than {MOST} JSON documents on one line; from here on nothing was read; put each on a line of its own"
            );
            reader.problem(ProblemKind::Malformed, places.at(last.range.end), what);
        }
    }
    let is_part = |document: &LineDocument| !matches!(document.role, Role::Other);
    // One that is whole is read where it is the first, as if it were alone.
    let parts = found.iter().filter(|document| is_part(document)).count();
    let is_alone = parts == 1 && matches!(found[0].role, Role::Whole);
    if found.len() < 2 || parts == 0 || is_alone {
        return false;
    }
    let before = reader.loaded.completions.len();
    let pairs = pairs(&found);
    for (at, document) in found
        .iter()
        .enumerate()
        .filter(|(_, document)| is_part(document))
    {
        let pair = pairs.iter().find(|pair| pair.contains(&at));
        let origin = reader.origin_of_entry(places.at(document.range.start), reader.origin.record);
        let mut entry = reader.entry(&origin);
        entry.format.within = entry.format.within.or(Some(LOG_LINE));
        match (pair, &document.held) {
            // It is read where its request stands, or where its answer does if that comes first.
            (Some(pair), _) if pair.iter().min() != Some(&at) => {}
            (Some(pair), _) => {
                let parts = pair.map(|at| Part {
                    range: found[at].range.clone(),
                    held: found[at].held.clone(),
                    tie: Tie::Line,
                });
                read_exchange(places, parts, &mut entry);
            }
            (None, Some(held)) => {
                entry.text(&Places::derived(held, &places.at(document.range.start)))
            }
            (None, None) => entry.text(&places.piece(document.range.clone())),
        }
    }
    reader.number(before);
    true
}
