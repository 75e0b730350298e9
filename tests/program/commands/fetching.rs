//! `fetch`, and ids in place of paths, as a person runs them.

use std::fs;

use super::{Home, Ran, run};
use crate::wire::server::{Play, Server, answer};

const KEY: &str = "sk-or-v1-never-shown-0123456789";
const MANAGEMENT_KEY: &str = "sk-or-v1-management-0123456789";
const CONTENT: &str =
    r#"{"data":{"input":{"prompt":"Say hi"},"output":{"completion":"Hi!","reasoning":null}}}"#;

fn record(id: &str) -> Play {
    ok(&format!(
        r#"{{"data":{{"id":"{id}","model":"a/b","generation_time":20,"native_tokens_prompt":5,"total_cost":0.5,"external_user":"ada"}}}}"#
    ))
}

fn ok(body: &str) -> Play {
    answer("200 OK", "", body)
}

fn absent() -> Play {
    answer(
        "404 Not Found",
        "",
        r#"{"error":{"code":404,"message":"not found"}}"#,
    )
}

async fn rainscope(home: &Home, server: &Server, arguments: &[&str]) -> Ran {
    let mut command = home.program(arguments);
    command
        .env("OPENROUTER_API_KEY", KEY)
        .env("OPENROUTER_MANAGEMENT_KEY", MANAGEMENT_KEY)
        .env("RAINSCOPE_OPENROUTER_URL", &server.url);
    let ran = run(command, "").await;
    for key in [KEY, MANAGEMENT_KEY] {
        assert!(!ran.out.contains(key) && !ran.err.contains(key), "{ran:?}");
    }
    ran
}

/// Samples on standard output, in the order of the ids; what is missing on standard error.
#[tokio::test]
async fn generations_come_as_samples() {
    let home = Home::new();
    let script = [record("gen-1-a"), ok(CONTENT), record("gen-2-b"), absent()];
    let server = Server::start(script).await;
    let ran = rainscope(&home, &server, &["fetch", "gen-1-a", "gen-2-b"]).await;
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ran.out);
    assert!(lines[0].contains("gen-1-a") && lines[0].contains("Say hi"));
    assert!(lines[1].contains("gen-2-b") && !lines[1].contains("content"));
    assert!(
        ran.err.contains("gen-2-b: OpenRouter keeps no prompt"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("gen-1-a: "), "{}", ran.err);
    assert!(
        ran.err
            .contains("2 generations fetched; no record holds the request's `trace`"),
        "{}",
        ran.err
    );
    // They are samples like any other.
    let path = home.write("fetched.ndjson", &ran.out);
    let mapped = home.run(&["map", &path]).await;
    let event: serde_json::Value =
        serde_json::from_str(mapped.out.lines().next().unwrap()).unwrap();
    assert_eq!(event["ai_data"]["output"], "Hi!");
    assert_eq!(event["properties"]["total_cost"], 0.5);
}

/// A server may have seen any key that this program was given.
#[tokio::test]
async fn an_answer_is_masked_of_all_keys() {
    const DRAWN: &str = "rk_live_W7pQx2LmN8vRt4KsY6bZc1D";
    const OF_MANAGEMENT: &str = "sk-or-v1-b7c3e9d1f5a2486087b9c4d2e6f8a1b3";
    let home = Home::new();
    let content = CONTENT.replace("Hi!", &format!("Hi {DRAWN} {OF_MANAGEMENT}!"));
    let refusal = format!(r#"{{"error":{{"code":400,"message":"not {OF_MANAGEMENT}"}}}}"#);
    let refused = answer("400 Bad Request", "", &refusal);
    let server = Server::start([record("gen-1-a"), ok(&content), refused]).await;
    let mut command = home.program(&["fetch", "gen-1-a", "gen-2-b"]);
    command
        .env("OPENROUTER_API_KEY", KEY)
        .env("OPENROUTER_MANAGEMENT_KEY", OF_MANAGEMENT)
        .env("RAINDROP_WRITE_KEY", DRAWN)
        .env("RAINSCOPE_OPENROUTER_URL", &server.url);
    let ran = run(command, "").await;
    assert!(
        ran.out
            .contains("Hi [key masked by rainscope] [key masked by rainscope]!"),
        "{ran:?}"
    );
    assert!(ran.err.contains("not [key masked by rainscope]"), "{ran:?}");
    for key in [DRAWN, OF_MANAGEMENT] {
        assert!(!format!("{ran:?}").contains(&key[12..20]), "{ran:?}");
    }
}

#[tokio::test]
async fn each_is_saved_to_a_file_of_its_owner() {
    let home = Home::new();
    let script = || [record("gen-1-a"), ok(CONTENT)];
    let arguments = ["fetch", "--save", "kept/here", "gen-1-a"];
    for _ in 0..2 {
        let server = Server::start(script()).await;
        let ran = rainscope(&home, &server, &arguments).await;
        assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    }
    let path = home.path("kept/here/gen-1-a.json");
    assert!(fs::read_to_string(&path).unwrap().contains("Say hi"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // What somebody changed since is not written over.
    fs::write(&path, "edited").unwrap();
    let server = Server::start(script()).await;
    let ran = rainscope(&home, &server, &arguments).await;
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("is there already"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), "edited");
    // A pipe is not waited for.
    #[cfg(unix)]
    {
        use rustix::fs::{CWD, Mode, mkfifoat};
        fs::remove_file(&path).unwrap();
        mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        let server = Server::start(script()).await;
        let ran = rainscope(&home, &server, &arguments).await;
        assert_eq!(ran.status, Some(2));
        assert!(ran.err.contains("is there already"), "{}", ran.err);
    }
}

/// Exit 1 where there is none, 2 where it could not be found out; the others are fetched all the same.
#[tokio::test]
async fn the_status_says_whether_all_were_there() {
    let home = Home::new();
    let server = Server::start([absent(), record("gen-2-b"), absent()]).await;
    let ran = rainscope(
        &home,
        &server,
        &["fetch", "--wait", "0", "gen-1-a", "gen-2-b"],
    )
    .await;
    assert_eq!(
        (ran.status, ran.out.lines().count()),
        (Some(1), 1),
        "{}",
        ran.err
    );
    assert!(
        ran.err
            .contains("gen-1-a: OpenRouter has no such generation"),
        "{}",
        ran.err
    );

    let refused = answer(
        "401 No",
        "",
        r#"{"error":{"code":401,"message":"No auth"}}"#,
    );
    let mut server = Server::start([refused]).await;
    let ran = rainscope(&home, &server, &["fetch", "gen-1-a", "gen-2-b"]).await;
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
    assert!(ran.err.contains("refused (401): No auth"), "{}", ran.err);
    assert_eq!(server.rest().len(), 1, "a refused key is not offered again");

    for (arguments, says) in [
        (&["fetch", "gen-1-a"][..], "OPENROUTER_API_KEY is not set"),
        (
            &["fetch", "--recent", "3"],
            "OPENROUTER_MANAGEMENT_KEY is not set",
        ),
        (&["fetch", "chatcmpl-1"], "a generation id looks like"),
        (&["fetch"], "<ID>"),
        (
            &["fetch", "--recent", "3", "gen-1-a"],
            "cannot be used with",
        ),
        (&["map", "gen-1-a"], "OPENROUTER_API_KEY is not set"),
    ] {
        let ran = home.run(arguments).await;
        assert_eq!(ran.status, Some(2), "{arguments:?}");
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
    }
}

/// `fetch --recent N`, with the management key alone, and an honest word where the account has no such endpoint.
#[tokio::test]
async fn the_latest_are_fetched_with_the_management_key() {
    let home = Home::new();
    let rows = r#"{"data":{"data":[{"generation_id":"gen-1-a"},{"generation_id":"gen-2-b"}],"metadata":{}}}"#;
    let script = [
        ok(rows),
        record("gen-2-b"),
        absent(),
        record("gen-1-a"),
        absent(),
    ];
    let mut server = Server::start(script).await;
    let ran = rainscope(&home, &server, &["fetch", "--recent", "5"]).await;
    assert_eq!(
        (ran.status, ran.out.lines().count()),
        (Some(0), 2),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("OpenRouter lists 2 generations"),
        "{}",
        ran.err
    );
    for request in server.rest() {
        assert!(request.head.contains(MANAGEMENT_KEY) && !request.head.contains(KEY));
    }
    let server = Server::start([absent()]).await;
    let ran = rainscope(&home, &server, &["fetch", "--recent", "5"]).await;
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    assert!(
        ran.err.contains("no analytics endpoint (404)"),
        "{}",
        ran.err
    );
}

/// An id stands for a path in the other commands, too; a file of that name comes first.
#[tokio::test]
async fn an_id_is_a_path() {
    let home = Home::new();
    let server = Server::start([absent(), record("gen-1-a"), ok(CONTENT)]).await;
    let ran = rainscope(&home, &server, &["map", "gen-1-a"]).await;
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let event: serde_json::Value = serde_json::from_str(ran.out.trim()).unwrap();
    assert_eq!(event["ai_data"]["input"], "Say hi");
    assert!(
        ran.err
            .contains("gen-1-a: no record yet; asking again, for up to 30 s"),
        "{}",
        ran.err
    );

    let server = Server::start([record("gen-1-a"), absent()]).await;
    let ran = rainscope(&home, &server, &["check", "gen-1-a"]).await;
    assert!(
        ran.err.contains("keeps no prompt and completion")
            || ran.out.contains("keeps no prompt and completion"),
        "{ran:?}"
    );

    home.write("gen-1-a", r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"From the file"}]},"response":{"id":"gen-1-a","choices":[]}}"#);
    let mut server = Server::start([]).await;
    let ran = rainscope(&home, &server, &["map", "gen-1-a"]).await;
    assert!(ran.out.contains("From the file"), "{ran:?}");
    assert!(server.rest().is_empty());
}
