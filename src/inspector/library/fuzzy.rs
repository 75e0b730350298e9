//! Looking for a command that somebody half remembers: the letters that were typed, in order, with gaps.

/// Whether the letters of a word (in lower case) occur in this order, the first at the beginning of a
/// word; `g4m` fits `openai/gpt-4o-mini`.
pub(crate) fn has_in_order(text: &str, word: &str) -> bool {
    let mut wanted = word.chars().peekable();
    let Some(first) = wanted.next() else {
        return true;
    };
    let mut starts_word = true;
    let mut letters = text.chars().flat_map(char::to_lowercase);
    while let Some(c) = letters.next() {
        if c == first && (starts_word || !c.is_alphanumeric()) {
            // A later beginning has less behind it, so there is nothing else to try.
            return wanted.all(|want| letters.any(|have| have == want));
        }
        starts_word = !c.is_alphanumeric();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::has_in_order;

    #[test]
    fn finds_letters_in_order_from_the_beginning_of_a_word() {
        let check = |text: &str, word: &str, expected: bool| {
            assert_eq!(has_in_order(text, word), expected, "{word} in {text}");
        };
        check("openai/gpt-4o-mini", "g4m", true);
        check("openai/gpt-4o-mini", "pt4", false);
        check("Copy-Curl", "cpcrl", true);
        check("copy-curl", "crlc", false);
        check("anything", "", true);
        check("", "a", false);
        // As long as a hostile name may be.
        check(&"a ".repeat(500_000), "ab", false);
    }
}
