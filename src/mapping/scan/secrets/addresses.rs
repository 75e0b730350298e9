//! Passwords in addresses of servers, and addresses of e-mail.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Secret;

/// What stands before the server in an address, as it is and escaped, as PHP writes it into JSON.
pub(super) const ADDRESS: [&str; 2] = ["://", r":\/\/"];
/// The part of an address with its server is no longer.
const LONGEST_PERSON: usize = 512;

/// Passwords in addresses: `postgres://user:password@server/`.
pub(super) fn password(text: &str) -> impl Iterator<Item = Secret> {
    /// A shorter one is a word of a document, and so is one with these.
    const SHORTEST: usize = 6;
    const WORDS: [&str; 7] = [
        "your",
        "example",
        "placeholder",
        "redacted",
        "dummy",
        "xxxx",
        "changeme",
    ];
    static FINDERS: [LazyLock<Finder<'_>>; 2] = [
        LazyLock::new(|| Finder::new(ADDRESS[0])),
        LazyLock::new(|| Finder::new(ADDRESS[1])),
    ];
    let plain = FINDERS[0]
        .find_iter(text.as_bytes())
        .map(|at| at + ADDRESS[0].len());
    let escaped = FINDERS[1]
        .find_iter(text.as_bytes())
        .map(|at| at + ADDRESS[1].len());
    merged(plain, escaped).filter_map(|start| {
        let person = before_server(&text[start..])?;
        let (user, password) = person.split_once(':')?;
        let lower = password.to_ascii_lowercase();
        let is_name = !lower.contains(|c: char| c.is_ascii_alphanumeric())
            || lower.contains(['$', '<', '{', '['])
            || WORDS.iter().any(|word| lower.contains(word))
            || matches!(lower.as_str(), "secret" | "password");
        let is_one = password.len() >= SHORTEST && !is_name;
        let start = start + user.len() + 1;
        is_one.then_some(Secret {
            kind: "a password in an address",
            start,
            end: start + password.len(),
            told: 0,
        })
    })
}

/// Two rows of places as one.
fn merged(
    a: impl Iterator<Item = usize>,
    b: impl Iterator<Item = usize>,
) -> impl Iterator<Item = usize> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(first), Some(second)) if second < first => b.next(),
        (Some(_), _) => a.next(),
        (None, _) => b.next(),
    })
}

/// Who asks, in an address behind its `://`: what stands before the last `@` of its server's part. A password that was
/// generated may have a `/` or `#`, which would end that part.
fn before_server(rest: &str) -> Option<&str> {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\"'<>\\`".contains(byte);
    let is_path = |byte: &u8| b"/?#".contains(byte);
    let bytes = &rest.as_bytes()[..rest.len().min(LONGEST_PERSON)];
    let end = bytes.iter().position(is_end).unwrap_or(bytes.len());
    let server = bytes[..end].iter().position(is_path).unwrap_or(end);
    let sign = memchr::memrchr(b'@', &bytes[..server]).or_else(|| {
        let user = memchr::memchr(b':', &bytes[..server])?;
        let port = bytes[user + 1..server].iter();
        let is_port = server > user + 1 && port.clone().all(u8::is_ascii_digit);
        // An address of the sixth version has colons of its own.
        (!is_port && bytes[0] != b'[').then(|| memchr::memrchr(b'@', &bytes[..end]))?
    })?;
    rest.get(..sign)
}

/// The first e-mail address of a text: something before the sign, and a domain with a dot behind it. Who asks a server in an
/// address is none.
pub fn find_email(text: &str) -> Option<&str> {
    memchr::memchr_iter(b'@', text.as_bytes()).find_map(|sign| {
        let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
        let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
        let bytes = text.as_bytes();
        let before = bytes[..sign]
            .iter()
            .rev()
            .take_while(|b| is_local(b))
            .count();
        let after = bytes[sign + 1..]
            .iter()
            .take_while(|b| is_domain(b))
            .count();
        let domain = text[sign + 1..sign + 1 + after].trim_end_matches(['.', '-']);
        let (host, last) = domain.rsplit_once('.')?;
        let head = &bytes[sign.saturating_sub(LONGEST_PERSON)..sign];
        let is_asking = ADDRESS.iter().any(|begins| {
            let address = memchr::memmem::rfind(head, begins.as_bytes());
            address.is_some_and(|at| {
                let start = sign - head.len() + at + begins.len();
                before_server(&text[start..]).is_some_and(|person| start + person.len() >= sign)
            })
        });
        // `ada:password@server/path` has lost its beginning.
        let user = &bytes[..sign - before];
        let behind = &bytes[sign + 1 + domain.len()..];
        let is_asking = is_asking
            || user.ends_with(b":")
                && user
                    .iter()
                    .rev()
                    .nth(1)
                    .is_some_and(u8::is_ascii_alphanumeric)
                && match behind {
                    [b'/', ..] => true,
                    [b':', port, ..] => port.is_ascii_digit(),
                    _ => false,
                };
        let is_address = before > 0
            && !is_asking
            && !host.is_empty()
            && last.len() >= 2
            && last.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_address.then(|| &text[sign - before..sign + 1 + domain.len()])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::scan::secrets::{find, mask};

    #[test]
    fn a_password_in_an_address_is_one_and_no_part_of_an_e_mail_address() {
        for (address, masked) in [
            (
                "postgres://ada:hunter2SecretPW@db.x.test:5432/app",
                "postgres://ada:[masked]@db.x.test:5432/app",
            ),
            (
                "see redis://:Sup3rS3cretPw@cache.x.test, and go",
                "see redis://:[masked]@cache.x.test, and go",
            ),
            (
                "postgres://ada:pa/ss#w0rd99x@db.x.test/app",
                "postgres://ada:[masked]@db.x.test/app",
            ),
            (
                r#"{"dsn":"postgres:\/\/ada:hunter2SecretPW@db.x.test\/app"}"#,
                r#"{"dsn":"postgres:\/\/ada:[masked]@db.x.test\/app"}"#,
            ),
            (
                "\"https://u:pa55w0rdpa55@proxy.x.test:8080\"",
                "\"https://u:[masked]@proxy.x.test:8080\"",
            ),
        ] {
            let kind = find(address).map(|secret| secret.kind);
            assert_eq!(kind, Some("a password in an address"), "{address}");
            assert_eq!(mask(address), masked);
            assert_eq!(find_email(address), None, "{address}");
        }
        for address in [
            "postgres://user:password@db.x.test/",
            "postgres://user:${DB_PASSWORD}@db.x.test/",
            "https://ada@db.x.test/ and more words",
            "https://x.test/?to=ada:lovelace@x.test",
            "https://x.test:8080/a?to=lovelace@x.test",
            "http://[::1]:8080/lovelace@x.test",
        ] {
            assert_eq!(find(address), None, "{address}");
        }
        for mailed in [
            "https://x.test/?to=ada@x.test",
            "https://x.test:8080/?to=ada@x.test",
            "mailto:ada@x.test",
            "https://u:pa55w0rdpa55@x.test/ and ada@x.test",
        ] {
            assert_eq!(find_email(mailed), Some("ada@x.test"), "{mailed}");
        }
        assert_eq!(find_email("ada:hunter2SecretPW@db.x.test/app"), None);
    }
}
