//! Objects of an S3-compatible bucket as inputs: listed in pages, read several at once, handed on in the order of their
//! keys. Requests are signed by `rusty-s3` and made with the program's own HTTP client.
//!
//! All of it runs on a thread of its own, so that a reader without a runtime pulls objects like files; what is read
//! ahead is bounded in number and in bytes, and when the reader goes, so does the thread.

mod access;
mod answers;
mod client;
mod location;
mod objects;

pub use location::{Location, LocationError};
pub(crate) use objects::{Object, Objects, PassOver};
