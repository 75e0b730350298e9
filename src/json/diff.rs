//! What differs between two values, by path. A number's text counts: `1.0` is not `1`, because what
//! is compared here was promised to survive to the letter. The order of keys does not count.

use super::value::{Kind, Value};
use super::{JsonText, Members, pointer};

/// One path at which two values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// RFC 6901 pointer.
    pub pointer: String,
    /// What the first value has there, if anything.
    pub before: Option<JsonText>,
    /// What the second value has there, if anything.
    pub after: Option<JsonText>,
}

/// The differences, in the order of the first value and then of what the second has besides.
pub fn diff(before: Value<'_>, after: Value<'_>) -> Vec<Difference> {
    let mut out = Vec::new();
    let mut at = String::new();
    compare(Some(before), Some(after), &mut at, &mut out);
    out
}

fn compare(
    before: Option<Value<'_>>,
    after: Option<Value<'_>>,
    at: &mut String,
    out: &mut Vec<Difference>,
) {
    let end = at.len();
    match (before, after) {
        (Some(one), Some(other)) if one.kind() == Kind::Object && other.kind() == Kind::Object => {
            let (own, theirs) = (Members::of(one), Members::of(other));
            for member in one.children() {
                let key = member.key().unwrap_or_default();
                pointer::push(at, &key);
                compare(Some(member), theirs.get(&key), at, out);
                at.truncate(end);
            }
            for member in other.children() {
                let key = member.key().unwrap_or_default();
                if own.get(&key).is_none() {
                    pointer::push(at, &key);
                    compare(None, Some(member), at, out);
                    at.truncate(end);
                }
            }
        }
        (Some(one), Some(other)) if one.kind() == Kind::Array && other.kind() == Kind::Array => {
            let (mut ones, mut others) = (one.children(), other.children());
            for index in 0..one.len().max(other.len()) {
                pointer::push_index(at, index);
                compare(ones.next(), others.next(), at, out);
                at.truncate(end);
            }
        }
        (before, after) => {
            let (before, after) = (before.map(Value::canonical), after.map(Value::canonical));
            if before != after {
                out.push(Difference {
                    pointer: at.clone(),
                    before,
                    after,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Limits, ParseError};
    use super::*;

    fn differences(before: &str, after: &str) -> Result<Vec<String>, ParseError> {
        let before = Document::parse(before.into(), Limits::default())?;
        let after = Document::parse(after.into(), Limits::default())?;
        let show = |json: Option<JsonText>| json.map_or("-".to_owned(), |json| json.to_string());
        let list = diff(before.root(), after.root());
        let list = list.into_iter();
        Ok(list
            .map(|d| format!("{} {} {}", d.pointer, show(d.before), show(d.after)))
            .collect())
    }

    #[test]
    fn names_each_path_that_differs() {
        let check = |before, after, expected: &[&str]| {
            let found = differences(before, after);
            let found: Vec<&str> = found.iter().flatten().map(String::as_str).collect();
            assert_eq!(found, expected, "{before} {after}");
        };
        check(r#"{"a":1,"b":[1,"x"]}"#, r#"{"b":[1,"\u0078"],"a":1}"#, &[]);
        check(r#"{"a":1}"#, r#"{"a":1.0}"#, &["/a 1 1.0"]);
        check(
            r#"{"a":1,"c":2}"#,
            r#"{"b":1,"c":2}"#,
            &["/a 1 -", "/b - 1"],
        );
        check("[1,2,3]", "[1,4]", &["/1 2 4", "/2 3 -"]);
        check(
            r#"{"a/b":{"c":null}}"#,
            r#"{"a/b":{"c":{}}}"#,
            &["/a~1b/c null {}"],
        );
        check("null", "{}", &[" null {}"]);
    }
}
