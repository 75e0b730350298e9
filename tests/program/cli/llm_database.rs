//! The log of `llm`, read from its database: both designs, what is beside the file, and what is not its.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::program::{Ran, run, run_with};

#[path = "../../../fuzz/databases.rs"]
mod databases;

/// The older design, as far as it is read.
const RESPONSES: &str = "create table responses (id text primary key, model text, prompt text, system text, prompt_json text,
    options_json text, response text, response_json text, conversation_id text, duration_ms integer, datetime_utc text,
    input_tokens integer, output_tokens integer, token_details text, schema_id text, resolved_model text);
    create table fragments (id integer primary key, hash text, content text);";
/// The newer one.
const TURNS: &str = "create table messages (hash text primary key, parent_hash text, role text, provider_metadata text);
    create table parts (id integer primary key, message_hash text, position integer, type text, tool_name text, text text, payload text);
    create table threads (id text primary key, name text);
    create table turns (id text primary key, thread_id text, parent_message_hash text, tip_message_hash text, model text,
    resolved_model text, options_json text, schema_id text, input_tokens integer, output_tokens integer, token_details text,
    duration_ms integer, datetime_utc text, response_json text);
    create table if not exists fragments (id integer primary key, hash text, content text);";

struct Log {
    folder: tempfile::TempDir,
    connection: Connection,
}

impl Log {
    fn new(schema: &str) -> Log {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("logs.db")).unwrap();
        connection.execute_batch(schema).unwrap();
        Log { folder, connection }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("logs.db")
    }

    fn respond(&self, id: &str, model: &str, prompt_json: &Value, response: &str) {
        let answer = json!({"content": {"$": format!("r:{id}")}, "role": "assistant", "finish_reason": "stop", "id": format!("gen-{id}"),
            "model": "a/b", "created": 1_778_031_301, "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11, "cost": 2e-6}});
        self.connection
            .execute(
                "insert into responses (id, model, prompt, prompt_json, response, response_json, conversation_id, duration_ms, datetime_utc)
                 values (?1, ?2, 'typed', ?3, ?4, ?5, 'c', 250, '2026-05-06T01:35:13+00:00')",
                (id, model, prompt_json.to_string(), response, answer.to_string()),
            )
            .unwrap();
    }

    fn say(
        &self,
        hash: &str,
        parent: Option<&str>,
        role: &str,
        text: Option<&str>,
        payload: Option<Value>,
    ) {
        self.connection
            .execute(
                "insert into messages values (?1, ?2, ?3, null)",
                (hash, parent, role),
            )
            .unwrap();
        self.connection
            .execute(
                "insert into parts (message_hash, position, type, text, payload) values (?1, 0, 'text', ?2, ?3)",
                (hash, text, payload.map(|payload| payload.to_string())),
            )
            .unwrap();
    }
}

fn map(path: &Path) -> Ran {
    run(&["map", &path.display().to_string()])
}

fn events(ran: &Ran) -> Vec<Value> {
    let lines = ran.lines().into_iter();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn files(log: &Log) -> Vec<String> {
    let entries = std::fs::read_dir(log.folder.path()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_older_design_with_its_texts_put_back() {
    let log = Log::new(RESPONSES);
    log.connection
        .execute("insert into fragments values (1, 'h', 'A list.')", [])
        .unwrap();
    let asked =
        json!({"messages": [{"role": "user", "content": {"$r": [{"$": "f:1"}, "\nHow many?"]}}]});
    log.respond("01a", "openrouter/a/b", &asked, "Two.");
    let again = json!({"messages": [{"role": "user", "content": {"$r": [{"$": "f1"}, "\nHow many?"]}},
        {"role": "assistant", "content": {"$": "r:01a"}}, {"role": "user", "content": "Sure?"}]});
    log.respond("01b", "openrouter/a/b", &again, "Yes.");
    let ran = map(&log.path());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let events = events(&ran);
    let texts: Vec<(&Value, &Value)> = events
        .iter()
        .map(|event| (&event["ai_data"]["input"], &event["ai_data"]["output"]))
        .collect();
    assert_eq!(
        texts,
        [
            (&json!("A list.\nHow many?"), &json!("Two.")),
            (&json!("Sure?"), &json!("Yes."))
        ]
    );
    assert_eq!(events[0]["timestamp"], "2026-05-06T01:35:13.250Z");
    assert_eq!(events[0]["properties"]["total_cost"], json!(2e-6));
    // The tool's own conversation was never sent.
    assert!(events[0]["ai_data"]["convo_id"].is_null());
    assert_eq!(files(&log), ["logs.db"]);
}

#[test]
fn the_newer_design_and_both_in_one_file() {
    let log = Log::new(&format!("{RESPONSES}{TURNS}"));
    let asked = json!({"messages": [{"role": "user", "content": "Old?"}]});
    log.respond("01a", "openrouter/a/b", &asked, "Old.");
    // Carried over, and in both designs since.
    log.respond("01b", "openrouter/a/b", &asked, "Told twice.");
    log.connection
        .execute("insert into fragments values (7, 'h', 'A list.')", [])
        .unwrap();
    let borrowed = json!({"text_ref": [{"fragment": 7}, {"literal": "\nHow many?"}]});
    let long = "Sixty-four characters are what it takes for a text to be kept once and no more.";
    log.say("s", None, "system", Some("Be brief."), None);
    log.say("u", Some("s"), "user", None, Some(borrowed));
    log.say("a", Some("u"), "assistant", Some(long), None);
    let answer = json!({"id": "gen-9", "model": "a/b", "choices": [{"message": {"role": "assistant", "content": {"$": "0.0.text"}}, "finish_reason": "stop"}]});
    log.connection
        .execute(
            "insert into turns (id, thread_id, parent_message_hash, tip_message_hash, model, input_tokens, output_tokens, duration_ms, datetime_utc, response_json)
             values ('01b', 't', 'u', 'a', 'openrouter/a/b', 5, 20, 10, '2026-05-06T01:36:00+00:00', ?1)",
            [answer.to_string()],
        )
        .unwrap();
    let ran = map(&log.path());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let events = events(&ran);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["ai_data"]["output"], "Old.");
    assert_eq!(events[1]["ai_data"]["input"], "A list.\nHow many?");
    assert_eq!(events[1]["ai_data"]["output"], long);
    assert_eq!(events[1]["properties"]["completion_tokens"], 20);
    assert_eq!(events[1]["properties"]["trace_id"], "gen-9");
}

#[test]
fn what_stands_beside_a_database_is_left_as_it_is() {
    let log = Log::new("pragma journal_mode = wal;");
    log.connection.execute_batch(RESPONSES).unwrap();
    let asked = json!({"messages": [{"role": "user", "content": "In the log?"}]});
    log.respond("01a", "openrouter/a/b", &asked, "Yes.");
    // Another program has it open: what is in its log counts.
    let before = files(&log);
    assert_eq!(before, ["logs.db", "logs.db-shm", "logs.db-wal"]);
    let ran = map(&log.path());
    assert_eq!((ran.status, ran.lines().len()), (0, 1), "{}", ran.stderr);
    assert_eq!(files(&log), before);
    // Left behind by one that ended early: it is said, and nothing is put right behind anybody's back.
    let copy = tempfile::tempdir().unwrap();
    for name in ["logs.db", "logs.db-wal"] {
        std::fs::copy(log.folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let ran = map(&copy.path().join("logs.db"));
    assert!(ran.stderr.contains("-wal"), "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(copy.path()).unwrap().count(), 2);
}

/// The header has two numbers for how it is written and read; SQLite goes by the second.
#[test]
fn a_database_that_only_reads_with_a_log_gets_none() {
    let log = Log::new(RESPONSES);
    let asked = json!({"messages": [{"role": "user", "content": "Alone?"}]});
    log.respond("01a", "openrouter/a/b", &asked, "Yes.");
    let mut bytes = std::fs::read(log.path()).unwrap();
    for versions in [[0, 2], [1, 2], [2, 2], [2, 1]] {
        bytes[18..20].copy_from_slice(&versions);
        let copy = tempfile::tempdir().unwrap();
        let path = copy.path().join("logs.db");
        std::fs::write(&path, &bytes).unwrap();
        let ran = map(&path);
        assert_eq!(ran.lines().len(), 1, "{versions:?}: {}", ran.stderr);
        let beside = std::fs::read_dir(copy.path()).unwrap().count();
        assert_eq!(beside, 1, "{versions:?}");
        assert!(std::fs::read(&path).unwrap() == bytes, "{versions:?}");
    }
}

#[test]
fn a_locked_database_is_named() {
    let log = Log::new(RESPONSES);
    let asked = json!({"messages": [{"role": "user", "content": "Now?"}]});
    log.respond("01a", "openrouter/a/b", &asked, "Later.");
    log.connection.execute_batch("begin exclusive").unwrap();
    let ran = map(&log.path());
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("locked by another program"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_not_llms_is_named() {
    let check = |path: &Path, says: &str| {
        let ran = map(path);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    };
    let foreign = Log::new(
        "create table plants (name text); create view responses as select name as response from plants;",
    );
    check(
        &foreign.path(),
        "a SQLite database with the tables `plants`",
    );
    let computed =
        Log::new("create table plants (name text, upper text generated always as (upper(name)));");
    let says =
        "a SQLite database with nothing but views, virtual tables and tables with computed columns";
    check(&computed.path(), says);
    check(&Log::new("vacuum;").path(), "a SQLite database");
    let cut = Log::new(RESPONSES);
    let bytes = std::fs::read(cut.path()).unwrap();
    let short = cut.folder.path().join("short.db");
    std::fs::write(&short, &bytes[..bytes.len() / 2]).unwrap();
    check(&short, "SQLite database");
    std::fs::write(&short, &bytes[..50]).unwrap();
    check(&short, "SQLite database");
    // From a pipe there is no file to open.
    let text = String::from_utf8_lossy(&bytes[..16]).into_owned();
    let ran = run_with(&["map", "-"], &text);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("a SQLite database"), "{}", ran.stderr);
}

#[test]
fn entries_of_other_providers_are_none() {
    let log = Log::new(RESPONSES);
    let asked = json!({"messages": [{"role": "user", "content": "Here?"}]});
    log.respond("01a", "openrouter/a/b", &asked, "Yes.");
    log.connection
        .execute(
            "insert into responses (id, model, prompt, response, response_json, datetime_utc) values ('01b', 'gpt-4o', 'x', 'y', '{\"id\":\"chatcmpl-1\"}', '2026-05-06')",
            [],
        )
        .unwrap();
    let ran = map(&log.path());
    assert_eq!(ran.lines().len(), 1);
    assert!(ran.stderr.contains("the model `gpt-4o`"), "{}", ran.stderr);
    // In a folder it is found by its content.
    let folder = run(&["map", &log.folder.path().display().to_string()]);
    assert_eq!(
        (folder.status, folder.lines().len()),
        (0, 1),
        "{}",
        folder.stderr
    );
}

/// A conversation that leads back to itself ends, and so does a query that would not.
#[test]
fn a_hostile_database_stays_harmless() {
    let log = Log::new(TURNS);
    log.say("u", Some("a"), "user", Some("Round"), None);
    log.say("a", Some("u"), "assistant", Some("and round."), None);
    log.connection
        .execute(
            "insert into turns (id, parent_message_hash, tip_message_hash, model, datetime_utc) values ('01', 'u', 'a', 'openrouter/a/b', '2026-05-06')",
            [],
        )
        .unwrap();
    let ran = map(&log.path());
    assert_eq!(ran.lines().len(), 1, "{}", ran.stderr);
}

/// The fuzz target's body over the committed corpus; the endless search for new cases is in `fuzz/`.
#[test]
fn whatever_a_database_holds_it_is_read_and_left_as_it_is() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/llm_database");
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for file in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        databases::llm_database(&bytes, folder.path());
        count += 1;
    }
    assert!(count >= 12, "{count}");
}

/// A row that is computed may be made to take hours, or gigabytes; a module's rows as well.
#[test]
fn tables_that_compute_their_rows_are_none() {
    let check = |schema: &str| {
        let log = Log::new(schema);
        let ran = map(&log.path());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{schema}");
        assert!(
            ran.stderr.contains("a SQLite database with"),
            "{}",
            ran.stderr
        );
    };
    check(
        "create table responses (id text, model text, prompt text, datetime_utc text,
         response text generated always as (hex(zeroblob(30000000))), response_json text);
         insert into responses (id, model, datetime_utc) values ('01', 'openrouter/a/b', '2026-05-06');",
    );
    check(
        "create virtual table responses using fts5 (id, model, prompt, response, response_json, datetime_utc);
         insert into responses values ('01', 'openrouter/a/b', 'p', 'r', '{}', '2026-05-06');",
    );
}

/// A few bytes that stand for many: a fragment that an entry refers to again and again.
#[test]
fn an_entry_longer_than_a_record_is_named_and_the_others_are_read() {
    let log = Log::new(&format!("{RESPONSES}{TURNS}"));
    let asked = json!({"messages": [{"role": "user", "content": "Here?"}]});
    log.respond("01a", "openrouter/a/b", &asked, "Yes.");
    let fragment = "word ".repeat(200_000);
    log.connection
        .execute("insert into fragments values (1, 'h', ?1)", [&fragment])
        .unwrap();
    let borrowed = json!({"text_ref": vec![json!({"fragment": 1}); 100]});
    log.say("u", None, "user", None, Some(borrowed));
    log.connection
        .execute(
            "insert into turns (id, parent_message_hash, tip_message_hash, model, datetime_utc)
             values ('01b', 'u', 'u', 'openrouter/a/b', '2026-05-06')",
            [],
        )
        .unwrap();
    // The same in the older design: the key is short, and stands for all of it each time.
    let again =
        json!({"messages": [{"role": "user", "content": {"$r": vec![json!({"$": "f:1"}); 100]}}]});
    log.respond("01c", "openrouter/a/b", &again, "Yes.");
    let ran = map(&log.path());
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("longer than 64 MiB"), "{}", ran.stderr);
    let events = events(&ran);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["ai_data"]["input"], "Here?");
    let length = events[1]["ai_data"]["input"]
        .as_str()
        .unwrap_or_default()
        .len();
    assert!(length <= 64 << 20, "{length}");
}
