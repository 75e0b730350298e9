//! An object's members by their keys.

use std::borrow::Cow;
use std::collections::HashMap;

use super::value::Value;

/// The members of an object by their keys, for whoever asks for many of them: [`Value::get`] walks the object each time.
/// Of several with one key the last one counts, as there.
#[derive(Debug, Clone, Default)]
pub struct Members<'d>(HashMap<Cow<'d, str>, Value<'d>>);

impl<'d> Members<'d> {
    /// The members of a value, none where it is no object.
    pub fn of(object: Value<'d>) -> Members<'d> {
        let named = object
            .children()
            .map(|member| Some((member.key()?, member)));
        Members(named.flatten().collect())
    }

    /// The member with this key.
    pub fn get(&self, key: &str) -> Option<Value<'d>> {
        self.0.get(key).copied()
    }

    /// Whether a member of the object is the one that counts for its key.
    pub fn counts(&self, member: Value<'d>) -> bool {
        let key = member.key().unwrap_or_default();
        self.get(&key).is_none_or(|last| last.id() == member.id())
    }
}
