//! The person's own editor: the terminal is given to it, and what it leaves is read.

pub(super) mod external;

mod command;
