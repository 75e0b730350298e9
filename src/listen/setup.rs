//! How to send calls and deliveries here, in the words that both the terminal and the inspector show.

use std::net::SocketAddr;

use crate::proxy::{LISTEN, Token};

/// How to point an app at a running proxy.
#[must_use]
pub fn for_apps(addr: SocketAddr) -> Vec<String> {
    let port = match addr.to_string() == LISTEN {
        true => String::new(),
        false => format!(" --listen {addr}"),
    };
    vec![
        "Set your app's base URL:".to_owned(),
        format!("  OPENAI_BASE_URL=http://{addr}/api/v1"),
        format!("  ANTHROPIC_BASE_URL=http://{addr}/api"),
        "or the variables of all clients:".to_owned(),
        format!("  eval \"$(rainscope listen{port} --print-env)\""),
        "or see what a client needs:".to_owned(),
        format!("  rainscope listen{port} --show CLIENT"),
    ]
}

/// What to enter in OpenRouter's form, so that Broadcast deliveries come here (its documentation, Broadcast to a webhook).
#[must_use]
pub fn for_deliveries(addr: SocketAddr, token: &Token) -> Vec<String> {
    vec![
        format!("For Broadcast deliveries, lead a tunnel of yours to {addr}."),
        "Then enter a Webhook destination at openrouter.ai/settings/observability:".to_owned(),
        "  URL      https://YOUR-TUNNEL/broadcast".to_owned(),
        "  Method   POST".to_owned(),
        format!(
            "  Headers  {{\"Authorization\": \"Bearer {}\"}}",
            token.reveal()
        ),
        "An OpenTelemetry destination takes https://YOUR-TUNNEL/v1/traces and the same header."
            .to_owned(),
    ]
}
