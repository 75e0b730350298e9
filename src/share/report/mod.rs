//! A report to hand to others: completions with their events, where each value came from, and what was found.
//!
//! An HTML report is one file that asks nothing of a network: its data is JSON in one element, drawn by a script whose
//! hash the page's policy names. Its shape, with `#` for a number of `texts` or `steps`:
//!
//! ```text
//! {"rainscope_report": 1, "made_by", "made_at", "text": "withheld" | "included",
//!  "destination": {"base_url", "headers": [[name, value]…]},
//!  "completions": [{
//!    "name", "place", "loaded_as",
//!    "sample": {…},                             the completion as a sample, withheld texts replaced
//!    "numbers": {pointer: text},                numbers of the sample that need their own spelling
//!    "request": {"path", "body": "…", "numbers"},             with privacy mode on
//!    "request_with_text": {…},                  with privacy mode off, where text is included
//!    "kept_back": [[pointer, characters]…],     what privacy mode keeps back
//!    "from": [[#pointer, #step, [#source…], 1 if edited]…],
//!    "privacy": "no leak found",  or  "no_event": "why",
//!    "fates": [[#pointer, #word, #sentence]…],  values that go nowhere
//!    "findings": [[#code, #severity, #pointer, #sentence]…],
//!    "delivery": {"at", "to", "ended"},
//!    "masked": how many values were replaced}…],
//!  "texts": ["…"], "steps": [[name, words, confidence]…]}
//! ```
//!
//! It loads again as samples (`completion::load`).

mod body;
mod html;
mod keys;
mod markdown;
mod record;
mod tables;
mod withhold;

pub use body::{ReportBody, is_markdown};
pub use keys::ReportKeys;
pub use markdown::MarkdownReport;
pub use record::{ReportDelivery, ReportEntry};
pub use withhold::ReportText;

use self::record::{Shared, member};
use crate::event::DestinationKind;
use crate::json::{quote, write_items};
use crate::prepare::{Endpoint, SINK_KEY, USER_AGENT};

/// How a report is made.
#[derive(Debug, Clone)]
pub struct ReportOptions {
    /// Whether the conversation stands in it.
    pub text: ReportText,
    /// When it is made, as ISO 8601.
    pub made_at: String,
    /// Where the requests in it would go.
    pub endpoint: Endpoint,
    /// Whether that is a server on this machine which gets no key, but a word that stands for none.
    pub is_keyless: bool,
    /// Keys that stand nowhere in it.
    pub keys: ReportKeys,
}

/// The largest report, in bytes. Chosen: what a browser opens without trouble.
pub const LARGEST: usize = 256 << 20;

/// More completions were given than a report has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a report has room for {} MiB, which {completions} completions fill; give fewer of them", LARGEST >> 20)]
pub struct ReportFull {
    /// How many fit.
    pub completions: usize,
}

/// An HTML report in the making.
#[derive(Debug)]
pub struct HtmlReport {
    options: ReportOptions,
    shared: Shared,
    completions: String,
    count: usize,
}

impl HtmlReport {
    /// An empty one.
    #[must_use]
    pub fn new(options: ReportOptions) -> Self {
        Self {
            options,
            shared: Shared::default(),
            completions: String::new(),
            count: 0,
        }
    }

    /// Adds a completion.
    ///
    /// # Errors
    /// When the report is full; what was added before is in it.
    pub fn add(&mut self, entry: &ReportEntry<'_>) -> Result<(), ReportFull> {
        let before = self.completions.len();
        if before > 0 {
            self.completions.push(',');
        }
        record::write(
            entry,
            &self.options,
            &mut self.shared,
            &mut self.completions,
        );
        if self.completions.len() > LARGEST {
            self.completions.truncate(before);
            return Err(ReportFull {
                completions: self.count,
            });
        }
        self.count += 1;
        Ok(())
    }

    /// How many completions are in it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The page.
    #[must_use]
    pub fn page(&self) -> String {
        let is_withheld = self.options.text == ReportText::Withheld;
        let text = if is_withheld { "withheld" } else { "included" };
        let mut data = String::with_capacity(self.completions.len() + (1 << 16));
        member(&mut data, "{", "rainscope_report", "1");
        member(&mut data, ",", "made_by", &quote(USER_AGENT));
        member(&mut data, ",", "made_at", &quote(&self.options.made_at));
        member(&mut data, ",", "text", &quote(text));
        member(&mut data, ",", "destination", "");
        let endpoint = &self.options.endpoint;
        member(&mut data, "{", "base_url", &quote(&endpoint.base_url));
        data.push_str(",\"headers\":[");
        let is_keyless = self.options.is_keyless && endpoint.kind == DestinationKind::LocalSink;
        write_items(&mut data, endpoint.headers_shown(), |(name, value), out| {
            let value = match name == "Authorization" && is_keyless {
                true => format!("Bearer {SINK_KEY}"),
                false => value,
            };
            out.push_str(&format!("[{},{}]", quote(&name), quote(&value)));
        });
        data.push_str("]},\"completions\":[");
        data.push_str(&self.completions);
        data.push_str("],\"texts\":[");
        write_items(&mut data, self.shared.texts.values(), |text, out| {
            out.push_str(&quote(text));
        });
        data.push_str("],\"steps\":[");
        let steps = self.shared.steps.values();
        write_items(&mut data, steps, |(name, words, confidence), out| {
            let confidence = quote(confidence.name());
            out.push_str(&format!("[{},{},{confidence}]", quote(name), quote(words)));
        });
        data.push_str("]}");
        html::page("What Raindrop gets", &self.about(), &data)
    }

    fn about(&self) -> Vec<String> {
        let completions = counted(self.count);
        let made_at = &self.options.made_at;
        vec![
            format!(
                "{completions}, as OpenRouter's Broadcast sends them. Made by {USER_AGENT} on {made_at}."
            ),
            says_text(self.options.text).to_owned(),
        ]
    }
}

/// Whether the conversation is in a report, for people.
fn says_text(text: ReportText) -> &'static str {
    match text {
        ReportText::Withheld => {
            "The conversation's text is not in this file, nor are texts that may quote it: their lengths are. Secrets that were recognised are masked."
        }
        ReportText::Included => {
            "The conversation's text is in this file. Secrets that were recognised are masked."
        }
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 completion".to_owned(),
        count => format!("{count} completions"),
    }
}
