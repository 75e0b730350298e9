//! Whether a request comes from this machine and is meant for it. A page in a browser reaches every port of this
//! machine, by a name of its own that resolves to 127.0.0.1 if need be.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::header::ORIGIN;
use http::uri::Authority;
use http::{HeaderMap, HeaderName};

/// The value of a header that is there once.
pub(crate) fn only(headers: &HeaderMap, name: HeaderName) -> Option<&[u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.as_bytes())
}

/// Whether a page's origin is on this machine: `http://localhost:3000`.
pub(crate) fn is_loopback_origin(origin: &str) -> bool {
    let host = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    host.and_then(|host| Authority::from_str(host).ok())
        .is_some_and(|host| is_loopback_authority(&host))
}

/// Whether a browser sends a request for a page of another site without saying which: with a picture or a link, which
/// have no origin. <https://www.w3.org/TR/fetch-metadata/>
pub(crate) fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    !headers.contains_key(ORIGIN)
        && sites.any(|site| site.as_bytes().eq_ignore_ascii_case(b"cross-site"))
}

/// Whether a host, with or without a port, is this machine.
pub(crate) fn is_loopback_authority(authority: &Authority) -> bool {
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let v6 = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    if let Some(v6) = v6 {
        return v6
            .parse::<Ipv6Addr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback());
    }
    host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || host.eq_ignore_ascii_case("localhost")
}
