//! Settings, a project's file, saved write keys and variables, in files of a folder of its own.
//!
//!     cargo +nightly fuzz run settings --features program fuzz/found/settings fuzz/corpus/settings
#![no_main]

#[path = "../configuring.rs"]
mod configuring;

use std::path::PathBuf;
use std::sync::LazyLock;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("rainscope-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| configuring::settings(bytes, &FOLDER));
