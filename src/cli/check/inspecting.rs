//! The part of a check that each completion takes by itself, on whichever thread: mapping it and scanning its event.

use std::sync::Arc;

use crate::cli::jobs::JobInput;
use crate::completion::load::{self, Loaded};
use crate::completion::{Completion, Edits};
use crate::mapping::{self, Context, Deliveries, Mapped, scan};
use crate::source::SourceUnit;

/// What completions are inspected with.
#[derive(Debug, Clone)]
pub(super) struct Inspecting {
    pub edits: Edits,
    /// What OpenRouter delivered, to compare exchanges with.
    pub deliveries: Arc<Deliveries>,
    pub context: Context,
}

impl Inspecting {
    /// What maps one completion after another, with all its findings.
    pub fn one_by_one(&self) -> impl FnMut(&Completion) -> Mapped + use<> {
        let Inspecting {
            edits,
            deliveries,
            context,
        } = self.clone();
        // What was read of the events' values, which repeat.
        let texts = scan::ReadTexts::default();
        move |completion| {
            let mut mapped = mapping::inspect_among(completion, &edits, &context, &texts);
            let differences = deliveries.differences(completion, &mapped);
            mapped.findings.extend(differences);
            mapped
        }
    }
}

/// What became of some records on another thread.
#[derive(Default)]
pub(super) struct CheckPage {
    /// Whether a file begins here.
    pub begins: Option<SourceUnit>,
    /// What is reported at the end of the file.
    pub records: load::RecordOutcomes,
    /// What each holds, and what was made of its completions.
    pub loaded: Vec<(Loaded, Vec<Mapped>)>,
}

impl CheckPage {
    /// Inspects what came next.
    pub fn of(input: JobInput, mut inspect: impl FnMut(&Completion) -> Mapped) -> CheckPage {
        let mut page = CheckPage::default();
        let mut inspected = |loaded: Loaded| {
            let mapped = loaded.completions.iter().map(&mut inspect).collect();
            (loaded, mapped)
        };
        match input {
            JobInput::Begin(unit) => page.begins = Some(unit),
            JobInput::Loaded(loaded) => page.loaded.push(inspected(loaded)),
            JobInput::Records(batch) => {
                for (bytes, origin) in batch.records() {
                    let mut loaded = Loaded::default();
                    load::load_slice(bytes, origin, &mut loaded);
                    page.records.take(&mut loaded);
                    page.loaded.push(inspected(loaded));
                }
            }
        }
        page
    }
}
