//! `map` in a pipeline: lines as they come, whole files as before, closed pipes, several threads.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::program::{events_in, rainscope, run, run_with, samples_as_lines};

/// The program with a pipe at both ends.
fn piped(args: &[&str]) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut command = rainscope(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let input = child.stdin.take().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, input, output)
}

#[test]
fn answers_each_line_before_the_next_one_is_written() {
    for jobs in ["1", "2"] {
        let (mut child, mut input, mut output) = piped(&["map", "--jobs", jobs, "-"]);
        let mut answered = 0;
        for line in samples_as_lines().split_inclusive('\n') {
            input.write_all(line.as_bytes()).unwrap();
            // An error body is answered on the other stream, a delivery perhaps by several events.
            for _ in 0..events_in(line) {
                let mut answer = String::new();
                output.read_line(&mut answer).unwrap();
                assert!(answer.starts_with("{\"event\":"), "{answer}");
                answered += 1;
            }
        }
        drop(input);
        assert!(answered > 27);
        assert_eq!(output.read(&mut [0]).unwrap(), 0);
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn explains_each_line_before_the_next_one_is_written() {
    let lines = samples_as_lines();
    let (mut child, mut input, mut output) = piped(&["map", "--explain", "-"]);
    for line in lines.lines().take(2) {
        writeln!(input, "{line}").unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        assert!(answer.contains("\"provenance\""), "{answer}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn answers_each_row_of_an_activity_export_before_the_next_one_is_written() {
    let (mut child, mut input, mut output) = piped(&["map", "-"]);
    input
        .write_all(b"generation_id,created_at,model_permaslug,app_name\r\n")
        .unwrap();
    for number in 0..5 {
        let row = format!("gen-{number},2026-05-06 01:35:13.000,a/b,\"two\nlines, {number}\"\r\n");
        input.write_all(row.as_bytes()).unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        assert!(answer.contains(&format!("gen-{number}")), "{answer}");
    }
    drop(input);
    assert_eq!(output.read(&mut [0]).unwrap(), 0);
    assert!(child.wait().unwrap().success());
}

#[test]
fn gives_the_same_for_lines_an_array_and_several_threads() {
    // More than is read at once.
    const ROUNDS: usize = 5;
    let lines = samples_as_lines().repeat(ROUNDS);
    assert!(lines.len() > 1 << 18);
    let array = format!("[{}]", lines.trim_end().replace('\n', ",\n"));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (lines_file, array_file) = (file("all.jsonl", &lines), file("all.json", &array));
    for options in [&[][..], &["--privacy"], &["--wire"], &["--explain"]] {
        let with = |rest: &[&str]| {
            let all: Vec<&str> = [&["map"], options, rest].concat();
            run(&all)
        };
        let eager = with(&[&array_file]);
        assert_eq!(eager.status, 0);
        assert_eq!(eager.lines().len(), events_in(&lines));
        let expected = without_places(&eager.stdout);
        let one_by_one = with(&[&lines_file]).stdout;
        assert!(without_places(&one_by_one) == expected);
        assert!(with(&["--jobs", "3", &lines_file]).stdout == one_by_one);
        let piped: Vec<&str> = [&["map"], options, &["-"][..]].concat();
        assert!(without_places(&run_with(&piped, &lines).stdout) == expected);
    }
}

/// What was printed without where it was loaded from, which differs from file to file.
fn without_places(printed: &str) -> Vec<serde_json::Value> {
    let lines = printed.lines().map(|line| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(line) = line.as_object_mut() {
            line.remove("loaded_from");
        }
        let leaves = line.get_mut("provenance").and_then(|it| it.as_object_mut());
        for (_, leaf) in leaves.into_iter().flatten() {
            leaf.as_object_mut().unwrap().remove("at");
        }
        line
    });
    lines.collect()
}

#[test]
fn reads_as_a_whole_what_has_not_one_record_a_line() {
    let pretty = std::fs::read_to_string("fixtures/01-time-check.json").unwrap();
    let expected = run(&["map", "fixtures/01-time-check.json"]).stdout;
    assert_eq!(run_with(&["map", "-"], &pretty).stdout, expected);
    let one_line: serde_json::Value = serde_json::from_str(&pretty).unwrap();
    for text in [one_line.to_string(), format!("\u{feff}\n\n [{one_line}]\n")] {
        assert_eq!(run_with(&["map", "-"], &text).stdout, expected);
    }
    let stream = std::fs::read_to_string("fixtures/05-reasoning-stream.json").unwrap();
    let sample: serde_json::Value = serde_json::from_str(&stream).unwrap();
    let transcript = sample["response"].as_str().unwrap();
    assert_eq!(run_with(&["map", "-"], transcript).lines().len(), 1);
    assert_eq!(run_with(&["map", "-"], "").status, 2);
}

#[test]
fn takes_a_closed_output_for_success() {
    let lines = samples_as_lines().repeat(200);
    for jobs in ["1", "2"] {
        let (mut child, mut input, mut output) = piped(&["map", "--jobs", jobs, "-"]);
        let lines = &lines;
        let status = std::thread::scope(|scope| {
            scope.spawn(move || input.write_all(lines.as_bytes()));
            output.read_line(&mut String::new()).unwrap();
            drop(output);
            child.wait().unwrap()
        });
        assert_eq!(status.code(), Some(0));
    }
}
