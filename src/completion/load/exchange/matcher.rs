//! What a mock server's stub says that a part of a request has to be: Hoverfly's `[{"matcher": "exact",
//! "value": …}]` and its older `{"exactMatch": …}`, WireMock's `{"equalToJson": …}`. Recorded stubs have the very
//! value there; a pattern that a person wrote tells no value.

use super::keys;
use crate::json::{Kind, Value};

/// A part of a request, as a stub has it.
pub(super) enum Expected<'d> {
    /// The value itself.
    Value(Value<'d>),
    /// A pattern, which many values match.
    Pattern,
}

/// Keys under which the value itself stands, in their plain form.
const VALUES: [&str; 7] = [
    "exactmatch",
    "jsonmatch",
    "jsonpartialmatch",
    "equalto",
    "equaltojson",
    "deepequals",
    "equals",
];
/// Keys of patterns.
const PATTERNS: [&str; 8] = [
    "globmatch",
    "regexmatch",
    "jsonpathmatch",
    "matches",
    "doesnotmatch",
    "contains",
    "matchesjsonpath",
    "matchesjsonschema",
];

/// What a value says of a part of a request, if it is a stub's. Of several conditions the first that names the
/// value counts.
pub(super) fn expected(value: Value<'_>) -> Option<Expected<'_>> {
    match value.kind() {
        Kind::Object => condition(value),
        Kind::Array if !value.is_empty() => {
            let conditions: Option<Vec<_>> = value.children().map(condition).collect();
            let named = conditions?
                .into_iter()
                .find(|condition| matches!(condition, Expected::Value(_)));
            Some(named.unwrap_or(Expected::Pattern))
        }
        _ => None,
    }
}

/// The value that a stub expects, or the value itself where it is no stub's; none for a pattern.
pub(super) fn resolved(value: Value<'_>) -> Option<Value<'_>> {
    match expected(value) {
        None => Some(value),
        Some(Expected::Value(value)) => Some(value),
        Some(Expected::Pattern) => None,
    }
}

fn condition(condition: Value<'_>) -> Option<Expected<'_>> {
    if condition.kind() != Kind::Object {
        return None;
    }
    if let Some(matcher) = condition.get("matcher")
        && let Some(value) = condition.get("value")
    {
        let matcher = matcher.str()?;
        let names_it = ["exact", "json", "jsonPartial", "form", ""].contains(&matcher.as_ref());
        return Some(match names_it {
            true => Expected::Value(value),
            false => Expected::Pattern,
        });
    }
    if let Some(found) = of_wiremock_net(condition) {
        return Some(found);
    }
    const MOST: usize = 4;
    if condition.len() > MOST {
        return None;
    }
    if let Some(value) = keys::get(condition, &VALUES) {
        return Some(Expected::Value(value));
    }
    keys::get(condition, &PATTERNS).map(|_| Expected::Pattern)
}

/// What WireMock.Net's `{"Matchers": [{"Name": "JsonMatcher", "Pattern": …}]}` says, or its only `Matcher`.
fn of_wiremock_net(condition: Value<'_>) -> Option<Expected<'_>> {
    const EXACT: [&str; 4] = [
        "ExactMatcher",
        "ExactObjectMatcher",
        "JsonMatcher",
        "JsonPartialMatcher",
    ];
    let only = condition.get("Matcher");
    let first = || condition.get("Matchers")?.item(0);
    let matcher = only.or_else(first)?;
    let name = matcher.get("Name")?.str()?;
    let patterns = || matcher.get("Patterns")?.item(0);
    let pattern = matcher.get("Pattern").or_else(patterns)?;
    let has_wildcards = || pattern.str().is_none_or(|text| text.contains(['*', '?']));
    let names_it =
        EXACT.contains(&name.as_ref()) || (name == "WildcardMatcher" && !has_wildcards());
    Some(match names_it {
        true => Expected::Value(pattern),
        false => Expected::Pattern,
    })
}
