//! What is known of a short text of an event, a value's or a key's: its readings with their words and numbers, and
//! whether it looks like a key or an address. Such texts repeat over the records of a file, so what was read once is
//! remembered.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::compared::numbers::{Number, each_number_of_value};
use super::compared::words::{Word, words};
use super::readings::{TextReading, readings};
use super::secrets::{self, without_masks};

/// One way in which a text may be read.
#[derive(Debug)]
pub struct ReadWords<'t> {
    /// The text, read in this way.
    pub text: Cow<'t, str>,
    /// How that is, for people.
    pub how: &'static str,
    /// Its words.
    pub words: Vec<Word>,
    /// Its long numbers.
    pub numbers: Vec<Number>,
}

impl<'t> ReadWords<'t> {
    fn of(reading: TextReading<'t>) -> ReadWords<'t> {
        let mut numbers = Vec::new();
        each_number_of_value(&reading.text, |number| numbers.push(number));
        ReadWords {
            words: words(&reading.text),
            numbers,
            how: reading.how,
            text: reading.text,
        }
    }
}

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    /// The kind of key that is in it.
    pub secret: Option<&'static str>,
    /// Whether a key was masked in it.
    pub is_masked: bool,
    /// Where the e-mail address stands that is in it.
    pub email: Option<(usize, usize)>,
}

impl Looks {
    /// Looks at a text.
    pub fn of(text: &str) -> Looks {
        let place = |address: &str| {
            // The address is a part of the text.
            let start = address.as_ptr().addr() - text.as_ptr().addr();
            (start, start + address.len())
        };
        let (secret, is_masked) = secrets::look(text);
        Looks {
            secret: secret.map(|secret| secret.kind),
            is_masked,
            email: secrets::find_email(text).map(place),
        }
    }
}

/// What was read of a text, each part of it when it was asked for.
#[derive(Debug, Default)]
struct ReadText {
    /// As it stands first, then with what encodes it undone.
    readings: OnceCell<Vec<ReadWords<'static>>>,
    /// The same without the masks of keys, where there are any.
    unmasked: OnceCell<Option<Vec<ReadWords<'static>>>>,
    looks: OnceCell<Looks>,
}

impl ReadText {
    fn readings(&self, text: &str) -> &[ReadWords<'static>] {
        self.readings.get_or_init(|| read(text))
    }

    fn unmasked(&self, text: &str) -> &[ReadWords<'static>] {
        let unmasked = self.unmasked.get_or_init(|| match without_masks(text) {
            Cow::Owned(unmasked) => Some(read(&unmasked)),
            Cow::Borrowed(_) => None,
        });
        match unmasked {
            Some(unmasked) => unmasked,
            None => self.readings(text),
        }
    }
}

fn read(text: &str) -> Vec<ReadWords<'static>> {
    let owned = readings(text).into_iter().map(|reading| TextReading {
        text: Cow::Owned(reading.text.into_owned()),
        how: reading.how,
    });
    owned.map(ReadWords::of).collect()
}

/// What was read of the texts of events.
#[derive(Debug, Default)]
pub struct ReadTexts(RefCell<HashMap<Box<str>, Rc<ReadText>>>);

/// Longer texts seldom repeat, and what is known of one takes many times its length.
const LONGEST: usize = 256;
/// So many are remembered; then it begins anew, so that what doesn't come again is forgotten.
const MOST: usize = 1024;

impl ReadTexts {
    fn remembered(&self, text: &str) -> Option<Rc<ReadText>> {
        if text.len() > LONGEST {
            return None;
        }
        let mut known = self.0.borrow_mut();
        if let Some(read) = known.get(text) {
            return Some(Rc::clone(read));
        }
        if known.len() >= MOST {
            known.clear();
        }
        let read = Rc::<ReadText>::default();
        known.insert(Box::from(text), Rc::clone(&read));
        Some(read)
    }

    /// What is found first in the readings of a text, itself before the others.
    pub fn find_in<T>(
        &self,
        text: &str,
        find: impl FnMut(&ReadWords<'_>) -> Option<T>,
    ) -> Option<T> {
        match self.remembered(text) {
            Some(read) => read.readings(text).iter().find_map(find),
            None => find_in_readings(text, find),
        }
    }

    /// The same without the masks of keys: all keys have the same one, so that it tells nothing of a conversation.
    pub fn find_in_unmasked<T>(
        &self,
        text: &str,
        find: impl FnMut(&ReadWords<'_>) -> Option<T>,
    ) -> Option<T> {
        match self.remembered(text) {
            Some(read) => read.unmasked(text).iter().find_map(find),
            None => find_in_readings(&without_masks(text), find),
        }
    }

    /// What a text looks like.
    pub fn looks(&self, text: &str) -> Looks {
        match self.remembered(text) {
            Some(read) => *read.looks.get_or_init(|| Looks::of(text)),
            None => Looks::of(text),
        }
    }
}

/// Of a long text one reading is kept at a time.
fn find_in_readings<T>(text: &str, mut find: impl FnMut(&ReadWords<'_>) -> Option<T>) -> Option<T> {
    let mut readings = readings(text).into_iter().map(ReadWords::of);
    readings.find_map(|read| find(&read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let texts = ReadTexts::default();
        for number in 0..3 * MOST {
            texts.looks(&format!("user_{number}"));
            assert!(texts.0.borrow().len() <= MOST);
        }
        texts.looks(&"x".repeat(LONGEST + 1));
        assert!(texts.0.borrow().keys().all(|text| text.len() <= LONGEST));
    }

    #[test]
    fn what_is_remembered_is_what_was_read() {
        let texts = ReadTexts::default();
        let text =
            "write to a@b.example, [key masked by rainscope] Draft%20a%20letter 030/901820-15";
        let read = |unmasked: bool| {
            let mut all = Vec::new();
            let take = |read: &ReadWords<'_>| {
                all.push((read.text.to_string(), read.words.len(), read.numbers.len()));
                None::<()>
            };
            match unmasked {
                true => texts.find_in_unmasked(text, take),
                false => texts.find_in(text, take),
            };
            all
        };
        let first = (read(true), read(false), texts.looks(text));
        assert_eq!((read(true), read(false), texts.looks(text)), first);
        let (unmasked, plain, looks) = first;
        assert!(unmasked.len() > 1 && unmasked[0].0 != plain[0].0);
        assert_eq!(plain[0], (text.to_owned(), 15, 3));
        let (start, end) = looks.email.unwrap_or_default();
        assert_eq!(&text[start..end], "a@b.example");
        assert!(looks.is_masked && looks.secret.is_none());
    }
}
