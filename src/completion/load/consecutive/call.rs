//! Which call a record of a log is of, where the log says so: two records of different calls are no exchange, however
//! close they stand.

use super::half::words_of;
use super::marks::{NUMBER, PATH, SPAN, WORD, is_random, worker};
use super::names::{AROUND, OF_CALLS, OF_PEOPLE, OF_SOURCES, is_of_many};
use crate::completion::generation_id;
use crate::completion::load::{framing, shape};
use crate::json::{Kind, Value};

/// The ids that a record has of its call, with their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct CallIds(Vec<(String, String)>);

/// Members that are looked at.
const MOST_MEMBERS: usize = 64;
/// The longest id.
const LONGEST: usize = 128;

impl CallIds {
    /// Those that stand in the words before a record's document, and in the members beside what it holds.
    pub fn of(record: &[u8]) -> CallIds {
        let text = std::str::from_utf8(record).unwrap_or_default();
        let words = words_of(record).unwrap_or_else(|| text.find('{').unwrap_or(text.len()));
        let mut ids = CallIds::in_words(text.get(..words).unwrap_or_default());
        // What a body has of its own, as its user, is no log's.
        if let Some(doc) = framing::document(&record[words..])
            && !shape::is_request(doc.root())
            && !shape::is_answer(doc.root())
        {
            ids.members(doc.root(), true);
        }
        ids
    }

    /// Those in words of a log: `[req-7]`, `req_id=7`, `{traceId=a, spanId=b}`, `[7f3a1]`, `job7f3a1:`.
    pub fn in_words(words: &str) -> CallIds {
        let mut ids = CallIds::default();
        let is_gap = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
        for word in words.split(is_gap).filter(|word| word.len() <= LONGEST) {
            ids.word(word);
        }
        if let Some((_, path)) = words.split_once("\"POST ") {
            ids.first(PATH, path.split([' ', '?']).next().unwrap_or_default());
        }
        ids
    }

    /// Those that a log's record has beside the line that it holds.
    pub fn beside(root: Value<'_>) -> CallIds {
        let mut ids = CallIds::default();
        ids.members(root, true);
        ids
    }

    /// What a span is called and has as fields, as Rust's tracing writes them: `http{id=a1}:chat{user="ada"}`.
    fn span(&mut self, word: &str) {
        for piece in word.split(['{', '}', ':']) {
            match piece.contains('=') {
                true => self.word(piece),
                false => self.first(SPAN, piece),
            }
        }
    }

    fn word(&mut self, word: &str) {
        if word.find('{').is_some_and(|at| at > 0) && word.contains('=') {
            return self.span(word);
        }
        const STARTS: [&str; 7] = ["req", "call", "trace", "rid", "corr", "job", "txn"];
        let opened = word.trim_start_matches(['[', '(', '{', '<']);
        let bare = opened.trim_end_matches([']', ')', '}', '>', ':']);
        let is_bracketed =
            bare.len() < opened.trim_end_matches(':').len() || opened.len() < word.len();
        let is_labelled = opened.ends_with(':');
        if let Some((name, number)) = worker(word) {
            self.first(name, number);
            return;
        }
        if let Some((name, value)) = bare.split_once(['=', ':']) {
            let value = value.trim_matches(['"', '\'']);
            match name {
                "id" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                    self.first(NUMBER, value)
                }
                "id" if !value.starts_with(generation_id::PREFIX) => self.first(WORD, value),
                name if OF_PEOPLE.contains(&name) => self.first(name, value),
                name => self.named(name, value),
            }
            return;
        }
        let has_digit = bare.contains(|c: char| c.is_ascii_digit());
        let lower = bare.to_ascii_lowercase();
        let named = STARTS.iter().find_map(|start| {
            let rest = lower.strip_prefix(start)?;
            let number = rest.trim_start_matches(['-', '_', '#', '/']);
            let is_short = number.len() < rest.len() && matches!(number.len(), 1..=2);
            let is_id = number
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            ((has_digit || (is_short && is_bracketed)) && is_id && !number.is_empty())
                .then_some(*start)
        });
        if let Some(start) = named.filter(|_| is_bracketed || is_labelled) {
            self.0.push((start.to_owned(), bare.to_owned()));
        } else if is_random(bare, is_bracketed) {
            // The first is the call's where a span's or the like follows.
            self.first("", bare);
        }
    }

    /// Takes what is found under a name, if nothing was before it.
    fn first(&mut self, name: &str, value: &str) {
        if !value.is_empty() && !self.0.iter().any(|(of, _)| of == name) {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    fn members(&mut self, root: Value<'_>, is_all: bool) {
        // A record of its own kind has an id that is the call's where it says which of the two it is.
        let is_said = |member: Value<'_>| {
            matches!(
                member.raw_key(),
                Some("type" | "event" | "kind" | "jsonrpc" | "direction")
            ) && (member.raw_key() == Some("jsonrpc")
                || member.raw().contains("req")
                || member.raw().contains("res"))
        };
        let has_kind = is_all && root.children().take(MOST_MEMBERS).any(is_said);
        for member in root.children().take(MOST_MEMBERS) {
            let key = member.raw_key().unwrap_or_default();
            match member.kind() {
                Kind::Object if is_all && AROUND.contains(&key) => self.members(member, false),
                Kind::String | Kind::Number if member.raw().len() <= LONGEST => match key {
                    "id" if has_kind => self.0.push(("id".to_owned(), member.raw().to_owned())),
                    "id" if root.raw_key() == Some("trace") => self.named("traceid", member.raw()),
                    "id" if root.raw_key() == Some("req") => self.named("requestid", member.raw()),
                    key => self.named(key, member.raw()),
                },
                _ => {}
            }
        }
    }

    fn named(&mut self, name: &str, value: &str) {
        let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let bare = bare.to_ascii_lowercase();
        let is_one = OF_CALLS.contains(&bare.as_str()) || is_of_many(&bare);
        // Threads of the system have numbers, and what has no digit is a name that tells what is logged.
        let is_number = |text: &str| {
            text.trim_matches('"')
                .bytes()
                .all(|byte| byte.is_ascii_digit())
        };
        let is_thread =
            bare.starts_with("thread") && (is_number(value) || value.contains("ThreadId"));
        let is_name = !bare.ends_with("id") && !value.bytes().any(|byte| byte.is_ascii_digit());
        let is_name = is_name && !OF_SOURCES.contains(&bare.as_str());
        if is_one && !value.is_empty() && !is_thread && !is_name {
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
            let may_go_up = name == NUMBER;
            let numbers =
                |other: &str| Some((value.parse::<u64>().ok()?, other.parse::<u64>().ok()?));
            others
                .next()
                .is_some_and(|(_, other)| match numbers(other) {
                    Some((number, other)) if may_go_up => other < number,
                    _ => other != value,
                })
        };
        !self.0.iter().any(differs)
    }

    /// Whether they are of one call for sure: they name an id of a call that is the same, and none that differs.
    pub fn is_same(&self, other: &CallIds) -> bool {
        let is_of_call = |name: &str| !is_of_many(name);
        self.may_be(other)
            && self
                .0
                .iter()
                .any(|id| is_of_call(&id.0) && other.0.contains(id))
    }

    /// Whether they say the same of something, and nothing else differs.
    pub fn says_same(&self, other: &CallIds) -> bool {
        self.may_be(other) && self.0.iter().any(|id| other.0.contains(id))
    }

    /// Those that the others have not as well.
    pub fn without(mut self, others: &CallIds) -> CallIds {
        self.0.retain(|id| !others.0.contains(id));
        self
    }

    /// Adds those of another call. The first ones are forgotten where they grow too many.
    pub fn add(&mut self, mut other: CallIds) {
        const MOST: usize = 256;
        self.0.append(&mut other.0);
        let too_many = self.0.len().saturating_sub(MOST);
        self.0.drain(..too_many);
    }

    /// Takes those of another call out, each one once.
    pub fn take_out(&mut self, other: &CallIds) {
        for id in &other.0 {
            if let Some(at) = self.0.iter().position(|one| one == id) {
                self.0.remove(at);
            }
        }
    }

    /// What tells the source from others whose records these are, as one text; nothing where nothing does.
    pub fn name(&self) -> String {
        let mut name = String::new();
        let is_of_source = |of: &str| OF_SOURCES.contains(&of) || of != "id" && !is_of_many(of);
        for (of, value) in self.0.iter().filter(|(of, _)| is_of_source(of)) {
            name.extend(["\n", of, "=", value]);
        }
        name
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
        for (one, other) in [
            ("request id=7f3a2 body=", "response id=7f3a1 body="),
            ("request (#2) ", "response (#1) "),
            ("request id=2 ", "response id=1 "),
            (
                "[2026-05-06 01:35:00 +0000] [200] [INFO] ",
                "[2026-05-06 01:35:01 +0000] [100] [INFO] ",
            ),
            (
                "I, [2026-05-06T01:35:00 #200]  INFO -- : ",
                "I, [2026-05-06T01:35:00 #100]  INFO -- : ",
            ),
            (
                "[01:35:00: INFO/ForkPoolWorker-2] ",
                "[01:35:01: INFO/ForkPoolWorker-1] ",
            ),
            (
                "app[9185e2d7c01683] fra [info]",
                "app[3d8d9014b05689] fra [info]",
            ),
            (
                "[http-nio-8080-exec-2] c.e.Svc - ",
                "[http-nio-8080-exec-1] c.e.Svc - ",
            ),
            ("[Thread-2] ", "[Thread-1] "),
            ("pid=1 tid=xyz jid=222bbb ", "pid=1 tid=xyz jid=111aaa "),
        ] {
            check(&format!("{one}{{}}"), &format!("{other}{{}}"), false);
            check(&format!("{one}{{}}"), &format!("{one}{{}}"), true);
        }
        // What only one of the two says tells nothing, nor does what an answer names as its own.
        check("[1234] request {}", "[1234] response [200] {}", true);
        check("[7] request {}", "response {}", true);
        // Lines of source, records and milliseconds go up.
        check(
            "client.py[42]: request {}",
            "client.py[57]: response {}",
            true,
        );
        check("#2 request {}", "#3 response {}", true);
        check("request id=2 {}", "response id=3 {}", true);
        let members = |one: &str| format!(r#"{{"level":30,{one},"data":{{}}}}"#);
        for (one, other) in [
            (r#""ThreadId":12"#, r#""ThreadId":13"#),
            (r#""threadId":"ThreadId(2)""#, r#""threadId":"ThreadId(3)""#),
            (
                r#""thread":"http-nio-8080-exec-1""#,
                r#""thread":"reactor-http-nio-3""#,
            ),
            (r#""otelSpanID":"a1""#, r#""otelSpanID":"b1""#),
            (r#""dd.span_id":"1""#, r#""dd.span_id":"2""#),
            (r#""uuid":"a1""#, r#""uuid":"b1""#),
            (r#""sequenceId":1"#, r#""sequenceId":2"#),
            (
                r#""call":"openrouter.request""#,
                r#""call":"openrouter.response""#,
            ),
        ] {
            check(&members(one), &members(other), true);
        }

        check(
            &members(r#""thread_id":"t-1a""#),
            &members(r#""thread_id":"t-2b""#),
            false,
        );
        check("request id=7 {}", "response id=gen-1 {}", true);
        check(
            r#"{"jsonrpc":"2.0","id":1,"params":{}}"#,
            r#"{"jsonrpc":"2.0","id":2,"result":{}}"#,
            false,
        );
        for (one, other) in [
            (r#""ctx":{"trace_id":"a"}"#, r#""ctx":{"trace_id":"b"}"#),
            (r#""host":"a""#, r#""host":"b""#),
            (r#""trace":{"id":"a"}"#, r#""trace":{"id":"b"}"#),
            (r#""pid":7"#, r#""pid":8"#),
            (r#""req":{"id":"r2"}"#, r#""req":{"id":"r1"}"#),
            (
                r#""trace":"projects/p/traces/0a""#,
                r#""trace":"projects/p/traces/0b""#,
            ),
            (
                r#""record":{"requestId":"a"}"#,
                r#""record":{"requestId":"b"}"#,
            ),
            (
                r#""span":{"request_id":"a"}"#,
                r#""span":{"request_id":"b"}"#,
            ),
        ] {
            let record = |ids: &str| format!(r#"{{"level":30,{ids},"data":{{}}}}"#);
            check(&record(one), &record(other), false);
            check(&record(one), &record(one), true);
        }
    }

    #[test]
    fn knows_ids_in_words() {
        let check = |words: &str, expected: &[&str]| {
            let found = CallIds::in_words(words).0;
            let found: Vec<&str> = found.iter().map(|(_, value)| value.as_str()).collect();
            assert_eq!(found, expected, "{words}");
        };
        check("INFO [req-A] ", &["req-A"]);
        check("INFO [7f3a1] ", &["7f3a1"]);
        check("INFO job7f3a1: ", &["job7f3a1"]);
        check("{traceId=a, spanId=b} ", &["a"]);
        check("[traceId=a b] rid:7 ", &["a", "7"]);
        check("[app,65b0c8f1d2e3a4b5,a4b5c6d7] ", &["65b0c8f1d2e3a4b5"]);
        check(
            "2026-06-05T12:00:00Z 6f1c2d3e-0001-4a5b-8c6d-7e8f90a1b2c3 INFO ",
            &["6f1c2d3e-0001-4a5b-8c6d-7e8f90a1b2c3"],
        );
        check(
            "[01HXYZ8KQ2M4N6P8R0S2T4V6W8] ",
            &["01HXYZ8KQ2M4N6P8R0S2T4V6W8"],
        );
        // Threads of clients, levels, sources, places in source, counts: a call may have several.
        check(
            "12:00:00,1 [worker-1] [pool-1-thread-2] [reactor-http-nio-3] DEBUG ",
            &[],
        );
        check("[TRACE] [request] [call-start] main.py:12: step3: ", &[]);
        check("[1234] [nio-8080-exec-12] ", &["1234", "12"]);
        check("2026-06-05 12:00:00,123 - app.llm - DEBUG - request: ", &[]);
        check("[2026-06-05T12:00:00.123Z] [info] Response 200: ", &[]);
    }
}
