//! What the command line page says of `listen` and `fetch`, sentence by sentence, and the test that holds each:
//!
//! | sentence | test |
//! |---|---|
//! | passes through to one upstream; events to standard output without a screen | `listening::each_call_is_an_event…` |
//! | `--listen`, `--upstream`, their defaults; http and listening on loopback only | `listening::what_cannot_be_done…`, `cli::manual`, `proxy::upstream` |
//! | `--record`: samples, appended, no key, mode 0600 | `listening::keys_pass_through…`, `listen::recording`, [`files_are_their_owners_alone`] |
//! | `--forward`, and `--yes` for another machine | `forwarding` |
//! | `--privacy`, `--trace`, `--user`, … as everywhere | [`options_change_events_as_they_do_elsewhere`] |
//! | `--keep N` | `inspector: live_traffic` |
//! | `POST` or `PUT /broadcast` with a token that is made and shown, or read from its variable; never an option | [`the_token_of_deliveries_is_made_or_read`] |
//! | who may ask what, under which `Host`, `Origin`, `Forwarded` | `proxy::admission`, `proxy::admitting` |
//! | `HTTPS_PROXY` is honoured | `tls`, `proxy::upstream` |
//! | a command: its variables, signals, status | [`signals_reach_the_command_and_its_status_comes_back`], `listening::a_command_is_run…` |
//! | with the inspector: output in a window, input closed, open until one quits, then the command's status | `pty: listening` |
//! | `--no-tui`: the command keeps its three streams, events go to `--events`, without which that is a usage error | [`a_command_keeps_its_streams_and_environment`], `listening::what_cannot_be_done…` |
//! | the environment unchanged, plus the base-URL variables and `NO_PROXY` | [`a_command_keeps_its_streams_and_environment`] |
//! | `--print-env`, `--show CLIENT`, which start nothing | [`a_shell_evaluates_what_is_printed`], `listening::what_to_set…` |
//! | `fetch ID…`, `--save`, `--recent N` with a management key; `gen-…` as a path | `fetching` |
#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::listening::{call, interrupt, listener, listening, started};
use super::{Home, within};

#[tokio::test]
async fn options_change_events_as_they_do_elsewhere() {
    let home = Home::new();
    let record = home.path("calls.ndjson");
    let record = record.to_str().unwrap();
    let options = [
        "--privacy",
        "--user",
        "grace",
        "--session-id",
        "s-9",
        "--trace",
        "build:=7",
        "--unset-trace",
        "feature",
    ];
    let arguments = [&["--record", record][..], &options].concat();
    let mut listening = listening(&home, &arguments).await;
    call(&listening.address).await;
    let line = within(listening.out.next_line()).await.unwrap().unwrap();
    interrupt(listening, 0).await;
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["user_id"], "grace");
    assert_eq!(event["ai_data"]["convo_id"], "s-9");
    assert_eq!(event["properties"]["build"], 7);
    assert!(event["ai_data"]["output"].is_null(), "{event}");
    let mapped = home
        .run(&[&["map"][..], &options, &[record]].concat())
        .await;
    assert_eq!(mapped.out, line + "\n");
}

#[tokio::test]
async fn files_are_their_owners_alone() {
    let home = Home::new();
    let arguments = ["--record", "calls.ndjson", "--events", "events.ndjson"];
    let listening = listening(&home, &arguments).await;
    call(&listening.address).await;
    interrupt(listening, 0).await;
    for name in ["calls.ndjson", "events.ndjson"] {
        let data = home.path(name).metadata().unwrap();
        assert!(data.len() > 0, "{name}");
        assert_eq!(data.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

/// Posts a connection test; gives the status.
async fn deliver(address: &str, method: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} /broadcast HTTP/1.1\r\nHost: t.example\r\nAuthorization: Bearer {token}\r\nX-Test-Connection: true\r\n\
         Connection: close\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within(stream.read_to_string(&mut answer)).await.unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_token_of_deliveries_is_made_or_read() {
    let home = Home::new();
    let program = |given: Option<&str>| {
        let mut command = listener(&home, "http://127.0.0.1:1", &[]);
        if let Some(given) = given {
            command.env("RAINSCOPE_DELIVERIES_TOKEN", given);
        }
        command
    };
    let mut made = Vec::new();
    for given in [None, None, Some("of-my-own-0123456789")] {
        let mut listening = started(program(given)).await;
        let address = listening.address.clone();
        assert_eq!(deliver(&address, "POST", "another-0123456789").await, "401");
        let shown = match given {
            Some(given) => given.to_owned(),
            None => listening.token().await,
        };
        assert_eq!(deliver(&address, "POST", &shown).await, "200");
        assert_eq!(deliver(&address, "PUT", &shown).await, "200");
        assert_eq!(deliver(&address, "GET", &shown).await, "405");
        made.push(shown);
        let said = interrupt(listening, 0).await;
        // The lines to enter in OpenRouter's form.
        let token = &made[made.len() - 1];
        for line in [
            "openrouter.ai/settings/observability",
            "URL      https://YOUR-TUNNEL/broadcast\n",
            "Method   POST\n",
            &format!("Headers  {{\"Authorization\": \"Bearer {token}\"}}\n"),
            "https://YOUR-TUNNEL/v1/traces",
        ] {
            assert!(said.contains(line), "{line}: {said}");
        }
    }
    assert_ne!(made[0], made[1]);
    let ran = super::run(program(Some("short")), "").await;
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err.contains("RAINSCOPE_DELIVERIES_TOKEN"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("short"), "{}", ran.err);
    let ran = home
        .run(&["listen", "--token", "of-my-own-0123456789"])
        .await;
    assert_eq!(ran.status, Some(2));
}

#[tokio::test]
async fn a_command_keeps_its_streams_and_environment() {
    let home = Home::new();
    let script = "cat; echo told >&2; env -0 > env";
    let listen = [
        "listen",
        "--no-tui",
        "--listen",
        "127.0.0.1:0",
        "--upstream",
        "http://127.0.0.1:1",
        "--events",
        "e",
        "--",
        "sh",
        "-c",
        script,
    ];
    let mut command = home.program(&listen);
    command
        .env("OPENAI_BASE_URL", "https://openrouter.ai/api/v1")
        .env("OPENROUTER_API_KEY", "sk-or-v1-kept-as-it-is")
        .env("RAINSCOPE_DELIVERIES_TOKEN", "of-my-own-0123456789")
        .env("ODD", "a\nb=c")
        .stdin(Stdio::piped());
    let given: BTreeMap<String, String> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value?.to_str()?.to_owned())))
        .collect();
    let ran = super::run(command, "what is typed").await;
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "what is typed"));
    assert!(ran.err.contains("told\n"), "{}", ran.err);
    let found = std::fs::read_to_string(home.path("env")).unwrap();
    let found: BTreeMap<&str, &str> = found
        .split_terminator('\0')
        .filter_map(|line| line.split_once('='))
        .collect();
    let bases = [
        "ANTHROPIC_BASE_URL",
        "OPENAI_API_BASE",
        "OPENAI_BASE_URL",
        "OPENROUTER_API_BASE",
        "OPENROUTER_BASE_URL",
    ];
    for base in bases {
        assert!(found[base].starts_with("http://127.0.0.1:"), "{base}");
    }
    // A shell adds a few of its own.
    let of_shell = ["PWD", "OLDPWD", "SHLVL", "_"];
    // So that no proxy of the environment's gets keys and prompts.
    let of_proxies = ["NO_PROXY", "no_proxy"];
    let is_other = |name: &str| {
        !bases.contains(&name) && !of_shell.contains(&name) && !of_proxies.contains(&name)
    };
    let others = found.iter().filter(|(name, _)| is_other(name));
    let others: BTreeMap<String, String> = others
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let expected = given
        .into_iter()
        .filter(|(name, _)| is_other(name))
        .collect();
    assert_eq!(others, expected);
}

#[tokio::test]
async fn signals_reach_the_command_and_its_status_comes_back() {
    for (signal, status) in [("INT", 3), ("TERM", 4), ("HUP", 5)] {
        let home = Home::new();
        let script = "trap 'kill $!; exit 3' INT; trap 'kill $!; exit 4' TERM; trap 'kill $!; exit 5' HUP; sleep 100 > /dev/null & echo ready; wait";
        let mut listening = listening(&home, &["--events", "e", "--", "sh", "-c", script]).await;
        let ready = within(listening.out.next_line()).await.unwrap().unwrap();
        assert_eq!(ready, "ready");
        let id = listening.child.id().unwrap().to_string();
        let sent = tokio::process::Command::new("kill")
            .args([&format!("-{signal}"), &id])
            .status();
        assert!(within(sent).await.unwrap().success());
        let ended = within(listening.child.wait()).await.unwrap();
        assert_eq!(ended.code(), Some(status), "{signal}");
    }
}

#[tokio::test]
async fn a_shell_evaluates_what_is_printed() {
    let home = Home::new();
    let script = "eval \"$(\"$0\" listen --listen 127.0.0.1:4599 --print-env)\"; echo $OPENAI_BASE_URL $ANTHROPIC_BASE_URL";
    let mut command = home.program(&[]);
    let program = command.get_program().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    command = std::process::Command::new("sh");
    command.args(["-c", script]).arg(program).env("PATH", path);
    let ran = super::run(command, "").await;
    let expected = "http://127.0.0.1:4599/api/v1 http://127.0.0.1:4599/api\n";
    assert_eq!(
        (ran.status, ran.out.as_str(), ran.err.as_str()),
        (Some(0), expected, "")
    );
}
