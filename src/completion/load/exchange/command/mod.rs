//! A `curl` command: by itself it is a request without an answer, and above what it printed it has that exchange's
//! request. No file that it names is opened, and nothing of it is run.

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
use crate::completion::source_map::{Places, SourceMap};
use crate::json::{Document, Limits};
use words::{CommandLine, Word};

/// Short options that take a value, of curl 8.
const VALUED: &str = "AbcCDeEFhHKmoPQrtTuUwxXyYz";
/// Long options that take a value.
const VALUED_LONG: &[&str] = &[
    "abstract-unix-socket",
    "alt-svc",
    "aws-sigv4",
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "ciphers",
    "config",
    "connect-timeout",
    "connect-to",
    "continue-at",
    "cookie",
    "cookie-jar",
    "create-file-mode",
    "crlfile",
    "curves",
    "delegation",
    "dns-interface",
    "dns-ipv4-addr",
    "dns-ipv6-addr",
    "dns-servers",
    "doh-url",
    "dump-header",
    "ech",
    "egd-file",
    "engine",
    "etag-compare",
    "etag-save",
    "expect100-timeout",
    "form",
    "form-string",
    "ftp-account",
    "ftp-alternative-to-user",
    "ftp-method",
    "ftp-port",
    "ftp-ssl-ccc-mode",
    "happy-eyeballs-timeout-ms",
    "haproxy-clientip",
    "hostpubmd5",
    "hostpubsha256",
    "hsts",
    "interface",
    "ip-tos",
    "ipfs-gateway",
    "keepalive-cnt",
    "keepalive-time",
    "key",
    "key-type",
    "krb",
    "limit-rate",
    "local-port",
    "login-options",
    "mail-auth",
    "mail-from",
    "mail-rcpt",
    "max-filesize",
    "max-redirs",
    "max-time",
    "netrc-file",
    "noproxy",
    "oauth2-bearer",
    "output",
    "output-dir",
    "parallel-max",
    "pass",
    "pinnedpubkey",
    "preproxy",
    "proto",
    "proto-default",
    "proto-redir",
    "proxy",
    "proxy-cacert",
    "proxy-capath",
    "proxy-cert",
    "proxy-cert-type",
    "proxy-ciphers",
    "proxy-crlfile",
    "proxy-header",
    "proxy-key",
    "proxy-key-type",
    "proxy-pass",
    "proxy-pinnedpubkey",
    "proxy-service-name",
    "proxy-tls13-ciphers",
    "proxy-tlsauthtype",
    "proxy-tlspassword",
    "proxy-tlsuser",
    "proxy-user",
    "proxy1.0",
    "pubkey",
    "quote",
    "random-file",
    "range",
    "rate",
    "referer",
    "request-target",
    "resolve",
    "retry",
    "retry-delay",
    "retry-max-time",
    "sasl-authzid",
    "service-name",
    "signature-algorithms",
    "socks4",
    "socks4a",
    "socks5",
    "socks5-gssapi-service",
    "socks5-hostname",
    "speed-limit",
    "speed-time",
    "stderr",
    "telnet-option",
    "tftp-blksize",
    "time-cond",
    "tls-max",
    "tls13-ciphers",
    "tlsauthtype",
    "tlspassword",
    "tlsuser",
    "trace",
    "trace-ascii",
    "trace-config",
    "unix-socket",
    "upload-file",
    "user",
    "user-agent",
    "variable",
    "vlan-priority",
    "write-out",
];
/// Options whose value is the request's body.
const DATA: &[&str] = &["d", "data", "data-raw", "data-binary", "data-ascii", "json"];
/// Options by which curl reads or writes a file, or sends something else than the data.
const LEFT_OUT: &[&str] = &[
    "o",
    "output",
    "O",
    "remote-name",
    "K",
    "config",
    "T",
    "upload-file",
    "c",
    "cookie-jar",
    "D",
    "dump-header",
    "F",
    "form",
    "x",
    "proxy",
];

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
    (is_prompt && before.len() < 80).then_some(at + name.len())
}

/// What a command says of its request.
#[derive(Default)]
struct CurlCommand {
    url: Option<String>,
    headers: Vec<Word>,
    data: Vec<Word>,
    /// What of it has no meaning here.
    left_out: Vec<String>,
    here_document: Option<Word>,
    /// Names of what the shell puts into the data.
    variables: Vec<String>,
    is_open: bool,
    end: usize,
}

impl CurlCommand {
    fn of(line: CommandLine) -> CurlCommand {
        let mut command = CurlCommand {
            here_document: line.here_document,
            is_open: line.is_open,
            end: line.end,
            ..CurlCommand::default()
        };
        let mut others = 0;
        let mut words = line.words.into_iter();
        while let Some(word) = words.next() {
            let long = word.text.strip_prefix("--");
            if long == Some("next") || word.text == "-:" {
                let rest = words.by_ref().count();
                command
                    .left_out
                    .push(format!("all {rest} words behind {}", word.text));
            } else if let Some(name) = long {
                let takes = DATA.contains(&name)
                    || VALUED_LONG.contains(&name)
                    || ["header", "url", "request", "url-query", "data-urlencode"].contains(&name);
                let name = name.to_owned();
                let value = if takes { words.next() } else { None };
                command.option(&name, value, &mut others);
            } else if let Some(cluster) =
                word.text.strip_prefix('-').filter(|rest| !rest.is_empty())
            {
                command.short(cluster, &word, &mut words, &mut others);
            } else {
                command.positional(word, &mut others);
            }
        }
        match others {
            0 => {}
            1 => command.left_out.push("another URL".to_owned()),
            others => command.left_out.push(format!("{others} more URLs")),
        }
        command
    }

    /// Short options may stand together, and the last one's value behind it: `-sSXPOST`.
    fn short(
        &mut self,
        cluster: &str,
        word: &Word,
        words: &mut impl Iterator<Item = Word>,
        others: &mut usize,
    ) {
        for (at, c) in cluster.char_indices() {
            let name = c.to_string();
            if c != 'd' && !VALUED.contains(c) {
                self.option(&name, None, others);
                continue;
            }
            let rest = &cluster[at + c.len_utf8()..];
            let value = match rest {
                "" => words.next(),
                rest => Some(Word {
                    text: rest.to_owned(),
                    offset: word.offset + (word.text.len() - rest.len()),
                    is_verbatim: word.is_verbatim,
                    substitution: word.substitution.clone(),
                    variables: word.variables.clone(),
                }),
            };
            return self.option(&name, value, others);
        }
    }

    fn option(&mut self, name: &str, value: Option<Word>, others: &mut usize) {
        match (name, value) {
            ("H" | "header", Some(value)) => self.headers.push(value),
            ("url", Some(value)) => self.positional(value, others),
            (name, Some(value)) if DATA.contains(&name) => self.data.push(value),
            (name, value) if LEFT_OUT.contains(&name) => {
                let dashes = if name.len() == 1 { "-" } else { "--" };
                let value = value.map(|value| format!(" {}", shortened(&value.text)));
                self.left_out
                    .push(format!("{dashes}{name}{}", value.unwrap_or_default()));
            }
            _ => {}
        }
    }

    fn positional(&mut self, word: Word, others: &mut usize) {
        match &self.url {
            None => self.url = Some(word.text),
            Some(_) => *others += 1,
        }
    }

    /// That what was sent is not known, since the shell put something into it.
    fn says_unknown(&self) -> String {
        format!(
            "the data of this curl command holds ${}, which only the shell knew, so the request that was answered is not known; \
             put the body itself there",
            self.variables.join(", $")
        )
    }

    /// The data as the request's body; why there is none, where a shell or a file would have it.
    fn body<'d>(&mut self, places: &Places<'_>) -> Result<Option<Body<'d>>, String> {
        if self.is_open {
            return Err(
                "a curl command that ends within quotes: a part of it is missing".to_owned(),
            );
        }
        let mut data = std::mem::take(&mut self.data);
        if data.len() > 1 {
            return Err(format!(
                "a curl command whose data is in {} pieces, which is a form and no request for a completion",
                data.len()
            ));
        }
        let Some(mut word) = data.pop() else {
            return Ok(None);
        };
        if let Some(substitution) = &word.substitution {
            let shown = shortened(substitution);
            return Err(format!(
                "a curl command whose data holds a shell substitution, {shown}, which is never run here; paste the body itself"
            ));
        }
        if let Some(file) = word.text.strip_prefix('@') {
            word = match (file, self.here_document.take()) {
                ("-", Some(here)) => here,
                ("-", None) => {
                    return Err("a curl command that takes its data from standard input, which is not here; paste the body itself".to_owned());
                }
                (file, _) => {
                    let file = shortened(file);
                    return Err(format!(
                        "a curl command that reads its data from the file {file}, which is not opened here; paste the body itself"
                    ));
                }
            };
        }
        self.variables = word.variables.iter().map(|name| shortened(name)).collect();
        let variables = self.variables.iter();
        self.left_out
            .extend(variables.map(|name| format!("what the shell would put in for ${name}")));
        Ok(Some(body(word, places)))
    }
}

/// As much of a text as a message has room for.
fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    let mut shown: String = text.chars().take(MOST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
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

fn body<'d>(data: Word, places: &Places<'_>) -> Body<'d> {
    let at = places.at(data.offset);
    let map = match data.is_verbatim {
        true => places.map_of(data.offset..data.offset + data.text.len()),
        false => SourceMap::made(&data.text, at.clone()),
    };
    Body::Text(Text {
        text: data.text.into(),
        map,
        at,
        broken: None,
    })
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
    }

    #[test]
    fn options_are_told_from_their_values_and_from_urls() {
        let check = |text: &str, url: &str, data: &[&str], left_out: &[&str]| {
            let command = CurlCommand::of(words::split(text, "curl ".len()));
            assert_eq!(command.url.as_deref(), Some(url), "{text}");
            let found: Vec<&str> = command.data.iter().map(|word| word.text.as_str()).collect();
            assert_eq!(found, data, "{text}");
            assert_eq!(command.left_out, left_out, "{text}");
        };
        check("curl -sSXPOST https://a -d{}", "https://a", &["{}"], &[]);
        check("curl --url https://a --json {}", "https://a", &["{}"], &[]);
        check(
            "curl -u me:pw -A agent https://a --data-raw {}",
            "https://a",
            &["{}"],
            &[],
        );
        check(
            "curl https://a https://b -d {}",
            "https://a",
            &["{}"],
            &["another URL"],
        );
        check(
            "curl -o out.json https://a --compressed -d {} --next https://b -d x",
            "https://a",
            &["{}"],
            &["-o out.json", "all 3 words behind --next"],
        );
    }
}
