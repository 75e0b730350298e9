//! How much a value must have in common with the conversation to count as a leak.

use super::words::Word;

/// Words that a run must have at least to count as a leak.
pub const RUN: usize = 4;
/// Letters and digits that it must have at least; a character of a script without spaces counts as up to
/// three, by how much it says. A run is as long as both take.
pub const RUN_WEIGHT: usize = 14;
/// Words of a whole text that is too short for a run, at most.
pub const WHOLE: usize = 6;
/// Letters and digits that such a text must have.
pub const SHORT_WEIGHT: usize = 10;
/// The same for a whole text of one word.
pub const WORD_WEIGHT: usize = 16;
/// The same for a value that is the whole prompt or the whole answer and nothing else: `yes`, `true` and `false` are
/// there by chance too often.
pub const EXACT_WEIGHT: usize = 6;

/// Whether a word may be several that were run together.
pub fn is_run_together(word: &Word) -> bool {
    word.is_prose && word.weight >= RUN_WEIGHT
}
