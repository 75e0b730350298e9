//! How much the bodies of one recording may unpack to, one by one and together.

use std::cell::Cell;

use crate::completion::load::encoding::decode::{self, DecodeError};
use crate::completion::load::record::Reader;
use crate::json::Limits;

/// Bytes that all bodies of a recording may unpack to. A recorder's compressed bodies are a few times as long
/// unpacked; this much of them would not be looked through on a screen either.
const TOGETHER: usize = 256 << 20;

/// What may still be unpacked of a recording.
pub(in crate::completion::load::exchange) struct BodyLimits {
    /// Of one body.
    pub of_one: Limits,
    together: usize,
    left: Cell<usize>,
}

impl BodyLimits {
    /// For the next recording that a reader reads: what was unpacked of others in the same file counts.
    pub fn of(reader: &Reader<'_>) -> BodyLimits {
        BodyLimits::new(reader.limits, TOGETHER, reader.loaded.unpacked)
    }

    fn new(limits: Limits, together: usize, spent: usize) -> BodyLimits {
        BodyLimits {
            of_one: limits,
            together,
            left: Cell::new(together.saturating_sub(spent)),
        }
    }

    /// Takes note of what was spent.
    pub fn settle(&self, reader: &mut Reader<'_>) {
        reader.loaded.unpacked = self.together - self.left.get();
    }

    /// The plain bytes of a body.
    ///
    /// # Errors
    /// What is wrong with it, or that there is more than may be.
    pub fn unpack(&self, bytes: Vec<u8>, labels: Option<&str>) -> Result<Vec<u8>, String> {
        let left = self.left.get();
        let limit = self.of_one.bytes.min(left);
        let mut spent = 0;
        let unpacked = decode::body_counted(bytes.into(), labels, limit, &mut spent);
        // What came out costs, whether it turned out to be a text or not.
        self.left.set(left.saturating_sub(spent));
        match unpacked {
            Ok(plain) => Ok(plain.into_owned()),
            Err(DecodeError::TooLarge { .. }) if limit < self.of_one.bytes => {
                self.left.set(0);
                Err(format!(
                    "the bodies of this file unpack to more than {} MiB up to here; that is the limit for all \
                     of them together, so split the recording",
                    self.together >> 20
                ))
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn packed(length: usize) -> Vec<u8> {
        let text = vec![b'a'; length];
        let mut out = Vec::new();
        let level = flate2::Compression::default();
        let mut encoder = flate2::read::GzEncoder::new(text.as_slice(), level);
        encoder.read_to_end(&mut out).expect("memory");
        out
    }

    #[test]
    fn bodies_share_what_may_be_unpacked() {
        let of_one = Limits {
            bytes: 3 << 20,
            ..Limits::default()
        };
        let limits = BodyLimits::new(of_one, 8 << 20, 0);
        let unpack = |length: usize| limits.unpack(packed(length), None).map(|text| text.len());
        let one = 1 << 20;
        assert_eq!(unpack(2 * one), Ok(2 * one));
        // What is no longer than it was costs nothing.
        let plain = limits.unpack(b"plain text".to_vec(), None);
        assert_eq!(plain.as_deref(), Ok(b"plain text".as_slice()));
        // One that is too large by itself is read as far as one may be.
        let alone = unpack(4 * one).expect_err("too large");
        assert!(alone.contains("more than 3 MiB"), "{alone}");
        assert_eq!(unpack(one), Ok(one));
        let together = unpack(3 * one).expect_err("too large together");
        assert!(
            together.contains("more than 8 MiB up to here"),
            "{together}"
        );
        assert!(unpack(one).is_err());
    }

    #[test]
    fn what_unpacks_to_nothing_of_use_costs_as_much() {
        let of_one = Limits {
            bytes: 3 << 20,
            ..Limits::default()
        };
        let limits = BodyLimits::new(of_one, 8 << 20, 0);
        let mut damaged = packed(2 << 20);
        let sum = damaged.len() - 8;
        damaged[sum] ^= 1;
        for _ in 0..4 {
            let said = limits.unpack(damaged.clone(), Some("gzip"));
            assert!(said.is_err_and(|said| said.contains("damaged")));
        }
        assert!(limits.unpack(packed(1 << 20), None).is_err());
    }
}
