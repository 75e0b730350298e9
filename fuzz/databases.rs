//! What the fuzz target of llm's database does with its bytes: rows of a database, changes to one that is whole, and a
//! database that nothing but its first bytes makes one. Each is a real file, read as the program reads it.
//! `tests/program/cli/llm_database.rs` runs the committed corpus through it.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use rainscope::feed::{FeedItem, feed_unit};
use rainscope::source::{SourceUnit, load};
use rainscope::{Context, Document, Edits, Loaded, Privacy, event_json, map_at};
use rusqlite::{Connection, params_from_iter};

/// How every database begins.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// The bytes of the texts that may come of one file, whatever it refers to.
const MOST: usize = 256 << 20;

/// Both designs, as far as they are read, in small pages so that a change often meets something.
const SCHEMA: &str = "pragma page_size = 512;
    create table responses (id text primary key, model text, prompt text, system text, prompt_json text, response text,
      response_json text, conversation_id text, duration_ms, datetime_utc text, input_tokens, output_tokens, resolved_model text);
    create table fragments (id integer primary key, hash text, content text);
    create table messages (hash text primary key, parent_hash text, role text);
    create table parts (id integer primary key, message_hash text, position, type text, text text, payload text);
    create table turns (id text primary key, thread_id text, parent_message_hash text, tip_message_hash text, model text,
      resolved_model text, input_tokens, output_tokens, duration_ms, datetime_utc text, response_json text);
    create unique index parts_in_order on parts (message_hash, position);";

/// How a line says which table its row belongs to, and the columns that follow, divided by tabs.
const ROWS: &[(&str, &str, &[&str])] = &[
    (
        "r\t",
        "responses",
        &[
            "id",
            "prompt_json",
            "response_json",
            "response",
            "prompt",
            "duration_ms",
            "datetime_utc",
            "input_tokens",
        ],
    ),
    ("f\t", "fragments", &["id", "content"]),
    ("m\t", "messages", &["hash", "parent_hash", "role"]),
    (
        "p\t",
        "parts",
        &["message_hash", "position", "type", "text", "payload"],
    ),
    (
        "t\t",
        "turns",
        &[
            "id",
            "parent_message_hash",
            "tip_message_hash",
            "response_json",
            "thread_id",
            "duration_ms",
            "datetime_utc",
        ],
    ),
];

/// A conversation in each design.
const WHOLE: &str = concat!(
    "f\t1\tA list.\n",
    "r\t01a\t{\"messages\":[{\"role\":\"user\",\"content\":{\"$r\":[{\"$\":\"f:1\"},\"How many?\"]}}]}",
    "\t{\"content\":{\"$\":\"r:01a\"},\"id\":\"gen-1\",\"usage\":{\"cost\":2e-6}}\tTwo.\n",
    "m\ts\t\tsystem\np\ts\t0\ttext\tBe brief.\n",
    "m\tu\ts\tuser\np\tu\t0\ttext\t\t{\"text_ref\":[{\"fragment\":1},{\"literal\":\"Sure?\"}]}\n",
    "m\ta\tu\tassistant\np\ta\t0\ttext\tYes.\n",
    "t\t01b\tu\ta\t{\"id\":\"gen-2\",\"choices\":[{\"message\":{\"content\":{\"$\":\"0.0.text\"}}}]}\n",
);

/// Reads three databases that the bytes make, in files of the folder.
pub fn llm_database(bytes: &[u8], folder: &Path) {
    let text = String::from_utf8_lossy(bytes);
    let rows = database(&text, folder);
    read(&fs::read(rows).expect("the database"), folder);
    let whole = fs::read(database(WHOLE, folder)).expect("the database");
    read(&changed(whole, bytes), folder);
    read(&[MAGIC, bytes].concat(), folder);
}

/// A database with a row for each line. A line that names no table is what was asked and answered in an entry of
/// its own.
fn database(text: &str, folder: &Path) -> PathBuf {
    let path = folder.join("rows.db");
    let _ = fs::remove_file(&path);
    let mut database = Connection::open(&path).expect("a database");
    database.execute_batch(SCHEMA).expect("its tables");
    let rows = database.transaction().expect("a transaction");
    for (number, line) in text.split('\n').enumerate() {
        let entry = format!("r\t{number}\t{line}\t{line}\t{line}");
        let known = ROWS.iter().find(|(sign, ..)| line.starts_with(sign));
        let (line, (sign, table, columns)) = known.map_or((&*entry, ROWS[0]), |row| (line, *row));
        let cells = line[sign.len()..].split('\t').map(|cell| match cell {
            "" => None,
            cell => Some(cell),
        });
        let mut names = columns.to_vec();
        let mut cells: Vec<Option<&str>> = cells.take(columns.len()).collect();
        if columns.contains(&"response_json") {
            names.push("model");
            cells.resize(columns.len(), None);
            cells.push(Some("openrouter/a/b"));
            // Without a time it is no entry.
            let time = columns.iter().position(|column| *column == "datetime_utc");
            let time = time.expect("an entry's time");
            cells[time] = cells[time].or(Some("2026-05-06T01:35:13+00:00"));
        }
        names.truncate(cells.len());
        let places = vec!["?"; names.len()].join(", ");
        let insert = format!(
            "insert or ignore into {table} ({}) values ({places})",
            names.join(", ")
        );
        // A fragment's number may be none.
        let _ = rows.execute(&insert, params_from_iter(cells));
    }
    rows.commit().expect("its rows");
    path
}

/// Bytes laid over a database: where, in two bytes, how many, and those.
fn changed(mut whole: Vec<u8>, mut changes: &[u8]) -> Vec<u8> {
    while let [high, low, length, rest @ ..] = changes {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % whole.len();
        let length = usize::from(*length % 32 + 1).min(rest.len());
        let length = length.min(whole.len() - at);
        let (now, then) = rest.split_at(length);
        whole[at..at + length].copy_from_slice(now);
        changes = then;
    }
    whole
}

/// Reads a database, in one go and in batches, which must give the same; and sees that the file is as it was, with
/// nothing beside it.
fn read(database: &[u8], folder: &Path) {
    let room = folder.join("read");
    fs::create_dir_all(&room).expect("a folder");
    let path = room.join("logs.db");
    fs::write(&path, database).expect("the file");
    let unit = SourceUnit::File {
        path: path.clone(),
        is_named: true,
    };
    let whole = load(&unit);
    let mut batches = Loaded::default();
    let Ok(()) = feed_unit(&unit, &mut |item| {
        match item {
            FeedItem::Loaded(loaded) => batches.extend(loaded),
            FeedItem::Record { .. } => unreachable!("a database has no lines"),
            FeedItem::Begin(_) | FeedItem::Pause => {}
        }
        Ok::<(), Infallible>(())
    });
    assert_eq!(told(&whole), told(&batches));
    assert_eq!(fs::read(&path).expect("the file"), database);
    assert_eq!(fs::read_dir(&room).expect("the folder").count(), 1);
    check(&whole);
}

fn told(loaded: &Loaded) -> Vec<String> {
    let completions = loaded.completions.iter();
    let completions =
        completions.map(|one| format!("{} {}", one.origin.record, one.document().text()));
    let problems = loaded.problems.iter().chain(&loaded.notes);
    completions
        .chain(problems.map(ToString::to_string))
        .collect()
}

fn check(loaded: &Loaded) {
    let texts = loaded
        .completions
        .iter()
        .map(|one| one.document().text().len());
    assert!(texts.sum::<usize>() < MOST);
    for completion in &loaded.completions {
        let mapped = map_at(completion, &Edits::none(), &Context::at(0));
        for finding in &mapped.findings {
            assert!(!finding.help.is_empty());
        }
        if let Some(event) = mapped.event() {
            let json = event_json(event, Privacy::On);
            Document::parse(json.as_str().into(), Default::default()).expect("JSON");
        }
    }
}
