//! rainscope: what OpenRouter's Broadcast sends to Raindrop, field by field.
//!
//! Data flows one way: bytes are loaded into a [`completion::Completion`], [`mapping`] makes the
//! [`event::Event`] of it, [`event::privacy`] decides what of it may leave, [`event::wire`] makes the
//! exact bytes, and [`delivery`] sends them. The middle is pure; files, sockets, clocks and the
//! terminal are at the edge.

pub mod app;
pub mod cli;
pub mod completion;
pub mod delivery;
pub mod display;
pub mod event;
pub mod feed;
pub mod json;
pub mod mapping;
pub mod runtime;
pub mod samples;
pub mod screen;
pub mod settings;
pub mod share;
pub mod source;
pub mod terminal;
