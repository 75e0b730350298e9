//! The real binary in a real terminal: what a person sees, and what the terminal is left with.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod editor;
mod fetching;
mod kept;
mod layout;
mod life;
mod listening;
mod loading;
mod manners;
mod playing;
mod sending;
#[path = "../support/stand_in.rs"]
#[expect(dead_code, reason = "the tests of the program use more of it")]
mod stand_in;
mod stories;
mod terminal;
mod touring;
mod workshop;

use terminal::Terminal;

const WIDE: (u16, u16) = (140, 45);

/// The program on its bundled samples, with its sink ready and the screen drawn.
fn started() -> Terminal {
    let mut terminal = Terminal::start(&[], &[], WIDE);
    terminal
        .wait_for("Time check")
        .wait_for("local sink 127.0.0.1:");
    terminal
}

/// What the screen calls a server: its address.
fn place_of(base_url: &str) -> &str {
    let (_, address) = base_url.split_once("://").unwrap();
    address.trim_end_matches('/')
}

/// The program with a destination that is not its own sink, and a key for it.
fn with_key(base_url: &str, key: &str) -> Terminal {
    let environment = [("RAINDROP_WRITE_KEY", key)];
    let mut terminal = Terminal::start(&["--base-url", base_url], &environment, WIDE);
    terminal.wait_for("Time check").wait_for(place_of(base_url));
    terminal
}
