//! How a bucket is reached: the endpoint, the region and the keys, from the variables that every S3 tool reads.

use std::net::IpAddr;

use rusty_s3::{Bucket, Credentials, UrlStyle};
use url::{Host, Url};

use super::Location;
use crate::destination::Reach;
use crate::settings::Environment;

/// The region where none is named: AWS then says which it is, others have only one.
const REGION: &str = "us-east-1";
/// Allows `http://` to another machine.
const INSECURE: &str = "RAINSCOPE_S3_INSECURE";

/// A bucket that can be asked.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) bucket: Bucket,
    pub(super) credentials: Credentials,
    pub(super) reach: Reach,
    /// The host, for messages.
    pub(super) host: String,
}

/// Why a bucket can't be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccessError {
    #[error(
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, if there is one); \
         `eval \"$(aws configure export-credentials --format env)\"` takes them from a profile"
    )]
    NoKey,
    #[error(
        "{0} is no URL of a server: expected one like https://ACCOUNT.r2.cloudflarestorage.com"
    )]
    Endpoint(&'static str),
    #[error(
        "{0} is http:// to another machine: what is read would travel in clear text. Use https://, or set \
         {INSECURE}=1 where the network between is your own"
    )]
    ClearText(&'static str),
    #[error(
        "no region can have the name in AWS_REGION or AWS_DEFAULT_REGION; expected one like eu-central-1"
    )]
    Region,
}

impl Access {
    /// As the environment says. A named endpoint (R2, MinIO) is asked with the bucket in the path, AWS with the bucket
    /// in the host where a host can have that name.
    pub(super) fn of(
        location: &Location,
        environment: &Environment,
    ) -> Result<Access, AccessError> {
        let of = |name: &str| environment.get(name);
        let region = of("AWS_REGION").or(of("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or(REGION);
        // It becomes part of a host.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !region.bytes().all(is_plain) {
            return Err(AccessError::Region);
        }
        let (key, secret) = of("AWS_ACCESS_KEY_ID")
            .zip(of("AWS_SECRET_ACCESS_KEY"))
            .ok_or(AccessError::NoKey)?;
        let credentials = match of("AWS_SESSION_TOKEN") {
            Some(token) => Credentials::new_with_token(key, secret, token),
            None => Credentials::new(key, secret),
        };
        let named = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]
            .into_iter()
            .find_map(|name| Some((name, of(name)?)));
        let (name, text) = match named {
            Some((name, url)) => (name, url.to_owned()),
            None => {
                let suffix = match region.starts_with("cn-") {
                    true => ".cn",
                    false => "",
                };
                (
                    "AWS_REGION",
                    format!("https://s3.{region}.amazonaws.com{suffix}"),
                )
            }
        };
        let endpoint: Url = text.parse().map_err(|_| AccessError::Endpoint(name))?;
        let is_bare = endpoint.path() == "/"
            && endpoint.query().is_none()
            && endpoint.fragment().is_none()
            && endpoint.username().is_empty()
            && endpoint.password().is_none();
        let host = endpoint.host().ok_or(AccessError::Endpoint(name))?;
        let is_loopback = match host {
            Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => IpAddr::V6(ip).to_canonical().is_loopback(),
        };
        let host = host.to_string();
        let reach = match (endpoint.scheme(), is_loopback) {
            ("https", true) => Reach::LoopbackTls,
            ("https", false) => Reach::OutsideTls,
            ("http", true) => Reach::LoopbackPlain,
            ("http", false) if of(INSECURE) == Some("1") => Reach::OutsidePlain,
            ("http", false) => return Err(AccessError::ClearText(name)),
            _ => return Err(AccessError::Endpoint(name)),
        };
        let fits_host = !location.bucket.contains(['.', '_']) && location.bucket.len() <= 63;
        let style = match named.is_none() && fits_host {
            true => UrlStyle::VirtualHost,
            false => UrlStyle::Path,
        };
        let bucket = Bucket::new(endpoint, style, location.bucket.clone(), region.to_owned());
        match bucket {
            Ok(bucket) if is_bare => Ok(Access {
                bucket,
                credentials,
                reach,
                host,
            }),
            _ => Err(AccessError::Endpoint(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const KEYS: [(&str, &str); 2] = [
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];

    fn access(bucket: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let location =
            Location::parse(Path::new(&format!("s3://{bucket}/"))).map_err(|e| e.to_string())?;
        let both = KEYS.iter().chain(variables);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Environment = both.map(owned).collect();
        let access = Access::of(&location, &environment).map_err(|error| error.to_string())?;
        assert!(!format!("{access:?}").contains("secret"), "{access:?}");
        Ok(access.bucket.base_url().to_string())
    }

    #[test]
    fn endpoints() {
        let check = |bucket: &str, variables: &[(&str, &str)], expected: &str| {
            let found = access(bucket, variables).unwrap_or_else(|error| error);
            assert!(found.contains(expected), "{bucket} {variables:?}: {found}");
        };
        check("logs", &[], "https://logs.s3.us-east-1.amazonaws.com/");
        check(
            "my.logs",
            &[("AWS_REGION", "eu-west-1")],
            "https://s3.eu-west-1.amazonaws.com/my.logs/",
        );
        check(
            "logs",
            &[("AWS_DEFAULT_REGION", "cn-north-1")],
            "amazonaws.com.cn/",
        );
        check("logs", &[("AWS_REGION", "evil.test/")], "no region");
        check(
            "logs",
            &[
                ("AWS_ENDPOINT_URL", "https://a.r2.cloudflarestorage.com"),
                ("AWS_REGION", "auto"),
            ],
            "https://a.r2.cloudflarestorage.com/logs/",
        );
        check(
            "logs",
            &[
                ("AWS_ENDPOINT_URL", "https://a.test"),
                ("AWS_ENDPOINT_URL_S3", "http://[::1]:9000"),
            ],
            "http://[::1]:9000/logs/",
        );
        for url in [
            "http://minio:9000",
            "http://10.0.0.1",
            "http://localhost.evil.test",
        ] {
            check("logs", &[("AWS_ENDPOINT_URL", url)], "clear text");
            check(
                "logs",
                &[("AWS_ENDPOINT_URL", url), (INSECURE, "1")],
                "/logs/",
            );
        }
        for url in [
            "minio:9000",
            "ftp://a.test",
            "https://u:p@a.test",
            "https://a.test/x",
            "https://a.test?x",
            "",
        ] {
            let expected = if url.is_empty() {
                "amazonaws.com"
            } else {
                "no URL of a server"
            };
            check("logs", &[("AWS_ENDPOINT_URL", url)], expected);
        }
        let none = Environment::default();
        let location = Location {
            bucket: "logs".to_owned(),
            prefix: String::new(),
        };
        assert_eq!(Access::of(&location, &none).err(), Some(AccessError::NoKey));
    }
}
