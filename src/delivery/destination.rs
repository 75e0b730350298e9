//! Where events go. A destination is made only by the constructor of its kind, so that a Workshop
//! with a write key, or a Raindrop without one, cannot exist.

use std::{fmt, net::IpAddr};

use reqwest::Url;

use crate::settings::write_key::WriteKey;

/// Raindrop's own base URL (vendor documentation).
pub const RAINDROP: &str = "https://api.raindrop.ai";
/// Where Raindrop Workshop listens (vendor documentation).
pub const WORKSHOP: &str = "http://localhost:5899";

/// Whether plain `http` may leave this machine. Only the person may say so, with `--insecure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insecure {
    /// `http` to loopback only.
    Refused,
    /// `http` to any host: the write key travels in clear text.
    Allowed,
}

/// Why a base URL, a project slug or a destination was refused. No message repeats the text given:
/// a base URL may hold a password by mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// Not a URL at all.
    #[error("the base URL cannot be read ({0}): write it like https://api.raindrop.ai")]
    NotAUrl(String),
    /// Neither `http` nor `https`.
    #[error(
        "the base URL must begin with https:// (or http:// for this machine), like https://api.raindrop.ai"
    )]
    Scheme,
    /// `http` to another machine.
    #[error(
        "http:// to another machine would send the write key in clear text: use https://, or say --insecure if that is meant"
    )]
    ClearText,
    /// `user:password@`.
    #[error(
        "the base URL holds a user name or password: take it out, the write key is given apart (RAINDROP_WRITE_KEY)"
    )]
    UserInfo,
    /// `?…` or `#…`.
    #[error("the base URL has a query or a fragment: end it before the ? or #")]
    Query,
    /// A project slug that Raindrop would refuse.
    #[error(
        "the project slug must be 1 to 63 small letters, digits and hyphens, with no hyphen at either end; leave it empty for Production"
    )]
    Slug,
    /// A Workshop on another machine.
    #[error(
        "a Raindrop Workshop runs on this machine: give a loopback URL like http://localhost:5899"
    )]
    WorkshopElsewhere,
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
    /// Anywhere else.
    Outside,
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
            (false, _) => Reach::Outside,
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
        match RAINDROP.strip_prefix("https://") == Some(self.authority()) {
            true => "Raindrop",
            false => self.authority(),
        }
    }

    /// Whether it names this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.reach != Reach::Outside
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

/// A Raindrop project's slug, as sent in `X-Raindrop-Project-Id`. A new slug starts a new project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProjectSlug(String);

impl ProjectSlug {
    /// Reads a slug; empty and `default` both mean Production, which is the absence of a slug.
    ///
    /// # Errors
    /// When it does not match `^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$` (vendor documentation).
    pub fn parse(text: &str) -> Result<Option<Self>, DestinationError> {
        let text = text.trim();
        if text.is_empty() || text == "default" {
            return Ok(None);
        }
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let right = text.len() <= 63
            && text.bytes().all(known)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if right {
            Ok(Some(Self(text.to_owned())))
        } else {
            Err(DestinationError::Slug)
        }
    }

    /// The slug's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What answers at the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The program's own endpoint on this machine.
    LocalSink,
    /// Raindrop's local debugger: every event goes as `track_partial`, and never a write key.
    Workshop,
    /// Raindrop itself, or something that speaks for it.
    Raindrop,
}

/// Where events go, complete: kind, base URL, write key, project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    kind: Kind,
    base_url: BaseUrl,
    write_key: Option<WriteKey>,
    project: Option<ProjectSlug>,
}

impl Destination {
    /// Raindrop, or a proxy in front of it.
    #[must_use]
    pub fn raindrop(base_url: BaseUrl, write_key: WriteKey, project: Option<ProjectSlug>) -> Self {
        Self {
            kind: Kind::Raindrop,
            base_url,
            write_key: Some(write_key),
            project,
        }
    }

    /// The program's own sink. It wants some key, never the real one.
    #[must_use]
    pub fn local_sink(base_url: BaseUrl, sink_key: WriteKey, project: Option<ProjectSlug>) -> Self {
        Self {
            kind: Kind::LocalSink,
            base_url,
            write_key: Some(sink_key),
            project,
        }
    }

    /// A Raindrop Workshop: no key, no project.
    ///
    /// # Errors
    /// When the base URL is not on this machine.
    pub fn workshop(base_url: BaseUrl) -> Result<Self, DestinationError> {
        if !base_url.is_loopback() {
            return Err(DestinationError::WorkshopElsewhere);
        }
        Ok(Self {
            kind: Kind::Workshop,
            base_url,
            write_key: None,
            project: None,
        })
    }

    /// What answers there.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What answers there, in a word or two.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.kind {
            Kind::LocalSink => "local sink",
            Kind::Workshop => "Raindrop Workshop",
            Kind::Raindrop => self.base_url.answerer(),
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// The key to send, `None` for a Workshop.
    #[must_use]
    pub const fn write_key(&self) -> Option<&WriteKey> {
        self.write_key.as_ref()
    }

    /// The project; `None` is Production.
    #[must_use]
    pub const fn project(&self) -> Option<&ProjectSlug> {
        self.project.as_ref()
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

    #[test]
    fn slugs() {
        let long = "a".repeat(63);
        let too_long = "a".repeat(64);
        let table = [
            ("", Ok(None)),
            ("default", Ok(None)),
            ("a", Ok(Some("a"))),
            ("my-project-2", Ok(Some("my-project-2"))),
            (long.as_str(), Ok(Some(long.as_str()))),
            (too_long.as_str(), Err(DestinationError::Slug)),
            ("-a", Err(DestinationError::Slug)),
            ("a-", Err(DestinationError::Slug)),
            ("A", Err(DestinationError::Slug)),
            ("a_b", Err(DestinationError::Slug)),
            ("ä", Err(DestinationError::Slug)),
        ];
        for (text, expected) in table {
            let found = ProjectSlug::parse(text);
            let found = found
                .as_ref()
                .map(|slug| slug.as_ref().map(ProjectSlug::as_str));
            assert_eq!(found, expected.as_ref().copied(), "{text}");
        }
    }

    #[test]
    fn a_workshop_stays_here() {
        let outside = BaseUrl::parse("https://api.raindrop.ai", Insecure::Refused);
        assert_eq!(
            outside.and_then(Destination::workshop),
            Err(DestinationError::WorkshopElsewhere)
        );
    }
}
