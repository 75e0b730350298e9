//! Bytes that are no text, told by their beginning.

use crate::completion::load::activity;
use crate::completion::load::framing::split::{self, content_start};
use crate::completion::load::head::FileHead;

/// What bytes are that are no text, told by their beginning.
pub(in crate::completion::load) fn of_bytes(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 16] = [
        (b"\x89PNG", "a PNG picture"),
        (b"\xFF\xD8\xFF", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"%PDF-", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive; unpack it first"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"PAR1", "a Parquet file; write it as NDJSON"),
        (b"BZh", "bzip2; unpack it first"),
        (b"\xFD7zXZ\0", "xz; unpack it first"),
        (b"7z\xBC\xAF\x27\x1C", "a 7z archive; unpack it first"),
        (b"\x04\x22\x4D\x18", "lz4; unpack it first"),
        (b"\x7FELF", "a program"),
        (
            b"\xD4\xC3\xB2\xA1",
            "a network capture; export the HTTP exchanges as HAR",
        ),
        (
            b"\x0A\x0D\x0D\x0A",
            "a network capture; export the HTTP exchanges as HAR",
        ),
        (b"bplist00", "a binary property list"),
        (b"Obj\x01", "an Avro file; write it as NDJSON"),
    ];
    if is_flow(bytes) {
        return Some(
            "a file of mitmproxy's flows; write it as HAR (`mitmdump -nr FILE --set hardump=OUT.har`)",
        );
    }
    let known = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic));
    if let Some((_, what)) = known {
        return Some(what);
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some("a tar archive; unpack it first");
    }
    is_binary(bytes).then_some("binary data that is no format of completions")
}

/// `9504:9:websocket;…`: lengths before values, the first of them a key of a flow.
fn is_flow(bytes: &[u8]) -> bool {
    let length = |bytes: &[u8]| -> Option<usize> {
        let digits = bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        (1..10)
            .contains(&digits)
            .then_some(digits + 1)
            .filter(|_| bytes.get(digits) == Some(&b':'))
    };
    let inside = length(bytes).map(|at| &bytes[at..]).unwrap_or_default();
    let key = length(inside).map(|at| &inside[at..]).unwrap_or_default();
    [
        &b"websocket;"[..],
        b"response;",
        b"request;",
        b"version;",
        b"type;",
        b"id;",
    ]
    .iter()
    .any(|name| key.starts_with(name))
}

/// Whether a file is no text in any encoding, rather than text with an odd byte in it.
fn is_binary(bytes: &[u8]) -> bool {
    const LOOKED_AT: usize = 1024;
    let bytes = &bytes[split::text_start(bytes)..];
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let is_odd = |byte: &&u8| **byte < 0x20 && !b"\t\n\x0B\x0C\r\x1B\x1E".contains(byte);
    let odd = head.iter().filter(is_odd).count();
    let begins_as_json = matches!(head.get(content_start(head)), Some(b'{' | b'['));
    // A log tells itself by a line and an export by its first row, however odd the bytes are that follow:
    // whoever reads them as they come has begun by then.
    let is_text = || {
        let text = FileHead::of(bytes);
        begins_as_json || text.is_log || activity::is_export(&text)
    };
    head.len() > 4 && odd * 20 > head.len() && !is_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_bytes() {
        assert!(of_bytes(b"\x89PNG\r\n\x1a\n\0\0").is_some());
        assert_eq!(of_bytes(b"{\"a\":\"\0\"}"), None);
        assert_eq!(of_bytes("καλημέρα".as_bytes()), None);
    }
}
