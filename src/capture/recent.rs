//! Names that were seen lately: enough to tell a repetition from something new, in bounded memory.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// Names that are remembered. Chosen: a day of a busy app, some 10 MB.
const REMEMBERED: usize = 100_000;

/// The names that were seen last.
#[derive(Debug, Clone, Default)]
pub struct Recent {
    names: HashSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
}

impl Recent {
    /// Whether a name was seen.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Takes note of a name; false where it was seen before.
    pub fn is_new(&mut self, name: &str) -> bool {
        if self.names.contains(name) {
            return false;
        }
        let name: Arc<str> = Arc::from(name);
        self.names.insert(Arc::clone(&name));
        self.order.push_back(name);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.names.remove(&oldest);
        }
        true
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
        assert_eq!(recent.names.len(), REMEMBERED);
    }
}
