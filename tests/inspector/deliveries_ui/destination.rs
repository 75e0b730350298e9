//! A destination is typed, tested, and only then used or saved; the key is seen nowhere.

use rainscope::event::privacy::Privacy;
use rainscope::inspector::windows::destination::DestinationForm;
use rainscope::inspector::windows::destination::secret::Secret;
use rainscope::inspector::windows::destination::{Ask, Failed, News, Row, StepShown};
use rainscope::inspector::windows::send::DestinationShown;
use rainscope::inspector::{Effect, Model, Msg};
use rainscope::prepare::Endpoint;
use rainscope::settings::resolve::KeySource;

use super::stage::{
    KEY, Live, answer, env, next, press, raindrop, samples, serve, shows, strict_sink, text,
    variables,
};

fn version(model: &Model) -> u64 {
    match model.windows.top_as::<DestinationForm>() {
        Some(form) => form.version,
        other => panic!("{other:?}"),
    }
}

fn row(model: &Model) -> Row {
    match model.windows.top_as::<DestinationForm>() {
        Some(form) => form.row,
        other => panic!("{other:?}"),
    }
}

fn rows(model: &Model) -> Vec<Row> {
    match model.windows.top_as::<DestinationForm>() {
        Some(form) => form.rows(),
        other => panic!("{other:?}"),
    }
}

fn tell(model: &mut Model, news: News) {
    assert_eq!(model.update(Msg::Connection(news), &env()), []);
}

#[test]
fn the_typed_key_is_shown_nowhere() {
    let mut model = samples();
    model.pressed = Some(Vec::new());
    let mut said = format!("{:?}", press(&mut model, "t right down*2"));
    said += &format!("{:?}", press(&mut model, &format!("type:{}", &KEY[..8])));
    let paste = Msg::Paste(format!("{}\n", &KEY[8..]));
    said += &format!("{:?}", model.update(paste, &env()));
    shows(&model, "••••••••••");
    shows(&model, "typed; it is never shown");
    let tested = press(&mut model, "ctrl-t");
    let [Effect::Destination(Ask::Test(_, values))] = tested.as_slice() else {
        panic!("{tested:?}");
    };
    // It is there all the same.
    assert!(values.key.write_key().is_ok());
    let mut other = values.key.clone();
    other.pop();
    assert_ne!(values.key, other);
    said += &format!("{tested:?}{model:?}{}", text(&model));
    // Neither as a whole nor letter by letter.
    for part in [KEY, &KEY[..8], &KEY[8..]] {
        assert!(!said.contains(part), "{part}");
    }
    assert!(!text(&model).contains("r k _"), "{}", text(&model));
}

#[test]
fn save_exists_after_a_passed_test_alone_and_any_edit_takes_it_away() {
    let edits = [
        "left", "type:/x", "type:k", "type:p", "type:u", "space", "space",
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let mut model = samples();
        press(&mut model, "t right");
        assert!(!rows(&model).contains(&Row::Save));
        assert_eq!(press(&mut model, "ctrl-s"), []);
        shows(&model, "test the connection first");
        let tested = press(&mut model, "ctrl-t");
        assert!(matches!(
            tested.as_slice(),
            [Effect::Destination(Ask::Test(..))]
        ));
        shows(&model, "… testing");
        let now = version(&model);
        // The answer to an earlier version counts for nothing.
        tell(&mut model, News::Tested(now - 1, Ok(())));
        assert!(!rows(&model).contains(&Row::Save));
        tell(&mut model, News::Tested(now, Ok(())));
        shows(&model, "The connection works.");
        assert!(rows(&model).ends_with(&[Row::Use, Row::Save]));
        assert_eq!(row(&model), Row::Use);
        let saved = press(&mut model, "ctrl-s");
        let [Effect::Destination(Ask::Save(asked, extras))] = saved.as_slice() else {
            panic!("{saved:?}");
        };
        assert_eq!(*asked, now);
        // From the Use button around to the first row, and down to the field.
        let keys = format!("down*{} {edit}", number + 2);
        press(&mut model, &keys);
        assert!(!rows(&model).contains(&Row::Save), "after {keys}");
        assert_eq!(press(&mut model, "ctrl-s"), []);
        tell(&mut model, News::InUse(now, extras.clone(), None));
        assert!(model.windows.top_as::<DestinationForm>().is_some());
    }
}

#[test]
fn what_is_in_use_is_in_force_though_the_window_was_closed_meanwhile() {
    let mut model = samples();
    press(&mut model, "t right down*5 space ctrl-t");
    let now = version(&model);
    tell(&mut model, News::Tested(now, Ok(())));
    let saved = press(&mut model, "ctrl-s esc");
    let [Effect::Destination(Ask::Save(_, extras))] = saved.as_slice() else {
        panic!("{saved:?}");
    };
    assert!(model.windows.is_empty() && model.privacy == Privacy::Off);
    let done = Some(Ok("config.toml".to_owned()));
    tell(&mut model, News::InUse(now, extras.clone(), done));
    assert_eq!(model.privacy, Privacy::On);
    shows(&model, "saved in config.toml");
}

#[test]
fn mistakes_and_failures_say_what_to_do() {
    let mut model = samples();
    press(
        &mut model,
        "t right down ctrl-u type:http://api.raindrop.ai?x",
    );
    shows(&model, "has a query or a fragment");
    assert_eq!(press(&mut model, "ctrl-t"), []);
    press(
        &mut model,
        "ctrl-u type:https://api.raindrop.ai/v1 down*2 type:A_B",
    );
    shows(&model, "the project slug must be");
    assert_eq!(press(&mut model, "ctrl-t"), []);
    press(&mut model, "ctrl-u");
    assert_eq!(press(&mut model, "ctrl-t").len(), 1);
    let now = version(&model);
    let step = StepShown {
        what: "POST /v1/traces (an empty trace export)".to_owned(),
        says: "The write key was refused (401).".to_owned(),
        millis: 9,
        passed: false,
    };
    tell(&mut model, News::Step(now, step));
    shows(&model, "The write key was refused (401).");
    let failed = Failed {
        says: "The write key was refused (401).".to_owned(),
        help: "Check the key.".to_owned(),
        of_key: true,
    };
    tell(&mut model, News::Tested(now, Err(failed)));
    shows(&model, "Check the key.");
    let said = text(&model);
    assert_eq!(said.matches("refused (401)").count(), 1, "{said}");
    assert_eq!(row(&model), Row::WriteKey);
    assert!(!rows(&model).contains(&Row::Use));
}

#[tokio::test]
async fn a_refused_key_is_corrected_tested_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = strict_sink().await;
    let url = sink.destination().base_url().as_str().to_owned();
    let mut live = Live::new(samples(), folder.path());
    let keys =
        format!("t wait:\"run\" right down ctrl-u type:{url} down type:wrong_key ctrl-t wait:401");
    live.play(&keys).await;
    live.wait("It was typed here: type or paste the key of 127.0.0.1")
        .await;
    let config = folder.path().join("config.toml");
    assert!(!config.exists());
    next(&mut receipts).await;
    live.play(&format!(
        "ctrl-u type:{KEY} ctrl-t wait:works ctrl-s wait:\"saved in\""
    ))
    .await;
    next(&mut receipts).await;
    let saved = std::fs::read_to_string(&config).unwrap();
    assert!(saved.contains(&url) && !saved.contains(KEY), "{saved}");
    let credentials = folder.path().join("credentials.toml");
    assert!(std::fs::read_to_string(&credentials).unwrap().contains(KEY));
    // And that is where test traces go now.
    live.play("s enter wait:accepted").await;
    assert_eq!(next(&mut receipts).await.path, "/v1/events/track");
    live.play("esc").await;
    let said = format!("{:?}{}", live.shell.model, text(&live.shell.model));
    assert!(!said.contains(KEY));
}

#[tokio::test]
async fn for_this_session_alone_nothing_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = strict_sink().await;
    let url = sink.destination().base_url().as_str().to_owned();
    let environment = variables(folder.path(), &[("RAINDROP_WRITE_KEY", KEY)]);
    let mut live = Live::with(samples(), folder.path(), environment);
    live.play(&format!(
        "t wait:\"run\" right down ctrl-u type:{url} down*4 space ctrl-t wait:works enter"
    ))
    .await;
    live.wait("nothing was saved").await;
    assert!(!folder.path().join("config.toml").exists());
    next(&mut receipts).await;
    live.wait("PRIVACY ON").await;
    live.play("s enter wait:accepted").await;
    assert_eq!(next(&mut receipts).await.path, "/v1/events/track_partial");
}

#[tokio::test]
async fn a_workshop_that_answers_is_offered_and_gets_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let (heads, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let url = serve(move |request| {
        heads.send(request.to_owned()).unwrap();
        let body = r#"{"ok":true,"service":"workshop","success":true}"#;
        answer("200 OK", "application/json", body)
    })
    .await;
    let named = [
        ("RAINDROP_WORKSHOP", url.as_str()),
        ("RAINDROP_WRITE_KEY", KEY),
    ];
    let mut live = Live::with(samples(), folder.path(), variables(folder.path(), &named));
    live.play("t wait:\"Workshop   \" right").await;
    live.wait(&url).await;
    live.play("ctrl-t wait:works enter wait:\"nothing was saved\" s enter wait:accepted")
        .await;
    let mut seen = Vec::new();
    while let Ok(request) = requests.try_recv() {
        assert!(!request.contains(KEY) && !request.contains("uthorization"));
        seen.push(request.lines().next().unwrap().to_owned());
    }
    let track = "POST /v1/events/track_partial HTTP/1.1";
    assert_eq!(seen.last().map(String::as_str), Some(track), "{seen:?}");
}

#[tokio::test]
async fn nobody_there_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, _receipts) = strict_sink().await;
    let url = sink.destination().base_url().as_str().to_owned();
    sink.stop(std::time::Duration::ZERO).await;
    let mut live = Live::new(samples(), folder.path());
    live.play(&format!(
        "t wait:\"run\" right down ctrl-u type:{url} down type:{KEY} ctrl-t"
    ))
    .await;
    live.wait("Test connection").await;
    live.wait("Nothing listens at").await;
}

#[test]
fn it_opens_on_what_is_in_force() {
    let mut model = samples();
    press(&mut model, "t");
    shows(&model, "● local sink");
    press(&mut model, "esc");
    let other = DestinationShown {
        name: "127.0.0.1:1".to_owned(),
        endpoint: Endpoint {
            base_url: "http://127.0.0.1:1".to_owned(),
            ..raindrop().endpoint
        },
        ..raindrop()
    };
    model.update(Msg::Destination(other), &env());
    let asked = press(&mut model, "t");
    let find = |url: &str| Effect::Destination(Ask::FindKey(url.to_owned()));
    assert!(asked.contains(&find("http://127.0.0.1:1")), "{asked:?}");
    shows(&model, "● Raindrop");
    shows(&model, "Project         Production");
    // What stands for an empty key is told for this base URL alone.
    shows(&model, "looking for a stored key");
    tell(&mut model, News::Key("http://127.0.0.1:2".to_owned(), None));
    shows(&model, "looking for a stored key");
    for (found, says) in [
        (None, "no key is stored for this base URL"),
        (
            Some(KeySource::Credentials),
            "••••••  a stored key is used (credentials file)",
        ),
    ] {
        tell(
            &mut model,
            News::Key("http://127.0.0.1:1".to_owned(), found),
        );
        shows(&model, says);
    }
    assert_eq!(
        press(&mut model, "up type:0"),
        [find("http://127.0.0.1:10")]
    );
}

#[test]
fn what_was_typed_is_asked_about_and_kept() {
    let mut model = samples();
    // Nothing is asked where nothing was typed.
    press(&mut model, "t right esc");
    assert!(model.windows.is_empty());
    press(
        &mut model,
        &format!("t right down*2 type:{KEY} down type:mine esc"),
    );
    shows(&model, "Leave without using it?");
    // Esc stays, and so does the key that leaves windows.
    press(&mut model, "esc up esc ctrl-c");
    assert_eq!(row(&model), Row::WriteKey);
    press(&mut model, "ctrl-c");
    shows(&model, "Leave without using it?");
    press(&mut model, "enter");
    assert!(model.windows.is_empty());
    press(&mut model, "p");
    assert!(!format!("{model:?}").contains(KEY));
    press(&mut model, "t");
    shows(&model, "as you left it: typed and not used");
    shows(&model, "Project         mine");
    shows(&model, "● on");
    let tested = press(&mut model, "ctrl-t");
    let [Effect::Destination(Ask::Test(version, values))] = tested.as_slice() else {
        panic!("{tested:?}");
    };
    let mut typed = Secret::default();
    typed.push(KEY);
    assert_eq!(values.key, typed);
    // Once it is used there is nothing to keep.
    tell(&mut model, News::Tested(*version, Ok(())));
    let version = *version;
    let used = press(&mut model, "enter");
    let [Effect::Destination(Ask::Use(_, extras))] = used.as_slice() else {
        panic!("{used:?}");
    };
    tell(&mut model, News::InUse(version, extras.clone(), None));
    press(&mut model, "t");
    shows(&model, "● local sink");
}

#[tokio::test]
async fn the_key_that_is_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let environment = variables(folder.path(), &[("RAINDROP_WRITE_KEY", KEY)]);
    let mut live = Live::with(samples(), folder.path(), environment);
    live.play("t wait:\"run\" right wait:\"a stored key is used (RAINDROP_WRITE_KEY)\"")
        .await;
    let mut live = Live::new(samples(), folder.path());
    live.play("t wait:\"run\" right wait:\"no key is stored for this base URL\"")
        .await;
}
