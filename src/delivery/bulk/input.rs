//! An input whose events are on their way: it is noted in the history once it was read to its end and all of its events
//! were accepted, whichever comes last.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::delivery::history::InputMark;

/// An input of which something is still to come.
#[derive(Debug)]
pub struct OpenInput {
    mark: InputMark,
    /// Events without an answer that they were accepted, and one more while the input is read.
    open: AtomicUsize,
}

impl OpenInput {
    /// An input that is about to be read.
    pub fn new(mark: InputMark) -> Arc<OpenInput> {
        let open = AtomicUsize::new(1);
        Arc::new(OpenInput { mark, open })
    }

    /// One more of its events is on its way.
    pub fn add_event(&self) {
        self.open.fetch_add(1, Ordering::AcqRel);
    }

    /// One of its events was accepted, or it was read to its end without a problem. Gives its mark if that was the last
    /// thing to come. An event that is not accepted is never reported, and so the input stays open.
    #[must_use]
    pub fn complete_one(&self) -> Option<InputMark> {
        (self.open.fetch_sub(1, Ordering::AcqRel) == 1).then_some(self.mark)
    }
}
