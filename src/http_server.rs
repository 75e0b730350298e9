//! Accepting HTTP/1.1 connections for the local sink and the proxy. By hand rather than with a framework's
//! loop, since it takes a limit on connections that idle ones keep nobody out by, a deadline for a request's head, and a
//! service that can cut a connection by failing instead of answering.

mod deadline;
pub(crate) mod local;
mod places;
mod watched;

use std::error::Error;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::TRANSFER_ENCODING;
use http::{HeaderMap, HeaderValue};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use deadline::WriteDeadline;
use places::{Place, Places};
use watched::AnswerBody;
pub(crate) use watched::RequestBody;

/// Whether a body is coded on its way in any manner but in chunks (RFC 9112, 6.1), so that it is not what it seems to be.
pub(crate) fn is_coded(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &HeaderValue| {
        let coding = coding.as_bytes().trim_ascii();
        coding.eq_ignore_ascii_case(b"chunked")
    };
    match (codings.next(), codings.next()) {
        (None, _) => false,
        (Some(coding), None) => !is_chunked(coding),
        (Some(_), Some(_)) => true,
    }
}

/// How long to wait before accepting again after a failure. Chosen.
const AFTER_FAILURE: Duration = Duration::from_millis(20);

/// How long a connection that is to leave may take for it, so that what it began to send arrives. Chosen.
const LEAVING: Duration = Duration::from_millis(100);

/// What connections may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// Connections served at once. One that waits for its client leaves for a newcomer; more wait in the system's queue.
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
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let places = Places::new(limits.connections);
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = accept(&listener, &places) => accepted,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok((stream, place)) => {
                let (service, stop) = (service.clone(), stop.clone());
                open.spawn(connection(stream, service, limits, stop, place));
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

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Places>) -> io::Result<(TcpStream, Place)> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    let place = places.take().await;
    let place = place.ok_or_else(|| io::Error::other("the server is over"))?;
    Ok((stream, place))
}

async fn connection<S, B>(
    stream: TcpStream,
    service: S,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
    place: Place,
) where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let activity = Arc::clone(&place.activity);
    let told = Arc::clone(&activity);
    let service = service_fn(move |request: Request<Incoming>| {
        told.asked();
        let activity = Arc::clone(&told);
        let answering = service.call(request.map(|body| RequestBody::new(body, activity.clone())));
        async move {
            let answer = answering.await?;
            Ok::<_, S::Error>(answer.map(|body| AnswerBody::new(body, activity)))
        }
    });
    let stream = WriteDeadline::new(stream, limits.write_wait, Arc::clone(&activity));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_wait)
            .max_buf_size(limits.head_bytes)
            .max_headers(limits.head_fields)
            // An answer that is passed on has the date that its server gave it, or none.
            .auto_date_header(false)
            .preserve_header_case(true)
            .serve_connection(TokioIo::new(stream), service)
    );
    // How a connection ends is its own business: a client may go at any time.
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        is_idle = activity.is_to_leave() => if is_idle {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(LEAVING, connection).await;
        },
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(place);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::convert::Infallible;

    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Limits that nothing but the number of connections comes near.
    fn patient(connections: usize) -> ConnectionLimits {
        ConnectionLimits {
            connections,
            head_wait: Duration::from_secs(600),
            head_bytes: 1 << 14,
            head_fields: 100,
            write_wait: Duration::from_secs(600),
        }
    }

    /// Whoever never reads the answer holds the only place for a while, and then another gets it.
    #[tokio::test]
    async fn a_client_that_never_reads_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let limits = ConnectionLimits {
            write_wait: Duration::from_millis(100),
            ..patient(1)
        };
        // Far more than the system takes for a client that does not read.
        let large = Bytes::from(vec![b'x'; 64 << 20]);
        let service = service_fn(move |request: Request<RequestBody>| {
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
        let service = service_fn(move |_: Request<RequestBody>| async {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"small"))))
        });
        let (_stop, stopping) = watch::channel(false);
        tokio::spawn(serve(listener, service, patient(3), stopping));
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
        let whole = || async {
            let stream = TcpStream::connect(at).await.unwrap();
            let head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            let answer = ask(stream, head).await;
            assert!(answer.ends_with("small"), "{answer}");
        };
        // Others come and go in the places that are left.
        let slow = half().await;
        for _ in 0..5 {
            whole().await;
        }
        let answer = ask(slow, "st: a\r\nConnection: close\r\n\r\n").await;
        assert!(answer.ends_with("small"), "{answer}");
        let mut all = Vec::new();
        for _ in 0..20 {
            all.push(half().await);
        }
        whole().await;
    }

    /// A server with three places whose answers wait for nothing, or for `go` at `/wait`.
    async fn three_places() -> (
        std::net::SocketAddr,
        watch::Sender<bool>,
        watch::Sender<bool>,
    ) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (go, may_go) = watch::channel(false);
        let service = service_fn(move |request: Request<RequestBody>| {
            let mut may_go = may_go.clone();
            async move {
                if request.uri().path() == "/wait" {
                    let _ = may_go.wait_for(|go| *go).await;
                }
                let body = request.into_body().collect().await?.to_bytes();
                let says = format!("got {} bytes", body.len());
                Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(says))))
            }
        });
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(serve(listener, service, patient(3), stopping));
        (at, go, stop)
    }

    /// Reads on until a text has come; false where the connection is over before that.
    async fn reads(stream: &mut TcpStream, text: &str) -> bool {
        let mut got = Vec::new();
        let reading = async {
            while !String::from_utf8_lossy(&got).contains(text) {
                if !matches!(stream.read_buf(&mut got).await, Ok(1..)) {
                    return false;
                }
            }
            true
        };
        let read = tokio::time::timeout(Duration::from_secs(20), reading).await;
        read.expect("an answer, or the end of the connection")
    }

    async fn asks(stream: &mut TcpStream, path: &str) {
        let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let _ = stream.write_all(head.as_bytes()).await;
    }

    /// Kept connections on which nothing is asked keep nobody out: for each newcomer the one goes that was idle the
    /// longest, and the others stay.
    #[tokio::test]
    async fn an_idle_connection_makes_room() {
        let (at, _go, _stop) = three_places().await;
        let mut idle = Vec::new();
        for _ in 0..3 {
            let mut stream = TcpStream::connect(at).await.unwrap();
            asks(&mut stream, "/").await;
            assert!(reads(&mut stream, "got 0").await);
            idle.push(stream);
        }
        let mut newcomer = TcpStream::connect(at).await.unwrap();
        asks(&mut newcomer, "/").await;
        assert!(reads(&mut newcomer, "got 0").await, "kept out");
        assert!(!reads(&mut idle[0], "got").await, "the first has left");
        for kept in &mut idle[1..] {
            asks(kept, "/").await;
            assert!(reads(kept, "got 0").await, "the others stay");
        }
        // Nor do many that never ask for anything.
        let mut silent = Vec::new();
        for _ in 0..12 {
            silent.push(TcpStream::connect(at).await.unwrap());
        }
        let mut newcomer = TcpStream::connect(at).await.unwrap();
        asks(&mut newcomer, "/").await;
        assert!(reads(&mut newcomer, "got 0").await, "kept out by silence");
    }

    /// Bodies that never end keep nobody out, whether nothing of them comes or a byte now and then.
    #[tokio::test]
    async fn a_body_that_stalls_makes_room() {
        for drips in [false, true] {
            let (at, _go, _stop) = three_places().await;
            let mut stalled = Vec::new();
            for _ in 0..3 {
                let mut stream = TcpStream::connect(at).await.unwrap();
                let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc";
                stream.write_all(head.as_bytes()).await.unwrap();
                stalled.push(stream);
            }
            let mut newcomer = TcpStream::connect(at).await.unwrap();
            asks(&mut newcomer, "/").await;
            let mut reading = pin!(reads(&mut newcomer, "got 0"));
            let mut drip = tokio::time::interval(Duration::from_millis(50));
            let is_read = loop {
                tokio::select! {
                    is_read = reading.as_mut() => break is_read,
                    _ = drip.tick(), if drips => {
                        for stream in &mut stalled {
                            let _ = stream.write_all(b"d").await;
                        }
                    }
                }
            };
            assert!(is_read, "kept out, {drips}");
        }
    }

    /// Whoever is being answered is never sent away, nor is one whose body goes on.
    #[tokio::test]
    async fn who_is_served_stays() {
        let (at, go, _stop) = three_places().await;
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let mut stream = TcpStream::connect(at).await.unwrap();
            asks(&mut stream, "/wait").await;
            waiting.push(stream);
        }
        // Longer than a stalled body may take, in pieces that are progress.
        let (pieces, piece) = (30, [b'x'; 1024]);
        let mut sender = TcpStream::connect(at).await.unwrap();
        let length = pieces * piece.len();
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        sender.write_all(head.as_bytes()).await.unwrap();
        let mut newcomer = TcpStream::connect(at).await.unwrap();
        asks(&mut newcomer, "/").await;
        let mut beat = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..pieces {
            beat.tick().await;
            sender.write_all(&piece).await.unwrap();
        }
        assert!(reads(&mut sender, &format!("got {length} ")).await);
        // What has been served makes room.
        assert!(reads(&mut newcomer, "got 0").await);
        go.send_replace(true);
        for stream in &mut waiting {
            assert!(reads(stream, "got 0").await);
        }
    }
}
