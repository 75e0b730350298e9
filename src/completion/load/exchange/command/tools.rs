//! Other commands than `curl` that ask over HTTP: what each says, in curl's words.

use super::words::{self, CommandLine, Word};
use crate::completion::load::signs::Signs;
use crate::json::{Document, Limits, quote};

/// What a command is one of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Tool {
    #[default]
    Curl,
    Wget,
    /// `http`, and `xh`, which speaks as it does.
    Httpie,
    /// `Invoke-RestMethod` and `Invoke-WebRequest`.
    PowerShell,
}

/// What each is called on a command line.
const NAMES: [(&str, Tool); 13] = [
    ("curl ", Tool::Curl),
    ("curl.exe ", Tool::Curl),
    ("wget ", Tool::Wget),
    ("wget.exe ", Tool::Wget),
    ("http ", Tool::Httpie),
    ("https ", Tool::Httpie),
    ("xh ", Tool::Httpie),
    ("Invoke-RestMethod ", Tool::PowerShell),
    ("Invoke-WebRequest ", Tool::PowerShell),
    ("invoke-restmethod ", Tool::PowerShell),
    ("invoke-webrequest ", Tool::PowerShell),
    ("irm ", Tool::PowerShell),
    ("iwr ", Tool::PowerShell),
];

const fn names() -> [&'static str; NAMES.len()] {
    let mut names = [""; NAMES.len()];
    let mut at = 0;
    while at < NAMES.len() {
        names[at] = NAMES[at].0;
        at += 1;
    }
    names
}

impl Tool {
    /// What completions are read as that stand in such commands.
    pub const fn name(self) -> &'static str {
        match self {
            Tool::Curl => super::NAME,
            Tool::Wget => "wget command",
            Tool::Httpie => "HTTPie command",
            Tool::PowerShell => "PowerShell command",
        }
    }

    /// The names of all but curl's.
    pub fn other_names() -> impl Iterator<Item = &'static str> {
        [Tool::Wget, Tool::Httpie, Tool::PowerShell]
            .into_iter()
            .map(Tool::name)
    }

    /// Where on a line a command's name may stand: before it, behind it, and whose it is. A word of one that is also a word
    /// of prose is told by the address behind it.
    pub fn named_in(line: &str) -> impl Iterator<Item = (usize, usize, Tool)> {
        // Nearly every line has none.
        static SIGNS: Signs<{ NAMES.len() }> = Signs::of(names());
        let named = SIGNS.any_in(line.as_bytes()).then_some(NAMES);
        let names = named.into_iter().flatten();
        names.filter_map(move |(name, tool)| {
            let at = line.find(name)?;
            let rest = &line[at + name.len()..];
            let is_one = tool == Tool::Curl
                || rest.contains("://")
                || rest.contains("openrouter.ai")
                || rest.trim_end().ends_with(['`', '\\', '^']);
            is_one.then_some((at, at + name.len(), tool))
        })
    }

    /// Takes a command of this tool's apart whose first argument begins at `start`.
    pub fn split(self, text: &str, start: usize) -> CommandLine {
        match self {
            Tool::PowerShell => words::split_in_power_shell(text, start),
            _ => words::split(text, start),
        }
    }

    /// What a command line says, in curl's words.
    pub fn in_curls_words(self, mut line: CommandLine, has_input: bool) -> CommandLine {
        let words = std::mem::take(&mut line.words);
        line.words = match self {
            Tool::Curl => words,
            Tool::Wget => wget(words),
            Tool::Httpie => httpie(words, has_input),
            Tool::PowerShell => power_shell(words),
        };
        line
    }
}

/// A word that stands nowhere.
fn said(text: &str, offset: usize) -> Word {
    let mut word = Word::at(offset);
    word.text = text.to_owned();
    word.is_verbatim = false;
    word
}

/// The part of a word behind its first bytes.
fn behind(word: &Word, at: usize) -> Word {
    Word {
        text: word.text[at..].to_owned(),
        offset: match word.is_verbatim {
            true => word.offset + at,
            false => word.offset,
        },
        ..word.clone()
    }
}

fn option(name: &str, value: Word) -> [Word; 2] {
    [said(name, value.offset), value]
}

fn wget(words: Vec<Word>) -> Vec<Word> {
    const VALUED: [&str; 12] = [
        "--method",
        "--output-document",
        "--user-agent",
        "--timeout",
        "--tries",
        "--user",
        "--password",
        "--output-file",
        "--referer",
        "--ca-certificate",
        "--limit-rate",
        "--append-output",
    ];
    let mut out = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let (name, value) = match word.text.split_once('=') {
            Some((name, _)) if name.starts_with("--") => {
                (name.to_owned(), Some(behind(&word, name.len() + 1)))
            }
            _ => (word.text.clone(), None),
        };
        let mut value = || value.clone().or_else(|| words.next());
        match name.as_str() {
            "--post-data" | "--body-data" => {
                out.extend(value().into_iter().flat_map(|it| option("--data-raw", it)))
            }
            "--header" => out.extend(value().into_iter().flat_map(|it| option("-H", it))),
            "--post-file" | "--body-file" => out.extend(
                value()
                    .into_iter()
                    .flat_map(|it| option("--data-raw", said(&format!("@{}", it.text), it.offset))),
            ),
            name if VALUED.contains(&name) => drop(value()),
            // Short options may stand together, and the last one's value behind it.
            name if name.starts_with('-') && !name.starts_with("--") => {
                if name.ends_with(['O', 'U', 'T', 't', 'o', 'a']) {
                    words.next();
                }
            }
            name if name.starts_with('-') => {}
            _ => out.push(word),
        }
    }
    out
}

/// What divides the name of an item from its value, the longest first.
const DIVIDERS: [&str; 6] = [":=@", "=@", ":=", "==", "=", ":"];

fn httpie(words: Vec<Word>, has_input: bool) -> Vec<Word> {
    const VALUED: [&str; 16] = [
        "--auth",
        "-a",
        "--auth-type",
        "-A",
        "--session",
        "--session-read-only",
        "--timeout",
        "--verify",
        "--output",
        "-o",
        "--print",
        "-p",
        "--style",
        "-s",
        "--pretty",
        "--proxy",
    ];
    let mut out = Vec::new();
    let mut members: Vec<String> = Vec::new();
    let (mut data, mut start, mut variables) = (None, None, Vec::new());
    let (mut has_url, mut file) = (false, false);
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if file {
            data = Some(said(&format!("@{text}"), word.offset));
            file = false;
        } else if text == "<" {
            file = true;
        } else if let Some(file) = text
            .strip_prefix('<')
            .filter(|_| !has_url || start.is_none())
        {
            data = Some(said(&format!("@{file}"), word.offset));
        } else if text.starts_with("--raw=") {
            data = Some(behind(&word, "--raw=".len()));
        } else if text == "--raw" {
            data = words.next();
        } else if text.starts_with('-') {
            if VALUED.contains(&text) {
                words.next();
            }
        } else if !has_url && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase())
        {
            // The method.
        } else if !has_url {
            has_url = true;
            out.push(word);
        } else if let Some((name, divider, value)) = divided(text) {
            match divider {
                "=" | ":=" => {
                    start = start.or(Some(word.offset));
                    variables.extend(word.variables.iter().cloned());
                    let value = match divider {
                        "=" => quote(value),
                        _ => json(value).unwrap_or_else(|| quote(value)),
                    };
                    members.push(format!("{}:{value}", quote(name)));
                }
                ":" => out.extend(option("-H", word)),
                // A member of the body from a file, so the body is not known.
                "=@" | ":=@" => data = Some(said(&format!("@{value}"), word.offset)),
                _ => {}
            }
        }
    }
    let made = start.map(|start| {
        let mut word = said(&format!("{{{}}}", members.join(",")), start);
        word.variables = variables;
        word
    });
    let piped = has_input.then(|| said("@-", 0));
    out.extend(
        data.or(made)
            .or(piped)
            .into_iter()
            .flat_map(|data| option("--data-raw", data)),
    );
    out
}

/// The name, the divider and the value of an item.
fn divided(item: &str) -> Option<(&str, &str, &str)> {
    let at = item.find([':', '='])?;
    let divider = DIVIDERS
        .iter()
        .find(|divider| item[at..].starts_with(**divider))?;
    Some((&item[..at], divider, &item[at + divider.len()..]))
}

fn json(text: &str) -> Option<String> {
    let doc = Document::parse(text.trim().into(), Limits::default()).ok()?;
    Some(doc.root().raw().to_owned())
}

fn power_shell(words: Vec<Word>) -> Vec<Word> {
    const SWITCHES: [&str; 9] = [
        "-usebasicparsing",
        "-verbose",
        "-debug",
        "-skiphttperrorcheck",
        "-skipcertificatecheck",
        "-disablekeepalive",
        "-passthru",
        "-usedefaultcredentials",
        "-allowunencryptedauthentication",
    ];
    let mut out = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(mut word) = words.next() {
        if !word.text.starts_with('-') {
            out.push(word);
            continue;
        }
        let name = word.text.to_ascii_lowercase();
        let name = name.trim_end_matches(':');
        if SWITCHES.contains(&name) {
            continue;
        }
        let Some(value) = words.next_if(|next| !next.text.starts_with('-')) else {
            continue;
        };
        word = value;
        // What PowerShell would have to make is not known: a table, what a command gives.
        if word.text.starts_with(['@', '(']) {
            let ends = word.text.matches(['}', ')']).count();
            let mut open = word.text.matches(['{', '(']).count().saturating_sub(ends);
            while open > 0
                && let Some(next) = words.next()
            {
                open = (open + next.text.matches(['{', '(']).count())
                    .saturating_sub(next.text.matches(['}', ')']).count());
            }
            word.substitution = Some(word.text.clone());
        } else if let Some(name) = word.text.strip_prefix('$') {
            word.variables = vec![name.to_owned()];
        }
        match name {
            "-uri" => out.push(word),
            "-body" => out.extend(option("--data-raw", word)),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_commands_are_put_in_curls_words() {
        let check = |tool: Tool, text: &str, expected: &[&str]| {
            let line = tool.in_curls_words(words::split(text, 0), false);
            let found: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
            assert_eq!(found, expected, "{text}");
        };
        let url = "https://x";
        check(
            Tool::Wget,
            "-qO- --header='a: b' --post-data '{}' https://x",
            &["-H", "a: b", "--data-raw", "{}", url],
        );
        check(
            Tool::Wget,
            "-O out.json --method=POST --body-file=b.json https://x",
            &["--data-raw", "@b.json", url],
        );
        check(
            Tool::Httpie,
            "-v POST https://x a=b 'c:=[1]' X-Y:z q==1",
            &[url, "-H", "X-Y:z", "--data-raw", r#"{"a":"b","c":[1]}"#],
        );
        check(
            Tool::Httpie,
            "https://x --raw '{}'",
            &[url, "--data-raw", "{}"],
        );
        check(
            Tool::Httpie,
            "https://x < b.json",
            &[url, "--data-raw", "@b.json"],
        );
        check(
            Tool::PowerShell,
            "-Uri https://x -Method Post -Headers @{ 'A' = 'b' } -Body '{}' -UseBasicParsing",
            &[url, "--data-raw", "{}"],
        );
        check(
            Tool::PowerShell,
            "https://x -Body $body",
            &[url, "--data-raw", "$body"],
        );
    }
}
