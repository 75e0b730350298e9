//! Who gets the write key.
//!
//! - A server on this machine is asked for `/health` first, without any key: a Raindrop Workshop never gets
//!   one, another that answers gets it, and silence gets it only where the person says so.
//! - Anywhere else a key goes to the base URL that it belongs to, and to another one only where the person
//!   says so.
//!
//! The person says so with `--use-key`, or in a dialog that names the server.

use crate::delivery::connect::{self, ServerKind};
use crate::delivery::fault::Fault;
use crate::destination::{
    self, BaseUrl, Destination, DestinationError, DestinationKind, WriteKey, WriteKeyError,
};

use crate::prepare::SINK_KEY;

use super::command::KeyCommandError;
use super::environment::Environment;
use super::resolve::{self, FoundKey, Server, WorkshopVariables};

/// Whether a server may get a key although it does not belong to it, or although it does not say what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyConsent {
    /// Nobody was asked.
    NotGiven,
    /// The person agreed.
    Given,
}

/// Why a server gets no key.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The key belongs to another base URL.
    #[error(
        "the write key from {from} belongs to {owner}, not to {base_url}: say --use-key if that server is to get it, or run `rainscope connect` to save a key of its own"
    )]
    Foreign {
        /// Where the key comes from.
        from: &'static str,
        /// The base URL that it belongs to.
        owner: String,
        /// The server's.
        base_url: BaseUrl,
    },
    /// Nothing on this machine says what it is.
    #[error(
        "{} A server on this machine must answer GET /health before it gets a write key, since a Workshop must get none: check that it runs, or say --use-key",
        .fault.says()
    )]
    Silent {
        /// What came instead of an answer.
        fault: Fault,
    },
    /// `write_key_command` gave no key.
    #[error(transparent)]
    Command(#[from] KeyCommandError),
    /// See [`DestinationError`].
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// See [`WriteKeyError`].
    #[error(transparent)]
    Key(#[from] WriteKeyError),
}

/// Makes a destination of a server: asks what it is if it is on this machine, and decides who gets the key.
/// May run `write_key_command`, once it is clear that the server gets what it prints.
///
/// # Errors
/// When the server gets no key and can't do without.
pub async fn destination(server: &Server, consent: KeyConsent) -> Result<Destination, AccessError> {
    let Server {
        base_url,
        project,
        kind,
        key,
        ..
    } = server.clone();
    if kind == Some(DestinationKind::Workshop) {
        return Ok(Destination::workshop(base_url)?);
    }
    let mut local = Destination::local_endpoint as fn(_, _, _) -> _;
    let mut is_silent = false;
    if base_url.is_loopback() {
        match connect::who_answers(&base_url).await {
            Ok(ServerKind::Workshop) => return Ok(Destination::workshop(base_url)?),
            Ok(ServerKind::Sink) => local = Destination::other_sink,
            Ok(ServerKind::Other) => {}
            Err(fault) if key.is_some() && consent == KeyConsent::NotGiven => {
                return Err(AccessError::Silent { fault });
            }
            Err(fault) => {
                is_silent = matches!(fault, Fault::Timeout { .. } | Fault::BrokenAnswer { .. });
            }
        }
    } else if consent == KeyConsent::NotGiven
        && let Some(FoundKey {
            source,
            belongs_to: Some(owner),
            ..
        }) = &key
    {
        return Err(AccessError::Foreign {
            from: source.name(),
            owner: owner.clone(),
            base_url,
        });
    }
    let destination = match (kind, key) {
        (Some(DestinationKind::LocalSink), Some(key)) => local(base_url, key.reveal()?, project),
        (_, Some(key)) => Destination::raindrop(base_url, key.reveal()?, project),
        (_, None) => {
            let key = WriteKey::new(SINK_KEY.to_owned())?;
            local(base_url, key, project)
        }
    };
    Ok(match is_silent {
        true => destination.silent(),
        false => destination,
    })
}

/// Says that a Workshop answers where the vendor's clients look for one, for a person who has configured no
/// destination. It is only offered: nobody said that events are to go there. With `RAINDROP_WORKSHOP=0` none is
/// looked for.
pub async fn offered_workshop(environment: &Environment) -> Option<String> {
    offered_workshop_at(destination::WORKSHOP, environment).await
}

/// The same for a Workshop that is looked for at another address than its own.
pub async fn offered_workshop_at(address: &str, environment: &Environment) -> Option<String> {
    let is_looked_for = resolve::workshop(environment) == WorkshopVariables::Unsaid;
    let answers = is_looked_for && connect::is_workshop(address).await;
    answers.then(|| format!("a Raindrop Workshop answers at {address}"))
}

/// What answers at a server, for preparing events without sending any; no key is involved.
pub async fn kind(server: &Server) -> DestinationKind {
    let said = server.kind;
    if said.is_none_or(|kind| kind != DestinationKind::Workshop)
        && server.base_url.is_loopback()
        && matches!(
            connect::who_answers(&server.base_url).await,
            Ok(ServerKind::Workshop)
        )
    {
        return DestinationKind::Workshop;
    }
    match (said, &server.key) {
        (Some(DestinationKind::Workshop), _) => DestinationKind::Workshop,
        (Some(DestinationKind::LocalSink), _) => DestinationKind::LocalSink,
        (_, None) if server.base_url.is_loopback() => DestinationKind::LocalSink,
        _ => DestinationKind::Raindrop,
    }
}
