//! How `listen` leads clients to itself, and whom it leaves alone: a proxy of the environment, a company's gateway, another
//! service and its key.

use super::listening::{exchange, interrupt, started};
use super::{Home, within};

/// Plain HTTP to this machine would go to the environment's proxy in the clear, and a gateway's key to somebody else.
#[cfg(unix)]
#[tokio::test]
async fn a_command_calls_this_machine_by_no_proxy_and_a_gateways_is_not_run() {
    let home = Home::new();
    let run = async |name: &str, value: &str| {
        let listen = ["listen", "--listen", "127.0.0.1:0", "--no-tui"];
        let script = "echo no=$NO_PROXY,$no_proxy";
        let command = ["--events", "e.ndjson", "--", "sh", "-c", script];
        let mut program = home.program(&[&listen[..], &command].concat());
        program.env(name, value);
        let ran = within(tokio::process::Command::from(program).output())
            .await
            .unwrap();
        let [out, err] = [ran.stdout, ran.stderr].map(|it| String::from_utf8(it).unwrap());
        (ran.status.code(), out, err)
    };
    let own = "127.0.0.1,localhost";
    let (status, out, err) = run("HTTP_PROXY", "http://127.0.0.1:9").await;
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains(&format!("no={own},{own}")), "{out}");

    let gateway = "https://ada:pw-of-ada@gateway.corp.example/v1";
    let (status, out, err) = run("OPENAI_BASE_URL", gateway).await;
    assert_eq!((status, out.as_str()), (Some(2), ""), "{err}");
    assert!(err.contains("OPENAI_BASE_URL leads"), "{err}");
    assert!(!err.contains("pw-of-ada"), "{err}");
}

/// A variable leads all clients that read it, those of another service too.
#[cfg(unix)]
#[tokio::test]
async fn another_services_key_is_not_passed_on_to_openrouter() {
    const KEY: &str = "sk-proj-abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH";
    let home = Home::new();
    let mut program = home.program(&["listen", "--listen", "127.0.0.1:0", "--no-tui"]);
    // Nothing leaves this machine here, whatever it does.
    program.env("HTTPS_PROXY", "http://127.0.0.1:9");
    program.env_remove("NO_PROXY").env_remove("no_proxy");
    let listening = started(program).await;
    let request = |key: &str| {
        format!(
            "POST /api/v1/embeddings HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}",
            listening.address
        )
    };
    let asked = async |key: &str| {
        let read = within(exchange(&listening.address, &request(key))).await;
        String::from_utf8(read.unwrap()).unwrap()
    };
    let read = asked(KEY).await;
    assert!(read.starts_with("HTTP/1.1 401"), "{read}");
    assert!(read.contains("this is no key of OpenRouter's"), "{read}");
    assert!(!read.contains(KEY), "{read}");
    let read = asked("sk-0123456789abcdef0123456789abcdef").await;
    assert!(read.starts_with("HTTP/1.1 401"), "{read}");
    let read = asked("sk-or-v1-any").await;
    assert!(read.starts_with("HTTP/1.1 502"), "it is tried: {read}");
    let said = interrupt(listening, 0).await;
    let told = "a request was refused: this is no key of OpenRouter's";
    assert_eq!(said.matches(told).count(), 1, "{said}");
}

/// What is wrong with a URL is told without what may be a password in it.
#[tokio::test]
async fn a_password_in_the_upstreams_url_is_shown_nowhere() {
    let home = Home::new();
    for url in [
        "https://ada:pw-of-ada@x.test/?key=abc",
        "ada:pw-of-ada@x.test",
    ] {
        let ran = home.run(&["listen", "--no-tui", "--upstream", url]).await;
        assert_eq!(ran.status, Some(2), "{}", ran.err);
        assert!(ran.err.contains("leave these out"), "{}", ran.err);
        assert!(!ran.err.contains("pw-of-ada"), "{}", ran.err);
    }
}
