//! Copy and export: what is shared is made from the same event and the same bytes that are sent.

pub mod curl;
pub mod explain;
#[cfg(feature = "program")]
pub mod picture;
#[cfg(feature = "program")]
pub mod recording;
#[cfg(feature = "program")]
pub mod report;
pub mod sample;
pub mod snippet;

use crate::json::{Document, write_pretty};

/// JSON over several lines; a text that is no JSON as it is.
pub fn pretty_or_plain(text: &str) -> String {
    match Document::parse(text.into(), Default::default()) {
        Ok(doc) => {
            let mut out = String::new();
            write_pretty(doc.root(), &mut out);
            out
        }
        Err(_) => text.to_owned(),
    }
}
