//! What is printed by a thread of its own: a reader that pauses holds up nothing else.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// Bytes that may wait to be printed. Chosen.
const WAITING: usize = 16 << 20;

/// Hands things over to be printed, and never waits for it.
pub(in crate::cli) struct PrintsBehind<T> {
    items: Sender<(T, usize)>,
    state: Arc<State>,
}

struct State {
    /// Bytes that wait.
    bytes: AtomicUsize,
    /// How many wait, the one that is being printed among them.
    waiting: watch::Sender<usize>,
    /// How many were not printed: there was no room, or it failed.
    lost: AtomicUsize,
    /// Why printing failed first, until it is asked for.
    problem: Mutex<Option<io::Error>>,
    troubled: Notify,
}

impl State {
    fn lose(&self, problem: Option<io::Error>) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        if let Some(problem) = problem {
            let mut first = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(problem);
        }
        self.troubled.notify_one();
    }
}

impl<T: Send + 'static> PrintsBehind<T> {
    /// Begins; `print` is called for one thing after another, and tells when it goes on with a long one.
    pub(in crate::cli) fn start(
        print: impl FnMut(&T, &dyn Fn()) -> io::Result<()> + Send + 'static,
    ) -> io::Result<PrintsBehind<T>> {
        let (items, queue) = channel();
        let state = Arc::new(State {
            bytes: AtomicUsize::new(0),
            waiting: watch::Sender::new(0),
            lost: AtomicUsize::new(0),
            problem: Mutex::default(),
            troubled: Notify::new(),
        });
        let of_thread = Arc::clone(&state);
        thread::Builder::new()
            .name("printing".to_owned())
            .spawn(move || print_all(&queue, &of_thread, print))?;
        Ok(PrintsBehind { items, state })
    }

    /// Hands a thing of so many bytes over. Where too much waits, it is not printed, and counted.
    pub(in crate::cli) fn push(&self, item: T, bytes: usize) {
        let state = &self.state;
        let room =
            |waiting: usize| Some(waiting + bytes).filter(|sum| waiting == 0 || *sum <= WAITING);
        let has_room = state
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .is_ok();
        if has_room {
            state.waiting.send_modify(|waiting| *waiting += 1);
        }
        if !has_room || self.items.send((item, bytes)).is_err() {
            state.lose(None);
        }
    }

    /// Waits until something is not printed.
    pub(in crate::cli) async fn troubled(&self) {
        self.state.troubled.notified().await;
    }

    /// Why printing failed; once.
    pub(in crate::cli) fn take_problem(&self) -> Option<io::Error> {
        let problem = self.state.problem.lock();
        problem.unwrap_or_else(PoisonError::into_inner).take()
    }

    /// How many were not printed so far.
    pub(in crate::cli) fn lost(&self) -> usize {
        self.state.lost.load(Ordering::Relaxed)
    }

    /// Waits until all are printed, or until nothing goes on for this long; gives how many are not.
    pub(in crate::cli) async fn finish(&self, patience: Duration) -> usize {
        let mut waiting = self.state.waiting.subscribe();
        while *waiting.borrow_and_update() > 0 {
            if timeout(patience, waiting.changed()).await.is_err() {
                break;
            }
        }
        self.lost() + *waiting.borrow()
    }
}

fn print_all<T>(
    queue: &Receiver<(T, usize)>,
    state: &State,
    mut print: impl FnMut(&T, &dyn Fn()) -> io::Result<()>,
) {
    // Whoever waits is told, though as many wait as before.
    let goes_on = || state.waiting.send_modify(|_| {});
    while let Ok((item, bytes)) = queue.recv() {
        if let Err(error) = print(&item, &goes_on) {
            state.lose(Some(error));
        }
        state.bytes.fetch_sub(bytes, Ordering::Relaxed);
        state.waiting.send_modify(|waiting| *waiting -= 1);
    }
}
