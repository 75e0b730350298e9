//! A log's own words: those that may stand between a request and its answer, and those that say that something went wrong.

use super::half::{Half, document};
use crate::completion::load::framing::{self, split};
use crate::completion::load::streams::assemble::is_stream;
use crate::json::Value;

/// Whether a record tells that something went wrong, as far as its beginning tells.
pub(in crate::completion::load) fn tells_trouble(record: &[u8]) -> bool {
    const LOOKED_AT: usize = 400;
    let head = &record[..record.len().min(LOOKED_AT)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    TROUBLE.iter().any(|word| head.contains(word))
}

/// Whether a record says of the request in it that it failed: nothing behind it is the answer. Its words tell, or what
/// stands beside the request in a log's record.
pub(super) fn tells_failure(record: &[u8], request: &Half) -> bool {
    const LONGEST: usize = 200;
    if request.range.start == 0 {
        return false;
    }
    // A string that a record ends with is no member of it.
    let is_behind_words = !request.is_held || request.range.end == record.len();
    if is_behind_words && record.first() != Some(&b'{') {
        let words = &record[..request.range.start];
        return std::str::from_utf8(words).is_ok_and(tell_failure);
    }
    let Some(doc) = document(record) else {
        return false;
    };
    let held = request.range.start;
    let says_failed = |member: Value<'_>| {
        let key = member.raw_key().unwrap_or_default().to_ascii_lowercase();
        match key.as_str() {
            "ok" | "success" => member.raw() == "false",
            "status" | "status_code" | "statuscode" => {
                let number = member.raw().parse::<u16>();
                number.is_ok_and(|status| status >= 400)
                    || member.str().is_some_and(|said| tell_failure(&said))
            }
            _ => false,
        }
    };
    if doc.root().children().any(says_failed) {
        return true;
    }
    let mut beside = doc.root().children().filter(|member| {
        let is_request = member.span().contains(&held);
        let is_nothing = matches!(member.raw(), "null" | "false" | "0" | "\"\"")
            || member.kind().is_container() && member.is_empty();
        !is_request && !is_nothing && member.raw().len() <= LONGEST
    });
    beside.any(|member| {
        let key = member.raw_key().unwrap_or_default().to_ascii_lowercase();
        let text = member.str().unwrap_or_default();
        match key.as_str() {
            "err" | "error" | "exception" => true,
            "msg" | "message" | "event" => tell_failure(&text),
            _ => false,
        }
    })
}

/// Whether words say that something failed, each by itself: neither a setting (`timeout=60`), a part of a name nor a level does,
/// which some platforms give to all that a program writes.
pub(super) fn tell_failure(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let is_edge = |c: char| c.is_ascii_punctuation();
    let says = |word: &str| {
        let bare = word.trim_matches(is_edge);
        matches!(bare, "failed" | "failure" | "exception")
    };
    words.split_whitespace().any(says) || words.contains("timed out")
}

/// Whether a record says of itself that it is what came back, and that that is nothing, or a page: nobody waits for it any more.
pub(in crate::completion::load) fn tells_no_answer(record: &[u8]) -> bool {
    const LONGEST: usize = 4096;
    const WORDS: [&str; 4] = ["response", "answer", "reply", "res"];
    const HOLDERS: [&str; 6] = ["body", "data", "payload", "result", "content", "output"];
    let Ok(text) = std::str::from_utf8(&record[..record.len().min(LONGEST)]) else {
        return false;
    };
    let is_word = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        let bare = text.trim_end_matches("body").trim_end();
        let last = bare.rsplit(|c: char| c.is_whitespace() || "._-[({".contains(c));
        last.into_iter()
            .next()
            .is_some_and(|last| WORDS.contains(&last))
    };
    let is_nothing = |text: &str| {
        let bare = text.trim().trim_matches('"').trim_start();
        matches!(bare, "" | "null" | "{}" | "undefined" | "None") || bare.starts_with('<')
    };
    if text.starts_with('{') {
        return framing::document(text.as_bytes()).is_some_and(|doc| {
            let said = |member: Value<'_>| {
                let key = member.raw_key().unwrap_or_default();
                let says = matches!(key, "msg" | "message" | "event" | "type" | "kind");
                says && member.str().is_some_and(|said| is_word(&said))
            };
            let is_said = doc.root().children().any(said);
            doc.root().children().any(|member| {
                let key = member.raw_key().unwrap_or_default();
                let is_it = is_word(key) || is_said && HOLDERS.contains(&key);
                is_it && is_nothing(member.raw())
            })
        });
    }
    let mut labels = text.match_indices([':', '=']).take(8);
    labels.any(|(at, _)| is_word(&text[..at]) && is_nothing(&text[at + 1..]))
}

/// Lines of a log's own words that may stand between the two.
pub(in crate::completion::load) const MOST_WORDS: usize = 4;

/// Words of what went wrong.
const TROUBLE: [&str; 16] = [
    "error",
    "fail",
    "exception",
    "timeout",
    "timed out",
    "retry",
    "warn",
    "cancel",
    "abort",
    "disconnect",
    "closed",
    "interrupt",
    "gave up",
    "giving up",
    "cache",
    "skip",
];

/// Whether a line holds nothing but a few words, which speak of nothing that went wrong: a heading, a status, a time.
pub(in crate::completion::load) fn are_words_between(line: &[u8]) -> bool {
    const LONGEST: usize = 120;
    let is_short = line.len() <= LONGEST && !line.starts_with(b"\"");
    let has_none = || !line.contains(&b'{') || is_label(line);
    is_short
        && has_none()
        && std::str::from_utf8(line).is_ok_and(|line| {
            let line = line.to_ascii_lowercase();
            line.contains(|c: char| !c.is_ascii_digit() && c != '[')
                && !TROUBLE.iter().any(|word| line.contains(word))
        })
}

/// Whether a line is a record that says of what follows that it is the answer, and nothing else: Emacs' gptel writes one
/// before each body.
fn is_label(line: &[u8]) -> bool {
    let inside = line.strip_prefix(b"{").and_then(|it| it.strip_suffix(b"}"));
    let says = |word: &str| memchr::memmem::find(line, word.as_bytes()).is_some();
    inside.is_some_and(|inside| !inside.contains(&b'{') && !inside.contains(&b'['))
        && (says("response") || says("answer"))
        && framing::document(line).is_some()
}

/// Where a text goes on behind a few lines of words.
pub(super) fn behind_words_between(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n').take(MOST_WORDS * 2) {
        let bare = line.trim();
        if !bare.is_empty() && (!are_words_between(bare.as_bytes()) || is_stream(bare)) {
            break;
        }
        at += line.len();
    }
    let rest = text[at..].bytes();
    at + rest.take_while(|byte| split::is_between(*byte)).count()
}
