//! What Python says of HTTP as it goes over the wire, with the answer that the program printed below: `http.client`'s lines
//! (`send: b'POST …'`, `reply: 'HTTP/1.1 200 OK\r\n'`, `header: …`), and the dumps of `requests_toolbelt`, whose marks are
//! `curl`'s the other way about. Made into the messages by themselves, as other tools print them.

use super::read_others;
use crate::completion::load::exchange::body::{python_bytes, python_text};
use crate::completion::load::exchange::http_text::{self, is_request_line};
use crate::completion::load::framing::lines::lines;
use crate::completion::load::framing::scan::Scanner;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::{chunks, sse};
use crate::completion::source_map::{DocumentBuilder, Places};

/// Lines that may stand before the first message.
const MOST_BEFORE: usize = 40;

/// Whether a text is such a log.
pub(in crate::completion::load) fn is_wire_log(head: &FileHead<'_>) -> bool {
    let mut first = head.text.lines().take(MOST_BEFORE);
    !head.text.starts_with(['{', '['])
        && first.any(|line| matches!(WireLine::of(line), WireLine::Request(_)))
}

/// What a line says.
enum WireLine<'t> {
    /// What was sent, where a request begins with it.
    Request(String),
    /// More of that.
    Sent(String),
    /// The status of what came.
    Status(String),
    Header(&'t str),
    Other,
}

impl<'t> WireLine<'t> {
    fn of(line: &'t str) -> WireLine<'t> {
        if let Some(sent) = line.strip_prefix("send: ").and_then(bytes_in) {
            let first = sent.lines().next().unwrap_or_default();
            return match is_request_line(first) {
                true => WireLine::Request(sent),
                false => WireLine::Sent(sent),
            };
        }
        if let Some(sent) = line.strip_prefix("< ") {
            return match is_request_line(sent.trim_end()) {
                true => WireLine::Request(format!("{sent}\n")),
                false => WireLine::Sent(format!("{sent}\n")),
            };
        }
        let status = line.strip_prefix("reply: '").map(|status| {
            let inside = status.trim_end().strip_suffix('\'').unwrap_or(status);
            python_text(inside)
        });
        let status = status.or_else(|| Some(line.strip_prefix("> ")?.to_owned()));
        if let Some(status) = status.filter(|status| status.starts_with("HTTP/")) {
            return WireLine::Status(status);
        }
        let header = ["header: ", "> "]
            .iter()
            .find_map(|mark| line.strip_prefix(mark));
        header.map_or(WireLine::Other, WireLine::Header)
    }
}

/// What `b'…'` holds.
fn bytes_in(text: &str) -> Option<String> {
    let inside = text.trim_end().strip_prefix('b')?;
    let mark = inside.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inside = inside[1..].strip_suffix(mark)?;
    Some(String::from_utf8_lossy(&python_bytes(inside)).into_owned())
}

/// What `'…'` holds, as Python shows a text.
fn text_in(line: &str) -> Option<String> {
    let line = line.trim_end();
    let mark = line.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    Some(python_text(line[1..].strip_suffix(mark)?))
}

/// Where in an exchange a log is.
#[derive(PartialEq, Eq)]
pub(super) enum Stage {
    Outside,
    Request,
    Head,
    /// Within an answer; of JSON it is known how far it has come.
    Body(Option<Box<Scanner>>),
}

/// Reads such a log.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let before = reader.loaded.completions.len();
    let mut messages = DocumentBuilder::default();
    let mut others = DocumentBuilder::default();
    let mut stage = Stage::Outside;
    for range in lines(text) {
        let line = &text[range.clone()];
        let place = || places.at(range.start);
        stage = match (WireLine::of(line), stage) {
            (WireLine::Request(sent), _) => {
                messages.literal("\n");
                messages.derived(&sent, place());
                Stage::Request
            }
            (WireLine::Sent(sent), Stage::Request) => {
                messages.derived(&sent, place());
                Stage::Request
            }
            (WireLine::Status(status), Stage::Request) => {
                messages.literal("\n");
                messages.derived(status.trim_end(), place());
                messages.literal("\n");
                Stage::Head
            }
            (WireLine::Header(header), Stage::Head) => {
                // The body below was decoded.
                const OF_TRANSFER: [&str; 3] =
                    ["content-length", "transfer-encoding", "content-encoding"];
                let name = header.split(':').next().unwrap_or_default();
                if !header.trim().is_empty()
                    && !OF_TRANSFER.contains(&name.to_ascii_lowercase().as_str())
                {
                    messages.derived(header.trim_end(), place());
                    messages.literal("\n");
                }
                Stage::Head
            }
            (_, stage @ (Stage::Head | Stage::Body(_))) => {
                let is_head = stage == Stage::Head;
                let printed = bytes_in(line).or_else(|| text_in(line));
                let body = printed.as_deref().unwrap_or(line);
                match behind(stage, body) {
                    Some((stage, is_first)) => {
                        if is_first {
                            messages.literal("\n");
                        }
                        match &printed {
                            Some(printed) => messages.derived(printed, place()),
                            None => messages.mapped(line, places.map_of(range.clone())),
                        }
                        messages.literal("\n");
                        stage
                    }
                    None => {
                        others.derived(line, place());
                        others.literal("\n");
                        match is_head {
                            true => Stage::Head,
                            false => Stage::Outside,
                        }
                    }
                }
            }
            (_, stage) => {
                others.derived(line, place());
                others.literal("\n");
                stage
            }
        };
    }
    let (text, map) = messages.finish();
    let inner = Places::mapped(&text, map, Vec::new(), places.at(0));
    http_text::read(&inner, reader);
    read_others(others, before, places, reader);
}

/// The stage behind a line of an answer, and whether it is the first of it. `None` where it is none.
pub(super) fn behind(stage: Stage, line: &str) -> Option<(Stage, bool)> {
    let (scanner, is_first) = match stage {
        Stage::Head if begins_body(line) => {
            let is_json = line.starts_with(['{', '[']);
            (is_json.then(Box::<Scanner>::default), true)
        }
        Stage::Body(scanner) => (scanner, false),
        _ => return None,
    };
    match scanner {
        Some(mut scanner) => {
            let (_, is_closed) = scanner.follow_line(line);
            scanner.end_line();
            Some(match is_closed {
                true => (Stage::Outside, is_first),
                false => (Stage::Body(Some(scanner)), is_first),
            })
        }
        None if line.trim().is_empty() || is_of_stream(line) => {
            let is_end = sse::data_of(line).is_some_and(|data| chunks::is_end(data.trim()));
            let stage = match is_end {
                true => Stage::Outside,
                false => Stage::Body(None),
            };
            Some((stage, is_first))
        }
        None => None,
    }
}

fn begins_body(line: &str) -> bool {
    line.starts_with(['{', '[']) || is_of_stream(line)
}

fn is_of_stream(line: &str) -> bool {
    ["data:", "event:", ":", "id:"]
        .iter()
        .any(|field| line.starts_with(field))
}
