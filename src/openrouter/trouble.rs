//! What went wrong with a request to OpenRouter, and what a person does about it.

use crate::delivery::fault::Fault;
use crate::delivery::plain::first_useful_line;

/// Why there is no answer, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub says: String,
    /// What to do.
    pub help: String,
}

impl Trouble {
    fn new(says: impl Into<String>, help: &str) -> Trouble {
        Trouble {
            says: says.into(),
            help: help.to_owned(),
        }
    }

    /// OpenRouter answered with an error (its documentation lists the statuses).
    pub(super) fn of_status(status: u16, body: &str) -> Trouble {
        let (happened, help) = match status {
            400 | 422 => (
                "OpenRouter finds the request malformed",
                "Change what it names: e edits the trace, the rest is in the file.",
            ),
            401 => (
                "The API key was refused",
                "Check OPENROUTER_API_KEY against https://openrouter.ai/settings/keys.",
            ),
            402 => (
                "There are not enough credits",
                "Add credits at https://openrouter.ai/settings/credits, or use a model that ends in :free.",
            ),
            403 => (
                "The request is not allowed",
                "Read the reason: moderation, or a key that may not use this model.",
            ),
            404 => (
                "No such model or path",
                "Check the request's model, and RAINSCOPE_OPENROUTER_URL where it is set.",
            ),
            408 | 504 => (
                "The model did not answer in time",
                "Try again, or another model.",
            ),
            413 => ("The request is too large", "Shorten it."),
            429 => (
                "Too many requests",
                "Wait a little, then try again; models that end in :free have low limits.",
            ),
            500..=599 => (
                "The provider or OpenRouter failed",
                "Try again later, or another model.",
            ),
            _ => (
                "OpenRouter gave an unusual answer",
                "Check RAINSCOPE_OPENROUTER_URL, where it is set.",
            ),
        };
        Trouble::new(
            match first_useful_line(body) {
                Some(line) => format!("{happened} ({status}): {line}"),
                None => format!("{happened} ({status})."),
            },
            help,
        )
    }

    /// An error in the middle of a stream.
    pub(super) fn in_stream(says: &str) -> Trouble {
        Trouble::new(
            format!("The answer broke off with an error: {says}"),
            "What came before it is loaded all the same; try again for a whole answer.",
        )
    }

    /// A body that is neither JSON nor a stream.
    pub(super) fn not_json(body: &str) -> Trouble {
        let line = first_useful_line(body).unwrap_or_default();
        Trouble::new(
            format!("The answer is no JSON: {line}"),
            "Check RAINSCOPE_OPENROUTER_URL, where it is set: something else answers there.",
        )
    }

    /// The connection was cut in the middle of the answer.
    pub(super) fn cut() -> Trouble {
        Trouble::new(
            "The connection was cut in the middle of the answer.",
            "Check the network, then try again.",
        )
    }

    /// Nothing came for a long time.
    pub(super) fn silent(seconds: u64) -> Trouble {
        Trouble::new(
            format!("Nothing came for {seconds} s."),
            "Try again, or another model.",
        )
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::new(fault.says(), fault.help())
    }
}
