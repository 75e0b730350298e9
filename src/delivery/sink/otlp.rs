//! Trace exports: OTLP as JSON or as protobuf. The shape is checked and the spans are counted.

use super::raw;
use serde_json::value::RawValue;

/// Most reasons that are given.
const MOST: usize = 50;

/// The number of spans in a JSON export; the reasons when it is none. Ids may be hex or base64:
/// official clients send both.
pub(super) fn json_spans(export: &str) -> serde_json::Result<Result<usize, Vec<String>>> {
    let one = |reason: &str| Ok(Err(vec![reason.to_owned()]));
    let resources = match raw::member(export, "resourceSpans")? {
        None => return one("expected an object with resourceSpans"),
        Some(None) => return one("/resourceSpans: missing"),
        Some(Some(resources)) => resources,
    };
    let mut counted = Counted::default();
    let is_list = raw::items(resources.get(), |index, resource| {
        counted.resource(&format!("/resourceSpans/{index}"), resource);
        Ok(())
    })?;
    if !is_list {
        return one("/resourceSpans: expected an array");
    }
    Ok(match counted.reasons.is_empty() {
        true => Ok(counted.spans),
        false => Err(counted.reasons),
    })
}

/// Spans so far, and what is wrong with the shape.
#[derive(Default)]
struct Counted {
    spans: usize,
    reasons: Vec<String>,
}

impl Counted {
    fn resource(&mut self, at: &str, resource: &RawValue) {
        let is_right = match raw::member(resource.get(), "scopeSpans") {
            Ok(Some(Some(scopes))) => raw::items(scopes.get(), |index, scope| {
                self.scope(&format!("{at}/scopeSpans/{index}"), scope);
                Ok(())
            })
            .is_ok_and(|is_list| is_list),
            Ok(Some(None)) => true,
            Ok(None) | Err(_) => false,
        };
        if !is_right {
            self.add(format!("{at}: expected an object with scopeSpans"));
        }
    }

    fn scope(&mut self, at: &str, scope: &RawValue) {
        let is_right = match raw::member(scope.get(), "spans") {
            Ok(Some(Some(spans))) => raw::items(spans.get(), |_, span| {
                self.spans += 1;
                match span.get().starts_with('{') {
                    true => Ok(()),
                    false => Err("no object".to_owned()),
                }
            })
            .is_ok_and(|is_list| is_list),
            Ok(Some(None)) => true,
            Ok(None) | Err(_) => false,
        };
        if !is_right {
            self.add(format!("{at}/spans: expected an array of objects"));
        }
    }

    fn add(&mut self, reason: String) {
        if self.reasons.len() < MOST {
            self.reasons.push(reason);
        }
    }
}

/// The number of spans in a protobuf export (`ExportTraceServiceRequest`), `None` when the bytes are
/// no such message. Resource spans are field 1, scope spans field 2 of these, spans field 2 of those.
pub(super) fn protobuf_spans(export: &[u8]) -> Option<usize> {
    let mut spans = 0;
    for resource in messages(export, 1)? {
        for scope in messages(resource, 2)? {
            spans += messages(scope, 2)?.len();
        }
    }
    Some(spans)
}

/// The body that refuses an export in protobuf: a `google.rpc.Status` with a message, its field 2 (OTLP
/// specification).
pub(super) fn status(message: &str) -> Vec<u8> {
    let mut out = vec![0x12];
    let mut length = message.len();
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap_or_default());
    out.extend_from_slice(message.as_bytes());
    out
}

/// Every length-delimited value of this field, in order; other fields are stepped over.
fn messages(mut bytes: &[u8], wanted: u64) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        match tag & 7 {
            0 => {
                varint(&mut bytes)?;
            }
            1 => bytes = bytes.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (value, rest) = bytes.split_at_checked(length)?;
                if tag >> 3 == wanted {
                    found.push(value);
                }
                bytes = rest;
            }
            5 => bytes = bytes.get(4..)?,
            _ => return None,
        }
    }
    Some(found)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn json() {
        let table = [
            (r#"{"resourceSpans":[]}"#, Ok(0)),
            (
                r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{},{}]},{}]},{}]}"#,
                Ok(2),
            ),
            ("[]", Err("expected an object with resourceSpans")),
            ("{}", Err("/resourceSpans: missing")),
            (
                r#"{"resourceSpans":{}}"#,
                Err("/resourceSpans: expected an array"),
            ),
            (
                r#"{"resourceSpans":[1]}"#,
                Err("/resourceSpans/0: expected an object with scopeSpans"),
            ),
            (
                r#"{"resourceSpans":[{"scopeSpans":[{"spans":1}]}]}"#,
                Err("/resourceSpans/0/scopeSpans/0/spans: expected an array of objects"),
            ),
        ];
        for (text, expected) in table {
            let found = json_spans(text).unwrap();
            assert_eq!(found, expected.map_err(|e| vec![e.to_owned()]), "{text}");
        }
    }

    #[test]
    fn protobuf() {
        let table: [(&[u8], Option<usize>); 6] = [
            (b"", Some(0)),
            (&[0x0a, 4, 0x12, 2, 0x12, 0], Some(1)),
            (&[0x0a, 6, 0x12, 4, 0x12, 0, 0x12, 0], Some(2)),
            (&[0x10, 0x80, 0x01], Some(0)),
            (&[0x0a, 9, 0], None),
            (b"{\"not\":\"protobuf\"}", None),
        ];
        for (bytes, expected) in table {
            assert_eq!(protobuf_spans(bytes), expected, "{bytes:?}");
        }
    }
}
