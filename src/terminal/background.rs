//! Whether the terminal's background is dark or light: how it is asked (OSC 11), and what its answer says.
//!
//! The crates that ask (terminal-colorsaurus, termbg) read the terminal themselves and wait: before the first
//! frame that delays it, and after it they take keys away from the one who reads them. Here the answer is one of
//! the [`events`](super::events) that come from the terminal.

/// The question.
pub const QUERY: &[u8] = b"\x1b]11;?\x1b\\";

/// What an answer begins with, behind the bytes that introduce it: `ESC ] 11 ; rgb:1e1e/1e1e/1e1e ESC \`.
const BEGINS: &str = "11;";

/// The terminal's background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Text is lighter than it.
    Dark,
    /// Text is darker than it.
    Light,
}

impl Background {
    /// What `COLORFGBG` says, as some terminals set it: the numbers of two colours, the background's last.
    pub fn of_variable(value: &str) -> Option<Background> {
        match value.rsplit(';').next()?.parse().ok()? {
            7 | 9..=15 => Some(Background::Light),
            0..=6 | 8 => Some(Background::Dark),
            16u8.. => None,
        }
    }

    /// What an answer says.
    pub fn of_answer(text: &str) -> Option<Background> {
        Background::of_colour(text.strip_prefix(BEGINS)?)
    }

    /// Whether a string of the terminal's is the answer, whatever it says.
    pub fn is_answer(text: &str) -> bool {
        text.starts_with(BEGINS)
    }

    /// What a colour is, written as X11 does: `rgb:RR/GG/BB`, one to four digits each, or `rgba:` with a fourth.
    fn of_colour(text: &str) -> Option<Background> {
        let parts = text.strip_prefix("rgb:").or(text.strip_prefix("rgba:"))?;
        let share = |digits: &str| {
            let most = match digits.len() {
                length @ 1..=4 => 16u32.pow(u32::try_from(length).ok()?) - 1,
                _ => return None,
            };
            Some(u32::from_str_radix(digits, 16).ok()? * 1000 / most)
        };
        let mut parts = parts.split('/').map(share);
        let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
        // How bright each looks, in thousandths (ITU-R BT.601).
        let brightness = (299 * red + 587 * green + 114 * blue) / 1000;
        Some(match brightness {
            0..=500 => Background::Dark,
            _ => Background::Light,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_bright_the_background_is() {
        let check = |text: &str, expected: Option<Background>| {
            assert_eq!(Background::of_answer(text), expected, "{text}");
        };
        check("11;rgb:1e1e/1e1e/1e1e", Some(Background::Dark));
        check("11;rgb:ffff/ffff/f0f0", Some(Background::Light));
        check("11;rgba:00/00/00/ff", Some(Background::Dark));
        check("11;rgb:f/f/f", Some(Background::Light));
        for unreadable in [
            "11;rgb:zz/0/0",
            "11;rgb:",
            "11;#ffffff",
            "11;?",
            "10;rgb:0/0/0",
            "",
        ] {
            check(unreadable, None);
        }
    }

    #[test]
    fn variables_of_some_terminals_tell_it() {
        let check = |value: &str, expected: Option<Background>| {
            assert_eq!(Background::of_variable(value), expected, "{value}");
        };
        check("15;0", Some(Background::Dark));
        check("0;15", Some(Background::Light));
        check("12;default;8", Some(Background::Dark));
        check("0;default", None);
        check("", None);
        check("1;300", None);
    }
}
