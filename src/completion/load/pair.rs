//! `NAME.request.json`, `NAME.response.json` or `.sse`, and `NAME.generation.json` are one completion.

use std::sync::Arc;

use super::assemble::assemble;
use super::{Loaded, Problem, Trouble, sse};
use crate::completion::{Completion, Origin};
use crate::json::{Document, Limits, Position};

/// What a file of a pair holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The request body.
    Request,
    /// The response body, JSON or SSE.
    Response,
    /// The answer of `GET /api/v1/generation`.
    Generation,
}

/// One file of a pair.
#[derive(Debug, Clone, Copy)]
pub struct Part<'b> {
    /// The file's name for people.
    pub file: &'b str,
    /// Its bytes.
    pub bytes: &'b [u8],
}

/// The files of one completion.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts<'b> {
    /// The request body.
    pub request: Option<Part<'b>>,
    /// The response body.
    pub response: Option<Part<'b>>,
    /// The generation record.
    pub generation: Option<Part<'b>>,
}

/// The common stem and the role that a file's name tells, if it is one of a pair.
pub fn role_of(file: &str) -> Option<(&str, Role)> {
    [
        (".request.json", Role::Request),
        (".response.json", Role::Response),
        (".response.sse", Role::Response),
        (".generation.json", Role::Generation),
    ]
    .iter()
    .find_map(|(end, role)| Some((file.strip_suffix(end)?, *role)))
    .filter(|(stem, _)| !stem.is_empty())
}

/// Reads the files of one completion. A file that cannot be read is among the problems, and the
/// completion has what the others hold.
pub fn load_parts(name: &str, parts: &Parts<'_>) -> Loaded {
    let mut loaded = Loaded::default();
    let mut members = Vec::new();
    let mut stream = None;
    for (key, part) in [
        ("request", parts.request),
        ("response", parts.response),
        ("generation", parts.generation),
    ] {
        let Some(part) = part else { continue };
        let Some(text) = text_of(part, &mut loaded) else {
            continue;
        };
        if key == "response" && sse::is_transcript(text) {
            match assemble(text, Limits::default()) {
                Ok(assembled) => {
                    for (offset, what) in assembled.broken {
                        let what = format!("a chunk of the stream is broken: {what}");
                        loaded.problems.push(problem(part, text, offset, what));
                    }
                    stream = Some(assembled.stream);
                    members.push(format!(r#""response":{}"#, assembled.json));
                }
                Err((offset, what)) => loaded.problems.push(problem(part, text, offset, what)),
            }
            continue;
        }
        match Document::parse(Arc::from(text), Limits::default()) {
            Ok(doc) => members.push(format!(r#""{key}":{}"#, doc.root().raw())),
            Err(error) => loaded
                .problems
                .push(problem(part, text, error.offset, error.what)),
        }
    }
    let file = [parts.response, parts.request, parts.generation]
        .into_iter()
        .flatten()
        .next();
    let text = format!("{{{}}}", members.join(","));
    if let (Some(file), false) = (file, members.is_empty()) {
        let origin = Origin {
            file: Arc::from(file.file),
            offset: 0,
            position: Position { line: 1, column: 1 },
            record: 0,
        };
        match Document::parse(Arc::from(text), Limits::default()) {
            Ok(doc) => {
                let completion = Completion::new(name.to_owned(), origin, doc, stream);
                loaded.completions.push(completion);
            }
            Err(error) => loaded.problems.push(problem(file, "", 0, error.what)),
        }
    }
    loaded
}

fn text_of<'b>(part: Part<'b>, loaded: &mut Loaded) -> Option<&'b str> {
    match std::str::from_utf8(part.bytes) {
        Ok(text) => Some(text.trim_start_matches('\u{feff}')),
        Err(error) => {
            let at = error.valid_up_to();
            let valid = std::str::from_utf8(&part.bytes[..at]).unwrap_or_default();
            let what = "not UTF-8; expected JSON or SSE text in UTF-8".to_owned();
            loaded.problems.push(problem(part, valid, at, what));
            None
        }
    }
}

fn problem(part: Part<'_>, text: &str, offset: usize, what: String) -> Problem {
    Problem {
        trouble: Trouble::Malformed,
        file: Arc::from(part.file),
        record: 0,
        offset,
        position: Some(Position::of(text, offset)),
        what,
    }
}
