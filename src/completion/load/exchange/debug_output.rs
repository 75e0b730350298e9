//! What libraries of HTTP print of a connection when they are told to debug: Python's `http.client` (`debuglevel`), where the
//! program prints the body behind the headers, and Ruby's `Net::HTTP` (`set_debug_output`), which has all of it. Made into the
//! messages as they went over the wire.

use super::body::{python_bytes, python_text};
use super::http_text;
use crate::completion::load::framing::scan::document_end;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::sse;
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
enum Printed<'t> {
    Sent(Vec<u8>),
    /// As `Net::HTTP` has it.
    Received(Vec<u8>),
    /// As `http.client` has it.
    Status(Vec<u8>),
    Header(&'t str),
}

impl<'t> Printed<'t> {
    fn of(line: &'t str) -> Option<Printed<'t>> {
        let line = line.trim_end();
        if let Some(header) = line.strip_prefix("header: ") {
            return Some(Printed::Header(header));
        }
        let (mark, quoted) = line.split_once(' ')?;
        let inside = |text: &'t str| {
            ['"', '\'']
                .iter()
                .find_map(|mark| text.strip_prefix(*mark)?.strip_suffix(*mark))
        };
        match mark {
            "send:" => Some(Printed::Sent(python_bytes(inside(
                quoted.strip_prefix('b')?,
            )?))),
            "reply:" => Some(Printed::Status(python_bytes(inside(quoted)?))),
            "<-" => Some(Printed::Sent(ruby_bytes(inside(quoted)?))),
            "->" => Some(Printed::Received(ruby_bytes(inside(quoted)?))),
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

/// Where in an exchange the output is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Request,
    /// A response of which all is printed with its marks.
    Response,
    /// The head of a response, whose body the program may print.
    Head,
    /// The body that it prints.
    Body,
}

/// A message as it is put together.
struct Message {
    part: Part,
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
        let part = message.as_ref().map(|message| message.part);
        let (next, bytes) = match Printed::of(line) {
            Some(Printed::Sent(bytes)) => (Part::Request, bytes),
            Some(Printed::Received(bytes)) => (Part::Response, bytes),
            Some(Printed::Status(bytes)) => (Part::Head, bytes),
            Some(Printed::Header(header)) if part == Some(Part::Head) => {
                if !tells_of_length(header) {
                    append(&mut message, format!("{header}\r\n").as_bytes());
                }
                continue;
            }
            _ => {
                let begins = || line.contains('{') || sse::is_transcript(line);
                match part {
                    Some(Part::Body) => append(&mut message, &of_body(line)),
                    Some(Part::Head) if begins() => {
                        let line = of_body(line);
                        let start = match sse::is_transcript(&String::from_utf8_lossy(&line)) {
                            true => 0,
                            false => memchr::memchr(b'{', &line).unwrap_or_default(),
                        };
                        append(&mut message, b"\r\n");
                        append(&mut message, &line[start..]);
                        if let Some(message) = &mut message {
                            message.part = Part::Body;
                        }
                    }
                    _ if line.contains('{') => other = other.or(Some(start)),
                    _ => {}
                }
                continue;
            }
        };
        if part != Some(next) || next == Part::Head {
            end(message.take(), places, &mut builder);
        }
        match &mut message {
            Some(message) => message.bytes.extend(bytes),
            None => {
                message = Some(Message {
                    part: next,
                    at: start,
                    bytes,
                });
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

/// What a line of a body that the program prints stands for: as it is, or as Python's `repr` has it.
fn of_body(line: &str) -> Vec<u8> {
    let bare = line.trim_end();
    let inside = |text: &str, mark| Some(text.strip_prefix(mark)?.strip_suffix(mark)?.to_owned());
    let quoted = |text: &str| inside(text, '\'').or_else(|| inside(text, '"'));
    let mut bytes = match (bare.strip_prefix('b').and_then(quoted), quoted(bare)) {
        (Some(bytes), _) => python_bytes(&bytes),
        (_, Some(text)) => python_text(&text).into_bytes(),
        _ => return with_end_of_event(line.as_bytes().to_vec()),
    };
    bytes.push(b'\n');
    with_end_of_event(bytes)
}

/// A program that goes through a stream line by line leaves the blank ones out.
fn with_end_of_event(mut line: Vec<u8>) -> Vec<u8> {
    if line.starts_with(b"data:") {
        line.push(b'\n');
    }
    line
}

fn append(message: &mut Option<Message>, bytes: &[u8]) {
    if let Some(message) = message {
        message.bytes.extend_from_slice(bytes);
    }
}

/// Whether a header says how the body went over the wire: the program prints it unpacked.
fn tells_of_length(header: &str) -> bool {
    let name = header.split(':').next().unwrap_or_default();
    ["content-length", "transfer-encoding", "content-encoding"]
        .iter()
        .any(|of_length| name.eq_ignore_ascii_case(of_length))
}

/// Writes a message that is whole.
fn end(message: Option<Message>, places: &Places<'_>, builder: &mut DocumentBuilder) {
    let Some(mut message) = message else {
        return;
    };
    if message.part == Part::Head {
        message.bytes.extend_from_slice(b"\r\n");
    }
    // What the program prints behind the body is no part of it.
    let head = memchr::memmem::find(&message.bytes, b"\r\n\r\n").map(|end| end + 4);
    if let Some(start) = head.filter(|start| message.bytes.get(*start) == Some(&b'{'))
        && message.part == Part::Body
        && let Some(end) = document_end(&message.bytes, start)
    {
        message.bytes.truncate(end);
    }
    let text = String::from_utf8_lossy(&message.bytes);
    builder.derived(&text, places.at(message.at));
    builder.literal("\n");
}
