//! Finds what looks like a key in a text: nothing of the kind belongs into an event.

/// A key-like run in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secret {
    /// What it looks like.
    pub kind: &'static str,
    /// Byte range in the text.
    pub start: usize,
    /// End of the range.
    pub end: usize,
}

/// Prefixes of keys, the shortest run of key characters behind them, and what they are.
const PREFIXES: [(&str, usize, &str); 8] = [
    ("sk-or-", 16, "an OpenRouter key"),
    ("sk-ant-", 16, "an Anthropic key"),
    ("sk-", 20, "an API key"),
    ("ghp_", 30, "a GitHub token"),
    ("github_pat_", 30, "a GitHub token"),
    ("AKIA", 16, "an AWS key id"),
    ("xoxb-", 20, "a Slack token"),
    ("Bearer ", 20, "a bearer token"),
];

/// The first key-like run of a text.
pub fn find(text: &str) -> Option<Secret> {
    PREFIXES
        .iter()
        .filter_map(|(prefix, least, kind)| {
            memchr::memmem::find_iter(text.as_bytes(), prefix.as_bytes()).find_map(|start| {
                let before = text[..start].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_') {
                    return None;
                }
                let body = &text[start + prefix.len()..];
                let length = body
                    .bytes()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
                    .count();
                // Words joined by hyphens are no key: a key has digits.
                let has_digit = body[..length].bytes().any(|byte| byte.is_ascii_digit());
                (length >= *least && has_digit).then_some(Secret {
                    kind,
                    start,
                    end: start + prefix.len() + length,
                })
            })
        })
        .min_by_key(|secret| secret.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_keys_and_no_words() {
        let check = |text: &str, kind: Option<&str>| {
            assert_eq!(find(text).map(|secret| secret.kind), kind, "{text}");
        };
        check(
            "key sk-or-v1-0123456789abcdef0123",
            Some("an OpenRouter key"),
        );
        check("sk-proj-abcdefghij0123456789", Some("an API key"));
        check(
            "Authorization: Bearer abcdefghij.0123456789.x",
            Some("a bearer token"),
        );
        check("task-runner-of-the-long-named-kind-1", None);
        check("sk-eleton-keys-are-words-without-digits", None);
        check("sk-short1", None);
    }
}
