//! The fuzz target's body over the committed corpus; the endless search for new cases is in `fuzz/`.

#[path = "../../../fuzz/pressing.rs"]
mod pressing;

use std::path::Path;

#[test]
fn whatever_is_pressed_a_frame_is_drawn_that_a_terminal_can_be_given() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/key_script");
    let mut count = 0;
    for file in std::fs::read_dir(corpus).unwrap() {
        pressing::press(&std::fs::read(file.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count}");
}
