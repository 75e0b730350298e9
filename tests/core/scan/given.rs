//! Addresses and data of pictures and the like, which a value may repeat whole, and names of keys that are keys.

use super::*;
use rainscope::mapping::Code;

const ADDRESS: &str = "https://cdn.test/uploads/anna-mueller-passport.png?x=Zk39";
const DATA: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";

/// What is said of a request with this part and this trace.
fn inspected(part: &str, trace: &str) -> mapping::Mapped {
    let json = format!(
        r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":[{{"type":"text","text":"What is it, then?"}},{part}]}}],"trace":{trace}}},"response":{{"id":"gen-1","model":"a/b","choices":[{{"message":{{"content":"Done."}}}}]}}}}"#
    );
    let loaded = rainscope::load("a.json", json.as_bytes());
    let completion = &loaded.completions[0];
    let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
    // The inspector has all of the conversation at hand.
    let whole = Conversation::of(completion);
    let with = mapping::inspect_with(completion, &Edits::none(), &Context::at(0), &whole);
    assert_eq!(with.findings, mapped.findings, "{json}");
    mapped
}

#[test]
fn a_value_that_is_what_was_given_leaks() {
    let check = |part: &str, value: &str, is_leak: bool| {
        let trace = serde_json::json!({"k": value}).to_string();
        let mapped = inspected(part, &trace);
        let found = mapped.findings.iter();
        let found = found.filter(|found| found.code == Code::PrivacyLeak);
        assert_eq!(found.count() == 1, is_leak, "{part} {value}");
    };
    let url = format!("data:image/png;base64,{DATA}");
    for (part, value) in [
        (
            format!(r#"{{"type":"image_url","image_url":{{"url":"{ADDRESS}","detail":"high"}}}}"#),
            ADDRESS,
        ),
        (
            format!(r#"{{"type":"input_image","image_url":"{ADDRESS}"}}"#),
            ADDRESS,
        ),
        (
            format!(r#"{{"type":"image","source":{{"type":"url","url":"{ADDRESS}"}}}}"#),
            ADDRESS,
        ),
        (
            format!(r#"{{"type":"video_url","video_url":{{"url":"{ADDRESS}"}}}}"#),
            ADDRESS,
        ),
        (
            format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#),
            url.as_str(),
        ),
        (
            format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#),
            DATA,
        ),
        (
            format!(r#"{{"type":"input_audio","input_audio":{{"data":"{DATA}","format":"wav"}}}}"#),
            DATA,
        ),
        (
            format!(r#"{{"type":"input_audio","input_audio":{{"data":"{DATA}","format":"wav"}}}}"#),
            url.as_str(),
        ),
    ] {
        check(&part, value, true);
        check(
            &part,
            &format!("it was ({value}), \u{201c}see\u{201d}"),
            true,
        );
        check(&part, &format!("image={value}."), true);
        if value == ADDRESS {
            for beside in [
                format!("{value},https://cdn.test/b.png"),
                format!("https://cdn.test/b.png;{value}"),
                format!("https://cdn.test/b.png|{value}|https://cdn.test/c.png"),
                format!("https://app.test/view?img={value}"),
                format!("https://images.test/?url={value}&w=300"),
                format!("{value},png"),
                format!("png|{value}|100"),
                format!("![x]({value}),y"),
                format!("https://proxy.test/fetch/{value}"),
                format!("file:{value}#x"),
            ] {
                check(&part, &beside, true);
            }
        }
        check(&part, &value[..value.len() - 1], false);
        check(&part, "https://cdn.test/uploads/", false);
    }
}

/// The name is masked before it is cut: of what is cut off nobody knows that it is a key's.
#[test]
fn a_name_that_is_a_key_is_masked_where_a_leak_names_it() {
    let key = format!("sk-or-v1-{}", "0123456789abcdef".repeat(4));
    let mapped = inspected(
        r#"{"type":"text","text":"Write the resignation letter of Anna"}"#,
        &format!(r#"{{"{key}":"write the resignation letter of Anna"}}"#),
    );
    let mut leaks = mapped.findings.iter();
    let leak = leaks.find(|found| found.code == Code::PrivacyLeak).unwrap();
    assert!(!leak.help.contains("0123456789"), "{}", leak.help);
    assert!(!leak.short().contains("0123456789"), "{}", leak.short());
}
