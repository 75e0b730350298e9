//! A bucket as a PATH.

use std::io::Write;

use super::bucket::{Bucket, Change};
use super::{Home, completions};

fn packed(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

fn numbered(numbers: std::ops::Range<usize>) -> String {
    let all = completions(numbers.end);
    let lines = all.lines().skip(numbers.start);
    lines.map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn a_bucket_is_read_in_the_order_of_its_keys() {
    let bucket = Bucket::start(&[
        ("2026-11-26/b c+&=\n.ndjson", numbered(2..4).into_bytes()),
        ("2026-11-26/a.ndjson", numbered(0..2).into_bytes()),
        ("2026-11-26/c.ndjson.gz", packed(&numbered(4..9))),
        ("2026-11-26/.hidden.ndjson", numbered(20..21).into_bytes()),
        ("2026-11-26/folder/", Vec::new()),
        ("2026-11-26/picture.png", b"\x89PNG\r\n".to_vec()),
        ("2026-11-27/d.ndjson", numbered(30..31).into_bytes()),
    ]);
    let home = Home::new();
    let dated = "s3://logs/{date}/";
    let arguments = ["map", dated, "--date", "2026-11-26"];
    for more in [&[][..], &["--lines"], &["--jobs", "2"]] {
        let ran = bucket.run(&home, &[&arguments, more].concat()).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        let ids: Vec<String> = ran
            .out
            .lines()
            .map(|line| {
                let event: serde_json::Value = serde_json::from_str(line).unwrap();
                event["ai_data"]["output"].as_str().unwrap().to_owned()
            })
            .collect();
        let expected: Vec<String> = (0..9).map(|n| format!("Answer {n}")).collect();
        assert_eq!(ids, expected, "{more:?}");
        assert!(
            !ran.err.contains('\u{1b}') && !ran.err.contains("the-"),
            "{ran:?}"
        );
    }
    let ran = bucket
        .run(&home, &["map", "--explain", "s3://logs/2026-11-26/c"])
        .await;
    assert!(
        ran.out.contains("s3://logs/2026-11-26/c.ndjson.gz:5"),
        "{ran:?}"
    );
    let ran = bucket
        .run(&home, &["send", "--dry-run", dated, "--date", "2026-11-26"])
        .await;
    assert!(ran.out.contains("9 would be sent"), "{ran:?}");
    let ran = bucket.run(&home, &["check", "s3://logs/2026-11-27/"]).await;
    assert!(ran.err.contains("1 completion"), "{ran:?}");
    assert!(bucket.asked().len() > 12);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_the_rest_is_read() {
    let bucket = Bucket::start(&[
        ("a.ndjson", numbered(0..1).into_bytes()),
        ("b/../../secrets/x.ndjson", numbered(1..2).into_bytes()),
        ("c.ndjson.gz", packed(&numbered(2..9))[..60].to_vec()),
        ("d.ndjson", numbered(3..4).into_bytes()),
    ]);
    let home = Home::new();
    let ran = bucket.run(&home, &["map", "s3://logs"]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("a key with a part `.` or `..`"), "{ran:?}");
    assert!(
        ran.err.contains("s3://logs/c.ndjson.gz") && ran.err.contains("cut off"),
        "{ran:?}"
    );
    assert!(
        ran.out.contains("Answer 0") && ran.out.contains("Answer 3"),
        "{ran:?}"
    );
    let asked = bucket.asked().join("\n");
    assert!(!asked.contains("secrets"), "{asked}");
    for (path, says) in [
        ("s3://logs/none/", "no object's key begins so"),
        (
            "s3://elsewhere/",
            "is in eu-south-2, not in us-east-1; set AWS_REGION=eu-south-2",
        ),
        ("s3://denied/", "clock is too far"),
        ("s3:///x", "no bucket can have the name"),
        ("s3://logs/{date}/", "Say it by --date"),
    ] {
        let ran = bucket.run(&home, &["map", path]).await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.err.contains(says), "{path}: {ran:?}");
        assert!(
            !ran.err.contains("Signature") && !ran.err.contains("the-token"),
            "{ran:?}"
        );
    }
    let ran = home.run(&["map", "s3://logs/"]).await;
    assert!(ran.err.contains("set AWS_ACCESS_KEY_ID"), "{ran:?}");
    for day in ["2026-13-01", "today", "2026-11-26T10:00:00Z"] {
        let ran = home.run(&["map", "s3://logs/{date}/", "--date", day]).await;
        let says = "expected a day of the calendar as YYYY-MM-DD";
        assert!(ran.status == Some(2) && ran.err.contains(says), "{ran:?}");
    }
}

/// Completions as one object that is too large to be read as a whole.
fn large() -> Vec<u8> {
    let lines =
        completions(3).replace("Question 1", &format!("Question 1 {}", "x".repeat(5 << 20)));
    lines.into_bytes()
}

/// What was read of a large object is not read again where its answer breaks off.
#[tokio::test]
async fn a_large_object_goes_on_where_it_broke_off() {
    let object = large();
    let size = object.len();
    let bucket = Bucket::start(&[("a.ndjson", object)]);
    bucket.break_off_after(2 << 20);
    let home = Home::new();
    let ran = bucket.run(&home, &["map", "s3://logs/a"]).await;
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let answers = ran.out.matches("\"output\":\"Answer ").count();
    assert_eq!(answers, 3);
    let ranges = bucket.ranges();
    let begins: Vec<usize> = ranges
        .iter()
        .map(|range| {
            range
                .strip_prefix("bytes=")
                .unwrap()
                .strip_suffix('-')
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    // Each one begins where the bytes before it ended, and none at the beginning.
    assert_eq!(begins, [2 << 20, 4 << 20], "of {size}");
}

/// A bucket gets the keys, in part or whole, with each request, and may name its objects after them.
#[tokio::test]
async fn an_object_that_is_named_by_a_secret_is_shown_nowhere() {
    let secret = super::bucket::SECRET_KEY;
    let key = format!("{secret}.json");
    let bucket = Bucket::start(&[(&key, numbered(0..1).into_bytes())]);
    let ran = bucket.run(&Home::new(), &["map", "s3://logs/"]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("named by a key"), "{ran:?}");
    assert!(!format!("{ran:?}").contains(secret), "{ran:?}");
}

/// A list whose pages lead in circles ends, and says so.
#[tokio::test]
async fn a_list_in_circles_ends() {
    let one = |n: usize| numbered(n..n + 1).into_bytes();
    let keys = ["a.json", "b.json", "c.json", "d.json", "e.json", "f.json"];
    let objects: Vec<(&str, Vec<u8>)> = keys
        .iter()
        .enumerate()
        .map(|(n, key)| (*key, one(n)))
        .collect();
    let bucket = Bucket::start(&objects);
    bucket.lists_in_circles();
    let ran = bucket.run(&Home::new(), &["map", "s3://logs/"]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("its pages repeat"), "{ran:?}");
    assert!(ran.out.contains("Answer 5"), "{ran:?}");
}

/// What is read is what was asked for, each object once, whatever a server lists.
#[tokio::test]
async fn a_list_is_taken_for_what_was_asked_for_alone() {
    let one = |n: usize| numbered(n..n + 1).into_bytes();
    let objects = [("mine/a.json", one(0)), ("other/secret.json", one(7))];
    let bucket = Bucket::start(&objects);
    bucket.lists_twice();
    let home = Home::new();
    let ran = bucket.run(&home, &["map", "s3://logs/mine/"]).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.out.matches("Answer 0").count(), 1, "{ran:?}");
    bucket.ignores_prefix();
    let ran = bucket.run(&home, &["map", "s3://logs/mine/"]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(!ran.out.contains("Answer 7"), "{ran:?}");
    let expected = "lists other/secret.json, which was not asked for";
    assert!(ran.err.contains(expected), "{ran:?}");
}

/// A weak ETag tells no versions apart: nothing is asked on its condition, and nothing is pieced together.
#[tokio::test]
async fn weak_etags_are_no_condition() {
    let bucket = Bucket::start(&[("a.ndjson", numbered(0..2).into_bytes())]);
    bucket.has_weak_etags();
    let home = Home::new();
    let ran = bucket.run(&home, &["map", "s3://logs/"]).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let bucket = Bucket::start(&[("a.ndjson", large())]);
    bucket.has_weak_etags();
    bucket.break_off_after(2 << 20);
    let ran = bucket.run(&home, &["map", "s3://logs/"]).await;
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(
        ran.err.contains("without an ETag nobody knows"),
        "{}",
        ran.err
    );
    assert_eq!(bucket.ranges(), [""; 0]);
}

/// Where the middle can't be asked for, or is of another version, nothing is pieced together.
#[tokio::test]
async fn a_large_object_that_cannot_go_on_is_refused() {
    let home = Home::new();
    for (change, says) in [
        (Change::NoRanges, "can't go on in the middle"),
        (Change::Replaced, "has changed since it was listed"),
    ] {
        let bucket = Bucket::start(&[("a.ndjson", large())]);
        bucket.break_off_after(2 << 20);
        bucket.after_the_first_break(change);
        let ran = bucket.run(&home, &["map", "s3://logs/a"]).await;
        assert_eq!(ran.status, Some(2), "{}", ran.err);
        assert!(ran.err.contains(says), "{}", ran.err);
        assert!(!ran.out.contains("Answer 2"), "{}", ran.err);
    }
}
