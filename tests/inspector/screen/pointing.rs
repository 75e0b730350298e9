//! The pointer that is typed: Tab completes it as far as one way is open, and shows the ways.

use rainscope::completion::load;

use crate::stage::Stage;

fn of(json: &str, size: (u16, u16)) -> Stage {
    let mut stage = Stage::empty(size);
    stage.load(load::load("one.json", json.as_bytes()));
    stage
}

const SAMPLE: &str = r#"{"request": {"model": "a/b", "models": ["x"], "user": "u", "only": {"a/b~c": {"d": 1}},
    "messages": [{"role": "user", "content": "Hi."}], "trace": {"äb": 1, "äc": 2, "e\u001b[31m": {}}},
    "response": {"id": "gen-1", "model": "a/b", "choices": [{"message": {"content": "Hi."}}]}}"#;

#[test]
fn tab_completes_as_far_as_one_way_is_open() {
    // What is typed, what stands there after Tab, and what is shown to follow.
    for (typed, completed, follows) in [
        ("", "/", "request  response  event  event_id"),
        (
            "req",
            "/request/",
            "model  models  user  only  messages  trace",
        ),
        ("/request/mo", "/request/model", "model  models"),
        ("request.models", "/request/models/", "0"),
        ("request.u", "/request/user", "in the completion"),
        ("request.messages.", "/request/messages/0/", "role  content"),
        ("request.only.", "/request/only/a~1b~0c/", "d"),
        ("/request/only/a~", "/request/only/a~1b~0c/", "d"),
        ("request.trace.", "/request/trace/", "äb  äc  e"),
        ("request.trace.ä", "/request/trace/ä", "äb  äc"),
        ("user_", "/user_id", "in the event"),
        ("/prop", "/properties/", "model"),
        ("/ai_data/mo", "/ai_data/model", "in the event"),
        ("nowhere", "nowhere", "not there"),
        ("request.user.", "request.user.", "in the completion"),
    ] {
        let mut stage = of(SAMPLE, (120, 40));
        stage.press(&format!("ctrl-g type:\"{typed}\" tab"));
        let prompt = stage.model.prompt.as_ref().unwrap();
        assert_eq!(prompt.input.value(), completed, "{typed}");
        let text = stage.text();
        // What could follow stands below.
        let lines = text.lines();
        let mut lines = lines.skip_while(|line| !line.starts_with(" go to "));
        let both = [lines.next().unwrap(), lines.next().unwrap()];
        assert!(both.concat().contains(follows), "{typed}: {both:?}");
        assert!(text.contains("Tab complete"));
        // What follows is shown until something else is typed.
        stage.press("type:\"~\"");
        assert!(stage.text().contains("not there"), "{typed}");
    }
}

#[test]
fn a_huge_container_is_looked_at_in_part() {
    let members = |range: std::ops::Range<u32>| {
        let members: Vec<String> = range.map(|n| format!("\"k{n}\": {n}")).collect();
        members.join(", ")
    };
    let json = format!(
        r#"{{"request": {{"few": {{{}}}, "many": {{"a": 0, {}}}}}, "response": {{"id": "gen-1", "choices": []}}}}"#,
        members(0..1000),
        members(0..100_000),
    );
    let mut stage = of(&json, (80, 24));
    stage.press("ctrl-g type:\"/request/few/k99\" tab");
    let prompt = stage.model.prompt.as_ref().unwrap();
    assert_eq!(prompt.input.value(), "/request/few/k99");
    assert_eq!(prompt.suggestions.as_ref().unwrap().tokens.len(), 11);
    // Where not all were looked at, nothing passes for the only way.
    stage.press("ctrl-u type:\"/request/many/a\" tab");
    let prompt = stage.model.prompt.as_ref().unwrap();
    assert_eq!(prompt.input.value(), "/request/many/a");
    assert!(prompt.suggestions.as_ref().unwrap().is_part);
    stage.press("ctrl-u type:\"/request/many/\" tab");
    let prompt = stage.model.prompt.as_ref().unwrap();
    assert_eq!(prompt.suggestions.as_ref().unwrap().tokens.len(), 2000);
    assert!(stage.text().contains("go to /request/many/"));
}
