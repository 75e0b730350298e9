//! The short way to the findings of a completion against the long one.

use rainscope::completion::Edits;
use rainscope::mapping::scan::leaks::Conversation;
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
        // Whole sentences tell from a few words on.
        let sentences = text.split(['.', '?', '!', '\n']).map(str::trim);
        let sentences = sentences.filter(|text| (2..7).contains(&text.split(' ').count()));
        let planted = planted
            .map(|words| words.join(" "))
            .chain(sentences.take(12).map(str::to_owned));
        for value in planted.chain([String::new()]) {
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

/// A completion with something planted in it: in the request beside the messages, in the messages, in the
/// answer.
struct Planted<'t> {
    request: &'t str,
    messages: &'t str,
    answer: &'t str,
}

impl Default for Planted<'_> {
    fn default() -> Self {
        Planted {
            request: r#""user":"u-1","session_id":"s-1""#,
            messages: r#"{"role":"user","content":"What time is it right now in Berlin, please?"}"#,
            answer: r#"{"content":"It is half past two in the afternoon."}"#,
        }
    }
}

impl Planted<'_> {
    fn leaks(&self) -> Vec<String> {
        let json = format!(
            r#"{{"request":{{"model":"a/b",{},"messages":[{}]}},"response":{{"id":"gen-1","model":"a/b","choices":[{{"message":{}}}]}}}}"#,
            self.request, self.messages, self.answer
        );
        let loaded = rainscope::load("a.json", json.as_bytes());
        assert_eq!(loaded.problems, [], "{json}");
        let mapped = mapping::inspect(&loaded.completions[0], &Edits::none(), &Context::at(0));
        let leaks = mapped.findings.iter();
        let leaks = leaks.filter(|finding| finding.code == mapping::Code::PrivacyLeak);
        leaks.map(|finding| finding.pointer.clone()).collect()
    }
}

/// Whether a trace value repeats the conversation of a default completion.
fn leaks_in_trace(value: &str) -> bool {
    let request = format!(r#""trace":{{"k":{}}}"#, rainscope::json::quote(value));
    let leaks = Planted {
        request: &request,
        ..Planted::default()
    }
    .leaks();
    !leaks.is_empty()
}

#[test]
fn leaks_are_found_however_they_are_written() {
    let check = |value: &str| assert!(leaks_in_trace(value), "{value}");
    check("What time is it right now");
    check("WHAT  TIME\tIS-IT, right now?");
    check("https://app.test/search?q=What%20time%20is%20it%20right%20now");
    check("https://app.test/search?q=What+time+is+it+right+now");
    check(
        "https://app.test/?u=https%253A%252F%252Fb.test%252F%253Fq%253DWhat%252520time%252520is%252520it%252520right",
    );
    check("what-time-is-it-right-now");
    check("what_time_is_it_right_now");
    check("whatTimeIsItRightNow");
    check("handler_WhatTimeIsItRightNow_v2");
    check("whattimeisitrightnowinberlin");
    check("q-whattimeisitrightnowinberlin-1");
    check("<p>What <b>time</b> is it&nbsp;<i>right</i>&#32;now</p>");
    check(r#"{"q":"What time is it right now"}"#);
    check(r#"{\"q\":\"What\ntime\nis\nit\nright\nnow\"}"#);
    check(r#""{\\\"q\\\":\\\"What\\\\ntime\\\\nis\\\\nit right\\\"}""#);
    check("V2hhdCB0aW1lIGlzIGl0IHJpZ2h0IG5vdw==");
    check("https://app.test/v/V2hhdCB0aW1lIGlzIGl0IHJpZ2h0IG5vdw/edit");
    check("V2hhdCB0aW1l\nIGlzIGl0IHJp\nZ2h0IG5vdw==");
    check("VjJoaGRDQjBhVzFsSUdseklHbDBJSEpwWjJoMElHNXZkdz09");
    check("eyJhbGciOiJIUzI1NiJ9.eyJxIjoiV2hhdCB0aW1lIGlzIGl0IHJpZ2h0IG5vdyJ9.c2lnbmVk");
    check("576861742074696d65206973206974207269676874206e6f77");
    check("It is half past two");
    check("half past two in the afternoon");
    check("https://a.test/?q=%3CWhat%20time%20is%20it%20right%20now%3E");
    check("&lt;What&nbsp;time&nbsp;is&nbsp;it&nbsp;right&nbsp;now&gt;");
    check("What&nbsptime&#32is&#x00000020;it&Tab;right&NewLine;now");
    check("W<wbr>hat <em>t</em>ime is it rig<b>ht</b> now");
    check("What%u0020time%u0020is%u0020it%u0020right");
    check(r"What\40time\40is\40it\40right");
    check(r"What\U00000020time\U00000020is\U00000020it\U00000020right");
    check("whatTimeIsItRightNowInBerlin2Go");
    check("whattimeisitrightnowinberlin2");
    check("Wh\u{1}at ti\u{8}me is\u{3164}it right now");
    check("\u{1b}[1mWh\u{1b}[0mat time is it right now");
}

#[test]
fn the_letters_of_the_prompt_may_be_odd_as_well() {
    let check = |prompt: &str, value: &str| {
        let request = format!(r#""trace":{{"k":{}}}"#, rainscope::json::quote(value));
        let escape = |c: char| match c.is_ascii() {
            true => c.to_string(),
            false => {
                let mut units = [0; 2];
                let units = c.encode_utf16(&mut units).iter();
                units.map(|unit| format!("\\u{unit:04x}")).collect()
            }
        };
        let quoted = rainscope::json::quote(prompt);
        let escaped: String = quoted.chars().map(escape).collect();
        for content in [quoted.to_string(), escaped] {
            let leaks = Planted {
                request: &request,
                messages: &format!(r#"{{"role":"user","content":{content}}}"#),
                ..Planted::default()
            }
            .leaks();
            assert_eq!(leaks, ["/properties/k"], "{content}: {value}");
        }
    };
    check(
        "Ｗｈａｔ ｔｉｍｅ ｉｓ ｉｔ ｒｉｇｈｔ ｎｏｗ",
        "what time is it right now",
    );
    check("𝐖𝐡𝐚𝐭 time 𝕚𝕤 it right now", "what time is it right now");
    check(
        "The ﬁrst oﬃcial ﬂight leaves",
        "the first official flight leaves",
    );
    check(
        "Re\u{301}sume\u{301} des e\u{301}le\u{300}ves diplo\u{302}me\u{301}s",
        "résumé des élèves diplômés",
    );
    check("ΘΈΛΩ ΤΟΥΣ ΛΌΓΟΥΣ ΑΥΤΟΎΣ", "θέλω τους λόγους αυτούς");
    check("die große Straße hieß so", "DIE GROSSE STRASSE HIESS SO");
    check("İstanbul İçin yeni bir yol", "istanbul için yeni bir yol");
}

/// A link or a page that somebody is to summarise holds its words encoded, and a summary has them in clear.
#[test]
fn the_prompt_may_be_encoded_as_well() {
    let said = "tell Robert Miller in Berlin that the patient has sepsis";
    let check = |prompt: &str, value: &str, is_leak: bool| {
        let request = format!(r#""trace":{{"k":{}}}"#, rainscope::json::quote(value));
        let quoted = rainscope::json::quote(prompt).to_string();
        // Go writes signs of HTML so.
        let escaped = quoted.replace('<', "\\u003c").replace('&', "\\u0026");
        for content in [quoted, escaped] {
            let leaks = Planted {
                request: &request,
                messages: &format!(r#"{{"role":"user","content":{content}}}"#),
                ..Planted::default()
            }
            .leaks();
            assert_eq!(leaks.len(), usize::from(is_leak), "{content}: {value}");
        }
    };
    let base64 = "dGVsbCBSb2JlcnQgTWlsbGVyIGluIEJlcmxpbiB0aGF0IHRoZSBwYXRpZW50IGhhcyBzZXBzaXM=";
    let hex: String = said.bytes().map(|byte| format!("{byte:02x}")).collect();
    for prompt in [
        format!(
            "Summarise https://a.test/?q={} please",
            said.replace(' ', "%20")
        ),
        format!("Summarise this: {} please", said.replace(' ', "&nbsp;")),
        format!(
            "Summarise <p>{}</p>",
            said.replace("Robert", "<b>Robert</b>")
                .replace("has", "<u>has</u>")
        ),
        format!("Decode {base64} for me"),
        format!("Decode {hex} for me"),
    ] {
        check(&prompt, said, true);
        check(&prompt, "nothing of what was said before", false);
    }
    check(
        "Bitte gr&uuml;&szlig;e J&ouml;rg M&uuml;ller herzlich von Bj&ouml;rn K&auml;stner",
        "grüße Jörg Müller herzlich von Björn Kästner",
        true,
    );
    // A letter says what kind of string it is.
    for value in ["divorce Anna Kowalska", "letter for Anna Kowalska"] {
        for prompt in [
            format!("He got {{b'query': u'{value}', 'n': 3}} there"),
            format!("SELECT 1 WHERE q = N'{value}' AND n = 3"),
        ] {
            check(&prompt, value, true);
        }
        for marked in [
            format!("b'{value}'"),
            format!("{{'q': rb'{value}', 'n': 1}}"),
        ] {
            check(value, &marked, true);
        }
        check("She's in Bob's house, and I'm not", value, false);
    }
    check(
        "Call me at 4155&#48;&#49;34000 <b>4111</b> please, my card is 4111%201111%201111%201111",
        "4111111111111111",
        true,
    );
}

#[test]
fn what_tools_are_given_and_give_back_counts_whatever_its_keys() {
    let secret = "the heron nests behind the old boathouse";
    let check = |messages: &str, value: &str| {
        let request = format!(r#""trace":{{"k":"{value}"}}"#);
        let messages = format!(r#"{{"role":"user","content":"Look it up, please."}},{messages}"#);
        let leaks = Planted {
            request: &request,
            messages: &messages.replace("SECRET", secret),
            ..Planted::default()
        }
        .leaks();
        assert_eq!(leaks, ["/properties/k"], "{messages}: {value}");
    };
    for messages in [
        r#"{"role":"tool","tool_call_id":"c","content":{"name":"SECRET"}}"#,
        r#"{"role":"tool","content":[{"type":"tool-result","toolName":"f","output":{"type":"json","value":{"status":"SECRET"}}}]}"#,
        r#"{"type":"function_call_output","call_id":"c","output":{"name":"SECRET"}}"#,
        r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":{"detail":"SECRET"}}]}"#,
        r#"{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"f","result":{"status":"SECRET"}}]}"#,
        r#"{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c","toolName":"f","args":{"name":"SECRET"}}]}"#,
        r#"{"role":"tool","tool_call_id":"c","content":"ok","structuredContent":{"id":"SECRET"}}"#,
        r#"{"role":"assistant","content":"ok","parsed":{"hash":"SECRET"}}"#,
        r#"{"role":"data","content":{"format":"SECRET"}}"#,
        r#"{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"SECRET":1}}]}"#,
        r#"{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain,the%20heron%20nests%20behind%20the%20old%20boathouse"}}]}"#,
        r#"{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64, dGhlIGhlcm9uIG5lc3RzIGJlaGluZCB0aGUgb2xkIGJvYXRob3VzZQ"}}]}"#,
        r#"{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,Pz8_Pj4-dGhlIGhlcm9uIG5lc3RzIGJlaGluZCB0aGUgb2xkIGJvYXRob3VzZQ"}}]}"#,
    ] {
        check(messages, secret);
    }
    // JSON in a string has each of its strings and keys by itself.
    for messages in [
        r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"query\":\"SECRET\",\"n\":3}"}}]}"#,
        r#"{"role":"assistant","content":null,"function_call":{"name":"f","arguments":" {\"SECRET\":true}"}}"#,
        r#"{"type":"function_call","call_id":"c","name":"f","arguments":"{\"q\":[\"SECRET\"]}"}"#,
        r#"{"role":"tool","tool_call_id":"c","content":"[{\"title\":\"SECRET\",\"rank\":1}]"}"#,
        r#"{"role":"user","content":"\n{\"title\":\"SECRET\",\"of\":\"somebody else\"}"}"#,
        r#"{"role":"tool","tool_call_id":"c","content":"{\"content\":[{\"type\":\"text\",\"text\":\"{\\\"query\\\":\\\"SECRET\\\"}\"}]}"}"#,
        r#"{"role":"assistant","content":"Here it is:\n```json\n{\"query\":\"SECRET\",\"n\":3}\n```"}"#,
        r#"{"role":"user","content":"data: {\"n\":3,\"query\":\"SECRET\",\"cut\":\"of"}"#,
        r#"{"role":"tool","tool_call_id":"c","content":"\"{\\\"query\\\":\\\"SECRET\\\"}\""}"#,
        r#"{"role":"tool","tool_call_id":"c","content":"{'query': 'SECRET', 'n': 3}"}"#,
    ] {
        let value = "divorce Anna Miller";
        check(&messages.replace("SECRET", value), value);
    }
    let card = r#"{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"card":4111111111111111}}]}"#;
    check(card, "4111 1111 1111 1111");
}

#[test]
fn an_answer_in_json_is_found_as_an_object_too() {
    let object = r#"{"diagnosis":"sepsis","patient":"Robert Miller","ward":"intensive care"}"#;
    let check = |trace: &str, expected: &[&str]| {
        let request = format!(r#""trace":{trace}"#);
        let answer = format!(r#"{{"content":{}}}"#, rainscope::json::quote(object));
        let leaks = Planted {
            request: &request,
            answer: &answer,
            ..Planted::default()
        }
        .leaks();
        assert_eq!(leaks, expected, "{trace}");
    };
    check(
        &format!(r#"{{"result":{object}}}"#),
        &["/properties/result/patient", "/properties/result/ward"],
    );
    check(
        &format!(r#"{{"result":{{"of":[1,{object}]}}}}"#),
        &[
            "/properties/result/of/1/patient",
            "/properties/result/of/1/ward",
        ],
    );
    check(r#"{"result":{"patient":"no name","ward":"nine"}}"#, &[]);
}

#[test]
fn a_short_prompt_is_found_in_a_code_too() {
    for (prompt, value) in [
        ("Fire Robert", "RmlyZSBSb2JlcnQ="),
        ("hunter2", "aHVudGVyMg=="),
        ("hunter2", "68756e74657232"),
    ] {
        let verdict = promises::verdict_on(prompt, value);
        assert_ne!(verdict, "no leak found", "{prompt}: {value}");
    }
    assert_eq!(
        promises::verdict_on("Fire Robert", "RmlyZSBBbGljZQ=="),
        "no leak found"
    );
}

/// The leaks of a completion with a prompt, an answer and a value in its trace, and with it as the user.
fn leaks_of_short(prompt: &str, answer: &str, value: &str) -> Vec<String> {
    let quote = rainscope::json::quote;
    Planted {
        request: &format!(r#""trace":{{"k":{value}}}"#),
        messages: &format!(r#"{{"role":"user","content":{}}}"#, quote(prompt)),
        answer: &format!(r#"{{"content":{}}}"#, quote(answer)),
    }
    .leaks()
}

#[test]
fn the_whole_prompt_or_answer_is_a_leak_however_short() {
    let leaks = |prompt, answer, value| leaks_of_short(prompt, answer, value);
    let at = |pointer: &str| vec![pointer.to_owned()];
    let own = at("/properties/k");
    assert_eq!(leaks("Zürich?", "In the Alps.", r#""zürich""#), own);
    assert_eq!(leaks("hunter2", "Seven letters.", r#""hunter2""#), own);
    assert_eq!(
        leaks("Is it good or bad?", "POSITIVE", r#""positive""#),
        own
    );
    assert_eq!(leaks("48151623", "Lost.", "48151623"), own);
    assert_eq!(leaks("鯨の秘密", "海。", r#""鯨の秘密""#), own);
    let nested = r#"{"labels":["Positive","b"]}"#;
    let found = leaks("Is it good or bad?", "POSITIVE", nested);
    assert_eq!(found, at("/properties/k/labels/0"));
    // Nothing else in it, and enough to tell.
    assert_eq!(
        leaks("hunter2", "Seven.", r#""hunter2 and more""#),
        at("")[..0]
    );
    assert_eq!(leaks("Is it so?", "false", r#""false""#), at("")[..0]);
    assert_eq!(leaks("A, B or C?", "B", r#""B""#), at("")[..0]);
}

#[test]
fn a_prompt_cut_into_a_list_of_words_is_a_leak_of_the_list() {
    let prompt = "Tell me a secret about whales please";
    let words = r#"["Tell","me","a","secret","about","whales","please"]"#;
    let list = vec!["/properties/k".to_owned()];
    assert_eq!(leaks_of_short(prompt, "They sing.", words), list);
    let within = format!(r#"{{"a":[{words},1]}}"#);
    let inner = vec!["/properties/k/a/0".to_owned()];
    assert_eq!(leaks_of_short(prompt, "They sing.", &within), inner);
    // What one item says already is said once.
    let item = vec!["/properties/k/0".to_owned()];
    let whole = r#"["Tell me a secret about whales","x"]"#;
    assert_eq!(leaks_of_short(prompt, "They sing.", whole), item);
    let others = r#"["Tell","nobody","the","secret","about","whales"]"#;
    assert_eq!(leaks_of_short(prompt, "They sing.", others), list[..0]);
}

#[test]
fn what_only_looks_like_a_leak_is_none() {
    let check = |value: &str| assert!(!leaks_in_trace(value), "{value}");
    check("What time works");
    check("Berlin");
    check("right now");
    check("checkout/flow/step-2");
    check("whatIsBerlin");
    check("timeIsMoneyForEveryone");
    check("internationalisation");
    check("550e8400-e29b-41d4-a716-446655440000");
    check("da39a3ee5e6b4b0d3255bfef95601890afd80709");
    check("2026-06-05T12:33:10.000Z");
    check("gen-1780662712-aBcDeFgHiJkLmNoPqRsT");
    check("SGVsbG8gdGhlcmUsIHRoaXMgaXMgc29tZXRoaW5nIGVsc2U=");
    check("https://app.test/search?q=opening%20hours%20of%20the%20museum");
    check("4111 1111 1111 1111");
}

#[test]
fn numbers_of_the_conversation_are_found_however_they_are_grouped() {
    let check = |text: &str, value: &str, expected: bool| {
        let message = format!(
            r#"{{"role":"user","content":{}}}"#,
            rainscope::json::quote(text)
        );
        let request = format!(r#""trace":{{"k":{value}}}"#);
        let leaks = Planted {
            request: &request,
            messages: &message,
            ..Planted::default()
        }
        .leaks();
        assert_eq!(!leaks.is_empty(), expected, "{text}: {value}");
    };
    check(
        "My card:4111111111111111 please",
        r#""4111111111111111""#,
        true,
    );
    check("Call me, Tel:03012345678", r#""03012345678""#, true);
    check(
        "It is 4111111111111111.Thanks",
        r#""4111111111111111""#,
        true,
    );
    let card = "My card is 4111 1111 1111 1111.";
    check(card, r#""4111-1111-1111-1111""#, true);
    check(card, "4111111111111111", true);
    check(card, r#"{"cards":["4111111111111111"]}"#, true);
    check(card, r#""4111111111111112""#, false);
    check(card, r#""1111""#, false);
    // Read out digit by digit.
    check(card, r#""4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1""#, true);
    check(
        "My card: 4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1",
        "4111111111111111",
        true,
    );
    check(
        "Rated 5 4 3 5 4 3 5 4 3 5 4 3 5 4 3 5",
        r#""4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1""#,
        false,
    );
    let account = "Send it to DE89 3704 0044 0532 0130 00, thanks.";
    check(account, r#""DE89370400440532013000""#, true);
    check(account, r#""iban: de89 3704 0044 0532 0130 00""#, true);
    check(account, r#""DE89""#, false);
    let phone = "Call me at +1 (415) 555-0134";
    check(phone, r#""tel:+1-415-555-0134""#, true);
    check(phone, r#""14155550134""#, true);
    check(phone, r#""%2B1%20415%20555%200134""#, true);
    check(phone, r#""555-0134""#, false);
    for between in ["\t", ",", "\n", "'", "’", "–", "\u{a0}"] {
        let parted = card.replace("11 1", &format!("11{between}1"));
        check(&parted, "4111111111111111", true);
        let parted = card.replace("4111 1111", &format!("17 4111{between}1111"));
        check(&parted, r#""4111-1111-1111-1111""#, true);
    }
    check(card, r#""1, 4111 1111 1111 1111, 12/27""#, true);
    check("卡号是4111111111111111，谢谢", "4111111111111111", true);
    check("+49(0)30 90182015 please", r#""0049-30-90182015""#, true);
    check("+49(0)30 90182015 please", r#""030/90182015""#, true);
    check("+49(0)30 90182015 please", r#""030/90182016""#, false);
    let date = "Was it open on 2026-06-05 12:33 or 05.06.2026 14.30?";
    check(date, r#""2026-06-05 12:33""#, false);
    check(date, r#""05.06.2026 14.30""#, false);
    check(
        "Look at gen-1780662712-abc",
        r#""gen-1780662712-abc""#,
        false,
    );
}

#[test]
fn all_that_is_of_the_conversation_counts() {
    let secret = "the heron nests behind the old boathouse";
    let trace = format!(r#""trace":{{"k":"{secret}"}}"#);
    let check = |beside: &str, messages: &str, answer: &str| {
        let request = format!("{trace}{beside}");
        let leaks = Planted {
            request: &request,
            messages,
            answer,
        }
        .leaks();
        assert_eq!(leaks, ["/properties/k"], "{beside} {messages} {answer}");
    };
    let message = |content: &str| format!(r#"{{"role":"user","content":{content}}}"#);
    let plain = r#"{"content":"Yes."}"#;
    let user = message("\"Hello\"");
    // What tools are given and give back.
    let call = |arguments: &str| {
        format!(
            r#"{{"content":null,"tool_calls":[{{"id":"c","type":"function","function":{{"name":"note","arguments":{arguments}}}}}]}}"#
        )
    };
    let inner = rainscope::json::quote(&format!(r#"{{"name":"{secret}"}}"#));
    check("", &user, &call(&inner));
    let lines = secret.replace(' ', "\\n");
    let inner = rainscope::json::quote(&format!(r#"{{"name":"{lines}"}}"#));
    check("", &user, &call(&inner));
    let tool_use = format!(
        r#"[{{"type":"tool_use","id":"t","name":"note","input":{{"url":"{secret}","id":1}}}}]"#
    );
    check(
        "",
        &format!(r#"{{"role":"assistant","content":{tool_use}}}"#),
        plain,
    );
    check(
        "",
        &format!(r#"{{"role":"tool","tool_call_id":"c","content":"{secret}"}}"#),
        plain,
    );
    // What the caller expects, files, citations, speech.
    check(
        &format!(r#","prediction":{{"type":"content","content":"{secret}"}}"#),
        &user,
        plain,
    );
    let file = "dGhlIGhlcm9uIG5lc3RzIGJlaGluZCB0aGUgb2xkIGJvYXRob3VzZQ==";
    check(
        "",
        &message(&format!(
            r#"[{{"type":"file","file":{{"filename":"a.txt","file_data":"data:text/plain;base64,{file}"}}}}]"#
        )),
        plain,
    );
    check(
        "",
        &message(&format!(
            r#"[{{"type":"document","source":{{"type":"base64","media_type":"text/plain","data":"{file}"}}}}]"#
        )),
        plain,
    );
    check(
        "",
        &message(&format!(
            r#"[{{"type":"document","source":{{"type":"text","data":"{secret}"}}}}]"#
        )),
        plain,
    );
    check(
        "",
        &user,
        &format!(
            r#"{{"content":"Yes.","annotations":[{{"type":"url_citation","url_citation":{{"url":"https://a.test","title":"{secret}"}}}}]}}"#
        ),
    );
    check(
        "",
        &user,
        &format!(
            r#"{{"content":"Yes.","annotations":[{{"type":"file","file":{{"hash":"x","content":[{{"type":"text","text":"{secret}"}}]}}}}]}}"#
        ),
    );
    check(
        "",
        &user,
        &format!(
            r#"{{"content":null,"audio":{{"id":"a","data":"AAAA","transcript":"{secret}"}}}}"#
        ),
    );
    check(
        "",
        &user,
        &format!(r#"{{"content":"Yes.","reasoning":"{secret}"}}"#),
    );
    check(
        "",
        &user,
        &format!(
            r#"{{"content":"Yes.","reasoning_details":[{{"type":"reasoning.summary","summary":"{secret}"}}]}}"#
        ),
    );
}

#[test]
fn names_and_settings_of_the_protocol_are_not_the_conversation() {
    let check = |messages: &str, value: &str| {
        let request = format!(r#""trace":{{"k":"{value}"}}"#);
        let leaks = Planted {
            request: &request,
            messages,
            answer: r#"{"content":"Yes.","tool_calls":[{"id":"call_of_a_long_kind_1","type":"function","function":{"name":"look_up_the_opening_hours","arguments":"{}"}}]}"#,
        }
        .leaks();
        assert_eq!(leaks, [""; 0], "{messages}: {value}");
    };
    let picture = r#"{"role":"user","name":"the night shift team","content":[{"type":"image_url","image_url":{"url":"https://img.test/the/old/boat/house.png"}}]}"#;
    check(picture, "https://img.test/the/old/boat/");
    check(picture, "the night shift team");
    check(picture, "look_up_the_opening_hours");
}

#[test]
fn a_name_that_the_router_gives_may_leak_too_but_is_no_leak_when_spoken_of() {
    let check = |model: &str, content: &str, expected: &[&str]| {
        let json = format!(
            r#"{{"request":{{"model":"{model}","messages":[{{"role":"user","content":"{content}"}}]}},"response":{{"id":"gen-1","provider":"Google AI Studio","choices":[{{"message":{{"content":"Amazon Bedrock."}},"native_finish_reason":"end_turn"}}]}}}}"#
        );
        let loaded = rainscope::load("a.json", json.as_bytes());
        let mapped = mapping::inspect(&loaded.completions[0], &Edits::none(), &Context::at(0));
        let leaks = mapped.findings.iter();
        let leaks = leaks.filter(|finding| finding.code == mapping::Code::PrivacyLeak);
        let leaks: Vec<&str> = leaks.map(|finding| finding.pointer.as_str()).collect();
        assert_eq!(leaks, expected, "{model}: {content}");
    };
    let both = ["/ai_data/model", "/properties/model"];
    check(
        "custom/what-time-is-it-right-now",
        "What time is it right now?",
        &both,
    );
    check(
        "What%20time%20is%20it%20right%20now",
        "What time is it right now?",
        &both,
    );
    check(
        "anthropic/claude-haiku-4.5",
        "Is anthropic/claude-haiku-4.5 or Claude Haiku 4.5 faster?",
        &[],
    );
    check(
        "openai/gpt-4o-mini",
        "Tell me of openai/gpt-4o-mini at Google AI Studio.",
        &[],
    );
    check(
        "deepseek/deepseek-r1-distill-llama-70b",
        "DeepSeek R1 Distill Llama 70B?",
        &[],
    );
}

/// A number that was said is found behind a name as well.
#[test]
fn a_number_is_found_wherever_a_name_goes_on_with_it() {
    let of = |value: &str| {
        let request = serde_json::json!({"model": "a/b", "trace": {"n": value},
            "messages": [{"role": "user", "content": "My card is 4111 1111 1111 1111, thanks a lot"}]});
        let message = serde_json::json!({"message": {"content": "A different reply altogether, to be sure."}});
        let sample = serde_json::json!({"request": request, "response": {"id": "gen-1780662712-aaaaaaaaaaaaaaaaaaaa", "choices": [message]}});
        let loaded = rainscope::load("t.json", sample.to_string().as_bytes());
        let completion = &loaded.completions[0];
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        mapped.verdict(completion).says().to_owned()
    };
    for value in [
        "4111111111111111",
        "card_4111111111111111",
        "card:4111111111111111",
        "{card:4111-1111-1111-1111}",
        "cust4111111111111111",
        "/cards/4111111111111111/charge",
        "4111111111111111.pdf",
    ] {
        assert_eq!(of(value), "leaks", "{value}");
    }
    for value in [
        "card_4111111111111112",
        "gen-1780662712-aaaaaaaaaaaaaaaaaaaa",
        "2026-06-05",
    ] {
        assert_eq!(of(value), "no leak found", "{value}");
    }
}

/// A prompt of codes and numbers has no run of prose: all of it is found wherever it stands, and part of it is not said to be
/// none.
#[test]
fn a_prompt_of_codes_is_found_or_not_promised() {
    let of = |prompt: &str, value: &str| {
        let request = serde_json::json!({"model": "a/b", "messages": [{"role": "user", "content": prompt}], "trace": {"note": value}});
        let message = serde_json::json!({"message": {"content": "A different reply altogether, to be sure."}});
        let sample = serde_json::json!({"request": request, "response": {"id": "gen-1", "choices": [message]}});
        let loaded = rainscope::load("t.json", sample.to_string().as_bytes());
        let completion = &loaded.completions[0];
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        mapped.verdict(completion).says().to_owned()
    };
    let check = |prompt: &str, value: &str, expected: &str| {
        let says = of(prompt, value);
        assert!(says.starts_with(expected), "{prompt} in {value}: {says}");
    };
    for prompt in [
        "login bob99 pass hunter2 pin 4417",
        "Flight LH4412 seat 23A 14:30",
        "HbA1c 9.2 LDL 160 BP 150/95",
        "b4c 7x9 q2w 8k1 zz3 p0l aa1 rr2",
        "4417 9912 3310 8821 0045 1199",
    ] {
        check(prompt, prompt, "leaks");
        check(prompt, &format!("see {prompt} there"), "leaks");
        check(
            prompt,
            &format!("x={}", prompt.replace(' ', "%20")),
            "leaks",
        );
        let part: Vec<&str> = prompt.split(' ').skip(1).collect();
        // Nine digits in a row are no chance.
        let expected = match prompt.starts_with("4417 9912") {
            true => "leaks",
            false => "can't tell",
        };
        check(prompt, &part.join(" "), expected);
        check(prompt, "something else", "no leak found");
    }
    let long: Vec<String> = (0..90).map(|n| format!("a{n}b7c")).collect();
    check(&long.join(" "), &long[20..60].join(" "), "can't tell");
    check(&long.join(" "), "something else", "no leak found");
}

/// Whatever words are planted, in whatever way they are written, they are found; ids are not.
mod given;
mod promises;

mod planted {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    fn words() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-z]{4,9}", 5..9)
    }

    fn capitalised(word: &str) -> String {
        word[..1].to_uppercase() + &word[1..]
    }

    /// The ways in which a few words may be written.
    fn ways(words: &[String]) -> Vec<String> {
        let text = words.join(" ");
        let percent = text.replace(' ', "%20");
        let base64 = STANDARD.encode(&text);
        let short: Vec<&str> = base64
            .as_bytes()
            .chunks(12)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let capitals: Vec<String> = words.iter().map(|word| capitalised(word)).collect();
        vec![
            text.to_uppercase(),
            words.join("_"),
            words.join("-"),
            words.concat(),
            capitals.concat(),
            percent.clone(),
            percent.replace('%', "%25"),
            format!("https://a.test/{percent}?b"),
            words.join("&nbsp;"),
            words.join("</b><b>"),
            words.join("\\n"),
            words.join("\\\\n"),
            format!("[\"{base64}\"]"),
            format!("https://a.test/{}", URL_SAFE_NO_PAD.encode(&text)),
            short.join("\n"),
            STANDARD.encode(&base64),
            format!(
                "eyJhbGciOiJub25lIn0.{}.",
                URL_SAFE_NO_PAD.encode(format!("{{\"q\":\"{text}\"}}"))
            ),
        ]
    }

    fn leaks(message: &str, value: &str) -> bool {
        let message = format!(
            r#"{{"role":"user","content":{}}}"#,
            rainscope::json::quote(message)
        );
        let request = format!(r#""trace":{{"k":{}}}"#, rainscope::json::quote(value));
        let planted = Planted {
            request: &request,
            messages: &message,
            ..Planted::default()
        };
        !planted.leaks().is_empty()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn words_are_found_in_every_way_of_writing_them(words in words(), before in words(), after in words()) {
            let message = format!("{} {} {}.", before.join(" "), words.join(" "), after.join(" "));
            for value in ways(&words) {
                prop_assert!(leaks(&message, &value), "{message}: {value}");
            }
        }

        #[test]
        fn other_words_and_ids_are_not(message in words(), other in words(), id in "[A-Za-z0-9_-]{20,60}", hex in "[0-9a-f]{32,64}") {
            let message = message.join(" ");
            for value in ways(&other).into_iter().chain([id, hex]) {
                prop_assert!(!leaks(&message, &value), "{message}: {value}");
            }
        }
    }
}

/// A line's end before a number stands as an escape in the record, and the letter of that is none before the number.
#[test]
fn a_number_at_the_beginning_of_a_line_is_found() {
    let leaks = Planted {
        request: r#""trace":{"k":"card 4111 1111 1111 1111"}"#,
        messages: r#"{"role":"user","content":"My card:\n4111111111111111\nPlease charge it."}"#,
        ..Planted::default()
    }
    .leaks();
    assert_eq!(leaks, ["/properties/k"]);
}

#[test]
fn leaks_in_mail_in_utf16_and_in_other_letters_are_found() {
    let check = |value: &str| assert!(leaks_in_trace(value), "{value}");
    check("What=20time=20is=20it=20right=20now");
    check("What time is it rig=\nht now in Berlin");
    check("Ｗｈａｔ ｔｉｍｅ ｉｓ ｉｔ ｒｉｇｈｔ ｎｏｗ");
    check("𝐖𝐡𝐚𝐭 𝐭𝐢𝐦𝐞 𝐢𝐬 𝐢𝐭 𝐫𝐢𝐠𝐡𝐭 𝐧𝐨𝐰");
    let units: Vec<u16> = "what time is it right now".encode_utf16().collect();
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes = units.iter().flat_map(|it| unit(*it));
        check(&bytes.map(|byte| format!("{byte:02x}")).collect::<String>());
    }
}
