//! The sink, and clients that send it anything at all. One sink serves many runs, so that what it keeps has to be bounded.
//!
//!     cargo +nightly fuzz run sink --features program fuzz/found/sink fuzz/corpus/sink
#![no_main]

#[path = "../sinking.rs"]
mod sinking;

use std::sync::LazyLock;

use rainscope::delivery::sink::Rules;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
});
static SINK: LazyLock<sinking::Hearing> =
    LazyLock::new(|| RUNTIME.block_on(sinking::Hearing::start(Rules::Documented)));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| RUNTIME.block_on(SINK.hear(bytes)));
