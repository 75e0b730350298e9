//! A request as a curl command. The write key is named by its variable and never stands in it.

use crate::event::DestinationKind;
use crate::event::wire::WireRequest;
use crate::prepare::{Endpoint, HeaderValue, SINK_KEY};

/// A command for a POSIX shell that sends the very same bytes with the same headers. A Workshop gets no key, so
/// there the command names none; a sink gets the key that it has no use for.
pub fn command(endpoint: &Endpoint, request: &WireRequest) -> String {
    let mut words = vec![format!(
        "curl -sS -X POST {}",
        quoted(&endpoint.url(request.route))
    )];
    for (name, value) in endpoint.headers() {
        words.push(match value {
            HeaderValue::Text(text) => format!("-H {}", quoted(&format!("{name}: {text}"))),
            // A sink takes any key, so it is not given the real one.
            HeaderValue::WriteKey if endpoint.kind == DestinationKind::LocalSink => {
                format!("-H {}", quoted(&format!("{name}: Bearer {SINK_KEY}")))
            }
            HeaderValue::WriteKey => format!("-H \"{name}: Bearer $RAINDROP_WRITE_KEY\""),
        });
    }
    let body = String::from_utf8_lossy(&request.body);
    let word = quoted(&body);
    if word.len() > LONGEST_WORD {
        words.insert(0, format!("printf %s {word} |"));
        words.push("--data-binary @-".to_owned());
    } else {
        words.push(format!("--data-binary {word}"));
    }
    words.join(" \\\n  ")
}

/// The longest word that another program is given: Linux takes no more than 128 KiB for one. What the shell itself prints
/// has no such limit.
const LONGEST_WORD: usize = 100 << 10;

/// A word for a POSIX shell, in single quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::wire::Route;

    fn command_for(kind: DestinationKind, project: &str) -> String {
        let endpoint = Endpoint {
            kind,
            base_url: "http://127.0.0.1:1".to_owned(),
            project: project.to_owned(),
        };
        let request = WireRequest {
            route: Route::Track,
            event_id: "e".to_owned(),
            body: br#"[{"a":"it's $HOME"}]"#.as_slice().into(),
        };
        command(&endpoint, &request)
    }

    #[test]
    fn quotes_for_the_shell() {
        let command = command_for(DestinationKind::Raindrop, "");
        assert!(command.contains("'http://127.0.0.1:1/v1/events/track'"));
        assert!(command.ends_with(r#"--data-binary '[{"a":"it'\''s $HOME"}]'"#));
    }

    #[test]
    fn carries_the_headers_that_are_sent() {
        let command = command_for(DestinationKind::Raindrop, "mine");
        assert!(command.contains("-H \"Authorization: Bearer $RAINDROP_WRITE_KEY\""));
        assert!(command.contains("-H 'Content-Type: application/json'"));
        assert!(command.contains("-H 'X-Raindrop-Project-Id: mine'"));
        let sink = command_for(DestinationKind::LocalSink, "");
        assert!(sink.contains("Bearer local-sink"), "{sink}");
        let workshop = command_for(DestinationKind::Workshop, "");
        assert!(!workshop.contains("KEY"), "{workshop}");
        assert!(!workshop.contains("Project"), "{workshop}");
    }
}
