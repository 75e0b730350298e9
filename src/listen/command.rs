//! The command that `listen -- COMMAND` runs: with our environment plus the clients' base-URL variables, signals passed
//! on, and its status as a shell reports it.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

use super::clients;

/// Longest line of the command's output that is handed on whole, in bytes; the rest follows as another line. Chosen.
const LINE: u64 = 64 * 1024;
/// How long the last output of a command that has ended may take to be read. What it left running may hold its streams for
/// ever. Chosen: far longer than it takes to read them.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// What becomes of the command's three streams.
#[derive(Debug)]
pub enum Streams {
    /// They are this program's own.
    Own,
    /// Nothing to read; what is written goes to a queue, line by line. Where the queue is full the command
    /// waits, as it would for a slow terminal.
    ///
    /// The command has no terminal at all, so that it can't take the keys of who has it: `launcher` is this program's own
    /// file, which starts it in a session of its own. Without one the system stops a command that reads the terminal.
    Kept {
        /// Where lines go.
        queue: Sender<OutputLine>,
        /// This program's file.
        launcher: Option<PathBuf>,
    },
}

/// The argument by which this program starts a command in a session of its own.
const APART: &str = "--in-a-session-of-its-own";

/// A line that the command wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine {
    /// Whether it came on standard error.
    pub is_error: bool,
    /// The bytes as text, without the line ending. Untrusted: display it as payload.
    pub text: String,
}

/// Why the command does not run.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No command was given.
    #[error("there is no command behind `--`")]
    Empty,
    /// The system cannot start it.
    #[error("cannot run {name}: {}", crate::system::reason(.reason))]
    Start {
        /// Its first word.
        name: String,
        /// The system's reason.
        reason: io::Error,
    },
}

/// A running command. Dropping this kills it, and what it started where it has a session of its own.
#[derive(Debug)]
pub struct Running {
    child: Child,
    reading: JoinSet<()>,
    /// The group of processes that it is the first of, as long as there may be any of them.
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

/// A signal that is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// A request to end.
    Terminate,
    /// The terminal is gone.
    HangUp,
}

impl Running {
    /// Starts a command whose clients are pointed at `origin`, the proxy's.
    ///
    /// # Errors
    /// When there is no command, or the system does not start it.
    pub fn start(words: &[OsString], origin: &str, streams: Streams) -> Result<Self, CommandError> {
        let (program, arguments) = words.split_first().ok_or(CommandError::Empty)?;
        let cannot_start = |reason| CommandError::Start {
            name: program.to_string_lossy().into_owned(),
            reason,
        };
        #[cfg(unix)]
        let has_group = matches!(streams, Streams::Kept { .. });
        let mut command = match &streams {
            Streams::Kept {
                launcher: Some(launcher),
                ..
            } if cfg!(unix) => {
                // The launcher could not say it before it is started.
                apart::find(program).map_err(cannot_start)?;
                let mut command = Command::new(launcher);
                command.arg(APART).arg(program);
                command
            }
            _ => Command::new(program),
        };
        command
            .args(arguments)
            .envs(clients::variables(origin, |name| std::env::var(name).ok()))
            .kill_on_drop(true);
        if let Streams::Kept { launcher, .. } = &streams {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            #[cfg(unix)]
            if launcher.is_none() {
                command.process_group(0);
            }
            #[cfg(not(unix))]
            let _ = launcher;
        }
        let mut child = command.spawn().map_err(cannot_start)?;
        let mut reading = JoinSet::new();
        if let Streams::Kept { queue, .. } = streams {
            if let Some(stdout) = child.stdout.take() {
                reading.spawn(read(stdout, false, queue.clone()));
            }
            if let Some(stderr) = child.stderr.take() {
                reading.spawn(read(stderr, true, queue));
            }
        }
        Ok(Self {
            #[cfg(unix)]
            group: process(&child).filter(|_| has_group),
            child,
            reading,
        })
    }

    /// Waits until the command has ended and its output is read, but not for what it left running; gives its status as a
    /// shell reports it: its own, or 128 plus the signal's number. What else is written is handed on as long as this lives.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub async fn wait(&mut self) -> io::Result<u8> {
        let status = self.child.wait().await?;
        #[cfg(unix)]
        self.forget_empty_group();
        let read = async { while self.reading.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_WORDS, read).await;
        Ok(told(status))
    }

    /// Passes a signal on. A command that has ended gets none.
    pub fn signal(&mut self, signal: Signal) {
        #[cfg(unix)]
        self.send(match signal {
            Signal::Interrupt => rustix::process::Signal::INT,
            Signal::Terminate => rustix::process::Signal::TERM,
            Signal::HangUp => rustix::process::Signal::HUP,
        });
        #[cfg(not(unix))]
        if signal != Signal::Interrupt {
            let _ = self.child.start_kill();
        }
    }

    #[cfg(unix)]
    fn send(&self, signal: rustix::process::Signal) {
        use rustix::process::{kill_process, kill_process_group};
        let to_group = |group| kill_process_group(group, signal).is_ok();
        // It may end at this very moment, and it has no group yet before its launcher made one.
        if !self.group.is_some_and(to_group)
            && let Some(pid) = process(&self.child)
        {
            let _ = kill_process(pid, signal);
        }
    }

    /// The command has ended. Where nothing else is in its group, the system may give the number to another one.
    #[cfg(unix)]
    fn forget_empty_group(&mut self) {
        let is_empty = |group: &rustix::process::Pid| {
            let asked = rustix::process::test_kill_process_group(*group);
            asked == Err(rustix::io::Errno::SRCH)
        };
        self.group = self.group.filter(|group| !is_empty(group));
    }
}

/// The number of a process that has not been waited for.
#[cfg(unix)]
fn process(child: &Child) -> Option<rustix::process::Pid> {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    id.and_then(rustix::process::Pid::from_raw)
}

impl Drop for Running {
    fn drop(&mut self) {
        #[cfg(unix)]
        if self.group.is_some() {
            self.send(rustix::process::Signal::KILL);
        }
    }
}

/// Starts the command that follows in the arguments, in a session of its own: without a terminal. Gives why it did not
/// start; none where the arguments ask for none.
#[cfg(unix)]
pub fn start_apart(arguments: impl IntoIterator<Item = OsString>) -> Option<CommandError> {
    let mut arguments = arguments.into_iter().skip(1);
    if arguments.next()? != APART {
        return None;
    }
    let Some(program) = arguments.next() else {
        return Some(CommandError::Empty);
    };
    Some(apart::exec(program, arguments))
}

/// Starts nothing; here no command needs it.
#[cfg(not(unix))]
pub fn start_apart(_: impl IntoIterator<Item = OsString>) -> Option<CommandError> {
    None
}

#[cfg(unix)]
mod apart {
    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::process::CommandExt;
    use std::path::Path;

    use rustix::fs::{Access, access};

    use super::CommandError;

    /// Becomes the command, or gives why it can't.
    pub(super) fn exec(
        program: OsString,
        arguments: impl Iterator<Item = OsString>,
    ) -> CommandError {
        // It fails for the first of a group, which then has no session of its own; it is started all the same.
        let _ = rustix::process::setsid();
        let reason = std::process::Command::new(&program).args(arguments).exec();
        CommandError::Start {
            name: program.to_string_lossy().into_owned(),
            reason,
        }
    }

    /// Whether a program is there, by its path or in the folders of `PATH`.
    pub(super) fn find(program: &OsStr) -> io::Result<()> {
        let is_path = program.as_bytes().contains(&b'/');
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = match is_path {
            true => vec![Path::new(program).to_owned()],
            false => std::env::split_paths(&path)
                .map(|folder| folder.join(program))
                .collect(),
        };
        let mut found = Err(io::ErrorKind::NotFound.into());
        for place in places.iter().filter(|place| place.is_file()) {
            match access(place, Access::EXEC_OK) {
                Ok(()) => return Ok(()),
                Err(reason) => found = Err(reason.into()),
            }
        }
        found
    }
}

#[cfg(not(unix))]
mod apart {
    /// The system says it itself.
    pub(super) fn find(_: &std::ffi::OsStr) -> std::io::Result<()> {
        Ok(())
    }
}

fn told(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status
        .code()
        .map_or(1, |code| u8::try_from(code & 0xFF).unwrap_or(1))
}

async fn read(stream: impl AsyncRead + Unpin, is_error: bool, queue: Sender<OutputLine>) {
    use tokio::io::AsyncReadExt;
    let mut stream = BufReader::new(stream);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match (&mut stream).take(LINE).read_until(b'\n', &mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = String::from_utf8_lossy(line).into_owned();
        if queue.send(OutputLine { is_error, text }).await.is_err() {
            return;
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use tokio::sync::mpsc::channel;

    use super::*;

    fn words(script: &str) -> Vec<OsString> {
        ["sh", "-c", script].map(OsString::from).to_vec()
    }

    fn kept(queue: Sender<OutputLine>) -> Streams {
        Streams::Kept {
            queue,
            launcher: None,
        }
    }

    async fn run(script: &str) -> (u8, Vec<OutputLine>) {
        let (queue, mut lines) = channel(4);
        let mut running =
            Running::start(&words(script), "http://127.0.0.1:4111", kept(queue)).unwrap();
        let collecting = async {
            let mut all = Vec::new();
            while let Some(line) = lines.recv().await {
                all.push(line);
            }
            all
        };
        let (status, lines) = tokio::join!(running.wait(), collecting);
        (status.unwrap(), lines)
    }

    #[tokio::test]
    async fn a_command_sees_the_proxy_and_its_status_is_told() {
        let (status, lines) =
            run("echo $OPENAI_BASE_URL; echo $ANTHROPIC_BASE_URL >&2; echo $HOME; exit 7").await;
        assert_eq!(status, 7);
        let has = |is_error, text: &str| {
            lines.contains(&OutputLine {
                is_error,
                text: text.to_owned(),
            })
        };
        assert!(has(false, "http://127.0.0.1:4111/api/v1"), "{lines:?}");
        assert!(has(true, "http://127.0.0.1:4111/api"), "{lines:?}");
        assert!(
            has(false, &std::env::var("HOME").unwrap_or_default()),
            "{lines:?}"
        );
    }

    #[tokio::test]
    async fn more_lines_than_the_queue_holds_all_arrive() {
        let (status, lines) =
            run("i=0; while [ $i -lt 100 ]; do echo $i; i=$((i+1)); done; printf end").await;
        assert_eq!((status, lines.len()), (0, 101));
        assert_eq!(lines[100].text, "end");
    }

    #[tokio::test]
    async fn a_signal_is_passed_on_and_told_as_a_shell_does() {
        let (queue, mut lines) = channel(4);
        let script = words("echo ready; exec sleep 100");
        let mut running = Running::start(&script, "http://127.0.0.1:1", kept(queue)).unwrap();
        assert_eq!(lines.recv().await.unwrap().text, "ready");
        running.signal(Signal::Terminate);
        assert_eq!(running.wait().await.unwrap(), 128 + 15);
    }

    /// What it leaves running may hold its streams open: its status is told all the same, and dropping it ends that too.
    #[tokio::test]
    async fn what_is_left_running_is_not_waited_for_and_ends_with_it() {
        let (queue, mut lines) = channel(4);
        let script = words("sleep 1000 & echo $!; exit 3");
        let mut running = Running::start(&script, "http://127.0.0.1:1", kept(queue)).unwrap();
        assert_eq!(running.wait().await.unwrap(), 3);
        let left = lines.recv().await.unwrap().text.parse().unwrap();
        let left = rustix::process::Pid::from_raw(left).unwrap();
        assert_eq!(rustix::process::test_kill_process(left), Ok(()));
        drop(running);
        // Its streams are closed as it ends.
        assert!(lines.recv().await.is_none());
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_named() {
        let words = [OsString::from("no-such-command-here")];
        let (queue, _lines) = channel(1);
        let launched = Streams::Kept {
            queue,
            launcher: Some("/bin/true".into()),
        };
        for streams in [Streams::Own, launched] {
            let error = Running::start(&words, "http://127.0.0.1:1", streams).unwrap_err();
            assert!(
                error.to_string().contains("no-such-command-here"),
                "{error}"
            );
        }
        assert!(Running::start(&[], "http://127.0.0.1:1", Streams::Own).is_err());
    }
}
