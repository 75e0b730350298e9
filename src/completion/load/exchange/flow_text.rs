//! Flows as `mitmdump` prints them (`--set flow_detail=3`): the request's line behind the client's address, the
//! response's behind `<<`, headers and bodies indented. Between them it notes who connects and leaves.

/// The first line of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StartLine<'t> {
    Request { method: &'t str, url: &'t str },
    Response { status: u16 },
}

/// What a line of such a text is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'t> {
    Start(StartLine<'t>),
    /// A line of a header or a body, without its indentation.
    Inside(&'t str),
    /// A note of the program's: not part of a flow.
    Note,
}

/// How far headers and bodies are indented.
const INDENTATION: &str = "    ";

/// Whether a text begins with a flow, behind the program's notes: `127.0.0.1:50312: POST https://… HTTP/2.0`.
pub(super) fn begins_with_one(text: &str) -> bool {
    let first = text.lines().find(|line| !is_note(line));
    first.is_some_and(|line| request(line).is_some())
}

/// Whether behind its first line a flow goes on with what may stand in a head, or with another message.
pub(super) fn goes_on(text: &str, is_of_head: fn(&str) -> bool) -> bool {
    let mut lines = text.lines().filter(|line| !is_note(line)).skip(1);
    lines
        .next()
        .is_none_or(|line| is_of_head(line) || request(line).is_some() || response(line).is_some())
}

/// Takes a line apart.
pub(super) fn line(line: &str) -> Line<'_> {
    if is_note(line) {
        return Line::Note;
    }
    let start = request(line).or_else(|| response(line));
    start.map_or_else(
        || Line::Inside(line.strip_prefix(INDENTATION).unwrap_or(line)),
        Line::Start,
    )
}

/// `[12:33:07.317][127.0.0.1:58368] client connect`; older versions wrote `127.0.0.1:58368: client connect`, and
/// what they begin with without a time.
fn is_note(line: &str) -> bool {
    let is_timed = || {
        let time = line.strip_prefix('[')?.split_once(']')?.0;
        let is_of_time = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.');
        // `[::1]` is an address.
        let has_parts = time.split(':').filter(|part| !part.is_empty()).count() == 3;
        Some(has_parts && time.bytes().all(is_of_time))
    };
    let says = |rest: &str| {
        let beginnings = ["client", "server"];
        beginnings
            .iter()
            .any(|beginning| rest.starts_with(beginning))
            && (rest.contains("connect") || rest.contains("TLS"))
    };
    line.starts_with("HTTP(S) proxy listening")
        || line.starts_with("Proxy server listening")
        || is_timed() == Some(true)
        || behind_client(line).is_some_and(says)
}

/// What follows a client's address.
fn behind_client(line: &str) -> Option<&str> {
    let (client, rest) = line.split_once(": ")?;
    let (_, port) = client.rsplit_once(':')?;
    let is_client = !client.contains(' ') && port.parse::<u16>().is_ok();
    is_client.then_some(rest)
}

fn request(line: &str) -> Option<StartLine<'_>> {
    let rest = behind_client(line)?;
    let mut words = rest.split_ascii_whitespace();
    let (method, url) = (words.next()?, words.next()?);
    let is_request = method.bytes().all(|byte| byte.is_ascii_uppercase())
        && ["http://", "https://"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
    is_request.then_some(StartLine::Request { method, url })
}

/// ` << HTTP/2.0 200 OK 512b`; older versions leave the protocol out.
fn response(line: &str) -> Option<StartLine<'_>> {
    let rest = line.trim_start().strip_prefix("<< ")?;
    let mut words = rest.split_ascii_whitespace();
    let status = words.find(|word| !word.starts_with("HTTP/"))?;
    let status = status
        .parse()
        .ok()
        .filter(|status| (100..600).contains(status))?;
    Some(StartLine::Response { status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_lines_apart() {
        let check = |text: &str, expected: Line<'_>| assert_eq!(line(text), expected, "{text:?}");
        let url = "https://openrouter.ai/api/v1/chat/completions";
        let request = |method| Line::Start(StartLine::Request { method, url });
        check(
            &format!("127.0.0.1:50312: POST {url} HTTP/2.0"),
            request("POST"),
        );
        check(&format!("[::1]:50312: GET {url}"), request("GET"));
        let response = |status| Line::Start(StartLine::Response { status });
        check(" << HTTP/2.0 200 OK 512b", response(200));
        check("     << 401 Unauthorized 65b", response(401));
        check(
            "    content-type: application/json",
            Line::Inside("content-type: application/json"),
        );
        check("        \"model\": 1", Line::Inside("    \"model\": 1"));
        check("", Line::Inside(""));
        check("note: POST it", Line::Inside("note: POST it"));
        check("    << here", Line::Inside("<< here"));
        check(
            "[12:33:07.317] HTTP(S) proxy listening at *:8080.",
            Line::Note,
        );
        check("[12:33:07.317][127.0.0.1:58368] client connect", Line::Note);
        check("127.0.0.1:58368: client disconnect", Line::Note);
        check("[1, 2]", Line::Inside("[1, 2]"));
        check(
            "    [12:33:07.317] a log",
            Line::Inside("[12:33:07.317] a log"),
        );
    }
}
