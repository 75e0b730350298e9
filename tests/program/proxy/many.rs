//! Many streams at once: none lost, none mixed, the copies within their budget.

use std::collections::HashMap;
use std::sync::Arc;

use rainscope::proxy::{ExchangeEnding, Observation, ProxyLimits};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Peer, STREAM_HEAD, Stage, chat, chunk, within};

/// Streams in all, and at one time.
const STREAMS: usize = 1000;
const AT_ONCE: usize = 100;
const PIECES: usize = 20;

fn piece(name: &str, number: usize) -> String {
    format!("data: {{\"of\":\"{name}\",\"number\":{number}}}\n\n")
}

/// Answers each request with a stream that names what was asked.
async fn answer(mut peer: Peer) {
    loop {
        let read = peer.read_until(b"}").await;
        let name = read.rsplit('"').nth(1).unwrap().to_owned();
        peer.read.clear();
        peer.write(STREAM_HEAD).await;
        for number in 0..PIECES {
            peer.write(chunk(&piece(&name, number))).await;
            tokio::task::yield_now().await;
        }
        peer.write("0\r\n\r\n").await;
        // The proxy may keep the connection for another request.
        let mut first = [0];
        if peer.stream.peek(&mut first).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

/// The text of an answer's chunked body.
fn unchunked(answer: &str) -> String {
    let (_, mut rest) = answer.split_once("\r\n\r\n").unwrap();
    let mut text = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            break;
        }
        text.push_str(&after[..length]);
        rest = &after[length + 2..];
    }
    text
}

#[tokio::test]
async fn a_thousand_streams_a_hundred_at_once_are_neither_lost_nor_mixed() {
    let limits = ProxyLimits {
        copies: 16 << 20,
        ..ProxyLimits::default()
    };
    let mut stage = Stage::with(limits).await;
    let upstream = std::mem::replace(
        &mut stage.upstream,
        tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap(),
    );
    let mut servers = JoinSet::new();
    servers.spawn(async move {
        let mut open = JoinSet::new();
        while let Ok((stream, _)) = upstream.accept().await {
            open.spawn(answer(Peer {
                stream,
                read: Vec::new(),
            }));
        }
    });
    let addr = stage.proxy.addr();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut clients = JoinSet::new();
    for number in 0..STREAMS {
        let room = Arc::clone(&room);
        clients.spawn(async move {
            let _permit = room.acquire().await.unwrap();
            let stream = tokio::net::TcpStream::connect(addr).await.unwrap();
            let mut peer = Peer {
                stream,
                read: Vec::new(),
            };
            let name = format!("stream-{number}");
            peer.write(chat(&format!("{{\"name\":\"{name}\"}}"))).await;
            let read = peer.read_until(b"\r\n0\r\n\r\n").await;
            // Where the chunks are cut is the proxy's affair.
            let expected: String = (0..PIECES).map(|number| piece(&name, number)).collect();
            assert_eq!(unchunked(&read), expected, "{name}");
        });
    }
    let mut requests: HashMap<_, Vec<u8>> = HashMap::new();
    let mut responses: HashMap<_, Vec<u8>> = HashMap::new();
    let mut ended = 0;
    while ended < STREAMS {
        match stage.told().await {
            Observation::Request { call, bytes } => {
                requests.entry(call).or_default().extend(bytes.bytes());
            }
            Observation::Response { call, bytes, .. } => {
                responses.entry(call).or_default().extend(bytes.bytes());
            }
            Observation::GivenUp { why, .. } => panic!("a copy was given up: {why}"),
            Observation::Ended { call, ending, .. } => {
                assert_eq!(ending, ExchangeEnding::Complete);
                let request = String::from_utf8(requests.remove(&call).unwrap()).unwrap();
                let name = request.rsplit('"').nth(1).unwrap().to_owned();
                let expected: String = (0..PIECES).map(|number| piece(&name, number)).collect();
                let response = responses.remove(&call).unwrap();
                assert_eq!(String::from_utf8(response).unwrap(), expected);
                ended += 1;
            }
            _ => {}
        }
    }
    while let Some(client) = within(clients.join_next()).await {
        client.unwrap();
    }
}
