//! Which destination comes of which settings, and which write key goes there.

use std::fs;

use rainscope::settings::resolve::{KeySource, SettingsTarget, resolve};
use rainscope::settings::{Environment, Overrides, SettingName, SettingValue, Settings};

use super::Home;
use crate::stand_in::{Health, StandIn};

const KEY: (&str, &str) = ("RAINDROP_WRITE_KEY", "rk_of_the_environment");
const HERE: &str = "http://127.0.0.1:9";
const RAINDROP: &str = "https://api.raindrop.ai";
const URL: &str = "RAINSCOPE_BASE_URL";
const DEBUGGER: &str = "RAINDROP_LOCAL_DEBUGGER";
const WORKSHOP: &str = "RAINDROP_WORKSHOP";

/// Settings file, variables, `--base-url`; and what must come of them.
type Row = (
    &'static str,
    &'static [(&'static str, &'static str)],
    Option<&'static str>,
    &'static str,
);

/// Kind, base URL and source of the key; or the error.
fn found(config: &str, variables: &[(&str, &str)], base_url: Option<&str>) -> String {
    let home = Home::new(config);
    let value = |url: &str| {
        (
            SettingName::BaseUrl,
            "--base-url",
            SettingValue::Text(url.to_owned()),
        )
    };
    let options = Overrides {
        values: base_url.map(value).into_iter().collect(),
        ..Overrides::default()
    };
    let (settings, problems) = home.load(variables, &options);
    assert_eq!(problems, []);
    let folder = home.0.path().to_str().unwrap();
    match resolve(&settings, &home.environment(variables)) {
        Err(error) => error.to_string().replace(folder, "~"),
        Ok(SettingsTarget::OwnSink { .. }) => "own sink".to_owned(),
        Ok(SettingsTarget::Server(server)) => {
            let kind = server.kind.map_or("", |kind| kind.name());
            let project = server.project.as_ref().map_or("", |slug| slug.as_str());
            let key = server.key.map_or(String::new(), |key| {
                let owner = key.belongs_to.unwrap_or_default();
                format!("{:?} {owner}", key.source).trim().to_owned()
            });
            let words = [kind, server.base_url.as_str(), &key, project];
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            words.join(" ")
        }
    }
}

#[test]
fn destinations() {
    let command = "[destination]\nwrite_key_command = 'printf rk_of_the_command'\n";
    let proxy = "[destination]\nbase_url = 'https://proxy.test/v1'\n";
    let own = "https://api.raindrop.ai Environment";
    let table: Vec<Row> = vec![
        ("", &[], None, "own sink"),
        ("", &[KEY], None, own),
        ("", &[("RAINDROP_WRITE_KEY", " ")], None, "own sink"),
        (
            "",
            &[KEY, ("RAINSCOPE_PROJECT", "mine")],
            None,
            "https://api.raindrop.ai Environment mine",
        ),
        ("", &[], Some(HERE), HERE),
        ("", &[(URL, HERE)], None, HERE),
        (
            "",
            &[],
            Some("https://a.test"),
            "there is no write key for https://a.test",
        ),
        // A key belongs to the base URL as of its own layer: an option stands above all of them.
        ("", &[KEY], Some(RAINDROP), own),
        (
            "",
            &[KEY],
            Some("https://a.test"),
            "https://a.test Environment https://api.raindrop.ai",
        ),
        (
            "",
            &[KEY],
            Some(HERE),
            "http://127.0.0.1:9 Environment https://api.raindrop.ai",
        ),
        (proxy, &[KEY], None, "https://proxy.test Environment"),
        (
            proxy,
            &[KEY],
            Some("https://proxy.test"),
            "https://proxy.test Environment",
        ),
        (
            proxy,
            &[KEY],
            Some(RAINDROP),
            "https://api.raindrop.ai Environment https://proxy.test",
        ),
        (
            "",
            &[KEY, (URL, "https://a.test")],
            None,
            "https://a.test Environment",
        ),
        (command, &[], None, "https://api.raindrop.ai Command"),
        (command, &[KEY], None, own),
        (
            command,
            &[(URL, "https://a.test")],
            None,
            "https://a.test Command https://api.raindrop.ai",
        ),
        // A key that belongs there comes before one that does not.
        (
            "[destination]\nbase_url = 'https://proxy.test'\nwrite_key_command = 'printf rk'",
            &[KEY, (URL, RAINDROP)],
            None,
            own,
        ),
        (
            "[destination]\nwrite_key_command = 'printf rk'",
            &[KEY, (URL, "https://a.test")],
            Some(RAINDROP),
            "https://api.raindrop.ai Command",
        ),
        (
            "",
            &[KEY],
            Some("http://a.test"),
            "--base-url: http:// to another machine",
        ),
        (
            "[destination]\ninsecure = true\nbase_url = 'http://a.test'",
            &[KEY],
            None,
            "http://a.test Environment",
        ),
        (
            "[destination]\nbase_url = 'http://a.test'",
            &[KEY],
            None,
            "~/config.toml:2:12: http:// to another machine",
        ),
        (
            "",
            &[KEY, (DEBUGGER, "http://localhost:5899/v1/")],
            None,
            "workshop http://localhost:5899",
        ),
        (
            "",
            &[KEY, (WORKSHOP, "1")],
            None,
            "workshop http://localhost:5899",
        ),
        (
            "",
            &[KEY, (WORKSHOP, "http://localhost:7")],
            None,
            "workshop http://localhost:7",
        ),
        // As with the vendor's clients: a word that is no switch says nothing, and the URL comes first.
        ("", &[KEY, (WORKSHOP, "maybe")], None, own),
        ("", &[KEY, (WORKSHOP, "ftp://localhost:7")], None, own),
        ("", &[KEY, (WORKSHOP, "0")], None, own),
        ("", &[KEY, (WORKSHOP, "OFF")], None, own),
        (
            "",
            &[KEY, (WORKSHOP, " Yes ")],
            None,
            "workshop http://localhost:5899",
        ),
        (
            "",
            &[KEY, (WORKSHOP, "HTTP://localhost:7/v1/")],
            None,
            "workshop http://localhost:7",
        ),
        (
            "",
            &[KEY, (WORKSHOP, "0"), (DEBUGGER, HERE)],
            None,
            "workshop http://127.0.0.1:9",
        ),
        (
            "",
            &[(DEBUGGER, "https://a.test")],
            None,
            "RAINDROP_LOCAL_DEBUGGER: a Raindrop Workshop runs on this machine",
        ),
        (
            "",
            &[KEY, (DEBUGGER, HERE)],
            Some("https://a.test"),
            "https://a.test Environment",
        ),
        (
            "[destination]\nbase_url = 'https://a.test'",
            &[KEY, (DEBUGGER, HERE)],
            None,
            "workshop http://127.0.0.1:9",
        ),
        (
            "[destination]\nkind = 'workshop'",
            &[KEY],
            None,
            "workshop http://localhost:5899",
        ),
        (
            "[destination]\nkind = 'workshop'",
            &[KEY],
            Some("https://a.test"),
            "https://a.test Environment",
        ),
        (
            "[destination]\nkind = 'workshop'\nbase_url = 'https://a.test'",
            &[KEY],
            None,
            "~/config.toml:3:12: a Raindrop Workshop runs on this machine",
        ),
        (
            "[destination]\nkind = 'raindrop'",
            &[],
            None,
            "there is no write key for https://api.raindrop.ai",
        ),
        ("[destination]\nkind = 'raindrop'", &[], Some(HERE), HERE),
        ("[destination]\nkind = 'sink'", &[KEY], None, "own sink"),
        (
            "[destination]\nkind = 'sink'\nbase_url = 'http://127.0.0.1:9'",
            &[KEY],
            None,
            "sink http://127.0.0.1:9 Environment",
        ),
        // A sink elsewhere would be sent to without being asked about.
        (
            "[destination]\nkind = 'sink'\nbase_url = 'https://a.test'",
            &[KEY],
            None,
            "~/config.toml:2:8: a sink runs on this machine",
        ),
        (
            "",
            &[("RAINSCOPE_KIND", "sink"), (URL, "https://a.test"), KEY],
            None,
            "RAINSCOPE_KIND: a sink runs on this machine",
        ),
        (
            "",
            &[("RAINDROP_WRITE_KEY", "Bearer x")],
            None,
            "RAINDROP_WRITE_KEY: the write key has a space",
        ),
    ];
    for (config, variables, base_url, expected) in table {
        let found = found(config, variables, base_url);
        assert!(
            found.starts_with(expected) && (found == expected || expected.contains(' ')),
            "{config} {variables:?} {base_url:?}: {found}"
        );
    }
}

#[test]
fn none_reads_no_file() {
    let home = Home::new("[destination]\nprivacy = true\nnonsense = 1\n");
    home.write("credentials.toml", "broken");
    let options = Overrides {
        config: Some("none".into()),
        ..Overrides::default()
    };
    for (variables, options) in [
        (&[][..], &options),
        (&[("RAINSCOPE_CONFIG", "none")][..], &Overrides::default()),
    ] {
        let (settings, problems) = home.load(variables, options);
        assert_eq!(problems, []);
        assert!(!settings.flag(SettingName::Privacy));
        assert_eq!(
            (&settings.paths.config, &settings.paths.credentials),
            (&None, &None)
        );
        let target = resolve(&settings, &home.environment(&[KEY])).unwrap();
        assert!(matches!(target, SettingsTarget::Server(_)), "{target:?}");
    }
}

/// A command that prints the key runs when the key is needed, and what it prints is one.
#[test]
fn commands_that_print_the_key() {
    let check = |command: &str, expected: Result<(), &str>| {
        let home = Home::new(&format!("[destination]\nwrite_key_command = {command}\n"));
        let (settings, problems) = home.load(&[], &Overrides::default());
        assert_eq!(problems, []);
        let target = resolve(&settings, &home.environment(&[])).unwrap();
        let SettingsTarget::Server(server) = target else {
            panic!("{target:?}");
        };
        let key = server.key.unwrap().reveal();
        match (key, expected) {
            (Ok(_), Ok(())) => {}
            (Err(error), Err(expected)) => {
                assert!(
                    error.to_string().starts_with(expected),
                    "{command}: {error}"
                );
            }
            (key, _) => panic!("{command}: {key:?}"),
        }
    };
    check("'printf rk_of_the_command'", Ok(()));
    check("['printf', 'rk_of_the_command\\nnote']", Ok(()));
    check("'exit 3'", Err("write_key_command failed (exit status: 3)"));
    check("['/no/such']", Err("write_key_command cannot be run"));
    // No shell sees a list: the blank is still there, and the dollar sign.
    check(
        "['printf', '%s', 'rk $HOME']",
        Err("what write_key_command printed is no write key: the write key has a space"),
    );
    check(
        "'yes rk_of_the_command'",
        Err("write_key_command printed more than 65536 bytes"),
    );
}

#[cfg(unix)]
#[test]
fn credentials_others_can_read_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new("");
    home.write(
        "credentials.toml",
        "[write_keys]\n\"https://api.raindrop.ai\" = \"rk_saved_0123456789\"\n",
    );
    let file = home.0.path().join("credentials.toml");
    let environment = home.environment(&[]);
    let (settings, _) = home.load(&[], &Overrides::default());
    for (mode, refused) in [
        (0o644, true),
        (0o640, true),
        (0o602, true),
        (0o600, false),
        (0o400, false),
    ] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        match resolve(&settings, &environment) {
            Ok(target) => {
                assert!(!refused, "{mode:o}");
                let SettingsTarget::Server(server) = &target else {
                    panic!("{target:?}");
                };
                let source = server.key.as_ref().map(|key| key.source);
                assert_eq!(source, Some(KeySource::Credentials));
                assert!(!format!("{target:?}").contains("rk_saved"));
            }
            Err(error) => {
                let told = error.to_string();
                assert!(
                    refused && told.contains("can be read by others"),
                    "{mode:o}: {told}"
                );
                assert!(!told.contains("rk_saved"));
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_saved_key_goes_nowhere_else() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new("[destination]\nbase_url = 'https://other.test'\n");
    home.write(
        "credentials.toml",
        "[write_keys]\n\"https://api.raindrop.ai\" = \"rk_saved_0123456789\"\n",
    );
    let file = home.0.path().join("credentials.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let (settings, _) = home.load(&[], &Overrides::default());
    let error = resolve(&settings, &home.environment(&[])).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("there is no write key for https://other.test")
    );
}

#[cfg(unix)]
#[test]
fn broken_credentials_show_nothing() {
    use std::os::unix::fs::PermissionsExt;
    for text in [
        "[write_keys]\n\"https://api.raindrop.ai\" = rk_saved_0123456789\n",
        "\"a\" = \"rk_saved_0123456789\n",
        "write_keys = \"rk_saved_0123456789\"",
    ] {
        let home = Home::new("");
        home.write("credentials.toml", text);
        let file = home.0.path().join("credentials.toml");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let (settings, _) = home.load(&[], &Overrides::default());
        let told = format!("{:?}", resolve(&settings, &home.environment(&[])));
        assert!(!told.contains("rk_saved"), "{told}");
    }
}

/// A mistake is looked for where it stands.
#[cfg(unix)]
#[test]
fn broken_credentials_name_the_line() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new("");
    let text = "# mine\n[write_keys]\n\n\"https://b.test\" = \"rk_saved_0123456789\"\n\"https://api.raindrop.ai\" = 5\n";
    home.write("credentials.toml", text);
    let file = home.0.path().join("credentials.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let (settings, _) = home.load(&[], &Overrides::default());
    let told = resolve(&settings, &home.environment(&[])).unwrap_err();
    let told = told.to_string();
    assert!(told.contains("credentials.toml:5: expected"), "{told}");
}

/// A Workshop that answers is offered where nothing says where events go, and never where anything does.
#[tokio::test]
async fn a_workshop_is_offered_only_where_nothing_is_said() {
    use rainscope::settings::access::offered_workshop_at;

    let workshop = StandIn::start(Health::Workshop);
    let other = StandIn::start(Health::Other);
    let home = Home::new("");
    let offer = async |url: &str, variables: &[(&str, &str)]| {
        offered_workshop_at(url, &home.environment(variables)).await
    };
    let says = format!("a Raindrop Workshop answers at {}", workshop.url);
    assert_eq!(offer(&workshop.url, &[]).await, Some(says.clone()));
    assert_eq!(
        offer(&workshop.url, &[(WORKSHOP, "maybe")]).await,
        Some(says)
    );
    assert_eq!(offer(&other.url, &[]).await, None);
    assert_eq!(offer("http://127.0.0.1:9", &[]).await, None);
    let asked = workshop.received().len();
    for variables in [
        &[(WORKSHOP, "0")][..],
        &[(WORKSHOP, "1")],
        &[(DEBUGGER, HERE)],
    ] {
        assert_eq!(offer(&workshop.url, variables).await, None, "{variables:?}");
    }
    // Nobody was asked then; and nobody ever got more than the question for its health.
    assert_eq!(workshop.received().len(), asked);
    for request in workshop.received().iter().chain(&other.received()) {
        assert_eq!(request.path(), "/health");
        assert_eq!(request.header("authorization"), None);
    }
}

/// What was sent to a sink that has ended can be read back from nobody; one that runs has a key that may be at hand.
#[tokio::test]
async fn a_sink_that_is_gone_gives_nothing_back() {
    use rainscope::delivery::sink::{Sink, SinkOptions};
    use rainscope::settings::reading::{ReadPlaceError, of_endpoint};

    let sink = Sink::start(SinkOptions::default(), |_| {}).await.unwrap();
    let endpoint = sink.destination().endpoint();
    let environment = Environment::default();
    let options = Overrides {
        config: Some("none".into()),
        ..Overrides::default()
    };
    let settings = Settings::load(&environment, &options).0;
    let error = async || {
        of_endpoint(&settings, &environment, &endpoint, None)
            .await
            .err()
    };
    let runs = error().await;
    assert!(
        matches!(runs, Some(ReadPlaceError::KeyElsewhere(_))),
        "{runs:?}"
    );
    sink.stop(std::time::Duration::from_secs(20)).await;
    let gone = error().await;
    assert!(
        matches!(gone, Some(ReadPlaceError::SinkGone(_))),
        "{gone:?}"
    );
}
