//! Trace exports: OTLP as JSON or as protobuf. The sink does not keep spans, it checks the shape and
//! counts them, which is all the inspector shows.

use serde_json::Value;

/// The number of spans in a JSON export; the reasons when it is none. Ids may be hex or base64:
/// official clients send both.
pub(super) fn json_spans(export: &Value) -> Result<usize, Vec<String>> {
    let Some(fields) = export.as_object() else {
        return Err(vec![": expected an object with resourceSpans".to_owned()]);
    };
    let Some(resources) = fields.get("resourceSpans") else {
        return Err(vec!["/resourceSpans: missing".to_owned()]);
    };
    let Some(resources) = resources.as_array() else {
        return Err(vec!["/resourceSpans: expected an array".to_owned()]);
    };
    let mut spans = 0;
    let mut reasons = Vec::new();
    for (i, resource) in resources.iter().enumerate() {
        let scopes = match resource.get("scopeSpans") {
            Some(Value::Array(scopes)) => scopes.as_slice(),
            None if resource.is_object() => &[],
            _ => {
                reasons.push(format!(
                    "/resourceSpans/{i}: expected an object with scopeSpans"
                ));
                continue;
            }
        };
        for (j, scope) in scopes.iter().enumerate() {
            match scope.get("spans") {
                Some(Value::Array(found)) if found.iter().all(Value::is_object) => {
                    spans += found.len();
                }
                None if scope.is_object() => {}
                _ => reasons.push(format!(
                    "/resourceSpans/{i}/scopeSpans/{j}/spans: expected an array of objects"
                )),
            }
        }
    }
    if reasons.is_empty() {
        Ok(spans)
    } else {
        Err(reasons)
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
            ("[]", Err(": expected an object with resourceSpans")),
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
            let found = json_spans(&serde_json::from_str(text).unwrap());
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
