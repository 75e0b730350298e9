//! What went wrong with a request to OpenRouter, and what a person does about it.

use super::{RequestError, Response};
use crate::delivery::answer::Failure;
use crate::delivery::fault::Fault;
use crate::delivery::plain::first_useful_line;
use crate::json::JsonText;

/// What to do where no usable answer of OpenRouter's came.
pub(super) const fn help(fault: &Fault) -> &'static str {
    match fault {
        Fault::ConnectRefused { .. } => {
            "Start the server there, or name another: RAINSCOPE_OPENROUTER_URL or, with `listen`, --upstream."
        }
        Fault::Dns { .. } => {
            "Check the network connection and, where they are set, RAINSCOPE_OPENROUTER_URL and `listen --upstream`."
        }
        Fault::Tls { .. } => {
            "Check this machine's clock and its CA certificates and, where they are set, RAINSCOPE_OPENROUTER_URL and \
             `listen --upstream`."
        }
        Fault::Unreachable { .. } | Fault::ConnectTimeout { .. } => {
            "Check the network connection and any firewall or proxy, then try again."
        }
        Fault::Timeout { .. } | Fault::BrokenAnswer { .. } => {
            "Check the network connection, then try again."
        }
        Fault::Proxy { .. }
        | Fault::Client { .. }
        | Fault::Workshop { .. }
        | Fault::Silent { .. } => fault.help(),
    }
}

/// OpenRouter answered with an error (its documentation lists the statuses).
fn of_status(status: u16, body: &str) -> Failure {
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
            "Check the request's model and, where they are set, RAINSCOPE_OPENROUTER_URL and `listen --upstream`.",
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
            "Check RAINSCOPE_OPENROUTER_URL or `listen --upstream`, where one is set.",
        ),
    };
    Failure::new(
        match first_useful_line(body) {
            Some(line) => format!("{happened} ({status}): {line}"),
            None => format!("{happened} ({status})."),
        },
        help,
    )
}

/// An error in the middle of a stream.
fn in_stream(says: &str) -> Failure {
    Failure::new(
        format!("The answer broke off with an error: {says}"),
        "What came before it is loaded all the same; try again for a whole answer.",
    )
}

/// A body that is neither JSON nor a stream.
fn not_json(body: &str) -> Failure {
    let line = first_useful_line(body).unwrap_or_default();
    Failure::new(
        format!("The answer is no JSON: {line}"),
        "Something else answers there: check RAINSCOPE_OPENROUTER_URL or `listen --upstream`, where one is set.",
    )
}

/// The answer ends early.
fn cut(why: &str) -> Failure {
    Failure::new(
        format!("The answer was cut short: {why}."),
        "Check the network, then try again.",
    )
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Failure {
        match error {
            RequestError::Fault(fault) => Failure::new(fault.says(), help(&fault)),
            other => Failure::new(other.to_string(), ""),
        }
    }
}

impl Response {
    /// What is wrong with it, if it cannot be loaded as a sample; else what is wrong with a part of it.
    /// `error` is what a chunk of the stream told, see [`super::Deltas`].
    ///
    /// # Errors
    /// Where there is nothing to load.
    pub fn judge(&self, error: Option<&str>) -> Result<Option<Failure>, Failure> {
        if !self.is_success() {
            return Err(of_status(self.status, &self.text));
        }
        let text = self.text.trim_start();
        let fields = [":", "data:", "event:", "id:", "retry:"];
        let is_stream = fields.iter().any(|field| text.starts_with(field));
        if !is_stream {
            return match (&self.cut, JsonText::parse(text)) {
                (Some(why), _) => Err(cut(why)),
                (None, Err(_)) => Err(not_json(text)),
                (None, Ok(_)) => Ok(None),
            };
        }
        // What of a stream has come is worth loading.
        Ok(error.or(self.cut.as_deref()).map(in_stream))
    }
}
