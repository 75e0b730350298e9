//! The library as another crate sees it: what `cargo doc` lists, and a story told with that alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rainscope::{
    Completion, Confidence, Context, Edit, Edits, JsonText, Loaded, Mapped, Outcome, Privacy,
    Route, Severity,
};

/// Everything that other crates may rely on. Taking a name away breaks them, and adding one is a promise: do
/// either on purpose, and say so in CHANGELOG.md.
const FACE: &[&str] = &[
    "Api",
    "Code",
    "Completion",
    "Confidence",
    "Context",
    "DefaultUser",
    "DefaultUserOrigin",
    "Document",
    "EVENT_LIMIT",
    "Edit",
    "Edits",
    "Event",
    "Field",
    "Finding",
    "Format",
    "JsonText",
    "Loaded",
    "Mapped",
    "NoEvent",
    "NodeId",
    "Origin",
    "Outcome",
    "Position",
    "Privacy",
    "Problem",
    "ProblemKind",
    "Provenance",
    "RULES",
    "Route",
    "Rule",
    "Section",
    "Severity",
    "Source",
    "Step",
    "TraceMetadata",
    "UnknownField",
    "Value",
    "WireRequest",
    "event_json",
    "explain",
    "load",
    "map",
    "map_at",
    "request",
];

#[test]
fn the_face_changes_on_purpose_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(root).expect("the library's root");
    let mut found = BTreeSet::new();
    let mut is_hidden = false;
    for statement in statements(&text) {
        if let Some(module) = statement.strip_prefix("pub mod ") {
            assert!(
                is_hidden,
                "`pub mod {module}` is not hidden from the documentation"
            );
        } else if let Some(path) = statement.strip_prefix("pub use ") {
            found.extend(names(path));
        } else if let Some(function) = statement.strip_prefix("pub fn ") {
            let end = function.find(['(', '<']).unwrap_or(function.len());
            found.insert(function[..end].to_owned());
        }
        is_hidden = match statement.strip_prefix("#[") {
            Some(attribute) => is_hidden || attribute.contains("doc(hidden)"),
            None => false,
        };
    }
    let expected: BTreeSet<String> = FACE.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(found, expected);
}

/// The lines of the root, without comments; a `pub use` of several lines counts as one.
fn statements(text: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut open = String::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        open.push_str(line);
        if open.starts_with("pub use ") && !open.ends_with(';') {
            continue;
        }
        statements.push(std::mem::take(&mut open));
    }
    statements
}

/// The names of `a::b::{C, D};`.
fn names(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(';');
    let list = match path.split_once('{') {
        Some((_, list)) => list.trim_end_matches('}'),
        None => path.rsplit("::").next().unwrap_or(path),
    };
    let names = list.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

const SAMPLE: &str = r#"{
    "request": {
        "model": "openai/gpt-4o-mini",
        "messages": [{"role": "user", "content": "When does the Marta leave?"}],
        "trace": {"note": "When does the Marta leave?", "build": 7}
    },
    "response": {
        "id": "gen-1780662820-Hb4rQ7vLm2Kx9TzWc1N20",
        "model": "openai/gpt-4o-mini",
        "choices": [{"message": {"content": "At ten past two."}, "finish_reason": "stop"}]
    }
}"#;

/// From bytes to a request, an explanation and findings, with nothing but the names above.
#[test]
fn a_crate_can_do_without_the_modules() {
    let loaded: Loaded = rainscope::load("sample.json", SAMPLE.as_bytes());
    assert!(loaded.problems.is_empty());
    let completion: &Completion = &loaded.completions[0];

    let edits: Edits = [
        Edit::User(Some("ada".to_owned())),
        Edit::SetKey {
            key: "build".to_owned(),
            value: JsonText::integer(8),
        },
    ]
    .into_iter()
    .collect();
    let context = Context::at(1_780_662_840_000);
    let mapped: Mapped = rainscope::map_at(completion, &edits, &context);
    assert!(matches!(mapped.outcome, Outcome::Event(_)));
    let event = mapped.event().expect("a generation");

    let user = event
        .fields
        .iter()
        .find(|field| field.pointer() == "/user_id");
    let step = user.map(|field| field.provenance.step);
    assert_eq!(
        step.map(|step| step.confidence),
        Some(Confidence::Documented)
    );
    let build = event.fields.iter().find(|field| field.key == "build");
    assert_eq!(build.map(|field| field.value.as_str()), Some("8"));

    // With privacy mode on, the copy of the conversation in the trace would still leave.
    let leak = mapped
        .findings
        .iter()
        .find(|finding| finding.code == rainscope::Code::PrivacyLeak);
    assert_eq!(
        leak.map(|leak| (leak.severity(), leak.pointer.as_str())),
        Some((Severity::Error, "/properties/note"))
    );

    let request = rainscope::request(event, Privacy::On);
    assert_eq!(request.route, Route::TrackPartial);
    assert!(request.body.len() < rainscope::EVENT_LIMIT);
    let json = rainscope::event_json(event, Privacy::On);
    assert_eq!(json.as_bytes(), &request.body[..]);

    let explained =
        rainscope::explain(completion, &mapped, Privacy::Off).expect("there is an event");
    assert!(
        explained.contains(r#""/properties/build":{"from":["/request/trace/build"]"#),
        "{explained}"
    );
    assert!(explained.contains(r#""edited":true"#), "{explained}");
}
