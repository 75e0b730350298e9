//! The inspector's delivery windows: the model driven by keys, and the real effects against servers
//! on loopback.
mod again;
mod destination;
mod fetching;
mod history;
mod openrouter;
mod send_all;
mod sending;
mod verifying;
