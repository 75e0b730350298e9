//! The fuzz target's body over the committed corpus; the endless search for new cases is in `fuzz/`.

#[path = "../../../fuzz/configuring.rs"]
mod configuring;

use std::path::Path;

#[test]
fn whatever_the_files_and_variables_say_the_complaints_have_places_and_tell_no_key() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/settings");
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for file in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        configuring::settings(&bytes, folder.path());
        count += 1;
    }
    assert!(count >= 8, "{count}");
}
