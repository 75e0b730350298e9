//! A server on loopback that plays a script of answers, byte by byte, one for each request, and
//! tells what it received.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
    task::JoinSet,
};

/// What to do with one request.
#[derive(Debug, Clone)]
pub enum Play {
    /// Send these bytes and keep the connection.
    Answer(String),
    /// Send these bytes and close.
    Cut(String),
    /// Send nothing, keep the connection open.
    Hang,
    /// Send the first text at once and then one byte every few milliseconds, for ever.
    Drip(String),
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
}

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    pub url: String,
    requests: mpsc::UnboundedReceiver<Received>,
    _running: JoinSet<()>,
}

/// An answer with a right `Content-Length`.
pub fn answer(status: &str, headers: &str, body: &str) -> Play {
    let length = body.len();
    Play::Answer(format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    ))
}

impl Server {
    /// Plays each entry once; afterwards it hangs.
    pub async fn start(script: impl IntoIterator<Item = Play>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script: VecDeque<Play> = script.into_iter().collect();
        let script = Arc::new(Mutex::new(script));
        let (told, requests) = mpsc::unbounded_channel();
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&script), told.clone()));
            }
        });
        Self {
            url,
            requests,
            _running: running,
        }
    }

    /// Waits for the next request.
    pub async fn next(&mut self) -> Received {
        super::within(self.requests.recv()).await.unwrap()
    }

    /// The requests that came and were not looked at.
    pub fn rest(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<Mutex<VecDeque<Play>>>,
    told: mpsc::UnboundedSender<Received>,
) {
    while let Some(received) = read(&mut stream).await {
        let _ = told.send(received);
        let play = script.lock().await.pop_front().unwrap_or(Play::Hang);
        match play {
            Play::Answer(text) => stream.write_all(text.as_bytes()).await.unwrap_or_default(),
            Play::Cut(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
                let _ = stream.shutdown().await;
                return;
            }
            Play::Hang => std::future::pending().await,
            Play::Drip(text) => {
                let mut alive = stream.write_all(text.as_bytes()).await.is_ok();
                let mut clock = tokio::time::interval(Duration::from_millis(5));
                while alive {
                    clock.tick().await;
                    alive = stream.write_all(b"x").await.is_ok();
                }
                return;
            }
        }
    }
}

/// The next request; none where the client has closed.
pub async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = memchr::memmem::find(&bytes, b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let length = head
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>())
        })
        .map_or(0, Result::unwrap);
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = bytes[end..].to_vec();
    Some(Received { head, body })
}
