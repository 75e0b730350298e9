//! What the sink takes and what it refuses with which reason, over the wire. The cases follow the
//! schema in the API notes and what official clients were seen to send.

use rainscope::delivery::sink::{Rules, Sink, SinkHandle, SinkOptions};
use serde_json::Value;

use super::sink::post;

const TRACK: &str = "/v1/events/track";
const PARTIAL: &str = "/v1/events/track_partial";
const SIGNALS: &str = "/v1/signals/track";
const IDENTIFY: &str = "/v1/users/identify";
const TRACES: &str = "/v1/traces";

/// A whole event with one field set to something else; `null` as text takes the field away.
fn with(field: &str, value: &str) -> String {
    let mut event: Value = serde_json::from_str(super::EVENT).unwrap();
    let fields = event[0].as_object_mut().unwrap();
    if value.is_empty() {
        fields.shift_remove(field);
    } else {
        fields.insert(field.to_owned(), serde_json::from_str(value).unwrap());
    }
    event.to_string()
}

async fn sink(rules: Rules) -> SinkHandle {
    let options = SinkOptions {
        rules,
        ..SinkOptions::default()
    };
    Sink::start(options, |_| {}).await.unwrap()
}

#[tokio::test]
async fn taken() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
    let wide: Vec<String> = (0..5000).map(|i| format!(r#""k{i}":{i}"#)).collect();
    let table = [
        (TRACK, super::EVENT.to_owned()),
        (TRACK, "[]".to_owned()),
        (TRACK, with("ai_data", "")),
        (TRACK, with("ai_data", r#"{"output":"o","model":"m","convo_id":"c"}"#)),
        (TRACK, with("ai_data", r#"{"input":"i","output":null,"convo_id":null}"#)),
        (TRACK, with("properties", r#"{"none":null,"list":[1,{"a":null}],"$context":{"library":{"name":"x"}}}"#)),
        (TRACK, with("properties", &deep)),
        (TRACK, with("properties", &format!("{{{}}}", wide.join(",")))),
        (TRACK, with("properties", r#"{"名":"\ud83d\ude00 עברית e\u0301"}"#)),
        (TRACK, with("attachments", "null")),
        (TRACK, with("attachments", "[]")),
        (TRACK, with("attachments", r#"[{"type":"text","role":"input","value":"","language":null},{"type":"code","role":"output","value":"x","language":"rust","name":"n","attachment_id":"a"}]"#)),
        (TRACK, with("feature_flags", r#"{"a":"b"}"#)),
        (TRACK, with("timestamp", "1780662787000")),
        (TRACK, with("timestamp", r#""2026-06-05T12:33:10.123456+00:00""#)),
        (TRACK, with("timestamp", r#""2026-06-05T12:33:10""#)),
        (PARTIAL, "{}".to_owned()),
        (PARTIAL, r#"{"event_id":"e","ai_data":{"output":""},"is_pending":false}"#.to_owned()),
        (PARTIAL, r#"{"event_id":"e","ai_data":{"model":"m","other":1},"is_pending":true,"attachments":null}"#.to_owned()),
        (SIGNALS, r#"[{"event_id":"e","signal_name":"thumbs_up","signal_type":"feedback","sentiment":"POSITIVE","extra":1}]"#.to_owned()),
        (SIGNALS, r#"[{"event_id":"e","signal_name":"s","properties":null,"attachment_id":null,"sentiment":null}]"#.to_owned()),
        (IDENTIFY, r#"{"user_id":"u","traits":{"plan":"pro"}}"#.to_owned()),
        (IDENTIFY, r#"[{"user_id":"u","traits":{}},{"user_id":"v","traits":{}}]"#.to_owned()),
        (TRACES, r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"q7+/AA==","spanId":"AAAA"}]}]}]}"#.to_owned()),
    ];
    for rules in [Rules::Strict, Rules::Documented] {
        let sink = sink(rules).await;
        for (path, body) in &table {
            let answer = post(&sink, path, body).await;
            assert!(
                answer.starts_with("HTTP/1.1 200"),
                "{path} {body:.300}\n{answer}"
            );
        }
    }
}

/// What the documentation shows and the vendor's browser client sends is taken, and what the npm package's schema
/// has against it is told; `--strict` refuses it for that.
#[tokio::test]
async fn documented_and_not_strict() {
    let bare = with("event_id", "").replace(r#""timestamp":"2026-06-05T12:33:10.123Z","#, "");
    let signal = r#"{"event_id":"e","signal_name":"s"}"#;
    let table = [
        (TRACK, bare, "/0/event_id: missing"),
        (TRACK, with("event_id", ""), "/0/event_id: missing"),
        (TRACK, with("timestamp", ""), "/0/timestamp: missing"),
        (
            TRACK,
            with("attachments", r#"[{"type":"text","value":"x"}]"#),
            "/0/attachments/0/role: missing",
        ),
        (
            TRACK,
            with(
                "attachments",
                r#"[{"type":"text","value":"x","role":"context"}]"#,
            ),
            "/0/attachments/0/role: expected one of input, output",
        ),
        (
            SIGNALS,
            signal.to_owned(),
            "expected an array, got an object",
        ),
        (
            SIGNALS,
            r#"[{"event_id":"e","signal_name":"s","signal_type":"of its own"}]"#.to_owned(),
            "/0/signal_type: expected one of default",
        ),
    ];
    let (documented, mut receipts) = super::sink::start(SinkOptions::default()).await;
    let strict = sink(Rules::Strict).await;
    for (path, body, reason) in table {
        let answer = post(&documented, path, &body).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{body}\n{answer}");
        let receipt = super::within(receipts.recv()).await.unwrap();
        assert!(
            receipt.strict[0].starts_with(reason),
            "{:?}",
            receipt.strict
        );
        assert_eq!(receipt.event_ids.len(), 1);
        assert!(answer.contains(&format!(r#"{{"event_id":"{}"}}"#, receipt.event_ids[0])));
        let answer = post(&strict, path, &body).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{body}\n{answer}");
        assert!(answer.contains(reason), "{answer}");
    }
}

#[tokio::test]
async fn refused() {
    let nested = format!("[{}{}]", "[".repeat(1000), "]".repeat(1000));
    let table = [
        (TRACK, "{}".to_owned(), "expected an array, got an object"),
        (
            TRACK,
            "[1]".to_owned(),
            "/0: expected an object, got a number",
        ),
        (
            TRACK,
            format!("[{{}},{}", &super::EVENT[1..]),
            "/0/event_id: missing",
        ),
        (TRACK, with("event_id", ""), "/0/event_id: missing"),
        (
            TRACK,
            with("event_id", "7"),
            "/0/event_id: expected a string, got a number",
        ),
        (TRACK, with("event", r#""""#), "/0/event: must not be empty"),
        (
            TRACK,
            with("user_id", r#""""#),
            "/0/user_id: must not be empty",
        ),
        (
            TRACK,
            with("user_id", "null"),
            "/0/user_id: expected a string, got null",
        ),
        (TRACK, with("timestamp", ""), "/0/timestamp: missing"),
        (
            TRACK,
            with("timestamp", r#""yesterday""#),
            "/0/timestamp: expected an ISO 8601 time",
        ),
        (
            TRACK,
            with("timestamp", "true"),
            "/0/timestamp: expected an ISO 8601 time",
        ),
        (
            TRACK,
            with("properties", "null"),
            "/0/properties: expected an object, got null",
        ),
        (
            TRACK,
            with("feature_flags", r#"{"a/b":true}"#),
            "/0/feature_flags/a~1b: expected a string",
        ),
        (
            TRACK,
            with("convo_id", r#""c""#),
            "/0/convo_id: unknown key; it belongs into ai_data",
        ),
        (
            TRACK,
            with("model", r#""m""#),
            "/0/model: unknown key; it belongs into ai_data",
        ),
        (
            TRACK,
            with("is_pending", "false"),
            "/0/is_pending: unknown key; it belongs to events/track_partial",
        ),
        (
            TRACK,
            with("received_at", r#""x""#),
            "/0/received_at: unknown key",
        ),
        (
            TRACK,
            with("ai_data", r#"{"input":"i","provider":"p"}"#),
            "/0/ai_data/provider: unknown key",
        ),
        (
            TRACK,
            with("ai_data", r#"{"model":"m","convo_id":"c"}"#),
            "/0/ai_data: neither input nor output has text",
        ),
        (
            TRACK,
            with("ai_data", r#"{"input":"","output":""}"#),
            "/0/ai_data: neither input nor output",
        ),
        (
            TRACK,
            with("ai_data", r#"{"input":5}"#),
            "/0/ai_data/input: expected a string, got a number",
        ),
        (
            TRACK,
            with("ai_data", "[]"),
            "/0/ai_data: expected an object, got an array",
        ),
        (
            TRACK,
            with("attachments", "{}"),
            "/0/attachments: expected an array or null",
        ),
        (
            TRACK,
            with("attachments", r#"[{"type":"text","value":"x"}]"#),
            "/0/attachments/0/role: missing",
        ),
        (
            TRACK,
            with(
                "attachments",
                r#"[{"type":"pdf","role":"input","value":"x"}]"#,
            ),
            "/0/attachments/0/type: expected one of text, code",
        ),
        (
            TRACK,
            with(
                "attachments",
                r#"[{"type":"text","role":"user","value":"x"}]"#,
            ),
            "/0/attachments/0/role: expected one of",
        ),
        (
            TRACK,
            with(
                "attachments",
                r#"[{"type":"text","role":"input","value":"x","name":null}]"#,
            ),
            "/0/attachments/0/name: expected a string, got null",
        ),
        (
            TRACK,
            with(
                "attachments",
                r#"[{"type":"code","role":"input","value":"x","language":null}]"#,
            ),
            "/0/attachments/0/language: expected a string",
        ),
        (TRACK, with("a\nb", "1"), "/0/a b: unknown key"),
        (TRACK, "[{\n \"a\": }]".to_owned(), "at line 2 column 7"),
        (TRACK, String::new(), "the body is not JSON"),
        (
            TRACK,
            "[] []".to_owned(),
            "trailing characters at line 1 column 4",
        ),
        (TRACK, nested, "recursion limit"),
        (TRACK, "[".repeat(100_000), "EOF while parsing"),
        (PARTIAL, "[]".to_owned(), "expected an object, got an array"),
        (PARTIAL, r#"{"foo":1}"#.to_owned(), "/foo: unknown key"),
        (
            PARTIAL,
            r#"{"is_pending":"no"}"#.to_owned(),
            "/is_pending: expected true or false, got a string",
        ),
        (
            PARTIAL,
            r#"{"properties":null}"#.to_owned(),
            "/properties: expected an object, got null",
        ),
        (
            PARTIAL,
            r#"{"ai_data":{"input":5}}"#.to_owned(),
            "/ai_data/input: expected a string",
        ),
        (
            SIGNALS,
            r#"{"event_id":"e"}"#.to_owned(),
            "expected an array",
        ),
        (
            SIGNALS,
            r#"[{"event_id":"e"}]"#.to_owned(),
            "/0/signal_name: missing",
        ),
        (
            SIGNALS,
            r#"[{"event_id":"e","signal_name":"s","sentiment":"HAPPY"}]"#.to_owned(),
            "/0/sentiment: expected one of POSITIVE",
        ),
        (
            IDENTIFY,
            r#"[{"user_id":"u"}]"#.to_owned(),
            "/0/traits: missing",
        ),
        (
            IDENTIFY,
            r#"{"user_id":"u","traits":{},"x":1}"#.to_owned(),
            "/x: unknown key",
        ),
        (TRACES, "{}".to_owned(), "/resourceSpans: missing"),
    ];
    let sink = sink(Rules::Strict).await;
    for (path, body, reason) in table {
        let answer = post(&sink, path, &body).await;
        assert!(
            answer.starts_with("HTTP/1.1 400"),
            "{path} {body:.300}\n{answer}"
        );
        let (_, json) = answer.split_once("\r\n\r\n").unwrap();
        let error: Value = serde_json::from_str(json).unwrap();
        let message = error["error"]["message"].as_str().unwrap();
        assert!(
            message.contains(reason),
            "{body:.300}\n{message}\nwants {reason}"
        );
        assert!(error["error"]["code"].is_string());
    }
}

#[tokio::test]
async fn all_reasons_at_once() {
    let many: Vec<String> = (0..200).map(|i| format!("\"x{i}\":1")).collect();
    let sink = sink(Rules::Strict).await;
    let answer = post(&sink, PARTIAL, &format!("{{{}}}", many.join(","))).await;
    assert!(
        answer.contains("/x0: unknown key; /x1: unknown key"),
        "{answer}"
    );
    assert!(answer.contains("and 150 more"), "{answer}");
}
