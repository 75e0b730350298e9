//! A server on loopback that stands in for another one: it answers `/health` as it is told, everything else
//! with success, and keeps all that its socket received.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it answers to `GET /health`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As a Raindrop Workshop does.
    Workshop,
    /// As a Workshop that is not well.
    UnwellWorkshop,
    /// As some other server.
    Other,
    /// That there is no such path.
    Unknown,
    /// Nothing, ever.
    Silent,
    /// A head, and a body that never becomes whole.
    Half,
    /// More than is read of an answer, its name at the end.
    Long,
    /// That it is elsewhere.
    Moved,
    /// As a Workshop, compressed.
    Packed,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Request line and headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Request {
    /// The path.
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// The server; it goes on until the test ends.
#[derive(Debug)]
pub struct StandIn {
    /// Its base URL.
    pub url: String,
    received: Arc<Mutex<Vec<Request>>>,
}

impl StandIn {
    /// Starts one on a free port.
    pub fn start(health: Health) -> StandIn {
        StandIn::start_on(TcpListener::bind("127.0.0.1:0").unwrap(), health)
    }

    /// Starts one that is listening already.
    pub fn start_on(listener: TcpListener, health: Health) -> StandIn {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || serve(stream, health, &kept));
            }
        });
        StandIn { url, received }
    }

    /// Everything that its socket received, in order.
    pub fn received(&self) -> Vec<Request> {
        self.received.lock().unwrap().clone()
    }

    /// What it received besides the questions for its health.
    pub fn posted(&self) -> Vec<Request> {
        let mut all = self.received();
        all.retain(|request| request.path() != "/health");
        all
    }
}

fn serve(stream: TcpStream, health: Health, kept: &Mutex<Vec<Request>>) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let is_health = request.path() == "/health";
        kept.lock().unwrap().push(request);
        let answer = match (is_health, health) {
            (false, _) => answer("200 OK", r#"{"success":true}"#),
            (true, Health::Workshop) => answer("200 OK", r#"{"ok":true,"service":"workshop"}"#),
            (true, Health::UnwellWorkshop) => {
                answer("503 Down", r#"{"ok":false,"service":"Workshop"}"#)
            }
            (true, Health::Other) => answer("200 OK", r#"{"ok":true,"service":"proxy"}"#),
            (true, Health::Unknown) => answer("404 Not Found", ""),
            (true, Health::Half) => {
                "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"ok\":true".to_owned()
            }
            (true, Health::Silent) => String::new(),
            (true, Health::Long) => {
                let pad = "x".repeat(100_000);
                let body = format!(r#"{{"pad":"{pad}","service":"workshop"}}"#);
                answer("200 OK", &body)
            }
            (true, Health::Moved) => {
                "HTTP/1.1 308 Moved\r\nLocation: /healthz\r\nContent-Length: 0\r\n\r\n".to_owned()
            }
            (true, Health::Packed) => {
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\u{1f}\0\u{8}\0\0".to_owned()
            }
        };
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.trim_end().replace("\r\n", "\n");
    let request = Request {
        head,
        body: String::new(),
    };
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        body: String::from_utf8(body).unwrap(),
        ..request
    })
}
