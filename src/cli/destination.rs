//! The options that say where events go, and the destination that comes of all layers.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::output::complain;
use crate::delivery::connect;
use crate::delivery::destination::{BaseUrl, Destination, Kind};
use crate::delivery::sink::{Options as SinkOptions, Sink, SinkHandle};
use crate::settings::resolve::{KeySource, Resolved, Target, resolve};
use crate::settings::{Environment, Name, Options, Setting, Settings, Value};

/// Where events go.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DestinationArgs {
    /// Where events go, like https://api.raindrop.ai
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// The Raindrop project's slug; empty is Production
    #[arg(long, value_name = "SLUG")]
    pub project: Option<String>,
    /// Read settings from this file
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Allow http:// to another machine: the write key travels in clear text
    #[arg(long)]
    pub insecure: bool,
}

impl DestinationArgs {
    /// The uppermost layer of settings.
    ///
    /// # Errors
    /// When an option's value is not what its setting takes.
    pub fn options(&self) -> anyhow::Result<Options> {
        let mut options = Options {
            config: self.config.clone(),
            values: Vec::new(),
        };
        let texts = [
            (Name::BaseUrl, "--base-url", &self.base_url),
            (Name::Project, "--project", &self.project),
        ];
        for (name, option, text) in texts {
            if let Some(text) = text {
                options
                    .values
                    .push((name, option, read(name, option, text)?));
            }
        }
        if self.insecure {
            options
                .values
                .push((Name::Insecure, "--insecure", Value::Flag(true)));
        }
        Ok(options)
    }
}

/// Reads an option's text as its setting's value.
pub fn read(name: Name, option: &str, text: &str) -> anyhow::Result<Value> {
    let read = Setting::of(name).shape.read(text);
    read.map_err(|says| anyhow::anyhow!("{option}: {says}"))
}

/// The settings in force. For a command, a mistake in them is an error: it must not send somewhere
/// that was not meant.
pub fn settings(environment: &Environment, options: &Options) -> anyhow::Result<Settings> {
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

/// A destination that can be sent to now.
#[derive(Debug)]
pub struct Ready {
    /// The destination.
    pub destination: Destination,
    /// Where its write key came from.
    pub key_source: KeySource,
    /// The program's own sink, where that is the destination; it ends with this.
    pub sink: Option<SinkHandle>,
}

/// Finds the destination, and starts the program's own sink where nothing is configured.
pub async fn ready(settings: &Settings, environment: &Environment) -> anyhow::Result<Ready> {
    // Running `write_key_command` may take as long as the person does.
    let resolved: Resolved = resolve(settings, environment)?;
    match resolved.target {
        Target::Destination(destination) => Ok(Ready {
            destination: connect::told_apart(destination).await?,
            key_source: resolved.key_source,
            sink: None,
        }),
        Target::OwnSink { project } => {
            let sink = Sink::start(SinkOptions::default(), |_| {})
                .await
                .context("the program's own sink does not start")?;
            let own = sink.destination();
            let key = own.write_key().cloned().context("the sink has no key")?;
            Ok(Ready {
                destination: Destination::local_sink(own.base_url().clone(), key, project),
                key_source: KeySource::None,
                sink: Some(sink),
            })
        }
    }
}

/// The destination in a few words. Whether what listens on this machine is a sink, only it knows.
pub fn described(destination: &Destination) -> String {
    let base_url = destination.base_url();
    let there = match destination.kind() {
        Kind::LocalSink => format!("a local endpoint at {base_url}"),
        Kind::Workshop => format!("a Raindrop Workshop at {base_url}"),
        Kind::Raindrop => server(base_url),
    };
    let project = match destination.project() {
        Some(slug) => format!(", project {}", slug.as_str()),
        None => String::new(),
    };
    format!("{there}{project}")
}

/// Raindrop and where it is, or where any other server is: only Raindrop is called so.
pub fn server(base_url: &BaseUrl) -> String {
    match base_url.answerer() {
        "Raindrop" => format!("Raindrop at {base_url}"),
        _ => base_url.to_string(),
    }
}
