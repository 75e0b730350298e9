//! The sink under attack: too large, too many, not HTTP. Afterwards it still takes an event.

use rainscope::delivery::{
    answer::DeliveryVerdict,
    sink::{CONNECTIONS, EVENT_LIMIT, SinkHandle, SinkOptions},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    KEY, event, patient,
    sink::{post, raw, start},
    within,
};

async fn still_takes_events(sink: &SinkHandle) {
    let (client, event) = (patient(), event());
    let attempt = within(client.attempt(sink.destination(), &event)).await;
    assert_eq!(
        attempt.outcome.verdict(),
        DeliveryVerdict::Accepted,
        "{attempt:?}"
    );
}

/// An event of exactly this many bytes.
fn of_size(bytes: usize) -> String {
    let event = |text: &str| {
        format!(
            r#"{{"event_id":"e","event":"n","user_id":"u","timestamp":0,"ai_data":{{"input":"{text}"}}}}"#
        )
    };
    event(&"x".repeat(bytes - event("").len()))
}

#[tokio::test]
async fn the_size_of_an_event() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let track = "/v1/events/track";
    let fits = of_size(EVENT_LIMIT);
    let too_large = of_size(EVENT_LIMIT + 1);
    let table = [
        (track, format!("[{fits}]"), "200"),
        (track, format!("[{fits},{fits},{fits}]"), "200"),
        (track, format!("[{fits},{too_large}]"), "413"),
        ("/v1/events/track_partial", too_large, "413"),
    ];
    for (path, body, status) in table {
        let answer = post(&sink, path, &body).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer:.500}"
        );
        let receipt = within(receipts.recv()).await.unwrap();
        assert_eq!(receipt.bytes, body.len());
        assert!(receipt.body.len() <= EVENT_LIMIT);
        assert_eq!(receipt.body_cut, body.len() > EVENT_LIMIT);
        if status == "413" {
            assert!(receipt.reasons[0].contains("1048577 bytes, an event may have 1048576"));
        }
    }
}

#[tokio::test]
async fn the_size_of_a_request() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    let head = format!(
        "POST /v1/events/track HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\nContent-Length: 67108865\r\n\r\n"
    );
    let answer = raw(&sink, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    still_takes_events(&sink).await;
}

#[tokio::test]
async fn garbage() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    let long = [
        b"GET /".as_slice(),
        &vec![b'a'; 300_000],
        b" HTTP/1.1\r\n\r\n",
    ]
    .concat();
    let noise: Vec<u8> = (0..50_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let table: [&[u8]; 8] = [
        b"\r\n\r\n\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /v1/events/track HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/events/track HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /v1/events/track HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        &long,
        &noise,
    ];
    for bytes in table {
        let mut stream = TcpStream::connect(sink.addr()).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        drop(stream);
        still_takes_events(&sink).await;
    }
    for body in ["\u{0}", "\u{feff}[]", "[1e999999]", "[\"\\ud800\"]", "nul"] {
        let answer = post(&sink, "/v1/events/track", body).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{body:?}: {answer}");
    }
    still_takes_events(&sink).await;
}

/// As many connections as there are places, kept and idle, hold nobody up: what waits for a place gets one at once, and not
/// when the first of them has waited long enough for a head.
#[tokio::test]
async fn idle_connections_hold_nobody_up() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    let mut idle = Vec::new();
    for number in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(sink.addr()).await.unwrap();
        if number % 2 == 0 {
            let asked = stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            asked.await.unwrap();
            let mut answer = [0; 16];
            within(stream.read_exact(&mut answer)).await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200"));
        }
        idle.push(stream);
    }
    let begun = std::time::Instant::now();
    let asked = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = within(raw(&sink, asked)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    drop(idle);
    still_takes_events(&sink).await;
}

/// All bodies together have a bound; what is beyond it is refused, and taken when there is room again. A small one always
/// has room.
#[tokio::test]
async fn bodies_that_are_held() {
    const MOST: usize = 512 * 1024;
    let (sink, _receipts) = start(SinkOptions {
        bodies: MOST,
        ..SinkOptions::default()
    })
    .await;
    let large = format!("[{}]", of_size(300 * 1024));
    let post_large = async || post(&sink, "/v1/events/track", &large).await;
    let taken = async || while !post_large().await.starts_with("HTTP/1.1 200 ") {};
    within(taken()).await;
    let hold = async || {
        let mut held = TcpStream::connect(sink.addr()).await.unwrap();
        let head = format!(
            "POST /v1/events/track HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MOST}\r\n\r\n"
        );
        held.write_all(head.as_bytes()).await.unwrap();
        let _ = held.write_all(&vec![b' '; MOST - 1024]).await;
        held
    };
    // The two race for the room, until the one that never ends has it.
    let (held, refused) = within(async {
        loop {
            let held = hold().await;
            for _ in 0..20 {
                let answer = post_large().await;
                if answer.starts_with("HTTP/1.1 503 ") {
                    return (held, answer);
                }
            }
        }
    })
    .await;
    assert!(refused.contains("BUSY"), "{refused}");
    still_takes_events(&sink).await;
    drop(held);
    within(taken()).await;
}

/// What is read back takes room until it has left, and a page has a bound in bytes: clients that don't read cost no memory
/// beyond that.
#[tokio::test]
async fn answers_that_nobody_reads() {
    const MOST: usize = 12 << 20;
    let (sink, _receipts) = start(SinkOptions {
        bodies: MOST,
        ..SinkOptions::default()
    })
    .await;
    for n in 0..12 {
        let event = format!(
            r#"[{{"event_id":"e{n}","event":"a","user_id":"u","timestamp":{n},"ai_data":{{"input":"{}"}}}}]"#,
            "x".repeat(900 << 10)
        );
        let taken = async || {
            while !post(&sink, "/v1/events/track", &event)
                .await
                .starts_with("HTTP/1.1 200 ")
            {}
        };
        within(taken()).await;
    }
    let get = format!(
        "GET /v1/events?limit=1000&order_by=timestamp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n"
    );
    let page = raw(&sink, get.as_bytes()).await;
    assert!(page.starts_with("HTTP/1.1 200 "), "{}", &page[..200]);
    assert!(page.len() < 6 << 20, "{}", page.len());
    assert!(page.contains("\"has_more\":true"));
    let cursor = page.split("\"cursor\":\"").nth(1).unwrap();
    let cursor = cursor.split('"').next().unwrap();
    let next = get.replace("order_by", &format!("cursor={cursor}&order_by"));
    let next = raw(&sink, next.as_bytes()).await;
    assert!(
        next.contains(&format!("\"id\":\"e{cursor}\"")),
        "{}",
        &next[..200]
    );
    // Some are asked for and never read, until there is no room.
    let mut unread = Vec::new();
    let busy = within(async {
        loop {
            let mut one = TcpStream::connect(sink.addr()).await.unwrap();
            one.write_all(get.as_bytes()).await.unwrap();
            unread.push(one);
            let answer = raw(&sink, get.as_bytes()).await;
            if answer.starts_with("HTTP/1.1 503 ") {
                return answer;
            }
        }
    });
    assert!(busy.await.contains("BUSY"));
    drop(unread);
    let read_again = async || {
        while !raw(&sink, get.as_bytes())
            .await
            .starts_with("HTTP/1.1 200 ")
        {}
    };
    within(read_again()).await;
}

#[tokio::test]
async fn a_flood_of_connections() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    // More than are served at once, and few enough for the system to queue the rest.
    let mut flood = Vec::new();
    for _ in 0..CONNECTIONS + 50 {
        flood.push(TcpStream::connect(sink.addr()).await.unwrap());
    }
    drop(flood);
    still_takes_events(&sink).await;
}

#[tokio::test]
async fn a_body_that_ends_early() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let mut stream = TcpStream::connect(sink.addr()).await.unwrap();
    let head = b"POST /v1/events/track HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n[";
    stream.write_all(head).await.unwrap();
    drop(stream);
    still_takes_events(&sink).await;
    let first = within(receipts.recv()).await.unwrap();
    // Whether the sink still hears of the early end depends on which of the two it reads first.
    assert!(matches!(first.status, Some(200 | 400)), "{first:?}");
}
