//! HTTP messages as text: what `curl -i`, `curl -v` and `mitmdump` print, an editor's `.http` file with its answer,
//! and requests and responses as they go over the wire. Interim responses, redirects and a proxy's answer come
//! before the one that counts.

use std::ops::Range;

use super::body::{self, Body, BodyLimits, Text};
use super::command;
use super::flow_text::{self, StartLine};
use super::message::{Exchange, Headers, Message};
use super::records::Records;
use super::{ExchangeOutcome, UNANSWERED, read as read_exchange};
use crate::completion::load::ProblemKind;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::sse;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Document, Limits};

const METHODS: [&str; 6] = ["POST ", "GET ", "PUT ", "PATCH ", "DELETE ", "OPTIONS "];

/// The most messages that are read of one text. Chosen: hundreds of times as many as a person keeps in a file, and
/// the memory that they take stays below 100 MB.
const MOST_MESSAGES: usize = 50_000;
/// Lines of a body are kept together up to so many bytes, of which one place is known: a body of empty lines takes no
/// more memory than another.
const PIECE: usize = 4096;

/// Whether a text begins as HTTP does, or as `curl` prints it.
pub(in crate::completion::load) fn is_http(head: &FileHead<'_>) -> bool {
    let mut lines = head.text.lines();
    let Some(first) = lines.by_ref().find(|line| !is_progress(line)) else {
        return false;
    };
    if status(first).is_some() || is_request_line(first) {
        return true;
    }
    if flow_text::begins_with_one(head.text) {
        return true;
    }
    // An editor's file of requests, with an answer below or none.
    let is_comment = |line: &str| line.starts_with('#') || line.trim().is_empty();
    let mut requests = head.text.lines().skip_while(|line| is_comment(line));
    if requests.next().is_some_and(is_editors_request) {
        let is_header = |line: &str| line.trim().is_empty() || line.contains(": ");
        return requests.next().is_none_or(is_header);
    }
    if command::begins_with_one(head.text) {
        return lines.any(|line| status(line).is_some() || is_received(line));
    }
    // `-v`: notes first, then what was sent and what came.
    const BEGINNINGS: [&str; 5] = ["* ", "> ", "< ", "Note: ", "Warning: "];
    BEGINNINGS
        .iter()
        .any(|beginning| first.starts_with(beginning))
        && lines.any(is_received)
}

/// Whether a line is the first of a response as `curl -v` prints it.
fn is_received(line: &str) -> bool {
    line.strip_prefix("< ")
        .is_some_and(|line| status(line).is_some())
}

/// Whether a text begins as what `curl` prints with `-i` or `-v`, and not as a body.
pub(super) fn begins_as_printed(text: &str) -> bool {
    let mut lines = text.trim_start().lines().filter(|line| !is_progress(line));
    lines.next().is_some_and(|first| {
        status(first).is_some()
            || ["* ", "> ", "< "]
                .iter()
                .any(|mark| first.starts_with(mark))
    })
}

/// Whether a line is of `curl`'s meter of progress.
fn is_progress(line: &str) -> bool {
    line.starts_with("  % Total") || line.trim_start().starts_with("Dload ") || {
        line.trim_start().starts_with(|c: char| c.is_ascii_digit()) && line.contains("--:--:--")
    }
}

/// The code of a status line: `HTTP/1.1 200 OK`, `HTTP/2 200`.
fn status(line: &str) -> Option<u16> {
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

fn is_request_line(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    METHODS.iter().any(|method| line.starts_with(method))
        && words
            .nth(2)
            .is_some_and(|version| version.starts_with("HTTP/"))
        && words.next().is_none()
}

/// `POST https://…` of an editor's file of requests, which leaves the protocol out.
fn is_editors_request(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let is_method = METHODS.iter().any(|method| line.starts_with(method));
    let is_url = words.nth(1).is_some_and(|url| url.contains("://"));
    is_method && is_url && words.next().is_none()
}

/// One message of the text.
#[derive(Debug)]
struct FoundMessage {
    /// Method and target of a request.
    request: Option<(String, String)>,
    /// Status of a response.
    status: Option<u16>,
    headers: Headers,
    /// Byte offset of its first line.
    offset: usize,
    /// Where its body stands in the text.
    body: Vec<Range<usize>>,
    has_body: bool,
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

/// Reads such a text.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let (messages, unread) = messages(places);
    if let Some(at) = unread {
        let what = format!(
            "this file has more than {MOST_MESSAGES} HTTP messages; from here on nothing was read; split it"
        );
        reader.problem(ProblemKind::Malformed, places.at(at), what);
    }
    let limits = BodyLimits::of(reader);
    let mut exchanges = exchanges(messages, places, &limits);
    limits.settle(reader);
    for exchange in &mut exchanges {
        let failed = exchange.status.is_some_and(|status| status >= 400);
        cut_off("request", &mut exchange.request, failed, reader);
        cut_off("response", &mut exchange.response, failed, reader);
    }
    if let Some(first) = exchanges.first_mut() {
        command::add(places, first, reader);
    }
    let mut records = Records::default();
    let mut rest = Vec::new();
    for exchange in exchanges {
        if !records.take(&exchange, reader.limits) {
            rest.push(exchange);
        }
    }
    let several = rest.len() > 1;
    let (mut taken, mut others) = (0, Vec::new());
    for (index, exchange) in rest.iter().enumerate() {
        let record = if several {
            index + 1
        } else {
            reader.origin.record
        };
        let origin = reader.origin_of_entry(exchange.at.clone(), record);
        let what = match read_exchange(exchange, &mut records, &mut reader.entry(&origin)) {
            ExchangeOutcome::Completion => {
                taken += 1;
                continue;
            }
            ExchangeOutcome::Unanswered => UNANSWERED.to_owned(),
            ExchangeOutcome::Other(why) => format!("an HTTP exchange, but {why}"),
        };
        others.push((exchange.at.clone(), what));
    }
    taken += records.read_rest(reader);
    for (at, what) in others {
        match taken {
            0 => reader.problem(ProblemKind::Unrecognised, at, what),
            _ => reader.note(at, what),
        }
    }
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
fn messages(places: &Places<'_>) -> (Vec<FoundMessage>, Option<usize>) {
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
            found.push(FoundMessage::begun(start, offset));
            in_head = true;
            continue;
        }
        let Some(message) = found.last_mut() else {
            continue;
        };
        if in_head {
            match bare.split_once(':') {
                Some((name, value)) => message.headers.push(name, value, || places.at(offset)),
                None => in_head = !bare.trim().is_empty(),
            }
            continue;
        }
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

/// Where in the last line of a JSON body the next status line begins.
fn next_start(line: &str) -> Option<usize> {
    let at = line.rfind("}HTTP/")? + 1;
    status(&line[at..]).map(|_| at)
}

/// Puts requests and responses together. Of the responses to one request the last counts: what comes
/// before are interim ones, redirects, a proxy's.
fn exchanges<'d>(
    messages: Vec<FoundMessage>,
    places: &Places<'d>,
    limits: &BodyLimits,
) -> Vec<Exchange<'d>> {
    let mut out: Vec<Exchange<'d>> = Vec::new();
    let mut is_open = false;
    for message in messages {
        let at = places.at(message.offset);
        let body = body_of(
            &message.body,
            message.has_body,
            &message.headers,
            places,
            limits,
        );
        if let Some((method, target)) = message.request {
            let mut exchange = Exchange::at(at);
            exchange.url = Some(match message.headers.get("host") {
                Some(host) if !target.contains("://") => format!("https://{host}{target}"),
                _ => target,
            });
            exchange.method = Some(method);
            exchange.request = Message {
                is_recorded: false,
                headers: message.headers,
                body,
            };
            out.push(exchange);
            is_open = true;
            continue;
        }
        let response = Message {
            is_recorded: true,
            headers: message.headers,
            body,
        };
        match out.last_mut().filter(|_| is_open) {
            Some(exchange) => {
                exchange.status = message.status;
                exchange.response = response;
            }
            None => {
                let mut exchange = Exchange::at(at);
                exchange.status = message.status;
                exchange.response = response;
                out.push(exchange);
            }
        }
        // A final answer with a body ends the exchange; the next response is another's.
        let is_interim = message
            .status
            .is_some_and(|s| s < 200 || (300..400).contains(&s));
        let had_body = out
            .last()
            .is_some_and(|exchange| !exchange.response.body.is_absent());
        is_open = is_interim || !had_body;
    }
    out
}

fn body_of<'d>(
    pieces: &[Range<usize>],
    has_body: bool,
    headers: &Headers,
    places: &Places<'_>,
    limits: &BodyLimits,
) -> Body<'d> {
    let mut body = DocumentBuilder::default();
    for piece in pieces {
        let map = places.map_of(piece.clone());
        body.copy(&places.text()[piece.clone()], 0..piece.len(), &map);
    }
    let (text, map) = body.finish();
    let Some(at) = map.place_of_offset(0).filter(|_| has_body) else {
        return Body::Absent;
    };
    let text = without_statistics(text.to_string(), limits.of_one);
    let is_chunked = headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let is_plain = text.trim_start().starts_with(['{', '[', '<']) || sse::is_transcript(&text);
    if is_chunked
        && !is_plain
        && let Some(whole) = unchunked(&text)
    {
        let coding = headers.get("content-encoding");
        return body::of_bytes(whole.into_bytes(), coding, limits, &at);
    }
    Body::Text(Text {
        text: text.into(),
        map,
        at,
        broken: None,
    })
}

/// Says so where a body is shorter than its head says. What is whole JSON all the same was written anew by whoever
/// saved it; a stream counts as far as it goes, and so does the page of a failure.
fn cut_off(which: &str, message: &mut Message<'_>, failed: bool, reader: &mut Reader<'_>) {
    let Body::Text(text) = &message.body else {
        return;
    };
    let is_as_counted = ["content-encoding", "transfer-encoding"]
        .into_iter()
        .all(|coding| message.headers.get(coding).is_none());
    let length = message.headers.get("content-length");
    let Some(length) = length.and_then(|length| length.parse::<usize>().ok()) else {
        return;
    };
    // An editor may have written every line's end with one byte for two, and left out those at the end.
    let here = text.text.len();
    let returns = memchr::memchr_iter(b'\n', text.text.as_bytes()).count();
    if !is_as_counted || here.saturating_add(returns).saturating_add(2) >= length {
        return;
    }
    let counted = format!("its Content-Length is {length} bytes, and {here} are here");
    let at = text.at.clone();
    let is_whole = Document::parse(text.text.trim().into(), reader.limits).is_ok();
    if is_whole {
        let what = format!("the {which}'s body is shorter than its head says: {counted}");
        reader.note(at, what);
    } else if failed || sse::is_transcript(&text.text) {
        let what = format!("the {which}'s body is cut off: {counted}");
        reader.problem(ProblemKind::Malformed, at, what);
    } else {
        let what = format!("it is cut off: {counted}");
        message.body = Body::Unreadable { at, what };
    }
}

/// A JSON body without what `curl -w` printed behind it: a few words, such as the status and the time.
fn without_statistics(mut text: String, limits: Limits) -> String {
    const MOST: usize = 300;
    if text.trim_start().starts_with('{')
        && let Err(error) = Document::parse(text.as_str().into(), limits)
        && text.len() - error.offset <= MOST
        && !text[error.offset..]
            .trim_start()
            .starts_with(['{', '[', '"', ','])
        && Document::parse(text[..error.offset].into(), limits).is_ok()
    {
        text.truncate(error.offset);
    }
    text
}

/// A body whose chunks still have their lengths before them.
fn unchunked(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text.trim_start();
    loop {
        let (length, after) = rest.split_once('\n')?;
        let length = length.trim().split(';').next()?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(out);
        }
        out.push_str(after.get(..length)?);
        rest = after.get(length..)?;
        rest = rest
            .strip_prefix("\r\n")
            .or_else(|| rest.strip_prefix('\n'))
            .unwrap_or(rest);
        if rest.trim().is_empty() {
            return Some(out);
        }
    }
}
