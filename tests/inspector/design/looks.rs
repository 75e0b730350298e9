//! How things look: the terminal's own colours, and for every state something that needs no colour.

use std::collections::HashSet;

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::inspector::ui::symbols::Symbols;
use rainscope::inspector::ui::theme::{Look, Theme};
use rainscope::inspector::windows::send::Ticket;
use rainscope::inspector::{Msg, Pane};
use ratatui::style::Color;

use super::sight::{SIZE, after, on};
use crate::stage::{Stage, answered, raindrop, received};

/// Stages with much of what there is to see.
fn sights() -> Vec<Stage> {
    let scripts = [
        "",
        "p",
        "c",
        "tab*2 down*7",
        "tab*3 down*4",
        "?",
        ": type:\"copy\"",
        "o",
        "D",
        "i",
        "s",
        "S",
        "t",
        "H",
        "!",
        "/ type:\"x\"",
        "ctrl-o",
        "a type:\"k\" enter type:\"v\"",
    ];
    scripts.into_iter().map(after).collect()
}

/// The default theme uses the terminal's own 16 colours, so it suits light and dark.
#[test]
fn by_default_only_the_terminals_own_colours_are_used() {
    assert_eq!(Look::default().theme, Theme::terminal());
    assert_eq!(Theme::named("auto"), Some(Theme::terminal()));
    for stage in sights() {
        for cell in &stage.frame().content {
            for colour in [cell.fg, cell.bg] {
                let is_own = !matches!(colour, Color::Rgb(..) | Color::Indexed(16..));
                assert!(is_own, "{colour:?}");
            }
            // The ground stays the terminal's, so that text on it can be read on light and dark.
            assert_eq!(cell.bg, Color::Reset);
            assert!(
                !matches!(cell.fg, Color::Black | Color::White),
                "{:?}",
                cell.fg
            );
        }
    }
}

/// What is seen of a frame without its colours.
fn colourless(stage: &Stage) -> Vec<(String, ratatui::style::Modifier)> {
    let frame = stage.frame();
    let cells = frame.content.iter();
    cells
        .map(|cell| (cell.symbol().to_owned(), cell.modifier))
        .collect()
}

/// The send panel as it ended, with all words but the first line's gone.
fn sent(status: u16, ended: DeliveryEnding) -> Stage {
    let mut stage = after("s");
    stage.tell(Msg::Attempted(Ticket(1), answered(status, "")));
    stage.tell(Msg::Ended(Ticket(1), ended));
    stage
}

/// Every state has a symbol or a modifier besides its colour.
#[test]
fn every_state_has_a_symbol_or_a_modifier_besides_its_colour() {
    let differ = |what: &str, one: Stage, other: Stage| {
        for look in [Look::default().symbols, Symbols::ascii()] {
            let seen = |mut stage: Stage| {
                stage.look.symbols = look;
                let coloured = colourless(&stage);
                stage.look.theme = Theme::monochrome();
                let plain = stage.frame();
                assert!(
                    plain
                        .content
                        .iter()
                        .all(|c| c.fg == Color::Reset && c.bg == Color::Reset)
                );
                (coloured, colourless(&stage))
            };
            let (one, other) = (seen(clone(&one)), seen(clone(&other)));
            assert_ne!(one.0, other.0, "{what}");
            assert_ne!(one.1, other.1, "{what} without colour");
        }
    };
    differ("privacy", after(""), after("p esc j k"));
    let mut focused = after("");
    focused.model.focus = Pane::Event;
    differ("focus", after(""), focused);
    differ("cursor", after("tab*2"), after("tab*2 down"));
    differ(
        "accepted or not",
        sent(200, DeliveryEnding::Accepted),
        sent(400, DeliveryEnding::Refused),
    );
    let mut away = after("");
    away.tell(Msg::Destination(raindrop()));
    differ("destination", after(""), away);
    let inbox = |status| {
        let mut stage = after("");
        stage.tell(Msg::Received(received(1, status, "", "{}")));
        stage.press("i");
        stage
    };
    differ("received or refused", inbox(200), inbox(400));
    differ(
        "matched text",
        on("A very long answer", "tab*3 down*6 v"),
        on("A very long answer", "tab*3 down*6 v / type:\"the\" enter"),
    );
    differ(
        "edited",
        after("tab*3"),
        after("tab down*3 e type:\"x\" enter"),
    );
}

fn clone(stage: &Stage) -> Stage {
    let mut other = Stage::empty(SIZE);
    other.model = stage.model.clone();
    other.now = stage.now;
    other
}

#[test]
fn marks_of_a_kind_differ_in_unicode_and_in_ascii() {
    for symbols in [Symbols::unicode(), Symbols::ascii()] {
        let kinds: [&[&str]; 6] = [
            &[
                symbols.mapped,
                symbols.lit,
                symbols.dropped,
                symbols.superseded,
                symbols.withheld,
                symbols.edited,
            ],
            &[symbols.open, symbols.closed],
            &[
                " ",
                symbols.added,
                symbols.changed,
                symbols.removed,
                symbols.moved,
                symbols.error,
            ],
            &[
                symbols.warning,
                symbols.error,
                symbols.none,
                symbols.info,
                symbols.good,
            ],
            &symbols.privacy,
            &symbols.bar,
        ];
        for kind in kinds {
            let different: HashSet<&&str> = kind.iter().collect();
            assert_eq!(different.len(), kind.len(), "{kind:?}");
        }
    }
}

/// Themes of true colours have rounded corners, since such terminals have them in their font; those of the terminal's
/// own colours and of none have plain ones, and `--ascii` stays as it is.
#[test]
fn corners_are_rounded_or_plain_by_theme() {
    for (theme, symbols, corner) in [
        ("dark", Symbols::unicode(), "╭"),
        ("light", Symbols::unicode(), "╭"),
        ("terminal", Symbols::unicode(), "┌"),
        ("monochrome", Symbols::unicode(), "┌"),
        ("dark", Symbols::ascii(), "+"),
        ("terminal", Symbols::ascii(), "+"),
    ] {
        // Panes and windows alike.
        for keys in ["", "?", "c", "s"] {
            let mut stage = after(keys);
            stage.look = Look::new(Theme::named(theme).unwrap(), symbols);
            let text = stage.text();
            for other in ["╭", "┌", "+-"] {
                let has = text.contains(other);
                assert_eq!(has, other.starts_with(corner), "{theme} {keys}\n{text}");
            }
        }
    }
}
