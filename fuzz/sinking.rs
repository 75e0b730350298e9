//! What the fuzz target of the sink does with its bytes: requests to a real sink, by whole heads with any body or as bytes
//! from the first one on; and what must hold of its answers and of what it keeps.
//! `tests/program/wire/sink_fuzzed.rs` runs the committed corpus through it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rainscope::Document;
use rainscope::delivery::sink::{Receipt, Rules, Sink, SinkHandle, SinkOptions};
use rainscope::json::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Divides one body from the next.
const DIVIDER: &[u8] = b"\n---\n";
/// Bodies of one run.
const MOST: usize = 4;
/// What an answer may take. Chosen: a thousand times what one takes.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a body that are told of, at most.
const SHOWN: usize = 1 << 20;
/// A key that no receipt holds.
const KEY: &str = "key-never-told-0123456789";
const PATHS: [&str; 5] = [
    "/v1/events/track",
    "/v1/events/track_partial",
    "/v1/signals/track",
    "/v1/users/identify",
    "/v1/traces",
];

/// What a client does when it has sent its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// It waits for the answer, which its request says is the last one.
    Waits,
    /// It says that nothing more will come.
    Ends,
}

/// A sink, and all that it told since it was last asked.
pub struct Hearing {
    sink: SinkHandle,
    told: Arc<Mutex<Vec<Receipt>>>,
}

impl Hearing {
    /// Starts it.
    pub async fn start(rules: Rules) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&told);
        let options = SinkOptions {
            rules,
            ..SinkOptions::default()
        };
        let sink = Sink::start(options, move |receipt| all.lock().unwrap().push(receipt));
        Self {
            sink: sink.await.unwrap(),
            told,
        }
    }

    /// The first byte says where the bodies go and as what; without a path, they are whole requests.
    pub async fn hear(&self, bytes: &[u8]) {
        let Some((how, rest)) = bytes.split_first() else {
            return;
        };
        // A fuzzer finds the key in what it watches; what a client says itself is told back.
        if String::from_utf8_lossy(rest).contains(KEY) {
            return;
        }
        let path = PATHS.get(usize::from(how & 7));
        let mut bodies = rest;
        for _ in 0..MOST {
            let at = bodies.windows(DIVIDER.len()).position(|at| at == DIVIDER);
            let (body, others) = match at {
                Some(at) => (&bodies[..at], &bodies[at + DIVIDER.len()..]),
                None => (bodies, &b""[..]),
            };
            let answer = match path {
                Some(path) => {
                    self.ask(&request(path, how >> 3, body), Sender::Waits)
                        .await
                }
                None => self.ask(body, Sender::Ends).await,
            };
            if path.is_some() {
                self.whole(&answer);
            }
            for receipt in self.told.lock().unwrap().drain(..) {
                check(&receipt);
            }
            bodies = others;
            if bodies.is_empty() {
                break;
            }
        }
        // Whatever was said, it still answers, and all that it keeps is JSON.
        let get = |path| {
            format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n"
            )
        };
        for path in ["/health", "/v1/events"] {
            let answer = self.ask(get(path).as_bytes(), Sender::Waits).await;
            assert!(
                answer.starts_with(b"HTTP/1.1 200 "),
                "{path}: {}",
                String::from_utf8_lossy(&answer)
            );
            self.whole(&answer);
        }
        self.told.lock().unwrap().clear();
    }

    /// All that is answered until the sink closes; it may close before it has read all.
    async fn ask(&self, request: &[u8], sender: Sender) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.sink.addr()).await.unwrap();
        let mut answer = Vec::new();
        let exchange = async {
            if stream.write_all(request).await.is_ok() && sender == Sender::Ends {
                let _ = stream.shutdown().await;
            }
            let _ = stream.read_to_end(&mut answer).await;
        };
        let ended = timeout(PATIENCE, exchange).await;
        assert!(ended.is_ok(), "held for {PATIENCE:?}");
        answer
    }

    /// An answer is whole, and its body JSON or protobuf; the key is not in it.
    fn whole(&self, answer: &[u8]) {
        let text = String::from_utf8_lossy(answer);
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        assert!(!text.contains(KEY), "the key in {text}");
        if head.contains("application/json") {
            let read = Document::parse(body.into(), Limits::default());
            assert!(read.is_ok(), "no JSON: {body}");
        }
    }
}

/// A request whose head is right: its bits say what it is sent as.
fn request(path: &str, how: u8, body: &[u8]) -> Vec<u8> {
    let media = match how & 1 {
        0 => "application/json",
        _ => "application/x-protobuf",
    };
    let coding = match how >> 1 & 7 {
        1 => "Content-Encoding: gzip\r\n",
        2 => "Content-Encoding: deflate\r\n",
        3 => "Content-Encoding: br\r\n",
        4 => "Content-Encoding: zstd\r\n",
        _ => "",
    };
    let length = body.len();
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\nContent-Type: {media}\r\n{coding}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// What holds of anything that is told.
fn check(receipt: &Receipt) {
    assert!(receipt.body.len() <= SHOWN, "{}", receipt.body.len());
    assert!(!receipt.body_cut || !receipt.body.is_empty());
    let says = [&receipt.summary].into_iter().chain(&receipt.reasons);
    for text in says.chain(&receipt.strict) {
        assert!(!text.contains(KEY), "the key in {text}");
        assert!(
            !text.chars().any(char::is_control),
            "not fit to show: {text:?}"
        );
    }
    if receipt.accepted() {
        assert!(receipt.reasons.is_empty(), "{:?}", receipt.reasons);
    }
}
