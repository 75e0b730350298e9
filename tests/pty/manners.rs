//! What the program writes to a terminal and takes from it: colours, the clipboard, the mouse, sleep.

use crate::terminal::Terminal;
use crate::{WIDE, started};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The colours that were set, each by its numbers: `36`, `38;2;1;2;3`.
fn colours(written: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(written);
    let runs = text.split("\x1b[").skip(1).filter_map(|run| {
        let end = run.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        (run[end..].starts_with('m')).then(|| run[..end].to_owned())
    });
    let is_colour = |number: u32| matches!(number, 30..=38 | 40..=48 | 90..=107);
    runs.filter(|run| {
        let mut numbers = run.split(';').filter_map(|number| number.parse().ok());
        numbers.any(is_colour)
    })
    .collect()
}

/// What the program writes with some variables, after a walk through its windows.
fn walked(arguments: &[&str], environment: &[(&str, &str)]) -> Vec<u8> {
    let mut terminal = Terminal::start(arguments, environment, WIDE);
    terminal.wait_for("Time check");
    terminal.press("p c").wait_for("no leak");
    terminal.press("esc ?").wait_for("Here, in ");
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
    std::mem::take(&mut terminal.written)
}

/// NO_COLOR is honoured. Without true colours the terminal is asked nothing.
#[test]
fn colours_are_the_terminals_own_or_none() {
    let own = colours(&walked(&[], &[]));
    assert!(!own.is_empty());
    for run in &own {
        assert!(!run.contains("38;") && !run.contains("48;"), "{run}");
    }
    assert_eq!(colours(&walked(&[], &[("NO_COLOR", "1")])), [""; 0]);
    for environment in [&[][..], &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]] {
        let written = walked(&[], environment);
        assert!(!contains(&written, b"\x1b]11;?"), "{environment:?}");
    }
    // A theme by its name is another thing.
    let dark = colours(&walked(&["--theme", "dark"], &[]));
    assert!(dark.iter().any(|run| run.contains("38;2;")), "{dark:?}");
}

#[test]
fn ascii_draws_borders_and_symbols_of_ascii() {
    let mut terminal = Terminal::start(&["--ascii"], &[], WIDE);
    terminal.wait_for("Time check");
    let text = terminal.text();
    assert!(text.contains("+-") && text.contains("|"), "{text}");
    assert!(!text.contains(['│', '┌', '●', '∅', '▌', '…']), "{text}");
}

/// Copies go through the terminal (OSC 52), for tmux and screen both as they are and wrapped.
#[test]
fn copies_go_through_the_terminal_wrapped_for_what_stands_between() {
    let encoded = STANDARD.encode("user_12345");
    let plain = format!("\x1b]52;c;{encoded}\x07");
    for (environment, expected) in [
        (&[][..], plain.clone()),
        (
            &[("TMUX", "/tmp/tmux,1,0")],
            format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\"),
        ),
        (
            &[("TERM", "screen-256color")],
            format!("{plain}\x1bP{plain}\x1b\\"),
        ),
        // Over SSH too: nothing but the terminal is asked.
        (&[("SSH_TTY", "/dev/pts/1"), ("DISPLAY", ":0")], plain),
    ] {
        let mut terminal = Terminal::start(&[], environment, WIDE);
        terminal.wait_for("Time check");
        terminal
            .press("tab y")
            .wait_for("sent the value, 10 bytes, to the terminal's clipboard");
        let written = &terminal.written;
        assert!(
            contains(written, expected.as_bytes()),
            "{environment:?}: {}",
            String::from_utf8_lossy(written).escape_debug()
        );
        terminal.press("q");
        assert!(terminal.end_restored().success());
    }
}

/// Where there is a program for the clipboard it gets the text, and only then a copy is said to have been made.
#[test]
fn copies_go_through_the_program_that_reaches_the_person() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    let script = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    script("tmux", format!("#!/bin/sh\ncat > {}\n", taken.display()));
    script("wl-copy", "#!/bin/sh\ncat > /dev/null\nexit 3\n".to_owned());
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let tmux = [
        ("TMUX", "/tmp/tmux,1,0"),
        ("SSH_TTY", "/dev/pts/1"),
        ("PATH", path.as_str()),
    ];
    let mut terminal = Terminal::start(&[], &tmux, WIDE);
    terminal.wait_for("Time check");
    terminal
        .press("tab y")
        .wait_for("copied the value, 10 bytes, into tmux's buffer");
    assert_eq!(std::fs::read_to_string(taken).unwrap(), "user_12345");
    let wayland = [("WAYLAND_DISPLAY", "wayland-0"), ("PATH", path.as_str())];
    let mut terminal = Terminal::start(&[], &wayland, WIDE);
    terminal.wait_for("Time check");
    terminal.press("tab y").wait_for("wl-copy failed");
    assert!(terminal.text().contains("sent the value"));
}

/// A report of the mouse, as terminals send it, counted from 1.
fn click(terminal: &mut Terminal, button: u8, column: u16, row: u16) {
    for end in ["M", "m"] {
        terminal.send(format!("\x1b[<{button};{column};{row}{end}").as_bytes());
    }
}

/// Most terminals send Esc as the byte that also begins other keys.
#[test]
fn a_lone_escape_is_a_key() {
    let mut terminal = started();
    terminal.press("?").wait_for("┌ Help").send(b"\x1b");
    terminal.wait_without("┌ Help").press("q");
    assert!(terminal.end_restored().success());
}

/// With Shift the mouse is the terminal's, for selecting text.
#[test]
fn clicks_count_and_with_shift_they_are_the_terminals() {
    let mut terminal = started();
    let screen = terminal.screen.screen();
    assert_ne!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    let name = |terminal: &Terminal| {
        let text = terminal.text();
        let line = text.lines().find(|line| line.starts_with("│▌"));
        line.unwrap_or_default().to_owned()
    };
    assert!(name(&terminal).contains("Time check"));
    // Shift adds 4 to the button; most terminals keep such a click to themselves.
    click(&mut terminal, 4, 5, 5);
    click(&mut terminal, 0, 5, 6);
    terminal.wait("a click", |terminal| {
        name(terminal).contains("Only a tool call")
    });
    click(&mut terminal, 4, 5, 5);
    terminal.catch_up();
    assert!(name(&terminal).contains("Only a tool call"));
    // Without the mouse, all of it is the terminal's.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("config.toml"),
        "[inspector]\nmouse = false\n",
    )
    .unwrap();
    let folder = folder.path().to_str().unwrap();
    let mut terminal = Terminal::start(&[], &[("RAINSCOPE_CONFIG_DIR", folder)], WIDE);
    terminal.wait_for("Time check");
    let mode = terminal.screen.screen().mouse_protocol_mode();
    assert_eq!(mode, vt100::MouseProtocolMode::None);
}

/// Ctrl-Z suspends the program, and `fg` resumes it where it was.
#[test]
fn sleeps_with_the_terminal_as_it_was_and_wakes_where_it_was() {
    // A shell with job control, as the person's own: only that lets a program sleep.
    let mut terminal = Terminal::within_a_shell(
        "set -m; \"$0\"; printf 'it sleeps '; read line; fg >/dev/null",
        WIDE,
    );
    terminal.wait_for("Time check").press("tab*2 down*4");
    terminal.press("ctrl-z").wait_for("it sleeps");
    let screen = terminal.screen.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    terminal
        .press("enter")
        .wait("the screen again", |terminal| {
            terminal.screen.screen().alternate_screen() && terminal.text().contains("messages")
        });
    terminal.press("p").wait_for("PRIVACY ON").press("q");
    assert!(terminal.end_restored().success());
}

/// The theme, told by the border at the top left.
fn theme(terminal: &Terminal) -> &'static str {
    let screen = terminal.screen.screen();
    let colour = |x| screen.cell(1, x).map(|cell| cell.fgcolor());
    let has = |colour: vt100::Color, of: [u8; 3]| colour == vt100::Color::Rgb(of[0], of[1], of[2]);
    match colour(0) {
        Some(found) if has(found, [0x56, 0xc8, 0xd8]) || has(found, [0x8a, 0x91, 0x9e]) => "dark",
        Some(found) if has(found, [0x0a, 0x6c, 0x80]) || has(found, [0x6a, 0x70, 0x7a]) => "light",
        Some(vt100::Color::Idx(_) | vt100::Color::Default) => "terminal",
        other => panic!("{other:?}"),
    }
}

const ASKED: &[u8] = b"\x1b]11;?\x1b\\";

/// The program in a terminal that has true colours, on its first frame and after its question.
fn asking() -> Terminal {
    let mut terminal = Terminal::start(&[], &[("COLORTERM", "truecolor")], WIDE);
    terminal.wait_for("Time check");
    terminal.wait("the question", |terminal| {
        contains(&terminal.written, ASKED)
    });
    // The first frame waits for nothing: it is there before the question.
    let at = |part: &[u8]| {
        let mut windows = terminal.written.windows(part.len());
        windows.position(|window| window == part)
    };
    assert!(at(b"rainscope") < at(ASKED));
    assert_eq!(theme(&terminal), "terminal");
    terminal
}

/// `auto` asks for the background and takes the theme for it; the answer is no key.
#[test]
fn the_theme_follows_the_terminals_background() {
    for (answers, expected) in [
        (&["\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\"][..], "dark"),
        (&["\x1b]11;rgb:ffff/fafa/f0f0\x07"], "light"),
        // In pieces, as a slow line brings them.
        (&["\x1b]11;rg", "b:ff/ff", "/ff\x1b\\"], "light"),
    ] {
        let mut terminal = asking();
        for answer in answers {
            terminal.send(answer.as_bytes());
        }
        terminal.wait("the theme", |terminal| theme(terminal) == expected);
        // Nothing of it was taken for a key: no window opened, nothing was typed, the list is where it was.
        let text = terminal.text();
        assert!(text.contains("╭ Completions 1/"), "{text}");
        assert!(!text.contains("rgb:"), "{text}");
        terminal.press("J").wait_for("Completions 2/");
        terminal.press("q");
        assert!(terminal.end_restored().success());
    }
}

/// A terminal that never answers keeps its own colours, and its keys are keys.
#[test]
fn a_terminal_that_never_answers_is_not_waited_for() {
    let mut terminal = asking();
    terminal.press("J").wait_for("Completions 2/");
    assert_eq!(theme(&terminal), "terminal");
    terminal.press("?").wait_for("Help").press("esc q");
    assert!(terminal.end_restored().success());
}

/// An answer that comes when one is typing already does not land in what is typed.
#[test]
fn a_late_answer_is_no_text() {
    let mut terminal = asking();
    terminal.press("f type:na").wait_for("na");
    terminal.send(b"\x1b]11;rgb:2020/2020/2020\x1b\\");
    terminal.wait("the theme", |terminal| theme(terminal) == "dark");
    terminal.press("type:me").wait_for("name");
    assert!(!terminal.text().contains("11;"), "{}", terminal.text());
    terminal.press("esc esc q");
    assert!(terminal.end_restored().success());
}

/// What the terminal says more than once, at length or late is no key either, and one that never ends keeps no key.
#[test]
fn whatever_the_terminal_says_is_no_key() {
    let long = format!("\x1b]11;{}\x07", "p".repeat(3000));
    for said in [
        "\x1b]11;rgb:ffff/ffff/ffff\x07\x1b]11;rgb:0000/0000/0000\x07",
        &long,
        "\x1bP>|XTerm(388)\x1b\\\x1b_Gi=31;OK\x1b\\",
    ] {
        let mut terminal = asking();
        terminal.press("J").wait_for("Completions 2/");
        terminal.send(said.as_bytes());
        terminal.send(said.as_bytes());
        terminal.press("J").wait_for("Completions 3/");
        let text = terminal.text();
        assert!(text.contains("privacy ○ off"), "{text}");
        assert!(!text.contains("rgb:"), "{text}");
        terminal.press("q");
        assert!(terminal.end_restored().success());
    }
    let mut terminal = asking();
    terminal.send(b"\x1b]11;rgb:ff");
    terminal.press("down").wait_for("Completions 2/");
    terminal.press("q");
    assert!(terminal.end_restored().success());
}

/// Reports that nobody asked for, as of a colour scheme that changed or from a multiplexer, hold no key back and are
/// none: whole, one after another, byte by byte, and while something is typed.
#[test]
fn a_report_that_nobody_asked_for_is_no_key() {
    const REPORTS: [&str; 9] = [
        "\x1b[?997;1n",
        "\x1b[?2026;2$y",
        "\x1b[?1;2;4c",
        "\x1b[>41;388;0c",
        "\x1b[?12;40R",
        "\x1b[?1;0;256S",
        "\x1b[8;24;80t",
        "\x1b[>4;2m",
        "\x1b[?0u",
    ];
    let mut terminal = started();
    for (at, report) in REPORTS.iter().enumerate() {
        terminal.send(report.as_bytes());
        terminal
            .press("J")
            .wait_for(&format!("Completions {}/", at + 2));
    }
    terminal.send(REPORTS.concat().as_bytes());
    for byte in REPORTS.concat().bytes() {
        terminal.send(&[byte]);
    }
    terminal.press("K").wait_for("Completions 9/");
    terminal.press("f type:nam").wait_for("nam");
    terminal.send(REPORTS.concat().as_bytes());
    terminal.press("type:e").wait_for("name");
    terminal.press("esc esc");
    // What is pasted is text, whatever it holds; control characters are shown and not obeyed.
    let pasted = format!("f paste:{}", "a[?997;1n-b");
    terminal.press(&pasted).wait_for("a[?997;1n-b");
    terminal.send(format!("\x1b[200~<{}>\x1b[201~", REPORTS[0]).as_bytes());
    terminal.wait_for("a[?997;1n-b<").wait_for("[?997;1n>");
    terminal.press("esc esc q");
    assert!(terminal.end_restored().success());
}

/// What the terminal's variable says of its background counts until it answers itself.
#[test]
fn a_variable_stands_in_for_the_answer() {
    let environment = [("COLORTERM", "truecolor"), ("COLORFGBG", "0;15")];
    let mut terminal = Terminal::start(&[], &environment, WIDE);
    terminal.wait_for("Time check");
    assert_eq!(theme(&terminal), "light");
    terminal.send(b"\x1b]11;rgb:0/0/0\x1b\\");
    terminal.wait("the theme", |terminal| theme(terminal) == "dark");
    terminal.press("q");
    assert!(terminal.end_restored().success());
}
