//! OTLP in protobuf, as a collector sends and stores it, written as the JSON that OTLP also defines.

mod messages;

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::bytes::Bytes;
use prost::{DecodeError, Message};

use crate::json::{Limits, quote};
use messages::{
    Any, AnyValue, KeyValue, Link, List, ResourceSpans, ScopeSpans, Span, SpanEvent, Traces,
};

/// The largest payload that is read: what OpenTelemetry's Collector takes as a request by default.
const LIMIT: usize = 20 << 20;

/// Lists within lists, at most: below what one record of JSON may have.
const DEPTH: usize = 24;

/// Whether a file begins like a payload: its first resource spans begin with a resource, whose attributes
/// are named by text. Text may begin with the same byte, but hardly with the next ones.
pub(in crate::completion::load) fn begins_like_one(head: &[u8]) -> bool {
    // What a field holds, and how long it says that is.
    let inside = |bytes: &[u8], tags: &[u8]| {
        let (tag, rest) = bytes.split_first()?;
        let last = rest.iter().take(10).position(|byte| byte & 0x80 == 0)?;
        let (varint, within) = rest.split_at(last + 1);
        let length = varint.iter().rev().fold(0u64, |length, byte| {
            length.wrapping_shl(7) | u64::from(byte & 0x7F)
        });
        tags.contains(tag).then(|| (within.to_vec(), length))
    };
    let resource_spans = inside(head, &[0x0A]);
    let within = resource_spans.and_then(|(bytes, outer)| {
        // A field is longer than what it holds; blank lines are not.
        let (within, inner) = inside(&bytes, &[0x0A, 0x12])?;
        (inner < outer).then_some(within)
    });
    within.is_some_and(|bytes| matches!(bytes.first(), Some(0x0A | 0x12 | 0x15)))
        && std::str::from_utf8(head.get(..32).unwrap_or(head)).map_or(true, |text| {
            text.contains(|c: char| c.is_control() && !c.is_whitespace())
        })
}

/// Whether bytes are a payload. Text may begin with the same byte, so all of it is read.
pub(in crate::completion::load) fn is_payload(bytes: &[u8]) -> bool {
    to_json(bytes).is_some()
}

/// The payload as OTLP's JSON; `None` for bytes that are no such payload, or one without a span.
pub(super) fn to_json(bytes: &[u8]) -> Option<String> {
    // Its first field is a list of resource spans: the tag is 0x0A, and text may begin with that too.
    if bytes.len() > LIMIT || bytes.first() != Some(&0x0A) {
        return None;
    }
    protobuf_as_json(bytes)
}

/// An OTLP trace export in protobuf as OTLP's JSON, whatever spans it has; `None` for bytes that are none, or one
/// without a span. The caller has a limit on their size.
pub(crate) fn protobuf_as_json(bytes: &[u8]) -> Option<String> {
    let traces = Traces::decode(bytes).ok()?;
    let mut writer = OtlpWriter::default();
    writer.out.push_str("{\"resourceSpans\":");
    writer
        .list(&traces.resource_spans, OtlpWriter::resource_spans)
        .ok()?;
    writer.out.push('}');
    (writer.spans > 0).then_some(writer.out)
}

#[derive(Default)]
struct OtlpWriter {
    out: String,
    spans: usize,
    depth: usize,
}

/// Why a payload is not written.
enum NotWritten {
    /// It is none.
    Malformed,
    /// It would be longer in JSON than a record may be: two bytes of protobuf may be a hundred there.
    TooLong,
}

impl From<DecodeError> for NotWritten {
    fn from(_: DecodeError) -> NotWritten {
        NotWritten::Malformed
    }
}

type Written = Result<(), NotWritten>;

impl OtlpWriter {
    fn list(&mut self, items: &[Bytes], each: fn(&mut OtlpWriter, Bytes) -> Written) -> Written {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            each(self, item.clone())?;
            if self.out.len() > Limits::default().bytes {
                return Err(NotWritten::TooLong);
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn resource_spans(&mut self, bytes: Bytes) -> Written {
        let read = ResourceSpans::decode(bytes)?;
        self.out.push_str("{\"resource\":{\"attributes\":");
        let resource = read.resource.unwrap_or_default();
        self.list(&resource.attributes, OtlpWriter::pair)?;
        self.out.push_str("},\"scopeSpans\":");
        self.list(&read.scope_spans, OtlpWriter::scope_spans)?;
        self.text_member("schemaUrl", &read.schema_url);
        self.out.push('}');
        Ok(())
    }

    fn scope_spans(&mut self, bytes: Bytes) -> Written {
        let read = ScopeSpans::decode(bytes)?;
        self.out.push('{');
        if let Some(scope) = read.scope {
            self.out.push_str("\"scope\":{\"name\":");
            self.text(&scope.name);
            self.out.push_str(",\"version\":");
            self.text(&scope.version);
            self.out.push_str(",\"attributes\":");
            self.list(&scope.attributes, OtlpWriter::pair)?;
            self.out.push_str("},");
        }
        self.out.push_str("\"spans\":");
        self.list(&read.spans, OtlpWriter::span)?;
        self.text_member("schemaUrl", &read.schema_url);
        self.out.push('}');
        Ok(())
    }

    fn span(&mut self, bytes: Bytes) -> Written {
        let span = Span::decode(bytes)?;
        self.spans += 1;
        let _ = write!(
            self.out,
            "{{\"traceId\":\"{}\",\"spanId\":\"{}\"",
            hex(&span.trace_id),
            hex(&span.span_id)
        );
        self.text_member("traceState", &span.trace_state);
        if !span.parent_span_id.is_empty() {
            let _ = write!(
                self.out,
                ",\"parentSpanId\":\"{}\"",
                hex(&span.parent_span_id)
            );
        }
        self.out.push_str(",\"name\":");
        self.text(&span.name);
        let _ = write!(
            self.out,
            ",\"kind\":{},\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\",\"attributes\":",
            span.kind, span.start, span.end
        );
        self.list(&span.attributes, OtlpWriter::pair)?;
        self.number_member("droppedAttributesCount", span.dropped_attributes);
        self.list_member("events", &span.events, OtlpWriter::event)?;
        self.number_member("droppedEventsCount", span.dropped_events);
        self.list_member("links", &span.links, OtlpWriter::link)?;
        self.number_member("droppedLinksCount", span.dropped_links);
        self.number_member("flags", span.flags);
        if let Some(status) = span.status {
            let _ = write!(self.out, ",\"status\":{{\"code\":{}", status.code);
            if !status.message.is_empty() {
                self.out.push_str(",\"message\":");
                self.text(&status.message);
            }
            self.out.push('}');
        }
        self.out.push('}');
        Ok(())
    }

    fn event(&mut self, bytes: Bytes) -> Written {
        let event = SpanEvent::decode(bytes)?;
        let _ = write!(self.out, "{{\"timeUnixNano\":\"{}\",\"name\":", event.time);
        self.text(&event.name);
        self.list_member("attributes", &event.attributes, OtlpWriter::pair)?;
        self.number_member("droppedAttributesCount", event.dropped_attributes);
        self.out.push('}');
        Ok(())
    }

    fn link(&mut self, bytes: Bytes) -> Written {
        let link = Link::decode(bytes)?;
        let (trace_id, span_id) = (hex(&link.trace_id), hex(&link.span_id));
        let _ = write!(
            self.out,
            "{{\"traceId\":\"{trace_id}\",\"spanId\":\"{span_id}\""
        );
        self.text_member("traceState", &link.trace_state);
        self.list_member("attributes", &link.attributes, OtlpWriter::pair)?;
        self.number_member("droppedAttributesCount", link.dropped_attributes);
        self.number_member("flags", link.flags);
        self.out.push('}');
        Ok(())
    }

    /// A further member of an object, where there is something in it.
    fn list_member(
        &mut self,
        name: &str,
        items: &[Bytes],
        each: fn(&mut OtlpWriter, Bytes) -> Written,
    ) -> Written {
        if items.is_empty() {
            return Ok(());
        }
        let _ = write!(self.out, ",\"{name}\":");
        self.list(items, each)
    }

    fn text_member(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            let _ = write!(self.out, ",\"{name}\":");
            self.text(text);
        }
    }

    fn number_member(&mut self, name: &str, number: u32) {
        if number > 0 {
            let _ = write!(self.out, ",\"{name}\":{number}");
        }
    }

    fn pair(&mut self, bytes: Bytes) -> Written {
        let pair = KeyValue::decode(bytes)?;
        self.out.push_str("{\"key\":");
        self.text(&pair.key);
        self.out.push_str(",\"value\":");
        self.any(pair.value.unwrap_or_default())?;
        self.out.push('}');
        Ok(())
    }

    fn item(&mut self, bytes: Bytes) -> Written {
        self.any(AnyValue::decode(bytes)?)
    }

    fn any(&mut self, value: AnyValue) -> Written {
        let Some(any) = value.any else {
            self.out.push_str("{}");
            return Ok(());
        };
        match any {
            Any::String(text) => {
                self.out.push_str("{\"stringValue\":");
                self.text(&text);
            }
            Any::Bool(truth) => {
                let _ = write!(self.out, "{{\"boolValue\":{truth}");
            }
            Any::Int(number) => {
                let _ = write!(self.out, "{{\"intValue\":\"{number}\"");
            }
            // JSON has no word for these three; OTLP writes them as strings.
            Any::Double(number) if !number.is_finite() => {
                let name = match number {
                    _ if number.is_nan() => "NaN",
                    _ if number > 0.0 => "Infinity",
                    _ => "-Infinity",
                };
                let _ = write!(self.out, "{{\"doubleValue\":\"{name}\"");
            }
            // The shortest text that is this number.
            Any::Double(number) => {
                let _ = write!(self.out, "{{\"doubleValue\":{number:?}");
            }
            Any::Bytes(bytes) => {
                let _ = write!(self.out, "{{\"bytesValue\":\"{}\"", STANDARD.encode(bytes));
            }
            Any::Array(list) => return self.nested("arrayValue", &list, OtlpWriter::item),
            Any::Pairs(list) => return self.nested("kvlistValue", &list, OtlpWriter::pair),
        }
        self.out.push('}');
        Ok(())
    }

    fn nested(
        &mut self,
        name: &str,
        list: &List,
        each: fn(&mut OtlpWriter, Bytes) -> Written,
    ) -> Written {
        if self.depth == DEPTH {
            self.out.push_str("{}");
            return Ok(());
        }
        self.depth += 1;
        let _ = write!(self.out, "{{\"{name}\":{{\"values\":");
        self.list(&list.items, each)?;
        self.out.push_str("}}");
        self.depth -= 1;
        Ok(())
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(&quote(text));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::messages::Resource;
    use super::*;

    fn string(text: &str) -> AnyValue {
        AnyValue {
            any: Some(Any::String(text.to_owned())),
        }
    }

    fn pair(key: &str, value: AnyValue) -> Bytes {
        let pair = KeyValue {
            key: key.to_owned(),
            value: Some(value),
        };
        pair.encode_to_vec().into()
    }

    fn payload(span: &Span) -> Vec<u8> {
        let scope_spans = ScopeSpans {
            scope: None,
            spans: vec![span.encode_to_vec().into()],
            schema_url: String::new(),
        };
        let resource_spans = ResourceSpans {
            resource: Some(Resource {
                attributes: vec![pair("service.name", string("openrouter"))],
            }),
            scope_spans: vec![scope_spans.encode_to_vec().into()],
            schema_url: String::new(),
        };
        let traces = Traces {
            resource_spans: vec![resource_spans.encode_to_vec().into()],
        };
        traces.encode_to_vec()
    }

    #[test]
    fn every_type_of_value_becomes_what_otlp_writes_in_json() {
        let any = |any| AnyValue { any: Some(any) };
        let list = |items: Vec<Bytes>| List { items };
        let check = |value: AnyValue, expected: &str| {
            let span = Span {
                trace_id: Bytes::from_static(&[0xAB, 1]),
                attributes: vec![pair("k", value)],
                ..Span::default()
            };
            let json = to_json(&payload(&span));
            let json = json.as_deref().unwrap_or_default();
            let wanted = format!("\"attributes\":[{{\"key\":\"k\",\"value\":{expected}}}]}}");
            assert!(json.contains(&wanted), "{json}");
            assert!(json.contains("\"traceId\":\"ab01\""), "{json}");
        };
        check(string("a\"b"), r#"{"stringValue":"a\"b"}"#);
        check(any(Any::Bool(true)), r#"{"boolValue":true}"#);
        check(any(Any::Int(-7)), r#"{"intValue":"-7"}"#);
        check(any(Any::Double(1.48e-5)), r#"{"doubleValue":1.48e-5}"#);
        check(any(Any::Double(f64::NAN)), r#"{"doubleValue":"NaN"}"#);
        check(
            any(Any::Bytes(Bytes::from_static(b"ab"))),
            r#"{"bytesValue":"YWI="}"#,
        );
        check(AnyValue { any: None }, "{}");
        let item = any(Any::Int(1)).encode_to_vec().into();
        check(
            any(Any::Array(list(vec![item]))),
            r#"{"arrayValue":{"values":[{"intValue":"1"}]}}"#,
        );
        check(
            any(Any::Pairs(list(vec![pair("x", string("y"))]))),
            r#"{"kvlistValue":{"values":[{"key":"x","value":{"stringValue":"y"}}]}}"#,
        );
    }

    #[test]
    fn what_is_no_payload_is_not_taken_for_one() {
        let check = |bytes: &[u8]| assert_eq!(to_json(bytes), None, "{bytes:?}");
        check(b"");
        check(b"\n\n{\"resourceSpans\":[]}");
        check(b"\n\x00");
        check(b"\n{\"a\":1}\n{\"b\":2}\n");
        check(b"generation_id,created_at\n");
        let whole = payload(&Span::default());
        assert!(to_json(&whole).is_some());
        check(&whole[..whole.len() - 1]);
    }

    /// Two bytes are an empty span, which is a hundred in JSON.
    #[test]
    fn what_would_be_too_long_in_json_is_not_written() {
        let span = Span {
            attributes: vec![Bytes::new(); 3 << 20],
            ..Span::default()
        };
        let payload = payload(&span);
        assert!(payload.len() < 7 << 20);
        assert_eq!(to_json(&payload), None);
    }

    #[test]
    fn lists_within_lists_end_somewhere() {
        let mut value = string("deep");
        for _ in 0..DEPTH + 5 {
            value = AnyValue {
                any: Some(Any::Array(List {
                    items: vec![value.encode_to_vec().into()],
                })),
            };
        }
        let span = Span {
            attributes: vec![pair("k", value)],
            ..Span::default()
        };
        let json = to_json(&payload(&span)).unwrap_or_default();
        assert!(!json.contains("deep") && json.contains("[{}]"), "{json}");
    }
}
