//! What is promised of privacy mode, and what can't be told.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rainscope::mapping::scan::{Known, PrivacyVerdict};

#[test]
fn a_promise_is_made_only_of_what_is_known() {
    let check = |json: &str, says: &str| {
        let loaded = rainscope::load("a.json", json.as_bytes());
        let completion = &loaded.completions[0];
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        assert_eq!(mapped.verdict(completion).says(), says, "{json}");
    };
    let answer =
        r#"{"id":"gen-1","choices":[{"message":{"content":"It is half past two already."}}]}"#;
    let request = |trace: &str| {
        format!(
            r#"{{"model":"a/b","messages":[{{"role":"user","content":"What time is it now?"}}],"trace":{{"k":"{trace}"}}}}"#
        )
    };
    check(
        &format!(r#"{{"request":{},"response":{answer}}}"#, request("v")),
        "no leak found",
    );
    check(
        &format!(
            r#"{{"request":{},"response":{answer}}}"#,
            request("what time is it now")
        ),
        "leaks",
    );
    // A request from which what was asked is missing, left out or only part of.
    for request in [
        r#"{"messages":[],"trace":{"q":"tell me a secret about whales please"}}"#,
        r#"{"messages":[{"role":"user","content":null}]}"#,
        r#"{"messages":[{"role":"user","content":""}]}"#,
        r#"{"messages":[{"role":"system","content":"You are brief."}]}"#,
        r#"{"messages":[{"role":"user","content":"[REDACTED]"}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"<content removed>"}]}]}"#,
        r#"{"messages":[{"role":"user","content":"Well?"},{"role":"user","content":"***"}]}"#,
        r#"{"input":"continue now","previous_response_id":"resp_1"}"#,
        r#"{"input":"continue now","conversation":"conv_1"}"#,
        r#"{"input":"continue now","conversation":{"id":"conv_1"}}"#,
        r#"{"input":[{"type":"item_reference","id":"msg_1"},{"role":"user","content":"And now?"}]}"#,
        r#"{"input":[{"type":"compaction","encrypted_content":"abc"},{"role":"user","content":"And now?"}]}"#,
        r#"{"input":"Now","prompt":{"id":"pmpt_1","variables":{"city":"Berlin"}}}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.test/b.png"}}]}]}"#,
        r#"{"input":[{"role":"user","content":[{"type":"input_file","file_id":"file_1"}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://a.test/b.pdf"}}]}]}"#,
        r#"{"messages":[{"role":"user","content":"[object Object]"}]}"#,
        r#"{"messages":[{"role":"user","content":"Der Schl\u00fcssel liegt unter der Fu\ufffdmatte."}]}"#,
        r#"{"messages":[{"role":"user","content":"undefined"}]}"#,
        r#"{"messages":[{"role":"user","content":"{{user_input}}"}]}"#,
        r#"{"messages":[{"role":"user","content":"sha256:9f86d081884c7d65"}]}"#,
        r#"{"messages":[{"role":"user","content":"Please transfer forty thousand... [truncated]"}]}"#,
        r#"{"prompt":"Please transfer forty…(+1234 chars)"}"#,
        r#"{"messages":[{"role":"user","content":"Go"},{"role":"tool","tool_call_id":"c","content":"[REDACTED]"}]}"#,
        r#"{"messages":[{"role":"user","content":"redacted-by-litellm"}]}"#,
        r#"{"messages":[{"role":"user","content":"Please transfer forty... 1234 more characters"}]}"#,
        r#"{"messages":[{"role":"system","content":"[REDACTED]"},{"role":"user","content":"Now"}]}"#,
        r#"{"messages":[{"role":"user","content":"Now"},"... 3 more items"]}"#,
        r#"{"messages":[{"role":"user","content":"Now"},3]}"#,
        r#"{"messages":[{"role":"user","content":"Now"},null]}"#,
        r#"{"messages":[{"role":"user","content":"Now"},{"...":"3 more"}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Sum it up"},{"type":"file","file":{"filename":"a.txt","file_id":"file-1"}}]}]}"#,
        r#"{"input":[{"role":"user","content":[{"type":"input_text","text":"Sum it up"},{"type":"input_file","file_url":"https://a.test/b.pdf"}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Sum it up"},{"type":"document","source":{"type":"url","url":"https://a.test/b.txt"}}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Sum it up"},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQK"}}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Sum it up"},{"type":"file","file":{"filename":"a.pdf","file_data":"https://a.test/b.pdf"}}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Sum it up"},{"type":"file","file":{"filename":"a.docx","file_data":"data:application/zip;base64,UEsDBA=="}}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Sum it up"},{"type":"container_upload","file_id":"f"}]}]}"#,
        r#"{"system":"[REDACTED]","messages":[{"role":"user","content":"Now"}]}"#,
        r#"{"system":[{"type":"text","text":"[REDACTED]"}],"messages":[{"role":"user","content":"Now"}]}"#,
        r#"{"instructions":"You are... [truncated]","input":"Now"}"#,
        r#"{"prediction":{"type":"content","content":"[REDACTED]"},"messages":[{"role":"user","content":"Now"}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Now"},"... 3 more items"]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Now"},null]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Now"},{"type":"text","text":null}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Now"},{"type":"text"}]}]}"#,
        r#"{"messages":[{"role":"user","content":"Now"},{"role":"tool","tool_call_id":"c","content":null}]}"#,
        r#"{"messages":[{"role":"user","content":"Now"},{"role":"tool","tool_call_id":"c"}]}"#,
        r#"{"messages":[{"role":"user","content":"Now"},{"role":"assistant","content":null},{"role":"user","content":"Go"}]}"#,
        r#"{"messages":[{"role":"user","content":"Please... (litellm_truncated skipped 1234 chars) ...today"}]}"#,
        r#"{"messages":[{"role":"user","content":"<PERSON> lives in <LOCATION>"}]}"#,
        r#"{"messages":[{"role":"user","content":"<openai.types.Message object at 0x7f1234>"}]}"#,
    ] {
        let json = format!(r#"{{"request":{request},"response":{answer}}}"#);
        check(&json, "can't tell: the prompt is not known here");
    }
    // No text of a user's: a log that kept the last turns alone.
    for request in [
        r#"{"messages":[{"role":"tool","tool_call_id":"c","content":"It rains in Bern"}]}"#,
        r#"{"messages":[{"role":"assistant","content":"It rains in Bern"}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"It rains in Bern"}]}]}"#,
        r#"{"input":[{"type":"function_call_output","call_id":"c","output":"It rains in Bern"}]}"#,
    ] {
        let json = format!(r#"{{"request":{request},"response":{answer}}}"#);
        check(&json, "can't tell: the prompt is not known here");
    }
    for request in [
        r#"{"messages":[{"role":"user","content":"What is hidden in [brackets]?"}]}"#,
        r#"{"messages":[{"role":"user","content":"Now"},{"role":"assistant","content":null,"tool_calls":[]}]}"#,
        r#"{"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Now"}]}]}"#,
        r#"{"prompt":"Now","previous_response_id":null}"#,
        r#"{"input":"Now","conversation":null}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"https://a.test/b.png"}}]}]}"#,
        r#"{"messages":[{"role":"user","content":"Go"},{"role":"tool","tool_call_id":"c","content":""}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Sum it up"},{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,VGhlIG1lZXRpbmcgaXMgYXQgdGhyZWUu"}}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"The meeting is at three."}},{"type":"text","text":"When?"}]}]}"#,
        r#"{"input":["Now","Then"]}"#,
    ] {
        let json = format!(r#"{{"request":{request},"response":{answer}}}"#);
        check(&json, "no leak found");
    }
    // An answer that was left out, cut or never came whole.
    let of_answer = |response: &str| {
        let request = request("v");
        format!(r#"{{"request":{request},"response":{response}}}"#)
    };
    for response in [
        r#"{"id":"gen-1","object":"response","status":"in_progress","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"It is half"}]}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":"It is half past two, as every clock in this house will tell you befor…"}}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":"It is <snip> past two"}}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":"[REDACTED]"}}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":"It is half... [truncated]"}}]}"#,
        r#"{"id":"gen-1","choices":[],"usage":{"completion_tokens":20}}"#,
        r#"{"id":"gen-1","choices":[],"usage":{"completion_tokens":"20"}}"#,
        r#"{"id":"gen-1","choices":[],"usage":{"total_tokens":20,"prompt_tokens":3}}"#,
        r#"{"id":"gen-1","choices":[]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"role":"assistant"}}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":"redacted-by-litellm"}}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":null}}],"usage":{"completion_tokens":20}}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":"It is"}},{"message":{"content":null}}],"usage":{"completion_tokens":20}}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":null,"tool_calls":[{"type":"function","function":{"name":"f"}}]}}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":"It is half... (litellm_truncated skipped 12 chars) ...past two"}}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":"It is"}}],"error":{"code":502,"message":"gone"}}"#,
        r#""data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"It is\"}}]}\n\n""#,
    ] {
        check(
            &of_answer(response),
            "can't tell: not all of the answer is known here",
        );
    }
    for response in [
        r#"{"id":"gen-1","choices":[{"message":{"content":null,"tool_calls":[{"type":"function","function":{"name":"f","arguments":""}}]}}],"usage":{"completion_tokens":20}}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":null,"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]}}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":""}}],"usage":{"completion_tokens":0}}"#,
        r#"{"id":"gen-1","type":"message","role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}],"usage":{"output_tokens":9}}"#,
        r#""data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"It is half past two\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n""#,
    ] {
        check(&of_answer(response), "no leak found");
    }
    // A session of Claude Code's has neither the system's prompt nor, beside a message, the turns before.
    for (model, verdict) in [
        ("", "can't tell: the prompt is not known here"),
        (r#""model":"a/b","#, "no leak found"),
    ] {
        let session = format!(
            r#"{{"request":{{{model}"messages":[{{"role":"user","content":"Now make it shorter for me"}}],"session_id":"s"}},"response":{{"id":"gen-1","type":"message","role":"assistant","content":[{{"type":"text","text":"It is shorter now."}}]}}}}"#
        );
        check(&session, verdict);
    }
    // What only the response repeats of what was asked is of the conversation, too.
    let ordered = r#"{"id":"gen-1","object":"response","status":"completed","instructions":"Never mention the heron behind the boathouse","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"It is half past two already."}]}]}"#;
    let asked = request("mention the heron behind the boathouse");
    check(
        &format!(r#"{{"request":{asked},"response":{ordered}}}"#),
        "leaks",
    );
    check(answer, "can't tell: the prompt is not known here");
    check(
        r#"{"data":{"id":"gen-1","model":"a/b","generation_time":5,"native_tokens_prompt":1}}"#,
        "can't tell: the conversation is not known here",
    );
    let span = |attributes: &str| {
        format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"scope":{{"name":"openrouter"}},"spans":[{{"traceId":"657b5a249f3d274e8ba05b6fb95a113d","spanId":"0cc6cf622dd7330b","name":"LLM Generation","startTimeUnixNano":"1783071902118000000","endTimeUnixNano":"1783071904561000000","attributes":[{{"key":"gen_ai.response.id","value":{{"stringValue":"gen-1"}}}}{attributes}]}}]}}]}}]}}"#
        )
    };
    check(&span(""), "can't tell: the conversation is not known here");
    let prompt = r#",{"key":"gen_ai.prompt","value":{"stringValue":"{\"messages\":[{\"role\":\"user\",\"content\":\"Is it?\"}]}"}}"#;
    check(
        &span(prompt),
        "can't tell: not all of the answer is known here",
    );
    let completion =
        r#",{"key":"gen_ai.completion","value":{"stringValue":"{\"completion\":\"Yes.\"}"}}"#;
    check(&span(&format!("{prompt}{completion}")), "no leak found");
}

/// What of a delivery was cut, masked or left out on its way is not known.
#[test]
fn of_a_delivery_a_promise_is_made_only_of_what_it_has() {
    let check = |prompt: &str, completion: &str, says: &str| {
        let quote = |text: &str| rainscope::json::quote(text).to_string();
        let json = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"scope":{{"name":"openrouter"}},"spans":[{{"traceId":"657b5a249f3d274e8ba05b6fb95a113d","spanId":"0cc6cf622dd7330b","name":"LLM Generation","startTimeUnixNano":"1783071902118000000","endTimeUnixNano":"1783071904561000000","attributes":[{{"key":"gen_ai.response.id","value":{{"stringValue":"gen-1"}}}},{{"key":"gen_ai.prompt","value":{{"stringValue":{}}}}},{{"key":"gen_ai.completion","value":{{"stringValue":{}}}}}]}}]}}]}}]}}"#,
            quote(prompt),
            quote(completion)
        );
        let loaded = rainscope::load("a.json", json.as_bytes());
        let completion = &loaded.completions[0];
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        assert_eq!(mapped.verdict(completion).says(), says, "{json}");
    };
    let prompt = r#"{"messages":[{"role":"user","content":"Is it half past two?"}]}"#;
    let answer = r#"{"completion":"It is."}"#;
    check(prompt, answer, "no leak found");
    check("Is it half past two?", "It is.", "no leak found");
    check(
        prompt,
        r#"{"completion":"","toolCalls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]}"#,
        "no leak found",
    );
    for cut in [
        "[REDACTED]",
        "",
        "{}",
        r#"{"messages":[]}"#,
        r#"{"messages":[{"role":"user","content":"[REDACTED]"}]}"#,
        r#"{"messages":[{"role":"user","content":null}]}"#,
        r#"{"messages":[{"role":"user","content":"Is it... [truncated]"}]}"#,
        r#"{"messages":[{"role":"user","content":"Is it ha"#,
        r#"{"input":"go on","previous_response_id":"resp_1"}"#,
    ] {
        check(cut, answer, "can't tell: the prompt is not known here");
    }
    for cut in [
        "[REDACTED]",
        "{}",
        r#"{"completion":null}"#,
        r#"{"completion":"It is ha"#,
    ] {
        check(
            prompt,
            cut,
            "can't tell: not all of the answer is known here",
        );
    }
}

/// What is promised of a prompt whose trace has a value.
pub(super) fn verdict_on(prompt: &str, value: &str) -> &'static str {
    let json = format!(
        r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"{prompt}"}}],"trace":{{"k":"{value}"}}}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"It will be done at once."}}}}]}}}}"#
    );
    let loaded = rainscope::load("a.json", json.as_bytes());
    let completion = &loaded.completions[0];
    let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
    mapped.verdict(completion).says()
}

fn verdict(prompt: &str, answer: &str, trace: &str) -> PrivacyVerdict {
    let json = format!(
        r#"{{"request":{{"model":"openai/gpt-4o","user":"u-1","messages":[{{"role":"user","content":{}}}],"trace":{trace}}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":{}}}}}]}}}}"#,
        rainscope::json::quote(prompt),
        rainscope::json::quote(answer),
    );
    let loaded = rainscope::load("a.json", json.as_bytes());
    let completion = &loaded.completions[0];
    let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
    mapped.verdict(completion)
}

/// A short number, as a PIN, may be in a value by chance: that it is none of the conversation's is not said then.
#[test]
fn of_a_short_number_that_is_repeated_nothing_is_promised() {
    let answer = "Good afternoon, and what may I do for you today?";
    let check = |prompt: &str, value: &str, expected: PrivacyVerdict| {
        let trace = format!(r#"{{"note":{value}}}"#);
        assert_eq!(
            verdict(prompt, answer, &trace),
            expected,
            "{prompt} {value}"
        );
    };
    let pin = "Please keep this to yourself: my PIN is 4711, and the phone is 555-0134.";
    check(pin, r#""4711""#, PrivacyVerdict::TooShort);
    check(pin, "4711", PrivacyVerdict::TooShort);
    check(pin, r#""pin_4711 of a card""#, PrivacyVerdict::TooShort);
    check(pin, r#""tel:5550134""#, PrivacyVerdict::TooShort);
    for encoded in [
        "%34%37%31%31",
        "NDcxMQ==",
        "q=NDcxMQ",
        "0x34373131",
        "&#52;&#55;11",
        "eyJwaW4iOiA0NzExfQ==",
        "cGluPTQ3MTE=",
        "Basic YWRhOjQ3MTE=",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiAiYWRhIiwgInBpbiI6ICI0NzExIn0.x",
        "70696e3d34373131",
        "=34=37=31=31",
        "<b>47</b>11",
        "34 37 31 31",
        "34:37:31:31",
        "0x34, 0x37, 0x31, 0x31",
        "NAA3ADEAMQA=",
        "TkRjeE1RPT0=",
        "pin4711",
        "a4711@x.test",
        "004711",
    ] {
        check(pin, &format!("{encoded:?}"), PrivacyVerdict::TooShort);
    }
    // One among many, or in a long value, which is not read to its end.
    let codes = |count: usize| (0..count).map(|at| STANDARD.encode(format!("no{at:04}x")));
    let list = |count: usize| codes(count).collect::<Vec<_>>().join(",");
    for long in [
        format!("{},NDcxMQ==", list(255)),
        format!("{},NDcxMQ==", list(5_000)),
        format!("{}NDcxMQ==", "x ".repeat(33_000)),
        format!("{}NDcxMQ==", "x ".repeat(150_000)),
    ] {
        check(pin, &format!("{long:?}"), PrivacyVerdict::TooShort);
    }
    check(pin, &format!("{:?}", list(255)), PrivacyVerdict::Holds);
    for other in [
        "NDcxMg==",
        "pin4712",
        "3f4711ab-1234-4a4f-9c55-50134ab4711a",
        "c3RhdHVzOiBvaw==",
        "order of tea, 12 cups",
    ] {
        check(pin, &format!("{other:?}"), PrivacyVerdict::Holds);
    }
    check(pin, r#"[17, 4711]"#, PrivacyVerdict::TooShort);
    check(pin, r#""4712 and 5550135""#, PrivacyVerdict::Holds);
    // Whatever part of the conversation has it.
    let json = r#"{"request":{"model":"a/b","user":"u-1","messages":[{"role":"system","content":"The code of the door is 7391."},{"role":"user","content":"When does the museum open?"}],"trace":{"door":7391}},"response":{"id":"gen-1","choices":[{"message":{"content":"At nine, I am told."}}]}}"#;
    let loaded = rainscope::load("a.json", json.as_bytes());
    let completion = &loaded.completions[0];
    let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
    assert_eq!(mapped.verdict(completion), PrivacyVerdict::TooShort);
    check(pin, r#""build-7f471100""#, PrivacyVerdict::Holds);
    let year = "What were the best films of 2024, of those that cost 1200 to make, by 20240605?";
    check(year, r#""2024""#, PrivacyVerdict::Holds);
    check(year, "1200", PrivacyVerdict::Holds);
    check(year, r#""at 20240605""#, PrivacyVerdict::Holds);
}

/// A preset adds a prompt that is kept at OpenRouter: what it says is not known, so nothing is promised of it.
#[test]
fn of_a_preset_nothing_is_promised() {
    let check = |asked: &str, expected: PrivacyVerdict| {
        let json = format!(
            r#"{{"request":{{{asked},"user":"u-1","messages":[{{"role":"user","content":"When does the museum open?"}}]}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"At nine, I am told."}}}}]}}}}"#
        );
        let loaded = rainscope::load("a.json", json.as_bytes());
        let completion = &loaded.completions[0];
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        assert_eq!(mapped.verdict(completion), expected, "{asked}");
    };
    let unknown = PrivacyVerdict::CannotTell(Known {
        prompt: false,
        answer: true,
        has_preset: true,
    });
    assert_eq!(
        unknown.says(),
        "can't tell: what the preset adds to the prompt is not known here"
    );
    check(r#""model":"a/b""#, PrivacyVerdict::Holds);
    check(r#""model":"a/b","preset":null"#, PrivacyVerdict::Holds);
    check(r#""model":"@preset/desk""#, unknown);
    check(r#""model":"a/b@preset/desk""#, unknown);
    check(r#""models":["a/b","c/d@preset/desk"]"#, unknown);
    check(r#""model":"a/b","preset":"desk""#, unknown);
    // As it was logged before the SDK unpacked it.
    let unpacked = |asked: &str| format!(r#""model":"a/b","extra_body":{{{asked}}}"#);
    check(&unpacked(r#""preset":"desk""#), unknown);
    check(&unpacked(r#""models":["@preset/desk"]"#), unknown);
    check(&unpacked(r#""seed":7"#), PrivacyVerdict::Holds);
    let goes_on = PrivacyVerdict::CannotTell(Known {
        prompt: false,
        answer: true,
        has_preset: false,
    });
    check(&unpacked(r#""previous_response_id":"resp_1""#), goes_on);
}

/// What `GET /generation/content` answered is the conversation, and what a Responses answer repeats of it too.
#[test]
fn what_was_fetched_of_a_conversation_is_known() {
    let verdict = |json: &str| {
        let loaded = rainscope::load("a.json", json.as_bytes());
        let completion = &loaded.completions[0];
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        mapped.verdict(completion)
    };
    let fetched = |user: &str| {
        format!(
            r#"{{"generation":{{"data":{{"id":"gen-1","model":"a/b","external_user":"{user}","native_tokens_prompt":3}}}},
               "content":{{"data":{{"input":{{"messages":[{{"role":"user","content":"Please send forty thousand euros to Robert Miller tonight"}}]}},
               "output":{{"completion":"I will send the money as soon as I can"}}}}}}}}"#
        )
    };
    assert_eq!(
        verdict(&fetched("forty thousand euros to Robert Miller tonight")),
        PrivacyVerdict::Leaks
    );
    assert_eq!(
        verdict(&fetched("send the money as soon as I can")),
        PrivacyVerdict::Leaks
    );
    assert_eq!(verdict(&fetched("ada")), PrivacyVerdict::Holds);
    let answered = r#"{"request":{"model":"a/b","input":"hello there, how are you today?","trace":{"note":"forty thousand euros to Robert Miller tonight"}},
        "response":{"id":"gen-1","object":"response","instructions":"Please send forty thousand euros to Robert Miller tonight",
        "output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Good."}]}]}}"#;
    assert_eq!(verdict(answered), PrivacyVerdict::Leaks);
    // So does what the answer says that it goes on from.
    let known = answered.replace("forty thousand euros to Robert Miller tonight", "x");
    assert_eq!(verdict(&known), PrivacyVerdict::Holds);
    for before in [
        r#""previous_response_id":"resp_9""#,
        r#""conversation":{"id":"conv_1"}"#,
    ] {
        let of_another = known.replace(r#""instructions""#, &format!("{before},\"instructions\""));
        assert!(verdict(&of_another).is_unknown(), "{before}");
    }
}

/// What an SDK puts into the request was said too, beside what it stands in place of.
#[test]
fn what_the_sdk_unpacks_into_the_request_is_of_the_conversation() {
    let check = |extra: &str| {
        let leaks = Planted {
            request: &format!(
                r#""trace":{{"k":"forty thousand euros to Robert Miller"}},"extra_body":{{{extra}}}"#
            ),
            messages: r#"{"role":"user","content":"Please send it."}"#,
            ..Planted::default()
        }
        .leaks();
        assert_eq!(leaks, ["/properties/k"], "{extra}");
    };
    let said = "Send forty thousand euros to Robert Miller tonight, please.";
    check(&format!(
        r#""prediction":{{"type":"content","content":"{said}"}}"#
    ));
    check(&format!(
        r#""messages":[{{"role":"user","content":"{said}"}}]"#
    ));
    check(&format!(
        r#""extra_body":{{"messages":[{{"role":"user","content":"{said}"}}]}}"#
    ));
}

/// What a request gives the model to answer from, wherever it stands, and what a search found for the answer.
#[test]
fn documents_search_prompts_and_findings_are_of_the_conversation() {
    let said = "Send forty thousand euros to Robert Miller tonight, please.";
    let message = format!(r#"[{{"role":"user","content":"{said}"}}]"#);
    let trace = r#""trace":{"k":"forty thousand euros to Robert Miller"}"#;
    let asked = [
        format!(r#""documents":[{{"id":"d1","text":"{said}"}}]"#),
        format!(r#""context":"{said}""#),
        format!(r#""plugins":[{{"id":"web","search_prompt":"{said}"}}]"#),
        format!(r#""body":{{"messages":{message}}}"#),
        format!(r#""extraBody":{{"messages":{message}}}"#),
    ];
    let answers = [
        format!(r#""citations":["{said}"]"#),
        format!(r#""search_results":[{{"title":"{said}","url":"https://a.test"}}]"#),
        format!(r#""related_questions":["{said}"]"#),
        format!(r#""related_questions":[{{"question":"{said}"}}]"#),
        format!(r#""images":[{{"image_url":"https://a.test/1.png","title":"{said}"}}]"#),
        format!(r#""videos":[{{"url":"https://a.test/1","title":"{said}"}}]"#),
    ];
    let nothing = String::new();
    let cases = asked.iter().map(|asked| (asked, &nothing));
    for (asked, answered) in cases.chain(answers.iter().map(|answered| (&nothing, answered))) {
        let comma = |more: &String| match more.is_empty() {
            true => String::new(),
            false => format!(",{more}"),
        };
        let json = format!(
            r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"Go."}}],{trace}{}}},"response":{{"id":"gen-1","model":"a/b","choices":[{{"message":{{"content":"Done."}}}}]{}}}}}"#,
            comma(asked),
            comma(answered)
        );
        let loaded = rainscope::load("a.json", json.as_bytes());
        let mapped = mapping::inspect(&loaded.completions[0], &Edits::none(), &Context::at(0));
        assert_eq!(
            mapped.verdict(&loaded.completions[0]).says(),
            "leaks",
            "{json}"
        );
    }
}

/// A tool may name what it gives back as the protocol names its parts.
#[test]
fn a_list_that_a_tool_gave_back_is_of_the_conversation() {
    let said = "forty thousand euros to Robert Miller tonight";
    let given_back = format!(r#"[{{"name":"{said}"}},{{"id":"x"}}]"#);
    let json = format!(
        r#"{{"request":{{"model":"a/b","input":[{{"role":"user","content":"Go."}},{{"type":"function_call","call_id":"c","name":"look","arguments":"{{}}"}},{{"type":"function_call_output","call_id":"c","output":{given_back}}}],"trace":{{"k":"{said}"}}}},"response":{{"id":"resp_1","object":"response","status":"completed","model":"a/b","output":[{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":"Done."}}]}}]}}}}"#
    );
    let loaded = rainscope::load("a.json", json.as_bytes());
    let mapped = mapping::inspect(&loaded.completions[0], &Edits::none(), &Context::at(0));
    let verdict = mapped.verdict(&loaded.completions[0]);
    assert_eq!(verdict.says(), "leaks", "{json}");
}

/// The event has the response's id as its trace id, whatever that says.
#[test]
fn a_generation_id_that_repeats_the_prompt_is_a_leak() {
    let check = |id: &str, expected: &str| {
        let json = format!(
            r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"Tell Robert Miller in Berlin that the patient died"}}]}},"response":{{"id":"{id}","model":"a/b","choices":[{{"message":{{"content":"Done."}}}}]}}}}"#
        );
        let loaded = rainscope::load("a.json", json.as_bytes());
        let mapped = mapping::inspect(&loaded.completions[0], &Edits::none(), &Context::at(0));
        assert_eq!(
            mapped.verdict(&loaded.completions[0]).says(),
            expected,
            "{id}"
        );
    };
    check("gen-Robert-Miller-in-Berlin-that-the-patient", "leaks");
    check("gen-1764230000-abcdefghijklmnopqrst", "no leak found");
}

/// A prompt that is too short to be told from chance is not said to be kept back where a value has it.
#[test]
fn of_a_short_prompt_that_is_repeated_nothing_is_promised() {
    let answer = "Good afternoon, and what may I do for you today?";
    let check = |prompt: &str, trace: &str, expected: PrivacyVerdict| {
        assert_eq!(verdict(prompt, answer, trace), expected, "{prompt} {trace}");
    };
    let too_short = PrivacyVerdict::TooShort;
    check("hi", r#"{"note":"hi"}"#, too_short);
    check("Hi!", r#"{"note":["they said: HI there"]}"#, too_short);
    check("hi", r#"{"hi":1}"#, too_short);
    check(
        "hi",
        r#"{"note":"aGkgdGhlcmUgYW5kIGhpIGFnYWlu"}"#,
        too_short,
    );
    check("42", r#"{"n":42}"#, too_short);
    check("👍", r#"{"mood":"👍"}"#, too_short);
    check("a b c d e f g", r#"{"keys":"x a b c d e f g"}"#, too_short);
    check("thanks", r#"{"note":"thanks a lot"}"#, too_short);
    check("hi", r#"{"note":"high noon"}"#, PrivacyVerdict::Holds);
    check("hi", "{}", PrivacyVerdict::Holds);
    check(
        "",
        r#"{"note":""}"#,
        PrivacyVerdict::CannotTell(Known {
            prompt: false,
            answer: true,
            has_preset: false,
        }),
    );
    check("thanks", r#"{"note":"thanks"}"#, PrivacyVerdict::Leaks);
    check("gpt-4o", "{}", PrivacyVerdict::Holds);
    let of_answer = verdict("May I have a word, please?", "No.", r#"{"retried":"no"}"#);
    assert_eq!(of_answer, too_short);
}

/// What a short prompt is in a code is shorter than what codes are told by.
#[test]
fn a_short_prompt_is_found_as_it_is_written() {
    let answer = "Good afternoon, and what may I do for you today?";
    let (leaks, too_short) = (PrivacyVerdict::Leaks, PrivacyVerdict::TooShort);
    let base64 = "RmlyZSBSb2JlcnQ";
    for (prompt, value, expected) in [
        (
            "Fire Robert",
            format!("https://a.example/?q={base64}%3D"),
            leaks,
        ),
        ("Fire Robert", format!("Bearer {base64}="), leaks),
        ("Fire Robert", "FireRobert".to_owned(), leaks),
        (
            "Fire Robert",
            "https://a.example/firerobert".to_owned(),
            too_short,
        ),
        ("hunter2", "0x68756e74657232".to_owned(), leaks),
        ("Fire Robert", "q=ZmlyZSByb2JlcnQ=".to_owned(), too_short),
        ("Fire Robert", "q=RmlyZStSb2JlcnQ=".to_owned(), too_short),
        ("Fire Robert", "Rmly.ZSBS.b2Jl.cnQ=".to_owned(), too_short),
        ("Fire Robert", "RmlyZQ== Um9iZXJ0".to_owned(), too_short),
        ("Fire Robert", "F i r e  R o b e r t".to_owned(), too_short),
        ("hunter2", "id-48554e54455232".to_owned(), too_short),
        ("I'm gay", "imgay".to_owned(), too_short),
        ("죽고 싶어", "죽고싶어".to_owned(), too_short),
        ("Kündigung", "q=S/xuZGlndW5n".to_owned(), too_short),
        ("yes", "q=eQBlAHMA".to_owned(), too_short),
        (
            "Fire Robert",
            "q=RmlyZSBBbGljZQ==".to_owned(),
            PrivacyVerdict::Holds,
        ),
        ("yes", "eWVz".to_owned(), too_short),
        ("yes", "yesterday".to_owned(), PrivacyVerdict::Holds),
    ] {
        let trace = format!(r#"{{"note":{}}}"#, rainscope::json::quote(&value));
        assert_eq!(
            verdict(prompt, answer, &trace),
            expected,
            "{prompt}: {value}"
        );
    }
    let as_key = format!(r#"{{"{base64}":1}}"#);
    assert_eq!(verdict("Fire Robert", answer, &as_key), leaks);
}

/// Whoever kept an exchange may have cut it, and say so beside it rather than within the text.
#[test]
fn of_a_record_that_says_it_was_cut_nothing_is_promised() {
    for (beside, expected) in [
        (
            r#""truncated":true"#,
            "can't tell: the conversation is not known here",
        ),
        (
            r#""body_truncated":true"#,
            "can't tell: the conversation is not known here",
        ),
        (r#""truncated":false"#, "no leak found"),
    ] {
        let json = format!(
            r#"{{{beside},"request":{{"model":"openai/gpt-4o","messages":[{{"role":"user","content":"Please transfer forty thousand euros"}}]}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"That was done just now, at once"}}}}]}}}}"#
        );
        let loaded = rainscope::load("a.json", json.as_bytes());
        let completion = &loaded.completions[0];
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        assert_eq!(mapped.verdict(completion).says(), expected, "{beside}");
    }
}

/// A session's file has what was said last, and neither the system's prompt nor what was said before.
#[test]
fn of_a_client_s_session_nothing_is_promised() {
    let session = include_bytes!("../../inputs/claude-code/session.jsonl");
    let loaded = rainscope::load("session.jsonl", session);
    assert!(!loaded.completions.is_empty());
    for completion in &loaded.completions {
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        let says = mapped.verdict(completion).says();
        assert_eq!(says, "can't tell: the prompt is not known here");
    }
}
