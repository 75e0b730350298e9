//! What filter, sorting and overview know of a completion, worked out together with its line in the list,
//! so that each completion is mapped once for all of them.

use crate::completion::{Api, Completion};
use crate::event::Section;
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
    /// Bytes of the completion, as a measure of what it costs to look at.
    pub bytes: usize,
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
            bytes: completion.document().text().len(),
        }
    }
}
