//! The `curl` command above what it printed: where people paste both, it has the request's body.

use super::body::{Body, Text};
use super::message::Exchange;
use crate::completion::source_map::{Places, SourceMap};

/// How many characters of a text are looked through for the end of the command.
const LONGEST: usize = 1 << 20;

/// A word of a command without its quotes, where it begins, and whether it stands there as it is.
struct Word {
    text: String,
    offset: usize,
    is_verbatim: bool,
}

/// Whether a text begins with the command, perhaps behind a prompt.
pub(super) fn begins_with_one(text: &str) -> bool {
    start(text).is_some()
}

/// Where the command's first argument begins, on the first line.
fn start(text: &str) -> Option<usize> {
    let first = text.lines().next().unwrap_or_default();
    let at = first.find("curl ")?;
    let before = first[..at].trim_end();
    let is_prompt = before.is_empty() || before.ends_with(['$', '%', '#', '>']);
    (is_prompt && before.len() < 80).then_some(at + "curl ".len())
}

/// Adds what the command says to an exchange that lacks it: URL, session and body.
pub(super) fn add(places: &Places<'_>, exchange: &mut Exchange<'_>) {
    let text = places.text();
    let Some(start) = start(text) else { return };
    let words = words(text, start);
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let is_data = |flag: &str| {
            [
                "-d",
                "--data",
                "--data-raw",
                "--data-binary",
                "--data-ascii",
                "--json",
            ]
            .contains(&flag)
        };
        match word.text.as_str() {
            "-H" | "--header" => {
                if let Some(header) = words.next()
                    && let Some((name, value)) = header.text.split_once(':')
                {
                    let headers = &mut exchange.request.headers;
                    headers.push(name, value, || places.at(header.offset));
                }
            }
            flag if is_data(flag) => {
                if let Some(data) = words.next().filter(|data| !data.text.starts_with('@'))
                    && exchange.request.body.is_absent()
                {
                    exchange.request.body = body(data, places);
                }
            }
            url if url.contains("://") && exchange.url.is_none() => {
                exchange.url = Some(url.to_owned());
            }
            _ => {}
        }
    }
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
    })
}

/// The words of a command as a POSIX shell takes them, to the end of its last line.
fn words(text: &str, start: usize) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote = None;
    let mut rest = text[start..].char_indices().take(LONGEST).peekable();
    while let Some((at, c)) = rest.next() {
        let at = start + at;
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"'), '\\') => {
                let escaped = rest.next_if(|(_, c)| matches!(c, '"' | '\\' | '$' | '`' | '\n'));
                let c = escaped.map_or('\\', |(_, c)| c);
                push(&mut word, at, c).is_verbatim = false;
            }
            (Some(_), c) => drop(push(&mut word, at, c)),
            (None, '\'' | '"') => {
                quote = Some(c);
                let is_new = word.is_none();
                let word = word.get_or_insert_with(|| Word::at(at + 1));
                word.is_verbatim &= is_new;
            }
            // A line that goes on.
            (None, '\\') if rest.next_if(|(_, c)| *c == '\n').is_some() => {}
            (None, '\\') => {
                if let Some((_, c)) = rest.next() {
                    push(&mut word, at, c).is_verbatim = false;
                }
            }
            (None, '\n' | '|' | ';') => break,
            (None, ' ' | '\t' | '\r') => words.extend(word.take()),
            (None, c) => {
                // Behind a closing quote.
                let is_behind = word
                    .as_ref()
                    .is_some_and(|word| at != word.offset + word.text.len());
                push(&mut word, at, c).is_verbatim &= !is_behind;
            }
        }
    }
    words.extend(word);
    words
}

impl Word {
    fn at(offset: usize) -> Word {
        Word {
            text: String::new(),
            offset,
            is_verbatim: true,
        }
    }
}

fn push(word: &mut Option<Word>, at: usize, c: char) -> &mut Word {
    let word = word.get_or_insert_with(|| Word::at(at));
    word.text.push(c);
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_command_apart_as_a_shell_does() {
        let check = |text: &str, expected: &[(&str, bool)]| {
            let found = words(text, start(text).expect("a command"));
            let found: Vec<(&str, bool)> = found
                .iter()
                .map(|word| (word.text.as_str(), word.is_verbatim))
                .collect();
            assert_eq!(found, expected, "{text}");
        };
        check(
            "curl -i 'a b' \"c\"\nHTTP/2 200",
            &[("-i", true), ("a b", true), ("c", true)],
        );
        check(
            "me@host:~$ curl x \\\n  -d '{\"a\":1}' | jq",
            &[("x", true), ("-d", true), ("{\"a\":1}", true)],
        );
        check(r"curl 'it'\''s'", &[("it's", false)]);
        check(
            r#"curl "say \"hi\"" a\ b"#,
            &[("say \"hi\"", false), ("a b", false)],
        );
        check("curl 'open", &[("open", true)]);
        assert!(!begins_with_one("we used curl for it"));
        assert!(!begins_with_one("{\"curl \":1}"));
    }
}
