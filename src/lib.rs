//! rainscope: what OpenRouter's Broadcast sends to Raindrop, field by field.
//!
//! Data flows one way: bytes are loaded into a [`completion::Completion`], [`mapping`] makes the
//! [`event::Event`] of it, [`event::privacy`] decides what of it may leave, [`event::wire`] makes the
//! exact bytes, and the delivery sends them. The middle is pure; files, sockets, clocks and the
//! terminal are at the edge.

pub mod cli;
pub mod completion;
pub mod event;
pub mod feed;
pub mod json;
pub mod mapping;
pub mod samples;
pub mod share;
pub mod source;
