//! Reports that are written from within: private as the command's are, whole, and over no file unasked.

use std::fs;

use rainscope::completion::load::load;
use rainscope::inspector::prompt::Export;
use rainscope::inspector::{Effect, Msg};

use crate::stage::Stage;
use crate::stage::live::Live;

const LEAKING: &str = "A trace value leaks the prompt";

#[tokio::test]
async fn a_report_of_what_is_shown_is_private_and_loads_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.html");
    let mut live = Live::new(Stage::at(LEAKING, (120, 40)), folder.path());
    let write = format!("run:report ctrl-u type:\"{}\" enter", file.display());
    live.play(&write).await;
    live.wait("1 completion, without the conversation's text")
        .await;
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.starts_with("<!doctype html>"));
    assert!(!page.contains("teapot"), "the prompt is in it");
    let loaded = load("one.html", page.as_bytes());
    assert_eq!(loaded.completions.len(), 1);
    // A file that is there is asked about, and stays as it is unless that is wanted.
    fs::write(&file, "mine").unwrap();
    live.play(&write).await;
    live.wait("Replace this file?").await;
    assert!(!live.text().contains("writing "), "{}", live.text());
    live.play("esc").await;
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    live.play(&write).await;
    live.wait("Replace this file?").await;
    live.play("enter wait:\"1 completion, without\"").await;
    assert_eq!(fs::read_to_string(&file).unwrap().len(), page.len());
}

/// The conversation's text is written where that was agreed to, into a file that nobody else reads.
#[tokio::test]
async fn a_report_with_text_is_asked_about_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text.html");
    let mut live = Live::new(Stage::at(LEAKING, (120, 40)), folder.path());
    live.play("run:report-with-text").await;
    live.sees("Write the conversation's text?");
    live.sees("holds the prompt and the answer");
    live.play("esc").await;
    assert!(live.shell.model.prompt.is_none());
    live.play("run:report-with-text enter").await;
    live.sees("report to rainscope-report-with-text.html");
    live.play(&format!("ctrl-u type:\"{}\" enter", file.display()))
        .await;
    live.wait("with the conversation's text, for you alone to read")
        .await;
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.contains("teapot"), "the prompt is not in it");
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions())
            & 0o777,
        0o600
    );
    // Where privacy mode is on, nothing is written that it keeps back.
    live.play("p : type:report-with-text enter").await;
    live.sees("privacy mode keeps back what such a report holds: p switches it off");
}

/// All that is listed, with the edits that were made, and what became of it when it was sent.
#[tokio::test]
async fn a_report_of_what_is_listed_has_edits_and_deliveries() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.html");
    let (sink, mut receipts) = crate::stage::live::sink("ok").await;
    let mut live = Live::new(Stage::at("Anonymous", (120, 40)), folder.path())
        .to(sink.destination().clone())
        .await;
    live.play("e type:ada-lovelace enter f type:mistral enter S wait:\"all accepted\" esc")
        .await;
    crate::stage::live::next(&mut receipts).await;
    let listed = live.shell.model.listed();
    assert!(listed > 0 && listed < live.shell.model.library.len());
    let write = format!("run:report-listed ctrl-u type:\"{}\" enter", file.display());
    live.play(&write).await;
    let completions = match listed {
        1 => "1 completion,".to_owned(),
        count => format!("{count} completions,"),
    };
    live.wait(&completions).await;
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.contains("ada-lovelace"), "the edit is in it");
    assert!(
        page.contains("\"ended\":\"accepted (200)\""),
        "the delivery is in it"
    );
    assert!(!page.contains("butternut"), "the prompt is in it");
    let metadata = fs::metadata(&file).unwrap();
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777,
        0o600
    );
}

/// A report whose file is to hold Markdown is Markdown.
#[tokio::test]
async fn the_ending_says_how_a_report_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut live = Live::new(Stage::at(LEAKING, (120, 40)), folder.path());
    for (name, begins) in [("a.md", "#"), ("b.html", "<!doctype html>")] {
        let file = folder.path().join(name);
        live.play(&format!(
            "run:report ctrl-u type:\"{}\" enter",
            file.display()
        ))
        .await;
        live.wait("1 completion,").await;
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            text.to_lowercase().starts_with(begins),
            "{name}: {text:.80}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut live = Live::new(Stage::at(LEAKING, (120, 40)), folder.path());
    let nowhere = folder.path().join("none/report.html");
    live.play(&format!(
        "run:report ctrl-u type:\"{}\" enter",
        nowhere.display()
    ))
    .await;
    live.wait("was not written: no such folder").await;
    live.play("run:report ctrl-u enter").await;
    live.sees("nothing was written: a file needs a name");
}

/// A picture can be asked for over a window, which stays; a report is one of what is shown.
/// Sent, lengths would take the place of the event's texts.
#[test]
fn no_request_is_copied_of_a_report_without_text() {
    for (text, is_copied) in [("included", true), ("withheld", false)] {
        let sample =
            r#"{"response":{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"Hi"}}]}}"#;
        let page = format!(
            "<!doctype html><script type=\"application/json\" id=\"rainscope-report\">{{\"rainscope_report\":1,\"text\":\"{text}\",\"completions\":[{{\"sample\":{sample}}}]}}</script>"
        );
        let mut stage = Stage::with(rainscope::load("r.html", page.as_bytes()), (120, 40));
        let effects = stage.press("C");
        let has_copied = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Copy(_)));
        assert_eq!(has_copied, is_copied, "{effects:?}");
        assert_eq!(stage.notice().contains("made without text"), !is_copied);
        assert_eq!(stage.text().contains("report without text"), !is_copied);
    }
}

#[test]
fn asks_for_the_name() {
    let mut stage = Stage::at(LEAKING, (120, 40));
    stage.press("c run:picture");
    stage.sees("picture to rainscope.svg");
    let effects = stage.press("enter");
    let picture = |effect: &Effect| {
        matches!(effect, Effect::Export { export: Export::Picture, path, replace: false }
            if path.ends_with("rainscope.svg"))
    };
    assert!(effects.iter().any(picture), "{effects:?}");
    assert!(
        !stage.model.windows.is_empty(),
        "the comparison is still there"
    );
    let mut stage = Stage::at(LEAKING, (80, 24));
    stage.press(": type:report enter");
    stage.sees("report to rainscope-report.html");
    stage.press("esc");
    assert!(stage.model.prompt.is_none());
    let mut empty = Stage::empty((80, 24));
    empty.tell(Msg::Tick);
    assert!(empty.press("run:report run:report-listed").is_empty());
    empty.sees("nothing is listed");
}
