//! Who gets the write key: what is on this machine is asked what it is first, what is elsewhere gets the key
//! that belongs to it, and nothing else without `--use-key`.

use tokio::task::JoinSet;

use crate::stand_in::{Health, StandIn};

use super::{Home, completions, run};

const KEY: &str = "rk_of_the_cloud_0123456789";

/// Runs the program with the key in its environment.
async fn with_key(home: &Home, arguments: &[&str]) -> super::Ran {
    let mut command = home.program(arguments);
    command.env("RAINDROP_WRITE_KEY", KEY);
    run(command, "").await
}

#[tokio::test]
async fn what_is_on_this_machine_is_asked_first() {
    use Health::{Half, Long, Moved, Other, Packed, Silent, Unknown, UnwellWorkshop, Workshop};
    let home = Home::new();
    let file = home.write("three.ndjson", &completions(3));
    // Health, --use-key; exit status, whether the key arrives, and the route.
    let partial = "/v1/events/track_partial";
    let track = "/v1/events/track";
    let table = [
        (Workshop, false, 0, false, partial),
        (Workshop, true, 0, false, partial),
        (UnwellWorkshop, false, 0, false, partial),
        (UnwellWorkshop, true, 0, false, partial),
        (Other, false, 0, true, track),
        (Unknown, false, 0, true, track),
        (Silent, false, 2, false, ""),
        (Half, false, 2, false, ""),
        (Long, false, 2, false, ""),
        (Moved, false, 2, false, ""),
        (Packed, false, 2, false, ""),
        (Silent, true, 0, true, track),
    ];
    // At the same time, since some of them are waited for.
    let mut cases = JoinSet::new();
    for (health, use_key, status, gets_key, route) in table {
        let file = file.clone();
        cases.spawn(async move {
            let server = StandIn::start(health);
            let mut arguments = vec!["send", &file, "--base-url", &server.url];
            if use_key {
                arguments.push("--use-key");
            }
            let ran = with_key(&Home::new(), &arguments).await;
            let case = format!("{health:?} {use_key}: {ran:?}");
            assert_eq!(ran.status, Some(status), "{case}");
            assert_eq!(ran.err.contains("--use-key"), status == 2, "{case}");
            let received = server.received();
            assert_eq!(received[0].path(), "/health", "{case}");
            assert_eq!(received[0].header("authorization"), None, "{case}");
            let posted = server.posted();
            assert_eq!(posted.is_empty(), route.is_empty(), "{case}");
            for request in posted {
                assert_eq!(request.path(), route, "{case}");
                let key = request.header("authorization");
                assert_eq!(key.is_some(), gets_key, "{case}");
            }
        });
    }
    cases.join_all().await;
}

/// A key that can't be one is refused, however it is none; it doesn't count as none.
#[cfg(unix)]
#[tokio::test]
async fn a_key_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    for key in [&b"rk_caf\xc3\xa9_0123456789"[..], b"rk_caf\xe9_0123456789"] {
        let mut command = home.program(&["test"]);
        command.env("RAINDROP_WRITE_KEY", std::ffi::OsStr::from_bytes(key));
        let ran = run(command, "").await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.err.contains("RAINDROP_WRITE_KEY"), "{ran:?}");
    }
    // So is any other variable that says what may leave.
    let file = home.write("one.ndjson", &completions(1));
    let mut command = home.program(&["map", &file]);
    command.env(
        "RAINSCOPE_PRIVACY",
        std::ffi::OsStr::from_bytes(b"\xa0true"),
    );
    let ran = run(command, "").await;
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("RAINSCOPE_PRIVACY"), "{ran:?}");
}

#[tokio::test]
async fn a_server_that_is_silent_fails_its_test() {
    let table = [
        (vec!["test"], 1, "--use-key"),
        (vec!["connect"], 1, "--use-key"),
        (vec!["test", "--use-key"], 0, ""),
        (vec!["connect", "--use-key"], 0, ""),
        (vec!["test", "--format", "json"], 1, r#""passed":false"#),
    ];
    // At the same time, since each waits for the server as long as it may.
    let mut runs = JoinSet::new();
    for (arguments, status, says) in table {
        runs.spawn(async move {
            let server = StandIn::start(Health::Silent);
            let mut arguments: Vec<&str> = arguments;
            arguments.extend(["--base-url", &server.url]);
            let ran = with_key(&Home::new(), &arguments).await;
            assert_eq!(ran.status, Some(status), "{ran:?}");
            assert!(ran.out.contains(says), "{ran:?}");
        });
    }
    runs.join_all().await;
}

#[tokio::test]
async fn what_is_elsewhere_gets_the_key_that_belongs_to_it() {
    let home = Home::new();
    let file = home.write("one.ndjson", &completions(1));
    let elsewhere = ["--base-url", "https://elsewhere.invalid"];
    for command in [&["send", &file][..], &["test"], &["connect"]] {
        let ran = with_key(&home, &[command, &elsewhere].concat()).await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.out.is_empty(), "{ran:?}");
        for said in ["--use-key", "RAINDROP_WRITE_KEY", "https://api.raindrop.ai"] {
            assert!(ran.err.contains(said), "{said}: {ran:?}");
        }
        assert!(!ran.err.contains(KEY), "{ran:?}");
    }
    // Nothing was sent, so nothing is remembered.
    assert!(!home.path("state").join("history.db").exists());
}

#[tokio::test]
async fn a_command_runs_only_where_its_key_may_go() {
    let home = Home::new();
    let file = home.write("one.ndjson", &completions(1));
    let settings = "[destination]\nwrite_key_command = 'echo ran >> ran; env > env; echo rk_printed_0123456789'\n";
    let settings = home.write("settings.toml", settings);
    let config = ["--config", settings.as_str()];
    let elsewhere = ["--base-url", "https://elsewhere.invalid"];
    let ran = with_key(&home, &[&["send", &file][..], &elsewhere, &config].concat()).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    let workshop = StandIn::start(Health::Workshop);
    let at_workshop = ["--base-url", workshop.url.as_str()];
    let ran = home
        .run(&[&["send", &file][..], &at_workshop, &config].concat())
        .await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let ran = home
        .run(&[&["send", "--dry-run", &file][..], &config].concat())
        .await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(
        !home.path("ran").exists(),
        "the command did not have to run"
    );
    let other = StandIn::start(Health::Other);
    let at_other = ["--base-url", other.url.as_str()];
    let mut command = home.program(&[&["send", &file][..], &at_other, &config].concat());
    let secrets = [
        "RAINSCOPE_SINK_KEY",
        "OPENROUTER_API_KEY",
        "OPENROUTER_MANAGEMENT_KEY",
        "RAINDROP_QUERY_API_KEY",
        "RAINSCOPE_DELIVERIES_TOKEN",
    ];
    for name in secrets {
        command.env(name, "sk_given_0123456789");
    }
    let ran = run(command, "").await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let key = other.posted()[0].header("authorization").map(str::to_owned);
    assert_eq!(key.as_deref(), Some("Bearer rk_printed_0123456789"));
    let inherited = std::fs::read_to_string(home.path("env")).unwrap();
    assert!(inherited.contains("PATH="), "{inherited}");
    assert!(!inherited.contains("sk_given"), "{inherited}");
}
