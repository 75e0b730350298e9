//! rainscope: what OpenRouter's Broadcast sends to Raindrop, field by field.
pub mod event;
