//! Streams to the responses they would have been without streaming: a transcript of server-sent events or
//! bare chunks, put together as each API's events say.

mod accumulator;
pub(super) mod assemble;
mod backwards;
mod chat;
pub(super) mod chunks;
mod merge;
mod messages;
mod piece;
mod responses;
pub(super) mod sse;
mod turns;
