//! Windows over the panes, one folder or file each: state, commands and drawing.

pub mod compare;
pub mod destination;
pub mod detail;
pub mod dropped;
pub mod findings;
mod forms;
pub(crate) mod help;
pub mod history;
pub(crate) mod inbox;
pub mod live;
pub mod overlay;
pub mod overview;
pub mod palette;
pub(crate) mod problems;
pub mod send;
pub mod send_all;
mod stack;
