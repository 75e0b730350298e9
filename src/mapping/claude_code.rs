//! Claude Code's user ids: device, account and session packed into one string.
//!
//! Claude Code puts them into `metadata.user_id` of a Messages request, as JSON or, before 2026, as
//! `user_<hex>_account_<uuid>_session_<uuid>`. Without an Anthropic login the account is empty.

use crate::json::{Document, Limits, Value};

/// The parts of a packed id; an empty one is absent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PackedUser {
    /// The device, or the hash that stands for it in the older form.
    pub device: Option<String>,
    /// The account at Anthropic.
    pub account: Option<String>,
    /// The session, by which OpenRouter groups the calls.
    pub session: Option<String>,
}

impl PackedUser {
    /// Takes an id apart; `None` where it is not Claude Code's.
    pub fn parse(id: &str) -> Option<PackedUser> {
        if id.trim_start().starts_with('{') {
            PackedUser::of_json(id)
        } else {
            PackedUser::of_older_form(id)
        }
    }

    /// Who the user is: the account, else the device.
    pub fn user(&self) -> Option<&str> {
        self.account.as_deref().or(self.device.as_deref())
    }

    fn of_json(id: &str) -> Option<PackedUser> {
        let document = Document::parse(id.into(), Limits::default()).ok()?;
        let root = document.root();
        let keys = ["device_id", "account_uuid", "session_id"];
        if !keys.iter().any(|key| root.get(key).is_some()) {
            return None;
        }
        let [device, account, session] = keys.map(|key| {
            let value = root.get(key).and_then(Value::non_empty_str)?;
            Some(value.into_owned())
        });
        Some(PackedUser {
            device,
            account,
            session,
        })
    }

    fn of_older_form(id: &str) -> Option<PackedUser> {
        let (device, rest) = id.strip_prefix("user_")?.split_once("_account_")?;
        let (account, session) = rest.split_once("_session_")?;
        let is_hex = |byte: u8| byte.is_ascii_hexdigit();
        let is_uuid = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
        if !device.bytes().all(is_hex) || !account.bytes().all(is_uuid) {
            return None;
        }
        let [device, account, session] =
            [device, account, session].map(|part| (!part.is_empty()).then(|| part.to_owned()));
        Some(PackedUser {
            device,
            account,
            session,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_packed_ids_apart_and_leaves_others_whole() {
        let check = |id: &str, expected: Option<[&str; 3]>| {
            let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let expected = expected.map(|[device, account, session]| PackedUser {
                device: part(device),
                account: part(account),
                session: part(session),
            });
            assert_eq!(PackedUser::parse(id), expected, "{id}");
        };
        check(
            r#"{"device_id":"d1","account_uuid":"a1","session_id":"s1"}"#,
            Some(["d1", "a1", "s1"]),
        );
        check(
            r#" {"session_id": "s1", "device_id": "d1", "account_uuid": null}"#,
            Some(["d1", "", "s1"]),
        );
        check(r#"{"device_id":"","account_uuid":""}"#, Some(["", "", ""]));
        check(
            "user_0af1_account_11112222-3333-4444-8555-666677778888_session_9999aaaa-bbbb-4ccc-8ddd-eeeeffff0000",
            Some([
                "0af1",
                "11112222-3333-4444-8555-666677778888",
                "9999aaaa-bbbb-4ccc-8ddd-eeeeffff0000",
            ]),
        );
        check(
            "user_0af1_account__session_9999aaaa-bbbb",
            Some(["0af1", "", "9999aaaa-bbbb"]),
        );
        // Relays put session ids of their own in.
        check(
            "user_0af1_account__session_sess_12ab_34cd",
            Some(["0af1", "", "sess_12ab_34cd"]),
        );
        check(r#"{"tenant":"acme"}"#, None);
        check(r#"{"device_id":"#, None);
        check("user_smith_account_1_session_2", None);
        check("user_35", None);
        check("[1]", None);
    }
}
