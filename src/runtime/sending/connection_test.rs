//! The destination window's connection test, and using or saving what was tested. It is kept here under the version
//! of the tested values; nothing else can be used, and only what passed can be saved.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;

use crate::delivery::answer::Failure;
use crate::delivery::connect::{self, TestStep, Verified};
use crate::delivery::fault::Fault;
use crate::delivery::http::Client;
use crate::destination::{
    BaseUrl, Destination, DestinationKind, Insecure, ProjectSlug, RAINDROP, WORKSHOP,
};
use crate::event::privacy::Privacy;
use crate::inspector::Msg;
use crate::inspector::windows::destination::{DestinationReport, Extras, FailedTest, Values};
use crate::settings::access::{self, AccessError, KeyConsent, offered_workshop};
use crate::settings::resolve::{
    FoundKey, KeySource, Server, WorkshopVariables, find_key, insecure, workshop,
};
use crate::settings::save::{KeyStorage, SaveOptions, save};
use crate::settings::{Environment, SettingName, SettingOrigin, Settings};

use super::own_sink::OwnSink;

/// What was tested.
#[derive(Debug, Clone)]
struct TestedDestination {
    version: u64,
    destination: Destination,
    /// The right to save it, where it passed.
    verified: Option<Verified>,
    key: KeyStorage,
    key_source: KeySource,
}

/// What would become of a key if the destination were saved, and where it came from.
type KeyOf = (KeyStorage, KeySource);

/// Why values make no destination.
enum NotMade {
    /// Something in them is wrong, or missing.
    Says(String),
    /// A server on this machine doesn't say what it is before it gets a key.
    Silent(Box<Server>, Fault),
}

/// Tests and saves destinations. Clones share what was tested.
#[derive(Clone)]
pub(in crate::runtime) struct Connector {
    settings: Option<Arc<Settings>>,
    environment: Environment,
    tested: Arc<Mutex<Option<TestedDestination>>>,
    own_sink: OwnSink,
    sender: UnboundedSender<Msg>,
}

/// Where test traces go at present.
pub(in crate::runtime) struct CurrentDestination {
    pub(in crate::runtime) destination: Option<Destination>,
    /// Whether its key belongs to another server and nobody has agreed yet to give it to this one.
    pub(in crate::runtime) is_foreign: bool,
    pub(in crate::runtime) key: KeyStorage,
    pub(in crate::runtime) key_source: KeySource,
}

impl Connector {
    pub(in crate::runtime) fn new(
        settings: Option<Arc<Settings>>,
        environment: Environment,
        own_sink: OwnSink,
        sender: UnboundedSender<Msg>,
    ) -> Connector {
        Connector {
            settings,
            environment,
            tested: Arc::default(),
            own_sink,
            sender,
        }
    }

    fn tell(&self, report: DestinationReport) {
        let _ = self.sender.send(Msg::Connection(report));
    }

    /// Reports whether a Workshop runs where its clients would look for it.
    pub(in crate::runtime) async fn find_workshop(self) {
        let address = match workshop(&self.environment) {
            WorkshopVariables::Named(_, address) => address,
            WorkshopVariables::Off | WorkshopVariables::Unsaid => WORKSHOP.to_owned(),
        };
        let runs = connect::is_workshop(&address).await;
        self.tell(DestinationReport::Workshop(address, runs));
    }

    /// Offers a Workshop that answers at the usual port, where nothing says otherwise. Nothing is sent to it before
    /// the person says so.
    pub(in crate::runtime) async fn offer_workshop(self) {
        if let Some(offer) = offered_workshop(&self.environment).await {
            let says = format!("{offer}; the destination window sends test traces there");
            let _ = self.sender.send(Msg::Notice(says));
        }
    }

    /// Reports where the key for a base URL would come from, as far as that can be read.
    pub(in crate::runtime) async fn find_key(self, text: String, present: CurrentDestination) {
        let typed = match text.trim() {
            "" => RAINDROP,
            typed => typed,
        };
        let base_url = BaseUrl::parse(typed, Insecure::Allowed).ok();
        let found = base_url.and_then(|base_url| self.key_there_is(&base_url, present).ok()?);
        self.tell(DestinationReport::Key(
            text,
            found.map(|(key, _)| key.source),
        ));
    }

    /// Tests values, and keeps the destination that they make.
    pub(in crate::runtime) async fn test(
        self,
        version: u64,
        values: Values,
        present: CurrentDestination,
    ) {
        let made = self.destination(&values, present).await;
        let (destination, (key, key_source)) = match made {
            Ok(made) => made,
            Err(NotMade::Says(says)) => {
                let failed = FailedTest {
                    failure: Failure::new(says, ""),
                    is_about_key: false,
                    is_usable: false,
                };
                self.tell(DestinationReport::Tested(version, Err(failed)));
                return;
            }
            Err(NotMade::Silent(server, fault)) => {
                return self.silent(version, &server, &fault).await;
            }
        };
        let keep = |destination, verified| {
            self.keep(TestedDestination {
                version,
                destination,
                verified,
                key,
                key_source,
            });
        };
        let who = destination.base_url().answerer().to_owned();
        let client = Client::default();
        let on_step = |step: &TestStep| self.tell(DestinationReport::Step(version, step.clone()));
        let tested = connect::test(&client, destination.clone(), on_step).await;
        let result = match tested.result {
            Ok(verified) => {
                keep(destination, Some(verified));
                Ok(())
            }
            Err(mut failure) => {
                let last = tested.steps.last();
                let status = last.and_then(|step| step.attempt.outcome.status());
                let is_about_key = status == Some(401);
                if is_about_key {
                    failure.help = key_source.after_refusal(&who);
                }
                keep(destination, None);
                Err(FailedTest {
                    failure,
                    is_about_key,
                    is_usable: true,
                })
            }
        };
        self.tell(DestinationReport::Tested(version, result));
    }

    /// A server on this machine that doesn't say what it is, and would get a write key: the person may have it used.
    async fn silent(&self, version: u64, server: &Server, fault: &Fault) {
        let made = access::destination(server, KeyConsent::Given).await;
        let key = server.key.as_ref();
        let is_usable = made.is_ok();
        if let Ok(destination) = made {
            self.keep(TestedDestination {
                version,
                destination,
                verified: None,
                key: KeyStorage::Elsewhere,
                key_source: key.map_or(KeySource::None, |key| key.source),
            });
        }
        let help = "A server on this machine is asked GET /health before it gets a write key, since a Workshop must get none: check that it runs.";
        let failed = FailedTest {
            failure: Failure::new(fault.says(), help),
            is_about_key: false,
            is_usable,
        };
        self.tell(DestinationReport::Tested(version, Err(failed)));
    }

    /// Keeps what was tested, unless later values have been tested meanwhile: versions only grow.
    fn keep(&self, tested: TestedDestination) {
        let mut kept = self.lock();
        let is_late = |kept: &TestedDestination| kept.version > tested.version;
        if !kept.as_ref().is_some_and(is_late) {
            *kept = Some(tested);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<TestedDestination>> {
        self.tested.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was tested under this version, if that is still what was tested last.
    pub(in crate::runtime) fn tested(
        &self,
        version: u64,
    ) -> Option<(Destination, KeyStorage, KeySource)> {
        let tested = self.lock();
        let tested = tested.as_ref().filter(|t| t.version == version)?;
        Some((tested.destination.clone(), tested.key, tested.key_source))
    }

    /// Saves what passed, and reports that it is in use and where it was saved.
    pub(in crate::runtime) async fn save(self, version: u64, extras: Extras) {
        let tested = self.lock().clone().filter(|t| t.version == version);
        let passed = tested.and_then(|tested| Some((tested.verified?, tested.key)));
        let (Some((verified, key)), Some(settings)) = (passed, self.settings.clone()) else {
            let why = "there are no settings here".to_owned();
            self.tell(DestinationReport::InUse(version, extras, Some(Err(why))));
            return;
        };
        let user = extras.default_user.clone();
        let options = SaveOptions {
            // What the file keeps back is sent from then on only where somebody chose that.
            privacy: match extras.privacy {
                Privacy::Off if !extras.is_privacy_chosen => None,
                privacy => Some(privacy),
            },
            enabled: extras.enabled,
            default_user: Some(user),
            insecure: settings.flag(SettingName::Insecure),
            key,
        };
        let saved = spawn_blocking(move || {
            save(&verified, &options, &settings.paths).map_err(|error| error.to_string())?;
            let path = settings.paths.config.as_deref();
            Ok(path.map_or(String::new(), |path| path.display().to_string()))
        });
        let saved = saved.await.unwrap_or_else(|error| Err(error.to_string()));
        self.tell(DestinationReport::InUse(version, extras, Some(saved)));
    }

    async fn destination(
        &self,
        values: &Values,
        present: CurrentDestination,
    ) -> Result<(Destination, KeyOf), NotMade> {
        let says = |error: &dyn std::error::Error| NotMade::Says(error.to_string());
        let insecure = match &self.settings {
            Some(settings) => insecure(settings),
            None => Insecure::Refused,
        };
        let text = match values.base_url.trim() {
            "" => RAINDROP,
            text => text,
        };
        match values.choice {
            DestinationKind::LocalSink => {
                let project = ProjectSlug::parse(&values.project).map_err(|e| says(&e))?;
                let own = self.own_sink.destination(project).await;
                let own = own.map_err(|e| says(&e))?;
                let base_url = own.base_url().as_str().to_owned();
                let _ = self.sender.send(Msg::OwnSink(base_url));
                Ok((own, (KeyStorage::Elsewhere, KeySource::None)))
            }
            DestinationKind::Workshop => {
                let base_url = BaseUrl::parse(text, Insecure::Refused).map_err(|e| says(&e))?;
                let workshop = Destination::workshop(base_url).map_err(|e| says(&e))?;
                Ok((workshop, (KeyStorage::Elsewhere, KeySource::None)))
            }
            DestinationKind::Raindrop => {
                let base_url = BaseUrl::parse(text, insecure).map_err(|e| says(&e))?;
                let project = ProjectSlug::parse(&values.project).map_err(|e| says(&e))?;
                let found = match values.key.is_empty() {
                    false => {
                        let key = values.key.write_key().map_err(|e| says(&e))?;
                        Some((FoundKey::typed(key), KeyStorage::Save))
                    }
                    true => self
                        .key_there_is(&base_url, present)
                        .map_err(NotMade::Says)?,
                };
                let (key, keeping) = match found {
                    Some((key, keeping)) => (Some(key), keeping),
                    None => (None, KeyStorage::Elsewhere),
                };
                let source = key.as_ref().map_or(KeySource::None, |key| key.source);
                let server = Server {
                    base_url,
                    project,
                    kind: None,
                    key,
                    origin: SettingOrigin::Default,
                };
                match access::destination(&server, KeyConsent::NotGiven).await {
                    Ok(destination) => Ok((destination, (keeping, source))),
                    Err(AccessError::Silent { fault }) => {
                        Err(NotMade::Silent(Box::new(server), fault))
                    }
                    Err(error) => Err(says(&error)),
                }
            }
        }
    }

    /// The key for a base URL where none was typed. A server on this machine does without one, as with `--base-url`.
    fn key_there_is(
        &self,
        base_url: &BaseUrl,
        present: CurrentDestination,
    ) -> Result<Option<(FoundKey, KeyStorage)>, String> {
        let in_use = present
            .destination
            .as_ref()
            .filter(|d| d.kind() == DestinationKind::Raindrop && d.base_url() == base_url)
            .filter(|_| !present.is_foreign)
            .and_then(Destination::write_key);
        if let Some(key) = in_use {
            let key = FoundKey::of(key.clone(), present.key_source);
            return Ok(Some((key, present.key)));
        }
        let found = match &self.settings {
            Some(settings) => find_key(settings, &self.environment, base_url),
            None => Ok(None),
        };
        let Some(key) = found.map_err(|error| error.to_string())? else {
            return match base_url {
                _ if base_url.is_loopback() => Ok(None),
                _ if base_url.is_raindrop() => Err(format!(
                    "There is no write key for {base_url} yet: copy it from Raindrop's settings."
                )),
                // Raindrop's key is nobody else's.
                _ => Err(format!(
                    "There is no write key for {base_url} yet: type the one that this server gave you."
                )),
            };
        };
        // It might ask on the terminal, which the inspector is using.
        if !key.is_known() {
            return Err(format!(
                "{} is not run from here: type the key of {base_url}.",
                key.source.name()
            ));
        }
        if let Some(owner) = key.belongs_to.as_ref().filter(|_| !base_url.is_loopback()) {
            return Err(format!(
                "The key from {} belongs to {owner}: type the key of {base_url}.",
                key.source.name()
            ));
        }
        Ok(Some((key, KeyStorage::Elsewhere)))
    }
}
