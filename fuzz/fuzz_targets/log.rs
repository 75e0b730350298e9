//! Logs: lines behind prefixes, records around lines, UTF-16.
#![no_main]

#[expect(dead_code, reason = "the other targets' bodies")]
#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::log(bytes));
