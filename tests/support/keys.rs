//! Key scripts: `tab down*2 e type:"abc" enter ctrl-r paste:"two words"`. One notation for the model,
//! which gets events, and for the real terminal, which gets bytes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One thing that a person does at the keyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stroke {
    /// A key.
    Key(KeyEvent),
    /// Text from the clipboard.
    Paste(String),
}

/// Reads a script.
pub fn strokes(script: &str) -> Vec<Stroke> {
    let mut out = Vec::new();
    let mut rest = script.trim_start();
    while !rest.is_empty() {
        let quoted = ["type:\"", "paste:\""]
            .into_iter()
            .find_map(|start| Some((start, rest.strip_prefix(start)?)));
        if let Some((start, after)) = quoted {
            let (text, tail) = until_quote(after);
            match start {
                "paste:\"" => out.push(Stroke::Paste(text)),
                _ => out.extend(text.chars().map(|c| Stroke::Key(plain(KeyCode::Char(c))))),
            }
            rest = tail.trim_start();
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = &rest[..end];
        rest = rest[end..].trim_start();
        let (name, count) = match word.rsplit_once('*') {
            Some((name, count)) if !name.is_empty() => (name, count.parse().unwrap()),
            _ => (word, 1),
        };
        out.extend(std::iter::repeat_n(Stroke::Key(key(name)), count));
    }
    out
}

/// The text up to a quote that no backslash escapes, and what comes after it.
fn until_quote(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (out, &text[at + 1..]),
            '\\' => out.extend(chars.next().map(|(_, c)| c)),
            c => out.push(c),
        }
    }
    panic!("no closing quote after {text}");
}

/// A key by its name.
pub fn key(name: &str) -> KeyEvent {
    let (modifiers, name) = match name.split_once('-') {
        Some(("ctrl", rest)) if !rest.is_empty() => (KeyModifiers::CONTROL, rest),
        Some(("alt", rest)) if !rest.is_empty() => (KeyModifiers::ALT, rest),
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
        "f1" => KeyCode::F(1),
        one if one.chars().count() == 1 => KeyCode::Char(one.chars().next().unwrap_or_default()),
        other => panic!("no key is called {other}"),
    };
    KeyEvent::new(code, modifiers)
}

fn plain(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

#[test]
fn reads_the_notation() {
    let check = |script: &str, expected: &[Stroke]| assert_eq!(strokes(script), expected);
    let typed = |c| Stroke::Key(plain(KeyCode::Char(c)));
    check(
        "tab down*2 ctrl-r",
        &[
            Stroke::Key(plain(KeyCode::Tab)),
            Stroke::Key(plain(KeyCode::Down)),
            Stroke::Key(plain(KeyCode::Down)),
            Stroke::Key(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL)),
        ],
    );
    check(
        "e type:\"a \\\"\" -",
        &[typed('e'), typed('a'), typed(' '), typed('"'), typed('-')],
    );
    check("paste:\"a b\"", &[Stroke::Paste("a b".to_owned())]);
}
