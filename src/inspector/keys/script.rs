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
//! | `run:privacy` | runs the command of this name, whatever its key is; the help and `[keys]` of the settings have the names |
//! | `wait:sent`, `wait:"all accepted"` | goes on when this text stands on the screen |
//! | `caption:"Privacy is on"` | in a recording and on a screen, says this below until the next one; `caption:""` takes it away |
//! | `chapter:"Privacy"` | in a recording and on a screen, begins a chapter |
//! | `pause:800` | in a recording and on a screen, lets so many milliseconds pass, at most 60,000 |
//!
//! In a file, lines that begin with `#` are remarks. Between quotes, `\"` is a quote, `\\` a backslash and `\n` a line break (Enter where it is typed).

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::command::{Command, TABLE};
use super::key::Key;
use crate::display;
use crate::json::Position;

/// A step of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptStep {
    /// Press a key.
    Key(KeyEvent),
    /// Paste a text.
    Paste(String),
    /// Press a key that is part of a text, or of several presses of the same key.
    Typed(KeyEvent),
    /// Run a command, whatever its key is.
    Run(Command),
    /// Go on when this text stands on the screen.
    Wait(String),
    /// Say this below the screen of a recording.
    Caption(String),
    /// Begin a chapter of a recording.
    Chapter(String),
    /// Let so much time of a recording pass.
    Pause(Duration),
}

/// How long a person takes for a key, and to see what came of waiting; and for a character of a text that is typed. Chosen
/// to be followed with ease.
const KEY: Duration = Duration::from_millis(700);
const CHARACTER: Duration = Duration::from_millis(90);
/// How long a caption is read before anything else happens: some time, and some for each character.
const CAPTION: Duration = Duration::from_millis(900);
const OF_CAPTION: Duration = Duration::from_millis(35);

/// Steps of a script. Chosen: more than two hours of typing.
const MOST: usize = 100_000;

impl ScriptStep {
    /// How long it takes where it is watched; what is waited for takes as long as it takes, and some time to be seen.
    pub fn takes(&self) -> Duration {
        match self {
            ScriptStep::Key(_)
            | ScriptStep::Run(_)
            | ScriptStep::Paste(_)
            | ScriptStep::Wait(_) => KEY,
            ScriptStep::Typed(_) => CHARACTER,
            ScriptStep::Caption(text) if text.is_empty() => Duration::ZERO,
            ScriptStep::Caption(text) => {
                let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                CAPTION + OF_CAPTION * letters.min(200)
            }
            ScriptStep::Chapter(_) => Duration::ZERO,
            ScriptStep::Pause(time) => *time,
        }
    }
}

/// Columns of a text without its end that an error shows.
const QUOTED: usize = 40;

/// The longest pause, in milliseconds. Chosen: nobody watches a still picture for longer.
const LONGEST_PAUSE: u64 = 60_000;

/// Why a script cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {fault}")]
pub struct ScriptError {
    /// Where the word begins.
    pub at: Position,
    /// What is wrong with it.
    pub fault: ScriptFault,
}

/// What is wrong with a word of a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptFault {
    /// A word that means nothing.
    #[error(
        "`{0}` is no key; write keys as q, G, ctrl-r, alt-b, enter, f1 or down*3, commands as run:privacy, texts as type:\"text\", paste:\"text\", wait:\"text\", caption:\"text\", chapter:\"text\" or pause:800"
    )]
    Word(String),
    /// A command that there is not.
    #[error("`run:{0}` is no command; the help (?) has their names")]
    Command(String),
    /// A pause that is no number, or a longer one than anybody would watch.
    #[error("`pause:{0}` is no pause; write milliseconds, at most 60000")]
    Pause(String),
    /// A script that nobody would watch to its end. Each press of a repeated key is a step, as is each character typed.
    #[error("here the script has more than {MOST} key presses and other steps; make it shorter")]
    Length,
    /// A text without its end.
    #[error("the quote before `{0}` is never closed; write \\\" for a quote within a text")]
    Quote(String),
}

/// Reads a script that is kept in a file: lines that begin with `#` are remarks.
///
/// # Errors
/// As [`parse`].
pub fn parse_file(text: &str) -> Result<Vec<ScriptStep>, ScriptError> {
    // As many blanks, so that places stay what they are.
    let blank = |line: &str| match line.trim_start().starts_with('#') {
        true => line
            .chars()
            .map(|c| if c == '\n' { c } else { ' ' })
            .collect(),
        false => line.to_owned(),
    };
    let lines: Vec<String> = text.split_inclusive('\n').map(blank).collect();
    parse(&lines.concat())
}

/// Reads a script.
///
/// # Errors
/// The first word that means nothing, a text without its end, or the word that makes it longer than anybody would watch.
pub fn parse(script: &str) -> Result<Vec<ScriptStep>, ScriptError> {
    let mut steps = Vec::new();
    let mut rest = script.trim_start();
    while !rest.is_empty() {
        let here = script.len() - rest.len();
        let fault = match step(rest, &mut steps) {
            Ok(after) if steps.len() <= MOST => {
                rest = after;
                continue;
            }
            Ok(_) => ScriptFault::Length,
            Err(fault) => fault,
        };
        return Err(ScriptError {
            at: place(&script[..here]),
            fault,
        });
    }
    Ok(steps)
}

/// Reads what stands at the beginning of a script; gives the rest.
fn step<'s>(script: &'s str, steps: &mut Vec<ScriptStep>) -> Result<&'s str, ScriptFault> {
    let told = [
        "type:", "paste:", "run:", "wait:", "caption:", "chapter:", "pause:",
    ]
    .into_iter()
    .find_map(|does| Some((does, script.strip_prefix(does)?)));
    if let Some((does, after)) = told {
        let (text, tail) = text(after)?;
        match does {
            "type:" => steps.extend(text.chars().map(typed)),
            "paste:" => steps.push(ScriptStep::Paste(text)),
            "run:" => steps.push(run(text)?),
            "caption:" => steps.push(ScriptStep::Caption(text)),
            "chapter:" => steps.push(ScriptStep::Chapter(text)),
            "pause:" => steps.push(pause(&text)?),
            _ => steps.push(ScriptStep::Wait(text)),
        }
        return Ok(tail.trim_start());
    }
    let (word, tail) = word(script);
    let (name, count) = match word.rsplit_once('*') {
        Some((name, count)) if !name.is_empty() => (name, count.parse().ok()),
        _ => (word, Some(1)),
    };
    let (Ok(key), Some(count)) = (name.parse::<Key>(), count) else {
        return Err(ScriptFault::Word(display::clip(word, QUOTED)));
    };
    // What is pressed again and again is pressed fast.
    let step = match count {
        1 => ScriptStep::Key(key.event()),
        _ => ScriptStep::Typed(key.event()),
    };
    if count > MOST - steps.len() {
        return Err(ScriptFault::Length);
    }
    steps.extend(std::iter::repeat_n(step, count));
    Ok(tail.trim_start())
}

/// The place behind a text.
fn place(before: &str) -> Position {
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position {
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
    }
}

/// The characters up to a space, and what comes after them.
fn word(script: &str) -> (&str, &str) {
    script.split_at(script.find(char::is_whitespace).unwrap_or(script.len()))
}

/// A text, in quotes or a word, and what comes after it.
fn text(script: &str) -> Result<(String, &str), ScriptFault> {
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
    Err(ScriptFault::Quote(display::clip(quoted, QUOTED)))
}

/// The key that types a character.
fn typed(c: char) -> ScriptStep {
    let code = match c {
        '\n' => KeyCode::Enter,
        c => KeyCode::Char(c),
    };
    ScriptStep::Typed(KeyEvent::new(code, KeyModifiers::NONE))
}

fn run(name: String) -> Result<ScriptStep, ScriptFault> {
    let found = TABLE.iter().find(|entry| entry.name == name);
    match found {
        Some(entry) => Ok(ScriptStep::Run(entry.command)),
        None => Err(ScriptFault::Command(display::clip(&name, QUOTED))),
    }
}

fn pause(text: &str) -> Result<ScriptStep, ScriptFault> {
    let millis = text.parse().ok().filter(|millis| *millis <= LONGEST_PAUSE);
    match millis {
        Some(millis) => Ok(ScriptStep::Pause(Duration::from_millis(millis))),
        None => Err(ScriptFault::Pause(display::clip(text, QUOTED))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps in short: keys as settings write them, texts in angles.
    fn shown(script: &str) -> Result<String, ScriptFault> {
        let steps = parse(script).map_err(|error| error.fault)?;
        let words = steps.iter().map(|step| match step {
            ScriptStep::Key(key) | ScriptStep::Typed(key) => {
                Key::of(key).map_or_else(String::new, |key| key.to_string())
            }
            ScriptStep::Paste(text) => format!("paste<{text}>"),
            ScriptStep::Run(command) => format!("run<{}>", command.entry().name),
            ScriptStep::Wait(text) => format!("wait<{text}>"),
            ScriptStep::Caption(text) => format!("caption<{text}>"),
            ScriptStep::Chapter(text) => format!("chapter<{text}>"),
            ScriptStep::Pause(time) => format!("pause<{}>", time.as_millis()),
        });
        Ok(words.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_long_word_is_not_repeated_whole() {
        let long = "x".repeat(3_000);
        for script in [
            long.clone(),
            format!("run:{long}"),
            format!("pause:{long}"),
            format!("type:\"{long}"),
        ] {
            let says = parse(&script).map_err(|error| error.to_string());
            assert!(says.is_err_and(|says| says.len() < 300), "{script:.20}");
        }
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
        check(
            "run:privacy run:\"next-pane\" p",
            "run<privacy> run<next-pane> p",
        );
    }

    #[test]
    fn tells_what_means_nothing() {
        let word = |word: &str| Err(ScriptFault::Word(word.to_owned()));
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
            let pause = Err(ScriptFault::Pause(bad.to_owned()));
            assert_eq!(shown(&format!("q pause:{bad} q")), pause, "{bad}");
        }
        for bad in ["", "nothing", "Privacy"] {
            let command = Err(ScriptFault::Command(bad.to_owned()));
            assert_eq!(shown(&format!("q run:{bad} q")), command, "{bad}");
        }
        let open = Err(ScriptFault::Quote("a b".to_owned()));
        assert_eq!(shown("q type:\"a b"), open);
    }
    /// The place is that of the file, remarks and wide characters included.
    #[test]
    fn ends_where_nobody_would_watch_it() {
        let check = |script: &str, column| {
            let error = ScriptError {
                at: Position { line: 1, column },
                fault: ScriptFault::Length,
            };
            assert_eq!(parse(script), Err(error), "{script}");
        };
        let count = |script: &str| parse(script).map(|steps| steps.len());
        assert_eq!(count("q down*99999"), Ok(100_000));
        check("q down*100000", 3);
        check("up*18446744073709551615", 1);
        check("down*100000 tab", 13);
        check("down*99999 type:ab", 12);
    }

    #[test]
    fn tells_where_it_is() {
        let check = |text: &str, line, column| {
            let error = parse_file(text).map_err(|error| error.at);
            assert_eq!(error, Err(Position { line, column }), "{text}");
        };
        check("oops", 1, 1);
        check("q  oops", 1, 4);
        check(
            "# a remark: oops\n  # another\nq p\n  caption:\"é天\" oops",
            4,
            16,
        );
        check("q\n\ntype:\"never closed\nq", 3, 1);
        check("pause:800 pause:x", 1, 11);
        assert_eq!(parse_file("# only a remark"), Ok(Vec::new()));
        assert_eq!(parse_file("#\n# two"), Ok(Vec::new()));
    }
}
