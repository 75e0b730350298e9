//! A request through OpenRouter as a task; its news come as messages.

use tokio::sync::mpsc::UnboundedSender;

use crate::delivery::cancel::Cancelled;
use crate::delivery::http::Client;
use crate::inspector::Msg;
use crate::inspector::windows::live::Report;
use crate::inspector::windows::send::Ticket;
use crate::openrouter::{self, Answer, ApiKey, AskError, Asking, Deltas, Request, Trouble};
use crate::settings::Environment;

/// Makes the request with the key of the environment.
pub(super) async fn run(
    environment: Environment,
    ticket: Ticket,
    asking: Asking,
    sender: UnboundedSender<Msg>,
    cancelled: Cancelled,
) {
    let tell = |news| {
        let _ = sender.send(Msg::Live(ticket, news));
    };
    let ended = match request(&environment, asking) {
        Ok(request) => ask(&request, tell, cancelled).await,
        Err(error) => Err(error),
    };
    match ended {
        // The model knows, since it asked for it.
        Err(AskError::Cancelled) => {}
        Err(error) => tell(Report::Ended(Err(Trouble::from(error)))),
        Ok((answer, deltas)) => {
            let judged = answer.judge(deltas.error.as_deref());
            tell(Report::Ended(judged.map(|trouble| (answer, trouble))));
        }
    }
}

fn request(environment: &Environment, asking: Asking) -> Result<Request, AskError> {
    let key = environment.get(openrouter::API_KEY).unwrap_or_default();
    Ok(Request {
        api: asking.api,
        body: asking.body,
        base_url: openrouter::base_url(environment.get(openrouter::BASE_URL))?,
        key: ApiKey::new(key.to_owned())?,
    })
}

async fn ask(
    request: &Request,
    tell: impl Fn(Report),
    cancelled: Cancelled,
) -> Result<(Answer, Deltas), AskError> {
    let (mut deltas, mut began) = (Deltas::new(&request.key), false);
    let arrives = |piece: &str| {
        if !std::mem::replace(&mut began, true) {
            tell(Report::Began);
        }
        let text = deltas.take(piece.as_bytes());
        if !text.is_empty() {
            tell(Report::Text(text));
        }
    };
    let client = Client::default();
    let answer = openrouter::ask(&client, request, openrouter::SILENCE, arrives, cancelled).await?;
    let rest = deltas.finish();
    if !rest.is_empty() {
        tell(Report::Text(rest));
    }
    Ok((answer, deltas))
}
