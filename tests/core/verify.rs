//! What was sent held against what is stored: a value that is only written in another way is never called changed, and
//! whatever is really lost or changed is found.

use proptest::prelude::*;
use rainscope::json::{Document, Limits};
use rainscope::verify::{
    Comparison, Fate, RULES, Reader, Unsure, compare, not_found, of_query, of_workshop,
};
use serde_json::{Map, Value, json};

fn of_answer(sent: &Value, data: &Value) -> Comparison {
    let doc = Document::parse(data.to_string().into(), Limits::default()).unwrap();
    let stored = of_query(Reader::QueryApi, doc.root()).unwrap();
    compare(&sent.to_string(), &stored, Unsure::default()).unwrap()
}

fn of_run(sent: &str, detail: &Value) -> Comparison {
    let doc = Document::parse(detail.to_string().into(), Limits::default()).unwrap();
    let stored = of_workshop("e1", doc.root()).unwrap();
    compare(sent, &stored, Unsure::default()).unwrap()
}

/// The fields that are not stored as sent: pointer, fate and rule.
fn told(comparison: &Comparison) -> Vec<String> {
    let fields = comparison.fields.iter();
    fields
        .filter(|field| field.fate != Fate::AsSent)
        .map(|field| {
            let rule = field.rule.map_or("-", |rule| rule.name);
            format!("{} {} {rule}", field.pointer, field.fate.name())
        })
        .collect()
}

const SENT: &str = r#"{"event_id":"e1","event":"llm_generation","user_id":"ada","timestamp":"2026-06-05T12:31:53.986Z","ai_data":{"model":"a/b","input":"Hello","output":"Hi","convo_id":"c"},"properties":{"cost":1.48e-05,"count":7,"ok":true,"none":null,"tags":["a",{"b":1}],"word":"1.10"},"is_pending":false}"#;

/// The answer of a Query API that stores everything.
fn answer() -> Value {
    json!({
        "id": "e1", "event_name": "llm_generation", "user_id": "ada", "convo_id": "c",
        "timestamp": "2026-06-05T12:31:53.986Z", "user_input": "Hello", "assistant_output": "Hi",
        "model": "a/b",
        "properties": {"cost": 0.0000148, "count": 7, "ok": true, "none": null, "tags": ["a", {"b": 1}], "word": "1.10"}
    })
}

#[test]
fn a_query_answer_is_held_against_what_was_sent() {
    let sent = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    type Plant = fn(&mut Value);
    let table: [(Plant, &[&str]); 9] = [
        (|_| {}, &[]),
        (
            |data| {
                data["properties"] = json!({
                    "cost": "0.0000148", "count": "7", "ok": "true", "none": "null",
                    "tags": "[\"a\",{\"b\":1.0}]", "word": "1.10"
                });
            },
            &[
                "/properties/cost by-value query-api.properties-as-text",
                "/properties/count by-value query-api.properties-as-text",
                "/properties/ok by-value query-api.properties-as-text",
                "/properties/none by-value query-api.properties-as-text",
                "/properties/tags by-value query-api.properties-as-text",
            ],
        ),
        (
            |data| data["timestamp"] = json!("2026-06-05T14:31:53.986+02:00"),
            &["/timestamp by-value respelled"],
        ),
        (
            |data| data["timestamp"] = json!("2026-06-05T12:31:53Z"),
            &["/timestamp changed unexplained"],
        ),
        (
            |data| data["properties"]["word"] = json!(1.1),
            &["/properties/word changed unexplained"],
        ),
        (
            |data| data["user_input"] = json!("Hell...[truncated by raindrop]"),
            &["/ai_data/input changed cut-text"],
        ),
        (
            |data| data["id"] = json!("internal"),
            &["/event_id changed query-api.own-id"],
        ),
        (
            |data| data["properties"]["tags"][1]["c"] = json!(2),
            &["/properties/tags/1 changed unexplained"],
        ),
        (
            |data| data["model"] = Value::Null,
            &["/ai_data/model lost unexplained"],
        ),
    ];
    for (plant, expected) in table {
        let mut data = answer();
        plant(&mut data);
        let sent: Value = sent(SENT);
        let comparison = of_answer(&sent, &data);
        assert_eq!(told(&comparison), expected, "{data}");
        assert_eq!(comparison.added, [""; 0]);
        let is_stored = expected.iter().all(|line| line.contains("by-value"));
        assert_eq!(comparison.is_stored(), is_stored);
    }
}

/// What privacy mode keeps back and is stored all the same, in whichever way.
#[test]
fn text_that_is_stored_and_was_not_sent_is_told() {
    let private = SENT.replace(r#""input":"Hello","output":"Hi","#, "");
    let private: Value = serde_json::from_str(&private).unwrap();
    type Plant = fn(&mut Value);
    let table: [(Plant, &[&str]); 9] = [
        (
            |data| data["properties"]["prompt"] = json!("Hello"),
            &["/properties/prompt"],
        ),
        (
            |data| data["properties"]["messages"] = json!([{"role": "user"}]),
            &["/properties/messages"],
        ),
        (|data| data["properties"]["input"] = json!(1), &[]),
        (
            |data| data["user_input"] = json!("Hello"),
            &["/ai_data/input"],
        ),
        (
            |data| data["assistant_output"] = json!("Hi"),
            &["/ai_data/output"],
        ),
        (
            |data| {
                data["input_attachments"] = json!([{"attachment_type": "text", "value": "Hello"}])
            },
            &["/attachments"],
        ),
        (|data| data["user_input"] = json!(""), &[]),
        (|data| data["user_input"] = Value::Null, &[]),
        (|data| data["input_attachments"] = json!([]), &[]),
    ];
    for (plant, expected) in table {
        let mut data = answer();
        let object = data.as_object_mut().unwrap();
        object.remove("user_input");
        object.remove("assistant_output");
        plant(&mut data);
        let comparison = of_answer(&private, &data);
        assert_eq!(comparison.added_text, expected, "{data}");
        assert_eq!(comparison.is_stored(), expected.is_empty(), "{data}");
    }
}

/// As a real one answered.
#[test]
fn a_workshop_is_held_against_what_was_sent() {
    let metadata =
        r#"{"cost":0.0000148,"count":7,"ok":true,"none":null,"tags":["a",{"b":1}],"word":"1.10"}"#;
    let run = json!({
        "run": {"id": "t", "event_id": "e1", "event_name": "llm_generation", "user_id": "ada",
            "convo_id": "c", "name": "a/b", "metadata": metadata},
        "spans": [{"id": "evt_e1", "input_payload": "Hello", "output_payload": "Hi", "model": "a/b", "status": "OK"}]
    });
    let comparison = of_run(SENT, &run);
    let expected = [
        "/timestamp lost workshop.timestamp",
        "/properties/cost by-value workshop.numbers",
    ];
    assert_eq!(told(&comparison), expected);
    assert_eq!(comparison.remarks, [""; 0]);
    // What else it loses, in an event of another sender.
    let other = r#"[{"event_id":"e1","event":"llm_generation","attachments":[{"type":"text"}],"feature_flags":{"a":"b"},"ai_data":{"input":"","output":"Hi"}}]"#;
    let mut without = run.clone();
    without["spans"][0]["input_payload"] = Value::Null;
    let expected = [
        "/attachments lost workshop.attachments",
        "/feature_flags lost workshop.feature-flags",
        "/ai_data/input lost workshop.empty-text",
    ];
    let comparison = of_run(other, &without);
    assert_eq!(told(&comparison), expected);
    assert!(comparison.added.contains(&"/properties/cost".to_owned()));
    // Merged into the run of a later event with text: its own values are gone, and that text shows.
    let private = SENT.replace(r#""input":"Hello","output":"Hi","#, "");
    let merged = json!({
        "run": {"id": "t", "event_id": "e2", "event_name": "llm_generation", "user_id": "grace",
            "convo_id": "c", "name": "a/b", "metadata": metadata},
        "spans": [{"id": "evt_e2", "input_payload": "Others'", "model": "a/b"}]
    });
    let comparison = of_run(&private, &merged);
    let told = told(&comparison);
    assert!(
        told.contains(&"/user_id changed workshop.merged-run".to_owned()),
        "{told:?}"
    );
    assert_eq!(comparison.remarks.len(), 2, "{comparison:?}");
    assert!(comparison.remarks[0].contains("another event"));
    // Alone and without text.
    let waiting = json!({
        "run": {"event_id": "e1", "event_name": "llm_generation", "user_id": "ada", "convo_id": "c",
            "name": "a/b", "metadata": metadata},
        "spans": []
    });
    let comparison = of_run(&private, &waiting);
    assert!(comparison.remarks[0].contains("Waiting for events"));
    assert_eq!(comparison.count(Fate::Lost), 1, "{comparison:?}");
}

#[test]
fn nothing_is_claimed_of_what_was_not_found() {
    let comparison = not_found(SENT).unwrap();
    assert!(comparison.fields.len() > 10);
    assert!(
        comparison
            .fields
            .iter()
            .all(|field| field.fate == Fate::NotKnown)
    );
    assert!(!comparison.is_stored());
    for body in ["", "[]", "7", "{", "[[]]"] {
        assert_eq!(not_found(body), None, "{body}");
    }
}

#[test]
fn rules_have_names_of_their_own() {
    for (index, rule) in RULES.iter().enumerate() {
        assert!(
            RULES[index + 1..]
                .iter()
                .all(|other| other.name != rule.name)
        );
        assert!(!rule.says.is_empty());
    }
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        // This test's own JSON reads quarters without loss.
        any::<i32>().prop_map(|number| json!(f64::from(number) / 4.0)),
        "\\PC{0,8}".prop_map(Value::from),
        "[0-9]{1,4}".prop_map(Value::from),
    ]
}

fn property() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from),
            prop::collection::vec(("[a-c/~]{1,2}", inner), 1..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The same value written in another way.
fn respelled(value: &Value, how: u8) -> Value {
    match value {
        Value::Number(number) if how.is_multiple_of(3) => Value::from(number.to_string()),
        Value::Number(number) if how % 3 == 1 => {
            let text = match number.to_string() {
                text if text.contains(['e', 'E']) => text,
                text if text.contains('.') => format!("{text}00e0"),
                text => format!("{text}.0E+0"),
            };
            serde_json::from_str(&text).unwrap_or_else(|_| value.clone())
        }
        Value::Bool(_) if how.is_multiple_of(3) => Value::from(value.to_string()),
        Value::Object(_) | Value::Array(_) if how.is_multiple_of(3) => {
            Value::from(value.to_string())
        }
        other => other.clone(),
    }
}

/// Another value in the place of one of the leaves.
fn planted(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::from(!value),
        Value::Number(number) => {
            let text = number.to_string();
            // The first digit that counts.
            let at = text.find(|c: char| ('1'..='9').contains(&c));
            match at {
                Some(at) => {
                    let digit = if &text[at..=at] == "9" { "8" } else { "9" };
                    let other = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
                    serde_json::from_str(&other).unwrap()
                }
                None => json!(1),
            }
        }
        Value::String(text) => Value::from(format!("{text}.")),
        Value::Array(items) => {
            let mut items = items.clone();
            let last = items.pop().unwrap();
            items.push(planted(&last));
            Value::from(items)
        }
        Value::Object(members) => {
            let mut members: Map<String, Value> = members.clone();
            let key = members.keys().next().unwrap().clone();
            let other = planted(&members[&key]);
            members.insert(key, other);
            Value::Object(members)
        }
        Value::Null => json!(0),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn respelling_is_never_a_change_and_a_planted_one_is_found(
        properties in prop::collection::vec(("[a-z/~ ]{1,6}", property(), 0..9_u8), 1..6),
        victim in any::<prop::sample::Index>(),
        is_lost in any::<bool>(),
    ) {
        let mut sent: Value = serde_json::from_str(SENT).unwrap();
        let mut data = answer();
        let of = |sent: bool| -> Map<String, Value> {
            let one = |(key, value, how): &(String, Value, u8)| {
                let value = if sent { value.clone() } else { respelled(value, *how) };
                (key.clone(), value)
            };
            properties.iter().map(one).collect()
        };
        sent["properties"] = Value::Object(of(true));
        data["properties"] = Value::Object(of(false));
        let comparison = of_answer(&sent, &data);
        prop_assert!(comparison.is_stored(), "{:?}", told(&comparison));

        let keys: Vec<&String> = sent["properties"].as_object().unwrap().keys().collect();
        let key = keys[victim.index(keys.len())].clone();
        let stored = data["properties"].as_object_mut().unwrap();
        match is_lost {
            true => drop(stored.shift_remove(&key)),
            false => drop(stored.insert(key.clone(), planted(&sent["properties"][&key]))),
        }
        let comparison = of_answer(&sent, &data);
        let fate = if is_lost { Fate::Lost } else { Fate::Changed };
        let at = rainscope::json::pointer::join("/properties", &key);
        let bad: Vec<_> = comparison.fields.iter().filter(|field| field.fate > Fate::ByValue).collect();
        prop_assert_eq!(bad.len(), 1, "{:?}", told(&comparison));
        prop_assert_eq!(bad[0].fate, fate);
        let is_there = bad[0].pointer == at || bad[0].pointer.starts_with(&(at + "/"));
        prop_assert!(is_there, "{}", bad[0].pointer);
        prop_assert!(bad[0].rule.is_some());
    }
}
