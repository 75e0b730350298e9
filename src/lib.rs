//! rainscope: what OpenRouter's Broadcast sends to Raindrop, field by field.
pub mod delivery;
pub mod event;
pub mod settings;
