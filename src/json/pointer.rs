//! RFC 6901 JSON pointers as plain strings.

use std::borrow::Cow;
use std::collections::HashMap;

use super::value::{Kind, NodeId, Value};

/// Appends an object's key, escaped.
pub fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    for c in key.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// Appends an array's index.
pub fn push_index(pointer: &mut String, index: usize) {
    use std::fmt::Write;
    let _ = write!(pointer, "/{index}");
}

/// The pointer of `key` below `parent`.
pub fn join(parent: &str, key: &str) -> String {
    let mut out = parent.to_owned();
    push(&mut out, key);
    out
}

/// The reference tokens of a pointer, unescaped.
pub fn tokens(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
}

/// A pointer and those of the containers around it, without the root.
pub fn upwards(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |at| Some(at.rsplit_once('/')?.0))
        .filter(|at| !at.is_empty())
}

/// Whether `pointer` is `ancestor` or below it.
pub fn is_within(pointer: &str, ancestor: &str) -> bool {
    pointer
        .strip_prefix(ancestor)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Follows a pointer from `value`.
pub fn resolve<'d>(value: Value<'d>, pointer: &str) -> Option<Value<'d>> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return None;
    }
    tokens(pointer).try_fold(value, |value, token| step(value, &token))
}

fn step<'d>(value: Value<'d>, token: &str) -> Option<Value<'d>> {
    match value.kind() {
        Kind::Object => value.get(token),
        Kind::Array => value.item(index(token)?),
        _ => None,
    }
}

/// The index that a token is, without zeros before it.
fn index(token: &str) -> Option<usize> {
    let is_plain = token == "0" || !token.starts_with('0');
    token.parse().ok().filter(|_| is_plain)
}

/// Follows many pointers in one document, each in the time of its depth: what a wide container holds is
/// found once.
#[derive(Debug, Default)]
pub struct Resolver<'d> {
    members: HashMap<NodeId, HashMap<Cow<'d, str>, Value<'d>>>,
    items: HashMap<NodeId, Vec<Value<'d>>>,
}

impl<'d> Resolver<'d> {
    /// Narrower containers are looked through.
    const WIDE: usize = 32;

    /// Follows a pointer from `value`.
    pub fn resolve(&mut self, value: Value<'d>, pointer: &str) -> Option<Value<'d>> {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return None;
        }
        tokens(pointer).try_fold(value, |value, token| self.step(value, &token))
    }

    fn step(&mut self, value: Value<'d>, token: &str) -> Option<Value<'d>> {
        if value.len() < Resolver::WIDE {
            return step(value, token);
        }
        match value.kind() {
            Kind::Object => {
                let members = self.members.entry(value.id()).or_insert_with(|| {
                    let named = value.children().map(|member| Some((member.key()?, member)));
                    named.flatten().collect()
                });
                members.get(token).copied()
            }
            _ => {
                let items = self.items.entry(value.id());
                let items = items.or_insert_with(|| value.children().collect());
                items.get(index(token)?).copied()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Document, Limits};

    #[test]
    fn many_pointers_lead_where_each_would() {
        let items: Vec<String> = (0..80).map(|n| format!("{{\"k{n}\":[{n}]}}")).collect();
        let members: Vec<String> = (0..80).map(|n| format!("\"a/{n}\":{n}")).collect();
        let json = format!(
            "{{\"l\":[{}],\"o\":{{{},\"a/7\":true}}}}",
            items.join(","),
            members.join(",")
        );
        let doc = Document::parse(json.into(), Limits::default()).expect("JSON");
        let mut resolver = Resolver::default();
        for pointer in [
            "",
            "/l/79/k79/0",
            "/l/80",
            "/l/07",
            "/l/-",
            "/o/a~17",
            "/o/a~180",
            "/o/a~179",
            "x",
            "/l/3/k3/0/0",
        ] {
            let found = resolver.resolve(doc.root(), pointer);
            assert_eq!(found, resolve(doc.root(), pointer), "{pointer}");
        }
    }
}
