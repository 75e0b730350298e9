//! `rainscope map --jobs N`: the same work on several threads, in the order of the input.
//!
//! Batches are dealt to the workers in turn and their pages collected in the same turn, so the order
//! needs no sorting, and bounded channels keep the memory constant however slow the reader of the
//! output is. The threads are not waited for: when the output is closed, one may still be waiting for
//! input that never comes.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::mapper::{Mapper, NOTHING, Page, parts};
use crate::cli::outcomes::Outcomes;
use crate::cli::output::Exit;
use crate::completion::Origin;
use crate::completion::load::Loaded;
use crate::feed::{self, FeedItem};
use crate::source::SourceUnit;

/// Batches and pages that may wait at each end of a worker.
const WAITING: usize = 2;
/// Bytes of records after which a batch is full.
const FULL: usize = 1 << 18;

enum JobInput {
    Begin(SourceUnit),
    Records(RecordBatch),
    Loaded(Loaded),
}

/// Records, copied out of the reader's buffer.
#[derive(Default)]
struct RecordBatch {
    bytes: Vec<u8>,
    records: Vec<(Range<usize>, Origin)>,
}

/// The other end is gone: nobody reads the output.
struct WriterEnded;

/// Maps everything the paths name, on `jobs` threads.
pub fn run(mapper: Mapper, paths: Vec<PathBuf>, jobs: usize, all: bool) -> anyhow::Result<Exit> {
    let mut deal = Vec::with_capacity(jobs);
    let mut collect = Vec::with_capacity(jobs);
    for _ in 0..jobs {
        let (batches, to_do) = sync_channel(WAITING);
        let (done, pages) = sync_channel(WAITING);
        let mapper = mapper.clone();
        let worker = thread::spawn(move || work(mapper, &to_do, &done));
        deal.push(batches);
        collect.push((pages, worker));
    }
    thread::spawn(move || read(&paths, &deal));
    let mut outcomes = Outcomes::new(all);
    let mut turn = 0;
    while let Ok(mut page) = collect[turn].0.recv() {
        page.put(&mut outcomes)?;
        turn = (turn + 1) % jobs;
    }
    // The worker whose turn it is has ended: it had no more to do, or it failed.
    let (_, worker) = collect.swap_remove(turn);
    match worker.join() {
        Ok(()) => Ok(outcomes.end(NOTHING)),
        Err(_) => anyhow::bail!("a thread failed on a record; try without --jobs"),
    }
}

fn work(mut mapper: Mapper, to_do: &Receiver<JobInput>, done: &SyncSender<Page>) {
    for batch in to_do {
        let mut page = Page::default();
        mapper.refresh();
        match batch {
            JobInput::Begin(unit) => page.part.begins = Some(unit),
            JobInput::Loaded(loaded) => mapper.loaded(loaded, &mut page),
            JobInput::Records(lines) => {
                for (range, origin) in lines.records {
                    mapper.record(&lines.bytes[range], &origin, &mut page);
                }
            }
        }
        if done.send(page).is_err() {
            return;
        }
    }
}

/// Reads on its own thread; ends early when the workers are gone.
fn read(paths: &[PathBuf], workers: &[SyncSender<JobInput>]) {
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
    let _ = feed::feed(paths, &mut take).and_then(|()| take(FeedItem::Pause));
}
