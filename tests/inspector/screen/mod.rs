//! The whole inspector without a terminal: keys in, effects and frames out.
mod pictures;

mod about;
mod commands;
mod delivered;
mod edited;
mod edits;
mod findings;
mod forwarding;
mod frames;
mod large;
mod live_traffic;
mod mouse;
mod offers;
mod outside;
mod playing;
mod pointing;
mod preparing;
mod presenting;
mod reloading;

mod provenance;
mod questions;

mod first_look;
mod fuzzed;
mod growing;
mod sending;
mod sizes;
mod stacking;
mod touring;
pub mod windows;
