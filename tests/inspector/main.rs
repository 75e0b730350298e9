//! The inspector without a terminal: keys in, effects and frames out; and its effects against servers
//! on loopback.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod deliveries_ui;
mod design;
mod pictures;
mod screen;
mod stage;
#[path = "../support/growth.rs"]
mod support;
mod views;
