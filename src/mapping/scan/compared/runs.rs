//! Runs of words: so many in a row that they tell.

use super::thresholds::{RUN, RUN_WEIGHT};
use super::words::{Word, is_prose};

/// The shortest run from a word on that is long enough to tell.
pub fn run_at(words: &[Word], from: usize) -> Option<&[Word]> {
    let mut weight = 0;
    for (index, word) in words.get(from..)?.iter().enumerate() {
        weight += word.weight;
        if index + 1 >= RUN && weight >= RUN_WEIGHT {
            return Some(&words[from..=from + index]);
        }
    }
    None
}

/// Hands on the runs of some words that may be prose, each as short as it tells, and at which word it begins.
pub fn each_run<'w>(words: &'w [Word], mut each: impl FnMut(usize, &'w [Word])) {
    let runs = (0..words.len()).map_while(|from| run_at(words, from));
    for (from, run) in runs.enumerate() {
        if is_prose(run) {
            each(from, run);
        }
    }
}
