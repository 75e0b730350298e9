//! The program from outside: its command line, its settings, its history, and the wire against servers on
//! loopback that misbehave on purpose.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/growth.rs"]
mod growth;
#[path = "../support/stand_in.rs"]
mod stand_in;

mod cli;
mod commands;
#[cfg(unix)]
mod copied;
mod history;
#[cfg(unix)]
mod packaging;
mod proxy;
#[cfg(unix)]
mod readme;
mod reports;
mod settings;
mod wire;
