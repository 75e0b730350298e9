//! The wire, seen from outside: the sender against servers on loopback that misbehave on purpose,
//! and the local sink against well-behaved and hostile clients. Nothing here leaves the machine, and
//! no test sleeps: it waits for what it wants to see.
mod attempts;
mod bulk;
mod conformance;
mod connection;
mod generations;
mod openrouter;
mod reading_back;
mod retries;
mod schema;
pub(super) mod server;
mod sink;
mod sink_fuzzed;
mod sink_limits;
mod sink_reads;
mod sink_traces;

use std::{future::Future, sync::Arc, time::Duration};

use rainscope::{
    delivery::http::Client,
    destination::{BaseUrl, Destination, Insecure, ProjectSlug, WriteKey},
    event::wire::{Route, WireRequest},
};

/// The key that must never be seen anywhere but in the `Authorization` header.
const KEY: &str = "rk_never_show_this_0123456789";

const EVENT: &str = r#"[{"event_id":"e-1","event":"chat","user_id":"u","timestamp":"2026-06-05T12:33:10.123Z","properties":{"cost":1.00},"ai_data":{"input":"Hello","output":"Hi"}}]"#;

fn key() -> WriteKey {
    WriteKey::new(KEY.to_owned()).unwrap()
}

fn base(url: &str) -> BaseUrl {
    BaseUrl::parse(url, Insecure::Refused).unwrap()
}

fn raindrop(url: &str) -> Destination {
    let project = ProjectSlug::parse("my-project").unwrap();
    Destination::raindrop(base(url), key(), project)
}

fn request(route: Route, body: &str) -> WireRequest {
    WireRequest {
        route,
        event_id: "e-1".to_owned(),
        body: Arc::from(body.as_bytes()),
    }
}

fn event() -> WireRequest {
    request(Route::Track, EVENT)
}

/// Far longer than any test takes: a deadline that must not be met.
fn patient() -> Client {
    Client::new(Duration::from_secs(60))
}

/// A deadline that a test waits for.
fn hasty() -> Client {
    Client::new(Duration::from_millis(150))
}

/// Fails rather than hangs.
async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what)
        .await
        .unwrap()
}
