//! Base URLs: what is taken as one, and how its host is reached.

use std::fmt;
use std::net::IpAddr;

use url::Url;

use super::{DestinationError, RAINDROP};

/// Whether plain `http` may leave this machine. Only the person may say so, with `--insecure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insecure {
    /// `http` to loopback only.
    Refused,
    /// `http` to any host: the write key travels in clear text.
    Allowed,
}

/// A base URL without trailing slash and without `/v1`. A path before that is kept, for proxies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    text: String,
    authority: String,
    reach: Reach,
}

/// How a base URL is reached: what decides over proxies and certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Reach {
    /// `http` on this machine: no certificates, no proxy.
    LoopbackPlain,
    /// `https` on this machine: certificates, no proxy.
    LoopbackTls,
    /// `http` elsewhere, which only `--insecure` allows: a proxy would read the write key, so there is none.
    OutsidePlain,
    /// `https` elsewhere: a proxy passes on what it can't read.
    OutsideTls,
}

impl BaseUrl {
    /// Reads a base URL as a person types it: trailing slashes and a trailing `/v1` are dropped.
    ///
    /// # Errors
    /// On anything but `https` (or `http` to 127.0.0.0/8, ::1, localhost), and on user info, query
    /// or fragment.
    pub fn parse(text: &str, insecure: Insecure) -> Result<Self, DestinationError> {
        let text = text.trim();
        if text.chars().any(|c| c.is_control() || c == ' ') {
            return Err(DestinationError::NotAUrl(
                "it has a blank or a control character inside".into(),
            ));
        }
        if !text.contains("://") {
            return Err(DestinationError::Scheme);
        }
        let url = Url::parse(text).map_err(|e| DestinationError::NotAUrl(e.to_string()))?;
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(DestinationError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DestinationError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(DestinationError::Query);
        }
        let host = url.host_str().unwrap_or_default();
        let loopback = is_loopback(host);
        if !secure && !loopback && insecure == Insecure::Refused {
            return Err(DestinationError::ClearText);
        }
        let reach = match (loopback, secure) {
            (true, false) => Reach::LoopbackPlain,
            (true, true) => Reach::LoopbackTls,
            (false, false) => Reach::OutsidePlain,
            (false, true) => Reach::OutsideTls,
        };
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let path = url.path().trim_end_matches('/');
        let path = match path.strip_suffix("/v1") {
            Some(before) => before.trim_end_matches('/'),
            None => path,
        };
        Ok(Self {
            text: format!("{}://{authority}{path}", url.scheme()),
            authority,
            reach,
        })
    }

    /// A base URL as a person may type it, with a scheme where it has none: `http` on this machine, else `https`.
    #[must_use]
    pub fn with_scheme(text: &str) -> String {
        let text = text.trim();
        if text.is_empty() || text.contains("://") {
            return text.to_owned();
        }
        let plain = format!("http://{text}");
        let is_here = Self::parse(&plain, Insecure::Refused).is_ok_and(|url| url.is_loopback());
        match is_here {
            true => plain,
            false => format!("https://{text}"),
        }
    }

    /// The full URL of a path like `/v1/events/track`.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The URL without trailing slash and without `/v1`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and, where it is not the scheme's own, port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What answers there, for a person: Raindrop only where it is Raindrop's own host, else host and
    /// port. A stranger must not pass for Raindrop.
    #[must_use]
    pub fn answerer(&self) -> &str {
        match self.is_raindrop() {
            true => "Raindrop",
            false => self.authority(),
        }
    }

    /// Whether it names Raindrop's own host.
    #[must_use]
    pub fn is_raindrop(&self) -> bool {
        RAINDROP.strip_prefix("https://") == Some(self.authority())
    }

    /// Whether it names this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        matches!(self.reach, Reach::LoopbackPlain | Reach::LoopbackTls)
    }

    pub(crate) const fn reach(&self) -> Reach {
        self.reach
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical().is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        use DestinationError as E;
        let table: [(&str, Result<&str, E>); 22] = [
            ("https://api.raindrop.ai", Ok("https://api.raindrop.ai")),
            (" https://api.raindrop.ai/ ", Ok("https://api.raindrop.ai")),
            ("https://API.raindrop.ai/v1", Ok("https://api.raindrop.ai")),
            (
                "https://api.raindrop.ai/v1///",
                Ok("https://api.raindrop.ai"),
            ),
            ("https://proxy.test/rd/v1/", Ok("https://proxy.test/rd")),
            ("https://proxy.test:8443", Ok("https://proxy.test:8443")),
            ("http://localhost:5899/v1/", Ok("http://localhost:5899")),
            ("http://LOCALHOST:5899", Ok("http://localhost:5899")),
            ("http://127.0.0.1:1", Ok("http://127.0.0.1:1")),
            ("http://127.9.9.9:1", Ok("http://127.9.9.9:1")),
            ("http://[::1]:1", Ok("http://[::1]:1")),
            ("http://api.raindrop.ai", Err(E::ClearText)),
            ("http://localhost.evil.test", Err(E::ClearText)),
            ("http://0.0.0.0:1", Err(E::ClearText)),
            ("api.raindrop.ai", Err(E::Scheme)),
            ("localhost:5899", Err(E::Scheme)),
            ("", Err(E::Scheme)),
            ("ftp://api.raindrop.ai", Err(E::Scheme)),
            ("https://me:pass@api.raindrop.ai", Err(E::UserInfo)),
            ("https://127.0.0.1@evil.test", Err(E::UserInfo)),
            ("https://api.raindrop.ai?a=1", Err(E::Query)),
            ("https://api.raindrop.ai#a", Err(E::Query)),
        ];
        for (text, expected) in table {
            let found = BaseUrl::parse(text, Insecure::Refused);
            assert_eq!(
                found.as_ref().map(BaseUrl::as_str),
                expected.as_ref().copied(),
                "{text}"
            );
        }
        for text in ["https://", "https:///", "https://a b", "https://a\nb"] {
            assert!(
                matches!(BaseUrl::parse(text, Insecure::Refused), Err(E::NotAUrl(_))),
                "{text}"
            );
        }
        assert!(BaseUrl::parse("http://10.0.0.1", Insecure::Allowed).is_ok());
    }

    #[test]
    fn only_raindrop_is_called_so() {
        let table = [
            ("https://api.raindrop.ai", "Raindrop"),
            ("https://API.raindrop.ai/v1", "Raindrop"),
            ("https://api.raindrop.ai:8443", "api.raindrop.ai:8443"),
            (
                "https://api.raindrop.ai.evil.test",
                "api.raindrop.ai.evil.test",
            ),
            ("https://proxy.test/raindrop", "proxy.test"),
            ("http://127.0.0.1:42955", "127.0.0.1:42955"),
        ];
        for (text, name) in table {
            let base_url = BaseUrl::parse(text, Insecure::Refused);
            let found = base_url.as_ref().map(BaseUrl::answerer);
            assert_eq!(found, Ok(name), "{text}");
        }
    }
}
