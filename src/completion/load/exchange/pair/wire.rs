//! A message that a record has whole, its head and its body as they went over the wire: ngrok's inspector keeps them so.

use crate::completion::load::exchange::body::{self, Body, BodyLimits};
use crate::completion::load::exchange::http_text::{is_request_line, is_status_line};
use crate::completion::source_map::Places;
use crate::json::Value;

/// The body of the message that a string is, as text or in base64.
pub(super) fn body<'d>(raw: Value<'_>, places: &Places<'_>, limits: &BodyLimits) -> Body<'d> {
    let message = |raw: Value<'_>| {
        let text = raw.str()?;
        let bytes = match begins_message(text.as_bytes()) {
            true => text.into_owned().into_bytes(),
            false => body::from_base64(&text).filter(|bytes| begins_message(bytes))?,
        };
        let (head, behind) = parted(&bytes)?;
        let said = |name: &str| {
            head.lines().find_map(|line| {
                let (of, value) = line.split_once(':')?;
                of.trim().eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let is_chunked = said("transfer-encoding")
            .is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
        let whole = is_chunked.then(|| unchunked(behind)).flatten();
        let whole = whole.unwrap_or_else(|| behind.to_vec());
        let at = places.at(raw.span().start);
        Some(body::of_bytes(whole, said("content-encoding"), limits, &at))
    };
    message(raw).unwrap_or(Body::Absent)
}

/// Whether bytes begin with the first line of a message.
fn begins_message(bytes: &[u8]) -> bool {
    /// Of such a line.
    const LONGEST: usize = 4096;
    let head = &bytes[..bytes.len().min(LONGEST)];
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    std::str::from_utf8(line).is_ok_and(|line| {
        let line = line.trim_end();
        is_status_line(line) || is_request_line(line)
    })
}

/// The head of a message, and what stands behind its blank line.
fn parted(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let ends = [b"\r\n\r\n".as_slice(), b"\n\n"];
    let found = ends.iter().filter_map(|end| {
        let at = memchr::memmem::find(bytes, end)?;
        Some((at, at + end.len()))
    });
    let (head, body) = found.min()?;
    Some((std::str::from_utf8(&bytes[..head]).ok()?, &bytes[body..]))
}

/// A body whose chunks still have their lengths before them.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        let length = line.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(length, 16).ok()?;
        rest = &rest[end + 1..];
        if length == 0 {
            return Some(out);
        }
        out.extend(rest.get(..length)?);
        rest = rest[length..]
            .strip_prefix(b"\r\n")
            .unwrap_or(&rest[length..]);
    }
    Some(out)
}
