//! A key with its modifiers, in the one notation of the command table, the settings, scripts and tests:
//! `q`, `G`, `é`, `space`, `enter`, `f1`, `ctrl-r`, `alt-b`, `ctrl-alt-x`.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers. Shift is part of the character (`G`) or of the key (`backtab`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    ctrl: bool,
    alt: bool,
}

/// A text that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key; write q, G, ctrl-r, alt-x, f5, space or enter")]
pub struct KeyError(pub String);

/// Keys that have a name: how it is written, and how people write it.
const NAMED: [(&str, KeyCode, &str); 15] = [
    ("space", KeyCode::Char(' '), "Space"),
    ("enter", KeyCode::Enter, "⏎"),
    ("esc", KeyCode::Esc, "Esc"),
    ("tab", KeyCode::Tab, "Tab"),
    ("backtab", KeyCode::BackTab, "⇧Tab"),
    ("backspace", KeyCode::Backspace, "Backspace"),
    ("delete", KeyCode::Delete, "Del"),
    ("home", KeyCode::Home, "Home"),
    ("end", KeyCode::End, "End"),
    ("pageup", KeyCode::PageUp, "PgUp"),
    ("pagedown", KeyCode::PageDown, "PgDn"),
    ("up", KeyCode::Up, "↑"),
    ("down", KeyCode::Down, "↓"),
    ("left", KeyCode::Left, "←"),
    ("right", KeyCode::Right, "→"),
];

impl Key {
    /// The key of a terminal's event; none for keys that have no notation.
    pub fn of(event: &KeyEvent) -> Option<Key> {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            KeyCode::F(number) if !(1..=12).contains(&number) => return None,
            code => code,
        };
        let has_name = NAMED.iter().any(|(_, named, _)| *named == code);
        let is_known = has_name || matches!(code, KeyCode::Char(_) | KeyCode::F(_));
        is_known.then_some(Key {
            code,
            ctrl,
            alt: event.modifiers.contains(KeyModifiers::ALT),
        })
    }

    /// The event that a terminal tells when it is pressed.
    pub fn event(self) -> KeyEvent {
        let mut modifiers = KeyModifiers::NONE;
        modifiers.set(KeyModifiers::CONTROL, self.ctrl);
        modifiers.set(KeyModifiers::ALT, self.alt);
        KeyEvent::new(self.code, modifiers)
    }

    /// Whether it is no text, wherever it is pressed.
    pub fn is_function(self) -> bool {
        matches!(self.code, KeyCode::F(_))
    }

    /// How people write it: `^R`, `⏎`, `Esc`.
    pub fn label(self) -> String {
        let own = match self.code {
            KeyCode::Char(c) if self.ctrl && c != ' ' => c.to_uppercase().to_string(),
            KeyCode::F(number) => format!("F{number}"),
            code => match NAMED.iter().find(|(_, named, _)| *named == code) {
                Some((_, _, label)) => (*label).to_owned(),
                None => self.name(),
            },
        };
        let ctrl = if self.ctrl { "^" } else { "" };
        let alt = if self.alt { "alt-" } else { "" };
        format!("{ctrl}{alt}{own}")
    }

    /// The key without its modifiers.
    fn name(self) -> String {
        match self.code {
            KeyCode::F(number) => format!("f{number}"),
            code => {
                let named = NAMED.iter().find(|(_, named, _)| *named == code);
                match (named, code) {
                    (Some((name, ..)), _) => (*name).to_owned(),
                    (None, KeyCode::Char(c)) => c.to_string(),
                    (None, _) => String::new(),
                }
            }
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ctrl = if self.ctrl { "ctrl-" } else { "" };
        let alt = if self.alt { "alt-" } else { "" };
        write!(f, "{ctrl}{alt}{}", self.name())
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Key, KeyError> {
        let held = |text: &'_ str, prefix: &str| {
            let rest = text.strip_prefix(prefix).filter(|rest| !rest.is_empty());
            rest.map(str::to_owned)
        };
        let (ctrl, rest) = match held(text, "ctrl-") {
            Some(rest) => (true, rest),
            None => (false, text.to_owned()),
        };
        let (alt, name) = match held(&rest, "alt-") {
            Some(name) => (true, name),
            None => (false, rest),
        };
        let error = || KeyError(text.to_owned());
        let code = match NAMED.iter().find(|(named, ..)| *named == name) {
            Some((_, code, _)) => *code,
            None => character(&name)
                .or_else(|| function(&name))
                .ok_or_else(error)?,
        };
        let code = match code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Ok(Key { code, ctrl, alt })
    }
}

fn character(name: &str) -> Option<KeyCode> {
    let mut chars = name.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_whitespace() && !c.is_control() => Some(KeyCode::Char(c)),
        _ => None,
    }
}

fn function(name: &str) -> Option<KeyCode> {
    let number = name.strip_prefix('f')?.parse().ok()?;
    (1..=12).contains(&number).then_some(KeyCode::F(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_one_notation() {
        let check = |text: &str, written: &str, label: &str| {
            let key: Key = text.parse().unwrap_or_else(|error| unreachable!("{error}"));
            assert_eq!(
                (key.to_string().as_str(), key.label().as_str()),
                (written, label)
            );
            assert_eq!(Key::of(&key.event()), Some(key), "{text}");
        };
        check("q", "q", "q");
        check("G", "G", "G");
        check("é", "é", "é");
        check("-", "-", "-");
        check("space", "space", "Space");
        check("enter", "enter", "⏎");
        check("f5", "f5", "F5");
        check("ctrl-R", "ctrl-r", "^R");
        check("ctrl--", "ctrl--", "^-");
        check("alt-o", "alt-o", "alt-o");
        check("alt-enter", "alt-enter", "alt-⏎");
        check("ctrl-alt-x", "ctrl-alt-x", "^alt-X");
        check("ctrl-space", "ctrl-space", "^Space");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for bad in [
            "",
            "nokey",
            "f0",
            "f13",
            "ctrl-",
            "ctrl-nokey",
            "hyper-q",
            " ",
            "\n",
        ] {
            assert_eq!(bad.parse::<Key>(), Err(KeyError(bad.to_owned())), "{bad:?}");
        }
        let event = KeyEvent::new(KeyCode::CapsLock, KeyModifiers::NONE);
        assert_eq!(Key::of(&event), None);
    }
}
