//! The sink's router as a service of the HTTP server: an answer that is marked [`CutConnection`] is not sent, its
//! connection is cut instead.

use std::io;

use axum::{Router, response::Response};
use hyper::{
    Request,
    service::{Service, service_fn},
};
use hyper_util::service::TowerToHyperService;
use tokio::{net::TcpListener, sync::watch};

use super::{CONNECTIONS, HEAD_TIMEOUT, WRITE_TIMEOUT};
use crate::http_server::{self, ConnectionLimits, RequestBody};

const LIMITS: ConnectionLimits = ConnectionLimits {
    connections: CONNECTIONS,
    head_wait: HEAD_TIMEOUT,
    head_bytes: 64 * 1024,
    head_fields: 100,
    write_wait: WRITE_TIMEOUT,
};

/// Marks an answer that must not be sent: the connection is cut in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct CutConnection;

/// Serves the router until told to stop, then waits for the open connections to end.
pub(super) async fn serve(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<RequestBody>| {
        let answered = router.call(request);
        async move {
            let Ok(response): Result<Response, _> = answered.await;
            match response.extensions().get::<CutConnection>() {
                Some(CutConnection) => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
                None => Ok(response),
            }
        }
    });
    http_server::serve(listener, service, LIMITS, stop).await;
}
