//! Where events go. A destination is made only by the constructor of its kind, so that a Workshop with a write
//! key, or a Raindrop without one, cannot exist.

mod base_url;
mod project;
mod query_key;
mod write_key;

pub(crate) use base_url::Reach;
pub use base_url::{BaseUrl, Insecure};
pub use project::ProjectSlug;
pub use query_key::{QueryKey, QueryKeyError};
pub use write_key::{WriteKey, WriteKeyError};

pub use crate::event::DestinationKind;
use crate::prepare::Endpoint;

/// Raindrop's own base URL (vendor documentation).
pub const RAINDROP: &str = "https://api.raindrop.ai";
/// Where Raindrop's Query API is (its official clients).
pub const QUERY_API: &str = "https://query.raindrop.ai";
/// Where Raindrop Workshop listens (vendor documentation).
pub const WORKSHOP: &str = "http://localhost:5899";

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
        "http:// to another machine would send the key in clear text: use https://, or say --insecure if that is meant"
    )]
    ClearText,
    /// `user:password@`.
    #[error(
        "the base URL holds a user name or password: take it out, keys are given apart (RAINDROP_WRITE_KEY, RAINDROP_QUERY_API_KEY)"
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
    /// A sink on another machine.
    #[error(
        "a sink runs on this machine: give a loopback URL like http://127.0.0.1:5899, or say kind = \"raindrop\" for another server"
    )]
    SinkElsewhere,
    /// A Workshop on another machine.
    #[error(
        "a Raindrop Workshop runs on this machine: give a loopback URL like http://localhost:5899"
    )]
    WorkshopElsewhere,
}

/// Where events go, complete: kind, base URL, write key, project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    kind: DestinationKind,
    base_url: BaseUrl,
    write_key: Option<WriteKey>,
    project: Option<ProjectSlug>,
    /// What is known to answer there; none where that's but its address.
    known_as: Option<&'static str>,
    is_silent: bool,
}

impl Destination {
    /// Raindrop, or a proxy in front of it.
    #[must_use]
    pub fn raindrop(base_url: BaseUrl, write_key: WriteKey, project: Option<ProjectSlug>) -> Self {
        Self {
            kind: DestinationKind::Raindrop,
            base_url,
            write_key: Some(write_key),
            project,
            known_as: None,
            is_silent: false,
        }
    }

    /// The sink that this program started. It wants some key, never the real one.
    #[must_use]
    pub fn local_sink(base_url: BaseUrl, sink_key: WriteKey, project: Option<ProjectSlug>) -> Self {
        Self {
            known_as: Some("local sink"),
            ..Self::local_endpoint(base_url, sink_key, project)
        }
    }

    /// A server that answered as a sink, and that this program did not start.
    #[must_use]
    pub fn other_sink(base_url: BaseUrl, sink_key: WriteKey, project: Option<ProjectSlug>) -> Self {
        Self {
            known_as: Some("rainscope sink"),
            ..Self::local_endpoint(base_url, sink_key, project)
        }
    }

    /// An endpoint on this machine that gets the key of a sink, and of which its address is known, no more.
    #[must_use]
    pub fn local_endpoint(
        base_url: BaseUrl,
        sink_key: WriteKey,
        project: Option<ProjectSlug>,
    ) -> Self {
        Self {
            kind: DestinationKind::LocalSink,
            base_url,
            write_key: Some(sink_key),
            project,
            known_as: None,
            is_silent: false,
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
            kind: DestinationKind::Workshop,
            base_url,
            write_key: None,
            project: None,
            known_as: Some("Raindrop Workshop"),
            is_silent: false,
        })
    }

    /// The same for another project. A Workshop has none.
    #[must_use]
    pub fn with_project(self, project: Option<ProjectSlug>) -> Self {
        match self.kind {
            DestinationKind::Workshop => self,
            DestinationKind::LocalSink | DestinationKind::Raindrop => Self { project, ..self },
        }
    }

    /// The same of a server that does not say what it is, to which a person has the key sent all the same.
    #[must_use]
    pub fn silent(self) -> Self {
        Self {
            is_silent: true,
            ..self
        }
    }

    /// Whether it does not say what it is, and gets the key all the same.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// What answers there.
    #[must_use]
    pub const fn kind(&self) -> DestinationKind {
        self.kind
    }

    /// What answers there, in a word or two; host and port where that isn't known.
    #[must_use]
    pub fn name(&self) -> &str {
        self.known_as.unwrap_or_else(|| self.base_url.answerer())
    }

    /// Whether more than its address is known: that it is a sink of this program, or a Workshop.
    #[must_use]
    pub const fn is_known_by_kind(&self) -> bool {
        self.known_as.is_some()
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

    /// The same without the key.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        let project = self.project.as_ref().map_or("", ProjectSlug::as_str);
        Endpoint {
            kind: self.kind,
            base_url: self.base_url.as_str().to_owned(),
            project: project.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workshop_stays_here() {
        let outside = BaseUrl::parse("https://api.raindrop.ai", Insecure::Refused);
        assert_eq!(
            outside.and_then(Destination::workshop),
            Err(DestinationError::WorkshopElsewhere)
        );
    }
}
