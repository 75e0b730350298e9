//! `rainscope connect`: OpenRouter's own steps. Say where events go, test the connection, and save
//! only what passed.

use std::io::{self, BufRead, IsTerminal, Read};

use anyhow::{Context as _, bail};

use super::destination::{at, described, settings};
use super::options::{DestinationArgs, KeyArgs, read};
use super::output::{Exit, complain};
use super::prompt;
use super::test::{refused, shown};
use super::wait::block_on;
use crate::delivery::http::Client;
use crate::destination::{RAINDROP, WriteKey};
use crate::settings::resolve::{FoundKey, KeySource, SettingsTarget, resolve_with};
use crate::settings::save::{KeyStorage, SaveOptions, save};
use crate::settings::{Environment, Overrides, SettingName, SettingValue, Settings};

/// Arguments of `connect`.
#[derive(Debug, clap::Args)]
pub struct ConnectArgs {
    /// Where events go
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Who may get the write key
    #[command(flatten)]
    pub key: KeyArgs,
    /// What answers there: raindrop, sink or workshop; told from the base URL if not said
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Privacy mode keeps input and output back; everything else of the event is the same (the route
    /// and is_pending differ)
    #[arg(long)]
    pub privacy: bool,
    /// The user of an event whose completion names none
    #[arg(long, value_name = "USER")]
    pub default_user: Option<String>,
}

/// The longest text that is read as a key from standard input.
const LONGEST: u64 = 1 << 16;

/// Asks for what the options leave open, tests, and saves.
pub fn run(args: &ConnectArgs) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let mut options = args.destination.options()?;
    if let Some(kind) = &args.kind {
        let kind = read(SettingName::Kind, "--kind", kind)?;
        options.values.push((SettingName::Kind, "--kind", kind));
    }
    if let Some(user) = &args.default_user {
        let user = read(SettingName::DefaultUser, "--default-user", user)?;
        options
            .values
            .push((SettingName::DefaultUser, "--default-user", user));
    }
    if args.privacy {
        options
            .values
            .push((SettingName::Privacy, "--privacy", SettingValue::Flag(true)));
    }
    let key = if io::stdin().is_terminal() {
        ask(args, &environment, &mut options)?
    } else {
        piped()?
    };
    let key = match key.is_empty() {
        true => None,
        false => Some(WriteKey::new(key)?),
    };
    let settings = settings(&environment, &options)?;
    let SettingsTarget::Server(server) = resolve_with(&settings, &environment, key)? else {
        bail!(
            "there is neither a write key nor a base URL: pass the key on standard input, or --base-url"
        );
    };
    block_on(async {
        let ready = match at(&server, args.key.use_key).await {
            Ok(ready) => ready,
            Err(error) if refused(&error)? => {
                complain("nothing was saved");
                return Ok(Exit::No);
            }
            Err(error) => return Err(error),
        };
        complain(&format!("testing {}", described(&ready.destination)));
        let tested = shown(&Client::default(), ready.destination).await?;
        let Ok(verified) = tested.result else {
            complain("nothing was saved");
            return Ok(Exit::No);
        };
        let options = SaveOptions {
            privacy: Some(settings.privacy()),
            enabled: true,
            default_user: settings.text(SettingName::DefaultUser).map(str::to_owned),
            insecure: settings.flag(SettingName::Insecure),
            key: match ready.key_source {
                KeySource::Typed => KeyStorage::Save,
                _ => KeyStorage::Elsewhere,
            },
        };
        save(&verified, &options, &settings.paths).context("nothing was saved")?;
        if let Some(path) = &settings.paths.config {
            complain(&format!("saved in {}", path.display()));
        }
        match (&settings.paths.credentials, options.key) {
            (Some(path), KeyStorage::Save) => {
                complain(&format!("the write key is in {}", path.display()))
            }
            _ => complain(&format!(
                "the write key was not saved: {}",
                ready.key_source.name()
            )),
        }
        Ok(Exit::Done)
    })?
}

/// Asks for what no option gives. Returns the key; empty means the existing one stays.
fn ask(
    args: &ConnectArgs,
    environment: &Environment,
    options: &mut Overrides,
) -> anyhow::Result<String> {
    let (now, _) = Settings::load(environment, options);
    if args.destination.base_url.is_none() {
        let base_url = prompt::line(
            "Base URL",
            now.text(SettingName::BaseUrl).unwrap_or(RAINDROP),
        )?;
        let base_url = read(SettingName::BaseUrl, "base URL", &base_url)?;
        options
            .values
            .push((SettingName::BaseUrl, "--base-url", base_url));
    }
    if args.destination.project.is_none() {
        let project = prompt::line(
            "Project",
            now.text(SettingName::Project).unwrap_or("default"),
        )?;
        let project = read(SettingName::Project, "project", &project)?;
        options
            .values
            .push((SettingName::Project, "--project", project));
    }
    let key = match args.kind.as_deref() {
        Some("workshop") => String::new(),
        _ => prompt::secret(&key_question(kept(args.key.use_key, environment, options)))?,
    };
    if !args.privacy {
        let question = "Privacy mode (keep input and output back)";
        let privacy = prompt::yes(question, now.flag(SettingName::Privacy))?;
        options.values.push((
            SettingName::Privacy,
            "--privacy",
            SettingValue::Flag(privacy),
        ));
    }
    if args.default_user.is_none() {
        let user = now.text(SettingName::DefaultUser).unwrap_or_default();
        let user = prompt::line("Default user", user)?;
        let user = read(SettingName::DefaultUser, "default user", &user)?;
        options
            .values
            .push((SettingName::DefaultUser, "--default-user", user));
    }
    Ok(key)
}

/// Where the key comes from that stays where none is typed; none where there is none for the base URL.
fn kept(use_key: bool, environment: &Environment, options: &Overrides) -> Option<KeySource> {
    let (so_far, _) = Settings::load(environment, options);
    let Ok(SettingsTarget::Server(server)) = resolve_with(&so_far, environment, None) else {
        return None;
    };
    let goes_there = |key: &FoundKey| key.belongs_to.is_none() || use_key;
    server.key.filter(goes_there).map(|key| key.source)
}

fn key_question(kept: Option<KeySource>) -> String {
    match kept {
        Some(KeySource::Credentials) => "Write key (Enter alone keeps the saved one)".to_owned(),
        Some(source) => format!("Write key (Enter alone keeps that of {})", source.name()),
        None => "Write key".to_owned(),
    }
}

/// The key as the first line of standard input; empty where there is none.
fn piped() -> anyhow::Result<String> {
    let mut line = String::new();
    let mut input = io::stdin().lock().take(LONGEST);
    input
        .read_line(&mut line)
        .context("the write key cannot be read from standard input")?;
    Ok(line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that stays is spoken of where there is one.
    #[test]
    fn a_key_is_kept_where_there_is_one() {
        let check = |variables: &[(&str, &str)], base_url: &str, expected: &str| {
            let folder = tempfile::tempdir().expect("a folder");
            let folder = folder.path().to_string_lossy().into_owned();
            let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let folders = ["RAINSCOPE_CONFIG_DIR", "RAINSCOPE_DATA_DIR"];
            let folders = folders.map(|name| (name.to_owned(), folder.clone()));
            let environment: Environment = variables.iter().map(own).chain(folders).collect();
            let mut options = Overrides::default();
            let base_url = SettingValue::Text(base_url.to_owned());
            options
                .values
                .push((SettingName::BaseUrl, "--base-url", base_url));
            let question = |use_key: bool| key_question(kept(use_key, &environment, &options));
            assert_eq!(question(false), expected);
        };
        let raindrop = "https://api.raindrop.ai";
        let key = [("RAINDROP_WRITE_KEY", "rk_0123456789abcdef")];
        let keeps = "Write key (Enter alone keeps that of RAINDROP_WRITE_KEY)";
        check(&[], raindrop, "Write key");
        check(&[], "http://127.0.0.1:7411", "Write key");
        check(&key, raindrop, keeps);
        // It belongs to another server.
        check(&key, "https://example.com", "Write key");
    }
}
