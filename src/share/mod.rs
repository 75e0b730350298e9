//! Copy and export: what is shared is made from the same event and the same bytes that are sent.

pub mod explain;
