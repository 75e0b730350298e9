//! A bucket as a PATH, against a stand-in for S3 on loopback that gives its keys two at a time.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::{Home, Ran, completions, run};

/// What the stand-in holds, by key, and the requests that it got.
struct Bucket {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Bucket {
    fn start(objects: &[(&str, Vec<u8>)]) -> Bucket {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let objects: BTreeMap<String, Vec<u8>> = objects
            .iter()
            .map(|(key, bytes)| ((*key).to_owned(), bytes.clone()))
            .collect();
        let (objects, asked) = (Arc::new(objects), Arc::<Mutex<Vec<String>>>::default());
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (objects, kept) = (Arc::clone(&objects), Arc::clone(&kept));
                std::thread::spawn(move || serve(stream, &objects, &kept));
            }
        });
        Bucket { url, asked }
    }

    async fn run(&self, home: &Home, arguments: &[&str]) -> Ran {
        let mut command = home.program(arguments);
        command
            .env("AWS_ACCESS_KEY_ID", "the-key")
            .env("AWS_SECRET_ACCESS_KEY", "the-secret")
            .env("AWS_SESSION_TOKEN", "the-token")
            .env("AWS_ENDPOINT_URL", &self.url);
        run(command, "").await
    }
}

fn encoded(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let one = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    key.bytes().map(one).collect()
}

fn serve(stream: TcpStream, objects: &BTreeMap<String, Vec<u8>>, asked: &Mutex<Vec<String>>) {
    let mut writer = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(first)) = lines.next() {
        while lines
            .next()
            .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
        {}
        let target = first.split(' ').nth(1).unwrap().to_owned();
        asked.lock().unwrap().push(target.clone());
        let (path, query) = target.split_once('?').unwrap();
        let of = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let mut values = pairs
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| value);
            values.next().unwrap_or_default().replace("%2F", "/")
        };
        assert!(!of("X-Amz-Signature").is_empty(), "{target}");
        assert_eq!(of("X-Amz-Security-Token"), "the-token");
        let (status, body) = if path == "/elsewhere/" {
            let error = "<Error><Code>PermanentRedirect</Code></Error>";
            (
                "301 Moved\r\nx-amz-bucket-region: eu-south-2",
                error.as_bytes().to_vec(),
            )
        } else if path == "/denied/" {
            (
                "403 No",
                b"<Error><Code>RequestTimeTooSkewed</Code></Error>".to_vec(),
            )
        } else if path == "/logs/" {
            (
                "200 OK",
                list(objects, &of("prefix"), &of("continuation-token")),
            )
        } else {
            let found = objects
                .iter()
                .find(|(key, _)| path == format!("/logs/{}", encoded(key)));
            match found {
                Some((_, bytes)) => ("200 OK", bytes.clone()),
                None => ("404 No", b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
            }
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let sent = writer
            .write_all(head.as_bytes())
            .and_then(|()| writer.write_all(&body));
        if sent.is_err() {
            return;
        }
    }
}

fn list(objects: &BTreeMap<String, Vec<u8>>, prefix: &str, token: &str) -> Vec<u8> {
    let from: usize = token.parse().unwrap_or_default();
    let all = objects.iter().filter(|(key, _)| key.starts_with(prefix));
    let page: Vec<_> = all.clone().skip(from).take(2).collect();
    let contents: String = page
        .iter()
        .map(|(key, bytes)| {
            format!(
                "<Contents><Key>{}</Key><LastModified>x</LastModified><ETag>\"e\"</ETag><Size>{}</Size></Contents>",
                encoded(key),
                bytes.len()
            )
        })
        .collect();
    let next = match all.count() > from + 2 {
        true => format!(
            "<NextContinuationToken>{}</NextContinuationToken>",
            from + 2
        ),
        false => String::new(),
    };
    format!("<ListBucketResult>{contents}{next}</ListBucketResult>").into_bytes()
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

fn numbered(numbers: std::ops::Range<usize>) -> String {
    let all = completions(numbers.end);
    let lines = all.lines().skip(numbers.start);
    lines.map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn a_bucket_is_read_in_the_order_of_its_keys() {
    let bucket = Bucket::start(&[
        ("2026-11-26/b c+&=\n.ndjson", numbered(2..4).into_bytes()),
        ("2026-11-26/a.ndjson", numbered(0..2).into_bytes()),
        ("2026-11-26/c.ndjson.gz", packed(&numbered(4..9))),
        ("2026-11-26/.hidden.ndjson", numbered(20..21).into_bytes()),
        ("2026-11-26/folder/", Vec::new()),
        ("2026-11-26/picture.png", b"\x89PNG\r\n".to_vec()),
        ("2026-11-27/d.ndjson", numbered(30..31).into_bytes()),
    ]);
    let home = Home::new();
    let dated = "s3://logs/{date}/";
    let arguments = ["map", dated, "--date", "2026-11-26"];
    for more in [&[][..], &["--lines"], &["--jobs", "2"]] {
        let ran = bucket.run(&home, &[&arguments, more].concat()).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        let ids: Vec<String> = ran
            .out
            .lines()
            .map(|line| {
                let event: serde_json::Value = serde_json::from_str(line).unwrap();
                event["ai_data"]["output"].as_str().unwrap().to_owned()
            })
            .collect();
        let expected: Vec<String> = (0..9).map(|n| format!("Answer {n}")).collect();
        assert_eq!(ids, expected, "{more:?}");
        assert!(
            !ran.err.contains('\u{1b}') && !ran.err.contains("the-"),
            "{ran:?}"
        );
    }
    let ran = bucket
        .run(&home, &["map", "--explain", "s3://logs/2026-11-26/c"])
        .await;
    assert!(
        ran.out.contains("s3://logs/2026-11-26/c.ndjson.gz:5"),
        "{ran:?}"
    );
    let ran = bucket
        .run(&home, &["send", "--dry-run", dated, "--date", "2026-11-26"])
        .await;
    assert!(ran.out.contains("9 would be sent"), "{ran:?}");
    let ran = bucket.run(&home, &["check", "s3://logs/2026-11-27/"]).await;
    assert!(ran.err.contains("1 completion"), "{ran:?}");
    assert!(bucket.asked.lock().unwrap().len() > 12);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_the_rest_is_read() {
    let bucket = Bucket::start(&[
        ("a.ndjson", numbered(0..1).into_bytes()),
        ("b/../../secrets/x.ndjson", numbered(1..2).into_bytes()),
        ("c.ndjson.gz", packed(&numbered(2..9))[..60].to_vec()),
        ("d.ndjson", numbered(3..4).into_bytes()),
    ]);
    let home = Home::new();
    let ran = bucket.run(&home, &["map", "s3://logs"]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("a key with a part `.` or `..`"), "{ran:?}");
    assert!(
        ran.err.contains("s3://logs/c.ndjson.gz") && ran.err.contains("cut off"),
        "{ran:?}"
    );
    assert!(
        ran.out.contains("Answer 0") && ran.out.contains("Answer 3"),
        "{ran:?}"
    );
    let asked = bucket.asked.lock().unwrap().join("\n");
    assert!(!asked.contains("secrets"), "{asked}");
    for (path, says) in [
        ("s3://logs/none/", "no object's key begins so"),
        (
            "s3://elsewhere/",
            "is in eu-south-2, not in us-east-1; set AWS_REGION=eu-south-2",
        ),
        ("s3://denied/", "clock is too far"),
        ("s3:///x", "no bucket can have the name"),
        ("s3://logs/{date}/", "Say it by --date"),
    ] {
        let ran = bucket.run(&home, &["map", path]).await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.err.contains(says), "{path}: {ran:?}");
        assert!(
            !ran.err.contains("Signature") && !ran.err.contains("the-token"),
            "{ran:?}"
        );
    }
    let ran = home.run(&["map", "s3://logs/"]).await;
    assert!(ran.err.contains("set AWS_ACCESS_KEY_ID"), "{ran:?}");
}
