//! What programs log of calls: lines of several kinds and sources, wrapped and mixed.

mod between;
mod by_turns;
mod halves;
mod mixed;
mod sources;
mod told_apart;
mod wrapped;
