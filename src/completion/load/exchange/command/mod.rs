//! A `curl` command: by itself it is a request without an answer, and above what it printed it has that exchange's
//! request. No file that it names is opened, and nothing of it is run.

mod options;
mod words;

use super::body::{Body, Text};
use super::message::{Exchange, OF_REQUEST};
use super::records::Records;
use super::{
    CompletionBuilder, ExchangeOutcome, api, json_part, read as read_exchange, write_headers,
};
use crate::completion::load::ProblemKind;
use crate::completion::load::framing::scan::document_end;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::sse;
use crate::completion::source_map::Places;
use crate::json::{Document, Limits};
use options::{CurlCommand, shortened};

/// Whether a text begins with the command, perhaps behind a prompt.
pub(super) fn begins_with_one(text: &str) -> bool {
    start(text).is_some()
}

/// Whether a text is a command and nothing else, or with the one answer that it printed below. What it printed with
/// headers is read otherwise.
pub(in crate::completion::load) fn is_command(head: &FileHead<'_>) -> bool {
    start(head.text).is_some_and(|start| {
        let line = words::split(head.text, start);
        // The beginning may end within it.
        line.is_open || is_answer(head.text[line.end..].trim())
    })
}

/// Whether what stands below a command is one answer, or nothing.
fn is_answer(printed: &str) -> bool {
    // The beginning of a file may end within it.
    let is_one = |text: &str| document_end(text.as_bytes(), 0).is_none_or(|end| end == text.len());
    printed.is_empty() || printed.starts_with('{') && is_one(printed) || sse::is_transcript(printed)
}

/// What stands below the command that a text begins with.
pub(super) fn printed(text: &str) -> Option<&str> {
    let line = words::split(text, start(text)?);
    Some(text[line.end..].trim_start())
}

/// Where the command's first argument begins, on the first line.
fn start(text: &str) -> Option<usize> {
    let first = text.lines().next().unwrap_or_default();
    let (at, name) = ["curl ", "curl.exe "]
        .iter()
        .find_map(|name| Some((first.find(name)?, name)))?;
    let before = first[..at].trim_end();
    let is_prompt = before.is_empty() || before.ends_with(['$', '%', '#', '>']);
    // JSON is told by its beginning alone, and may speak of a command.
    let is_json = before.starts_with(['{', '"']);
    (is_prompt && before.len() < 80 && !is_json).then_some(at + name.len())
}

/// Adds what the command says to an exchange that lacks it: URL, session and body. Data that a shell had still to fill in
/// is not what was sent.
pub(super) fn add(places: &Places<'_>, exchange: &mut Exchange<'_>, reader: &mut Reader<'_>) {
    let Some(start) = start(places.text()) else {
        return;
    };
    let mut command = CurlCommand::of(words::split(places.text(), start));
    fill(&mut command, places, exchange);
    if !exchange.request.body.is_absent() {
        return;
    }
    let unknown = match command.body(places) {
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

/// Reads a command that stands by itself as a completion without an answer.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let Some(start) = start(text) else { return };
    let at = places.at(0);
    let mut command = CurlCommand::of(words::split(text, start));
    let mut exchange = Exchange::at(at.clone());
    exchange.method = Some("POST".to_owned());
    fill(&mut command, places, &mut exchange);
    match command.body(places) {
        Ok(Some(body)) if command.variables.is_empty() || text[command.end..].trim().is_empty() => {
            exchange.request.body = body;
        }
        Ok(Some(_)) => {
            reader.note(at.clone(), command.says_unknown());
            command.left_out.clear();
        }
        Ok(None) => {
            let what = "a curl command without data, so it asks for no completion".to_owned();
            return reader.problem(ProblemKind::Unrecognised, at, what);
        }
        Err(what) => return reader.problem(ProblemKind::Unrecognised, at, what),
    }
    let printed = text[command.end..].trim_start();
    if !printed.is_empty() {
        read_answered(places, exchange, printed, reader);
    } else if let Err(what) = push_request(&exchange, reader) {
        return reader.problem(ProblemKind::Unrecognised, at, what);
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
                "left out of the curl command: {}",
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

fn read_answered(
    places: &Places<'_>,
    mut exchange: Exchange<'_>,
    printed: &str,
    reader: &mut Reader<'_>,
) {
    let offset = places.text().len() - printed.len();
    exchange.response.is_recorded = true;
    exchange.response.body = Body::Text(Text {
        text: printed.to_owned().into(),
        map: places.map_of(offset..places.text().len()),
        at: places.at(offset),
        broken: None,
    });
    let mut records = Records::default();
    if let ExchangeOutcome::Other(why) = read_exchange(&exchange, &mut records, reader) {
        let what = format!("a curl command with its answer, but {why}");
        reader.problem(ProblemKind::Unrecognised, places.at(0), what);
    }
}

/// A completion with the request alone.
///
/// # Errors
/// Why it asks for none.
fn push_request(exchange: &Exchange<'_>, reader: &mut Reader<'_>) -> Result<(), String> {
    let Body::Text(text) = &exchange.request.body else {
        return Ok(());
    };
    let Some(part) = json_part(text, reader.limits) else {
        return Err(format!(
            "a curl command whose data is not a JSON object{}",
            why_no_json(text, reader.limits)
        ));
    };
    let root = part.doc.root();
    api::is_completion(exchange, Some(root), reader.limits)
        .map_err(|why| format!("a curl command, but {why}"))?;
    let mut parts = CompletionBuilder::default();
    parts.copy("request", root, &part.map);
    write_headers(
        "headers",
        &exchange.request.headers,
        &OF_REQUEST,
        &mut parts,
    );
    parts.builder.literal("}");
    reader.push(None, parts.builder, None);
    Ok(())
}

fn why_no_json(text: &Text<'_>, limits: Limits) -> String {
    let parsed = Document::parse(text.text.trim().into(), limits);
    parsed
        .err()
        .map(|error| format!(": {error}"))
        .unwrap_or_default()
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
