//! Bytes that are not plain UTF-8: compressed bodies and files, and UTF-16.

pub(crate) mod decode;
pub(crate) mod unpacking;
pub(super) mod utf16;
