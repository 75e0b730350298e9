//! Signs by which bytes are told without reading them: words that stand in nearly everything of a kind. Most records and
//! most files show so that they are none of it.

use std::sync::OnceLock;

use aho_corasick::packed::Searcher;
use memchr::memmem::Finder;

use super::head::FileHead;
use crate::completion::generation_id;

/// So few words are found sooner one after the other.
const FEW: usize = 2;

/// Words any of which is a sign, looked for by finders that are made once.
pub(crate) struct Signs<const N: usize> {
    words: [&'static str; N],
    finders: OnceLock<Finders<N>>,
}

/// What looks for them.
enum Finders<const N: usize> {
    /// All at once.
    Packed(Searcher),
    /// One after the other: few, or on a processor that has nothing for all at once.
    Single([Finder<'static>; N]),
}

impl<const N: usize> Signs<N> {
    /// These words, none of which is empty.
    pub(crate) const fn of(words: [&'static str; N]) -> Signs<N> {
        Signs {
            words,
            finders: OnceLock::new(),
        }
    }

    /// Whether any of them stands in some bytes.
    pub(crate) fn any_in(&self, bytes: &[u8]) -> bool {
        self.first_in(bytes).is_some()
    }

    /// Whether any of them stands in JSON as the end of a key: each ends with the key's quote.
    pub(crate) fn any_key_in(&self, bytes: &[u8]) -> bool {
        let is_key = |end: usize| bytes[end..].trim_ascii_start().starts_with(b":");
        match self.finders() {
            Finders::Packed(searcher) => searcher.find_iter(bytes).any(|at| is_key(at.end())),
            Finders::Single(finders) => finders.iter().any(|finder| {
                let length = finder.needle().len();
                finder.find_iter(bytes).any(|at| is_key(at + length))
            }),
        }
    }

    /// Where one of them stands in some bytes: the first, where there is one word.
    pub(crate) fn first_in(&self, bytes: &[u8]) -> Option<usize> {
        match self.finders() {
            Finders::Packed(searcher) => searcher.find(bytes).map(|found| found.start()),
            Finders::Single(finders) => finders.iter().find_map(|finder| finder.find(bytes)),
        }
    }

    fn finders(&self) -> &Finders<N> {
        self.finders.get_or_init(|| {
            let packed = (N > FEW).then(|| Searcher::new(self.words)).flatten();
            match packed {
                Some(searcher) => Finders::Packed(searcher),
                None => Finders::Single(self.words.map(Finder::new)),
            }
        })
    }
}

/// Whether an object begins with a key that samples begin with. Most records are samples.
pub(super) fn begins_as_sample(record: &[u8]) -> bool {
    let first = record.strip_prefix(b"{\"").unwrap_or_default();
    first.starts_with(b"request\"") || first.strip_prefix(b"name\"").is_some_and(is_name_of_sample)
}

/// Whether a part of an exchange follows behind the value of a key, as far as it shows: programs name their loggers so, too.
fn is_name_of_sample(value: &[u8]) -> bool {
    /// Of a name.
    const LONGEST: usize = 1024;
    const PARTS: [&[u8]; 11] = [
        b"request\"",
        b"response\"",
        b"generation\"",
        b"delivery\"",
        b"content\"",
        b"activity\"",
        b"captured\"",
        b"measured\"",
        b"headers\"",
        b"response_headers\"",
        b"duration_ms\"",
    ];
    let text = value.trim_ascii_start().strip_prefix(b":");
    let text = text.and_then(|text| text.trim_ascii_start().strip_prefix(b"\""));
    let Some(text) = text else {
        return false;
    };
    let mut is_escaped = false;
    let mut letters = text.iter().take(LONGEST);
    let end = letters.position(|byte| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    });
    let Some(end) = end else {
        return true;
    };
    let behind = text[end + 1..].trim_ascii_start().strip_prefix(b",");
    let key = behind.and_then(|behind| behind.trim_ascii_start().strip_prefix(b"\""));
    key.is_some_and(|key| PARTS.iter().any(|part| key.starts_with(part)))
}

/// Whether a text names a generation, or has what answers alone have: enough to tell what it was before it broke off.
pub(super) fn names_answer(text: &str) -> bool {
    static SIGNS: Signs<3> = Signs::of(["\"choices\"", "\"output_text\"", "\"stop_reason\""]);
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    generation_id::recorded_in(text.as_bytes()).is_some()
        || (SIGNS.any_in(text.as_bytes()) && has("\"model\""))
}

/// Whether a text has members that requests and answers have.
pub(super) fn names_parts(text: &str) -> bool {
    // As keys, in a string too; `request_id` stands in nearly every record.
    static SIGNS: Signs<8> = Signs::of([
        "messages\"",
        "messages\\\"",
        "choices\"",
        "choices\\\"",
        "\"input\"",
        "\"input\\\"",
        "\"prompt\"",
        "\"prompt\\\"",
    ]);
    SIGNS.any_key_in(text.as_bytes())
}

/// Whether a text has members that exchanges have, of which no other is needed to tell what it was before it broke off.
pub(super) fn is_of_exchange(text: &str) -> bool {
    static SIGNS: Signs<5> = Signs::of([
        "\"messages\"",
        "\"prompt\"",
        "\"input\"",
        "\"request\"",
        "\"response\"",
    ]);
    let has_model = memchr::memmem::find(text.as_bytes(), b"\"model\"").is_some();
    has_model && SIGNS.any_in(text.as_bytes())
}

/// Whether bytes have anything in them that completions have: of a request, an answer, a delivery or a record.
pub(crate) fn may_hold_completion(bytes: &[u8]) -> bool {
    static SIGNS: Signs<13> = Signs::of([
        "\"choices",
        "\"messages",
        "\"request\"",
        "\"gen-",
        "'gen-",
        "openrouter",
        "OpenRouter",
        "OPENROUTER",
        "chat.completion",
        "resourceSpans",
        "\"stop_reason",
        "\"output_text",
        "\"response.",
    ]);
    SIGNS.any_in(bytes) || names_generation(bytes)
}

/// Whether a generation's id stands in them that nobody wrote by hand.
pub(crate) fn names_generation(bytes: &[u8]) -> bool {
    generation_id::recorded_in(bytes).is_some()
}

/// Whether they begin as data does that was recorded: JSON, a stream, HTTP.
pub(crate) fn begins_as_recording(bytes: &[u8]) -> bool {
    let head = FileHead::of(bytes);
    let starts = ["{\"", "[{", "data:", "event:", ": OPENROUTER", "HTTP/"];
    starts.iter().any(|start| head.text.starts_with(start)) && may_hold_completion(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_samples_from_records_that_name_their_logger() {
        for sample in [
            r#"{"request":{"#,
            r#"{"name":"a \"b\\","response":{"#,
            r#"{"name" : "a" , "generation":1"#,
        ] {
            assert!(begins_as_sample(sample.as_bytes()), "{sample}");
        }
        for other in [
            r#"{"name":"app","level":30,"request":{"#,
            r#"{"name":"app"}"#,
            r#"{"name":1,"request":2}"#,
            r#"{"names":"a","request":2}"#,
            "{}",
        ] {
            assert!(!begins_as_sample(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn finds_any_of_its_words_in_bytes_of_any_length() {
        static SIGNS: Signs<3> = Signs::of(["ab", "\"delta\"", "\": O"]);
        static FEW: Signs<2> = Signs::of(["ab", "\"delta\""]);
        assert!(FEW.any_in(b"xx \"delta\"") && FEW.any_in(b"ab") && !FEW.any_in(b"a delta"));
        for word in SIGNS.words {
            for before in [0, 1, 15, 16, 63, 600] {
                for behind in [0, 1, 40] {
                    let text = ["x".repeat(before).as_str(), word, &"y".repeat(behind)].concat();
                    assert!(SIGNS.any_in(text.as_bytes()), "{text}");
                    let cut = &text[..before + word.len() - 1];
                    assert!(!SIGNS.any_in(cut.as_bytes()), "{cut}");
                }
            }
        }
        assert!(!SIGNS.any_in(b""));
    }
}
