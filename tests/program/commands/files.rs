//! The program's own files under strain: several programs that save at once, what a killed one left, pipes where files
//! should be, lines that broke off; and what a crash or a proxy must not get.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use rainscope::delivery::sink::SinkOptions;

use super::{Home, completions, run, sink};

/// Twelve programs save at once, each for a server of its own, and none loses what another saved.
#[tokio::test]
async fn twelve_connections_at_once_are_all_saved() {
    let home = Home::new();
    let mut servers = Vec::new();
    for _ in 0..12 {
        servers.push(sink(SinkOptions::default()).await);
    }
    let urls: Vec<String> = servers
        .iter()
        .map(|(sink, _)| sink.base_url().to_string())
        .collect();
    let connecting = urls.iter().enumerate().map(|(number, url)| {
        let command = home.program(&["connect", "--base-url", url]);
        let key = format!("rk_number_{number:04}\n");
        tokio::spawn(async move { run(command, &key).await })
    });
    let connecting: Vec<_> = connecting.collect();
    for ran in connecting {
        let ran = ran.await.unwrap();
        assert_eq!(ran.status, Some(0), "{ran:?}");
    }
    let saved = fs::read_to_string(home.path("config/credentials.toml")).unwrap();
    for (number, url) in urls.iter().enumerate() {
        assert!(
            saved.contains(&format!("\"{url}\" = \"rk_number_{number:04}\"")),
            "{saved}"
        );
    }
}

#[tokio::test]
async fn what_a_killed_program_left_of_its_credentials_is_gone_at_the_next_start() {
    let home = Home::new();
    let config = home.path("config");
    fs::create_dir(&config).unwrap();
    let left = config.join(".credentials.toml.0123456789abcdef0123456789abcdef");
    fs::write(&left, "[write_keys]\n'https://a.test' = 'rk_left_behind'\n").unwrap();
    home.run(&["config", "show"]).await;
    assert!(!left.exists());
}

#[cfg(unix)]
fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// Where a file should be there is a pipe that nobody writes into or reads from: the program says so and goes on.
#[cfg(unix)]
#[tokio::test]
async fn pipes_in_place_of_files_never_hang() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(1));
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let url = sink.base_url().to_string();
    for folder in ["config", "state"] {
        fs::create_dir(home.path(folder)).unwrap();
    }
    for (place, arguments) in [
        ("config/config.toml", &["config", "show"][..]),
        ("config/config.toml", &["map", &input]),
        ("rainscope.toml", &["check", &input]),
        (
            "config/credentials.toml",
            &["test", "--base-url", "https://a.invalid"],
        ),
        ("config/.credentials.toml.lock", &["config", "show"]),
        (
            "state/history.db",
            &["send", "--use-key", "--base-url", &url, &input],
        ),
        (
            "state/history.db-journal",
            &["send", "--use-key", "--base-url", &url, &input],
        ),
        ("state/rainscope.log", &["map", &input]),
        (
            "store.ndjson",
            &["sink", "--listen", "127.0.0.1:0", "--store", "store.ndjson"],
        ),
        (
            "calls.ndjson",
            &[
                "listen",
                "--no-tui",
                "--listen",
                "127.0.0.1:0",
                "--record",
                "calls.ndjson",
            ],
        ),
        ("report.html", &["report", "--out", "report.html", &input]),
        (
            "a.svg",
            &["shot", "--format", "dark", "--out", "a.svg", &input],
        ),
    ] {
        let place = home.path(place);
        pipe(&place);
        let mut command = home.program(arguments);
        if place.ends_with("rainscope.log") {
            command.env("RAINSCOPE_LOG", "debug");
        }
        if arguments[0] == "send" {
            command.env("RAINDROP_WRITE_KEY", "rk_0123456789");
        }
        // Fails rather than hangs.
        let ran = run(command, "").await;
        assert!(ran.status.is_some(), "{place:?}: {ran:?}");
        // Nothing is saved or swept then, so it is not looked at.
        let is_passed_over = place.ends_with(".credentials.toml.lock");
        if !is_passed_over {
            assert!(
                ran.err.contains("pipe") || ran.err.contains("it is no file"),
                "{place:?}: {ran:?}"
            );
        }
        fs::remove_file(&place).unwrap();
    }
}

#[tokio::test]
async fn the_store_goes_on_behind_half_a_line() {
    let home = Home::new();
    let store = home.path("store.ndjson");
    fs::write(&store, "{\"event\":{}}\n{\"event\":{\"ha").unwrap();
    let options = SinkOptions {
        store: Some(store.clone()),
        ..SinkOptions::default()
    };
    let (sink, _receipts) = sink(options).await;
    let input = home.write("input.ndjson", &completions(2));
    let url = sink.base_url().to_string();
    let mut command = home.program(&["send", "--base-url", &url, "--use-key", &input]);
    command.env("RAINDROP_WRITE_KEY", "rk_0123456789");
    let ran = run(command, "").await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let text = fs::read_to_string(&store).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[1], "{\"event\":{\"ha");
    for line in [lines[0], lines[2], lines[3]] {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "{line}"
        );
    }
}

/// A crash writes no image of the program, whose memory holds keys and conversations. The system shows that it would
/// not by keeping the process's memory and environment from its own user, too.
#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_core() {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Stdio;
    let home = Home::new();
    let mut command = home.program(&["sink", "--listen", "127.0.0.1:0"]);
    let mut sink = command.stderr(Stdio::piped()).spawn().unwrap();
    // It says where it listens as soon as it runs.
    sink.stderr.take().unwrap().read_exact(&mut [0]).unwrap();
    let of_sink = fs::read(format!("/proc/{}/environ", sink.id()));
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let capabilities = status.split("CapEff:").nth(1).unwrap();
    let capabilities = capabilities.lines().next().unwrap().trim();
    const MAY_TRACE_ALL: u64 = 1 << 19;
    let may_trace_all = u64::from_str_radix(capabilities, 16).unwrap() & MAY_TRACE_ALL != 0;
    assert!(of_sink.is_err() || may_trace_all);
    let killed = std::process::Command::new("kill")
        .args(["-QUIT", &sink.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let status = sink.wait().unwrap();
    assert_eq!(status.signal(), Some(3), "{status:?}");
    assert!(!status.core_dumped());
}

/// Plain `http` to another machine, where that is allowed, goes there and not to a proxy, which would read the key.
#[tokio::test]
async fn an_insecure_destination_is_not_reached_by_a_proxy() {
    let home = Home::new();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    proxy.set_nonblocking(true).unwrap();
    home.write(
        "config.toml",
        "[destination]\nbase_url = 'http://elsewhere.invalid'\ninsecure = true\n",
    );
    let mut command = home.program(&["test", "--config", "config.toml", "--use-key"]);
    command.env("RAINDROP_WRITE_KEY", "rk_0123456789");
    for variable in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        command.env(variable, &address);
    }
    let ran = run(command, "").await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    if let Ok((mut stream, _)) = proxy.accept() {
        let _ = stream.write_all(b"HTTP/1.1 502 Bad\r\n\r\n");
        panic!("the proxy was asked");
    }
}

/// A lock is its process's: closing the history as an input would let go of it. So where it lies in what is named, it is
/// passed over, by a link of either kind too, and refused where it is named itself.
#[cfg(unix)]
#[tokio::test]
async fn the_programs_own_history_is_no_input() {
    let home = Home::new();
    fs::create_dir(home.path("logs")).unwrap();
    home.write("logs/good.ndjson", &completions(2));
    let (sink, _receipts) = super::sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let send = async |input: &str| {
        let mut command = home.program(&["send", "--base-url", &base_url, input]);
        command.env("RAINSCOPE_STATE_DIR", home.path("logs/state"));
        super::run(command, "").await
    };
    assert_eq!(send("logs").await.status, Some(0));
    let history = home.path("logs/state/history.db");
    assert!(history.exists());
    std::os::unix::fs::symlink(&history, home.path("logs/other.db")).unwrap();
    fs::hard_link(&history, home.path("logs/kept.json")).unwrap();
    let ran = send("logs").await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(
        ["history.db", "other.db", "kept.json"]
            .iter()
            .all(|name| !ran.err.contains(name)),
        "{ran:?}"
    );
    for named in ["logs/state/history.db", "logs/other.db", "logs/kept.json"] {
        let ran = send(named).await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.err.contains("own history"), "{ran:?}");
    }
}
