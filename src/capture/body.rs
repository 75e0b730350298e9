//! A recorded body as a sample has it: JSON, text, or what is wrong with it.

use std::borrow::Cow;
use std::fmt::Write;

use super::keys::Keys;
use super::{LARGEST, header, spread_keys};
use crate::completion::load::encoding::decode::{self, DecodeError};
use crate::json::{Document, JsonText, Limits, quote};

/// What is kept of an answer that cannot be read, in bytes: enough to see what it is. Chosen.
const UNREADABLE: usize = 64 << 10;

/// A body as a sample has it.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// JSON, or a text as a JSON string; none where there is no body, or it cannot be unpacked.
    pub(super) json: Option<String>,
    /// Why it cannot be read, or not all of it.
    problem: Option<String>,
    /// What is kept of a body that cannot be read, as a JSON string.
    text: Option<String>,
}

impl Body {
    pub(super) fn of(bytes: &[u8], headers: &[(String, String)], keys: &Keys) -> Self {
        let mut body = Self::default();
        if bytes.is_empty() {
            return body;
        }
        let coding = header(headers, "content-encoding");
        let bytes = match decode::body(Cow::Borrowed(bytes), coding, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) => {
                body.problem = Some(error.to_string());
                // What is compressed is read as far as it has come.
                let DecodeError::Broken { so_far, .. } = error else {
                    return body;
                };
                if so_far.is_empty() {
                    return body;
                }
                Cow::Owned(so_far)
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        // JSON stands there as JSON, in one line; a transcript, or what is neither, as text.
        body.json = Some(match JsonText::parse(text.trim()) {
            Ok(json) => json.as_str().to_owned(),
            Err(_) => quote(&spread_keys::mask(&text, &|text| keys.redact(text))),
        });
        body
    }

    /// The same, where nothing that it holds is an answer.
    pub(super) fn unreadable(self) -> Self {
        let json = self.json.unwrap_or_default();
        let text = Document::parse(json.as_str().into(), Limits::default());
        let text = text
            .ok()
            .and_then(|doc| Some(doc.root().str()?.into_owned()));
        let why = match &text {
            _ if self.problem.is_some() => self.problem.unwrap_or_default(),
            None => "it is JSON, but none that OpenRouter's APIs answer with".to_owned(),
            Some(text) if text.contains(['\u{fffd}', '\0']) => "it is no text".to_owned(),
            Some(text) if text.lines().any(|line| line.starts_with("data:")) => {
                "no chunk of its stream can be read".to_owned()
            }
            Some(text) if text.trim_start().starts_with(['{', '[']) => {
                match JsonText::parse(text.trim()) {
                    Err(error) => format!("its JSON is broken: {error}"),
                    Ok(_) => "its JSON is broken".to_owned(),
                }
            }
            Some(_) => "it is neither JSON nor a stream of events".to_owned(),
        };
        let shown = text.as_deref().unwrap_or(&json);
        let mut ends = (0..=UNREADABLE.min(shown.len())).rev();
        let end = ends.find(|at| shown.is_char_boundary(*at));
        let end = end.unwrap_or_default();
        Self {
            json: None,
            problem: Some(why),
            text: Some(quote(&shown[..end])),
        }
    }

    pub(super) fn write(&self, out: &mut String, part: &str, is_over: bool) {
        if let Some(json) = &self.json {
            let _ = write!(out, ",\"{part}\":{json}");
        }
        // A body still arriving is incomplete, which is not a problem.
        if let Some(problem) = self.problem.as_ref().filter(|_| is_over) {
            let _ = write!(out, ",\"{part}_problem\":{}", quote(problem));
        }
        if let Some(text) = &self.text {
            let _ = write!(out, ",\"{part}_text\":{text}");
        }
    }
}
