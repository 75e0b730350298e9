//! Bytes that are not plain UTF-8: compressed bodies and files, UTF-16, streams that were decoded wrongly, numbers that are
//! no JSON numbers, and references in the places of values.

pub(super) mod blobs;
pub(super) mod bson;
pub(crate) mod decode;
pub(super) mod latin1;
pub(crate) mod unpacking;
pub(super) mod utf16;
