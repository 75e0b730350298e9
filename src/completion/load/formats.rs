//! What can be read: each format with how it is told and what reads it, in the order in which they are
//! tried. A new format is a line here and a file of its own.
//!
//! A format is told from the bytes (what is no text), from the beginning of a text (what is no JSON, or
//! JSON that has to be read as one although it has a record a line), or from a JSON value. All three are
//! tried again on what is found inside: an unpacked body, a fenced block, a string that holds JSON.

use std::collections::BTreeSet;

use super::ProblemKind;
use super::consecutive;
use super::encoding::decode::Coding;
use super::encoding::utf16;
use super::framing::scan::document_end;
use super::framing::split;
use super::head::FileHead;
use super::inside::PAIR;
use super::logs::{asked, expanded, printed_stream, terminal, unwrapped};
use super::record::{Reader, SAMPLE};
use super::streams::{chunks, sse};
use super::{
    activity, batch, camel, claude_code, content, delivery, exchange, fenced, llm, report, shape,
    source_code, unsupported,
};
use crate::completion::REPORT_WITHOUT_TEXT;
use crate::completion::source_map::Places;
use crate::json::Value;

/// Bytes that are no text.
pub(super) struct BytesFormat {
    /// What its completions were found in, in plain words; nothing for what only packs another file, whose
    /// name tells.
    pub name: &'static str,
    /// Whether the beginning of a file is one; the name helps where nothing else tells.
    pub recognises: fn(&[u8], &str) -> bool,
    /// Reads all of it.
    pub read: fn(&[u8], &mut Reader<'_>),
}

/// A text that is not read as JSON, line by line or as a whole.
pub(super) struct TextFormat {
    /// What its completions were read as, in plain words.
    pub name: &'static str,
    /// Whether a text is one.
    pub recognises: fn(&FileHead<'_>) -> bool,
    /// Reads all of it. The places know the text.
    pub read: fn(&Places<'_>, &mut Reader<'_>),
}

/// A JSON value.
pub(super) struct ValueFormat {
    /// What its completions were read as, in plain words.
    pub name: &'static str,
    /// Whether a value is one. It may stand anywhere, so this is strict.
    pub recognises: fn(Value<'_>) -> bool,
    /// What part of a completion it is, if it is not all of it.
    pub role: FormatRole,
    /// Reads it. The places are those of its document's text.
    pub read: fn(Value<'_>, &Places<'_>, &mut Reader<'_>),
}

/// What part of a completion a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormatRole {
    /// All that is known of one, or of several.
    Whole,
    /// A response, whose request may stand near it.
    Response,
    /// A request, whose response may stand near it.
    Request,
    /// The answer to a request that was refused, if a request stands near it.
    Error,
}

/// How a SQLite database begins.
const DATABASE: &[u8] = b"SQLite format 3\0";

/// What is read by the program, since it takes a file to open.
const DATABASE_FILE: &str = "a SQLite database";
/// Files that are named and not read.
const BINARY: &str = "a binary file";
const OTHER_CSV: &str = "another CSV file";
const OF_TOOL: &str = "a file of a tool's own";

/// Whether a text is a column of a row, as databases print one a line, and not the id of an event.
fn is_column(text: &str) -> bool {
    text.starts_with("id:") && !["data:", "event:"].iter().any(|field| text.contains(field))
}

/// Whether a format is one whose files are named and not read.
fn is_only_named(name: &str) -> bool {
    [BINARY, OTHER_CSV, OF_TOOL].contains(&name)
}

const BYTES: &[BytesFormat] = &[
    BytesFormat {
        name: DATABASE_FILE,
        recognises: |bytes, _| bytes.starts_with(DATABASE),
        read: |_, reader| {
            let what = "a SQLite database; llm's log is read from a file of its own, not from a pipe or a compressed file";
            reader.problem(
                ProblemKind::Unrecognised,
                reader.origin.place(),
                what.to_owned(),
            );
        },
    },
    BytesFormat {
        name: "protobuf",
        recognises: |bytes, _| delivery::is_protobuf(bytes),
        read: delivery::read_protobuf,
    },
    BytesFormat {
        name: "",
        recognises: |bytes, _| Coding::of_bytes(bytes) == Some(Coding::Gzip),
        read: |bytes, reader| reader.packed(bytes, Coding::Gzip),
    },
    BytesFormat {
        name: "",
        recognises: |bytes, _| Coding::of_bytes(bytes) == Some(Coding::Deflate),
        read: |bytes, reader| reader.packed(bytes, Coding::Deflate),
    },
    BytesFormat {
        name: "",
        recognises: |bytes, _| Coding::of_bytes(bytes) == Some(Coding::Zstd),
        read: |bytes, reader| reader.packed(bytes, Coding::Zstd),
    },
    BytesFormat {
        name: "",
        // Brotli has no mark of its own; what was unpacked of it still has the file's name.
        recognises: |bytes, file| file.ends_with(".br") && std::str::from_utf8(bytes).is_err(),
        read: |bytes, reader| reader.packed(bytes, Coding::Brotli),
    },
    BytesFormat {
        name: "",
        recognises: |bytes, _| utf16::is_utf16(bytes),
        read: utf16::read,
    },
    BytesFormat {
        name: BINARY,
        recognises: |bytes, _| unsupported::of_bytes(bytes).is_some(),
        read: |bytes, reader| {
            let what = unsupported::of_bytes(bytes).unwrap_or_default().to_owned();
            reader.problem(ProblemKind::Unrecognised, reader.origin.place(), what);
        },
    },
];

const TEXTS: &[TextFormat] = &[
    TextFormat {
        name: "",
        recognises: unwrapped::is_of_format,
        read: unwrapped::read,
    },
    TextFormat {
        name: "",
        recognises: terminal::is_shown,
        read: terminal::read,
    },
    TextFormat {
        name: "",
        recognises: expanded::are_shown,
        read: expanded::read,
    },
    TextFormat {
        name: TRANSCRIPT,
        recognises: |head| sse::is_transcript(head.text) && !is_column(head.text),
        read: |places, reader| reader.transcript(places),
    },
    TextFormat {
        name: "Broadcast delivery",
        recognises: delivery::are_payloads,
        read: delivery::read_together,
    },
    TextFormat {
        name: REPORT,
        recognises: report::is_report,
        read: report::read,
    },
    TextFormat {
        name: "Claude Code session",
        recognises: claude_code::is_session,
        read: claude_code::read,
    },
    TextFormat {
        name: activity::NAME,
        recognises: activity::is_export,
        read: activity::read,
    },
    TextFormat {
        name: HTTP_RECORDING,
        recognises: exchange::is_httprr,
        read: exchange::read_httprr,
    },
    TextFormat {
        name: "HTTP messages",
        recognises: exchange::is_wire_log,
        read: exchange::read_wire_log,
    },
    TextFormat {
        name: HTTP_RECORDING,
        recognises: exchange::is_router_log,
        read: exchange::read_router_log,
    },
    TextFormat {
        name: "HTTP messages",
        recognises: exchange::is_sdk_log,
        read: exchange::read_sdk_log,
    },
    TextFormat {
        name: "HTTP messages",
        recognises: exchange::is_debug_output,
        read: exchange::read_debug_output,
    },
    TextFormat {
        name: "HTTP messages",
        recognises: exchange::is_http,
        read: exchange::read_http,
    },
    TextFormat {
        name: exchange::CURL_COMMAND,
        recognises: exchange::is_command,
        read: exchange::read_command,
    },
    TextFormat {
        name: OF_TOOL,
        recognises: |head| unsupported::of_tool(head.text).is_some(),
        read: |places, reader| {
            let what = unsupported::of_tool(places.text()).unwrap_or_default();
            reader.problem(ProblemKind::Unrecognised, places.at(0), what.to_owned());
        },
    },
    TextFormat {
        name: HTTP_RECORDING,
        recognises: exchange::is_protocol_log,
        read: exchange::read_protocol_log,
    },
    TextFormat {
        name: HTTP_RECORDING,
        recognises: exchange::is_list,
        read: exchange::read_list,
    },
    TextFormat {
        name: HTTP_RECORDING,
        recognises: exchange::is_yaml,
        read: exchange::read_yaml,
    },
    TextFormat {
        name: HTTP_RECORDING,
        recognises: exchange::is_yaml_below_words,
        read: exchange::read_yaml_below_words,
    },
    TextFormat {
        name: "",
        recognises: activity::is_table,
        read: activity::read_table,
    },
    TextFormat {
        name: OTHER_CSV,
        recognises: activity::is_other_csv,
        read: activity::refuse,
    },
    TextFormat {
        name: "",
        recognises: source_code::is_source,
        read: source_code::read,
    },
    TextFormat {
        name: "",
        recognises: printed_stream::is_printed,
        read: printed_stream::read,
    },
    TextFormat {
        name: "",
        recognises: fenced::is_fenced,
        read: fenced::read,
    },
];

pub(super) const HAR: &str = "HAR recording";
/// A recording whose maker has no name of its own here.
pub(super) const HTTP_RECORDING: &str = "HTTP recording";
/// One exchange by itself.
pub(super) const HTTP_EXCHANGE: &str = "HTTP exchange";
pub(super) const SDK_RESULT: &str = "AI SDK result";
pub(super) const PAIR_OF_FILES: &str = "pair of files";
/// What completions are found in that is no format of theirs.
pub(super) const LOG: &str = "a log";
pub(super) const LOG_LINE: &str = "a log line";
pub(super) const MARKDOWN: &str = "Markdown";
pub(super) const REPORT: &str = "a report of rainscope";

/// What to say of an error's body that stands by itself and may be any server's.
pub(super) const ERROR_OF_ANYONE: &str = "an error body; nothing tells that it is OpenRouter's, whose errors have a number as their \
     `code`; a sample or an exchange with its request would tell";

/// What to say of the answer to a question for a record that is not there.
const NO_RECORD: &str = "OpenRouter's answer that it has no record of a generation, as it gives for one that was made \
     seconds ago; it tells nothing of what was generated";

/// A stream as it was sent.
pub(super) const TRANSCRIPT: &str = "SSE transcript";

/// Chunks of a stream, one JSON after another.
pub(super) const CHUNKS: &str = "stream of chunks";

const VALUES: &[ValueFormat] = &[
    ValueFormat {
        name: CHUNKS,
        recognises: chunks::are_chunks,
        role: FormatRole::Whole,
        read: |value, places, reader| {
            let start = value.span().start;
            reader.streams(value.raw(), &|at| places.at(start + at));
        },
    },
    ValueFormat {
        name: "Broadcast delivery",
        recognises: delivery::is_payload,
        role: FormatRole::Whole,
        read: delivery::read,
    },
    ValueFormat {
        name: "Broadcast trace file",
        recognises: delivery::is_trace_file,
        role: FormatRole::Whole,
        read: delivery::read_trace_file,
    },
    ValueFormat {
        name: "Langfuse observation",
        recognises: delivery::is_langfuse,
        role: FormatRole::Whole,
        read: delivery::read_langfuse,
    },
    ValueFormat {
        name: "batch result",
        recognises: batch::is_result,
        role: FormatRole::Whole,
        read: batch::read_result,
    },
    ValueFormat {
        name: "batch result",
        recognises: batch::is_batch,
        role: FormatRole::Whole,
        read: batch::read_batch,
    },
    ValueFormat {
        name: "generation content",
        recognises: content::is_content,
        role: FormatRole::Whole,
        read: content::read,
    },
    ValueFormat {
        name: "entry of llm's log",
        recognises: llm::is_entry,
        role: FormatRole::Whole,
        read: llm::read,
    },
    ValueFormat {
        name: HAR,
        recognises: exchange::is_har,
        role: FormatRole::Whole,
        read: exchange::read_har,
    },
    ValueFormat {
        name: "LiteLLM log",
        recognises: exchange::is_litellm,
        role: FormatRole::Whole,
        read: exchange::read_litellm,
    },
    ValueFormat {
        name: SAMPLE,
        recognises: shape::is_unreadable_sample,
        role: FormatRole::Whole,
        read: |value, places, reader| reader.unknown(value, places),
    },
    ValueFormat {
        name: "AI SDK DevTools",
        recognises: exchange::is_devtools,
        role: FormatRole::Whole,
        read: exchange::read_devtools,
    },
    ValueFormat {
        name: HTTP_EXCHANGE,
        recognises: exchange::is_axios_error,
        role: FormatRole::Whole,
        read: exchange::read_axios_error,
    },
    ValueFormat {
        name: SDK_RESULT,
        recognises: exchange::is_sdk_result,
        role: FormatRole::Whole,
        read: exchange::read_sdk_result,
    },
    ValueFormat {
        name: HTTP_RECORDING,
        recognises: exchange::is_recording,
        role: FormatRole::Whole,
        read: exchange::read_recording,
    },
    ValueFormat {
        name: HTTP_EXCHANGE,
        recognises: exchange::is_single,
        role: FormatRole::Whole,
        read: exchange::read_single,
    },
    ValueFormat {
        name: "generation record",
        recognises: |value| shape::is_record(value) || camel::is_record(value),
        role: FormatRole::Whole,
        read: |value, places, reader| reader.generation(value, places),
    },
    ValueFormat {
        name: "chat completion",
        recognises: shape::is_chat,
        role: FormatRole::Response,
        read: |value, places, reader| reader.part("response", value, places),
    },
    ValueFormat {
        name: "Responses object",
        recognises: shape::is_responses,
        role: FormatRole::Response,
        read: |value, places, reader| reader.part("response", value, places),
    },
    ValueFormat {
        name: "Messages object",
        recognises: shape::is_message,
        role: FormatRole::Response,
        read: |value, places, reader| reader.part("response", value, places),
    },
    ValueFormat {
        name: "error body",
        recognises: shape::is_error_body,
        role: FormatRole::Error,
        read: |value, places, reader| {
            let at = places.at(value.span().start);
            if shape::is_error_of_record(value) {
                reader.problem(ProblemKind::Unrecognised, at, NO_RECORD.to_owned());
            } else if shape::is_error_of_openrouter(value) {
                reader.part("response", value, places);
            } else {
                reader.problem(ProblemKind::Unrecognised, at, ERROR_OF_ANYONE.to_owned());
            }
        },
    },
    ValueFormat {
        name: "request body",
        recognises: shape::is_request,
        role: FormatRole::Request,
        read: |value, places, reader| reader.part("request", value, places),
    },
];

/// Every kind of source that completions are read from: what [`Format`](crate::completion::Format) names them, or
/// what they were found in. The database of `llm` gives entries of its log.
pub fn kinds() -> BTreeSet<&'static str> {
    let tables = BYTES.iter().map(|format| format.name);
    let tables = tables.chain(TEXTS.iter().map(|format| format.name));
    let tables = tables.chain(VALUES.iter().map(|format| format.name));
    let others = [
        SAMPLE,
        PAIR,
        PAIR_OF_FILES,
        consecutive::NAME,
        asked::NAME,
        LOG,
        LOG_LINE,
        MARKDOWN,
        REPORT_WITHOUT_TEXT,
    ];
    tables
        .chain(exchange::names_of_recorders())
        .chain(exchange::other_commands())
        .chain(others)
        .filter(|name| !name.is_empty() && *name != DATABASE_FILE && !is_only_named(name))
        .collect()
}

/// The format of bytes that are no text.
pub(super) fn of_bytes(bytes: &[u8], file: &str) -> Option<&'static BytesFormat> {
    BYTES.iter().find(|format| (format.recognises)(bytes, file))
}

/// The format of a text that is not simply JSON.
pub(super) fn of_text(head: &FileHead<'_>) -> Option<&'static TextFormat> {
    TEXTS.iter().find(|format| (format.recognises)(head))
}

/// Whether the lines of a log hold together a text of another format than a log's: one that has to be read as a whole.
pub(super) fn is_whole_in_log(head: &FileHead<'_>) -> bool {
    // The first is what asks here.
    let format = TEXTS[1..].iter().find(|format| (format.recognises)(head));
    match format {
        Some(format) => format.name != TRANSCRIPT && !is_only_named(format.name),
        None => {
            let is_array =
                head.text.starts_with('[') && split::is_array_of_file(head.text.as_bytes());
            let line = head.text.lines().next().unwrap_or_default().trim_end();
            is_array && document_end(line.as_bytes(), 0) != Some(line.len())
        }
    }
}

/// The format of a JSON value that is no sample.
pub(super) fn of_value(value: Value<'_>) -> Option<&'static ValueFormat> {
    VALUES.iter().find(|format| (format.recognises)(value))
}

/// Whether the beginning of a file is that of a format of this table, and not of one that is only named.
pub(crate) fn begins_like_a_format(head: &[u8], file: &str) -> bool {
    if delivery::begins_like_protobuf(head) {
        return true;
    }
    if let Some(format) = of_bytes(head, file) {
        return !is_only_named(format.name);
    }
    of_text(&FileHead::of(head)).is_some_and(|format| !is_only_named(format.name))
}

/// Whether the beginning of a file has to be told from a whole that is no JSON, or no records: what kind of it
/// matters to no one here.
pub(super) fn is_read_whole(head: &[u8], beginning: &FileHead<'_>) -> bool {
    delivery::begins_like_protobuf(head)
        || of_bytes(head, "").is_some()
        || of_text(beginning).is_some()
}

/// Whether a file has deliveries, one a line. Read together, the spans of a trace find each other; one by one,
/// each generation is still told by itself.
pub(crate) fn has_payload_lines(head: &[u8]) -> bool {
    let head = FileHead::of(head);
    head.text.starts_with('{') && delivery::are_payloads(&head)
}

/// Whether the beginning of a file is no text that could be searched: compressed, protobuf, or UTF-16.
#[cfg(feature = "program")]
pub(crate) fn has_to_be_unpacked(head: &[u8]) -> bool {
    Coding::of_bytes(head).is_some()
        || delivery::begins_like_protobuf(head)
        || utf16::is_utf16(head)
}
