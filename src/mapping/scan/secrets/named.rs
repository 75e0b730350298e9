//! Keys that have no form of their own, told by the name that stands beside them.

use super::{is_aws_secret, is_placeholder};

/// What the name of a key, of a password or of a token that opens something ends with, in letters alone.
const NAMES: [&str; 11] = [
    "apikey",
    "secretkey",
    "clientsecret",
    "accesstoken",
    "authtoken",
    "bearertoken",
    "refreshtoken",
    "privatekey",
    "password",
    "passwd",
    "passphrase",
];
/// Fewer characters may be a word about one. Chosen.
const LEAST: usize = 10;
/// More are no key that somebody put in by its name. Chosen.
const MOST: usize = 512;

/// What a value is by its name, where that says that it is secret and the value has letters and digits in one piece, as
/// what was drawn or thought up has.
pub fn named_secret(name: &str, value: &str) -> Option<&'static str> {
    if is_aws_secret(name, value) {
        return Some("an AWS secret key");
    }
    // What refers to one stands in braces, behind `$` or a scheme.
    let is_of_key = |byte: u8| byte.is_ascii_graphic() && !b"{}<>:\"'".contains(&byte);
    let may_be = (LEAST..=MOST).contains(&value.len())
        && value.bytes().all(is_of_key)
        && !value.starts_with('$')
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    if !may_be {
        return None;
    }
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    let is_named = NAMES.iter().any(|name| letters.ends_with(name));
    (is_named && !is_placeholder(value)).then_some("a key or a password, by its name,")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_by_its_name_is_told() {
        let check = |name: &str, value: &str, expected: bool| {
            assert_eq!(
                named_secret(name, value).is_some(),
                expected,
                "{name}: {value}"
            );
        };
        let drawn = "4f8a91c27be3d05a6c1e9f7740b2d3ea";
        for name in [
            "api_key",
            "AZURE_OPENAI_API_KEY",
            "x-api-key",
            "clientSecret",
            "DB_PASSWORD",
        ] {
            check(name, drawn, true);
        }
        check("password", "Tr0ub4dor&3x", true);
        check("password", "reset", false);
        check("api_key", "$OPENAI_API_KEY_2", false);
        check("api_key", "env:OPENAI_KEY_2", false);
        check("api_key", "{{ vault.key_number_1 }}", false);
        check("api_key", "your-key-goes-here-1", false);
        check("api_key_id", drawn, false);
        check("max_tokens", drawn, false);
        check("build", drawn, false);
    }
}
