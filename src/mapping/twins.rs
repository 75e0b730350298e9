//! Completions of one generation that make different events: one id can stand for one event only, so `send` refuses
//! the second.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Code, Finding, Mapped, deliveries, is_delivery};
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
        let event_id = deliveries::id(event)?;
        let mut content = Fingerprint::default();
        // The time of sending, which stands in where no end is told, comes from nowhere and is another each time.
        let fields = event.fields.iter();
        for field in fields.filter(|field| !field.provenance.sources.is_empty()) {
            content.take(field.key.as_bytes());
            content.take(field.value.as_str().as_bytes());
        }
        let mut id = DefaultHasher::new();
        event_id.hash(&mut id);
        Some(MadeEvent {
            id: id.finish(),
            content: content.0,
            origin: completion.origin.clone(),
        })
    }
}

/// What tells two events of one generation apart, for next to nothing an event: of a long text its length, its beginning and
/// its end count.
#[derive(Default)]
struct Fingerprint(u64);

impl Fingerprint {
    fn take(&mut self, bytes: &[u8]) {
        const LONGEST: usize = 64;
        self.word(bytes.len() as u64);
        let head = &bytes[..bytes.len().min(LONGEST)];
        let tail = &bytes[bytes.len().saturating_sub(LONGEST).max(head.len())..];
        for part in [head, tail] {
            let (words, rest) = part.as_chunks::<8>();
            words
                .iter()
                .for_each(|word| self.word(u64::from_le_bytes(*word)));
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(last));
        }
    }

    fn word(&mut self, word: u64) {
        /// 2 to the power of 64, divided by the golden ratio.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(SPREAD);
    }
}

/// The events of one input by their ids.
#[derive(Debug, Default)]
pub struct Twins {
    seen: HashMap<u64, (u64, Origin)>,
    /// Their ids, the oldest first.
    order: VecDeque<u64>,
}

impl Twins {
    /// Takes the next event. Where one with its id and other content came before, it is a finding that names the place
    /// of that one.
    pub fn take(&mut self, made: MadeEvent) -> Option<Finding> {
        if let Some((content, first)) = self.seen.get(&made.id) {
            return (*content != made.content).then(|| Finding {
                code: Code::SameGeneration,
                pointer: "/event_id".to_owned(),
                help: format!(
                    "{first} has the same generation and makes another event: one id can stand for one event only, so `send` sends the first and not this one"
                ),
            });
        }
        if self.order.len() >= REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        self.order.push_back(made.id);
        self.seen.insert(made.id, (made.content, made.origin));
        None
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
