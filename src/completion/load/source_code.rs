//! Program source, told by its first statements. What stands in it as literals was made up by whoever wrote it; only an
//! answer under an id as OpenRouter gives them was recorded.

use super::fenced;
use super::framing::split::{FrameStep, Framer};
use super::head::FileHead;
use super::record::Reader;
use super::{Loaded, ProblemKind};
use crate::completion::Completion;
use crate::completion::generation_id;
use crate::completion::source_map::Places;

/// Whether a text is some.
pub(super) fn is_source(head: &FileHead<'_>) -> bool {
    /// Statements that tell; one alone may be a sentence.
    const ENOUGH: usize = 2;
    /// Lines that are looked at.
    const LOOKED_AT: usize = 300;
    if head.text.starts_with(['{', '[', '"', '<']) && !head.text.starts_with("\"\"\"")
        || fenced::is_fenced(head)
    {
        return false;
    }
    if is_patch(head.text) {
        return true;
    }
    let lines = head.text.lines().take(LOOKED_AT);
    if lines.clone().any(holds_raw_literal) {
        return true;
    }
    let mut statements = lines.filter(|line| is_statement(line));
    statements.nth(ENOUGH - 1).is_some()
}

/// Whether a text is a difference between two states of a file.
fn is_patch(text: &str) -> bool {
    let begins = |start: &str, then: &str| text.starts_with(start) && text.contains(then);
    begins("diff --git ", "\n@@ ") || (begins("--- ", "\n@@ ") && text.contains("\n+++ "))
}

/// Whether a line gives a name to text in quotes that need no escapes within, as Go, Rust, Java, Kotlin, C# and Swift have
/// them.
fn holds_raw_literal(line: &str) -> bool {
    const DECLARES: [&str; 14] = [
        "const ",
        "let ",
        "var ",
        "val ",
        "static ",
        "pub ",
        "final ",
        "public ",
        "private ",
        "internal ",
        "String ",
        "string ",
        "class ",
        "fn ",
    ];
    const OPENS: [&str; 5] = ["= `", "= r#\"", "= r\"", "= \"\"\"", "= @\""];
    let line = line.trim_start();
    DECLARES.iter().any(|word| line.starts_with(word))
        && OPENS.iter().any(|open| line.contains(open))
}

/// Whether a line is a statement of a program, at its margin.
fn is_statement(line: &str) -> bool {
    let line = line.trim_end();
    let is_name = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '/'))
    };
    let after = |word: &str| line.strip_prefix(word);
    let is_definition =
        |rest: &str| rest.contains('(') && rest.ends_with(['{', ':', '(', ',', ')']);
    let imports = after("import ").is_some_and(|rest| {
        let first = rest.split([' ', ',', ';']).next().unwrap_or_default();
        rest.split_whitespace().count() == 1 && is_name(rest.trim_end_matches(';'))
            || rest == "("
            || rest.contains(" from '")
            || rest.contains(" from \"")
            || is_name(first) && rest.contains(" as ") && rest.split_whitespace().count() == 3
    });
    let from = after("from ").is_some_and(|rest| {
        rest.split_once(" import ")
            .is_some_and(|(module, _)| is_name(module))
    });
    let defines = [
        "def ",
        "async def ",
        "func ",
        "fn ",
        "pub fn ",
        "function ",
        "async function ",
        "export function ",
    ]
    .iter()
    .any(|word| after(word).is_some_and(is_definition));
    let is_class = after("class ").is_some_and(|rest| rest.ends_with([':', '{']));
    let package = after("package ").is_some_and(|rest| is_name(rest.trim_end_matches(';')));
    let uses = after("use ").is_some_and(|rest| rest.ends_with(';') && rest.contains("::"));
    let requires = [
        "require '",
        "require \"",
        "require_relative '",
        "#include <",
        "#include \"",
        "<?php",
    ]
    .iter()
    .any(|start| line.starts_with(start));
    let assigns = ["const ", "let ", "var ", "export const "]
        .iter()
        .any(|word| {
            after(word).is_some_and(|rest| {
                rest.contains("require(") || rest.contains(" => {") || rest.ends_with("= {")
            })
        });
    let tests = ["describe(", "test(", "it("]
        .iter()
        .any(|word| after(word).is_some_and(|rest| rest.ends_with("{")));
    let modules = ["defmodule ", "module "]
        .iter()
        .any(|word| after(word).is_some_and(|rest| rest.ends_with(" do") || is_name(rest)));
    imports
        || from
        || defines
        || is_class
        || package
        || uses
        || requires
        || assigns
        || tests
        || modules
}

/// Reads what in it was recorded.
pub(super) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let mut found = Loaded::default();
    let mut entry = Reader {
        origin: reader.origin,
        loaded: &mut found,
        ..*reader
    };
    let text = places.text();
    if generation_id::recorded_in(text.as_bytes()).is_some() {
        read_records(places, &mut entry);
    }
    found.completions.retain(is_recorded);
    if found.completions.is_empty() {
        let what = match is_patch(text) {
            true => {
                "a patch: the answers in what it takes out and puts in, if there are any, are its author's, and no recorded ones"
            }
            false => {
                "program source: the answers in it, if there are any, are its author's, and no recorded ones"
            }
        };
        reader.problem(ProblemKind::Unrecognised, places.at(0), what.to_owned());
        return;
    }
    reader.loaded.completions.append(&mut found.completions);
}

fn read_records(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let mut framer = Framer::default();
    let (mut at, mut count) = (0, 0);
    while let FrameStep::Record { range, .. } = framer.next(text.as_bytes(), at, true) {
        at = range.end;
        count += 1;
        if text[range.clone()].contains(generation_id::PREFIX) {
            let record = places.piece(range);
            let origin = reader.origin_of_entry(record.at(0), count);
            reader.entry(&origin).text(&record);
        }
    }
}

/// Whether a completion's id is as OpenRouter gives them: nobody writes one by hand.
fn is_recorded(completion: &Completion) -> bool {
    let id = completion
        .response()
        .and_then(|response| response.get("id")?.str());
    id.is_some_and(|id| generation_id::is_recorded(&id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_source_from_words() {
        let check = |text: &str, expected: bool| {
            assert_eq!(
                is_source(&FileHead::of(text.as_bytes())),
                expected,
                "{text:?}"
            );
        };
        check(
            "\"\"\"Tests.\"\"\"\nimport json\nfrom app import main\n\ndef test_it():\n",
            true,
        );
        check("import { test } from 'vitest';\nconst body = {\n", true);
        check(
            "package main\n\nimport (\n\t\"fmt\"\n)\n\nfunc main() {\n",
            true,
        );
        check("use std::fs;\n\nfn main() {\n", true);
        check("require 'json'\nclass A\n  def b\n", false);
        check("require 'json'\nrequire 'net/http'\n", true);
        check(
            "import the file as it is\nfrom here on import all\nclass begins at nine:\n",
            false,
        );
        check("INFO import done\nINFO request {\n", false);
        check("# Title\n\n```python\nimport json\nimport os\n```\n", false);
        check("{\"a\":1}\nimport json\nimport os\n", false);
        for literal in [
            "const B: &str = r#\"{}\"#;",
            "var b = `{}`",
            "  String b = \"\"\"",
            "val b = \"\"\"{}\"\"\"",
        ] {
            check(&format!("{literal}\n"), true);
        }
        check(
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
            true,
        );
        check("--- REQUEST ---\n{}\n--- RESPONSE ---\n{}\n", false);
    }
}
