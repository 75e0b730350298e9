//! Watching live traffic: the proxy's observations become captures, captures become samples, and samples go
//! to the inspector, to standard output, to the recording and, where asked for, to the destination.

pub mod backlog;
pub mod clients;
pub mod command;
mod known_keys;
pub mod recorder;
pub mod recording;
pub mod running;
pub mod session;
pub mod setup;
