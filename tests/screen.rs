//! The whole inspector without a terminal: keys in, effects and frames out.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/keys.rs"]
mod keys;
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
#[path = "screen/large.rs"]
mod large;
#[path = "screen/outside.rs"]
mod outside;
#[path = "screen/provenance.rs"]
mod provenance;

#[path = "screen/sending.rs"]
mod sending;
#[path = "screen/sizes.rs"]
mod sizes;
#[path = "screen/stacking.rs"]
mod stacking;
