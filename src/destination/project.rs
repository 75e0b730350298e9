//! The project's slug.

use super::DestinationError;

/// A Raindrop project's slug, as sent in `X-Raindrop-Project-Id`. A new slug starts a new project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProjectSlug(String);

impl ProjectSlug {
    /// Reads a slug; empty and `default` both mean Production, which is the absence of a slug.
    ///
    /// # Errors
    /// When it does not match `^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$` (vendor documentation).
    pub fn parse(text: &str) -> Result<Option<Self>, DestinationError> {
        let text = text.trim();
        if text.is_empty() || text == "default" {
            return Ok(None);
        }
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let right = text.len() <= 63
            && text.bytes().all(known)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if right {
            Ok(Some(Self(text.to_owned())))
        } else {
            Err(DestinationError::Slug)
        }
    }

    /// The slug's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        let long = "a".repeat(63);
        let too_long = "a".repeat(64);
        let table = [
            ("", Ok(None)),
            ("default", Ok(None)),
            ("a", Ok(Some("a"))),
            ("my-project-2", Ok(Some("my-project-2"))),
            (long.as_str(), Ok(Some(long.as_str()))),
            (too_long.as_str(), Err(DestinationError::Slug)),
            ("-a", Err(DestinationError::Slug)),
            ("a-", Err(DestinationError::Slug)),
            ("A", Err(DestinationError::Slug)),
            ("a_b", Err(DestinationError::Slug)),
            ("ä", Err(DestinationError::Slug)),
        ];
        for (text, expected) in table {
            let found = ProjectSlug::parse(text);
            let found = found
                .as_ref()
                .map(|slug| slug.as_ref().map(ProjectSlug::as_str));
            assert_eq!(found, expected.as_ref().copied(), "{text}");
        }
    }
}
