//! How much memory the copies of all exchanges may take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a copy takes beside its bytes: an observation waiting in a queue. Many small ones count too.
const OVERHEAD: usize = 128;

/// The memory that copies may take, shared by all exchanges.
#[derive(Debug, Clone)]
pub struct Budget {
    limit: usize,
    used: Arc<AtomicUsize>,
}

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            used: Arc::default(),
        }
    }

    /// The bytes that copies hold now.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes a copy, if there is room for it. A copy of its own, since one that shared the connection's
    /// buffer would keep all of that.
    pub(super) fn copy(&self, bytes: &[u8]) -> Option<Copied> {
        let cost = bytes.len() + OVERHEAD;
        let room = |used: usize| used.checked_add(cost).filter(|sum| *sum <= self.limit);
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .ok()?;
        Some(Copied {
            bytes: bytes.into(),
            used: Arc::clone(&self.used),
        })
    }
}

/// Bytes that were copied. They count against the budget until this is dropped.
#[derive(Debug)]
pub struct Copied {
    bytes: Box<[u8]>,
    used: Arc<AtomicUsize>,
}

impl Copied {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        self.used
            .fetch_sub(self.bytes.len() + OVERHEAD, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn copies_count_while_they_are_held() {
        let budget = Budget::new(10 + OVERHEAD);
        let first = budget.copy(b"sixsix").unwrap();
        assert!(budget.copy(b"").is_none());
        assert_eq!(budget.used(), 6 + OVERHEAD);
        drop(first);
        assert_eq!(budget.used(), 0);
        assert!(budget.copy(b"0123456789").is_some());
    }
}
