//! Completions of one generation that make different events: one id can stand for one event only, so `send` refuses
//! the second.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use super::{Code, Finding, Mapped, deliveries, is_delivery, lacks_text};
use crate::completion::{Completion, Origin};

/// Ids that are remembered. Chosen: some 20 MB.
const REMEMBERED: usize = 200_000;

/// What is remembered of an event.
#[derive(Debug, Clone)]
pub struct MadeEvent {
    id: u64,
    content: u64,
    /// Where its completion stands.
    pub origin: Origin,
}

impl MadeEvent {
    /// Of an exchange's event. What OpenRouter delivered is held against it elsewhere, and is what is sent.
    pub fn of(completion: &Completion, mapped: &Mapped) -> Option<MadeEvent> {
        let event = mapped.event().filter(|_| !is_delivery(completion))?;
        // What can't be sent takes no other's place.
        if lacks_text(completion, event) {
            return None;
        }
        let mut content = Fingerprint::default();
        // The time of sending, which stands in where no end is told, comes from nowhere and is another each time.
        let fields = event.fields.iter();
        for field in fields.filter(|field| !field.provenance.sources.is_empty()) {
            content.ends(field.value.as_str().as_bytes());
        }
        let mut id = Fingerprint::default();
        id.whole(deliveries::id_as_written(event)?.as_str().as_bytes());
        Some(MadeEvent {
            id: id.0,
            content: content.0,
            origin: completion.origin.clone(),
        })
    }
}

/// A number for a text, for next to nothing an event.
#[derive(Default)]
struct Fingerprint(u64);

impl Fingerprint {
    /// Takes a text that must not be mistaken for another one.
    fn whole(&mut self, text: &[u8]) {
        self.ends(text);
        for word in text.as_chunks::<8>().0 {
            self.word(u64::from_le_bytes(*word));
        }
    }

    /// Takes of a text its length and the eight bytes at each end, which tell two events of one generation apart.
    fn ends(&mut self, text: &[u8]) {
        let ends = match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => {
                u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(32)
            }
            _ => text
                .iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        self.word(ends ^ text.len() as u64);
    }

    fn word(&mut self, word: u64) {
        /// 2 to the power of 64, divided by the golden ratio.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(SPREAD);
    }
}

/// A hash for numbers that are hashes themselves.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The events of one input by their ids.
#[derive(Debug, Default)]
pub struct Twins {
    seen: HashMap<u64, (u64, Origin), BuildHasherDefault<AsItIs>>,
    /// Their ids, the oldest first.
    order: VecDeque<u64>,
}

impl Twins {
    /// Takes the next event. Where one with its id and other content came before, it is a finding that names the place
    /// of that one.
    pub fn take(&mut self, made: MadeEvent) -> Option<Finding> {
        match self.seen.entry(made.id) {
            Entry::Occupied(known) => {
                let (content, first) = known.get();
                (*content != made.content).then(|| Finding {
                    code: Code::SameGeneration,
                    pointer: "/event_id".to_owned(),
                    help: format!(
                        "{first} has the same generation and makes another event: one id can stand for one event only, so `send` sends the first and not this one"
                    ),
                })
            }
            Entry::Vacant(place) => {
                place.insert((made.content, made.origin));
                self.order.push_back(made.id);
                if self.order.len() > REMEMBERED
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.seen.remove(&oldest);
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::Edits;
    use crate::mapping::{Context, map};

    #[test]
    fn another_event_of_one_generation_is_found_with_the_place_of_the_first() {
        let mut twins = Twins::default();
        let mut check = |file: &str, sample: &str, expected: bool| {
            let loaded = crate::load(file, sample.as_bytes());
            let completion = &loaded.completions[0];
            let mapped = map(completion, &Edits::none(), &Context::at(0));
            let found = MadeEvent::of(completion, &mapped).and_then(|made| twins.take(made));
            assert_eq!(found.is_some(), expected, "{file}");
            if let Some(found) = found {
                assert!(found.help.starts_with("a.json"), "{}", found.help);
            }
        };
        let answer = r#"{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"Hi"}}]}"#;
        let whole = format!(
            r#"{{"request":{{"model":"a/b","user":"u","messages":[]}},"response":{answer}}}"#
        );
        check("a.json", &whole, false);
        check("same.json", &whole, false);
        check("b.json", answer, true);
        check("c.json", &whole.replace("Hi", "Ho"), true);
        let long = |text: &str| {
            whole
                .replace("gen-1", "gen-3")
                .replace("Hi", &"x".repeat(200).replace('x', text))
        };
        check("a.json", &long("a"), false);
        check("d.json", &long("b"), true);
        check("other.json", &answer.replace("gen-1", "gen-2"), false);
    }
}
