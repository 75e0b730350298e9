//! Records that are one together, as far as they have come.

use std::ops::Range;

use crate::completion::load::consecutive;
use crate::completion::load::logs::chunk::Logged;
use crate::completion::load::logs::wrapped::{self, Continuation};
use crate::completion::load::streams::chunks;

/// Records which are one together: the chunks of a stream, or its lines in records of a log; a request and its
/// response. In bytes from the first one's beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Gathered {
    /// Where the last of them ends.
    pub(super) end: usize,
    /// Where the next record is looked for, behind others of the same log.
    pub(super) at: usize,
    run: Option<wrapped::LineRun>,
    logged: Option<Box<Logged>>,
    pub(super) request: Option<LoneRequest>,
}

/// A request that waits for its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LoneRequest {
    pub(super) is_line: bool,
    pub(super) is_answered: bool,
}

impl Gathered {
    /// Takes a record, if it is one of them or may stand between two.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        range: Range<usize>,
        start: usize,
        is_line: bool,
    ) -> bool {
        let before = &bytes[start..start + self.end];
        let record = &bytes[range.clone()];
        if let Some(request) = &mut self.request {
            request.is_answered = consecutive::answers(before, record);
            if request.is_answered {
                self.end = range.end - start;
            }
            return request.is_answered;
        }
        let belongs = match &mut self.run {
            Some(_) if !is_line => Continuation::Not,
            Some(run) => run.take(record),
            None if chunks::is_one(record) => Continuation::Line(String::new(), 0),
            None if self.end > 0 && self.logged.is_none() && chunks::is_beside(record) => {
                Continuation::Line(String::new(), 0)
            }
            None if self.end == 0 && is_line => match wrapped::LineRun::begin(record) {
                Some((run, line)) => {
                    self.run = Some(run);
                    line
                }
                None => Continuation::Not,
            },
            None => Continuation::Not,
        };
        match belongs {
            Continuation::Not if self.run.is_some() || !self.goes_on(before, record) => {
                return false;
            }
            Continuation::Line(..) | Continuation::Not => {
                (self.end, self.at) = (range.end - start, range.end - start);
            }
            Continuation::Between => self.at = range.end - start,
        }
        true
    }

    /// Whether it is a request with its response, so that nothing more belongs to it.
    pub(super) fn is_exchange(&self) -> bool {
        let request = self.request.as_ref();
        request.is_some_and(|request| request.is_answered)
    }

    /// Whether a record that is no chunk goes on with what stands before it, or is the first of several that log
    /// the chunks of a stream.
    fn goes_on(&mut self, before: &[u8], record: &[u8]) -> bool {
        if before.is_empty() {
            self.logged = Logged::begin(record).map(Box::new);
            return self.logged.is_some();
        }
        match &self.logged {
            Some(logged) => logged.takes(record),
            None => chunks::ends(before, record),
        }
    }
}
