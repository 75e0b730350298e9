//! The request as a curl command. The write key is named by its variable and never stands in it.

use crate::event::wire::WireRequest;

/// A command for a POSIX shell that sends the very same bytes.
pub fn command(base_url: &str, request: &WireRequest) -> String {
    let body = String::from_utf8_lossy(&request.body);
    format!(
        "curl -sS -X POST {} \\\n  -H \"Authorization: Bearer $RAINDROP_WRITE_KEY\" \\\n  -H 'Content-Type: application/json' \\\n  --data-binary {}",
        quoted(&format!(
            "{}{}",
            base_url.trim_end_matches('/'),
            request.route.path()
        )),
        quoted(&body)
    )
}

/// A word for a POSIX shell, in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::wire::Route;

    #[test]
    fn quotes_for_the_shell() {
        let request = WireRequest {
            route: Route::Track,
            event_id: "e".to_owned(),
            body: br#"[{"a":"it's $HOME"}]"#.as_slice().into(),
        };
        let command = command("http://127.0.0.1:1/", &request);
        assert!(command.contains("'http://127.0.0.1:1/v1/events/track'"));
        assert!(command.ends_with(r#"--data-binary '[{"a":"it'\''s $HOME"}]'"#));
        assert!(command.contains("$RAINDROP_WRITE_KEY"));
    }
}
