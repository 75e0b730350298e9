//! Whatever the bytes: the loaders give completions or a problem with a place, and nothing panics.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own data should stop"
)]

mod common;

use common::{event_json, fixtures, map};
use proptest::prelude::*;
use rainscope::completion::load;
use rainscope::event::privacy::Privacy;
use rainscope::json::{Document, Limits};
use rainscope::share::explain;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// All that may be done with what was loaded, done: nothing may panic.
fn exercise(bytes: &[u8], file: &str) {
    let loaded = load::load(file, bytes);
    assert!(
        !loaded.completions.is_empty() || !loaded.problems.is_empty() || !loaded.notes.is_empty(),
        "nothing loaded and nothing said: {:?}",
        String::from_utf8_lossy(bytes)
    );
    for problem in loaded.problems.iter().chain(&loaded.notes) {
        let position = problem.position.unwrap();
        assert!(position.line >= 1 && position.column >= 1, "{problem}");
        assert!(problem.offset <= bytes.len(), "{problem}");
    }
    for completion in &loaded.completions {
        let mapped = map(completion);
        for value in completion.document().root().descendants().take(300) {
            if let Some(place) = completion.place_of(value) {
                assert!(place.offset <= bytes.len());
            }
        }
        if let Some(event) = mapped.event() {
            assert!(!event_json(event, Privacy::Off).is_empty());
            let mut out = String::new();
            explain::write(completion, &mapped, event, Privacy::On, &mut out);
            let limits = Limits {
                depth: 400,
                bytes: 1 << 30,
            };
            assert!(
                Document::parse(out.as_str().into(), limits).is_ok(),
                "{out}"
            );
        }
    }
}

#[test]
fn prefixes_of_samples_load_or_report() {
    for (file, bytes) in fixtures() {
        // All cuts of a short sample; of a long one, cuts spread by a step that no structure follows.
        let step = (bytes.len() / 90).max(1);
        for cut in (0..bytes.len()).step_by(step) {
            exercise(&bytes[..cut], &file);
        }
    }
}

fn any_fixture() -> impl Strategy<Value = (String, Vec<u8>)> {
    prop::sample::select(fixtures())
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn arbitrary_bytes_load_or_report(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        exercise(&bytes, "t.json");
    }

    #[test]
    fn json_like_text_loads_or_reports(
        text in r#"([\[\]{}:,"\\ \n]|data: |"choices"|"request"|"response"|"delta"|"log"|"entries"|resourceSpans|null|1e9|é){0,40}"#,
        file in prop::sample::select(vec!["t.json", "t.ndjson", "t.sse", "t.har"]),
    ) {
        exercise(text.as_bytes(), file);
    }

    #[test]
    fn mutated_samples_load_or_report(
        (file, mut bytes) in any_fixture(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..6),
    ) {
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, byte),
                _ => {
                    let end = (at + 1 + usize::from(byte)).min(bytes.len());
                    bytes.drain(at..end);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        exercise(&bytes, &file);
    }

    #[test]
    fn retyped_samples_map_without_a_panic(
        (_, bytes) in any_fixture(),
        at in any::<prop::sample::Index>(),
        other in prop::sample::select(vec!["null", "1e999", "-7", "\"\"", "\"x\"", "[]", "{}", "[[1]]", "true", "{\"type\":\"text\"}"]),
    ) {
        let text = String::from_utf8(bytes).unwrap();
        let doc = Document::parse(text.as_str().into(), Limits::default());
        prop_assume!(doc.is_ok());
        let doc = doc.unwrap();
        let index = at.index(doc.len());
        let value = std::iter::once(doc.root()).chain(doc.root().descendants()).nth(index).unwrap();
        let span = value.span();
        exercise([&text[..span.start], other, &text[span.end..]].concat().as_bytes(), "t.json");
    }
}
