//! Questions on the terminal. They go to standard error, so that standard output stays data.

use std::io::{self, BufRead, Write};

use anyhow::bail;
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::output::printable;

/// Asks for a line; Enter alone takes what stands in brackets.
pub fn line(question: &str, otherwise: &str) -> anyhow::Result<String> {
    let mut err = io::stderr().lock();
    write!(err, "{}", printable(&format!("{question} [{otherwise}]: ")))?;
    err.flush()?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer)? == 0 {
        bail!("standard input ended before the question was answered");
    }
    Ok(match answer.trim() {
        "" => otherwise.to_owned(),
        answer => answer.to_owned(),
    })
}

/// Asks yes or no.
pub fn yes(question: &str, otherwise: bool) -> anyhow::Result<bool> {
    loop {
        match line(question, if otherwise { "yes" } else { "no" })?.as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
}

/// Asks for a secret; a dot stands for each character.
pub fn secret(question: &str) -> anyhow::Result<String> {
    write!(io::stderr(), "{question}: ")?;
    enable_raw_mode()?;
    let typed = typed();
    disable_raw_mode()?;
    writeln!(io::stderr())?;
    typed
}

/// In raw mode Ctrl-C is a key like any other, so the terminal is always put right again.
fn typed() -> anyhow::Result<String> {
    let mut text = String::new();
    loop {
        let Event::Key(key) = read()? else {
            continue;
        };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Ok(text),
            KeyCode::Esc => bail!("stopped; nothing was saved"),
            KeyCode::Char('c' | 'd') if control => bail!("stopped; nothing was saved"),
            KeyCode::Char('u') if control => {
                for _ in text.drain(..) {
                    write!(io::stderr(), "\u{8} \u{8}")?;
                }
            }
            KeyCode::Backspace if text.pop().is_some() => write!(io::stderr(), "\u{8} \u{8}")?,
            KeyCode::Char(c) if !control => {
                text.push(c);
                write!(io::stderr(), "•")?;
            }
            _ => {}
        }
        io::stderr().flush()?;
    }
}
