//! For a Raindrop Workshop: what is said, reported and remembered is what its socket received, and no key is
//! in any of it.

use std::collections::BTreeMap;

use rainscope::delivery::history::{History, Query};

use crate::stand_in::{Health, Request, StandIn};

use super::{Home, completions, run};

const KEY: &str = "rk_of_the_cloud_0123456789";

/// Path and body by the event's id.
type Requests = BTreeMap<String, (String, String)>;

fn by_id(requests: impl IntoIterator<Item = (String, String)>) -> Requests {
    let id = |body: &str| {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        body["event_id"].as_str().unwrap().to_owned()
    };
    let entry = |(path, body): (String, String)| (id(&body), (path, body));
    requests.into_iter().map(entry).collect()
}

/// Route and bytes by the event's id, as results have them.
fn results(out: &str) -> BTreeMap<String, (String, u64)> {
    let lines = out.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        (
            text("event_id"),
            (text("route"), line["bytes"].as_u64().unwrap()),
        )
    });
    lines.collect()
}

/// As the summary writes a number of at most six digits.
fn grouped(number: usize) -> String {
    match (number / 1000, number % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}

#[tokio::test]
async fn all_that_is_told_is_what_its_socket_received() {
    let home = Home::new();
    // Their events carry a time, so that each run makes the same bytes.
    let timed = completions(3).replace(
        r#"{"request""#,
        r#"{"completed_at":"2026-06-05T12:31:53Z","request""#,
    );
    let file = home.write("three.ndjson", &timed);
    let server = StandIn::start(Health::Workshop);
    let mut said = String::new();
    let mut told = async |arguments: &[&str]| {
        let all = [arguments, &[&file, "--base-url", &server.url]].concat();
        let mut command = home.program(&all);
        command.env("RAINDROP_WRITE_KEY", KEY);
        let ran = run(command, "").await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        said.push_str(&format!("{ran:?}"));
        ran.out
    };
    let plan = told(&["send", "--dry-run"]).await;
    let planned = results(&told(&["send", "--dry-run", "--format", "json"]).await);
    let wire = told(&["map", "--wire"]).await;
    assert!(server.posted().is_empty(), "nothing was sent yet");
    let sent = results(&told(&["send", "--format", "json"]).await);

    let posted = server.posted();
    let received = by_id(
        posted
            .iter()
            .map(|request| (request.path().to_owned(), request.body.clone())),
    );
    assert_eq!(received.len(), 3);
    let sizes: BTreeMap<String, (String, u64)> = received
        .iter()
        .map(|(id, (path, body))| (id.clone(), (path.clone(), body.len() as u64)))
        .collect();
    assert_eq!(planned, sizes, "the dry run");
    assert_eq!(sent, sizes, "the results");
    let total: usize = received.values().map(|(_, body)| body.len()).sum();
    let expected = format!(
        "POST /v1/events/track_partial: 3 events in 3 requests, {} bytes",
        grouped(total)
    );
    assert!(plan.contains(&expected), "{plan}");
    assert!(plan.contains("a Raindrop Workshop at"), "{plan}");

    let lines = wire.lines().map(|line| {
        let start = line.find(r#","body":"#).unwrap();
        let head: serde_json::Value =
            serde_json::from_str(&(line[..start].to_owned() + "}")).unwrap();
        let body = &line[start + r#","body":"#.len()..line.len() - 1];
        (head["path"].as_str().unwrap().to_owned(), body.to_owned())
    });
    assert_eq!(by_id(lines), received, "map --wire");

    let history = History::open(&home.path("state").join("history.db")).unwrap();
    let query = Query {
        limit: 10,
        ..Query::default()
    };
    let kept = history.recent(&query).unwrap().into_iter().map(|record| {
        assert_eq!(record.endpoint.kind.name(), "workshop");
        let path = record.route.path().to_owned();
        let body = history.get(record.id).unwrap().unwrap().body.unwrap();
        (path, String::from_utf8(body.to_vec()).unwrap())
    });
    assert_eq!(by_id(kept), received, "the history");

    for Request { head, body } in server.received() {
        assert!(
            !head.to_ascii_lowercase().contains("authorization"),
            "{head}"
        );
        assert!(!head.contains(KEY) && !body.contains(KEY), "{head}");
    }
    assert!(!said.contains(KEY), "{said}");
}

#[tokio::test]
async fn a_dry_run_tells_route_and_bytes_of_each_request() {
    let home = Home::new();
    let long = completions(1).replace("Answer 0", &"x".repeat(1 << 20));
    let input = completions(2)
        + &completions(1)
        + &long.replace("gen-000000", "gen-large")
        + r#"{"error":{"code":400,"message":"no"}}"#;
    let file = home.write("mixed.ndjson", &input);
    let ran = home
        .run(&["send", "--dry-run", "--format", "json", &file])
        .await;
    let mut seen = Vec::new();
    for line in ran.out.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let result = line["result"].as_str().unwrap().to_owned();
        // Where there is no event, there is no request.
        assert_eq!(line["route"].is_null(), result == "no-event", "{line}");
        assert_eq!(line["bytes"].is_null(), result == "no-event", "{line}");
        seen.push(result);
    }
    let expected = [
        "would-send",
        "would-send",
        "repeated",
        "too-large",
        "no-event",
    ];
    assert_eq!(seen, expected, "{ran:?}");
}

/// What a Workshop makes of an event is told before the first one leaves.
#[tokio::test]
async fn a_dry_run_tells_what_a_workshop_makes_of_each_event() {
    let home = Home::new();
    let one = completions(1).replace(
        r#""messages""#,
        r#""trace":{"trace_id":"of both"},"messages""#,
    );
    let file = home.write(
        "three.ndjson",
        &(one.clone() + &one.replace("gen-000000", "gen-other") + &completions(2)),
    );
    let server = StandIn::start(Health::Workshop);
    let plan = async |more: &[&str]| {
        let all = [
            &["send", "--dry-run", &file, "--base-url", &server.url],
            more,
        ]
        .concat();
        home.run(&all).await
    };
    let notes = |out: &str| -> Vec<String> {
        let lines = out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|line: &serde_json::Value| line["result"] == "would-send");
        lines
            .map(|line| format!("{} {}", line["kind"], line["notes"]).replace('"', ""))
            .collect()
    };
    let open = plan(&["--format", "json"]).await;
    assert_eq!(
        notes(&open.out),
        ["workshop []", "workshop [joins-run]", "workshop []"],
        "{open:?}"
    );
    let private = plan(&["--format", "json", "--privacy"]).await;
    let expected = [
        "workshop [waits-for-events]",
        "workshop [waits-for-events,joins-run]",
        "workshop [waits-for-events]",
    ];
    assert_eq!(notes(&private.out), expected, "{private:?}");
    let told = plan(&["--privacy"]).await.out;
    for part in [
        "throws it away, so every event goes by events/track_partial",
        "3 shown as \"Waiting for events\", since they have no text",
        "1 merged into the run of an earlier event with the same trace_id",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(server.posted().is_empty());
    // Any other destination makes nothing of it.
    let sink = StandIn::start(Health::Other);
    let ran = home
        .run(&[
            "send",
            "--dry-run",
            &file,
            "--base-url",
            &sink.url,
            "--format",
            "json",
        ])
        .await;
    assert_eq!(
        notes(&ran.out),
        ["sink []", "sink []", "sink []"],
        "{ran:?}"
    );
}
