//! HTTP messages as text: what `curl -i`, `curl -v` and `mitmdump` print, an editor's `.http` file with its answer,
//! and requests and responses as they go over the wire. Interim responses, redirects and a proxy's answer come
//! before the one that counts.

mod behind;
mod messages;

use super::body::{self, Body, BodyLimits, Text};
use super::command;
use super::flow_text;
use super::message::{Exchange, Message};
use super::records::Records;
use super::{ExchangeOutcome, UNANSWERED, push_request, read as read_exchange};
use crate::completion::Place;
use crate::completion::load::ProblemKind;
use crate::completion::load::consecutive::{self, Asked};
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::sse;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Document, Limits};
use behind::{Beyond, BodyOf, FoundExchange, end_of_body, is_of_head};
use messages::{
    FoundMessage, MOST_MESSAGES, is_editors_request, is_progress, is_received, messages,
    pieces_of_style, status,
};
pub(super) use messages::{is_request_line, is_status_line};

/// What to say of a request's first line by itself, as logs have it above what was sent.
const FIRST_LINE: &str = "the first line of a request; neither its body nor an answer stands in it";

/// Whether a text begins as HTTP does, or as `curl` prints it.
pub(in crate::completion::load) fn is_http(head: &FileHead<'_>) -> bool {
    let mut lines = head.text.lines();
    let Some(first) = lines.by_ref().find(|line| !is_progress(line)) else {
        return false;
    };
    if status(first).is_some() || is_request_line(first) {
        let is_start = |line: &str| status(line).is_some() || is_request_line(line);
        let second = lines.find(|line| !is_progress(line));
        return second.is_none_or(|line| is_of_head(line) || is_start(line));
    }
    if flow_text::begins_with_one(head.text) {
        return flow_text::goes_on(head.text, is_of_head);
    }
    if is_dumped(head.text) {
        return true;
    }
    // An editor's file of requests, with an answer below or none.
    let is_comment = |line: &str| line.starts_with('#') || line.trim().is_empty();
    let mut requests = head.text.lines().skip_while(|line| is_comment(line));
    if requests.next().is_some_and(is_editors_request) {
        return requests.next().is_none_or(is_of_head);
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

/// Whether a text is a log of a few words before messages as they went over the wire, as Go's `httputil` dumps them.
fn is_dumped(text: &str) -> bool {
    /// Lines that may stand before the first message.
    const MOST_BEFORE: usize = 40;
    const OTHERS: [&str; 8] = ["```", "~~~", "#", "<", ">", "- ", " ", "\t"];
    let mut lines = text.lines().take(MOST_BEFORE).skip_while(|line| {
        let is_other = OTHERS.iter().any(|start| line.starts_with(start));
        !is_other && !line.contains(['{', '"']) && !is_request_line(line)
    });
    lines.next().is_some_and(is_request_line) && lines.next().is_some_and(behind::is_header)
}

/// Whether a text begins as what `curl` prints with `-i` or `-v`, and not as a body.
pub(super) fn begins_as_printed(text: &str) -> bool {
    let mut lines = text.trim_start().lines().filter(|line| !is_progress(line));
    lines.next().is_some_and(|first| {
        status(first).is_some()
            || is_request_line(first)
            || ["* ", "> ", "< "]
                .iter()
                .any(|mark| first.starts_with(mark))
    })
}

/// Reads such a text.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    if command::are_read_one_by_one(places, reader) {
        return;
    }
    let pieces = pieces_of_style(places.text());
    if pieces.len() == 1 {
        read_piece(places, reader);
        return;
    }
    let before = reader.loaded.completions.len();
    for piece in pieces {
        let piece = places.piece(piece);
        let origin = reader.origin_of_entry(piece.at(0), reader.origin.record);
        read_piece(&piece, &mut reader.entry(&origin));
    }
    reader.number_anew(before);
}

/// Reads a text of messages that are all marked, as `curl -v` prints them, or none of them is.
fn read_piece(places: &Places<'_>, reader: &mut Reader<'_>) {
    let (messages, unread) = messages(places);
    if let Some(at) = unread {
        let what = format!(
            "this file has more than {MOST_MESSAGES} HTTP messages; from here on nothing was read; split it"
        );
        reader.problem(ProblemKind::Malformed, places.at(at), what);
    }
    let limits = BodyLimits::of(reader);
    let mut behind = Vec::new();
    let mut apart = Vec::new();
    let found = exchanges(messages, places, &limits, &mut apart);
    // Of these nothing is said but where nothing is found behind them.
    let mut heads = Vec::new();
    let mut exchanges = Vec::new();
    for one in found {
        let at = one.exchange.at.clone();
        match one.settled(places, &limits, &mut behind) {
            Some(exchange) => exchanges.push(exchange),
            None => heads.push(at),
        }
    }
    limits.settle(reader);
    for at in apart {
        let what = "this response names another model than the request before it asks for, so the two are not taken \
                    together";
        reader.note(at, what.to_owned());
    }
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
    let is_one_line = !places.text().trim_end().contains('\n');
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
            ExchangeOutcome::Unanswered if is_one_line => FIRST_LINE.to_owned(),
            ExchangeOutcome::Unanswered => {
                match push_request(exchange, &mut reader.entry(&origin)) {
                    Ok(true) => {
                        taken += 1;
                        continue;
                    }
                    _ => UNANSWERED.to_owned(),
                }
            }
            ExchangeOutcome::Other(why) => format!("an HTTP exchange, but {why}"),
        };
        others.push((exchange.at.clone(), what));
    }
    taken += records.read_rest(reader);
    for range in behind {
        let piece = places.piece(range);
        let before = reader.loaded.completions.len();
        let origin = reader.origin_of_entry(piece.at(0), reader.origin.record);
        reader.entry(&origin).inner(&piece);
        taken += reader.loaded.completions.len() - before;
    }
    if taken == 0 && others.is_empty() {
        let what = "the head of an HTTP message, and no completion behind it";
        others.extend(heads.into_iter().map(|at| (at, what.to_owned())).next());
    }
    for (at, what) in others {
        match taken {
            0 => reader.problem(ProblemKind::Unrecognised, at, what),
            _ => reader.note(at, what),
        }
    }
}

/// Puts requests and responses together. Of the responses to one request the last counts: what comes
/// before are interim ones, redirects, a proxy's. Where two requests wait, nobody can tell which one a response answers.
fn exchanges<'d>(
    messages: Vec<FoundMessage>,
    places: &Places<'d>,
    limits: &BodyLimits,
    apart: &mut Vec<Place>,
) -> Vec<FoundExchange<'d>> {
    let mut out: Vec<FoundExchange<'d>> = Vec::new();
    let mut is_open = false;
    // Requests with a body that have no response yet; one that is sent again is one.
    let mut waiting = 0;
    // Whether it was seen on one connection that the response belongs to the last request.
    let are_flows = flow_text::begins_with_one(places.text());
    let mut is_tied = false;
    for message in messages {
        let at = places.at(message.offset);
        let (body, rest) = body_of(&message, places, limits);
        if let Some((method, target)) = message.request {
            is_tied = are_flows || places.text()[..message.offset].ends_with("> ");
            let is_again = out.last().is_some_and(|last| {
                is_open && text_of(&last.exchange.request.body) == text_of(&body)
            });
            // An editor keeps requests that were never sent beside one that was.
            // Of one whose headers another stands within, the body is somewhere else.
            let is_torn = message.is_cut && !is_tied && method == "POST";
            let is_sent = !target.contains("://") && (is_torn || text_of(&body).is_some());
            waiting += usize::from(is_sent && !(is_again && waiting > 0));
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
            out.push(FoundExchange {
                exchange,
                request: rest,
                responses: Vec::new(),
            });
            is_open = true;
            continue;
        }
        let response = Message {
            is_recorded: true,
            headers: message.headers,
            body,
        };
        let asked = out.last_mut().filter(|_| is_open && waiting < 2);
        let is_its = |asked: &&mut FoundExchange<'_>| {
            let asked = &asked.exchange.request.body;
            is_tied || !is_of_another_model(asked, &response.body, limits.of_one)
        };
        let rest = rest.map(|beyond| beyond.rest);
        let had_asked = asked.is_some();
        match asked.filter(is_its) {
            Some(found) => {
                found.exchange.status = message.status;
                found.exchange.response = response;
                found.responses.extend(rest);
            }
            None => {
                apart.extend(had_asked.then(|| at.clone()));
                let mut exchange = Exchange::at(at);
                exchange.status = message.status;
                exchange.response = response;
                out.push(FoundExchange {
                    exchange,
                    request: None,
                    responses: rest.into_iter().collect(),
                });
            }
        }
        // A final answer with a body ends the exchange; the next response is another's.
        let is_interim = message
            .status
            .is_some_and(|s| s < 200 || (300..400).contains(&s));
        // Of two that wait one has been answered, nobody knows which.
        if !is_interim {
            waiting = if waiting < 2 { 0 } else { waiting - 1 };
        }
        let had_body = out
            .last()
            .is_some_and(|found| !found.exchange.response.body.is_absent());
        is_open = is_interim || !had_body;
    }
    out
}

/// Whether a response names a model that none of those is which its request asks for.
fn is_of_another_model(request: &Body<'_>, response: &Body<'_>, limits: Limits) -> bool {
    let (Some(request), Some(response)) = (text_of(request), text_of(response)) else {
        return false;
    };
    let Some(answered) = consecutive::answered_model(response) else {
        return false;
    };
    let request = Document::parse(request.trim().into(), limits);
    request.is_ok_and(|request| !Asked::of(request.root()).may_get_or_any(&answered))
}

fn text_of<'b>(body: &'b Body<'_>) -> Option<&'b str> {
    match body {
        Body::Text(text) => Some(&text.text),
        _ => None,
    }
}

/// The body of a message, with all that stands behind its head and the part of it that is none of its body.
fn body_of<'d>(
    message: &FoundMessage,
    places: &Places<'_>,
    limits: &BodyLimits,
) -> (Body<'d>, Option<Beyond>) {
    let pieces = &message.body;
    let headers = &message.headers;
    let is_chunked = headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let mut body = DocumentBuilder::default();
    for piece in pieces {
        let map = places.map_of(piece.clone());
        body.copy(&places.text()[piece.clone()], 0..piece.len(), &map);
    }
    let (text, map) = body.finish();
    let Some(at) = map.place_of_offset(0).filter(|_| message.has_body) else {
        return (Body::Absent, None);
    };
    let mut text = text.to_string();
    let of = match &message.request {
        Some((method, _)) => BodyOf::request(method),
        None => BodyOf::Response,
    };
    let mut rest = None;
    if let (Some(first), Some(last)) = (pieces.first(), pieces.last())
        && last.end - first.start == text.len()
        && (!is_chunked || text.trim_start().starts_with('{'))
    {
        let end = end_of_body(&text, of, limits.of_one);
        if end < text.len() {
            let whole = first.start..last.end;
            rest = Some(Beyond {
                rest: whole.start + end..whole.end,
                whole,
            });
            text.truncate(end);
            if text.trim().is_empty() {
                return (Body::Absent, rest);
            }
        }
    }
    let text = without_statistics(text, limits.of_one);
    let is_plain = text.trim_start().starts_with(['{', '[', '<']) || sse::is_transcript(&text);
    if is_chunked
        && !is_plain
        && let Some(whole) = unchunked(&text)
    {
        let coding = headers.get("content-encoding");
        let body = body::of_bytes(whole.into_bytes(), coding, limits, &at);
        return (body, rest);
    }
    let body = Body::Text(Text {
        text: text.into(),
        map,
        at,
        broken: None,
    });
    (body, rest)
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
