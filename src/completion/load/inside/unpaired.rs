//! Halves of completions, requests and responses, until the object is found that holds both.

use std::sync::Arc;

use crate::completion::load::shape;
use crate::completion::source_map::SourceMap;
use crate::completion::{Place, Stream};
use crate::json::{Document, Limits};

/// A part of a completion that waits for its other half.
#[derive(Clone)]
pub(super) struct Half {
    pub(super) text: Arc<str>,
    pub(super) map: SourceMap,
    pub(super) pointer: String,
    pub(super) place: Place,
    pub(super) what: &'static str,
    pub(super) stream: Option<Stream>,
}

impl Half {
    /// Whether it is an error's body that tells by itself that it is OpenRouter's.
    pub(super) fn is_of_openrouter(&self) -> bool {
        let doc = Document::parse(Arc::clone(&self.text), Limits::default());
        doc.is_ok_and(|doc| shape::is_error_of_openrouter(doc.root()))
    }
}

/// The parts found below a value that are not paired yet.
#[derive(Default)]
pub(super) struct Unpaired {
    pub(super) requests: Vec<Half>,
    pub(super) responses: Vec<Half>,
    /// Bodies of refused requests. Without a request of their own they may be anybody's.
    pub(super) errors: Vec<Half>,
    /// Responses in one list, which answer the same request: retries, or several samples of a model.
    pub(super) tries: Vec<Half>,
}

impl Unpaired {
    /// Adds what was found further in.
    pub(super) fn extend(&mut self, below: Unpaired) {
        self.requests.extend(below.requests);
        self.responses.extend(below.responses);
        self.errors.extend(below.errors);
        self.tries.extend(below.tries);
    }

    /// Of the answers in one list, what answers the request beside the list: those that are no errors, else the
    /// last error.
    pub(super) fn of_list(self) -> Unpaired {
        let mut unpaired = Unpaired::default();
        match self.responses.len() {
            0 => unpaired.errors.extend(self.errors.into_iter().last()),
            1 => unpaired.responses = self.responses,
            _ => unpaired.tries = self.responses,
        }
        unpaired
    }
}

/// Whether requests and responses stand in turn, so that each response is that of the request before it.
pub(super) fn are_in_turn(unpaired: &Unpaired) -> bool {
    let (requests, responses) = (&unpaired.requests, &unpaired.responses);
    let follows =
        |(request, response): (&Half, &Half)| request.place.offset <= response.place.offset;
    let pairs = requests.iter().zip(responses);
    match requests.len() {
        0 => false,
        // One of each belong together, however they are ordered.
        1 => true,
        _ => {
            let nexts = responses.iter().zip(requests.iter().skip(1));
            let mut is_next_later =
                nexts.map(|(response, next)| response.place.offset < next.place.offset);
            pairs.into_iter().all(follows) && is_next_later.all(|is_later| is_later)
        }
    }
}
