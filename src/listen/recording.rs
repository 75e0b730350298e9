//! The recording file: one sample a line, appended, readable by its owner alone.
//!
//! Writing happens on a thread of its own, so that a slow or full disk never delays the app's traffic. What
//! waits to be written is bounded; beyond that, samples are dropped and counted.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use tokio::sync::Notify;

use crate::files::LineFile;

/// Bytes that may wait to be written. Chosen.
const WAITING: usize = 64 << 20;

/// A recording that is being written. [`Recording::finish`] waits until all is.
#[derive(Debug)]
pub struct Recording {
    lines: Option<Sender<String>>,
    writing: Option<JoinHandle<io::Result<()>>>,
    counts: Counts,
}

/// What became of the samples so far. A clone goes on counting.
#[derive(Debug, Clone, Default)]
pub struct Counts(Arc<State>);

#[derive(Debug, Default)]
struct State {
    waiting: AtomicUsize,
    written: AtomicU64,
    dropped: AtomicU64,
    /// Why writing failed at first.
    problem: OnceLock<String>,
    /// Something was dropped.
    lost: Notify,
}

impl State {
    fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        self.lost.notify_one();
    }
}

impl Counts {
    /// Samples that were written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.0.written.load(Ordering::Relaxed)
    }

    /// Samples that could not be written.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Why some could not be written.
    #[must_use]
    pub fn problem(&self) -> &str {
        let problem = self.0.problem.get().map(String::as_str);
        problem.unwrap_or("too much was waiting to be written")
    }

    /// Waits until more could not be written.
    pub async fn lost(&self) {
        self.0.lost.notified().await;
    }
}

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
#[error("cannot record to {path}: {}; choose another file with --record", crate::system::reason_unwritten(.reason))]
pub struct RecordingError {
    /// The file.
    path: PathBuf,
    /// The system's reason.
    reason: io::Error,
}

impl Recording {
    /// Opens a file to append to, or creates it. A last line without an ending is ended first, so that the next sample
    /// starts on a line of its own.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let failed = |reason| RecordingError {
            path: path.to_owned(),
            reason,
        };
        let file = LineFile::open(path).map_err(failed)?;
        let (lines, queue) = channel();
        let counts = Counts::default();
        let writing = thread::Builder::new()
            .name("recording".to_owned())
            .spawn({
                let counts = counts.clone();
                move || write(file, &queue, &counts.0)
            })
            .map_err(failed)?;
        Ok(Self {
            lines: Some(lines),
            writing: Some(writing),
            counts,
        })
    }

    /// Hands a sample over; it must not have a line break. Never waits: where too much is waiting already,
    /// or the file could not be written, the sample is dropped and counted.
    pub fn append(&self, sample: String) {
        let length = sample.len();
        let room = |waiting: usize| Some(waiting + length).filter(|sum| *sum <= WAITING);
        let fits = self
            .counts
            .0
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .is_ok();
        let sent = fits
            && self
                .lines
                .as_ref()
                .is_some_and(|lines| lines.send(sample).is_ok());
        if !sent {
            self.counts.0.drop_one();
        }
    }

    /// What became of the samples so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts.clone()
    }

    /// Waits until all is written.
    ///
    /// # Errors
    /// The first error of writing.
    pub fn finish(mut self) -> io::Result<()> {
        drop(self.lines.take());
        match self.writing.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            _ => Err(io::Error::other("writing the recording ended early")),
        }
    }
}

fn write(mut file: LineFile, queue: &Receiver<String>, state: &State) -> io::Result<()> {
    let mut failed = None;
    while let Ok(mut line) = queue.recv() {
        let length = line.len();
        line.push('\n');
        match file.append(line.as_bytes()) {
            Ok(()) => {
                state.written.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                let why = || crate::system::reason_unwritten(&error);
                state.problem.get_or_init(why);
                failed.get_or_insert(error);
                state.drop_one();
            }
        }
        state.waiting.fetch_sub(length, Ordering::Relaxed);
    }
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;

    use super::*;

    #[test]
    fn appends_whole_lines_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.ndjson");
        fs::write(&path, "{\"request\":{}}\n{\"half").unwrap();
        let recording = Recording::open(&path).unwrap();
        recording.append("{\"one\":1}".to_owned());
        recording.append("{\"two\":2}".to_owned());
        recording.finish().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "{\"request\":{}}\n{\"half\n{\"one\":1}\n{\"two\":2}\n"
        );
        let fresh = folder.path().join("fresh.ndjson");
        Recording::open(&fresh).unwrap().finish().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&fresh).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_of_another_kind_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.har");
        for (text, is_taken) in [
            ("{\"log\": {\"entries\":[]}}", false),
            ("{\n  \"log\": {}\n}\n", false),
            ("[{}]", false),
            ("notes", false),
            ("", true),
            ("\n", true),
            ("{\"name\":\"a\",\"request\":{}}\n", true),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(Recording::open(&path).is_ok(), is_taken, "{text}");
            if !is_taken {
                assert_eq!(fs::read_to_string(&path).unwrap(), text);
            }
        }
    }

    #[test]
    fn says_why_it_cannot_record() {
        let folder = tempfile::tempdir().unwrap();
        let error = Recording::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("--record"), "{error}");
    }

    #[test]
    fn drops_and_counts_what_does_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let recording = Recording::open(&folder.path().join("a")).unwrap();
        recording.append("x".repeat(WAITING + 1));
        let counts = recording.counts();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        // Reported at once, not only when the recording ends.
        runtime.unwrap().block_on(counts.lost());
        assert!(counts.problem().contains("waiting"), "{}", counts.problem());
        assert_eq!(counts.dropped(), 1);
        recording.append("{}".to_owned());
        recording.finish().unwrap();
        assert_eq!(counts.written(), 1);
    }
}
