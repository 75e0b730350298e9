//! Compressed streams, unpacked as they are read, so that a large file with a record a line never stands in
//! memory as a whole.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use flate2::bufread::{GzDecoder, ZlibDecoder};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::decode::{Coding, is_padding, more_behind, window_too_big};

/// How much may come out of any stream.
const FREE: u64 = 1 << 30;
/// How much more than went in may come out of one that is larger: honest text stays far below.
const MOST_TIMES: u64 = 256;

/// The coding of a file, told by its first bytes, or by its name where that is all that tells.
pub(crate) fn coding_of(head: &[u8], file: &str) -> Option<Coding> {
    Coding::of_bytes(head).or_else(|| file.ends_with(".br").then_some(Coding::Brotli))
}

/// What `input` holds, unpacked.
pub(crate) fn reader<'r>(coding: Coding, input: impl Read + 'r) -> Box<dyn Read + 'r> {
    let taken = Rc::new(Cell::new(0));
    let input = BufReader::with_capacity(
        1 << 16,
        CountingReader {
            input,
            count: taken.clone(),
        },
    );
    let unpacked: Box<dyn Read + 'r> = match coding {
        Coding::Gzip => Box::new(Members {
            member: Some(GzDecoder::new(input)),
        }),
        Coding::Deflate => Box::new(ZlibDecoder::new(input)),
        Coding::Brotli => Box::new(brotli_decompressor::Decompressor::new(input, 1 << 16)),
        Coding::Zstd => Box::new(Frames {
            input,
            decoder: FrameDecoder::new(),
            is_within: false,
            is_first: true,
        }),
    };
    Box::new(LimitedReader {
        coding,
        unpacked,
        given: 0,
        taken,
    })
}

/// Counts the bytes that are read.
struct CountingReader<R> {
    input: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.count.set(self.count.get() + length as u64);
        Ok(length)
    }
}

/// Ends what grows beyond reason, and says what is wrong with a stream in plain words.
struct LimitedReader<'r> {
    coding: Coding,
    unpacked: Box<dyn Read + 'r>,
    given: u64,
    taken: Rc<Cell<u64>>,
}

impl Read for LimitedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let name = self.coding.name();
        let length = self.unpacked.read(buffer).map_err(|error| {
            let what = match error.kind() {
                io::ErrorKind::Interrupted => return error,
                io::ErrorKind::Unsupported => format!("the {name} data {error}"),
                io::ErrorKind::UnexpectedEof => format!("the {name} data is cut off"),
                io::ErrorKind::Other => error.to_string(),
                _ => format!("the {name} data is damaged"),
            };
            io::Error::new(io::ErrorKind::InvalidData, what)
        })?;
        self.given += length as u64;
        if self.given > FREE && self.given / MOST_TIMES > self.taken.get() {
            let what = format!(
                "the {name} data unpacks to more than {MOST_TIMES} times its size; that is the limit"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(length)
    }
}

/// The members of a gzip stream one after another; what follows the last is no part of it.
struct Members<R> {
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let length = member.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            let input = self.member.take().map(GzDecoder::into_inner);
            let Some(mut input) = input else { break };
            if input.fill_buf()?.starts_with(&[0x1F]) {
                self.member = Some(GzDecoder::new(input));
            } else if !is_padded(&mut input)? {
                return Err(io::Error::other(more_behind(Coding::Gzip)));
            }
        }
        Ok(0)
    }
}

/// Zstandard's frames one after another; the decoder knows one alone.
struct Frames<R> {
    input: R,
    decoder: FrameDecoder,
    is_within: bool,
    is_first: bool,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_within && !self.begin()? {
                return Ok(0);
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.decoder.is_finished() {
                self.is_within = false;
                continue;
            }
            let one = BlockDecodingStrategy::UptoBlocks(1);
            let decoded = self.decoder.decode_blocks(&mut self.input, one);
            decoded.map_err(|error| io_error(&error))?;
        }
    }
}

impl<R: BufRead> Frames<R> {
    /// Begins the next frame; false at the end of the input.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.input) {
                Ok(()) => {
                    self.is_within = true;
                    self.is_first = false;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.input).take(u64::from(length));
                    io::copy(&mut skipped, &mut io::sink())?;
                }
                Err(FrameDecoderError::WindowSizeTooBig { requested, max }) => {
                    return Err(window_too_big(requested, max));
                }
                // What follows the last frame is no part of the data; nulls pad it.
                Err(FrameDecoderError::ReadFrameHeaderError(
                    ReadFrameHeaderError::BadMagicNumber(magic),
                )) if !self.is_first => {
                    if !magic.to_le_bytes().into_iter().all(is_padding)
                        || !is_padded(&mut self.input)?
                    {
                        return Err(io::Error::other(more_behind(Coding::Zstd)));
                    }
                    return Ok(false);
                }
                Err(_) if !self.is_first => return Ok(false),
                Err(error) => return Err(io_error(&error)),
            }
        }
        Ok(false)
    }
}

/// Whether nothing but padding is left.
fn is_padded(input: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let rest = input.fill_buf()?;
        if !rest.iter().all(|byte| is_padding(*byte)) {
            return Ok(false);
        }
        let length = rest.len();
        if length == 0 {
            return Ok(true);
        }
        input.consume(length);
    }
}

/// The input's own error where that is the cause: only it says that the input ended.
fn io_error(error: &(dyn std::error::Error + 'static)) -> io::Error {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let kind = causes
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind)
        .last();
    io::Error::new(
        kind.unwrap_or(io::ErrorKind::InvalidData),
        error.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"{\"a\":1}\n{\"b\":2}\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let level = flate2::Compression::best();
        let mut encoder = flate2::read::GzEncoder::new(text, level);
        encoder.read_to_end(&mut out).expect("memory");
        out
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        ruzstd::encoding::compress_to_vec(text, level)
    }

    fn unpack(bytes: &[u8], coding: Coding) -> (Vec<u8>, Option<String>) {
        let mut out = Vec::new();
        let mut piece = [0; 7];
        let mut input = reader(coding, bytes);
        loop {
            match input.read(&mut piece) {
                Ok(0) => return (out, None),
                Ok(length) => out.extend(&piece[..length]),
                Err(error) => return (out, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn unpacks_members_and_frames_and_leaves_padding() {
        for (packed, coding) in [(gzip(TEXT), Coding::Gzip), (zstd(TEXT), Coding::Zstd)] {
            let twice = [packed.clone(), packed, vec![0; 30]].concat();
            assert_eq!(coding_of(&twice, "a"), Some(coding));
            assert_eq!(unpack(&twice, coding), (TEXT.repeat(2), None));
        }
        let mut zlib = Vec::new();
        let level = flate2::Compression::fast();
        flate2::read::ZlibEncoder::new(TEXT, level)
            .read_to_end(&mut zlib)
            .expect("memory");
        assert_eq!(unpack(&zlib, Coding::Deflate), (TEXT.to_vec(), None));
        assert_eq!(coding_of(b"{", "a.br"), Some(Coding::Brotli));
        assert_eq!(coding_of(b"{", "a.json"), None);
    }

    #[test]
    fn says_what_stands_behind() {
        for (packed, coding) in [(gzip(TEXT), Coding::Gzip), (zstd(TEXT), Coding::Zstd)] {
            let more = [packed.clone(), TEXT.to_vec()].concat();
            let (out, error) = unpack(&more, coding);
            assert_eq!(out, TEXT);
            let error = error.unwrap_or_default();
            assert!(
                error.contains("stands more that is no part of it"),
                "{error}"
            );
        }
    }

    #[test]
    fn says_what_is_cut_off_or_damaged() {
        let (gzip, zstd) = (gzip(TEXT), zstd(TEXT));
        let check = |bytes: &[u8], coding, expected: &str| {
            let (_, error) = unpack(bytes, coding);
            assert_eq!(error.as_deref(), Some(expected));
        };
        check(
            &gzip[..gzip.len() - 9],
            Coding::Gzip,
            "the gzip data is cut off",
        );
        check(
            &zstd[..zstd.len() - 9],
            Coding::Zstd,
            "the zstd data is cut off",
        );
        check(b"no Brotli", Coding::Brotli, "the br data is damaged");
    }

    /// Some kilobytes may unpack to gigabytes: they end where the limit is.
    #[test]
    fn a_bomb_ends() {
        struct Zeros(u64);
        impl Read for Zeros {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer.fill(0);
                self.0 += buffer.len() as u64;
                Ok(buffer.len())
            }
        }
        let guarded = LimitedReader {
            coding: Coding::Gzip,
            unpacked: Box::new(Zeros(0)),
            given: FREE - 1,
            taken: Rc::new(Cell::new(1000)),
        };
        let mut out = Vec::new();
        let error = guarded
            .take(1 << 20)
            .read_to_end(&mut out)
            .expect_err("a bomb");
        assert!(error.to_string().contains("256 times its size"), "{error}");
        assert!(out.len() < 1 << 16);
    }
}
