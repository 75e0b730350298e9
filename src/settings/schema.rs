//! Every setting, in one table, from which the file's keys, the variables, the defaults, the help and `config show`
//! are made.

use crate::destination::{BaseUrl, Insecure, ProjectSlug};
use crate::mapping::Context;

/// Names a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is described in the table")]
pub enum SettingName {
    Kind,
    BaseUrl,
    Project,
    Enabled,
    Privacy,
    DefaultUser,
    Insecure,
    WriteKeyCommand,
    QueryBaseUrl,
    Batch,
    Concurrency,
    HistoryEnabled,
    HistoryKeep,
    HistoryKeepBodies,
    HistoryKeepDays,
    Theme,
    Ascii,
    Mouse,
    LayoutList,
    LayoutEvent,
}

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Any text.
    Text,
    /// Text that a function takes; the error says what to write.
    Checked(fn(&str) -> Result<(), String>),
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number from and to.
    Number(u32, u32),
    /// A command: text for the shell, or a list of the program and its arguments.
    Command,
}

/// A value that fits its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// Nothing.
    Absent,
    /// Text, or a word.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(u32),
    /// A program and its arguments.
    List(Vec<String>),
}

/// One line of the table.
#[derive(Debug)]
pub struct Setting {
    /// Its name in the program.
    pub name: SettingName,
    /// Its table in the file.
    pub table: &'static str,
    /// Its key in that table.
    pub key: &'static str,
    /// Its environment variable.
    pub variable: Option<&'static str>,
    /// What it must be.
    pub shape: Shape,
    /// Its default, as it would be written in a variable; empty for none.
    pub default: &'static str,
    /// What it does, in a line.
    pub says: &'static str,
}

/// Tables whose keys are the inspector's own business.
pub const OPEN_TABLES: [&str; 1] = ["keys"];

const KINDS: &[&str] = &["raindrop", "sink", "workshop"];

const fn row(
    name: SettingName,
    table: &'static str,
    key: &'static str,
    variable: Option<&'static str>,
    shape: Shape,
    default: &'static str,
    says: &'static str,
) -> Setting {
    Setting {
        name,
        table,
        key,
        variable,
        shape,
        default,
        says,
    }
}

/// Every setting, in the order of `config show`.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    row(SettingName::Kind, "destination", "kind", Some("RAINSCOPE_KIND"), Shape::Word(KINDS), "",
        "what answers there; told from the base URL if not said"),
    row(SettingName::BaseUrl, "destination", "base_url", Some("RAINSCOPE_BASE_URL"), Shape::Checked(base_url), "",
        "where events go; https://api.raindrop.ai if there is a write key, else the program's own sink"),
    row(SettingName::Project, "destination", "project", Some("RAINSCOPE_PROJECT"), Shape::Checked(project), "",
        "the project's slug; none is Production"),
    row(SettingName::Enabled, "destination", "enabled", Some("RAINSCOPE_ENABLED"), Shape::Flag, "true",
        "whether anything is sent"),
    row(SettingName::Privacy, "destination", "privacy", Some("RAINSCOPE_PRIVACY"), Shape::Flag, "false",
        "send without input and output"),
    row(SettingName::DefaultUser, "destination", "default_user", Some("RAINSCOPE_DEFAULT_USER"), Shape::Checked(user), Context::DEFAULT_USER,
        "the user of an event whose completion names none"),
    row(SettingName::Insecure, "destination", "insecure", None, Shape::Flag, "false",
        "allow http:// to another machine: the write key travels in clear text"),
    row(SettingName::WriteKeyCommand, "destination", "write_key_command", None, Shape::Command, "",
        "prints the write key: text is run by `sh -c`, a list as it is"),
    row(SettingName::QueryBaseUrl, "query", "base_url", Some("RAINDROP_QUERY_API_BASE"), Shape::Checked(base_url), crate::destination::QUERY_API,
        "Raindrop's Query API, where events are read back with RAINDROP_QUERY_API_KEY"),
    row(SettingName::Batch, "send", "batch", Some("RAINSCOPE_BATCH"), Shape::Number(1, 50), "50",
        "events in one request"),
    row(SettingName::Concurrency, "send", "concurrency", Some("RAINSCOPE_CONCURRENCY"), Shape::Number(1, 64), "4",
        "requests at once"),
    row(SettingName::HistoryEnabled, "history", "enabled", Some("RAINSCOPE_HISTORY"), Shape::Flag, "true",
        "remember what was sent"),
    row(SettingName::HistoryKeep, "history", "keep", None, Shape::Number(0, u32::MAX), "200000",
        "deliveries remembered"),
    row(SettingName::HistoryKeepBodies, "history", "keep_bodies", None, Shape::Number(0, u32::MAX), "2000",
        "deliveries remembered with what was sent"),
    row(SettingName::HistoryKeepDays, "history", "keep_days", None, Shape::Number(0, 36_500), "90",
        "days that a delivery is remembered"),
    row(SettingName::Theme, "inspector", "theme", Some("RAINSCOPE_THEME"), Shape::Text, "auto",
        "the inspector's colours"),
    row(SettingName::Ascii, "inspector", "ascii", Some("RAINSCOPE_ASCII"), Shape::Flag, "false",
        "draw with ASCII alone"),
    row(SettingName::Mouse, "inspector", "mouse", Some("RAINSCOPE_MOUSE"), Shape::Flag, "true",
        "take the mouse"),
    row(SettingName::LayoutList, "layout", "list", None, Shape::Number(10, 60), "",
        "hundredths of the width that list and trace take in the beginning, where there are three columns"),
    row(SettingName::LayoutEvent, "layout", "event", None, Shape::Number(10, 80), "",
        "hundredths of the width that the event takes in the beginning"),
];

impl Setting {
    /// The table's line for a name.
    pub fn of(name: SettingName) -> &'static Setting {
        let found = SETTINGS.iter().find(|setting| setting.name == name);
        // The first line stands in for a name that the table lacks; a test proves that there is none.
        found.unwrap_or(&SETTINGS[0])
    }

    /// `table.key`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.table, self.key)
    }

    /// The default value.
    pub fn default_value(&self) -> SettingValue {
        match self.default {
            "" => SettingValue::Absent,
            text => self.shape.read(text).unwrap_or(SettingValue::Absent),
        }
    }
}

impl Shape {
    /// Reads a value from the text of a variable or an option.
    ///
    /// # Errors
    /// What to write instead.
    pub fn read(self, text: &str) -> Result<SettingValue, String> {
        match self {
            Self::Flag => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "on" | "yes" => Ok(SettingValue::Flag(true)),
                "0" | "false" | "off" | "no" => Ok(SettingValue::Flag(false)),
                _ => Err(self.wanted()),
            },
            Self::Number(..) => {
                let number = text.trim().parse().map_err(|_| self.wanted())?;
                self.number(number)
            }
            _ => self.text(text),
        }
    }

    /// Takes a text, if the setting is one.
    pub(super) fn text(self, text: &str) -> Result<SettingValue, String> {
        match self {
            Self::Flag | Self::Number(..) => return Err(self.wanted()),
            Self::Checked(check) => check(text)?,
            Self::Word(words) if !words.contains(&text) => {
                let near = super::nearest::nearest(text, words.iter().copied());
                let hint = near.map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
                return Err(format!("{}{hint}", self.wanted()));
            }
            Self::Text | Self::Word(_) | Self::Command => {}
        }
        if text.is_empty() {
            return Ok(SettingValue::Absent);
        }
        Ok(SettingValue::Text(text.to_owned()))
    }

    /// Takes a number, if the setting is one.
    pub(super) fn number(self, number: i64) -> Result<SettingValue, String> {
        match (self, u32::try_from(number)) {
            (Self::Number(from, to), Ok(fits)) if (from..=to).contains(&fits) => {
                Ok(SettingValue::Number(fits))
            }
            _ => Err(self.wanted()),
        }
    }

    /// What to write, in words.
    pub(super) fn wanted(self) -> String {
        match self {
            Self::Text | Self::Checked(_) => "expected a text in quotes".to_owned(),
            Self::Word(words) => format!("expected one of {}", words.join(", ")),
            Self::Flag => "expected true or false".to_owned(),
            Self::Number(from, to) if to == u32::MAX => {
                format!("expected a whole number from {from} up")
            }
            Self::Number(from, to) => format!("expected a whole number from {from} to {to}"),
            Self::Command => {
                "expected a text for the shell, or a list with the program and its arguments"
                    .to_owned()
            }
        }
    }
}

fn base_url(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Ok(());
    }
    // Whether plain http is intended is known only once all layers are.
    BaseUrl::parse(text, Insecure::Allowed)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn project(text: &str) -> Result<(), String> {
    ProjectSlug::parse(text)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn user(text: &str) -> Result<(), String> {
    match text.trim() {
        "" => Err(
            "the default user must not be empty: Raindrop refuses an event without user".to_owned(),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_line() {
        for (line, setting) in SETTINGS.iter().enumerate() {
            assert_eq!(
                setting.name as usize, line,
                "the table is in the order of the names"
            );
            assert_eq!(Setting::of(setting.name).key, setting.key);
            let default = setting.default_value();
            assert_eq!(
                default == SettingValue::Absent,
                setting.default.is_empty(),
                "{}",
                setting.key
            );
        }
        assert_eq!(SETTINGS.len(), SettingName::LayoutEvent as usize + 1);
    }
}
