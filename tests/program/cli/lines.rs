//! `map --lines`: one line out for each line in, whatever is in it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use serde_json::Value;

use super::program::{Ran, fixture, rainscope, run, run_with, samples_as_lines};

fn one_line(name: &str) -> String {
    let text = std::fs::read_to_string(fixture(name)).unwrap();
    serde_json::from_str::<Value>(&text).unwrap().to_string()
}

fn values(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.split_terminator('\n');
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn each_line_is_answered_by_one_before_the_next_is_written() {
    for form in [&[][..], &["--wire"], &["--explain"]] {
        let arguments = [&["map", "--lines"], form, &["-"]].concat();
        let mut command = rainscope(&arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        // A blank line is the first, and shorter than what a compressed stream is known by.
        for line in ["\n", "\r\n", "{\n", "\0\n"]
            .into_iter()
            .chain(samples_as_lines().split_inclusive('\n'))
        {
            input.write_all(line.as_bytes()).unwrap();
            let mut answer = String::new();
            output.read_line(&mut answer).unwrap();
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert!(answer.is_object() || answer.is_array(), "{answer}");
        }
        drop(input);
        assert_eq!(output.read(&mut [0]).unwrap(), 0);
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn every_line_has_its_answer_in_its_place() {
    let event = one_line("01-time-check.json");
    let error = one_line("09-error-body.json");
    let table = [
        (String::new(), "blank"),
        (" \t\r".to_owned(), "blank"),
        (event.clone(), ""),
        (format!("{event}\r"), ""),
        (error, "no-event"),
        ("{\"a\":1}".to_owned(), "unrecognised"),
        ("words\0and \u{1b}[31mcolours".to_owned(), "unrecognised"),
        (event[..event.len() / 2].to_owned(), "malformed"),
        ("}{][".to_owned(), "unrecognised"),
        (format!("[{event},{{\"b\":2}}]"), ""),
        (event.clone(), ""),
    ];
    let input: Vec<&str> = table.iter().map(|(line, _)| line.as_str()).collect();
    for end in ["", "\n"] {
        let ran = run_with(&["map", "--lines", "-"], &(input.join("\n") + end));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let values = values(&ran);
        assert_eq!(values.len(), table.len());
        for (at, (value, (line, kind))) in values.iter().zip(&table).enumerate() {
            assert_eq!(value["kind"].as_str().unwrap_or_default(), *kind, "{line}");
            if !kind.is_empty() {
                assert_eq!(value["from"], format!("<stdin>:{}", at + 1));
                assert!(!value["error"].as_str().unwrap().is_empty());
            }
        }
        let counts = "11 lines: 4 events, 1 no-event, 2 blank, 3 unrecognised, 1 malformed";
        assert!(
            ran.stderr.ends_with(&format!("{counts}\n")),
            "{}",
            ran.stderr
        );
    }
    let plain = run(&["map", &fixture("01-time-check.json")]).stdout;
    let ran = run_with(&["map", "--lines"], &event);
    assert_eq!(ran.stdout, plain, "without a path, standard input is read");
}

#[test]
fn a_line_of_several_completions_gives_an_array_of_their_events() {
    let (event, error) = (
        one_line("01-time-check.json"),
        one_line("09-error-body.json"),
    );
    let both = format!("[{event},{error},{event}]");
    let ran = run_with(&["map", "--lines", "--wire", "-"], &both);
    let [value] = &values(&ran)[..] else {
        panic!("{}", ran.stdout)
    };
    assert_eq!(value[0]["method"], "POST");
    assert_eq!(value[1]["kind"], "no-event");
    assert_eq!(value[0], value[2]);
    assert!(ran.stderr.contains("1 line: 2 events, 1 no-event"));
}

#[test]
fn only_an_input_that_cannot_be_read_fails_the_run() {
    let empty = run_with(&["map", "--wire", "--lines", "-"], "");
    assert_eq!((empty.status, empty.stdout.as_str()), (0, ""));
    assert_eq!(empty.stderr, "0 lines: 0 events\n");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let lines = format!("{}\n", one_line("01-time-check.json")).repeat(3);
    packer.write_all(lines.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    std::fs::write(path("whole.gz"), &packed).unwrap();
    std::fs::write(path("cut.gz"), &packed[..packed.len() - 6]).unwrap();
    let check = |path: &str, status: i32, count: usize, says: &str| {
        let ran = run(&["map", "--lines", path]);
        assert_eq!(ran.status, status, "{}", ran.stderr);
        assert_eq!(values(&ran).len(), count);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    };
    check(&path("whole.gz"), 0, 3, "3 lines: 3 events");
    check(&path("cut.gz"), 2, 3, "the gzip data is cut off");
    check(&path("none"), 2, 0, "no such file");
    check("gen-1754000000-AbCdEfGhIjKlMnOpQrSt", 2, 0, "has no lines");
    check(folder.path().to_str().unwrap(), 2, 6, "6 lines: 6 events");
}

#[test]
fn a_line_beyond_the_limit_is_one_error_in_constant_memory() {
    let mut command = rainscope(&["map", "--lines", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let event = one_line("01-time-check.json");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            let piece = vec![b'x'; 1 << 20];
            (0..70).try_for_each(|_| input.write_all(&piece))?;
            writeln!(input, "\n{event}")
        });
        child.wait_with_output().unwrap()
    });
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    let error = lines[0]["error"].as_str().unwrap();
    assert_eq!(error, "this record has 73400320 bytes; the limit is 64 MiB");
    assert!(lines[1]["event_id"].is_string());
}

#[test]
fn a_reader_that_goes_away_is_success() {
    let mut command = rainscope(&["map", "--lines", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let lines = samples_as_lines().repeat(200);
    let status = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(lines.as_bytes()));
        output.read_line(&mut String::new()).unwrap();
        drop(output);
        child.wait().unwrap()
    });
    assert_eq!(status.code(), Some(0));
}
