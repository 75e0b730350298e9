//! Server-sent events: a transcript's lines to its events, as the HTML standard says, and forgiving
//! about an event that the end of the text cuts off.

use std::borrow::Cow;

/// One event with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'t> {
    /// The `data` lines, joined by a newline.
    pub data: Cow<'t, str>,
    /// Byte offset in the transcript at which the data begins.
    pub offset: usize,
}

/// A transcript taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript<'t> {
    /// Events with data, in order.
    pub events: Vec<Event<'t>>,
    /// Comment lines.
    pub comments: usize,
}

/// Whether a text looks like a transcript: its first line that is not blank is a comment or a field.
pub fn is_transcript(text: &str) -> bool {
    let line = text.trim_start_matches('\u{feff}').trim_start();
    line.starts_with(':')
        || ["data:", "event:", "id:", "retry:"]
            .iter()
            .any(|field| line.starts_with(field))
}

/// Takes a transcript apart.
pub fn read(text: &str) -> Transcript<'_> {
    let mut out = Transcript::default();
    let mut pending: Option<Event> = None;
    for (offset, line) in lines(text) {
        if line.is_empty() {
            out.events.extend(pending.take());
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        match field.trim_start_matches('\u{feff}') {
            "" => out.comments += 1,
            "data" => {
                let data = value.strip_prefix(' ').unwrap_or(value);
                let offset = offset + (line.len() - data.len());
                match &mut pending {
                    Some(event) => {
                        let joined = event.data.to_mut();
                        joined.push('\n');
                        joined.push_str(data);
                    }
                    None => {
                        pending = Some(Event {
                            data: Cow::Borrowed(data),
                            offset,
                        });
                    }
                }
            }
            _ => {}
        }
    }
    out.events.extend(pending);
    out
}

/// Lines with their offsets; LF, CRLF and CR end a line.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= text.len() {
            return None;
        }
        let start = at;
        let rest = &text.as_bytes()[at..];
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        at += length + 1;
        if rest.get(length) == Some(&b'\r') && rest.get(length + 1) == Some(&b'\n') {
            at += 1;
        }
        Some((start, &text[start..start + length]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_events_and_comments() {
        let text =
            ": hello\r\n\r\nevent: x\r\ndata: {\"a\":\ndata: 1}\n\ndata:last\r\r: \ndata: cut";
        let transcript = read(text);
        let data: Vec<&str> = transcript.events.iter().map(|e| e.data.as_ref()).collect();
        assert_eq!(data, ["{\"a\":\n1}", "last", "cut"]);
        assert_eq!(transcript.comments, 2);
        assert_eq!(&text[transcript.events[1].offset..][..4], "last");
    }
}
