//! Reports: what stands in one, what must not, and that it loads again.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use rainscope::completion::load::{self, Loaded};
use rainscope::completion::{Completion, Edits};
use rainscope::event::DestinationKind;
use rainscope::mapping::{self, Context};
use rainscope::prepare::Endpoint;
use rainscope::samples;
use rainscope::share::report::{
    HtmlReport, MarkdownReport, ReportDelivery, ReportEntry, ReportKeys, ReportOptions, ReportText,
};
use serde_json::{Value, json};

const DATA: &str = "<script type=\"application/json\" id=\"rainscope-report\">";
const KEY: &str = "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";

/// A key of no known form.
const WRITE_KEY: &str = "Never/show+this.9876543210Zq";

/// Characters that act on a terminal or on a line.
const ACTING: [char; 4] = ['\u{1b}', '\u{202e}', '\u{2028}', '\0'];

fn options(text: ReportText) -> ReportOptions {
    ReportOptions {
        text,
        made_at: "2026-06-05T12:00:00Z".to_owned(),
        endpoint: Endpoint {
            base_url: "https://api.raindrop.ai".to_owned(),
            ..Endpoint::default()
        },
        is_keyless: false,
        keys: ReportKeys::of([WRITE_KEY]),
    }
}

fn html(loaded: &Loaded, text: ReportText, delivery: Option<&ReportDelivery>) -> String {
    let mut report = HtmlReport::new(options(text));
    each(loaded, delivery, |entry| report.add(&entry).unwrap());
    report.page()
}

/// A server that gets no key is not said to get one.
#[test]
fn the_word_that_stands_for_no_key_is_shown() {
    for (kind, is_keyless, shown) in [
        (DestinationKind::LocalSink, true, "Bearer local-sink"),
        (DestinationKind::LocalSink, false, "Bearer ••••••"),
        (DestinationKind::Raindrop, true, "Bearer ••••••"),
    ] {
        let given = options(ReportText::Withheld);
        let page = HtmlReport::new(ReportOptions {
            endpoint: Endpoint {
                kind,
                ..given.endpoint.clone()
            },
            is_keyless,
            ..given
        })
        .page();
        assert!(page.contains(shown), "{kind:?} {is_keyless}");
    }
}

fn markdown(loaded: &Loaded, text: ReportText) -> String {
    let mut report = MarkdownReport::new(options(text));
    each(loaded, None, |entry| report.add(&entry));
    report.text().to_owned()
}

fn each(loaded: &Loaded, delivery: Option<&ReportDelivery>, mut take: impl FnMut(ReportEntry<'_>)) {
    let context = Context::at(1_780_000_000_000);
    for completion in &loaded.completions {
        let mapped = mapping::inspect(completion, &Edits::none(), &context);
        take(ReportEntry {
            completion,
            mapped: &mapped,
            delivery: delivery.cloned(),
        });
    }
}

fn load(sample: &Value) -> Loaded {
    let loaded = load::load("sample.json", sample.to_string().as_bytes());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded
}

/// The page's data, and the page without it.
fn data(page: &str) -> (Value, String) {
    let (before, rest) = page.split_once(DATA).unwrap();
    let (data, after) = rest.split_once("</script>").unwrap();
    assert!(!data.contains(['<', '>', '&', '\u{2028}', '\u{202e}', '\n']));
    (
        serde_json::from_str(data).unwrap(),
        format!("{before}{after}"),
    )
}

/// Every string of a value, keys too, and JSON within strings as well.
fn strings(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                strings(&inner, into);
            }
            into.push(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(members) => {
            for (key, value) in members {
                into.push(key.clone());
                strings(value, into);
            }
        }
        Value::Number(number) => into.push(number.to_string()),
        _ => {}
    }
}

fn all_strings(value: &Value) -> String {
    let mut all = Vec::new();
    strings(value, &mut all);
    all.join("\n")
}

fn hash(text: &str) -> String {
    STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

#[test]
fn the_page_runs_nothing_but_its_own_script() {
    let (_, page) = data(&html(&samples::load_all(), ReportText::Included, None));
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\">");
    let style = hash(between(&page, "<style>", "</style>"));
    let script = hash(between(&page, "<script>", "</script>"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; \
             form-action 'none'"
        )
    );
    // Nothing is fetched, and no attribute holds code or style.
    for word in [
        "http://",
        "https://",
        "url(",
        "@import",
        "src=",
        "href=",
        "style=\"",
        "innerHTML",
        "eval(",
    ] {
        let page = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn the_samples_are_in_it_with_what_became_of_them() {
    let loaded = samples::load_all();
    let (data, _) = data(&html(&loaded, ReportText::Withheld, None));
    let completions = data["completions"].as_array().unwrap();
    assert_eq!(completions.len(), loaded.completions.len());
    let text = |number: &Value| data["texts"][number.as_u64().unwrap() as usize].clone();
    let context = Context::at(1_780_000_000_000);
    for (one, completion) in completions.iter().zip(&loaded.completions) {
        let mapped = mapping::inspect(completion, &Edits::none(), &context);
        let codes: Vec<Value> = one["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| text(&finding[0]))
            .collect();
        let expected: Vec<&str> = mapped
            .findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        assert_eq!(codes, expected, "{}", completion.name);
        match mapped.event() {
            None => assert!(one["no_event"].is_string(), "{}", completion.name),
            Some(event) => {
                let body: Value =
                    serde_json::from_str(one["request"]["body"].as_str().unwrap()).unwrap();
                assert_eq!(body["event_id"], event.id().as_str());
                assert_eq!(one["request"]["path"], "/v1/events/track_partial");
                assert_eq!(one["privacy"], mapped.verdict(completion).says());
                let has_text = event.fields.iter().filter(|field| field.is_text()).count();
                assert_eq!(one["kept_back"].as_array().unwrap().len(), has_text);
                assert!(one.get("request_with_text").is_none());
            }
        }
    }
    // A field tells its rule and its source.
    let first = &completions[0];
    let from = first["from"].as_array().unwrap();
    let user = from
        .iter()
        .find(|leaf| text(&leaf[0]) == "/user_id")
        .unwrap();
    assert_eq!(text(&user[2][0]), "/request/user");
    assert_eq!(
        data["steps"][user[1].as_u64().unwrap() as usize],
        json!(["user_id.request", "request.user", "documented"])
    );
}

/// A number that JavaScript would respell has its text beside it, and no other has.
#[test]
fn numbers_keep_their_spelling() {
    let mut given = sample("a b c d e", "f g h i j", "city");
    given["request"]["trace"]["n"] = json!("NUMBER");
    let given = given.to_string();
    let check = |number: &str, is_beside: bool| {
        let text = given.replace("\"NUMBER\"", number);
        let loaded = load::load("sample.json", text.as_bytes());
        let (data, _) = data(&html(&loaded, ReportText::Withheld, None));
        let one = &data["completions"][0];
        let beside = is_beside.then(|| json!(number));
        let found = one["numbers"].get("/request/trace/n");
        assert_eq!(found, beside.as_ref(), "{number}");
        let found = one["request"]["numbers"].get("/properties/n");
        assert_eq!(found, beside.as_ref(), "{number}");
    };
    for number in [
        "1.48e-05",
        "0.00000148",
        "1.50",
        "12345678901234567890",
        "-0",
        "1E3",
        "0.0",
    ] {
        check(number, true);
    }
    for number in ["0.0000148", "0.1", "42", "-7.25", "0.000012"] {
        check(number, false);
    }
}

#[test]
fn with_text_both_requests_are_there_byte_for_byte() {
    let loaded = samples::load_all();
    let (data, _) = data(&html(&loaded, ReportText::Included, None));
    let one = &data["completions"][0];
    let completion = &loaded.completions[0];
    let event = mapping::map(completion, &Edits::none(), &Context::at(0));
    let event = event.event().unwrap();
    let body = |privacy| rainscope::request(event, privacy).body.to_vec();
    let shown = |name: &str| one[name]["body"].as_str().unwrap().as_bytes().to_vec();
    assert_eq!(shown("request"), body(rainscope::Privacy::On));
    assert_eq!(shown("request_with_text"), body(rainscope::Privacy::Off));
    assert_eq!(
        one["sample"]["request"]["messages"][1]["content"],
        "What time is it right now?"
    );
    assert_eq!(one["masked"], 0);
}

/// A sample that says the same words everywhere a developer may have put them.
fn sample(said: &str, answered: &str, input: &str) -> Value {
    let arguments = json!({ input: said }).to_string();
    json!({
        "name": said,
        "request": {
            "model": "a/b",
            "user": "user-1",
            "messages": [
                {"role": "system", "content": said},
                {"role": "user", "content": [{"type": "text", "text": said}]},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": arguments}}]},
                {"role": "tool", "tool_call_id": "call_1", "content": answered},
            ],
            "metadata": {"note": said, input: "x"},
            "extra": {"deep": [OTHER]},
            "plugins": [{"id": "web", "search_prompt": OTHER}],
            "tools": [{"type": "function", "function": {"name": "look", "description": OTHER}}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "a", "description": OTHER}},
            "trace": {"feature": "growth", "note": said, "deep": {"list": [answered]}},
            "stop": [said, OTHER],
        },
        "response": {
            "id": "gen-1780662712-A", "model": "a/b",
            "choices": [{"message": {"role": "assistant", "content": answered, "reasoning": said,
                "unknown": {input: answered}}, "finish_reason": "stop",
                "logprobs": {"content": [{"token": "Pa", "bytes": [80, 97], "logprob": -0.25}]}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.5},
        },
        "headers": {"x-title": OTHER, "http-referer": OTHER, "x-session-id": "s-1"},
        "completed_at": "2026-01-02T03:04:05Z",
    })
}

/// Words that are no part of the conversation, and yet no one's business.
const OTHER: &str = "quartz lanterns hum beyond unmapped harbours";

/// Runs of four words, the shortest that say something.
fn runs(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> = text.split(' ').collect();
    words.windows(4).map(|run| run.join(" ")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Of words that are said nowhere else nothing is in a report that was made without text.
    #[test]
    fn the_conversation_stays_out(
        said in "[k-z]{6,9}( [k-z]{6,9}){5,12}",
        answered in "[k-z]{6,9}( [k-z]{6,9}){5,12}",
        input in "[k-z]{10,14}",
    ) {
        let loaded = load(&sample(&said, &answered, &input));
        let page = html(&loaded, ReportText::Withheld, None);
        let (data, _) = data(&page);
        let all = all_strings(&data) + &markdown(&loaded, ReportText::Withheld);
        prop_assert!(!all.contains("quartz lanterns"));
        for run in runs(&said).union(&runs(&answered)) {
            prop_assert!(!all.contains(run.as_str()), "{run}");
        }
        let at = |pointer: &str| data["completions"][0].pointer(pointer);
        // A tool's own words for its input are part of what was said.
        prop_assert!(!at("/sample/request/messages").unwrap().to_string().contains(&input));
        prop_assert!(!at("/sample/response/choices").unwrap().to_string().contains(&input));
        let bytes = at("/sample/response/choices/0/logprobs/content/0/bytes");
        prop_assert!(!bytes.unwrap_or(&Value::Null).to_string().contains("80"));
        // What is not of the conversation stays.
        prop_assert_eq!(at("/sample/request/trace/feature"), Some(&json!("growth")));
        prop_assert_eq!(at("/sample/request/user"), Some(&json!("user-1")));
        prop_assert_eq!(at("/sample/request/messages/1/role"), Some(&json!("user")));
        prop_assert_eq!(at("/privacy"), Some(&json!("leaks")));
    }

    /// Whatever the texts are, they are data: the page around them is the same, and they come out as they went in.
    #[test]
    fn any_text_is_data_and_nothing_else(
        said in ".{0,40}",
        key in "\\PC{1,12}",
        hostile in prop::sample::select(vec![
            "</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u{202e}\u{2028}", "javascript:alert(1)",
            "<img src=x onerror=alert(1)>", "&lt;b&gt;", "::error::x", "##[error]", "\u{0}\u{1b}[31m", "`|\n# x",
        ]),
    ) {
        let said = format!("{said}{hostile}");
        let mut given = sample("plain words of a plain prompt", "the answer to it", "city");
        given["name"] = json!(said);
        given["request"]["user"] = json!(said);
        given["request"]["trace"][&key] = json!({ &said: said });
        let loaded = load(&given);
        let page = html(&loaded, ReportText::Included, None);
        let (data, around) = data(&page);
        let plain = html(&load(&sample("a b c d e", "f g h i j", "city")), ReportText::Included, None);
        let (_, expected) = self::data(&plain);
        prop_assert_eq!(around, expected);
        let loaded = &data["completions"][0];
        prop_assert_eq!(loaded.pointer("/sample/request/user"), Some(&json!(said)));
        prop_assert!(!page.contains(ACTING));
        prop_assert!(!page.contains("##["));
        // Markdown holds each as code, in one line.
        let text = markdown(&load(&given), ReportText::Included);
        prop_assert!(!text.contains(ACTING));
        prop_assert!(text.lines().all(|line| line.starts_with(['#', '|', '`', '-', 'P', 'T']) || line.is_empty()), "{}", text);
    }
}

#[test]
fn no_secret_is_in_it_even_with_the_text() {
    let mut given = sample(&format!("my key is {KEY}"), &format!("you said {KEY}"), KEY);
    given["request"]["trace"]["AWS_SECRET_ACCESS_KEY"] =
        json!("wJalrXUtnFEMIaK7MDENGabPxRfiCYzzzzKEY1+9");
    given["request"]["user"] = json!(KEY);
    given["headers"]["x-note"] = json!(format!("Bearer {KEY}"));
    let loaded = load(&given);
    for text in [ReportText::Included, ReportText::Withheld] {
        let page = html(&loaded, text, None) + &markdown(&loaded, text);
        assert!(!page.contains(&KEY[9..40]), "{text:?}");
        assert!(!page.contains("wJalrXUtnFEMIaK7"), "{text:?}");
    }
}

fn withheld(given: &Value) -> (Value, String) {
    let loaded = load::load("sample.json", given.to_string().as_bytes());
    assert!(!loaded.completions.is_empty(), "{:?}", loaded.problems);
    let (data, _) = data(&html(&loaded, ReportText::Withheld, None));
    let all = all_strings(&data) + &markdown(&loaded, ReportText::Withheld);
    (data["completions"][0].clone(), all)
}

/// Where the conversation is not known, nothing can be said to be no part of it: what privacy mode sends stays, and no
/// other text.
#[test]
fn what_is_not_known_is_withheld() {
    let (one, _) = withheld(&json!({
        "response": {"id": "gen-1780662712-A", "model": "a/b", "choices": [{"message": {"content": "A long answer that was given"}}]},
        "headers": {"x-title": "words of the prompt perhaps", "x-session-id": "s-1"},
        "completed_at": "2026-01-02T03:04:05Z",
    }));
    assert_eq!(one["privacy"], "can't tell: the prompt is not known here");
    assert_eq!(
        one["sample"]["headers"]["x-title"],
        "[text withheld, 27 characters]"
    );
    assert_eq!(one["sample"]["headers"]["x-session-id"], "s-1");
    assert_eq!(one["sample"]["response"]["model"], "a/b");
}

/// A server's words may quote the prompt, whatever the event says.
#[test]
fn words_of_errors_are_withheld() {
    let asked = json!({"model": "a/b", "messages": [{"role": "user", "content": "something else entirely"}]});
    let error =
        json!({"code": 403, "message": OTHER, "metadata": {"flagged_input": OTHER, "raw": OTHER}});
    for given in [
        json!({"request": asked, "response": {"error": error}}),
        json!({"response": {"error": error}}),
        json!({"request": asked, "response": {"id": "gen-1", "model": "a/b", "error": error,
            "choices": [{"message": {"content": "The begin"}, "finish_reason": "error", "error": error}]}}),
    ] {
        let (_, all) = withheld(&given);
        assert!(!all.contains("quartz"), "{given}\n{all}");
    }
}

/// A delivery has the conversation in several attributes, and any may hold more than the one that is read.
#[test]
fn attributes_of_deliveries_are_withheld() {
    let attribute = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
    let span = json!({
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "call",
        "startTimeUnixNano": "1780662712000000000", "endTimeUnixNano": "1780662713000000000",
        "status": {"code": 2, "message": OTHER},
        "events": [{"name": "exception", "attributes": [attribute("exception.message", OTHER), attribute("gen_ai.prompt", OTHER)]}],
        "attributes": [
            attribute("gen_ai.prompt", "{\"messages\":[{\"role\":\"user\",\"content\":\"one thing to ask\"}]}"),
            attribute("gen_ai.completion", "{\"completion\":\"one thing to answer\"}"),
            attribute("gen_ai.request.model", "a/b"), attribute("gen_ai.response.id", "gen-1780662712-A"),
            attribute("trace.input", OTHER), attribute("trace.output", OTHER), attribute("span.input", OTHER),
            attribute("gen_ai.input.messages", OTHER), attribute("quartz lanterns", "x"), attribute("custom.note", OTHER),
        ],
    });
    let resource = json!({"attributes": [attribute("quartz", OTHER), attribute("service.name", "openrouter")]});
    let given =
        json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]});
    let (_, all) = withheld(&given);
    assert!(
        !all.contains("quartz") && !all.contains("one thing to"),
        "{all}"
    );
    assert!(all.contains("a/b"));
}

/// A prompt too short for the scan is withheld where it stands by itself, whatever key it has.
#[test]
fn short_prompts_are_withheld() {
    for prompt in ["hi", "Pneumonia", "肺炎", "4711"] {
        let mut given = sample(prompt, "an answer to it", "city");
        given["request"]["trace"] =
            json!({"q": prompt, "w": format!("about-{prompt}!"), prompt: "x", "feature": "growth"});
        let (one, _) = withheld(&given);
        let sent = one["request"]["body"].as_str().unwrap();
        let sent: Value = serde_json::from_str(sent).unwrap();
        assert_eq!(
            sent["properties"]["q"],
            format!("[text withheld, {} characters]", prompt.chars().count())
        );
        assert_eq!(sent["properties"]["feature"], "growth");
        assert!(sent["properties"].get(prompt).is_none(), "{sent}");
        if prompt.chars().count() >= 4 {
            assert!(!one.to_string().contains(prompt), "{one}");
        }
    }
}

#[test]
fn it_loads_again_as_what_it_was() {
    let loaded = samples::load_all();
    let events = |loaded: &Loaded, text: bool| -> Vec<String> {
        let context = Context::at(1_780_000_000_000);
        let of = |completion: &Completion| {
            let mapped = mapping::map(completion, &Edits::none(), &context);
            let event = mapped.event().map(|event| {
                let privacy = if text {
                    rainscope::Privacy::Off
                } else {
                    rainscope::Privacy::On
                };
                rainscope::event_json(event, privacy)
            });
            event.unwrap_or_else(|| "none".to_owned())
        };
        loaded.completions.iter().map(of).collect()
    };
    let page = html(&loaded, ReportText::Included, None);
    let again = load::load("report.html", page.as_bytes());
    assert!(again.problems.is_empty(), "{:?}", again.problems);
    let (before, after) = (events(&loaded, true), events(&again, true));
    assert_eq!(before.len(), after.len());
    // A secret is masked in a report, so that one event differs.
    let differing = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after);
    assert_eq!(differing.count(), 1);
    assert_eq!(again.completions[0].name, loaded.completions[0].name);
    let place = again.completions[0].origin.place().to_string();
    assert!(place.starts_with("report.html:10:"), "{place}");

    let page = html(&loaded, ReportText::Withheld, None);
    let again = load::load("report.html", page.as_bytes());
    assert!(again.problems.is_empty(), "{:?}", again.problems);
    let note = again
        .notes
        .iter()
        .find(|note| note.what.contains("without the conversation's text"));
    assert!(note.is_some(), "{:?}", again.notes);
    assert_eq!(events(&again, false).len(), before.len());

    let other = page.replacen("\"rainscope_report\":1", "\"rainscope_report\":2", 1);
    let again = load::load("report.html", other.as_bytes());
    assert!(
        again.problems[0].what.contains("another version"),
        "{:?}",
        again.problems
    );
    let cut = &page[..page.len() / 3];
    let again = load::load("report.html", cut.as_bytes());
    assert!(
        again.problems[0].what.contains("cannot be read"),
        "{:?}",
        again.problems
    );
}

#[test]
fn what_was_sent_is_told() {
    let delivery = ReportDelivery {
        at: "2026-06-05T12:00:00Z".to_owned(),
        to: "https://api.raindrop.ai".to_owned(),
        ended: "accepted (200)".to_owned(),
    };
    let loaded = load(&sample("a b c d e", "f g h i j", "city"));
    let (data, _) = data(&html(&loaded, ReportText::Withheld, Some(&delivery)));
    assert_eq!(
        data["completions"][0]["delivery"]["ended"],
        "accepted (200)"
    );
}

/// The program, in a folder of its own.

#[test]
fn nothing_that_is_read_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, json: Value| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, json.to_string()).unwrap();
        path.display().to_string()
    };
    let whole = sample("Hi?", "Yes", "u-1");
    let alone = file("logs/a.json", whole.clone());
    let request = file("pair/p.request.json", whole["request"].clone());
    let response = file("pair/p.response.json", whole["response"].clone());
    let logs = folder.path().join("logs").display().to_string();
    for (input, out) in [
        (&alone, &alone),
        (&logs, &alone),
        (&request, &response),
        (&response, &request),
    ] {
        for command in ["report", "shot"] {
            let before = fs::read(out).unwrap();
            let (status, _, said) = program(&folder, &[command, input, "--out", out], "");
            assert_eq!(status, 2, "{command} {input} {out}: {said}");
            assert!(said.contains("is what is read"), "{said}");
            assert_eq!(fs::read(out).unwrap(), before, "{command} {input}");
        }
    }
    // A report may lie there, and be written again.
    let out = folder.path().join("logs/report.html").display().to_string();
    for _ in 0..2 {
        let (status, _, said) = program(&folder, &["report", &alone, "--out", &out], "");
        assert_eq!(status, 0, "{said}");
    }
}

fn program(folder: &tempfile::TempDir, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rainscope"))
        .args(arguments)
        .env_clear()
        .env("RAINSCOPE_CONFIG_DIR", folder.path().join("config"))
        .env("RAINSCOPE_STATE_DIR", folder.path().join("state"))
        .current_dir(folder.path())
        .stdin(match input {
            "" => Stdio::null(),
            _ => Stdio::piped(),
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
    }
    let ran = child.wait_with_output().unwrap();
    (
        ran.status.code().unwrap(),
        String::from_utf8(ran.stdout).unwrap(),
        String::from_utf8(ran.stderr).unwrap(),
    )
}

/// What stands in it for texts would take their place under the event's own id.
#[test]
fn a_report_without_text_becomes_no_request_and_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let mut given = sample("plain words of a plain prompt", "the answer to it", "city");
    given["request"]["metadata"] = json!({"team": "support"});
    for (more, is_whole) in [(&[][..], false), (&["--with-text"], true)] {
        let arguments = [&["report", "--out", "r.html", "-"], more].concat();
        let (status, _, err) = program(&folder, &arguments, &given.to_string());
        assert_eq!(status, 0, "{err}");
        let (status, out, err) = program(&folder, &["map", "--wire", "r.html"], "");
        assert_eq!(
            (status, out.is_empty()),
            (if is_whole { 0 } else { 2 }, !is_whole),
            "{err}"
        );
        assert_eq!(err.contains("made without text"), !is_whole, "{err}");
        // What was taken out of it by hand is no better, and neither is a line that was made of it before.
        let page = fs::read_to_string(folder.path().join("r.html")).unwrap();
        let taken = self::data(&page).0["completions"][0]["sample"].to_string();
        let (_, out, err) = program(&folder, &["map", "--wire", "-"], &taken);
        assert_eq!(out.is_empty(), !is_whole, "{err}");
        let (_, event, _) = program(&folder, &["map", "-"], &taken);
        let line = format!(
            r#"{{"method":"POST","path":"/v1/events/track","body":[{}]}}"#,
            event.trim()
        );
        let send = ["send", "--dry-run", "--wire", "-"];
        let (status, out, _) = program(&folder, &send, &line);
        assert_eq!(status, if is_whole { 0 } else { 2 }, "{out}");
        let (status, out, _) = program(&folder, &["check", "--color", "never", "r.html"], "");
        assert!(is_whole || status == 1, "{status}: {out}");
        assert_eq!(out.contains("report-without-text"), !is_whole, "{out}");
        assert!(out.contains("metadata-not-forwarded"), "{out}");
    }
}

#[test]
fn the_command_writes_a_private_file() {
    let folder = tempfile::tempdir().unwrap();
    let given = sample("plain words of a plain prompt", "the answer to it", "city").to_string();
    let (status, out, err) = program(&folder, &["report", "--out", "r.html", "-"], &given);
    assert_eq!((status, out.as_str()), (0, ""), "{err}");
    assert!(
        err.contains("r.html: 1 completion, without the conversation's text"),
        "{err}"
    );
    let path = folder.path().join("r.html");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let (data, _) = data(&fs::read_to_string(&path).unwrap());
    assert_eq!(data["text"], "withheld");
    assert_eq!(data["destination"]["base_url"], "https://api.raindrop.ai");

    // Standard output where it is no terminal, and the bundled samples without a path.
    let (status, out, _) = program(&folder, &["report", "--with-text"], "");
    assert_eq!(status, 0);
    let (data, _) = self::data(&out);
    assert_eq!(data["text"], "included");
    assert_eq!(
        data["completions"].as_array().unwrap().len(),
        samples::load_all().completions.len()
    );

    let (status, out, _) = program(&folder, &["report", "--format", "markdown", "-"], &given);
    assert_eq!(status, 0);
    assert!(out.starts_with("# What Raindrop gets\n"), "{out}");

    // A build's log takes some lines for orders.
    let given = sample("plain words", "##[group]x", "city").to_string();
    let asked = ["report", "--with-text", "--format", "markdown", "-"];
    let (_, out, _) = program(&folder, &asked, &given);
    assert!(out.contains("## [group]") && !out.contains("##["), "{out}");

    let (status, _, err) = program(&folder, &["report", "--out", "none/r.html", "-"], &given);
    assert_eq!(status, 2, "{err}");
    assert!(!folder.path().join("none").exists());
    // What is no file is written to and stays what it is.
    #[cfg(target_os = "linux")]
    {
        let (status, _, err) = program(&folder, &["report", "--out", "/dev/full", "-"], &given);
        assert_eq!(status, 2, "{err}");
        assert!(!fs::metadata("/dev/full").unwrap().is_file());
    }

    let (status, out, err) = program(&folder, &["report", "-"], "nothing of the kind\n");
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    let (status, _, err) = program(&folder, &["report", "--with-text", "--privacy", "-"], "");
    assert_eq!(status, 2);
    assert!(err.contains("cannot be used with"), "{err}");
    let (status, _, err) = program(
        &folder,
        &["report", "--out", "nowhere/\u{1b}/r.html", "-"],
        &given,
    );
    assert!(!err.contains('\u{1b}'), "{err}");
    let _ = status;
}

/// A payload may repeat a key that was given to this program, in any of its values and in any form; it stands in no
/// report, with text or without.
/// The table is the event of one mode, which need not be the one that was sent.
#[test]
fn markdown_says_which_mode_its_table_is_of() {
    let loaded = load(&sample("a question", "an answer", "u-1"));
    for (text, mode) in [(ReportText::Withheld, "on"), (ReportText::Included, "off")] {
        let report = markdown(&loaded, text);
        let head = format!("The request with privacy mode {mode}:\n\n| field |");
        assert!(report.contains(&head), "{report}");
    }
}

#[test]
fn a_key_that_is_known_is_in_no_report() {
    let escaped = WRITE_KEY.replace('/', "\\u002f");
    let sample = format!(
        r#"{{"name":"of {WRITE_KEY}","request":{{"model":"a/b","user":"{WRITE_KEY}","messages":[{{"role":"user","content":"Hi {WRITE_KEY}"}}],
        "trace":{{"k":"{escaped}","{WRITE_KEY}":1}}}},"response":{{"id":"gen-1","model":"a/b","choices":[{{"message":{{"content":"{escaped}"}}}}]}}}}"#
    );
    let loaded = load::load("keys.json", sample.as_bytes());
    assert_eq!(loaded.completions.len(), 1, "{:?}", loaded.problems);
    for text in [ReportText::Withheld, ReportText::Included] {
        for report in [html(&loaded, text, None), markdown(&loaded, text)] {
            let part = &WRITE_KEY[..12];
            assert!(!report.contains(part), "{text:?}: {report}");
            assert!(!report.contains(&escaped[..12]), "{text:?}");
            assert!(report.contains("[masked]"), "{text:?}");
        }
    }
}

/// The ending of the file says how it is written, where nothing else does.
#[test]
fn the_ending_says_how_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (name, more, is_page) in [
        ("a.md", &[][..], false),
        ("b.html", &[], true),
        ("c", &[], true),
        ("d.md", &["--format", "html"], true),
        ("e.html", &["--format", "markdown"], false),
    ] {
        let file = folder.path().join(name);
        let (status, _, err) = program(&folder, &[&["report", "--out", name], more].concat(), "");
        assert_eq!(status, 0, "{name}: {err}");
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.starts_with('<'), is_page, "{name}: {text:.80}");
    }
}
