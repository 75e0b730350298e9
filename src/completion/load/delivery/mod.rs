//! What OpenRouter's Broadcast delivered: OTLP as its Webhook and OpenTelemetry destinations send it, the
//! trace files of its S3 and Hugging Face destinations, and the observations it makes in Langfuse.
//!
//! Whatever the destination, each generation becomes one plain object under the names of OTLP's root span:
//! its name, ids, times and status, `attributes` and `resource` with values in place of typed ones, prompt
//! and completion parsed in place, and the other spans of its trace in `spans`. So one set of mapping rules
//! serves all of them.

mod bag;
mod langfuse;
mod names;
mod otlp;
mod protobuf;
mod read;
mod trace_file;
mod write;

pub(super) use langfuse::is_langfuse;
pub(super) use otlp::{OtlpGeneration, generations_of, is_payload};
#[cfg(feature = "program")]
pub(crate) use protobuf::protobuf_as_json;
pub(super) use protobuf::{begins_like_one as begins_like_protobuf, is_payload as is_protobuf};
pub(super) use read::{are_payloads, read, read_protobuf, read_together};
pub(super) use trace_file::is_trace_file;

use super::record::Reader;
use crate::completion::source_map::Places;
use crate::json::Value;

/// Reads a trace file.
pub(super) fn read_trace_file(value: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) {
    read::read_found(&trace_file::read(value), value, places, reader);
}

/// Reads a Langfuse observation, or a trace with observations.
pub(super) fn read_langfuse(value: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) {
    read::read_found(&langfuse::read(value), value, places, reader);
}

/// The root span's name where the request gives no `generation_name`.
pub const ROOT_NAME: &str = "LLM Generation";
/// What OpenRouter sends to find out whether a destination answers.
const CONNECTION_TEST: &str = "openrouter-connection-test";
/// What the Test button of the Broadcast settings sends: a canned conversation.
const TEST_GENERATION: &str = "Test Generation";
/// What is said of a connection test.
const CONNECTION_TEST_NOTE: &str = "a connection test of OpenRouter's, no generation";
/// What is said of the Test button's conversation.
const TEST_GENERATION_NOTE: &str =
    "the canned conversation of the Test button in the Broadcast settings, no generation of yours";
