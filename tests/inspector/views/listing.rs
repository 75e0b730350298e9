//! The list: filtered, sorted, and led to from the overview.

use rainscope::inspector::Pane;
use rainscope::inspector::windows::overview::Overview;
use rainscope::inspector::windows::overview::Row;

use crate::stage::{Stage, after};

#[test]
fn filters_the_list() {
    let check = |typed: &str, expected: &[&str]| {
        let inspector = after(&format!("f type:\"{typed}\""));
        assert_eq!(inspector.names(), expected, "{typed}");
        let all = inspector.model.library.len();
        inspector.sees(&format!("Completions {} of {all}", expected.len()));
    };
    check("finding:secret", &["A key in the trace"]);

    check("name:anon", &["Anonymous"]);
    check(
        "responses !finish:foo name:streamed",
        &["Responses API, streamed"],
    );
    check("edited", &[]);
    after("f type:nonsense").sees("Nothing fits");
    // Keys are text while a filter is typed, and the list can be walked through.
    let mut inspector = after("f type:messages down");
    assert_eq!(inspector.name(), inspector.names()[1]);
    inspector.press("enter K");
    assert_eq!(inspector.name(), inspector.names()[0]);
    // Esc shows all again, and the cursor stays on its completion.
    let name = inspector.name().to_owned();
    inspector.press("esc");
    assert_eq!(
        (inspector.names().len(), inspector.name()),
        (inspector.model.library.len(), name.as_str())
    );
    // Leaving the filter goes back to where one was.
    let inspector = after("J*4 f type:refusal esc");
    assert_eq!(inspector.name(), after("J*4").name());
    let inspector = after("f type:responses down down esc");
    assert_eq!(inspector.name(), after("").name());
    let inspector = after("J*2 O f type:responses down esc");
    assert_eq!(inspector.name(), after("J*2 O").name());
    // Keys of the completion are found, the ones of an edit as well.
    check("key:temperature", &key_samples("temperature"));
    check("key=TEMPERATURE", &[]);
    check("key:Temper !key=temperature", &[]);
    let inspector = after("J a type:team_name enter type:x enter f type:key:team_n enter");
    assert_eq!(inspector.names(), [after("J").name()]);
    // An edit is found.
    let inspector = after("J a type:team enter type:x enter f type:edited enter");
    assert_eq!(inspector.names(), [after("J").name()]);
}

/// Names of the samples whose text has a key, or a stream in it does.
fn key_samples(key: &str) -> Vec<&'static str> {
    let has = |(_, text): &&(&str, &'static str)| {
        text.contains(&format!("\"{key}\":")) || text.contains(&format!("\\\"{key}\\\":"))
    };
    let files = rainscope::samples::FILES.iter().filter(has);
    let name = |text: &'static str| text.split("\"name\": \"").nth(1)?.split('"').next();
    let names: Vec<&str> = files.filter_map(|(_, text)| name(text)).collect();
    assert!(names.len() > 1, "{names:?}");
    names
}

#[test]
fn tab_completes_a_filter() {
    let check = |typed: &str, expected: &str, sees: &str| {
        let inspector = after(&format!("f type:\"{typed}\" tab"));
        let prompt = inspector.model.prompt.as_ref().unwrap();
        assert_eq!(prompt.input.value(), expected, "{typed}");
        inspector.sees(sees);
    };
    check("fi", "fi", "finding:");
    check("fin", "fin", "finish:");
    check("find", "finding:", "filter finding:");
    check("gpt !finding:privacy", "gpt !finding:privacy-leak", "leak");
    check("finding:user", "finding:user-", "user-too-long");
    check("key:mod", "key:mode", " model ");
    check("nonsense", "nonsense", "0 of");
    // Words that mean more than a text, also behind others and with a `!`; each lists what it says.
    check("err", "error", "filter error");
    check("warn", "warning", "filter warning");
    check("edi", "edited", "0 of 41");
    check("no-e", "no-event", "3 of 41");
    check("gpt mar", "gpt marked", "0 of 41");
    check("!mar", "!marked", "41 of 41");
}

#[test]
fn what_is_not_listed_is_said_and_not_sent() {
    let mut inspector = after("f type:nonsense enter");
    inspector.sees("not listed");
    inspector.press("s");
    assert!(inspector.model.sendings.is_empty());
    inspector.sees("nothing to send: nothing fits \"nonsense\"; Esc shows all again");
    inspector.press("X");
    assert!(inspector.model.windows.is_empty());
    // Everything is listed again, and can be sent.
    inspector.press("esc s");
    assert_eq!(inspector.model.sendings.len(), 1);
}

#[test]
fn nothing_is_sent_without_a_destination() {
    let mut stage = Stage::empty((120, 40));
    stage.load(rainscope::samples::load_all());
    stage.press("s");
    stage.sees("cannot send");
    assert!(stage.model.sendings.is_empty());
}

#[test]
fn sorts_the_list() {
    let inspector = after("J*3 O");
    assert!(is_sorted(&inspector.titles()));
    // One stays with what one looks at, is told what the key does next, and how to get to the first.
    assert_eq!(inspector.name(), after("J*3").name());
    assert_ne!(inspector.list.row, 0);
    let says = "listed by name; O lists by model, I reverses the order, g goes to the first";
    assert_eq!(inspector.notice(), says);
    let first = after("J*3 O g");
    assert_eq!(first.name(), first.names()[0]);
    let back = after("J*3 O J*2");
    let name = back.name().to_owned();
    let mut back = back;
    back.press(": type:sort-loaded enter");
    assert_eq!(back.name(), name);
    let worst = after("O*5").names();
    assert_eq!(worst[0], "Odd identifiers");
    assert!(!after("O*9").model.listing.is_narrowed());
    // What is edited is kept in sight, and what w saves is that.
    let mut edited = after("J*3");
    let name = edited.name().to_owned();
    edited.press("tab a type:team enter type:search enter O");
    assert_eq!(edited.name(), name);
    // Filter and order together.
    let both = after("O f type:name:stream enter").titles();
    assert!(both.len() > 2 && is_sorted(&both));
}

/// Whether titles are in order; those that have none come last.
fn is_sorted(titles: &[String]) -> bool {
    titles.is_sorted_by_key(|title| (title.is_empty(), title.to_lowercase()))
}

/// Sortable by each column, by key and by command, either way round; what is unknown comes last.
#[test]
fn sorts_by_each_column() {
    use rainscope::inspector::library::Summary;
    use rainscope::mapping::Severity;

    type Value = fn(&Summary) -> Option<f64>;
    let values = |stage: &Stage, value: Value| -> Vec<Option<f64>> {
        let entries = stage.model.listing.entries(&stage.model.library);
        let summaries = entries.into_iter().map(|index| {
            let entry = stage.model.library.entry(index).unwrap();
            value(entry.summary().unwrap())
        });
        summaries.collect()
    };
    let check = |command: &str, says: &str, reversed: &str, value: Value| {
        let mut stage = after(&format!("J*4 : type:{command} enter"));
        stage.sees(&format!("· {says}"));
        assert_eq!(stage.name(), after("J*4").name(), "{command}");
        let known: Vec<f64> = values(&stage, value).into_iter().flatten().collect();
        assert!(
            known.len() > 5 && known.is_sorted_by(|a, b| a >= b),
            "{command}: {known:?}"
        );
        let unknown = |values: &[Option<f64>]| {
            values
                .iter()
                .skip_while(|v| v.is_some())
                .all(Option::is_none)
        };
        assert!(unknown(&values(&stage, value)), "{command}");
        stage.press("I");
        stage.sees(&format!("· {reversed}"));
        let values = values(&stage, value);
        assert!(unknown(&values), "{command}");
        let known: Vec<f64> = values.into_iter().flatten().collect();
        assert!(known.is_sorted(), "{command}: {known:?}");
        assert_eq!(stage.name(), after("J*4").name(), "{command}");
    };
    check("sort-cost", "highest cost", "lowest cost", |s| s.facts.cost);
    check("sort-tokens", "most tokens", "fewest tokens", |s| {
        s.facts.tokens
    });
    check("sort-duration", "slowest", "fastest", |s| s.facts.duration);
    check("sort-time", "newest", "oldest", |s| {
        s.facts.time.map(|time| time as f64)
    });
    check("sort-findings", "worst", "worst last", |s| {
        let severity = s.severity.map_or(0, |severity| severity as u32 + 1);
        let is_worse = s.severity >= Some(Severity::Info);
        Some(f64::from(severity) * f64::from(u8::from(is_worse)))
    });
    // By words: what has none comes last, either way round.
    type Text = fn(&Summary) -> &str;
    let check = |command: &str, says: &str, text: Text| {
        let mut stage = after(&format!(": type:{command} enter"));
        for is_reversed in [false, true] {
            stage.sees(&format!("· {says}"));
            let entries = stage.model.listing.entries(&stage.model.library);
            let texts = entries.into_iter().map(|index| {
                let entry = stage.model.library.entry(index).unwrap();
                text(entry.summary().unwrap()).to_lowercase()
            });
            let texts: Vec<String> = texts.collect();
            assert_eq!(texts.len(), stage.model.library.len());
            let known: Vec<_> = texts.iter().take_while(|text| !text.is_empty()).collect();
            let unknown = &texts[known.len()..];
            assert!(unknown.iter().all(String::is_empty), "{command}: {texts:?}");
            let in_order = known.is_sorted_by(|a, b| if is_reversed { a >= b } else { a <= b });
            assert!(in_order && known.len() > 5, "{command}: {known:?}");
            stage.press("I");
        }
    };
    check("sort-user", "by user", |summary| &summary.user);
    check("sort-model", "by model", |summary| &summary.model);
    check("sort-name", "by name", |summary| &summary.title);
}

/// A completion without a name of its own.
fn record(question: &str, id: u32) -> String {
    format!(
        r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"{question}"}}]}},"response":{{"id":"gen-{id}","choices":[{{"message":{{"content":"Yes."}}}}]}}}}"#
    )
}

/// Of file names, what all begin with is dropped, but no part of a word or a number; what one more file has in common
/// with them counts from then on.
#[test]
fn what_all_file_names_begin_with_is_dropped() {
    for size in [(80, 24), (120, 40), (200, 50)] {
        let mut stage = Stage::empty(size);
        stage.model.focus = rainscope::inspector::Pane::List;
        for number in [9, 10, 11] {
            let file = format!("logs/night/req-20260605-{number:04}.json");
            stage.load(rainscope::load(&file, record("", number).as_bytes()));
        }
        let listed = |stage: &Stage| {
            let area = stage.layout().pane(rainscope::inspector::Pane::List);
            crate::stage::paint::part(&stage.frame(), area).join("\n")
        };
        let list = listed(&stage);
        for own in ["0009 ", "0010 ", "0011 "] {
            assert!(list.contains(own) && !list.contains("req"), "{own}\n{list}");
        }
        let other = rainscope::load("logs/day/req-1.json", record("", 12).as_bytes());
        stage.load(other);
        let list = listed(&stage);
        assert!(
            list.contains("day/req-1 ") && list.contains("night/req"),
            "{list}"
        );
        assert!(!list.contains("logs"), "{list}");
    }
}

/// A completion without a name is titled by the first words of its input, with its place beside it.
#[test]
fn a_completion_without_a_name_is_titled_by_its_input() {
    let mut loaded = rainscope::load(
        "logs/req-0041.json",
        record("What  is\\n the weather?", 1).as_bytes(),
    );
    loaded.extend(rainscope::load(
        "logs/req-0042.json",
        record("", 2).as_bytes(),
    ));
    let two = [record("And now?", 3), record("Why?", 4)].join("\n");
    loaded.extend(rainscope::load("logs/req-0043.ndjson", two.as_bytes()));
    let mut stage = Stage::with(loaded, (160, 40));
    assert_eq!(
        stage.titles(),
        ["What is the weather?", "", "And now?", "Why?"]
    );
    // The list of a wide screen, and the list alone.
    for keys in ["", "z"] {
        stage.press(keys);
        for row in ["What is the weather?", "0041", "0042", "0043 #1", "0043 #2"] {
            stage.sees(row);
        }
        assert!(!stage.text().contains("req-0041 "), "{}", stage.text());
    }
}

/// The cursor goes to what fits best while a filter is typed, and a filter finds by anything one may know.
#[test]
fn a_filter_finds_by_all_that_one_may_know() {
    let check = |typed: &str, expected: &str| {
        let mut inspector = after("");
        inspector.press("f");
        inspector.tell(rainscope::inspector::Msg::Paste(typed.to_owned()));
        assert_eq!(
            inspector.name(),
            expected,
            "{typed}: {:?}",
            inspector.names()
        );
    };
    let event_id = "a8ac367e-5c8a-546d-b885-ee01ac1e94fb";
    check(event_id, "Time check");
    check("gen-1780662712-v6Po9zR4U8tboy9bqJCk", "Time check");
    check("session_67890", "Time check");
    check("id=gen-1780662712-v6Po9zR4U8tboy9bqJCk", "Time check");
    check("key:feature=header-bar", "Time check");
    check("header-bar", "Time check");
    check("file:01-time", "Time check");
    check("output:\"2:31 PM\"", "Time check");
    check("user_12345", "Time check");
    check("user:user_12345", "Time check");
    check("trace_name=\"Time", "Time check");
    check("key:trace_name=\"Time Check\"", "Time check");
    check("input:\"right now\"", "Time check");
    check("provider:mistral", "Anonymous");
    check("model:gpt-5-mini", "Responses API");
    // A name goes before a word of the conversation.
    check("refusal", "Refusal");
    // Far behind what is kept of a long answer.
    let long = Stage::at("A very long answer", (120, 40));
    let event = long.model.current.as_ref().unwrap().mapped.event().unwrap();
    let output = event.field(rainscope::Section::AiData, "output").unwrap();
    let output = output.value.shown().replace('"', " ");
    let words: Vec<&str> = output
        .lines()
        .last()
        .unwrap()
        .split_whitespace()
        .take(5)
        .collect();
    let word = words.join(" ");
    assert!(word.len() > 5, "{word}");
    check(&format!("output:\"{word}\""), "A very long answer");
}

/// Values that there are for a field complete it.
#[test]
fn tab_completes_values() {
    let check = |typed: &str, expected: &str| {
        let inspector = after(&format!("O f type:\"{typed}\" tab"));
        let prompt = inspector.model.prompt.as_ref().unwrap();
        assert_eq!(prompt.input.value(), expected, "{typed}");
    };
    check("model:openai/gpt-4o-m", "model:openai/gpt-4o-mini");
    check("user:traveller", "user:traveller-0417");
    check("provider:op", "provider:OpenAI");
    check("finding:privacy", "finding:privacy-leak");
}

#[test]
fn a_filter_follows_what_is_loaded_later() {
    let mut inspector = after("f type:name:anon enter");
    inspector.load(rainscope::samples::load_all());
    assert_eq!(inspector.names(), ["Anonymous", "Anonymous"]);
    inspector.sees("Completions 2 of ");
}

#[test]
fn the_overview_leads_to_the_completions_behind_a_bar() {
    let inspector = after("o");
    inspector.sees("Findings");
    inspector.sees("in all");
    // Down to a bar; Enter lists what it counts.
    let count = |keys: &str| {
        let inspector = after(keys);
        let Some(overview) = inspector.model.windows.top_as::<Overview>() else {
            unreachable!("no overview after {keys}");
        };
        match &overview.rows[overview.cursor.row] {
            Row::Bar { count, label, .. } => (*count, label.clone()),
            row => unreachable!("the cursor is on {row:?}"),
        }
    };
    for keys in [
        "o",
        "o down",
        "o down*6",
        "o l",
        "o G",
        "o l down*3",
        "o l down*11",
    ] {
        let (count, label) = count(keys);
        let inspector = after(&format!("{keys} enter"));
        assert_eq!(inspector.names().len(), count, "{keys}: {label}");
    }
    // Within a filter, the overview counts what fits, and a bar narrows it further.
    let inspector = after("f type:api:chat enter o");
    inspector.sees("Overview · api:chat");
    let inspector = after("f type:api:chat enter o down enter");
    assert!(
        inspector
            .model
            .listing
            .filter
            .text()
            .starts_with("api:chat ")
    );
}

/// A completion has one name everywhere: what the list calls it.
#[test]
fn windows_call_a_completion_as_the_list_does() {
    let mut stage = Stage::with(
        rainscope::load(
            "logs/req-0041.json",
            record("Where is my parcel?", 1).as_bytes(),
        ),
        (120, 40),
    );
    for keys in ["F", "D", "c"] {
        stage.press(keys);
        let title = stage.window().remove(0);
        assert!(title.contains("Where is my parcel?"), "{keys}: {title}");
        stage.press("esc");
    }
    stage.press("x");
    assert!(stage.notice().starts_with("Where is my parcel?: marked"));
}

/// The cross of a row counts errors; warnings have a sign of their own.
#[test]
fn a_rows_cross_counts_errors_alone() {
    let leaks = r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"the quick brown fox jumps over it"}],"trace":{"preview":"the quick brown fox jumps over it"}},"response":{"choices":[{"message":{"content":"yes"}}]}}"#;
    for (size, expected) in [((120, 40), " ✗1 "), ((200, 50), " ✗1 ⚠")] {
        let stage = Stage::with(rainscope::load("a.json", leaks.as_bytes()), size);
        let summary = stage.library.entry(0).and_then(|entry| entry.summary());
        let (errors, all) = summary.map(|it| (it.errors, it.findings)).unwrap();
        assert_eq!(errors, 1);
        assert!(all > 2, "{all}");
        stage.sees(expected);
        assert!(
            !stage.text().contains(&format!("✗{all}")),
            "{}",
            stage.text()
        );
    }
}

/// The order is told whole or not at all.
#[test]
fn the_order_in_the_lists_title_is_not_cut() {
    let line = r#"{"request":{"model":"a/b","messages":[]},"response":{"id":"gen-1"}}"#;
    let many = vec![line; 3000].join("\n");
    for (width, count) in [(80, 41), (120, 41), (120, 3000), (200, 41)] {
        let mut stage = match count {
            41 => Stage::samples((width, 40)),
            _ => Stage::with(rainscope::load("a.ndjson", many.as_bytes()), (width, 40)),
        };
        stage.model.focus = Pane::List;
        stage.press("f type:a enter");
        for _ in 0..9 {
            stage.press("O");
            let text = stage.text();
            let title = text
                .lines()
                .nth(1)
                .unwrap_or_default()
                .split('┐')
                .next()
                .unwrap_or_default();
            if let Some((_, order)) = title.split_once(" · ") {
                assert!(
                    !order.contains('…') || order.contains("sorting"),
                    "{width}: {title}"
                );
            }
        }
    }
}
