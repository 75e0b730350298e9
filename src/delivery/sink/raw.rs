//! Walking through JSON without building it: each item's own text in turn. A body of many tiny values takes no more
//! memory than its bytes, which a tree of values would multiply.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Goes through the items of an array. `false` where the text is no array. What `each` refuses ends the walk.
///
/// # Errors
/// The text is not JSON, or `each` refuses an item with a message.
pub(in crate::delivery) fn items<'t>(
    text: &'t str,
    each: impl FnMut(usize, &'t RawValue) -> Result<(), String>,
) -> serde_json::Result<bool> {
    if !text.trim_start().starts_with('[') {
        return Ok(false);
    }
    struct Items<F>(F);
    impl<'t, F: FnMut(usize, &'t RawValue) -> Result<(), String>> Visitor<'t> for Items<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'t>>(mut self, mut items: A) -> Result<(), A::Error> {
            let mut index = 0;
            while let Some(item) = items.next_element::<&RawValue>()? {
                (self.0)(index, item).map_err(A::Error::custom)?;
                index += 1;
            }
            Ok(())
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_seq(Items(each))?;
    reader.end()?;
    Ok(true)
}

/// What an object has under a key: the outer `None` where the text is no object.
///
/// # Errors
/// The text is not JSON.
pub(super) fn member<'t>(
    text: &'t str,
    key: &str,
) -> serde_json::Result<Option<Option<&'t RawValue>>> {
    let mut found = None;
    let is_object = members(text, |name, value| {
        if name == key {
            found = Some(value);
        }
    })?;
    Ok(is_object.then_some(found))
}

/// Goes through the members of an object. `false` where the text is no object.
///
/// # Errors
/// The text is not JSON.
pub(super) fn members<'t>(
    text: &'t str,
    each: impl FnMut(Cow<'t, str>, &'t RawValue),
) -> serde_json::Result<bool> {
    if !text.trim_start().starts_with('{') {
        return Ok(false);
    }
    struct Members<F>(F);
    impl<'t, F: FnMut(Cow<'t, str>, &'t RawValue)> Visitor<'t> for Members<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'t>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some(Key(key)) = map.next_key::<Key<'t>>()? {
                (self.0)(key, map.next_value()?);
            }
            Ok(())
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_map(Members(each))?;
    reader.end()?;
    Ok(true)
}

/// A key, borrowed unless it has escapes.
#[derive(Deserialize)]
struct Key<'t>(#[serde(borrow)] Cow<'t, str>);

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn items_and_members() {
        let mut seen = Vec::new();
        let is_array = items(r#" [1, {"a": 2},[] ]"#, |index, item| {
            seen.push((index, item.get().to_owned()));
            Ok(())
        });
        assert!(is_array.unwrap());
        let expected = [(0, "1"), (1, r#"{"a": 2}"#), (2, "[]")];
        assert_eq!(seen, expected.map(|(index, text)| (index, text.to_owned())));
        assert!(!items("{}", |_, _| Ok(())).unwrap());
        for broken in ["[1,", "[1] x", "[1 2]", "[tru]"] {
            assert!(items(broken, |_, _| Ok(())).is_err(), "{broken}");
        }
        let refused = items("[1,2]", |index, _| match index {
            0 => Ok(()),
            _ => Err("one is enough".to_owned()),
        });
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .starts_with("one is enough")
        );
        let found = |text: &'static str| {
            member(text, "ab").map(|found| found.map(|raw| raw.map(RawValue::get)))
        };
        assert_eq!(
            found(r#"{"x":[{"ab":0}],"\u0061b":[1]}"#).unwrap(),
            Some(Some("[1]"))
        );
        assert_eq!(found("{}").unwrap(), Some(None));
        assert_eq!(found("[]").unwrap(), None);
        assert!(found(r#"{"ab":1"#).is_err());
    }
}
