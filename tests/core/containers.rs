//! A container says how many of its values arrive, where, and which do not; a value that another source
//! supersedes says which.

use rainscope::completion::{Completion, Edit, Edits, load};
use rainscope::event::privacy::Privacy;
use rainscope::json::JsonText;
use rainscope::mapping::{self, Context, Mapped};

const SAMPLE: &str = r#"{
    "request": {
        "model": "a/b", "user": "u", "temperature": 1, "seed": 2, "stop": [], "tools": [{"type": "function"}],
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        "trace": {"environment": "test", "tags": ["x", "y"], "source": "mine"}
    },
    "response": {
        "id": "gen-1", "model": "a/b", "created": 1780662787,
        "choices": [{"message": {"content": "ho"}, "finish_reason": "stop", "native_finish_reason": "end_turn"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "cost": 1e-5}
    },
    "generation": {"total_cost": 1e-5, "external_user": "w"},
    "completed_at": "2026-06-05T12:33:09Z"
}"#;

fn completion() -> Completion {
    let loaded = load::load("t.json", SAMPLE.as_bytes());
    assert_eq!(loaded.problems, []);
    loaded.completions.into_iter().next().unwrap()
}

fn mapped(completion: &Completion, edits: &Edits) -> Mapped {
    mapping::map(completion, edits, &Context::at(0))
}

fn check(edits: &Edits, privacy: Privacy, pointer: &str, expected: Option<&str>) {
    let completion = completion();
    let mapped = mapped(&completion, edits);
    let id = completion.document().resolve(pointer).unwrap().id();
    let contents = mapping::contents(&completion, &mapped, id, privacy);
    let says = contents.map(|contents| contents.says());
    assert_eq!(says.as_deref(), expected, "{pointer}");
}

#[test]
fn a_container_counts_what_arrives_and_names_what_does_not() {
    let off = |pointer, expected| check(&Edits::none(), Privacy::Off, pointer, Some(expected));
    off(
        "/response/usage",
        "4 of 4 arrive: /properties/prompt_tokens, /properties/completion_tokens, /properties/total_tokens and 1 more",
    );
    off(
        "/request/trace",
        "3 of 4 arrive: /properties/environment, /properties/tags; not source",
    );
    off("/request/trace/tags", "2 of 2 arrive: /properties/tags");
    off("/request/tools", "none of 1 arrives");
    off(
        "/request/messages",
        "1 of 5 arrives: /ai_data/input; not item 0",
    );
    off(
        "/request/messages/1/content/0",
        "1 of 2 arrives: /ai_data/input; not type",
    );
    off(
        "/request",
        "6 of 15 arrive: /user_id, /ai_data/input, /ai_data/model and 3 more; not temperature, seed, stop and 1 more",
    );
    off("/generation", "none of 2 arrives");
}

#[test]
fn privacy_mode_is_counted_apart() {
    let on = |pointer, expected| check(&Edits::none(), Privacy::On, pointer, Some(expected));
    on(
        "/request/messages",
        "none of 5 arrives; privacy mode keeps back 1; not item 0",
    );
    on(
        "/response/choices/0",
        "1 of 3 arrives: /properties/finish_reason; privacy mode keeps back 1; not finish_reason",
    );
}

#[test]
fn what_holds_no_values_has_no_contents() {
    for pointer in ["/request/user", "/request/stop"] {
        check(&Edits::none(), Privacy::Off, pointer, None);
    }
}

#[test]
fn an_edited_value_counts_by_what_stands_there_now() {
    let edits: Edits = [
        Edit::SetKey {
            key: "environment".to_owned(),
            value: JsonText::string("live"),
        },
        Edit::RemoveKey("tags".to_owned()),
    ]
    .into_iter()
    .collect();
    check(
        &edits,
        Privacy::Off,
        "/request/trace",
        Some("1 of 4 arrives: /properties/environment; not tags, source"),
    );
}

/// What edits added counts as well, whether it arrives or not.
#[test]
fn what_edits_added_counts() {
    let edits: Edits = [
        Edit::SetKey {
            key: "team".to_owned(),
            value: JsonText::string("search"),
        },
        Edit::SetKey {
            key: "model".to_owned(),
            value: JsonText::string("x"),
        },
    ]
    .into_iter()
    .collect();
    check(
        &edits,
        Privacy::Off,
        "/request/trace",
        Some(
            "4 of 6 arrive: /properties/environment, /properties/tags, /properties/team; not source, model",
        ),
    );
}

#[test]
fn superseded_says_by_what() {
    let completion = completion();
    let mapped = mapped(&completion, &Edits::none());
    let check = |pointer: &str, expected: &str| {
        let id = completion.document().resolve(pointer).unwrap().id();
        let fate = mapping::fate(&completion, &mapped, id, Privacy::Off);
        assert_eq!(fate.says(), expected, "{pointer}");
    };
    check(
        "/response/created",
        "superseded by completed_at, the source of /timestamp",
    );
    check(
        "/generation/total_cost",
        "superseded by response.usage.cost, the source of /properties/total_cost",
    );
    check(
        "/generation/external_user",
        "superseded by request.user, the source of /user_id",
    );
    check(
        "/response/choices/0/finish_reason",
        "superseded by response.choices.0.native_finish_reason, the source of /properties/finish_reason",
    );
}

#[test]
fn a_container_of_what_arrives_is_not_said_to_be_dropped() {
    let completion = completion();
    let mapped = mapped(&completion, &Edits::none());
    for pointer in ["", "/request", "/request/trace", "/response/usage"] {
        let id = completion.document().resolve(pointer).unwrap().id();
        let fate = mapping::fate(&completion, &mapped, id, Privacy::Off);
        assert_eq!(fate.word(), "mapped in part", "{pointer}");
    }
}
