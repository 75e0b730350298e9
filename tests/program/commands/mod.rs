//! The real program, run as a person runs it: exit statuses, what is printed, what a killed send
//! leaves behind, and where the write key is found afterwards (in one file).
mod bucket;
mod captured;
mod connecting;
mod contract;
mod delivering;
mod echoes;
mod fetching;
mod files;
mod forwarding;
mod keys;
mod killed;
mod leading;
mod listening;
mod logging;
mod many_calls;
mod objects;
mod resuming;
mod secrets;
mod sending;
mod sinking;
mod tls;
mod verifying;
mod wire;
mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rainscope::completion::{Completion, Edits};
use rainscope::delivery::sink::{Receipt, Sink, SinkHandle, SinkOptions};
use rainscope::mapping::{self, Context};
use rainscope::samples;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A person's own folders.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The program with nothing in its environment but these folders.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rainscope"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RAINSCOPE_CONFIG_DIR", self.path("config"))
            .env("RAINSCOPE_STATE_DIR", self.path("state"))
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        run(self.program(arguments), "").await
    }
}

/// What a command did.
#[derive(Debug)]
struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs a command to its end without keeping this thread from serving it.
async fn run(command: Command, input: &str) -> Ran {
    let mut command = tokio::process::Command::from(command);
    // Where something is piped in, it is to be named.
    let stdin = match input {
        "" => Stdio::null(),
        _ => Stdio::piped(),
    };
    command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    within(child.wait_with_output()).await.unwrap().into()
}

/// Fails rather than hangs. A machine that is busy takes its time over the largest bodies.
async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(180), what)
        .await
        .unwrap()
}

async fn sink(options: SinkOptions) -> (SinkHandle, UnboundedReceiver<Receipt>) {
    let (told, receipts) = unbounded_channel();
    let sink = Sink::start(options, move |receipt| {
        let _ = told.send(receipt);
    });
    (sink.await.unwrap(), receipts)
}

/// Completions of which nothing tells when they ended, so that the time of mapping goes into their
/// events.
fn completions(count: usize) -> String {
    let one = |n: usize| {
        format!(
            r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"Question {n}"}}]}},"response":{{"id":"gen-{n:06}","model":"a/b","choices":[{{"index":0,"finish_reason":"stop","message":{{"role":"assistant","content":"Answer {n}"}}}}]}}}}"#
        ) + "\n"
    };
    (0..count).map(one).collect()
}

/// How many of the bundled samples make an event, and how many do not.
fn bundled() -> (usize, usize) {
    let (edits, context) = (Edits::none(), Context::at(0));
    let samples = samples::load_all().completions;
    let makes_event =
        |sample: &&Completion| mapping::map(sample, &edits, &context).event().is_some();
    let events = samples.iter().filter(makes_event).count();
    (events, samples.len() - events)
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
