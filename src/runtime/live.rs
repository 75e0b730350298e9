//! A request through OpenRouter as a task; its news come as messages.

use tokio::sync::mpsc::UnboundedSender;

use crate::app::Msg;
use crate::app::live::News;
use crate::app::send::Ticket;
use crate::delivery::cancel::Cancelled;
use crate::openrouter::{self, ApiKey, Request, Told, Trouble};
use crate::settings::Environment;

/// Makes the request with the key of the environment.
pub(super) async fn run(
    environment: Environment,
    ticket: Ticket,
    request: Request,
    sender: UnboundedSender<Msg>,
    mut cancelled: Cancelled,
) {
    let tell = |news| {
        let _ = sender.send(Msg::Live(ticket, news));
    };
    let base_url = openrouter::base_url(environment.get(openrouter::BASE_URL));
    let key = environment.get(openrouter::API_KEY).and_then(ApiKey::new);
    let (base_url, key) = match (base_url, key) {
        (Ok(base_url), Some(key)) => (base_url, key),
        (Err(says), _) => {
            tell(News::Ended(Err(Trouble {
                says,
                help: "Set it, then start again.".to_owned(),
            })));
            return;
        }
        (_, None) => {
            tell(News::Ended(Err(Trouble {
                says: format!("{} holds no key.", openrouter::API_KEY),
                help: "Make one at https://openrouter.ai/settings/keys, then start again."
                    .to_owned(),
            })));
            return;
        }
    };
    let told = |told| {
        tell(match told {
            Told::Began(status) => News::Began(status),
            Told::Text(text) => News::Text(text),
        });
    };
    tokio::select! {
        biased;
        () = cancelled.cancelled() => {}
        answer = openrouter::ask(&base_url, &key, &request, told) => tell(News::Ended(answer)),
    }
}
