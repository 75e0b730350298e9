//! The fuzz target's body over the committed corpus; the endless search for new cases is in `fuzz/`.

#[path = "../../../fuzz/sinking.rs"]
mod sinking;

use std::path::Path;

use rainscope::delivery::sink::Rules;

#[tokio::test]
async fn the_sink_answers_and_keeps_its_bounds_whatever_it_is_sent() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/sink");
    for rules in [Rules::Documented, Rules::Strict] {
        let hearing = sinking::Hearing::start(rules).await;
        let mut count = 0;
        for file in std::fs::read_dir(&folder).unwrap() {
            hearing
                .hear(&std::fs::read(file.unwrap().path()).unwrap())
                .await;
            count += 1;
        }
        assert!(count >= 12, "{count}");
    }
}
