//! What the last word of a filter could become.

use super::amount::MEASURES;
use super::condition::{FIELDS, Field};
use crate::completion::Api;
use crate::inspector::library::Summary;
use crate::mapping::Code;

/// Words that mean more than a text that is looked for.
const WORDS: [&str; 7] = [
    "error", "warning", "edited", "no-event", "marked", "finding:", "key:",
];

/// Where the last word of a filter begins: behind the last space that is not quoted, and behind what negates it.
fn last_word(text: &str) -> usize {
    let (mut start, mut quoted, mut before) = (0, false, ' ');
    for (at, c) in text.char_indices() {
        match c {
            // A quote of the value's own.
            '"' if before == '\\' => {}
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => start = at + c.len_utf8(),
            _ => {}
        }
        before = c;
    }
    start + usize::from(text[start..].starts_with('!'))
}

/// What the last word of a filter could become: what stands before it, and the words. `values` tells what values there
/// are for a field.
pub fn completions<'t>(
    text: &'t str,
    values: &dyn Fn(&str) -> Vec<String>,
) -> (&'t str, Vec<String>) {
    let (before, word) = text.split_at(last_word(text));
    // A word that only begins like a measure is another one.
    let is_measure = |(name, ..): &(&str, _, _)| {
        let rest = word.strip_prefix(*name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['<', '>', '=', ':']))
    };
    if let Some((name, ..)) = MEASURES.iter().find(|measure| is_measure(measure)) {
        let compared = [">", ">=", "<", "<="].map(|sign| format!("{name}{sign}"));
        let compared = compared.into_iter().filter(|have| have.starts_with(word));
        return (before, compared.collect());
    }
    let Some((name, partial)) = word.split_once(':') else {
        let measures = MEASURES.iter().map(|(name, ..)| format!("{name}>"));
        let fields = FIELDS.iter().map(|(name, _)| format!("{name}:"));
        let words = WORDS.map(str::to_owned).into_iter().chain(fields);
        let words = words.chain(measures);
        let words: Vec<String> = words.filter(|have| have.starts_with(word)).collect();
        if !words.is_empty() {
            return (before, words);
        }
        // A finding's code is known by itself, where nothing else is meant.
        let codes = Code::ALL.iter().map(|code| code.as_str());
        let codes = codes.filter(|code| code.starts_with(word));
        return (
            before,
            codes.map(|code| format!("finding:{code}")).collect(),
        );
    };
    let partial = unquoted(partial).to_lowercase();
    let begins = |value: &String| value.to_lowercase().starts_with(&partial);
    let values = match name {
        "finding" => Code::ALL
            .iter()
            .map(|code| code.as_str().to_owned())
            .collect(),
        "api" => [
            Api::Chat,
            Api::Responses,
            Api::Messages,
            Api::Delivery,
            Api::Unknown,
        ]
        .map(|api| api.name().to_owned())
        .to_vec(),
        name => values(name),
    };
    let words = values.into_iter().filter(begins);
    let words = words.map(|value| format!("{name}:{}", quoted(&value)));
    (before, words.collect())
}

/// A value as it is written in a filter.
pub fn quoted(value: &str) -> String {
    match value.contains(|c: char| c.is_whitespace() || c == '"') {
        true => format!("\"{}\"", value.replace('"', "\\\"")),
        false => value.to_owned(),
    }
}

/// What a word of a filter stands for.
pub fn unquoted(word: &str) -> String {
    word.replace("\\\"", "\0")
        .replace('"', "")
        .replace('\0', "\"")
}

/// What a completion has for a field whose values are completed; none for any other.
pub fn value_of<'s>(summary: &'s Summary, name: &str) -> Option<&'s str> {
    let (_, field) = FIELDS.iter().find(|(have, _)| *have == name)?;
    let is_listed = !matches!(
        field,
        Field::Input | Field::Output | Field::Id | Field::File
    );
    is_listed.then(|| field.of(summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_completed() {
        let check = |typed: &str, before: &str, expected: &[&str]| {
            let values = |name: &str| match name {
                "model" => vec!["openai/gpt-4o".to_owned(), "openai/o3".to_owned()],
                "provider" => vec!["Amazon Bedrock".to_owned()],
                _ => Vec::new(),
            };
            let (have, found) = completions(typed, &values);
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            assert_eq!((have, found.as_slice()), (before, expected), "{typed}");
        };
        check("k", "", &["key:"]);
        check("co", "", &["cost>"]);
        check("cost", "", &["cost>", "cost>=", "cost<", "cost<="]);
        check("x !tokens<", "x !", &["tokens<", "tokens<="]);
        check("gpt !m", "gpt !", &["marked", "model:"]);
        check(
            "finding:user",
            "",
            &["finding:user-missing", "finding:user-too-long"],
        );
        check("user-m", "", &["finding:user-missing"]);
        check("tokens-u", "", &["finding:tokens-unknown"]);
        check("!user-m", "!", &["finding:user-missing"]);
        check("us", "", &["user:"]);
        check("nonsense", "", &[]);
        check("model:openai/g", "", &["model:openai/gpt-4o"]);
        check("x !provider:am", "x !", &["provider:\"Amazon Bedrock\""]);
        check("provider:\"amazon b", "", &["provider:\"Amazon Bedrock\""]);
        assert!(completions("", &|_| Vec::new()).1.len() > 10);
    }
}
