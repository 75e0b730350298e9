//! The proxy between raw sockets: what passes, byte for byte; what the observer is told; and how each kind
//! of ending reaches the other side.

mod admitting;
mod endings;
mod fuzzed;
mod keys;
mod limits;
mod listening;
mod many;
mod passing;

use std::future::Future;
use std::time::Duration;

use rainscope::proxy::{CallId, ExchangeEnding, Observation, Options, Proxy, ProxyLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What admits deliveries in the tests.
const TOKEN: &str = "deliveries-0123456789";
/// A key that must pass through and stay nowhere.
const KEY: &str = "sk-or-v1-never-kept-0123456789";

/// Fails rather than hangs.
async fn within<T>(what: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(Duration::from_secs(20), what).await;
    waited.expect("nothing came in time")
}

/// The proxy, a listener in place of OpenRouter, and what the observer was told.
struct Stage {
    proxy: Proxy,
    upstream: TcpListener,
    told: mpsc::UnboundedReceiver<Observation>,
}

impl Stage {
    async fn new() -> Stage {
        Stage::with(ProxyLimits::default()).await
    }

    async fn with(limits: ProxyLimits) -> Stage {
        let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", upstream.local_addr().unwrap());
        let (tell, told) = mpsc::unbounded_channel();
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            upstream: url.parse().unwrap(),
            token: Some(TOKEN.parse().unwrap()),
            limits,
        };
        let proxy = Proxy::start(options, move |observation| {
            let _ = tell.send(observation);
        });
        Stage {
            proxy: proxy.await.unwrap(),
            upstream,
            told,
        }
    }

    /// A connection of a client.
    async fn client(&self) -> Peer {
        let stream = TcpStream::connect(self.proxy.addr()).await.unwrap();
        Peer {
            stream,
            read: Vec::new(),
        }
    }

    /// The next connection that the proxy makes upstream.
    async fn upstream(&self) -> Peer {
        let (stream, _) = within(self.upstream.accept()).await.unwrap();
        Peer {
            stream,
            read: Vec::new(),
        }
    }

    /// The next thing that the observer is told.
    async fn told(&mut self) -> Observation {
        // What was refused is told to whoever shows it.
        loop {
            match within(self.told.recv()).await.unwrap() {
                Observation::Refused { .. } => {}
                told => return told,
            }
        }
    }

    /// All that is told of a call until it ends.
    async fn until_end(&mut self) -> Story {
        let mut story = Story::default();
        loop {
            match self.told().await {
                Observation::Began {
                    call, head, uri, ..
                } => {
                    story.call = Some(call);
                    story.heads.push(format!("{uri} {:?}", head.headers));
                }
                Observation::Request { bytes, .. } => story.request.extend(bytes.bytes()),
                Observation::Answered { status, head, .. } => {
                    story.heads.push(format!("{status} {:?}", head.headers));
                }
                Observation::Response {
                    bytes, after_ms, ..
                } => {
                    story.response.extend(bytes.bytes());
                    story.times.push(after_ms);
                }
                Observation::GivenUp { why, .. } => story.given_up = Some(why),
                Observation::Ended {
                    ending, after_ms, ..
                } => {
                    story.times.push(after_ms);
                    story.ending = Some(ending);
                    return story;
                }
                Observation::Delivery { .. } | Observation::Refused { .. } => {}
            }
        }
    }
}

/// One exchange as the observer saw it.
#[derive(Debug, Default)]
struct Story {
    call: Option<CallId>,
    heads: Vec<String>,
    request: Vec<u8>,
    response: Vec<u8>,
    times: Vec<u64>,
    given_up: Option<&'static str>,
    ending: Option<ExchangeEnding>,
}

/// One end of a connection.
struct Peer {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Peer {
    async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Reads on until all that was read holds `text`; gives all of it.
    async fn read_until(&mut self, text: &[u8]) -> String {
        while memchr::memmem::find(&self.read, text).is_none() {
            let count = within(self.stream.read_buf(&mut self.read)).await.unwrap();
            let read = String::from_utf8_lossy(&self.read);
            assert!(
                count > 0,
                "ended before {:?}: {read}",
                String::from_utf8_lossy(text)
            );
        }
        String::from_utf8_lossy(&self.read).into_owned()
    }

    /// Reads on to the end of the connection. An error of the connection is an end, too.
    async fn read_to_end(&mut self) -> String {
        while within(self.stream.read_buf(&mut self.read))
            .await
            .unwrap_or(0)
            > 0
        {}
        String::from_utf8_lossy(&self.read).into_owned()
    }
}

/// A request for a chat completion, with the body's length.
fn chat(body: &str) -> String {
    let length = body.len();
    format!(
        "POST /api/v1/chat/completions?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Type: application/json\r\nX-Session-Id: s-1\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Generation-Id: gen-1\r\n\
                           Transfer-Encoding: chunked\r\n\r\n";

/// A chunk of a chunked body.
fn chunk(text: &str) -> String {
    format!("{:X}\r\n{text}\r\n", text.len())
}
