//! What Ruby's `Net::HTTP` prints of a connection when it is told to debug (`set_debug_output`). Made into the messages as they
//! went over the wire.

use super::body::python_bytes;
use super::http_text;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};

/// Whether a text is such output: the first line that has more than words begins a request.
pub(in crate::completion::load) fn is_output(head: &FileHead<'_>) -> bool {
    /// Lines of words that may stand before.
    const MOST_BEFORE: usize = 40;
    let mut lines = head.text.lines().take(MOST_BEFORE);
    let first = lines.find(|line| line.contains(['{', '"', '\'']));
    first.is_some_and(|line| match Printed::of(line) {
        Some(Printed::Sent(bytes)) => bytes.starts_with(b"POST ") || bytes.starts_with(b"GET "),
        _ => false,
    })
}

/// What a line prints of a message.
enum Printed {
    Sent(Vec<u8>),
    Received(Vec<u8>),
}

impl Printed {
    fn of(line: &str) -> Option<Printed> {
        let (mark, quoted) = line.trim_end().split_once(' ')?;
        let bytes = || Some(ruby_bytes(quoted.strip_prefix('"')?.strip_suffix('"')?));
        match mark {
            "<-" => Some(Printed::Sent(bytes()?)),
            "->" => Some(Printed::Received(bytes()?)),
            _ => None,
        }
    }
}

/// The bytes that Ruby's `inspect` of a string stands for.
fn ruby_bytes(text: &str) -> Vec<u8> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, c == '\\') {
            (_, true) => match rest.next() {
                Some('#') => plain.push('#'),
                Some('e') => plain.push_str("\\x1b"),
                other => {
                    plain.push('\\');
                    plain.extend(other);
                }
            },
            (c, false) => plain.push(c),
        }
    }
    python_bytes(&plain)
}

/// A message as it is put together.
struct Message {
    is_request: bool,
    at: usize,
    bytes: Vec<u8>,
}

/// Reads such output.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let mut builder = DocumentBuilder::default();
    let mut message: Option<Message> = None;
    let mut other = None;
    let mut at = 0;
    for line in places.text().split_inclusive('\n') {
        let start = at;
        at += line.len();
        let (is_request, bytes) = match Printed::of(line) {
            Some(Printed::Sent(bytes)) => (true, bytes),
            Some(Printed::Received(bytes)) => (false, bytes),
            None => {
                other = other.or(line.contains('{').then_some(start));
                continue;
            }
        };
        match &mut message {
            Some(message) if message.is_request == is_request => message.bytes.extend(bytes),
            _ => {
                let at = start;
                let next = Message {
                    is_request,
                    at,
                    bytes,
                };
                end(message.replace(next), places, &mut builder);
            }
        }
    }
    end(message, places, &mut builder);
    if let Some(at) = other {
        let what = "this line is no part of what was printed of a connection, and is not read";
        reader.note(places.at(at), what.to_owned());
    }
    let (text, map) = builder.finish();
    http_text::read(
        &Places::mapped(&text, map, Vec::new(), places.at(0)),
        reader,
    );
}

/// Writes a message that is whole.
fn end(message: Option<Message>, places: &Places<'_>, builder: &mut DocumentBuilder) {
    let Some(message) = message else {
        return;
    };
    let text = String::from_utf8_lossy(&message.bytes);
    builder.derived(&text, places.at(message.at));
    builder.literal("\n");
}
