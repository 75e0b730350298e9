//! Test traces from the real program to its own sink, and to one that wants a certain key.

use rainscope::delivery::sink::{KeyCheck, Options, Sink};
use rainscope::settings::write_key::WriteKey;

use crate::terminal::Terminal;
use crate::{WIDE, started};

const KEY: &str = "rk_never_show_this_0123456789";

/// A sink that takes one key, on a thread of its own.
struct KeptSink {
    base_url: String,
    /// The sink goes when this is dropped.
    _keep: tokio::sync::oneshot::Sender<()>,
}

fn sink() -> KeptSink {
    let (keep, gone) = tokio::sync::oneshot::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let options = Options {
                keys: KeyCheck::Exactly(WriteKey::new(KEY.to_owned()).unwrap()),
                ..Options::default()
            };
            let sink = Sink::start(options, |_| {}).await.unwrap();
            tell.send(sink.base_url().as_str().to_owned()).unwrap();
            let _ = gone.await;
        });
    });
    KeptSink {
        base_url: told.recv().unwrap(),
        _keep: keep,
    }
}

fn with_key(base_url: &str, key: &str) -> Terminal {
    let environment = [("RAINDROP_WRITE_KEY", key)];
    let mut terminal = Terminal::start(&["--base-url", base_url], &environment, WIDE);
    terminal
        .wait_for("Time check")
        .wait_for(base_url.trim_end_matches('/'));
    terminal
}

#[test]
fn sends_to_its_own_sink_and_shows_what_arrived() {
    let mut terminal = started();
    terminal
        .press("s")
        .wait_for("accepted by the local sink")
        .wait_for("1 received");
    terminal
        .press("i")
        .wait_for("Sink inbox")
        .wait_for("valid")
        .wait_for("events/track");
    terminal.press("esc").wait_without("Sink inbox");
    terminal
        .press("p s")
        .wait_for("2 received")
        .wait_for("accepted by the local sink");
    terminal.press("i").wait_for("events/track_partial");
}

#[test]
fn asks_before_it_sends_elsewhere_and_never_shows_the_key() {
    let sink = sink();
    let mut terminal = with_key(&sink.base_url, KEY);
    terminal.press("s").wait_for("not sent yet");
    terminal.press("enter").wait_for("accepted by");
    terminal.press("G g C ? esc : esc").rest();
    terminal.press("esc q");
    terminal.end();
    let written = String::from_utf8_lossy(&terminal.written);
    assert!(!written.contains(KEY) && !written.contains("rk_never"));
}

#[test]
fn a_wrong_key_is_told_with_what_to_do_and_the_right_one_sends_again() {
    let sink = sink();
    let wrong = "rk_wrong_but_just_as_secret";
    let mut terminal = with_key(&sink.base_url, wrong);
    terminal.press("s").wait_for("not sent yet");
    terminal
        .press("enter")
        .wait_for("not accepted")
        .wait_for("401")
        .wait_for("write key");
    assert!(terminal.text().contains("attempt 1") && !terminal.text().contains("attempt 2"));
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
    let written = String::from_utf8_lossy(&terminal.written).into_owned();
    assert!(!written.contains(wrong) && !written.contains(KEY));
    // The key cannot be changed on the screen yet, so the program is started with the right one.
    let mut terminal = with_key(&sink.base_url, KEY);
    terminal.press("s").wait_for("not sent yet");
    terminal.press("enter").wait_for("accepted by");
}
