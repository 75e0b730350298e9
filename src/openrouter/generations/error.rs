//! Why a generation could not be read, and what to do about it.

use std::time::Duration;

use crate::delivery::fault::Fault;
use crate::delivery::question::Unanswered;
use crate::openrouter::failure::help;

/// Why there is no record, no content or no list of ids. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No key, or none that can be sent.
    #[error("{0} is not set, or is no key: {1}")]
    Key(&'static str, &'static str),
    /// The base URL is none.
    #[error("{0}")]
    BaseUrl(String),
    /// There is no such generation, as far as this key may know.
    #[error(
        "OpenRouter has no such generation for this key (404): check the id; a key reads only what it made itself, a \
         management key all of its account"
    )]
    Absent,
    /// The account has no analytics.
    #[error(
        "this account has no analytics endpoint (404), so OpenRouter cannot list its generations: name their ids, or \
         load the activity export (openrouter.ai/activity)"
    )]
    NoAnalytics,
    /// The key was refused.
    #[error("the API key was refused (401){0}: check it against openrouter.ai/settings/keys")]
    Refused(String),
    /// The key may not do this.
    #[error(
        "this key may not read it (403){0}: use the key that made the generation, or a management key \
         (openrouter.ai/settings/management-keys)"
    )]
    Forbidden(String),
    /// OpenRouter leads elsewhere.
    #[error(
        "the answer is a redirect ({status}) to {to}; it is not followed, so that the key goes nowhere else: check \
         RAINSCOPE_OPENROUTER_URL or `listen --upstream`"
    )]
    Redirect {
        /// The HTTP status.
        status: u16,
        /// Where to, for a person.
        to: String,
    },
    /// Too many requests, or a server in trouble.
    #[error("OpenRouter is busy or in trouble ({status}){says}{}", asked(*retry_after))]
    Busy {
        /// The HTTP status.
        status: u16,
        /// The server's words, behind `: `.
        says: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// Another refusal.
    #[error("OpenRouter refused ({status}){says}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The server's words, behind `: `.
        says: String,
    },
    /// What answers is not OpenRouter.
    #[error(
        "the answer is no JSON of OpenRouter's{0}: check RAINSCOPE_OPENROUTER_URL or `listen --upstream`, where one is set"
    )]
    NotJson(String),
    /// The record of something else.
    #[error(
        "the answer is the record of {0:?}, another generation: check RAINSCOPE_OPENROUTER_URL or `listen --upstream`, where one is set"
    )]
    Other(String),
    /// The connection broke in the middle of the answer.
    #[error("the answer broke off ({0}): check the network, then try again")]
    Cut(String),
    /// The answer is longer than is read.
    #[error("the answer is longer than {} MiB, which is the most that is read", .0 >> 20)]
    TooLarge(usize),
    /// No answer came.
    #[error("{} {}", .0.says(), help(.0))]
    Fault(Fault),
}

/// What the server asks for, at the end of a sentence.
fn asked(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!("; it asks to wait {} s: try again then", wait.as_secs()),
        None => "; try again later".to_owned(),
    }
}

impl From<Unanswered> for FetchError {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Fault(fault) => FetchError::Fault(fault),
            Unanswered::Redirect { status, to } => FetchError::Redirect { status, to },
            Unanswered::Cut(why) => FetchError::Cut(why),
            Unanswered::TooLarge(most) => FetchError::TooLarge(most),
        }
    }
}

impl FetchError {
    /// Whether the same request may fare better in a moment.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            FetchError::Busy { .. } | FetchError::Cut(_) => true,
            // Nothing listens there, or it is no server: that takes a person.
            FetchError::Fault(fault) => {
                matches!(fault, Fault::Timeout { .. } | Fault::BrokenAnswer { .. })
            }
            _ => false,
        }
    }

    /// How long the server asks to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What is waited for, in a few words.
    pub(super) fn waiting_for(&self) -> String {
        match self {
            FetchError::Absent => "no record yet".to_owned(),
            FetchError::Busy { status: 429, .. } => "too many requests (429)".to_owned(),
            FetchError::Busy { status, .. } => format!("OpenRouter is in trouble ({status})"),
            FetchError::Cut(_) => "the answer broke off".to_owned(),
            other => other.to_string(),
        }
    }
}
