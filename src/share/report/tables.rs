//! Texts that many records of a report share, each written once.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by number, in the order in which they were first met.
#[derive(Debug)]
pub(super) struct Table<T> {
    numbers: HashMap<T, usize>,
    values: Vec<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            values: Vec::new(),
        }
    }
}

impl<T: Eq + Hash + Clone> Table<T> {
    /// The number of a value.
    pub fn number(&mut self, value: T) -> usize {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = self.values.len();
        self.values.push(value.clone());
        self.numbers.insert(value, number);
        number
    }

    /// All of them, by number.
    pub fn values(&self) -> &[T] {
        &self.values
    }
}
