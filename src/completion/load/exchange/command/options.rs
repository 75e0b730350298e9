//! What a `curl` command says of its request: its options, told from their values and from URLs.

use super::Preamble;
use super::tools::Tool;
use super::words::{CommandLine, Word};
use crate::completion::load::exchange::body::{Body, Text};
use crate::completion::source_map::{Places, SourceMap};

/// What a command says of its request.
#[derive(Default)]
pub(super) struct CurlCommand {
    pub url: Option<String>,
    pub headers: Vec<Word>,
    data: Vec<Word>,
    /// What of it has no meaning here.
    pub left_out: Vec<String>,
    here_document: Option<Word>,
    /// Names of what the shell puts into the data.
    pub variables: Vec<String>,
    is_open: bool,
    pub end: usize,
    tool: Tool,
}

impl CurlCommand {
    /// What the command says that stands in a text behind something.
    pub fn behind(before: Preamble, text: &str) -> CurlCommand {
        let tool = before.tool;
        let line = tool.split(text, before.start);
        let line = tool.in_curls_words(line, before.piped.is_some());
        let mut command = CurlCommand::of(line);
        command.tool = tool;
        let told = |word: &Word| match word.variables.as_slice() {
            [name] if [format!("${name}"), format!("${{{name}}}")].contains(&word.text) => {
                let mut told = before.variables.iter().filter(|(of, _)| of == name);
                Some(told.next_back()?.1.clone())
            }
            _ => None,
        };
        for word in &mut command.data {
            if let Some(value) = told(word) {
                *word = value;
            }
        }
        command.here_document = command.here_document.or(before.piped);
        command
    }

    /// What a command line says.
    pub fn of(line: CommandLine) -> CurlCommand {
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
    pub fn says_unknown(&self) -> String {
        format!(
            "the data of this {} holds ${}, which only the shell knew, so the request that was answered is not known; \
             put the body itself there",
            self.tool.name(),
            self.variables.join(", $")
        )
    }

    /// The data as the request's body; why there is none, where a shell or a file would have it.
    pub fn body<'d>(&mut self, places: &Places<'_>) -> Result<Option<Body<'d>>, String> {
        let tool = self.tool.name();
        if self.is_open {
            return Err(format!(
                "a {tool} that ends within quotes: a part of it is missing"
            ));
        }
        let mut data = std::mem::take(&mut self.data);
        if data.len() > 1 {
            return Err(format!(
                "a {tool} whose data is in {} pieces, which is a form and no request for a completion",
                data.len()
            ));
        }
        let Some(mut word) = data.pop() else {
            return Ok(None);
        };
        if let Some(substitution) = &word.substitution {
            let shown = shortened(substitution);
            return Err(format!(
                "a {tool} whose data holds a shell substitution, {shown}, which is never run here; paste the body itself"
            ));
        }
        if let Some(file) = word.text.strip_prefix('@') {
            word = match (file, self.here_document.take()) {
                ("-", Some(here)) => here,
                ("-", None) => {
                    return Err(format!(
                        "a {tool} that takes its data from standard input, which is not here; paste the body itself"
                    ));
                }
                (file, _) => {
                    let file = shortened(file);
                    return Err(format!(
                        "a {tool} that reads its data from the file {file}, which is not opened here; paste the body itself"
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
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    let mut shown: String = text.chars().take(MOST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
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

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;

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
