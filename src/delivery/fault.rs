//! Why no answer came, told apart by the error's causes: a refused connection needs another remedy than an unknown
//! certificate.

use std::{error::Error, io, time::Duration};

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::http_server::local::is_loopback_authority;

/// No usable answer came. `host` is host and port as in the base URL; durations are how long was waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing listens there.
    ConnectRefused {
        /// Host and port.
        host: String,
    },
    /// The connection could not be made for another reason: no network, no route, reset.
    Unreachable {
        /// Host and port.
        host: String,
        /// The system's own words.
        reason: String,
    },
    /// The proxy that the environment names for the host did not lead to it.
    Proxy {
        /// Host and port.
        host: String,
        /// Those of the proxy.
        proxy: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The host's name has no address.
    Dns {
        /// Host and port.
        host: String,
    },
    /// The TLS handshake failed.
    Tls {
        /// Host and port.
        host: String,
        /// The TLS library's own words.
        reason: String,
    },
    /// The host did not take the connection in time.
    ConnectTimeout {
        /// Host and port.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// The host took the request, or part of it, and did not answer in time.
    Timeout {
        /// Host and port.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended, or something that is not HTTP came, before an answer's head was whole.
    BrokenAnswer {
        /// Host and port.
        host: String,
        /// The library's own words.
        reason: String,
    },
    /// Nothing was sent: the client could not be made ready on this machine.
    Client {
        /// What was missing.
        reason: String,
    },
    /// Nothing was sent: what answers on this machine now does not say what it is, and may be a Raindrop Workshop.
    Silent {
        /// Host and port.
        host: String,
    },
    /// Nothing was sent: where another server was, a Raindrop Workshop answers now, and it gets no key.
    Workshop {
        /// Host and port.
        host: String,
    },
}

impl Fault {
    /// Whether the same bytes may succeed later. Waiting mends neither a certificate nor a client that cannot be
    /// built.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        !matches!(
            self,
            Self::Tls { .. } | Self::Client { .. } | Self::Workshop { .. }
        )
    }

    /// What happened, in one sentence.
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Self::ConnectRefused { host } => format!("Nothing listens at {host}."),
            Self::Unreachable { host, reason } => format!("{host} cannot be reached: {reason}."),
            Self::Proxy {
                host,
                proxy,
                reason,
            } => format!("The proxy {proxy} does not lead to {host}: {reason}."),
            Self::Dns { host } => format!("{host} has no address that could be looked up (DNS)."),
            Self::Tls { host, reason } => {
                format!("No safe connection to {host} could be made: {reason}.")
            }
            Self::ConnectTimeout { host, after } => {
                format!(
                    "{host} did not take the connection within {}.",
                    told(*after)
                )
            }
            Self::Timeout { host, after } => {
                format!("{host} did not answer within {}.", told(*after))
            }
            Self::BrokenAnswer { host, reason } => {
                format!("The connection to {host} broke before its answer was whole: {reason}.")
            }
            Self::Client { reason } => format!("Nothing was sent: {reason}."),
            Self::Silent { host } => format!(
                "Nothing was sent: {host} does not say what it is now (GET /health), and may be another server than before."
            ),
            Self::Workshop { host } => format!(
                "Nothing was sent: a Raindrop Workshop answers at {host} now, and it gets no key."
            ),
        }
    }

    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::ConnectRefused { .. } => {
                "Check the base URL's host and port, and that the server runs."
            }
            Self::Unreachable { .. } => {
                "Check the network connection and any firewall or proxy, then send again."
            }
            Self::Proxy { .. } => {
                "Check HTTPS_PROXY (or ALL_PROXY) and that the proxy runs; NO_PROXY names hosts that need none."
            }
            Self::Dns { .. } => {
                "Check the base URL for a typing error, and the network connection."
            }
            Self::Tls { .. } => {
                "Check that the base URL is right, that this machine's clock is right, and that its CA certificates are up to date."
            }
            Self::ConnectTimeout { .. } => {
                "Check the base URL and any firewall in between, then send again."
            }
            Self::Timeout { .. } => {
                "The event may have arrived all the same; sent again with its id, it counts once."
            }
            Self::BrokenAnswer { .. } => {
                "Check that the base URL is an HTTP server's; an event that is sent again with its id counts once."
            }
            Self::Silent { .. } => {
                "Wait until it is less busy, then send again; start again with --use-key if it never says so."
            }
            Self::Workshop { .. } => {
                "Start again, or choose the destination again: what goes to a Workshop goes without a key."
            }
            Self::Client { .. } => {
                "Install CA certificates (on Debian: apt install ca-certificates) and check the proxy variables; the local sink needs neither."
            }
        }
    }
}

/// Sorts an error of the HTTP library. `waited` is the connect timeout.
pub(crate) fn sort(error: &reqwest::Error, host: &str, waited: Duration) -> Fault {
    let host = host.to_owned();
    let reason = || deepest(error);
    if error.is_builder() {
        return Fault::Client { reason: reason() };
    }
    if !error.is_connect() {
        return Fault::BrokenAnswer {
            host,
            reason: reason(),
        };
    }
    let through = proxy(error).map(|proxy| {
        let (host, reason) = (host.clone(), reason());
        Fault::Proxy {
            host,
            proxy,
            reason,
        }
    });
    if error.is_timeout() {
        return through.unwrap_or(Fault::ConnectTimeout {
            host,
            after: waited,
        });
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if found.to_string() == "dns error" {
            return through.unwrap_or(Fault::Dns { host });
        }
        if found.is::<rustls::Error>() {
            return Fault::Tls {
                host,
                reason: reason(),
            };
        }
        match found.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => {
                return through.unwrap_or(Fault::ConnectRefused { host });
            }
            Some(io::ErrorKind::TimedOut) => {
                return through.unwrap_or(Fault::ConnectTimeout {
                    host,
                    after: waited,
                });
            }
            _ => {}
        }
        cause = below(found);
    }
    through.unwrap_or_else(|| Fault::Unreachable {
        host,
        reason: reason(),
    })
}

/// Host and port of the proxy by which a request went. None is asked for this machine, nor over plain `http`.
fn proxy(error: &reqwest::Error) -> Option<String> {
    let url = error.url().filter(|url| url.scheme() == "https")?;
    let uri: Uri = url.as_str().parse().ok()?;
    let authority = uri.authority()?;
    if is_loopback_authority(authority) {
        return None;
    }
    let found = Matcher::from_env().intercept(&uri)?;
    let (host, port) = (found.uri().host()?, found.uri().port_u16());
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// The cause of a cause. An I/O error that wraps another error names the causes of that one, but
/// not that one itself, so it is asked for.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// The message of the root cause: the outer ones say no more than "error sending request".
pub(crate) fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut at = error;
    while let Some(cause) = below(at) {
        at = cause;
    }
    at.to_string()
}

fn told(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}
