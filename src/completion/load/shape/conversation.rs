//! What was asked, where it stands under another name than a request's, or as text.

use super::{asks_without_model, is_request};
use crate::json::{Document, Kind, Limits, Value};

/// A message with a role and a content takes as much.
const SHORTEST: usize = 24;

/// Whether a value is a list of a conversation's messages, as it is or as the text of its JSON: columns of databases and
/// cells of tables hold text alone.
pub(in crate::completion::load) fn are_messages(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Array => is_list_of_messages(value),
        Kind::String => held_messages(value).is_some(),
        _ => false,
    }
}

/// The list of messages that a string holds as JSON.
pub(in crate::completion::load) fn held_messages(string: Value<'_>) -> Option<Document> {
    if string.kind() != Kind::String || string.raw().len() < SHORTEST {
        return None;
    }
    let text = string.str()?;
    let text = text.trim();
    let doc = text
        .starts_with('[')
        .then(|| Document::parse(text.into(), Limits::default()));
    doc?.ok().filter(|doc| is_list_of_messages(doc.root()))
}

fn is_list_of_messages(list: Value<'_>) -> bool {
    let is_message = |message: Value<'_>| {
        let role = message.get("role");
        role.is_some_and(|role| role.kind() == Kind::String) && message.get("content").is_some()
    };
    list.kind() == Kind::Array && !list.is_empty() && list.children().all(is_message)
}

/// The member of a record in which what was asked stands, under a name that says so: a list of messages, or an object with
/// one. None where there are several.
pub(in crate::completion::load) fn asked_beside(record: Value<'_>) -> Option<Value<'_>> {
    const NAMES: [&str; 8] = [
        "input",
        "inputs",
        "prompt",
        "request",
        "params",
        "prompt_messages",
        "promptMessages",
        "input_messages",
    ];
    if record.kind() != Kind::Object || asks_without_model(record) {
        return None;
    }
    // A template was not asked as it stands.
    const VARIABLES: [&str; 4] = ["variables", "vars", "prompt_variables", "promptVariables"];
    let has_variables = VARIABLES.iter().any(|name| record.get(name).is_some());
    let is_template = |member: &Value<'_>| has_variables && member.raw().contains("{{");
    let is_one = |member: &Value<'_>| {
        !is_template(member) && (are_messages(*member) || asks_without_model(*member))
    };
    let mut asked = NAMES
        .iter()
        .filter_map(|name| record.get(name))
        .filter(is_one);
    asked.next().filter(|_| asked.next().is_none())
}

/// The requests within what stands as one and asks nothing itself, as decorators keep the arguments of a call
/// (`{"args": [], "kwargs": {…}}`): objects, strings that hold one, and lists of messages.
pub(in crate::completion::load) fn requests_within(request: Value<'_>) -> Vec<Value<'_>> {
    /// Wrappers within wrappers.
    const LEVELS: usize = 4;
    fn asks(value: Value<'_>) -> bool {
        is_request(value) || asks_without_model(value)
    }
    fn is_wrapper(member: Value<'_>) -> bool {
        const NAMES: [&str; 18] = [
            "args",
            "kwargs",
            "arguments",
            "param",
            "params",
            "parameters",
            "options",
            "opts",
            "body",
            "data",
            "payload",
            "json",
            "input",
            "inputs",
            "config",
            "content",
            "request",
            "extra",
        ];
        member.raw_key().is_none_or(|key| {
            let name = key.to_ascii_lowercase();
            let ends = ["params", "request"].iter().any(|end| name.ends_with(end));
            ends || NAMES.contains(&name.as_str())
        })
    }
    fn holds_one(string: Value<'_>) -> bool {
        let text = string.str().unwrap_or_default();
        let text = text.trim();
        text.starts_with('{')
            && Document::parse(text.into(), Limits::default()).is_ok_and(|doc| asks(doc.root()))
    }
    fn find<'d>(value: Value<'d>, level: usize, found: &mut Vec<Value<'d>>) {
        let is_one = match value.kind() {
            Kind::Object => asks(value),
            Kind::Array => is_list_of_messages(value),
            Kind::String => value.raw().len() >= SHORTEST && holds_one(value),
            _ => false,
        };
        match is_one {
            true => found.push(value),
            false if level < LEVELS => {
                // What lies under other names (metadata, variables, tools) may be of another call.
                let inside = value.children().filter(|child| is_wrapper(*child));
                inside.for_each(|child| find(child, level + 1, found));
            }
            false => {}
        }
    }
    let names_model = || request.get_some("model").is_some();
    let is_asked = |value: Value<'_>| match value.kind() {
        // Of nearly all lists the first item tells.
        Kind::Array => {
            value
                .item(0)
                .is_none_or(|first| first.get("role").is_some())
                || !value.children().any(asks)
        }
        Kind::String => names_model() || !holds_one(value),
        _ => false,
    };
    let mut content = ["messages", "input", "prompt"]
        .iter()
        .filter_map(|key| request.get(key));
    let mut found = Vec::new();
    if request.kind().is_container() && !content.any(is_asked) {
        find(request, 0, &mut found);
    }
    found
}
