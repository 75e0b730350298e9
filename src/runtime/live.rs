//! Makes a request through OpenRouter, as a task that reports by messages.

use tokio::sync::mpsc::UnboundedSender;

use crate::delivery::answer::Failure;
use crate::delivery::cancel::Cancelled;
use crate::delivery::http::Client;
use crate::inspector::Msg;
use crate::inspector::windows::live::LiveReport;
use crate::inspector::windows::send::Ticket;
use crate::openrouter::{self, ApiKey, Deltas, PreparedRequest, Request, RequestError, Response};
use crate::settings::Environment;

/// Makes the request with the key from the environment.
pub(super) async fn run(
    environment: Environment,
    ticket: Ticket,
    prepared: PreparedRequest,
    sender: UnboundedSender<Msg>,
    cancelled: Cancelled,
) {
    let tell = |report| {
        let _ = sender.send(Msg::Live(ticket, report));
    };
    let ended = match request(&environment, prepared) {
        Ok(request) => ask(&request, tell, cancelled).await,
        Err(error) => Err(error),
    };
    match ended {
        // The model knows: it asked for this.
        Err(RequestError::Cancelled) => {}
        Err(error) => tell(LiveReport::Ended(Err(Failure::from(error)))),
        Ok((answer, deltas)) => {
            let judged = answer.judge(deltas.error.as_deref());
            tell(LiveReport::Ended(judged.map(|failure| (answer, failure))));
        }
    }
}

fn request(environment: &Environment, prepared: PreparedRequest) -> Result<Request, RequestError> {
    let key = environment.get(openrouter::API_KEY).unwrap_or_default();
    Ok(Request {
        api: prepared.api,
        body: prepared.body,
        base_url: openrouter::base_url(environment.get(openrouter::BASE_URL))?,
        key: ApiKey::new(key.to_owned())?,
    })
}

async fn ask(
    request: &Request,
    tell: impl Fn(LiveReport),
    cancelled: Cancelled,
) -> Result<(Response, Deltas), RequestError> {
    let (mut deltas, mut began) = (Deltas::new(&request.key), false);
    let arrives = |piece: &str| {
        if !std::mem::replace(&mut began, true) {
            tell(LiveReport::Began);
        }
        let text = deltas.take(piece.as_bytes());
        if !text.is_empty() {
            tell(LiveReport::Text(text));
        }
    };
    let client = Client::default();
    let answer = openrouter::ask(
        &client,
        request,
        openrouter::IDLE_TIMEOUT,
        arrives,
        cancelled,
    )
    .await?;
    let rest = deltas.finish();
    if !rest.is_empty() {
        tell(LiveReport::Text(rest));
    }
    Ok((answer, deltas))
}
