//! What things look like: the terminal's own 16 colours, so that light and dark both work, and for every
//! colour a symbol or a modifier that says the same without it.

use ratatui::style::{Color, Modifier, Style};

use super::symbols::Symbols;

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
    /// The cursor's row in the focused pane. With a ground of its own the row's colours stay; without,
    /// it goes over them.
    pub cursor: Style,
    /// The cursor's row elsewhere.
    pub cursor_elsewhere: Style,
    /// Borders.
    pub border: Style,
    /// The focused pane's border.
    pub border_focused: Style,
    /// The panes behind a window.
    pub behind: Style,
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
            behind: plain.add_modifier(Modifier::DIM),
            title: plain.add_modifier(Modifier::BOLD),
            loud: plain
                .fg(Color::Yellow)
                .add_modifier(Modifier::BOLD.union(Modifier::REVERSED)),
        }
    }

    /// A theme by its name in the settings; `auto` is the terminal's own colours, until the terminal has said
    /// whether it is dark or light.
    pub fn named(name: &str) -> Option<Theme> {
        match name {
            "auto" | "terminal" => Some(Theme::terminal()),
            "dark" => Some(Theme::of(&DARK)),
            "light" => Some(Theme::of(&LIGHT)),
            "monochrome" => Some(Theme::monochrome()),
            _ => None,
        }
    }

    /// The same with more contrast, for a projector and for those who sit at the back: what is read doesn't step back.
    pub fn strong(self) -> Theme {
        if self == Theme::of(&DARK) {
            return Theme::of(&DARK_STRONG);
        }
        if self == Theme::of(&LIGHT) {
            return Theme::of(&LIGHT_STRONG);
        }
        let bold = |style: Style| style.add_modifier(Modifier::BOLD);
        Theme {
            dim: Style::new(),
            key: bold(self.key),
            string: bold(self.string),
            literal: bold(self.literal),
            good: bold(self.good),
            warning: bold(self.warning),
            ..self
        }
    }

    /// The themes' names in the settings, but `auto`.
    pub const NAMES: [&str; 4] = ["terminal", "dark", "light", "monochrome"];

    /// The theme after this one, with its name in the settings; none of them is what `auto` found out.
    pub fn next(&self) -> (&'static str, Theme) {
        let is_it = |name: &&str| Theme::named(name).is_some_and(|theme| theme == *self);
        let at = Self::NAMES.iter().position(is_it);
        let name = Self::NAMES[at.map_or(0, |at| (at + 1) % Self::NAMES.len())];
        (name, Theme::named(name).unwrap_or(Theme::monochrome()))
    }

    /// True-colour styles of a palette. Text and ground stay the terminal's own.
    const fn of(palette: &Palette) -> Theme {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        Theme {
            text: plain,
            dim: plain.fg(palette.dim),
            accent: bold.fg(palette.accent),
            key: plain.fg(palette.key),
            string: plain.fg(palette.string),
            literal: plain.fg(palette.literal),
            good: plain.fg(palette.string),
            warning: plain.fg(palette.warning),
            error: bold.fg(palette.error),
            lit: plain
                .fg(palette.accent)
                .add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
            edited: bold.fg(palette.warning),
            removed: plain.fg(palette.error).add_modifier(Modifier::CROSSED_OUT),
            cursor: bold.fg(palette.on_cursor).bg(palette.cursor),
            cursor_elsewhere: bold.fg(palette.on_cursor).bg(palette.elsewhere),
            border: plain.fg(palette.dim),
            border_focused: bold.fg(palette.accent),
            behind: plain.fg(palette.behind),
            title: bold,
            loud: plain
                .fg(palette.warning)
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
            behind: plain.add_modifier(Modifier::DIM),
            title: bold,
            loud: bold.add_modifier(Modifier::REVERSED),
        }
    }
}

/// Colours of a true-colour theme.
struct Palette {
    dim: Color,
    accent: Color,
    key: Color,
    string: Color,
    literal: Color,
    warning: Color,
    error: Color,
    /// Plain text in the cursor's row, whose ground is not the terminal's.
    on_cursor: Color,
    /// The ground of the cursor's row in the focused pane.
    cursor: Color,
    /// The ground of the cursor's row elsewhere.
    elsewhere: Color,
    /// All of the panes behind a window.
    behind: Color,
}

const DARK: Palette = Palette {
    dim: Color::Rgb(0x96, 0x9d, 0xaa),
    accent: Color::Rgb(0x56, 0xc8, 0xd8),
    key: Color::Rgb(0x7a, 0xb0, 0xff),
    string: Color::Rgb(0x8f, 0xd1, 0x85),
    literal: Color::Rgb(0xc9, 0x93, 0xf5),
    warning: Color::Rgb(0xe9, 0xbe, 0x62),
    error: Color::Rgb(0xf4, 0x75, 0x7f),
    on_cursor: Color::Rgb(0xe6, 0xea, 0xf0),
    cursor: Color::Rgb(0x1b, 0x33, 0x48),
    elsewhere: Color::Rgb(0x27, 0x2b, 0x34),
    behind: Color::Rgb(0x5c, 0x63, 0x70),
};

const LIGHT: Palette = Palette {
    dim: Color::Rgb(0x62, 0x68, 0x72),
    accent: Color::Rgb(0x0a, 0x6c, 0x80),
    key: Color::Rgb(0x1d, 0x55, 0xb5),
    string: Color::Rgb(0x2a, 0x72, 0x2e),
    literal: Color::Rgb(0x7a, 0x30, 0xa8),
    warning: Color::Rgb(0x8a, 0x5e, 0x00),
    error: Color::Rgb(0xb8, 0x25, 0x30),
    on_cursor: Color::Rgb(0x1c, 0x20, 0x26),
    cursor: Color::Rgb(0xe0, 0xee, 0xfa),
    elsewhere: Color::Rgb(0xf0, 0xf2, 0xf5),
    behind: Color::Rgb(0xa2, 0xa8, 0xb0),
};

/// Colours that can be told from the ground from further away: each has a contrast of 7 to 1 at least.
const DARK_STRONG: Palette = Palette {
    dim: Color::Rgb(0xc3, 0xc9, 0xd4),
    accent: Color::Rgb(0x7f, 0xe3, 0xf0),
    key: Color::Rgb(0xa6, 0xcb, 0xff),
    string: Color::Rgb(0xb5, 0xec, 0xab),
    literal: Color::Rgb(0xdf, 0xb8, 0xff),
    warning: Color::Rgb(0xff, 0xd9, 0x8a),
    error: Color::Rgb(0xff, 0x9e, 0xa6),
    on_cursor: Color::Rgb(0xff, 0xff, 0xff),
    cursor: Color::Rgb(0x1d, 0x4f, 0x7a),
    elsewhere: Color::Rgb(0x3a, 0x42, 0x50),
    behind: Color::Rgb(0x5c, 0x63, 0x70),
};

/// The same on a light ground.
const LIGHT_STRONG: Palette = Palette {
    dim: Color::Rgb(0x4a, 0x4f, 0x58),
    accent: Color::Rgb(0x06, 0x4a, 0x58),
    key: Color::Rgb(0x13, 0x3f, 0x8c),
    string: Color::Rgb(0x1b, 0x54, 0x20),
    literal: Color::Rgb(0x5a, 0x1f, 0x80),
    warning: Color::Rgb(0x64, 0x43, 0x00),
    error: Color::Rgb(0x8a, 0x16, 0x20),
    on_cursor: Color::Rgb(0x00, 0x00, 0x00),
    cursor: Color::Rgb(0xb4, 0xd6, 0xf2),
    elsewhere: Color::Rgb(0xdf, 0xe3, 0xe9),
    behind: Color::Rgb(0xa2, 0xa8, 0xb0),
};

/// Theme and symbols together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Styles.
    pub theme: Theme,
    /// Symbols.
    pub symbols: Symbols,
}

impl Look {
    /// A theme with the borders that belong to it: a terminal that has true colours has rounded corners in its
    /// font.
    pub fn new(theme: Theme, symbols: Symbols) -> Look {
        let is_rich = [Theme::of(&DARK), Theme::of(&LIGHT)].contains(&theme);
        let symbols = if is_rich { symbols.rounded() } else { symbols };
        Look { theme, symbols }
    }

    /// The same with more contrast; see [`Theme::strong`].
    pub fn strong(self) -> Look {
        Look {
            theme: self.theme.strong(),
            ..self
        }
    }

    /// A key as it is written: in ASCII, the sign for Enter is a word.
    pub fn key(&self, key: &str) -> String {
        match self.symbols == Symbols::ascii() {
            true => key.replace('⏎', "Enter"),
            false => key.to_owned(),
        }
    }
}

impl Default for Look {
    fn default() -> Self {
        Look {
            theme: Theme::terminal(),
            symbols: Symbols::unicode(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of a colour, as WCAG 2 defines it.
    fn luminance(colour: Color) -> f64 {
        let Color::Rgb(r, g, b) = colour else {
            return f64::NAN;
        };
        let linear = |part: u8| match f64::from(part) / 255.0 {
            part if part <= 0.04045 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    /// The colours that text has.
    fn texts(palette: &Palette) -> [Color; 7] {
        [
            palette.dim,
            palette.accent,
            palette.key,
            palette.string,
            palette.literal,
            palette.warning,
            palette.error,
        ]
    }

    #[test]
    fn the_cursor_leaves_its_row_readable() {
        for palette in [&DARK, &LIGHT] {
            for ground in [palette.cursor, palette.elsewhere] {
                for text in texts(palette) {
                    let found = contrast(text, ground);
                    assert!(found >= 4.5, "{text:?} on {ground:?}: {found}");
                }
            }
        }
    }

    #[test]
    fn the_strong_themes_stand_out_further() {
        for (usual, strong, ground) in [
            (&DARK, &DARK_STRONG, Color::Rgb(0x1e, 0x1e, 0x1e)),
            (&LIGHT, &LIGHT_STRONG, Color::Rgb(0xff, 0xff, 0xff)),
        ] {
            for (usual, strong) in texts(usual).into_iter().zip(texts(strong)) {
                let (before, after) = (contrast(usual, ground), contrast(strong, ground));
                assert!(
                    after >= 7.0 && after > before,
                    "{strong:?}: {before} {after}"
                );
            }
        }
        for name in ["dark", "light", "terminal", "monochrome"] {
            let theme = Theme::named(name).unwrap_or(Theme::monochrome());
            let strong = theme.strong();
            assert!(!strong.dim.add_modifier.contains(Modifier::DIM), "{name}");
            assert_ne!(strong, theme, "{name}");
        }
    }
}
