//! The real binary from the outside: streams, exit statuses, options.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot start the binary or write its own data should stop"
)]

#[path = "cli/check.rs"]
mod check;
#[path = "cli/golden.rs"]
mod golden;
#[path = "cli/manual.rs"]
mod manual;
#[path = "cli/map.rs"]
mod map;
#[path = "cli/program.rs"]
mod program;
#[path = "cli/streaming.rs"]
mod streaming;
