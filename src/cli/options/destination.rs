//! Where events go, and the settings file: the uppermost layer of settings.

use std::path::PathBuf;

use crate::settings::{Overrides, Setting, SettingName, SettingValue};

/// Where events go.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DestinationArgs {
    /// The base URL.
    #[arg(
        long,
        value_name = "URL",
        help = "Where events go, like https://api.raindrop.ai"
    )]
    pub base_url: Option<String>,
    /// The Raindrop project's slug; empty is Production
    #[arg(long, value_name = "SLUG")]
    pub project: Option<String>,
    /// Read settings from this file; none reads no file, neither settings nor saved write keys
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Allow http:// to another machine: the write key travels in clear text
    #[arg(long)]
    pub insecure: bool,
}

/// Who may get the write key.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct KeyArgs {
    /// Give the write key to a server that it does not belong to, or that does not say what it is
    #[arg(long)]
    pub use_key: bool,
}

impl DestinationArgs {
    /// The uppermost layer of settings.
    ///
    /// # Errors
    /// When an option's value is not what its setting takes.
    pub fn options(&self) -> anyhow::Result<Overrides> {
        let mut options = Overrides {
            config: self.config.clone(),
            ..Overrides::default()
        };
        let texts = [
            (SettingName::BaseUrl, "--base-url", &self.base_url),
            (SettingName::Project, "--project", &self.project),
        ];
        for (name, option, text) in texts {
            if let Some(text) = text {
                options
                    .values
                    .push((name, option, read(name, option, text)?));
            }
        }
        if self.insecure {
            options.values.push((
                SettingName::Insecure,
                "--insecure",
                SettingValue::Flag(true),
            ));
        }
        Ok(options)
    }

    /// The same with `--privacy`, where it is given.
    ///
    /// # Errors
    /// As [`DestinationArgs::options`].
    pub fn options_with(&self, privacy: bool) -> anyhow::Result<Overrides> {
        let mut options = self.options()?;
        if privacy {
            options
                .values
                .push((SettingName::Privacy, "--privacy", SettingValue::Flag(true)));
        }
        Ok(options)
    }
}

/// Reads an option's text as its setting's value.
///
/// # Errors
/// What is wrong with it, with the option's name.
pub fn read(name: SettingName, option: &str, text: &str) -> anyhow::Result<SettingValue> {
    let read = Setting::of(name).shape.read(text);
    read.map_err(|says| anyhow::anyhow!("{option}: {says}"))
}
