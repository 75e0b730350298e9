//! What has passed and was not read yet: how much it is, and whether anybody still waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::proxy::Observation;

/// Exchanges that are over and were not read yet. A clone goes on counting the same ones.
#[derive(Debug, Clone, Default)]
pub struct Backlog(Arc<State>);

#[derive(Debug, Default)]
struct State {
    unread: AtomicU64,
    is_given_up: AtomicBool,
    left_out: AtomicU64,
}

impl Backlog {
    /// Counts an observation in that is now to be read.
    pub fn add(&self, observation: &Observation) {
        if is_last(observation) {
            self.0.unread.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts one out that was read.
    pub(super) fn remove(&self, observation: &Observation) {
        if is_last(observation) {
            let fewer = |unread: u64| unread.checked_sub(1);
            let order = Ordering::Relaxed;
            let _ = self.0.unread.fetch_update(order, order, fewer);
        }
    }

    /// How many exchanges are still to be read.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.0.unread.load(Ordering::Relaxed)
    }

    /// Has the rest left out.
    pub fn give_up(&self) {
        self.0.is_given_up.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.0.is_given_up.load(Ordering::Relaxed)
    }

    /// Counts completions that nobody waited for.
    pub(super) fn leave_out(&self, completions: usize) {
        let completions = completions as u64;
        self.0.left_out.fetch_add(completions, Ordering::Relaxed);
    }

    /// How many completions were left out.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.0.left_out.load(Ordering::Relaxed)
    }
}

/// Whether an exchange is over with it.
const fn is_last(observation: &Observation) -> bool {
    matches!(
        observation,
        Observation::Ended { .. } | Observation::Delivery { .. }
    )
}
