//! Keys and what they do: the command table, the keymap, the hints that are made of both, and the notation
//! in which keys are written down.

pub mod command;
pub mod hints;
pub mod key;
pub mod keymap;
pub mod script;
