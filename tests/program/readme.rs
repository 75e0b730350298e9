//! The README's commands do what it says: they are taken from README.md itself and run by a shell, in a
//! folder with the files that it names. What needs a network is compared with the program's own help.
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const README: &str = include_str!("../../README.md");

/// A command that was run: its status, and what it said.
struct Ran {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

/// The lines of all code blocks in a language, without comments.
fn lines_of(language: &str) -> Vec<&'static str> {
    let mut lines = Vec::new();
    let mut is_within = false;
    for line in README.lines() {
        match line.strip_prefix("```") {
            Some(rest) => is_within = rest == language,
            None if is_within => lines.push(line.split(" # ").next().unwrap().trim()),
            None => {}
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// The commands in running text, between back quotes.
fn inline() -> impl Iterator<Item = &'static str> {
    let parts = README.split('`').filter(|part| !part.contains('\n'));
    parts.filter(|part| part.starts_with("rainscope "))
}

/// A folder with every file that the README's recipes name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for name in ["fixtures", "logs", "samples", "home"] {
        fs::create_dir(at(name)).unwrap();
    }
    let mut files: Vec<PathBuf> = fs::read_dir(&samples)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    for file in &files {
        fs::copy(file, at("fixtures").join(file.file_name().unwrap())).unwrap();
    }
    let one = fs::read_to_string(samples.join("01-time-check.json")).unwrap();
    let two = fs::read_to_string(samples.join("03-tool-round-trip.json")).unwrap();
    let alone = r#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#;
    let lines = format!("{}\n{}\n", one.replace('\n', ""), two.replace('\n', ""));
    let failed = fs::read_to_string(samples.join("09-error-body.json")).unwrap();
    for (name, text) in [
        ("sample.json", one.as_str()),
        ("samples/one.json", one.as_str()),
        ("logs/two.json", two.as_str()),
        ("response.json", alone),
        ("samples.ndjson", lines.as_str()),
        ("log.ndjson", lines.as_str()),
        ("failing-request.json", failed.as_str()),
        ("demo.txt", "chapter:Privacy p"),
    ] {
        fs::write(at(name), text).unwrap();
    }
    folder
}

/// A shell that finds the program by its name and nothing of the user's settings.
fn shell(folder: &Path, line: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_rainscope"));
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder);
    command.env_clear();
    command.env(
        "PATH",
        format!("{}:{path}", program.parent().unwrap().display()),
    );
    command.env("HOME", folder.join("home"));
    command.stdin(Stdio::null());
    command
}

fn run(folder: &Path, line: &str) -> Ran {
    let output = shell(folder, line).output().unwrap();
    Ran {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The value behind an option of a command.
fn option<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let mut words = line.split_whitespace();
    words.find(|word| *word == name)?;
    words.next()
}

/// Runs one recipe and looks at what it should have done.
fn check(folder: &Path, line: &str) {
    let line = line.replace("tail -f ", "cat ").replace("tail -F ", "cat ");
    let command = line.rsplit("rainscope").next().unwrap().trim_start();
    let command = command.split_whitespace().next().unwrap_or_default();
    let ran = match command {
        "sink" => return listens(folder, &line),
        // These run until they are stopped.
        "listen" if !line.contains("--print-env") && !line.contains("--show") => {
            return is_known(line.split(" -- ").next().unwrap_or(&line));
        }
        // What is sent by the line goes to the program's own sink, since nothing is configured.
        "connect" | "fetch" | "test" | "send"
            if !line.contains("--dry-run") && !line.contains("send --wire") =>
        {
            return is_known(&line);
        }
        "check" if line.contains("--expect") => {
            let approved = run(folder, &format!("{line} --update"));
            assert!(approved.stderr.contains("written"), "{}", approved.stderr);
            run(folder, &line)
        }
        _ => run(folder, &line),
    };
    let Ran {
        status,
        stdout,
        stderr,
    } = &ran;
    let (expected, said) = match command {
        "map" => (0, stdout.starts_with('{')),
        // The bundled samples have some that are made to fail.
        "check" => (
            i32::from(line.ends_with("fixtures")),
            stderr.contains("checked"),
        ),
        "send" if line.contains("--wire") => (0, stdout.contains("accepted by")),
        "send" => (0, stdout.contains("would be sent")),
        // Where events went is not said here.
        "verify" => (2, stderr.contains("nothing is configured")),
        "shot" => {
            let picture = fs::read_to_string(folder.join(option(&line, "--out").unwrap()));
            (0, picture.unwrap().starts_with("<svg"))
        }
        "report" => {
            let page = option(&line, "--out").map(|file| fs::read_to_string(folder.join(file)));
            let page = page.map_or_else(|| stdout.clone(), Result::unwrap);
            (0, page.starts_with("<!doctype html>"))
        }
        // What is evaluated prints nothing.
        "listen" if line.starts_with("eval") => (0, true),
        "man" | "completions" | "config" | "--help" | "listen" => (0, !stdout.is_empty()),
        // The inspector, with or without files: there is no terminal here, and it says so.
        _ => (2, stderr.contains("needs a terminal")),
    };
    assert_eq!(*status, Some(expected), "{line}\n{stderr}");
    assert!(said, "{line}\n{stdout}\n{stderr}");
    assert!(!stderr.contains("golden-"), "{line}\n{stderr}");
    if let Some(user) = option(&line, "--user") {
        assert!(
            stdout.contains(&format!("\"user_id\":\"{user}\"")),
            "{stdout}"
        );
        assert!(stdout.contains("\"feature\":\"search\"") && stdout.contains("\"build\":7"));
    }
    if command == "map" && line.contains("--wire") {
        let has_text = stdout.contains("\"output\"");
        assert!(stdout.contains("\"POST\"") && has_text != line.contains("--privacy"));
    }
    if line.contains("--explain") {
        assert!(stdout.contains("\"provenance\"") && stdout.contains("\"findings\""));
    }
}

/// A sink starts and says where it is; any free port will do here.
fn listens(folder: &Path, line: &str) {
    let line = line.replace(" --listen 127.0.0.1:5899", "");
    let mut command = shell(folder, &format!("exec {line} --listen 127.0.0.1:0"));
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut sink = command.spawn().unwrap();
    let mut first = String::new();
    BufReader::new(sink.stderr.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    sink.kill().unwrap();
    sink.wait().unwrap();
    assert!(first.contains("listens at http://127.0.0.1:"), "{first}");
}

/// The program's help knows the command and its options.
fn is_known(line: &str) {
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let help = Command::new(env!("CARGO_BIN_EXE_rainscope"))
        .args([words[0], "--help"])
        .output()
        .unwrap();
    assert!(help.status.success(), "{line}");
    let help = String::from_utf8(help.stdout).unwrap();
    for option in words.iter().filter(|word| word.starts_with("--")) {
        assert!(help.contains(*option), "{line}: no option {option}");
    }
}

#[test]
fn the_recipes_run() {
    let folder = folder();
    let lines = lines_of("sh");
    let of_program = |line: &&&str| line.contains("rainscope") && !line.starts_with("export");
    let recipes: Vec<_> = lines.iter().filter(of_program).collect();
    assert!(recipes.len() >= 12, "{recipes:?}");
    for line in recipes {
        check(folder.path(), line);
    }
}

#[test]
fn the_commands_in_running_text_run() {
    let folder = folder();
    let mut count = 0;
    for line in inline().filter(|line| !line.ends_with("rainscope shot")) {
        check(folder.path(), line);
        count += 1;
    }
    assert!(count >= 6, "{count}");
}

#[test]
fn the_workflow_checks_a_folder_of_samples() {
    let folder = folder();
    let steps = lines_of("yaml");
    let step = |beginning| steps.iter().find_map(|line| line.strip_prefix(beginning));
    let line = format!("rainscope {}", step("- run: rainscope ").unwrap());
    check(folder.path(), &line);
    // A sample without a user: the step fails and says where, in the words of the workflow's log.
    let anonymous = folder.path().join("fixtures/10-anonymous.json");
    fs::copy(anonymous, folder.path().join("samples/anonymous.json")).unwrap();
    let ran = run(folder.path(), &line);
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    let place = "file=samples/anonymous.json";
    let is_named = |line: &str| {
        line.starts_with("::error") && line.contains(place) && line.contains("user-missing")
    };
    assert!(ran.stdout.lines().any(is_named), "{}", ran.stdout);
}

#[test]
fn the_compiler_it_names_is_the_manifests() {
    let manifest = include_str!("../../Cargo.toml");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap();
    let named = format!("Rust ({} or newer)", version.trim_matches('"'));
    assert!(README.contains(&named), "{named}");
}
