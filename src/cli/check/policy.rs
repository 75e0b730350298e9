//! Which findings are reported, and which of them fail the check.
//!
//! Errors are always denied; `--deny` adds to them, `--allow` takes a code out of the report.

use crate::mapping::{Code, Severity};

/// A finding's code, or all findings of at least a severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingSelector {
    /// One code.
    Code(Code),
    /// A severity and all above it.
    AtLeast(Severity),
}

impl FindingSelector {
    /// Reads a code or a severity.
    ///
    /// # Errors
    /// What is wrong and which known name is nearest.
    pub fn parse(text: &str) -> Result<FindingSelector, String> {
        match text {
            "error" => return Ok(FindingSelector::AtLeast(Severity::Error)),
            "warning" => return Ok(FindingSelector::AtLeast(Severity::Warning)),
            "info" => return Ok(FindingSelector::AtLeast(Severity::Info)),
            _ => {}
        }
        code(text).map(FindingSelector::Code)
    }

    fn covers(self, code: Code) -> bool {
        match self {
            FindingSelector::Code(one) => one == code,
            FindingSelector::AtLeast(severity) => code.severity() >= severity,
        }
    }
}

/// Reads a finding's code.
///
/// # Errors
/// What is wrong and which known code is nearest.
pub fn code(text: &str) -> Result<Code, String> {
    Code::parse(text).ok_or_else(|| {
        let known = Code::ALL.iter().map(|code| code.as_str());
        format!("no finding has this code{}", did_you_mean(text, known))
    })
}

/// `; did you mean X?`, where a known name is near enough.
pub fn did_you_mean<'n>(text: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    match nearest(text, known) {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

/// The known name that a mistyped one most likely stands for.
pub fn nearest<'n>(text: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .map(|(_, name)| name)
}

/// What is denied and what is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Denied besides errors.
    pub deny: Vec<FindingSelector>,
    /// Not reported.
    pub allow: Vec<Code>,
}

impl Policy {
    /// Whether a finding with this code is reported.
    pub fn reports(&self, code: Code) -> bool {
        !self.allow.contains(&code)
    }

    /// Whether a finding with this code fails the check.
    pub fn denies(&self, code: Code) -> bool {
        code.severity() == Severity::Error || self.deny.iter().any(|which| which.covers(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denies_errors_and_what_it_is_told() {
        let check = |deny: &[&str], code, expected| {
            let deny = deny.iter().map(|text| FindingSelector::parse(text));
            let deny = deny.collect::<Result<Vec<_>, _>>().unwrap_or_default();
            let policy = Policy {
                deny,
                ..Policy::default()
            };
            assert_eq!(policy.denies(code), expected, "{code:?}");
        };
        check(&[], Code::PrivacyLeak, true);
        check(&[], Code::UserMissing, false);
        check(&["user-missing"], Code::UserMissing, true);
        check(&["user-missing"], Code::PrivacyLeak, true);
        check(&["warning"], Code::UserMissing, true);
        check(&["warning"], Code::SessionMissing, false);
        check(&["info"], Code::SessionMissing, true);
    }

    #[test]
    fn knows_the_nearest_name() {
        let check = |text, expected: &str| {
            assert_eq!(FindingSelector::parse(text), Err(expected.to_owned()));
        };
        check(
            "user-mising",
            "no finding has this code; did you mean `user-missing`?",
        );
        check("completely-else", "no finding has this code");
    }
}
