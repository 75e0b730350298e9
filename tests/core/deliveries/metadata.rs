//! A delivery on its own: where its values came from, and its metadata edited.

use super::payloads::{event, one, payload, span};
use crate::common::{fixtures, map};
use rainscope::completion::load;
use rainscope::completion::{Edit, Edits, TraceMetadata};
use rainscope::event::Source;
use rainscope::event::privacy::Privacy;
use rainscope::json::JsonText;
use rainscope::mapping;
use rainscope::mapping::{Context, Fate};
use rainscope::share::explain;
use serde_json::json;

#[test]
fn provenance_leads_into_the_delivery() {
    let (_, bytes) = fixtures()
        .into_iter()
        .find(|(file, _)| file == "29-delivery.json")
        .unwrap();
    let completion = load::load("d.json", &bytes).completions.remove(0);
    let mapped = map(&completion);
    let leaves = explain::leaves(&completion, mapped.event().unwrap(), Privacy::Off);
    let check = |field: &str, sources: &[&str]| {
        let leaf = leaves.iter().find(|leaf| leaf.pointer == field).unwrap();
        assert_eq!(leaf.sources, sources, "{field}");
        for source in sources {
            let value = completion.document().resolve(source).unwrap();
            let place = completion.place_of(value).unwrap();
            let text = std::str::from_utf8(&bytes).unwrap();
            // A number stands in a string there, and so does the prompt.
            assert!(
                text[place.offset..]
                    .trim_start_matches('"')
                    .starts_with(value.raw().trim_matches('"'))
                    || source.contains("gen_ai."),
                "{source}"
            );
        }
    };
    check(
        "/ai_data/input",
        &[
            "/delivery/attributes/gen_ai.prompt/messages/3/content/0/text",
            "/delivery/attributes/gen_ai.prompt/messages/3/content/1/text",
        ],
    );
    check(
        "/ai_data/output",
        &["/delivery/attributes/gen_ai.completion/completion"],
    );
    check("/user_id", &["/delivery/attributes/user.id"]);
    check(
        "/properties/branch",
        &["/delivery/attributes/trace.metadata.branch"],
    );
    check(
        "/properties/tags/1",
        &["/delivery/attributes/trace.metadata.tags/1"],
    );
    check("/properties/generation_name", &["/delivery/name"]);
    check(
        "/properties/prompt_tokens",
        &["/delivery/attributes/gen_ai.usage.input_tokens"],
    );
    check(
        "/properties/duration_ms",
        &["/delivery/startTimeUnixNano", "/delivery/endTimeUnixNano"],
    );
    let fate = |pointer: &str| {
        let value = completion.document().resolve(pointer).unwrap();
        mapping::fate(&completion, &mapped, value.id(), Privacy::On)
    };
    assert!(matches!(
        fate("/delivery/attributes/gen_ai.completion/completion"),
        Fate::Withheld(_)
    ));
    assert!(matches!(
        fate("/delivery/attributes/trace.input"),
        Fate::Dropped("a copy of gen_ai.prompt")
    ));
}

#[test]
fn the_metadata_of_a_delivery_can_be_edited() {
    let completion = one(&payload(span(&[
        ("gen_ai.response.id", json!("gen-1")),
        ("user.id", json!("u")),
        ("trace.metadata.a", json!(1)),
        ("trace.metadata.openrouter.source", json!("openrouter")),
        ("trace.metadata.b", json!(true)),
    ])));
    let metadata = TraceMetadata::of(&completion, &Edits::none());
    assert_eq!(metadata.trace_json(), r#"{"a":1,"b":true}"#);
    assert_eq!(
        metadata.key_pointer("a"),
        "/delivery/attributes/trace.metadata.a"
    );
    let edits: Edits = [
        Edit::User(Some("v".to_owned())),
        Edit::SessionId(Some("s".to_owned())),
        Edit::SetKey {
            key: "c".to_owned(),
            value: JsonText::integer(2),
        },
        Edit::RemoveKey("a".to_owned()),
    ]
    .into_iter()
    .collect();
    let mapped = mapping::inspect(&completion, &edits, &Context::at(0));
    let json = event(&mapped);
    assert_eq!(
        (&json["user_id"], &json["ai_data"]["convo_id"]),
        (&json!("v"), &json!("s"))
    );
    assert_eq!(
        (&json["properties"]["b"], &json["properties"]["c"]),
        (&json!(true), &json!(2))
    );
    assert!(json["properties"]["a"].is_null());
    let of = |pointer: &str| {
        let value = completion.document().resolve(pointer).unwrap();
        let one = mapping::fate(&completion, &mapped, value.id(), Privacy::Off);
        let mut all = mapping::fates(&completion, &mapped, Privacy::Off);
        assert_eq!(all.find(|(at, _)| *at == value).unwrap().1, one);
        one
    };
    let edited = Fate::Dropped("an edit replaced or removed it");
    assert_eq!(of("/delivery/attributes/user.id"), edited);
    assert_eq!(of("/delivery/attributes/trace.metadata.a"), edited);
    assert!(of("/delivery/attributes/trace.metadata.b").arrives());
    let sources: Vec<Source> = mapped
        .event()
        .unwrap()
        .fields
        .iter()
        .flat_map(|field| field.provenance.sources.clone())
        .filter(|source| matches!(source, Source::Edit(_)))
        .collect();
    assert_eq!(
        sources,
        [
            Source::Edit("/delivery/attributes/user.id".to_owned()),
            Source::Edit("/delivery/attributes/session.id".to_owned()),
            Source::Edit("/delivery/attributes/trace.metadata.c".to_owned()),
        ]
    );
}
