//! Reads the settings file into values with their places. Mistakes are reported and left out; the rest counts. No
//! message quotes a value.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::{Document, Item, TableLike};

use super::nearest::nearest;
use super::origin::{FilePosition, Hidden, SettingOrigin, SettingsProblem};
use super::schema::{OPEN_TABLES, SETTINGS, Setting, SettingName, SettingValue, Shape};
use crate::json::{Checkpoints, Position};

/// Keys for one of the inspector's commands, as they stand in `[keys]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The command's name.
    pub command: String,
    /// The keys, in the notation of the help; none leaves the command without keys.
    pub keys: Vec<String>,
    /// Where it is in the file.
    pub place: FilePosition,
}

/// What a settings file says.
#[derive(Debug, Default)]
pub(super) struct FileSettings {
    pub(super) values: Vec<(SettingName, SettingValue, FilePosition)>,
    pub(super) keys: Vec<Binding>,
    pub(super) problems: Vec<SettingsProblem>,
}

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The person's own `config.toml`.
    Person,
    /// `rainscope.toml` in a repository. Whoever wrote it decides what its events are, and nothing about
    /// keys, commands or where events go.
    Project,
}

/// What a project's file may say besides its `[check]`.
const OF_PROJECTS: [SettingName; 3] = [
    SettingName::Project,
    SettingName::Privacy,
    SettingName::DefaultUser,
];

/// Reads a file's text.
pub(super) fn read(path: &Path, text: &str, scope: Scope) -> FileSettings {
    let mut reader = SettingsReader {
        scope,
        file: Arc::new(path.to_owned()),
        text,
        checkpoints: Checkpoints::of(text),
        found: FileSettings::default(),
    };
    match Document::parse(text) {
        Ok(document) => reader.tables(document.as_table()),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let says = error.message().lines().collect::<Vec<_>>().join("; ");
            reader.problem(at, format!("not TOML: {says}"), Hidden::WholeFile);
        }
    }
    reader.found
}

struct SettingsReader<'t> {
    scope: Scope,
    file: Arc<PathBuf>,
    text: &'t str,
    /// A file may have a mistake in each of its lines.
    checkpoints: Checkpoints,
    found: FileSettings,
}

impl SettingsReader<'_> {
    fn tables(&mut self, root: &dyn TableLike) {
        for (name, at, item) in members(root) {
            let Some(table) = item.as_table_like() else {
                let says = stray(&name, &SETTINGS.iter().collect::<Vec<_>>());
                self.problem(at, says, Hidden::Destination);
                continue;
            };
            let settings: Vec<&Setting> = SETTINGS.iter().filter(|s| s.table == name).collect();
            match name.as_str() {
                // What is checked, and how; `check` reads it.
                "check" if self.scope == Scope::Project => {}
                "keys" if self.scope == Scope::Person => self.keys(table),
                "check" => {
                    let says = "[check] belongs into a project's rainscope.toml".to_owned();
                    self.problem(at, says, Hidden::Other);
                }
                // It may be meant for any of them.
                _ if settings.is_empty() => {
                    self.problem(at, unknown_table(&name), Hidden::Destination);
                }
                _ => self.settings(&settings, table),
            }
        }
    }

    fn settings(&mut self, settings: &[&'static Setting], table: &dyn TableLike) {
        for (key, at, item) in members(table) {
            let Some(setting) = settings.iter().find(|setting| setting.key == key) else {
                let says = stray(&key, settings);
                let meant = SETTINGS.iter().find(|setting| setting.key == key);
                let table = meant.or(settings.first().copied());
                let hides = table.map_or(Hidden::Destination, |of| hidden_in(of.table));
                self.problem(at, says, hides);
                continue;
            };
            if self.scope == Scope::Project && !OF_PROJECTS.contains(&setting.name) {
                let says = format!(
                    "{} is not taken from a project's file: set it in config.toml, in the environment or by an option",
                    setting.path()
                );
                self.problem(at, says, hidden_in(setting.table));
                continue;
            }
            let at_value = item.span().map_or(at, |span| span.start);
            match value(setting.shape, item) {
                Ok(value) => {
                    let place = self.place(at_value);
                    self.found.values.push((setting.name, value, place));
                }
                Err(says) => {
                    let says = format!("{}: {says}", setting.path());
                    self.problem(at_value, says, hidden_in(setting.table));
                }
            }
        }
    }

    fn keys(&mut self, table: &dyn TableLike) {
        for (command, at, item) in members(table) {
            let keys = match (item.as_str(), texts(item)) {
                (Some(one), _) => vec![one.to_owned()],
                (None, Some(keys)) => keys,
                (None, None) => {
                    let says =
                        format!("keys.{command}: expected a list of keys like [\"x\", \"ctrl-y\"]");
                    self.problem(at, says, Hidden::Other);
                    continue;
                }
            };
            let place = self.place(at);
            self.found.keys.push(Binding {
                command,
                keys,
                place,
            });
        }
    }

    fn place(&self, offset: usize) -> FilePosition {
        let Position { line, column } = self.checkpoints.position(self.text, offset);
        FilePosition {
            file: Arc::clone(&self.file),
            line,
            column,
        }
    }

    fn problem(&mut self, offset: usize, says: String, hides: Hidden) {
        let place = self.place(offset);
        let origin = match self.scope {
            Scope::Person => SettingOrigin::File(place),
            Scope::Project => SettingOrigin::Project(place),
        };
        self.found.problems.push(SettingsProblem {
            origin,
            says,
            hides,
        });
    }
}

/// What a mistake in one of the settings of a table may hide.
pub(super) fn hidden_in(table: &str) -> Hidden {
    match table {
        "destination" => Hidden::Destination,
        _ => Hidden::Other,
    }
}

/// Key, offset of the key, and item of each member.
fn members(table: &dyn TableLike) -> Vec<(String, usize, &Item)> {
    let member = |(name, _): (&str, &Item)| {
        let (key, _) = table.get_key_value(name)?;
        let at = key.span().map_or(0, |span| span.start);
        Some((name.to_owned(), at, table.get(name)?))
    };
    table.iter().filter_map(member).collect()
}

fn value(shape: Shape, item: &Item) -> Result<SettingValue, String> {
    if let Some(text) = item.as_str() {
        return shape.text(text);
    }
    match (shape, item.as_bool(), item.as_integer(), texts(item)) {
        (Shape::Flag, Some(flag), ..) => Ok(SettingValue::Flag(flag)),
        (_, _, Some(number), _) => shape.number(number),
        (Shape::Command, _, _, Some(list)) if !list.is_empty() => Ok(SettingValue::List(list)),
        _ => Err(shape.wanted()),
    }
}

fn texts(item: &Item) -> Option<Vec<String>> {
    let text = |value: &toml_edit::Value| value.as_str().map(str::to_owned);
    item.as_array()?.iter().map(text).collect()
}

/// What to say of a key that is not among the settings of its table.
fn stray(key: &str, settings: &[&Setting]) -> String {
    let letters: String = key.chars().filter(char::is_ascii_alphabetic).collect();
    if matches!(
        letters.to_ascii_lowercase().as_str(),
        "writekey" | "apikey" | "key" | "token"
    ) {
        return format!(
            "the write key does not belong in this file: take `{key}` out, and set RAINDROP_WRITE_KEY, or \
             write_key_command under [destination], or run `rainscope connect`"
        );
    }
    if let Some(elsewhere) = SETTINGS.iter().find(|setting| setting.key == key) {
        return format!("`{key}` belongs under [{}]", elsewhere.table);
    }
    match nearest(key, settings.iter().map(|setting| setting.key)) {
        Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
        None => {
            let known: Vec<&str> = settings.iter().map(|setting| setting.key).collect();
            format!("unknown key `{key}`; there are {}", known.join(", "))
        }
    }
}

fn unknown_table(name: &str) -> String {
    let mut known: Vec<&str> = SETTINGS.iter().map(|setting| setting.table).collect();
    known.dedup();
    known.extend(OPEN_TABLES);
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("unknown table [{name}]; did you mean [{near}]?"),
        None => format!("unknown table [{name}]; there are [{}]", known.join("], [")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_with_their_place() {
        let table = [
            (
                "[destination]\nbase-url = 'https://a.test'",
                "2:1: unknown key `base-url`; did you mean `base_url`?",
            ),
            (
                "[destination]\n  privacy = 'yes'",
                "2:13: destination.privacy: expected true or false",
            ),
            (
                "[destination]\nkind = 'raindrops'",
                "2:8: destination.kind: expected one of raindrop, sink, workshop; did you mean \"raindrop\"?",
            ),
            (
                "[destination]\nproject = 'A B'",
                "2:11: destination.project: the project slug must be 1 to 63 small letters",
            ),
            (
                "[destination]\nbase_url = 'nowhere'",
                "2:12: destination.base_url: the base URL must begin with https://",
            ),
            (
                "[destination]\nwrite_key = 'rk_1'",
                "2:1: the write key does not belong in this file",
            ),
            (
                "[destination]\nbatch = 5",
                "2:1: `batch` belongs under [send]",
            ),
            (
                "privacy = true",
                "1:1: `privacy` belongs under [destination]",
            ),
            (
                "[dest]\n",
                "1:2: unknown table [dest]; there are [destination]",
            ),
            (
                "[historie]\n",
                "1:2: unknown table [historie]; did you mean [history]?",
            ),
            (
                "[send]\nbatch = 51",
                "2:9: send.batch: expected a whole number from 1 to 50",
            ),
            (
                "[send]\nbatch = '5'",
                "2:9: send.batch: expected a whole number from 1 to 50",
            ),
            (
                "[keys]\nquit = 1",
                "2:1: keys.quit: expected a list of keys",
            ),
            (
                "[layout]\nlist = -1",
                "2:8: layout.list: expected a whole number from 10 to 60",
            ),
            (
                "[layout]\nlst = 30",
                "2:1: unknown key `lst`; did you mean `list`?",
            ),
            (
                "[send]\nbatch = 1\nbatch = 2",
                "3:1: not TOML: duplicate key",
            ),
            ("[send\n", "1:6: not TOML: "),
            ("ä = [\n'x'\n\n'y'", "4:1: not TOML: "),
        ];
        for (text, expected) in table {
            let said = read(Path::new("c.toml"), text, Scope::Person);
            let told: Vec<String> = said.problems.iter().map(ToString::to_string).collect();
            assert!(
                told.len() == 1 && told[0].starts_with(&format!("c.toml:{expected}")),
                "{text}: {told:?}"
            );
            assert!(said.values.is_empty());
        }
    }

    /// What may say where events go, or what they hold, is known to be missing.
    #[test]
    fn a_mistake_says_what_it_may_hide() {
        for (text, expected) in [
            ("[destination]\nprivacy = true\n[send", Hidden::WholeFile),
            ("[destination]\nprivacy = 'true'", Hidden::Destination),
            ("[destination]\nprivate = true", Hidden::Destination),
            ("[send]\nprivacy = true", Hidden::Destination),
            ("privacy = true", Hidden::Destination),
            ("[dest]\nprivacy = true", Hidden::Destination),
            ("[send]\nbatch = 51", Hidden::Other),
            ("[send]\nbtch = 5", Hidden::Other),
            ("[keys]\nquit = 1", Hidden::Other),
        ] {
            let said = read(Path::new("c.toml"), text, Scope::Person);
            let hides: Vec<Hidden> = said.problems.iter().map(|problem| problem.hides).collect();
            assert_eq!(hides, [expected], "{text}");
        }
    }

    #[test]
    fn the_rest_counts() {
        let text = "[destination]\nprivate = true\nprivacy = true\nwrite_key_command = ['pass', 'x']\n[keys]\nquit = ['q', 'ctrl-c']\nhelp='f1'\n";
        let said = read(Path::new("c.toml"), text, Scope::Person);
        let values: Vec<(SettingName, SettingValue)> =
            said.values.into_iter().map(|(n, v, _)| (n, v)).collect();
        let command = SettingValue::List(vec!["pass".to_owned(), "x".to_owned()]);
        assert_eq!(
            values,
            [
                (SettingName::Privacy, SettingValue::Flag(true)),
                (SettingName::WriteKeyCommand, command)
            ]
        );
        let keys: Vec<(&str, usize)> = said
            .keys
            .iter()
            .map(|b| (b.command.as_str(), b.keys.len()))
            .collect();
        assert_eq!(keys, [("quit", 2), ("help", 1)]);
        assert_eq!(said.problems.len(), 1);
    }

    #[test]
    fn a_project_says_what_its_events_are_and_no_more() {
        let good = "[check]\ndeny = ['warning']\n[destination]\nprivacy = true\ndefault_user = 'ci'\nproject = 'demo'\n";
        let said = read(Path::new("rainscope.toml"), good, Scope::Project);
        assert_eq!((said.values.len(), said.problems.len()), (3, 0));
        for hostile in [
            "[destination]\nbase_url = 'https://evil.test'",
            "[destination]\nwrite_key_command = 'touch /here'",
            "[destination]\ninsecure = true",
            "[destination]\nkind = 'workshop'",
            "[history]\nenabled = false",
            "[keys]\nquit = 'x'",
            "[checks]\n",
        ] {
            let said = read(Path::new("rainscope.toml"), hostile, Scope::Project);
            assert_eq!((said.values.len(), said.keys.len()), (0, 0), "{hostile}");
            assert_eq!(said.problems.len(), 1, "{hostile}");
        }
        let said = read(Path::new("config.toml"), "[check]\n", Scope::Person);
        let says = said.problems.first().map(ToString::to_string);
        assert!(says.is_some_and(|says| says.contains("rainscope.toml")));
    }
}
