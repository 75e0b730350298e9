//! `s3://bucket/prefix`: which objects are meant.

use std::fmt;
use std::path::Path;

/// What an S3 location begins with.
const SCHEME: &str = "s3://";

/// A bucket, and what the keys in it begin with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location {
    /// The bucket's name: letters, digits, `.`, `-` and `_`.
    pub bucket: String,
    /// What keys begin with; may be empty. A prefix and not a folder: `logs/2026` has `logs/2026-01/a.json` too.
    pub prefix: String,
}

/// Why a path is no S3 location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// The bucket is missing, or can't be one.
    #[error("no bucket can have the name `{0}`; expected s3://BUCKET/PREFIX")]
    Bucket(String),
    /// The path is not Unicode.
    #[error("not Unicode; expected s3://BUCKET/PREFIX")]
    NotUnicode,
}

impl Location {
    /// Whether a path means objects of a bucket.
    #[must_use]
    pub fn is_meant(path: &Path) -> bool {
        path.as_os_str()
            .as_encoded_bytes()
            .starts_with(SCHEME.as_bytes())
    }

    /// Reads a path that [`is_meant`](Location::is_meant) to be one.
    ///
    /// # Errors
    /// When it names no bucket.
    pub fn parse(path: &Path) -> Result<Location, LocationError> {
        let text = path.to_str().ok_or(LocationError::NotUnicode)?;
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        // It becomes part of a host or a path, so nothing may lead elsewhere.
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let is_name = (1..=255).contains(&bucket.len())
            && bucket.bytes().all(is_plain)
            && bucket.as_bytes()[0].is_ascii_alphanumeric()
            && !bucket.contains("..");
        match is_name {
            true => Ok(Location {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
            }),
            false => Err(LocationError::Bucket(bucket.to_owned())),
        }
    }

    /// An object's name for people.
    #[must_use]
    pub fn name(&self, key: &str) -> String {
        format!("{SCHEME}{}/{key}", self.bucket)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name(&self.prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_prefixes() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = Location::parse(Path::new(text)).ok();
            let found = found.as_ref();
            let found = found.map(|at| (at.bucket.as_str(), at.prefix.as_str()));
            assert_eq!(found, expected, "{text}");
        };
        check("s3://logs", Some(("logs", "")));
        check("s3://logs/", Some(("logs", "")));
        check(
            "s3://my.logs-1/2026/11/27/",
            Some(("my.logs-1", "2026/11/27/")),
        );
        check("s3://logs//a b\n/../c", Some(("logs", "/a b\n/../c")));
        for wrong in [
            "s3://",
            "s3:///a",
            "s3://a@b/c",
            "s3://a:1/c",
            "s3://../a",
            "s3://a..b",
            "s3://ä",
        ] {
            check(wrong, None);
        }
        assert!(Location::is_meant(Path::new("s3://x")));
        assert!(!Location::is_meant(Path::new("./s3://x")));
    }
}
