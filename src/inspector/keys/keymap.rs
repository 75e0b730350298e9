//! Keys to commands. The default comes from the command table.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::inspector::keys::command::{Command, TABLE};

/// A key with its modifiers, as settings and help write it: `q`, `G`, `ctrl-r`, `enter`, `f1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The key of a terminal event; none for keys that have no notation.
    pub fn of(event: &KeyEvent) -> Option<Key> {
        let name = match event.code {
            KeyCode::Char(' ') => "space".to_owned(),
            KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::CONTROL) => {
                c.to_ascii_lowercase().to_string()
            }
            KeyCode::Char(c) => c.to_string(),
            KeyCode::F(n) => format!("f{n}"),
            KeyCode::Enter => "enter".to_owned(),
            KeyCode::Esc => "esc".to_owned(),
            KeyCode::Tab => "tab".to_owned(),
            KeyCode::BackTab => "backtab".to_owned(),
            KeyCode::Backspace => "backspace".to_owned(),
            KeyCode::Delete => "delete".to_owned(),
            KeyCode::Home => "home".to_owned(),
            KeyCode::End => "end".to_owned(),
            KeyCode::PageUp => "pageup".to_owned(),
            KeyCode::PageDown => "pagedown".to_owned(),
            KeyCode::Up => "up".to_owned(),
            KeyCode::Down => "down".to_owned(),
            KeyCode::Left => "left".to_owned(),
            KeyCode::Right => "right".to_owned(),
            _ => return None,
        };
        let mut text = String::new();
        if event.modifiers.contains(KeyModifiers::CONTROL) {
            text.push_str("ctrl-");
        }
        if event.modifiers.contains(KeyModifiers::ALT) {
            text.push_str("alt-");
        }
        text.push_str(&name);
        Some(Key(text))
    }

    /// A key as a person writes it; none where it cannot be pressed.
    pub fn parse(text: &str) -> Option<Key> {
        const NAMED: [&str; 15] = [
            "space",
            "enter",
            "esc",
            "tab",
            "backtab",
            "backspace",
            "delete",
            "home",
            "end",
            "pageup",
            "pagedown",
            "up",
            "down",
            "left",
            "right",
        ];
        let (ctrl, rest) = match text.strip_prefix("ctrl-") {
            Some(rest) => ("ctrl-", rest),
            None => ("", text),
        };
        let (alt, name) = match rest.strip_prefix("alt-") {
            Some(name) => ("alt-", name),
            None => ("", rest),
        };
        let mut chars = name.chars();
        let is_char = matches!((chars.next(), chars.next()), (Some(c), None) if !c.is_whitespace() && !c.is_control());
        let is_function = name
            .strip_prefix('f')
            .and_then(|number| number.parse::<u8>().ok())
            .is_some_and(|number| (1..=12).contains(&number));
        let name = match ctrl {
            "ctrl-" if is_char => name.to_lowercase(),
            _ => name.to_owned(),
        };
        (is_char || is_function || NAMED.contains(&name.as_str()))
            .then(|| Key(format!("{ctrl}{alt}{name}")))
    }

    /// A key by its notation.
    pub fn named(text: &str) -> Key {
        Key(text.to_owned())
    }

    /// The notation.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which key does what.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<(Key, Command)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let bindings = TABLE.iter().flat_map(|entry| {
            entry
                .keys
                .iter()
                .map(move |key| (Key::named(key), entry.command))
        });
        Keymap {
            bindings: bindings.collect(),
        }
    }
}

impl Keymap {
    /// Gives commands other keys. A key that is taken from another command is that command's no more;
    /// unknown commands and keys that are given twice are told and left out.
    pub fn rebind<'k>(
        &mut self,
        wishes: impl IntoIterator<Item = (&'k str, &'k [String])>,
    ) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut given: Vec<(Key, Command)> = Vec::new();
        for (name, keys) in wishes {
            let Some(entry) = TABLE.iter().find(|entry| entry.name == name) else {
                mistakes.push(format!("`{name}` is no command; `:` lists them all"));
                continue;
            };
            self.bindings
                .retain(|(_, command)| *command != entry.command);
            for key in keys {
                let Some(key) = Key::parse(key) else {
                    mistakes.push(format!(
                        "{name}: `{key}` is no key; write q, G, ctrl-r, alt-x, f5, space or enter"
                    ));
                    continue;
                };
                if let Some((_, other)) = given.iter().find(|(have, _)| *have == key) {
                    let other = other.entry().name;
                    mistakes.push(format!(
                        "{name}: `{}` is given to {other} already",
                        key.as_str()
                    ));
                    continue;
                }
                given.push((key, entry.command));
            }
        }
        self.bindings
            .retain(|(key, _)| !given.iter().any(|(taken, _)| taken == key));
        self.bindings.extend(given);
        for command in [Command::Quit, Command::Help] {
            if self.keys(command).next().is_none() {
                let entry = command.entry();
                mistakes.push(format!(
                    "{} had no key left; it keeps {}",
                    entry.name, entry.keys[0]
                ));
                self.bindings.push((Key::named(entry.keys[0]), command));
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
    pub fn keys(&self, command: Command) -> impl Iterator<Item = &str> {
        self.bindings
            .iter()
            .filter(move |(_, have)| *have == command)
            .map(|(key, _)| key.as_str())
    }

    /// How the hint bar writes a command's key.
    pub fn shown(&self, command: Command) -> String {
        self.keys(command).next().map(pretty).unwrap_or_default()
    }
}

/// A key's notation as people write it.
pub fn pretty(key: &str) -> String {
    let named = |name: &str| match name {
        "enter" => "⏎".to_owned(),
        "esc" => "Esc".to_owned(),
        "tab" => "Tab".to_owned(),
        "backtab" => "⇧Tab".to_owned(),
        "space" => "Space".to_owned(),
        "up" => "↑".to_owned(),
        "down" => "↓".to_owned(),
        "left" => "←".to_owned(),
        "right" => "→".to_owned(),
        "pageup" => "PgUp".to_owned(),
        "pagedown" => "PgDn".to_owned(),
        "home" => "Home".to_owned(),
        "end" => "End".to_owned(),
        "delete" => "Del".to_owned(),
        "f1" => "F1".to_owned(),
        other => other.to_owned(),
    };
    match key.strip_prefix("ctrl-") {
        Some(rest) => format!("^{}", rest.to_ascii_uppercase()),
        None => named(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(mistakes.len(), 4, "{mistakes:?}");
        let keys = |command| keymap.keys(command).collect::<Vec<_>>().join(" ");
        assert_eq!(keys(Command::Send), "x ctrl-s");
        assert_eq!(keys(Command::CopyValue), "");
        assert_eq!(keys(Command::Quit), "q");
        let event = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE);
        assert_eq!(keymap.command(&event), Some(Command::Send));
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
