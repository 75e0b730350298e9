//! Bytes that are not plain UTF-8: compressed bodies and files, UTF-16, streams that were decoded wrongly, and numbers that are
//! no JSON numbers.

pub(super) mod bson;
pub(crate) mod decode;
pub(super) mod latin1;
pub(crate) mod unpacking;
pub(super) mod utf16;
