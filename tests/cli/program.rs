//! Runs the binary and keeps what it said.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }
}

/// The binary in the folder of the package, with an environment that says nothing of its own.
pub fn rainscope(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rainscope"));
    command
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("NO_COLOR")
        .env("COLUMNS", "100");
    command
}

pub fn run(args: &[&str]) -> Ran {
    run_with(args, "")
}

pub fn run_with(args: &[&str], stdin: &str) -> Ran {
    finish(rainscope(args), stdin)
}

pub fn run_in(folder: &Path, args: &[&str]) -> Ran {
    let mut command = rainscope(args);
    command.current_dir(folder);
    finish(command, "")
}

fn finish(mut command: Command, stdin: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A program that does not read its input closes it, and that is its right.
        scope.spawn(move || input.write_all(stdin.as_bytes()));
        child.wait_with_output().unwrap()
    });
    Ran {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A path of a file beside the samples, as one would type it.
pub fn fixture(name: &str) -> String {
    format!("fixtures/{name}")
}

/// The samples, each on one line.
pub fn samples_as_lines() -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    names.sort();
    let lines = names.iter().map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value.to_string() + "\n"
    });
    lines.collect()
}

/// How many events a text makes.
pub fn events_in(text: &str) -> usize {
    let loaded = rainscope::completion::load::load("<text>", text.as_bytes());
    let context = rainscope::mapping::Context::at(0);
    let edits = rainscope::completion::Edits::none();
    let completions = loaded.completions.iter();
    completions
        .filter(|one| {
            rainscope::mapping::map(one, &edits, &context)
                .event()
                .is_some()
        })
        .count()
}
