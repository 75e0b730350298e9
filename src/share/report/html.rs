//! The page: data, style and script in one file that asks nothing of a network.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

use crate::completion::load::report::DATA_BEGINS;
use crate::display;

/// How the element with the data ends.
const DATA_ENDS: &str = "</script>";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page around a report's data, which stands at its beginning, where the loader looks for it. Only the two elements whose hashes the policy names are used; the data is never
/// read as HTML.
pub(super) fn page(title: &str, about: &[String], data: &str) -> String {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let title = text(title);
    let about: String = about
        .iter()
        .map(|line| format!("<p class=\"quiet\">{}</p>\n", text(line)))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}</title>\n{DATA_BEGINS}{}{DATA_ENDS}\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{title}</h1>\n{about}</header>\n\
         <main id=\"report\"><noscript>This report is drawn by a script that it contains; allow scripts for this file \
         to see it. The data is in the page's source.</noscript></main>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        in_script(data)
    )
}

/// JSON that can neither end the element it stands in nor act on a terminal that prints it. What is escaped stands in a
/// JSON text only within strings.
pub(super) fn in_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            c => out.push(c),
        }
    }
    display::inert_json(&out).replace("##[", "##\\u005b")
}

fn hash(text: &str) -> String {
    STANDARD.encode(digest(&SHA256, text.as_bytes()))
}

fn text(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
