//! Records that were only cut out of a large file are read once, after all of it is in sight, to find those that hold
//! nothing: what is wrong with a file is said before anybody comes to the line. Nothing but the problems is kept.

use tokio::sync::mpsc::UnboundedSender;

use super::gathered::InspectorEnded;
use crate::completion::load::{Problem, ProblemKind};
use crate::inspector::Msg;
use crate::inspector::library::{Batch, BrokenRecord, RawRecord};

/// Problems that are told one by one. Chosen: more than anybody reads; the rest shows where it is looked at.
const TOLD: usize = 1_000;

/// Records that nobody has read yet, with the source of each.
#[derive(Default)]
pub(super) struct Unchecked(Vec<(u32, RawRecord)>);

impl Unchecked {
    /// Keeps the records of a batch, which share its bytes.
    pub(super) fn add(&mut self, batch: &Batch) {
        let records = batch.records.iter().cloned();
        self.0.extend(records.map(|record| (batch.source, record)));
    }

    /// Reads all of them, and tells which are broken.
    pub(super) fn check(self, sender: &UnboundedSender<Msg>) -> Result<(), InspectorEnded> {
        let broken = self.0.iter().filter_map(|(source, record)| {
            let problem = problem_of(record)?;
            let source = *source;
            Some(BrokenRecord { source, problem })
        });
        let broken: Vec<BrokenRecord> = broken.take(TOLD).collect();
        if broken.is_empty() {
            return Ok(());
        }
        let told = sender.send(Msg::Broken(broken));
        told.map_err(|_| InspectorEnded)
    }
}

/// Why a record holds nothing. Another line of a log is nothing broken.
fn problem_of(record: &RawRecord) -> Option<Problem> {
    let loaded = record.read();
    let is_broken = |problem: &Problem| {
        matches!(
            problem.kind,
            ProblemKind::Malformed | ProblemKind::Unreadable
        )
    };
    let problem = loaded.problems.into_iter().find(is_broken);
    problem.filter(|_| loaded.completions.is_empty())
}
