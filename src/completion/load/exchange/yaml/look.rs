//! Whether a text is YAML, a cassette below words, or words that look like it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::completion::load::exchange::python_text;
use crate::completion::load::head::FileHead;
use crate::json::{Document, Limits};

/// Keys that begin the list of a cassette's exchanges.
pub(super) const LISTS: [&str; 3] = ["interactions:", "http_interactions:", "responses:"];
/// Keys of an exchange, of which a list without a key before it has one at least.
const PARTS: [&str; 3] = ["request:", "response:", "recorded:"];

/// Whether a text is YAML: a cassette by its keys at the beginnings of lines, anything else by all of its lines.
pub(in crate::completion::load) fn is_yaml(head: &FileHead<'_>) -> bool {
    let indent = indent_of_others(head.text);
    let mut lines = head
        .text
        .lines()
        .map(|line| line.get(indent..).unwrap_or_default().trim_end());
    let first = head.text.lines().next().unwrap_or_default().trim_end();
    let first = match is_beside(first) {
        true => lines.clone().skip(1).find(|line| !is_beside(line)),
        false => Some(first),
    };
    let Some(first) = first.filter(|_| !is_prose(head.text)) else {
        return false;
    };
    if indent > 0 && key(first, ".").is_none() && !first.starts_with('-') {
        return false;
    }
    let is_item = first == "-" || first.starts_with("- ");
    let begins = |line: &str, keys: &[&str]| keys.iter().any(|key| line.starts_with(key));
    let is_cassette = match is_item {
        true => std::iter::once(first)
            .chain(lines)
            .any(|line| begins(line.trim_start_matches(['-', ' ', ':']), &PARTS)),
        false => {
            key(first, " .").is_some()
                && (begins(first, &LISTS) || lines.any(|line| begins(line, &LISTS)))
        }
    };
    is_cassette || is_nested(head)
}

/// How far all lines but the first stand to the right: of the first what stands before it is not there any more.
pub(super) fn indent_of_others(text: &str) -> usize {
    let lines = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let indents = lines.map(|line| line.len() - line.trim_start_matches(' ').len());
    indents.min().unwrap_or_default()
}

/// Whether a text is words and what stands under them, although it has lines as YAML has them: a block of Markdown begins
/// before there is anything that a key holds, or data stands at the beginning of a line.
fn is_prose(text: &str) -> bool {
    const DATA: [&str; 6] = ["{\"", "[{", "data: ", "event: ", "HTTP/", "$ "];
    let mut holds_any = false;
    for line in text.lines() {
        let bare = line.trim_start();
        let is_fence = bare.starts_with("```") || bare.starts_with("~~~");
        let is_data = matches!(line.trim_end(), "{" | "[");
        if is_fence && !holds_any || is_data || DATA.iter().any(|data| line.starts_with(data)) {
            return true;
        }
        holds_any |= bare.len() < line.len() && key(bare, "").is_some();
    }
    false
}

/// What may stand between the values of a YAML text.
fn is_beside(line: &str) -> bool {
    line.is_empty() || line.starts_with(['#', '%', '!']) || line.starts_with("---") || line == "..."
}

/// What follows a key at the beginning of a line, whose letters may be these as well.
pub(super) fn key<'l>(line: &'l str, others: &str) -> Option<&'l str> {
    // Ruby's symbols have a colon before them too.
    let (key, rest) = line.strip_prefix(':').unwrap_or(line).split_once(':')?;
    let is_of_key =
        |c: char| c.is_ascii_alphanumeric() || "_-\"'".contains(c) || others.contains(c);
    let is_key = !key.is_empty() && key.chars().all(is_of_key);
    (is_key && (rest.is_empty() || rest.starts_with(' '))).then_some(rest)
}

/// Whether each line is a key, an item or further in than one, and a key has what it holds below it. Lines of a log
/// that begin with a word and a colon hold nothing.
fn is_nested(head: &FileHead<'_>) -> bool {
    let mut lines: Vec<&str> = head.text.lines().map(str::trim_end).collect();
    let is_document = |line: &&str| {
        let opens = |value: &str| begins_text_of_lines(value.trim());
        !line.starts_with(' ') && !key(line, "").is_some_and(opens)
    };
    let is_logged = head.is_log && lines.last().is_some_and(is_document);
    if is_logged || head.text.starts_with("- ") && !head.text.contains(": '{\"") {
        return false;
    }
    if head.may_be_cut && !head.is_log && !head.text.ends_with('\n') && lines.len() > 2 {
        lines.pop();
    }
    let is_marked = lines.iter().any(|line| line.starts_with("---"));
    let lines = lines.into_iter().filter(|line| !is_beside(line));
    // Of a stream below a word each event has the same keys.
    let is_event = |line: &str| line.starts_with("data: {") || line.starts_with("event: ");
    // A text that is JSON stands in quotes as a value, and no key comes twice: no log of a program's is so.
    let object_in_quotes = |rest: &str| {
        let text = rest.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        let is_printed_json =
            || Document::parse(Arc::from(python_text(text)), Limits::default()).is_ok();
        // The lines of a stream, which YAML would not write so.
        let is_printed = ["data: ", "event: ", ": "]
            .iter()
            .any(|field| text.starts_with(field))
            && text.contains("\\n");
        let is_object = text.starts_with('{') && text.ends_with('}');
        match is_object && is_json_in_quotes(text, is_marked) {
            true => Some(true),
            false => (is_printed || is_object && is_printed_json()).then_some(false),
        }
    };
    let mut keys = BTreeSet::new();
    let (mut holds_any, mut holds_other, mut is_repeated) = (false, false, false);
    let (mut has_nested, mut is_open, mut open_quotes) = (false, false, None::<char>);
    let (mut is_below, mut events) = (false, 0);
    for line in lines {
        let is_further_in = line.starts_with(' ');
        // A text in quotes ends before the next key begins.
        if let Some(mark) = open_quotes {
            has_nested |= is_further_in;
            if !is_further_in {
                return false;
            }
            open_quotes = (!line.ends_with(mark)).then_some(mark);
        }
        let is_item = line == "-" || line.starts_with("- ");
        has_nested |= is_open && (is_item || is_further_in && key(line.trim_start(), "").is_some());
        if is_further_in || is_item {
            events += usize::from(is_below && is_event(line.trim_start()));
            if events > 1 {
                return false;
            }
            let value = key(line.trim_start_matches(['-', ' ']), "");
            holds_any |= value.and_then(object_in_quotes) == Some(true);
            is_open = false;
            continue;
        }
        let Some(rest) = key(line, "./") else {
            return false;
        };
        is_repeated |= !keys.insert(&line[..line.len() - rest.len()]);
        match object_in_quotes(rest) {
            Some(true) => holds_any = true,
            Some(false) => holds_other = true,
            None => {}
        }
        is_open = rest.is_empty();
        open_quotes = begins_text_of_lines(rest.trim())
            .then(|| rest.trim().chars().next())
            .flatten();
        is_below = is_open;
    }
    has_nested || holds_any && !holds_other && !is_repeated
}

/// Whether a key's value is a text in quotes, of JSON or a stream, that goes on in the lines below.
fn begins_text_of_lines(value: &str) -> bool {
    const STARTS: [&str; 4] = ["'{\"", "\"{\\\"", "'data: {", "\"data: {"];
    let is_one = STARTS.iter().any(|start| value.starts_with(start));
    is_one && !value.ends_with(&value[..1])
}

/// Whether what stands between YAML's single quotes is JSON. Python prints a text in the same quotes, but doubles each of its
/// backslashes and writes some characters in a way that JSON doesn't know.
fn is_json_in_quotes(text: &str, is_marked: bool) -> bool {
    let is_json = |text: &str| Document::parse(Arc::from(text), Limits::default()).is_ok();
    let escapes = text
        .split(|letter| letter != '\\')
        .filter(|run| !run.is_empty());
    let is_doubled = escapes.clone().all(|run| run.len() % 2 == 0) && text.contains('\\');
    if !is_json(&text.replace("''", "'")) {
        return false;
    }
    // Python writes no quote so.
    is_marked || !is_doubled || text.contains("''") || {
        let printed = python_text(text);
        !is_json(&printed) || is_of_no_escape(text)
    }
}

/// Whether doubled backslashes stand for backslashes, as of a path or a formula, where they could stand for the escapes of JSON
/// that Python printed: a form feed or a backspace, or a tab where no line ends, is in hardly any text.
fn is_of_no_escape(text: &str) -> bool {
    let mut letters = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let behind = rest[at..].trim_start_matches('\\');
        let run = rest.len() - at - behind.len();
        letters.extend(behind.chars().next().filter(|_| run % 4 == 2));
        rest = behind;
    }
    letters.contains(['f', 'b']) || letters.contains('t') && !letters.contains('n')
}

/// Keys of a list that nothing but a cassette has.
const OF_CASSETTES: [&str; 2] = ["interactions:", "http_interactions:"];

/// Whether a cassette stands below words, as people paste one: below a sentence, or the command that showed it.
pub(in crate::completion::load) fn is_below_words(head: &FileHead<'_>) -> bool {
    cassette_in(head.all).is_some_and(|cassette| cassette.start > 0)
}

/// Where a cassette stands in a text: from the line with the key of its list, or the lines of YAML before it, to where a line
/// stands further out, or is none of it.
pub(super) fn cassette_in(text: &str) -> Option<Range<usize>> {
    // Nearly every text has none.
    memchr::memmem::find(text.as_bytes(), b"interactions:")?;
    let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let is_list = |line: &str| OF_CASSETTES.contains(&line.trim());
    let is_fence = |line: &str| line.trim_start().starts_with("```");
    let mut at = 0;
    // Of the lines that may be YAML before the list, where the first begins and how far in it stands.
    let mut first: Option<(usize, usize)> = None;
    let mut lines = text.split_inclusive('\n');
    let (mut start, indent) = loop {
        let line = lines.next()?;
        let (from, indent) = (at, indent_of(line));
        at += line.len();
        if is_list(line) {
            let before = first.filter(|(_, own)| *own == indent);
            break (before.map_or(from, |(from, _)| from), indent);
        }
        let bare = line.trim();
        let is_before = bare == "---" || bare.starts_with("version: ") || bare.starts_with('#');
        match is_before {
            true if first.is_some_and(|(_, own)| own == indent) => {}
            true => first = Some((from, indent)),
            false => first = None,
        }
        if is_fence(line) {
            return None;
        }
    };
    start += indent;
    for line in lines {
        let is_of_it = line.trim().is_empty()
            || indent_of(line) > indent
            || indent_of(line) == indent && {
                let bare = line.trim();
                is_beside(bare) || bare.starts_with("- ") || key(bare, "").is_some()
            };
        if !is_of_it {
            break;
        }
        at += line.len();
    }
    Some(start..at)
}
