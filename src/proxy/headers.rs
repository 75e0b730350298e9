//! Which headers are passed on, and which are recorded.

use http::header::{
    CONNECTION, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

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

/// Headers that name a page, whose query may carry keys.
const PAGES: [&str; 2] = ["http-referer", "referer"];

/// Whether a header is recorded.
#[must_use]
pub fn is_recorded(name: &HeaderName) -> bool {
    is_recorded_name(name.as_str())
}

pub(super) fn is_recorded_name(name: &str) -> bool {
    RECORDED.contains(&name)
}

/// The headers that are recorded.
#[must_use]
pub fn recorded(headers: &HeaderMap) -> HeaderMap {
    let kept = headers.iter().filter(|(name, _)| is_recorded(name));
    kept.map(|(name, value)| {
        let value = match PAGES.contains(&name.as_str()) {
            true => page(value),
            false => value.clone(),
        };
        (name.clone(), value)
    })
    .collect()
}

/// A page's address without what may hold a key: its query, its fragment, a user's name and password.
fn page(value: &HeaderValue) -> HeaderValue {
    let bytes = value.as_bytes();
    let end = bytes.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let bytes = &bytes[..end.unwrap_or(bytes.len())];
    let start = memchr::memmem::find(bytes, b"//").map_or(0, |at| at + 2);
    let host = bytes[start..].split(|byte| *byte == b'/').next();
    let user = memchr::memrchr(b'@', host.unwrap_or_default()).map_or(0, |at| at + 1);
    let bare = [&bytes[..start], &bytes[start + user..]].concat();
    HeaderValue::from_bytes(&bare).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A map of some headers.
    pub fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
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

    #[test]
    fn of_a_page_nothing_is_recorded_that_may_be_a_key() {
        let check = |given: &'static str, expected: &'static str| {
            for name in PAGES {
                let found = recorded(&headers(&[(name, given)]));
                assert_eq!(found, headers(&[(name, expected)]));
            }
        };
        check("https://x.test/a?api_key=k", "https://x.test/a");
        check("https://x.test/a#token=k", "https://x.test/a");
        check("https://ada:k@x.test/a@b", "https://x.test/a@b");
        check("https://x.test", "https://x.test");
        check("my app", "my app");
    }
}
