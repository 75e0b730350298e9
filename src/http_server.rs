//! Accepting HTTP/1.1 connections for the local sink and the proxy. By hand rather than with a framework's
//! loop, since it takes a limit on connections, a deadline for a request's head, and a service that can cut
//! a connection by failing instead of answering.

mod deadline;
pub(crate) mod local;

use std::error::Error;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::HttpService;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use deadline::WriteDeadline;

/// How long to wait before accepting again after a failure. Chosen.
const AFTER_FAILURE: Duration = Duration::from_millis(20);

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
pub(crate) async fn serve<S>(
    listener: TcpListener,
    service: S,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
) where
    S: HttpService<Incoming> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::ResBody: Send + 'static,
    <S::ResBody as Body>::Data: Send,
    <S::ResBody as Body>::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = accept(&listener, &room) => accepted,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok((stream, permit)) => {
                let (service, stop) = (service.clone(), stop.clone());
                open.spawn(connection(stream, service, limits, stop, permit));
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

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

async fn connection<S>(
    stream: TcpStream,
    service: S,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
    permit: OwnedSemaphorePermit,
) where
    S: HttpService<Incoming>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::ResBody: 'static,
    <S::ResBody as Body>::Error: Into<Box<dyn Error + Send + Sync>>,
{
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
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(permit);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::convert::Infallible;

    use bytes::Bytes;
    use http::Response;
    use http_body_util::Full;
    use hyper::service::service_fn;
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
}
