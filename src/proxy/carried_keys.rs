//! Which keys a request carries: in its headers, its cookies and queries, by how those are named and what they say.

use std::borrow::Cow;
use std::collections::HashSet;
use std::iter;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, Uri};
use secrecy::SecretString;
use url::form_urlencoded;

use super::headers::is_recorded_name;
use crate::json::{Document, Limits, Value};

/// Words of which one stands in the name of what carries a key: a header, a member of a query.
const SECRET_WORDS: [&str; 32] = [
    "apikey",
    "assertion",
    "auth",
    "authentication",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "creds",
    "csrf",
    "dpop",
    "hmac",
    "jwt",
    "key",
    "keys",
    "license",
    "oauth",
    "otp",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "pw",
    "pwd",
    "secrets",
    "sig",
    "signature",
    "tokens",
    "totp",
    "xsrf",
];
/// What a word of such a name may begin or end with: `userPassword`, `tokenValue`.
const SECRET_PARTS: [&str; 5] = ["passphrase", "passwd", "password", "secret", "token"];
/// Names that have one and carry none.
const OPEN: [&str; 2] = ["idempotency-key", "sec-websocket-key"];
/// Words before `key` of which it is no secret: `X-Cache-Key`.
const OPEN_KEYS: [&str; 7] = [
    "cache",
    "partition",
    "route",
    "routing",
    "shard",
    "sort",
    "surrogate",
];
/// Last words of names that say who asks or tell of a key, and are none: `X-Auth-Request-Email`, `X-Token-Count`.
const OPEN_ENDS: [&str; 16] = [
    "count", "scope", "scopes", "email", "estimate", "expires", "group", "groups", "id", "limit",
    "name", "scheme", "type", "uid", "user", "username",
];

/// Whether a name in lower case says who asks, or tells of a key.
fn is_open(name: &str) -> bool {
    let last = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
    last.is_some_and(|last| OPEN_ENDS.contains(&last))
}

/// Whether a header or a member of a query is named like what carries a key.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let is_open_key = |word: &&str| name.ends_with(&format!("{word}-key"));
    !OPEN.contains(&&*name)
        && !OPEN_KEYS.iter().any(is_open_key)
        && !is_open(&name)
        && words.any(|word| {
            // `key2`
            let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
            // `tokenizer`, `secretary`
            let goes_on = |rest: &str| !rest.starts_with("iz") && !rest.starts_with("ary");
            let is_beside =
                |part: &&str| word.ends_with(part) || word.strip_prefix(part).is_some_and(goes_on);
            SECRET_WORDS.contains(&word)
                || word.ends_with("key")
                || SECRET_PARTS.iter().any(is_beside)
        })
}

/// The keys that a request carries, without their scheme: in its headers, its cookies and queries.
#[must_use]
pub fn keys(headers: &HeaderMap, uri: &Uri) -> Vec<SecretString> {
    let mut keys = Vec::new();
    for (name, value) in headers {
        let value = text_of(value);
        let meant = value.contains('%').then(|| percent_decoded(&value));
        for value in iter::once(value).chain(meant.map(Cow::Owned)) {
            match name.as_str() {
                "cookie" => keys.extend(value.split(';').map(|cookie| {
                    let (_, value) = cookie.split_once('=').unwrap_or(("", cookie));
                    value.trim().trim_matches('"').to_owned()
                })),
                name if is_secret(name) && !is_recorded_name(name) => of_header(&value, &mut keys),
                _ => {}
            }
            if !matches!(name.as_str(), "cookie" | "authorization") {
                anywhere(&value, &mut keys);
            }
        }
    }
    of_url(&uri.to_string(), &mut keys);
    let mut seen = HashSet::new();
    keys.retain(|key| !key.is_empty() && seen.insert(key.clone()));
    keys.into_iter().map(SecretString::from).collect()
}

/// The keys by which a request says who calls: those of headers that are named like one, and of its own query. A browser sends
/// cookies and what belongs to them to whatever it talks to, so these are left out.
pub(super) fn of_caller(headers: &HeaderMap, uri: &Uri) -> Vec<String> {
    let is_named = |name: &str| {
        let of_browser = ["cookie", "csrf", "xsrf"]
            .iter()
            .any(|word| name.contains(word));
        is_secret(name) && !of_browser && !is_recorded_name(name)
    };
    let mut keys = Vec::new();
    for (name, value) in headers {
        if is_named(name.as_str()) {
            of_header(&text_of(value), &mut keys);
        }
    }
    keys.extend(of_query(&uri.to_string()));
    let is_scheme = |key: &str| ["", "bearer", "basic"].contains(&&*key.to_ascii_lowercase());
    keys.retain(|key| !is_scheme(key.trim()));
    keys
}

/// A header's value as text: in UTF-8 where it is, else in Latin-1, as HTTP has had it.
fn text_of(value: &HeaderValue) -> Cow<'_, str> {
    let bytes = value.as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// What a text says where its escapes are those of a URL.
fn percent_decoded(text: &str) -> String {
    // What has a meaning of its own in a query stands for itself.
    let plain = text
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let mut parsed = form_urlencoded::parse(plain.as_bytes());
    parsed
        .next()
        .map_or_else(String::new, |(text, _)| text.into_owned())
}

/// What a header's value carries behind its scheme. Of `Basic` also what is packed in it: name and password.
fn of_header(value: &str, keys: &mut Vec<String>) {
    let (scheme, bare) = value.trim().split_once(' ').unwrap_or(("", value));
    let bare = bare.trim();
    keys.push(bare.to_owned());
    // Of several keys in one header each.
    if value.contains(',') {
        keys.extend(value.split(',').map(|key| key.trim().to_owned()));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        unpack_basic(bare, keys);
    }
}

/// The name and password that are packed in what stands behind `Basic`.
fn unpack_basic(packed: &str, keys: &mut Vec<String>) {
    let unpacked = STANDARD.decode(packed).ok();
    if let Some(text) = unpacked.and_then(|bytes| String::from_utf8(bytes).ok()) {
        keys.extend(
            text.split_once(':')
                .map(|(_, password)| password.to_owned()),
        );
        keys.push(text);
    }
}

/// What a value of any header says is a key: behind `Bearer` or `Basic`, as a member that is named like one, in a URL.
fn anywhere(value: &str, keys: &mut Vec<String>) {
    let json = Document::parse(value.into(), Limits::default()).ok();
    if let Some(doc) = json.filter(|doc| doc.root().kind().is_container()) {
        return in_json(doc.root(), keys);
    }
    let is_end = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'' | '{' | '}');
    let mut words = value.split(is_end).filter(|word| !word.is_empty());
    // `"name": "value"`, `name: value`
    let (mut name, mut is_named) = ("", false);
    while let Some(word) = words.next() {
        let scheme = word.rsplit('=').next().unwrap_or_default();
        let is_scheme = |of: &str| scheme.eq_ignore_ascii_case(of);
        if is_named {
            keys.push(word.to_owned());
        }
        if is_scheme("bearer") || is_scheme("basic") {
            let key = words.next().unwrap_or_default();
            if is_scheme("basic") {
                unpack_basic(key, keys);
            }
            keys.push(key.to_owned());
        } else if word.contains(['?', '#', '@']) {
            of_url(word, keys);
        } else if word.contains('&') {
            keys.extend(of_query(&format!("?{word}")));
        } else if let Some((name, value)) = word.split_once('=')
            && is_secret(name)
        {
            keys.push(value.to_owned());
        } else if let Some((name, value)) = word.split_once(':')
            && !value.is_empty()
            && is_secret(name)
        {
            keys.push(value.to_owned());
        }
        // `"name" : "value"` has its colon by itself.
        is_named = match word {
            ":" => is_secret(name),
            word => word.strip_suffix(':').is_some_and(is_secret),
        };
        name = word;
    }
}

/// What of JSON says that it is a key: by its own name or that of what it stands in, or as in any text.
fn in_json(root: Value<'_>, keys: &mut Vec<String>) {
    for value in root
        .descendants()
        .filter(|value| !value.kind().is_container())
    {
        let text = value.str().unwrap_or_else(|| value.raw().into());
        let around = iter::successors(Some(value), |value| value.parent());
        let mut names = around.filter_map(Value::key);
        let own = names.next().unwrap_or_default();
        if is_secret(&own)
            || !is_open(&own.to_ascii_lowercase()) && names.any(|name| is_secret(&name))
        {
            of_header(&text, keys);
        }
        anywhere(&text, keys);
    }
}

/// What a URL carries: a user's password, members of its query, and what those of a URL within it have.
fn of_url(url: &str, keys: &mut Vec<String>) {
    of_address(url, keys);
    let query = url.split('#').next().and_then(|url| url.split_once('?'));
    let query = query.map_or("", |(_, query)| query);
    for (_, within) in form_urlencoded::parse(query.as_bytes()) {
        of_address(&within, keys);
        if within.contains('"') {
            anywhere(&within, keys);
        }
    }
}

/// What a URL carries by itself.
fn of_address(url: &str, keys: &mut Vec<String>) {
    let host = url.split_once("//").map(|(_, behind)| behind);
    let host = host.and_then(|host| host.split(['/', '?', '#']).next());
    let user = host.and_then(|host| host.rsplit_once('@'));
    keys.extend(user.map(|(user, _)| {
        let password = user.split_once(':').map(|(_, password)| password);
        password.unwrap_or(user).to_owned()
    }));
    keys.extend(of_query(url));
}

/// The members of a URL's query and fragment that are named like keys, as they stand there and as they are meant.
fn of_query(url: &str) -> impl Iterator<Item = String> {
    let behind = url.find(['?', '#']).map_or("", |at| &url[at + 1..]);
    let members = behind.split(['&', ';', '?', '#']);
    let secrets = members.filter_map(|member| {
        let (name, value) = member.split_once('=')?;
        let meant = form_urlencoded::parse(name.as_bytes()).next();
        let is_meant = || meant.is_some_and(|(name, _)| is_secret(&name));
        (is_secret(name) || is_meant()).then_some(value)
    });
    secrets.flat_map(|value| {
        let meant = Some(percent_decoded(value));
        iter::once(value.to_owned()).chain(meant.filter(|meant| meant != value))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::proxy::headers::tests::headers;

    #[test]
    fn every_key_of_a_request_is_known() {
        use secrecy::ExposeSecret;
        let check =
            |pairs: &[(&'static str, &'static str)], uri: &'static str, expected: &[&str]| {
                let keys = keys(&headers(pairs), &Uri::from_static(uri));
                let mut keys: Vec<&str> = keys.iter().map(ExposeSecret::expose_secret).collect();
                keys.sort_unstable();
                assert_eq!(keys, expected, "{pairs:?} {uri}");
            };
        check(&[("authorization", "Bearer sk-1")], "/", &["sk-1"]);
        check(
            &[("authorization", "Basic YWRhOnMzY3JldA==")],
            "/",
            &["YWRhOnMzY3JldA==", "ada:s3cret", "s3cret"],
        );
        check(
            &[("cookie", "a=one; b=\"two\"; three")],
            "/",
            &["one", "three", "two"],
        );
        check(&[], "/?api_key=ab%2Fc%3D+d", &["ab%2Fc%3D+d", "ab/c=+d"]);
        check(&[], "/?%74oken=k&sig=s&otp=1", &["1", "k", "s"]);
        check(&[], "/?q={%22token%22:%22k%22}", &["k"]);
        check(
            &[("x-upstream", "Basic YWRhOnMzY3JldA==")],
            "/",
            &["YWRhOnMzY3JldA==", "ada:s3cret", "s3cret"],
        );
        for (name, value) in [
            ("x-upstream", "Bearer sk-1"),
            ("referer", "https://u:sk-1@x.test/"),
            ("x-forwarded-uri", "/a?token=sk-1"),
            ("x-original-url", "/a?b=c&api_key=sk-1"),
            ("x-next", "/?next=https%3A%2F%2Fx%2F%3Ftoken%3Dsk-1"),
            ("baggage", "user=ada,api_key=sk-1"),
            ("x-otlp-headers", "authorization=Bearer sk-1"),
            ("x-xsrf", "sk-1"),
            ("x-license", "sk-1"),
            ("x-user-pw", "sk-1"),
            ("x-userpassword", "sk-1"),
            ("ok-access-passphrase", "sk-1"),
            ("x-tokenvalue", "sk-1"),
            ("x-secretkeybase", "sk-1"),
            ("x-key2", "sk-1"),
            ("x-creds", "sk-1"),
            ("x-authentication", "sk-1"),
            ("x-meta", "{\"api_key\": \"sk-1\", \"b\": 1}"),
            ("x-meta", "{\"b\":1,\"apiKey\" : \"sk-1\"}"),
            ("x-meta", "{\"tokens\":[\"sk-1\"]}"),
            (
                "x-meta",
                "{\"auth\":{\"value\":\"sk-1\",\"type\":\"basic\"}}",
            ),
            ("x-meta", "{\"url\":\"https://u:sk-1@x/\"}"),
            ("x-meta", "token: sk-1"),
            ("x-meta", "token:sk-1"),
            ("x-query", "a=b&sig=sk-1"),
            ("x-next", "/?next=https%3A%2F%2Fu%3Ask-1%40x%2F"),
        ] {
            check(&[(name, value)], "/", &["sk-1"]);
        }
        let escaped = ["Bearer%20sk-1", "sk-1"];
        check(&[("authorization-info", escaped[0])], "/", &escaped);
        let honest = "text/html, application/json; q=0.9; charset=utf-8";
        check(
            &[("accept", honest), ("x-mail", "ada@example.com")],
            "/",
            &[],
        );
        // A letter beyond ASCII hides none of the others.
        for name in [&b"J\xc3\xbcrgen"[..], b"J\xfcrgen"] {
            let mut map = HeaderMap::new();
            let cookie = [b"name=", name, b"; session=s-1"].concat();
            map.insert("cookie", HeaderValue::from_bytes(&cookie).unwrap());
            map.insert("x-api-key", HeaderValue::from_bytes(name).unwrap());
            let keys = keys(&map, &Uri::from_static("/"));
            let keys: Vec<&str> = keys.iter().map(ExposeSecret::expose_secret).collect();
            assert_eq!(keys, ["Jürgen", "s-1"]);
        }
        for name in [
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "x-my-service-token",
            "x-auth",
            "x-client-secret",
            "ocp-apim-subscription-key",
            "x-apikey",
            "x-passwd",
            "x-api-keys",
        ] {
            check(&[(name, "sk-2")], "/", &["sk-2"]);
        }
        check(&[("x-api-key", "sk-3, sk-4")], "/", &["sk-3", "sk-4"]);
        check(
            &[],
            "/a?key=k1&q=2&api_key=k3&X-Amz-Signature=k4",
            &["k1", "k3", "k4"],
        );
        check(
            &[("http-referer", "https://x.test/?q=1&api_key=k5#token=k6")],
            "/",
            &["k5", "k6"],
        );
        check(
            &[
                ("x-session-id", "s"),
                ("x-title", "my key"),
                ("content-type", "a/b"),
                ("idempotency-key", "i"),
                ("x-auth-request-email", "alice.smith@example.com"),
                ("x-auth-request-preferred-username", "alice"),
                ("x-token-estimate", "a long enough value"),
                ("x-tokenizer", "a long enough value"),
                ("x-cache-key", "meta-llama/llama-3.1-8b-instruct:free"),
                ("x-stainless-lang", "js"),
            ],
            "/?limit=5",
            &[],
        );
    }
}
