//! Help, the manual and completions, as they are printed.

use super::program::{Ran, run};

fn printed(args: &[&str]) -> String {
    let Ran {
        status,
        stdout,
        stderr,
    } = run(args);
    assert_eq!((status, stderr.as_str()), (0, ""), "{args:?}");
    let version = env!("CARGO_PKG_VERSION");
    let lines = stdout.lines().map(str::trim_end).collect::<Vec<_>>();
    lines.join("\n").replace(version, "VERSION")
}

#[test]
fn helps() {
    insta::assert_snapshot!("help", printed(&["--help"]));
    for command in [
        "map",
        "check",
        "completions",
        "man",
        "shot",
        "send",
        "sink",
        "test",
        "connect",
        "config",
    ] {
        insta::assert_snapshot!(format!("help_{command}"), printed(&[command, "--help"]));
    }
}

#[test]
fn lists_every_finding() {
    let help = printed(&["check", "--help"]);
    for code in rainscope::mapping::Code::ALL {
        assert!(help.contains(code.as_str()), "{code:?}");
    }
}

#[test]
fn has_a_manual_page() {
    let page = printed(&["man"]);
    assert!(page.contains(".SH \"RAINSCOPE MAP\"") || page.contains(".SH RAINSCOPE MAP"));
    insta::assert_snapshot!("man", page);
}

#[test]
fn completes_in_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&["completions", shell]);
        for word in ["unset-trace", "completions"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        if shell == "fish" {
            insta::assert_snapshot!("completions_fish", script);
        }
    }
    assert_eq!(run(&["completions", "csh"]).status, 2);
}

#[test]
fn tells_its_version() {
    assert_eq!(printed(&["--version"]), "rainscope VERSION");
}
