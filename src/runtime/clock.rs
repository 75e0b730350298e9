//! Where time and ids come from: the system, or a demonstration that looks the same each time.

use crate::inspector::Env;

/// Where time and ids come from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system.
    System,
    /// A time that stands still and ids that count up, for demonstrations.
    Demo {
        /// Milliseconds since 1970.
        now: i64,
        /// Ids that were handed out.
        ids: u128,
    },
}

impl Clock {
    /// The clock of demonstrations: 2026-06-05T12:34:00Z.
    pub const DEMO: Clock = Clock::Demo {
        now: 1_780_662_840_000,
        ids: 0,
    };

    /// What an update is given.
    pub(super) fn env(&self) -> Env {
        match self {
            Clock::System => Env {
                now: jiff::Timestamp::now().as_millisecond(),
                fresh_id: uuid::Uuid::new_v4().to_string(),
            },
            Clock::Demo { now, ids } => Env {
                now: *now,
                fresh_id: uuid::Uuid::from_u128(FIRST_DEMO_ID + *ids).to_string(),
            },
        }
    }

    /// Takes note that an id was used.
    pub(super) fn used_id(&mut self) {
        if let Clock::Demo { ids, .. } = self {
            *ids += 1;
        }
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        match self {
            Clock::System => jiff::Timestamp::now().as_millisecond(),
            Clock::Demo { now, .. } => *now,
        }
    }
}

const FIRST_DEMO_ID: u128 = 0xdec0_0000_0000_4000_8000_0000_0000_0001;
