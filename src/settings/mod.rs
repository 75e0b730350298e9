//! The settings, in layers: defaults, the settings file, the environment, options. A later layer wins, and every
//! value knows where it came from. A mistake never stops the inspector: it is reported, and the other settings apply;
//! but nothing is sent by defaults where it may hide where events go.

pub mod access;
mod command;
pub mod credentials;
pub mod environment;
mod file;
pub mod history;
mod misspelt;
mod nearest;
pub mod origin;
pub mod paths;
pub mod reading;
pub mod resolve;
pub mod save;
pub mod schema;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

pub use environment::Environment;
pub use file::Binding;
pub use origin::{FilePosition, Hidden, Layer, SettingOrigin, SettingsProblem};
pub use paths::Paths;
pub use schema::{SETTINGS, Setting, SettingName, SettingValue};

use crate::event::DestinationKind;
use crate::event::privacy::Privacy;
use crate::files;
use crate::mapping::{Context, DefaultUser, DefaultUserOrigin};
use crate::prepare::PrepareOptions;
use file::Scope;

/// The longest settings file that is read, in bytes. Chosen: a hundred times what a person writes.
pub(crate) const LARGEST: u64 = 1 << 20;

/// What the command line says of the settings.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The settings file; [`paths::NONE`] reads no file.
    pub config: Option<PathBuf>,
    /// The file of the project that is checked.
    pub project: Option<PathBuf>,
    /// Values by name: the option as it is written, and its value.
    pub values: Vec<(SettingName, &'static str, SettingValue)>,
}

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What each layer says of a name, the lowest layer first.
    values: BTreeMap<SettingName, Vec<(SettingValue, SettingOrigin)>>,
    /// Keys of the inspector's commands, as the file has them.
    pub keys: Vec<Binding>,
    /// Where the files are.
    pub paths: Paths,
}

impl Settings {
    /// Puts the layers together.
    pub fn load(environment: &Environment, options: &Overrides) -> (Self, Vec<SettingsProblem>) {
        let paths = Paths::find(environment, options.config.as_deref());
        for path in [&paths.config, &paths.credentials].into_iter().flatten() {
            files::sweep(path);
        }
        let mut problems = Vec::new();
        let mut values: BTreeMap<SettingName, Vec<(SettingValue, SettingOrigin)>> = BTreeMap::new();
        let mut put = |name, value, origin| values.entry(name).or_default().push((value, origin));
        for setting in SETTINGS {
            put(
                setting.name,
                setting.default_value(),
                SettingOrigin::Default,
            );
        }
        let config = paths.config.as_deref();
        let said = read(config, paths.config_is_named, Scope::Person);
        problems.extend(said.problems);
        for (name, value, place) in said.values {
            put(name, value, SettingOrigin::File(place));
        }
        let project = read(options.project.as_deref(), true, Scope::Project);
        problems.extend(project.problems);
        for (name, value, place) in project.values {
            put(name, value, SettingOrigin::Project(place));
        }
        for setting in SETTINGS {
            let Some(variable) = setting.variable else {
                continue;
            };
            let Some(text) = environment.get(variable) else {
                continue;
            };
            let origin = SettingOrigin::Environment(variable);
            match setting.shape.read(text) {
                Ok(value) => put(setting.name, value, origin),
                Err(says) => problems.push(SettingsProblem {
                    origin,
                    says,
                    hides: file::hidden_in(setting.table),
                }),
            }
        }
        problems.extend(misspelt::misspelt(environment));
        for (name, option, value) in &options.values {
            put(*name, value.clone(), SettingOrigin::Option(option));
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
    fn log(&self, problems: &[SettingsProblem]) {
        for setting in SETTINGS {
            let origin = self.get(setting.name).1;
            if origin != &SettingOrigin::Default {
                tracing::debug!(setting = setting.path(), %origin, "set");
            }
        }
        for problem in problems {
            tracing::warn!(origin = %problem.origin, "a setting cannot be followed");
        }
    }

    /// A value and where it came from.
    pub fn get(&self, name: SettingName) -> (&SettingValue, &SettingOrigin) {
        self.up_to(Layer::Option, name)
    }

    /// The same as if there were no layers above this one.
    pub fn up_to(&self, layer: Layer, name: SettingName) -> (&SettingValue, &SettingOrigin) {
        let said = self.values.get(&name).into_iter().flatten();
        let last = said.rev().find(|(_, origin)| origin.layer() <= layer);
        match last {
            Some((value, origin)) => (value, origin),
            None => (&SettingValue::Absent, &SettingOrigin::Default),
        }
    }

    /// Privacy mode.
    pub fn privacy(&self) -> Privacy {
        match self.flag(SettingName::Privacy) {
            true => Privacy::On,
            false => Privacy::Off,
        }
    }

    /// Privacy mode where it may not be known what the settings say of it: on, unless an option says otherwise.
    pub fn privacy_in_doubt(&self, problems: &[SettingsProblem]) -> Privacy {
        let is_said = self.get(SettingName::Privacy).1.layer() == Layer::Option;
        match is_said || !is_destination_in_doubt(problems) {
            true => self.privacy(),
            false => Privacy::On,
        }
    }

    /// What completions are mapped with: the default user, and `now` in milliseconds since 1970.
    pub fn context(&self, now: i64) -> Context {
        let mut context = Context::at(now);
        let (value, origin) = self.get(SettingName::DefaultUser);
        if let (SettingValue::Text(user), Some(whose)) = (value, whose_default(origin)) {
            context.default_user = DefaultUser::new(user, whose);
        }
        context
    }

    /// How events are prepared for a kind of destination.
    pub fn prepare_options(&self, now: i64, kind: DestinationKind) -> PrepareOptions {
        PrepareOptions {
            context: self.context(now),
            privacy: self.privacy(),
            kind,
        }
    }

    /// A text; none where it is not set.
    pub fn text(&self, name: SettingName) -> Option<&str> {
        match self.get(name).0 {
            SettingValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A flag.
    pub fn flag(&self, name: SettingName) -> bool {
        self.get(name).0 == &SettingValue::Flag(true)
    }

    /// A number; none where it is not set.
    pub fn some_number(&self, name: SettingName) -> Option<u32> {
        match self.get(name).0 {
            SettingValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number.
    pub fn number(&self, name: SettingName) -> u32 {
        self.some_number(name).unwrap_or(0)
    }
}

/// Whether mistakes may hide where events are to go, or what they may hold.
pub fn is_destination_in_doubt(problems: &[SettingsProblem]) -> bool {
    problems
        .iter()
        .any(|problem| problem.hides >= Hidden::Destination)
}

/// Who chose the default user; nobody where it is not set.
fn whose_default(origin: &SettingOrigin) -> Option<DefaultUserOrigin> {
    Some(match origin.layer() {
        Layer::Default => return None,
        Layer::File => DefaultUserOrigin::SettingsFile,
        Layer::Project => DefaultUserOrigin::Project,
        Layer::Environment => DefaultUserOrigin::Variable,
        Layer::Option => DefaultUserOrigin::Given,
    })
}

/// What a file says. A missing file is an error only where the person named it.
fn read(path: Option<&Path>, is_named: bool, scope: Scope) -> file::FileSettings {
    let Some(path) = path else {
        return file::FileSettings::default();
    };
    let why = match files::read_text(path, LARGEST) {
        Ok(text) => return file::read(path, &text, scope),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match is_named {
            true => "there is no such file".to_owned(),
            false => return file::FileSettings::default(),
        },
        Err(error) => crate::system::reason(&error),
    };
    file::FileSettings {
        problems: vec![SettingsProblem {
            says: format!("the settings cannot be read: {why}"),
            origin: SettingOrigin::WholeFile(path.to_owned().into()),
            hides: Hidden::WholeFile,
        }],
        ..file::FileSettings::default()
    }
}
