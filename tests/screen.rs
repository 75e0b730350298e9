//! The whole inspector without a terminal: keys in, effects and frames out.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/paint.rs"]
mod paint;
#[path = "support/stage.rs"]
mod stage;

#[path = "screen/pictures.rs"]
mod pictures;

#[path = "screen/about.rs"]
mod about;
#[path = "screen/commands.rs"]
mod commands;
#[path = "screen/edits.rs"]
mod edits;
#[path = "screen/findings.rs"]
mod findings;
#[path = "screen/frames.rs"]
mod frames;
#[path = "screen/large.rs"]
mod large;
#[path = "screen/mouse.rs"]
mod mouse;
#[path = "screen/outside.rs"]
mod outside;
#[path = "screen/pointing.rs"]
mod pointing;
#[path = "screen/provenance.rs"]
mod provenance;

#[path = "screen/first_look.rs"]
mod first_look;
#[path = "screen/sending.rs"]
mod sending;
#[path = "screen/sizes.rs"]
mod sizes;
#[path = "screen/stacking.rs"]
mod stacking;
#[path = "screen/windows.rs"]
mod windows;
