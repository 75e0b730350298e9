//! A screen as a PNG picture, for slides and chats that take no SVG.
//!
//! The font is GNU Unifont (SIL Open Font License), whose characters are 8 or 16 by 16 pixels and fill the same cells on
//! every machine. It has the scripts of the Basic Multilingual Plane; what is beyond it, most emoji among that, is drawn as
//! the replacement character. The file is written here: `png` would bring a second deflate for its four chunks.

use flate2::{Compress, Compression, Crc, FlushCompress};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::{Ground, PictureColours, cells, colour, palette};

/// Pixels of a cell in the font, and how many of the picture's a pixel is wide and high.
const WIDTH: usize = 8;
const HEIGHT: usize = 16;
const SCALE: usize = 2;
/// Pixels of the font around the screen.
const MARGIN: usize = 8;
/// Rows of the line under a text and of the one through it.
const UNDER: usize = 14;
const THROUGH: usize = 8;

type Rgb = [u8; 3];

/// The screen as the bytes of a PNG file.
pub fn png(buffer: &Buffer, ground: Ground) -> Vec<u8> {
    let palette = palette(ground);
    let mut canvas = Canvas::new(buffer, rgb(palette.ground));
    for y in 0..buffer.area.height {
        for (x, cell) in cells(buffer, y) {
            let left = MARGIN + usize::from(x) * WIDTH;
            let top = MARGIN + usize::from(y) * HEIGHT;
            canvas.cell(cell, left, top, palette);
        }
    }
    canvas.file()
}

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Rgb>,
}

impl Canvas {
    fn new(buffer: &Buffer, ground: Rgb) -> Canvas {
        let width = usize::from(buffer.area.width) * WIDTH + 2 * MARGIN;
        let height = usize::from(buffer.area.height) * HEIGHT + 2 * MARGIN;
        Canvas {
            width,
            height,
            pixels: vec![ground; width * height],
        }
    }

    fn set(&mut self, x: usize, y: usize, to: Rgb) {
        if x < self.width
            && let Some(pixel) = self.pixels.get_mut(y * self.width + x)
        {
            *pixel = to;
        }
    }

    fn cell(&mut self, cell: &Cell, left: usize, top: usize, palette: &PictureColours) {
        let (text, behind) = colours(cell, palette);
        let columns = cell.symbol().width().max(1);
        let width = columns * WIDTH;
        if let Some(behind) = behind {
            for y in 0..HEIGHT {
                for x in 0..width {
                    self.set(left + x, top + y, behind);
                }
            }
        }
        let is_bold = cell.modifier.contains(Modifier::BOLD);
        // Marks that take no room stand over the character before them.
        for c in cell.symbol().chars().filter(|c| *c != ' ') {
            let glyph = unifont::get_glyph(c).or_else(|| unifont::get_glyph('\u{fffd}'));
            let Some(glyph) = glyph.filter(|_| !is_selector(c)) else {
                continue;
            };
            // Signs that a terminal gives one cell and the font two, such as ✓ and ⏎, are drawn half as wide.
            let step = glyph.get_width().div_ceil(width).max(1);
            let inked =
                |x: usize, y: usize| (0..step).any(|part| glyph.get_pixel(x * step + part, y));
            for y in 0..HEIGHT {
                for x in (0..glyph.get_width() / step).filter(|x| inked(*x, y)) {
                    self.set(left + x, top + y, text);
                    if is_bold && step == 1 && x + 1 < width {
                        self.set(left + x + 1, top + y, text);
                    }
                }
            }
        }
        for (modifier, row) in [
            (Modifier::UNDERLINED, UNDER),
            (Modifier::CROSSED_OUT, THROUGH),
        ] {
            if cell.modifier.contains(modifier) {
                for x in 0..width {
                    self.set(left + x, top + row, text);
                }
            }
        }
    }

    /// The chunks of a file: its size and colours, the packed rows, and the end. Source: the PNG specification.
    fn file(&self) -> Vec<u8> {
        const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
        let number = |pixels: usize| {
            u32::try_from(pixels * SCALE)
                .unwrap_or(u32::MAX)
                .to_be_bytes()
        };
        let mut head = [number(self.width), number(self.height)].concat();
        // Eight bits a colour, three colours, and the one way to pack, to filter and to order rows.
        head.extend_from_slice(&[8, 2, 0, 0, 0]);
        let mut out = SIGNATURE.to_vec();
        chunk(&mut out, b"IHDR", &head);
        chunk(&mut out, b"IDAT", &self.packed());
        chunk(&mut out, b"IEND", &[]);
        out
    }

    /// The rows, each behind the number of its filter, packed.
    fn packed(&self) -> Vec<u8> {
        const AS_IT_IS: u8 = 0;
        const LIKE_ABOVE: u8 = 2;
        let mut rows =
            Vec::with_capacity(self.pixels.len() * 3 * SCALE * SCALE + self.height * SCALE);
        for row in self.pixels.chunks(self.width) {
            rows.push(AS_IT_IS);
            for pixel in row {
                for _ in 0..SCALE {
                    rows.extend_from_slice(pixel);
                }
            }
            for _ in 1..SCALE {
                rows.push(LIKE_ABOVE);
                rows.resize(rows.len() + self.width * SCALE * 3, 0);
            }
        }
        let mut packer = Compress::new(Compression::best(), true);
        // More than deflate ever makes of bytes, so that one call takes all.
        let mut packed = Vec::with_capacity(rows.len() + rows.len() / 1000 + 1024);
        let _ = packer.compress_vec(&rows, &mut packed, FlushCompress::Finish);
        packed
    }
}

/// The colours of a cell's text and of its ground, where that is not the picture's.
fn colours(cell: &Cell, palette: &PictureColours) -> (Rgb, Option<Rgb>) {
    let mut text = rgb(&colour(cell.fg, palette, palette.text));
    let mut behind = match cell.bg {
        Color::Reset => None,
        other => Some(rgb(&colour(other, palette, palette.ground))),
    };
    let ground = rgb(palette.ground);
    if cell.modifier.contains(Modifier::REVERSED) {
        behind = Some(std::mem::replace(&mut text, behind.unwrap_or(ground)));
    }
    if cell.modifier.contains(Modifier::DIM) {
        let from = behind.unwrap_or(ground);
        let mixed = |at: usize| {
            let sum = u16::from(text[at]) * 6 + u16::from(from[at]) * 4;
            u8::try_from(sum / 10).unwrap_or(u8::MAX)
        };
        text = [mixed(0), mixed(1), mixed(2)];
    }
    (text, behind)
}

/// Characters that choose how the one before them looks, or join two.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}')
}

/// `#rrggbb`, as a picture's palette has it.
fn rgb(text: &str) -> Rgb {
    let part = |at: usize| {
        let digits = text.get(at..at + 2).unwrap_or_default();
        u8::from_str_radix(digits, 16).unwrap_or_default()
    };
    [part(1), part(3), part(5)]
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    let mut crc = Crc::new();
    for part in [&kind[..], data] {
        crc.update(part);
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&crc.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    /// The size and the pixels of a file, whose chunks must be right.
    fn read(file: &[u8]) -> (usize, usize, Vec<Rgb>) {
        let mut rest = file.strip_prefix(b"\x89PNG\r\n\x1a\n").expect("a PNG");
        let (mut size, mut packed, mut kinds) = ((0, 0), Vec::new(), Vec::new());
        while !rest.is_empty() {
            let number = |at: usize| {
                u32::from_be_bytes(rest[at..at + 4].try_into().expect("four bytes")) as usize
            };
            let length = number(0);
            let (kind, data) = (&rest[4..8], &rest[8..8 + length]);
            let mut crc = Crc::new();
            crc.update(&rest[4..8 + length]);
            assert_eq!(crc.sum() as usize, number(8 + length));
            match kind {
                b"IHDR" => {
                    size = (number(8), number(12));
                    assert_eq!(data[8..], [8, 2, 0, 0, 0]);
                }
                b"IDAT" => packed.extend_from_slice(data),
                _ => {}
            }
            kinds.push(String::from_utf8_lossy(kind).into_owned());
            rest = &rest[12 + length..];
        }
        assert_eq!(kinds, ["IHDR", "IDAT", "IEND"]);
        let mut bytes = Vec::with_capacity((size.0 * 3 + 1) * size.1);
        let unpacked =
            Decompress::new(true).decompress_vec(&packed, &mut bytes, FlushDecompress::Finish);
        unpacked.expect("packed rows");
        let mut pixels: Vec<Rgb> = Vec::new();
        for row in bytes.chunks(size.0 * 3 + 1) {
            let above = pixels.len().saturating_sub(size.0);
            for (at, pixel) in row[1..].chunks(3).enumerate() {
                let before = match row[0] {
                    2 => pixels[above + at],
                    _ => [0; 3],
                };
                pixels.push([0, 1, 2].map(|c| pixel[c].wrapping_add(before[c])));
            }
        }
        assert_eq!(pixels.len(), size.0 * size.1);
        (size.0, size.1, pixels)
    }

    #[test]
    fn draws_each_cell_in_its_place_and_colours() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 2));
        buffer.set_string(0, 0, "█", Style::new().fg(Color::Rgb(1, 2, 3)));
        buffer.set_string(2, 1, "天 ", Style::new().bg(Color::Rgb(9, 8, 7)));
        let (width, height, pixels) = read(&png(&buffer, Ground::Dark));
        assert_eq!((width, height), ((6 * 8 + 16) * 2, (2 * 16 + 16) * 2));
        let at = |x: usize, y: usize| pixels[(8 + y) * 2 * width + (8 + x) * 2];
        let ground = rgb(super::super::DARK.ground);
        assert_eq!(
            (at(0, 0), at(7, 15), at(8, 0)),
            ([1, 2, 3], [1, 2, 3], ground)
        );
        // The wide character takes two cells, and the ground of its blank a third.
        assert_eq!(
            (at(15, 16), at(16, 16), at(39, 31), at(40, 31)),
            (ground, [9, 8, 7], [9, 8, 7], ground)
        );
        let inked = (16..32).flat_map(|x| (16..32).map(move |y| (x, y)));
        assert!(
            inked
                .filter(|(x, y)| at(*x, *y) == rgb(super::super::DARK.text))
                .count()
                > 40
        );
    }

    #[test]
    fn what_the_font_has_not_is_a_replacement_and_never_nothing() {
        let drawn = |text: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
            buffer.set_string(0, 0, text, Style::new());
            png(&buffer, Ground::Light)
        };
        assert_ne!(drawn("😀"), drawn(""));
        assert_eq!(drawn("😀"), drawn("\u{1f601}"));
        assert_ne!(drawn("é"), drawn("e"));
        assert_ne!(drawn("e\u{301}"), drawn("e"));
        // The right half of a sign that the font draws wide is not cut off.
        assert_ne!(drawn("✓"), drawn("✗"));
        assert_eq!(drawn("a"), drawn("a"));
    }
}
