//! `write_key_command`: a program, usually a password manager, that prints the write key.
//!
//! A text is one line for `sh -c`, so pipes and variables in it work as in a terminal; a list is the
//! program and its arguments, and no shell sees it.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::environment::SECRETS;
use super::schema::SettingValue;
use crate::destination::{WriteKey, WriteKeyError};
use crate::display;
use crate::redact::Redactor;

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
    let said = child.stderr.take().map(gather);
    let printed = printed(&mut child);
    if !matches!(printed, Ok(Some(_))) {
        // It would wait for the rest to be read.
        let _ = child.kill();
    }
    let status = child.wait().map_err(KeyCommandError::NotRun)?;
    if let Some((said, is_over)) = said {
        let _ = is_over.recv_timeout(LAST_WORDS);
        let said = said.lock().unwrap_or_else(PoisonError::into_inner);
        let key = printed.as_ref().ok().and_then(Option::as_ref);
        pass_on(&said, key, &mut io::stderr());
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
    let gathered = Arc::new(Mutex::new(Vec::new()));
    let filling = Arc::clone(&gathered);
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

/// What it says on standard error, as far as it is passed on.
type Said = Arc<Mutex<Vec<u8>>>;

/// Gathers what it says on standard error, on a thread of its own; tells when that is over.
fn gather(errors: ChildStderr) -> (Said, Receiver<()>) {
    let said = Said::default();
    let (over, is_over) = channel();
    let gathered = Arc::clone(&said);
    std::thread::spawn(move || {
        let mut errors = BufReader::new(errors);
        let mut left = usize::try_from(LARGEST + 1).unwrap_or(usize::MAX);
        while let Ok(piece) = errors.fill_buf()
            && !piece.is_empty()
        {
            // It would wait for the rest to be read.
            let (length, kept) = (piece.len(), piece.len().min(left));
            let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.extend_from_slice(&piece[..kept]);
            left -= kept;
            errors.consume(length);
        }
        let _ = over.send(());
    });
    (said, is_over)
}

/// Passes on lines as text that can act on nothing and has no trace of the key, as far as they fit; says where more is left
/// out. What cannot be written is not this program's concern.
fn pass_on(said: &[u8], printed: Option<&SecretString>, out: &mut impl Write) {
    let most = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    let fits = said.get(..most).unwrap_or(said);
    let key = printed.and_then(|text| text.expose_secret().lines().next());
    let key = key.map(str::trim).filter(|key| !key.is_empty());
    let said_by_it = String::from_utf8_lossy(fits);
    let text = match key {
        Some(key) => Redactor::new(key).redact(said_by_it.into_owned()),
        None => said_by_it.into_owned(),
    };
    for line in text.lines() {
        let _ = writeln!(out, "{}", display::output_line(line.trim_ascii_end()));
    }
    if said.len() > most {
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
        pass_on(said, None, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// As a shell does that shows what it runs (`set -x`).
    #[test]
    fn the_key_is_not_passed_on() {
        let mut out = Vec::new();
        let printed = SecretString::from("rk_a1b2c3d4e5f6\nsome notes\n");
        let said = b"+ echo rk_a1b2c3d4e5f6\nno some notes\n";
        pass_on(said, Some(&printed), &mut out);
        let out = String::from_utf8_lossy(&out);
        assert!(out.ends_with("no some notes\n"), "{out}");
        assert!(
            !out.contains("a1b2c3d4") && out.starts_with("+ echo "),
            "{out}"
        );
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
