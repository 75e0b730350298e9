//! Settings to a destination: which kind, where, and with which write key.
//!
//! The key comes from `RAINDROP_WRITE_KEY`, else from the credentials file (where it is kept by base
//! URL), else from `write_key_command`. A Workshop never gets one. Without key and base URL, events
//! go to the program's own sink.

use super::Settings;
use super::command::{self, CommandError};
use super::credentials::{self, CredentialsError};
use super::environment::{Environment, LOCAL_DEBUGGER, WORKSHOP, WRITE_KEY};
use super::origin::Origin;
use super::schema::{Name, Value};
use crate::destination::{
    self, BaseUrl, Destination, DestinationError, DestinationKind as Kind, Insecure, ProjectSlug,
    WriteKey, WriteKeyError,
};
use crate::diagnostics::Variant;

/// A key for a sink that asks for none in particular.
const SINK_KEY: &str = "local-sink";

/// Where events go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The program's own sink, which it starts itself: nothing is configured.
    OwnSink {
        /// The project to send to it.
        project: Option<ProjectSlug>,
    },
    /// This destination.
    Destination(Destination),
}

/// Where a write key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// No key is needed, or the sink's own is used.
    None,
    /// `RAINDROP_WRITE_KEY`.
    Environment,
    /// The credentials file.
    Credentials,
    /// `write_key_command`.
    Command,
    /// The destination window of the inspector.
    Typed,
}

impl KeySource {
    /// For a person.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none needed",
            Self::Environment => WRITE_KEY,
            Self::Credentials => "credentials file",
            Self::Command => "write_key_command",
            Self::Typed => "typed here",
        }
    }

    /// What to do where `who` refused the key: what helps depends on where it came from.
    pub fn after_refusal(self, who: &str) -> String {
        match self {
            Self::None => "No write key was given: the destination window takes one.".to_owned(),
            Self::Typed => format!("It was typed here: type or paste the key of {who} again."),
            Self::Environment | Self::Command => {
                format!("It came from {}: is that the key of {who}?", self.name())
            }
            Self::Credentials => {
                format!("It came from the credentials file: is that the key of {who}?")
            }
        }
    }
}

/// A destination, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Where events go.
    pub target: Target,
    /// Where the write key came from.
    pub key_source: KeySource,
    /// What said where it is.
    pub origin: Origin,
}

/// Why there is no destination.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// A base URL, slug or Workshop that cannot be.
    #[error("{origin}: {reason}")]
    Destination {
        /// What said it.
        origin: Origin,
        /// What is wrong.
        reason: DestinationError,
    },
    /// The variable holds no write key.
    #[error("RAINDROP_WRITE_KEY: {0}")]
    Variable(WriteKeyError),
    /// See [`CredentialsError`].
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// `write_key_command` gave no key.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A base URL elsewhere, and no key for it.
    #[error(
        "there is no write key for {0}: run `rainscope connect`, or set RAINDROP_WRITE_KEY or write_key_command"
    )]
    NoKey(BaseUrl),
}

/// Finds the destination. May run `write_key_command`, which may ask on the terminal.
///
/// # Errors
/// When what was said cannot be a destination, or its key is missing.
pub fn resolve(settings: &Settings, environment: &Environment) -> Result<Resolved, ResolveError> {
    let resolved = find(settings, environment);
    match &resolved {
        Ok(Resolved {
            target: Target::OwnSink { .. },
            origin,
            ..
        }) => {
            tracing::debug!(kind = "own sink", %origin, "destination");
        }
        Ok(Resolved {
            target: Target::Destination(there),
            key_source,
            origin,
        }) => {
            let host = there.base_url().authority();
            let key = key_source.name();
            tracing::debug!(kind = ?there.kind(), host, key, %origin, "destination");
        }
        Err(error) => tracing::warn!(why = %Variant(error), "no destination"),
    }
    resolved
}

fn find(settings: &Settings, environment: &Environment) -> Result<Resolved, ResolveError> {
    let place = place(settings, environment)?;
    let project = project(settings)?;
    let (kind, base_url) = match place.base_url {
        Some(base_url) => (place.kind, base_url),
        None => {
            let raindrop = base_url(destination::RAINDROP, Insecure::Refused, &place.origin)?;
            let key = match place.kind {
                Some(Kind::LocalSink) => None,
                _ => key(settings, environment, &raindrop)?,
            };
            return match (key, place.kind) {
                (Some((key, key_source)), _) => Ok(Resolved {
                    target: Target::Destination(Destination::raindrop(raindrop, key, project)),
                    key_source,
                    origin: Origin::Default,
                }),
                (None, Some(Kind::Raindrop)) => Err(ResolveError::NoKey(raindrop)),
                (None, _) => Ok(Resolved {
                    target: Target::OwnSink { project },
                    key_source: KeySource::None,
                    origin: place.origin,
                }),
            };
        }
    };
    let key = match kind {
        Some(Kind::Workshop) => None,
        _ => key(settings, environment, &base_url)?,
    };
    let here = base_url.is_loopback();
    let (destination, key_source) = match (kind, key) {
        (Some(Kind::Workshop), _) => {
            let workshop = Destination::workshop(base_url);
            let workshop = workshop.map_err(|reason| ResolveError::Destination {
                origin: place.origin.clone(),
                reason,
            })?;
            (workshop, KeySource::None)
        }
        (Some(Kind::LocalSink), Some((key, from))) => {
            (Destination::local_sink(base_url, key, project), from)
        }
        (_, Some((key, from))) => (Destination::raindrop(base_url, key, project), from),
        (Some(Kind::LocalSink) | None, None) if here => {
            let key = WriteKey::new(SINK_KEY.to_owned()).map_err(ResolveError::Variable)?;
            (
                Destination::local_sink(base_url, key, project),
                KeySource::None,
            )
        }
        (_, None) => return Err(ResolveError::NoKey(base_url)),
    };
    Ok(Resolved {
        target: Target::Destination(destination),
        key_source,
        origin: place.origin,
    })
}

/// Where, and what answers there, before any key is looked for.
struct Place {
    base_url: Option<BaseUrl>,
    kind: Option<Kind>,
    origin: Origin,
}

/// The vendor's variables for a Workshop stand between the settings file and `RAINSCOPE_BASE_URL`.
/// A kind is said of a base URL: one from a lower layer says nothing of a base URL from a higher one.
fn place(settings: &Settings, environment: &Environment) -> Result<Place, ResolveError> {
    let (_, origin) = settings.get(Name::BaseUrl);
    let (_, kind_origin) = settings.get(Name::Kind);
    let kind = match settings.text(Name::Kind) {
        _ if kind_origin.layer() < origin.layer() => None,
        Some("raindrop") => Some(Kind::Raindrop),
        Some("sink") => Some(Kind::LocalSink),
        Some("workshop") => Some(Kind::Workshop),
        _ => None,
    };
    let variable = Origin::Environment(WORKSHOP).layer();
    let said_above = origin.layer() >= variable
        || (kind_origin.layer() >= variable && kind != Some(Kind::Workshop));
    if !said_above && let Some((name, url)) = workshop(environment) {
        let origin = Origin::Environment(name);
        return Ok(Place {
            base_url: Some(base_url(&url, Insecure::Refused, &origin)?),
            kind: Some(Kind::Workshop),
            origin,
        });
    }
    let insecure = match settings.flag(Name::Insecure) {
        true => Insecure::Allowed,
        false => Insecure::Refused,
    };
    let text = match (settings.text(Name::BaseUrl), kind) {
        (None, Some(Kind::Workshop)) => Some(destination::WORKSHOP),
        (text, _) => text,
    };
    let base_url = match text {
        Some(text) => Some(base_url(text, insecure, origin)?),
        None => None,
    };
    Ok(Place {
        base_url,
        kind,
        origin: origin.clone(),
    })
}

/// The variable that names a Workshop, and its URL.
pub fn workshop(environment: &Environment) -> Option<(&'static str, String)> {
    let flag = environment.get(WORKSHOP).map(str::trim);
    if matches!(flag, Some("0" | "false" | "off" | "no")) {
        return None;
    }
    if let Some(url) = environment.get(LOCAL_DEBUGGER) {
        return Some((LOCAL_DEBUGGER, url.to_owned()));
    }
    match flag? {
        "1" | "true" | "on" | "yes" => Some((WORKSHOP, destination::WORKSHOP.to_owned())),
        url => Some((WORKSHOP, url.to_owned())),
    }
}

/// The project of the settings; none is Production.
fn project(settings: &Settings) -> Result<Option<ProjectSlug>, ResolveError> {
    let slug = ProjectSlug::parse(settings.text(Name::Project).unwrap_or_default());
    slug.map_err(|reason| ResolveError::Destination {
        origin: settings.get(Name::Project).1.clone(),
        reason,
    })
}

fn key(
    settings: &Settings,
    environment: &Environment,
    base_url: &BaseUrl,
) -> Result<Option<(WriteKey, KeySource)>, ResolveError> {
    if let Some(text) = environment.get(WRITE_KEY) {
        let key = WriteKey::new(text.to_owned()).map_err(ResolveError::Variable)?;
        return Ok(Some((key, KeySource::Environment)));
    }
    if let Some(path) = &settings.paths.credentials
        && let Some(key) = credentials::read(path, base_url)?
    {
        return Ok(Some((key, KeySource::Credentials)));
    }
    let command: &Value = settings.get(Name::WriteKeyCommand).0;
    Ok(command::run(command)?.map(|key| (key, KeySource::Command)))
}

fn base_url(text: &str, insecure: Insecure, origin: &Origin) -> Result<BaseUrl, ResolveError> {
    BaseUrl::parse(text, insecure).map_err(|reason| ResolveError::Destination {
        origin: origin.clone(),
        reason,
    })
}
