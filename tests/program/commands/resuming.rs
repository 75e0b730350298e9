//! `send --resume`: files and objects that were sent as a whole are not read again, and whatever is not certain is.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use rainscope::delivery::history::History;
use rainscope::delivery::sink::SinkOptions;

use super::bucket::{Bucket, Change};
use super::{Home, Ran, completions, lines, sink};

/// The completions with these numbers, one a line.
fn numbered(numbers: std::ops::Range<usize>) -> String {
    let all = completions(numbers.end);
    let lines = all.lines().skip(numbers.start);
    lines.map(|line| format!("{line}\n")).collect()
}

/// A bucket, and the sink that its objects are sent to.
struct Setup {
    home: Home,
    bucket: Bucket,
    base_url: String,
    store: std::path::PathBuf,
    _sink: rainscope::delivery::sink::SinkHandle,
}

impl Setup {
    async fn new(objects: &[(&str, Vec<u8>)], options: SinkOptions) -> Setup {
        let home = Home::new();
        let store = home.path("store.ndjson");
        let options = SinkOptions {
            store: Some(store.clone()),
            ..options
        };
        let (sink, _) = sink(options).await;
        Setup {
            bucket: Bucket::start(objects),
            base_url: sink.base_url().to_string(),
            home,
            store,
            _sink: sink,
        }
    }

    async fn send(&self, more: &[&str]) -> Ran {
        let arguments = ["send", "--base-url", &self.base_url, "s3://logs/"];
        self.bucket
            .run(&self.home, &[&arguments, more].concat())
            .await
    }

    /// How many events the sink has stored, repeated ones included.
    fn stored(&self) -> usize {
        lines(&self.store).len()
    }
}

fn three() -> [(&'static str, Vec<u8>); 3] {
    [
        ("a.ndjson", numbered(0..2).into_bytes()),
        ("b.ndjson", numbered(2..5).into_bytes()),
        ("c.png", b"\x89PNG\r\n".to_vec()),
    ]
}

#[tokio::test]
async fn an_object_that_was_sent_is_fetched_again_only_when_it_changes() {
    let setup = Setup::new(&three(), SinkOptions::default()).await;
    let bucket = &setup.bucket;
    let ran = setup.send(&[]).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(bucket.fetched(), ["a.ndjson", "b.ndjson", "c.png"]);
    // A dry run says so, and sends nothing; neither does a resumed run.
    for more in [&["--dry-run"][..], &[]] {
        let ran = setup.send(&[&["--resume"], more].concat()).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(ran.out.contains("3 objects passed over"), "{ran:?}");
        assert_eq!(bucket.fetched(), [""; 0], "{more:?}");
    }
    assert_eq!(setup.stored(), 5);
    // One more line, and one more object.
    bucket.put("b.ndjson", numbered(2..6).into_bytes());
    bucket.put("d.ndjson", numbered(6..7).into_bytes());
    let ran = setup.send(&["--resume"]).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.contains("2 accepted by"), "{ran:?}");
    assert!(ran.out.contains("3 accepted before"), "{ran:?}");
    assert!(ran.out.contains("2 objects passed over"), "{ran:?}");
    assert_eq!(bucket.fetched(), ["b.ndjson", "d.ndjson"]);
    assert_eq!(setup.stored(), 7);
    // Without --resume all is sent again.
    let ran = setup.send(&[]).await;
    assert!(ran.out.contains("7 accepted by"), "{ran:?}");
    assert_eq!(bucket.fetched().len(), 4);
}

/// The ids of events are looked at beneath that, and each way of reading and each destination stands by itself.
#[tokio::test]
async fn another_way_of_reading_is_another_run() {
    let setup = Setup::new(&three(), SinkOptions::default()).await;
    let bucket = &setup.bucket;
    setup.send(&[]).await;
    bucket.fetched();
    for more in [
        &["--user", "someone"][..],
        &["--trace", "env=test"],
        &["--privacy"],
    ] {
        let ran = setup.send(&[&["--resume"], more].concat()).await;
        assert!(ran.out.contains("5 accepted before"), "{ran:?}");
        assert_eq!(bucket.fetched().len(), 3, "{more:?}");
    }
    let ran = setup.send(&["--resume", "--project", "other"]).await;
    assert!(ran.out.contains("5 accepted by"), "{ran:?}");
    assert_eq!(bucket.fetched().len(), 3);
    // As lines of `map --wire` they are something else.
    let ran = setup.send(&["--resume", "--wire"]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert_eq!(bucket.fetched().len(), 3);
}

/// An object is noted once each of its events was accepted, and nothing in it was unreadable.
#[tokio::test]
async fn an_object_with_something_left_is_fetched_again() {
    let broken = format!("{}{{\"request\":\n", numbered(0..1));
    // As large as an event may be, and a little more.
    let large = numbered(5..6).replace("Question 5", &"x".repeat(1 << 20));
    let objects = [
        ("a-broken.ndjson", broken.into_bytes()),
        ("b-large.ndjson", large.into_bytes()),
        ("c.ndjson", numbered(1..2).into_bytes()),
        ("d-repeats.ndjson", numbered(1..3).into_bytes()),
    ];
    let setup = Setup::new(&objects, SinkOptions::default()).await;
    let bucket = &setup.bucket;
    setup.send(&[]).await;
    bucket.fetched();
    let ran = setup.send(&["--resume"]).await;
    assert_eq!(ran.status, Some(2), "what was wrong stays wrong: {ran:?}");
    assert!(ran.out.contains("1 object passed over"), "{ran:?}");
    let still = ["a-broken.ndjson", "b-large.ndjson"];
    assert_eq!(
        bucket.fetched(),
        [&still[..], &["d-repeats.ndjson"]].concat(),
        "the repeated event might not have arrived"
    );
    // Now it is known to have.
    setup.send(&["--resume"]).await;
    assert_eq!(bucket.fetched(), still);
    assert_eq!(setup.stored(), 3);
}

/// A server that refuses some: their objects are fetched again, the others are not.
#[tokio::test]
async fn an_object_with_a_refused_event_is_fetched_again() {
    let fail = "ok,400".parse().unwrap();
    let options = SinkOptions {
        fail,
        ..SinkOptions::default()
    };
    let objects = [
        ("a.ndjson", numbered(0..1).into_bytes()),
        ("b.ndjson", numbered(1..2).into_bytes()),
    ];
    let setup = Setup::new(&objects, options).await;
    let one_by_one = ["--batch", "1", "--concurrency", "1"];
    let ran = setup.send(&one_by_one).await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    setup.bucket.fetched();
    let ran = setup.send(&["--resume"]).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(setup.bucket.fetched(), ["b.ndjson"]);
}

/// Lines of `map --wire` in a bucket are passed over as well.
#[tokio::test]
async fn wire_lines_in_a_bucket_are_passed_over() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(4));
    let wire = home.run(&["map", "--wire", &input]).await.out;
    let setup = Setup::new(
        &[
            ("good.ndjson", wire.clone().into_bytes()),
            ("half.ndjson", format!("{wire}{{}}\n").into_bytes()),
        ],
        SinkOptions::default(),
    )
    .await;
    setup.send(&["--wire"]).await;
    setup.bucket.fetched();
    let ran = setup.send(&["--wire", "--resume"]).await;
    assert!(ran.out.contains("1 object passed over"), "{ran:?}");
    assert_eq!(setup.bucket.fetched(), ["half.ndjson"]);
    assert_eq!(setup.stored(), 4);
}

/// Where the history takes no more, as on a full disk, a resumed run stops: each would send the same again.
#[cfg(unix)]
#[tokio::test]
async fn a_resumed_run_stops_where_the_history_takes_no_more() {
    const EVENTS: usize = 2000;
    let home = Home::new();
    let store = home.path("store.ndjson");
    let (sink, _receipts) = sink(SinkOptions {
        store: Some(store.clone()),
        ..SinkOptions::default()
    })
    .await;
    let base_url = sink.base_url().to_string();
    let few = home.write("few.ndjson", &completions(2));
    let many = home.write("many.ndjson", &completions(EVENTS));
    let first = home.run(&["send", "--base-url", &base_url, &few]).await;
    assert_eq!(first.status, Some(0), "{first:?}");
    // No file grows beyond some hundred thousand bytes.
    let script = "ulimit -f 400; exec \"$0\" \"$@\"";
    let program = home.program(&[
        "send",
        "--resume",
        "--batch",
        "10",
        "--base-url",
        &base_url,
        &many,
    ]);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script]).arg(program.get_program());
    command.args(program.get_args()).env_clear();
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.current_dir(home.path(""));
    let ran = super::run(command, "").await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("a resumed run sends nothing that the history doesn't keep"),
        "{ran:?}"
    );
    assert!(
        ran.err
            .contains("stopped; --resume leaves out what the history took"),
        "{ran:?}"
    );
    assert!(lines(&store).len() < EVENTS, "{ran:?}");
}

/// Where there is no history everything is sent. One that is there and can't be read knows what was sent, so that nothing
/// is sent twice because of it: not one event, before a person has decided.
#[tokio::test]
async fn nothing_is_resumed_without_the_history_that_there_is() {
    let setup = Setup::new(&three(), SinkOptions::default()).await;
    setup.send(&[]).await;
    fs::remove_dir_all(setup.home.path("state")).unwrap();
    let ran = setup.send(&["--resume"]).await;
    assert!(ran.out.contains("5 accepted by"), "{ran:?}");
    let file = setup.home.path("state").join("history.db");
    let refused = async |more: &[&str], says: &str| {
        for dry in [&[][..], &["--dry-run"]] {
            setup.bucket.fetched();
            let ran = setup.send(&[&["--resume"], dry, more].concat()).await;
            assert_eq!(ran.status, Some(2), "{ran:?}");
            assert!(ran.err.contains(says), "{ran:?}");
            assert_eq!((setup.bucket.fetched().len(), setup.stored()), (0, 10));
        }
    };
    let database = rusqlite::Connection::open(&file).unwrap();
    database
        .execute_batch("ALTER TABLE input RENAME TO lost")
        .unwrap();
    refused(&[], "only the history knows that").await;
    database
        .execute_batch("ALTER TABLE lost RENAME TO input; PRAGMA user_version = 99")
        .unwrap();
    refused(&[], "of a later version").await;
    drop(database);
    fs::write(&file, "x".repeat(4096)).unwrap();
    refused(&[], "only the history knows that").await;
    // Without the option it is sent, as ever.
    let ran = setup.send(&[]).await;
    assert!(ran.err.contains("sending goes on without it"), "{ran:?}");
    assert_eq!((ran.status, setup.stored()), (Some(0), 15));
}

fn written_long_ago(path: &std::path::Path, text: &str) {
    fs::write(path, text).unwrap();
    let file = File::options().append(true).open(path).unwrap();
    let hour = Duration::from_secs(3600);
    file.set_modified(SystemTime::now() - hour).unwrap();
}

#[tokio::test]
async fn files_are_passed_over_as_objects_are() {
    let home = Home::new();
    let (sink, _) = sink(SinkOptions::default()).await;
    let folder = home.path("logs");
    fs::create_dir(&folder).unwrap();
    written_long_ago(&folder.join("a.ndjson"), &numbered(0..2));
    written_long_ago(&folder.join("b.ndjson"), &numbered(2..4));
    let base_url = sink.base_url().to_string();
    let logs = folder.to_str().unwrap();
    let send = async |more: &[&str]| {
        let arguments = ["send", "--base-url", &base_url, "--resume", logs];
        let ran = home.run(&[&arguments, more].concat()).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        ran.out
    };
    let out = send(&[]).await;
    assert!(out.contains("4 accepted by"), "{out}");
    let out = send(&["--dry-run"]).await;
    assert!(out.contains("0 would be sent"), "{out}");
    assert!(out.contains("2 files passed over"), "{out}");
    written_long_ago(&folder.join("b.ndjson"), &numbered(2..5));
    // Written just now, so that it might be written again unnoticed.
    fs::write(folder.join("c.ndjson"), numbered(5..6)).unwrap();
    let out = send(&[]).await;
    assert!(out.contains("2 accepted by"), "{out}");
    assert!(out.contains("1 file passed over"), "{out}");
    let out = send(&[]).await;
    assert!(out.contains("1 accepted before"), "{out}");
    assert!(out.contains("2 files passed over"), "{out}");
    let history = History::open(&home.path("state").join("history.db")).unwrap();
    assert!(history.pending().unwrap().is_empty());
}

/// An object whose transfer broke off is no object without completions, whatever its name is: that is said, the run has
/// failed, and the next one reads it again.
#[tokio::test]
async fn what_broke_off_is_not_taken_for_sent() {
    // Too large to be read at once, of events that are not.
    let long = format!("Question {} ", "x".repeat(500_000));
    let large = numbered(1..13).replace("Question ", &long);
    let objects = [
        ("day-a", numbered(0..1).into_bytes()),
        ("day-b", large.into_bytes()),
    ];
    let setup = Setup::new(&objects, SinkOptions::default()).await;
    setup.bucket.break_off_after(2 << 20);
    setup.bucket.after_the_first_break(Change::NoRanges);
    let ran = setup.send(&["--resume"]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("can't go on in the middle"), "{ran:?}");
    for command in ["map", "check"] {
        let ran = setup
            .bucket
            .run(&setup.home, &[command, "s3://logs/"])
            .await;
        assert_eq!(ran.status, Some(2), "{command}: {}", ran.err);
    }
    setup.bucket.break_off_after(usize::MAX);
    let ran = setup.send(&["--resume"]).await;
    assert_eq!((ran.status, setup.stored()), (Some(0), 13), "{ran:?}");
}
