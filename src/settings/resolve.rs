//! From settings to a server: where events go, what answers there, and which write key there is for it. Only this
//! module knows where keys come from and which base URL a key belongs to; whether a server gets the key is decided in
//! [`access`](super::access).
//!
//! A key belongs to one base URL: one in the credentials file to the base URL that it was saved for, one
//! that was typed to the base URL that it was typed for, one from `RAINDROP_WRITE_KEY` or
//! `write_key_command` to the base URL of the settings as of their own layer, else to Raindrop's own. An
//! option such as `--base-url` stands above both, so it names another server.

use super::Settings;
use super::command::{self, KeyCommandError};
use super::credentials::{self, CredentialsError};
use super::environment::{Environment, LOCAL_DEBUGGER, WORKSHOP, WRITE_KEY};
use super::origin::{Layer, SettingOrigin};
use super::schema::{SettingName, SettingValue};
use crate::destination::{
    self, BaseUrl, DestinationError, DestinationKind, Insecure, ProjectSlug, WriteKey,
    WriteKeyError,
};
use crate::diagnostics::Variant;
use crate::prepare::Endpoint;

/// Where events go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsTarget {
    /// The program's own sink, which it starts itself: nothing is configured.
    OwnSink {
        /// The project to send to it.
        project: Option<ProjectSlug>,
    },
    /// A server.
    Server(Server),
}

/// A server that events go to, as the settings describe it; it has not been asked yet what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where it is.
    pub base_url: BaseUrl,
    /// The project; none is Production.
    pub project: Option<ProjectSlug>,
    /// What answers there, according to the settings.
    pub kind: Option<DestinationKind>,
    /// The key there is for it. A Workshop is never given one.
    pub key: Option<FoundKey>,
    /// The setting that names it.
    pub origin: SettingOrigin,
}

impl Server {
    /// What the history calls it, where it is of this kind.
    pub fn endpoint(&self, kind: DestinationKind) -> Endpoint {
        let project = self
            .project
            .as_ref()
            .filter(|_| kind != DestinationKind::Workshop);
        Endpoint {
            kind,
            base_url: self.base_url.as_str().to_owned(),
            project: project.map_or("", ProjectSlug::as_str).to_owned(),
        }
    }

    /// The same with its key at hand: runs the command that prints it, if one does.
    ///
    /// # Errors
    /// When that command gives none.
    pub fn with_key_at_hand(mut self) -> Result<Self, KeyCommandError> {
        if let Some(key) = &mut self.key {
            key.text = KeyText::Known(key.reveal()?);
        }
        Ok(self)
    }
}

/// A write key that was found, and whether it belongs to the server's base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    /// Where it comes from.
    pub source: KeySource,
    /// The base URL that it belongs to, where that is another one than the server's.
    pub belongs_to: Option<String>,
    text: KeyText,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum KeyText {
    Known(WriteKey),
    /// What prints it. It may ask the person on the terminal, so it runs only when the key is needed.
    Command(SettingValue),
}

impl FoundKey {
    /// A key that was typed, or given on standard input, for the server.
    pub fn typed(key: WriteKey) -> Self {
        Self::of(key, KeySource::Typed)
    }

    /// A key that belongs to the server.
    pub fn of(key: WriteKey, source: KeySource) -> Self {
        Self {
            source,
            belongs_to: None,
            text: KeyText::Known(key),
        }
    }

    /// Whether it is at hand; else a command prints it.
    pub const fn is_known(&self) -> bool {
        matches!(self.text, KeyText::Known(_))
    }

    /// The key. May run `write_key_command`.
    ///
    /// # Errors
    /// When that command gives none.
    pub fn reveal(&self) -> Result<WriteKey, KeyCommandError> {
        match &self.text {
            KeyText::Known(key) => Ok(key.clone()),
            KeyText::Command(command) => command::run(command),
        }
    }
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
            Self::None => "none",
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

/// Why there is no destination.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// An impossible base URL, slug, sink or Workshop.
    #[error("{origin}: {reason}")]
    Destination {
        /// The setting that says so.
        origin: SettingOrigin,
        /// What is wrong.
        reason: DestinationError,
    },
    /// The variable holds no write key.
    #[error("RAINDROP_WRITE_KEY: {0}")]
    Variable(WriteKeyError),
    /// See [`CredentialsError`].
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A base URL elsewhere, and no key for it.
    #[error("there is no write key for {base_url}: {}", missing_key(.base_url))]
    NoKey {
        /// The base URL.
        base_url: BaseUrl,
    },
}

/// What to do about a key that is missing. Raindrop's is asked for by nobody but Raindrop.
fn missing_key(base_url: &BaseUrl) -> &'static str {
    match base_url.is_raindrop() {
        true => "run `rainscope connect`, or set RAINDROP_WRITE_KEY or write_key_command",
        false => "give `rainscope connect` the one that this server gave you",
    }
}

/// Finds where events go. Runs no command and asks no server.
///
/// # Errors
/// When what was said cannot be a destination, or its key is missing.
pub fn resolve(
    settings: &Settings,
    environment: &Environment,
) -> Result<SettingsTarget, ResolveError> {
    resolve_with(settings, environment, None)
}

/// The same with a key that was typed for wherever the settings point to; without a base URL that is
/// Raindrop's own.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_with(
    settings: &Settings,
    environment: &Environment,
    typed: Option<WriteKey>,
) -> Result<SettingsTarget, ResolveError> {
    let target = find(settings, environment, typed);
    match &target {
        Ok(SettingsTarget::OwnSink { .. }) => tracing::debug!(kind = "own sink", "destination"),
        Ok(SettingsTarget::Server(server)) => {
            let host = server.base_url.authority();
            let key = server.key.as_ref().map(|key| key.source.name());
            let (kind, origin) = (server.kind, &server.origin);
            tracing::debug!(?kind, host, key, %origin, "destination");
        }
        Err(error) => tracing::warn!(why = %Variant(error), "no destination"),
    }
    target
}

fn find(
    settings: &Settings,
    environment: &Environment,
    typed: Option<WriteKey>,
) -> Result<SettingsTarget, ResolveError> {
    let place = place(settings, environment)?;
    let project = project(settings)?;
    let is_named = place.base_url.is_some();
    let base_url = match place.base_url {
        Some(base_url) => base_url,
        None => base_url(destination::RAINDROP, Insecure::Refused, &place.origin)?,
    };
    let key = match (place.kind, typed) {
        (Some(DestinationKind::Workshop), _) => None,
        // A sink without a base URL is the program's own, which has a key of its own.
        (Some(DestinationKind::LocalSink), None) if !is_named => None,
        (_, Some(key)) => Some(FoundKey::typed(key)),
        (_, None) => find_key(settings, environment, &base_url)?,
    };
    let is_elsewhere = !base_url.is_loopback();
    match (place.kind, &key) {
        (Some(DestinationKind::LocalSink) | None, None) if !is_named => {
            return Ok(SettingsTarget::OwnSink { project });
        }
        (Some(DestinationKind::Workshop), _) if is_elsewhere => {
            return Err(ResolveError::Destination {
                origin: place.origin,
                reason: DestinationError::WorkshopElsewhere,
            });
        }
        (Some(DestinationKind::LocalSink), _) if is_elsewhere => {
            return Err(ResolveError::Destination {
                origin: settings.get(SettingName::Kind).1.clone(),
                reason: DestinationError::SinkElsewhere,
            });
        }
        (_, None) if is_elsewhere => return Err(ResolveError::NoKey { base_url }),
        _ => {}
    }
    Ok(SettingsTarget::Server(Server {
        base_url,
        project,
        kind: place.kind,
        key,
        origin: place.origin,
    }))
}

/// Where the settings point to, without looking for a key; none is the program's own sink or Raindrop.
///
/// # Errors
/// When what was said cannot be a destination.
pub fn locate(
    settings: &Settings,
    environment: &Environment,
) -> Result<Option<Server>, ResolveError> {
    let place = place(settings, environment)?;
    let project = project(settings)?;
    Ok(place.base_url.map(|base_url| Server {
        base_url,
        project,
        kind: place.kind,
        key: None,
        origin: place.origin,
    }))
}

/// The key for a base URL: one that belongs to it before one that doesn't.
///
/// # Errors
/// When a key is there and cannot be read.
pub fn find_key(
    settings: &Settings,
    environment: &Environment,
    base_url: &BaseUrl,
) -> Result<Option<FoundKey>, ResolveError> {
    let belonging_to = |layer| {
        let own = own_base_url(settings, layer);
        (own != base_url.as_str()).then_some(own)
    };
    let of_variable = match environment.get(WRITE_KEY) {
        Some(text) => Some(FoundKey {
            source: KeySource::Environment,
            belongs_to: belonging_to(Layer::Environment),
            text: KeyText::Known(WriteKey::new(text.to_owned()).map_err(ResolveError::Variable)?),
        }),
        None => None,
    };
    let (command, origin) = settings.get(SettingName::WriteKeyCommand);
    let of_command = (command != &SettingValue::Absent).then(|| FoundKey {
        source: KeySource::Command,
        belongs_to: belonging_to(origin.layer()),
        text: KeyText::Command(command.clone()),
    });
    let is_own = |key: &Option<FoundKey>| key.as_ref().is_some_and(|key| key.belongs_to.is_none());
    if is_own(&of_variable) {
        return Ok(of_variable);
    }
    if let Some(path) = &settings.paths.credentials
        && let Some(key) = credentials::read(path, base_url)?
    {
        return Ok(Some(FoundKey::of(key, KeySource::Credentials)));
    }
    Ok(match is_own(&of_command) {
        true => of_command,
        false => of_variable.or(of_command),
    })
}

/// The base URL that a key of a layer belongs to.
fn own_base_url(settings: &Settings, layer: Layer) -> String {
    let said = match settings.up_to(layer, SettingName::BaseUrl).0 {
        SettingValue::Text(text) => text.as_str(),
        _ => destination::RAINDROP,
    };
    match BaseUrl::parse(said, Insecure::Allowed) {
        Ok(base_url) => base_url.as_str().to_owned(),
        Err(_) => said.to_owned(),
    }
}

/// Where it is and what answers there, before looking for a key.
struct Location {
    base_url: Option<BaseUrl>,
    kind: Option<DestinationKind>,
    origin: SettingOrigin,
}

/// The vendor's variables for a Workshop stand between the settings file and `RAINSCOPE_BASE_URL`.
/// A kind is said of a base URL: one from a lower layer says nothing of a base URL from a higher one.
fn place(settings: &Settings, environment: &Environment) -> Result<Location, ResolveError> {
    let (_, origin) = settings.get(SettingName::BaseUrl);
    let (_, kind_origin) = settings.get(SettingName::Kind);
    let kind = match settings.text(SettingName::Kind) {
        _ if kind_origin.layer() < origin.layer() => None,
        Some(name) => DestinationKind::named(name),
        None => None,
    };
    let said_above = origin.layer() >= Layer::Environment
        || (kind_origin.layer() >= Layer::Environment && kind != Some(DestinationKind::Workshop));
    if !said_above && let WorkshopVariables::Named(name, url) = workshop(environment) {
        let origin = SettingOrigin::Environment(name);
        return Ok(Location {
            base_url: Some(base_url(&url, Insecure::Refused, &origin)?),
            kind: Some(DestinationKind::Workshop),
            origin,
        });
    }
    let text = match (settings.text(SettingName::BaseUrl), kind) {
        (None, Some(DestinationKind::Workshop)) => Some(destination::WORKSHOP),
        (text, _) => text,
    };
    let base_url = match text {
        Some(text) => Some(base_url(text, insecure(settings), origin)?),
        None => None,
    };
    Ok(Location {
        base_url,
        kind,
        origin: origin.clone(),
    })
}

/// Whether plain `http` may leave this machine.
pub fn insecure(settings: &Settings) -> Insecure {
    match settings.flag(SettingName::Insecure) {
        true => Insecure::Allowed,
        false => Insecure::Refused,
    }
}

/// What the vendor's variables say of a Workshop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkshopVariables {
    /// Events go to the one at this URL; the variable that says so comes first.
    Named(&'static str, String),
    /// None is to be used, so none is looked for.
    Off,
    /// Nothing: one that answers at the usual port is offered.
    Unsaid,
}

/// Reads the vendor's variables as its clients do: `RAINDROP_LOCAL_DEBUGGER` comes first, words are taken in any case,
/// and a word in `RAINDROP_WORKSHOP` that is neither a switch nor a URL says nothing.
pub fn workshop(environment: &Environment) -> WorkshopVariables {
    if let Some(url) = environment.get(LOCAL_DEBUGGER) {
        return WorkshopVariables::Named(LOCAL_DEBUGGER, url.to_owned());
    }
    let said = environment.get(WORKSHOP).unwrap_or_default().trim();
    let word = said.to_ascii_lowercase();
    match word.as_str() {
        "1" | "true" | "on" | "yes" => {
            WorkshopVariables::Named(WORKSHOP, destination::WORKSHOP.to_owned())
        }
        "0" | "false" | "off" | "no" => WorkshopVariables::Off,
        _ if word.starts_with("http://") || word.starts_with("https://") => {
            WorkshopVariables::Named(WORKSHOP, said.to_owned())
        }
        _ => WorkshopVariables::Unsaid,
    }
}

/// The project of the settings; none is Production.
fn project(settings: &Settings) -> Result<Option<ProjectSlug>, ResolveError> {
    let slug = ProjectSlug::parse(settings.text(SettingName::Project).unwrap_or_default());
    slug.map_err(|reason| ResolveError::Destination {
        origin: settings.get(SettingName::Project).1.clone(),
        reason,
    })
}

fn base_url(
    text: &str,
    insecure: Insecure,
    origin: &SettingOrigin,
) -> Result<BaseUrl, ResolveError> {
    BaseUrl::parse(text, insecure).map_err(|reason| ResolveError::Destination {
        origin: origin.clone(),
        reason,
    })
}
