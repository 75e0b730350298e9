//! Which exchanges are completions: those that went to one of OpenRouter's APIs. Many things in the world
//! end in `/messages`, and other providers' completions are none of OpenRouter's.

use super::body::Body;
use super::message::{Exchange, OF_VENDORS};
use super::vendors::is_kind_of_client;
use crate::completion::generation_id;
use crate::completion::load::shape;
use crate::completion::load::streams::sse;
use crate::json::{Document, Limits, Value};

/// Ends of the paths of OpenRouter's APIs.
const COMPLETIONS: [&str; 4] = [
    "/chat/completions",
    "/completions",
    "/responses",
    "/messages",
];

/// Whether a whole URL is that of another server, and of a path that none of the APIs has.
pub(super) fn leads_elsewhere(url: &str) -> bool {
    let is_openrouter = |host: String| host == "openrouter.ai" || host.ends_with(".openrouter.ai");
    let is_of_api = COMPLETIONS.iter().any(|end| path(url).ends_with(end));
    url.contains("://") && !is_of_api && !host(url).is_some_and(is_openrouter)
}

/// Providers' own hosts, the ends of their names: what went there did not go through OpenRouter.
const PROVIDERS: [&str; 32] = [
    "api.openai.com",
    "api.anthropic.com",
    "openai.azure.com",
    "services.ai.azure.com",
    "googleapis.com",
    "amazonaws.com",
    "api.mistral.ai",
    "api.groq.com",
    "api.deepseek.com",
    "api.x.ai",
    "api.together.xyz",
    "api.together.ai",
    "api.cohere.com",
    "api.perplexity.ai",
    "api.fireworks.ai",
    "api.deepinfra.com",
    "api.cerebras.ai",
    "api.sambanova.ai",
    "api.moonshot.ai",
    "api.minimax.io",
    "api.z.ai",
    "api.writer.com",
    "api.venice.ai",
    "api.novita.ai",
    "api.hyperbolic.xyz",
    "api.ai21.com",
    "ai-gateway.vercel.sh",
    "router.huggingface.co",
    "models.github.ai",
    "api.githubcopilot.com",
    "router.requesty.ai",
    "integrate.api.nvidia.com",
];

/// Where a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ApiRoute {
    /// One of the APIs that complete.
    Completion,
    /// `GET /api/v1/generation`
    Generation,
    /// `GET /api/v1/generation/content`
    Content,
    /// Somewhere else.
    Other,
    /// The recording does not say.
    Unknown,
}

/// The provider whose own host this is.
pub(super) fn provider(host: &str) -> Option<&'static str> {
    let mut providers = PROVIDERS.into_iter();
    providers.find(|domain| is_of(host, domain))
}

/// Whether a response's text has something that OpenRouter writes, and few others do.
pub(super) fn has_marks(response: &str) -> bool {
    let has = |text: &&str| memchr::memmem::find(response.as_bytes(), text.as_bytes()).is_some();
    MARKS.iter().chain(&SIGNS).any(has)
}

/// Where an exchange went, by its method and path.
pub(super) fn route(exchange: &Exchange<'_>) -> ApiRoute {
    let Some(url) = exchange.url.as_deref() else {
        return ApiRoute::Unknown;
    };
    let path = path(url);
    let is_method = |name: &str| {
        exchange
            .method
            .as_deref()
            .is_none_or(|m| m.eq_ignore_ascii_case(name))
    };
    if path.ends_with("/generation") && is_method("GET") {
        return ApiRoute::Generation;
    }
    if path.ends_with("/generation/content") && is_method("GET") {
        return ApiRoute::Content;
    }
    // Cloudflare's gateway has the end alone.
    let is_end = |end: &str| path.ends_with(end) || end.strip_prefix('/') == Some(path);
    match COMPLETIONS.iter().any(|end| is_end(end)) && is_method("POST") {
        true => ApiRoute::Completion,
        false => ApiRoute::Other,
    }
}

/// Whether a request went to an address that is none of these APIs', so that its body may be anything.
pub(super) fn is_elsewhere(exchange: &Exchange<'_>) -> bool {
    route(exchange) == ApiRoute::Other
}

/// Whether OpenRouter was asked for something else than a completion.
pub(super) fn is_other_of_openrouter(exchange: &Exchange<'_>) -> bool {
    let host = exchange.url.as_deref().and_then(host);
    host.is_some_and(|host| is_of(&host, "openrouter.ai"))
        && route(exchange) != ApiRoute::Completion
}

fn path(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    url.trim_end_matches('/')
}

/// The generation that a URL asks for by `id=`.
pub(super) fn asked_id(url: &str) -> Option<&str> {
    let query = url.split_once('?')?.1;
    let query = query.split('#').next()?;
    query.split('&').find_map(|pair| pair.strip_prefix("id="))
}

/// The name of a URL's host, in small letters, without user, port and the like.
pub(super) fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.starts_with('[') {
        true => host,
        false => host.split(':').next()?,
    };
    Some(host.to_ascii_lowercase())
}

/// Whether a host is of a domain.
pub(super) fn is_of(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether an exchange is a completion of OpenRouter's.
///
/// # Errors
/// Why it is none, in a few words.
pub(super) fn is_completion(
    exchange: &Exchange<'_>,
    request: Option<Value<'_>>,
    limits: Limits,
) -> Result<(), String> {
    let host = exchange.url.as_deref().and_then(host);
    let url = exchange.url.as_ref().filter(|url| !url.is_empty());
    let whither = match (&exchange.method, url) {
        (Some(method), Some(url)) => format!("{} {}", method.to_uppercase(), shown(url)),
        (None, Some(url)) => shown(url),
        _ => "what came back".to_owned(),
    };
    let none = || Err(format!("{whither} is no completion"));
    let route = route(exchange);
    if route == ApiRoute::Other && is_passed_on(exchange, limits) {
        return Ok(());
    }
    if matches!(
        route,
        ApiRoute::Other | ApiRoute::Generation | ApiRoute::Content
    ) {
        return none();
    }
    let is_no_answer = |status: &u16| matches!(status, 100..200 | 300..400);
    if let Some(status) = exchange.status.filter(is_no_answer) {
        return Err(format!("{whither} was answered with {status}"));
    }
    let is_host = |domain: &str| host.as_deref().is_some_and(|host| is_of(host, domain));
    if route == ApiRoute::Completion && is_host("openrouter.ai") {
        return Ok(());
    }
    let has_id = exchange.response.headers.get("x-generation-id").is_some();
    if has_id || has_any(&exchange.response.body, &MARKS) || is_kept_alive(&exchange.response.body)
    {
        return Ok(());
    }
    if PROVIDERS.iter().any(|domain| is_host(domain)) {
        return Err(format!("{whither} did not go through OpenRouter"));
    }
    let headers = &exchange.response.headers;
    if let Some(name) = OF_VENDORS.iter().find(|name| headers.get(name).is_some()) {
        return Err(format!(
            "{whither} has a provider's own header (`{name}`), so it did not go through OpenRouter"
        ));
    }
    let is_other = |provider: &&String| {
        let may_be_own = provider.to_ascii_lowercase().contains("openrouter")
            || is_kind_of_client(provider) && has_slug(exchange, request, limits)
            || is_error_of_openrouter(&exchange.response.body, limits);
        !may_be_own
    };
    if let Some(provider) = exchange.provider.as_ref().filter(is_other) {
        let provider: String = provider.chars().take(40).collect();
        return Err(format!(
            "{whither} went to `{provider}`, not through OpenRouter"
        ));
    }
    let is_asked = request.is_some_and(shape::is_request);
    // Any server has errors of that form; where one was asked at `/messages`, nothing tells that it was for a model.
    let is_of_completions = |url: &str| path(url).ends_with("/completions");
    let may_be_error = exchange.url.as_deref().is_none_or(is_of_completions);
    let is_answered = match &exchange.response.body {
        Body::Text(text) => is_answer(&text.text, may_be_error, is_asked, limits),
        Body::Absent | Body::Unreadable { .. } => is_asked,
    };
    let has_failed = exchange.status.is_some_and(|status| status >= 400);
    if !(is_answered || is_asked && has_failed) {
        return none();
    }
    let body = &exchange.response.body;
    if exchange.url.is_none()
        && !is_asked
        && is_error(body, limits)
        && !is_error_of_openrouter(body, limits)
    {
        return Err("nothing tells that the error which came back is OpenRouter's".to_owned());
    }
    // Any server has completions of these forms: a model on this machine, a provider that is not in the list. A request
    // by itself is one of whoever wrote it down.
    let is_answered = exchange.status.is_some() || !matches!(exchange.response.body, Body::Absent);
    if is_answered && host.is_some() && !is_of_openrouter(exchange, request, limits) {
        return Err(format!(
            "neither the address nor the answer of {whither} is OpenRouter's"
        ));
    }
    Ok(())
}

/// Whether a server of any address handed on what OpenRouter answered, as it came: an application's own, that a page asks.
fn is_passed_on(exchange: &Exchange<'_>, limits: Limits) -> bool {
    let is_post = |method: &str| method.eq_ignore_ascii_case("POST");
    let Body::Text(text) = &exchange.response.body else {
        return false;
    };
    // A path alone stands in a program's own record of what it was asked.
    let is_own = exchange
        .url
        .as_deref()
        .is_some_and(|url| url.starts_with('/'));
    (is_own || exchange.method.as_deref().is_some_and(is_post))
        && exchange
            .status
            .is_none_or(|status| (200..300).contains(&status))
        && has_any(&exchange.response.body, &MARKS)
        && match sse::is_transcript(&text.text) {
            true => text.text.contains("\"gen-"),
            false => Document::parse(text.text.trim().into(), limits).is_ok_and(|doc| {
                let id = doc.root().get("id").and_then(Value::str);
                id.is_some_and(|id| generation_id::is_one(&id)) && shape::is_answer(doc.root())
            }),
        }
}

/// Whether something tells that a server of another name passed a request on to OpenRouter.
fn is_of_openrouter(exchange: &Exchange<'_>, request: Option<Value<'_>>, limits: Limits) -> bool {
    let says = |text: &str| text.to_ascii_lowercase().contains("openrouter");
    let model = request.and_then(|request| request.get("model")?.str());
    exchange.provider.is_some()
        || exchange.url.as_deref().is_some_and(says)
        || model.is_some_and(|model| model.starts_with("openrouter/"))
        || has_any(&exchange.response.body, &SIGNS)
        || is_error_of_openrouter(&exchange.response.body, limits)
}

/// Whether a model is asked or answered by a name as OpenRouter has them: `author/model`.
fn has_slug(exchange: &Exchange<'_>, request: Option<Value<'_>>, limits: Limits) -> bool {
    let is_slug = |body: Value<'_>| {
        let model = body.get("model").and_then(Value::str);
        model.is_some_and(|model| model.contains('/'))
    };
    let answered = match &exchange.response.body {
        Body::Text(text) => Document::parse(text.text.trim().into(), limits).ok(),
        Body::Absent | Body::Unreadable { .. } => None,
    };
    request.is_some_and(is_slug) || answered.is_some_and(|doc| is_slug(doc.root()))
}

/// Whether a body is an error that tells that it is OpenRouter's.
fn is_error_of_openrouter(body: &Body<'_>, limits: Limits) -> bool {
    let Body::Text(text) = body else { return false };
    Document::parse(text.text.trim().into(), limits)
        .is_ok_and(|doc| shape::is_error_of_openrouter(doc.root()))
}

/// Whether a body is an error's.
fn is_error(body: &Body<'_>, limits: Limits) -> bool {
    let Body::Text(text) = body else { return false };
    Document::parse(text.text.trim().into(), limits)
        .is_ok_and(|doc| shape::is_error_body(doc.root()))
}

/// Whether a text is the answer of one of the APIs, by its shape alone.
fn is_answer(text: &str, may_be_error: bool, is_asked: bool, limits: Limits) -> bool {
    if sse::is_transcript(text) {
        return [
            "\"choices\"",
            "\"response.",
            "message_start",
            "content_block",
        ]
        .iter()
        .any(|mark| text.contains(mark));
    }
    Document::parse(text.into(), limits).is_ok_and(|doc| {
        let root = doc.root();
        is_response(root) && (may_be_error || !shape::is_error_body(root))
            || is_asked && shape::answer_within(root).is_some()
    })
}

/// Whether a value is a response body of any API, an error's among them.
pub(super) fn is_response(value: Value<'_>) -> bool {
    shape::is_response(value)
}

/// What only OpenRouter writes.
const MARKS: [&str; 3] = [
    "\"native_finish_reason\"",
    "\"id\":\"gen-",
    "\"id\": \"gen-",
];

/// What OpenRouter writes, and few others do.
const SIGNS: [&str; 5] = [
    "\"provider\":",
    "\"cost\":",
    "\"is_byok\"",
    "\"cost_details\"",
    "\"gen-",
];

/// Whether a stream has a comment of OpenRouter's, a line of its own. A text may speak of it.
fn is_kept_alive(body: &Body<'_>) -> bool {
    let Body::Text(body) = body else { return false };
    let mut found = memchr::memmem::find_iter(body.text.as_bytes(), sse::PROCESSING.as_bytes());
    sse::is_transcript(&body.text)
        && found.any(|at| at == 0 || matches!(body.text.as_bytes()[at - 1], b'\n' | b'\r'))
}

/// Whether a body has one of these texts in it.
fn has_any(body: &Body<'_>, texts: &[&str]) -> bool {
    let Body::Text(body) = body else { return false };
    let has = |text: &&str| memchr::memmem::find(body.text.as_bytes(), text.as_bytes()).is_some();
    texts.iter().any(has)
}

/// A URL as it may be shown: without name, password and query, which hold keys, without what else may be one in its path,
/// and not long.
fn shown(url: &str) -> String {
    let (scheme, rest) = match path(url).split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), path(url)),
    };
    let mut parts = rest.split('/');
    let authority = parts.next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let mut shown = format!("{scheme}{authority}");
    for part in parts {
        shown.push('/');
        shown.push_str(if is_word(part) { part } else { "…" });
    }
    match shown.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

/// Whether a part of a path is a word of an API's, such as `v1` or `chat`: what is drawn has many digits, or capitals.
fn is_word(part: &str) -> bool {
    const LONGEST: usize = 24;
    const DIGITS: usize = 3;
    let is_of_word = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
    };
    part.len() <= LONGEST
        && part.bytes().all(is_of_word)
        && part.bytes().filter(u8::is_ascii_digit).count() <= DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_url_nothing_is_shown_that_may_be_a_key() {
        let check = |url: &str, expected: &str| assert_eq!(shown(url), expected);
        check(
            "https://api.openai.com/v1/chat/completions?key=k#t",
            "https://api.openai.com/v1/chat/completions",
        );
        check(
            "https://ada:sk-1@api.x.com:8443/v1/",
            "https://api.x.com:8443/v1",
        );
        check(
            "https://api.telegram.org/bot123456:AAEabc/sendMessage",
            "https://api.telegram.org/…/…",
        );
        check(
            "https://hooks.slack.com/services/T00/B00/a1B2c3",
            "https://hooks.slack.com/services/…/…/…",
        );
        check("https://x.com/0f1e2d3c4b5a/a", "https://x.com/…/a");
        check("/api/v1/models", "/api/v1/models");
        check("https://openrouter.ai", "https://openrouter.ai");
    }
}
