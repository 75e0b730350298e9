//! `sink`: it tells what arrives, and stops when it is told to.

use std::process::Stdio;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, BufReader, Lines};

use super::{Home, completions, lines, run, within};

#[cfg(unix)]
#[tokio::test]
async fn it_tells_what_arrives_until_it_is_stopped() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(2));
    let store = home.path("store.ndjson");
    for (format, signal) in [("human", "-INT"), ("json", "-TERM")] {
        let mut command = home.program(&[
            "sink",
            "--listen",
            "127.0.0.1:0",
            "--format",
            format,
            "--fail",
            "503,ok",
        ]);
        command.args(["--store", store.to_str().unwrap()]);
        command.env("RAINSCOPE_SINK_KEY", "rk_of_the_sink_0123");
        let mut command = tokio::process::Command::from(command);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = within(err.next_line()).await.unwrap().unwrap();
        let base_url = line
            .split(' ')
            .find(|word| word.starts_with("http://"))
            .unwrap()
            .to_owned();
        let mut send = home.program(&["send", "--base-url", &base_url, &input]);
        send.env("RAINDROP_WRITE_KEY", "rk_of_the_sink_0123");
        assert_eq!(run(send, "").await.status, Some(0));
        let id = child.id().unwrap().to_string();
        let sent = tokio::process::Command::new("kill")
            .args([signal, &id])
            .status();
        assert!(within(sent).await.unwrap().success());
        let mut out = String::new();
        within(child.stdout.take().unwrap().read_to_string(&mut out))
            .await
            .unwrap();
        assert_eq!(within(child.wait()).await.unwrap().code(), Some(0));
        let told: Vec<&str> = out.lines().collect();
        if format == "human" {
            assert!(told[0].contains("503  POST /v1/events/track"), "{out}");
            assert!(told[2].contains("200  POST /v1/events/track"), "{out}");
        } else {
            let last: serde_json::Value = serde_json::from_str(told.last().unwrap()).unwrap();
            assert_eq!(
                (last["status"].as_u64(), last["accepted"].as_bool()),
                (Some(200), Some(true))
            );
            assert_eq!(last["event_ids"].as_array().map(Vec::len), Some(2));
        }
    }
    assert_eq!(lines(&store).len(), 4);
}

/// A build that collects events sees that some are missing.
#[cfg(unix)]
#[tokio::test]
async fn a_store_that_could_not_be_written_is_told_at_the_end() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(20));
    let sink = home.program(&["sink", "--listen", "127.0.0.1:0", "--store", "events"]);
    let mut command = tokio::process::Command::new("sh");
    // A limit of a file's size stands for a full disk.
    command.args(["-c", "ulimit -f 1; exec \"$0\" \"$@\""]);
    command.arg(sink.get_program()).args(sink.get_args());
    command.current_dir(home.path("")).stdout(Stdio::null());
    command.stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = within(err.next_line()).await.unwrap().unwrap();
    let url = line.split(' ').find(|word| word.starts_with("http://"));
    let send = home
        .run(&["send", "--base-url", url.unwrap(), &input])
        .await;
    assert_eq!(send.status, Some(1), "{send:?}");
    let id = child.id().unwrap().to_string();
    let sent = tokio::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(within(sent).await.unwrap().success());
    assert_eq!(within(child.wait()).await.unwrap().code(), Some(2));
    let mut said = String::new();
    while let Some(line) = within(err.next_line()).await.unwrap() {
        said += &line;
    }
    assert!(said.contains("the store could not be written"), "{said}");
}

/// A pager that nobody scrolls holds up neither requests nor the end; what it was not told is counted.
#[cfg(unix)]
#[tokio::test]
async fn a_reader_that_pauses_holds_up_nothing() {
    let home = Home::new();
    let command = home.program(&["sink", "--listen", "127.0.0.1:0", "--format", "json"]);
    let mut command = tokio::process::Command::from(command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(flooded(&home, &mut child, &mut err).await, Some(0));
    let mut said = String::new();
    while let Some(line) = within(err.next_line()).await.unwrap() {
        said += &line;
    }
    assert!(said.contains("more came that are not told above"), "{said}");
}

/// Nor where what it says is in the same pipe.
#[cfg(unix)]
#[tokio::test]
async fn a_reader_of_both_streams_that_pauses_holds_up_nothing() {
    let home = Home::new();
    let both = "exec \"$0\" \"$@\" 2>&1";
    let sink = home.program(&["sink", "--listen", "127.0.0.1:0"]);
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", both]).arg(sink.get_program());
    command.args(sink.get_args()).stdout(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(flooded(&home, &mut child, &mut out).await, Some(0));
}

/// Sends a sink more than a pipe holds of lines, of which only the first is read, and ends it; gives its status.
#[cfg(unix)]
async fn flooded<R: AsyncBufRead + Unpin>(
    home: &Home,
    child: &mut tokio::process::Child,
    lines: &mut Lines<R>,
) -> Option<i32> {
    let input = home.write("input.ndjson", &completions(1500));
    let line = within(lines.next_line()).await.unwrap().unwrap();
    let is_url = |word: &&str| word.starts_with("http://");
    let base_url = line.split(' ').find(is_url).unwrap().to_owned();
    let mut send = home.program(&["send", "--batch", "1", "--base-url", &base_url, &input]);
    send.env("RAINDROP_WRITE_KEY", "rk_of_the_sink_0123");
    let sent = run(send, "").await;
    assert_eq!(sent.status, Some(0), "{sent:?}");
    let id = child.id().unwrap().to_string();
    let signal = tokio::process::Command::new("kill")
        .args(["-TERM", &id])
        .status();
    assert!(within(signal).await.unwrap().success());
    within(child.wait()).await.unwrap().code()
}

#[tokio::test]
async fn what_does_not_start() {
    let home = Home::new();
    let table: [(&[&str], &str); 5] = [
        (&["--listen", "0.0.0.0:0"], "--allow-network"),
        (&["--listen", "nowhere"], "invalid"),
        (&["--fail", "maybe"], "is not an answer the sink can give"),
        (
            &["--store", "no/such/folder/store"],
            "cannot write its store",
        ),
        (&["--write-key", "two words"], "space"),
    ];
    for (arguments, says) in table {
        let mut all = vec!["sink"];
        if !arguments.contains(&"--listen") {
            all.extend(["--listen", "127.0.0.1:0"]);
        }
        all.extend(arguments);
        let ran = home.run(&all).await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.err.contains(says), "{ran:?}");
    }
}

/// A system that lets a program open few files at first would have it break calls.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_may_open_more_files_than_it_began_with() {
    let home = Home::new();
    let script = "ulimit -S -n 256; exec \"$0\" \"$@\"";
    let sink = home.program(&["sink", "--listen", "127.0.0.1:0"]);
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", script]).arg(sink.get_program());
    command.args(sink.get_args()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
    within(err.next_line()).await.unwrap().unwrap();
    let limits = format!("/proc/{}/limits", child.id().unwrap());
    let limits = std::fs::read_to_string(limits).unwrap();
    let of_files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = of_files.and_then(|line| line.split_whitespace().nth(3));
    let soft: u64 = soft.unwrap().parse().unwrap();
    assert!(soft > 256, "{limits}");
}

/// However many ask for a large event at once and don't read it, it is copied for one at a time.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_event_that_many_ask_for_takes_bounded_memory() {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpStream;

    const MOST: u64 = 450 << 10;
    let home = Home::new();
    let command = home.program(&["sink", "--listen", "127.0.0.1:0"]);
    let mut command = tokio::process::Command::from(command);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = within(err.next_line()).await.unwrap().unwrap();
    let address = line.split("http://").nth(1).unwrap();
    let address = address.split([' ', '/']).next().unwrap().to_owned();
    let ask = async |request: String| {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    };
    let head =
        "Host: localhost\r\nAuthorization: Bearer rk_0123456789abcdef\r\nConnection: close\r\n";
    for number in 0..14 {
        let part = format!(
            r#"{{"event_id":"e","event":"a","user_id":"u","is_pending":true,"properties":{{"k{number}":"{}"}}}}"#,
            "x".repeat(900 << 10)
        );
        let post = format!(
            "POST /v1/events/track_partial HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{part}",
            part.len()
        );
        let mut answer = String::new();
        let mut stream = ask(post).await;
        within(stream.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let mut unread = Vec::new();
    for _ in 0..70 {
        unread.push(ask(format!("GET /v1/events/e HTTP/1.1\r\n{head}\r\n")).await);
    }
    for stream in &mut unread {
        let mut begun = [0; 12];
        within(stream.read_exact(&mut begun)).await.unwrap();
        assert!(matches!(&begun, b"HTTP/1.1 200" | b"HTTP/1.1 503"));
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    let peak: u64 = peak.unwrap().trim().parse().unwrap();
    assert!(peak < MOST, "{peak} KiB");
}

/// A body of many tiny values takes its own size in memory, and hardly more.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_body_of_tiny_values_takes_its_own_size() {
    use tokio::io::AsyncWriteExt;

    const BODY: usize = 64 << 20;
    const MOST: u64 = 96 << 10;
    let home = Home::new();
    let body = format!("[{}0]", "0,".repeat(BODY / 2 - 2));
    // Each in a program of its own: what was freed is given back to the system a moment later.
    for chunked in [false, true] {
        let command = home.program(&["sink", "--listen", "127.0.0.1:0"]);
        let mut command = tokio::process::Command::from(command);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = within(err.next_line()).await.unwrap().unwrap();
        let address = line.split("http://").nth(1).unwrap();
        let address = address.split([' ', ',', ';', '/']).next().unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (length, before, behind) = match chunked {
            false => (format!("Content-Length: {}", body.len()), String::new(), ""),
            true => (
                "Transfer-Encoding: chunked".to_owned(),
                format!("{:x}\r\n", body.len()),
                "\r\n0\r\n\r\n",
            ),
        };
        let head = format!(
            "POST /v1/events/track HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n{length}\r\n\r\n{before}"
        );
        within(stream.write_all(head.as_bytes())).await.unwrap();
        within(stream.write_all(body.as_bytes())).await.unwrap();
        within(stream.write_all(behind.as_bytes())).await.unwrap();
        let mut answer = vec![0; 32];
        within(stream.read_exact(&mut answer)).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 413"), "{answer:?}");
        let id = child.id().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.unwrap().trim().strip_suffix(" kB").unwrap();
        let peak: u64 = peak.parse().unwrap();
        assert!(peak < MOST, "{peak} KiB at its peak, chunked: {chunked}");
    }
}
