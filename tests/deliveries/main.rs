//! Broadcast deliveries: what they tell, and that it agrees with the request and response.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own data should stop"
)]

mod agreement;
#[path = "../common/mod.rs"]
mod common;
mod metadata;
mod odd;
mod payloads;
