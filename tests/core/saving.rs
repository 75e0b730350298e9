//! What is saved of a completion with its edits is what was shown of it.

use proptest::prelude::*;
use rainscope::completion::load;
use rainscope::completion::{Completion, Edits};
use rainscope::event::privacy::Privacy;
use rainscope::mapping::{self, Code, Context, Mapped};
use rainscope::share::sample as saved;
use serde_json::{Value as Json, json};

use crate::common::event_json;
use crate::properties::{any_fixture, config, edit, load_one, provenance_is_total, sample};

/// Has user, session and trace of a sample in the body of the request, in `extra_body`, in both, or as `null` there; and
/// other parts that tell of the user and the session as well.
fn spread(sample: &mut Json, places: &[&str], others: &[bool]) {
    let request = sample["request"].as_object_mut().unwrap();
    request.insert("session_id".to_owned(), json!("SESSION"));
    let mut extra = json!({"provider": {"order": ["a"]}});
    for (key, place) in ["user", "session_id", "trace"].into_iter().zip(places) {
        let Some(value) = request.get(key).cloned() else {
            continue;
        };
        match *place {
            "extra" => {
                request.shift_remove(key);
                extra[key] = value;
            }
            "both" => extra[key] = value,
            "null" => extra[key] = Json::Null,
            _ => {}
        }
    }
    if places != ["body"; 3] {
        request.insert("extra_body".to_owned(), extra);
    }
    let id = sample["response"]["id"].clone();
    let record = json!({"id": id, "external_user": "RECORD", "session_id": "RECORD"});
    let parts = [
        ("generation", json!({"data": record})),
        ("generation", record),
        ("activity", json!({"generation_id": id, "user": "ACTIVITY"})),
        ("headers", json!({"X-Session-Id": "HEADER"})),
        (
            "delivery",
            json!({"name": "LLM Generation", "attributes": {
                "gen_ai.response.id": id, "user.id": "DELIVERED", "session.id": "DELIVERED",
                "trace.metadata.A": "DELIVERED", "trace.name": "DELIVERED"}}),
        ),
    ];
    for ((key, part), is_there) in parts.into_iter().zip(others) {
        if *is_there {
            sample[key] = part;
        }
    }
    if others[5] {
        sample["request"]["metadata"] = json!({"user_id": "MESSAGES"});
    }
}

/// What is saved of a completion with its edits is, loaded again, what was shown.
fn saves_what_is_shown(completion: &Completion, mapped: &Mapped) {
    let text = saved::of(completion, &mapped.metadata, true);
    let again = mapping::inspect(&load_one(&text), &Edits::none(), &Context::at(0));
    assert_eq!(mapped.event().is_some(), again.event().is_some(), "{text}");
    if let (Some(shown), Some(again)) = (mapped.event(), again.event()) {
        for mode in [Privacy::Off, Privacy::On] {
            let [shown, again] = [shown, again].map(|event| event_json(event, mode));
            assert_eq!(shown, again, "{text}");
        }
    }
    fates_are_the_same(completion, mapped, &text);
    let codes = |mapped: &Mapped| -> Vec<_> {
        // A stream is stored assembled, and does not tell any more how it ended.
        let findings = mapped.findings.iter();
        let findings = findings.filter(|found| found.code != Code::StreamIncomplete);
        // A delivery tells of the request as it was, and is held against what no edit made.
        let findings = findings.filter(|found| found.code != Code::DeliveryDiffers);
        // What is gone from `extra_body` is missing there; in what was saved it never was.
        let place = |at: &str| at.replace("/extra_body/", "/");
        findings.map(|f| (f.code, place(&f.pointer))).collect()
    };
    assert_eq!(codes(mapped), codes(&again), "{text}");
}

/// What became of an edited value is told as of a value of the file.
fn fates_are_the_same(completion: &Completion, mapped: &Mapped, saved: &str) {
    let again = load_one(saved);
    let inspected = mapping::inspect(&again, &Edits::none(), &Context::at(0));
    let metadata = &mapped.metadata;
    let fields = [
        (metadata.user_pointer().to_owned(), &metadata.user),
        (metadata.session_pointer().to_owned(), &metadata.session_id),
    ];
    let fields = fields
        .into_iter()
        .filter(|(_, field)| field.value.is_some());
    let fields = fields.map(|(at, field)| (at, field.source, field.edited));
    let entries = metadata.trace.iter();
    let entries = entries.map(|entry| {
        let at = metadata.key_pointer(&entry.key);
        (at, entry.source, entry.edited)
    });
    for (at, source, is_edited) in fields.chain(entries) {
        let there = again.document().resolve(&at);
        assert!(there.is_some(), "{at} in {saved}");
        let there = there.unwrap().id();
        let expected = mapping::fate(&again, &inspected, there, Privacy::Off);
        let found = match source.filter(|_| !is_edited) {
            Some(id) => mapping::fate(completion, mapped, id, Privacy::Off),
            None => mapping::fate_of_edit(mapped, &at),
        };
        assert_eq!(found, expected, "{at} in {saved}");
    }
}

proptest! {
    #![proptest_config(config(100))]

    /// Wherever user, session and trace stand, and whatever else tells of them.
    #[test]
    fn what_is_saved_maps_as_it_was_shown(
        (mut sample, _) in sample(),
        places in prop::collection::vec(prop::sample::select(vec!["body", "extra", "both", "null"]), 3),
        others in prop::collection::vec(any::<bool>(), 6),
        steps in prop::collection::vec(edit(), 0..6),
    ) {
        spread(&mut sample, &places, &others);
        let completion = load_one(&sample.to_string());
        let edits: Edits = steps.into_iter().collect();
        let mapped = mapping::inspect(&completion, &edits, &Context::at(0));
        provenance_is_total(&completion, &mapped);
        saves_what_is_shown(&completion, &mapped);
    }

    #[test]
    fn of_any_sample_is_saved_what_was_shown(
        (file, bytes) in any_fixture(),
        steps in prop::collection::vec(edit(), 1..6),
    ) {
        let edits: Edits = steps.into_iter().collect();
        for completion in load::load(&file, &bytes).completions {
            let mapped = mapping::inspect(&completion, &edits, &Context::at(0));
            if completion.request().is_some() {
                saves_what_is_shown(&completion, &mapped);
            }
        }
    }
}
