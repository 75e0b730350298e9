//! Any bytes, under the names that help to tell a format.
#![no_main]

#[expect(dead_code, reason = "the other targets' bodies")]
#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::load_any(bytes));
