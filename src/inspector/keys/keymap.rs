//! Keys to commands. The default comes from the command table.

use crossterm::event::KeyEvent;

use super::command::{Command, TABLE};
use super::key::Key;

/// What cannot be without a key.
const NEVER_WITHOUT: [Command; 2] = [Command::Quit, Command::Help];

/// Which key does what.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<(Key, Command)>,
}

impl Default for Keymap {
    fn default() -> Self {
        // A test reads every key of the table.
        let bindings = TABLE.iter().flat_map(|entry| {
            let keys = entry.keys.iter().filter_map(|key| key.parse().ok());
            keys.map(|key| (key, entry.command))
        });
        Keymap {
            bindings: bindings.collect(),
        }
    }
}

impl Keymap {
    /// Gives commands other keys. A key that is taken from another command is that command's no more, which is told
    /// unless that command is given its keys here as well; unknown commands and keys that are given twice are told and
    /// left out.
    pub fn rebind<'k>(
        &mut self,
        wishes: impl IntoIterator<Item = (&'k str, &'k [String])>,
    ) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut given: Vec<(Key, Command)> = Vec::new();
        let mut named: Vec<Command> = Vec::new();
        for (name, keys) in wishes {
            let Some(entry) = TABLE.iter().find(|entry| entry.name == name) else {
                mistakes.push(format!("`{name}` is no command; `:` lists them all"));
                continue;
            };
            named.push(entry.command);
            self.bindings
                .retain(|(_, command)| *command != entry.command);
            for key in keys {
                let key: Key = match key.parse() {
                    Ok(key) => key,
                    Err(error) => {
                        mistakes.push(format!("{name}: {error}"));
                        continue;
                    }
                };
                if let Some((_, other)) = given.iter().find(|(have, _)| *have == key) {
                    let other = other.entry().name;
                    mistakes.push(format!("{name}: `{key}` is given to {other} already"));
                    continue;
                }
                given.push((key, entry.command));
            }
        }
        let lost = self
            .bindings
            .extract_if(.., |(key, _)| given.iter().any(|(taken, _)| taken == key));
        let lost: Vec<(Key, Command)> = lost.collect();
        self.bindings.extend(given.iter().copied());
        for (key, from) in lost {
            let is_kept = NEVER_WITHOUT.contains(&from) && self.keys(from).next().is_none();
            let to = given.iter().find(|(taken, _)| *taken == key);
            let Some((_, to)) = to.filter(|_| !is_kept && !named.contains(&from)) else {
                continue;
            };
            let (to, name) = (to.entry().name, from.entry().name);
            let left: Vec<String> = self.keys(from).map(|key| key.to_string()).collect();
            let left = match left.is_empty() {
                true => "has no key now".to_owned(),
                false => format!("keeps {}", left.join(" ")),
            };
            mistakes.push(format!(
                "{to}: `{key}` is taken from {name}, which {left}; name {name} here as well to say its keys"
            ));
        }
        for command in NEVER_WITHOUT {
            if self.keys(command).next().is_none() {
                let entry = command.entry();
                mistakes.push(format!(
                    "{} had no key left; it keeps {}",
                    entry.name, entry.keys[0]
                ));
                let first: Option<Key> = entry.keys[0].parse().ok();
                self.bindings.retain(|(key, _)| first.as_ref() != Some(key));
                self.bindings.extend(first.map(|key| (key, command)));
            }
        }
        mistakes
    }

    /// What a key does.
    pub fn command(&self, event: &KeyEvent) -> Option<Command> {
        let key = Key::of(event)?;
        self.bindings
            .iter()
            .find(|(have, _)| *have == key)
            .map(|(_, command)| *command)
    }

    /// The keys of a command, the first being the one to show.
    pub fn keys(&self, command: Command) -> impl Iterator<Item = Key> {
        let own = self
            .bindings
            .iter()
            .filter(move |(_, have)| *have == command);
        own.map(|(key, _)| *key)
    }

    /// How the hint bar writes a command's key.
    pub fn shown(&self, command: Command) -> String {
        self.keys(command)
            .next()
            .map(Key::label)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    #[test]
    fn every_key_of_the_table_is_one() {
        for entry in TABLE {
            for name in entry.keys {
                let key: Result<Key, _> = name.parse();
                assert_eq!(key.map(|key| key.to_string()), Ok((*name).to_owned()));
            }
        }
    }

    #[test]
    fn no_key_means_two_things() {
        let keymap = Keymap::default();
        for (index, (key, command)) in keymap.bindings.iter().enumerate() {
            for (other, second) in &keymap.bindings[index + 1..] {
                assert_ne!(key, other, "{command:?} and {second:?}");
            }
        }
    }

    #[test]
    fn takes_other_keys() {
        let mut keymap = Keymap::default();
        let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let (send, copy, quit) = (own(&["x", "ctrl-S"]), own(&["x", "hyper-q"]), own(&[]));
        let mistakes = keymap.rebind([
            ("send", send.as_slice()),
            ("copy-value", copy.as_slice()),
            ("quit", quit.as_slice()),
            ("sent", send.as_slice()),
        ]);
        // `x` was the mark's, which is told as well.
        assert_eq!(mistakes.len(), 5, "{mistakes:?}");
        let keys = |command| {
            let keys = keymap.keys(command).map(|key| key.to_string());
            keys.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(keys(Command::Send), "x ctrl-s");
        assert_eq!(keys(Command::CopyValue), "");
        assert_eq!(keys(Command::Quit), "q");
        let event = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE);
        assert_eq!(keymap.command(&event), Some(Command::Send));
    }

    /// A command that loses its key to another one is told of, unless its keys are said as well.
    #[test]
    fn a_key_that_is_taken_from_another_command_is_told() {
        let check = |wishes: &[(&str, &[&str])], expected: &[&str]| {
            let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
            let wishes: Vec<(&str, Vec<String>)> = wishes
                .iter()
                .map(|(name, keys)| (*name, own(keys)))
                .collect();
            let wishes = wishes.iter().map(|(name, keys)| (*name, &keys[..]));
            let told = Keymap::default().rebind(wishes);
            assert_eq!(told.len(), expected.len(), "{told:?}");
            for (told, expected) in told.iter().zip(expected) {
                assert!(told.starts_with(expected), "{told}");
            }
        };
        check(
            &[("send", &["p"])],
            &["send: `p` is taken from privacy, which has no key now"],
        );
        check(
            &[("send", &["j"])],
            &["send: `j` is taken from down, which keeps down"],
        );
        check(&[("send", &["p"]), ("privacy", &["ctrl-y"])], &[]);
        check(&[("send", &["p"]), ("privacy", &[])], &[]);
        check(
            &[("send", &["q"])],
            &["send: `q` is taken from quit, which keeps ctrl-c"],
        );
        check(&[("send", &["q", "ctrl-c"])], &["quit had no key left"]);
    }

    /// What has to have a key takes its own back from whatever was given it.
    #[test]
    fn a_key_that_is_taken_back_is_nothing_elses() {
        let mut keymap = Keymap::default();
        let (send, copy) = (["q".to_owned()], ["ctrl-c".to_owned()]);
        let mistakes = keymap.rebind([("send", &send[..]), ("copy-value", &copy[..])]);
        assert!(
            mistakes.iter().any(|it| it.contains("it keeps q")),
            "{mistakes:?}"
        );
        let event = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        assert_eq!(keymap.command(&event), Some(Command::Quit));
        assert_eq!(keymap.keys(Command::Send).next(), None);
    }

    #[test]
    fn reads_terminal_events() {
        let check = |code, modifiers, expected: Option<Command>| {
            let event = KeyEvent::new(code, modifiers);
            assert_eq!(Keymap::default().command(&event), expected);
        };
        check(
            KeyCode::Char('G'),
            KeyModifiers::SHIFT,
            Some(Command::Bottom),
        );
        check(
            KeyCode::Char('r'),
            KeyModifiers::CONTROL,
            Some(Command::Redo),
        );
        check(KeyCode::Char('é'), KeyModifiers::NONE, None);
        check(
            KeyCode::BackTab,
            KeyModifiers::SHIFT,
            Some(Command::PreviousPane),
        );
    }
}
