//! Which call a record of a log is of, where the log says so: two records of different calls are no exchange, however
//! close they stand.

use super::half::words_before;
use crate::completion::load::framing;
use crate::json::{Kind, Value};

/// The ids that a record has of its call, with their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct CallIds(Vec<(String, String)>);

/// Names of such ids, without case and what divides their words.
const NAMES: [&str; 9] = [
    "requestid",
    "reqid",
    "rid",
    "callid",
    "traceid",
    "correlationid",
    "conversationid",
    "operationid",
    "xrequestid",
];

impl CallIds {
    /// Those that stand in the words before a record's document, and in the members beside what it holds.
    pub fn of(record: &[u8]) -> CallIds {
        let text = std::str::from_utf8(record).unwrap_or_default();
        let words = words_before(record).unwrap_or_else(|| text.find('{').unwrap_or(text.len()));
        let mut ids = CallIds::default();
        for word in text.get(..words).unwrap_or_default().split_whitespace() {
            ids.word(word);
        }
        if let Some(doc) = framing::document(&record[words..]) {
            ids.members(doc.root());
        }
        ids
    }

    /// `[req-7]`, `req_id=7`.
    fn word(&mut self, word: &str) {
        const STARTS: [&str; 5] = ["req", "call", "trace", "rid", "corr"];
        let bare = word.trim_end_matches([':', ',', ';']);
        let inside = bare
            .strip_prefix('[')
            .and_then(|bare| bare.strip_suffix(']'));
        let inside = inside.unwrap_or(bare);
        if let Some((name, value)) = inside.split_once(['=', ':']) {
            self.named(name, value);
            return;
        }
        let has_number = inside.contains(|c: char| c.is_ascii_digit());
        let start = STARTS
            .iter()
            .find(|start| inside.to_ascii_lowercase().starts_with(*start));
        if let Some(start) = start.filter(|_| has_number && inside.len() < bare.len()) {
            self.0.push(((*start).to_owned(), inside.to_owned()));
        }
    }

    fn members(&mut self, root: Value<'_>) {
        // A record of its own kind has an id that is the call's where it says which of the two it is.
        let is_said = |member: Value<'_>| {
            matches!(
                member.raw_key(),
                Some("type" | "event" | "kind" | "jsonrpc" | "direction")
            ) && (member.raw_key() == Some("jsonrpc")
                || member.raw().contains("req")
                || member.raw().contains("res"))
        };
        let has_kind = root.children().any(is_said);
        for member in root.children() {
            if !matches!(member.kind(), Kind::String | Kind::Number) {
                continue;
            }
            let key = member.raw_key().unwrap_or_default();
            match key {
                "id" if has_kind => self.0.push(("id".to_owned(), member.raw().to_owned())),
                key => self.named(key, member.raw()),
            }
        }
    }

    fn named(&mut self, name: &str, value: &str) {
        let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let bare = bare.to_ascii_lowercase();
        if NAMES.contains(&bare.as_str()) && !value.is_empty() {
            self.0.push((bare, value.trim_matches('"').to_owned()));
        }
    }

    /// Whether nothing tells it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether two records may be of one call: nothing that both name differs.
    pub fn may_be(&self, other: &CallIds) -> bool {
        let differs = |(name, value): &(String, String)| {
            let mut others = other.0.iter().filter(|(of, _)| of == name);
            others.next().is_some_and(|(_, other)| other != value)
        };
        !self.0.iter().any(differs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_calls_apart_where_a_log_does() {
        let check = |one: &str, other: &str, expected: bool| {
            let (one, other) = (CallIds::of(one.as_bytes()), CallIds::of(other.as_bytes()));
            assert_eq!(one.may_be(&other), expected, "{one:?} {other:?}");
        };
        let typed = |kind: &str, id: &str| format!(r#"{{"type":"{kind}","id":{id},"body":{{}}}}"#);
        check(&typed("request", "1"), &typed("response", "1"), true);
        check(&typed("request", "1"), &typed("response", "2"), false);
        check(r#"{"id":1,"data":{}}"#, r#"{"id":2,"data":{}}"#, true);
        check(
            r#"{"reqId":"a","data":{}}"#,
            r#"{"reqId":"b","data":{}}"#,
            false,
        );
        check(r#"{"reqId":"a","data":{}}"#, r#"{"data":{}}"#, true);
        check(
            "INFO [req-1] request: {}",
            "INFO [req-2] response: {}",
            false,
        );
        check(
            "INFO [req-1] request: {}",
            "INFO [req-1] response: {}",
            true,
        );
        check(
            "12:00:01 request_id=a q={}",
            "12:00:02 request_id=b a={}",
            false,
        );
        check("12:00:01 [worker-1] q={}", "12:00:02 [worker-2] a={}", true);
        check(
            r#"{"jsonrpc":"2.0","id":1,"params":{}}"#,
            r#"{"jsonrpc":"2.0","id":2,"result":{}}"#,
            false,
        );
    }
}
