//! What sending all would send, told before it is confirmed. Completions that nobody has looked at are
//! looked at here, up to a bounded number of bytes, so that a large file does not hold up a key press.

use crate::inspector::Model;
use crate::inspector::library::LibraryItem;
use crate::mapping::{self, Code, Severity};

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
    /// The codes of these findings, each once.
    pub codes: Vec<Code>,
}

impl Forecast {
    fn add(&mut self, has_event: bool, codes: impl Iterator<Item = Code>) {
        if !has_event {
            return;
        }
        self.events += 1;
        let mut is_faulty = false;
        for code in codes.filter(|code| code.severity() == Severity::Error) {
            is_faulty = true;
            if !self.codes.contains(&code) {
                self.codes.push(code);
            }
        }
        self.faulty += usize::from(is_faulty);
    }
}

impl Model {
    /// Looks at what would be sent. Nothing is put into the library, since records that are read there
    /// may move others.
    pub(crate) fn forecast(&self, places: &[usize]) -> Forecast {
        let mut forecast = Forecast::default();
        let mut left = BYTES;
        for place in places {
            let Some(entry) = self.library.entry(*place) else {
                continue;
            };
            if let Some(known) = entry.summary() {
                forecast.looked += 1;
                forecast.add(known.has_event, known.facts.codes.iter().copied());
            } else if let Some(item) = self.library.item(*place).filter(|_| left > 0) {
                forecast.looked += 1;
                left = left.saturating_sub(self.look(&item, &mut forecast));
            }
        }
        forecast
    }

    /// Gives how many bytes were looked at.
    fn look(&self, item: &LibraryItem, forecast: &mut Forecast) -> usize {
        let mut bytes = 1;
        for completion in item.completions().0 {
            bytes += completion.document().text().len();
            let mapped = mapping::inspect(&completion, item.edits(), &self.context);
            let codes = mapped.findings.iter().map(|finding| finding.code);
            forecast.add(mapped.event().is_some(), codes);
        }
        bytes
    }
}
