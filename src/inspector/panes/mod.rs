//! The four panes, and moving about in and between them.

pub(crate) mod commands;
pub(crate) mod completion;
pub(crate) mod event;
pub(crate) mod list;
mod moving;
pub mod pointing;
pub mod sharing;
pub mod trace;
