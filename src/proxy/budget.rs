//! How much memory the copies of all exchanges may take together.

use std::sync::Arc;

use bytes::Bytes;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a copy takes besides its bytes: an observation waiting in a queue. Many small ones add up.
const OVERHEAD: usize = 128;
/// The buffer of a connection's reader, in bytes: what stays in a processor's cache between reading and writing.
pub(super) const BUFFER: usize = 64 << 10;
/// From this many bytes on, a copy shares its buffer.
const SHARED: usize = BUFFER / 2;

/// The memory that copies may take, shared by all exchanges.
#[derive(Debug, Clone)]
pub struct ByteBudget {
    limit: usize,
    used: Arc<AtomicUsize>,
}

impl ByteBudget {
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

    /// Takes a copy, if there is room for it: of its own where it is small, since one that shared the connection's
    /// buffer would keep all of that; a large one is most of its buffer, and shares it.
    pub(super) fn copy(&self, bytes: &Bytes) -> Option<Copied> {
        let (bytes, cost) = match bytes.len() < SHARED {
            true => (Bytes::copy_from_slice(bytes), bytes.len() + OVERHEAD),
            false => (bytes.clone(), bytes.len().max(BUFFER) + OVERHEAD),
        };
        let room = |used: usize| used.checked_add(cost).filter(|sum| *sum <= self.limit);
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .ok()?;
        Some(Copied {
            bytes,
            cost,
            used: Arc::clone(&self.used),
        })
    }
}

/// Bytes that were copied. They count against the budget until this is dropped.
#[derive(Debug)]
pub struct Copied {
    bytes: Bytes,
    cost: usize,
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
        self.used.fetch_sub(self.cost, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn copies_count_while_they_are_held() {
        let budget = ByteBudget::new(10 + OVERHEAD);
        let first = budget.copy(&Bytes::from_static(b"sixsix")).unwrap();
        assert!(budget.copy(&Bytes::new()).is_none());
        assert_eq!(budget.used(), 6 + OVERHEAD);
        drop(first);
        assert_eq!(budget.used(), 0);
        assert!(budget.copy(&Bytes::from_static(b"0123456789")).is_some());
    }

    #[test]
    fn a_large_copy_counts_with_its_whole_buffer() {
        let budget = ByteBudget::new(BUFFER + OVERHEAD);
        let half = Bytes::from(vec![0; SHARED]);
        let copy = budget.copy(&half).unwrap();
        assert_eq!(copy.bytes().as_ptr(), half.as_ptr(), "it is shared");
        assert_eq!(budget.used(), BUFFER + OVERHEAD);
        drop(copy);
        assert_eq!(budget.used(), 0);
    }
}
