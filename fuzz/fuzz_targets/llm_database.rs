//! The database that llm logs to, in a file of a folder of its own.
//!
//!     cargo +nightly fuzz run llm_database --features program fuzz/found/llm_database fuzz/corpus/llm_database
#![no_main]

#[path = "../databases.rs"]
mod databases;

use std::path::PathBuf;
use std::sync::LazyLock;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("rainscope-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| databases::llm_database(bytes, &FOLDER));
