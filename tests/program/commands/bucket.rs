//! A stand-in for S3 on loopback that gives its keys two at a time, and whose answers may break off.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Home, Ran, run};

/// What becomes of a bucket after its first answer broke off.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    /// It does not know ranges.
    NoRanges,
    /// Its objects were replaced.
    Replaced,
}

/// What each of its readers has in the environment.
pub(super) const SECRET_KEY: &str = "the-secret";

/// A bucket called `logs`.
pub(super) struct Bucket {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Vec<u8>>,
    /// The targets that were asked for, without their queries where it is an object.
    asked: Vec<String>,
    ranges: Vec<String>,
    /// Bytes of an object after which its connection is cut.
    break_off_after: Option<usize>,
    change: Option<Change>,
    is_changed: bool,
    /// Whether its last page leads back to its first.
    is_circle: bool,
    /// Whether it lists all that it has, whatever was asked for.
    ignores_prefix: bool,
    /// Whether it lists each key twice.
    lists_twice: bool,
    /// What an ETag of the list begins with.
    etags_begin: &'static str,
}

impl Bucket {
    pub(super) fn start(objects: &[(&str, Vec<u8>)]) -> Bucket {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        let bucket = Bucket { url, state };
        for (key, bytes) in objects {
            bucket.put(key, bytes.clone());
        }
        bucket
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn put(&self, key: &str, bytes: Vec<u8>) {
        self.state().objects.insert(key.to_owned(), bytes);
    }

    pub(super) fn break_off_after(&self, bytes: usize) {
        self.state().break_off_after = Some(bytes);
    }

    pub(super) fn after_the_first_break(&self, change: Change) {
        self.state().change = Some(change);
    }

    pub(super) fn lists_in_circles(&self) {
        self.state().is_circle = true;
    }

    pub(super) fn ignores_prefix(&self) {
        self.state().ignores_prefix = true;
    }

    pub(super) fn lists_twice(&self) {
        self.state().lists_twice = true;
    }

    pub(super) fn has_weak_etags(&self) {
        self.state().etags_begin = "W/";
    }

    /// Every target that was asked for.
    pub(super) fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// The keys of the objects that were asked for since the last time, in order: several are asked for at once.
    pub(super) fn fetched(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.state().asked);
        let keys = asked.iter().filter_map(|target| {
            let path = target.split('?').next()?.strip_prefix("/logs/")?;
            (!path.is_empty()).then(|| path.to_owned())
        });
        let mut keys: Vec<String> = keys.collect();
        keys.sort();
        keys
    }

    /// The ranges of objects that were asked for.
    pub(super) fn ranges(&self) -> Vec<String> {
        self.state().ranges.clone()
    }

    pub(super) async fn run(&self, home: &Home, arguments: &[&str]) -> Ran {
        run(self.command(home, arguments), "").await
    }

    pub(super) fn command(&self, home: &Home, arguments: &[&str]) -> std::process::Command {
        let mut command = home.program(arguments);
        command
            .env("AWS_ACCESS_KEY_ID", "the-key")
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_SESSION_TOKEN", "the-token")
            .env("AWS_ENDPOINT_URL", &self.url);
        command
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

fn etag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:x}\"", hasher.finish())
}

struct Answer {
    status: String,
    body: Vec<u8>,
    /// How much of it is sent before the connection is cut.
    sent: Option<usize>,
}

impl Answer {
    fn of(status: impl Into<String>, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status: status.into(),
            body: body.into(),
            sent: None,
        }
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut writer = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(first)) = lines.next() {
        let mut headers = BTreeMap::new();
        while let Some(Ok(line)) = lines.next()
            && let Some((name, value)) = line.split_once(": ")
        {
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let target = first.split(' ').nth(1).unwrap();
        let answer = state.lock().unwrap().answer(target, &headers);
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n",
            answer.status,
            answer.body.len()
        );
        let body = &answer.body[..answer.sent.unwrap_or(answer.body.len())];
        let written = writer
            .write_all(head.as_bytes())
            .and_then(|()| writer.write_all(body));
        if written.is_err() || answer.sent.is_some() {
            let _ = writer.shutdown(Shutdown::Both);
            return;
        }
    }
}

impl State {
    fn answer(&mut self, target: &str, headers: &BTreeMap<String, String>) -> Answer {
        self.asked.push(target.to_owned());
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
        match path {
            "/elsewhere/" => Answer::of(
                "301 Moved\r\nx-amz-bucket-region: eu-south-2",
                "<Error><Code>PermanentRedirect</Code></Error>",
            ),
            "/denied/" => Answer::of("403 No", "<Error><Code>RequestTimeTooSkewed</Code></Error>"),
            "/logs/" => Answer::of(
                "200 OK",
                self.list(&of("prefix"), &of("continuation-token")),
            ),
            path => self.object(path, headers),
        }
    }

    fn object(&mut self, path: &str, headers: &BTreeMap<String, String>) -> Answer {
        let is_it = |(key, _): &(&String, &Vec<u8>)| path == format!("/logs/{}", encoded(key));
        let Some((_, bytes)) = self.objects.iter().find(is_it) else {
            return Answer::of("404 No", "<Error><Code>NoSuchKey</Code></Error>");
        };
        let change = self.change.filter(|_| self.is_changed);
        let is_listed = match self.etags_begin {
            "" => headers["if-match"] == etag(bytes),
            // They tell no versions apart, so no request may depend on one.
            _ => !headers.contains_key("if-match"),
        };
        if !is_listed || matches!(change, Some(Change::Replaced)) {
            return Answer::of("412 No", "<Error><Code>PreconditionFailed</Code></Error>");
        }
        let mut answer = Answer::of("200 OK", bytes.clone());
        if let Some(range) = headers.get("range") {
            self.ranges.push(range.clone());
            if !matches!(change, Some(Change::NoRanges)) {
                let from = range.strip_prefix("bytes=").unwrap();
                let from: usize = from.strip_suffix('-').unwrap().parse().unwrap();
                let (last, size) = (bytes.len() - 1, bytes.len());
                let part = format!("206 Partial\r\nContent-Range: bytes {from}-{last}/{size}");
                answer = Answer::of(part, &bytes[from..]);
            }
        }
        if let Some(after) = self.break_off_after
            && answer.body.len() > after
        {
            answer.sent = Some(after);
            self.is_changed = true;
        }
        answer
    }

    fn list(&self, prefix: &str, token: &str) -> String {
        let from: usize = token.parse().unwrap_or_default();
        let all = self
            .objects
            .iter()
            .filter(|(key, _)| self.ignores_prefix || key.starts_with(prefix));
        let contents: String = all
            .clone()
            .skip(from)
            .take(2)
            .map(|(key, bytes)| {
                format!(
                    "<Contents><Key>{}</Key><LastModified>x</LastModified><ETag>{}{}</ETag><Size>{}</Size></Contents>",
                    encoded(key),
                    self.etags_begin,
                    etag(bytes),
                    bytes.len()
                )
            })
            .collect();
        let contents = contents.repeat(if self.lists_twice { 2 } else { 1 });
        let next = match all.count() > from + 2 {
            true => format!(
                "<NextContinuationToken>{}</NextContinuationToken>",
                from + 2
            ),
            false if self.is_circle => {
                "<NextContinuationToken>2</NextContinuationToken>".to_owned()
            }
            false => String::new(),
        };
        format!(
            "<ListBucketResult><EncodingType>url</EncodingType>{contents}{next}</ListBucketResult>"
        )
    }
}
