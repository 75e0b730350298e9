//! What is promised of privacy mode, and what can't be told.

use super::*;

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
        "no leak",
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
        check(&json, "no leak");
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
            "can't tell: the answer is not known here",
        );
    }
    for response in [
        r#"{"id":"gen-1","choices":[{"message":{"content":null,"tool_calls":[{"type":"function","function":{"name":"f","arguments":""}}]}}],"usage":{"completion_tokens":20}}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":null,"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]}}]}"#,
        r#"{"id":"gen-1","choices":[{"message":{"content":""}}],"usage":{"completion_tokens":0}}"#,
        r#"{"id":"gen-1","type":"message","role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}],"usage":{"output_tokens":9}}"#,
        r#""data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"It is half past two\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n""#,
    ] {
        check(&of_answer(response), "no leak");
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
    check(&span(prompt), "can't tell: the answer is not known here");
    let completion =
        r#",{"key":"gen_ai.completion","value":{"stringValue":"{\"completion\":\"Yes.\"}"}}"#;
    check(&span(&format!("{prompt}{completion}")), "no leak");
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
    check(prompt, answer, "no leak");
    check("Is it half past two?", "It is.", "no leak");
    check(
        prompt,
        r#"{"completion":"","toolCalls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]}"#,
        "no leak",
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
        check(prompt, cut, "can't tell: the answer is not known here");
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
