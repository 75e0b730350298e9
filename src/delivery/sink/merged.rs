//! What several parts say of an event, put together. Each value keeps the text that it came with: a number that was read
//! and written again would be spelled anew.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use serde_json::Value;
use serde_json::value::RawValue;

use super::raw;

/// An event that is made of parts.
#[derive(Debug, Default)]
pub(super) struct MergedEvent {
    fields: Ordered<Field>,
    hashes: RandomState,
    /// Bytes that all values and keys take.
    size: usize,
}

#[derive(Debug)]
enum Field {
    Text(Box<RawValue>),
    Object(Ordered<Box<RawValue>>),
    List(List),
}

/// The items of a list, and where they are by their hash: a list may be long, and is added to often.
#[derive(Debug, Default)]
struct List {
    items: Vec<Box<RawValue>>,
    places: HashMap<u64, Vec<usize>>,
}

/// Values by their keys, in the order in which the keys came.
#[derive(Debug)]
struct Ordered<V> {
    entries: Vec<(String, V)>,
    places: HashMap<String, usize>,
}

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Ordered {
            entries: Vec::new(),
            places: HashMap::new(),
        }
    }
}

/// What a member takes beside its value and two copies of its key: places in a list and a table, and what memory is given
/// out with. Measured: 190 bytes where they are small and many.
const MEMBER: usize = 192;
/// The same of an item of a list.
const ITEM: usize = 128;

/// How many bytes are taken by what is held.
trait Held {
    fn held(&self) -> usize;
}

impl Held for Box<RawValue> {
    fn held(&self) -> usize {
        self.get().len()
    }
}

impl Held for Field {
    fn held(&self) -> usize {
        match self {
            Field::Text(text) => text.held(),
            Field::Object(object) => {
                let members = object.entries.iter();
                let held = members.map(|(key, value)| MEMBER + 2 * key.len() + value.held());
                held.sum()
            }
            Field::List(list) => list.items.iter().map(|item| ITEM + item.held()).sum(),
        }
    }
}

impl<V: Held> Ordered<V> {
    fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let place = self.places.get(key)?;
        self.entries.get_mut(*place).map(|(_, value)| value)
    }

    /// Puts a value in; `size` is then what is held.
    fn insert(&mut self, key: Cow<'_, str>, value: V, size: &mut usize) {
        *size += value.held();
        match self.get_mut(&key) {
            Some(old) => *size -= std::mem::replace(old, value).held(),
            None => {
                *size += MEMBER + 2 * key.len();
                self.places
                    .insert(key.clone().into_owned(), self.entries.len());
                self.entries.push((key.into_owned(), value));
            }
        }
    }

    fn write(&self, out: &mut Room, mut each: impl FnMut(&V, &mut Room) -> Written) -> Written {
        let mut between = "{";
        for (key, value) in &self.entries {
            out.push(between)?;
            between = ",";
            out.push(&Value::String(key.clone()).to_string())?;
            out.push(":")?;
            each(value, out)?;
        }
        out.push(if self.entries.is_empty() { "{}" } else { "}" })
    }
}

/// Whether there was room for what was written.
type Written = Option<()>;

/// Text that takes so many bytes and no more.
struct Room {
    text: String,
    most: usize,
}

impl Room {
    fn push(&mut self, text: &str) -> Written {
        if text.len() > self.most - self.text.len() {
            return None;
        }
        self.text.push_str(text);
        Some(())
    }
}

impl MergedEvent {
    /// Later values win; objects are merged one level down; items of lists are added unless they are there
    /// already, since a part may be sent twice. (Chosen: the real rule is not documented.)
    pub(super) fn add(&mut self, part: &RawValue) {
        let (fields, hashes, size) = (&mut self.fields, &self.hashes, &mut self.size);
        // It was judged before it came here, so it is an object.
        let _ = raw::members(part.get(), |key, value| {
            match (fields.get_mut(&key), value.get().as_bytes().first()) {
                (Some(Field::Object(old)), Some(b'{')) => extend(old, value, size),
                (_, Some(b'{')) => {
                    let mut object = Ordered::default();
                    extend(&mut object, value, &mut 0);
                    fields.insert(key, Field::Object(object), size);
                }
                (Some(Field::List(list)), Some(b'[')) => list.add(value, hashes, size),
                (_, Some(b'[')) => {
                    let mut list = List::default();
                    list.add(value, hashes, &mut 0);
                    fields.insert(key, Field::List(list), size);
                }
                _ => fields.insert(key, Field::Text(value.to_owned()), size),
            }
        });
    }

    /// How many bytes it takes: of a value that another took the place of, none.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// The event as JSON.
    pub(super) fn json(&self) -> String {
        self.json_within(usize::MAX).unwrap_or_default()
    }

    /// The event as JSON, if that has no more bytes than this. It takes time by them at most, however long the event is.
    pub(super) fn json_within(&self, most: usize) -> Option<String> {
        let mut json = Room {
            text: String::new(),
            most,
        };
        self.fields.write(&mut json, |field, json| match field {
            Field::Text(text) => json.push(text.get()),
            Field::Object(object) => object.write(json, |value, json| json.push(value.get())),
            Field::List(list) => list.write(json),
        })?;
        Some(json.text)
    }
}

fn extend(object: &mut Ordered<Box<RawValue>>, more: &RawValue, size: &mut usize) {
    let _ = raw::members(more.get(), |key, value| {
        object.insert(key, value.to_owned(), size)
    });
}

impl List {
    fn add(&mut self, more: &RawValue, hashes: &RandomState, size: &mut usize) {
        let _ = raw::items(more.get(), |_, item| {
            let value = value_of(item);
            let places = self.places.entry(hashes.hash_one(&value)).or_default();
            let is_it = |at: &usize| self.items.get(*at).is_some_and(|it| value_of(it) == value);
            if !places.iter().any(is_it) {
                places.push(self.items.len());
                *size += ITEM + item.get().len();
                self.items.push(item.to_owned());
            }
            Ok(())
        });
    }

    fn write(&self, out: &mut Room) -> Written {
        let mut between = "[";
        for item in &self.items {
            out.push(between)?;
            between = ",";
            out.push(item.get())?;
        }
        out.push(if self.items.is_empty() { "[]" } else { "]" })
    }
}

fn value_of(item: &RawValue) -> Value {
    serde_json::from_str(item.get()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn merged(parts: &[&str]) -> MergedEvent {
        let mut event = MergedEvent::default();
        for part in parts {
            event.add(&RawValue::from_string((*part).to_owned()).unwrap());
        }
        event
    }

    #[test]
    fn every_kind_of_value_can_take_the_place_of_every_other() {
        let kinds = [
            r#"{"k":{"a":1}}"#,
            r#"{"k":[1]}"#,
            r#"{"k":"t"}"#,
            r#"{"k":null}"#,
        ];
        for first in kinds {
            for second in kinds {
                assert_eq!(merged(&[first, second]).json(), second, "{first}");
            }
        }
        for empty in ["{}", r#"{"k":{}}"#, r#"{"k":[]}"#, r#"{"a\"b":1}"#] {
            assert_eq!(merged(&[empty, empty]).json(), empty);
        }
        // What another value took the place of is held no more.
        for first in kinds {
            let sizes = [first, kinds[3]].map(|kind| merged(&[first, kind]).size());
            let alone = [first, kinds[3]].map(|kind| merged(&[kind]).size());
            assert_eq!(sizes, alone, "{first}");
        }
        // Small members and items take much more than they say.
        let members: Vec<String> = (0..9).map(|at| format!("\"{at}\":0")).collect();
        let members = merged(&[&format!(r#"{{"k":{{{}}}}}"#, members.join(","))]).size();
        assert!(members > 9 * 150, "{members}");
        assert!(merged(&[r#"{"k":[1,2,3]}"#]).size() > 3 * 100);
        let twice = merged(&[r#"{"k":1,"k":2}"#, r#"{"k":{"a":1},"k":{"b":2}}"#]);
        assert_eq!(twice.json(), r#"{"k":{"a":1,"b":2}}"#);
    }

    /// Adding to a list takes time by what is added and not by what is there: each item is compared with those of
    /// its own hash alone.
    #[test]
    fn a_long_list_is_added_to_without_going_through_it() {
        let mut event = MergedEvent::default();
        for _ in 0..2 {
            for n in 0..20_000 {
                let text = format!(r#"{{"attachments":[{{"value":"{n}"}}]}}"#);
                event.add(&RawValue::from_string(text).unwrap());
            }
        }
        let Some(Field::List(list)) = event.fields.get_mut("attachments") else {
            unreachable!()
        };
        assert_eq!(list.items.len(), 20_000);
        let most = list.places.values().map(Vec::len).max();
        assert!(most.unwrap() < 4, "{most:?}");
    }
}
