//! The local sink: a real HTTP server on this machine that speaks Raindrop's ingestion API, by the rules of
//! Raindrop's documentation or, strictly, of its npm package, and able to misbehave on request. What it
//! received can be read back as from Raindrop's Query API. It is what events go to while nothing is configured, and
//! a counterpart to test any client against.

mod access;
mod answers;
mod events;
mod filling;
mod judge;
mod merged;
mod otlp;
pub(super) mod raw;
mod reads;
mod receipt;
mod receive;
mod routes;
pub(super) mod schema;
mod script;
mod serve;
mod state;
mod store;

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, spawn_blocking},
    time::{sleep, timeout},
};

use judge::SinkRefusal;
pub use receipt::Receipt;
pub use schema::Rules;
pub use script::{Script, SinkScriptError};

use crate::clock::Clock;
use crate::destination::{
    BaseUrl, Destination, DestinationError, Insecure, ProjectSlug, WriteKey, WriteKeyError,
};
use crate::prepare::SINK_KEY;

/// What a sink calls itself where its health is asked for.
pub const SINK_SERVICE: &str = "rainscope-sink";
/// Largest event, in bytes (vendor documentation: 1 MiB).
pub const EVENT_LIMIT: usize = 1024 * 1024;
/// Largest request body, in bytes. Chosen: a batch of 50 of the largest events, and some room.
pub const REQUEST_LIMIT: usize = 64 * 1024 * 1024;
/// Bytes of all bodies that are being received at once, the small ones left out. Chosen: four of the largest.
pub const BODIES: usize = 4 * REQUEST_LIMIT;
/// Most events, signals or users of one request. Chosen: far more than a client's batch.
pub const ITEMS: usize = 100_000;
/// Connections served at once; more wait in the system's queue. Chosen.
pub const CONNECTIONS: usize = 256;
/// Longest wait for a request's head, and on an idle connection. Chosen: silent connections must not
/// keep others out for long.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for a client that does not read its answer. Chosen.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for a request's body. Chosen.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How far the sink may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// From this machine.
    LoopbackOnly,
    /// From the network too. Only the person may say so: whoever reaches it can fill the store.
    Network,
}

/// Which write keys the sink takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCheck {
    /// Any that is not empty.
    Any,
    /// This one.
    Exactly(WriteKey),
}

/// How the sink behaves.
#[derive(Debug, Clone)]
pub struct SinkOptions {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether `listen` may be an address that others reach.
    pub exposure: Exposure,
    /// Which write keys it takes.
    pub keys: KeyCheck,
    /// Which rules a body has to keep.
    pub rules: Rules,
    /// Origins of pages that may use it besides those of this machine, as `https://app.example`; `*` is any.
    pub allowed_origins: Vec<String>,
    /// The answers to give, whatever the request deserves; empty judges every request.
    pub fail: Script,
    /// How long every answer is held back.
    pub delay: Duration,
    /// Bytes of all bodies that may be received at once; beyond that, a large one is refused with 503.
    pub bodies: usize,
    /// A file that gets one JSON line for each accepted event, signal, user and trace export; it is appended to.
    pub store: Option<PathBuf>,
    /// Where the time of what arrives comes from, and the ids that are filled in.
    pub clock: Clock,
}

impl Default for SinkOptions {
    /// A free loopback port, any key, the documented rules, nothing scripted, nothing stored.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            exposure: Exposure::LoopbackOnly,
            keys: KeyCheck::Any,
            rules: Rules::Documented,
            allowed_origins: Vec::new(),
            fail: Script::default(),
            delay: Duration::ZERO,
            bodies: BODIES,
            store: None,
            clock: Clock::System,
        }
    }
}

/// Why the sink does not start.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The address can be reached from other machines.
    #[error(
        "{0} can be reached from other machines: listen on 127.0.0.1, or allow the network in so many words"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error(
        "the sink cannot listen on {address}: {}; choose another port, or 0 for a free one",
        crate::system::reason(.reason)
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        reason: io::Error,
    },
    /// The store cannot be written.
    #[error(
        "the sink cannot write its store {path}: {}; choose a file in a folder that exists",
        crate::system::reason_unwritten(.reason)
    )]
    Store {
        /// The file asked for.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// The sink's own address or key makes no destination; kept as an error so that nothing panics.
    #[error("the sink's own address makes no destination: {0}")]
    Destination(#[from] DestinationError),
    /// See `Destination`.
    #[error("the sink's own key makes no destination: {0}")]
    Key(#[from] WriteKeyError),
}

/// The way to start a sink.
#[derive(Debug)]
pub struct Sink;

/// A running sink. Dropping it stops it at once; [`SinkHandle::stop`] lets open requests end.
#[derive(Debug)]
pub struct SinkHandle {
    addr: SocketAddr,
    destination: Destination,
    shared: Arc<state::SinkState>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Sink {
    /// Starts the sink on the current tokio runtime. `on_receipt` is called for every request but
    /// `/health`, after it was judged and before it is answered, from the sink's tasks: it must be quick.
    ///
    /// # Errors
    /// When the address is not loopback and that was not allowed, or when it cannot be listened on,
    /// or when the store cannot be opened.
    pub async fn start(
        options: SinkOptions,
        on_receipt: impl Fn(Receipt) + Send + Sync + 'static,
    ) -> Result<SinkHandle, SinkError> {
        let address = options.listen;
        if options.exposure == Exposure::LoopbackOnly && !address.ip().to_canonical().is_loopback()
        {
            return Err(SinkError::NotLoopback(address));
        }
        let store = match &options.store {
            Some(path) => Some(store::Store::open(path).map_err(|reason| SinkError::Store {
                path: path.clone(),
                reason,
            })?),
            None => None,
        };
        let listening = |reason| SinkError::Listen { address, reason };
        let listener = TcpListener::bind(address).await.map_err(listening)?;
        let addr = listener.local_addr().map_err(listening)?;
        let destination = own_destination(addr, &options.keys)?;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(state::SinkState::new(
            options,
            store,
            Box::new(on_receipt),
            stopped.clone(),
        ));
        let serving = tokio::spawn(serve::serve(
            listener,
            routes::router(Arc::clone(&shared)),
            stopped,
        ));
        Ok(SinkHandle {
            addr,
            destination,
            shared,
            stop,
            serving,
        })
    }
}

impl SinkHandle {
    /// The address it really listens on.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL that a client on this machine gives.
    #[must_use]
    pub const fn base_url(&self) -> &BaseUrl {
        self.destination.base_url()
    }

    /// This sink as a destination, with a key that it takes (not the real one).
    #[must_use]
    pub const fn destination(&self) -> &Destination {
        &self.destination
    }

    /// The same for a project; none is Production.
    #[must_use]
    pub fn destination_for(&self, project: Option<ProjectSlug>) -> Destination {
        self.destination.clone().with_project(project)
    }

    /// The event of Production with this id as merged from all that was received of it, as JSON; `None` when there
    /// was none or it was so long ago that it was let go.
    #[must_use]
    pub fn merged(&self, event_id: &str) -> Option<String> {
        self.shared.merged(event_id)
    }

    /// What counts the requests that were refused so far, since the store could not be written.
    pub fn unstored(&self) -> impl Fn() -> usize + use<> {
        let shared = Arc::clone(&self.shared);
        move || shared.unstored.load(Ordering::Relaxed)
    }

    /// Stops: no new connection, open requests may end within `deadline`, hung ones are cut.
    /// `true` when all ended in time.
    pub async fn stop(mut self, deadline: Duration) -> bool {
        self.stop.send_replace(true);
        timeout(deadline, &mut self.serving).await.is_ok()
    }
}

impl Drop for SinkHandle {
    fn drop(&mut self) {
        // The connections belong to this task and end with it.
        self.serving.abort();
    }
}

/// Waits; zero does not even yield.
async fn hold_back(delay: Duration) {
    if !delay.is_zero() {
        sleep(delay).await;
    }
}

/// Does what may take long away from the threads that serve: in the inspector, the screen's is one of them.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SinkRefusal> + Send + 'static,
) -> Result<T, SinkRefusal> {
    spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(SinkRefusal::new(
            500,
            "INTERNAL",
            "the request could not be dealt with",
        ))
    })
}

fn own_destination(addr: SocketAddr, keys: &KeyCheck) -> Result<Destination, SinkError> {
    let mut reached = addr;
    if addr.ip().is_unspecified() {
        reached.set_ip(match addr {
            SocketAddr::V4(_) => [127, 0, 0, 1].into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    // A sink that the person opened to the network may have an address of its own.
    let base_url = BaseUrl::parse(&format!("http://{reached}"), Insecure::Allowed)?;
    let key = match keys {
        KeyCheck::Any => WriteKey::new(SINK_KEY.to_owned())?,
        KeyCheck::Exactly(key) => key.clone(),
    };
    Ok(Destination::local_sink(base_url, key, None))
}
