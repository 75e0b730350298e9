//! Bytes that arrive in pieces to text: a character that is cut by the edge of a piece waits for its
//! rest.

/// The text so far.
#[derive(Debug, Default)]
pub(super) struct Utf8Decoder {
    text: String,
    cut: Vec<u8>,
}

impl Utf8Decoder {
    /// Takes bytes; gives the text that is new, with `U+FFFD` for what is no UTF-8.
    pub(super) fn take(&mut self, bytes: &[u8]) -> String {
        self.cut.extend_from_slice(bytes);
        let mut end = self.cut.len();
        // A character has at most four bytes, so at most three can be waiting.
        for back in 1..=3.min(end) {
            let tail = self.cut.get(end - back..).unwrap_or_default();
            if matches!(std::str::from_utf8(tail), Err(error) if error.error_len().is_none()) {
                end -= back;
                break;
            }
        }
        let rest = self.cut.split_off(end);
        let new = String::from_utf8_lossy(&self.cut).into_owned();
        self.cut = rest;
        self.text.push_str(&new);
        new
    }

    /// How many bytes the text has.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The whole text.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str(&String::from_utf8_lossy(&self.cut));
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_characters() {
        type Row = (
            &'static [&'static [u8]],
            &'static [&'static str],
            &'static str,
        );
        let table: [Row; 4] = [
            (&[b"a\xc5\xbc", b"b"], &["aż", "b"], "ażb"),
            (
                &[b"a\xf0\x9f", b"\x98", b"\x80b"],
                &["a", "", "😀b"],
                "a😀b",
            ),
            (
                &[b"\xff\xc5", b"x"],
                &["\u{fffd}", "\u{fffd}x"],
                "\u{fffd}\u{fffd}x",
            ),
            (&[b"a\xc5"], &["a"], "a\u{fffd}"),
        ];
        for (given, expected, whole) in table {
            let mut decoder = Utf8Decoder::default();
            let told: Vec<String> = given.iter().map(|bytes| decoder.take(bytes)).collect();
            assert_eq!(told, expected);
            assert_eq!(decoder.finish(), whole);
        }
    }
}
