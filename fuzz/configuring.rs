//! What the fuzz target of the settings does with its bytes: the person's file, a project's, saved write keys and
//! variables. Nothing of them is run or asked, and no complaint tells the write key.
//! `tests/program/settings/fuzzed.rs` runs the committed corpus through it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use rainscope::Edits;
use rainscope::destination::{BaseUrl, Insecure};
use rainscope::event::privacy::Privacy;
use rainscope::inspector::{Command, Model};
use rainscope::mapping::Context;
use rainscope::settings::resolve::{locate, resolve};
use rainscope::settings::{Environment, Overrides, SETTINGS, SettingOrigin, Settings, credentials};

/// Divides the files.
const DIVIDER: &str = "\n---\n";
/// The write key, which no complaint repeats.
const SECRET: &str = "never-told-0123456789";

/// The person's settings, a project's, saved keys, and lines of variables, with [`DIVIDER`]s between them. The folder is
/// the target's own.
pub fn settings(bytes: &[u8], folder: &Path) {
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut rest = bytes;
    while parts.len() < 3 {
        let divider = DIVIDER.as_bytes();
        let Some(at) = rest.windows(divider.len()).position(|at| at == divider) else {
            break;
        };
        parts.push(&rest[..at]);
        rest = &rest[at + divider.len()..];
    }
    parts.push(rest);
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    let file = |name: &str, at| put(&folder.join(name), part(at));
    let (config, project, keys) = (
        file("config.toml", 0),
        file("rainscope.toml", 1),
        file("credentials.toml", 2),
    );
    let environment = variables(&String::from_utf8_lossy(part(3)), folder);
    let options = Overrides {
        config: Some(config),
        project: Some(project),
        values: Vec::new(),
    };
    let (settings, problems) = Settings::load(&environment, &options);
    let told = |text: &str| assert!(!text.contains(SECRET), "the key is told: {text}");
    for problem in &problems {
        told(&problem.to_string());
        if let SettingOrigin::File(place) | SettingOrigin::Project(place) = &problem.origin {
            let at = usize::from(matches!(problem.origin, SettingOrigin::Project(_)));
            let text = String::from_utf8_lossy(part(at));
            let line = text.split('\n').nth(place.line - 1);
            let length = line.map(|line| line.chars().count());
            assert!(
                length.is_some_and(|length| place.column <= length + 1),
                "{problem}: beyond the file"
            );
        }
    }
    // What is in force is in some layer, and what the file says wins over nothing.
    for setting in SETTINGS {
        let (value, origin) = settings.get(setting.name);
        let (same, layer) = settings.up_to(origin.layer(), setting.name);
        assert_eq!((value, origin), (same, layer));
    }
    for error in [
        locate(&settings, &environment).err(),
        resolve(&settings, &environment).err(),
    ] {
        told(&error.map(|error| error.to_string()).unwrap_or_default());
    }
    let base_url = BaseUrl::parse("https://api.raindrop.ai", Insecure::Refused).unwrap();
    if let Err(error) = credentials::read(&keys, &base_url) {
        told(&error.to_string());
    }
    let mut model = Model::new(Context::at(0), Privacy::Off, Edits::none());
    let bindings = settings.keys.iter();
    let wishes = bindings.map(|binding| (binding.command.as_str(), binding.keys.as_slice()));
    model.keymap.rebind(wishes);
    // Whatever is bound, some key ends the program and one opens the help.
    for command in [Command::Quit, Command::Help] {
        assert!(model.keymap.keys(command).next().is_some(), "{command:?}");
    }
}

/// Writes a file that its owner alone reads; gives its path.
fn put(path: &Path, bytes: &[u8]) -> PathBuf {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).unwrap();
    file.write_all(bytes).unwrap();
    path.to_owned()
}

/// Lines of `NAME=value`; those that would name another file or a command are left out.
fn variables(text: &str, folder: &Path) -> Environment {
    let known = |name: &str| {
        let of_setting = SETTINGS
            .iter()
            .any(|setting| setting.variable == Some(name));
        of_setting || name.starts_with("RAINDROP_")
    };
    let folder = folder.to_string_lossy().into_owned();
    let own = ["RAINSCOPE_CONFIG_DIR", "RAINSCOPE_STATE_DIR"]
        .map(|name| (name.to_owned(), folder.clone()));
    let key = ("RAINDROP_WRITE_KEY".to_owned(), SECRET.to_owned());
    let said = text.lines().filter_map(|line| line.split_once('='));
    let said = said
        .filter(|(name, _)| known(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    [key].into_iter().chain(said).chain(own).collect()
}
