//! One record to completions: told by its shape, brought into the normal form.

use std::sync::Arc;

use super::assemble::{Assembled, assemble};
use super::{Loaded, Problem, Trouble, sse};
use crate::completion::{Completion, Origin, Stream};
use crate::json::{Document, Kind, Limits, Position, Value};

/// Reads one record, found at `origin`, into `loaded`.
pub(super) struct Reader<'a> {
    pub origin: &'a Origin,
    pub limits: Limits,
    pub loaded: &'a mut Loaded,
}

/// What a JSON value is, as far as loading goes.
enum Shape {
    Sample,
    Response,
    Request,
    Generation,
    Array,
    Unknown,
}

const EXPECTED: &str = "a sample (`request`, `response`), a chat completion, a Responses or Messages object, \
     a request body or a generation record";

impl Shape {
    fn of(value: Value<'_>) -> Shape {
        if value.kind() == Kind::Array {
            return Shape::Array;
        }
        let has = |key: &str| value.get(key).is_some();
        let is_part = |key: &str| {
            value
                .get(key)
                .is_some_and(|part| matches!(part.kind(), Kind::Object | Kind::String))
        };
        let record = value.get("data").unwrap_or(value);
        let is_text = |key: &str, expected: &[&str]| {
            value
                .get(key)
                .and_then(Value::str)
                .is_some_and(|text| expected.contains(&text.as_ref()))
        };
        if is_part("request") || is_part("response") || is_part("generation") {
            Shape::Sample
        } else if record.get("generation_time").is_some()
            || record.get("native_tokens_prompt").is_some()
        {
            Shape::Generation
        } else if has("choices")
            || is_text("object", &["response", "chat.completion"])
            || is_text("type", &["message", "error"])
            || value.get("error").is_some_and(|e| e.kind() == Kind::Object)
        {
            Shape::Response
        } else if has("messages") || has("prompt") || (has("input") && has("model")) {
            Shape::Request
        } else {
            Shape::Unknown
        }
    }
}

impl Reader<'_> {
    /// Takes a record's text: JSON or an SSE transcript.
    pub fn read(mut self, text: &str) {
        let bare = text.trim_start_matches('\u{feff}');
        if sse::is_transcript(bare) {
            let offset = text.len() - bare.len();
            if let Some(assembled) = self.assemble(bare, |at| At::Text(text, offset + at)) {
                let json = format!(r#"{{"response":{}}}"#, assembled.json);
                self.push(None, Arc::from(json), Some(assembled.stream));
            }
            return;
        }
        match Document::parse(Arc::from(bare), self.limits) {
            Ok(doc) => self.value(doc),
            Err(error) => {
                let offset = text.len() - bare.len() + error.offset;
                self.problem(Trouble::Malformed, At::Text(text, offset), error.what);
            }
        }
    }

    /// Takes note of bytes that are not UTF-8.
    pub fn refuse_encoding(mut self, bytes: &[u8], valid_up_to: usize) {
        let valid = std::str::from_utf8(&bytes[..valid_up_to]).unwrap_or_default();
        let what = match bytes {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "this is UTF-16; save it as UTF-8".to_owned(),
            [0x1F, 0x8B, ..] => "this is gzip; unpack it first".to_owned(),
            _ => format!(
                "byte 0x{:02x} is not UTF-8; expected JSON or SSE text in UTF-8",
                bytes.get(valid_up_to).copied().unwrap_or_default()
            ),
        };
        self.problem(Trouble::Malformed, At::Text(valid, valid_up_to), what);
    }

    fn value(&mut self, doc: Document) {
        let root = doc.root();
        for id in doc.duplicate_keys() {
            let value = doc.at(id);
            let key = value.key().unwrap_or_default();
            let what = format!("the key `{key}` is there twice in one object; the last one counts");
            let at = self.locate(At::Text(doc.text(), value.member_start()));
            self.loaded
                .notes
                .push(self.make(Trouble::Malformed, at, what));
        }
        match Shape::of(root) {
            Shape::Sample => self.sample(doc),
            Shape::Array => {
                for (index, item) in root.children().enumerate() {
                    let at = self.locate(At::Text(doc.text(), item.span().start));
                    let origin = Origin {
                        offset: at.0,
                        position: at.1,
                        record: index + 1,
                        ..self.origin.clone()
                    };
                    Reader {
                        origin: &origin,
                        limits: self.limits,
                        loaded: self.loaded,
                    }
                    .read(item.raw());
                }
            }
            Shape::Response => self.wrap("response", root),
            Shape::Request => self.wrap("request", root),
            Shape::Generation => self.wrap("generation", root),
            Shape::Unknown => {
                let what = format!("{}; expected {EXPECTED}", describe(root));
                self.problem(
                    Trouble::Unrecognised,
                    At::Text(doc.text(), root.span().start),
                    what,
                );
            }
        }
    }

    fn wrap(&mut self, part: &str, value: Value<'_>) {
        let text = format!(r#"{{"{part}":{}}}"#, value.raw());
        self.push(None, Arc::from(text), None);
    }

    fn sample(&mut self, doc: Document) {
        let root = doc.root();
        let name = root.get("name").and_then(Value::non_empty_str);
        let name = name.map(std::borrow::Cow::into_owned);
        let response = root.get("response").filter(|r| r.kind() == Kind::String);
        let Some(response) = response else {
            self.finish(name, doc, None);
            return;
        };
        let text = response.str().unwrap_or_default();
        let start = At::Text(doc.text(), response.span().start);
        let (json, stream) = if sse::is_transcript(&text) {
            match self.assemble(&text, |_| start) {
                Some(assembled) => (assembled.json, Some(assembled.stream)),
                None => ("null".to_owned(), None),
            }
        } else {
            match Document::parse(Arc::from(text.trim()), self.limits) {
                Ok(inner) => (inner.root().raw().to_owned(), None),
                Err(error) => {
                    let what = format!(
                        "`response` is a string that is neither JSON nor an SSE transcript: {error}"
                    );
                    self.problem(Trouble::Malformed, start, what);
                    ("null".to_owned(), None)
                }
            }
        };
        let span = response.span();
        let whole = doc.text();
        let text = [&whole[..span.start], &json, &whole[span.end..]].concat();
        self.push(name, Arc::from(text), stream);
    }

    /// Assembles a transcript; `place` tells where a byte of it stands.
    fn assemble<'t>(
        &mut self,
        transcript: &'t str,
        place: impl Fn(usize) -> At<'t>,
    ) -> Option<Assembled> {
        match assemble(transcript, self.limits) {
            Ok(assembled) => {
                for (offset, what) in &assembled.broken {
                    let line = Position::of(transcript, *offset);
                    let what =
                        format!("a chunk of the stream is broken ({line} of the stream): {what}");
                    self.problem(Trouble::Malformed, place(*offset), what);
                }
                Some(assembled)
            }
            Err((offset, what)) => {
                self.problem(Trouble::Malformed, place(offset), what);
                None
            }
        }
    }

    fn push(&mut self, name: Option<String>, text: Arc<str>, stream: Option<Stream>) {
        match Document::parse(text, self.limits) {
            Ok(doc) => self.finish(name, doc, stream),
            Err(error) => self.problem(
                Trouble::Malformed,
                At::Start,
                format!("the assembled completion cannot be read: {error}"),
            ),
        }
    }

    fn finish(&mut self, name: Option<String>, doc: Document, stream: Option<Stream>) {
        let name = name.unwrap_or_else(|| default_name(self.origin));
        let completion = Completion::new(name, self.origin.clone(), doc, stream);
        self.loaded.completions.push(completion);
    }

    fn problem(&mut self, trouble: Trouble, at: At<'_>, what: String) {
        let place = self.locate(at);
        let problem = self.make(trouble, place, what);
        self.loaded.problems.push(problem);
    }

    fn make(
        &self,
        trouble: Trouble,
        (offset, position): (usize, Position),
        what: String,
    ) -> Problem {
        Problem {
            trouble,
            file: self.origin.file.clone(),
            record: self.origin.record,
            offset,
            position: Some(position),
            what,
        }
    }

    /// A place within the record as a place within the file.
    fn locate(&self, at: At<'_>) -> (usize, Position) {
        let start = self.origin.position;
        let At::Text(text, offset) = at else {
            return (self.origin.offset, start);
        };
        let inner = Position::of(text, offset);
        let column = match inner.line {
            1 => start.column + inner.column - 1,
            _ => inner.column,
        };
        let position = Position {
            line: start.line + inner.line - 1,
            column,
        };
        (self.origin.offset + offset, position)
    }
}

/// A place within a record.
#[derive(Clone, Copy)]
enum At<'t> {
    /// The record's beginning.
    Start,
    /// A byte offset in the record's text.
    Text(&'t str, usize),
}

/// The file's name without folders and endings, and the record's number where there are several.
fn default_name(origin: &Origin) -> String {
    let file = origin.file.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = super::role_of(file).map_or_else(
        || file.rsplit_once('.').map_or(file, |(stem, _)| stem),
        |(stem, _)| stem,
    );
    match origin.record {
        0 => stem.to_owned(),
        record => format!("{stem} #{record}"),
    }
}

/// What an unknown value looks like, in a few words.
fn describe(value: Value<'_>) -> String {
    match value.kind() {
        Kind::Object if value.is_empty() => "an empty object".to_owned(),
        Kind::Object => {
            let keys: Vec<String> = value
                .children()
                .take(5)
                .map(|member| format!("`{}`", member.key().unwrap_or_default()))
                .collect();
            let more = if value.len() > 5 { ", …" } else { "" };
            format!("an object with {}{more}", keys.join(", "))
        }
        kind => format!("a {} by itself", kind.name()),
    }
}
