//! The messages of a text: where each begins, its headers, and the lines of its body.

use std::ops::Range;

use crate::completion::load::exchange::flow_text::{self, StartLine};
use crate::completion::load::exchange::http_text::behind::is_header;
use crate::completion::load::exchange::message::Headers;
use crate::completion::source_map::Places;

const METHODS: [&str; 6] = ["POST ", "GET ", "PUT ", "PATCH ", "DELETE ", "OPTIONS "];

/// The most messages that are read of one text. Chosen: hundreds of times as many as a person keeps in a file, and
/// the memory that they take stays below 100 MB.
pub(super) const MOST_MESSAGES: usize = 50_000;
/// Lines of a body are kept together up to so many bytes, of which one place is known: a body of empty lines takes no
/// more memory than another.
const PIECE: usize = 4096;

/// One message of the text.
#[derive(Debug)]
pub(super) struct FoundMessage {
    /// Method and target of a request.
    pub request: Option<(String, String)>,
    /// Status of a response.
    pub status: Option<u16>,
    pub headers: Headers,
    /// Byte offset of its first line.
    pub offset: usize,
    /// Where its body stands in the text.
    pub body: Vec<Range<usize>>,
    pub has_body: bool,
    /// Whether another begins within its headers, as where the lines of several stand by turns.
    pub is_cut: bool,
}

impl FoundMessage {
    fn begun(start: StartLine<'_>, offset: usize) -> FoundMessage {
        let (request, status) = match start {
            StartLine::Request { method, url } => (Some((method.to_owned(), url.to_owned())), None),
            StartLine::Response { status } => (None, Some(status)),
        };
        FoundMessage {
            request,
            status,
            headers: Headers::default(),
            offset,
            body: Vec::new(),
            has_body: false,
            is_cut: false,
        }
    }

    /// Takes a line of the body, or its beginning.
    fn push(&mut self, line: Range<usize>) {
        match self.body.last_mut() {
            Some(piece) if piece.end == line.start && piece.len() < PIECE => piece.end = line.end,
            _ => self.body.push(line),
        }
    }
}

/// The message that a line begins.
fn start_of(line: &str) -> Option<StartLine<'_>> {
    let line = line.trim_end_matches(['\n', '\r']);
    if let Some(status) = status(line) {
        return Some(StartLine::Response { status });
    }
    let mut words = line.split_ascii_whitespace();
    let is_request = is_request_line(line) || is_editors_request(line);
    is_request.then_some(StartLine::Request {
        method: words.next()?,
        url: words.next()?,
    })
}

/// What a line of the text is.
enum Line<'t> {
    /// One that was sent, received or printed, with its offset.
    Sent(usize, &'t str),
    Received(usize, &'t str),
    Plain(usize, &'t str),
}

/// The lines of the text. `curl -v` marks what was sent and received; its notes and its progress are left
/// out, also where one follows the end of a body that had no newline.
fn lines<'t>(text: &'t str, is_verbose: bool) -> impl Iterator<Item = Line<'t>> {
    let mut offset = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = offset;
        offset += line.len();
        if is_progress(line) {
            return None;
        }
        if !is_verbose {
            return Some(Line::Plain(at, line));
        }
        match line.get(..2) {
            Some("> ") => return Some(Line::Sent(at + 2, &line[2..])),
            Some("< ") => return Some(Line::Received(at + 2, &line[2..])),
            Some("* ") => return None,
            Some("{ " | "} ") if line.contains(" bytes data]") => return None,
            _ => {}
        }
        match line.trim_end() {
            ">" => Some(Line::Sent(at + 1, &line[1..])),
            "<" => Some(Line::Received(at + 1, &line[1..])),
            _ => {
                let ends = ["* Connection #", "* Closing connection", "\r"];
                let ends = ends.iter().filter_map(|end| line.find(end));
                let is_end = |end: &usize| line[..*end].trim_end().ends_with(['}', ']']);
                let end = ends.filter(is_end).min().unwrap_or(line.len());
                Some(Line::Plain(at, &line[..end]))
            }
        }
    })
}

/// The messages of the text, in its order, and where the first stands that is one too many.
pub(super) fn messages(places: &Places<'_>) -> (Vec<FoundMessage>, Option<usize>) {
    let text = places.text();
    let is_verbose = text.lines().take(2000).any(is_received);
    let are_flows = flow_text::begins_with_one(text);
    let mut found: Vec<FoundMessage> = Vec::new();
    let mut in_head = false;
    for line in lines(text, is_verbose) {
        let (mut offset, mut line, may_begin) = match line {
            Line::Plain(offset, line) => (offset, line, !is_verbose),
            Line::Sent(offset, line) | Line::Received(offset, line) => (offset, line, true),
        };
        let start = match are_flows {
            true => match flow_text::line(line) {
                flow_text::Line::Start(start) => Some(start),
                flow_text::Line::Note => continue,
                flow_text::Line::Inside(inside) => {
                    offset += line.len() - inside.len();
                    line = inside;
                    None
                }
            },
            false => start_of(line).filter(|_| may_begin),
        };
        let bare = line.trim_end_matches(['\n', '\r']);
        if let Some(start) = start {
            if found.len() == MOST_MESSAGES {
                return (found, Some(offset));
            }
            if let Some(message) = found.last_mut() {
                message.is_cut = in_head;
            }
            found.push(FoundMessage::begun(start, offset));
            in_head = true;
            continue;
        }
        let Some(message) = found.last_mut() else {
            continue;
        };
        if in_head && !is_body_without_blank(bare) {
            match bare.split_once(':') {
                Some((name, value)) => message.headers.push(name, value, || places.at(offset)),
                None => in_head = !bare.trim().is_empty(),
            }
            continue;
        }
        in_head = false;
        if may_begin && is_verbose {
            // The blank line after the head of a message without a body.
            continue;
        }
        // Another answer right behind the end of this one, which had no newline.
        if let Some(at) = next_start(bare) {
            message.push(offset..offset + at);
            message.has_body = true;
            found
                .extend(start_of(&bare[at..]).map(|start| FoundMessage::begun(start, offset + at)));
            in_head = true;
            continue;
        }
        message.has_body |= !bare.trim().is_empty();
        message.push(offset..offset + line.len());
    }
    (found, None)
}

/// Whether a line that stands in a head is of a body all the same, before which somebody left out the blank line.
fn is_body_without_blank(line: &str) -> bool {
    let bare = line.trim_start();
    let is_json = bare.starts_with(['{', '[']) || bare.contains("{\"");
    (is_json && !is_header(bare)) || line.starts_with("data: ") || line.starts_with("event: ")
}

/// The pieces of a text in each of which all messages are marked, as `curl -v` marks what was sent and received, or none is.
pub(super) fn pieces_of_style(text: &str) -> Vec<Range<usize>> {
    let mut begins = vec![0];
    // Whether the messages so far are marked.
    let mut is_marked = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        let marked = bare.strip_prefix("> ").is_some_and(is_request_line) || is_received(bare);
        // What is received may be printed once more without its mark, and its head is none of a request.
        let plain = is_request_line(bare) || (status(bare).is_some() && is_marked.is_none());
        if marked || plain {
            if is_marked.is_some_and(|before| before != marked) {
                begins.push(at);
            }
            is_marked = Some(marked);
        }
        at += line.len();
    }
    let ends = begins.iter().skip(1).copied().chain([text.len()]);
    let pieces = begins.iter().copied().zip(ends);
    pieces.map(|(start, end)| start..end).collect()
}

/// Where in the last line of a JSON body the next status line begins.
fn next_start(line: &str) -> Option<usize> {
    let at = line.rfind("}HTTP/")? + 1;
    status(&line[at..]).map(|_| at)
}

/// Whether a line is the first of a response as `curl -v` prints it.
pub(super) fn is_received(line: &str) -> bool {
    line.strip_prefix("< ")
        .is_some_and(|line| status(line).is_some())
}

/// Whether a line is of `curl`'s meter of progress.
pub(super) fn is_progress(line: &str) -> bool {
    line.starts_with("  % Total") || line.trim_start().starts_with("Dload ") || {
        line.trim_start().starts_with(|c: char| c.is_ascii_digit()) && line.contains("--:--:--")
    }
}

/// The code of a status line: `HTTP/1.1 200 OK`, `HTTP/2 200`.
pub(super) fn status(line: &str) -> Option<u16> {
    let rest = line.strip_prefix("HTTP/")?;
    let (version, rest) = rest.split_once(' ')?;
    let is_version = ["1.0", "1.1", "2", "2.0", "3"].contains(&version);
    let code = rest.trim_start().get(..3)?;
    let ends = rest.trim_start()[3..]
        .chars()
        .next()
        .is_none_or(|c| c == ' ' || c == '\r');
    code.parse()
        .ok()
        .filter(|code| is_version && ends && (100..600).contains(code))
}

/// Whether a line is a status line.
pub(in crate::completion::load::exchange) fn is_status_line(line: &str) -> bool {
    status(line).is_some()
}

pub(in crate::completion::load::exchange) fn is_request_line(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    METHODS.iter().any(|method| line.starts_with(method))
        && words
            .nth(2)
            .is_some_and(|version| version.starts_with("HTTP/"))
        && words.next().is_none()
}

/// `POST https://…` of an editor's file of requests, which leaves the protocol out.
pub(super) fn is_editors_request(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let is_method = METHODS.iter().any(|method| line.starts_with(method));
    let is_url = words.nth(1).is_some_and(|url| url.contains("://"));
    is_method && is_url && words.next().is_none()
}
