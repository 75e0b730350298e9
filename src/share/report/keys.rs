//! The keys that this program was given: a payload may repeat them, whatever they look like.

use std::borrow::Cow;
use std::sync::Arc;

use crate::mapping::scan::secrets;
use crate::redact::Redactor;

/// What stands in place of a key.
pub(super) const MASKED: &str = "[masked]";

/// Keys that are masked in a report, and in what `check` prints, besides those that are known by their form.
#[derive(Debug, Clone, Default)]
pub struct ReportKeys(Arc<[Redactor]>);

impl ReportKeys {
    /// Of visible ASCII each; case makes no difference, and a part of eight characters gives one away.
    pub fn of<'k>(keys: impl IntoIterator<Item = &'k str>) -> ReportKeys {
        let redactors = keys.into_iter().map(|key| Redactor::with_mask(key, MASKED));
        ReportKeys(redactors.collect())
    }

    /// A text without keys.
    pub(crate) fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let masked = secrets::mask(text);
        self.0.iter().fold(masked, |text, redactor| {
            let redacted = redactor.redact(text.clone().into_owned());
            if redacted == *text {
                text
            } else {
                Cow::Owned(redacted)
            }
        })
    }
}
