//! Symbols, so that everything a colour says is also said without it; and what stands for them in ASCII.

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
    /// A completion that the user marked.
    pub marked: &'static str,
    /// Added.
    pub added: &'static str,
    /// Changed.
    pub changed: &'static str,
    /// The same value in another place.
    pub moved: &'static str,
    /// Removed.
    pub removed: &'static str,
    /// Where a value came from.
    pub from: &'static str,
    /// A warning.
    pub warning: &'static str,
    /// An error.
    pub error: &'static str,
    /// There is no event.
    pub none: &'static str,
    /// A value that is not known.
    pub unknown: &'static str,
    /// Information.
    pub info: &'static str,
    /// All is well.
    pub good: &'static str,
    /// Privacy off, on.
    pub privacy: [&'static str; 2],
    /// Where test traces go.
    pub destination: &'static str,
    /// A column of a bar in eighths, the full one last.
    pub bars: [&'static str; 8],
    /// A column of a sparkline, the lowest first.
    pub sparks: [&'static str; 8],
    /// A bar's full and empty part.
    pub bar: [&'static str; 2],
    /// The part of a border beside which the visible rows stand.
    pub thumb: &'static str,
    /// Horizontal line.
    pub line: &'static str,
    /// Corners and sides of a box: top left, top right, bottom left, bottom right, side.
    pub frame: [&'static str; 5],
}

impl Symbols {
    /// The same with rounded corners; those of ASCII stay as they are.
    #[must_use]
    pub fn rounded(self) -> Symbols {
        match self == Symbols::ascii() {
            true => self,
            false => Symbols {
                frame: ["╭", "╮", "╰", "╯", "│"],
                ..self
            },
        }
    }

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
            marked: "★",
            added: "+",
            changed: "~",
            moved: "→",
            removed: "−",
            from: "◂",
            warning: "⚠",
            error: "✗",
            none: "–",
            unknown: "?",
            info: "•",
            good: "✓",
            privacy: ["○", "●"],
            destination: "▲",
            bars: ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
            sparks: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
            bar: ["█", "░"],
            thumb: "┃",
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
            lit: "&",
            dropped: ".",
            superseded: "o",
            withheld: "%",
            edited: "e",
            marked: "@",
            added: "+",
            changed: "~",
            moved: ">",
            removed: "-",
            from: "<",
            warning: "!",
            error: "X",
            none: "-",
            unknown: "?",
            info: "i",
            good: "+",
            privacy: ["o", "*"],
            destination: "^",
            bars: ["-", "-", "-", "=", "=", "=", "#", "#"],
            sparks: [".", ".", ":", ":", "-", "=", "+", "#"],
            bar: ["#", "."],
            thumb: ":",
            line: "-",
            frame: ["+", "+", "+", "+", "|"],
        }
    }
}
