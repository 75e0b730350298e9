//! Exit statuses, and the one way to print: no other file of the command line writes to the standard streams, but for
//! questions and the progress line, which hold no payload.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Duration;

use super::behind::PrintsBehind;
use super::wait::block_on;
use crate::completion::load::role_of;
use crate::mapping::scan::secrets;
use crate::{diagnostics, display, system};

/// How long what was said last may take to be read.
const LAST_LINES: Duration = Duration::from_secs(1);

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: the work was done and the answer is no.
    No,
    /// 2: some or all of the work could not be done.
    Failed,
    /// As the command ended that was run.
    Command(u8),
    /// 128 and its number: a signal ended it, as shells tell it.
    Signal(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        match exit {
            Exit::Done => ExitCode::SUCCESS,
            Exit::No => ExitCode::from(1),
            Exit::Failed => ExitCode::from(2),
            Exit::Command(status) => ExitCode::from(status),
            Exit::Signal(number) => ExitCode::from(number.saturating_add(128)),
        }
    }
}

/// A line for a person to standard output, at once. Nothing in it can end the line or act on a terminal.
pub fn print(line: &str) -> io::Result<()> {
    raw(format!("{}\n", display::output_line(line)).as_bytes())
}

/// Lines of JSON to standard output, at once. What could act on a terminal is escaped.
pub fn print_json(lines: &str) -> io::Result<()> {
    let lines = display::inert_json(lines);
    let first = memchr::memchr(b'#', lines.as_bytes()).unwrap_or(lines.len());
    match memchr::memmem::find(&lines.as_bytes()[first..], b"##[") {
        None => raw(lines.as_bytes()),
        // An old way to give orders to a build.
        Some(_) => raw(lines.replace("##[", "##\\u005b").as_bytes()),
    }
}

/// Standard output for JSON, as [`print_json`] writes it. Each write must hold whole lines.
pub struct JsonOutput;

impl Write for JsonOutput {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        print_json(&String::from_utf8_lossy(lines))?;
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lines of a report to standard output, at once. What was put into them is safe already; should anything have
/// been missed, only line breaks and the colours of a report go through.
pub fn print_report(lines: &str) -> io::Result<()> {
    let mut out = String::with_capacity(lines.len());
    let mut pieces = lines.split('\u{1b}');
    out.extend(pieces.next().map(inert_lines));
    for piece in pieces {
        let is_style = |(style, _): &(&str, &str)| {
            style.starts_with('[')
                && style[1..]
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b';')
        };
        out.push(match piece.split_once('m').filter(is_style) {
            Some(_) => '\u{1b}',
            None => '␛',
        });
        out.push_str(&inert_lines(piece));
    }
    raw(out.replace("##[", "## [").as_bytes())
}

fn inert_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(display::inert).collect();
    lines.join("\n")
}

/// Refuses to write over a file that is read: what was captured would be gone.
///
/// # Errors
/// Where `out` is one of `inputs`, by whatever path, or the other half of one.
pub fn refuse_input<P: AsRef<Path>>(
    out: &Path,
    inputs: impl IntoIterator<Item = P>,
) -> anyhow::Result<()> {
    let Ok(there) = out.canonicalize() else {
        return Ok(());
    };
    // A pair's files are read together, and either may be named.
    let pair = |path: &Path| Some(role_of(path.to_str()?)?.0.to_owned());
    let of_there = pair(&there);
    let is_it = |input: P| {
        let input = input.as_ref().canonicalize();
        input.is_ok_and(|input| input == there || of_there.is_some() && pair(&input) == of_there)
    };
    if inputs.into_iter().any(is_it) {
        let out = display::inert(&out.to_string_lossy()).into_owned();
        anyhow::bail!("{out} is what is read, and would be lost: write to another file");
    }
    Ok(())
}

/// What this program made itself, to standard output, at once: manual pages, pictures.
pub fn raw(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Writes a line to standard error; whether anybody reads it is not this program's concern. Nothing in it can
/// end the line or act on a terminal, and what looks like a key is masked: much of it quotes files and servers.
pub fn complain(line: &str) {
    say(&secrets::mask(line));
}

/// The same of what this program says by itself, so that a token that somebody is to copy stays as it is.
pub fn say(line: &str) {
    match BEHIND.get() {
        Some(behind) => behind.push(line.to_owned(), line.len()),
        None => say_now(line),
    }
}

fn say_now(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", display::output_line(line));
}

/// What prints to standard error, where that is not done at once.
static BEHIND: OnceLock<PrintsBehind<String>> = OnceLock::new();

/// From here on, what is said on standard error is printed by a thread of its own: nobody may read it.
///
/// # Errors
/// Where there can be no such thread.
pub fn say_behind() -> io::Result<()> {
    let behind = PrintsBehind::start(|line: &String, _| {
        say_now(line);
        Ok(())
    })?;
    // A second one would end with its sender.
    let _ = BEHIND.set(behind);
    Ok(())
}

/// Waits a moment for what was said and is not printed yet.
pub fn finish_saying() {
    if let Some(behind) = BEHIND.get() {
        let _ = block_on(behind.finish(LAST_LINES));
    }
}

/// The text on one line, with symbols for what could act on a terminal.
pub fn printable(text: &str) -> Cow<'_, str> {
    display::inert(text)
}

/// What is wrong with the arguments, or the help that they ask for. The message quotes them, so where anything in
/// them could act on a terminal, it is made anew of arguments that can't.
pub fn print_usage(error: &clap::Error, again: impl Fn(Vec<String>) -> Option<clap::Error>) {
    let arguments: Vec<_> = std::env::args_os().collect();
    let shown = |argument: &std::ffi::OsString| printable(&argument.to_string_lossy()).into_owned();
    let safe: Vec<String> = arguments.iter().map(shown).collect();
    let is_safe = arguments
        .iter()
        .zip(&safe)
        .all(|(one, other)| one == other.as_str());
    let of_safe = (!is_safe).then(|| again(safe)).flatten();
    let error = of_safe.as_ref().unwrap_or(error);
    let text = error.render().to_string();
    // Values of variables are quoted, too.
    let is_safe = text.lines().all(|line| display::output_line(line) == line);
    match error.use_stderr() && !is_safe {
        true => text.lines().for_each(complain),
        false => {
            let _ = error.print();
        }
    }
}

/// Has panics told like any other message: they may quote text that was at hand.
pub fn print_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or(String::new(), |at| format!(" at {at}"));
        let says = diagnostics::panic_message(info.payload()).unwrap_or("no message");
        complain(&format!("rainscope: panicked{place}: {says}"));
        let backtrace = std::backtrace::Backtrace::capture();
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            backtrace.to_string().lines().for_each(complain);
        }
    }));
}

/// An error and its causes, each once: a message that wraps another one may say it already, so that
/// it can stand alone.
pub fn error_text(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain() {
        let cause = cause
            .downcast_ref::<io::Error>()
            .map_or_else(|| cause.to_string(), system::reason);
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// Whether an error only says that the reader went away.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A number with commas between its thousands.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
