//! Questions on the terminal. They go to standard error, so that standard output stays data.

use std::io::{self, BufRead, Write};
use std::sync::Once;
use std::sync::mpsc::channel;

use anyhow::bail;
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::output::printable;
use super::wait::{Interrupts, block_on};
use crate::listen::command::Signal;

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
    give_back_at_signals();
    // Before the question is there to be answered: nothing of the answer is shown.
    enable_raw_mode()?;
    let asked = write!(io::stderr(), "{question}: ").and_then(|()| io::stderr().flush());
    let typed = asked.map_err(anyhow::Error::from).and_then(|()| typed());
    disable_raw_mode()?;
    writeln!(io::stderr())?;
    typed
}

/// From here on a signal that ends the program puts the terminal right first: in raw mode nothing that is typed
/// afterwards would be seen.
fn give_back_at_signals() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        let (listening, is_listening) = channel();
        std::thread::spawn(move || {
            block_on(async move {
                let Ok(mut interrupts) = Interrupts::listen() else {
                    return;
                };
                let Ok(mut quits) = quits() else { return };
                let _ = listening.send(());
                let status = tokio::select! {
                    signal = interrupts.next() => match signal {
                        Signal::HangUp => 128 + 1,
                        Signal::Interrupt => 128 + 2,
                        Signal::Terminate => 128 + 15,
                    },
                    () = quits.next() => 128 + 3,
                };
                let _ = disable_raw_mode();
                std::process::exit(status);
            })
        });
        // It ends with an error where no signal can be listened for.
        let _ = is_listening.recv();
    });
}

/// The signal that a terminal's Ctrl-\\ sends from elsewhere.
struct Quits(#[cfg(unix)] tokio::signal::unix::Signal);

fn quits() -> io::Result<Quits> {
    #[cfg(unix)]
    return tokio::signal::unix::signal(tokio::signal::unix::SignalKind::quit()).map(Quits);
    #[cfg(not(unix))]
    Ok(Quits())
}

impl Quits {
    async fn next(&mut self) {
        #[cfg(unix)]
        self.0.recv().await;
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    }
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
