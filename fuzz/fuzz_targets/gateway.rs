//! What gateways and SDKs write down of a call.
#![no_main]

#[expect(dead_code, reason = "the other targets' bodies")]
#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::gateway(bytes));
