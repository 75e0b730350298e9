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
    let commands = commands();
    assert!(commands.contains(&"listen".to_owned()), "{commands:?}");
    for command in commands {
        insta::assert_snapshot!(format!("help_{command}"), printed(&[&command, "--help"]));
    }
}

/// The commands that the program's own help lists.
fn commands() -> Vec<String> {
    let help = printed(&["--help"]);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
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
