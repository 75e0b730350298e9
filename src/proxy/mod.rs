//! A pass-through proxy on this machine: an app's requests go to one upstream and nowhere else, their bytes
//! unaltered in both directions, and a copy of each exchange is handed to an observer.
//!
//! Nothing the proxy does for itself holds up the app's traffic: the observer must not block, and where the copies
//! would take too much memory, the copy of an exchange is given up and the exchange
//! goes on. The same listener takes Broadcast deliveries, which a bearer token admits (see [`admission`]).

pub mod admission;
mod budget;
mod carried_keys;
mod copy;
mod delivery;
mod headers;
mod observe;
mod pass;
mod refusal;
mod upstream;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hyper::service::service_fn;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::http_server::{self, ConnectionLimits};

pub use admission::Token;
pub use budget::{ByteBudget, Copied};
pub use observe::{CallId, DeliveredSpans, ExchangeEnding, Head, Observation};
pub use upstream::{OPENROUTER, Upstream, UpstreamError, is_openrouter};

/// Where the proxy listens unless told otherwise.
pub const LISTEN: &str = "127.0.0.1:4111";
/// Longest wait for an app that does not read on. Chosen: an app may stop at a breakpoint for a while.
const WRITE_WAIT: Duration = Duration::from_secs(600);
/// Largest head of a request, in bytes; a longer one is answered 431, unless all of it came with the read that passed the
/// limit: then it may be twice as long. Chosen.
pub const HEAD_LIMIT: usize = 64 * 1024;
/// Header fields of a request or an answer, at most. Chosen: far more than any client or server writes, and gateways add
/// some of their own.
const HEAD_FIELDS: usize = 1000;
/// Largest body of a Broadcast delivery, in bytes, as it arrives. Chosen: the largest that OpenRouter's own
/// limits on a completion allow, with room.
pub const DELIVERY_LIMIT: usize = 64 << 20;

/// How the proxy behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens: a loopback address. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The one server that requests are passed on to.
    pub upstream: Upstream,
    /// Who may post deliveries; `None` takes none.
    pub token: Option<Token>,
    /// Its limits.
    pub limits: ProxyLimits,
}

/// The proxy's limits. The traffic itself has none but these connections and waits: bodies stream
/// through, whatever their size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyLimits {
    /// Connections served at once; more wait in the system's queue.
    pub connections: usize,
    /// Longest wait for a request's head, and on a kept connection. SDKs keep theirs for a minute and more.
    pub head_wait: Duration,
    /// Longest wait for the next bytes of a body. A model may think for minutes; OpenRouter sends comments
    /// every few seconds meanwhile.
    pub silence: Duration,
    /// Largest copy of one body, in bytes; the copy of a longer one is given up.
    pub body_copy: usize,
    /// All copies that are held at one time, in bytes.
    pub copies: usize,
}

impl Default for ProxyLimits {
    /// Chosen for one developer's machine.
    fn default() -> Self {
        Self {
            connections: 512,
            head_wait: Duration::from_secs(120),
            silence: Duration::from_secs(600),
            body_copy: 64 << 20,
            copies: 256 << 20,
        }
    }
}

/// Why the proxy does not start.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The address can be reached from other machines.
    #[error("{0} can be reached from other machines; listen on 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {}; choose another port with --listen, or 0 for a free one",
        crate::system::reason(.reason)
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        reason: io::Error,
    },
    /// Requests would come back to this proxy.
    #[error(
        "--upstream {0} is the address that is listened on: requests would go round in a circle"
    )]
    Circle(String),
    /// Requests cannot be passed on.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
}

/// Deliveries that are read at once; more wait. Chosen: their bodies may be large.
const DELIVERIES: usize = 4;

/// A running proxy. Dropping it cuts every connection; [`Proxy::stop`] lets open exchanges end.
#[derive(Debug)]
pub struct Proxy {
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

/// Shared by all connections.
struct Shared {
    upstream: upstream::UpstreamClient,
    token: Option<Token>,
    limits: ProxyLimits,
    budget: ByteBudget,
    observer: Box<dyn Fn(Observation) + Send + Sync>,
    next_call: AtomicU64,
    next_delivery: AtomicU64,
    /// Deliveries that may be read at once.
    deliveries: Semaphore,
}

impl Proxy {
    /// Starts the proxy on the current tokio runtime. `observer` is called from its tasks, for each exchange
    /// in the order of what happened to it; it must not block.
    ///
    /// # Errors
    /// When the address is not loopback or cannot be listened on, or the upstream cannot be used.
    pub async fn start(
        options: Options,
        observer: impl Fn(Observation) + Send + Sync + 'static,
    ) -> Result<Self, ProxyError> {
        let address = options.listen;
        if !address.ip().to_canonical().is_loopback() {
            return Err(ProxyError::NotLoopback(address));
        }
        let upstream = upstream::UpstreamClient::new(options.upstream)?;
        let listening = |reason| ProxyError::Listen { address, reason };
        let listener = TcpListener::bind(address).await.map_err(listening)?;
        let addr = listener.local_addr().map_err(listening)?;
        if upstream.leads_to(addr) {
            return Err(ProxyError::Circle(upstream.origin().to_owned()));
        }
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared {
            upstream,
            token: options.token,
            limits: options.limits,
            budget: ByteBudget::new(options.limits.copies),
            observer: Box::new(observer),
            next_call: AtomicU64::new(1),
            next_delivery: AtomicU64::new(1),
            deliveries: Semaphore::new(DELIVERIES),
        });
        let limits = ConnectionLimits {
            connections: options.limits.connections,
            head_wait: options.limits.head_wait,
            head_bytes: HEAD_LIMIT,
            head_fields: HEAD_FIELDS,
            write_wait: WRITE_WAIT,
        };
        let service = service_fn(move |request| {
            let answering = pass::answer(request, Arc::clone(&shared));
            async move { Ok::<_, Infallible>(answering.await) }
        });
        let serving = tokio::spawn(http_server::serve(listener, service, limits, stopped));
        Ok(Self {
            addr,
            stop,
            serving,
        })
    }

    /// The address that it really listens on.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its origin, to which a client's base path is appended: `http://127.0.0.1:4111`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops: takes no new connection, lets open exchanges end within `deadline` and cuts those that don't.
    /// `true` when all ended in time.
    pub async fn stop(mut self, deadline: Duration) -> bool {
        self.stop.send_replace(true);
        timeout(deadline, &mut self.serving).await.is_ok()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The connections belong to this task and end with it.
        self.serving.abort();
    }
}
