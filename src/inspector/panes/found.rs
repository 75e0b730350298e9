//! A value in a row, with what is searched for lit in it. Where that lies beyond the row's end, the text begins later,
//! so that it is in sight.

use ratatui::style::Style;

use crate::display;
use crate::inspector::library::search::Pattern;
use crate::inspector::ui::pen::Pen;

/// Bytes of a value in which it is looked for. Chosen: looked through in far less than a frame.
pub const SEARCHED: usize = 256 << 10;

/// Writes what a row shows of a value. `longer` is more of it, of which what is shown is the beginning.
pub fn put(
    shown: &str,
    longer: impl FnOnce() -> String,
    pattern: Option<&Pattern>,
    [style, lit]: [Style; 2],
    pen: &mut Pen<'_>,
) {
    let longer_text;
    let room = pen.room();
    let in_sight = pattern.and_then(|pattern| pattern.first_in(shown));
    let found = match (pattern, in_sight) {
        (None, _) => None,
        (_, Some(range)) => Some((shown, range)),
        (Some(pattern), None) => {
            longer_text = longer();
            let range = pattern.first_in(&longer_text);
            range.map(|range| (longer_text.as_str(), range))
        }
    };
    let Some((text, range)) = found else {
        pen.put(shown, style);
        return;
    };
    // What follows it may need a column for being cut.
    let fits = range.end < room || display::width(&text[..range.end]) < room;
    let begins = match fits {
        true => 0,
        false => before(text, range.start, room / 3),
    };
    if begins > 0 {
        pen.put(display::CUT, style);
    }
    pen.put(&text[begins..range.start], style)
        .put(&text[range.clone()], lit)
        .put(&text[range.end..], style);
}

/// The byte that stands at most so many columns before another one.
fn before(text: &str, end: usize, columns: usize) -> usize {
    let mut begins = end;
    let mut used = 0;
    for (at, c) in text[..end].char_indices().rev() {
        used += display::width(c.encode_utf8(&mut [0; 4])).max(1);
        if used > columns {
            break;
        }
        begins = at;
    }
    begins
}
