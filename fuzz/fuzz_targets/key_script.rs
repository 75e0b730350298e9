//! Scripts of keys, played in the inspector without a terminal.
//!
//!     cargo +nightly fuzz run key_script --features program fuzz/found/key_script fuzz/corpus/key_script
#![no_main]

#[path = "../pressing.rs"]
mod pressing;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pressing::press(bytes));
