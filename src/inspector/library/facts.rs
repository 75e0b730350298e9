//! What filter, sorting and overview know of a completion, worked out together with its line in the list,
//! so that each completion is mapped once for all of them.

use crate::completion::{Api, Completion};
use crate::event::Section;
use crate::json::Value;
use crate::mapping::{Code, Mapped};

/// Characters of the input that the filter looks at.
const INPUT: usize = 160;

/// What is known of one completion and its event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The API it went through; none where it could not be read.
    pub api: Option<Api>,
    /// Which provider answered; empty where that is unknown.
    pub provider: String,
    /// The finish reason; empty where that is unknown.
    pub finish: String,
    /// The beginning of the input, in lower case.
    pub input: String,
    /// The codes of its findings, each once.
    pub codes: Vec<Code>,
    /// Its cost in US dollars.
    pub cost: Option<f64>,
    /// Prompt and completion tokens together.
    pub tokens: Option<f64>,
    /// How long it took, in milliseconds.
    pub duration: Option<f64>,
    /// The session, which groups calls; empty where there is none.
    pub session: String,
    /// How a captured call went, in a word or two; empty where there is nothing to say.
    pub went: String,
    /// Bytes of the completion, as a measure of what it costs to look at.
    pub bytes: usize,
}

/// Whether a captured call is not over.
pub fn is_open(completion: &Completion) -> bool {
    let ending = completion
        .captured()
        .and_then(|captured| captured.get("ending")?.str());
    ending.is_some_and(|ending| ending == "not yet")
}

/// How a captured call went: `waiting`, `streaming`, `429`, `cancelled`, `broken off`, `unreachable`; and whether
/// it repeats one that failed. Nothing of one that was answered.
fn went(completion: &Completion) -> String {
    let Some(captured) = completion.captured() else {
        return String::new();
    };
    let ending = captured
        .get("ending")
        .and_then(Value::str)
        .unwrap_or_default();
    let status = captured.get("status").and_then(Value::number);
    let failed = status.filter(|status| !status.starts_with('2'));
    let word = match (ending.as_ref(), failed) {
        ("not yet", _) if completion.response().is_none() => "waiting",
        ("not yet", _) => "streaming",
        ("complete", None) => "",
        ("complete", Some(status)) => status,
        (other, _) => other,
    };
    match captured.get("retry_of").and_then(Value::number) {
        Some(number) if word.is_empty() => format!("retry of {number}"),
        Some(number) => format!("{word}, retry of {number}"),
        None => word.to_owned(),
    }
}

impl Facts {
    /// Takes from a completion and its event what is asked for later.
    pub fn of(completion: &Completion, mapped: &Mapped) -> Facts {
        let shown = |section, key| {
            let field = mapped.event().and_then(|event| event.field(section, key));
            field.map(|field| field.value.shown().into_owned())
        };
        let number = |key| shown(Section::Properties, key)?.parse().ok();
        let mut codes: Vec<Code> = mapped.findings.iter().map(|found| found.code).collect();
        codes.sort_unstable();
        codes.dedup();
        let input = shown(Section::AiData, "input").unwrap_or_default();
        Facts {
            api: Some(completion.api),
            provider: shown(Section::Properties, "provider").unwrap_or_default(),
            finish: shown(Section::Properties, "finish_reason").unwrap_or_default(),
            input: input.chars().take(INPUT).collect::<String>().to_lowercase(),
            codes,
            cost: number("total_cost"),
            tokens: number("total_tokens"),
            duration: number("duration_ms"),
            session: shown(Section::AiData, "convo_id").unwrap_or_default(),
            went: went(completion),
            bytes: completion.document().text().len(),
        }
    }
}
