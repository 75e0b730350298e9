//! `write_key_command`: a program, usually a password manager, that prints the write key.
//!
//! A text is one line for `sh -c`, so pipes and variables in it work as in a terminal; a list is the
//! program and its arguments, and no shell sees it.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::environment::SECRETS;
use super::schema::SettingValue;
use crate::destination::{WriteKey, WriteKeyError};
use crate::display;

/// How much of what it prints is read, in bytes. Chosen: far above a key and the notes below it.
const LARGEST: u64 = 1 << 16;
/// How long its last complaint is waited for once it has ended: a daemon that it left behind may hold the stream open.
/// Chosen.
const LAST_WORDS: Duration = Duration::from_millis(500);

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

/// Runs it. It may ask the person on the terminal, so its standard input is the program's own, and its standard error
/// too where that is a terminal. Elsewhere, in a build's log above all, what it says there is passed on as text, within
/// limits.
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
    let errors = match io::stderr().is_terminal() {
        true => Stdio::inherit(),
        false => Stdio::piped(),
    };
    child
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(errors);
    let mut child = child.spawn().map_err(KeyCommandError::NotRun)?;
    let passed_on = child.stderr.take().map(pass_on);
    let printed = printed(&mut child);
    if !matches!(printed, Ok(Some(_))) {
        // It would wait for the rest to be read.
        let _ = child.kill();
    }
    let status = child.wait().map_err(KeyCommandError::NotRun)?;
    if let Some(passed_on) = passed_on {
        let _ = passed_on.recv_timeout(LAST_WORDS);
    }
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

/// What it has printed when it ends; none where that is too long. What it left running may hold the stream without end.
fn printed(child: &mut Child) -> io::Result<Option<SecretString>> {
    let Some(out) = child.stdout.take() else {
        return Ok(Some(SecretString::default()));
    };
    let gathered = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let filling = std::sync::Arc::clone(&gathered);
    let (over, is_over) = channel();
    std::thread::spawn(move || {
        let mut out = BufReader::new(out.take(LARGEST + 1));
        while let Ok(piece) = out.fill_buf()
            && !piece.is_empty()
            && let Ok(mut filling) = filling.lock()
        {
            filling.extend_from_slice(piece);
            let length = piece.len();
            drop(filling);
            out.consume(length);
        }
        let _ = over.send(());
    });
    while is_over.recv_timeout(LAST_WORDS) == Err(RecvTimeoutError::Timeout) {
        // What it had printed by then was there to be read.
        if child.try_wait()?.is_some() {
            let _ = is_over.recv_timeout(LAST_WORDS);
            break;
        }
    }
    let bytes = gathered
        .lock()
        .map(|mut gathered| std::mem::take(&mut *gathered));
    let text = String::from_utf8(bytes.unwrap_or_default());
    let text = text.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let fits = u64::try_from(text.len()).is_ok_and(|length| length <= LARGEST);
    let text = SecretString::from(text);
    Ok(fits.then_some(text))
}

/// Passes on what it says on standard error, line by line, on a thread of its own; tells when that is over.
fn pass_on(errors: ChildStderr) -> Receiver<()> {
    let (over, is_over) = channel();
    std::thread::spawn(move || {
        let mut errors = BufReader::new(errors);
        copy_as_text(&mut errors, &mut io::stderr());
        // It would wait for the rest to be read.
        let _ = io::copy(&mut errors, &mut io::sink());
        let _ = over.send(());
    });
    is_over
}

/// Copies lines as text that can act on nothing, as far as they fit; says where more is left out. What cannot be
/// written is not this program's concern.
fn copy_as_text(errors: &mut impl BufRead, out: &mut impl Write) {
    let mut errors = errors.take(LARGEST + 1);
    let mut line = Vec::new();
    while errors
        .read_until(b'\n', &mut line)
        .is_ok_and(|length| length > 0)
    {
        let text = String::from_utf8_lossy(line.trim_ascii_end());
        let _ = writeln!(out, "{}", display::output_line(&text));
        line.clear();
    }
    if errors.limit() == 0 {
        let _ = writeln!(
            out,
            "write_key_command said more than {LARGEST} bytes on standard error; the rest is left out"
        );
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A password manager may leave its agent running.
    #[cfg(unix)]
    #[test]
    fn what_the_command_leaves_running_is_not_waited_for() {
        let begun = std::time::Instant::now();
        let command = SettingValue::Text("echo rk_a1b2c3d4e5f6; sleep 60 &".to_owned());
        let key = run(&command).map(|key| key.expose().to_owned());
        assert!(matches!(key.as_deref(), Ok("rk_a1b2c3d4e5f6")), "{key:?}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    fn copied(said: &[u8]) -> String {
        let mut out = Vec::new();
        copy_as_text(&mut BufReader::new(said), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn what_the_command_complains_of_acts_on_nothing() {
        let check = |said: &[u8], expected: &str| assert_eq!(copied(said), expected);
        check(b"", "");
        check(b"no such item\n", "no such item\n");
        check(b"no such item", "no such item\n");
        check(b"\x1b[2Jgone\x07\r\nnext", "␛[2Jgone␇\nnext\n");
        check(b"::error::forged\n", "| ::error::forged\n");
        check(
            "\u{202e}desrever \u{85}\n".as_bytes(),
            "\u{fffd}desrever \u{fffd}\n",
        );
        check(b"\xff\n", "\u{fffd}\n");
    }

    #[test]
    fn no_more_than_the_limit_is_passed_on() {
        let most = usize::try_from(LARGEST).unwrap_or_default();
        let all = "x".repeat(most);
        assert_eq!(copied(all.as_bytes()), format!("{all}\n"));
        let out = copied(all.repeat(9).as_bytes());
        let end = out.strip_prefix(&all).unwrap_or_default();
        assert!(
            end.ends_with("the rest is left out\n") && end.len() < 200,
            "{end}"
        );
    }
}
