//! What a value and the conversation are compared by: their words and numbers, the runs of words that tell, and how
//! these are found again without reading all of a long conversation for each value.

pub mod anchors;
pub mod hashes;
pub mod numbers;
pub mod runs;
pub mod thresholds;
pub mod vocabulary;
pub mod words;
