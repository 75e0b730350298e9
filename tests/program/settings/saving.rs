//! What a save leaves: comments in place, the key in the credentials file alone, mode 0600, and a
//! broken file untouched. What may be saved at all is shown by the examples of `save::save`.

use std::fs;

use rainscope::delivery::connect::{Verified, test};
use rainscope::delivery::http::Client;
use rainscope::delivery::sink::{Sink, SinkOptions};
use rainscope::destination::WriteKey;
use rainscope::destination::{BaseUrl, Destination, Insecure, ProjectSlug};
use rainscope::event::privacy::Privacy;
use rainscope::settings::access::{self, KeyConsent};
use rainscope::settings::resolve::{KeySource, SettingsTarget, resolve};
use rainscope::settings::save::{KeyStorage, SaveError, SaveOptions, save};
use rainscope::settings::{Overrides, SettingName};

use super::Home;

const KEY: &str = "rk_typed_0123456789";

/// A destination that passed its test; its sink may be gone by then.
async fn verified(project: &str) -> Verified {
    let sink = Sink::start(SinkOptions::default(), |_| {}).await.unwrap();
    let base_url = BaseUrl::parse(sink.base_url().as_str(), Insecure::Refused).unwrap();
    let key = WriteKey::new(KEY.to_owned()).unwrap();
    let project = ProjectSlug::parse(project).unwrap();
    let destination = Destination::raindrop(base_url, key, project);
    test(&Client::default(), destination, |_| {})
        .await
        .result
        .unwrap()
}

fn options(key: KeyStorage) -> SaveOptions {
    SaveOptions {
        privacy: Some(Privacy::On),
        enabled: true,
        default_user: Some("me".to_owned()),
        insecure: false,
        key,
    }
}

/// Privacy mode that nobody chose here stays as the file has it.
#[tokio::test]
async fn what_the_file_keeps_back_stays_kept_back() {
    let home = Home::new("[destination]\nproject = 'old'\nprivacy = true\n");
    let (settings, _) = home.load(&[], &Overrides::default());
    let verified = verified("new").await;
    let unchosen = SaveOptions {
        privacy: None,
        ..options(KeyStorage::Save)
    };
    save(&verified, &unchosen, &settings.paths).unwrap();
    let config = home.read("config.toml");
    assert!(
        config.contains("project = \"new\"") && config.contains("privacy = true"),
        "{config}"
    );
}

#[tokio::test]
async fn comments_stay_and_the_key_is_apart() {
    let text = "# mine\n[destination] # where\nproject = 'old' # why\nprivacy = false # careful\n\n[keys]\nquit = ['q'] # as ever\n";
    let home = Home::new(text);
    let (settings, _) = home.load(&[], &Overrides::default());
    let verified = verified("new").await;
    save(&verified, &options(KeyStorage::Save), &settings.paths).unwrap();
    let config = home.read("config.toml");
    for kept in [
        "# mine\n",
        "[destination] # where",
        "project = \"new\" # why",
        "privacy = true # careful",
        "quit = ['q'] # as ever",
    ] {
        assert!(config.contains(kept), "{kept}: {config}");
    }
    assert!(!config.contains(KEY));
    assert!(home.read("credentials.toml").contains(KEY));
    let (settings, problems) = home.load(&[], &Overrides::default());
    assert_eq!(problems, []);
    assert_eq!(settings.text(SettingName::DefaultUser), Some("me"));
    let SettingsTarget::Server(server) = resolve(&settings, &home.environment(&[])).unwrap() else {
        panic!("no server");
    };
    let source = server.key.as_ref().map(|key| key.source);
    assert_eq!(source, Some(KeySource::Credentials));
    let saved = access::destination(&server, KeyConsent::Given).await;
    assert_eq!(saved.unwrap(), *verified.destination());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = fs::metadata(home.0.path().join("credentials.toml")).unwrap();
        assert_eq!(file.permissions().mode() & 0o7777, 0o600);
    }
    // Saving again keeps the other base URL's key.
    let other = self::verified("").await;
    save(&other, &options(KeyStorage::Save), &settings.paths).unwrap();
    assert_eq!(home.read("credentials.toml").matches(KEY).count(), 2);
    assert!(!home.read("config.toml").contains("project"));
    let names: Vec<_> = fs::read_dir(home.0.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "nothing is left over: {names:?}");
}

#[tokio::test]
async fn a_key_kept_elsewhere_is_not_written() {
    let home = Home::new("");
    let (settings, _) = home.load(&[], &Overrides::default());
    save(
        &verified("").await,
        &options(KeyStorage::Elsewhere),
        &settings.paths,
    )
    .unwrap();
    assert!(!home.0.path().join("credentials.toml").exists());
}

#[tokio::test]
async fn a_broken_file_is_left_alone() {
    let text = "[destination\nproject = 'mine'\n";
    let home = Home::new(text);
    let (settings, _) = home.load(&[], &Overrides::default());
    let refused = save(
        &verified("").await,
        &options(KeyStorage::Save),
        &settings.paths,
    );
    assert!(
        matches!(refused, Err(SaveError::Malformed { line: 1, .. })),
        "{refused:?}"
    );
    assert_eq!(home.read("config.toml"), text);
    assert!(!home.0.path().join("credentials.toml").exists());
}
