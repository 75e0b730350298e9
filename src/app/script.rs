//! Key presses written down: `tab down*2 e type:"abc" enter wait:accepted`. Pictures and demonstrations
//! are made from such scripts.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A step of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Press a key.
    Key(KeyEvent),
    /// Go on when this text stands on the screen.
    Wait(String),
}

/// Why a script cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{word}` is no key; write keys as q, G, ctrl-r, enter, down*3, type:\"text\" or wait:\"text\""
)]
pub struct ScriptError {
    /// The word that means nothing.
    pub word: String,
}

/// Reads a script.
///
/// # Errors
/// The first word that means nothing.
pub fn parse(text: &str) -> Result<Vec<Step>, ScriptError> {
    let mut steps = Vec::new();
    for word in words(text) {
        if let Some(typed) = word.strip_prefix("type:") {
            let keys = typed
                .chars()
                .map(|c| Step::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
            steps.extend(keys);
        } else if let Some(awaited) = word.strip_prefix("wait:") {
            steps.push(Step::Wait(awaited.to_owned()));
        } else {
            let (name, count) = match word.rsplit_once('*') {
                Some((name, count)) if !name.is_empty() => (name, count.parse().ok()),
                _ => (word.as_str(), Some(1)),
            };
            let key = key(name).filter(|_| count.is_some());
            let key = key.ok_or_else(|| ScriptError { word: word.clone() })?;
            steps.extend(std::iter::repeat_n(Step::Key(key), count.unwrap_or(0)));
        }
    }
    Ok(steps)
}

/// Words between spaces; a part in double quotes may hold spaces.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut began) = (false, false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                began = true;
            }
            c if c.is_whitespace() && !quoted => {
                if began || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                began = false;
            }
            c => word.push(c),
        }
    }
    if began || !word.is_empty() {
        words.push(word);
    }
    words
}

fn key(name: &str) -> Option<KeyEvent> {
    let (modifiers, name) = match name.strip_prefix("ctrl-") {
        Some(rest) if !rest.is_empty() => (KeyModifiers::CONTROL, rest),
        _ => (KeyModifiers::NONE, name),
    };
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "space" => KeyCode::Char(' '),
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        _ => {
            let mut chars = name.chars();
            let (Some(c), None) = (chars.next(), chars.next()) else {
                return None;
            };
            KeyCode::Char(c)
        }
    };
    Some(KeyEvent::new(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_keys_texts_and_waits() {
        let steps = parse("down*2 ctrl-r type:\"a b\" wait:ok *");
        let shown: Vec<String> = steps
            .unwrap_or_default()
            .iter()
            .map(|step| match step {
                Step::Key(key) => format!(
                    "{:?}{}",
                    key.code,
                    if key.modifiers.is_empty() { "" } else { "^" }
                ),
                Step::Wait(text) => format!("wait {text}"),
            })
            .collect();
        assert_eq!(
            shown.join(","),
            "Down,Down,Char('r')^,Char('a'),Char(' '),Char('b'),wait ok,Char('*')"
        );
        assert_eq!(
            parse("down*x").map_err(|error| error.word),
            Err("down*x".to_owned())
        );
        assert_eq!(
            parse("nokey").map_err(|error| error.word),
            Err("nokey".to_owned())
        );
    }
}
