//! The transcript of a stream, by itself, beside its request and within a sample.
#![no_main]

#[expect(dead_code, reason = "the other targets' bodies")]
#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::sse(bytes));
