//! Files that are read and written while the inspector runs.

pub(super) mod excerpt;
pub(super) mod loader;
pub(super) mod opening;
pub(super) mod saving;

mod checking;
mod gathered;
mod reading;
mod watching;
