//! What the fuzz target of the proxy does with its bytes: a client's, and a server's in place of OpenRouter, between which the
//! real proxy stands; and what must hold of what passed and of the copy. `tests/program/proxy/fuzzed.rs` runs the
//! committed corpus through it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use rainscope::capture::Capture;
use rainscope::completion::load::load;
use rainscope::listen::recorder::{CaptureChange, Recorder};
use rainscope::proxy::{CallId, ExchangeEnding, Observation, Options, Proxy, ProxyLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// Divides the client's bytes from the server's.
const DIVIDER: &[u8] = b"\n---\n";
/// A key that stays nowhere but in what passes.
const KEY: &str = "sk-or-v1-never-kept-0123456789";
/// The most that a copy may hold.
const COPY: usize = 64 << 10;

/// The first byte says how both sides' bytes are cut, and whether the client's begin with a good head; the others are the
/// client's, the divider, the server's. `idle` is how long a side that says nothing is waited for.
pub async fn proxy(bytes: &[u8], idle: Duration) {
    let Some((how, rest)) = bytes.split_first() else {
        return;
    };
    let at = memchr(rest);
    let (client, server) = match at {
        Some(at) => (&rest[..at], &rest[at + DIVIDER.len()..]),
        None => (rest, &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"[..]),
    };
    // Addresses of loopback are many, so that no port is used up by connections that have just ended.
    let host = Ipv4Addr::new(127, 1 + how % 250, digest(bytes), digest(client));
    let upstream = TcpListener::bind((host, 0)).await.unwrap();
    let authority = upstream.local_addr().unwrap().to_string();
    let (tell, told) = unbounded_channel();
    let options = Options {
        listen: SocketAddr::from((host, 0)),
        upstream: format!("http://{authority}").parse().unwrap(),
        token: Some("deliveries-0123456789".parse().unwrap()),
        limits: ProxyLimits {
            connections: 4,
            head_wait: idle,
            silence: idle,
            body_copy: COPY,
            copies: 4 * COPY,
        },
    };
    let proxy = Proxy::start(options, move |observation| {
        let _ = tell.send(observation);
    });
    let proxy = proxy.await.unwrap();
    let head = match how & 1 {
        1 => {
            format!(
                "POST /api/v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\n"
            )
        }
        _ => String::new(),
    };
    let sent = [head.as_bytes(), client].concat();
    let piece = 1 + usize::from(how >> 1);
    let answering = tokio::spawn(answer(upstream, server.to_vec(), piece, idle));
    let received = ask(proxy.addr(), &sent, piece, idle).await;
    proxy.stop(idle * 2).await;
    let upstream = timeout(idle * 8, answering).await.unwrap().unwrap();
    check(told, &received, &upstream, &authority);
}

fn memchr(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(DIVIDER.len())
        .position(|window| window == DIVIDER)
}

/// A number that depends on the bytes.
fn digest(bytes: &[u8]) -> u8 {
    let sum = bytes
        .iter()
        .fold(7_u32, |sum, byte| sum.wrapping_mul(31) ^ u32::from(*byte));
    (sum ^ (sum >> 8) ^ (sum >> 16)) as u8
}

/// The client: writes its bytes in pieces, then reads until nothing more comes.
async fn ask(addr: SocketAddr, bytes: &[u8], piece: usize, idle: Duration) -> Vec<u8> {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // Bytes that the system holds back do not count as on their way, where time stands still.
    stream.set_nodelay(true).unwrap();
    for piece in bytes.chunks(piece) {
        if stream.write_all(piece).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let mut read = Vec::new();
    while let Ok(Ok(1..)) = timeout(idle * 4, stream.read_buf(&mut read)).await {}
    read
}

/// The server: takes every connection, answers each head with its bytes in pieces, and keeps what it read.
async fn answer(
    listener: TcpListener,
    bytes: Vec<u8>,
    piece: usize,
    idle: Duration,
) -> Vec<Vec<u8>> {
    let mut connections = Vec::new();
    while let Ok(Ok((mut stream, _))) = timeout(idle * 4, listener.accept()).await {
        stream.set_nodelay(true).unwrap();
        let mut read = Vec::new();
        let has_head = |read: &[u8]| read.windows(4).any(|window| window == b"\r\n\r\n");
        while !has_head(&read) {
            match timeout(idle * 4, stream.read_buf(&mut read)).await {
                Ok(Ok(1..)) => {}
                _ => break,
            }
        }
        for piece in bytes.chunks(piece) {
            if stream.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        while let Ok(Ok(1..)) = timeout(idle, stream.read_buf(&mut read)).await {}
        connections.push(read);
    }
    connections
}

/// What the observer was told of one exchange.
#[derive(Debug)]
struct Copy {
    call: CallId,
    method: String,
    status: Option<u16>,
    request: Vec<u8>,
    response: Vec<u8>,
    given_up: bool,
    ending: Option<ExchangeEnding>,
}

fn check(
    mut told: UnboundedReceiver<Observation>,
    received: &[u8],
    upstream: &[Vec<u8>],
    authority: &str,
) {
    let mut copies: Vec<Copy> = Vec::new();
    let mut recorder = Recorder::new(COPY);
    while let Ok(observation) = told.try_recv() {
        assert!(!format!("{observation:?}").contains(KEY), "a key is told");
        take(&mut copies, &observation);
        if let CaptureChange::Ended(capture) = recorder.take(observation) {
            record(&capture);
        }
    }
    for copy in &copies {
        assert!(copy.ending.is_some(), "no end is told: {copy:?}");
        assert!(copy.request.len() <= COPY && copy.response.len() <= COPY);
    }
    let passed: Vec<Message<'_>> = upstream
        .iter()
        .flat_map(|read| Message::first(read))
        .collect();
    assert!(
        passed.len() <= copies.len(),
        "more requests went upstream than were told: {copies:?}"
    );
    for request in &passed {
        let hosts: Vec<&str> = request.values("host").collect();
        assert_eq!(hosts, [authority], "it went to another host");
        for name in [
            "te",
            "upgrade",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
        ] {
            assert_eq!(request.values(name).count(), 0, "{name} was passed on");
        }
    }
    // One exchange alone can be told for certain from others.
    let ([copy], [request], Some(response)) = (&copies[..], &passed[..], Message::first(received))
    else {
        return;
    };
    if copy.given_up {
        return;
    }
    let (body, _) = request.body();
    // A server that answers early ends the copy of what it goes on to read.
    assert!(
        copy.request.starts_with(&body) || body.starts_with(&copy.request),
        "another request was copied than passed: {:?} and {:?}",
        String::from_utf8_lossy(&copy.request),
        String::from_utf8_lossy(&body)
    );
    let has_body =
        copy.method != "HEAD" && !matches!(copy.status, None | Some(100..=199 | 204 | 304));
    if has_body && copy.status == response.status() {
        let (body, is_whole) = response.body();
        let is_same = match (&copy.ending, is_whole) {
            (Some(ExchangeEnding::Complete), true) => copy.response == body,
            _ => copy.response.starts_with(&body),
        };
        assert!(
            is_same,
            "another answer was copied than passed ({:?}): {:?} and {:?}",
            copy.ending,
            String::from_utf8_lossy(&copy.response),
            String::from_utf8_lossy(&body)
        );
        // What broke off must not look like a clean end.
        let is_broken = matches!(copy.ending, Some(ExchangeEnding::BrokenOff(_)));
        assert!(
            !(is_broken && is_whole && response.is_framed()),
            "broken off, and whole at the client"
        );
    }
}

fn take(copies: &mut Vec<Copy>, observation: &Observation) {
    let mut of = |call: CallId, change: &dyn Fn(&mut Copy)| {
        let copy = copies.iter_mut().find(|copy| copy.call == call);
        let copy = copy.expect("told of a call that did not begin");
        assert!(copy.ending.is_none(), "told of a call that is over");
        change(copy);
    };
    match observation {
        Observation::Began { call, method, .. } => copies.push(Copy {
            call: *call,
            method: method.to_string(),
            status: None,
            request: Vec::new(),
            response: Vec::new(),
            given_up: false,
            ending: None,
        }),
        Observation::Request { call, bytes } => {
            of(*call, &|copy| copy.request.extend_from_slice(bytes.bytes()));
        }
        Observation::Answered { call, status, .. } => {
            of(*call, &|copy| copy.status = Some(*status))
        }
        Observation::Response { call, bytes, .. } => {
            of(*call, &|copy| {
                copy.response.extend_from_slice(bytes.bytes())
            });
        }
        Observation::GivenUp { call, .. } => of(*call, &|copy| copy.given_up = true),
        Observation::Ended { call, ending, .. } => {
            of(*call, &|copy| copy.ending = Some(ending.clone()));
        }
        Observation::Delivery { .. } | Observation::Refused { .. } => {}
    }
}

/// A capture is a sample in one line, whatever passed.
fn record(capture: &Capture) {
    let sample = capture.sample();
    assert!(!sample.contains(['\n', '\r']), "{sample:?}");
    assert!(
        sample.len() < 64 * COPY,
        "a sample of {} bytes",
        sample.len()
    );
    let loaded = load("capture", sample.as_bytes());
    assert!(loaded.completions.len() <= 1, "{sample}");
}

/// A message as it came on a connection, read by other means than the proxy's.
struct Message<'m> {
    head: Vec<&'m str>,
    rest: &'m [u8],
}

impl<'m> Message<'m> {
    /// The first message of a connection, if its head came and is text.
    fn first(read: &'m [u8]) -> Option<Message<'m>> {
        let end = read.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&read[..end]).ok()?;
        Some(Message {
            head: head.split("\r\n").collect(),
            rest: &read[end + 4..],
        })
    }

    fn status(&self) -> Option<u16> {
        self.head.first()?.split(' ').nth(1)?.parse().ok()
    }

    fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'m str> + 's {
        let lines = self.head.iter().skip(1);
        lines.filter_map(move |line| {
            let (have, value) = line.split_once(':')?;
            have.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn is_chunked(&self) -> bool {
        self.values("transfer-encoding").count() > 0
    }

    /// Whether its end can be told without the connection's.
    fn is_framed(&self) -> bool {
        self.is_chunked() || self.values("content-length").count() > 0
    }

    /// The body as far as it came, and whether it is whole.
    fn body(&self) -> (Vec<u8>, bool) {
        if self.is_chunked() {
            return unchunked(self.rest);
        }
        let length = self.values("content-length").next();
        match length.and_then(|length| length.parse::<usize>().ok()) {
            Some(length) if self.rest.len() >= length => (self.rest[..length].to_vec(), true),
            Some(_) => (self.rest.to_vec(), false),
            None => (self.rest.to_vec(), true),
        }
    }
}

fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else {
            return (body, false);
        };
        let length = std::str::from_utf8(&rest[..end]).unwrap_or_default();
        let length = length.split(';').next().unwrap_or_default().trim();
        let Ok(length) = usize::from_str_radix(length, 16) else {
            return (body, false);
        };
        rest = &rest[end + 2..];
        if length == 0 {
            return (body, true);
        }
        if rest.len() < length + 2 {
            body.extend_from_slice(&rest[..length.min(rest.len())]);
            return (body, false);
        }
        body.extend_from_slice(&rest[..length]);
        rest = &rest[length + 2..];
    }
}
