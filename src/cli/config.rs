//! `rainscope config`: the settings in force and where each came from, and the files' paths.

use serde_json::json;

use super::destination::described_server;
use super::options::{DestinationArgs, OutputFormat};
use super::output::{Exit, complain, print, print_json};
use super::screen::inspect::mistakes_of_screen;
use crate::prepare::MASK;
use crate::settings::resolve::{FoundKey, SettingsTarget, resolve};
use crate::settings::{Environment, Hidden, SETTINGS, SettingValue, Settings, SettingsProblem};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// What to show
    #[command(subcommand)]
    pub what: ConfigCommand,
}

/// What `config` shows.
#[derive(Debug, clap::Subcommand)]
pub enum ConfigCommand {
    /// The settings in force, where each came from, and the destination they make
    Show(ShowArgs),
    /// Where the files are
    Path(DestinationArgs),
}

/// Arguments of `config show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The layer above all others
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// How to show them
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    pub format: OutputFormat,
}

/// Shows the settings. A mistake is reported, and the rest is shown anyway.
pub fn run(args: &ConfigArgs) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let options = match &args.what {
        ConfigCommand::Show(show) => show.destination.options()?,
        ConfigCommand::Path(destination) => destination.options()?,
    };
    let (settings, problems) = Settings::load(&environment, &options);
    let mut is_wrong = false;
    match &args.what {
        ConfigCommand::Show(show) => {
            for problem in &problems {
                complain(&problem.to_string());
            }
            // None of the file is in force, and showing the defaults would look as if it were.
            let is_unread = |problem: &SettingsProblem| problem.hides == Hidden::WholeFile;
            if problems.iter().any(is_unread) {
                return Ok(Exit::Failed);
            }
            let destination = match problems.is_empty() {
                true => meaning(&settings, &environment),
                false => (
                    "nowhere, until what is wrong there is mended".to_owned(),
                    None,
                ),
            };
            let of_screen = mistakes_of_screen(&settings);
            of_screen.iter().for_each(|says| complain(says));
            is_wrong = !problems.is_empty() || !of_screen.is_empty();
            show_all(&settings, destination, show.format)?;
        }
        ConfigCommand::Path(_) => paths(&settings)?,
    }
    Ok(if is_wrong { Exit::Failed } else { Exit::Done })
}

fn paths(settings: &Settings) -> anyhow::Result<()> {
    let paths = &settings.paths;
    for (what, path) in [
        ("settings", &paths.config),
        ("credentials", &paths.credentials),
        ("history", &paths.history),
        ("layout", &paths.layout),
        ("log", &paths.log),
    ] {
        print(&match path {
            Some(path) if path.exists() => format!("{what:<12} {}", path.display()),
            Some(path) => format!("{what:<12} {}  (not there)", path.display()),
            None => format!("{what:<12} none (--config none, or no HOME)"),
        })?;
    }
    Ok(())
}

fn show_all(
    settings: &Settings,
    (destination, key): (String, Option<String>),
    format: OutputFormat,
) -> anyhow::Result<()> {
    let mut rows: Vec<(String, SettingValue, String)> = Vec::new();
    for setting in SETTINGS {
        let (value, origin) = settings.get(setting.name);
        rows.push((setting.path(), value.clone(), origin.to_string()));
    }
    for binding in &settings.keys {
        let keys = SettingValue::List(binding.keys.clone());
        rows.push((
            format!("keys.{}", binding.command),
            keys,
            binding.place.to_string(),
        ));
    }
    if format == OutputFormat::Json {
        for (path, value, origin) in rows {
            let line = json!({"setting": path, "value": machine(&value), "origin": origin});
            print_json(&format!("{line}\n"))?;
        }
        let key = key.as_ref().map(|_| MASK).zip(key.as_deref());
        let (mask, from) = key.unzip();
        let line = json!({"setting": "write_key", "value": mask, "origin": from});
        print_json(&format!("{line}\n"))?;
        print_json(&format!("{}\n", json!({"destination": destination})))?;
        return Ok(());
    }
    for (path, value, origin) in rows {
        print(&format!("{path:<32} {:<28} {origin}", human(&value)))?;
    }
    match key {
        Some(from) => print(&format!("{:<32} {MASK:<28} {from}", "write key"))?,
        None => print(&format!("{:<32} {:<28} default", "write key", "none"))?,
    }
    print("")?;
    print(&format!("Events go to: {destination}"))?;
    Ok(())
}

/// The destination in words, and where its key comes from. The key's command is not run and no server is
/// asked: showing settings does nothing else.
fn meaning(settings: &Settings, environment: &Environment) -> (String, Option<String>) {
    match resolve(settings, environment) {
        Ok(SettingsTarget::OwnSink { .. }) => (
            "the program's own sink, since nothing is configured".to_owned(),
            None,
        ),
        Ok(SettingsTarget::Server(server)) => {
            (described_server(&server), server.key.as_ref().map(from))
        }
        Err(error) => (format!("nowhere: {error}"), None),
    }
}

/// Where a key comes from, and whether the server gets it.
fn from(key: &FoundKey) -> String {
    let not_run = match key.is_known() {
        true => "",
        false => " (not run)",
    };
    let of_another = match &key.belongs_to {
        Some(owner) => format!("; it belongs to {owner}"),
        None => String::new(),
    };
    format!("{}{not_run}{of_another}", key.source.name())
}

fn human(value: &SettingValue) -> String {
    match value {
        SettingValue::Absent => "—".to_owned(),
        SettingValue::Text(text) => text.clone(),
        SettingValue::Flag(flag) => flag.to_string(),
        SettingValue::Number(number) => number.to_string(),
        SettingValue::List(list) => format!("{list:?}"),
    }
}

fn machine(value: &SettingValue) -> serde_json::Value {
    match value {
        SettingValue::Absent => serde_json::Value::Null,
        SettingValue::Text(text) => json!(text),
        SettingValue::Flag(flag) => json!(flag),
        SettingValue::Number(number) => json!(number),
        SettingValue::List(list) => json!(list),
    }
}
