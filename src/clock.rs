//! Where time and ids come from: the system, or a demonstration that looks the same each time. Whoever shows a time or
//! makes an id at an edge asks a clock, so that a demonstration's stand still everywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use uuid::Uuid;

/// Where time and ids come from. Clones of a demonstration's count its ids together.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system.
    #[default]
    System,
    /// A time that stands still at [`DEMO_TIME`], and ids that count up.
    Demo {
        /// Ids that were handed out.
        ids: Arc<AtomicU64>,
    },
}

/// The time of demonstrations in milliseconds since 1970: 2026-06-05T12:34:00Z.
pub const DEMO_TIME: i64 = 1_780_662_840_000;

const FIRST_DEMO_ID: u128 = 0xdec0_0000_0000_4000_8000_0000_0000_0001;

impl Clock {
    /// The clock of a demonstration, with its ids from the first one on.
    #[must_use]
    pub fn demo() -> Clock {
        Clock::Demo {
            ids: Arc::default(),
        }
    }

    /// Whether it is a demonstration's.
    #[must_use]
    pub const fn is_demo(&self) -> bool {
        matches!(self, Clock::Demo { .. })
    }

    /// The time.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Demo { .. } => Timestamp::from_millisecond(DEMO_TIME).unwrap_or_default(),
        }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.time().as_millisecond()
    }

    /// The id that is handed out next. A demonstration's stays the same until [`Clock::used_id`].
    #[must_use]
    pub fn next_id(&self) -> String {
        match self {
            Clock::System => Uuid::new_v4(),
            Clock::Demo { ids } => demo_id(ids.load(Ordering::Relaxed)),
        }
        .to_string()
    }

    /// Takes note that the id of [`Clock::next_id`] was used.
    pub fn used_id(&self) {
        if let Clock::Demo { ids } = self {
            ids.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A fresh id, handed out at once.
    #[must_use]
    pub fn fresh_id(&self) -> String {
        match self {
            Clock::System => Uuid::new_v4(),
            Clock::Demo { ids } => demo_id(ids.fetch_add(1, Ordering::Relaxed)),
        }
        .to_string()
    }
}

fn demo_id(number: u64) -> Uuid {
    Uuid::from_u128(FIRST_DEMO_ID + u128::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demonstration_stands_still_and_counts_its_ids() {
        let clock = Clock::demo();
        let other = clock.clone();
        assert_eq!(clock.time().to_string(), "2026-06-05T12:34:00Z");
        assert_eq!(clock.now(), DEMO_TIME);
        let first = clock.next_id();
        assert_eq!(first, "dec00000-0000-4000-8000-000000000001");
        assert_eq!(clock.next_id(), first);
        assert_eq!(other.fresh_id(), first);
        assert!(clock.next_id().ends_with('2'));
        other.used_id();
        assert!(clock.next_id().ends_with('3'));
    }
}
