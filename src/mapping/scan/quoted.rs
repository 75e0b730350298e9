//! The strings of what is written as JSON within a text: a tool's arguments and its answer, what an answer by a schema says,
//! in a fence, after words, line by line or cut off. Each says something by itself.

use std::borrow::Cow;

use crate::json::unquote;

/// How often such a string is looked into for others. Chosen: a client writes a server's JSON into its own, and that into a
/// request.
const LEVELS: usize = 8;

/// Hands on each string that stands in JSON within a text, or in what Python prints of an object, and those within these.
/// Takes time by the text's length.
pub(super) fn each_string(text: &str, each: &mut impl FnMut(Cow<'_, str>)) {
    each_to(text, LEVELS, each);
}

fn each_to(text: &str, levels: usize, each: &mut impl FnMut(Cow<'_, str>)) {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut quote) = (0, 0_usize, None);
    // A text that is one string alone was written as JSON once more than what it holds.
    let alone = text.trim();
    if alone.starts_with('"') && end_of_string(alone.as_bytes(), 0) == (alone.len(), true) {
        (depth, quote) = (1, Some(b'"'));
    }
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' if depth > 0 => depth += 1,
            b'{' | b'[' => {
                quote = quote_behind(bytes, at + 1);
                depth = usize::from(quote.is_some());
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            byte @ (b'"' | b'\'') if depth > 0 && (quote == Some(byte) || quote == Some(b'\'')) => {
                let (end, is_closed) = end_of_string(bytes, at);
                // A quote too many, as in `5" wide`, or of a string that broke off: it begins none.
                if is_closed && !goes_on(&bytes[end..]) {
                    at += 1;
                    continue;
                }
                let inner = &text[at + 1..end - usize::from(is_closed)];
                let inner = unquote(inner);
                if !inner.trim().is_empty() {
                    if levels > 1 {
                        each_to(&inner, levels - 1, each);
                    }
                    each(inner);
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// The quote in which the strings stand of a container that begins here; `None` where it is none. Python writes some of its
/// strings in the other as well.
fn quote_behind(bytes: &[u8], from: usize) -> Option<u8> {
    /// Chosen: further in, a container within this one is looked at by itself.
    const MOST_CONTAINERS: usize = 64;
    /// What stands for a value that is no string, in JSON and in Python.
    const WORDS: [&[u8]; 8] = [
        b"true",
        b"false",
        b"null",
        b"True",
        b"False",
        b"None",
        b"NaN",
        b"Infinity",
    ];
    let mut containers = 0;
    let mut behind = bytes[from..].trim_ascii_start();
    while let [b'{' | b'[', rest @ ..] = behind {
        containers += 1;
        if containers == MOST_CONTAINERS {
            return None;
        }
        behind = rest.trim_ascii_start();
    }
    match behind {
        [b'\'', ..] | [b'b' | b'u', b'\'', ..] => Some(b'\''),
        [b'"' | b'-' | b'0'..=b'9', ..] | [b'b' | b'u', b'"', ..] => Some(b'"'),
        // Which of the two stands behind it is not known.
        other if WORDS.iter().any(|word| other.starts_with(word)) => Some(b'\''),
        _ => None,
    }
}

/// Whether what stands behind a string goes on as a container does.
fn goes_on(behind: &[u8]) -> bool {
    let next = behind.trim_ascii_start().first();
    next.is_none_or(|next| matches!(next, b',' | b':' | b'}' | b']' | b'=' | b')'))
}

/// Where a string ends that begins here, behind its quote; and whether it does, before the text does.
fn end_of_string(bytes: &[u8], start: usize) -> (usize, bool) {
    let quote = bytes[start];
    let mut at = start + 1;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match memchr::memchr2(quote, b'\\', rest) {
            None => return (bytes.len(), false),
            Some(found) if rest[found] == quote => return (at + found + 1, true),
            Some(found) => at += found + 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn strings(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each_string(text, &mut |string| found.push(string.into_owned()));
        found
    }

    #[test]
    fn strings_are_found_wherever_json_stands() {
        const SAID: &str = "divorce \"Anna\" M\u{fc}ller";
        let json = json!({"query": SAID, "n": 3}).to_string();
        let within = |outer: Json| outer.to_string();
        for text in [
            json.clone(),
            format!("\u{feff}\r\n {json}"),
            format!("Here it is:\n```json\n{json}\n```\nDone."),
            format!("{json}\n{json}\n"),
            format!("data: {json}\n\n"),
            format!("{}{json}", "[".repeat(200)),
            within(json!([1, null, {"content": [{"type": "text", "text": json}]}])),
            within(json!(json)),
            within(json!({"r": within(json!({"r": json}))})),
            json.replace('}', ",}"),
            format!("{{'n': 3, 'query': '{SAID}'}}"),
            format!("[None, '{SAID}']"),
            format!("[NaN, true, {}]", json!(SAID)),
            format!("{{b'query': u'{SAID}'}}"),
            format!("{{{}{}: 1}}", " ".repeat(300), json!(SAID)),
            format!("{{\"query\": \"half\n{json}"),
            format!("[1 He said 5\" tall. {json}"),
            format!("{{\"size\": 5\" wide}} {json}"),
            format!("{{'it\\'s': 3, 'query': \"{}\"}}", SAID.replace('"', "'")),
        ] {
            let found = strings(&text);
            let is_it = |found: &String| found.replace('\'', "\"") == SAID;
            assert!(found.iter().any(is_it), "{text}: {found:?}");
        }
        // Cut off within the string.
        let cut = json.split("ller").next().map(strings);
        assert!(cut.is_some_and(|found| found.contains(&"divorce \"Anna\" M\u{fc}".to_owned())));
        assert!(strings(r#"{"a":"b\"#).contains(&"b\\".to_owned()));
    }

    #[test]
    fn words_in_quotes_are_no_json() {
        for text in [
            "She said \"well then\".",
            "a [b \"c\"]",
            "it's {x} 'y'",
            "\"a\" and \"b\"",
            "[",
            "{'",
        ] {
            assert_eq!(strings(text), Vec::<String>::new(), "{text}");
        }
    }
}
