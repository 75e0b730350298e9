//! A stream whose bytes a recorder took for Latin-1. Server-sent events are UTF-8 whatever a response's headers say or
//! leave out (HTML standard, section 9.2), yet Python's requests and mitmproxy decode them so where no charset is named.

/// A text as it was sent.
pub(in crate::completion::load) struct SentText {
    /// The text.
    pub text: String,
    /// Where the bytes of the text stand in the one that was recorded: that of every [`STEP`]th.
    steps: Vec<usize>,
}

const STEP: usize = 1024;

/// The text that was sent, where one was recorded that is UTF-8 taken for Latin-1: all its characters are bytes, and
/// together they are text in UTF-8.
pub(in crate::completion::load) fn sent(recorded: &str) -> Option<SentText> {
    if recorded.is_ascii() {
        return None;
    }
    let mut bytes = Vec::with_capacity(recorded.len());
    let mut steps = Vec::new();
    for (at, c) in recorded.char_indices() {
        if bytes.len().is_multiple_of(STEP) {
            steps.push(at);
        }
        bytes.push(u8::try_from(c).ok()?);
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(SentText { text, steps })
}

impl SentText {
    /// Where a byte of the text stands in the one that was recorded.
    pub fn recorded_at(&self, recorded: &str, offset: usize) -> usize {
        let Some(step) = self.steps.get(offset / STEP) else {
            return recorded.len();
        };
        let rest = &recorded[*step..];
        let found = rest.char_indices().nth(offset % STEP);
        found.map_or(recorded.len(), |(at, _)| step + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mends_what_was_taken_for_latin_1() {
        let wrong = |text: &str| text.bytes().map(char::from).collect::<String>();
        for text in ["Łódź: 5 °C 😀", &"a—b".repeat(2000)] {
            let recorded = wrong(text);
            let found = sent(&recorded).expect("a text");
            assert_eq!(found.text, text);
            for (at, c) in text.char_indices() {
                let at = found.recorded_at(&recorded, at);
                assert!(recorded[at..].starts_with(&wrong(&c.to_string())));
            }
            assert_eq!(found.recorded_at(&recorded, text.len()), recorded.len());
        }
        for text in ["plain", "café", "Łódź", "Ã", "naïve — so"] {
            assert!(sent(text).is_none(), "{text}");
        }
    }
}
