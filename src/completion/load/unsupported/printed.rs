//! A record that is no JSON, but a value as a language's own printing shows it, or JSON as people write it for people.

use crate::completion::load::ProblemKind;
use crate::completion::load::problem::with_generation;
use crate::json::ParseError;

/// A format that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) struct UnsupportedFormat {
    /// Malformed where it may be a completion written down in another way, else unrecognised.
    pub kind: ProblemKind,
    /// What it is, and what to do.
    pub what: &'static str,
    /// Byte offset at which it shows.
    pub at: usize,
}

/// What may stand before an object on a line of a log, in bytes.
const LONGEST_PREFIX: usize = 200;

/// What a record is that is no JSON; `error_at` is where reading it as JSON ended.
pub(in crate::completion::load) fn of_record(
    text: &str,
    error_at: usize,
) -> Option<UnsupportedFormat> {
    // A log may say something before it.
    let brace = memchr::memchr(b'{', text.as_bytes()).filter(|at| *at <= LONGEST_PREFIX);
    let behind = brace.map(|at| (at, &text[at..]));
    let whole = std::iter::once((0, text)).chain(behind);
    let (what, at) = match comment(text, error_at) {
        Some(what) => (what, error_at),
        None => whole
            .into_iter()
            .find_map(|(at, text)| Some((object_of_a_language(text)?, at)))
            .or_else(|| Some((PYTHON, object_of_an_sdk(text)?)))?,
    };
    // An id may stand among the headers of an answer.
    let signs = [
        "choices",
        "usage",
        "messages",
        "output",
        "'id': 'gen-",
        "\"id\": \"gen-",
        "\"id\":\"gen-",
        " id: 'gen-",
        "(id='gen-",
    ];
    let may_be_completion = signs.iter().any(|sign| text.contains(sign));
    let kind = match may_be_completion {
        true => ProblemKind::Malformed,
        false => ProblemKind::Unrecognised,
    };
    Some(UnsupportedFormat { kind, what, at })
}

/// What to say of JSON that is broken: a person may have shortened it.
pub(in crate::completion::load) fn of_broken(text: &str, error: ParseError) -> String {
    let from = text.get(error.offset..).unwrap_or_default();
    match from.starts_with("...") || from.starts_with('…') {
        true => with_generation(
            "JSON that was shortened with dots; write it down whole".to_owned(),
            text,
        ),
        false => error.what,
    }
}

const PYTHON: &str = "a Python object as print() or repr() shows it; write it down with \
                      json.dumps(…), or response.model_dump_json() of the SDK";

/// Where a log's line shows an object of an SDK's behind its own words: `Raw response: ChatCompletion(id='gen-…', …)`.
fn object_of_an_sdk(text: &str) -> Option<usize> {
    /// Brackets that are tried; a log may have some of its own before it.
    const TRIES: usize = 16;
    if !["choices=[", "usage=", "='gen-", "=\"gen-"]
        .iter()
        .any(|sign| text.contains(sign))
    {
        return None;
    }
    let mut brackets = memchr::memchr_iter(b'(', text.as_bytes()).take(TRIES);
    brackets.find_map(|at| {
        let start = text[..at].rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
        let start = start.map_or(0, |at| {
            at + text[at..].chars().next().map_or(1, char::len_utf8)
        });
        is_call(&text[start..]).then_some(start)
    })
}

/// What a file is whose beginning shows an object of an SDK's over several lines.
pub(in crate::completion::load) fn of_lines(head: &str) -> Option<&'static str> {
    /// Lines that are looked at.
    const LOOKED_AT: usize = 200;
    let lines: Vec<&str> = head.lines().take(LOOKED_AT).collect();
    let opens = |pair: &[&str]| {
        let [line, next] = pair else { return false };
        let start = line.trim_end().rfind(' ').map_or(0, |at| at + 1);
        let is_open = line.trim_end().ends_with('(');
        is_open
            && is_call(&format!(
                "{}{}",
                line[start..].trim_end(),
                next.trim_start()
            ))
    };
    let is_shown = lines.windows(2).any(opens);
    let names_one = ["choices=[", "='gen-", "=\"gen-"]
        .iter()
        .any(|sign| head.contains(sign));
    (is_shown && names_one).then_some(PYTHON)
}

/// JSON that a person wrote for people.
fn comment(text: &str, error_at: usize) -> Option<&'static str> {
    let from = text.get(error_at..)?;
    let is_comment = from.starts_with("//") || from.starts_with("/*");
    let before = text[..error_at].trim_end();
    if is_comment {
        return Some("JSON with comments (JSONC or JSON5); take the comments out");
    }
    if before.ends_with(',') && from.starts_with(['}', ']']) {
        return Some(
            "a comma before the closing bracket, as JSON5 and programs have it but JSON has not; \
             take it out",
        );
    }
    ["NaN", "Infinity", "-Infinity", "undefined"]
        .iter()
        .any(|word| from.starts_with(word))
        .then_some(
            "a value that JSON does not have (NaN, Infinity or undefined); write null in its place",
        )
}

/// An object as a language's own printing shows it.
fn object_of_a_language(text: &str) -> Option<&'static str> {
    const NODE: &str = "a JavaScript object as console.log() shows it; write it down with \
                        JSON.stringify(…)";
    const RUBY: &str = "a Ruby hash as p shows it; write it down with JSON.generate(…)";
    const JSON5: &str =
        "an object whose keys stand without quotes, as in JSON5 or a program; quote them";
    let inside = text.trim_start_matches(['[', '{', '(', ' ', '\n', '\r', '\t']);
    let opening = &text[..text.len() - inside.len()];
    if text.starts_with("[object Object]") {
        return Some(NODE);
    }
    if is_call(text) {
        return Some(PYTHON);
    }
    if text.starts_with("b'{") || text.starts_with("b\"{") {
        return Some("the bytes of a body as Python shows them; write them down with .decode()");
    }
    if !opening.contains('{') {
        return None;
    }
    if let Some(key) = inside.strip_prefix('\'') {
        let key_ends = key.find('\'').map(|at| &key[at + 1..]);
        let is_python = opening.ends_with('{') || has_word(text, &["None", "True", "False"]);
        return key_ends
            .filter(|rest| rest.trim_start().starts_with(':'))
            .map(|_| if is_python { PYTHON } else { NODE });
    }
    if inside.starts_with(':') && inside.contains("=>") {
        return Some(RUBY);
    }
    if let Some(rest) = inside.strip_prefix('"') {
        let after = rest.find('"').map(|at| rest[at + 1..].trim_start());
        let after = after.unwrap_or_default();
        if after.starts_with("=>") {
            return Some(RUBY);
        }
        let is_pair = after.starts_with(':');
        return (is_pair && has_word(text, &["None", "True", "False"])).then_some(PYTHON);
    }
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let rest = inside.trim_start_matches(is_of_name);
    if rest.len() == inside.len() || !rest.trim_start().starts_with(':') {
        return None;
    }
    let is_shown =
        text.contains(": '") || text.contains("[Object") || has_word(text, &["undefined"]);
    Some(if is_shown { NODE } else { JSON5 })
}

/// `ChatCompletion(id='gen-…', …)`
fn is_call(text: &str) -> bool {
    let name = text.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let is_class = text.starts_with(|c: char| c.is_ascii_uppercase());
    is_class
        && name.len() < text.len()
        && name
            .strip_prefix('(')
            .is_some_and(|inside| inside.split('=').next().is_some_and(is_identifier))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether one of some words stands where a value of a member does.
fn has_word(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        [": ", "[", ", "]
            .iter()
            .any(|before| text.contains(&format!("{before}{word}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_objects_of_languages() {
        let check = |text: &str, expected: Option<&str>| {
            let found = of_record(text, 0).map(|foreign| foreign.what);
            match expected {
                Some(expected) => assert!(
                    found.is_some_and(|found| found.contains(expected)),
                    "{text:?}: {found:?}"
                ),
                None => assert_eq!(found, None, "{text:?}"),
            }
        };
        check(
            "{'id': 'gen-1', 'choices': [], 'error': None}",
            Some("Python"),
        );
        check("[{'a': 1}]", Some("Python"));
        check(
            "{\"id\": \"gen-1\", \"error\": None, \"done\": True}",
            Some("Python"),
        );
        check(
            "ChatCompletion(id='gen-1', choices=[Choice(…)])",
            Some("Python"),
        );
        check("b'{\"id\": \"gen-1\"}'", Some("Python"));
        check(
            "{\n  id: 'gen-1',\n  choices: [ [Object] ]\n}",
            Some("console.log"),
        );
        check("{ 'content-type': 'a', id: 'gen-1' }", Some("console.log"));
        check("[object Object]", Some("console.log"));
        check("{id: \"gen-1\"}", Some("JSON5"));
        check("{\"id\"=>\"gen-1\"}", Some("Ruby"));
        check("{:id=>\"gen-1\"}", Some("Ruby"));
        check("INFO:app: {'id': 'gen-1', 'choices': []}", Some("Python"));
        check(
            "failed (empty). Raw response: ChatCompletion(id='gen-1', choices=[Choice(…)])",
            Some("Python"),
        );
        check("INFO Pool(size=3) grew", None);
        check("{\"id\": \"gen-1\"", None);
        check("{\"text\": \"is it None or True\"", None);
        check("Words (of=people)", None);
        check("{", None);
        check("{'", None);
    }

    #[test]
    fn names_objects_over_several_lines() {
        let text = "INFO got ModelResponse(\n    parts=[\n    ],\n    vendor_id=\"gen-1\",\n)\n";
        assert_eq!(of_lines(text), Some(PYTHON));
        assert_eq!(of_lines("call(\n    a=1,\n)\n"), None);
        assert_eq!(of_lines("Pool(\n    size=1,\n)\n"), None);
    }

    #[test]
    fn names_json_for_people() {
        let check = |text: &str, expected: &str| {
            let doc = crate::json::Document::parse(text.into(), Default::default());
            let at = doc.err().map(|error| error.offset).unwrap_or_default();
            let found = of_record(text, at).map(|foreign| foreign.what);
            assert!(
                found.is_some_and(|found| found.contains(expected)),
                "{text}"
            );
        };
        check("{\"a\": 1, // one\n\"b\": 2}", "comments");
        check("/* a */ {\"a\": 1}", "comments");
        check("{\"a\": 1,\n}", "comma before the closing bracket");
        check("{\"a\": [1, ]}", "comma before the closing bracket");
        check("{\"a\": NaN}", "NaN");
    }
}
