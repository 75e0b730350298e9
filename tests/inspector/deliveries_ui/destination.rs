//! A destination is typed, tested, and only then used or saved; the key is seen nowhere.

use rainscope::delivery::answer::Failure;
use rainscope::delivery::connect::TestStep;
use rainscope::destination::{BaseUrl, Insecure, WriteKey};
use rainscope::event::DestinationKind;
use rainscope::event::privacy::Privacy;
use rainscope::inspector::windows::destination::DestinationForm;
use rainscope::inspector::windows::destination::secret::SecretInput;
use rainscope::inspector::windows::destination::{
    DestinationReport, DestinationTask, Extras, FailedTest, Row,
};
use rainscope::inspector::windows::send::DestinationShown;
use rainscope::inspector::{Effect, Msg};
use rainscope::prepare::Endpoint;
use rainscope::runtime::StartDestination;
use rainscope::settings::SettingOrigin;
use rainscope::settings::access::{self, KeyConsent};
use rainscope::settings::resolve::{FoundKey, KeySource, Server};

use crate::stage::live::{KEY, Live, answer, next, serve, sink, strict_sink, variables};
use crate::stage::{Stage, answered, raindrop};

fn version(stage: &Stage) -> u64 {
    match stage.windows.top_as::<DestinationForm>() {
        Some(form) => form.version,
        other => panic!("{other:?}"),
    }
}

fn row(stage: &Stage) -> Row {
    match stage.windows.top_as::<DestinationForm>() {
        Some(form) => form.row,
        other => panic!("{other:?}"),
    }
}

fn rows(stage: &Stage) -> Vec<Row> {
    match stage.windows.top_as::<DestinationForm>() {
        Some(form) => form.rows(),
        other => panic!("{other:?}"),
    }
}

fn tell(stage: &mut Stage, report: DestinationReport) {
    assert_eq!(stage.tell(Msg::Connection(report)), []);
}

/// The write key is masked while it is typed.
#[test]
fn the_typed_key_is_shown_nowhere() {
    let mut stage = Stage::samples((120, 40));
    stage.pressed = Some(Vec::new());
    let mut said = format!("{:?}", stage.press("t right*2 down*2"));
    said += &format!("{:?}", stage.press(&format!("type:{}", &KEY[..8])));
    let paste = Msg::Paste(format!("{}\n", &KEY[8..]));
    said += &format!("{:?}", stage.tell(paste));
    stage.sees("••••••••••");
    stage.sees("typed; it is never shown");
    let tested = stage.press("ctrl-t");
    let [Effect::Destination(DestinationTask::Test(_, values))] = tested.as_slice() else {
        panic!("{tested:?}");
    };
    // It is there all the same.
    assert!(values.key.write_key().is_ok());
    let mut other = values.key.clone();
    other.pop();
    assert_ne!(values.key, other);
    said += &format!("{tested:?}{stage:?}{}", stage.text());
    // Neither as a whole nor letter by letter.
    for part in [KEY, &KEY[..8], &KEY[8..]] {
        assert!(!said.contains(part), "{part}");
    }
    assert!(!stage.text().contains("r k _"), "{}", stage.text());
}

/// Host and port alone are taken: `http` on this machine, `https` elsewhere.
#[test]
fn a_base_url_needs_no_scheme() {
    let check = |typed: &str, expected: &str| {
        let mut stage = Stage::samples((120, 40));
        stage.press("t right*2 down ctrl-u");
        stage.tell(Msg::Paste(typed.to_owned()));
        let mut effects = stage.press("down");
        effects.extend(stage.tell(Msg::Paste(KEY.to_owned())));
        effects.extend(stage.press("ctrl-t"));
        let test = effects.iter().find_map(|effect| match effect {
            Effect::Destination(DestinationTask::Test(_, values)) => Some(values.base_url.clone()),
            _ => None,
        });
        assert_eq!(test.as_deref(), Some(expected), "{typed}: {}", stage.text());
    };
    check("127.0.0.1:5987", "http://127.0.0.1:5987");
    check("localhost:5987", "http://localhost:5987");
    check("[::1]:5987", "http://[::1]:5987");
    check("api.raindrop.ai", "https://api.raindrop.ai");
    check("https://api.raindrop.ai", "https://api.raindrop.ai");
}

/// - Saving is offered only after a test that passed.
/// - Any edit takes the offer away again.
#[test]
fn save_exists_after_a_passed_test_alone_and_any_edit_takes_it_away() {
    let edits = [
        "left", "type:/x", "type:k", "type:p", "type:u", "space", "space",
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let mut stage = Stage::samples((120, 40));
        stage.press("t right*2");
        assert!(!rows(&stage).contains(&Row::Save));
        assert_eq!(stage.press("ctrl-s"), []);
        stage.sees("test the connection first");
        let tested = stage.press("ctrl-t");
        assert!(matches!(
            tested.as_slice(),
            [Effect::Destination(DestinationTask::Test(..))]
        ));
        stage.sees("… testing");
        let now = version(&stage);
        // The answer to an earlier version counts for nothing.
        tell(&mut stage, DestinationReport::Tested(now - 1, Ok(())));
        assert!(!rows(&stage).contains(&Row::Save));
        tell(&mut stage, DestinationReport::Tested(now, Ok(())));
        stage.sees("The connection works.");
        assert!(rows(&stage).ends_with(&[Row::Use, Row::Save]));
        assert_eq!(row(&stage), Row::Use);
        let saved = stage.press("ctrl-s");
        let [Effect::Destination(DestinationTask::Save(asked, extras))] = saved.as_slice() else {
            panic!("{saved:?}");
        };
        assert_eq!(*asked, now);
        // From the Use button around to the first row, and down to the field.
        let keys = format!("down*{} {edit}", number + 2);
        stage.press(&keys);
        assert!(!rows(&stage).contains(&Row::Save), "after {keys}");
        assert_eq!(stage.press("ctrl-s"), []);
        tell(
            &mut stage,
            DestinationReport::InUse(now, extras.clone(), None),
        );
        assert!(stage.windows.top_as::<DestinationForm>().is_some());
    }
}

#[test]
fn what_is_in_use_is_in_force_though_the_window_was_closed_meanwhile() {
    let mut stage = Stage::samples((120, 40));
    stage.press("t right*2 down*5 space ctrl-t");
    let now = version(&stage);
    tell(&mut stage, DestinationReport::Tested(now, Ok(())));
    let saved = stage.press("ctrl-s esc");
    let [Effect::Destination(DestinationTask::Save(_, extras))] = saved.as_slice() else {
        panic!("{saved:?}");
    };
    assert!(stage.windows.is_empty() && stage.privacy == Privacy::Off);
    let done = Some(Ok("config.toml".to_owned()));
    tell(
        &mut stage,
        DestinationReport::InUse(now, extras.clone(), done),
    );
    assert_eq!(stage.privacy, Privacy::On);
    stage.sees("saved in config.toml");
}

/// Base URL and project can be typed.
#[test]
fn mistakes_and_failures_say_what_to_do() {
    let mut stage = Stage::samples((120, 40));
    stage.press("t right*2 down ctrl-u type:http://api.raindrop.ai?x");
    stage.sees("has a query or a fragment");
    assert_eq!(stage.press("ctrl-t"), []);
    stage.press("ctrl-u type:https://api.raindrop.ai/v1 down*2 type:A_B");
    stage.sees("the project slug must be");
    assert_eq!(stage.press("ctrl-t"), []);
    stage.press("ctrl-u");
    assert_eq!(stage.press("ctrl-t").len(), 1);
    let now = version(&stage);
    let step = TestStep {
        method: "POST",
        path: "/v1/traces",
        what: "an empty trace export",
        attempt: answered(401, ""),
        passed: false,
    };
    tell(&mut stage, DestinationReport::Step(now, step));
    // None was given.
    let says = "A write key is wanted (401).";
    stage.sees(says);
    let failed = FailedTest {
        failure: Failure::new(says, "Check the key."),
        is_about_key: true,
        is_usable: true,
    };
    tell(&mut stage, DestinationReport::Tested(now, Err(failed)));
    stage.sees("Check the key.");
    let said = stage.text();
    assert_eq!(said.matches("key is wanted (401)").count(), 1, "{said}");
    assert_eq!(row(&stage), Row::WriteKey);
    assert!(!rows(&stage).contains(&Row::Use));
}

/// A mistake is read to its end at the default size.
#[test]
fn a_long_mistake_takes_a_second_line() {
    let mut stage = Stage::samples((80, 24));
    stage.press("t right*2 down*3 type:A_B");
    stage.sees("the project slug must be");
    stage.sees("leave it empty for Production");
}

/// Nothing is said twice, nothing is offered where no destination was made, and nothing untested is saved.
#[test]
fn what_failed_its_test_can_be_used_and_not_saved() {
    for is_usable in [false, true] {
        let mut stage = Stage::samples((120, 40));
        stage.press("t right*2 ctrl-t");
        let now = version(&stage);
        let failed = FailedTest {
            failure: Failure::new("It is not there.", ""),
            is_about_key: false,
            is_usable,
        };
        tell(&mut stage, DestinationReport::Tested(now, Err(failed)));
        let said = stage.text();
        assert_eq!(said.matches("Correct it").count(), 1, "{said}");
        assert_eq!(rows(&stage).contains(&Row::UseAnyway), is_usable);
        assert!(!rows(&stage).contains(&Row::Save));
        assert_eq!(stage.press("ctrl-s"), []);
        // It takes a step of one's own.
        assert_eq!(row(&stage), Row::Test);
        stage.press("down");
        let used = stage.press("enter");
        let is_used = matches!(
            used.as_slice(),
            [Effect::Destination(DestinationTask::Use(asked, _))] if *asked == now
        );
        assert_eq!(is_used, is_usable, "{used:?}");
    }
}

/// What is used although its test failed is used with the key that there is, if there is one: the words say which.
#[test]
fn what_is_used_anyway_says_whether_a_key_goes_along() {
    let check = |keys: &str, found: Option<KeySource>, says: &str| {
        let mut stage = Stage::samples((120, 40));
        stage.press("t right*3 down type:http://127.0.0.1:9 down");
        assert_eq!(row(&stage), Row::WriteKey);
        let found = DestinationReport::Key("http://127.0.0.1:9".to_owned(), found);
        tell(&mut stage, found);
        stage.press(keys);
        stage.press("ctrl-t");
        let failed = FailedTest {
            failure: Failure::new("It is not there.", ""),
            is_about_key: false,
            is_usable: true,
        };
        let now = version(&stage);
        tell(&mut stage, DestinationReport::Tested(now, Err(failed)));
        stage.press("down");
        assert_eq!(row(&stage), Row::UseAnyway);
        let words = ["without a key", "with the key above"];
        for other in words {
            let is_said = stage
                .text()
                .contains(&format!("until you leave, {other}, though"));
            assert_eq!(is_said, other == says, "{other}: {}", stage.text());
        }
    };
    check("", None, "without a key");
    check("type:rk_0123456789abcdef", None, "with the key above");
    check("", Some(KeySource::Credentials), "with the key above");
}

/// The local sink needs no settings, so there is nothing to save of it; before the test it is the test that is missing.
#[test]
fn saving_the_local_sink_says_that_there_is_nothing_to_save() {
    let mut stage = Stage::samples((120, 40));
    stage.press("t");
    assert!(rows(&stage).contains(&Row::Choice) && !rows(&stage).contains(&Row::BaseUrl));
    assert_eq!(stage.press("ctrl-s"), []);
    stage.sees("test the connection first (^T)");
    stage.press("ctrl-t");
    let now = version(&stage);
    tell(&mut stage, DestinationReport::Tested(now, Ok(())));
    assert!(!rows(&stage).contains(&Row::Save));
    assert_eq!(stage.press("ctrl-s"), []);
    stage.sees("there is nothing to save: the local sink is there without any settings");
    // A server is saved after the same test.
    let mut stage = Stage::samples((120, 40));
    stage.press("t right*2 ctrl-t");
    let now = version(&stage);
    tell(&mut stage, DestinationReport::Tested(now, Ok(())));
    assert!(!stage.press("ctrl-s").is_empty(), "{}", stage.text());
}

/// What is to come is told before a test as it is after one, and its button is in sight where room is scarce.
#[test]
fn what_a_test_brings_is_told_before_it_and_in_sight_after_it() {
    let mut stage = Stage::samples((80, 24));
    stage.press("t right*2");
    let before = "Test it first: Use and Save appear once the test has passed.";
    assert!(stage.text().contains(before), "{}", stage.text());
    stage.press("ctrl-t");
    let now = version(&stage);
    for path in ["/v1/events/track", "/v1/traces"] {
        let step = TestStep {
            method: "POST",
            path,
            what: "an empty list of events",
            passed: false,
            attempt: answered(500, ""),
        };
        tell(&mut stage, DestinationReport::Step(now, step));
    }
    let failed = FailedTest {
        failure: Failure::new(
            "The server answered with an error of its own (500), twice in a row.",
            "Nothing here can mend that: whoever runs the server sees in its log what went wrong, or try again later.",
        ),
        is_about_key: false,
        is_usable: true,
    };
    tell(&mut stage, DestinationReport::Tested(now, Err(failed)));
    assert_eq!(row(&stage), Row::Test);
    stage.sees("[ Test connection ]");
    let said = stage.window().join(" ").replace(['│', '┃', '▌'], " ");
    let said: Vec<&str> = said.split_whitespace().collect();
    let says = "It can be used all the same, and not saved: Save needs a test that passed.";
    assert!(said.join(" ").contains(says), "{said:?}");
    stage.sees("[ Use anyway for this session ]");
}

/// A key is called stored where it is stored, and only what can be taken away is offered to be.
#[test]
fn where_a_key_comes_from_is_named_and_what_can_be_done_with_it() {
    for (source, says) in [
        (
            KeySource::Environment,
            "the key of RAINDROP_WRITE_KEY is used",
        ),
        (
            KeySource::Command,
            "write_key_command prints the one that is used",
        ),
        (
            KeySource::Credentials,
            "a stored key is used (credentials file)",
        ),
    ] {
        for size in [(80, 24), (120, 40)] {
            let mut stage = Stage::samples(size);
            stage.press("t right*2 down*2");
            assert_eq!(row(&stage), Row::WriteKey);
            let found = DestinationReport::Key("https://api.raindrop.ai".to_owned(), Some(source));
            tell(&mut stage, found);
            stage.sees(says);
            assert_eq!(
                stage.text().matches("stored").count(),
                says.matches("stored").count()
            );
            assert!(!stage.text().contains("^U"), "{}", stage.text());
            stage.press("type:k");
            stage.sees("^U empties the field.");
            stage.press("ctrl-u");
            stage.sees(says);
        }
    }
}

/// The connection can be tested.
#[tokio::test]
async fn a_refused_key_is_corrected_tested_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = strict_sink().await;
    let url = sink.destination().base_url().as_str().to_owned();
    let mut live = Live::new(Stage::samples((120, 40)), folder.path());
    let keys = format!(
        "t wait:\"run\" right*2 down ctrl-u type:{url} down type:wrong_key ctrl-t wait:401"
    );
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
    let said = format!("{:?}{}", live.shell.model, live.text());
    assert!(!said.contains(KEY));
}

#[tokio::test]
async fn for_this_session_alone_nothing_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = strict_sink().await;
    let url = sink.destination().base_url().as_str().to_owned();
    let environment = variables(folder.path(), &[("RAINDROP_WRITE_KEY", KEY)]);
    let mut live = Live::with(Stage::samples((120, 40)), folder.path(), environment);
    live.play(&format!(
        "t wait:\"run\" right*2 down ctrl-u type:{url} down*4 space ctrl-t wait:works enter"
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
    let mut live = Live::with(
        Stage::samples((120, 40)),
        folder.path(),
        variables(folder.path(), &named),
    );
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
    let mut live = Live::new(Stage::samples((120, 40)), folder.path());
    live.play(&format!(
        "t wait:\"run\" right*2 down ctrl-u type:{url} down type:{KEY} ctrl-t"
    ))
    .await;
    live.wait("Test connection").await;
    live.wait("Nothing listens at").await;
    // The option cannot be said here.
    assert!(!live.text().contains("--use-key"), "{}", live.text());
    live.play("down enter wait:\"nothing was saved\"").await;
    assert!(!folder.path().join("config.toml").exists());
    // And what is known of it is its address.
    let address = url.trim_start_matches("http://");
    live.sees(address);
    assert!(!live.text().contains("local sink"), "{}", live.text());
    live.play("s enter wait:\"gave up\"").await;
    assert!(!live.text().contains("local sink"), "{}", live.text());
}

/// A server that was named on the command line and does not answer stays in sight, with what to do from here.
#[tokio::test]
async fn a_silent_server_of_the_command_line_can_be_used_from_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, _receipts) = strict_sink().await;
    let url = sink.destination().base_url().as_str().to_owned();
    sink.stop(std::time::Duration::ZERO).await;
    let environment = variables(folder.path(), &[("RAINDROP_WRITE_KEY", KEY)]);
    let mut live = Live::with(Stage::samples((120, 40)), folder.path(), environment);
    let server = Server {
        base_url: BaseUrl::parse(&url, Insecure::Refused).unwrap(),
        project: None,
        kind: None,
        key: Some(FoundKey::typed(WriteKey::new(KEY.to_owned()).unwrap())),
        origin: SettingOrigin::Default,
    };
    let to = StartDestination::Server(Box::new(server), KeyConsent::NotGiven);
    live.shell.connect(to).await;
    live.play("s").await;
    live.sees("t tests it again, or uses it all the same");
    assert!(!live.text().contains("--use-key"), "{}", live.text());
    live.play(&format!(
        "t wait:\"run\" wait:\"{url}\" wait:\"another server\" ctrl-t"
    ))
    .await;
    live.wait("Use anyway").await;
}

/// A loopback address is a local sink only where one has answered.
#[tokio::test]
async fn an_address_is_called_a_sink_once_it_has_answered_as_one() {
    let (sink, _receipts) = sink("").await;
    let url = sink.destination().base_url().as_str().to_owned();
    let silent = Server {
        base_url: BaseUrl::parse(&url, Insecure::Refused).unwrap(),
        project: None,
        kind: None,
        key: None,
        origin: SettingOrigin::Default,
    };
    let of = async |server: &Server| {
        let made = access::destination(server, KeyConsent::NotGiven).await;
        made.unwrap().name().to_owned()
    };
    // Not the program's own, which is called the local sink.
    assert_eq!(of(&silent).await, "rainscope sink");
    sink.stop(std::time::Duration::ZERO).await;
    assert_eq!(format!("http://{}", of(&silent).await), url);
    let other = serve(|_| answer("200 OK", "application/json", r#"{"service":"other"}"#)).await;
    let other = Server {
        base_url: BaseUrl::parse(&other, Insecure::Refused).unwrap(),
        // Whatever the settings call it.
        kind: Some(DestinationKind::LocalSink),
        ..silent
    };
    assert_eq!(of(&other).await, other.base_url.authority());
}

/// What is switched off in the settings is shown as it stands there, so that saving switches nothing on.
#[tokio::test]
async fn a_destination_that_is_switched_off_is_shown_as_it_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let environment = variables(folder.path(), &[]);
    let mut live = Live::with(Stage::samples((120, 40)), folder.path(), environment);
    let server = Server {
        base_url: BaseUrl::parse("http://127.0.0.1:7501", Insecure::Refused).unwrap(),
        project: None,
        kind: None,
        key: None,
        origin: SettingOrigin::Default,
    };
    let to = StartDestination::SwitchedOff(Some(Box::new(server)));
    live.shell.connect(to).await;
    live.play("t").await;
    live.sees("the destination is switched off in the settings");
    live.sees("http://127.0.0.1:7501");
    live.sees("Enabled         ○ off");
    assert!(!live.text().contains("api.raindrop.ai"), "{}", live.text());
}

#[test]
fn it_opens_on_what_is_in_force() {
    let mut stage = Stage::samples((120, 40));
    stage.press("t");
    stage.sees("● local sink");
    stage.press("esc");
    let other = DestinationShown {
        name: "127.0.0.1:1".to_owned(),
        endpoint: Endpoint {
            base_url: "http://127.0.0.1:1".to_owned(),
            ..raindrop().endpoint
        },
        ..raindrop()
    };
    stage.tell(Msg::Destination(other));
    let asked = stage.press("t");
    let find = |url: &str| Effect::Destination(DestinationTask::FindKey(url.to_owned()));
    assert!(asked.contains(&find("http://127.0.0.1:1")), "{asked:?}");
    // Only Raindrop's own address is called Raindrop.
    stage.sees("● another server…");
    stage.sees("Project         Production");
    // What stands for an empty key is told for this base URL alone.
    stage.sees("looking for a stored key");
    tell(
        &mut stage,
        DestinationReport::Key("http://127.0.0.1:2".to_owned(), None),
    );
    stage.sees("looking for a stored key");
    for (found, says) in [
        (None, "none is stored: a server on this machine needs none"),
        (
            Some(KeySource::Credentials),
            "••••••  a stored key is used (credentials file)",
        ),
    ] {
        tell(
            &mut stage,
            DestinationReport::Key("http://127.0.0.1:1".to_owned(), found),
        );
        stage.sees(says);
    }
    assert_eq!(stage.press("up type:0"), [find("http://127.0.0.1:10")]);
}

#[test]
fn what_was_typed_is_asked_about_and_kept() {
    let mut stage = Stage::samples((120, 40));
    // Nothing is asked where nothing was typed.
    stage.press("t right*2 esc");
    assert!(stage.windows.is_empty());
    stage.press(&format!("t right*2 down*2 type:{KEY} down type:mine esc"));
    stage.sees("Leave without using it?");
    // Esc stays, and so does the key that leaves windows.
    stage.press("esc up esc ctrl-c");
    assert_eq!(row(&stage), Row::WriteKey);
    stage.press("ctrl-c");
    stage.sees("Leave without using it?");
    stage.press("enter");
    assert!(stage.windows.is_empty());
    stage.press("p");
    assert!(!format!("{stage:?}").contains(KEY));
    stage.press("t");
    stage.sees("as you left it: typed and not used");
    stage.sees("Project         mine");
    stage.sees("● on");
    let tested = stage.press("ctrl-t");
    let [Effect::Destination(DestinationTask::Test(version, values))] = tested.as_slice() else {
        panic!("{tested:?}");
    };
    let mut typed = SecretInput::default();
    typed.push(KEY);
    assert_eq!(values.key, typed);
    // Once it is used there is nothing to keep.
    tell(&mut stage, DestinationReport::Tested(*version, Ok(())));
    let version = *version;
    let used = stage.press("enter");
    let [Effect::Destination(DestinationTask::Use(_, extras))] = used.as_slice() else {
        panic!("{used:?}");
    };
    tell(
        &mut stage,
        DestinationReport::InUse(version, extras.clone(), None),
    );
    stage.press("t");
    stage.sees("● local sink");
}

#[tokio::test]
async fn the_key_that_is_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let environment = variables(folder.path(), &[("RAINDROP_WRITE_KEY", KEY)]);
    let mut live = Live::with(Stage::samples((120, 40)), folder.path(), environment);
    live.play("t wait:\"run\" right*2 wait:\"the key of RAINDROP_WRITE_KEY is used\"")
        .await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path());
    live.play("t wait:\"run\" right*2 wait:\"no key is stored for this base URL\"")
        .await;
}

/// A server of one's own is a choice of its own, and tried without a key as with `--base-url`.
#[tokio::test]
async fn a_server_of_ones_own_is_chosen_and_tried_without_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let url = serve(|_| answer("200 OK", "application/json", "{}")).await;
    let mut live = Live::new(Stage::samples((80, 24)), folder.path());
    live.play(
        "t wait:\"none runs\" right*3 wait:\"● another server…\" down wait:\"as http://127.0.0.1\"",
    )
    .await;
    live.play(&format!(
        "ctrl-t wait:\"type the server's base URL first\" type:{url} wait:\"needs none\""
    ))
    .await;
    live.play("ctrl-t wait:\"The connection works.\" enter wait:\"until you leave\"")
        .await;
    assert_eq!(live.shell.model.destination.endpoint.base_url, url);
}

/// A key of Raindrop's is asked for by Raindrop alone.
#[tokio::test]
async fn no_other_server_is_given_the_key_of_raindrop() {
    let folder = tempfile::tempdir().unwrap();
    for (typed, says) in [
        (
            "https://other.test",
            "type the one that this server gave you",
        ),
        (
            "https://api.raindrop.ai",
            "copy it from Raindrop's settings",
        ),
    ] {
        let mut live = Live::new(Stage::samples((120, 40)), folder.path());
        let keys =
            format!("t wait:\"run\" right*2 down ctrl-u type:{typed} ctrl-t wait:\"{says}\"");
        live.play(&keys).await;
    }
}

/// Each choice is read to its end at any width.
#[test]
fn no_choice_is_cut() {
    for width in [60, 80, 90, 120] {
        let mut stage = Stage::samples((width, 24));
        stage.press("t");
        for choice in ["local sink", "Workshop", "Raindrop", "another server…"] {
            let text = stage.text();
            let row = text.lines().find(|line| line.contains("Where")).unwrap();
            assert!(row.contains(choice), "{width}: {row}");
            assert!(
                row.contains("another server…") || width < 80,
                "{width}: {row}"
            );
            stage.press("right");
        }
    }
}

/// Whoever goes through the choices finds what they typed, and Raindrop's address under its name.
#[test]
fn each_choice_keeps_its_base_url() {
    let mut stage = Stage::samples((120, 40));
    stage.press("t right*3 down type:\"127.0.0.1:8080\" up");
    stage.sees("● another server…");
    stage.press("left");
    stage.sees("● Raindrop");
    stage.sees("Base URL        https://api.raindrop.ai");
    stage.press("right");
    stage.sees("Base URL        127.0.0.1:8080");
    stage.press("down ctrl-u type:\"api.raindrop.ai\"");
    stage.sees("● Raindrop");
    stage.press("type:\".evil.test\"");
    stage.sees("● another server…");
}

/// What privacy mode does is said of how it stands, and a key goes nowhere but into its own field.
#[test]
fn a_key_is_pasted_into_its_field_alone() {
    let key = "rk_live_abcdefghijklmnop";
    let mut stage = Stage::samples((120, 40));
    stage.press("t right*2");
    stage.sees("○ off   input and output are sent as well");
    // Raindrop's base URL is right as it is.
    stage.press("tab");
    assert_eq!(row(&stage), Row::WriteKey);
    stage.press("up");
    assert_eq!(row(&stage), Row::BaseUrl);
    stage.tell(Msg::Paste(key.to_owned()));
    stage.sees("not pasted: that is no base URL");
    assert!(!stage.text().contains("rk_live"), "{}", stage.text());
    stage.sees("● Raindrop");
    stage.press("ctrl-u");
    for url in ["127.0.0.1:8080", "http://localhost", "localhost"] {
        stage.press("ctrl-u");
        stage.tell(Msg::Paste(url.to_owned()));
        stage.sees(&format!("Base URL        {url}"));
    }
}

/// A letter on a row that isn't typed into is answered with what to do there, and so is a paste.
#[test]
fn typing_on_a_row_that_is_no_field_says_what_to_do() {
    let mut stage = Stage::samples((80, 24));
    stage.press("t");
    assert_eq!(row(&stage), Row::Choice);
    let version = version(&stage);
    stage.press("type:http");
    stage.sees("nothing is typed here: ← → choose");
    stage.press("right*2");
    assert_eq!(row(&stage), Row::Choice);
    stage.tell(Msg::Paste("http://127.0.0.1:5987".to_owned()));
    stage.sees("Tab leads to what is typed");
    stage.press("left*2 up");
    assert_eq!(row(&stage), Row::Test);
    stage.press("x");
    stage.sees("⏎ does it");
    // Nothing was changed by it, so it is left unasked.
    stage.press("esc");
    assert!(stage.windows.is_empty());
    assert!(version > 0);
}

/// A Workshop that does not run is no gap in the row of choices: it can be chosen, says what to do, and is not tested
/// silently as something else.
#[test]
fn a_workshop_that_does_not_run_says_so_when_chosen() {
    let mut stage = Stage::samples((80, 24));
    stage.press("t");
    let address = "http://127.0.0.1:5899".to_owned();
    tell(&mut stage, DestinationReport::Workshop(address, false));
    stage.sees("✗ Workshop");
    stage.press("right");
    stage.sees("● Workshop");
    stage.sees("No Workshop answers at http://127.0.0.1:5899: start Raindrop's debugger, or");
    stage.press("right");
    stage.sees("● Raindrop");
    stage.sees("✗ Workshop");
}

/// What is said of a row stands there to its end.
#[test]
fn what_is_said_of_a_row_is_not_cut() {
    let mut stage = Stage::samples((80, 24));
    stage.press("t right*2");
    for _ in 0..8 {
        let window = stage.window().join("\n");
        assert!(!window.contains("…│"), "{window}");
        stage.press("down");
    }
}

/// An emptied default user is the program's own again.
#[test]
fn an_emptied_default_user_is_the_programs_own() {
    let mut stage = Stage::samples((120, 40));
    stage.press("t");
    let version = version(&stage);
    let extras = |user: &str| Extras {
        privacy: Privacy::Off,
        is_privacy_chosen: false,
        enabled: true,
        default_user: user.to_owned(),
    };
    let saved = Some(Ok("config.toml".to_owned()));
    tell(
        &mut stage,
        DestinationReport::InUse(version, extras("carl"), saved.clone()),
    );
    assert_eq!(stage.context.default_user.name(), "carl");
    tell(
        &mut stage,
        DestinationReport::InUse(version, extras(""), saved),
    );
    assert_eq!(stage.context.default_user.name(), "anonymous");
}

/// Another default user is no edit, and whatever is listed by it is listed anew.
#[test]
fn another_default_user_is_no_edit() {
    let text = r#"{"request":{"model":"a/b","messages":[]},"response":{"id":"gen-1","choices":[{"message":{"content":"ho"}}]}}"#;
    let loaded = rainscope::load("a.json", text.as_bytes());
    let mut stage = Stage::with(loaded, (120, 40));
    let extras = |user: &str| Extras {
        privacy: Privacy::Off,
        is_privacy_chosen: false,
        enabled: true,
        default_user: user.to_owned(),
    };
    tell(
        &mut stage,
        DestinationReport::InUse(0, extras("carl"), None),
    );
    stage.press("f type:user=carl enter");
    assert_eq!(stage.listed(), 1);
    tell(
        &mut stage,
        DestinationReport::InUse(0, extras("dave"), None),
    );
    assert_eq!(stage.listed(), 0);
    let current = stage.model.current.as_ref().unwrap();
    let user = |event: Option<&rainscope::event::Event>| {
        let event = event.unwrap();
        event
            .fields
            .iter()
            .find(|it| it.key == "user_id")
            .map(|it| it.value.clone())
    };
    assert_eq!(
        user(current.original.as_ref()),
        user(current.mapped.event())
    );
}
