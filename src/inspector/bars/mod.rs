//! The lines at the top and the bottom of the screen: what is loaded and where test traces go; what the
//! cursor is on, the worst finding, the keys.

pub(crate) mod footer;
pub(crate) mod header;
mod worst_finding;
