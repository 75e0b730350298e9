//! Where the program's files are: the settings and the write keys in the configuration folder, the
//! history, the panes' layout and the log in the state folder, each as the system has it.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::environment::Environment;

/// The variable that names the settings file.
pub const CONFIG: &str = "RAINSCOPE_CONFIG";
/// The variable that names the folder of the settings file and the write keys.
pub const CONFIG_DIR: &str = "RAINSCOPE_CONFIG_DIR";
/// The variable that names the folder of the history, the panes' layout and the log.
pub const STATE_DIR: &str = "RAINSCOPE_STATE_DIR";

/// The files' paths; none where neither the system nor a variable names a home folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paths {
    /// The settings; none with [`NONE`] as well.
    pub config: Option<PathBuf>,
    /// Whether the person named the settings file: then it must exist.
    pub config_is_named: bool,
    /// The write keys; none with [`NONE`] as well.
    pub credentials: Option<PathBuf>,
    /// The history.
    pub history: Option<PathBuf>,
    /// How the panes were last shared out.
    pub layout: Option<PathBuf>,
    /// The diagnostic log.
    pub log: Option<PathBuf>,
}

/// In place of the settings file's path: no file is read, neither settings nor write keys.
pub const NONE: &str = "none";

/// Whether no file is read; `config` is the option's value, which counts for more than the variable.
pub fn reads_none(environment: &Environment, config: Option<&Path>) -> bool {
    named(environment, config).as_deref() == Some(Path::new(NONE))
}

fn named(environment: &Environment, config: Option<&Path>) -> Option<PathBuf> {
    match config {
        Some(option) => Some(option.to_owned()),
        None => environment.get(CONFIG).map(PathBuf::from),
    }
}

impl Paths {
    /// Finds them; `config` is the option's value.
    pub fn find(environment: &Environment, config: Option<&Path>) -> Self {
        let base = etcetera::choose_base_strategy().ok();
        let below = |variable: &str, folder: Option<PathBuf>| match environment.get(variable) {
            Some(named) => Some(PathBuf::from(named)),
            None => folder.map(|folder| folder.join("rainscope")),
        };
        let config_dir = below(CONFIG_DIR, base.as_ref().map(BaseStrategy::config_dir));
        let state = |base: &_| {
            BaseStrategy::state_dir(base).unwrap_or_else(|| BaseStrategy::data_dir(base))
        };
        let state_dir = below(STATE_DIR, base.as_ref().map(state));
        let reads_none = reads_none(environment, config);
        let config_dir = config_dir.filter(|_| !reads_none);
        let named = named(environment, config).filter(|_| !reads_none);
        Self {
            config_is_named: named.is_some(),
            config: named.or_else(|| Some(config_dir.as_ref()?.join("config.toml"))),
            credentials: config_dir.map(|folder| folder.join("credentials.toml")),
            layout: state_dir.as_ref().map(|folder| folder.join("layout.toml")),
            log: state_dir
                .as_ref()
                .map(|folder| folder.join("rainscope.log")),
            history: state_dir.map(|folder| folder.join("history.db")),
        }
    }
}
