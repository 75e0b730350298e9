//! What sending all would send, told before it is confirmed. Completions that nobody has looked at are
//! looked at here, up to a bounded number of bytes, so that a large file does not hold up a key press.

use std::collections::BTreeMap;

use crate::event::privacy::Privacy;
use crate::inspector::Model;
use crate::inspector::library::LibraryItem;
use crate::mapping::{self, Code, Severity};
use crate::prepare::{WorkshopNote, WorkshopRuns, prepare};

/// Bytes of completions that are looked at. Chosen: a few hundredths of a second.
const BYTES: usize = 2 << 20;

/// What sending all would send, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Completions that were looked at.
    pub looked: usize,
    /// Events that they make.
    pub events: usize,
    /// Events with a finding that is an error.
    pub faulty: usize,
    /// Events that say words of the conversation although privacy mode is on.
    pub leaking: usize,
    /// The codes of these findings, each once.
    pub codes: Vec<Code>,
    /// What a Workshop makes of the events, where they go to one, and of how many.
    pub notes: BTreeMap<WorkshopNote, usize>,
    /// Whether these notes are of the first events alone.
    pub are_notes_partial: bool,
}

impl Forecast {
    fn add(&mut self, has_event: bool, mode: Privacy, codes: impl Iterator<Item = Code>) {
        if !has_event {
            return;
        }
        self.events += 1;
        let (mut is_faulty, mut leaks) = (false, false);
        for code in codes.filter(|code| code.severity() == Severity::Error) {
            is_faulty = true;
            leaks |= code == Code::PrivacyLeak && mode == Privacy::On;
            if !self.codes.contains(&code) {
                self.codes.push(code);
            }
        }
        self.faulty += usize::from(is_faulty);
        self.leaking += usize::from(leaks);
    }

    /// `38 events of 41 completions go`, and whether that is all there is to know.
    pub fn says(&self, total: usize) -> String {
        let events = match self.events {
            1 => "1 event".to_owned(),
            count => format!("{count} events"),
        };
        let go = if self.events == 1 { "goes" } else { "go" };
        let completions = match total {
            1 => "1 completion".to_owned(),
            count => format!("{count} completions"),
        };
        match self.looked < total {
            true => format!("At least {events} of {completions} {go}"),
            false => format!("{events} of {completions} {go}"),
        }
    }
}

impl Model {
    /// Looks at what would be sent. Nothing is put into the library, since records that are read there
    /// may move others.
    pub(crate) fn forecast(&self, places: &[usize]) -> Forecast {
        let mut forecast = Forecast::default();
        let mut runs = self.workshop_runs(&self.destination.endpoint);
        let mut left = BYTES;
        for place in places {
            let Some(entry) = self.library.entry(*place) else {
                continue;
            };
            let known = entry.summary();
            // What a Workshop makes of an event follows from its content.
            let item = match (known, &runs) {
                (Some(_), None) => None,
                _ => self.library.item(*place).filter(|_| left > 0),
            };
            if let Some(item) = item {
                forecast.looked += 1;
                left = left.saturating_sub(self.look(&item, &mut forecast, runs.as_mut()));
            } else if let Some(known) = known {
                forecast.looked += 1;
                forecast.add(
                    known.has_event,
                    self.privacy,
                    known.facts.codes.iter().copied(),
                );
                forecast.are_notes_partial = runs.is_some();
            } else {
                forecast.are_notes_partial = runs.is_some();
            }
        }
        forecast
    }

    /// Gives how many bytes were looked at.
    fn look(
        &self,
        item: &LibraryItem,
        forecast: &mut Forecast,
        mut runs: Option<&mut WorkshopRuns>,
    ) -> usize {
        let mut bytes = 1;
        for completion in item.completions().0 {
            bytes += completion.document().text().len();
            let mapped = mapping::inspect(&completion, item.edits(), &self.context);
            let codes = mapped.findings.iter().map(|finding| finding.code);
            forecast.add(mapped.event().is_some(), self.privacy, codes);
            if let Some(runs) = &mut runs
                && let Ok(prepared) = prepare(&completion, item.edits(), &self.options())
            {
                for note in runs.take(&prepared.request.body) {
                    *forecast.notes.entry(note).or_default() += 1;
                }
            }
        }
        bytes
    }
}
