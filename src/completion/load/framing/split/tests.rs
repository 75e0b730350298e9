use super::*;

/// The records of a text, cut as a whole and in pieces of every size.
fn records(file: &str, text: &str) -> Option<Vec<String>> {
    let bytes = text.as_bytes();
    let Sniff::Records(framer) = sniff(bytes, true, file) else {
        return None;
    };
    let whole = in_pieces(framer.clone(), bytes, bytes.len());
    for piece in 1..bytes.len() {
        assert_eq!(
            in_pieces(framer.clone(), bytes, piece),
            whole,
            "{piece}: {text:?}"
        );
    }
    Some(whole)
}

fn in_pieces(mut framer: Framer, bytes: &[u8], piece: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = text_start(bytes);
    let mut from = at;
    let mut filled = (at + piece).min(bytes.len());
    loop {
        // What stands before the record is gone, as it is for a reader that keeps no more than it needs.
        let held = &bytes[at..filled];
        match framer.next(held, from - at, filled == bytes.len()) {
            FrameStep::Record { range, .. } => {
                found.push(String::from_utf8_lossy(&held[range.clone()]).into_owned());
                from = at + range.end;
            }
            FrameStep::More { keep } => {
                at += keep;
                from = at;
                filled = (filled + piece).min(bytes.len());
            }
            FrameStep::End => return found,
        }
    }
}

#[test]
fn tells_records_from_the_beginning() {
    let check = |head: &str, is_all: bool, expected: &str| {
        let found = match sniff(head.as_bytes(), is_all, "a") {
            Sniff::Records(framer) if framer.is_lines => "lines",
            Sniff::Records(_) => "documents",
            Sniff::Whole => "whole",
            Sniff::Array { .. } => "array",
            Sniff::More { framer: Some(_) } => "more, a record",
            Sniff::More { framer: None } => "more",
        };
        assert_eq!(found, expected, "{head:?}");
    };
    check("", false, "more");
    check(" \n", false, "more");
    check("[\n", false, "more");
    check("[\n{", false, "array");
    check("data: x\n", false, "whole");
    check("{\"a\":1}", false, "more");
    check("{\"a\":1}\n \n", false, "more, a record");
    check("{\"a\":1}\n {", false, "lines");
    check("{\n  \"a\"", false, "more");
    check("{\n  \"a\":1}\n", false, "more, a record");
    check("{\n  \"a\":1}\n{", false, "documents");
    check("{\"a\":1}\n", true, "whole");
    check("{\"a\":1} {\"b\"", true, "documents");
    check("[INFO] up\n{", false, "more");
    check("[INFO] up\n{", true, "lines");
    check("[1]\n[2]\n", true, "lines");
    check("[{}]\n[{}]\n", false, "lines");
    let named = sniff(b"{\"a\":1}\n", true, "a.jsonl.gz");
    assert!(matches!(named, Sniff::Records(_)));
}

#[test]
fn cuts_records() {
    let check = |text: &str, expected: &[&str]| {
        let found = records("a", text).unwrap_or_default();
        assert_eq!(found, expected, "{text:?}");
    };
    // One a line; blank lines, commas and separators between them.
    check("{\"a\":1}\r\n{\"b\":2}\n\n", &["{\"a\":1}", "{\"b\":2}"]);
    check("{\"a\":1},\n{\"b\":2},\n", &["{\"a\":1}", "{\"b\":2}"]);
    check(
        "\u{1e}{\"a\":1}\n\u{1e}{\"b\":2}\n",
        &["{\"a\":1}", "{\"b\":2}"],
    );
    // One that lacks its end, before a line that is an array by itself.
    check(
        "{\"a\":1}\n{\"b\":{}\n[1,2]\n{\"c\":3}\n",
        &["{\"a\":1}", "{\"b\":{}", "[1,2]", "{\"c\":3}"],
    );
    check(
        "{\"a\":1}\n{\"b\":[\n[1,2]\n]}\n",
        &["{\"a\":1}", "{\"b\":[\n[1,2]\n]}"],
    );
    // Over several lines, or several on one.
    check(
        "{\n\"a\":1\n}\n{\n\"b\":2\n}",
        &["{\n\"a\":1\n}", "{\n\"b\":2\n}"],
    );
    check("{\"a\":{\n\"b\":2}\n}{}", &["{\"a\":{\n\"b\":2}\n}", "{}"]);
    check(
        "{\"a\":1}{\"b\":2} {\"c\":3}",
        &["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"],
    );
    check(
        "{\"a\":1}\n{\n\"b\":2\n}\n",
        &["{\"a\":1}", "{\n\"b\":2\n}"],
    );
    check(
        "{\"a\":\n{\"b\":1},\n\"c\":2}\n{}",
        &["{\"a\":\n{\"b\":1},\n\"c\":2}", "{}"],
    );
    // Broken off, each hides nothing.
    check(
        "{\"a\":\n{\"b\":2}\n{\"c\":3}\n",
        &["{\"a\":", "{\"b\":2}", "{\"c\":3}"],
    );
    check(
        "{\"a\":1}\n{\"b\":\n{\"c\":3}\n",
        &["{\"a\":1}", "{\"b\":", "{\"c\":3}"],
    );
    check(
        "{\"a\":1}\n{\"b\":[{},\n{\"c\":3}\n{}",
        &["{\"a\":1}", "{\"b\":[{},", "{\"c\":3}", "{}"],
    );
    check("{\"a\":\"x\n{\"b\":2}\n", &["{\"a\":\"x", "{\"b\":2}"]);
    check(
        "{\n\"a\":1,\n{\n\"b\":2}\n{}",
        &["{\n\"a\":1,", "{\n\"b\":2}", "{}"],
    );
    // Other lines.
    check("up\n{\"a\":1}\ndown", &["up", "{\"a\":1}", "down"]);
    check(
        "[INFO] {\"a\":1}\n[\"x\"] y\n",
        &["[INFO] {\"a\":1}", "[\"x\"] y"],
    );
    check("{\"a\":1} x\n{}", &["{\"a\":1}", "x", "{}"]);
    check(
        "so:\n\ndata: {}\n\ndata: x\n\n{}",
        &["so:", "data: {}\n\ndata: x", "{}"],
    );
    // Chunks of a stream are one record.
    let chunk = "{\"choices\":[{\"delta\":{}}]}";
    check(
        &format!("{{}}\n{chunk}\n{chunk}\n{{}}\n"),
        &["{}", &format!("{chunk}\n{chunk}"), "{}"],
    );
}

#[test]
fn takes_one_record_as_a_whole() {
    for text in [
        "",
        "\u{feff} \n\n",
        "\n\n  {\"a\":1}\n",
        "{\n\"a\":1\n}",
        "{\"a\":1},",
    ] {
        assert_eq!(records("a", text), None, "{text:?}");
    }
    assert_eq!(
        records("a.jsonl", "{\"a\":1}"),
        Some(vec!["{\"a\":1}".to_owned()])
    );
    let one = "{\n\"a\":1}";
    assert_eq!(records("a.jsonl", one), Some(vec![one.to_owned()]));
    assert_eq!(records("a.jsonl", "data: {}\n\ndata: x"), None);
}
