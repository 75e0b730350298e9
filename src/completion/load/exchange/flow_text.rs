//! Flows as `mitmdump` prints them (`--set flow_detail=3`): the request's line behind the client's address, the
//! response's behind `<<`, headers and bodies indented.

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
}

/// How far headers and bodies are indented.
const INDENTATION: &str = "    ";

/// Whether a line begins a flow: `127.0.0.1:50312: POST https://… HTTP/2.0`.
pub(super) fn begins_with_one(line: &str) -> bool {
    matches!(request(line), Some(StartLine::Request { .. }))
}

/// Takes a line apart.
pub(super) fn line(line: &str) -> Line<'_> {
    let start = request(line).or_else(|| response(line));
    start.map_or_else(
        || Line::Inside(line.strip_prefix(INDENTATION).unwrap_or(line)),
        Line::Start,
    )
}

fn request(line: &str) -> Option<StartLine<'_>> {
    let (client, rest) = line.split_once(": ")?;
    let (_, port) = client.rsplit_once(':')?;
    let is_client = !client.contains(' ') && port.parse::<u16>().is_ok();
    let mut words = rest.split_ascii_whitespace();
    let (method, url) = (words.next()?, words.next()?);
    let is_request = method.bytes().all(|byte| byte.is_ascii_uppercase())
        && ["http://", "https://"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
    (is_client && is_request).then_some(StartLine::Request { method, url })
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
    }
}
