//! The forms in which a text of few letters may stand in a value that can't be told by reading the value: what would be
//! read is shorter than what a code is known by. So the text is written as the code, and that is looked for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::compared::thresholds::EXACT_WEIGHT;
use super::compared::words;
use super::readings::codes::is_of_code;

/// A longer text is told by reading values.
const MOST_CHARACTERS: usize = 16;
/// So many characters of base64 are not there by chance.
const LEAST_OF_BASE64: usize = 7;
/// Nor are so many digits.
const LEAST_OF_HEXADECIMAL: usize = 12;

/// Letters that are run together are at least so many, a character of a script without spaces counted as up to three.
const LEAST_RUN_TOGETHER: usize = 4;

const OF_BASE64: &str = "decoded from base64";
const OF_HEXADECIMAL: &str = "decoded from hexadecimal";
const OF_WORDS: &str = "with its words taken apart";

/// A short text as it may be written.
#[derive(Debug)]
pub(super) struct ShortForms {
    /// In base64, in UTF-8 and UTF-16, wherever it begins in what is written: the characters that hold nothing else.
    base64: Vec<String>,
    /// Its digits in hexadecimal, in UTF-8 and UTF-16.
    hexadecimal: Vec<String>,
    /// Alone in base64, in UTF-8, and its digits.
    alone: [String; 2],
    /// Its letters and digits without anything between, where it has several words, and whether they tell.
    run_together: Option<(String, bool)>,
    /// Whether it says enough not to be there by chance.
    tells: bool,
}

/// What stands in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FoundForm {
    /// The text, read in this way.
    Certain(&'static str),
    /// Perhaps the text.
    Perhaps,
}

impl ShortForms {
    /// Those of a text; `None` where it is longer, or nothing.
    pub(super) fn of(text: &str) -> Option<ShortForms> {
        let text = text.trim();
        let most_bytes = MOST_CHARACTERS * 4;
        if text.is_empty() || text.len() > most_bytes || text.chars().count() > MOST_CHARACTERS {
            return None;
        }
        let all = words::words(text);
        let units = || text.encode_utf16();
        let written = [
            text.as_bytes().to_vec(),
            units().flat_map(u16::to_le_bytes).collect(),
            units().flat_map(u16::to_be_bytes).collect(),
        ];
        let base64 = written.iter().flat_map(|bytes| base64_anywhere(bytes));
        let hexadecimal = written.iter().map(|bytes| hexadecimal(bytes));
        let letters = folded(text);
        Some(ShortForms {
            base64: base64
                .filter(|code| code.len() >= LEAST_OF_BASE64)
                .collect(),
            hexadecimal: hexadecimal
                .filter(|digits| digits.len() >= LEAST_OF_HEXADECIMAL)
                .collect(),
            alone: [
                in_one_alphabet(&STANDARD_NO_PAD.encode(text)),
                self::hexadecimal(text.as_bytes()),
            ],
            run_together: (all.len() > 1 && words::weight(&all) >= LEAST_RUN_TOGETHER).then(|| {
                let tells = letters.chars().count() >= EXACT_WEIGHT;
                (letters, tells)
            }),
            tells: words::weight(&all) >= EXACT_WEIGHT,
        })
    }

    /// The text in a value, in one of these forms.
    pub(super) fn find(&self, value: &str) -> Option<FoundForm> {
        let code = in_one_alphabet(value);
        let digits = digits_of(value);
        let has = |forms: &[String], written: &str| forms.iter().any(|form| written.contains(form));
        let certain = match self.tells {
            true if has(&self.base64, &code) => Some(OF_BASE64),
            true if has(&self.hexadecimal, &digits) => Some(OF_HEXADECIMAL),
            _ => None,
        };
        if let Some(how) = certain {
            return Some(FoundForm::Certain(how));
        }
        if let Some((run, tells)) = &self.run_together {
            let letters = folded(value);
            if letters == *run && words::words(value).len() == 1 {
                return Some(match tells {
                    true => FoundForm::Certain(OF_WORDS),
                    false => FoundForm::Perhaps,
                });
            }
            let mut words = value.split(|c: char| !c.is_alphanumeric());
            let spelt = || words::words(value).iter().all(|word| word.weight == 1);
            if letters == *run && spelt() {
                return Some(FoundForm::Perhaps);
            }
            if *tells && letters.contains(run) && words.any(|word| folded(word).contains(run)) {
                return Some(FoundForm::Perhaps);
            }
        }
        let [base64, hexadecimal] = &self.alone;
        let mut runs = code.split(|c: char| !c.is_ascii() || !is_of_code(c as u8));
        let mut numbers = value.split(|c: char| !c.is_ascii_hexdigit());
        let is_alone = digits == *hexadecimal
            || runs.any(|run| run == base64)
            || numbers.any(|digits| digits.eq_ignore_ascii_case(hexadecimal));
        is_alone.then_some(FoundForm::Perhaps)
    }
}

/// Bytes in base64 behind none, one or two others: what holds no bit of those, nor of any behind them.
fn base64_anywhere(bytes: &[u8]) -> impl Iterator<Item = String> {
    (0..3).map(move |before: usize| {
        let all = [vec![0; before], bytes.to_vec()].concat();
        let code = STANDARD_NO_PAD.encode(&all);
        let (first, last) = ((before * 8).div_ceil(6), all.len() * 8 / 6);
        code.get(first..last).unwrap_or_default().to_owned()
    })
}

/// Base64 with the signs of one alphabet, and without line breaks.
fn in_one_alphabet(text: &str) -> String {
    let signs = text.chars().filter(|c| !c.is_ascii_whitespace());
    let one = |c: char| match c {
        '-' => '+',
        '_' => '/',
        c => c,
    };
    signs.map(one).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hexadecimal digits of a text, whatever stands between them: `0x70, 0x6c`, `70:6c`, `\x70\x6c`.
fn digits_of(text: &str) -> String {
    let text = text.replace("0x", " ").replace("0X", " ");
    let digits = text.chars().filter(char::is_ascii_hexdigit);
    digits.map(|digit| digit.to_ascii_lowercase()).collect()
}

/// The letters and digits of a text, in lower case.
fn folded(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, value: &str) -> Option<FoundForm> {
        ShortForms::of(text).and_then(|forms| forms.find(value))
    }

    #[test]
    fn short_texts_are_found_as_they_are_written() {
        for text in [
            "Fire Robert",
            "hunter2",
            "Kündigung",
            "I quit now",
            "привет",
        ] {
            let base64 = |text: &str| STANDARD_NO_PAD.encode(text);
            let hex = hexadecimal(text.as_bytes());
            let pairs: Vec<&str> = hex
                .as_bytes()
                .chunks(2)
                .flat_map(std::str::from_utf8)
                .collect();
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            for value in [
                format!("q={}", base64(text)),
                format!("\"{}==\"", base64(text)),
                base64(&format!("{text}\n")),
                base64(&format!("x:{text}")),
                base64(&format!("xy{text}z"))
                    .replace('/', "_")
                    .replace('+', "-"),
                STANDARD_NO_PAD.encode(&utf16),
                format!("id-{hex}"),
                format!("0x{}", hex.to_uppercase()),
                pairs.join(":"),
                format!("\\x{}", pairs.join("\\x")),
                format!("0x{}", pairs.join(", 0x")),
            ] {
                let found = find(text, &value);
                assert!(
                    matches!(found, Some(FoundForm::Certain(_))),
                    "{text}: {value}: {found:?}"
                );
            }
            for other in [
                "",
                "cancelled",
                "https://a.test/p/q?r=1",
                "550e8400-e29b-41d4-a716",
            ] {
                assert_eq!(find(text, other), None, "{text}: {other}");
            }
        }
    }

    #[test]
    fn words_run_together_are_found() {
        assert_eq!(
            find("Fire Robert", "FireRobert"),
            Some(FoundForm::Certain(OF_WORDS))
        );
        for value in ["https://a.test/firerobert", "#firerobert1", "x firerobert"] {
            assert_eq!(
                find("fire Robert", value),
                Some(FoundForm::Perhaps),
                "{value}"
            );
        }
        assert_eq!(
            find("привет мир", "приветмир"),
            Some(FoundForm::Certain(OF_WORDS))
        );
        // Between the words stands something, or it is one word of many letters.
        assert_eq!(find("fire Robert", "backfire, roberta"), None);
        assert_eq!(find("secret", "secretary"), None);
    }

    #[test]
    fn what_says_little_is_perhaps_there() {
        for (text, value) in [
            ("yes", "eWVz"),
            ("yes", "q=eWVz"),
            ("1234", "MTIzNA=="),
            ("да", "0LTQsA"),
            ("yes", "0x796573"),
            ("yes", "79 65 73"),
        ] {
            assert_eq!(
                find(text, value),
                Some(FoundForm::Perhaps),
                "{text}: {value}"
            );
        }
        assert_eq!(find("yes", "aeWVzb"), None);
        assert_eq!(
            find("a text of more letters", "YSB0ZXh0IG9mIG1vcmUgbGV0dGVycw"),
            None
        );
    }
}
