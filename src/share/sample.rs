//! A completion as a sample of its own, with the user's edits made in its request.

use crate::completion::{Completion, RequestField, TraceMetadata};
use crate::json::{JsonText, Kind, Value, quote};

/// A completion as a sample of its own, with the metadata in its request.
pub fn of(completion: &Completion, metadata: &TraceMetadata, is_edited: bool) -> String {
    let suffix = if is_edited { " (edited)" } else { "" };
    let name = format!("{}{suffix}", completion.name);
    let mut parts = vec![format!("\"name\":{}", quote(&name))];
    let told = told_of_what_is_gone(metadata);
    for member in completion.document().root().children() {
        match member.raw_key() {
            Some("name") => {}
            Some("request") if !metadata.is_delivered => {
                parts.push(format!("\"request\":{}", request(member, metadata)));
            }
            Some(key) => parts.push(format!("\"{key}\":{}", without(member, &told))),
            None => {}
        }
    }
    let mut text = super::pretty_or_plain(&format!("{{{}}}", parts.join(",")));
    text.push('\n');
    text
}

/// What other parts tell of a user or a session that was taken out of the request. They tell of the request as it was, and
/// would count in the place of what is not there.
fn told_of_what_is_gone(metadata: &TraceMetadata) -> Vec<&'static [&'static str]> {
    const OF_USER: [&[&str]; 4] = [
        &["generation", "external_user"],
        &["generation", "data", "external_user"],
        &["activity", "user"],
        &["delivery", "attributes", "user.id"],
    ];
    const OF_SESSION: [&[&str]; 3] = [
        &["generation", "session_id"],
        &["generation", "data", "session_id"],
        &["delivery", "attributes", "session.id"],
    ];
    let is_gone = |field: &RequestField| {
        let text = field.value.as_ref().and_then(JsonText::str);
        field.edited && text.is_none_or(|text| text.is_empty())
    };
    let mut told: Vec<&[&str]> = Vec::new();
    if is_gone(&metadata.user) {
        told.extend(OF_USER);
    }
    if is_gone(&metadata.session_id) {
        told.extend(OF_SESSION);
    }
    told
}

/// A member as it is written, but for what stands at these paths, which begin with the member's own key.
fn without(member: Value<'_>, paths: &[&[&str]]) -> String {
    let key = member.key().unwrap_or_default();
    let below = paths.iter().filter_map(|path| match path.split_first() {
        Some((first, rest)) if *first == key => Some(rest),
        _ => None,
    });
    let below: Vec<&[&str]> = below.collect();
    if below.is_empty() || member.kind() != Kind::Object {
        return member.raw().to_owned();
    }
    let is_left_out = |member: &Value<'_>| {
        let key = member.key().unwrap_or_default();
        below.iter().any(|path| *path == [key.as_ref()])
    };
    let members = member.children().filter(|member| !is_left_out(member));
    object(members.map(|member| (raw_key(member), without(member, &below))))
}

fn raw_key(member: Value<'_>) -> String {
    member.raw_key().unwrap_or_default().to_owned()
}

/// An object of members with their keys as they are written.
fn object(members: impl IntoIterator<Item = (String, String)>) -> String {
    let members = members.into_iter();
    let members: Vec<String> = members
        .map(|(key, value)| format!("\"{key}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// A request with the metadata in place of its own: each where it stands, in `extra_body` or not.
pub(crate) fn request(request: Value<'_>, metadata: &TraceMetadata) -> String {
    let text = |value: &JsonText| value.as_str().to_owned();
    let is_other = metadata.misshapen.is_some() && metadata.trace.is_empty();
    let trace = (!metadata.trace.is_empty()).then(|| metadata.trace_json());
    let mut own = vec![
        (
            "user",
            metadata.user_pointer(),
            metadata.user.value.as_ref().map(text),
        ),
        (
            "session_id",
            metadata.session_pointer(),
            metadata.session_id.value.as_ref().map(text),
        ),
    ];
    if !is_other {
        own.push(("trace", metadata.trace_pointer(), trace));
    }
    let (mut in_extra_body, mut in_request) = (Vec::new(), Vec::new());
    for (key, at, value) in own {
        if !at.starts_with(EXTRA_BODY) {
            in_request.push((key, value));
            continue;
        }
        // What is gone there would be looked for in the request itself.
        if value.is_none() {
            in_request.push((key, None));
        }
        in_extra_body.push((key, value));
    }
    let extra = request
        .get_some("extra_body")
        .filter(|_| !in_extra_body.is_empty());
    let extra = extra.map(|extra| replaced(extra, in_extra_body, None));
    replaced(request, in_request, extra)
}

/// Where the members of `extra_body` stand.
const EXTRA_BODY: &str = "/request/extra_body/";

/// An object with these members in place of its own; one without a value is left out. `extra` is what takes the place of
/// its `extra_body`.
fn replaced(
    of: Value<'_>,
    mut own: Vec<(&'static str, Option<String>)>,
    extra: Option<String>,
) -> String {
    let mut parts = Vec::new();
    for member in of.children() {
        let key = member.key().unwrap_or_default();
        match own.iter().position(|(have, _)| *have == key) {
            // The place stays; of a key that is there twice, the last one's.
            Some(at) if of.get(&key) == Some(member) => {
                let (key, value) = own.remove(at);
                parts.extend(value.map(|value| (key.to_owned(), value)));
            }
            Some(_) => {}
            None if key == "extra_body" && extra.is_some() => {
                if of.get(&key) == Some(member) {
                    parts.extend(extra.clone().map(|extra| (key.into_owned(), extra)));
                }
            }
            None => parts.push((raw_key(member), member.raw().to_owned())),
        }
    }
    let rest = own.into_iter();
    parts.extend(rest.filter_map(|(key, value)| Some((key.to_owned(), value?))));
    object(parts)
}
