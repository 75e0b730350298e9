//! The one server that requests are passed on to, and the way there.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use http::header::HeaderValue;
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::{self, Error};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::budget::BUFFER;
use super::copy::ObservedBody;
use super::{HEAD_FIELDS, headers};
use crate::http_server::RequestBody;
use crate::http_server::local::is_loopback_origin;

/// OpenRouter itself.
pub const OPENROUTER: &str = "https://openrouter.ai";
/// Longest wait for a connection. Chosen.
const CONNECT_WAIT: Duration = Duration::from_secs(15);
/// After how much silence the system asks whether the upstream is still there, and how often again. Chosen.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long an idle connection to the upstream is kept: shorter than servers keep theirs, so that no request
/// goes out on one that is just being closed.
const IDLE: Duration = Duration::from_secs(20);

/// A server's origin, and a path in front of all others where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    scheme: Scheme,
    authority: Authority,
    prefix: String,
}

/// Why an upstream cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// It is not a server's URL.
    #[error("{0:?} is no upstream: give an origin such as {OPENROUTER}")]
    Malformed(String),
    /// Keys would go over the network in the clear.
    #[error(
        "{0} would carry API keys over the network in the clear: use https, or http on loopback"
    )]
    Insecure(String),
    /// It has a user name, query or fragment.
    #[error("--upstream has a user name, a query or a fragment: leave these out")]
    Superfluous,
    /// The system's certificates cannot be read.
    #[error("cannot verify the upstream's certificate: {0}; install the system's CA certificates")]
    Certificates(String),
    /// The environment asks for a kind of proxy that is not supported.
    #[error("HTTPS_PROXY asks for a {0} proxy; `listen` knows http ones (or set NO_PROXY)")]
    Proxy(String),
}

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(text: &str) -> Result<Self, UpstreamError> {
        // What has a password in it is shown nowhere.
        if text.contains(['@', '?', '#']) {
            return Err(UpstreamError::Superfluous);
        }
        let malformed = || UpstreamError::Malformed(text.to_owned());
        let uri: Uri = text.trim().parse().map_err(|_| malformed())?;
        let parts = uri.into_parts();
        let scheme = parts.scheme.ok_or_else(malformed)?;
        let authority = parts.authority.ok_or_else(malformed)?;
        let path = parts.path_and_query.as_ref();
        let origin = format!("{scheme}://{authority}");
        if scheme == Scheme::HTTP && !is_loopback_origin(&origin) {
            return Err(UpstreamError::Insecure(origin));
        }
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err(malformed());
        }
        let prefix = path.map_or("", PathAndQuery::path).trim_end_matches('/');
        // The base URL of a client; each request says that part itself.
        let own = ["/api/v1", "/api"]
            .iter()
            .find_map(|end| prefix.strip_suffix(end));
        let prefix = own.unwrap_or(prefix);
        Ok(Self {
            scheme,
            authority,
            prefix: prefix.to_owned(),
        })
    }
}

/// Whether a server is OpenRouter's.
pub fn is_openrouter(authority: &Authority) -> bool {
    const OWN: &str = "openrouter.ai";
    let host = authority.host().to_ascii_lowercase();
    let above = host.trim_end_matches('.').strip_suffix(OWN);
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

impl Upstream {
    /// Scheme and authority.
    fn server(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.server(), self.prefix)
    }
}

type Outgoing = ObservedBody<RequestBody>;

/// Sends requests to the upstream.
pub(super) struct UpstreamClient {
    upstream: Upstream,
    origin: String,
    host: HeaderValue,
    transport: Transport,
}

/// The way to the upstream.
enum Transport {
    Plain(legacy::Client<HttpConnector, Outgoing>),
    Direct(legacy::Client<HttpsConnector<HttpConnector>, Outgoing>),
    Tunnel(legacy::Client<HttpsConnector<Tunnel<HttpConnector>>, Outgoing>),
}

impl UpstreamClient {
    /// A client for one upstream. `HTTPS_PROXY` and `NO_PROXY` count, as in other programs; on loopback
    /// nothing stands between.
    pub fn new(upstream: Upstream) -> Result<Self, UpstreamError> {
        let host = HeaderValue::from_str(upstream.authority.as_str())
            .map_err(|_| UpstreamError::Malformed(upstream.to_string()))?;
        let origin = upstream.to_string();
        let proxy = way_through(&upstream, &Matcher::from_env())?;
        let is_plain = upstream.scheme == Scheme::HTTP;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_WAIT));
        // An answer may take any time to begin, so the system has to notice a server that is gone.
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        let transport = match proxy {
            None if is_plain => Transport::Plain(client(tcp)),
            None => Transport::Direct(client(over_tls(tcp)?)),
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
                if let Some(credentials) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(credentials.clone());
                }
                Transport::Tunnel(client(over_tls(tunnel)?))
            }
        };
        Ok(Self {
            upstream,
            origin,
            host,
            transport,
        })
    }

    /// Whether it is OpenRouter, which takes no keys but its own.
    pub fn is_openrouter(&self) -> bool {
        is_openrouter(&self.upstream.authority)
    }

    /// Whether requests would come back to this address, which is on this machine.
    pub fn leads_to(&self, addr: SocketAddr) -> bool {
        let scheme = &self.upstream.scheme;
        let usual = if *scheme == Scheme::HTTP { 80 } else { 443 };
        let port = self.upstream.authority.port_u16().unwrap_or(usual);
        port == addr.port() && is_loopback_origin(&self.upstream.server())
    }

    /// The upstream's name for people.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Turns a request that came here into one to the upstream: same path and query, same headers but for
    /// those of the connection.
    pub fn direct(&self, parts: &mut Parts) -> Result<(), String> {
        let asked = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let path = format!("{}{asked}", self.upstream.prefix);
        parts.uri = Uri::builder()
            .scheme(self.upstream.scheme.clone())
            .authority(self.upstream.authority.clone())
            .path_and_query(path)
            .build()
            .map_err(|error| format!("the path cannot be passed on: {error}"))?;
        parts.version = http::Version::HTTP_11;
        headers::pass_on_to(&mut parts.headers, &self.host);
        Ok(())
    }

    /// Sends a request and waits for the head of the answer.
    pub async fn ask(&self, request: Request<Outgoing>) -> Result<Response<Incoming>, Error> {
        match &self.transport {
            Transport::Plain(client) => client.request(request).await,
            Transport::Direct(client) => client.request(request).await,
            Transport::Tunnel(client) => client.request(request).await,
        }
    }
}

/// The proxy that leads to the upstream, if the environment has one for it. A server of this machine needs none.
fn way_through(upstream: &Upstream, known: &Matcher) -> Result<Option<Intercept>, UpstreamError> {
    let target: Uri = upstream
        .to_string()
        .parse()
        .map_err(|_| UpstreamError::Malformed(upstream.to_string()))?;
    if is_loopback_origin(&upstream.server()) {
        return Ok(None);
    }
    let Some(proxy) = known.intercept(&target) else {
        return Ok(None);
    };
    match proxy.uri().scheme_str() {
        Some("http") => Ok(Some(proxy)),
        scheme => Err(UpstreamError::Proxy(scheme.unwrap_or_default().to_owned())),
    }
}

/// The way over TLS on top of `connector`, with the system's certificates, as the rest of the program has it.
fn over_tls<C>(connector: C) -> Result<HttpsConnector<C>, UpstreamError> {
    // Installing a second one fails, which is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = HttpsConnectorBuilder::new()
        .try_with_platform_verifier()
        .map_err(|error| UpstreamError::Certificates(error.to_string()))?;
    Ok(builder
        .https_only()
        .enable_http1()
        .wrap_connector(connector))
}

fn client<C>(connector: C) -> legacy::Client<C, Outgoing>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    legacy::Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .http1_preserve_header_case(true)
        .http1_max_buf_size(BUFFER)
        .http1_max_headers(HEAD_FIELDS)
        .build(connector)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_environment_says_which_upstreams_a_proxy_leads_to() {
        let check = |upstream: &str, proxy: &str, but: &str, expected: Result<Option<&str>, ()>| {
            let known = Matcher::builder().https(proxy).no(but).build();
            let found = way_through(&upstream.parse().unwrap(), &known);
            let found = found.map(|proxy| proxy.map(|proxy| proxy.uri().to_string()));
            let found = found.map_err(drop);
            let expected = expected.map(|proxy| proxy.map(str::to_owned));
            assert_eq!(found, expected, "{upstream} {proxy} {but}");
        };
        let (proxy, to) = (
            "http://proxy.example:3128",
            Some("http://proxy.example:3128/"),
        );
        check(OPENROUTER, proxy, "", Ok(to));
        check(OPENROUTER, "", "", Ok(None));
        for but in ["openrouter.ai", "localhost,openrouter.ai", ".ai", "*"] {
            check(OPENROUTER, proxy, but, Ok(None));
        }
        check(OPENROUTER, proxy, "gateway.example", Ok(to));
        check(
            "https://gateway.example/or",
            proxy,
            "gateway.example",
            Ok(None),
        );
        for local in [
            "http://127.0.0.1:8080",
            "https://localhost:8443",
            "https://[::1]",
        ] {
            check(local, proxy, "", Ok(None));
        }
        // An unsupported kind of proxy is refused rather than bypassed.
        check(OPENROUTER, "socks5://proxy.example:1080", "", Err(()));
        check(OPENROUTER, "https://proxy.example", "", Err(()));
    }

    #[test]
    fn an_upstream_is_one_server_and_keys_do_not_go_in_the_clear() {
        let check = |text: &str, expected: Option<&str>| {
            let found = Upstream::from_str(text)
                .ok()
                .map(|upstream| upstream.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("https://openrouter.ai", Some("https://openrouter.ai"));
        check(" https://openrouter.ai/ ", Some("https://openrouter.ai"));
        check(
            "https://gateway.example/or/",
            Some("https://gateway.example/or"),
        );
        check(
            "https://openrouter.ai/api/v1",
            Some("https://openrouter.ai"),
        );
        check("https://openrouter.ai/api/", Some("https://openrouter.ai"));
        check(
            "https://gateway.example/or/api/v1/",
            Some("https://gateway.example/or"),
        );
        check("http://127.0.0.1:8080", Some("http://127.0.0.1:8080"));
        check("http://localhost:8080", Some("http://localhost:8080"));
        check("http://openrouter.ai", None);
        check("http://127.0.0.1.evil.example", None);
        check("https://user:secret@openrouter.ai", None);
        check("https://openrouter.ai?x=1", None);
        check("https://openrouter.ai/#x", None);
        check("ftp://openrouter.ai", None);
        check("openrouter.ai", None);
        check("/api", None);
        check("", None);
    }
}
