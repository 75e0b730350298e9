//! Reading many events back: in pages, and no faster than the vendor allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rainscope::delivery::readback::{Found, Limits, ReadPlace, Sought, wait_for};
use rainscope::destination::{BaseUrl, Insecure, QueryKey};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::server::{Received, read};

const EVENTS: usize = 10_000;
const PAGE: usize = 50;

/// Answers lists as the Query API does, the latest event first.
async fn serve(mut stream: TcpStream, asked: Arc<AtomicUsize>) -> Option<()> {
    loop {
        let Received { head, .. } = read(&mut stream).await?;
        asked.fetch_add(1, Ordering::Relaxed);
        let target = head.split(' ').nth(1)?;
        assert!(target.starts_with("/v1/events?limit=50&"), "{target}");
        let cursor = target.split_once("cursor=").map(|(_, at)| at);
        let from: usize = cursor.map_or(0, |at| at.parse().unwrap());
        let data: Vec<_> = (from..from + PAGE)
            .map(|n| json!({"id": format!("e{n}"), "event_name": "e", "timestamp": "2026-11-26T00:00:00Z"}))
            .collect();
        let next = from + PAGE;
        let meta = json!({"cursor": next.to_string(), "has_more": next < EVENTS});
        let body = json!({"data": data, "meta": meta}).to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// Ten thousand events are two hundred requests, each an interval after the one before; here an interval is a few
/// milliseconds in place of the vendor's second.
#[tokio::test]
async fn ten_thousand_events_are_read_in_pages_at_the_vendors_pace() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&counted)));
        }
    });
    let base_url = BaseUrl::parse(&url, Insecure::Refused).unwrap();
    let key = QueryKey::new("qk_0123456789".to_owned()).unwrap();
    let place = ReadPlace::query_api(base_url, key, None);
    let of_the_vendor = Limits::of(&place, None);
    assert_eq!(of_the_vendor.interval, Duration::from_secs(1));
    let limits = Limits {
        interval: Duration::from_millis(5),
        ..of_the_vendor
    };
    let sought: Vec<Sought> = (0..EVENTS)
        .map(|n| Sought {
            id: format!("e{n}"),
            timestamp: None,
        })
        .collect();
    let mut found = vec![false; EVENTS];
    let mut most = 0;
    let begun = Instant::now();
    let search = wait_for(
        &place,
        &sought,
        &limits,
        |progress| most = progress.requests,
        |index, what| {
            assert!(matches!(what, Found::Event(_)), "{what:?}");
            assert!(!std::mem::replace(&mut found[index], true), "{index} twice");
        },
    );
    super::within(search).await;
    let took = begun.elapsed();
    assert!(found.iter().all(|found| *found));
    let requests = asked.load(Ordering::Relaxed);
    assert_eq!((requests, most), (EVENTS / PAGE, EVENTS / PAGE));
    let least = limits.interval * u32::try_from(requests - 1).unwrap();
    assert!(took >= least, "{took:?} for {requests} requests");
}
