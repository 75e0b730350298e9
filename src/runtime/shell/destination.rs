//! Where events go: the destination that the program starts with, the one that was tested, and whose key it
//! gets.

use std::sync::Arc;
use std::time::Duration;

use super::Shell;
use crate::destination::{Destination, ProjectSlug, WORKSHOP};
use crate::inspector::windows::destination::{DestinationReport, DestinationTask, Extras};
use crate::inspector::windows::send::DestinationShown;
use crate::inspector::{Command, Msg};
use crate::prepare::Endpoint;
use crate::runtime::sending::connection_test::CurrentDestination;
use crate::runtime::shown;
use crate::settings::access::{self, AccessError, KeyConsent};
use crate::settings::resolve::{FoundKey, KeySource, Server};

/// Where test traces go at first.
#[derive(Debug, Clone)]
pub enum StartDestination {
    /// To a local sink that the program starts itself.
    OwnSink {
        /// The project to send to it.
        project: Option<ProjectSlug>,
    },
    /// To this server, which has not been asked yet what it is.
    Server(Box<Server>, KeyConsent),
    /// Nowhere, since the destination is switched off: this server, if the settings name one.
    SwitchedOff(Option<Box<Server>>),
    /// Nowhere, and why.
    Nowhere(String),
}

impl Shell {
    pub(super) fn perform_destination_task(&mut self, task: DestinationTask) {
        let connector = self.connector.clone();
        match task {
            // A demonstration looks the same whatever runs beside it.
            DestinationTask::FindWorkshop if self.clock.is_demo() => {
                let report = DestinationReport::Workshop(WORKSHOP.to_owned(), false);
                self.update(Msg::Connection(report));
            }
            DestinationTask::FindWorkshop => drop(tokio::spawn(connector.find_workshop())),
            DestinationTask::FindKey(base_url) if self.clock.is_demo() => {
                let report = DestinationReport::Key(base_url, None);
                self.update(Msg::Connection(report));
            }
            DestinationTask::FindKey(base_url) => {
                tokio::spawn(connector.find_key(base_url, self.present()));
            }
            DestinationTask::Test(version, values) => {
                tokio::spawn(connector.test(version, values, self.present()));
            }
            DestinationTask::Use(version, extras) => {
                if self.take_up(version, &extras) {
                    let report = DestinationReport::InUse(version, extras, None);
                    let _ = self.sender.send(Msg::Connection(report));
                }
            }
            DestinationTask::Save(version, extras) => {
                if self.take_up(version, &extras) {
                    tokio::spawn(connector.save(version, extras));
                }
            }
        }
    }

    fn present(&self) -> CurrentDestination {
        CurrentDestination {
            destination: self.destination.clone(),
            is_foreign: self.foreign_key.is_some(),
            key: self.key,
            key_source: self.key_source,
        }
    }

    /// Sends from now on to the destination that was tested under this version; false if that is not the latest.
    fn take_up(&mut self, version: u64, extras: &Extras) -> bool {
        let Some((destination, key, key_source)) = self.connector.tested(version) else {
            let says = "this is not what was tested last: test it again";
            let _ = self.sender.send(Msg::Notice(says.to_owned()));
            return false;
        };
        // Whatever was being asked is not waited for any more.
        self.connecting = None;
        self.key_source = key_source;
        self.foreign_key = None;
        let mut shown = self.shown(&destination);
        if !extras.enabled {
            shown.unavailable = Some(SWITCHED_OFF.to_owned());
            shown.is_switched_off = true;
        }
        self.destination = Some(destination).filter(|_| extras.enabled);
        self.key = key;
        self.update(Msg::Destination(shown));
        true
    }

    /// Finds where test traces go; starts the local sink where nothing is configured.
    pub async fn connect(&mut self, to: StartDestination) {
        match to {
            StartDestination::OwnSink { project } => self.connect_to_own_sink(project).await,
            StartDestination::Server(server, consent) => self.connect_to(server, consent).await,
            StartDestination::SwitchedOff(server) => self.switched_off(server.as_deref()),
            StartDestination::Nowhere(why) => self.no_destination(why),
        }
    }

    /// Stops the program's own sink, where it runs.
    pub async fn stop_own_sink(&self) {
        self.own_sink.stop().await;
    }

    /// Asks a server what it is. One that does not say it at once is asked on while the screen is used.
    async fn connect_to(&mut self, server: Box<Server>, consent: KeyConsent) {
        let asked = Arc::new(*server);
        let server = Arc::clone(&asked);
        let mut task = tokio::spawn(async move { connected(&asked, consent).await });
        match tokio::time::timeout(AT_ONCE, &mut task).await {
            Ok(Ok(found)) => self.take_connected(&server, found),
            Ok(Err(_)) => {}
            Err(_) => {
                let why = "the server is still being asked what it is".to_owned();
                self.show_unavailable(&server, why, true);
                self.connecting = Some((server, task));
            }
        }
    }

    /// What the server that is being asked turned out to be; never, where none is.
    pub(in crate::runtime) async fn connected(&mut self) -> Option<(Arc<Server>, Connected)> {
        let Some((server, task)) = &mut self.connecting else {
            return std::future::pending().await;
        };
        let found = task.await.ok();
        let server = Arc::clone(server);
        self.connecting = None;
        Some((server, found?))
    }

    /// Sends from now on to what a server turned out to be.
    pub(in crate::runtime) fn take_connected(&mut self, server: &Server, found: Connected) {
        let key = server.key.as_ref();
        let key_source = key.map_or(KeySource::None, |key| key.source);
        match found {
            Ok((destination, foreign_key)) => {
                self.foreign_key = foreign_key;
                self.use_destination(destination, key_source);
            }
            Err(error) => self.not_available(server, &error),
        }
    }

    /// A server that gets no key stays in sight, with the reason; the destination window opens on it.
    fn not_available(&mut self, server: &Server, error: &AccessError) {
        let why = match error {
            AccessError::Silent { fault } => {
                let key = self.model.keymap.shown(Command::Destination);
                format!(
                    "{} {key} tests it again, or uses it all the same.",
                    fault.says()
                )
            }
            other => other.to_string(),
        };
        self.show_unavailable(server, why, false);
    }

    /// What is switched off stays in sight as it is set.
    fn switched_off(&mut self, server: Option<&Server>) {
        let shown = match server {
            Some(server) => self.unavailable(server, String::new()),
            None => self.model.destination.clone(),
        };
        let why = "the destination is switched off in the settings";
        self.update(Msg::Destination(DestinationShown {
            unavailable: Some(why.to_owned()),
            is_switched_off: true,
            ..shown
        }));
    }

    fn show_unavailable(&mut self, server: &Server, why: String, is_asked: bool) {
        let shown = DestinationShown {
            is_asked,
            ..self.unavailable(server, why)
        };
        self.update(Msg::Destination(shown));
    }

    fn unavailable(&self, server: &Server, why: String) -> DestinationShown {
        let project = server.project.as_ref().map(ProjectSlug::as_str);
        DestinationShown {
            name: server.base_url.answerer().to_owned(),
            endpoint: Endpoint {
                kind: server.kind.unwrap_or_default(),
                base_url: server.base_url.as_str().to_owned(),
                project: project.unwrap_or_default().to_owned(),
            },
            unavailable: Some(why),
            is_asked: false,
            is_switched_off: false,
            ..self.model.destination.clone()
        }
    }

    /// Sends from now on to this destination. `key_source` is where its key comes from.
    pub fn use_destination(&mut self, destination: Destination, key_source: KeySource) {
        self.key_source = match destination.kind().takes_key() {
            true => key_source,
            false => KeySource::None,
        };
        let shown = self.shown(&destination);
        // What waited for it is sent at once.
        self.destination = Some(destination);
        self.update(Msg::Destination(shown));
    }

    async fn connect_to_own_sink(&mut self, project: Option<ProjectSlug>) {
        match self.own_sink.destination(project).await {
            Ok(destination) => {
                let shown = self.shown(&destination);
                self.update(Msg::OwnSink(shown.endpoint.base_url));
                self.use_destination(destination, KeySource::None);
                // A demonstration, which has no settings, looks the same whatever runs beside it.
                if self.settings.is_some() {
                    tokio::spawn(self.connector.clone().offer_workshop());
                }
            }
            Err(error) => self.no_destination(error.to_string()),
        }
    }

    /// The destination for the screen, with what is known of its key.
    fn shown(&self, destination: &Destination) -> DestinationShown {
        DestinationShown {
            key_source: self.key_source,
            foreign_key: self.foreign_key.clone(),
            ..shown::of(destination, &self.clock)
        }
    }

    fn no_destination(&mut self, why: String) {
        let mut shown = self.model.destination.clone();
        shown.unavailable = Some(why);
        shown.is_asked = false;
        shown.is_switched_off = false;
        self.update(Msg::Destination(shown));
    }

    /// Sending was confirmed in a dialog that names the server and says whose key it gets.
    pub(super) fn agree_to_foreign_key(&mut self) {
        if self.foreign_key.take().is_some()
            && let Some(destination) = self.destination.clone()
        {
            let shown = self.shown(&destination);
            self.update(Msg::Destination(shown));
        }
    }
}

/// What a server turned out to be: the destination, and whose key it gets where that is another's.
pub(in crate::runtime) type Connected = Result<(Destination, Option<String>), AccessError>;

/// How long the first answer of a server on this machine is waited for before the screen takes keys. Chosen: hardly
/// noticed, and far longer than a server that is well takes.
const AT_ONCE: Duration = Duration::from_millis(250);

async fn connected(server: &Server, consent: KeyConsent) -> Connected {
    match access::destination(server, consent).await {
        Ok(destination) => Ok((destination, None)),
        // The key is at hand, and sending to another machine is asked about anyway.
        Err(error @ AccessError::Foreign { .. })
            if server.key.as_ref().is_some_and(FoundKey::is_known) =>
        {
            let destination = access::destination(server, KeyConsent::Given).await?;
            Ok((destination, Some(foreign_key(&error))))
        }
        Err(error) => Err(error),
    }
}

/// What is asked before a key goes to a server that it does not belong to.
fn foreign_key(error: &AccessError) -> String {
    match error {
        AccessError::Foreign {
            from,
            owner,
            base_url,
        } => format!("the write key from {from} belongs to {owner}, not to {base_url}"),
        other => other.to_string(),
    }
}

/// Why nothing is sent to a destination that is not enabled.
const SWITCHED_OFF: &str = "the destination is switched off";
