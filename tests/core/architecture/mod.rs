//! The rules that ARCHITECTURE.md lays down for the source itself: what is pure stays pure, and the
//! modules form no cycle. `clippy.toml` forbids the methods that a list of paths can't show
//! (`Path::exists`, `Timestamp::now`).

mod cycles;
mod promises;
mod purity;
mod source;

/// The tests below stand on what is found in a file; these are the ways Rust spells a path.
#[test]
fn paths_are_found_wherever_rust_allows_them() {
    let check = |text: &str, expected: &[&str]| {
        let module = ["json".to_owned(), "parse".to_owned()];
        let found: Vec<String> = source::paths(text, &module)
            .iter()
            .map(|named| format!("{}:{}", named.line, named.segments.join("::")))
            .collect();
        assert_eq!(found, expected, "{text}");
    };
    check("use std::fs;", &["1:std::fs"]);
    check(
        "use std::{\n fs::{self, File},\n io as other,\n};",
        &["2:std::fs", "2:std::fs::File", "3:std::io"],
    );
    check("pub(crate) use std::time::*;", &["1:std::time::*"]);
    check(
        "fn now() { let t = std::time::Instant::now(); }",
        &["1:std::time::Instant::now"],
    );
    check("use super::Document;", &["1:crate::json::Document"]);
    check(
        "use super::super::event::Event;",
        &["1:crate::event::Event"],
    );
    check(
        "use self::inner::Thing;",
        &["1:crate::json::parse::inner::Thing"],
    );
    check("println!(\"std::fs\")", &["1:println!"]);
    check("if a != b {}", &[]);
    check(
        "// std::fs\n/* std::fs /* std::fs */ std::fs */ /// std::fs",
        &[],
    );
    check(
        "const A: &str = \"std::fs \\\" std::fs\"; b\"std::fs\"; r#\"std::fs \" std::fs\"#;",
        &[],
    );
    check(
        "let quote = '\"'; let fs = std::fs::read(path); let end = '\\'';",
        &["1:std::fs::read"],
    );
    check(
        "fn f<'a>(x: &'a str) { std::fs::read(x) }",
        &["1:std::fs::read"],
    );
    check(
        "#[cfg(test)]\nmod tests {\n use std::fs;\n fn f() {}\n}\nuse std::io;",
        &["6:std::io"],
    );
    check("#[cfg(test)]\nmod tests;\nuse std::io;", &["3:std::io"]);
}
