//! Key presses written down, for pictures, demonstrations and tests. Keys are written as [`Key`] reads them;
//! words stand between spaces:
//!
//! | word | what it does |
//! |---|---|
//! | `q`, `G`, `é`, `"` | presses the key with this character |
//! | `enter`, `esc`, `tab`, `backtab`, `space`, `backspace`, `delete`, `up`, `down`, `left`, `right`, `home`, `end`, `pageup`, `pagedown`, `f1` to `f12` | presses the key of this name |
//! | `ctrl-r`, `alt-b`, `ctrl-alt-x` | holds Ctrl or Alt meanwhile |
//! | `down*3` | presses it three times |
//! | `type:word`, `type:"some words"` | types a text, one key for each character |
//! | `paste:"some words"` | pastes a text as a whole, as from the clipboard |
//! | `wait:sent`, `wait:"all accepted"` | goes on when this text stands on the screen |
//! | `caption:"Privacy is on"` | in a recording, says this below the screen until the next one; `caption:""` takes it away |
//! | `chapter:"Privacy"` | in a recording, begins a chapter |
//! | `pause:800` | in a recording, lets so many milliseconds pass, at most 60,000 |
//!
//! Between quotes, `\"` is a quote, `\\` a backslash and `\n` a line break (Enter where it is typed).

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::key::Key;

/// A step of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptStep {
    /// Press a key.
    Key(KeyEvent),
    /// Paste a text.
    Paste(String),
    /// Press a key that is part of a text, or of several presses of the same key.
    Typed(KeyEvent),
    /// Go on when this text stands on the screen.
    Wait(String),
    /// Say this below the screen of a recording.
    Caption(String),
    /// Begin a chapter of a recording.
    Chapter(String),
    /// Let so much time of a recording pass.
    Pause(Duration),
}

/// The longest pause, in milliseconds. Chosen: nobody watches a still picture for longer.
const LONGEST_PAUSE: u64 = 60_000;

/// Why a script cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// A word that means nothing.
    #[error(
        "`{0}` is no key; write keys as q, G, ctrl-r, alt-b, enter, f1 or down*3, texts as type:\"text\", paste:\"text\", wait:\"text\", caption:\"text\", chapter:\"text\" or pause:800"
    )]
    Word(String),
    /// A pause that is no number, or a longer one than anybody would watch.
    #[error("`pause:{0}` is no pause; write milliseconds, at most 60000")]
    Pause(String),
    /// A text without its end.
    #[error("the quote before `{0}` is never closed; write \\\" for a quote within a text")]
    Quote(String),
}

/// Reads a script.
///
/// # Errors
/// The first word that means nothing, or a text without its end.
pub fn parse(script: &str) -> Result<Vec<ScriptStep>, ScriptError> {
    let mut steps = Vec::new();
    let mut rest = script.trim_start();
    while !rest.is_empty() {
        let told = ["type:", "paste:", "wait:", "caption:", "chapter:", "pause:"]
            .into_iter()
            .find_map(|does| Some((does, rest.strip_prefix(does)?)));
        if let Some((does, after)) = told {
            let (text, tail) = text(after)?;
            match does {
                "type:" => steps.extend(text.chars().map(typed)),
                "paste:" => steps.push(ScriptStep::Paste(text)),
                "caption:" => steps.push(ScriptStep::Caption(text)),
                "chapter:" => steps.push(ScriptStep::Chapter(text)),
                "pause:" => steps.push(pause(&text)?),
                _ => steps.push(ScriptStep::Wait(text)),
            }
            rest = tail.trim_start();
            continue;
        }
        let (word, tail) = word(rest);
        rest = tail.trim_start();
        let (name, count) = match word.rsplit_once('*') {
            Some((name, count)) if !name.is_empty() => (name, count.parse().ok()),
            _ => (word, Some(1)),
        };
        let (Ok(key), Some(count)) = (name.parse::<Key>(), count) else {
            return Err(ScriptError::Word(word.to_owned()));
        };
        // What is pressed again and again is pressed fast.
        let step = match count {
            1 => ScriptStep::Key(key.event()),
            _ => ScriptStep::Typed(key.event()),
        };
        steps.extend(std::iter::repeat_n(step, count));
    }
    Ok(steps)
}

/// The characters up to a space, and what comes after them.
fn word(script: &str) -> (&str, &str) {
    script.split_at(script.find(char::is_whitespace).unwrap_or(script.len()))
}

/// A text, in quotes or a word, and what comes after it.
fn text(script: &str) -> Result<(String, &str), ScriptError> {
    let Some(quoted) = script.strip_prefix('"') else {
        let (word, rest) = word(script);
        return Ok((word.to_owned(), rest));
    };
    let mut text = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((text, &quoted[at + 1..])),
            '\\' => text.extend(chars.next().map(|(_, c)| match c {
                'n' => '\n',
                c => c,
            })),
            c => text.push(c),
        }
    }
    Err(ScriptError::Quote(quoted.to_owned()))
}

/// The key that types a character.
fn typed(c: char) -> ScriptStep {
    let code = match c {
        '\n' => KeyCode::Enter,
        c => KeyCode::Char(c),
    };
    ScriptStep::Typed(KeyEvent::new(code, KeyModifiers::NONE))
}

fn pause(text: &str) -> Result<ScriptStep, ScriptError> {
    let millis = text.parse().ok().filter(|millis| *millis <= LONGEST_PAUSE);
    match millis {
        Some(millis) => Ok(ScriptStep::Pause(Duration::from_millis(millis))),
        None => Err(ScriptError::Pause(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps in short: keys as settings write them, texts in angles.
    fn shown(script: &str) -> Result<String, ScriptError> {
        let steps = parse(script)?;
        let words = steps.iter().map(|step| match step {
            ScriptStep::Key(key) | ScriptStep::Typed(key) => {
                Key::of(key).map_or_else(String::new, |key| key.to_string())
            }
            ScriptStep::Paste(text) => format!("paste<{text}>"),
            ScriptStep::Wait(text) => format!("wait<{text}>"),
            ScriptStep::Caption(text) => format!("caption<{text}>"),
            ScriptStep::Chapter(text) => format!("chapter<{text}>"),
            ScriptStep::Pause(time) => format!("pause<{}>", time.as_millis()),
        });
        Ok(words.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn reads_keys_texts_pastes_and_waits() {
        let check = |script: &str, expected: &str| {
            assert_eq!(shown(script), Ok(expected.to_owned()), "{script}");
        };
        check("", "");
        check("  tab\n down*2 * - \" ", "tab down down * - \"");
        check(
            "G ctrl-r alt-b ctrl-alt-x f1 f12",
            "G ctrl-r alt-b ctrl-alt-x f1 f12",
        );
        check("down*0 ctrl-- alt-enter", "ctrl-- alt-enter");
        check("type:ab*2 type:\"a b\"q", "a b * 2 a space b q");
        check(r#"type:"\"\\" type:\"#, r#"" \ \"#);
        check(
            r#"type:"a\nb" paste:"a\n\"b\"" paste:天"#,
            "a enter b paste<a\n\"b\"> paste<天>",
        );
        check(
            "wait:sent wait:\"all accepted\" type:\"\"",
            "wait<sent> wait<all accepted>",
        );
        check(
            "chapter:One caption:\"a b\" pause:800 q caption:\"\"",
            "chapter<One> caption<a b> pause<800> q caption<>",
        );
    }

    #[test]
    fn tells_what_means_nothing() {
        let word = |word: &str| Err(ScriptError::Word(word.to_owned()));
        for bad in [
            "nokey",
            "down*x",
            "f13",
            "f0",
            "ctrl-nokey",
            "hyper-q",
            "ctrl-",
        ] {
            assert_eq!(shown(&format!("q {bad} q")), word(bad), "{bad}");
        }
        for bad in ["", "x", "60001", "-1"] {
            let pause = Err(ScriptError::Pause(bad.to_owned()));
            assert_eq!(shown(&format!("q pause:{bad} q")), pause, "{bad}");
        }
        let open = Err(ScriptError::Quote("a b".to_owned()));
        assert_eq!(shown("q type:\"a b"), open);
    }
}
