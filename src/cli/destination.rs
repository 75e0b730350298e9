//! A command's settings, and the destination they lead to.

use std::io::{self, IsTerminal};

use anyhow::{Context as _, bail};

use super::output::complain;
use super::prompt;
use super::wait::block_on;
use crate::delivery::sink::{Sink, SinkHandle, SinkOptions};
use crate::destination::{BaseUrl, Destination, DestinationKind};
use crate::settings::access::{self, AccessError, KeyConsent};
use crate::settings::resolve::{KeySource, Server, SettingsTarget, locate, resolve};
use crate::settings::{Environment, Overrides, Settings};

/// The settings in force. For a command, a mistake in them is an error: events must not go somewhere unintended.
pub fn settings(environment: &Environment, options: &Overrides) -> anyhow::Result<Settings> {
    let (settings, problems) = Settings::load(environment, options);
    for problem in &problems {
        complain(&problem.to_string());
    }
    match problems.len() {
        0 => Ok(settings),
        1 => bail!("the settings have a mistake; nothing was done"),
        n => bail!("the settings have {n} mistakes; nothing was done"),
    }
}

/// What answers at the destination, for a command that prepares events without sending any. No key is looked up; a
/// server on this machine is asked what it is.
pub fn kind(settings: &Settings, environment: &Environment) -> anyhow::Result<DestinationKind> {
    match locate(settings, environment) {
        Ok(Some(server)) if server.base_url.is_loopback() => {
            block_on(async { access::kind(&server).await })
        }
        Ok(Some(server)) => Ok(server.kind.unwrap_or_default()),
        // An impossible destination does not matter where nothing is sent.
        Ok(None) | Err(_) => Ok(DestinationKind::Raindrop),
    }
}

/// A destination, and what is known about it.
pub struct ReadyDestination {
    /// Where events go.
    pub destination: Destination,
    /// Where its key came from.
    pub key_source: KeySource,
    /// The program's own sink, where nothing is configured. It runs as long as this is held.
    pub sink: Option<SinkHandle>,
}

/// Finds where events go; starts the program's own sink where nothing is configured. On a terminal, asks before a
/// key goes to a server that it does not belong to.
///
/// # Errors
/// When there is no destination, or it gets no key.
pub async fn ready(
    settings: &Settings,
    environment: &Environment,
    use_key: bool,
) -> anyhow::Result<ReadyDestination> {
    match resolve(settings, environment)? {
        SettingsTarget::Server(server) => at(&server, use_key).await,
        SettingsTarget::OwnSink { project } => {
            let sink = Sink::start(SinkOptions::default(), |_| {})
                .await
                .context("the program's own sink does not start")?;
            Ok(ReadyDestination {
                destination: sink.destination_for(project),
                key_source: KeySource::None,
                sink: Some(sink),
            })
        }
    }
}

/// Says that a Workshop runs here, where nothing says where events go.
pub async fn offer_workshop(environment: &Environment) {
    if let Some(offer) = access::offered_workshop(environment).await {
        complain(&format!(
            "{offer}: RAINDROP_WORKSHOP=1 sends there, RAINDROP_WORKSHOP=0 stops asking"
        ));
    }
}

/// A server as a destination, as [`ready`].
///
/// # Errors
/// When it gets no key.
pub async fn at(server: &Server, use_key: bool) -> anyhow::Result<ReadyDestination> {
    let consent = match use_key {
        true => KeyConsent::Given,
        false => KeyConsent::NotGiven,
    };
    let destination = match access::destination(server, consent).await {
        Err(error @ AccessError::Foreign { .. }) => {
            if !is_agreed(&error)? {
                return Err(error.into());
            }
            access::destination(server, KeyConsent::Given).await?
        }
        settled => settled?,
    };
    let key_source = match (&server.key, destination.kind()) {
        (Some(key), kind) if kind.takes_key() => key.source,
        _ => KeySource::None,
    };
    Ok(ReadyDestination {
        destination,
        key_source,
        sink: None,
    })
}

/// Asks on the terminal whether a server may get a key that belongs to another; never without a terminal.
fn is_agreed(error: &AccessError) -> anyhow::Result<bool> {
    let AccessError::Foreign {
        from,
        owner,
        base_url,
    } = error
    else {
        return Ok(false);
    };
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(false);
    }
    let question =
        format!("Give the write key from {from}, which belongs to {owner}, to {base_url}");
    prompt::yes(&question, false)
}

/// The destination in a few words. A server on this machine is called an endpoint: only it knows whether it is a
/// sink.
pub fn described(destination: &Destination) -> String {
    let there = words(destination.kind(), destination.base_url());
    let project = match destination.project() {
        Some(slug) => format!(", project {}", slug.as_str()),
        None => String::new(),
    };
    format!("{there}{project}")
}

/// A server in a few words, before it was asked what it is.
pub fn described_server(server: &Server) -> String {
    let kind = match (server.kind, &server.key) {
        (Some(kind), _) if kind != DestinationKind::Raindrop => kind,
        (_, None) if server.base_url.is_loopback() => DestinationKind::LocalSink,
        _ => DestinationKind::Raindrop,
    };
    let project = match &server.project {
        Some(slug) => format!(", project {}", slug.as_str()),
        None => String::new(),
    };
    format!("{}{project}", words(kind, &server.base_url))
}

/// Raindrop with its address, or any other server by its address: only Raindrop is called Raindrop.
fn words(kind: DestinationKind, base_url: &BaseUrl) -> String {
    match (kind, base_url.answerer()) {
        (DestinationKind::LocalSink, _) => format!("a local endpoint at {base_url}"),
        (DestinationKind::Workshop, _) => format!("a Raindrop Workshop at {base_url}"),
        (DestinationKind::Raindrop, "Raindrop") => format!("Raindrop at {base_url}"),
        (DestinationKind::Raindrop, _) => base_url.to_string(),
    }
}
