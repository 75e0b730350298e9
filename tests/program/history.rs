//! The history from outside: what survives a program that goes away, what two programs at once see,
//! what is forgotten, and what is never kept.
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use rainscope::delivery::history::{
    AttemptRecord, DeliveryId, DeliveryState, EndedDelivery, History, HistoryError, Query, Queued,
    Retention,
};
use rainscope::destination::{BaseUrl, Destination, Insecure, WriteKey};
use rainscope::event::privacy::Privacy;
use rainscope::event::wire::{Route, WireRequest};
use rainscope::prepare::{Endpoint, Prepared};
use tempfile::TempDir;

const DAY: i64 = 86_400_000;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("state").join("history.db")
    }

    fn open(&self) -> History {
        History::open(&self.path()).unwrap()
    }
}

fn endpoint() -> Endpoint {
    let base_url = BaseUrl::parse("https://a.test", Insecure::Refused).unwrap();
    let key = WriteKey::new("rk_0123456789".to_owned()).unwrap();
    Destination::raindrop(base_url, key, None).endpoint()
}

fn queued(event_id: &str, privacy: Privacy) -> Queued {
    let body = format!(r#"[{{"event_id":"{event_id}"}}]"#);
    let request = WireRequest {
        route: Route::Track,
        event_id: event_id.to_owned(),
        body: Arc::from(body.as_bytes()),
    };
    Queued {
        endpoint: endpoint(),
        prepared: Prepared::new(format!("the {event_id}"), request, privacy, 42).unwrap(),
    }
}

fn enqueue(history: &History, event_id: &str) -> DeliveryId {
    history
        .enqueue(1000, &[queued(event_id, Privacy::Off)])
        .unwrap()[0]
}

fn attempt(status: u16) -> AttemptRecord {
    AttemptRecord {
        status: Some(status),
        says: format!("It said {status}."),
        millis: 1.5,
        answer_bytes: 2,
    }
}

fn end(history: &History, id: DeliveryId, state: DeliveryState, status: u16) {
    let ended = EndedDelivery {
        id,
        state,
        attempts: vec![attempt(status); 2],
    };
    history.finish(2000, &[ended]).unwrap();
}

fn ids(history: &History, query: &Query) -> Vec<String> {
    let records = history.recent(query).unwrap();
    records.into_iter().map(|record| record.event_id).collect()
}

fn all() -> Query {
    Query {
        limit: 100,
        ..Query::default()
    }
}

#[test]
fn a_delivery_from_queue_to_end() {
    let place = Place::new();
    let history = place.open();
    let id = enqueue(&history, "e1");
    let stored = history.get(id).unwrap().unwrap();
    assert_eq!(stored.record.state, DeliveryState::Queued);
    assert_eq!(
        stored.request(),
        Some(queued("e1", Privacy::Off).prepared.request)
    );
    end(&history, id, DeliveryState::Accepted, 200);
    let stored = history.get(id).unwrap().unwrap();
    assert_eq!(
        (stored.record.state, stored.record.status),
        (DeliveryState::Accepted, Some(200))
    );
    assert_eq!((stored.record.attempts, stored.record.millis), (2, 3.0));
    assert_eq!(
        (
            stored.record.made_at,
            stored.record.queued_at.as_millisecond()
        ),
        (42, 1000)
    );
    assert_eq!(stored.attempts.len(), 2);
    assert_eq!(stored.record.endpoint, endpoint());
    assert_eq!(history.get(DeliveryId(99)).unwrap(), None);
}

#[test]
fn what_was_not_answered_is_offered_again() {
    let place = Place::new();
    let gone = place.open();
    let id = enqueue(&gone, "e1");
    let done = enqueue(&gone, "e2");
    end(&gone, done, DeliveryState::Refused, 400);
    let next = place.open();
    assert_eq!(next.pending().unwrap(), [], "the other program still runs");
    assert!(!next.claim(id).unwrap());
    drop(gone);
    let pending = next.pending().unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].event_id, "e1");
    let third = place.open();
    assert!(next.claim(id).unwrap());
    assert!(!third.claim(id).unwrap(), "one program alone takes it");
    assert_eq!(third.pending().unwrap(), []);
    end(&next, id, DeliveryState::Accepted, 200);
    drop((next, third));
    assert_eq!(place.open().pending().unwrap(), []);
}

/// What can't be written when a delivery ends is written with the next end, and else when the history is closed.
#[test]
fn an_end_that_could_not_be_written_is_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let history = History::open(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    let break_off = || other.execute_batch("ALTER TABLE attempt RENAME TO elsewhere");
    let mend = || other.execute_batch("ALTER TABLE elsewhere RENAME TO attempt");
    let ended = |id| EndedDelivery {
        id,
        state: DeliveryState::Accepted,
        attempts: vec![attempt(200)],
    };
    let finish = |id| history.finish(2000, &[ended(id)]);
    let state = |id| {
        History::open(&path)
            .unwrap()
            .get(id)
            .unwrap()
            .unwrap()
            .record
            .state
    };
    let [first, second, third] = ["e1", "e2", "e3"].map(|id| enqueue(&history, id));
    break_off().unwrap();
    assert!(finish(first).is_err());
    mend().unwrap();
    assert_eq!(state(first), DeliveryState::Queued);
    finish(second).unwrap();
    assert_eq!([first, second].map(state), [DeliveryState::Accepted; 2]);
    break_off().unwrap();
    assert!(finish(third).is_err());
    mend().unwrap();
    assert_eq!(state(third), DeliveryState::Queued);
    drop(history);
    let history = History::open(&path).unwrap();
    let third = history.get(third).unwrap().unwrap().record.state;
    assert_eq!(third, DeliveryState::Accepted);
}

/// Another program may have forgotten what is being sent, since it looked old: no other's end waits for that.
#[test]
fn the_end_of_what_was_forgotten_holds_up_no_other() {
    let place = Place::new();
    let history = place.open();
    let [gone, other] = ["e1", "e2"].map(|id| enqueue(&history, id));
    let forgetful = rusqlite::Connection::open(place.path()).unwrap();
    let forgotten = forgetful.execute("DELETE FROM delivery WHERE event_id = 'e1'", []);
    assert_eq!(forgotten, Ok(1));
    let ended = [gone, other].map(|id| EndedDelivery {
        id,
        state: DeliveryState::Accepted,
        attempts: vec![attempt(200)],
    });
    history.finish(2000, &ended).unwrap();
    assert_eq!(history.get(gone).unwrap(), None);
    let record = history.get(other).unwrap().unwrap().record;
    assert_eq!(record.state, DeliveryState::Accepted);
}

/// What is not answered can be sent again, in privacy mode too; what is answered leaves nothing behind there.
#[test]
fn a_body_of_privacy_mode_is_kept_until_it_is_answered() {
    let place = Place::new();
    let history = place.open();
    let kept = |state: Option<(DeliveryState, u16)>| {
        let secret = queued("of-the-private-event", Privacy::On);
        let id = history.enqueue(1, &[secret]).unwrap()[0];
        if let Some((state, status)) = state {
            end(&history, id, state, status);
        }
        let stored = history.get(id).unwrap().unwrap();
        assert_eq!(stored.record.privacy, Privacy::On);
        (id, stored.request().is_some())
    };
    let (unanswered, is_kept) = kept(None);
    assert!(is_kept);
    let (given_up, is_kept) = kept(Some((DeliveryState::GaveUp, 503)));
    assert!(is_kept);
    assert!(!kept(Some((DeliveryState::Accepted, 200))).1);
    assert!(!kept(Some((DeliveryState::Refused, 400))).1);
    end(&history, unanswered, DeliveryState::Accepted, 200);
    end(&history, given_up, DeliveryState::Accepted, 200);
    drop(history);
    for entry in fs::read_dir(place.path().parent().unwrap()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(memchr::memmem::find(&bytes, br#"[{"event_id""#).is_none());
    }
}

#[test]
fn searching() {
    let place = Place::new();
    let history = place.open();
    for (event_id, state, status) in [
        ("e1", DeliveryState::Accepted, 200),
        ("e2", DeliveryState::Refused, 400),
        ("e3", DeliveryState::GaveUp, 503),
    ] {
        let id = enqueue(&history, event_id);
        end(&history, id, state, status);
    }
    assert_eq!(ids(&history, &all()), ["e3", "e2", "e1"]);
    let table = [
        ("THE E2", None, vec!["e2"]),
        ("a.test", None, vec!["e3", "e2", "e1"]),
        ("said 503", None, vec!["e3"]),
        ("100%", None, vec![]),
        ("", Some(DeliveryState::Refused), vec!["e2"]),
    ];
    for (text, state, expected) in table {
        let query = Query {
            text: text.to_owned(),
            state,
            ..all()
        };
        assert_eq!(ids(&history, &query), expected, "{text}");
    }
    let first = history
        .recent(&Query {
            limit: 2,
            ..Query::default()
        })
        .unwrap();
    let query = Query {
        before: Some(first[1].id),
        ..all()
    };
    assert_eq!(ids(&history, &query), ["e1"]);
}

#[test]
fn what_a_destination_has() {
    let place = Place::new();
    let history = place.open();
    let first = enqueue(&history, "e1");
    end(&history, first, DeliveryState::Accepted, 200);
    let again = enqueue(&history, "e1");
    end(&history, again, DeliveryState::Refused, 400);
    enqueue(&history, "e2");
    let sent = |endpoint: &Endpoint, id: &str| history.sent(endpoint, id).unwrap();
    let known = sent(&endpoint(), "e1").unwrap();
    assert!(known.accepted, "what was accepted once stays accepted");
    assert_eq!(known.id, first);
    let known = sent(&endpoint(), "e2").unwrap();
    assert!(!known.accepted);
    assert_eq!(known.made_at, 42);
    assert_eq!(sent(&endpoint(), "e3"), None);
    let elsewhere = Endpoint {
        project: "other".to_owned(),
        ..endpoint()
    };
    assert_eq!(sent(&elsewhere, "e1"), None);
}

/// What retention forgets is in none of the history's files any more.
#[test]
fn what_is_forgotten_is_overwritten() {
    let place = Place::new();
    let history = place.open();
    let id = enqueue(&history, "gen-to-be-forgotten");
    end(&history, id, DeliveryState::Accepted, 200);
    let holders = || {
        let entries = fs::read_dir(place.path().parent().unwrap()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let marker = b"gen-to-be-forgotten";
        let holds =
            |path: &PathBuf| memchr::memmem::find(&fs::read(path).unwrap(), marker).is_some();
        paths.filter(holds).count()
    };
    assert!(holders() > 0);
    let nothing = Retention {
        keep: 0,
        keep_bodies: 0,
        days: 10,
    };
    history.prune(&nothing, 5 * DAY).unwrap();
    assert_eq!(holders(), 0);
    // An earlier program deleted without overwriting.
    let id = enqueue(&history, "gen-to-be-forgotten");
    end(&history, id, DeliveryState::Accepted, 200);
    drop(history);
    let earlier = rusqlite::Connection::open(place.path()).unwrap();
    earlier
        .execute_batch("PRAGMA secure_delete = OFF; DELETE FROM body; DELETE FROM attempt; DELETE FROM delivery; DROP TABLE verdict; DROP TABLE input; PRAGMA user_version = 1;")
        .unwrap();
    drop(earlier);
    assert!(holders() > 0);
    drop(place.open());
    assert_eq!(holders(), 0);
}

#[test]
fn forgetting() {
    let keep = |keep, keep_bodies, days| Retention {
        keep,
        keep_bodies,
        days,
    };
    let table = [
        (keep(10, 10, 10), 5, vec!["e3", "e2", "e1"], 3),
        (keep(1, 10, 10), 5, vec!["e3", "e1"], 2),
        (keep(10, 1, 10), 5, vec!["e3", "e2", "e1"], 2),
        (keep(0, 0, 10), 5, vec!["e1"], 1),
        (keep(10, 10, 10), 11, vec![], 0),
    ];
    for (retention, day, expected, bodies) in table {
        let place = Place::new();
        let history = place.open();
        // e1 stays queued.
        let given: Vec<DeliveryId> = ["e1", "e2", "e3"].map(|id| enqueue(&history, id)).to_vec();
        for id in &given[1..] {
            end(&history, *id, DeliveryState::Accepted, 200);
        }
        history.prune(&retention, day * DAY).unwrap();
        assert_eq!(ids(&history, &all()), expected, "{retention:?}");
        let kept = given
            .iter()
            .filter_map(|id| history.get(*id).unwrap()?.body);
        assert_eq!(kept.count(), bodies, "{retention:?}");
    }
}

/// A program that is to remember nothing takes nothing away that another one is sending.
#[test]
fn what_another_program_is_sending_is_not_forgotten() {
    let place = Place::new();
    let (sending, other) = (place.open(), place.open());
    let id = enqueue(&sending, "e1");
    let nothing = Retention {
        keep: 0,
        keep_bodies: 0,
        days: 0,
    };
    other.prune(&nothing, DAY / 2).unwrap();
    end(&sending, id, DeliveryState::Accepted, 200);
    assert_eq!(ids(&sending, &all()), ["e1"]);
    other.prune(&nothing, DAY / 2).unwrap();
    assert!(ids(&sending, &all()).is_empty());
}

/// Text is found as it was typed, whatever letters are in it.
#[test]
fn a_search_finds_every_letter() {
    let place = Place::new();
    let history = place.open();
    enqueue(&history, "Größe-ABC");
    for text in ["Größe", "abc", "größe"] {
        let query = Query {
            text: text.to_owned(),
            ..all()
        };
        assert_eq!(ids(&history, &query), ["Größe-ABC"], "{text}");
    }
    let named = "Übersicht";
    enqueue(&history, named);
    let query = Query {
        text: named.to_owned(),
        ..all()
    };
    assert_eq!(ids(&history, &query), [named]);
}

#[test]
fn programs_at_once() {
    let place = Place::new();
    let programs = 4;
    let each = 50;
    thread::scope(|scope| {
        for program in 0..programs {
            let path = place.path();
            scope.spawn(move || {
                let history = History::open(&path).unwrap();
                for n in 0..each {
                    let id = enqueue(&history, &format!("{program}-{n}"));
                    end(&history, id, DeliveryState::Accepted, 200);
                }
            });
        }
    });
    let history = place.open();
    let query = Query {
        limit: 1000,
        state: Some(DeliveryState::Accepted),
        ..Query::default()
    };
    assert_eq!(ids(&history, &query).len(), programs * each);
}

#[test]
fn what_cannot_be_opened_is_told() {
    let place = Place::new();
    drop(place.open());
    let left: Vec<_> = fs::read_dir(place.path().parent().unwrap())
        .unwrap()
        .collect();
    assert_eq!(left.len(), 1, "only the database is left: {left:?}");
    let connection = rusqlite::Connection::open(place.path()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let newer = History::open(&place.path());
    assert!(
        matches!(newer, Err(HistoryError::Newer { version: 99 })),
        "{newer:?}"
    );
    fs::write(
        place.path(),
        "this is no database, but a text that is long enough to be seen as such",
    )
    .unwrap();
    let broken = History::open(&place.path()).unwrap_err().to_string();
    assert!(
        broken.contains("cannot be used") && broken.contains("move the file away"),
        "{broken}"
    );
    let file = place.0.path().join("file");
    fs::write(&file, "").unwrap();
    let nowhere = History::open(&file.join("state").join("history.db"));
    assert!(
        matches!(nowhere, Err(HistoryError::Io { .. })),
        "{nowhere:?}"
    );
}

#[cfg(unix)]
#[test]
fn its_files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let history = place.open();
    enqueue(&history, "e1");
    for entry in fs::read_dir(place.path().parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("history") {
            assert_eq!(mode, 0o600, "{name}");
        }
    }
}
