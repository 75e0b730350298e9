//! What the person set, in layers: defaults, the settings file, the environment, options; a later
//! one wins, and every value knows where it came from. A mistake never stops the inspector: what
//! cannot be followed is told beside the settings that can.

mod command;
pub mod credentials;
pub mod environment;
mod file;
pub mod history;
mod nearest;
pub mod origin;
pub mod paths;
pub mod resolve;
pub mod save;
pub mod schema;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

pub use environment::Environment;
pub use file::Binding;
pub use origin::{Origin, Place, Problem};
pub use paths::Paths;
pub use schema::{Name, SETTINGS, Setting, Value};

pub use crate::destination::write_key;

/// What the command line says of the settings.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The settings file.
    pub config: Option<PathBuf>,
    /// Values by name: the option as it is written, and its value.
    pub values: Vec<(Name, &'static str, Value)>,
}

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Settings {
    values: BTreeMap<Name, (Value, Origin)>,
    /// Keys of the inspector's commands, as the file has them.
    pub keys: Vec<Binding>,
    /// Where the files are.
    pub paths: Paths,
}

impl Settings {
    /// Puts the layers together.
    pub fn load(environment: &Environment, options: &Options) -> (Self, Vec<Problem>) {
        let paths = Paths::find(environment, options.config.as_deref());
        let mut problems = Vec::new();
        let mut values: BTreeMap<Name, (Value, Origin)> = BTreeMap::new();
        for setting in SETTINGS {
            values.insert(setting.name, (setting.default_value(), Origin::Default));
        }
        let said = match text(&paths) {
            Ok((path, text)) => file::read(&path, &text),
            Err(problem) => {
                problems.extend(problem);
                file::Said::default()
            }
        };
        problems.extend(said.problems);
        for (name, value, place) in said.values {
            values.insert(name, (value, Origin::File(place)));
        }
        for setting in SETTINGS {
            let Some(variable) = setting.variable else {
                continue;
            };
            let Some(text) = environment.get(variable) else {
                continue;
            };
            let origin = Origin::Environment(variable);
            match setting.shape.read(text) {
                Ok(value) => {
                    values.insert(setting.name, (value, origin));
                }
                Err(says) => problems.push(Problem { origin, says }),
            }
        }
        for (name, option, value) in &options.values {
            values.insert(*name, (value.clone(), Origin::Option(option)));
        }
        let settings = Self {
            values,
            keys: said.keys,
            paths,
        };
        settings.log(&problems);
        (settings, problems)
    }

    /// Values stay out of the log: one of them may be a command with a password in it.
    fn log(&self, problems: &[Problem]) {
        for setting in SETTINGS {
            let origin = self.get(setting.name).1;
            if origin != &Origin::Default {
                tracing::debug!(setting = setting.path(), %origin, "set");
            }
        }
        for problem in problems {
            tracing::warn!(origin = %problem.origin, "a setting cannot be followed");
        }
    }

    /// A value and where it came from.
    pub fn get(&self, name: Name) -> (&Value, &Origin) {
        match self.values.get(&name) {
            Some((value, origin)) => (value, origin),
            None => (&Value::Absent, &Origin::Default),
        }
    }

    /// The same without one of the values.
    #[must_use]
    pub fn without(&self, name: Name) -> Self {
        let mut settings = self.clone();
        settings
            .values
            .insert(name, (Value::Absent, Origin::Default));
        settings
    }

    /// A text; none where nothing was said.
    pub fn text(&self, name: Name) -> Option<&str> {
        match self.get(name).0 {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A flag.
    pub fn flag(&self, name: Name) -> bool {
        self.get(name).0 == &Value::Flag(true)
    }

    /// A number; none where nothing was said.
    pub fn some_number(&self, name: Name) -> Option<u32> {
        match self.get(name).0 {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number.
    pub fn number(&self, name: Name) -> u32 {
        self.some_number(name).unwrap_or(0)
    }
}

/// The settings file's text. That there is none is only wrong where the person named one.
fn text(paths: &Paths) -> Result<(PathBuf, String), Option<Problem>> {
    let path = paths.config.clone().ok_or(None)?;
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !paths.config_is_named => {
            Err(None)
        }
        Err(error) => {
            let why = match error.kind() {
                io::ErrorKind::NotFound => "there is no such file".to_owned(),
                _ => crate::system::reason(&error),
            };
            Err(Some(Problem {
                says: format!("the settings cannot be read: {why}"),
                origin: Origin::WholeFile(path.into()),
            }))
        }
    }
}
