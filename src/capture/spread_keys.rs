//! Keys that a stream spells in pieces: no chunk holds the key, but the text that its chunks make together does.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use crate::json::{Document, Limits, Value, pointer, quote};
use crate::mapping::scan::secrets::{KEY_MASK, OPENROUTER_PREFIX};

/// Digits of an OpenRouter key at the end of a text that give it away, though the others are still to come.
const ENOUGH: usize = 8;

/// How long a key is, at most, that is spelled by one piece again and again. Chosen.
const LONGEST: usize = 1 << 10;

/// Members that tell which of several texts a chunk goes on with.
const INDEXES: [&str; 3] = ["index", "output_index", "content_index"];

/// A piece of a text: where its string stands in the transcript, and what it says.
struct Piece<'t> {
    span: Range<usize>,
    text: Cow<'t, str>,
}

/// The transcript, with the keys masked that its chunks spell together. The text that held one stands in its first
/// chunk then, and is empty in the others.
pub(crate) fn mask<'t>(transcript: &'t str, redact: &dyn Fn(String) -> String) -> Cow<'t, str> {
    let mut texts: BTreeMap<String, Vec<Piece<'static>>> = BTreeMap::new();
    let mut start = 0;
    for line in transcript.split_inclusive('\n') {
        let data = line.strip_prefix("data:").map(str::trim);
        if let Some(data) = data.filter(|data| data.starts_with('{')) {
            // Both are parts of the transcript, so this is where the data stands in it.
            let at = start + line.find('{').unwrap_or_default();
            collect(data, at, &mut texts);
        }
        start += line.len();
    }
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    for pieces in texts.values().filter(|pieces| pieces.len() > 1) {
        let sample = joined(&pieces[..enough(pieces)]);
        // A key within one piece is masked where it stands, with all else that is kept.
        if without_tail(redact(sample.clone())) == sample {
            continue;
        }
        let masked = without_tail(redact(joined(pieces)));
        let each = pieces.iter().map(|piece| redact(piece.text.to_string()));
        if masked == each.collect::<String>() {
            continue;
        }
        let texts = std::iter::once(masked.as_str()).chain(std::iter::repeat(""));
        let spans = pieces.iter().map(|piece| piece.span.clone());
        changes.extend(spans.zip(texts.map(quote)));
    }
    if changes.is_empty() {
        return Cow::Borrowed(transcript);
    }
    changes.sort_unstable_by_key(|(span, _)| span.start);
    let mut out = String::with_capacity(transcript.len());
    let mut done = 0;
    for (span, text) in changes {
        out.push_str(&transcript[done..span.start]);
        out.push_str(&text);
        done = span.end;
    }
    out.push_str(&transcript[done..]);
    Cow::Owned(out)
}

fn joined(pieces: &[Piece<'_>]) -> String {
    pieces.iter().map(|piece| &*piece.text).collect()
}

/// How many of the pieces tell whether they spell a key. Of what each chunk repeats, as its id, no more than a key is long.
fn enough(pieces: &[Piece<'_>]) -> usize {
    let is_same = pieces.windows(2).all(|two| two[0].text == two[1].text);
    let longest = match pieces.first() {
        Some(first) if is_same => LONGEST / first.text.len().max(1) + 2,
        _ => usize::MAX,
    };
    longest.min(pieces.len())
}

/// Notes the strings of a chunk that stands at `at`.
fn collect(data: &str, at: usize, texts: &mut BTreeMap<String, Vec<Piece<'static>>>) {
    let Ok(chunk) = Document::parse(data.into(), Limits::default()) else {
        return;
    };
    for value in chunk.root().descendants() {
        if let Some(text) = value.non_empty_str() {
            let span = value.span();
            texts.entry(name_of(value)).or_default().push(Piece {
                span: at + span.start..at + span.end,
                text: Cow::Owned(text.into_owned()),
            });
        }
    }
}

/// Which text a string is a piece of: the way up from it, on which what has an index is named by that and not by its place
/// in a list, where others may stand before it.
fn name_of(value: Value<'_>) -> String {
    let mut name = String::new();
    let mut on_the_way = Some(value);
    while let Some(value) = on_the_way {
        let mut has_index = false;
        for index in INDEXES {
            if let Some(number) = value.get(index).and_then(Value::number) {
                let _ = write!(name, " {number}");
                has_index = true;
            }
        }
        match value.key() {
            Some(key) => pointer::push(&mut name, &key),
            None if has_index => {}
            None => pointer::push_index(&mut name, value.ordinal()),
        }
        on_the_way = value.parent();
    }
    name
}

/// The text with a key at its end masked that has only begun.
fn without_tail(mut text: String) -> String {
    if let Some(at) = text.rfind(OPENROUTER_PREFIX) {
        let digits = &text[at + OPENROUTER_PREFIX.len()..];
        if digits.len() >= ENOUGH && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            text.truncate(at);
            text.push_str(KEY_MASK);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::keys::Keys;

    const OTHER: &str = "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";
    const OWN: &str = "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";

    fn of_others(text: String) -> String {
        Keys::default().redact(text)
    }

    fn pieces(text: &str) -> impl Iterator<Item = &str> {
        (0..text.len())
            .step_by(5)
            .map(|at| &text[at..text.len().min(at + 5)])
    }

    /// What the strings of all chunks make together.
    fn spelled(transcript: &str) -> String {
        let mut texts = BTreeMap::new();
        for line in transcript.lines() {
            collect(line.trim_start_matches("data: "), 0, &mut texts);
        }
        let texts = texts.into_values().flatten();
        texts.map(|piece| piece.text.into_owned()).collect()
    }

    #[test]
    fn a_key_in_pieces_is_masked() {
        let keys = Keys::of([OWN].into_iter());
        let text = format!("key {OTHER} and yours {OWN}.");
        for (before, after) in [
            (r#"{"choices":[{"index":0,"delta":{"content":""#, r#""}}]}"#),
            (
                r#"{"choices":[{"delta":{"reasoning":""#,
                r#""}}],"cost":1.50}"#,
            ),
            (
                r#"{"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"arguments":""#,
                r#""}}]}}]}"#,
            ),
            (
                r#"{"type":"content_block_delta","index":2,"delta":{"text":""#,
                r#""}}"#,
            ),
            (
                r#"{"type":"response.output_text.delta","output_index":0,"delta":""#,
                r#""}"#,
            ),
        ] {
            let chunks = pieces(&text).map(|piece| format!("data: {before}{piece}{after}\n\n"));
            let transcript: String = chunks.collect();
            let masked = mask(&transcript, &|text| keys.redact(text));
            assert_eq!(
                masked.matches("data: ").count(),
                transcript.matches("data: ").count()
            );
            assert!(
                masked.contains(&format!("key {KEY_MASK} and yours {KEY_MASK}.")),
                "{masked}"
            );
            let all = spelled(&masked);
            assert!(
                !all.contains("b7c3d9e1") && !all.contains("0f1e2d3c"),
                "{all}"
            );
            assert_eq!(
                masked.matches("1.50").count(),
                transcript.matches("1.50").count()
            );
        }
    }

    /// Calls that begin in one chunk go on one by one.
    #[test]
    fn a_key_in_pieces_is_masked_wherever_in_a_list_they_stand() {
        let call = |index: u8, piece: &str| {
            format!("{{\"index\":{index},\"function\":{{\"arguments\":\"{piece}\"}}}}")
        };
        let chunks = pieces(OTHER).enumerate().map(|(at, piece)| {
            let others = if at % 2 == 0 {
                call(1, "x") + ","
            } else {
                String::new()
            };
            let calls = others + &call(0, piece);
            format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{calls}]}}}}]}}\n\n")
        });
        let transcript: String = chunks.collect();
        let masked = mask(&transcript, &of_others);
        assert!(masked.contains(KEY_MASK), "{masked}");
        assert!(!spelled(&masked).contains("b7c3d"), "{masked}");
    }

    /// While it streams, its beginning is shown already.
    #[test]
    fn a_key_that_has_only_begun_is_masked() {
        let text = format!("key {}", &OTHER[..40]);
        let chunks = pieces(&text).map(|piece| format!("data: {{\"delta\":\"{piece}\"}}\n\n"));
        let transcript: String = chunks.collect();
        let masked = spelled(&mask(&transcript, &of_others));
        assert_eq!(masked, format!("key {KEY_MASK}"));
    }

    #[test]
    fn texts_of_different_places_are_apart_and_others_stay_as_they_came() {
        let (first, second) = OTHER.split_at(20);
        let apart = format!(
            "data: {{\"index\":0,\"delta\":\"{first}\"}}\n\ndata: {{\"index\":1,\"delta\":\"{second}\"}}\n\n"
        );
        assert_eq!(
            mask(&apart, &of_others),
            format!(
                "data: {{\"index\":0,\"delta\":\"{first}\"}}\n\ndata: {{\"index\":1,\"delta\":\"{second}\"}}\n\n"
            )
        );
        let plain = "data: {\"delta\":\"a \\u0041\"}\r\n\r\ndata: {\"delta\":\"b\"}\n\ndata: [DONE]\n: x\ndata: {broken\n";
        assert!(matches!(mask(plain, &of_others), Cow::Borrowed(_)));
    }
}
