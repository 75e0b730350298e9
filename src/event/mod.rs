//! The Raindrop event: its shape, privacy, and the exact bytes on the wire.
pub mod wire;
