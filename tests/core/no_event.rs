//! Why a completion makes no event, and that nothing is said of what is not known.

use rainscope::completion::load;
use rainscope::mapping::Outcome;

use crate::common::map;

fn check(sample: &str, expected: Option<(&str, bool, &str)>) {
    let loaded = load::load("t.json", sample.as_bytes());
    assert_eq!(loaded.problems, [], "{sample}");
    let mapped = map(&loaded.completions[0]);
    let found = match &mapped.outcome {
        Outcome::Event(_) => None,
        Outcome::NoEvent(none) => Some((none.reason, none.is_certain(), none.pointer.as_str())),
    };
    assert_eq!(found, expected, "{sample}");
    if let Outcome::NoEvent(none) = &mapped.outcome {
        let claims = none.says.contains("nothing was generated");
        assert_eq!(claims, none.is_certain(), "{}", none.says);
    }
}

#[test]
fn nothing_was_generated_is_said_only_where_it_is_known() {
    let with = |response: &str| {
        format!(r#"{{"request":{{"model":"a/b","input":"hi"}},"response":{response}}}"#)
    };
    // A message that quotes a word is no answer, and a code of OpenRouter's may begin with an E.
    check(
        &with(r#"{"error":{"code":400,"message":"Unknown parameter \"output\" in the request"}}"#),
        Some(("error-body", true, "/response/error")),
    );
    check(
        &with(r#"{"error":{"code":"EVALUATION_LIMIT","message":"no more"}}"#),
        Some(("error-body", true, "/response/error")),
    );
    check(
        &with(r#"{"error":{"code":502,"message":"said {\"output\":[]}"}}"#),
        Some(("no-answer", false, "/response/error/message")),
    );
    for code in ["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE", "UND_ERR_SOCKET"] {
        check(
            &with(&format!(
                r#"{{"error":{{"code":"{code}","message":"gone"}}}}"#
            )),
            Some(("no-answer", false, "/response/error")),
        );
    }
    // An error that names a generation was perhaps that of one.
    check(
        &with(
            r#"{"id":"gen-1780662787-HsCxAbCdEfGhIjKlMnOp","error":{"code":502,"message":"gone"}}"#,
        ),
        Some(("no-answer", false, "/response/id")),
    );
    check(
        &with(r#"{"error":{"code":429,"message":"slow down"}}"#),
        Some(("error-body", true, "/response/error")),
    );
    check(
        &with(
            r#"{"id":"gen-1","object":"response","status":"failed","error":{"message":"x"},"output":[]}"#,
        ),
        Some(("error-body", true, "/response/error")),
    );
    check(
        &with(r#"{"id":"gen-1","object":"response","status":"queued","output":[]}"#),
        Some(("not-final", false, "/response/status")),
    );
    check(
        &with(
            r#"{"id":"gen-1","object":"response","status":"in_progress","output":[],"usage":null}"#,
        ),
        Some(("not-final", false, "/response/status")),
    );
    check(
        &with(r#"{"id":"gen-1","object":"chat.completion"}"#),
        Some(("no-answer", false, "/response")),
    );
    check(
        r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"hi"}]}}"#,
        Some(("no-response", false, "/response")),
    );
    check(
        &with(r#"{"id":"gen-1","object":"response","status":"completed","output":[]}"#),
        None,
    );
    // What a wrapper put beside an error, or a provider had said by then.
    let beside = |more: &str, pointer: &'static str| {
        let response = format!(r#"{{"error":{{"code":500,"message":"m"{more}}}"#);
        check(&with(&response), Some(("no-answer", false, pointer)));
    };
    let choices = r#""choices":[{"message":{"role":"assistant","content":"deep"}}]"#;
    for key in ["text", "output", "completion", "result"] {
        let pointer: &'static str = format!("/response/{key}").leak();
        beside(&format!(r#"}},"{key}":"deep""#), pointer);
    }
    let raw = serde_json::json!(format!("{{{choices}}}"));
    beside(
        &format!(r#","metadata":{{"raw":{raw}}}}}"#),
        "/response/error/metadata/raw",
    );
    // A provider's words about its error are none of the model's.
    let plain = r#"{"error":{"code":400,"message":"m","metadata":{"raw":"{\"error\":{\"message\":\"x\"}}"}},"user_id":"u"}"#;
    check(&with(plain), Some(("error-body", true, "/response/error")));
    // A record of the generation that counts tokens.
    let recorded = |tokens: &str| {
        format!(
            r#"{{"request":{{"model":"a/b","input":"hi"}},"response":{{"error":{{"code":502,"message":"gone"}}}},"generation":{{"data":{{"id":"gen-1","model":"a/b","native_tokens_completion":{tokens},"total_cost":0.2,"generation_time":100}}}}}}"#
        )
    };
    check(
        &recorded("40"),
        Some((
            "no-answer",
            false,
            "/generation/data/native_tokens_completion",
        )),
    );
    check(
        &recorded("0"),
        Some(("error-body", true, "/response/error")),
    );
}

/// Other programs say how long a generation took, too.
#[test]
fn a_time_of_generation_alone_is_no_record() {
    for log in [
        r#"{"generation_time":3.2,"image":"x.png","prompt":"a cat"}"#,
        r#"{"generation":{"generation_time":3.2}}"#,
        r#"{"data":{"id":"boiler-1","generation_time":3600,"total_cost":12.5}}"#,
        r#"{"id":7,"generation_time":"2.3 s","total_cost":0.5,"robot":"mower"}"#,
        r#"{"id":1,"generation_time":200,"finish_reason":"stop","model":"gpt","text":"x"}"#,
        r#"{"id":1,"native_tokens_prompt":200,"model":"gpt","text":"x"}"#,
    ] {
        let loaded = load::load("t.json", log.as_bytes());
        assert_eq!(loaded.completions.len(), 0, "{log}");
        assert_eq!(loaded.problems.len(), 1, "{log}");
    }
    check(r#"{"data":{"id":"gen-1","generation_time":3200}}"#, None);
    // What only OpenRouter has is one, whoever took the id out.
    check(
        r#"{"id":"***","native_tokens_prompt":2,"native_tokens_completion":3,"model":"a/b"}"#,
        None,
    );
}

/// A body that is none of OpenRouter's is told as what cannot be read, wherever it stands.
#[test]
fn a_batch_result_that_is_no_answer_says_nothing_of_what_was_generated() {
    for body in ["5", "true", "[]", "[1,2]", r#"{"foo":1}"#] {
        let result = format!(
            r#"{{"custom_id":"a","response":{{"status_code":200,"body":{body}}},"error":null}}"#
        );
        let loaded = load::load("t.jsonl", format!("{result}\n{result}\n").as_bytes());
        assert_eq!(loaded.completions.len(), 0, "{body}");
        assert_ne!(loaded.problems.len() + loaded.notes.len(), 0, "{body}");
    }
}

#[test]
fn the_choices_of_a_quiz_are_no_answer() {
    for quiz in [
        r#"{"id":"q1","choices":[{"text":"Paris"},{"text":"Rome"}]}"#,
        r#"{"question":"Capital?","choices":[{"text":"Paris"},{"text":"Rome"}]}"#,
        r#"{"id":"p1","object":"poll","model":"v2","choices":[{"text":"Yes"},{"text":"No"}]}"#,
        r#"{"model":"Roadster","usage":"weekends","choices":[{"text":"Red"},{"text":"Blue"}]}"#,
        r#"{"question":"Shall we?","choices":[{"message":"yes","votes":3},{"message":"no","votes":1}]}"#,
        r#"{"id":"q7","choices":[]}"#,
        r#"{"model":"sim-1","output":[{"type":"message","body":"hi"},{"type":"phone_call","to":"x"}]}"#,
        r#"{"type":"response.created","response":{"status":201},"item":{}}"#,
    ] {
        let loaded = load::load("t.json", quiz.as_bytes());
        assert_eq!(loaded.completions.len(), 0, "{quiz}");
        assert_eq!(loaded.problems.len(), 1, "{quiz}");
    }
    let answer = r#"{"id":"gen-1","model":"a/b","choices":[{"text":"Paris"}]}"#;
    check(answer, None);
}

/// Any server has errors of this form; only what is OpenRouter's tells that OpenRouter refused something.
#[test]
fn an_error_of_anyone_is_not_said_to_be_of_openrouter() {
    for body in [
        r#"{"error":{"message":"Plexus Management MCP is disabled","type":"mcp_disabled"}}"#,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
        r#"{"error":{"message":"no","type":"invalid_request_error","param":"x","code":"unsupported_parameter"}}"#,
        r#"{"error":{"code":400,"message":"Invalid argument","status":"INVALID_ARGUMENT","details":[]}}"#,
        r#"{"id":1,"error":{"code":-32601,"message":"Method not found"}}"#,
        r#"{"error":{"code":1005,"message":"busy"}}"#,
    ] {
        let printed =
            format!("HTTP/1.1 400 Bad Request\ncontent-type: application/json\n\n{body}\n");
        let logged = format!("2026-05-06 litellm.AnthropicError: b'{body}'\n");
        for text in [body, printed.as_str(), logged.as_str()] {
            let loaded = load::load("t.txt", text.as_bytes());
            assert_eq!(loaded.completions.len(), 0, "{text}");
            let said = format!("{:?}{:?}", loaded.problems, loaded.notes);
            assert!(said.contains("nothing tells that"), "{said}");
            assert!(!said.contains("nothing was generated"), "{said}");
        }
    }
    let own = Some(("error-body", true, "/response/error"));
    for body in [
        r#"{"error":{"message":"Rate limit exceeded","code":429}}"#,
        r#"{"error":{"code":403,"message":"Request blocked","metadata":{"patterns":["x"]}},"openrouter_metadata":{"requested":"a/b"}}"#,
        r#"{"error":{"code":"invalid_prompt","message":"Missing required parameter: 'model'."},"metadata":null}"#,
        r#"{"error":{"code":"x","message":"m","metadata":{"provider_name":"P"}},"user_id":"u"}"#,
        r#"{"id":null,"choices":null,"service_tier":null,"system_fingerprint":null,"error":{"message":"Provider returned error","code":429},"user_id":"u"}"#,
    ] {
        check(body, own);
        let printed =
            format!("HTTP/1.1 400 Bad Request\ncontent-type: application/json\n\n{body}\n");
        check(&printed, own);
    }
}

/// A stream that broke off behind LiteLLM may have been answered, whatever the words about it mention.
#[test]
fn litellm_tells_a_refusal_by_its_first_word_or_its_last() {
    let log = |failure: &str| {
        let failure = serde_json::json!(failure);
        format!(
            r#"{{"custom_llm_provider":"openrouter","model":"openrouter/a/b","messages":[{{"role":"user","content":"x"}}],"response":null,"call_type":"acompletion","error_str":{failure}}}"#
        )
    };
    let own = |code: u16| {
        format!(
            r#"litellm.APIError: APIError: OpenrouterException - {{"error":{{"message":"m","code":{code}}},"user_id":"u"}}"#
        )
    };
    for refusal in [
        "litellm.RateLimitError: OpenrouterException - Rate limit exceeded",
        "litellm.NotFoundError: NotFoundError: OpenrouterException - x",
        own(402).as_str(),
    ] {
        check(&log(refusal), Some(("error-body", true, "/response/error")));
    }
    for lost in [
        "litellm.MidStreamFallbackError: APIConnectionError after 300 chunks; NotFoundError: no fallback deployment",
        r#"litellm.Timeout: the request took 600 s; original request: {"messages": [], "error": "message":}"#,
        own(502).as_str(),
        own(408).as_str(),
    ] {
        let loaded = load::load("t.json", log(lost).as_bytes());
        let outcome = map(&loaded.completions[0]).outcome;
        let is_open = matches!(&outcome, Outcome::NoEvent(none) if !none.is_certain());
        assert!(is_open, "{lost}: {outcome:?}");
    }
}

/// LiteLLM fills OpenRouter's refusal up until it looks like an answer.
#[test]
fn a_refusal_that_was_filled_up_is_no_answer() {
    let filled = |code: u16, content: &str| {
        format!(
            r#"{{"id":"chatcmpl-1","model":"openrouter/","object":"chat.completion","choices":[{{"finish_reason":"stop","index":0,"message":{{"content":{content},"role":"assistant","tool_calls":null}}}}],"usage":{{"completion_tokens":0,"prompt_tokens":0}},"error":{{"message":"Provider returned error","code":{code},"metadata":{{"provider_name":"P"}}}}}}"#
        )
    };
    let refused = Some(("error-body", true, "/response/error"));
    check(&filled(429, "null"), refused);
    check(&filled(429, "\"\""), refused);
    check(&filled(429, "\"a\""), None);
    check(&filled(502, "null"), None);
}

/// A script that asks for a record too early gets this; whether something was generated it does not say.
#[test]
fn that_there_is_no_record_says_nothing_of_a_completion() {
    let loaded = load::load(
        "t.json",
        br#"{"error":{"code":404,"message":"Generation gen-1 not found"}}"#,
    );
    assert_eq!(loaded.completions.len(), 0);
    let says = loaded.problems[0].to_string();
    assert!(
        says.contains("it tells nothing of what was generated"),
        "{says}"
    );
    let loaded = load::load(
        "t.json",
        br#"{"error":{"code":404,"message":"No endpoints found"}}"#,
    );
    assert_eq!(loaded.completions.len(), 1);
}

/// OpenRouter gives the answers of its other APIs a generation's id and usage; they are no completions.
#[test]
fn what_another_api_answered_makes_no_event() {
    for answer in [
        r#"{"id":"gen-emb-1","object":"list","data":[{"object":"embedding","embedding":[1]}],"model":"a/b","usage":{"prompt_tokens":2,"cost":0.1}}"#,
        r#"{"id":"gen-rerank-1","results":[{"index":0,"relevance_score":0.9}],"usage":{"cost":0.1}}"#,
        r#"{"id":"gen-img-1","created":1780000000,"data":[{"b64_json":"QUJD"}],"usage":{"cost":0.1}}"#,
        // As a logger leaves them that takes out what is long, and others.
        r#"{"id":"gen-emb-2","object":"list","data":[],"model":"a/b","usage":{"prompt_tokens":2}}"#,
        r#"{"id":"gen-emb-3","object":"list","data":"[REDACTED]","model":"a/b","usage":{"prompt_tokens":2}}"#,
        r#"{"id":"gen-emb-4","data":[[0.5,0.25]],"model":"a/b","usage":{"prompt_tokens":2}}"#,
        r#"{"id":"gen-emb-5","object":"list","data":[{"index":0,"object":"embedding"}],"usage":{"cost":0.1}}"#,
        r#"{"id":"gen-img-2","created":1780000000,"data":[{"url":"https://a.test/1.png"}],"usage":{"cost":0.1}}"#,
        r#"{"id":"gen-rank-2","results":[],"model":"a/b","usage":{"cost":0.1,"search_units":1}}"#,
        r#"{"id":"gen-rank-3","data":[{"index":0,"relevance_score":0.5}],"usage":{"cost":0.1}}"#,
        r#"{"id":"gen-film-1","polling_url":"/api/v1/videos/1","status":"completed","model":"a/b","usage":{"cost":0.5}}"#,
        r#"{"id":"gen-heard-1","text":"hello","usage":{"seconds":1,"cost":0.1}}"#,
        r#"{"id":"gen-said-1","model":"a/b","audio":{"data":"QUJD"},"usage":{"cost":0.1}}"#,
        r#"{"id":"gen-any-1","model":"a/b","something":{"else":1},"usage":{"cost":0.1}}"#,
        r#"{"id":"resp_9","object":"realtime.response","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"text","text":"Sure"}]}]}"#,
        r#"{"id":"resp_9","object":"response.compaction","output":[{"type":"message","role":"user","content":[]},{"type":"compaction","encrypted_content":"x"}]}"#,
    ] {
        for text in [
            answer.to_owned(),
            format!(r#"{{"request":{{"model":"a/b","input":"hello there"}},"response":{answer}}}"#),
            format!(
                r#"{{"ts":1,"call":{{"request":{{"model":"a/b","input":"hello there"}},"response":{answer}}}}}"#
            ),
        ] {
            let loaded = load::load("t.json", text.as_bytes());
            assert_eq!(loaded.completions.len(), 0, "{text}");
            assert!(!loaded.problems.is_empty(), "{text}");
        }
    }
}

#[test]
fn errors_of_openrouter_are_told_by_their_own_type_and_those_of_its_providers_are_not_its() {
    let says = |text: &str| {
        let loaded = load::load("t.json", text.as_bytes());
        let says = loaded.completions.first().map(map).map(|mapped| {
            let Outcome::NoEvent(none) = mapped.outcome else {
                return "an event".to_owned();
            };
            none.says
        });
        says.unwrap_or_else(|| format!("{:?}", loaded.problems[0].what))
    };
    let check = |text: &str, expected: &str| {
        let says = says(text);
        assert!(says.contains(expected), "{text}: {says}");
    };
    const NOTHING: &str = "nothing was generated";
    const ANYONE: &str = "nothing tells that it is OpenRouter's";
    let chat = r#"{"error":{"message":"no such model","error_type":"invalid_request","http_status":400,
        "availability":{"code":"model_not_found","docs_url":"https://openrouter.ai/docs/errors#model_not_found"}}}"#;
    check(
        chat,
        "OpenRouter answered with error invalid_request: no such",
    );
    check(
        r#"{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"bad key"},"error_type":"authentication"}"#,
        NOTHING,
    );
    let message = |kind: &str, id: &str| {
        format!(
            r#"{{"type":"error","error":{{"type":"overloaded_error","message":"busy","error_type":"{kind}"}},"request_id":{id}}}"#
        )
    };
    check(&message("provider_overloaded", "null"), NOTHING);
    check(
        &message(
            "provider_overloaded",
            r#""gen-1780000000-abcdefghijklmnopqrst""#,
        ),
        "is not known here",
    );
    check(&message("overloaded", "null"), ANYONE);
    check(
        r#"{"error":{"message":"gone","type":"x","error_type":"not_found"}}"#,
        ANYONE,
    );
    // What a provider said to OpenRouter is not what OpenRouter answered.
    let raw = r#""raw":"{\"error\":{\"code\":429,\"message\":\"Resource exhausted\"}}""#;
    for text in [
        format!(
            r#"{{"code":429,"message":"Provider returned error","provider_name":"Google",{raw}}}"#
        ),
        format!(
            r#"{{"message":"Timed out","previous_errors":[{{"code":429,"provider_name":"Google",{raw}}}],"provider_name":"Vertex","status":504}}"#
        ),
    ] {
        assert!(!says(&text).contains(NOTHING), "{text}: {}", says(&text));
    }
}

/// A log's row of a call that was answered has no answer, and says which generation it was.
#[test]
fn a_request_that_names_its_generation_says_where_its_answer_is() {
    let id = "gen-1780000000-abcdefghijklmnopqrst";
    let row = format!(r#"{{"model":"a/b","prompt":"hi","cost":0.1,"generation_id":"{id}"}}"#);
    let loaded = load::load("t.json", row.as_bytes());
    let Outcome::NoEvent(none) = map(&loaded.completions[0]).outcome else {
        unreachable!("an event of a request alone");
    };
    assert!(
        none.says.contains(&format!("`rainscope fetch {id}`")),
        "{}",
        none.says
    );
}
