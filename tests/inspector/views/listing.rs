//! The list: filtered, sorted, and led to from the overview.

use rainscope::inspector::windows::overview::Overview;
use rainscope::inspector::windows::overview::Row;

use crate::stage::{Stage, after};

#[test]
fn filters_the_list() {
    let check = |typed: &str, expected: &[&str]| {
        let inspector = after(&format!("f type:\"{typed}\""));
        assert_eq!(inspector.names(), expected, "{typed}");
        let all = inspector.model.library.len();
        inspector.sees(&format!("Completions {}/{all}", expected.len()));
    };
    check("finding:secret", &["A key in the trace"]);

    check("name:anon", &["Anonymous"]);
    check(
        "rspn !finish:foo name:streamed",
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
    check("fi", "fin", "finding:");
    check("find", "finding:", "filter finding:");
    check("gpt !finding:privacy", "gpt !finding:privacy-leak", "leak");
    check("finding:user", "finding:user-", "finding:user-too-long");
    check("key:mod", "key:model", "filter key:model");
    check("nonsense", "nonsense", "0 of");
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
    let names = inspector.names();
    assert!(names.is_sorted_by_key(|name| name.to_lowercase()));
    assert_eq!(inspector.name(), after("J*3").name());
    inspector.sees("by name");
    let worst = after("O*3").names();
    assert_eq!(worst[0], "Odd identifiers");
    assert!(!after("O*6").model.listing.is_narrowed());
    // Filter and order together.
    let both = after("O f type:stream enter").names();
    assert!(both.len() > 2 && both.is_sorted_by_key(|name| name.to_lowercase()));
}

#[test]
fn a_filter_follows_what_is_loaded_later() {
    let mut inspector = after("f type:name:anon enter");
    inspector.load(rainscope::samples::load_all());
    assert_eq!(inspector.names(), ["Anonymous", "Anonymous"]);
    inspector.sees("Completions 2/");
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
