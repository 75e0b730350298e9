//! Text of payloads, file names, settings, variables, arguments and servers never acts on what reads the output: no
//! control characters, no forged lines, no commands for a build, in every format and on both streams.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Ends a line, forges a command and a line of a log, colours, turns the direction of writing.
const HOSTILE: &str = "x\n::error::FORGED\n  ::warning file=a::FORGED\r\nFORGED 200 ok\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}31m\u{85}::notice::FORGED\u{2028}::debug::FORGED\u{2029}\u{202e}back\u{2066}\u{200f}\u{61c}\u{7f}\u{b}##[error]FORGED";

/// What acts on a terminal or on a line, by its definition and not by the program's own.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
        )
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

struct Hostile {
    folder: tempfile::TempDir,
}

impl Hostile {
    fn new() -> Hostile {
        let hostile = Hostile {
            folder: tempfile::tempdir().unwrap(),
        };
        let quoted = serde_json::to_string(HOSTILE).unwrap();
        // As JSON allows it, without an escape where none is needed.
        let raw: String = HOSTILE.chars().filter(|c| *c >= ' ').collect();
        for (number, text) in [&quoted, &format!("\"{raw}\"")].into_iter().enumerate() {
            let completion = r#"{"name":T,"request":{"model":T,"user":T,"session_id":T,"trace":{T:T,"a":{T:1}},"messages":[{"role":T,"content":T}]},"response":{"id":T,"model":T,"provider":T,"choices":[{"index":0,"finish_reason":T,"native_finish_reason":T,"message":{"role":"assistant","content":T}}],"usage":{"cost":T},T:T}}"#;
            let error = r#"{"name":T,"request":{"model":T,"messages":[]},"response":{"error":{"code":402,"message":T,"metadata":{T:T}}}}"#;
            let leaking = r#"{"request":{"model":"m","trace":{"k":"T2"},"messages":[{"role":"user","content":"the quick brown fox jumps over the lazy dog sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef"}]},"response":{"id":"gen-1","choices":[{"message":{"role":"assistant","content":"the quick brown fox jumps over"}}]}}"#;
            let inner = &text[1..text.len() - 1];
            let leaking = leaking.replace(
                "T2",
                &format!("{inner} the quick brown fox jumps over the lazy dog sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef {inner}"),
            );
            let all = [
                completion.replace('T', text),
                error.replace('T', text),
                leaking,
            ]
            .join("\n");
            hostile.write(&format!("good{number}.ndjson"), &all);
            hostile.write(
                &format!("{}{number}.ndjson", file_name()),
                &format!("{all}\n{{\"broken\":{text}\n{raw}\n"),
            );
        }
        hostile.write(&format!("{}.json", file_name()), "{\"request\": nothing");
        hostile
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.is_file()).collect()
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rainscope"));
        command
            .args(arguments)
            .env_clear()
            .env("RAINSCOPE_CONFIG_DIR", self.folder.path().join("config"))
            .env("RAINSCOPE_STATE_DIR", self.folder.path().join("state"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program and looks at both of its streams.
    fn check(&self, mut command: Command) {
        let ran = command.output().unwrap();
        for bytes in [&ran.stdout, &ran.stderr] {
            look(bytes, &format!("{command:?}"));
        }
        assert!(ran.status.code().is_some_and(|code| code <= 2), "{ran:?}");
        assert!(
            !(ran.stdout.is_empty() && ran.stderr.is_empty()),
            "{command:?}"
        );
    }
}

fn file_name() -> String {
    HOSTILE.replace('/', "_")
}

/// What was written holds nothing that acts, and no line that was forged.
fn look(bytes: &[u8], what: &str) {
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines() {
        let found = line.chars().find(|c| acts(*c));
        assert_eq!(found, None, "{what}: {line:?}");
        let begins = line.trim_start();
        let is_own = ["::error file=", "::warning file=", "::notice file="]
            .iter()
            .any(|own| begins.starts_with(own) && what.contains("github"));
        assert!(is_own || !begins.starts_with("::"), "{what}: {line:?}");
        assert!(!begins.starts_with("FORGED"), "{what}: {line:?}");
        assert!(
            what == "the log" || !line.contains("##["),
            "{what}: {line:?}"
        );
        if is_own {
            // No property of a command ends early, nor does the command.
            let (properties, _) = begins[2..].split_once("::").unwrap();
            assert!(!properties.contains("FORGED,"), "{what}: {line:?}");
        }
    }
}

#[test]
fn payloads_and_file_names() {
    let hostile = Hostile::new();
    let files = hostile.files();
    for arguments in [
        &["map"][..],
        &["map", "--all"],
        &["map", "--pretty"],
        &["map", "--wire"],
        &["map", "--explain"],
        &["map", "--privacy"],
        &["check"],
        &["check", "--all"],
        &["check", "--privacy"],
        &["check", "--format", "json"],
        &["check", "--format", "github"],
        &["check", "--format", "junit"],
        &["check", "--deny", "warning", "--color", "never"],
        &["send", "--dry-run"],
        &["send", "--dry-run", "--format", "json"],
    ] {
        let mut command = hostile.program(arguments);
        command.args(&files);
        hostile.check(command);
    }
    for file in &files {
        for arguments in [
            &["shot", "--format", "text"][..],
            &["report"],
            &["report", "--with-text"],
            &["report", "--with-text", "--format", "markdown"],
            &["shot", "--format", "dark"],
        ] {
            let mut command = hostile.program(arguments);
            command.arg(file);
            hostile.check(command);
        }
    }
}

#[test]
fn a_coloured_report_has_its_own_colours_alone() {
    let hostile = Hostile::new();
    let mut command = hostile.program(&["check", "--all", "--color", "always"]);
    command.args(hostile.files());
    let ran = command.output().unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.contains("\u{1b}[1;"));
    let mut plain = text;
    for style in ["1", "0", "1;31", "1;33", "1;34", "1;36"] {
        plain = plain.replace(&format!("\u{1b}[{style}m"), "");
    }
    look(plain.as_bytes(), "check --color always");
}

#[test]
fn arguments() {
    let hostile = Hostile::new();
    for arguments in [
        &[HOSTILE][..],
        &["map", HOSTILE],
        &["check", HOSTILE],
        &["check", "--deny", HOSTILE],
        &["check", "--format", HOSTILE],
        &["check", "--project-file", HOSTILE],
        &["map", &format!("--{HOSTILE}")],
        &["map", "--trace", HOSTILE],
        &["map", "--trace", &format!("{HOSTILE}:={HOSTILE}")],
        &["map", "--base-url", HOSTILE],
        &["map", "--project", HOSTILE],
        &["map", "--config", HOSTILE],
        &["send", "--batch", HOSTILE],
        &["send", "--base-url", HOSTILE],
        &["send", "--dry-run", "--project", HOSTILE],
        &["sink", "--listen", HOSTILE],
        &["sink", "--fail", HOSTILE],
        &["sink", "--write-key", HOSTILE],
        &["sink", "--store", "/nowhere/\u{1b}[31m\n::error::FORGED"],
        &["listen", "--show", HOSTILE],
        &["listen", "--upstream", HOSTILE],
        &[
            "listen",
            "--no-tui",
            "--record",
            "/nowhere/\u{1b}[31m\n::error::FORGED",
        ],
        &["shot", "--size", HOSTILE],
        &["shot", "--keys", HOSTILE],
        &["shot", "--out", "/nowhere/\u{1b}[31m\n::error::FORGED"],
        &["test", "--base-url", HOSTILE],
        &["connect", "--base-url", HOSTILE],
        &["config", HOSTILE],
        &["config", "show", "--base-url", HOSTILE],
        &["config", "path", "--config", HOSTILE],
        &["completions", HOSTILE],
        &["::error::FORGED"],
        &["map", "::error::FORGED"],
        &["map", "##[error]FORGED"],
    ] {
        hostile.check(hostile.program(arguments));
    }
}

#[test]
fn settings_and_variables() {
    let hostile = Hostile::new();
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let config = hostile.folder.path().join("config");
    fs::create_dir(&config).unwrap();
    let raw: String = HOSTILE.chars().filter(|c| *c != '\n').collect();
    for text in [
        format!("{quoted} = 1"),
        format!("[{quoted}]\na = 1"),
        format!("[destination]\nbase_url = {quoted}"),
        format!("[destination]\nproject = {quoted}"),
        format!("[destination]\nkind = {quoted}"),
        format!("[destination]\ndefault_user = {quoted}"),
        format!("[destination]\nwrite_key_command = [{quoted}]"),
        format!("[keys]\n{quoted} = 'x'"),
        format!("[keys]\nquit = {quoted}"),
        format!("[{raw}"),
        format!("a = {raw}"),
    ] {
        fs::write(config.join("config.toml"), text).unwrap();
        for arguments in [
            &["config", "show"][..],
            &["config", "show", "--format", "json"],
            &["map", "good0.ndjson"],
            &["send", "--dry-run", "good0.ndjson"],
            &["test"],
        ] {
            hostile.check(hostile.program(arguments));
        }
    }
    fs::remove_file(config.join("config.toml")).unwrap();
    for text in [
        format!("[check]\n{quoted} = 1"),
        format!("[{raw}"),
        format!("[check]\nallow = [{quoted}]"),
    ] {
        fs::write(hostile.folder.path().join("rainscope.toml"), text).unwrap();
        hostile.check(hostile.program(&["check", "good0.ndjson"]));
    }
    fs::remove_file(hostile.folder.path().join("rainscope.toml")).unwrap();
    for variable in [
        "RAINSCOPE_BASE_URL",
        "RAINSCOPE_PROJECT",
        "RAINSCOPE_KIND",
        "RAINSCOPE_BATCH",
        "RAINSCOPE_LOG",
        "RAINDROP_WRITE_KEY",
        "RAINSCOPE_SINK_KEY",
        "RAINSCOPE_CONFIG_DIR",
        "RAINSCOPE_STATE_DIR",
        "RAINSCOPE_DELIVERIES_TOKEN",
        "RAINSCOPE_OPENROUTER_URL",
        "OPENROUTER_API_KEY",
    ] {
        for arguments in [
            &["config", "show"][..],
            &["config", "path"],
            &["send", "good0.ndjson"],
            &["sink", "--listen", "192.0.2.1:1"],
            &["listen", "--no-tui", "--listen", "192.0.2.1:1"],
        ] {
            let mut command = hostile.program(arguments);
            command.env(variable, HOSTILE);
            hostile.check(command);
        }
    }
}

/// Answers everything with the same.
fn server(status: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 65536]);
            let head = format!(
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    base_url
}

#[test]
fn answers_of_servers() {
    let hostile = Hostile::new();
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let bodies = [
        HOSTILE.to_owned(),
        format!("{{\"error\":{quoted}}}"),
        format!("{{\"error\":{{\"code\":{quoted},\"message\":{quoted}}}}}"),
        format!("<title>{HOSTILE}</title>"),
        format!("{{\"service\":{quoted}}}"),
    ];
    for body in bodies {
        let url = server("400 Bad", body);
        for arguments in [
            &["send", "good0.ndjson"][..],
            &["send", "--format", "json", "good0.ndjson"],
            &["test"],
            &["test", "--format", "json"],
            &["connect"],
        ] {
            let mut command = hostile.program(arguments);
            command
                .args(["--use-key", "--base-url", &url])
                .env("RAINDROP_WRITE_KEY", "rk_0123456789")
                .env("RAINSCOPE_LOG", "trace")
                .env("RAINSCOPE_LOG_PAYLOADS", "1");
            hostile.check(command);
        }
    }
    let log = hostile.folder.path().join("state/rainscope.log");
    let log = fs::read(log).unwrap();
    assert!(!log.is_empty());
    look(&log, "the log");
}

#[test]
fn what_reaches_the_sink() {
    for format in ["human", "json"] {
        let hostile = Hostile::new();
        let mut command = hostile.program(&["sink", "--listen", "127.0.0.1:0", "--format", format]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut sink = command.spawn().unwrap();
        let mut stderr = std::io::BufReader::new(sink.stderr.take().unwrap());
        let mut first = String::new();
        std::io::BufRead::read_line(&mut stderr, &mut first).unwrap();
        let at = first.split("http://").nth(1).unwrap();
        let at = at.split([' ', '/']).next().unwrap().to_owned();
        let quoted = serde_json::to_string(HOSTILE).unwrap();
        let raw: String = HOSTILE.chars().filter(|c| *c >= ' ').collect();
        for text in [quoted, format!("\"{raw}\"")] {
            for (path, body) in [
                (
                    "/v1/events/track",
                    format!(
                        "[{{\"event_id\":{text},\"event\":{text},\"user_id\":{text},\"ai_data\":{{\"model\":{text},\"input\":1}},{text}:{text}}}]"
                    ),
                ),
                ("/v1/events/track", text.clone()),
                ("/v1/events/track", raw.clone()),
                ("/v1/traces", format!("{{\"resourceSpans\":{text}}}")),
                ("/%0a::error::FORGED%1b%9b", String::new()),
                ("/\u{202e}\u{9b}::error::FORGED", String::new()),
            ] {
                let mut stream = TcpStream::connect(&at).unwrap();
                let head = format!(
                    "POST {path} HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes()).unwrap();
                let _ = stream.read_to_end(&mut Vec::new());
            }
        }
        // What it prints may come after its answer.
        let mut stdout = sink.stdout.take().unwrap();
        let mut out = vec![0; 501];
        stdout.read_exact(&mut out).unwrap();
        sink.kill().unwrap();
        stdout.read_to_end(&mut out).unwrap();
        sink.wait().unwrap();
        assert!(out.len() > 500, "{}", String::from_utf8_lossy(&out));
        look(&out, format);
    }
}
