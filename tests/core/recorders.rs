//! What real recorders made of one set of calls (`tests/recorders` has the calls, the server and the scripts): whoever
//! recorded them, the events are those of the samples.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{event_json, map};
use rainscope::completion::load::{self, Loaded};
use rainscope::event::privacy::Privacy;
use rainscope::mapping::Outcome;
use serde_json::Value as Json;

/// Calls of which an event comes, and the one that was refused.
const EVENTS: usize = 7;
const COMPLETIONS: usize = EVENTS + 1;
/// Recorders that measure times of their own, which are the event's then.
const MEASURES: [&str; 6] = [
    "betamax",
    "go-vcr",
    "mitmproxy",
    "playwright",
    "polly",
    "ruby-vcr",
];
/// What holds no headers of a request, and so not the session that stands in one: WireMock's stubs, and nock's
/// recordings unless it is told to keep them.
const WITHOUT_HEADERS: [&str; 3] = ["nock-back", "nock-fetch", "wiremock.json"];
/// The event of the call whose session stands in a header.
const SESSION_IN_HEADER: &str = "09b7ab27-26c5-55e7-9f38-06448ab98e4b";

fn load(file: &str) -> Loaded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/recorders");
    load::load(file, &fs::read(folder.join(file)).unwrap())
}

/// The events of a recording by their ids, and that all else was told apart.
fn events(file: &str) -> BTreeMap<String, Json> {
    let loaded = load(file);
    assert_eq!(loaded.problems, [], "{file}");
    assert_eq!(loaded.completions.len(), COMPLETIONS, "{file}");
    let mut events = BTreeMap::new();
    for completion in &loaded.completions {
        let mapped = map(completion);
        match &mapped.outcome {
            Outcome::Event(event) => {
                let event: Json =
                    serde_json::from_str(event_json(event, Privacy::Off).as_str()).unwrap();
                let id = event["event_id"].as_str().unwrap().to_owned();
                events.insert(id, event);
            }
            Outcome::NoEvent(none) => {
                let refused = "error 400: nobody/nothing is not a valid model ID";
                assert!(none.says.contains(refused), "{file}: {}", none.says);
            }
        }
    }
    assert_eq!(events.len(), EVENTS, "{file}");
    events
}

#[test]
fn every_recorder_gives_the_events_of_the_samples() {
    let expected = events("samples.ndjson");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/recorders");
    let mut recordings = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if file.ends_with(".expected.json") || file == "samples.ndjson" {
            continue;
        }
        recordings += 1;
        let measures = MEASURES.iter().any(|recorder| file.starts_with(recorder));
        for (id, mut found) in events(&file) {
            let mut expected = expected[&id].clone();
            for event in [&mut expected, &mut found] {
                let event = event.as_object_mut().unwrap();
                // Without a measured duration there is none, and the end follows from it. No sample says when a
                // Messages answer was there; the recorded `Date` does.
                if measures || is_of_messages(event) {
                    event.remove("timestamp");
                }
                if measures {
                    event["properties"]
                        .as_object_mut()
                        .unwrap()
                        .remove("duration_ms");
                }
            }
            if WITHOUT_HEADERS.iter().any(|name| file.starts_with(name)) && id == SESSION_IN_HEADER
            {
                expected["ai_data"]
                    .as_object_mut()
                    .unwrap()
                    .remove("convo_id");
            }
            assert_eq!(found, expected, "{file}");
        }
    }
    assert!(recordings > 20, "{recordings}");
}

fn is_of_messages(event: &serde_json::Map<String, Json>) -> bool {
    event["ai_data"]["model"] == "anthropic/claude-haiku-4.5"
}

/// What is no completion is counted, in one note, and never shown as one.
#[test]
fn every_recorder_tells_what_is_no_completion() {
    for file in [
        "vcrpy-httpx.yaml",
        "nock-back.json",
        "undici.json",
        "playwright.har",
    ] {
        let notes = load(file).notes;
        assert_eq!(notes.len(), 1, "{file}");
        assert!(
            notes[0].what.starts_with("2 of the "),
            "{file}: {}",
            notes[0].what
        );
    }
}
