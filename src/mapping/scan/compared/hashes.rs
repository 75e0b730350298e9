//! Sets of what is hashed already.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// Hashes of words, runs and numbers.
pub type Hashes = HashSet<u64, BuildHasherDefault<Identity>>;

/// Takes a value that is a hash already.
#[derive(Default)]
pub struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}
