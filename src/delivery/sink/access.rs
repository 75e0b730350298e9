//! Who may ask the sink what: pages and names of this machine, a write key, a project's slug, an encoding.

use std::borrow::Cow;

use axum::http::{HeaderMap, Uri, header, uri::Authority};

use super::judge::{SinkRefusal, SinkRoute};
use super::{Exposure, KeyCheck, REQUEST_LIMIT, SinkOptions};
use crate::completion::load::encoding::decode::{self, Coding, DecodeError};
use crate::destination::ProjectSlug;
use crate::http_server::is_coded;
use crate::http_server::local::{
    is_from_elsewhere, is_loopback_authority, is_loopback_origin, only,
};

/// The header that names a project.
pub(super) const PROJECT: &str = "x-raindrop-project-id";

/// Whether a page of this origin may use the sink: one of this machine, or one that was allowed by name.
pub(super) fn is_allowed(options: &SinkOptions, origin: &str) -> bool {
    let is_named = |allowed: &String| {
        allowed == "*" || allowed.trim_end_matches('/').eq_ignore_ascii_case(origin)
    };
    is_loopback_origin(origin) || options.allowed_origins.iter().any(is_named)
}

/// Refuses what is not meant for the sink. A page in a browser can reach it by a name of its own that resolves to
/// this machine, so the Host is looked at as well, unless the network was allowed.
pub(super) fn refuse_foreign(
    options: &SinkOptions,
    headers: &HeaderMap,
) -> Result<(), SinkRefusal> {
    let foreign = |reason| Err(SinkRefusal::new(403, "FOREIGN", reason));
    if options.exposure == Exposure::LoopbackOnly {
        let host = only(headers, header::HOST).and_then(|host| Authority::try_from(host).ok());
        if !host.is_some_and(|host| is_loopback_authority(&host)) {
            return foreign("the Host header must name this machine: 127.0.0.1 or localhost");
        }
    }
    let any_page = options.allowed_origins.iter().any(|origin| origin == "*");
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (any_page || !is_from_elsewhere(headers))
        && origins.all(|origin| {
            origin
                .to_str()
                .is_ok_and(|origin| is_allowed(options, origin))
        }) {
        true => Ok(()),
        false => foreign("the sink answers pages of this machine; --allow-origin adds another"),
    }
}

/// Refuses what names another server in its request line, which counts before the Host (RFC 9112, 3.2.2), and bodies that
/// are coded on their way in other manners than in chunks.
pub(super) fn refuse_form(
    options: &SinkOptions,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), SinkRefusal> {
    let is_here = uri.authority().is_none_or(is_loopback_authority);
    if options.exposure == Exposure::LoopbackOnly && !is_here {
        let reason = "the request line must name this machine: 127.0.0.1 or localhost";
        return Err(SinkRefusal::new(403, "FOREIGN", reason));
    }
    if is_coded(headers) {
        let reason =
            "of the codings that a body may have on its way, the sink knows none but chunked";
        return Err(SinkRefusal::new(501, "NOT_IMPLEMENTED", reason));
    }
    Ok(())
}

/// Whose events a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Admitted {
    /// The project's slug; none is Production.
    pub(super) project: Option<String>,
}

/// Checks origin, key and project. The key's text is looked at here and nowhere else.
pub(super) fn admit(options: &SinkOptions, headers: &HeaderMap) -> Result<Admitted, SinkRefusal> {
    refuse_foreign(options, headers)?;
    check_key(&options.keys, headers)?;
    Ok(Admitted {
        project: project(headers)?,
    })
}

/// Whether events may be read back: where others reach the sink and any key will do, anyone could.
pub(super) fn may_read(options: &SinkOptions) -> Result<(), SinkRefusal> {
    match (options.exposure, &options.keys) {
        (Exposure::Network, KeyCheck::Any) => {
            let reason = "events are read from a sink that is open to the network only with its own --write-key";
            Err(SinkRefusal::new(403, "FORBIDDEN", reason))
        }
        _ => Ok(()),
    }
}

fn check_key(keys: &KeyCheck, headers: &HeaderMap) -> Result<(), SinkRefusal> {
    let unauthorized = |reason| Err(SinkRefusal::new(401, "UNAUTHORIZED", reason));
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return unauthorized("the Authorization header is missing");
    };
    let key = value.to_str().ok().and_then(|text| {
        let (scheme, key) = text.split_once(' ')?;
        let key = key.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
    });
    match (key, keys) {
        (None, _) => unauthorized("the Authorization header must be: Bearer, a space, a write key"),
        (Some(key), KeyCheck::Exactly(expected)) if expected.expose() != key => {
            unauthorized("this sink takes another write key")
        }
        (Some(_), _) => Ok(()),
    }
}

/// The project that a request names; no name, an empty one and `default` are Production.
fn project(headers: &HeaderMap) -> Result<Option<String>, SinkRefusal> {
    let Some(slug) = headers.get(PROJECT) else {
        return Ok(None);
    };
    match slug
        .to_str()
        .ok()
        .filter(|text| ProjectSlug::parse(text).is_ok())
    {
        Some("" | "default") => Ok(None),
        Some(slug) => Ok(Some(slug.to_owned())),
        None => {
            let reason = "X-Raindrop-Project-Id must be 1 to 63 small letters, digits and hyphens, with no hyphen at either end";
            Err(SinkRefusal::new(400, "INVALID_PROJECT", reason))
        }
    }
}

/// The content type without parameters, in small letters.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let media = headers.get(header::CONTENT_TYPE);
    let media = media
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default();
    media.trim().to_ascii_lowercase()
}

/// How a body is compressed: trace exports may be, in one of the two ways that OTLP's exporters know.
pub(super) fn coding(route: SinkRoute, headers: &HeaderMap) -> Result<Option<Coding>, SinkRefusal> {
    let refuse = |reason| Err(SinkRefusal::new(415, "UNSUPPORTED_ENCODING", reason));
    let mut coding = None;
    for value in headers.get_all(header::CONTENT_ENCODING) {
        for label in value.to_str().unwrap_or("?").split(',') {
            let found = match label.trim().to_ascii_lowercase().as_str() {
                "identity" | "" => continue,
                "gzip" | "x-gzip" => Coding::Gzip,
                "deflate" => Coding::Deflate,
                _ => return refuse("of the encodings, gzip and deflate are taken"),
            };
            if route != SinkRoute::Traces {
                return refuse(
                    "compressed bodies are taken by /v1/traces alone: Raindrop's clients send no other",
                );
            }
            if coding.replace(found).is_some() {
                return refuse("a body that is compressed twice is not taken");
            }
        }
    }
    Ok(coding)
}

/// The body unpacked, within the limit of a request.
pub(super) fn unpacked(body: &[u8], coding: Option<Coding>) -> Result<Cow<'_, [u8]>, SinkRefusal> {
    let Some(coding) = coding else {
        return Ok(Cow::Borrowed(body));
    };
    match decode::unpack(body, coding, REQUEST_LIMIT) {
        Ok(plain) => Ok(Cow::Owned(plain)),
        Err(DecodeError::TooLarge { .. }) => {
            let reason = format!("unpacked, the body has more than {REQUEST_LIMIT} bytes");
            Err(SinkRefusal::new(413, "TOO_LARGE", reason))
        }
        Err(error) => Err(SinkRefusal::new(400, "MALFORMED", error.to_string())),
    }
}
