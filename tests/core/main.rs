//! The pure core from outside: loading, mapping, privacy and the scan, over the samples of the
//! repository, odd input, hostile input and arbitrary input.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod architecture;
mod between;
#[path = "../../fuzz/bodies.rs"]
mod bodies;
mod by_turns;
mod commands;
mod common;
mod containers;
mod cut_off;
mod deliveries;
mod elsewhere;
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
mod lying_around;
mod mixed;
mod no_event;
mod other_texts;
mod properties;
mod quoted;
mod recorders;
mod recordings;
mod saving;
mod scan;
mod streams;
#[path = "../support/growth.rs"]
mod support;
mod told_apart;
mod values;
mod verify;
mod wrapped;
