//! Generations by id, against a server on loopback that answers as OpenRouter does, and as it should not.

use std::time::Duration;

use jiff::Timestamp;
use rainscope::completion::{Edits, load::load};
use rainscope::event::Section;
use rainscope::mapping::{self, Context};
use rainscope::openrouter::generations::{
    FetchError, Generation, GenerationContent, GenerationId, Generations, PollingLimits,
};
use rainscope::openrouter::{ApiKey, base_url};

use super::server::{Play, Server, answer};
use super::within;

const KEY: &str = "sk-or-v1-never-shown-0123456789";
const ID: &str = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";
const RECORD: &str = r#"{"data":{"id":"gen-1780662787-HsCxAbCdEfGhIjKlMnOp","created_at":"2026-06-05T12:33:07.000Z","model":"a/b",
    "provider_name":"Anthropic","total_cost":1.50e-05,"generation_time":2131,"latency":800,"streamed":true,
    "native_tokens_prompt":5,"native_tokens_completion":7,"native_finish_reason":"end_turn","external_user":"ada"}}"#;
const CONTENT: &str = r#"{"data":{"input":{"messages":[{"role":"user","content":"Say hi"}]},"output":{"completion":"Hi!","reasoning":null},"error":null}}"#;
const ABSENT: &str = r#"{"error":{"code":404,"message":"Generation not found"}}"#;

fn id() -> GenerationId {
    ID.parse().unwrap()
}

/// Limits so short that a test may wait for its end.
const HASTY: PollingLimits = PollingLimits {
    total: Duration::from_millis(60),
    first: Duration::from_millis(2),
    longest: Duration::from_millis(10),
    answer: Duration::from_secs(20),
};

fn generations(server: &Server, limits: PollingLimits) -> Generations {
    let base_url = base_url(Some(&format!("{}/api/v1", server.url))).unwrap();
    let key = ApiKey::new(KEY.to_owned()).unwrap();
    Generations::new(base_url, key, limits)
}

/// What comes of it, what was said meanwhile, and how often it was asked for.
async fn fetch(
    script: impl IntoIterator<Item = Play>,
    limits: PollingLimits,
) -> (Result<Generation, FetchError>, Vec<String>, usize) {
    let mut server = Server::start(script).await;
    let mut said = Vec::new();
    let generations = generations(&server, limits);
    let id = id();
    let fetching = generations.fetch(&id, |waiting| said.push(waiting.says(&id)));
    let fetched = within(fetching).await;
    let asked = server.rest();
    for request in &asked {
        assert!(request.head.contains(&format!("Bearer {KEY}")));
    }
    let told = format!("{fetched:?} {said:?} {generations:?}");
    let told = fetched
        .as_ref()
        .err()
        .map_or(told.clone(), |error| format!("{told} {error}"));
    assert!(!told.contains(KEY), "{told}");
    (fetched, said, asked.len())
}

fn ok(body: &str) -> Play {
    answer("200 OK", "Content-Type: application/json\r\n", body)
}

fn error(status: &str, headers: &str) -> Play {
    let code = status.split(' ').next().unwrap();
    let body = format!(r#"{{"error":{{"code":{code},"message":"told of {KEY}"}}}}"#);
    answer(status, headers, &body)
}

/// A `gen-…` id gives the record and, where OpenRouter keeps it, the content, as one sample.
#[tokio::test]
async fn record_and_content_make_a_sample() {
    let mut server = Server::start([ok(RECORD), ok(CONTENT)]).await;
    let generations = generations(&server, PollingLimits::default());
    let fetched = within(generations.fetch(&id(), |_| panic!("nothing to wait for"))).await;
    let generation = fetched.unwrap();
    for path in ["generation", "generation/content"] {
        let head = server.next().await.head;
        let line = format!("GET /api/v1/{path}?id={ID} HTTP/1.1\r\n");
        assert!(head.starts_with(&line), "{head}");
    }
    assert_eq!(generation.content.lacks(), None);
    let sample = generation.sample();
    assert!(!sample.contains(['\n', '\r']), "{sample}");
    let loaded = load("fetched", sample.as_bytes());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let mapped = mapping::map(&loaded.completions[0], &Edits::none(), &Context::at(0));
    let event = mapped.event().unwrap();
    for (section, key, expected) in [
        (Section::Top, "user_id", "\"ada\""),
        (Section::AiData, "input", "\"Say hi\""),
        (Section::AiData, "output", "\"Hi!\""),
        (Section::Properties, "total_cost", "1.50e-05"),
        (Section::Properties, "trace_id", &format!("\"{ID}\"")),
    ] {
        let field = event.field(section, key);
        let value = field.map(|field| field.value.as_str());
        assert_eq!(value, Some(expected), "{key}");
    }
}

/// A key that the record holds, as a server may echo it, is masked in the sample.
#[tokio::test]
async fn an_echoed_key_is_in_no_sample() {
    let echo = RECORD.replace("\"ada\"", &format!("\"ada, {KEY}\""));
    let (fetched, ..) = fetch([ok(&echo), ok(CONTENT)], HASTY).await;
    let sample = fetched.unwrap().sample();
    assert!(
        sample.contains("ada, [key masked by rainscope]"),
        "{sample}"
    );
    assert!(!sample.contains(KEY), "{sample}");
}

/// It waits for a record that isn't there yet, and says so; content that was never kept is not waited for, and what
/// would give it is said.
#[tokio::test]
async fn a_record_that_is_not_there_yet_is_waited_for() {
    let absent = || answer("404 Not Found", "", ABSENT);
    let script = [absent(), absent(), ok(RECORD), absent()];
    let limits = PollingLimits {
        total: Duration::from_secs(20),
        ..HASTY
    };
    let (fetched, said, asked) = fetch(script, limits).await;
    let generation = fetched.unwrap();
    let waiting = format!("{ID}: no record yet; asking again, for up to 20 s");
    assert_eq!((said, asked), (vec![waiting; 2], 4));
    assert_eq!(generation.content, GenerationContent::NotKept);
    let lacks = generation.content.lacks().unwrap();
    assert!(lacks.contains("Input & Output Logging"), "{lacks}");
    let loaded = load("fetched", generation.sample().as_bytes());
    assert_eq!((loaded.completions.len(), loaded.problems.len()), (1, 0));
}

/// Each way to fail has its own words, and what cannot get better is asked once.
#[tokio::test]
async fn what_fails_is_told_apart() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n";
    let html = "<html><title>Not here</title></html>";
    let gone = r#"{"error":{"code":401,"message":"No auth"}}"#;
    let table = [
        (
            error("401 No", ""),
            "refused (401): told of [key masked by rainscope]",
        ),
        (error("403 No", ""), "may not read it (403)"),
        (
            error("402 Pay", ""),
            "refused (402): told of [key masked by rainscope]",
        ),
        (ok(html), "no JSON of OpenRouter's: Not here"),
        (ok("{\"object\":\"list\"}"), "no JSON of OpenRouter's"),
        (ok(gone), "refused (401): No auth"),
        (
            ok("{\"data\":{\"id\":\"gen-2\"}}"),
            "\"gen-2\", another generation",
        ),
        (
            error("429 Slow", "Retry-After: 9999\r\n"),
            "(429): told of [key masked by rainscope]; it asks to wait 9999 s",
        ),
        (ok(&" ".repeat((64 << 20) + 1)), "longer than 64 MiB"),
    ];
    for (play, expected) in table {
        let (fetched, said, asked) = fetch([play], HASTY).await;
        let error = fetched.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!((said.len(), asked), (0, 1), "{error}");
    }
    // These may pass, so they are asked for again, until patience is at its end.
    let for_ever = [
        (
            answer("404 Not Found", "", ABSENT),
            "no such generation for this key (404)",
        ),
        (
            error("500 Oh", ""),
            "(500): told of [key masked by rainscope]; try again later",
        ),
        (error("524 Late", ""), "(524)"),
        (
            Play::Cut(format!("{head}{{\"data\"")),
            "the answer broke off",
        ),
    ];
    for (play, expected) in for_ever {
        let (fetched, said, asked) = fetch(vec![play; 1000], HASTY).await;
        let error = fetched.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(asked > 2 && said.len() == asked - 1, "{asked} {said:?}");
        let wait = HASTY.total.as_millis() / HASTY.longest.as_millis();
        assert!(asked < 10 * wait as usize, "it backs off: {asked}");
    }
    // Nor does a server that wants to be asked at once get asked without an end.
    let (fetched, said, asked) =
        fetch(vec![error("503 Oh", "Retry-After: 0\r\n"); 1000], HASTY).await;
    assert!(fetched.is_err());
    let wait = HASTY.total.as_millis() / HASTY.longest.as_millis();
    assert!(asked < 10 * wait as usize, "it backs off: {asked} {said:?}");
    // One that passes is no failure.
    for play in [
        error("429 Slow", "Retry-After: 0\r\n"),
        error("503 Oh", ""),
        Play::Cut(format!("{head}{{\"data\"")),
    ] {
        let (fetched, said, _) = fetch([play, ok(RECORD), ok(CONTENT)], HASTY).await;
        assert_eq!(
            fetched.map(|generation| generation.content.lacks()),
            Ok(None)
        );
        assert_eq!(said.len(), 1, "{said:?}");
    }
}

/// Content that cannot be read leaves the record, and says so.
#[tokio::test]
async fn a_record_is_there_whatever_becomes_of_its_content() {
    let (fetched, ..) = fetch([ok(RECORD), error("403 No", "")], HASTY).await;
    let content = fetched.unwrap().content;
    assert!(content.is_unread());
    let lacks = content.lacks().unwrap();
    assert!(lacks.contains("may not read it (403)"), "{lacks}");
}

/// A redirect is named and not followed: the key goes nowhere else.
#[tokio::test]
async fn the_key_follows_no_redirect() {
    let mut elsewhere = Server::start([ok(RECORD)]).await;
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let to = format!("Location: {}/api/v1/generation?id={ID}\r\n", elsewhere.url);
        let (fetched, ..) = fetch([answer(status, &to, "")], HASTY).await;
        let error = fetched.unwrap_err().to_string();
        assert!(error.contains(&elsewhere.url), "{error}");
    }
    assert!(elsewhere.rest().is_empty());
}

/// Where a server leads to may hold the key that it was sent.
#[tokio::test]
async fn the_key_is_masked_in_where_a_redirect_leads() {
    let percent: String = KEY.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let far = "x".repeat(80);
    for echoed in [KEY, &percent, &format!("{far}{KEY}")] {
        let to = format!("Location: https://login.test/?next={echoed}\r\n");
        let (fetched, ..) = fetch([answer("302 Found", &to, "")], HASTY).await;
        let error = fetched.unwrap_err().to_string();
        assert!(error.contains("login.test"), "{error}");
        for part in [&KEY[..12], &KEY[KEY.len() - 12..], &percent[..24]] {
            assert!(!error.contains(part), "{error}");
        }
    }
}

/// A server that does not answer, or is not there, is told as such.
#[tokio::test]
async fn silence_has_an_end() {
    let limits = PollingLimits {
        total: Duration::ZERO,
        answer: Duration::from_millis(50),
        ..HASTY
    };
    let (fetched, ..) = fetch([Play::Hang], limits).await;
    let error = fetched.unwrap_err().to_string();
    assert!(error.contains("did not answer within 50 ms"), "{error}");
    let drip = Play::Drip("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n".to_owned());
    let (fetched, ..) = fetch([drip], limits).await;
    let error = fetched.unwrap_err().to_string();
    assert!(error.contains("did not answer within 50 ms"), "{error}");
}

/// `--recent`: the newest first, each once, as many as asked for.
#[tokio::test]
async fn the_latest_are_listed_where_the_account_has_analytics() {
    let rows = r#"{"data":{"data":[{"generation_id":"gen-1780000001-a","request_count":1},{"generation_id":"gen-1780000003-c"},
        {"generation_id":"gen-1780000003-c"},{"generation_id":null},{"generation_id":"../keys"},{"generation_id":"gen-1780000002-b"}],
        "metadata":{"row_count":6,"truncated":false,"query_time_ms":3}}}"#;
    let mut server = Server::start([ok(rows)]).await;
    let generations = generations(&server, HASTY);
    let now = Timestamp::constant(1_780_662_787, 0);
    let ids = within(generations.recent(2, now)).await.unwrap();
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["gen-1780000003-c", "gen-1780000002-b"]);
    let request = server.next().await;
    assert!(request.head.starts_with("POST /api/v1/analytics/query "));
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["dimensions"], serde_json::json!(["generation_id"]));
    assert_eq!(body["limit"], 2);
    for (play, expected) in [
        (
            answer("404 Not Found", "", ABSENT),
            "no analytics endpoint (404)",
        ),
        (error("403 No", ""), "management key"),
        (error("401 No", ""), "refused (401)"),
    ] {
        let server = Server::start([play]).await;
        let listed = within(self::generations(&server, HASTY).recent(2, now)).await;
        let error = listed.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
