//! What a release needs and nobody looks at between two of them.

use std::path::Path;
use std::process::Command;

const MANIFEST: &str = include_str!("../../Cargo.toml");
const CHANGELOG: &str = include_str!("../../CHANGELOG.md");
const PACK: &str = include_str!("../../packaging/pack");

/// A key's value in a section of the manifest.
fn manifest(section: &str, key: &str) -> toml::Value {
    let table: toml::Table = MANIFEST.parse().unwrap();
    let mut value = toml::Value::Table(table);
    for part in section.split('.').chain([key]) {
        value = value.get(part).unwrap().clone();
    }
    value
}

/// The release workflow takes its notes from the changelog, and fails where there are none.
#[test]
fn the_changelog_tells_of_every_version() {
    let notes = |version: &str| {
        Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/notes"))
            .arg(version)
            .output()
            .unwrap()
    };
    let known = notes("0.1.0");
    let text = String::from_utf8(known.stdout).unwrap();
    assert!(
        known.status.success() && text.contains("Inspector"),
        "{text}"
    );
    assert!(!text.contains("## ["), "another version's notes:\n{text}");
    assert!(!notes("0.0.99").status.success());

    let repository = manifest("package", "repository");
    for heading in CHANGELOG
        .lines()
        .filter_map(|line| line.strip_prefix("## ["))
    {
        let version = heading.split(']').next().unwrap();
        let link = format!("[{version}]: {}/", repository.as_str().unwrap());
        assert!(CHANGELOG.contains(&link), "no link {link}…");
    }
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        CHANGELOG.contains(&format!("## [{version}]")),
        "nothing about {version}"
    );
}

/// `cargo binstall` looks for archives where the release puts them.
#[test]
fn archives_are_named_as_they_are_looked_for() {
    let url = manifest("package.metadata.binstall", "pkg-url");
    let folder = "{ name }-{ version }-{ target }";
    assert!(
        url.as_str()
            .unwrap()
            .ends_with(&format!("/v{{ version }}/{folder}{{ archive-suffix }}"))
    );
    let program = manifest("package.metadata.binstall", "bin-dir");
    assert_eq!(
        program.as_str().unwrap(),
        format!("{folder}/{{ bin }}{{ binary-ext }}")
    );
    assert!(PACK.contains("\nname=rainscope-$version-$target\n"));
    assert!(PACK.contains("tar -C target/pack -czf \"$packages/$name.tar.gz\" \"$name\""));
}

/// The Debian package holds nothing that the script does not make.
#[test]
fn the_package_is_made_of_what_the_script_makes() {
    let assets = manifest("package.metadata.deb", "assets");
    for asset in assets.as_array().unwrap() {
        let from = asset[0].as_str().unwrap();
        let Some(made) = from.strip_prefix("target/assets/rainscope.") else {
            continue;
        };
        let is_made = match made {
            "1" => PACK.contains("man >\"$assets/rainscope.1\""),
            shell => PACK.contains(&format!(" {shell} ")),
        };
        assert!(is_made, "{from}");
    }
}
