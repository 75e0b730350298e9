//! What Ruby's `Net::HTTP` prints of a connection when it is told to debug (`set_debug_output`), and what Apache's HttpClient logs
//! of each (`http-outgoing-0 >> "POST … HTTP/1.1[\r][\n]"`). Made into the messages as they went over the wire.

use crate::completion::load::exchange::body::python_bytes;
use crate::completion::load::exchange::http_text;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};

/// Connections of one log that are told apart.
const MOST_CONNECTIONS: usize = 1000;

/// Whether a text is such output: the first line that has more than words begins a request, or one that names its connection
/// does.
pub(in crate::completion::load) fn is_output(head: &FileHead<'_>) -> bool {
    /// Lines that may stand before.
    const MOST_BEFORE: usize = 40;
    let asks = |line: &str| match Printed::of(line) {
        Some(printed) if printed.is_sent => {
            printed.bytes.starts_with(b"POST ") || printed.bytes.starts_with(b"GET ")
        }
        _ => false,
    };
    let mut lines = head.text.lines().take(MOST_BEFORE);
    let first = lines.find(|line| line.contains(['{', '"', '\'']));
    let mut named = head.text.lines().take(MOST_BEFORE * 5);
    first.is_some_and(asks) || named.any(|line| line.contains(OUTGOING) && asks(line))
}

/// What a line prints of a message.
struct Printed<'t> {
    /// What names its connection, where the log does.
    connection: &'t str,
    is_sent: bool,
    bytes: Vec<u8>,
}

/// How Apache's HttpClient calls a connection.
const OUTGOING: &str = "http-outgoing-";

impl<'t> Printed<'t> {
    fn of(line: &'t str) -> Option<Printed<'t>> {
        let line = line.trim_end();
        if let Some(at) = line.find(OUTGOING) {
            let (connection, behind) = line[at..].split_once(' ')?;
            let (mark, quoted) = behind.split_once(' ')?;
            let quoted = quoted.strip_prefix('"')?.strip_suffix('"')?;
            return matches!(mark, ">>" | "<<").then(|| Printed {
                connection,
                is_sent: mark == ">>",
                bytes: apache_bytes(quoted),
            });
        }
        let (mark, quoted) = line.split_once(' ')?;
        let quoted = || quoted.strip_prefix('"')?.strip_suffix('"');
        matches!(mark, "<-" | "->").then(|| {
            Some(Printed {
                connection: "",
                is_sent: mark == "<-",
                bytes: ruby_bytes(quoted()?),
            })
        })?
    }
}

/// The bytes of a line of Apache's wire log: `[\r]`, `[\n]` and `[0x1f]` stand for one each.
fn apache_bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        out.extend(rest[..at].bytes());
        let inside = &rest[at + 1..];
        let byte = inside.split_once(']').and_then(|(name, behind)| {
            let byte = match name {
                "\\r" => b'\r',
                "\\n" => b'\n',
                name => u8::from_str_radix(name.strip_prefix("0x")?, 16).ok()?,
            };
            Some((byte, behind))
        });
        match byte {
            Some((byte, behind)) => {
                out.push(byte);
                rest = behind;
            }
            None => {
                out.push(b'[');
                rest = inside;
            }
        }
    }
    out.extend(rest.bytes());
    out
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

/// What was printed of a connection.
#[derive(Default)]
struct Connection<'t> {
    name: &'t str,
    at: usize,
    message: Option<Message>,
    builder: DocumentBuilder,
}

/// Reads such output.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let before = reader.loaded.completions.len();
    let mut connections: Vec<Connection<'_>> = Vec::new();
    let mut other = None;
    let mut at = 0;
    for line in places.text().split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some(printed) = Printed::of(line) else {
            let is_told = line.contains('{') && !line.contains(OUTGOING);
            other = other.or(is_told.then_some(start));
            continue;
        };
        let is_it = |one: &Connection<'_>| one.name == printed.connection;
        let index = match connections.iter().position(is_it) {
            Some(index) => index,
            None if connections.len() < MOST_CONNECTIONS => {
                connections.push(Connection {
                    name: printed.connection,
                    at: start,
                    ..Connection::default()
                });
                connections.len() - 1
            }
            None => {
                other = other.or(Some(start));
                continue;
            }
        };
        let Connection {
            message, builder, ..
        } = &mut connections[index];
        match message {
            Some(message) if message.is_request == printed.is_sent => {
                message.bytes.extend(printed.bytes);
            }
            _ => {
                let next = Message {
                    is_request: printed.is_sent,
                    at: start,
                    bytes: printed.bytes,
                };
                end(message.replace(next), places, builder);
            }
        }
    }
    if let Some(at) = other {
        let what = "this line is no part of what was printed of a connection, and is not read";
        reader.note(places.at(at), what.to_owned());
    }
    let is_one = connections.len() == 1;
    for connection in connections {
        let mut builder = connection.builder;
        end(connection.message, places, &mut builder);
        let (text, map) = builder.finish();
        let inner = Places::mapped(&text, map, Vec::new(), places.at(connection.at));
        if is_one {
            http_text::read(&inner, reader);
            return;
        }
        let origin = reader.origin_of_entry(inner.at(0), reader.origin.record);
        http_text::read(&inner, &mut reader.entry(&origin));
    }
    reader.number_anew(before);
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
