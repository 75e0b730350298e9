//! The fuzz target's body over the committed corpus, on real sockets and real time; the endless search for new cases is
//! in `fuzz/`.

#[path = "../../../fuzz/proxying.rs"]
mod proxying;

use std::path::Path;
use std::time::Duration;

#[tokio::test]
async fn what_passes_is_what_is_copied_whatever_both_sides_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/proxy");
    let files = std::fs::read_dir(folder).unwrap();
    let mut count = 0;
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        proxying::proxy(&bytes, Duration::from_millis(10)).await;
        count += 1;
    }
    assert!(count >= 14, "{count}");
}
