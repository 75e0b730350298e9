//! One request at a time: for a page of keys, for an object.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{self, HeaderMap};
use rusty_s3::S3Action;
use tokio::time::timeout;

use super::Location;
use super::access::Access;
use super::answers::{
    CHANGED, Listed, PATIENCE, Page, S3Error, is_asked_for, page, piece, refused,
};
use crate::delivery::fault;
use crate::delivery::history::{InputKind, InputVersion};
use crate::delivery::http::{CONNECT_TIMEOUT, Client};
use crate::settings::Environment;

/// How long a signed URL is good for.
const SIGNED_FOR: Duration = Duration::from_secs(15 * 60);
/// Longest time for a page or a small object, however its bytes trickle. Chosen.
const WHOLE: Duration = Duration::from_secs(300);
/// Longest key, in bytes (S3's documentation).
pub(super) const KEY: usize = 1024;
/// Largest page of keys, in bytes: a thousand keys of the longest (1 KiB), spelled in percent-encoding.
const PAGE: usize = 8 << 20;
/// Attempts at a request.
pub(super) const ATTEMPTS: u32 = 3;
/// The wait after the first one; each later one is twice as long.
const BASE: Duration = Duration::from_millis(250);

/// Asks a bucket.
#[derive(Debug)]
pub(super) struct S3Client {
    access: Access,
    http: reqwest::Client,
}

impl S3Client {
    /// # Errors
    /// When the environment does not say how to reach the bucket.
    pub(super) async fn new(
        location: &Location,
        environment: &Environment,
    ) -> Result<S3Client, S3Error> {
        let access = Access::of(location, environment)?;
        let http = Client::default().inner(access.reach).await;
        Ok(S3Client {
            http: http.map_err(|fault| S3Error::new(fault.says()))?,
            access,
        })
    }

    /// Which state of which object a listed one is; none without an ETag, since size and second may stay the same. One
    /// that was named itself is read with less forbearance.
    pub(super) fn version(&self, listed: &Listed, is_named: bool) -> Option<InputVersion> {
        let parts = [
            if is_named { "named" } else { "found" },
            self.access.bucket.base_url().as_str(),
            &listed.key,
            &listed.etag,
            &listed.size.to_string(),
            &listed.modified,
        ];
        listed.strong_etag()?;
        Some(InputVersion::new(InputKind::Object, &parts))
    }

    /// The next page of a list.
    pub(super) async fn page(&self, prefix: &str, token: Option<&str>) -> Result<Page, S3Error> {
        self.patiently(async || {
            let mut list = self
                .access
                .bucket
                .list_objects_v2(Some(&self.access.credentials));
            if !prefix.is_empty() {
                list.with_prefix(prefix);
            }
            if let Some(token) = token {
                list.with_continuation_token(token);
            }
            let response = self
                .get(list.sign(SIGNED_FOR).as_str(), &HeaderMap::new())
                .await?;
            let body = whole(response, PAGE).await?;
            page(&body)
        })
        .await
    }

    /// A whole object of at most `most` bytes.
    pub(super) async fn object(&self, listed: &Listed, most: usize) -> Result<Vec<u8>, S3Error> {
        self.patiently(async || {
            let response = self.open(listed, 0).await?;
            let bytes = whole(response, most).await?;
            match bytes.len() as u64 == listed.size {
                true => Ok(bytes),
                // By a server that does not look at the ETag.
                false => Err(S3Error::new(CHANGED)),
            }
        })
        .await
    }

    /// Begins to read an object at a place in it. Whatever comes is of the version that was listed.
    pub(super) async fn open(&self, listed: &Listed, from: u64) -> Result<Response, S3Error> {
        // Joined to a URL, they would lead to another bucket.
        if listed.key.len() > KEY {
            return Err(S3Error::new(format!(
                "the key has {} bytes; S3 has none of more than {KEY}",
                listed.key.len()
            )));
        }
        if listed.key.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(S3Error::new(
                "a key with a part `.` or `..` can't be asked for",
            ));
        }
        let get = self
            .access
            .bucket
            .get_object(Some(&self.access.credentials), &listed.key);
        let mut headers = HeaderMap::new();
        let etag = listed.strong_etag();
        let etag = etag.and_then(|etag| etag.parse().ok());
        if from > 0 && etag.is_none() {
            return Err(S3Error::new(
                "the answer broke off, and without an ETag nobody knows whether the rest is of the same object",
            ));
        }
        if let Some(etag) = etag {
            headers.insert(header::IF_MATCH, etag);
        }
        if let (true, Ok(range)) = (from > 0, format!("bytes={from}-").parse()) {
            headers.insert(header::RANGE, range);
        }
        let response = self.get(get.sign(SIGNED_FOR).as_str(), &headers).await?;
        is_asked_for(response.status(), response.headers(), listed, from)?;
        Ok(response)
    }

    /// Tries again while what is wrong may pass.
    async fn patiently<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, S3Error>,
    ) -> Result<T, S3Error> {
        let mut number = 1;
        loop {
            let says = || S3Error::new(format!("it took more than {} s", WHOLE.as_secs()));
            let ended = timeout(WHOLE, attempt()).await;
            match ended.unwrap_or_else(|_| Err(says())) {
                Err(error) if error.passes() && number < ATTEMPTS => {
                    tracing::debug!(number, %error, "a bucket is asked again");
                    pause(number).await;
                    number += 1;
                }
                ended => return ended,
            }
        }
    }

    /// The URL holds the signature, so it stands in no message.
    async fn get(&self, url: &str, headers: &HeaderMap) -> Result<Response, S3Error> {
        let request = self.http.get(url).headers(headers.clone());
        let host = &self.access.host;
        let response = match timeout(PATIENCE, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let fault = fault::sort(&error, host, CONNECT_TIMEOUT);
                return Err(match fault.is_passing() {
                    true => S3Error::passing(fault.says()),
                    false => S3Error::new(fault.says()),
                });
            }
            Err(_) => {
                let says = format!("{host} did not answer within {} s", PATIENCE.as_secs());
                return Err(S3Error::passing(says));
            }
        };
        match response.status().is_success() {
            true => Ok(response),
            false => Err(refused(response, &self.access).await),
        }
    }
}

/// Waits before the attempt behind this one.
pub(super) async fn pause(number: u32) {
    tokio::time::sleep(BASE * 2_u32.pow(number.min(8) - 1)).await;
}

async fn whole(mut response: Response, most: usize) -> Result<Vec<u8>, S3Error> {
    let mut body = Vec::new();
    while let Some(piece) = piece(&mut response).await? {
        if body.len() + piece.len() > most {
            return Err(S3Error::new(format!(
                "the answer has more than {most} bytes"
            )));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}
