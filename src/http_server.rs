//! Accepting HTTP/1.1 connections for the local sink and the proxy. By hand rather than with a framework's
//! loop, since it takes a limit on connections, a deadline for a request's head, and a service that can cut
//! a connection by failing instead of answering.

mod deadline;
pub(crate) mod local;

use std::error::Error;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use deadline::WriteDeadline;

/// How long to wait before accepting again after a failure. Chosen.
const AFTER_FAILURE: Duration = Duration::from_millis(20);

/// How long a connection may go without a whole head while others wait for its place. Chosen: clients send it at once.
const PROMPT: Duration = Duration::from_millis(200);

/// What connections may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// Connections served at once; more wait in the system's queue.
    pub(crate) connections: usize,
    /// Longest wait for a request's head, and on an idle connection.
    pub(crate) head_wait: Duration,
    /// Largest head of a request, in bytes; a longer one is answered 431.
    pub(crate) head_bytes: usize,
    /// Header fields of a request; one with more is answered 431.
    pub(crate) head_fields: usize,
    /// Longest wait for a client that does not read its answer; then its connection is cut.
    pub(crate) write_wait: Duration,
}

/// Accepts connections until told to stop, then waits for the open ones to end. A service that returns an
/// error cuts its connection.
pub(crate) async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let room = Arc::new(Semaphore::new(limits.connections));
    let (full, is_full) = watch::channel(false);
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = accept(&listener, &room, &full) => accepted,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok((stream, permit)) => {
                let (service, stop, is_full) = (service.clone(), stop.clone(), is_full.clone());
                open.spawn(connection(stream, service, limits, stop, is_full, permit));
            }
            // Out of file descriptors, or the peer has gone already: neither ends the server.
            Err(_) => sleep(AFTER_FAILURE).await,
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Ends when the server is told to stop, or when its handle is gone.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The next connection, once there is room for it; while there is none, `full` says so.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    full: &watch::Sender<bool>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = match Arc::clone(room).try_acquire_owned() {
        Ok(permit) => permit,
        Err(_) => {
            full.send_replace(true);
            let permit = Arc::clone(room).acquire_owned().await;
            full.send_replace(false);
            permit.map_err(io::Error::other)?
        }
    };
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

async fn connection<S, B>(
    stream: TcpStream,
    service: S,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
    is_full: watch::Receiver<bool>,
    permit: OwnedSemaphorePermit,
) where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let has_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&has_asked);
    let service = service_fn(move |request| {
        asked.store(true, Ordering::Relaxed);
        service.call(request)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_wait)
            .max_buf_size(limits.head_bytes)
            .max_headers(limits.head_fields)
            // An answer that is passed on has the date that its server gave it, or none.
            .auto_date_header(false)
            .preserve_header_case(true)
            .serve_connection(
                TokioIo::new(WriteDeadline::new(stream, limits.write_wait)),
                service
            )
    );
    // How a connection ends is its own business: a client may go at any time.
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        () = kept_out(&has_asked, is_full) => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(permit);
}

/// Ends when others are kept out by a connection that asks for nothing.
async fn kept_out(has_asked: &AtomicBool, mut is_full: watch::Receiver<bool>) {
    sleep(PROMPT).await;
    // Without the guard, which nobody may hold while waiting.
    let waited = is_full.wait_for(|is_full| *is_full).await.is_ok();
    if !waited || has_asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::convert::Infallible;

    use bytes::Bytes;
    use http_body_util::Full;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Whoever never reads the answer holds the only place for a while, and then another gets it.
    #[tokio::test]
    async fn a_client_that_never_reads_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let limits = ConnectionLimits {
            connections: 1,
            head_wait: Duration::from_secs(30),
            head_bytes: 1 << 14,
            head_fields: 100,
            write_wait: Duration::from_millis(100),
        };
        // Far more than the system takes for a client that does not read.
        let large = Bytes::from(vec![b'x'; 64 << 20]);
        let service = service_fn(move |request: http::Request<Incoming>| {
            let body = match request.uri().path() {
                "/large" => large.clone(),
                _ => Bytes::from_static(b"small"),
            };
            async move { Ok::<_, Infallible>(Response::new(Full::new(body))) }
        });
        let (_stop, stopping) = watch::channel(false);
        tokio::spawn(serve(listener, service, limits, stopping));
        let mut deaf = TcpStream::connect(at).await.unwrap();
        let ask =
            |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        deaf.write_all(ask("/large").as_bytes()).await.unwrap();
        let mut other = TcpStream::connect(at).await.unwrap();
        other.write_all(ask("/").as_bytes()).await.unwrap();
        let mut answer = String::new();
        let reading = other.read_to_string(&mut answer);
        let read = tokio::time::timeout(Duration::from_secs(20), reading).await;
        assert!(read.is_ok_and(|read| read.is_ok()));
        assert!(answer.ends_with("small"), "{answer}");
        drop(deaf);
    }

    /// Whoever begins a head and never ends it holds no place that another one waits for; with room for all, it may
    /// take its time.
    #[tokio::test]
    async fn half_a_head_keeps_nobody_out() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let limits = ConnectionLimits {
            connections: 3,
            head_wait: Duration::from_secs(600),
            head_bytes: 1 << 14,
            head_fields: 100,
            write_wait: Duration::from_secs(600),
        };
        let service = service_fn(move |_: http::Request<Incoming>| async {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"small"))))
        });
        let (_stop, stopping) = watch::channel(false);
        tokio::spawn(serve(listener, service, limits, stopping));
        let half = || async {
            let mut half = TcpStream::connect(at).await.unwrap();
            half.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
            half
        };
        let ask = |mut stream: TcpStream, rest: &'static str| async move {
            let _ = stream.write_all(rest.as_bytes()).await;
            let mut answer = String::new();
            let reading = stream.read_to_string(&mut answer);
            let read = tokio::time::timeout(Duration::from_secs(20), reading).await;
            assert!(read.is_ok(), "kept out");
            answer
        };
        let slow = half().await;
        sleep(PROMPT * 2).await;
        let answer = ask(slow, "st: a\r\nConnection: close\r\n\r\n").await;
        assert!(answer.ends_with("small"), "{answer}");
        let mut all = Vec::new();
        for _ in 0..20 {
            all.push(half().await);
        }
        let whole = TcpStream::connect(at).await.unwrap();
        let answer = ask(
            whole,
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        )
        .await;
        assert!(answer.ends_with("small"), "{answer}");
    }
}
