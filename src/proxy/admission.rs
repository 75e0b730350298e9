//! Who may ask for what.
//!
//! The proxy listens on loopback, but a tunnel may lead to it (for Broadcast deliveries) and any page in a
//! browser on this machine can reach it by a name of its own that resolves to 127.0.0.1. So paths are told
//! apart: those of deliveries take any `Host` and are admitted by the token alone; all others answer a
//! loopback `Host` and a loopback or absent `Origin`, and nothing that came through another proxy.

use std::str::FromStr;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::uri::{Authority, Uri};
use http::{HeaderMap, HeaderName, Method, Request};
use secrecy::{ExposeSecret, SecretString};

use super::carried_keys;
use crate::http_server::is_coded;
use crate::http_server::local::{
    is_from_elsewhere, is_loopback_authority, is_loopback_origin, only,
};
use crate::mapping::scan::secrets::{self, KEY_MASK};
use crate::redact::Redactor;

/// What proxies and tunnels add to a request that they pass on, besides `X-Forwarded-For` and whatever begins so.
const PASSED_ON: [&str; 14] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-original-forwarded-for",
    "x-envoy-external-address",
    "x-azure-clientip",
    "cf-connecting-ip",
    "cf-ray",
    "cdn-loop",
    "true-client-ip",
    "fly-client-ip",
    "fastly-client-ip",
    "tailscale-user-login",
];

/// The paths of deliveries: ours, and the one of an OTLP exporter.
pub const DELIVERY_PATHS: [&str; 2] = ["/broadcast", "/v1/traces"];

/// The bearer token of deliveries. Its `Debug` shows nothing, and there is no `Display`.
#[derive(Clone)]
pub struct Token(SecretString);

/// Why a text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token for deliveries has at least 16 printable ASCII characters and no spaces")]
pub struct TokenError;

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let is_token = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_graphic());
        match is_token {
            true => Ok(Self(SecretString::from(text.to_owned()))),
            false => Err(TokenError),
        }
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(••••••)")
    }
}

impl Token {
    /// A body with every trace of this token masked. One that is no text, such as protobuf, stays as it is.
    pub(super) fn redact(&self, body: Bytes) -> Bytes {
        match std::str::from_utf8(&body) {
            Ok(text) => Redactor::with_mask(self.0.expose_secret(), KEY_MASK)
                .redact(text.to_owned())
                .into(),
            Err(_) => body,
        }
    }

    /// The text, for the one place that shows it: the lines to enter in OpenRouter's form.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// Compares in a time that does not reveal where the texts differ.
    fn matches(&self, given: &[u8]) -> bool {
        let own = self.0.expose_secret().as_bytes();
        let differing = own.iter().zip(given).fold(0, |all, (a, b)| all | (a ^ b));
        own.len() == given.len() && differing == 0
    }
}

/// What a request may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is passed on to the upstream.
    Pass,
    /// It is a delivery.
    Delivery,
    /// It is answered with an error.
    Refused(Refusal),
}

/// Why a request is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A delivery without the token, or with another one.
    Token,
    /// Deliveries come by POST or PUT.
    DeliveryMethod,
    /// No `Host`, or more than one.
    NoHost,
    /// A `Host` that is not loopback.
    ForeignHost,
    /// A page that is not from this machine.
    ForeignOrigin,
    /// It came through a proxy or a tunnel.
    Forwarded,
    /// A tunnel to somewhere else was asked for.
    Connect,
    /// Its body is coded on its way in another manner than in chunks.
    Coded,
    /// It carries a key of another service, or none of OpenRouter's, where the upstream is OpenRouter: its client was led here with
    /// those of OpenRouter.
    ForeignKey,
}

/// Decides what a request may do. Deliveries need `token`; without one there are none, and their paths are like any
/// other.
#[must_use]
pub fn admit(method: &Method, uri: &Uri, headers: &HeaderMap, token: Option<&Token>) -> Admission {
    if method == Method::CONNECT {
        return Admission::Refused(Refusal::Connect);
    }
    let path = uri.path().strip_suffix('/').unwrap_or(uri.path());
    if let Some(token) = token.filter(|_| DELIVERY_PATHS.contains(&path)) {
        return delivery(method, headers, token);
    }
    match refusal(uri, headers) {
        Some(refusal) => Admission::Refused(refusal),
        None => Admission::Pass,
    }
}

fn delivery(method: &Method, headers: &HeaderMap, token: &Token) -> Admission {
    // The token is checked first, so that a stranger learns nothing else.
    if !only(headers, AUTHORIZATION).is_some_and(|value| has_token(value, token)) {
        return Admission::Refused(Refusal::Token);
    }
    match *method {
        _ if is_coded(headers) => Admission::Refused(Refusal::Coded),
        Method::POST | Method::PUT => Admission::Delivery,
        _ => Admission::Refused(Refusal::DeliveryMethod),
    }
}

/// Whether a request to OpenRouter carries a key of another service: one of a known form where OpenRouter's stands, or
/// keys of which none is OpenRouter's.
pub(super) fn has_foreign_key<B>(request: &Request<B>) -> bool {
    const FOREIGN: [&str; 6] = [
        "an OpenAI key",
        "an Anthropic key",
        "an Anthropic token",
        "a Google key",
        "a Groq key",
        "an xAI key",
    ];
    let names = [AUTHORIZATION, HeaderName::from_static("x-api-key")];
    let mut values = names
        .iter()
        .flat_map(|name| request.headers().get_all(name));
    let is_known = values.any(|value| {
        let secret = value.to_str().ok().and_then(secrets::find);
        secret.is_some_and(|secret| FOREIGN.contains(&secret.kind))
    });
    let keys = carried_keys::of_caller(request.headers(), request.uri());
    is_known || !keys.is_empty() && !keys.iter().any(|key| key.starts_with("sk-or-"))
}

fn has_token(authorization: &[u8], token: &Token) -> bool {
    let Some((scheme, given)) = authorization.split_at_checked(7) else {
        return false;
    };
    scheme.eq_ignore_ascii_case(b"bearer ") && token.matches(given.trim_ascii())
}

fn refusal(uri: &Uri, headers: &HeaderMap) -> Option<Refusal> {
    let Some(host) = only(headers, HOST).and_then(|host| std::str::from_utf8(host).ok()) else {
        return Some(Refusal::NoHost);
    };
    let named = uri.authority().is_none_or(is_loopback_authority);
    if !named || !Authority::from_str(host).is_ok_and(|host| is_loopback_authority(&host)) {
        return Some(Refusal::ForeignHost);
    }
    let is_passed_on = |name: &HeaderName| {
        let name = name.as_str();
        name.starts_with("x-forwarded") || PASSED_ON.contains(&name)
    };
    if headers.keys().any(is_passed_on) {
        return Some(Refusal::Forwarded);
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    let is_local = |origin: &[u8]| std::str::from_utf8(origin).is_ok_and(is_loopback_origin);
    if !origins.all(|origin| is_local(origin.as_bytes())) || is_from_elsewhere(headers) {
        return Some(Refusal::ForeignOrigin);
    }
    is_coded(headers).then_some(Refusal::Coded)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use http::HeaderValue;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123";

    fn check(request: &str, headers: &[(&str, &str)], expected: Admission) {
        let (method, uri) = request.split_once(' ').unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_str(name).unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        let token = Token::from_str(TOKEN).unwrap();
        let found = admit(
            &method.parse().unwrap(),
            &uri.parse().unwrap(),
            &map,
            Some(&token),
        );
        assert_eq!(found, expected, "{request} {headers:?}");
    }

    #[test]
    fn proxy_paths_answer_this_machine_alone() {
        let chat = "POST /api/v1/chat/completions";
        let host = ("host", "127.0.0.1:4111");
        let refused = Admission::Refused;
        for name in [
            "127.0.0.1:4111",
            "localhost:4111",
            "LOCALHOST",
            "[::1]:4111",
            "127.8.8.8",
        ] {
            check(chat, &[("host", name)], Admission::Pass);
        }
        for name in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "rebind.example:4111",
            "127.0.0.1@evil.example",
            "0.0.0.0:4111",
            "[::2]:4111",
            "10.0.0.1",
            "not a host",
        ] {
            check(chat, &[("host", name)], refused(Refusal::ForeignHost));
        }
        check(chat, &[], refused(Refusal::NoHost));
        check(chat, &[host, host], refused(Refusal::NoHost));
        check(
            "GET http://evil.example/",
            &[host],
            refused(Refusal::ForeignHost),
        );
        check(
            "CONNECT evil.example:443",
            &[host],
            refused(Refusal::Connect),
        );
        for origin in [
            "http://localhost:3000",
            "https://127.0.0.1",
            "http://[::1]:8080",
        ] {
            check(chat, &[host, ("origin", origin)], Admission::Pass);
        }
        // A picture or a link of another site's page has no origin; one of a page of this machine has one.
        let site = |site| ("sec-fetch-site", site);
        let foreign = refused(Refusal::ForeignOrigin);
        check(chat, &[host, site("cross-site")], foreign);
        for told in ["none", "same-origin", "same-site"] {
            check(chat, &[host, site(told)], Admission::Pass);
        }
        let local = ("origin", "http://localhost:3000");
        check(chat, &[host, local, site("cross-site")], Admission::Pass);
        for origin in [
            "https://evil.example",
            "null",
            "",
            "file://",
            "http://localhost@evil.example",
        ] {
            check(
                chat,
                &[host, ("origin", origin)],
                refused(Refusal::ForeignOrigin),
            );
        }
        let two = [
            host,
            ("origin", "http://localhost"),
            ("origin", "https://evil.example"),
        ];
        check(chat, &two, refused(Refusal::ForeignOrigin));
        check(
            chat,
            &[host, ("forwarded", "for=1.2.3.4")],
            refused(Refusal::Forwarded),
        );
        check(
            chat,
            &[host, ("x-forwarded-for", "1.2.3.4")],
            refused(Refusal::Forwarded),
        );
    }

    #[test]
    fn openrouter_gets_its_own_keys_alone() {
        let check = |path: &str, headers: &[(&str, &str)], expected: bool| {
            let mut request = Request::get(path);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let found = has_foreign_key(&request.body(()).unwrap());
            assert_eq!(found, expected, "{path} {headers:?}");
        };
        let own = ("authorization", "Bearer sk-or-v1-any");
        for headers in [
            &[own][..],
            &[("authorization", "bearer  sk-or-any")],
            &[("x-api-key", "sk-or-v1-any")],
            &[("x-api-key", "dummy"), own],
            &[],
            &[("authorization", "Bearer ")],
            &[("cookie", "session=1"), ("x-csrf-token", "1")],
        ] {
            check("/api/v1/models", headers, false);
        }
        for value in [
            "Bearer sk-0123456789abcdef0123456789abcdef",
            "Bearer sk-1234",
            "Bearer eyJhbGciOi.eyJzdWIi.c2ln",
            "Basic YWRhOnMzY3JldA==",
            "pplx-1",
        ] {
            check("/", &[("authorization", value)], true);
        }
        for name in ["api-key", "x-goog-api-key", "ocp-apim-subscription-key"] {
            check("/", &[(name, "0123456789abcdef")], true);
        }
        check("/v1beta/models?key=AIza1", &[], true);
        let known = "sk-proj-abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH";
        check("/", &[own, ("x-api-key", known)], true);
    }

    #[test]
    fn deliveries_are_admitted_by_the_token_alone() {
        let bearer = format!("Bearer {TOKEN}");
        let refused = Admission::Refused;
        for path in [
            "POST /broadcast",
            "PUT /broadcast",
            "POST /broadcast/",
            "POST /v1/traces",
        ] {
            let tunnel = [
                ("host", "abc.tunnel.example"),
                ("x-forwarded-for", "1.2.3.4"),
            ];
            check(
                path,
                &[tunnel[0], tunnel[1], ("authorization", &bearer)],
                Admission::Delivery,
            );
            check(path, &tunnel, refused(Refusal::Token));
            check(path, &[("host", "127.0.0.1")], refused(Refusal::Token));
        }
        for wrong in [
            "Bearer ",
            "Bearer 0123456789abcdef012",
            "Basic 0123456789abcdef0123",
            "é",
            TOKEN,
        ] {
            check(
                "POST /broadcast",
                &[("authorization", wrong)],
                refused(Refusal::Token),
            );
        }
        let twice = [
            ("authorization", bearer.as_str()),
            ("authorization", "Bearer other"),
        ];
        check("POST /broadcast", &twice, refused(Refusal::Token));
        let get = [("authorization", bearer.as_str())];
        check("GET /broadcast", &get, refused(Refusal::DeliveryMethod));
        // The token opens nothing but those paths.
        let tunnel = [
            ("host", "abc.tunnel.example"),
            ("authorization", bearer.as_str()),
        ];
        check(
            "POST /api/v1/chat/completions",
            &tunnel,
            refused(Refusal::ForeignHost),
        );
    }

    #[test]
    fn tokens_are_long_and_printable_and_not_shown() {
        assert!(Token::from_str("short").is_err());
        assert!(Token::from_str("0123456789 abcdef").is_err());
        let token = Token::from_str(TOKEN).unwrap();
        assert!(!format!("{token:?}").contains("0123"));
    }
}
