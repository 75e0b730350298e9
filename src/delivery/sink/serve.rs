//! Serving connections by hand rather than with axum's own loop: it takes a limit on connections,
//! a deadline for a request's head, and a way to cut one instead of answering.

use std::{io, pin::pin, sync::Arc, time::Duration};

use axum::{Router, response::Response};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

use super::{CONNECTIONS, HEAD_TIMEOUT, hold_back, stopped};

/// Marks an answer that must not be sent: the connection is cut in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut;

/// Accepts until told to stop, then waits for the open connections to end.
pub(super) async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
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
                open.spawn(connection(stream, router.clone(), stop.clone(), permit));
            }
            // Out of file descriptors, or the peer was gone already: neither ends the sink.
            Err(_) => hold_back(Duration::from_millis(20)).await,
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
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

async fn connection(
    stream: TcpStream,
    router: Router,
    mut stop: watch::Receiver<bool>,
    permit: OwnedSemaphorePermit,
) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let answered = router.call(request);
        async move {
            let Ok(response): Result<Response, _> = answered.await;
            match response.extensions().get::<Cut>() {
                Some(Cut) => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
                None => Ok(response),
            }
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(64 * 1024)
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
