//! The short way to the findings of a completion against the long one.

use rainscope::completion::Edits;
use rainscope::mapping::leaks::Conversation;
use rainscope::mapping::{self, Context};
use rainscope::samples;

#[test]
fn finds_the_same_leaks_in_the_texts_that_can_have_any_as_in_all() {
    let context = Context::at(0);
    let mut found = 0;
    for completion in &samples::load_all().completions {
        let text = completion.document().text();
        // Some words of the record as a trace value, so that there is much to find.
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let planted = words.windows(7).step_by(words.len() / 8 + 1);
        for value in planted.map(|words| words.join(" ")).chain([String::new()]) {
            let edits: Edits = [rainscope::completion::Edit::SetKey {
                key: "planted".to_owned(),
                value: rainscope::json::JsonText::string(&value),
            }]
            .into_iter()
            .collect();
            let short = mapping::inspect(completion, &edits, &context);
            let whole = Conversation::of(completion);
            let long = mapping::inspect_with(completion, &edits, &context, &whole);
            assert_eq!(short, long, "{}: {value}", completion.name);
            let is_leak = |finding: &&mapping::Finding| finding.code == mapping::Code::PrivacyLeak;
            found += short.findings.iter().filter(is_leak).count();
        }
    }
    assert!(found > 20, "{found}");
}

#[test]
fn an_address_in_the_metadata_is_told() {
    let text = r#"{"request":{"user":"ada@example.org","messages":[{"role":"user","content":"write to bob@example.org"}],
        "trace":{"owners":["ops@example.org"]}},"response":{"id":"gen-1","choices":[{"message":{"content":"Done."}}]}}"#;
    let loaded = rainscope::load("a.json", text.as_bytes());
    let mapped = rainscope::mapping::inspect(
        &loaded.completions[0],
        &rainscope::Edits::none(),
        &rainscope::mapping::Context::at(0),
    );
    let found: Vec<&str> = mapped
        .findings
        .iter()
        .filter(|finding| finding.code.as_str() == "email-in-event")
        .map(|finding| finding.pointer.as_str())
        .collect();
    assert_eq!(found, ["/user_id", "/properties/owners/0"]);
}
