//! The pure core from outside: loading, mapping, privacy and the scan, over the samples of the
//! repository, odd input, hostile input and arbitrary input.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod architecture;
#[path = "../../fuzz/bodies.rs"]
mod bodies;
mod common;
mod containers;
mod deliveries;
mod exchanges;
mod face;
mod feeding;
mod folders;
mod fuzz_corpus;
mod golden;
mod growth;
mod hostile;
mod inputs;
mod loading;
mod logs;
mod no_event;
mod properties;
mod recorders;
mod recordings;
mod saving;
mod scan;
mod streams;
#[path = "../support/growth.rs"]
mod support;
mod texts;
mod values;
mod verify;
