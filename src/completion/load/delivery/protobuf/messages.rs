//! The messages, declared by the field numbers of `opentelemetry/proto/trace/v1`, `common/v1` and `resource/v1`; what is not
//! declared, prost passes over. The lists that a payload can have very many items in are declared as bytes, and each item is
//! read when its turn comes: on the wire the two are the same, but two bytes of a hostile payload would otherwise become a
//! whole span in memory.

use prost::bytes::Bytes;
use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub(super) struct Traces {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(super) resource_spans: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    pub(super) resource: Option<Resource>,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    pub(super) scope_spans: Vec<Bytes>,
    #[prost(string, tag = "3")]
    pub(super) schema_url: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Resource {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(super) attributes: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    pub(super) scope: Option<InstrumentationScope>,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    pub(super) spans: Vec<Bytes>,
    #[prost(string, tag = "3")]
    pub(super) schema_url: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct InstrumentationScope {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) version: String,
    #[prost(bytes = "bytes", repeated, tag = "3")]
    pub(super) attributes: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Span {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) trace_id: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) span_id: Bytes,
    #[prost(string, tag = "3")]
    pub(super) trace_state: String,
    #[prost(bytes = "bytes", tag = "4")]
    pub(super) parent_span_id: Bytes,
    #[prost(string, tag = "5")]
    pub(super) name: String,
    #[prost(int32, tag = "6")]
    pub(super) kind: i32,
    #[prost(fixed64, tag = "7")]
    pub(super) start: u64,
    #[prost(fixed64, tag = "8")]
    pub(super) end: u64,
    #[prost(bytes = "bytes", repeated, tag = "9")]
    pub(super) attributes: Vec<Bytes>,
    #[prost(uint32, tag = "10")]
    pub(super) dropped_attributes: u32,
    #[prost(bytes = "bytes", repeated, tag = "11")]
    pub(super) events: Vec<Bytes>,
    #[prost(uint32, tag = "12")]
    pub(super) dropped_events: u32,
    #[prost(bytes = "bytes", repeated, tag = "13")]
    pub(super) links: Vec<Bytes>,
    #[prost(uint32, tag = "14")]
    pub(super) dropped_links: u32,
    #[prost(message, optional, tag = "15")]
    pub(super) status: Option<Status>,
    #[prost(fixed32, tag = "16")]
    pub(super) flags: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SpanEvent {
    #[prost(fixed64, tag = "1")]
    pub(super) time: u64,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(bytes = "bytes", repeated, tag = "3")]
    pub(super) attributes: Vec<Bytes>,
    #[prost(uint32, tag = "4")]
    pub(super) dropped_attributes: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Link {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) trace_id: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) span_id: Bytes,
    #[prost(string, tag = "3")]
    pub(super) trace_state: String,
    #[prost(bytes = "bytes", repeated, tag = "4")]
    pub(super) attributes: Vec<Bytes>,
    #[prost(uint32, tag = "5")]
    pub(super) dropped_attributes: u32,
    #[prost(fixed32, tag = "6")]
    pub(super) flags: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(int32, tag = "3")]
    pub(super) code: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct KeyValue {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(message, optional, tag = "2")]
    pub(super) value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AnyValue {
    #[prost(oneof = "Any", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub(super) any: Option<Any>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Any {
    #[prost(string, tag = "1")]
    String(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    Array(List),
    #[prost(message, tag = "6")]
    Pairs(List),
    #[prost(bytes = "bytes", tag = "7")]
    Bytes(Bytes),
}

/// The items of an array, or the pairs of a key-value list.
#[derive(Clone, PartialEq, Message)]
pub(super) struct List {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(super) items: Vec<Bytes>,
}
