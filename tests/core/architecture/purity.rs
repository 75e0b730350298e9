use std::fs;
use std::path::Path;

use super::source::{self, Named, SourceFile};

/// What ARCHITECTURE.md calls pure: no file, socket, clock, randomness, environment, thread or terminal.
const PURE: &[&str] = &[
    "json",
    "capture",
    "completion",
    "mapping",
    "event",
    "prepare",
    "redact",
    "share",
    "verify",
    "inspector",
];

/// The pure module that may also name types of the edges, as data: the rest is below all edges.
const INSPECTOR: &str = "inspector";

/// Modules outside [`PURE`] that are as pure, each a single file or data that the binary carries.
const PURE_FILES: &[&str] = &["display", "samples"];

/// The edges whose types, but not functions, the inspector may name.
const EDGES_WITH_DATA: &[&str] = &["delivery", "destination", "openrouter", "settings"];

/// What of the standard library reaches out of the program. `path` is text here: the methods of `Path`
/// that ask the file system are in `clippy.toml`.
const STD_EFFECTS: &[&[&str]] = &[
    &["env"],
    &["fs"],
    &["io", "stderr"],
    &["io", "stdin"],
    &["io", "stdout"],
    // Addresses are data.
    &["net", "TcpListener"],
    &["net", "TcpStream"],
    &["net", "ToSocketAddrs"],
    &["net", "UdpSocket"],
    &["net", "*"],
    &["os"],
    &["panic"],
    &["process"],
    &["thread"],
    &["time", "Instant"],
    &["time", "SystemTime"],
    &["time", "*"],
];

/// The parts of dependencies that compute and do nothing else; an empty list stands for all of a crate.
const PURE_CRATES: &[(&str, &[&str])] = &[
    ("aho_corasick", &[]),
    ("base64", &[]),
    // Unpacking bytes that are at hand.
    ("brotli_decompressor", &[]),
    // Keys as data; the rest of the crate is the terminal.
    ("crossterm", &["event"]),
    // Cells of text that is at hand.
    ("csv_core", &[]),
    ("flate2", &[]),
    ("htmlize", &[]),
    ("jiff", &[]),
    ("memchr", &[]),
    ("prost", &[]),
    // Buffers, styles, layout and widgets as data.
    (
        "ratatui",
        &[
            "buffer", "layout", "style", "symbols", "text", "widgets", "prelude",
        ],
    ),
    // Hashes of text that is at hand; the rest of the crate has randomness.
    ("ring", &["digest"]),
    // YAML that is at hand.
    ("saphyr_parser", &[]),
    ("secrecy", &[]),
    ("ruzstd", &[]),
    ("serde", &[]),
    ("serde_json", &[]),
    ("simdutf8", &[]),
    ("strsim", &[]),
    ("thiserror", &[]),
    ("tui_input", &[]),
    // Pictures of characters as data.
    ("unifont", &[]),
    ("unicode_normalization", &[]),
    ("unicode_segmentation", &[]),
    ("unicode_width", &[]),
    // Only ids made of names; random ones are forbidden in `clippy.toml`.
    ("uuid", &[]),
];

const LINTS: &str = "#[deny(clippy::disallowed_methods, clippy::disallowed_types)]";

const EFFECT_MACROS: &[&str] = &[
    "dbg!",
    "eprint!",
    "eprintln!",
    "print!",
    "println!",
    "thread_local!",
];

/// Pure modules name nothing that reads a file, a socket, a clock, chance, the environment, a thread or
/// the terminal. A crate that is new here has to be added to the list above, with what of it is pure.
#[test]
fn pure_modules_name_no_effects() {
    let crates = source::dependencies();
    assert!(crates.iter().any(|name| name == "tokio"), "{crates:?}");
    let mut faults = Vec::new();
    let mut looked_at = 0;
    for file in source::library() {
        let Some(top) = file.module.first() else {
            continue;
        };
        if !PURE.contains(&top.as_str()) && !PURE_FILES.contains(&top.as_str()) {
            continue;
        }
        looked_at += 1;
        for named in &file.paths {
            if let Some(why) = fault(file, named, &crates) {
                faults.push(format!(
                    "{}:{}: {}: {why}",
                    file.path,
                    named.line,
                    named.segments.join("::")
                ));
            }
        }
    }
    assert!(looked_at > 100, "only {looked_at} pure files were found");
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// `clippy.toml` forbids pure modules what a list of paths can't show: methods. The lints are on where
/// `lib.rs` says so.
#[test]
fn the_lints_are_on_for_every_pure_module() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(manifest.join("src/lib.rs")).expect("the library's root");
    let lines: Vec<&str> = text.lines().collect();
    for module in PURE.iter().chain(PURE_FILES) {
        let declaration = format!(" mod {module};");
        let Some(at) = lines.iter().position(|line| line.ends_with(&declaration)) else {
            assert!(
                !manifest.join("src").join(module).exists(),
                "{module} is not in lib.rs"
            );
            continue;
        };
        let attributes: Vec<&str> = lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#["))
            .copied()
            .collect();
        let is_on = attributes.contains(&LINTS);
        assert!(
            is_on,
            "in src/lib.rs, `{LINTS}` must stand above `{declaration}`"
        );
    }
}

/// Why a pure file must not name this, if it must not.
fn fault(file: &SourceFile, named: &Named, crates: &[String]) -> Option<&'static str> {
    let segments: Vec<&str> = named.segments.iter().map(String::as_str).collect();
    let is_inspector = file.module[0] == INSPECTOR;
    match segments.as_slice() {
        [only] => EFFECT_MACROS
            .contains(only)
            .then_some("writes to a terminal or keeps state of a thread"),
        ["std" | "core" | "alloc", rest @ ..] => {
            let reaches_out = STD_EFFECTS.iter().any(|effect| rest.starts_with(effect))
                || rest.first() == Some(&"*");
            reaches_out.then_some("an effect; take the result as an argument instead")
        }
        ["crate", top] if EDGES_WITH_DATA.contains(top) && is_inspector => None,
        ["crate", top, .., last] if EDGES_WITH_DATA.contains(top) && is_inspector => {
            let is_function = last.starts_with(|first: char| first.is_lowercase()) || *last == "*";
            let is_associated = segments[2..segments.len() - 1]
                .iter()
                .any(|segment| is_type(segment));
            (is_function && !is_associated)
                .then_some("the inspector may name types of this edge, but not its functions")
        }
        ["crate", top, ..] => {
            let is_root_item =
                is_type(top) || ["load", "map", "request", "event_json"].contains(top);
            let is_pure = PURE.contains(top) || PURE_FILES.contains(top);
            let is_allowed = is_pure && (is_inspector || *top != INSPECTOR);
            (!is_root_item && !is_allowed).then_some("not a pure module")
        }
        [first, rest @ ..] if crates.iter().any(|name| name == first) => {
            let parts = PURE_CRATES
                .iter()
                .find(|(name, _)| name == first)
                .map(|(_, parts)| *parts);
            let is_pure = match (parts, rest.first()) {
                (Some([]), _) => true,
                (Some(parts), Some(part)) => parts.contains(part),
                (_, _) => false,
            };
            (!is_pure).then_some("not known to be pure; see PURE_CRATES in this test")
        }
        _ => None,
    }
}

fn is_type(segment: &str) -> bool {
    segment.starts_with(char::is_uppercase)
}

/// The check finds what it is for: each of these, put into a pure file, is a fault.
#[test]
fn effects_are_recognized() {
    let crates = source::dependencies();
    let check = |module: &str, text: &str, expected: bool| {
        let module = vec![module.to_owned(), "file".to_owned()];
        let paths = source::paths(text, &module);
        let file = SourceFile {
            path: "src/file.rs".to_owned(),
            module,
            paths,
        };
        let found = file
            .paths
            .iter()
            .any(|named| fault(&file, named, &crates).is_some());
        assert_eq!(found, expected, "{text}");
    };
    for effect in [
        "use std::fs;",
        "use std::{collections::HashMap, net::TcpStream};",
        "let now = std::time::Instant::now();",
        "let user = std::env::var(\"USER\");",
        "use std::io::stdout;",
        "std::thread::spawn(|| ());",
        "println!();",
        "use tokio::sync::mpsc;",
        "use reqwest::Client;",
        "rusqlite::Connection::open(path);",
        "use crossterm::terminal::size;",
        "use crate::runtime::Clock;",
        "use crate::source::read;",
        "use std::*;",
    ] {
        check("json", effect, true);
        check("inspector", effect, true);
    }
    check("json", "use crate::destination::DestinationKind;", true);
    check(
        "inspector",
        "use crate::destination::DestinationKind;",
        false,
    );
    check("inspector", "use crate::delivery::deliver::deliver;", true);
    check("json", "use crate::inspector::theme::Theme;", true);
    check(
        "inspector",
        "use ratatui::{Terminal, buffer::Buffer};",
        true,
    );
    check("inspector", "use ratatui::buffer::Buffer;", false);
    check(
        "json",
        "use std::{fmt::Write, io, path::Path, time::Duration};",
        false,
    );
}

/// Whatever the command line prints goes through one file, which takes away what could act on a terminal. Questions
/// and the progress line are written elsewhere, and hold no payload.
#[test]
fn there_is_one_way_to_print() {
    const PRINTERS: [&str; 4] = [
        "cli/output.rs",
        "cli/prompt.rs",
        "cli/send/bar.rs",
        "cli/verify/progress.rs",
    ];
    let writes = [
        "print!(",
        "println!(",
        "stdout().lock",
        "stderr().lock",
        "write!(io::std",
        "writeln!(io::std",
        "new(io::stdout",
        "new(io::stderr",
    ];
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = source::library().iter().map(|file| &file.path);
    for path in files.filter(|path| path.starts_with("src/cli/")) {
        if PRINTERS.iter().any(|printer| path.ends_with(printer)) {
            continue;
        }
        let text = fs::read_to_string(manifest.join(path)).expect("source is UTF-8");
        for write in writes {
            assert!(!text.contains(write), "{path}: {write}");
        }
    }
}
