//! Keys and what they do: the command table, the keymap, what a place offers, and the notation
//! in which keys are written down.

pub mod command;
pub mod key;
pub mod keymap;
pub mod offer;
pub mod script;
