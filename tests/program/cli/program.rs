//! Runs the binary and keeps what it said.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }
}

/// The binary in the folder of the package, with an environment that says nothing of its own.
pub fn rainscope(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rainscope"));
    command
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("NO_COLOR")
        .env_remove("RAINDROP_LOCAL_DEBUGGER")
        .env_remove("RAINDROP_WORKSHOP")
        .env_remove("RAINDROP_WRITE_KEY")
        // Whoever runs the tests may have settings.
        .env("RAINSCOPE_CONFIG_DIR", "no-such-folder")
        .env("COLUMNS", "100");
    command
}

pub fn run(args: &[&str]) -> Ran {
    run_with(args, "")
}

pub fn run_with(args: &[&str], stdin: &str) -> Ran {
    finish(rainscope(args), stdin)
}

/// With a variable of the environment.
pub fn run_given(variable: (&str, &str), args: &[&str], stdin: &str) -> Ran {
    let mut command = rainscope(args);
    command.env(variable.0, variable.1);
    finish(command, stdin)
}

pub fn run_in(folder: &Path, args: &[&str]) -> Ran {
    let mut command = rainscope(args);
    command.current_dir(folder);
    finish(command, "")
}

fn finish(mut command: Command, stdin: &str) -> Ran {
    // Where something is piped in, it is to be named.
    let mut child = command
        .stdin(match stdin {
            "" => Stdio::null(),
            _ => Stdio::piped(),
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // A program that does not read its input closes it, and that is its right.
        scope.spawn(move || input.map(|mut input| input.write_all(stdin.as_bytes())));
        child.wait_with_output().unwrap()
    });
    Ran {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A path of a file beside the samples, as one would type it.
pub fn fixture(name: &str) -> String {
    format!("fixtures/{name}")
}

/// The samples, each on one line.
pub fn samples_as_lines() -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    names.sort();
    let lines = names.iter().map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value.to_string() + "\n"
    });
    lines.collect()
}

/// How many events a text makes.
pub fn events_in(text: &str) -> usize {
    let loaded = rainscope::completion::load::load("<text>", text.as_bytes());
    let context = rainscope::mapping::Context::at(0);
    let edits = rainscope::completion::Edits::none();
    let completions = loaded.completions.iter();
    completions
        .filter(|one| {
            rainscope::mapping::map(one, &edits, &context)
                .event()
                .is_some()
        })
        .count()
}

#[test]
fn names_a_mistyped_command_and_missing_paths() {
    let check = |args: &[&str], expected: &str| {
        let ran = run(args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(expected), "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("needs a terminal"), "{}", ran.stderr);
    };
    let map = "did you mean the command `map`?";
    // One that is spelled right is not asked about.
    let right = run(&["map", "--bad"]);
    assert!(!right.stderr.contains("the command"), "{}", right.stderr);
    let sample = fixture("10-anonymous.json");
    check(
        &["mapp", &sample],
        &format!("rainscope: mapp: no such file or folder; {map}"),
    );
    check(&["mapp", "--wire", &sample], map);
    check(
        &["--privacy", "map", &sample],
        "a command stands before its options: `rainscope map …`",
    );
    check(&["chek"], "did you mean the command `check`?");
    check(&["missing.json"], "missing.json: no such file or folder\n");
    check(
        &["missing.json", "gone/"],
        "missing.json: no such file or folder, and none of the 1 after it",
    );
}

#[test]
fn says_in_plain_words_why_a_file_cannot_be_used() {
    let check = |args: &[&str], expected: &str| {
        let ran = run(args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert_eq!(ran.stderr, expected, "{args:?}");
    };
    check(
        &["config", "show", "--config", "/nonexist"],
        "/nonexist: the settings cannot be read: there is no such file\n",
    );
    check(
        &["shot", "--out", "/nonexist/x.svg"],
        "rainscope: /nonexist/x.svg cannot be written: no such folder\n",
    );
    check(
        &["check", "--project-file", "/nonexist"],
        "rainscope: /nonexist: no such file or folder\n",
    );
    check(
        &["sink", "--listen", "127.0.0.1:0", "--store", "/nonexist/x"],
        "rainscope: the sink cannot write its store /nonexist/x: no such folder; choose a file in a folder that exists\n",
    );
}

#[test]
fn draws_in_a_theme_that_is_named() {
    let shot = |theme: &str| run(&["shot", "--format", "svg", "--theme", theme]);
    let (auto, dark, grey) = (shot("auto"), shot("dark"), shot("monochrome"));
    assert_eq!((auto.status, dark.status, grey.status), (0, 0, 0));
    assert!(dark.stdout.contains("#56c8d8"), "the accent of the palette");
    assert!(auto.stdout != dark.stdout && dark.stdout != grey.stdout);
    assert_eq!(shot("pink").status, 2);
    let ran = run(&["--theme", "dark", "missing.json"]);
    assert!(ran.stderr.contains("no such file"), "{}", ran.stderr);
}

/// A PNG is bytes, so it goes to a file, and it is the same each time.
#[test]
fn a_png_has_a_file() {
    let without = run(&["shot", "--format", "png"]);
    assert_eq!(without.status, 2, "{}", without.stderr);
    assert!(
        without.stderr.contains("name its file with --out"),
        "{}",
        without.stderr
    );
    let folder = tempfile::tempdir().unwrap();
    let made = |name: &str, format: &str| {
        let path = folder.path().join(name).display().to_string();
        let ran = run(&[
            "shot", "--size", "80x24", "--format", format, "--out", &path,
        ]);
        assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
        std::fs::read(path).unwrap()
    };
    let dark = made("a.png", "png");
    assert!(dark.starts_with(b"\x89PNG\r\n\x1a\n"));
    // 80 columns and 24 rows of 16 by 32 pixels, and a margin.
    assert_eq!(dark[16..24], [0, 0, 5, 32, 0, 0, 3, 32]);
    assert_eq!(dark, made("b.png", "png"));
    assert_ne!(dark, made("c.png", "png-light"));
}

/// A picture is drawn on the ground of its theme, and `dark` and `light` are names for the SVG in that theme.
#[test]
fn a_picture_has_the_ground_of_its_theme() {
    let shot = |options: &[&str]| {
        let ran = run(&[&["shot", "--size", "80x24"], options].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran.stdout
    };
    for theme in ["dark", "light"] {
        let svg = shot(&["--format", "svg", "--theme", theme]);
        assert!(svg.starts_with("<svg"), "{svg}");
        assert_eq!(svg, shot(&["--format", theme]));
    }
    let grounds = ["dark", "light"].map(|theme| shot(&["--format", "svg", "--theme", theme]));
    assert_ne!(grounds[0], grounds[1]);
}

#[test]
fn a_picture_has_no_terminal_for_an_editor() {
    let mut command = rainscope(&["shot", "--keys", "ctrl-e"]);
    command.env("EDITOR", "false");
    let ran = finish(command, "");
    assert_eq!(ran.status, 0);
    assert!(
        ran.stdout.contains("there is no terminal here"),
        "{}",
        ran.stdout
    );
}

#[test]
fn draws_after_keys_that_are_typed_pasted_and_waited_for() {
    let shot = |keys: &str| run(&["shot", "--size", "140x40", "--keys", keys]);
    let shown = shot(
        r#"tab e ctrl-u paste:"two \"words\"" enter alt-b s wait:"accepted by" esc wait:"Raindrop event""#,
    );
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("two \"words\""), "{}", shown.stdout);
    for (keys, told) in [("nokey", "`nokey` is no key"), ("type:\"a", "never closed")] {
        let refused = shot(keys);
        assert_eq!(refused.status, 2);
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
}

/// A script that was made while looking lands where it did: a record that can't be read has a row in both.
#[test]
fn a_picture_lists_what_the_screen_lists() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.ndjson");
    let one = |id: u32| {
        format!(
            r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"Hi {id}"}}]}},"response":{{"id":"gen-{id}","model":"a/b","choices":[{{"message":{{"content":"Yes"}}}}]}}}}"#
        )
    };
    let lines = format!("{}\n{{\"request\": {{\"model\": \n{}\n", one(1), one(3));
    std::fs::write(&path, lines).unwrap();
    let path = path.display().to_string();
    let shown = run(&["shot", "--size", "120x40", &path]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("Completions 1/3"), "{}", shown.stdout);
    assert!(shown.stdout.contains("#2"), "{}", shown.stdout);
}
