//! Request, response and generation record, divided by a line of three hyphens.
#![no_main]

#[expect(dead_code, reason = "the other targets' bodies")]
#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::pair(bytes));
