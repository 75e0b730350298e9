//! Text that grows at its end, in lines of a width: what was wrapped stays so, whatever comes behind it.

use std::collections::VecDeque;
use std::ops::Range;

use crate::display;

/// The lines of a text that grows.
#[derive(Debug, Clone, Default)]
pub struct GrowingText {
    width: usize,
    /// Bytes that were wrapped.
    seen: usize,
    lines: Vec<Range<usize>>,
}

impl GrowingText {
    /// Wraps what came since; all of it where the width or the text is another one.
    pub fn follow(&mut self, text: &str, width: usize) {
        if width != self.width || text.len() < self.seen {
            *self = GrowingText {
                width,
                ..GrowingText::default()
            };
        }
        if text.len() == self.seen && !self.lines.is_empty() {
            return;
        }
        let from = self.begin(text);
        while self.lines.pop_if(|line| line.start >= from).is_some() {}
        let new = display::wrap(text.get(from..).unwrap_or_default(), width);
        let moved = |line: Range<usize>| line.start + from..line.end + from;
        self.lines.extend(new.into_iter().map(moved));
        self.seen = text.len();
    }

    /// Where wrapping begins anew: at the last line of the text's own that is no blank, since how one is wrapped may hang
    /// together; of a long one at the last of its lines on the screen.
    fn begin(&self, text: &str) -> usize {
        /// Chosen: soon wrapped, and longer than most paragraphs.
        const LONG: usize = 4096;
        let seen = text.get(..self.seen).unwrap_or_default();
        let before = seen.trim_end_matches(['\n', '\r']);
        let own = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
        match seen.len() - own > LONG {
            true => self.lines.last().map_or(0, |last| last.start),
            false => own,
        }
    }

    /// The lines as ranges of the text.
    pub fn lines(&self) -> &[Range<usize>] {
        &self.lines
    }
}

/// The lines of several texts of which the first go while others come behind the last. A text is known by its number.
#[derive(Debug, Clone, Default)]
pub struct GrowingList {
    width: usize,
    /// The number of the next text.
    next: usize,
    lines: VecDeque<(usize, Range<usize>)>,
}

impl GrowingList {
    /// Wraps the texts that came since and lets those go that are there no more; all of them are wrapped where the width
    /// is another one. `first` is the number of the first that is there.
    pub fn follow<'t>(
        &mut self,
        first: usize,
        texts: impl ExactSizeIterator<Item = &'t str>,
        width: usize,
    ) {
        if width != self.width || first + texts.len() < self.next {
            *self = GrowingList {
                width,
                ..GrowingList::default()
            };
        }
        let gone = self.lines.partition_point(|(number, _)| *number < first);
        self.lines.drain(..gone);
        let end = first + texts.len();
        let known = self.next.saturating_sub(first);
        for (number, text) in (first..).zip(texts).skip(known) {
            let lines = display::wrap(text, width).into_iter();
            self.lines.extend(lines.map(|line| (number, line)));
        }
        self.next = end;
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// A line: the number of its text, and its range of that.
    pub fn line(&self, at: usize) -> Option<&(usize, Range<usize>)> {
        self.lines.get(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However it came, it stands in the lines of the whole.
        #[test]
        fn what_grows_is_wrapped_like_the_whole(
            pieces in prop::collection::vec("[a-c \n\r\u{301}天\u{200d}👩é]{0,9}", 0..12),
            width in 1usize..9,
        ) {
            let (mut text, mut growing) = (String::new(), GrowingText::default());
            for piece in &pieces {
                text.push_str(piece);
                growing.follow(&text, width);
                prop_assert_eq!(growing.lines(), &*display::wrap(&text, width), "{:?}", text);
            }
            // Another text begins with nothing.
            growing.follow("", width);
            growing.follow("x", width);
            prop_assert_eq!(growing.lines(), &*display::wrap("x", width));
            let mut list = GrowingList::default();
            for end in 0..=pieces.len() {
                let first = end.saturating_sub(3);
                let shown = pieces[first..end].iter().map(String::as_str);
                list.follow(first, shown, width);
                let all = (first..end).flat_map(|number| {
                    let lines = display::wrap(&pieces[number], width).into_iter();
                    lines.map(move |line| (number, line))
                });
                prop_assert_eq!(list.lines.iter().cloned().collect::<Vec<_>>(), all.collect::<Vec<_>>());
            }
        }
    }
}
