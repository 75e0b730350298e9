//! What an answer means and what to do about it. Raindrop's answers are known from its documentation: any 2xx is
//! success whatever the body, and everything else is explained in plain words.

use super::{fault::Fault, plain::first_useful_line, retry::RetryAfter};

/// The outcome of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The head of an answer came; its body may be missing, garbage or cut.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header, when it was there and readable.
        retry_after: Option<RetryAfter>,
        /// At most 64 KiB of the body; bytes that are not UTF-8 are replaced, the write key masked.
        body: String,
        /// Whether more of the body was announced or sent than is in `body`.
        body_truncated: bool,
    },
    /// No answer came.
    Fault(Fault),
}

/// Whether the event was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryVerdict {
    /// Any 2xx.
    Accepted,
    /// Anything else.
    Refused(Retry),
}

/// Whether sending the same bytes again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It may: 429, 5xx, or a network fault.
    Worthwhile,
    /// It will not: the request itself is refused.
    Pointless,
}

/// What went wrong, and what a person does about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{says} {help}")]
pub struct Failure {
    /// What happened, in plain words.
    pub says: String,
    /// What to do; empty where there is nothing to be done.
    pub help: String,
}

impl Failure {
    /// What happened and what to do, each a sentence.
    pub fn new(says: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            says: says.into(),
            help: help.into(),
        }
    }
}

impl AttemptOutcome {
    /// Whether the event was taken, and if not, whether to try again.
    #[must_use]
    pub const fn verdict(&self) -> DeliveryVerdict {
        match self {
            Self::Answered { status, .. } => match *status {
                200..=299 => DeliveryVerdict::Accepted,
                408 | 429 | 500..=599 => DeliveryVerdict::Refused(Retry::Worthwhile),
                _ => DeliveryVerdict::Refused(Retry::Pointless),
            },
            Self::Fault(fault) if fault.is_passing() => DeliveryVerdict::Refused(Retry::Worthwhile),
            Self::Fault(_) => DeliveryVerdict::Refused(Retry::Pointless),
        }
    }

    /// What happened, in plain words, with the server's own reason where it gave one.
    #[must_use]
    pub fn says(&self) -> String {
        self.says_to(true)
    }

    /// The same to whoever sent a key of theirs, or had none to send.
    #[must_use]
    pub fn says_to(&self, has_key: bool) -> String {
        let (status, body) = match self {
            Self::Fault(fault) => return fault.says(),
            Self::Answered { status, body, .. } => (*status, body),
        };
        let happened = match status {
            401 if !has_key => "A write key is wanted",
            200..=299 => return format!("Accepted ({status})."),
            300..=399 => "The server points to another address; the write key is not sent there",
            400 => "The server finds the request malformed",
            401 => "The write key was refused",
            403 => "The write key may not write to this project",
            404 => "The server does not know this path",
            405 => "The server does not take events at this path",
            408 => "The server did not get the whole request in time",
            413 => "The event is larger than the server takes",
            429 => "The server asks for fewer requests",
            500..=599 => "The server failed",
            _ => "The server gave an answer that Raindrop does not give",
        };
        match first_useful_line(body) {
            Some(line) => format!("{happened} ({status}): {line}"),
            None => format!("{happened} ({status})."),
        }
    }

    /// The status of the answer, if there was one.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Fault(_) => None,
        }
    }

    /// The most useful line of the answer's body, fit to show; see [`first_useful_line`].
    #[must_use]
    pub fn useful_line(&self) -> Option<String> {
        match self {
            Self::Answered { body, .. } => first_useful_line(body),
            Self::Fault(_) => None,
        }
    }

    /// What happened and what to do about it, where the event was not taken.
    #[must_use]
    pub fn failure(&self) -> Failure {
        self.failure_to(true)
    }

    /// The same to whoever sent a key of theirs, or had none to send.
    #[must_use]
    pub fn failure_to(&self, has_key: bool) -> Failure {
        let help = match self.status() {
            Some(401) if !has_key => {
                "Give it one: set RAINDROP_WRITE_KEY, or save one with `rainscope connect` or in the destination window."
            }
            _ => self.help(),
        };
        Failure::new(self.says_to(has_key), help)
    }

    /// What to do about it; empty after success.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        let status = match self {
            Self::Fault(fault) => return fault.help(),
            Self::Answered { status, .. } => *status,
        };
        match status {
            200..=299 => "",
            300..=399 | 404 | 405 => {
                "Check the base URL: Raindrop's is https://api.raindrop.ai, without a path."
            }
            400 => "Change what the server names; the same bytes will be refused again.",
            401 => "Check the write key; `rainscope config show` says where it comes from.",
            403 => {
                "Check the project slug, and that the write key belongs to the same organisation."
            }
            408 => "Check the network, then send again.",
            413 => "Keep an event below 1 MiB, input and output below 1,000,000 characters each.",
            429 => {
                "Wait a little, then send again; an event that is sent again with its id counts once."
            }
            500..=599 => "Send again later; an event that is sent again with its id counts once.",
            _ => "Check that the base URL is Raindrop's.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_told() {
        use DeliveryVerdict::{Accepted, Refused};
        use Retry::{Pointless, Worthwhile};
        let table = [
            (200, Accepted, "Accepted (200)."),
            (204, Accepted, "Accepted (204)."),
            (302, Refused(Pointless), "points to another address"),
            (400, Refused(Pointless), "malformed (400): BAD: /0/event"),
            (401, Refused(Pointless), "write key was refused (401)"),
            (403, Refused(Pointless), "this project (403)"),
            (404, Refused(Pointless), "know this path (404)"),
            (413, Refused(Pointless), "larger than"),
            (418, Refused(Pointless), "does not give (418)"),
            (429, Refused(Worthwhile), "fewer requests (429)"),
            (500, Refused(Worthwhile), "server failed (500)"),
            (503, Refused(Worthwhile), "server failed (503)"),
        ];
        for (status, verdict, says) in table {
            let outcome = AttemptOutcome::Answered {
                status,
                retry_after: None,
                body: r#"{"error":{"code":"BAD","message":"/0/event"}}"#.to_owned(),
                body_truncated: false,
            };
            assert_eq!(outcome.verdict(), verdict, "{status}");
            assert!(outcome.says().contains(says), "{}", outcome.says());
            assert_eq!(outcome.help().is_empty(), verdict == Accepted, "{status}");
            // A key that was not sent was not refused.
            let keyless = outcome.failure_to(false);
            let is_about_key = status == 401;
            assert_eq!(keyless.says != outcome.says(), is_about_key, "{status}");
            assert!(!keyless.says.contains("key was refused"), "{status}");
            assert_eq!(keyless.help.contains("RAINDROP_WRITE_KEY"), is_about_key);
        }
    }
}
