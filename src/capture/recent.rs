//! Names that were seen lately: enough to tell a repetition from something new, in bounded memory.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// Names that are remembered. Chosen: a day of a busy app, some 5 MB.
const REMEMBERED: usize = 100_000;

/// The names that were seen last, each by a hash of 128 bits: a name may be as long as a server likes.
#[derive(Debug, Clone, Default)]
pub struct Recent {
    hashes: HashSet<u128>,
    order: VecDeque<u128>,
    hashers: [RandomState; 2],
}

impl Recent {
    /// Whether a name was seen.
    pub fn has(&self, name: &str) -> bool {
        self.hashes.contains(&self.hash(name))
    }

    /// Takes note of a name; false where it was seen before.
    pub fn is_new(&mut self, name: &str) -> bool {
        let hash = self.hash(name);
        if !self.hashes.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.hashes.remove(&oldest);
        }
        true
    }

    fn hash(&self, name: &str) -> u128 {
        let [first, second] = self
            .hashers
            .each_ref()
            .map(|it| u128::from(it.hash_one(name)));
        first << 64 | second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_names_are_forgotten() {
        let mut recent = Recent::default();
        assert!(recent.is_new("first") && !recent.is_new("first"));
        for number in 0..REMEMBERED {
            assert!(recent.is_new(&number.to_string()));
        }
        assert!(recent.is_new("first"));
        assert_eq!(recent.hashes.len(), REMEMBERED);
    }
}
