//! What holds for every completion and every input, tried on the samples and on generated ones.

use std::collections::BTreeSet;

use crate::common::{all_fixtures, event_json, map};
use proptest::prelude::*;
use rainscope::completion::load;
use rainscope::completion::{Completion, Edit, Edits};
use rainscope::event::privacy::Privacy;
use rainscope::event::wire::EVENT_LIMIT;
use rainscope::json::{Document, JsonText, Limits, pointer};
use rainscope::mapping::{self, Context, Mapped, fates};
use rainscope::share::explain;
use serde_json::{Value as Json, json};

/// So many cases, without a file of those that failed.
pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Every completion of every sample, with the file it is from.
fn completions() -> Vec<(String, Completion)> {
    let load = |(file, bytes): (String, Vec<u8>)| {
        let loaded = load::load(&file, &bytes);
        let named = move |completion| (file.clone(), completion);
        loaded.completions.into_iter().map(named)
    };
    all_fixtures().into_iter().flat_map(load).collect()
}

fn leaves_of(value: &Json, at: &str, out: &mut BTreeSet<String>) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            for (key, member) in members {
                leaves_of(member, &pointer::join(at, key), out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                leaves_of(item, &format!("{at}/{index}"), out);
            }
        }
        _ => {
            out.insert(at.to_owned());
        }
    }
}

/// Each leaf of what is sent has its provenance, nothing else has, and what it names exists.
pub fn provenance_is_total(completion: &Completion, mapped: &Mapped) {
    let Some(event) = mapped.event() else { return };
    for mode in [Privacy::Off, Privacy::On] {
        let sent: Json = serde_json::from_str(&event_json(event, mode)).unwrap();
        let mut expected = BTreeSet::new();
        leaves_of(&sent, "", &mut expected);
        let leaves = explain::leaves(completion, event, mode);
        let explained: BTreeSet<String> = leaves.iter().map(|leaf| leaf.pointer.clone()).collect();
        assert_eq!(explained.len(), leaves.len(), "a leaf twice");
        assert_eq!(explained, expected, "{}", completion.name);
        for leaf in &leaves {
            let is_edit = leaf
                .provenance
                .sources
                .iter()
                .any(|source| matches!(source, rainscope::event::Source::Edit(_)));
            for source in &leaf.sources {
                let found = completion.document().resolve(source);
                assert!(is_edit || found.is_some(), "{}: {source}", leaf.pointer);
            }
        }
    }
    // And the other way round: each value of the source has a fate, in both modes.
    for mode in [Privacy::Off, Privacy::On] {
        for (value, fate) in fates(completion, mapped, mode) {
            assert!(!fate.says().is_empty(), "{}", value.pointer());
        }
    }
}

/// A JSON text without the member at `pointer`, all else the same to the byte.
fn member_cut(json: &str, pointer: &str) -> String {
    let limits = Limits {
        depth: 400,
        ..Limits::default()
    };
    let doc = Document::parse(json.into(), limits).unwrap();
    let Some(value) = doc.resolve(pointer) else {
        return json.to_owned();
    };
    let (start, end) = (value.member_start(), value.span().end);
    let rest = json[end..].trim_start();
    let (before, after) = match rest.strip_prefix(',') {
        Some(after) => (&json[..start], after),
        None => (json[..start].trim_end().trim_end_matches(','), rest),
    };
    [before, after].concat()
}

/// The private event is the full one without input and output, byte for byte.
fn privacy_takes_text_alone(mapped: &Mapped) {
    let Some(event) = mapped.event() else { return };
    let full = event_json(event, Privacy::Off);
    let private = event_json(event, Privacy::On);
    let has_text = event.fields.iter().any(|field| field.is_text());
    let mut expected = member_cut(&member_cut(&full, "/ai_data/input"), "/ai_data/output");
    expected = expected.replace(",\"ai_data\":{}", "");
    let pending = ",\"is_pending\":false}";
    if has_text {
        assert!(!full.contains(pending));
        expected.truncate(expected.len() - 1);
        expected.push_str(pending);
    }
    assert_eq!(private, expected);
}

#[test]
fn every_sample_keeps_the_promises() {
    let completions = completions();
    assert!(completions.len() >= 28);
    for (_, completion) in &completions {
        let mapped = map(completion);
        provenance_is_total(completion, &mapped);
        privacy_takes_text_alone(&mapped);
    }
}

/// A word that no part of the protocol has.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => "q[a-z]{1,4}zx[a-z]{1,5}",
        2 => "[\u{4e00}-\u{4fff}]{2,5}",
        1 => "[\u{1f600}-\u{1f64f}]{2,3}",
        1 => "[\u{430}-\u{44f}]{4,9}",
    ]
}

fn prose() -> impl Strategy<Value = String> {
    let gap = prop_oneof![Just(" "), Just(", "), Just("\n"), Just(" \"«"), Just("\\ ")];
    prop::collection::vec((word(), gap), 1..12)
        .prop_map(|words| words.into_iter().map(|(word, gap)| word + gap).collect())
}

fn content() -> impl Strategy<Value = Json> {
    let part = prop_oneof![
        4 => prose().prop_map(|text| json!({"type": "text", "text": text})),
        1 => Just(json!({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}})),
    ];
    prop_oneof![
        4 => prose().prop_map(Json::from),
        2 => prop::collection::vec(part, 0..4).prop_map(Json::from),
        1 => Just(Json::Null),
    ]
}

fn request(messages: Json, user: Option<String>, trace: Json) -> Json {
    let mut request = json!({"model": "openai/gpt-4o:nitro", "messages": messages});
    if let Some(user) = user {
        request["user"] = Json::from(user);
    }
    if !trace.is_null() {
        request["trace"] = trace;
    }
    request
}

prop_compose! {
    fn message()(
        role in prop::sample::select(vec!["system", "user", "assistant", "tool"]),
        content in content(),
    ) -> Json {
        json!({"role": role, "content": content})
    }
}

/// A trace value that has nothing of the conversation.
fn trace_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        "[A-Z0-9_/~ \"\\\\é]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[A-Z/~\" ]{0,5}", inner, 0..4)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>())
                .prop_map(Json::from),
        ]
    })
}

fn trace() -> impl Strategy<Value = Json> {
    let key = prop_oneof![
        4 => "[A-Z~/\" ]{0,6}".boxed(),
        2 => prop::sample::select(vec![
            "trace_id", "trace_name", "span_name", "environment", "model", "source", "total_cost",
        ]).prop_map(str::to_owned).boxed(),
    ];
    prop_oneof![
        1 => Just(Json::Null),
        1 => Just(Json::from("no object")),
        6 => prop::collection::vec((key, trace_value()), 0..6)
            .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>())
            .prop_map(Json::from),
    ]
}

prop_compose! {
    /// A sample, with the texts of its conversation.
    pub fn sample()(
        messages in prop::collection::vec(message(), 0..5),
        output in content(),
        reasoning in prop::option::of(prose()),
        user in prop::option::of("[A-Z]{1,8}"),
        trace in trace(),
        usage in prop::option::of(0u32..9000),
    ) -> (Json, Vec<String>) {
        let mut texts = Vec::new();
        for value in messages.iter().map(|message| &message["content"]).chain([&output]) {
            match value {
                Json::String(text) => texts.push(text.clone()),
                other => texts.extend(other.as_array().into_iter().flatten()
                    .filter_map(|part| part["text"].as_str().map(str::to_owned))),
            }
        }
        texts.extend(reasoning.clone());
        let mut response = json!({
            "id": "gen-1780662787-HsCxzAQHDCCHT9fRjSxB", "created": 1_780_662_787u32,
            "model": "openai/gpt-4o-2024-08-06", "provider": "OpenAI",
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": output, "reasoning": reasoning}}],
        });
        if let Some(tokens) = usage {
            response["usage"] = json!({"prompt_tokens": tokens, "completion_tokens": 2, "total_tokens": tokens + 2});
        }
        (json!({"request": request(Json::from(messages), user, trace), "response": response}), texts)
    }
}

/// The completion of a text.
pub fn load_one(text: &str) -> Completion {
    let loaded = load::load("t.json", text.as_bytes());
    assert_eq!(loaded.problems, [], "{text}");
    loaded.completions.into_iter().next().unwrap()
}

proptest! {
    #![proptest_config(config(120))]

    /// Nothing that is sent lacks provenance.
    #[test]
    fn generated_samples_keep_the_promises((sample, texts) in sample()) {
        let completion = load_one(&sample.to_string());
        let mapped = map(&completion);
        provenance_is_total(&completion, &mapped);
        privacy_takes_text_alone(&mapped);
        let private = event_json(mapped.event().unwrap(), Privacy::On);
        for text in &texts {
            let words = text.split(|c: char| !c.is_alphanumeric() && c < '\u{1000}');
            for word in words.filter(|word| word.chars().count() > 1) {
                prop_assert!(!private.contains(word), "{word} of {text} in {private}");
            }
        }
        let codes: Vec<&str> = mapped.findings.iter().map(|f| f.code.as_str()).collect();
        prop_assert!(!codes.contains(&"privacy-leak"), "{:?}", mapped.findings);
    }

    #[test]
    fn what_is_planted_in_a_clean_trace_is_found((mut sample, texts) in sample(), pick in any::<prop::sample::Index>()) {
        let long: Vec<&String> = texts.iter().filter(|text| {
            text.split_whitespace().filter(|w| w.chars().count() > 2 && w.chars().all(char::is_alphabetic)).count() > 5
        }).collect();
        prop_assume!(!long.is_empty());
        let planted = long[pick.index(long.len())];
        sample["request"]["trace"] = json!({"NOTE": {"DEEP": [planted.to_uppercase()]}});
        let mapped = map(&load_one(&sample.to_string()));
        let hit = mapped.findings.iter().find(|f| f.code.as_str() == "privacy-leak");
        prop_assert_eq!(hit.map(|f| f.pointer.as_str()), Some("/properties/NOTE/DEEP/0"));
    }

    #[test]
    fn number_text_survives(text in r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?") {
        let sample = format!(
            r#"{{"request":{{"trace":{{"n":[ {text} ],"m":{text}}}}},"response":{{"id":"gen-1","choices":[],"usage":{{"cost": {text} }}}}}}"#
        );
        let mapped = map(&load_one(&sample));
        let json = event_json(mapped.event().unwrap(), Privacy::Off);
        prop_assert!(json.contains(&format!("\"total_cost\":{text},")), "{json}");
        prop_assert!(json.contains(&format!("\"n\":[{text}],\"m\":{text}}}")), "{json}");
    }
}

/// Any sample that ships with the program.
pub fn any_fixture() -> impl Strategy<Value = (String, Vec<u8>)> {
    prop::sample::select(all_fixtures())
}

/// An edit of any kind.
pub fn edit() -> impl Strategy<Value = Edit> {
    let together = prop::collection::vec(single_edit(), 1..4).prop_map(Edit::Together);
    prop_oneof![5 => single_edit(), 1 => together]
}

fn single_edit() -> impl Strategy<Value = Edit> {
    let key = || {
        prop::sample::select(vec![
            "A",
            "B",
            "C",
            "model",
            "trace_id",
            "trace_name",
            "k/~\"",
        ])
    };
    let value = || trace_value().prop_map(|value| JsonText::parse(&value.to_string()).unwrap());
    prop_oneof![
        prop::option::of("[A-Z]{0,3}").prop_map(Edit::User),
        prop::option::of("[A-Z]{0,3}").prop_map(Edit::SessionId),
        (key(), value()).prop_map(|(key, value)| Edit::SetKey {
            key: key.to_owned(),
            value
        }),
        key().prop_map(|key| Edit::RemoveKey(key.to_owned())),
        (key(), key()).prop_map(|(from, to)| Edit::RenameKey {
            from: from.to_owned(),
            to: to.to_owned()
        }),
        prop::collection::vec((key(), value()), 0..3).prop_map(|members| {
            Edit::ReplaceTrace(
                members
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect(),
            )
        }),
    ]
}

/// The edit made in the request's own JSON, independently of the program.
fn edit_json(request: &mut serde_json::Map<String, Json>, edit: &Edit) {
    let set = |request: &mut serde_json::Map<String, Json>, key: &str, text: &Option<String>| {
        match text {
            Some(text) => request.insert(key.to_owned(), Json::from(text.clone())),
            None => request.shift_remove(key),
        };
    };
    if let Edit::Together(steps) = edit {
        return steps.iter().for_each(|step| edit_json(request, step));
    }
    let parsed = |value: &JsonText| serde_json::from_str::<Json>(value.as_str()).unwrap();
    let is_object = request.get("trace").is_some_and(Json::is_object);
    if matches!(edit, Edit::RemoveKey(_) | Edit::RenameKey { .. }) && !is_object {
        return;
    }
    let mut trace = request
        .get("trace")
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    match edit {
        Edit::User(user) => return set(request, "user", user),
        Edit::SessionId(session) => return set(request, "session_id", session),
        Edit::SetKey { key, value } => {
            trace.insert(key.clone(), parsed(value));
        }
        Edit::RemoveKey(key) => {
            trace.shift_remove(key);
        }
        Edit::RenameKey { from, to } if from != to && trace.contains_key(from) => {
            trace.shift_remove(to);
            trace = trace
                .into_iter()
                .map(|(key, value)| (if key == *from { to.clone() } else { key }, value))
                .collect();
        }
        Edit::RenameKey { .. } | Edit::Together(_) => {}
        Edit::ReplaceTrace(members) => {
            trace.clear();
            for (key, value) in members {
                trace.insert(key.clone(), parsed(value));
            }
        }
    }
    request.insert("trace".to_owned(), Json::from(trace));
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn edits_are_as_good_as_editing_the_sample(
        (sample, _) in sample(),
        steps in prop::collection::vec(edit(), 0..8),
    ) {
        let completion = load_one(&sample.to_string());
        let edits: Edits = steps.iter().cloned().collect();
        let mapped = mapping::inspect(&completion, &edits, &Context::at(0));
        let mut edited = sample;
        for step in &steps {
            edit_json(edited["request"].as_object_mut().unwrap(), step);
        }
        let expected = map(&load_one(&edited.to_string()));
        for mode in [Privacy::Off, Privacy::On] {
            prop_assert_eq!(
                event_json(mapped.event().unwrap(), mode),
                event_json(expected.event().unwrap(), mode)
            );
        }
        let codes = |mapped: &Mapped| -> Vec<_> { mapped.findings.iter().map(|f| (f.code, f.pointer.clone())).collect() };
        prop_assert_eq!(codes(&mapped), codes(&expected));
        provenance_is_total(&completion, &mapped);
        privacy_takes_text_alone(&mapped);
    }

    #[test]
    fn edits_of_any_sample_do_not_panic(
        (file, bytes) in any_fixture(),
        steps in prop::collection::vec(edit(), 0..8),
    ) {
        let edits: Edits = steps.into_iter().collect();
        for completion in load::load(&file, &bytes).completions {
            let mapped = mapping::inspect(&completion, &edits, &Context::at(0));
            provenance_is_total(&completion, &mapped);
            privacy_takes_text_alone(&mapped);
        }
    }
}

#[test]
fn a_trace_key_that_is_written_twice_has_its_last_value() {
    let sample = json!({"request": {"model": "a/b", "trace": {"k": 1}},
                        "response": {"id": "gen-1", "choices": []}});
    let value = |json: &str| JsonText::parse(json).unwrap();
    let check = |values: [&str; 2]| {
        let entries = values.map(|json| ("k".to_owned(), value(json)));
        let edits: Edits = [Edit::ReplaceTrace(entries.into())].into_iter().collect();
        let mapped = mapping::inspect(&load_one(&sample.to_string()), &edits, &Context::at(0));
        let event: Json =
            serde_json::from_str(&event_json(mapped.event().unwrap(), Privacy::Off)).unwrap();
        assert_eq!(event["properties"]["k"].to_string(), values[1]);
    };
    check(["null", "1"]);
    check(["1", "null"]);
    check(["2", "3"]);
}

#[test]
fn an_event_over_the_limit_is_said_to_be() {
    let sample = json!({"request": {"model": "a/b", "messages": [{"role": "user", "content": "x".repeat(EVENT_LIMIT)}]},
                        "response": {"id": "gen-1", "choices": []}});
    let mapped = map(&load_one(&sample.to_string()));
    let codes: Vec<&str> = mapped.findings.iter().map(|f| f.code.as_str()).collect();
    assert!(codes.contains(&"event-too-large") && codes.contains(&"text-will-be-cut"));
}
