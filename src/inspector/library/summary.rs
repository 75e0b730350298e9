//! What the list shows of a completion, and what filter and order ask for, worked out once for all of them.

use std::sync::Arc;

use super::facts::{Facts, is_unanswered};
use super::places::stem;
use crate::completion::load::{Problem, ProblemKind, has_own_name};
use crate::completion::{Completion, Edits, TraceMetadata};
use crate::event::Section;
use crate::json::{Kind, Value};
use crate::mapping::{Mapped, Outcome, Severity};

/// Characters of the input that stand in for a name.
const TITLE: usize = 100;

/// What the list shows of a completion.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Its name: its own, or that of its file with the record's number.
    pub name: String,
    /// What it is called in the list: its own name, else the first words of its input, or why it has no event; empty where it has none of these. A call
    /// that was listened to is called by its time and those words.
    pub title: String,
    /// The file it stands in.
    pub file: Arc<str>,
    /// Which record of the file, from 1; 0 where the file is one record.
    pub record: usize,
    /// The model, if there is an event.
    pub model: String,
    /// The user id of the event.
    pub user: String,
    /// The model that was asked for and the user that was named, where there is no event: it is looked for by them all the
    /// same.
    pub asked: AskedFor,
    /// Findings that are warnings or errors.
    pub findings: usize,
    /// Those of them that are errors.
    pub errors: usize,
    /// The worst of them.
    pub severity: Option<Severity>,
    /// Whether it makes an event.
    pub has_event: bool,
    /// Whether it holds no completion that can be read.
    pub is_problem: bool,
    /// Whether there are edits.
    pub edited: bool,
    /// What the filter looks for first, in lower case, each on a line: title, name, file, model, user, provider, ids.
    pub known_by: String,
    /// What filter, order and overview ask for.
    pub facts: Facts,
}

/// What a request without an event names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedFor {
    /// The model.
    pub model: String,
    /// The user's id.
    pub user: String,
}

impl AskedFor {
    fn of(completion: &Completion) -> AskedFor {
        let metadata = TraceMetadata::of(completion, &Edits::none());
        let model = completion
            .request()
            .and_then(|request| request.get("model"));
        let user = metadata.user.value.as_ref();
        AskedFor {
            model: model.and_then(Value::str).unwrap_or_default().into_owned(),
            user: user.map_or_else(String::new, |user| user.shown().into_owned()),
        }
    }
}

impl Summary {
    /// Of a completion with its event.
    pub fn of(completion: &Completion, mapped: &Mapped, edited: bool) -> Summary {
        let worrying = mapped
            .findings
            .iter()
            .filter(|finding| finding.severity() > Severity::Info);
        let shown = |section, key| {
            let field = mapped.event().and_then(|event| event.field(section, key));
            field.map_or_else(String::new, |field| field.value.shown().into_owned())
        };
        let question = || {
            let words = completion.request().map(last_question);
            first_words(&words.unwrap_or_default())
        };
        let asked = || match mapped.event() {
            Some(_) => first_words(&shown(Section::AiData, "input")),
            None => question(),
        };
        let title = match (has_own_name(completion), &mapped.outcome) {
            (true, _) => match came_at(completion).map(|clock| (clock, asked())) {
                Some((clock, words)) if !words.is_empty() => format!("{clock} {words}"),
                _ => completion.name.clone(),
            },
            (false, Outcome::Event(_)) => asked(),
            (false, Outcome::NoEvent(_)) if is_unanswered(completion) => question(),
            // What follows from it is the same of most.
            (false, Outcome::NoEvent(none)) => {
                first_words(none.says.split(';').next().unwrap_or_default())
            }
        };
        let facts = Facts::of(completion, mapped);
        let (model, user) = (
            shown(Section::AiData, "model"),
            shown(Section::Top, "user_id"),
        );
        let asked = match mapped.event() {
            Some(_) => AskedFor::default(),
            None => AskedFor::of(completion),
        };
        let known_by = [
            &title,
            &completion.name,
            stem(&completion.origin.file),
            &*completion.origin.file,
            &model,
            &user,
            &asked.model,
            &asked.user,
            &facts.provider,
            &facts.ids,
        ];
        Summary {
            known_by: known_by.join("\n").to_lowercase(),
            name: completion.name.clone(),
            title,
            file: completion.origin.file.clone(),
            record: completion.origin.record,
            model,
            user,
            asked,
            findings: worrying.clone().count(),
            errors: worrying
                .filter(|finding| finding.severity() == Severity::Error)
                .count(),
            severity: mapped.severity(),
            has_event: mapped.event().is_some(),
            is_problem: false,
            edited,
            facts,
        }
    }

    /// Of what could not be read.
    pub fn of_problem(problem: &Problem) -> Summary {
        let name = match problem.record {
            0 => problem.file.to_string(),
            record => format!("{} #{record}", problem.file),
        };
        let is_wrong = !matches!(
            problem.kind,
            ProblemKind::Unrecognised | ProblemKind::Skipped | ProblemKind::Remark
        );
        Summary {
            known_by: name.to_lowercase(),
            name,
            file: problem.file.clone(),
            record: problem.record,
            severity: is_wrong.then_some(Severity::Error),
            is_problem: true,
            ..Summary::default()
        }
    }
}

/// What a request asks last, where it says it in plain text.
fn last_question(request: Value<'_>) -> String {
    let text_of = |value: Value<'_>| match value.str() {
        Some(text) => text.into_owned(),
        None => {
            let parts = value.children().filter_map(|part| part.get("text")?.str());
            parts.collect::<Vec<_>>().join(" ")
        }
    };
    let messages = request.get("messages").or_else(|| request.get("input"));
    let Some(messages) = messages.filter(|messages| messages.kind() == Kind::Array) else {
        let text = messages.or_else(|| request.get("prompt"));
        return text.map(text_of).unwrap_or_default();
    };
    let is_user = |message: &Value<'_>| {
        let role = message.get("role").and_then(Value::str);
        role.as_deref() == Some("user")
    };
    let last = messages.children().filter(is_user).last();
    let content = last.and_then(|message| message.get("content"));
    content.map(text_of).unwrap_or_default()
}

/// When a call that was listened to came, as its name has it: those names are made of the time and the model, which
/// most calls share.
fn came_at(completion: &Completion) -> Option<&str> {
    let is_live = completion.captured().is_some() || completion.delivery().is_some();
    let (clock, _) = completion.name.split_once(' ').filter(|_| is_live)?;
    let is_part = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    (clock.split(':').count() == 3 && clock.split(':').all(is_part)).then_some(clock)
}

/// The beginning of a text on one line.
fn first_words(text: &str) -> String {
    let mut words = String::new();
    // A long text without a space is not gone through.
    let beginning = text.char_indices().nth(4 * TITLE);
    let beginning = &text[..beginning.map_or(text.len(), |(at, _)| at)];
    for word in beginning.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if words.chars().count() > TITLE {
            let kept = words.chars().take(TITLE - 1);
            return kept.chain(['…']).collect();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::load;
    use crate::mapping::{self, Context};

    /// Who looks for a user's refused call finds it, though there is no event with the user in it.
    #[test]
    fn what_made_no_event_is_found_by_what_was_asked() {
        use crate::inspector::library::filter::{Filter, Fit};
        let text = r#"{"request":{"model":"a/b-mini","user":"har-2","messages":[{"role":"user","content":"hi"}]},"response":{"error":{"code":429,"message":"slow down"}}}"#;
        let loaded = load::load("a.json", text.as_bytes());
        let completion = &loaded.completions[0];
        let mapped = mapping::map(completion, &Edits::none(), &Context::at(0));
        let summary = Summary::of(completion, &mapped, false);
        assert_eq!((summary.has_event, summary.user.as_str()), (false, ""));
        for (filter, fits) in [
            ("user:har", true),
            ("har-2", true),
            ("model:b-mini", true),
            ("user:ada", false),
        ] {
            let found = Filter::parse(filter).fits(&summary, false, None);
            assert_eq!(matches!(found, Fit::Yes(_)), fits, "{filter}");
        }
    }

    #[test]
    fn a_completion_without_an_event_is_called_by_the_reason() {
        let check = |record: &str, expected: &str| {
            let loaded = load::load("log.ndjson", format!("{record}\n{record}\n").as_bytes());
            let completion = &loaded.completions[1];
            let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
            assert_eq!(Summary::of(completion, &mapped, false).title, expected);
        };
        check(
            r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"Hi there"}]},"response":{"choices":[{"message":{"content":"Hello"}}]}}"#,
            "Hi there",
        );
        // Characters are counted, and what is left out is told.
        let long = "слово ".repeat(40);
        let cut: String = long.chars().take(99).collect();
        check(
            &format!(
                r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"{long}"}}]}},"response":{{"choices":[{{"message":{{"content":"Hello"}}}}]}}}}"#
            ),
            &format!("{cut}…"),
        );
        // What has no answer yet is called by what it asks.
        check(
            r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"First"},{"role":"user","content":[{"type":"text","text":"Hi  there"}]}]}}"#,
            "Hi there",
        );
        check(
            r#"{"request":{"model":"a/b","messages":[]},"response":{"error":{"code":429,"message":"Slow down"}}}"#,
            "OpenRouter answered with error 429: Slow down",
        );
    }
}
