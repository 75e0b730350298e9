//! Where what was sent is read back. A server on this machine is asked itself, with the key that it gets with the events;
//! for any other destination Raindrop's Query API is asked, with a key of its own.
//!
//! That key comes from the environment alone and belongs to the Query API's base URL in the settings, else to
//! Raindrop's own; no option names another one, so it goes nowhere else.

use super::access::{self, AccessError, KeyConsent};
use super::environment::{Environment, QUERY_KEY};
use super::resolve::{ResolveError, Server, SettingsTarget, locate, resolve};
use super::schema::{SettingName, SettingValue};
use super::{SettingOrigin, Settings};
use crate::delivery::connect::{self, ServerKind};
use crate::delivery::fault::Fault;
use crate::delivery::readback::ReadPlace;
use crate::destination::{
    self, BaseUrl, Destination, DestinationError, DestinationKind, Insecure, ProjectSlug, QueryKey,
    QueryKeyError,
};
use crate::prepare::Endpoint;

/// Why nothing can be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReadPlaceError {
    /// No destination is configured.
    #[error(
        "nothing is configured, and the program's own sink keeps nothing when it ends: say --base-url, or set RAINDROP_QUERY_API_KEY for Raindrop itself"
    )]
    Nothing,
    /// There is no key for the Query API.
    #[error(
        "to read events back from Raindrop, set RAINDROP_QUERY_API_KEY: a query key from Raindrop's settings, which is not the write key"
    )]
    NoKey,
    /// See [`QueryKeyError`].
    #[error(transparent)]
    Key(#[from] QueryKeyError),
    /// The Query API's base URL is none.
    #[error("{origin}: {reason}")]
    Base {
        /// The setting that says so.
        origin: SettingOrigin,
        /// What is wrong.
        reason: DestinationError,
    },
    /// A Workshop must get no key.
    #[error(
        "{0} is a Raindrop Workshop, which gets no key: name it as the destination (RAINDROP_WORKSHOP) to read back from it"
    )]
    Workshop(BaseUrl),
    /// A server on this machine does not say what it is.
    #[error(
        "{} A server on this machine must answer GET /health before it gets the query key, since a Workshop must get none: check that it runs, or say --use-key",
        .0.says()
    )]
    Silent(Fault),
    /// The destination's own key is not at hand.
    #[error(
        "the key for {0} is not at hand here: make it the destination first, then verify again"
    )]
    KeyElsewhere(String),
    /// The sink that it was sent to does not answer any more.
    #[error(
        "the sink at {0} does not answer, and what it kept is gone with it: send the event again, then verify that"
    )]
    SinkGone(String),
    /// See [`ResolveError`].
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// See [`AccessError`].
    #[error(transparent)]
    Access(#[from] AccessError),
    /// See [`DestinationError`].
    #[error(transparent)]
    Destination(#[from] DestinationError),
}

/// Where what was sent to the destination of the settings is read back, and that destination as the history knows it.
/// May run `write_key_command`, where the destination is asked itself.
///
/// # Errors
/// When there is no such place, or its key is missing or not to be sent there.
pub async fn of_settings(
    settings: &Settings,
    environment: &Environment,
    consent: KeyConsent,
) -> Result<(ReadPlace, Endpoint), ReadPlaceError> {
    match resolve(settings, environment) {
        Ok(SettingsTarget::Server(server)) => {
            of_server(settings, environment, server, consent).await
        }
        Ok(SettingsTarget::OwnSink { project }) => match environment.get(QUERY_KEY) {
            Some(_) => of_raindrop(settings, environment, project, consent).await,
            None => Err(ReadPlaceError::Nothing),
        },
        // Reading needs no write key.
        Err(ResolveError::NoKey { .. }) => match locate(settings, environment)? {
            Some(server) => of_server(settings, environment, server, consent).await,
            None => of_raindrop(settings, environment, None, consent).await,
        },
        Err(error) => Err(error.into()),
    }
}

async fn of_server(
    settings: &Settings,
    environment: &Environment,
    server: Server,
    consent: KeyConsent,
) -> Result<(ReadPlace, Endpoint), ReadPlaceError> {
    if server.base_url.is_loopback() {
        let kind = access::kind(&server).await;
        let speaks_for_raindrop = kind == DestinationKind::Raindrop && is_named(settings);
        if !speaks_for_raindrop {
            let destination = access::destination(&server, consent).await?;
            let endpoint = destination.endpoint();
            let place = ReadPlace::of_destination(&destination);
            return Ok((place.ok_or(ReadPlaceError::Nothing)?, endpoint));
        }
    }
    let project = server.project.clone();
    let endpoint = Endpoint {
        kind: server.kind.unwrap_or_default(),
        base_url: server.base_url.as_str().to_owned(),
        project: project
            .as_ref()
            .map_or_else(String::new, |slug| slug.as_str().to_owned()),
    };
    let place = query_api(settings, environment, project, consent).await?;
    Ok((place, endpoint))
}

async fn of_raindrop(
    settings: &Settings,
    environment: &Environment,
    project: Option<ProjectSlug>,
    consent: KeyConsent,
) -> Result<(ReadPlace, Endpoint), ReadPlaceError> {
    let endpoint = Endpoint {
        kind: DestinationKind::Raindrop,
        base_url: destination::RAINDROP.to_owned(),
        project: project
            .as_ref()
            .map_or_else(String::new, |slug| slug.as_str().to_owned()),
    };
    let place = query_api(settings, environment, project, consent).await?;
    Ok((place, endpoint))
}

/// Where what was sent to an endpoint is read back; `present` is the destination in force, whose key is at hand.
///
/// # Errors
/// As [`of_settings`].
pub async fn of_endpoint(
    settings: &Settings,
    environment: &Environment,
    endpoint: &Endpoint,
    present: Option<&Destination>,
) -> Result<ReadPlace, ReadPlaceError> {
    let is_here = endpoint.is_on_this_machine();
    let speaks_for_raindrop = endpoint.kind == DestinationKind::Raindrop && is_named(settings);
    if !is_here || speaks_for_raindrop {
        let project = ProjectSlug::parse(&endpoint.project)?;
        return query_api(settings, environment, project, KeyConsent::NotGiven).await;
    }
    let base_url = BaseUrl::parse(&endpoint.base_url, Insecure::Refused)?;
    let destination = match (endpoint.kind, present) {
        (DestinationKind::Workshop, _) => Destination::workshop(base_url)?,
        (_, Some(present)) if present.endpoint() == *endpoint => present.clone(),
        (DestinationKind::LocalSink, _) if connect::who_answers(&base_url).await.is_err() => {
            return Err(ReadPlaceError::SinkGone(endpoint.base_url.clone()));
        }
        _ => return Err(ReadPlaceError::KeyElsewhere(endpoint.base_url.clone())),
    };
    ReadPlace::of_destination(&destination).ok_or(ReadPlaceError::Nothing)
}

/// Whether the settings name a Query API.
fn is_named(settings: &Settings) -> bool {
    settings.get(SettingName::QueryBaseUrl).1 != &SettingOrigin::Default
}

async fn query_api(
    settings: &Settings,
    environment: &Environment,
    project: Option<ProjectSlug>,
    consent: KeyConsent,
) -> Result<ReadPlace, ReadPlaceError> {
    let key = environment.get(QUERY_KEY).ok_or(ReadPlaceError::NoKey)?;
    let key = QueryKey::new(key.to_owned())?;
    let (value, origin) = settings.get(SettingName::QueryBaseUrl);
    let text = match value {
        SettingValue::Text(text) => text.as_str(),
        _ => destination::QUERY_API,
    };
    let base_url = BaseUrl::parse(text, Insecure::Refused);
    let base_url = base_url.map_err(|reason| ReadPlaceError::Base {
        origin: origin.clone(),
        reason,
    })?;
    if base_url.is_loopback() {
        match connect::who_answers(&base_url).await {
            Ok(ServerKind::Workshop) => return Err(ReadPlaceError::Workshop(base_url)),
            Err(fault) if consent == KeyConsent::NotGiven => {
                return Err(ReadPlaceError::Silent(fault));
            }
            Ok(ServerKind::Sink | ServerKind::Other) | Err(_) => {}
        }
    }
    Ok(ReadPlace::query_api(base_url, key, project))
}
