//! The beginning of a text, which tells its format: how much of it is looked at, and where a log tells itself.

use super::framing::scan::document_end;
use super::framing::split;

/// The beginning of a text, by which its format is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileHead<'t> {
    /// At most [`FileHead::BYTES`] of it, without a byte-order mark and white space before it. Its end may be
    /// anywhere in a line. Of a text that is not JSON it ends with the first line that holds a whole
    /// document behind a log's words: a log tells itself there, however much of it has come.
    pub text: &'t str,
    /// The same, and what stands behind such a line.
    pub all: &'t str,
    /// How many bytes stand before it.
    pub lead: usize,
    /// Whether it ends with such a line.
    pub is_log: bool,
    /// Whether more of the text would tell nothing else.
    pub is_enough: bool,
    /// Whether more of the text stands behind this.
    pub may_be_cut: bool,
}

impl<'t> FileHead<'t> {
    /// How much of a text is looked at.
    pub const BYTES: usize = 1 << 16;

    /// A beginning that is shorter by more than this is all of its text: white space before it, and a character that is cut,
    /// make it no shorter.
    pub const LEAST_LACKING: usize = 64;

    /// The beginning of some bytes, as far as they are text.
    pub fn of(bytes: &'t [u8]) -> FileHead<'t> {
        FileHead::of_part(bytes, true)
    }

    /// The beginning of a text of which these bytes have come so far; `is_all` says that no more will. A line
    /// that may go on is no line yet.
    pub fn of_part(bytes: &'t [u8], is_all: bool) -> FileHead<'t> {
        let may_be_cut = !is_all || bytes.len() > FileHead::BYTES;
        let is_all = is_all || bytes.len() >= FileHead::BYTES;
        let bytes = &bytes[..bytes.len().min(FileHead::BYTES)];
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        };
        let bare = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
        let lead = text.len() - bare.len();
        let text = bare;
        // `{%` is a tag of a template language, in what may be Markdown.
        let is_object =
            text.starts_with('{') && !text.starts_with("{%") && (is_all || text.len() > 1);
        let is_json = is_object || (text.starts_with('[') && split::is_array(text.as_bytes()));
        let logged = match is_json {
            true => None,
            false => end_of_logged_document(text, is_all),
        };
        FileHead {
            text: logged.map_or(text, |end| &text[..end]),
            all: text,
            lead,
            is_log: logged.is_some(),
            is_enough: is_json || logged.is_some() || bytes.len() == FileHead::BYTES,
            may_be_cut,
        }
    }
}

/// Where the first line ends that ends with a document of some length.
fn end_of_logged_document(text: &str, is_all: bool) -> Option<usize> {
    const LONGEST_PREFIX: usize = 200;
    const SHORTEST: usize = 64;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if !is_all && !line.ends_with('\n') {
            break;
        }
        let bare = line.trim_end();
        let brace = memchr::memchr(b'{', bare.as_bytes()).filter(|at| *at <= LONGEST_PREFIX);
        let is_document = brace.is_some_and(|brace| {
            bare.ends_with('}')
                && bare.len() - brace >= SHORTEST
                && document_end(bare.as_bytes(), brace) == Some(bare.len())
        });
        if is_document {
            return Some(at + bare.len());
        }
        at += line.len();
    }
    None
}
