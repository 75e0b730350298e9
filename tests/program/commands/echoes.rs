//! Servers that echo the write key in a form that can be read back: the real program shows none of it, and
//! keeps none of it in its history or its log.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Home, completions, run};

const KEY: &str = "rk_Never/show+this.9876543210";

fn each(convert: impl Fn(char) -> String) -> String {
    KEY.chars().map(convert).collect()
}

/// A colour sequence behind every so many characters: on screen nothing is left of it.
fn in_colours(text: &str, every: usize) -> String {
    let pieces = text.as_bytes().chunks(every);
    let pieces = pieces.map(|piece| format!("{}\\u001b[1m", String::from_utf8_lossy(piece)));
    pieces.collect()
}

/// The key in the forms in which a server may echo it.
fn forms() -> Vec<String> {
    vec![
        KEY.to_owned(),
        KEY.to_uppercase(),
        KEY.replace('/', r"\/"),
        KEY.replace('N', r"\u004e").replace('r', r"\u0072"),
        each(|c| format!("\\u{:04x}", c as u32)),
        each(|c| format!("\\\\u{:04X}", c as u32)),
        each(|c| format!("&#{};", c as u32)),
        each(|c| format!("&#x{:x};", c as u32)),
        KEY.replace('/', "&sol;").replace('_', "&lowbar;"),
        each(|c| format!("%{:02x}", c as u32)),
        KEY.replace('/', "%252F").replace('+', "%2B"),
        STANDARD.encode(KEY),
        URL_SAFE_NO_PAD.encode(format!("Authorization: Bearer {KEY}")),
        each(|c| format!("{:02x}", c as u32)),
        KEY[..12].to_owned(),
        KEY[KEY.len() - 9..].to_owned(),
        each(|c| format!("{c}\u{200b}")),
        each(|c| format!("{c}\\u001b[1m")),
        KEY.replace("show", "s\\u001b[31mhow")
            .replace("Never", "Ne\\u001b[0mver"),
        each(|c| format!("{c}\u{1f3fb}")),
        each(|c| format!("{c}&#8203;")),
        each(|c| format!("{c}\u{a0}")),
        in_colours(&STANDARD.encode(KEY), 1),
        in_colours(&STANDARD.encode(KEY), 4),
        in_colours(&STANDARD.encode(STANDARD.encode(KEY)), 1),
        in_colours(&each(|c| format!("{:02x}", c as u32)), 1),
        in_colours(&each(|c| format!("%{:02x}", c as u32)), 1),
        in_colours(&each(|c| format!("&#{};", c as u32)), 1),
        format!("key_{}", each(|c| format!("{:02x}", c as u32))),
        each(|c| format!("{:02x}:", c as u32)),
    ]
}

/// Refuses the first event with the first form in a JSON message, the second with the second, and so on.
async fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        let forms = forms();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 65536];
            let length = stream.read(&mut head).await.unwrap_or_default();
            let body = match head[..length].starts_with(b"GET /health ") {
                true => "{}".to_owned(),
                false => {
                    let form = &forms[count.fetch_add(1, Ordering::Relaxed) % forms.len()];
                    format!("{{\"error\":{{\"code\":\"NO\",\"message\":\"refused ({form})\"}}}}")
                }
            };
            let answer = format!(
                "HTTP/1.1 400 Bad\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    base_url
}

/// Whether any third of the form stands in what was written, as it came or as a screen shows it.
fn tells(written: &[u8], form: &str) -> bool {
    let shown = form.replace("\\u001b[1m", "");
    has_part(written, form) || has_part(written, &shown)
}

/// Whether any third of a text stands in what was written, as it is or inside JSON.
fn has_part(written: &[u8], form: &str) -> bool {
    let third = form.len().div_ceil(3);
    let parts = form.as_bytes().chunks(third.max(8));
    parts.filter(|part| part.len() >= 8).any(|part| {
        let quoted = serde_json::to_string(&String::from_utf8_lossy(part)).unwrap();
        let quoted = quoted.trim_matches('"').as_bytes();
        memchr::memmem::find(written, part).is_some()
            || memchr::memmem::find(written, quoted).is_some()
    })
}

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push((path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
}

#[tokio::test]
async fn no_form_of_the_key_is_shown_or_kept() {
    let home = Home::new();
    let forms = forms();
    let input = home.write("input.ndjson", &completions(forms.len()));
    for format in ["text", "json"] {
        let echo = echo().await;
        let arguments = ["send", &input, "--base-url", &echo, "--use-key"];
        let mut command = home.program(&arguments);
        command
            .args(["--batch", "1", "--concurrency", "1"])
            .env("RAINDROP_WRITE_KEY", KEY)
            .env("RAINSCOPE_LOG", "trace")
            .env("RAINSCOPE_LOG_PAYLOADS", "1");
        if format == "json" {
            command.args(["--format", "json"]);
        }
        let ran = run(command, "").await;
        assert_eq!(ran.status, Some(1), "{ran:?}");
        let said = format!("{}{}", ran.out, ran.err);
        assert!(said.contains("••••••"), "{said}");
        for form in &forms {
            assert!(!tells(said.as_bytes(), form), "{form} in {said}");
        }
    }
    let mut command = home.program(&["test", "--use-key", "--base-url", &echo().await]);
    command.env("RAINDROP_WRITE_KEY", KEY);
    let ran = run(command, "").await;
    let said = format!("{}{}", ran.out, ran.err);
    assert!(
        forms.iter().all(|form| !tells(said.as_bytes(), form)),
        "{said}"
    );
    let mut found = Vec::new();
    files(&home.path("state"), &mut found);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.iter().any(|name| name.contains("history")),
        "{names:?}"
    );
    assert!(names.iter().any(|name| name.contains("log")), "{names:?}");
    for (name, bytes) in &found {
        for form in &forms {
            assert!(!tells(bytes, form), "{form} in {name}");
        }
    }
}
