//! Trace exports at the sink: compressed, in both encodings, kept as OTLP's JSON.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use rainscope::delivery::sink::{REQUEST_LIMIT, SinkOptions};
use serde_json::Value;

use super::sink::{post_with, start};
use super::{KEY, within};

/// One span in a protobuf export: ids, name, an attribute, an event.
fn export() -> Vec<u8> {
    let field = |number: u8, bytes: &[u8]| {
        [
            &[number << 3 | 2, u8::try_from(bytes.len()).unwrap()],
            bytes,
        ]
        .concat()
    };
    let attribute = [field(1, b"n"), field(2, &[0x18, 42])].concat();
    let event = [vec![0x09, 7, 0, 0, 0, 0, 0, 0, 0], field(2, b"said")].concat();
    let span = [
        field(1, &[0xAB; 16]),
        field(2, &[0xCD; 8]),
        field(5, b"call"),
        field(9, &attribute),
        field(11, &event),
    ]
    .concat();
    field(1, &field(2, &field(2, &span)))
}

const AS_JSON: &str = concat!(
    r#"{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"spans":[{"traceId":"abababababababababababababababab","#,
    r#""spanId":"cdcdcdcdcdcdcdcd","name":"call","kind":0,"startTimeUnixNano":"0","endTimeUnixNano":"0","#,
    r#""attributes":[{"key":"n","value":{"intValue":"42"}}],"events":[{"timeUnixNano":"7","name":"said"}]}]}]}]}"#
);

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn headers(media: &str, encoding: &str) -> String {
    let encoding = match encoding {
        "" => String::new(),
        encoding => format!("Content-Encoding: {encoding}\r\n"),
    };
    format!("Authorization: Bearer {KEY}\r\nContent-Type: {media}\r\n{encoding}")
}

#[tokio::test]
async fn exports_are_kept_as_json_however_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.ndjson");
    let (sink, mut receipts) = start(SinkOptions {
        store: Some(store.clone()),
        ..SinkOptions::default()
    })
    .await;
    let (protobuf, json) = ("application/x-protobuf", "application/json");
    let table = [
        (protobuf, "", export(), "trace export (protobuf): 1 span"),
        (
            protobuf,
            "gzip",
            gzip(&export()),
            "trace export (protobuf): 1 span, gzip",
        ),
        (
            protobuf,
            "deflate",
            deflate(&export()),
            "trace export (protobuf): 1 span, deflate",
        ),
        (
            json,
            "",
            AS_JSON.as_bytes().to_vec(),
            "trace export (JSON): 1 span",
        ),
        (
            json,
            "gzip",
            gzip(AS_JSON.as_bytes()),
            "trace export (JSON): 1 span, gzip",
        ),
    ];
    let count = table.len();
    for (media, encoding, body, summary) in table {
        let answer = post_with(&sink, "/v1/traces", &headers(media, encoding), &body).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{summary}\n{answer}");
        assert!(
            answer.contains(&format!("content-type: {media}")),
            "{answer}"
        );
        let receipt = within(receipts.recv()).await.unwrap();
        assert_eq!(receipt.summary, summary);
        assert_eq!(
            (receipt.body.as_str(), receipt.bytes),
            (AS_JSON, body.len())
        );
        assert_eq!(receipt.new_events, 0);
    }
    let text = std::fs::read_to_string(&store).unwrap();
    assert_eq!(text.lines().count(), count);
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["path"], "/v1/traces");
        assert_eq!(
            line["export"],
            serde_json::from_str::<Value>(AS_JSON).unwrap()
        );
    }
}

#[tokio::test]
async fn what_is_not_unpacked() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let json = "application/json";
    let bomb = gzip(&vec![b' '; REQUEST_LIMIT + 1]);
    let table = [
        (
            "/v1/traces",
            "gzip",
            bomb,
            "413",
            "unpacked, the body has more than",
        ),
        (
            "/v1/traces",
            "gzip",
            b"{}".to_vec(),
            "400",
            "the gzip data is",
        ),
        (
            "/v1/traces",
            "br",
            b"{}".to_vec(),
            "415",
            "gzip and deflate are taken",
        ),
        (
            "/v1/traces",
            "gzip, gzip",
            gzip(&gzip(b"{}")),
            "415",
            "compressed twice",
        ),
        (
            "/v1/events/track",
            "gzip",
            gzip(b"[]"),
            "415",
            "by /v1/traces alone",
        ),
    ];
    for (path, encoding, body, status, reason) in table {
        let answer = post_with(&sink, path, &headers(json, encoding), &body).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{encoding}\n{answer}"
        );
        assert!(answer.contains(reason), "{answer}");
        assert!(within(receipts.recv()).await.unwrap().reasons[0].contains(reason));
    }
}
