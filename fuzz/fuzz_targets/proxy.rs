//! The proxy between a client and a server that say anything at all.
//!
//!     cargo +nightly fuzz run proxy --features program fuzz/found/proxy fuzz/corpus/proxy
//!
//! Time stands still but for the proxy's own waits, which pass at once.
#![no_main]

#[path = "../proxying.rs"]
mod proxying;

use std::time::Duration;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(proxying::proxy(bytes, Duration::from_millis(50)));
});
