//! Where events go, without the key: what the history keeps, the inspector shows and a copied command names.

use core::net::IpAddr;
use std::borrow::Cow;

use crate::event::DestinationKind;
use crate::event::wire::Route;

/// A destination without its write key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Endpoint {
    /// What answers there.
    pub kind: DestinationKind,
    /// The base URL, without a trailing slash and without `/v1`.
    pub base_url: String,
    /// The project's slug; empty is Production.
    pub project: String,
}

/// A header's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderValue<'e> {
    /// This text.
    Text(Cow<'e, str>),
    /// `Bearer` and the write key, which stands in no request that is shown, kept or copied.
    WriteKey,
}

/// The key for a sink that asks for none in particular. It is no secret, and stands where a real key would go
/// to a server that has no use for one.
pub const SINK_KEY: &str = "local-sink";

/// What stands in place of a key wherever a key would be shown. Its length says nothing.
pub const MASK: &str = "••••••";

/// The program's name and version, as requests carry it.
pub const USER_AGENT: &str = concat!("rainscope/", env!("CARGO_PKG_VERSION"));

/// The project's header (vendor documentation).
pub const PROJECT_HEADER: &str = "X-Raindrop-Project-Id";

impl Endpoint {
    /// Host and, where it is not the scheme's own, port.
    pub fn authority(&self) -> &str {
        let (_, rest) = self.base_url.split_once("://").unwrap_or_default();
        rest.split('/').next().unwrap_or_default()
    }

    /// Whether it is on this machine, by its URL.
    pub fn is_on_this_machine(&self) -> bool {
        let authority = self.authority();
        let host = match authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => host.eq_ignore_ascii_case("localhost"),
        }
    }

    /// The full URL of a route.
    pub fn url(&self, route: Route) -> String {
        format!("{}{}", self.base_url, route.path())
    }

    /// The headers that this program sets on a request with an event, in their order on the wire. What HTTP
    /// itself asks for (`Host`, `Content-Length`) comes on top.
    pub fn headers(&self) -> Vec<(&'static str, HeaderValue<'_>)> {
        let text = |text| HeaderValue::Text(Cow::Borrowed(text));
        let mut headers = Vec::with_capacity(4);
        if self.kind.takes_key() {
            headers.push(("Authorization", HeaderValue::WriteKey));
        }
        headers.push(("Content-Type", text("application/json")));
        if !self.project.is_empty() {
            headers.push((PROJECT_HEADER, text(self.project.as_str())));
        }
        headers.push(("User-Agent", text(USER_AGENT)));
        headers
    }

    /// The headers of a request as they may be shown: the key is masked, the names are as documented.
    pub fn headers_shown(&self) -> Vec<(String, String)> {
        let shown = |(name, value): (&str, HeaderValue<'_>)| {
            let value = match value {
                HeaderValue::Text(text) => text.into_owned(),
                HeaderValue::WriteKey => format!("Bearer {MASK}"),
            };
            (name.to_owned(), value)
        };
        let host = ("Host".to_owned(), self.authority().to_owned());
        std::iter::once(host)
            .chain(self.headers().into_iter().map(shown))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_this_machine() {
        let table = [
            ("http://localhost:5899", true),
            ("http://127.0.0.1:1/rd", true),
            ("https://127.9.9.9", true),
            ("http://[::1]:1", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("https://api.raindrop.ai", false),
            ("https://localhost.evil.test", false),
            ("https://10.0.0.1:8443", false),
            ("", false),
        ];
        for (base_url, expected) in table {
            let endpoint = Endpoint {
                base_url: base_url.to_owned(),
                ..Endpoint::default()
            };
            assert_eq!(endpoint.is_on_this_machine(), expected, "{base_url}");
        }
    }

    #[test]
    fn only_a_workshop_gets_no_key() {
        for kind in DestinationKind::ALL {
            let endpoint = Endpoint {
                kind,
                base_url: "http://localhost:5899".to_owned(),
                project: "mine".to_owned(),
            };
            let headers = endpoint.headers();
            let has_key = headers
                .iter()
                .any(|(_, value)| *value == HeaderValue::WriteKey);
            assert_eq!(has_key, kind != DestinationKind::Workshop, "{kind:?}");
            assert!(headers.iter().any(|(name, _)| *name == PROJECT_HEADER));
        }
    }
}
