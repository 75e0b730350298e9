//! From a completion's document back to the files it came from.
//!
//! The normal form is sometimes a record's own text and sometimes stitched together: a response with
//! `{"response":…}` around it, the files of a pair, a stream put together. The map keeps which bytes of
//! the document stand in which file, so that every value can be shown where the user wrote it.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use crate::json::{Checkpoints, Position, Value};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's name as the user gave it.
    pub file: Arc<str>,
    /// Byte offset in the file.
    pub offset: usize,
    /// The same for people.
    pub position: Position,
}

impl Place {
    /// The place `offset` bytes further on, in a text that begins here.
    pub fn within(&self, text: &str, offset: usize) -> Place {
        let offset = offset.min(text.len());
        self.further(offset, Position::of(text, offset))
    }

    /// The place `offset` bytes further on, which a text that begins here has at `inner`.
    fn further(&self, offset: usize, inner: Position) -> Place {
        let column = match inner.line {
            1 => self.position.column + inner.column - 1,
            _ => inner.column,
        };
        Place {
            file: self.file.clone(),
            offset: self.offset + offset,
            position: Position {
                line: self.position.line + inner.line - 1,
                column,
            },
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Position { line, column } = self.position;
        write!(f, "{}:{line}:{column}", self.file)
    }
}

/// The places of a text's bytes. What would be a walk from its beginning each time is one from the nearest
/// of many checkpoints, which are computed when the first place is asked for.
#[derive(Debug)]
pub(super) struct Places<'t> {
    text: &'t str,
    start: Place,
    /// How the text relates to the file.
    relation: TextRelation,
    /// Counted from the text's own beginning.
    checkpoints: OnceCell<Checkpoints>,
}

/// How a text that is read relates to its file.
#[derive(Debug)]
enum TextRelation {
    /// It is a piece of it.
    Verbatim,
    /// It was made of what stands at its start, so that all of it has that place.
    Derived,
    /// It was put together from pieces; and, where a string of it begins, the places of what it holds.
    Mapped {
        map: SourceMap,
        strings: Vec<(usize, SourceMap)>,
    },
}

impl<'t> Places<'t> {
    /// Of a text that begins at `start`.
    pub fn of(text: &'t str, start: &Place) -> Places<'t> {
        Places {
            text,
            start: start.clone(),
            relation: TextRelation::Verbatim,
            checkpoints: OnceCell::new(),
        }
    }

    /// Of a text that was made of what stands at `start`: JSON inside a string, an unpacked body.
    pub fn derived(text: &'t str, start: &Place) -> Places<'t> {
        Places {
            relation: TextRelation::Derived,
            ..Places::of(text, start)
        }
    }

    /// Of a text that was put together, with the places of what its strings hold where these are known.
    /// `start` is the place of what no piece covers.
    pub fn mapped(
        text: &'t str,
        map: SourceMap,
        strings: Vec<(usize, SourceMap)>,
        start: Place,
    ) -> Places<'t> {
        Places {
            relation: TextRelation::Mapped { map, strings },
            ..Places::of(text, &start)
        }
    }

    /// A piece of the text with the places of its own bytes.
    pub fn piece(&self, range: Range<usize>) -> Places<'t> {
        let relation = match &self.relation {
            TextRelation::Verbatim => TextRelation::Verbatim,
            TextRelation::Derived => TextRelation::Derived,
            TextRelation::Mapped { map, strings } => {
                let within = strings.iter().filter(|(at, _)| range.contains(at));
                let moved = within.map(|(at, map)| (at - range.start, map.clone()));
                TextRelation::Mapped {
                    map: map.part(self.text, range.clone()),
                    strings: moved.collect(),
                }
            }
        };
        Places {
            start: self.at(range.start),
            text: &self.text[range],
            relation,
            checkpoints: OnceCell::new(),
        }
    }

    /// The text.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The place of a byte of the text.
    pub fn at(&self, offset: usize) -> Place {
        match &self.relation {
            TextRelation::Derived => return self.start.clone(),
            TextRelation::Mapped { map, .. } => {
                let end = (offset + 1).min(self.text.len());
                let place = map.place_of(self.text, offset.min(end)..end);
                let place = place.or_else(|| map.place_of_offset(offset));
                let place = place.or_else(|| map.end(self.text));
                return place.unwrap_or_else(|| self.start.clone());
            }
            TextRelation::Verbatim if offset == 0 => return self.start.clone(),
            TextRelation::Verbatim => {}
        }
        let offset = offset.min(self.text.len());
        let checkpoints = self.checkpoints.get_or_init(|| Checkpoints::of(self.text));
        self.start
            .further(offset, checkpoints.position(self.text, offset))
    }
}

impl Places<'_> {
    /// The map of a piece of the text.
    pub fn map_of(&self, range: Range<usize>) -> SourceMap {
        let relation = match &self.relation {
            TextRelation::Mapped { map, .. } => return map.part(self.text, range),
            TextRelation::Derived => PieceRelation::Derived,
            TextRelation::Verbatim => PieceRelation::Verbatim,
        };
        SourceMap {
            segments: vec![Segment {
                range: 0..range.len(),
                place: self.at(range.start),
                relation,
            }],
        }
    }

    /// The map of a text that some pieces of this one stand in: where each begins in it, and its range here.
    pub fn map_of_pieces(
        &self,
        pieces: impl IntoIterator<Item = (usize, Range<usize>)>,
    ) -> SourceMap {
        let mut map = SourceMap::default();
        for (at, range) in pieces {
            map.append(at, self.map_of(range));
        }
        map
    }

    /// The map of what a string holds, `held` being its text: within it where it stands in the file as it
    /// is, else all of it at the string's beginning.
    pub fn map_of_string(&self, string: Value<'_>, held: &str) -> SourceMap {
        let start = string.span().start;
        match &self.relation {
            TextRelation::Mapped { strings, .. } => {
                let found = strings.binary_search_by_key(&start, |(at, _)| *at);
                if let Some((_, map)) = found.ok().and_then(|at| strings.get(at)) {
                    return map.clone();
                }
            }
            TextRelation::Verbatim if string.raw_str() == Some(held) => {
                return self.map_of(start + 1..start + 1 + held.len());
            }
            TextRelation::Verbatim | TextRelation::Derived => {}
        }
        SourceMap::made(held, self.at(start))
    }

    /// Appends a value of the text to a document.
    pub fn copy(&self, value: Value<'_>, builder: &mut DocumentBuilder) {
        builder.mapped(value.raw(), self.map_of(value.span()));
    }
}

/// How a piece of the document relates to its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceRelation {
    /// The same bytes: a place within the piece is a place within the file.
    Verbatim,
    /// Made of what begins there: an assembled stream, JSON that stood inside a string.
    Derived,
}

/// A piece of the document that came from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Byte range in the document's text.
    pub range: Range<usize>,
    /// Where the piece, or what it was made of, begins.
    pub place: Place,
    /// Whether the bytes are the file's own.
    pub relation: PieceRelation,
}

/// The pieces of one document, in its order. Text that no piece covers is the program's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceMap {
    segments: Vec<Segment>,
}

impl SourceMap {
    /// The map of a document whose text is a record's own.
    pub fn whole(text: &str, place: Place) -> SourceMap {
        SourceMap {
            segments: vec![Segment {
                range: 0..text.len(),
                place,
                relation: PieceRelation::Verbatim,
            }],
        }
    }

    /// The map of a text that was made of what stands at `place`.
    pub(super) fn made(text: &str, place: Place) -> SourceMap {
        let segment = Segment {
            range: 0..text.len(),
            place,
            relation: PieceRelation::Derived,
        };
        SourceMap {
            segments: vec![segment],
        }
    }

    /// Appends the map of a piece that begins at `at`.
    fn append(&mut self, at: usize, piece: SourceMap) {
        let segments = piece.segments.into_iter();
        let some = segments.filter(|segment| !segment.range.is_empty());
        let moved = some.map(|mut segment| {
            segment.range = segment.range.start + at..segment.range.end + at;
            segment
        });
        self.segments.extend(moved);
    }

    /// The map of a piece of a document whose text is `text`.
    pub(super) fn part(&self, text: &str, range: Range<usize>) -> SourceMap {
        let first = self
            .segments
            .partition_point(|segment| segment.range.end <= range.start);
        let within = self.segments[first..]
            .iter()
            .take_while(|segment| segment.range.start < range.end);
        let cut = within.map(|segment| {
            let start = segment.range.start.max(range.start);
            let place = match segment.relation {
                PieceRelation::Verbatim if start > segment.range.start => {
                    let before = &text[segment.range.start..start];
                    segment.place.within(before, before.len())
                }
                _ => segment.place.clone(),
            };
            Segment {
                range: start - range.start..segment.range.end.min(range.end) - range.start,
                place,
                relation: segment.relation,
            }
        });
        SourceMap {
            segments: cut.collect(),
        }
    }

    /// The pieces, in the order of the document.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The beginning of the piece that a byte of the document belongs to.
    pub fn place_of_offset(&self, offset: usize) -> Option<Place> {
        let at = self
            .segments
            .partition_point(|segment| segment.range.end <= offset);
        self.segments.get(at).map(|segment| segment.place.clone())
    }

    /// The place behind the last piece of the document's `text`; the beginning of that piece where it was made of
    /// something else.
    fn end(&self, text: &str) -> Option<Place> {
        let last = self.segments.last()?;
        Some(match last.relation {
            PieceRelation::Derived => last.place.clone(),
            PieceRelation::Verbatim => {
                let piece = text.get(last.range.clone()).unwrap_or_default();
                last.place.within(piece, piece.len())
            }
        })
    }

    /// Where a span of the document's `text` stands in its file. A span that the program wrote stands
    /// where the first thing inside it does; `None` if there is nothing from a file inside it.
    pub fn place_of(&self, text: &str, span: Range<usize>) -> Option<Place> {
        self.place_by(span, |start, at| {
            let piece = text.get(start..).unwrap_or_default();
            Position::of(piece, at - start)
        })
    }

    /// The same by a function that gives the position of a byte in the text that begins at another.
    pub(super) fn place_by(
        &self,
        span: Range<usize>,
        position: impl Fn(usize, usize) -> Position,
    ) -> Option<Place> {
        let at = self
            .segments
            .partition_point(|segment| segment.range.end <= span.start);
        let segment = self.segments.get(at)?;
        if segment.range.start > span.start {
            return (segment.range.start < span.end).then(|| segment.place.clone());
        }
        let start = segment.range.start;
        Some(match segment.relation {
            PieceRelation::Derived => segment.place.clone(),
            PieceRelation::Verbatim => {
                let inner = position(start, span.start);
                segment.place.further(span.start - start, inner)
            }
        })
    }
}

/// A document being stitched together, with its map.
#[derive(Debug, Default)]
pub(super) struct DocumentBuilder {
    text: String,
    map: SourceMap,
}

impl DocumentBuilder {
    /// A builder with room for so many bytes, so that a document of many pieces is not moved as it grows.
    pub fn with_capacity(bytes: usize) -> DocumentBuilder {
        DocumentBuilder {
            text: String::with_capacity(bytes),
            map: SourceMap::default(),
        }
    }

    /// Appends text of the program's own.
    pub fn literal(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends a file's own bytes, which stand at `place`.
    pub fn verbatim(&mut self, text: &str, place: Place) {
        self.piece(text, place, PieceRelation::Verbatim);
    }

    /// Appends what was made of the text that begins at `place`.
    pub fn derived(&mut self, text: &str, place: Place) {
        self.piece(text, place, PieceRelation::Derived);
    }

    /// Appends a text that has a map of its own.
    pub fn mapped(&mut self, text: &str, map: SourceMap) {
        self.map.append(self.text.len(), map);
        self.text.push_str(text);
    }

    /// Appends a piece of a text that has a map of its own.
    pub fn copy(&mut self, text: &str, range: Range<usize>, map: &SourceMap) {
        let part = map.part(text, range.clone());
        self.mapped(&text[range], part);
    }

    /// Bytes of the document so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    fn piece(&mut self, text: &str, place: Place, relation: PieceRelation) {
        let start = self.text.len();
        self.text.push_str(text);
        if !text.is_empty() {
            self.map.segments.push(Segment {
                range: start..self.text.len(),
                place,
                relation,
            });
        }
    }

    /// The document's text and its map.
    pub fn finish(self) -> (Arc<str>, SourceMap) {
        (Arc::from(self.text), self.map)
    }
}
