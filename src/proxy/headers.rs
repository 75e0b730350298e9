//! Which headers are passed on, and which are recorded.

use http::header::{
    CONNECTION, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use secrecy::SecretString;

/// Headers that belong to one connection (RFC 9110, 7.6.1, and the two that older software uses), and `Host`,
/// which names the server that is asked.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Headers that are recorded: what the mapping reads, and what tells how to read the body. Keys, cookies and
/// whatever nobody has heard of are not.
const RECORDED: [&str; 12] = [
    "content-encoding",
    "content-type",
    "date",
    "http-referer",
    "referer",
    "retry-after",
    "user-agent",
    "x-generation-id",
    "x-openrouter-cache-status",
    "x-session-id",
    "x-test-connection",
    "x-title",
];

/// Removes the headers that belong to the connection that a message came by.
pub fn pass_on(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        while headers.remove(name).is_some() {}
    }
}

/// The same for a request that goes to `host`.
pub fn pass_on_to(headers: &mut HeaderMap, host: &HeaderValue) {
    pass_on(headers);
    headers.insert(HOST, host.clone());
}

/// Headers that carry keys.
const KEYS: [&str; 4] = [
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
];
/// Members of a query that carry keys.
const QUERY_KEYS: [&str; 5] = ["key", "api_key", "api-key", "token", "access_token"];

/// The keys that a request carries, without their scheme.
#[must_use]
pub fn keys(headers: &HeaderMap, uri: &Uri) -> Vec<SecretString> {
    let values = KEYS.iter().flat_map(|name| headers.get_all(*name));
    let of_headers = values.filter_map(|value| value.to_str().ok()).map(|value| {
        let bare = value.split_once(' ').map(|(_, bare)| bare.trim());
        bare.unwrap_or(value)
    });
    let members = uri.query().unwrap_or_default().split('&');
    let of_query = members.filter_map(|member| {
        let (name, value) = member.split_once('=')?;
        QUERY_KEYS.contains(&name).then_some(value)
    });
    let keys = of_headers.chain(of_query).filter(|key| !key.is_empty());
    keys.map(|key| SecretString::from(key.to_owned())).collect()
}

/// Whether a header is recorded.
#[must_use]
pub fn is_recorded(name: &HeaderName) -> bool {
    RECORDED.contains(&name.as_str())
}

/// The headers that are recorded.
#[must_use]
pub fn recorded(headers: &HeaderMap) -> HeaderMap {
    let kept = headers.iter().filter(|(name, _)| is_recorded(name));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn takes_out_what_belongs_to_a_connection() {
        let mut map = headers(&[
            ("host", "127.0.0.1:4111"),
            ("connection", "keep-alive, X-Only-Here"),
            ("x-only-here", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("transfer-encoding", "chunked"),
            ("accept-encoding", "br, gzip"),
            ("authorization", "Bearer sk"),
            ("x-stainless-lang", "js"),
        ]);
        pass_on_to(&mut map, &HeaderValue::from_static("openrouter.ai"));
        let expected = headers(&[
            ("host", "openrouter.ai"),
            ("accept-encoding", "br, gzip"),
            ("authorization", "Bearer sk"),
            ("x-stainless-lang", "js"),
        ]);
        assert_eq!(map, expected);
    }

    #[test]
    fn records_no_secret() {
        let map = headers(&[
            ("authorization", "Bearer sk"),
            ("cookie", "a=b"),
            ("set-cookie", "a=b"),
            ("x-api-key", "sk"),
            ("x-anything", "1"),
            ("x-session-id", "s"),
            ("content-type", "application/json"),
        ]);
        let expected = headers(&[("x-session-id", "s"), ("content-type", "application/json")]);
        assert_eq!(recorded(&map), expected);
    }
}
