//! Finds what looks like a key in a text: nothing of the kind belongs into an event.

use std::sync::LazyLock;

use memchr::memmem::Finder;

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
/// What one of these begins with, each.
const BEGINNINGS: [&str; 6] = ["sk-", "ghp_", "github_pat_", "AKIA", "xoxb-", "Bearer "];
/// No key is shorter, its prefix included.
const SHORTEST: usize = 20;

/// The first e-mail address of a text: something before the sign, and a domain with a dot behind it.
pub fn find_email(text: &str) -> Option<&str> {
    memchr::memchr_iter(b'@', text.as_bytes()).find_map(|sign| {
        let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
        let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
        let bytes = text.as_bytes();
        let before = bytes[..sign]
            .iter()
            .rev()
            .take_while(|b| is_local(b))
            .count();
        let after = bytes[sign + 1..]
            .iter()
            .take_while(|b| is_domain(b))
            .count();
        let domain = text[sign + 1..sign + 1 + after].trim_end_matches(['.', '-']);
        let (host, last) = domain.rsplit_once('.')?;
        let is_address = before > 0
            && !host.is_empty()
            && last.len() >= 2
            && last.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_address.then(|| &text[sign - before..sign + 1 + domain.len()])
    })
}

/// The first key-like run of a text.
pub fn find(text: &str) -> Option<Secret> {
    // Made once: texts are many, and most of them are short.
    static FINDERS: LazyLock<[Finder<'_>; 6]> = LazyLock::new(|| BEGINNINGS.map(Finder::new));
    if text.len() < SHORTEST {
        return None;
    }
    FINDERS
        .iter()
        .filter_map(|finder| {
            let mut starts = finder.find_iter(text.as_bytes());
            starts.find_map(|start| secret_at(text, start))
        })
        .min_by_key(|secret| secret.start)
}

fn secret_at(text: &str, start: usize) -> Option<Secret> {
    let before = text[..start].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_') {
        return None;
    }
    PREFIXES.iter().find_map(|(prefix, least, kind)| {
        let body = text[start..].strip_prefix(prefix)?;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_addresses() {
        let check = |text: &str, found: Option<&str>| assert_eq!(find_email(text), found, "{text}");
        check(
            "write to ada.l+x@mail.example.org.",
            Some("ada.l+x@mail.example.org"),
        );
        check("@handle and a@b and x@y.1 and @@ -1 @@", None);
        check("天@例.com", None);
        check("ü@x.de é", None);
        check("mailto:ops@x.de?", Some("ops@x.de"));
    }

    #[test]
    fn every_prefix_is_looked_for() {
        for (prefix, least, _) in PREFIXES {
            assert!(
                BEGINNINGS
                    .iter()
                    .any(|beginning| prefix.starts_with(beginning)),
                "{prefix}"
            );
            assert!(prefix.len() + least >= SHORTEST, "{prefix}");
        }
    }

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
