//! The settings from outside: which layer wins, which destination comes of them, and what a save
//! leaves in the files.
mod destinations;
mod fuzzed;
mod layers;
mod saving;

use std::fs;

use rainscope::settings::{Environment, Overrides, Settings, SettingsProblem};
use tempfile::TempDir;

/// A person's own folders, empty at first.
struct Home(TempDir);

impl Home {
    fn new(config: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        if !config.is_empty() {
            home.write("config.toml", config);
        }
        home
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn environment(&self, variables: &[(&str, &str)]) -> Environment {
        let folder = self.0.path().to_str().unwrap();
        let own = [
            ("RAINSCOPE_CONFIG_DIR", folder),
            ("RAINSCOPE_STATE_DIR", folder),
        ];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        own.iter().chain(variables).map(owned).collect()
    }

    fn load(
        &self,
        variables: &[(&str, &str)],
        options: &Overrides,
    ) -> (Settings, Vec<SettingsProblem>) {
        Settings::load(&self.environment(variables), options)
    }
}
