//! What things look like: the terminal's own 16 colours, so that light and dark both work, and for every
//! colour a symbol or a modifier that says the same without it.

use ratatui::style::{Color, Modifier, Style};

/// Styles by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Plain text.
    pub text: Style,
    /// What steps back.
    pub dim: Style,
    /// The program's own colour.
    pub accent: Style,
    /// Keys of objects.
    pub key: Style,
    /// Strings.
    pub string: Style,
    /// Numbers, booleans, null.
    pub literal: Style,
    /// All is well.
    pub good: Style,
    /// Something is lost or assumed.
    pub warning: Style,
    /// Refused or leaking.
    pub error: Style,
    /// Rows that belong to what the cursor is on.
    pub lit: Style,
    /// What an edit made.
    pub edited: Style,
    /// What is not there any more.
    pub removed: Style,
    /// The cursor's row in the focused pane.
    pub cursor: Style,
    /// The cursor's row elsewhere.
    pub cursor_elsewhere: Style,
    /// Borders.
    pub border: Style,
    /// The focused pane's border.
    pub border_focused: Style,
    /// Titles.
    pub title: Style,
    /// A loud word on a ground of its own.
    pub loud: Style,
}

impl Theme {
    /// The terminal's own colours.
    pub const fn terminal() -> Theme {
        let plain = Style::new();
        Theme {
            text: plain,
            dim: plain.add_modifier(Modifier::DIM),
            accent: plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            key: plain.fg(Color::Blue),
            string: plain.fg(Color::Green),
            literal: plain.fg(Color::Magenta),
            good: plain.fg(Color::Green),
            warning: plain.fg(Color::Yellow),
            error: plain.fg(Color::Red).add_modifier(Modifier::BOLD),
            lit: plain
                .fg(Color::Cyan)
                .add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
            edited: plain.fg(Color::Yellow).add_modifier(Modifier::BOLD),
            removed: plain.fg(Color::Red).add_modifier(Modifier::CROSSED_OUT),
            cursor: plain.add_modifier(Modifier::REVERSED),
            cursor_elsewhere: plain.add_modifier(Modifier::BOLD),
            border: plain.add_modifier(Modifier::DIM),
            border_focused: plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            title: plain.add_modifier(Modifier::BOLD),
            loud: plain
                .fg(Color::Yellow)
                .add_modifier(Modifier::BOLD.union(Modifier::REVERSED)),
        }
    }

    /// No colour at all (`NO_COLOR`): modifiers alone tell things apart.
    pub const fn monochrome() -> Theme {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        Theme {
            text: plain,
            dim: plain.add_modifier(Modifier::DIM),
            accent: bold,
            key: plain,
            string: plain,
            literal: plain,
            good: plain,
            warning: bold,
            error: bold.add_modifier(Modifier::UNDERLINED),
            lit: bold.add_modifier(Modifier::UNDERLINED),
            edited: bold.add_modifier(Modifier::ITALIC),
            removed: plain.add_modifier(Modifier::CROSSED_OUT),
            cursor: plain.add_modifier(Modifier::REVERSED),
            cursor_elsewhere: bold,
            border: plain.add_modifier(Modifier::DIM),
            border_focused: bold,
            title: bold,
            loud: bold.add_modifier(Modifier::REVERSED),
        }
    }
}

/// Symbols by meaning; one column each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    /// A container that is open.
    pub open: &'static str,
    /// A container that is closed.
    pub closed: &'static str,
    /// The cursor's row.
    pub cursor: &'static str,
    /// A source that arrives.
    pub mapped: &'static str,
    /// A source that belongs to what the cursor is on.
    pub lit: &'static str,
    /// A source that does not arrive.
    pub dropped: &'static str,
    /// A source that another one came before.
    pub superseded: &'static str,
    /// A source that privacy mode keeps back.
    pub withheld: &'static str,
    /// Something an edit made.
    pub edited: &'static str,
    /// Added.
    pub added: &'static str,
    /// Changed.
    pub changed: &'static str,
    /// Removed.
    pub removed: &'static str,
    /// Where a value came from.
    pub from: &'static str,
    /// A warning.
    pub warning: &'static str,
    /// An error.
    pub error: &'static str,
    /// Information.
    pub info: &'static str,
    /// All is well.
    pub good: &'static str,
    /// Privacy off, on.
    pub privacy: [&'static str; 2],
    /// Where test traces go.
    pub destination: &'static str,
    /// A bar's full and empty part.
    pub bar: [&'static str; 2],
    /// Horizontal line.
    pub line: &'static str,
    /// Corners and sides of a box: top left, top right, bottom left, bottom right, side.
    pub frame: [&'static str; 5],
}

impl Symbols {
    /// Unicode symbols.
    pub const fn unicode() -> Symbols {
        Symbols {
            open: "▾",
            closed: "▸",
            cursor: "▌",
            mapped: "●",
            lit: "◆",
            dropped: "∅",
            superseded: "◌",
            withheld: "⊘",
            edited: "✎",
            added: "+",
            changed: "~",
            removed: "−",
            from: "◂",
            warning: "⚠",
            error: "✗",
            info: "ⓘ",
            good: "✓",
            privacy: ["○", "●"],
            destination: "▲",
            bar: ["█", "░"],
            line: "─",
            frame: ["┌", "┐", "└", "┘", "│"],
        }
    }

    /// ASCII alone (`--ascii`).
    pub const fn ascii() -> Symbols {
        Symbols {
            open: "v",
            closed: ">",
            cursor: "|",
            mapped: "*",
            lit: "#",
            dropped: "x",
            superseded: "o",
            withheld: "%",
            edited: "e",
            added: "+",
            changed: "~",
            removed: "-",
            from: "<",
            warning: "!",
            error: "X",
            info: "i",
            good: "y",
            privacy: ["o", "*"],
            destination: "^",
            bar: ["#", "."],
            line: "-",
            frame: ["+", "+", "+", "+", "|"],
        }
    }
}

/// Theme and symbols together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Styles.
    pub theme: Theme,
    /// Symbols.
    pub symbols: Symbols,
}

impl Default for Look {
    fn default() -> Self {
        Look {
            theme: Theme::terminal(),
            symbols: Symbols::unicode(),
        }
    }
}
