//! A command that asks over HTTP, `curl` above all: by itself it is a request without an answer, and above what it printed it has that exchange's
//! request. No file that it names is opened, and nothing of it is run.

mod begin;
mod options;
mod tools;
mod words;

use std::ops::Range;

use super::body::{Body, Text};
use super::message::Exchange;
use super::part::request_at;
use super::records::Records;
use super::{ExchangeOutcome, api, push_request, read as read_exchange};
use crate::completion::load::framing::scan::document_end;
use crate::completion::load::head::FileHead;
use crate::completion::load::problem::with_generation;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::sse;
use crate::completion::load::{ProblemKind, consecutive};
use crate::completion::source_map::Places;
use begin::{Preamble, assigned, start_in};
use options::{CurlCommand, shortened};
use tools::Tool;

/// What its completions are read as.
pub(in crate::completion::load) const NAME: &str = "curl command";

/// What those of other commands are read as.
pub(in crate::completion::load) fn other_names() -> impl Iterator<Item = &'static str> {
    Tool::other_names()
}

/// Commands of one text that are read.
const MOST_COMMANDS: usize = 5000;

/// Whether a text begins with the command, perhaps behind a prompt, what a shell was told before, or a few words.
pub(super) fn begins_with_one(text: &str) -> bool {
    Preamble::of(text).is_some()
}

/// Whether a text is commands, each with what it printed below, if that is an answer or words. What was printed with headers
/// is read otherwise.
pub(in crate::completion::load) fn is_command(head: &FileHead<'_>) -> bool {
    Preamble::of(head.text).is_some_and(|before| {
        let line = before.tool.split(head.text, before.start);
        // The beginning may end within it.
        line.is_open || is_printed(head.text[line.end..].trim())
    })
}

/// Whether what stands below a command may be what it printed: an answer, words, nothing.
fn is_printed(printed: &str) -> bool {
    let first = printed.lines().next().unwrap_or_default();
    printed.starts_with('{') || sse::is_transcript(printed) || !first.contains(['{', '"'])
}

/// What stands below the command that a text begins with.
pub(super) fn printed(text: &str) -> Option<&str> {
    let before = Preamble::of(text)?;
    let line = before.tool.split(text, before.start);
    Some(text[line.end..].trim_start())
}

/// The pieces of a text that is commands with what each printed; one, where it has one.
pub(super) fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut begins = vec![0];
    let mut next = Preamble::of(text).map(|before| (before.start, before.tool));
    while let Some((start, tool)) = next.take()
        && begins.len() < MOST_COMMANDS
    {
        let mut at = tool.split(text, start).end;
        // Where what a shell is told before the next command begins.
        let mut told = None;
        for line in text[at..].split_inclusive('\n') {
            let bare = line.trim_end_matches(['\n', '\r']);
            if let Some(found) = start_in(bare) {
                begins.push(told.unwrap_or(at));
                next = Some((at + found.start, found.tool));
                break;
            }
            told = assigned(bare).map(|_| told.unwrap_or(at));
            at += line.len();
        }
    }
    let ends = begins.iter().skip(1).copied().chain([text.len()]);
    begins
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect()
}

/// Reads the commands of a text one by one; whether there are several.
pub(super) fn are_read_one_by_one(places: &Places<'_>, reader: &mut Reader<'_>) -> bool {
    let pieces = pieces(places.text());
    if pieces.len() < 2 {
        return false;
    }
    let before = reader.loaded.completions.len();
    for (index, piece) in pieces.into_iter().enumerate() {
        if index + 1 == MOST_COMMANDS {
            let what = format!(
                "this file has {MOST_COMMANDS} curl commands or more; from here on nothing was read; split it"
            );
            reader.problem(ProblemKind::Malformed, places.at(piece.start), what);
            break;
        }
        let piece = places.piece(piece);
        let record = reader.number_of_item(index);
        let origin = reader.origin_of_entry(piece.at(0), record);
        reader.entry(&origin).text(&piece);
    }
    reader.number(before);
    true
}

/// Adds what the command says to an exchange that lacks it: URL, session and body. Data that a shell had still to fill in
/// is not what was sent.
pub(super) fn add(places: &Places<'_>, exchange: &mut Exchange<'_>, reader: &mut Reader<'_>) {
    let Some(before) = Preamble::of(places.text()) else {
        return;
    };
    let mut command = CurlCommand::behind(before, places.text());
    fill(&mut command, places, exchange);
    if !exchange.request.body.is_absent() {
        return;
    }
    let asked = answer_in(places.text(), command.end).map(|range| range.start);
    let body = command.body(places);
    if let Some(start) = asked
        && !matches!(body, Ok(Some(_)))
        && let Some(end) = request_at(places.text(), start, reader.limits)
    {
        exchange.request.body = Body::Text(text_at(places, start..end));
        return;
    }
    let unknown = match body {
        Ok(Some(body)) if command.variables.is_empty() => {
            exchange.request.body = body;
            return;
        }
        Ok(Some(_)) => command.says_unknown(),
        Ok(None) => return,
        Err(why) => format!("{why}; so the request is not known"),
    };
    reader.note(places.at(0), unknown);
}

fn fill(command: &mut CurlCommand, places: &Places<'_>, exchange: &mut Exchange<'_>) {
    for header in &command.headers {
        if let Some((name, value)) = header.text.split_once(':') {
            let headers = &mut exchange.request.headers;
            headers.push(name, value, || places.at(header.offset));
        }
    }
    let url = command.url.clone();
    exchange.url = exchange.url.take().or(url);
}

/// Reads commands: each with the answer that it printed, or without one.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    if !are_read_one_by_one(places, reader) {
        read_one(places, reader);
    }
}

fn read_one(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let Some(before) = Preamble::of(text) else {
        return;
    };
    let at = places.at(0);
    let tool = before.tool;
    reader.format.name = tool.name();
    let mut command = CurlCommand::behind(before, text);
    let before = (
        reader.loaded.completions.len(),
        reader.loaded.problems.len(),
    );
    let mut exchange = Exchange::at(at.clone());
    exchange.method = Some("POST".to_owned());
    fill(&mut command, places, &mut exchange);
    let printed = answer_in(text, command.end);
    let body = command.body(places);
    // What a command without its data seems to have printed, and what is a request, are its data, as `set -x` shows them.
    if let Some(range) = &printed
        && !matches!(body, Ok(Some(_)))
        && request_at(text, range.start, reader.limits).is_some()
    {
        let rest = places.piece(range.start..text.len());
        let origin = reader.origin_of_entry(rest.at(0), reader.origin.record);
        return reader.entry(&origin).inner(&rest);
    }
    // What else OpenRouter is asked for, as a generation's record or a batch, tells by itself what it is.
    if let Some(range) = &printed
        && api::is_other_of_openrouter(&exchange)
    {
        let rest = places.piece(range.start..text.len());
        let origin = reader.origin_of_entry(rest.at(0), reader.origin.record);
        reader.format.name = "";
        return reader.entry(&origin).inner(&rest);
    }
    match body {
        Ok(Some(body)) if command.variables.is_empty() || text[command.end..].trim().is_empty() => {
            exchange.request.body = body;
        }
        Ok(Some(_)) => {
            reader.note(at.clone(), command.says_unknown());
            command.left_out.clear();
        }
        // What was answered stands below all the same.
        Err(why) if printed.is_some() => {
            reader.note(at.clone(), format!("{why}; so the request is not known"));
        }
        Ok(None) if printed.is_some() => {}
        Ok(None) => {
            let what = format!(
                "a {} without data, so it asks for no completion",
                tool.name()
            );
            return reader.problem(ProblemKind::Unrecognised, at, what);
        }
        Err(what) => return reader.problem(ProblemKind::Unrecognised, at, what),
    }
    if let Some(answer) = &printed {
        read_answered(places, exchange, answer.clone(), reader);
    } else if let Err(what) = push_request(&exchange, reader) {
        let what = format!("a {}{what}", tool.name());
        return reader.problem(ProblemKind::Unrecognised, at, what);
    }
    // A prompt, a status and the time that it took stand behind an answer too.
    let rest = printed.map_or(command.end, |answer| answer.end);
    if text[rest..].contains('{') {
        let rest = places.piece(rest..text.len());
        let origin = reader.origin_of_entry(rest.at(0), reader.origin.record);
        reader.entry(&origin).inner(&rest);
    }
    if reader.loaded.completions.len() == before.0 && reader.loaded.problems.len() == before.1 {
        let hint = match tool {
            Tool::PowerShell => "; pipe the answer to `ConvertTo-Json -Depth 20`",
            _ => "",
        };
        let what = format!(
            "a {} below which no answer stands that can be read{hint}",
            tool.name()
        );
        let what = with_generation(what, &text[command.end..]);
        reader.problem(ProblemKind::Unrecognised, at.clone(), what);
    }
    if let Some(url) = exchange_host(command.url.as_deref()) {
        command
            .left_out
            .insert(0, format!("that it goes to {}", shortened(&url)));
    }
    if !command.left_out.is_empty() {
        reader.note(
            at,
            format!(
                "left out of the {}: {}",
                tool.name(),
                command.left_out.join(", ")
            ),
        );
    }
}

/// The host of a URL that is neither OpenRouter's nor this machine's.
fn exchange_host(url: Option<&str>) -> Option<String> {
    let host = api::host(url?)?;
    let is_own = api::is_of(&host, "openrouter.ai")
        || api::is_of(&host, "localhost")
        || host.starts_with("127.")
        || host == "[::1]";
    (!is_own).then_some(host)
}

/// Where the answer stands that a command printed, whose end this is: behind a few words, such as how far curl had come.
pub(super) fn answer_in(text: &str, end: usize) -> Option<Range<usize>> {
    const MOST_WORDS: usize = 8;
    let mut at = end;
    for line in text[end..].split_inclusive('\n').take(MOST_WORDS * 2) {
        let bare = line.trim();
        if bare.starts_with('{') || sse::is_transcript(bare) {
            break;
        }
        if !bare.is_empty() && !consecutive::are_words_between(bare.as_bytes()) {
            return None;
        }
        at += line.len();
    }
    let start = text.len() - text[at..].trim_start().len();
    let rest = text[start..].trim_end();
    let end = match rest.starts_with('{') {
        true => document_end(rest.as_bytes(), 0).unwrap_or(rest.len()),
        false => rest.len(),
    };
    (!rest.is_empty()).then_some(start..start + end)
}

/// The text of a body that stands here as it was sent.
pub(super) fn text_at<'d>(places: &Places<'_>, range: Range<usize>) -> Text<'d> {
    Text {
        text: places.text()[range.clone()].to_owned().into(),
        at: places.at(range.start),
        map: places.map_of(range),
        broken: None,
    }
}

fn read_answered(
    places: &Places<'_>,
    mut exchange: Exchange<'_>,
    answer: Range<usize>,
    reader: &mut Reader<'_>,
) {
    exchange.response.is_recorded = true;
    exchange.response.body = Body::Text(text_at(places, answer));
    let mut records = Records::default();
    if let ExchangeOutcome::Other(why) = read_exchange(&exchange, &mut records, reader) {
        let what = format!("a {} with its answer, but {why}", reader.format.name);
        reader.problem(ProblemKind::Unrecognised, places.at(0), what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_told_by_its_beginning() {
        let check = |text: &str, expected: bool| {
            assert_eq!(begins_with_one(text), expected, "{text}");
        };
        check("curl https://x", true);
        check("me@host:~$ curl https://x", true);
        check("C:\\> curl.exe https://x", true);
        check("we used curl for it", false);
        check("{\"curl \":1}", false);
        check("{\"run\": \"me@host:~$ curl https://x", false);
    }
}
