//! Defaults, file, environment, options: a later layer wins, and each value knows its origin.

use std::path::PathBuf;

use rainscope::event::privacy::Privacy;
use rainscope::settings::{Overrides, SettingName, SettingValue, is_destination_in_doubt};
use rainscope::{Edits, Section};

use super::Home;
use crate::growth::grows_with_size;

fn privacy(config: &str, variables: &[(&str, &str)], option: Option<bool>) -> (bool, String) {
    let home = Home::new(config);
    let option = option.map(|flag| (SettingName::Privacy, "--privacy", SettingValue::Flag(flag)));
    let options = Overrides {
        values: option.into_iter().collect(),
        ..Overrides::default()
    };
    let (settings, problems) = home.load(variables, &options);
    assert_eq!(problems, []);
    let origin = settings.get(SettingName::Privacy).1.to_string();
    let folder = home.0.path().to_str().unwrap();
    (
        settings.flag(SettingName::Privacy),
        origin.replace(folder, "~"),
    )
}

#[test]
fn a_later_layer_wins() {
    let file = "[destination]\nprivacy = true\n";
    let off = [("RAINSCOPE_PRIVACY", "off")];
    let table = [
        (privacy("", &[], None), (false, "default")),
        (privacy(file, &[], None), (true, "~/config.toml:2:11")),
        (privacy(file, &off, None), (false, "RAINSCOPE_PRIVACY")),
        (privacy(file, &off, Some(true)), (true, "--privacy")),
        (
            privacy(file, &[("RAINSCOPE_PRIVACY", "")], None),
            (true, "~/config.toml:2:11"),
        ),
    ];
    for ((found, origin), expected) in table {
        assert_eq!((found, origin.as_str()), expected);
    }
}

#[test]
fn a_mistake_is_told_and_the_lower_layer_counts() {
    let home = Home::new("[send]\nbatch = 7\nconcurency = 2\n");
    let (settings, problems) = home.load(&[("RAINSCOPE_BATCH", "many")], &Overrides::default());
    assert_eq!(settings.number(SettingName::Batch), 7);
    assert_eq!(settings.number(SettingName::Concurrency), 4);
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2);
    assert!(
        told[0].ends_with("config.toml:3:1: unknown key `concurency`; did you mean `concurrency`?"),
        "{told:?}"
    );
    assert_eq!(
        told[1],
        "RAINSCOPE_BATCH: expected a whole number from 1 to 50"
    );
}

#[test]
fn a_broken_file_leaves_the_defaults() {
    let home = Home::new("[destination\nprivacy = true");
    let (settings, problems) = home.load(&[], &Overrides::default());
    assert!(!settings.flag(SettingName::Privacy));
    assert!(
        problems[0]
            .to_string()
            .contains("config.toml:1:13: not TOML"),
        "{problems:?}"
    );
}

#[test]
fn a_named_file_must_be_there() {
    let home = Home::new("");
    assert_eq!(home.load(&[], &Overrides::default()).1, []);
    let missing = home.0.path().join("missing.toml");
    let options = Overrides {
        config: Some(missing.clone()),
        ..Overrides::default()
    };
    let (_, problems) = home.load(&[], &options);
    assert!(
        problems[0]
            .to_string()
            .contains("missing.toml: the settings cannot be read")
    );
    let (_, problems) = home.load(
        &[("RAINSCOPE_CONFIG", missing.to_str().unwrap())],
        &Overrides::default(),
    );
    assert_eq!(problems.len(), 1);
}

#[test]
fn where_the_files_are() {
    let home = Home::new("");
    let (settings, _) = home.load(
        &[("RAINSCOPE_CONFIG", "/elsewhere/c.toml")],
        &Overrides::default(),
    );
    assert_eq!(
        settings.paths.config,
        Some(PathBuf::from("/elsewhere/c.toml"))
    );
    assert_eq!(
        settings.paths.credentials,
        Some(home.0.path().join("credentials.toml"))
    );
    assert_eq!(
        settings.paths.history,
        Some(home.0.path().join("history.db"))
    );
}

/// However many keys a file has, each with a mistake in it, and however they are written.
#[test]
fn reading_settings_takes_time_by_their_size() {
    let check = |what: &str, make: &dyn Fn(usize) -> String| {
        let make = |size| Home::new(&make(size));
        grows_with_size(what, make, |home| {
            let (_, problems) = home.load(&[], &Overrides::default());
            assert!(
                problems
                    .iter()
                    .all(|problem| !problem.says.contains("read"))
            );
        });
    };
    let members = |size: usize, between: &str| {
        let members: Vec<String> = (0..size).map(|index| format!("k{index}=1")).collect();
        members.join(between)
    };
    check("a key a line", &|size| {
        format!("[history]\n{}", members(size, "\n"))
    });
    check("keys on one line", &|size| {
        format!("history={{{}}}", members(size, ","))
    });
    check("tables", &|size| {
        (0..size).map(|index| format!("[t{index}]\n")).collect()
    });
    check("bindings", &|size| {
        let bindings = (0..size).map(|index| format!("k{index}='x'\n"));
        format!("[keys]\n{}", bindings.collect::<String>())
    });
}

/// The event says whose default user it got: rainscope's own, or where it was set.
#[test]
fn the_default_user_is_told_with_whose_it_is() {
    let from = |config: &str, variables: &[(&str, &str)], option: Option<&str>| {
        let value = |user: &str| {
            let user = SettingValue::Text(user.to_owned());
            (SettingName::DefaultUser, "--default-user", user)
        };
        let options = Overrides {
            values: option.map(value).into_iter().collect(),
            ..Overrides::default()
        };
        let (settings, problems) = Home::new(config).load(variables, &options);
        assert_eq!(problems, []);
        let answer = br#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#;
        let loaded = rainscope::load("answer.json", answer);
        let mapped =
            rainscope::map_at(&loaded.completions[0], &Edits::none(), &settings.context(0));
        let event = mapped.event().unwrap();
        let user = event.field(Section::Top, "user_id").unwrap();
        format!("{} {}", user.value.as_str(), user.provenance.step.from)
    };
    let config = "[destination]\ndefault_user = \"anonymous\"\n";
    let variable: &[(&str, &str)] = &[("RAINSCOPE_DEFAULT_USER", "ci")];
    assert_eq!(
        from("", &[], None),
        r#""anonymous" rainscope's own default user"#
    );
    // Though it is the same word.
    assert_eq!(
        from(config, &[], None),
        r#""anonymous" the default user of the settings file"#
    );
    assert_eq!(
        from(config, variable, None),
        r#""ci" the default user in RAINSCOPE_DEFAULT_USER"#
    );
    assert_eq!(
        from(config, variable, Some("ada")),
        r#""ada" the default user given for this run"#
    );
}

/// What `config show` says of the file.
fn show(home: &Home) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_rainscope"))
        .args(["config", "show", "--config"])
        .arg(home.0.path().join("config.toml"))
        .output()
        .unwrap()
}

/// Where the file can't be read as a whole, no defaults are shown as if they were what it says.
#[test]
fn a_file_that_is_no_toml_is_not_shown_as_defaults() {
    let home = Home::new("[destination]\nprivacy = true\nenabled = false\n[send\n");
    let ran = show(&home);
    assert_eq!(ran.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "");
    let says = String::from_utf8_lossy(&ran.stderr);
    assert!(says.contains("config.toml:4:"), "{says}");
}

/// What only the inspector would report is wrong as well.
#[test]
fn keys_and_a_theme_that_are_none_are_told() {
    let home = Home::new("[inspector]\ntheme = \"darkish\"\n[keys]\nsned = [\"q\"]\n");
    let ran = show(&home);
    assert_eq!(ran.status.code(), Some(2));
    let says = String::from_utf8_lossy(&ran.stderr);
    assert!(
        says.contains("config.toml:2:9: theme: none of auto"),
        "{says}"
    );
    assert!(says.contains("config.toml:4:"), "{says}");
    assert!(says.contains("[keys] `sned` is no command"), "{says}");
    let fine = show(&Home::new(
        "[inspector]\ntheme = \"dark\"\n[keys]\nsend = [\"alt-s\"]\n",
    ));
    assert_eq!(fine.status.code(), Some(0), "{fine:?}");
}

/// Something is configured there, so the program's own sink is not where events go.
#[test]
fn a_destination_with_a_mistake_is_not_shown_as_none() {
    let home = Home::new("[destination]\nbase_url = \"htps://api.raindrop.ai\"\n");
    let ran = show(&home);
    assert_eq!(ran.status.code(), Some(2));
    let says = String::from_utf8_lossy(&ran.stdout);
    assert!(says.contains("Events go to: nowhere, until"), "{says}");
}

/// What a mistake may hide is not decided by the defaults.
#[test]
fn privacy_mode_is_on_where_a_mistake_may_hide_it() {
    let check = |config: &str, expected: Privacy, is_in_doubt: bool| {
        let (settings, problems) = Home::new(config).load(&[], &Overrides::default());
        assert_eq!(settings.privacy_in_doubt(&problems), expected, "{config}");
        assert_eq!(is_destination_in_doubt(&problems), is_in_doubt, "{config}");
    };
    check("", Privacy::Off, false);
    check("[destination]\nprivacy = true", Privacy::On, false);
    check("[destination]\nprivacy = 'true'", Privacy::On, true);
    check("[destination]\nproject = 'My Project'", Privacy::On, true);
    check("[destination]\nprivacy = true\n[send", Privacy::On, true);
    check("[send]\nbatch = 51", Privacy::Off, false);
    let (settings, problems) =
        Home::new("").load(&[("RAINSCOPE_PRIVACY", "yess")], &Overrides::default());
    assert_eq!(problems.len(), 1);
    assert_eq!(settings.privacy_in_doubt(&problems), Privacy::On);
    // What is said on the command line is known.
    let said = Overrides {
        values: vec![(SettingName::Privacy, "--privacy", SettingValue::Flag(false))],
        ..Overrides::default()
    };
    let (settings, problems) = Home::new("[send").load(&[], &said);
    assert_eq!(settings.privacy_in_doubt(&problems), Privacy::Off);
}
