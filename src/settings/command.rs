//! `write_key_command`: a program, usually a password manager, that prints the write key.
//!
//! A text is one line for `sh -c`, so pipes and variables in it work as in a terminal; a list is the
//! program and its arguments, and no shell sees it.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};

use secrecy::{ExposeSecret, SecretString};

use super::environment::SECRETS;
use super::schema::SettingValue;
use crate::destination::{WriteKey, WriteKeyError};

/// How much of what it prints is read, in bytes. Chosen: far above a key and the notes below it.
const LARGEST: u64 = 1 << 16;

/// Why the command gave no key. No message holds what it printed.
#[derive(Debug, thiserror::Error)]
pub enum KeyCommandError {
    /// It could not be run.
    #[error("write_key_command cannot be run: {}", crate::system::reason(.0))]
    NotRun(io::Error),
    /// It ran and failed.
    #[error("write_key_command failed ({0}): run it by itself to see why")]
    Failed(std::process::ExitStatus),
    /// The setting names no program.
    #[error(
        "write_key_command names no program: write a line for the shell, or a list with a program"
    )]
    Empty,
    /// It printed far more than a key and some notes.
    #[error(
        "write_key_command printed more than {LARGEST} bytes: its first line must be the write key"
    )]
    TooLong,
    /// What it printed is no write key.
    #[error("what write_key_command printed is no write key: {0}")]
    NotAKey(WriteKeyError),
}

/// Runs it. It may ask the person on the terminal: standard input and error are the program's own.
pub(super) fn run(command: &SettingValue) -> Result<WriteKey, KeyCommandError> {
    let mut child = match command {
        SettingValue::Text(line) => shell(line),
        SettingValue::List(words) => {
            let (program, arguments) = words.split_first().ok_or(KeyCommandError::Empty)?;
            let mut child = Command::new(program);
            child.args(arguments);
            child
        }
        SettingValue::Absent | SettingValue::Flag(_) | SettingValue::Number(_) => {
            return Err(KeyCommandError::Empty);
        }
    };
    // The keys given to this program are none of its business.
    for name in SECRETS {
        child.env_remove(name);
    }
    child
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut child = child.spawn().map_err(KeyCommandError::NotRun)?;
    let printed = printed(&mut child);
    if !matches!(printed, Ok(Some(_))) {
        // It would wait for the rest to be read.
        let _ = child.kill();
    }
    let status = child.wait().map_err(KeyCommandError::NotRun)?;
    let printed = printed
        .map_err(|_| KeyCommandError::NotAKey(WriteKeyError::Unsafe { position: 1 }))?
        .ok_or(KeyCommandError::TooLong)?;
    if !status.success() {
        return Err(KeyCommandError::Failed(status));
    }
    // Password managers print notes below the first line.
    let first = printed.expose_secret().lines().next().unwrap_or_default();
    WriteKey::new(first.to_owned()).map_err(KeyCommandError::NotAKey)
}

/// What it prints; none where that is too long.
fn printed(child: &mut Child) -> io::Result<Option<SecretString>> {
    let mut text = String::new();
    if let Some(out) = child.stdout.take() {
        out.take(LARGEST + 1).read_to_string(&mut text)?;
    }
    let fits = u64::try_from(text.len()).is_ok_and(|length| length <= LARGEST);
    let text = SecretString::from(text);
    Ok(fits.then_some(text))
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
