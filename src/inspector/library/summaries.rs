//! Each entry's summary is worked out when it is first asked for, and kept until the entry changes.

use super::listing::SliceBudget;
use super::{Library, Slot, Summary};
use crate::completion::Completion;
use crate::mapping::{self, Context, Mapped};

impl Library {
    /// Works out what the list shows of what is parsed, within a budget; records that are still bytes stay so.
    pub(crate) fn summarise_loaded(&mut self, context: &Context, mut budget: SliceBudget) {
        for index in 0..self.entries.len() {
            let entry = &self.entries[index];
            if entry.summary.is_some() || matches!(entry.slot, Slot::Raw(_, None)) {
                continue;
            }
            if !budget.is_left() {
                break;
            }
            self.summarise(index, context);
            budget.spend_on(self.entries[index].summary.as_deref());
        }
    }

    /// Works out what the list shows of an entry.
    pub fn summarise(&mut self, index: usize, context: &Context) {
        let entry = self.entries.get(index);
        if entry.is_none_or(|entry| entry.summary.is_some()) {
            return;
        }
        let Some(completion) = self.completion(index) else {
            let summary = self.entries[index].problem().map(Summary::of_problem);
            self.entries[index].summary = Some(Box::new(summary.unwrap_or_default()));
            return;
        };
        let mut mapped = mapping::inspect(&completion, &self.entries[index].edits, context);
        let differences = self.deliveries.differences(&completion, &mapped);
        mapped.findings.extend(differences);
        self.put_summary(index, &completion, &mapped);
    }

    /// Takes what the list shows of an entry from what is known of it already.
    pub fn put_summary(&mut self, index: usize, completion: &Completion, mapped: &Mapped) {
        if let Some(entry) = self.entries.get_mut(index) {
            let mut summary = Summary::of(completion, mapped, !entry.edits.is_empty());
            if entry.has_left {
                // Another record has its number now.
                summary.record = 0;
                summary.title.insert_str(0, "gone from its file: ");
            }
            entry.summary = Some(Box::new(summary));
        }
    }
}
