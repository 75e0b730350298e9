//! Every sample against the event that was written down for it, with its provenance and its findings: those that
//! ship with the program, and those of single rules in `fixtures/values`.

use crate::common::{all_fixtures, event_json, fixtures, map};
use rainscope::completion::{Completion, load};
use rainscope::event::privacy::{self, Privacy};
use rainscope::event::wire;
use rainscope::json::{Document, JsonText, Kind, Limits, Value, quote};
use rainscope::mapping::{Mapped, Outcome};
use rainscope::share::explain;

/// Every sample with what was written down for it; a file of several completions has a list.
fn samples() -> Vec<(String, Completion, Document)> {
    let mut samples = Vec::new();
    for (file, bytes) in all_fixtures() {
        let loaded = load::load(&file, &bytes);
        assert_eq!(loaded.problems, [], "{file}");
        let stem = file.rsplit_once('.').unwrap().0;
        let path = crate::common::folder().join(format!("expected/{stem}.json"));
        let expected = std::fs::read_to_string(&path).expect("no expected event for this sample");
        let expected = Document::parse(expected.into(), Limits::default()).unwrap();
        let root = expected.root();
        let items: Vec<Value> = match root.kind() {
            Kind::Array => root.children().collect(),
            _ => vec![root],
        };
        assert_eq!(loaded.completions.len(), items.len(), "{file}");
        for (completion, item) in loaded.completions.into_iter().zip(items) {
            let item = Document::parse(item.raw().into(), Limits::default()).unwrap();
            let name = format!("{file}: {}", completion.name);
            samples.push((name, completion, item));
        }
    }
    samples
}

fn canonical(value: Option<Value<'_>>) -> String {
    value.map_or("absent".to_owned(), |value| value.canonical().to_string())
}

/// JSON over several lines, so that a failure shows the one line that differs.
fn lines(json: &str) -> String {
    json.replace(",\"", ",\n\"")
}

/// Each field of the event, and each value below a trace key: which step made it, how far that is known,
/// and the pointers of its sources (none for a constant or a default).
fn provenance(completion: &Completion, mapped: &Mapped) -> String {
    let Some(event) = mapped.event() else {
        return "absent".to_owned();
    };
    let leaves = explain::leaves(completion, event, Privacy::Off);
    let rows: Vec<String> = leaves
        .iter()
        .map(|leaf| {
            let step = leaf.provenance.step;
            let from: Vec<String> = leaf.sources.iter().map(|at| quote(at)).collect();
            format!(
                "{}:{{\"step\":{},\"confidence\":{},\"from\":[{}]}}",
                quote(&leaf.pointer),
                quote(&step.id()),
                quote(step.confidence.name()),
                from.join(","),
            )
        })
        .collect();
    format!("{{{}}}", rows.join(","))
}

#[test]
fn every_sample_becomes_its_expected_event() {
    let samples = samples();
    assert!(samples.len() >= 60, "only {} samples", samples.len());
    for (name, completion, expected) in &samples {
        let mapped = map(completion);
        let root = expected.root();
        for (mode, event_key, route_key) in [
            (Privacy::Off, "event", "route"),
            (Privacy::On, "private", "private_route"),
        ] {
            let (json, route) = match &mapped.outcome {
                Outcome::Event(event) => {
                    let path = wire::Route::of(privacy::apply(event, mode)).path();
                    let route = path.trim_start_matches("/v1/events/");
                    (event_json(event, mode), JsonText::string(route).to_string())
                }
                Outcome::NoEvent(_) => ("null".to_owned(), "null".to_owned()),
            };
            let wanted = canonical(root.get(event_key));
            assert_eq!(lines(&json), lines(&wanted), "{name}: {event_key}");
            assert_eq!(route, canonical(root.get(route_key)), "{name}: {route_key}");
        }
        let wanted = canonical(root.get("provenance"));
        assert_eq!(
            lines(&provenance(completion, &mapped)),
            lines(&wanted),
            "{name}: provenance"
        );
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

#[test]
fn the_program_carries_every_sample() {
    let carried: Vec<&str> = rainscope::samples::FILES
        .iter()
        .map(|(file, _)| *file)
        .collect();
    let there: Vec<String> = fixtures().into_iter().map(|(file, _)| file).collect();
    assert_eq!(carried, there);
}
