//! `NAME.request.json`, `NAME.response.json` or `.sse`, and `NAME.generation.json` are one completion.

use std::borrow::Cow;
use std::sync::Arc;

use super::encoding::decode::{Coding, unpack};
use super::encoding::utf16;
use super::exchange;
use super::formats::PAIR_OF_FILES;
use super::record::Reader;
use super::streams::assemble::{Assembled, assemble, is_stream};
use super::{Loaded, Problem, ProblemKind, camel, shape};
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::completion::{Completion, Format, Origin, Place};
use crate::json::{Document, Kind, Limits, Position};

/// What a completion from several files was read as.
const PAIR: Format = Format::named(PAIR_OF_FILES);

/// What a file of a pair holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PairRole {
    /// The request body.
    Request,
    /// The response body, JSON or SSE.
    Response,
    /// The answer of `GET /api/v1/generation`.
    Generation,
}

/// One file of a pair.
#[derive(Debug, Clone, Copy)]
pub struct PairFile<'b> {
    /// The file's name for people.
    pub file: &'b str,
    /// Its bytes.
    pub bytes: &'b [u8],
}

/// The files of one completion.
#[derive(Debug, Clone, Copy, Default)]
pub struct PairFiles<'b> {
    /// The request body.
    pub request: Option<PairFile<'b>>,
    /// The response body.
    pub response: Option<PairFile<'b>>,
    /// The generation record.
    pub generation: Option<PairFile<'b>>,
}

/// The common stem and the role that a file's name tells, if it is one of a pair.
pub fn role_of(file: &str) -> Option<(&str, PairRole)> {
    [
        (".request.json", PairRole::Request),
        (".response.json", PairRole::Response),
        (".response.sse", PairRole::Response),
        (".generation.json", PairRole::Generation),
    ]
    .iter()
    .find_map(|(end, role)| Some((file.strip_suffix(end)?, *role)))
    .filter(|(stem, _)| !stem.is_empty())
}

/// Reads the files of one completion. A file that cannot be read is among the problems, and the
/// completion has what the others hold.
pub fn load_parts(name: &str, parts: &PairFiles<'_>) -> Loaded {
    if let Some(loaded) = exchange_of(name, parts) {
        return loaded;
    }
    let mut loaded = Loaded::default();
    let mut builder = DocumentBuilder::default();
    let mut stream = None;
    let mut opening = "{";
    let mut has_response = false;
    for (key, part) in [
        ("request", parts.request),
        ("response", parts.response),
        ("generation", parts.generation),
    ] {
        let Some(part) = part else { continue };
        let Some((text, start)) = text_of(part, &mut loaded) else {
            continue;
        };
        let text = &*text;
        let member = format!(r#"{opening}"{key}":"#);
        if key == "response" && is_stream(text) {
            match assemble(text, Limits::default()) {
                Ok(streams) => {
                    let places = Places::of(text, &start);
                    let (mixed, streams): (Vec<_>, Vec<_>) =
                        streams.into_iter().partition(|stream| stream.is_mixed);
                    for stream in &mixed {
                        let at = places.at(stream.start);
                        loaded
                            .problems
                            .push(problem(at, Assembled::MIXED.to_owned()));
                    }
                    for stream in &streams {
                        if let Some(what) = stream.remark {
                            let at = places.at(stream.start);
                            loaded.notes.push(remark(at, what.to_owned()));
                        }
                        if let Some(what) = stream.breaks_off() {
                            let at = places.at(stream.end);
                            loaded.notes.push(remark(at, what));
                        }
                        for (offset, what) in &stream.broken {
                            let what = format!("a chunk of the stream is broken: {what}");
                            let at = places.at(*offset);
                            loaded.problems.push(problem(at, what));
                        }
                    }
                    let mut streams = streams.into_iter();
                    if let Some(mut first) = streams.next() {
                        if let Some(second) = streams.next() {
                            first.stream.others = streams.count() + 1;
                            let at = places.at(second.start);
                            let what = first.stream.remark_on_others();
                            loaded.notes.push(remark(at, what));
                        }
                        stream = Some(first.stream);
                        builder.literal(&member);
                        builder.derived(&first.json, start);
                        opening = ",";
                        has_response = true;
                    }
                }
                Err(failure) => {
                    let at = start.within(text, failure.offset);
                    let kind = failure.kind;
                    loaded.problems.push(Problem {
                        kind,
                        ..problem(at, failure.what)
                    });
                }
            }
            continue;
        }
        match Document::parse(Arc::from(text), Limits::default()) {
            Ok(doc) => {
                let twice =
                    super::problem::of_duplicate_keys(&doc, &Places::of(doc.text(), &start));
                let notes = twice.into_iter().map(|(at, what)| problem(at, what));
                loaded.notes.extend(notes);
                let root = doc.root();
                if key == "response" && !shape::has_meaning(root) {
                    let what = shape::describe_response(root);
                    loaded.problems.push(Problem {
                        kind: ProblemKind::Unreadable,
                        ..problem(start, what)
                    });
                    continue;
                }
                if key != "response" && root.kind() != Kind::Object {
                    let what = format!("the {key} is no JSON object: {}", shape::describe(root));
                    loaded.problems.push(Problem {
                        kind: ProblemKind::Unreadable,
                        ..problem(start, what)
                    });
                    continue;
                }
                has_response |= key == "response";
                builder.literal(&member);
                builder.verbatim(root.raw(), start.within(text, root.span().start));
                opening = ",";
            }
            Err(error) => {
                let at = start.within(text, error.offset);
                loaded.problems.push(problem(at, error.what));
            }
        }
    }
    // A response that could not be read is not one that was not there.
    if parts.response.is_some() && !has_response && parts.generation.is_none() {
        return loaded;
    }
    let file = [parts.response, parts.request, parts.generation];
    let file = file.into_iter().flatten().next();
    let (Some(file), ",") = (file, opening) else {
        return loaded;
    };
    builder.literal("}");
    let start = start_of(file);
    let (text, map) = builder.finish();
    match Document::parse(text, Limits::default().around(1)) {
        Ok(doc) => {
            let origin = Origin {
                file: start.file,
                offset: 0,
                position: start.position,
                record: 0,
            };
            let (doc, map) = camel::normalise(doc, map, false);
            let completion = Completion::new(name.to_owned(), origin, PAIR, doc, map, stream);
            loaded.completions.push(completion);
        }
        Err(error) => loaded.problems.push(problem(start, error.what)),
    }
    loaded
}

/// What two files hold that are the halves of an HTTP exchange, as recorders write them: address, headers and bodies.
fn exchange_of(name: &str, parts: &PairFiles<'_>) -> Option<Loaded> {
    let (Some(request), Some(response), None) = (parts.request, parts.response, parts.generation)
    else {
        return None;
    };
    let mut loaded = Loaded::default();
    let mut builder = DocumentBuilder::default();
    let mut opening = "{\"request\":";
    for part in [request, response] {
        let (text, start) = text_of(part, &mut loaded)?;
        let doc = Document::parse(Arc::from(&*text), Limits::default()).ok()?;
        let root = doc.root();
        root.get("body").filter(|_| !shape::has_meaning(root))?;
        builder.literal(opening);
        builder.verbatim(root.raw(), start.within(&text, root.span().start));
        opening = ",\"response\":";
    }
    builder.literal("}");
    let (text, map) = builder.finish();
    let doc = Document::parse(text, Limits::default().around(1)).ok()?;
    if !exchange::is_single(doc.root()) {
        return None;
    }
    let start = start_of(response);
    let origin = Origin {
        file: Arc::clone(&start.file),
        offset: 0,
        position: start.position,
        record: 0,
    };
    let places = Places::mapped(doc.text(), map, Vec::new(), start);
    Reader::new(&origin, &mut loaded).text(&places);
    for completion in &mut loaded.completions {
        completion.name = name.to_owned();
        completion.format = PAIR;
    }
    Some(loaded)
}

fn start_of(part: PairFile<'_>) -> Place {
    Place {
        file: Arc::from(part.file),
        offset: 0,
        position: Position { line: 1, column: 1 },
    }
}

/// A part's text without a byte-order mark, and where it begins: unpacked, and in UTF-8 whatever it was saved in.
fn text_of<'b>(part: PairFile<'b>, loaded: &mut Loaded) -> Option<(Cow<'b, str>, Place)> {
    let mut start = start_of(part);
    let mut bytes = Cow::Borrowed(part.bytes);
    if let Some(coding) = Coding::of_bytes(&bytes) {
        match unpack(&bytes, coding, Limits::default().bytes) {
            Ok(unpacked) => bytes = Cow::Owned(unpacked),
            Err(error) => {
                loaded.problems.push(problem(start, error.to_string()));
                return None;
            }
        }
    }
    if let Some((text, fault)) = utf16::decoded(&bytes) {
        let fault = fault.map(|what| problem(start.clone(), what));
        loaded.problems.extend(fault);
        return Some((Cow::Owned(text), start));
    }
    let error = match std::str::from_utf8(&bytes) {
        Ok(text) => {
            let marks = text.len() - text.trim_start_matches('\u{feff}').len();
            start.offset = marks;
            let bare = match bytes {
                Cow::Borrowed(bytes) => std::str::from_utf8(&bytes[marks..]).map(Cow::Borrowed),
                Cow::Owned(_) => Ok(Cow::Owned(text[marks..].to_owned())),
            };
            return bare.ok().map(|bare| (bare, start));
        }
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let valid = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
    let (offset, what) = super::problem::of_encoding(&bytes, at, 0);
    let told = problem(start.within(valid, offset), what);
    loaded.problems.push(told);
    None
}

fn remark(at: Place, what: String) -> Problem {
    Problem {
        kind: ProblemKind::Remark,
        ..problem(at, what)
    }
}

fn problem(at: Place, what: String) -> Problem {
    Problem {
        kind: ProblemKind::Malformed,
        file: at.file,
        record: 0,
        offset: at.offset,
        position: Some(at.position),
        what,
    }
}
