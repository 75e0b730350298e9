//! Every sample that ships with the program, against the event that was written down for it by hand.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own data should stop"
)]

use std::path::PathBuf;

use rainscope::completion::{Completion, Edits, load};
use rainscope::event::privacy::{self, Privacy};
use rainscope::event::wire;
use rainscope::json::{Document, JsonText, Limits, Value};
use rainscope::mapping::{self, Context, Outcome};

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn samples() -> Vec<(String, Completion, Document)> {
    let mut names: Vec<String> = std::fs::read_dir(fixtures().join("expected"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let loaded = load::load(&name, &std::fs::read(fixtures().join(&name)).unwrap());
            assert_eq!(loaded.problems, [], "{name}");
            assert_eq!(loaded.completions.len(), 1, "{name}");
            let expected =
                std::fs::read_to_string(fixtures().join("expected").join(&name)).unwrap();
            let expected = Document::parse(expected.into(), Limits::default()).unwrap();
            let completion = loaded.completions.into_iter().next().unwrap();
            (name, completion, expected)
        })
        .collect()
}

fn canonical(value: Option<Value<'_>>) -> String {
    value.map_or("absent".to_owned(), |value| value.canonical().to_string())
}

/// JSON over several lines, so that a failure shows the one line that differs.
fn lines(json: &str) -> String {
    json.replace(",\"", ",\n\"")
}

#[test]
fn every_sample_becomes_its_expected_event() {
    let samples = samples();
    assert!(samples.len() >= 28, "only {} samples", samples.len());
    for (name, completion, expected) in &samples {
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        let root = expected.root();
        for (mode, event_key, route_key) in [
            (Privacy::Off, "event", "route"),
            (Privacy::On, "private", "private_route"),
        ] {
            let (json, route) = match &mapped.outcome {
                Outcome::Event(event) => {
                    let outbound = privacy::apply(event, mode);
                    let mut json = String::new();
                    wire::write_event(outbound, &mut json);
                    let path = wire::Route::of(outbound).path();
                    let route = path.trim_start_matches("/v1/events/");
                    (json, JsonText::string(route).to_string())
                }
                Outcome::NoEvent(_) => ("null".to_owned(), "null".to_owned()),
            };
            let wanted = canonical(root.get(event_key));
            assert_eq!(lines(&json), lines(&wanted), "{name}: {event_key}");
            assert_eq!(route, canonical(root.get(route_key)), "{name}: {route_key}");
        }
        let mut codes: Vec<&str> = mapped.findings.iter().map(|f| f.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        let wanted: Vec<String> = root
            .get("findings")
            .iter()
            .flat_map(|list| list.children())
            .map(|code| code.str().unwrap().into_owned())
            .collect();
        assert_eq!(codes, wanted, "{name}: findings");
    }
}
