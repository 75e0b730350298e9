//! `write_key_command`: a program, usually a password manager, that prints the write key.
//!
//! A text is one line for `sh -c`, so pipes and variables in it work as in a terminal; a list is the
//! program and its arguments, and no shell sees it.

use std::process::{Command, Stdio};

use secrecy::{ExposeSecret, SecretString};

use super::schema::Value;
use crate::destination::{WriteKey, WriteKeyError};

/// Why the command gave no key. No message holds what it printed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be run.
    #[error("write_key_command cannot be run: {}", crate::system::reason(.0))]
    NotRun(std::io::Error),
    /// It ran and failed.
    #[error("write_key_command failed ({0}): run it by itself to see why")]
    Failed(std::process::ExitStatus),
    /// What it printed is no write key.
    #[error("what write_key_command printed is no write key: {0}")]
    NotAKey(WriteKeyError),
}

/// Runs it. It may ask the person on the terminal: standard input and error are the program's own.
pub(super) fn run(command: &Value) -> Result<Option<WriteKey>, CommandError> {
    let mut child = match command {
        Value::Text(line) => shell(line),
        Value::List(words) => {
            let Some((program, arguments)) = words.split_first() else {
                return Ok(None);
            };
            let mut child = Command::new(program);
            child.args(arguments);
            child
        }
        Value::Absent | Value::Flag(_) | Value::Number(_) => return Ok(None),
    };
    // It has no use for a key that this program was given.
    child.env_remove(super::environment::WRITE_KEY);
    child.stdin(Stdio::inherit()).stderr(Stdio::inherit());
    let output = child.output().map_err(CommandError::NotRun)?;
    if !output.status.success() {
        return Err(CommandError::Failed(output.status));
    }
    let printed = String::from_utf8(output.stdout);
    let printed = SecretString::from(
        printed.map_err(|_| CommandError::NotAKey(WriteKeyError::Unsafe { position: 1 }))?,
    );
    // Password managers print notes below the first line.
    let first = printed.expose_secret().lines().next().unwrap_or_default();
    WriteKey::new(first.to_owned())
        .map(Some)
        .map_err(CommandError::NotAKey)
}

#[cfg(not(windows))]
fn shell(line: &str) -> Command {
    let mut child = Command::new("sh");
    child.arg("-c").arg(line);
    child
}

#[cfg(windows)]
fn shell(line: &str) -> Command {
    let mut child = Command::new("cmd");
    child.arg("/C").arg(line);
    child
}
