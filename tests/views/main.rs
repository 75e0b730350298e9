//! The inspector's views, driven by keys as a person would press them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own data should stop"
)]

mod comparing;
mod inspector;
mod listing;
mod moving;
mod reading;
mod writing;
