//! Which destination comes of which settings, and which write key goes there.

use std::fs;

use rainscope::delivery::destination::Kind;
use rainscope::settings::resolve::{KeySource, Target, resolve};
use rainscope::settings::{Name, Options, Value};

use super::Home;

const KEY: (&str, &str) = ("RAINDROP_WRITE_KEY", "rk_of_the_environment");
const HERE: &str = "http://127.0.0.1:9";
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
    let value = |url: &str| (Name::BaseUrl, "--base-url", Value::Text(url.to_owned()));
    let options = Options {
        values: base_url.map(value).into_iter().collect(),
        ..Options::default()
    };
    let (settings, problems) = home.load(variables, &options);
    assert_eq!(problems, []);
    let folder = home.0.path().to_str().unwrap();
    match resolve(&settings, &home.environment(variables)) {
        Err(error) => error.to_string().replace(folder, "~"),
        Ok(resolved) => {
            let source = resolved.key_source;
            match resolved.target {
                Target::OwnSink { .. } => "own sink".to_owned(),
                Target::Destination(there) => {
                    let has_key = there.write_key().is_some();
                    assert_eq!(has_key, there.kind() != Kind::Workshop);
                    let project = there.project().map_or("", |slug| slug.as_str());
                    format!(
                        "{:?} {} {source:?} {project}",
                        there.kind(),
                        there.base_url()
                    )
                    .trim()
                    .to_owned()
                }
            }
        }
    }
}

#[test]
fn destinations() {
    let command = "[destination]\nwrite_key_command = 'printf rk_of_the_command'\n";
    let list = "[destination]\nwrite_key_command = ['printf', '%s\\nnote', 'rk $HOME'] \n";
    let table: Vec<Row> = vec![
        ("", &[], None, "own sink"),
        (
            "",
            &[KEY],
            None,
            "Raindrop https://api.raindrop.ai Environment",
        ),
        ("", &[("RAINDROP_WRITE_KEY", " ")], None, "own sink"),
        (
            "",
            &[KEY, ("RAINSCOPE_PROJECT", "mine")],
            None,
            "Raindrop https://api.raindrop.ai Environment mine",
        ),
        ("", &[], Some(HERE), "LocalSink http://127.0.0.1:9 None"),
        (
            "",
            &[KEY],
            Some(HERE),
            "Raindrop http://127.0.0.1:9 Environment",
        ),
        (
            "",
            &[(URL, HERE)],
            None,
            "LocalSink http://127.0.0.1:9 None",
        ),
        (
            "",
            &[],
            Some("https://a.test"),
            "there is no write key for https://a.test",
        ),
        (
            "",
            &[KEY],
            Some("http://a.test"),
            "--base-url: http:// to another machine",
        ),
        (
            "[destination]\ninsecure = true",
            &[KEY],
            Some("http://a.test"),
            "Raindrop http://a.test Environment",
        ),
        (
            "[destination]\nbase_url = 'http://a.test'",
            &[KEY],
            None,
            "~/config.toml:2:12: http:// to another machine",
        ),
        (
            command,
            &[],
            None,
            "Raindrop https://api.raindrop.ai Command",
        ),
        (
            command,
            &[KEY],
            None,
            "Raindrop https://api.raindrop.ai Environment",
        ),
        (
            "[destination]\nwrite_key_command = 'exit 3'",
            &[],
            None,
            "write_key_command failed (exit status: 3)",
        ),
        (
            "[destination]\nwrite_key_command = ['/no/such']",
            &[],
            None,
            "write_key_command cannot be run",
        ),
        // No shell sees a list: the blank is still there, and the dollar sign.
        (
            list,
            &[],
            None,
            "what write_key_command printed is no write key: the write key has a space",
        ),
        (
            "",
            &[KEY, (DEBUGGER, "http://localhost:5899/v1/")],
            None,
            "Workshop http://localhost:5899 None",
        ),
        (
            "",
            &[KEY, (WORKSHOP, "1")],
            None,
            "Workshop http://localhost:5899 None",
        ),
        (
            "",
            &[KEY, (WORKSHOP, "http://localhost:7")],
            None,
            "Workshop http://localhost:7 None",
        ),
        (
            "",
            &[KEY, (WORKSHOP, "0"), (DEBUGGER, HERE)],
            None,
            "Raindrop https://api.raindrop.ai Environment",
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
            "Raindrop https://a.test Environment",
        ),
        (
            "[destination]\nbase_url = 'https://a.test'",
            &[KEY, (DEBUGGER, HERE)],
            None,
            "Workshop http://127.0.0.1:9 None",
        ),
        (
            "[destination]\nkind = 'workshop'",
            &[KEY],
            None,
            "Workshop http://localhost:5899 None",
        ),
        (
            "[destination]\nkind = 'workshop'",
            &[KEY],
            Some("https://a.test"),
            "Raindrop https://a.test Environment",
        ),
        (
            "[destination]\nkind = 'raindrop'",
            &[],
            None,
            "there is no write key for https://api.raindrop.ai",
        ),
        (
            "[destination]\nkind = 'raindrop'",
            &[],
            Some(HERE),
            "LocalSink http://127.0.0.1:9 None",
        ),
        ("[destination]\nkind = 'sink'", &[KEY], None, "own sink"),
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
            found.starts_with(expected),
            "{config} {variables:?} {base_url:?}: {found}"
        );
    }
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
    let (settings, _) = home.load(&[], &Options::default());
    for (mode, refused) in [
        (0o644, true),
        (0o640, true),
        (0o602, true),
        (0o600, false),
        (0o400, false),
    ] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        match resolve(&settings, &environment) {
            Ok(resolved) => {
                assert!(!refused, "{mode:o}");
                assert_eq!(resolved.key_source, KeySource::Credentials);
                assert!(!format!("{resolved:?}").contains("rk_saved"));
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
    let (settings, _) = home.load(&[], &Options::default());
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
        let (settings, _) = home.load(&[], &Options::default());
        let told = format!("{:?}", resolve(&settings, &home.environment(&[])));
        assert!(!told.contains("rk_saved"), "{told}");
    }
}
