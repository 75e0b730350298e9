//! Why nothing could be read back, and what to do about it.

use std::time::Duration;

use crate::delivery::fault::Fault;
use crate::delivery::question::Unanswered;

/// Why there is no answer to compare with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The key was refused.
    #[error(
        "the key was refused (401){0}: Raindrop's Query API takes a query key (RAINDROP_QUERY_API_KEY), and not the write key"
    )]
    Refused(String),
    /// The same of a server that was asked with the key that it got with the events.
    #[error("the write key was refused for reading (401){0}: check that it is this server's")]
    RefusedThere(String),
    /// The key may not read this.
    #[error("the key may not read there (403){0}: check the project and whose key it is")]
    Forbidden(String),
    /// The server leads elsewhere.
    #[error(
        "the answer is a redirect ({0}); it is not followed, so that the key goes nowhere else: check the address that was asked"
    )]
    Redirect(u16),
    /// Too many requests, or a server in trouble.
    #[error("the server is busy or in trouble ({status}){says}: verify again later")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// Its words, behind `: `.
        says: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// Another refusal.
    #[error("the server refused ({status}){says}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Its words, behind `: `.
        says: String,
    },
    /// Something else answers.
    #[error("the answer is no JSON{0}: check that the server answers such questions")]
    NotJson(String),
    /// JSON of another shape.
    #[error("the answer of {0} has no event in it: it does not answer such questions")]
    NotAnEvent(String),
    /// It knows neither the event nor of any question about events.
    #[error(
        "{0} answers 404 to questions about any event, so whether this one is stored there is not known: check the base URL, or look where that server shows what it got"
    )]
    TellsNothing(String),
    /// The answer is longer than is read.
    #[error("the answer is longer than {} MiB, which is the most that is read", .0 >> 20)]
    TooLarge(usize),
    /// The connection broke in the middle of the answer.
    #[error("the answer broke off ({0}): check the network, then verify again")]
    Cut(String),
    /// No answer came.
    #[error("{} {}", .0.says(), advice(.0))]
    Fault(Fault),
}

/// What to do about it. Reading sends nothing, so there is nothing to send again.
const fn advice(fault: &Fault) -> &'static str {
    match fault {
        Fault::Timeout { .. } | Fault::BrokenAnswer { .. } => "Verify again later.",
        fault => fault.help(),
    }
}

impl From<Unanswered> for ReadError {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Fault(fault) => ReadError::Fault(fault),
            Unanswered::Redirect { status, .. } => ReadError::Redirect(status),
            Unanswered::Cut(why) => ReadError::Cut(why),
            Unanswered::TooLarge(most) => ReadError::TooLarge(most),
        }
    }
}

impl ReadError {
    /// Whether the same question may fare better in a moment.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            ReadError::Busy { .. } | ReadError::Cut(_) => true,
            ReadError::Fault(fault) => {
                matches!(fault, Fault::Timeout { .. } | Fault::BrokenAnswer { .. })
            }
            _ => false,
        }
    }

    /// Whether no other event fares better.
    #[must_use]
    pub fn is_about_all(&self) -> bool {
        !matches!(self, ReadError::TooLarge(_) | ReadError::Status { .. })
    }

    /// How long the server asks to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            ReadError::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
