//! Serving connections: HTTP/1.1, with a limit on their number and a deadline for a request's head.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{HEAD_LIMIT, Shared, pass};

/// Accepts until told to stop, then waits for the open connections to end.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(shared.limits.connections));
    let mut open = JoinSet::new();
    let mut stop = shared.stop.clone();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = accept(&listener, &room) => accepted,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok((stream, permit)) => {
                open.spawn(connection(stream, Arc::clone(&shared), permit));
            }
            // Out of file descriptors, or the peer was gone already: neither ends the proxy.
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Waits until it is said to stop. What watches is let go before the next wait.
async fn stopped(stop: &mut watch::Receiver<bool>) {
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

async fn connection(stream: TcpStream, shared: Arc<Shared>, permit: OwnedSemaphorePermit) {
    let mut stop = shared.stop.clone();
    let head_wait = shared.limits.head_wait;
    let service = service_fn(move |request| {
        let answering = pass::answer(request, Arc::clone(&shared));
        async move { Ok::<_, Infallible>(answering.await) }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_wait)
            .max_buf_size(HEAD_LIMIT)
            .preserve_header_case(true)
            .serve_connection(TokioIo::new(stream), service)
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
