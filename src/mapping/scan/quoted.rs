//! What stands in quotes within a text, as the strings of JSON do: a tool's arguments and its answer, what an answer by a schema
//! says, what Python prints of an object, a page of a log. Each says something by itself.
//!
//! Whether a quote begins a string or ends one can't be told where the text was torn, so that what stands between any two of
//! a kind counts, and what stands before the first and behind the last.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use crate::json::unquote;

/// How often a text is unescaped. Chosen: a client writes a server's JSON into its own, and that into a request.
const LEVELS: usize = 8;

/// The quotes, each kind by itself: in a string may stand those of another. Languages have several.
const KINDS: [&[char]; 10] = [
    &['"'],
    &['\''],
    &['`'],
    &['“', '”', '„', '‟', '〝', '〞', '〟'],
    &['‘', '’', '‚', '‛'],
    &['«', '»'],
    &['‹', '›'],
    &['「', '」', '『', '』', '｢', '｣'],
    &['《', '》', '〈', '〉'],
    &['＂', '″'],
];

/// Of a longer string its beginning and its end count: what stands within is found with the text's own sentences.
const LONGEST: usize = 512;

/// Whether a character is a quote, of those that are ASCII.
pub const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// Whether a text has a string whose kind a letter before its quote says, as Python's `b'…'` and `u'…'` and SQL's `N'…'` do.
pub fn has_marked_string(text: &[u8]) -> bool {
    memchr::memchr_iter(b'\'', text).any(|at| is_marked(text, at))
}

fn is_marked(text: &[u8], quote: usize) -> bool {
    /// Python's `rb'…'` has two.
    const MOST: usize = 2;
    let is_mark = |byte: &&u8| b"bBuUfFrRNEX".contains(byte);
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'\'' || !byte.is_ascii();
    let before = text[..quote].iter().rev();
    let marks = before.take_while(is_mark).take(MOST).count();
    marks > 0
        && !text[..quote - marks]
            .last()
            .is_some_and(|byte| is_word(*byte))
}

/// The text with a blank before the quotes of such strings, where it has any: their first word would be joined to the letter.
pub fn without_marks(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let marked = memchr::memchr_iter(b'\'', bytes).filter(|at| is_marked(bytes, *at));
    let mut parted = String::new();
    let mut done = 0;
    for quote in marked {
        parted.push_str(&text[done..quote]);
        parted.push(' ');
        done = quote;
    }
    parted.push_str(&text[done..]);
    (done > 0).then_some(parted)
}

/// A text as it stands, and unescaped for as long as it has escapes: what a tool was given is JSON within a string.
pub fn each_level(text: &str, each: &mut impl FnMut(&str)) {
    let mut each = |text: &str| {
        each(text);
        if let Some(parted) = without_marks(text) {
            each(&parted);
        }
    };
    each(text);
    let mut level = Cow::Borrowed(text);
    for _ in 0..LEVELS {
        if !level.contains('\\') {
            break;
        }
        let next = unquote(&level).into_owned();
        each(&next);
        level = Cow::Owned(next);
    }
}

/// Hands on what stands in quotes within a text, and its sentences. Takes time by the text's length.
pub fn each_string(text: &str, each: &mut impl FnMut(&str)) {
    let mut is_there = [false; KINDS.len()];
    for c in text.chars() {
        if !c.is_ascii_alphanumeric()
            && let Some(kind) = KINDS.iter().position(|kind| kind.contains(&c))
        {
            is_there[kind] = true;
        }
    }
    let there = KINDS.iter().zip(is_there).filter(|(_, is_there)| *is_there);
    for (kind, _) in there {
        let quotes = quotes(text, |c| kind.contains(&c));
        between(text, quotes.iter()).for_each(|string| each_part(string, each));
        let ends = || quotes.iter().filter(|quote| !quote.is_inner);
        // Without one that ends a string, what is left is the text itself.
        if (1..quotes.len()).contains(&ends().count()) {
            between(text, ends()).for_each(|string| each_part(string, each));
        }
    }
}

/// A quote that is not escaped.
struct Quote {
    start: usize,
    end: usize,
    /// Whether it may be of the string that it stands in: an apostrophe, or doubled, as SQL and CSV write it there.
    is_inner: bool,
}

fn quotes(text: &str, is_quote: impl Fn(char) -> bool) -> Vec<Quote> {
    let mut quotes = Vec::new();
    let (mut before, mut is_escaped) = (None, false);
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        if !is_escaped && is_quote(c) {
            let is_doubled = before == Some(c) || next == Some(c);
            // A shell's string ends before an escaped quote, and another begins behind it.
            let goes_on = |next: char| next.is_alphanumeric() || next == '\\';
            let is_within = before.is_some_and(char::is_alphanumeric) && next.is_some_and(goes_on);
            quotes.push(Quote {
                start,
                end: start + c.len_utf8(),
                is_inner: is_doubled || is_within,
            });
        }
        is_escaped = !is_escaped && c == '\\';
        before = Some(c);
    }
    quotes
}

/// What stands before, between and behind these.
fn between<'t, 'q>(
    text: &'t str,
    quotes: impl Iterator<Item = &'q Quote>,
) -> impl Iterator<Item = &'t str> {
    let ends = quotes.map(|quote| (quote.start, quote.end));
    let last = std::iter::once((text.len(), text.len()));
    ends.chain(last).scan(0, move |from, (start, end)| {
        let string = &text[*from..start];
        *from = end;
        Some(string)
    })
}

fn each_part(string: &str, each: &mut impl FnMut(&str)) {
    let (head, tail) = match string.len() > 2 * LONGEST {
        true => (
            &string[..boundary(string, LONGEST)],
            &string[boundary(string, string.len() - LONGEST)..],
        ),
        false => (string, ""),
    };
    for part in [head, tail] {
        let part = unquote(part);
        let mut count = 0;
        for sentence in part.unicode_sentences() {
            count += 1;
            each(sentence);
        }
        if count > 1 {
            each(&part);
        }
    }
}

/// The nearest start of a character at or before this byte.
fn boundary(text: &str, at: usize) -> usize {
    let mut places = (0..=at).rev();
    places
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::mapping::scan::readings::decoded::decoded;

    const SAID: &str = "divorce Anna M\u{fc}ller";

    /// Whether a text, at any level, says this by itself.
    fn says(text: &str) -> bool {
        let mut is_said = false;
        for text in std::iter::once(text.to_owned()).chain(decoded(text)) {
            each_level(&text, &mut |text| {
                each_string(text, &mut |string| {
                    let string = string.replace(['"', '\''], "");
                    is_said |= string.trim_matches(|c: char| !c.is_alphanumeric()) == SAID
                });
            });
        }
        is_said
    }

    #[test]
    fn strings_count_wherever_and_however_they_stand() {
        let json = json!({"query": SAID, "n": 3}).to_string();
        let within = |outer: Json| outer.to_string();
        let percent =
            |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        for text in [
            json.clone(),
            format!("\u{feff}\r\n {json}"),
            format!("Here it is:\n```json\n{json}\n```\nDone."),
            format!("{json}\n{json}\n"),
            format!("data: {json}\n\n"),
            within(json!([1, null, {"content": [{"type": "text", "text": json}]}])),
            within(json!(json)),
            within(json!({"r": within(json!({"r": json}))})),
            json!({"query": "divorce \"Anna\" M\u{fc}ller"}).to_string(),
            json.replace('\u{fc}', "\\u00fc"),
            // Within a line of a log, and encoded.
            format!("INFO body={} status=200", json!(json)),
            format!("INFO {} status=200", json.replace('"', "\\\"")),
            format!("see https://a.test/?f={} now", percent(&json)),
            format!("<a data-x=\"{}\">", json.replace('"', "&quot;")),
            format!("the cursor is {} there", STANDARD.encode(&json)),
            // Whatever stands around them.
            format!("[[], \"{SAID}\", 3]"),
            format!("[1 He said 5\" tall. {json}"),
            format!("{{\"size\": 5\" wide}} {json}"),
            format!("{{\"query\": \"half\n{json}"),
            format!("{{ query: \"{SAID}\" // what she typed\n n: 3 }}"),
            format!("{{\"query\": \"{SAID}\"... [truncated 500 chars]"),
            // Torn at either end.
            format!("me\": \"Bob\", \"query\": \"{SAID}\", \"n\": 3}}"),
            format!("{{\"n\": 3, \"query\": \"{SAID}"),
            format!("{SAID}\", \"n\": 3}}"),
            format!("+  \"query\": \"{SAID}\",\n"),
            // What Python and JavaScript print.
            format!("{{'n': 3, 'query': '{SAID}'}}"),
            format!("[[-2.5, '{SAID}'], \"it's\"]"),
            format!("[(datetime.date(2026, 1, 2), '{SAID}', 44)]"),
            format!("[TextContent(type='text', text='{SAID}', annotations=None)]"),
            format!("{{b'query': u'{SAID}'}}"),
            format!("{{ query: `{SAID}` }}"),
            format!("{{“query”: “{SAID}”}}"),
            // With quotes of their own.
            format!("WHERE q = '{}' AND n = 3", "divorce ''Anna'' M\u{fc}ller"),
            format!("1,\"{}\",3", "divorce \"\"Anna\"\" M\u{fc}ller"),
            // Prose of several languages.
            format!("Cherche « {SAID} » dans le dossier"),
            format!("Suche »{SAID}« in den Akten, oder ‚x‘"),
            format!("look for ‘{SAID}’ or ‹more›"),
            format!("事務所で「{SAID}」を探して"),
            format!("请查找《{SAID}》"),
            // A long one's first sentence and its last.
            within(json!({"a": format!("{SAID}! {}", "More of it. ".repeat(200))})),
            within(json!({"a": format!("{}{SAID}", "\u{e9} More of it! ".repeat(200)), "b": 1})),
        ] {
            assert!(says(&text), "{text}");
        }
        for text in [
            "I looked for 'Anna's divorce file' there",
            "q='Anna''s divorce file', n=3",
            r"find -name 'Anna'\''s divorce file' here",
        ] {
            let mut is_said = false;
            each_string(text, &mut |string| {
                is_said |= string.replace(['\'', '\\'], "") == "Annas divorce file";
            });
            assert!(is_said, "{text}");
        }
        for text in [
            format!("She said {SAID}"),
            format!("a \"b\" {SAID} and more"),
        ] {
            assert!(!says(&text), "{text}");
        }
    }
}
