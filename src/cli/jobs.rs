//! `--jobs N`: the same work on several threads, in the order of the input.
//!
//! Batches are dealt to the workers in turn and what they make of them is collected in the same turn, so the order
//! needs no sorting, and bounded channels keep the memory constant however slow the reader of the
//! output is. The threads are not waited for: when the output is closed, one may still be waiting for
//! input that never comes.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::completion::Origin;
use crate::completion::load::Loaded;
use crate::feed::{self, FeedItem, ReadAhead};
use crate::source::SourceUnit;

/// Batches and pages that may wait at each end of a worker.
const WAITING: usize = 2;
/// Bytes of records after which a batch is full.
const FULL: usize = 1 << 18;

/// What a worker is given.
pub(super) enum JobInput {
    /// All that follows is of this.
    Begin(SourceUnit),
    /// Records of a file that has one a line.
    Records(RecordBatch),
    /// What had to be read as a whole, a completion at a time.
    Loaded(Loaded),
}

/// Records, copied out of the reader's buffer.
#[derive(Default)]
pub(super) struct RecordBatch {
    bytes: Vec<u8>,
    records: Vec<(Range<usize>, Origin)>,
}

impl RecordBatch {
    /// The records, each with where it was found.
    pub fn records(&self) -> impl Iterator<Item = (&[u8], &Origin)> {
        let records = self.records.iter();
        records.map(|(range, origin)| (&self.bytes[range.clone()], origin))
    }
}

/// The other end is gone: nobody reads the output.
struct WriterEnded;

/// Has everything the paths name worked on by `jobs` threads: each gets what `start` makes on it. `collect` is given
/// what they made, in the order of the input.
///
/// # Errors
/// The first error of `collect`, or that a thread failed.
pub(super) fn run<W, P>(
    jobs: usize,
    paths: Vec<PathBuf>,
    ahead: ReadAhead,
    start: impl Fn() -> W + Clone + Send + 'static,
    mut collect: impl FnMut(P) -> anyhow::Result<()>,
) -> anyhow::Result<()>
where
    W: FnMut(JobInput) -> P,
    P: Send + 'static,
{
    let mut deal = Vec::with_capacity(jobs);
    let mut workers = Vec::with_capacity(jobs);
    for _ in 0..jobs {
        let (batches, to_do) = sync_channel(WAITING);
        let (done, pages) = sync_channel(WAITING);
        let start = start.clone();
        let worker = thread::spawn(move || work(start(), &to_do, &done));
        deal.push(batches);
        workers.push((pages, worker));
    }
    thread::spawn(move || read(&paths, &ahead, &deal));
    let mut turn = 0;
    while let Ok(page) = workers[turn].0.recv() {
        collect(page)?;
        turn = (turn + 1) % jobs;
    }
    // The worker whose turn it is has ended: it had no more to do, or it failed.
    let (_, worker) = workers.swap_remove(turn);
    if worker.join().is_err() {
        anyhow::bail!("a thread failed on a record; try without --jobs");
    }
    Ok(())
}

fn work<P>(mut make: impl FnMut(JobInput) -> P, to_do: &Receiver<JobInput>, done: &SyncSender<P>) {
    for batch in to_do {
        if done.send(make(batch)).is_err() {
            return;
        }
    }
}

/// Reads on its own thread; ends early when the workers are gone.
fn read(paths: &[PathBuf], ahead: &ReadAhead, workers: &[SyncSender<JobInput>]) {
    let mut turn = workers.iter().cycle();
    let mut deal = |batch: JobInput| match turn.next() {
        Some(worker) => worker.send(batch).map_err(|_| WriterEnded),
        None => Err(WriterEnded),
    };
    let mut lines = RecordBatch::default();
    let mut take = |item: FeedItem<'_>| -> Result<(), WriterEnded> {
        let is_full = match &item {
            FeedItem::Record { .. } => lines.bytes.len() >= FULL,
            _ => true,
        };
        if is_full && !lines.records.is_empty() {
            deal(JobInput::Records(std::mem::take(&mut lines)))?;
        }
        match item {
            FeedItem::Record { bytes, origin } => {
                let start = lines.bytes.len();
                lines.bytes.extend_from_slice(bytes);
                let range = start..lines.bytes.len();
                lines.records.push((range, origin.clone()));
            }
            FeedItem::Loaded(loaded) => {
                for part in parts(loaded) {
                    deal(JobInput::Loaded(part))?;
                }
            }
            FeedItem::Begin(unit) => deal(JobInput::Begin(unit.clone()))?,
            FeedItem::Pause => {}
        }
        Ok(())
    };
    // Stopping early means that the output was closed, which is no fault of the reader.
    let done = feed::feed_behind(paths, ahead, &mut take);
    let _ = done.and_then(|()| take(FeedItem::Pause));
}

/// What a file held, one completion at a time, so that a page never holds all its events.
pub(super) fn parts(loaded: Loaded) -> impl Iterator<Item = Loaded> {
    let mut said = loaded;
    let completions = std::mem::take(&mut said.completions);
    let each = completions.into_iter().map(|completion| Loaded {
        completions: vec![completion],
        ..Loaded::default()
    });
    std::iter::once(said).chain(each)
}
