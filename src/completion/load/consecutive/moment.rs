//! When a record of a log was written: an answer is none to a request that was written later, as in a log that is shown with
//! its newest record first.

use super::half::words_before;
use crate::completion::load::{exchange, framing};
use crate::completion::time;
use crate::json::{Kind, Value};

/// Members that say it.
const NAMES: [&str; 13] = [
    "time",
    "timestamp",
    "@timestamp",
    "ts",
    "datetime",
    "date",
    "asctime",
    "created_at",
    "createdAt",
    "logged_at",
    "receiveTimestamp",
    "TIMESTAMP",
    "t",
];

/// Members that hold one which says it.
const HOLDERS: [&str; 3] = ["_source", "attributes", "fields"];

/// When a record was written, as far as it says: milliseconds that are compared with those of the same log alone.
pub(in crate::completion::load) fn written(record: &[u8]) -> Option<i128> {
    let words = words_before(record).unwrap_or(record.len());
    let head = std::str::from_utf8(&record[..words]).ok()?;
    if !head.trim().is_empty() {
        return in_words(head);
    }
    of_record(framing::document(&record[words..])?.root())
}

/// The same of a record that was read, or of a pair of a time and a line.
pub(in crate::completion::load) fn of_record(record: Value<'_>) -> Option<i128> {
    let said = |holder: Value<'_>| {
        let mut named = NAMES.iter().filter_map(|name| holder.get_some(name));
        named.find_map(exchange::moment_of)
    };
    match record.kind() {
        Kind::Object => {
            let mut holders = HOLDERS.iter().filter_map(|name| record.get_some(name));
            said(record).or_else(|| holders.find_map(said))
        }
        Kind::Array => exchange::moment_of(record.item(0)?),
        _ => None,
    }
}

/// The time that a line names as its own (`time=…`, `ts=…`), begins with, or has behind its level, perhaps in brackets.
fn in_words(head: &str) -> Option<i128> {
    /// Words that are looked at.
    const LOOKED_AT: usize = 12;
    let words = || head.split_whitespace().take(LOOKED_AT);
    let named = |word: &str| {
        let (name, value) = word.split_once('=')?;
        let is_one = NAMES.contains(&name);
        is_one.then(|| exchange::moment_of_text(value.trim_matches('"')))?
    };
    let of_access = || {
        let (_, behind) = head.split_once(" [")?;
        time::millis_of_access_log(behind.split_once(']')?.0)
    };
    let behind_level = || {
        let mut words = words().skip(1).take(2);
        words.find_map(|word| time::millis_of_iso(word.trim_matches(['[', ']'])))
    };
    let found = words().find_map(named).or_else(|| at_beginning(head));
    found.or_else(of_access).or_else(behind_level)
}

/// The time that a line begins with.
fn at_beginning(head: &str) -> Option<i128> {
    let bare = head.trim_start().trim_start_matches(['[', '(']);
    let mut words = bare.split_whitespace();
    let (first, second) = (words.next()?, words.next().unwrap_or_default());
    // Of half a day's hours nothing is read.
    let is_half =
        |word: &str| matches!(word.trim_end_matches([']', ',']), "AM" | "PM" | "am" | "pm");
    if words.next().is_some_and(is_half) || is_half(second) {
        return None;
    }
    let clean = |text: String| {
        text.trim_end_matches([']', ')', ',', ':'])
            .replace(',', ".")
    };
    let both = clean(format!("{first} {second}"));
    time::millis_of_iso(&clean(first.to_owned())).or_else(|| time::millis_of_iso(&both))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_when_a_record_was_written() {
        let check = |record: &str, expected: Option<i128>| {
            assert_eq!(written(record.as_bytes()), expected, "{record}");
        };
        let at = Some(1_778_031_313_500);
        check("2026-05-06T01:35:13.500Z INFO x {\"a\":1}", at);
        check("[2026-05-06 01:35:13,500] INFO x {\"a\":1}", at);
        check("INFO x {\"a\":1}", None);
        for words in [
            "time=2026-05-06T01:35:13.5Z level=INFO msg=\"x\" body=",
            "time=\"2026-05-06T01:35:13.5Z\" level=info body=",
            "level=info ts=2026-05-06T01:35:13.500Z body=",
            "ts=1778031313.5 level=info body=",
            "INFO 2026-05-06T01:35:13.5Z x: ",
            "[INFO] [2026-05-06T01:35:13.5Z] x: ",
        ] {
            check(&format!("{words}{{\"a\":1}}"), at);
        }
        let access = "10.0.0.1 - ada [06/May/2026:03:35:13 +0200] \"POST / HTTP/1.1\" 200 ";
        check(&format!("{access}{{\"a\":1}}"), Some(1_778_031_313_000));
        check("ERROR expires=2026-05-06T01:35:13.5Z {\"a\":1}", None);
        check(r#"{"level":30,"time":1778031313500,"a":{}}"#, at);
        check(
            r#"{"attributes":{"timestamp":"2026-05-06T01:35:13.5Z"}}"#,
            at,
        );
        check(r#"{"model":"a/b"}"#, None);
    }
}
