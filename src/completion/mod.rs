//! What OpenRouter saw of one completion, in one normal form.
//!
//! However it was stored (sample, pair of files, stream, …), a completion here is one JSON document
//! with the parts `request`, `response`, `headers`, `response_headers`, `generation`, `delivery`,
//! `duration_ms`, `completed_at` and `recorded_at`, so that one set of RFC 6901 pointers serves the mapping, its explanation
//! and the screen. `headers` are the request's, `response_headers` what is kept of the response's
//! (`x-generation-id`, `date`, `x-openrouter-cache-status`, names in small letters). A streamed response
//! stands there assembled, as if it had been asked for without streaming; a delivery as one plain object: the
//! root span's name, ids, times and status, `attributes` and `resource` with values in place of typed ones, and
//! the trace's other `spans`. Trace files of Broadcast take the same form, with the names that a delivery's
//! root span has.
//!
//! Four more parts may be there: `captured`, how a proxy of ours saw the exchange go; `content`, the answer of `GET /api/v1/generation/content`; `activity`, a row
//! of the activity export by its columns' names; and `measured`, what a proxy of ours saw of the answer:
//! `started_at` (ISO 8601), and `first_byte_ms`, `first_token_ms` and `duration_ms` counted from there.

mod edits;
mod format;
pub(crate) mod generation_id;
mod joined;
pub mod load;
mod metadata;
pub(crate) mod slug;
mod source_map;
pub(crate) mod time;

pub use edits::{Edit, Edits};
pub use format::Format;
#[cfg(feature = "program")]
pub(crate) use format::withheld;
pub(crate) use format::{REPORT_WITHOUT_TEXT, is_stand_in, is_withheld};
pub use metadata::{DEFAULT_TRACE_NAME, MetadataEntry, RequestField, TraceMetadata};
pub use source_map::{PieceRelation, Place, Segment, SourceMap};

use std::sync::{Arc, OnceLock};

use crate::json::{Checkpoints, Document, Position, Value};

/// One of OpenRouter's APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// `/api/v1/chat/completions`
    Chat,
    /// `/api/v1/responses`
    Responses,
    /// `/api/v1/messages`
    Messages,
    /// A Broadcast delivery alone; it does not tell which API was asked.
    Delivery,
    /// What stands beside an exchange, alone: a generation record, a row of the activity export.
    Unknown,
}

impl Api {
    /// The name used on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Api::Chat => "chat",
            Api::Responses => "responses",
            Api::Messages => "messages",
            Api::Delivery => "delivery",
            Api::Unknown => "unknown API",
        }
    }

    /// Tells the API from the shape of the response, else of the request.
    pub fn of(request: Option<Value<'_>>, response: Option<Value<'_>>) -> Api {
        if let Some(response) = response {
            let text = |key| response.get(key).and_then(Value::str);
            if response.get("choices").is_some() {
                return Api::Chat;
            }
            if text("object").as_deref() == Some("response") || response.get("output").is_some() {
                return Api::Responses;
            }
            if matches!(text("type").as_deref(), Some("message" | "error"))
                || response.get("stop_reason").is_some()
            {
                return Api::Messages;
            }
        }
        let asks = |key| request.is_some_and(|request| request.get(key).is_some());
        if asks("input") {
            Api::Responses
        } else if ["system", "thinking", "stop_sequences"]
            .into_iter()
            .any(asks)
        {
            Api::Messages
        } else {
            Api::Chat
        }
    }
}

/// A member of a request body as OpenRouter gets it, `null` being none.
///
/// The OpenAI SDK for Python merges `extra_body` into the body before it sends it. In a request that was
/// logged before that, what stands there counts in place of the body's own member.
pub fn request_member<'c>(request: Value<'c>, key: &str) -> Option<Value<'c>> {
    let extra = request.get_some("extra_body");
    extra
        .and_then(|extra| extra.get_some(key))
        .or(request.get_some(key))
}

/// Where a completion was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file's name as the user gave it, or `<stdin>`.
    pub file: Arc<str>,
    /// Byte offset of the record in the file.
    pub offset: usize,
    /// Where the record begins.
    pub position: Position,
    /// Which record of the file it is, from 1; 0 where the file is one record.
    pub record: usize,
}

impl Origin {
    /// The place at which the record begins.
    pub fn place(&self) -> Place {
        Place {
            file: self.file.clone(),
            offset: self.offset,
            position: self.position,
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.record {
            0 => write!(f, "{}", self.file),
            _ => write!(f, "{}:{}", self.file, self.position.line),
        }
    }
}

/// What is known of a response that came as a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Data events in it, `[DONE]` not counted.
    pub chunks: usize,
    /// Comment lines, such as `: OPENROUTER PROCESSING`.
    pub comments: usize,
    /// Whether it ended as a stream should.
    pub complete: bool,
    /// Whether a line among its events stands in place of some that were left out, as people shorten what they paste: `...`.
    pub shortened: bool,
    /// How many more streams stand in the same response, each of another generation or begun anew.
    pub others: usize,
}

impl Stream {
    /// Whether all of it is here.
    pub fn is_whole(&self) -> bool {
        self.complete && !self.shortened
    }

    /// What to say where more than one stream stands in a response: which of them the request belongs to besides
    /// the first can't be told.
    pub(crate) fn remark_on_others(&self) -> String {
        format!(
            "{} streams stand in one response; the first counts",
            self.others + 1
        )
    }
}

/// One completion: a request, what came of it, and whatever else is known.
#[derive(Debug, Clone)]
pub struct Completion {
    /// What the list shows.
    pub name: String,
    /// Where it came from.
    pub origin: Origin,
    /// What it was read as.
    pub format: Format,
    /// Which API it went through.
    pub api: Api,
    /// Set where the response was streamed.
    pub stream: Option<Stream>,
    doc: Arc<Document>,
    source_map: Arc<SourceMap>,
    /// Positions in the document's text, made when a place in a long one is first asked for.
    checkpoints: Arc<OnceLock<Checkpoints>>,
}

/// Longer texts have checkpoints.
const LONG: usize = 1 << 16;

impl Completion {
    /// Takes a document in the normal form that the module describes, and where its text came from.
    pub fn new(
        name: String,
        origin: Origin,
        format: Format,
        doc: Document,
        source_map: SourceMap,
        stream: Option<Stream>,
    ) -> Completion {
        let root = doc.root();
        let (request, response) = (root.get_some("request"), root.get_some("response"));
        let api = match (request, response, root.get_some("delivery")) {
            (None, None, Some(_)) => Api::Delivery,
            (None, None, None) => Api::Unknown,
            _ => Api::of(request, response),
        };
        Completion {
            name,
            origin,
            format,
            api,
            stream,
            doc: Arc::new(doc),
            source_map: Arc::new(source_map),
            checkpoints: Arc::default(),
        }
    }

    /// The whole completion in normal form.
    pub fn document(&self) -> &Document {
        &self.doc
    }

    /// Which bytes of the document came from which file.
    pub fn source_map(&self) -> &SourceMap {
        &self.source_map
    }

    /// Where a value of the document stands in the file it came from. Within an assembled stream that
    /// is the start of the transcript; `None` for what the program itself wrote.
    pub fn place_of(&self, value: Value<'_>) -> Option<Place> {
        let text = self.doc.text();
        if text.len() < LONG {
            return self.source_map.place_of(text, value.span());
        }
        let checkpoints = self.checkpoints.get_or_init(|| Checkpoints::of(text));
        self.source_map.place_by(value.span(), |start, at| {
            let [from, to] = [start, at].map(|at| checkpoints.position(text, at));
            Position {
                line: to.line - from.line + 1,
                column: match to.line == from.line {
                    true => to.column - from.column + 1,
                    false => to.column,
                },
            }
        })
    }

    /// The request body, if it is known.
    pub fn request(&self) -> Option<Value<'_>> {
        self.doc.root().get_some("request")
    }

    /// The response body, assembled where it was streamed.
    pub fn response(&self) -> Option<Value<'_>> {
        self.doc.root().get_some("response")
    }

    /// The answer of `GET /api/v1/generation`, without its `data` wrapper.
    pub fn generation(&self) -> Option<Value<'_>> {
        let record = self.doc.root().get_some("generation")?;
        Some(record.get_some("data").unwrap_or(record))
    }

    /// The answer of `GET /api/v1/generation/content`, without its `data` wrapper.
    pub fn content(&self) -> Option<Value<'_>> {
        let content = self.doc.root().get_some("content")?;
        Some(content.get_some("data").unwrap_or(content))
    }

    /// A row of the activity export, by its columns' names.
    pub fn activity(&self) -> Option<Value<'_>> {
        self.doc.root().get_some("activity")
    }

    /// What a proxy of ours measured: `started_at`, `first_byte_ms`, `first_token_ms`, `duration_ms`.
    pub fn measured(&self) -> Option<Value<'_>> {
        self.doc.root().get_some("measured")
    }

    /// How a proxy of ours saw the exchange go: its `number`, `method`, `path`, `status`, `ending` (`not yet`, `complete`,
    /// `cancelled`, `broken off`, `unreachable`) and, where there is one, the `reason`.
    pub fn captured(&self) -> Option<Value<'_>> {
        self.doc.root().get_some("captured")
    }

    /// A Broadcast delivery of this completion, in the plain form that the loader gives it.
    pub fn delivery(&self) -> Option<Value<'_>> {
        self.doc.root().get_some("delivery")
    }

    /// A request header, found without regard to case. A list of values counts as its first.
    pub fn header(&self, name: &str) -> Option<Value<'_>> {
        self.header_of("headers", name)
    }

    /// A header of the response, as [`Self::header`] finds one of the request.
    pub fn response_header(&self, name: &str) -> Option<Value<'_>> {
        self.header_of("response_headers", name)
    }

    fn header_of(&self, part: &str, name: &str) -> Option<Value<'_>> {
        let headers = self.doc.root().get_some(part)?;
        let value = headers
            .children()
            .filter(|member| {
                member
                    .key()
                    .is_some_and(|key| key.eq_ignore_ascii_case(name))
            })
            .last()?;
        Some(value.item(0).unwrap_or(value))
    }

    /// A member of the envelope itself: `duration_ms` or `completed_at`.
    pub fn envelope(&self, key: &str) -> Option<Value<'_>> {
        self.doc.root().get_some(key)
    }
}
