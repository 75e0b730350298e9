//! What filter, sorting and overview know of a completion, worked out together with its line in the list,
//! so that each completion is mapped once for all of them.

use crate::completion::{Api, Completion, TraceMetadata, time};
use crate::event::{Section, Source};
use crate::json::Value;
use crate::mapping::rules::TIMESTAMP;
use crate::mapping::{Code, Mapped};

/// Characters of the input, of the output and of the trace that are kept for the filter. Of what is longer, the
/// completion is read again.
const KEPT: usize = 300;

/// What is known of one completion and its event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The API it went through; none where it could not be read.
    pub api: Option<Api>,
    /// Which provider answered; empty where that is unknown.
    pub provider: String,
    /// The finish reason; empty where that is unknown.
    pub finish: String,
    /// When it ended, in milliseconds since 1970; none where nothing tells.
    pub time: Option<i64>,
    /// Its ids, each on a line: of the generation, the event, the trace and the session.
    pub ids: String,
    /// The beginning of the input, in lower case.
    pub input: String,
    /// The beginning of the output, in lower case.
    pub output: String,
    /// Keys and values of the trace, each pair on a line, in lower case.
    pub trace: String,
    /// Whether input, output or trace go on past what is kept of them.
    pub is_cut: bool,
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

/// Said of a request without anything that came of it, such as a curl command.
pub const UNANSWERED: &str = "no answer";

/// Whether it is a request without anything that came of it.
pub(crate) fn is_unanswered(completion: &Completion) -> bool {
    let parts = ["response", "delivery", "generation", "content", "activity"];
    let root = completion.document().root();
    let is_answered = parts.iter().any(|part| root.get_some(part).is_some());
    completion.captured().is_none() && completion.request().is_some() && !is_answered
}

/// How a captured call went: `waiting`, `streaming`, `429`, `cancelled`, `401, cancelled`, `broken off`, `unreachable`, `unreadable`,
/// `not kept`; and whether it repeats one that failed. Nothing of one that was answered.
fn went(completion: &Completion) -> String {
    let Some(captured) = completion.captured() else {
        return match is_unanswered(completion) {
            true => UNANSWERED.to_owned(),
            false => String::new(),
        };
    };
    let ending = captured
        .get("ending")
        .and_then(Value::str)
        .unwrap_or_default();
    let status = captured.get("status").and_then(Value::number);
    let failed = status.filter(|status| !status.starts_with('2'));
    let is_kept = captured.get("incomplete").is_none();
    let word = match (ending.as_ref(), failed) {
        ("not yet" | "complete", None) if !is_kept => "not kept",
        ("complete", None) if completion.response().is_none() => "unreadable",
        ("not yet", _) if completion.response().is_none() => "waiting",
        ("not yet", _) => "streaming",
        ("complete", None) => "",
        ("complete", Some(status)) => status,
        (other, Some(status)) => &format!("{status}, {other}"),
        (other, None) => other,
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
        let mut is_cut = false;
        let mut begin = |text: String| {
            let end = text.char_indices().nth(KEPT);
            is_cut |= end.is_some();
            text[..end.map_or(text.len(), |(at, _)| at)].to_lowercase()
        };
        let text = |key| shown(Section::AiData, key).unwrap_or_default();
        let [input, output] = ["input", "output"].map(|key| begin(text(key)));
        let trace = begin(trace_in_lines(&mapped.metadata));
        Facts {
            time: time(mapped),
            ids: ids(completion, mapped),
            api: Some(completion.api),
            provider: shown(Section::Properties, "provider").unwrap_or_default(),
            finish: shown(Section::Properties, "finish_reason").unwrap_or_default(),
            input,
            output,
            trace,
            is_cut,
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

/// When the generation ended. The time of sending, which stands in where nothing tells, is none.
fn time(mapped: &Mapped) -> Option<i64> {
    let field = mapped.event()?.field(Section::Top, "timestamp")?;
    if *field.provenance.step == TIMESTAMP.sending {
        return None;
    }
    i64::try_from(time::millis_of_iso(&field.value.shown())?).ok()
}

/// The ids that the event has, and the generation's own, which its event id is made of.
fn ids(completion: &Completion, mapped: &Mapped) -> String {
    const FIELDS: [(Section, &str); 3] = [
        (Section::Top, "event_id"),
        (Section::Properties, "trace_id"),
        (Section::AiData, "convo_id"),
    ];
    let mut ids = String::new();
    let mut put = |id: &str| {
        ids.push_str(id);
        ids.push('\n');
    };
    let fields = FIELDS.map(|(section, key)| mapped.event()?.field(section, key));
    for (at, field) in fields.into_iter().enumerate() {
        let Some(field) = field else { continue };
        if let (0, [Source::Node(id)]) = (at, field.provenance.sources.as_slice()) {
            put(&completion.document().at(*id).str().unwrap_or_default());
        }
        put(&field.value.shown());
    }
    ids
}

/// Keys and values of the trace, each pair on a line.
pub(crate) fn trace_in_lines(metadata: &TraceMetadata) -> String {
    let lines = metadata.trace.iter().map(|entry| {
        let value = entry.value.shown();
        format!("{}={value}\n", entry.key)
    });
    lines.collect()
}
