//! Options that several commands share.

mod dates;
mod destination;
mod mapping;

pub use dates::dated;
pub use destination::{DestinationArgs, KeyArgs, read};
pub use mapping::{ChangeArgs, MappingArgs};

use crate::inspector::ui::theme::Theme;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OutputFormat {
    /// For reading
    Human,
    /// One JSON object a line
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Whatever the output is.
    Always,
    /// Nowhere.
    Never,
}

impl ColorWhen {
    /// Whether to colour what goes to an output that is a terminal or is not.
    pub fn applies(self, is_terminal: bool) -> bool {
        let is_refused = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => is_terminal && !is_refused(),
        }
    }
}

/// A theme as an option names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ThemeName {
    /// Dark or light as the terminal's background is, where it has true colours; else its own colours
    #[default]
    Auto,
    /// The terminal's own 16 colours
    Terminal,
    /// True colours for a dark ground
    Dark,
    /// True colours for a light ground
    Light,
    /// No colours
    Monochrome,
}

impl ThemeName {
    /// The theme of that name.
    pub fn theme(self) -> Theme {
        let name = match self {
            ThemeName::Auto => "auto",
            ThemeName::Terminal => "terminal",
            ThemeName::Dark => "dark",
            ThemeName::Light => "light",
            ThemeName::Monochrome => "monochrome",
        };
        Theme::named(name).unwrap_or_else(Theme::terminal)
    }
}
