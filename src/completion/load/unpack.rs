//! Compressed bytes to what they hold: gzip, zlib and raw deflate, Brotli, Zstandard.
//!
//! What comes out has a limit of its own, since a few kilobytes may unpack to gigabytes.

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How bytes were compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// RFC 1952, of any number of members.
    Gzip,
    /// RFC 1950, or RFC 1951 alone: both are sent as `deflate`.
    Deflate,
    /// RFC 7932. It has no mark by which it could be told.
    Brotli,
    /// RFC 8878, of any number of frames.
    Zstd,
}

/// What came out of compressed bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// All that could be unpacked.
    pub bytes: Vec<u8>,
    /// Why it is not the whole, if it is not.
    pub fault: Option<String>,
}

impl Coding {
    /// The coding that the first bytes tell; Brotli has no mark.
    pub fn of_magic(bytes: &[u8]) -> Option<Coding> {
        match bytes {
            [0x1F, 0x8B, 8, ..] => Some(Coding::Gzip),
            // As zlib writes it at its four levels, but for the one that reads as text.
            [0x78, 0x01 | 0x9C | 0xDA, ..] => Some(Coding::Deflate),
            // A frame, or one to be skipped before it.
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => {
                Some(Coding::Zstd)
            }
            _ => None,
        }
    }

    /// The name that people use.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "zlib",
            Coding::Brotli => "Brotli",
            Coding::Zstd => "Zstandard",
        }
    }

    /// What `input` holds, unpacked as it is read.
    pub fn reader<'r>(self, input: impl Read + 'r) -> Box<dyn Read + 'r> {
        const BUFFER: usize = 1 << 16;
        let mut input = BufReader::with_capacity(BUFFER, input);
        match self {
            Coding::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
            Coding::Deflate => match input.fill_buf().is_ok_and(is_zlib) {
                true => Box::new(flate2::bufread::ZlibDecoder::new(input)),
                false => Box::new(flate2::bufread::DeflateDecoder::new(input)),
            },
            Coding::Brotli => Box::new(brotli_decompressor::Decompressor::new(input, BUFFER)),
            Coding::Zstd => Box::new(Frames {
                input,
                decoder: FrameDecoder::new(),
                is_within: false,
            }),
        }
    }
}

/// Unpacks bytes, as far as they can be and to at most `limit` bytes.
pub(crate) fn unpack(bytes: &[u8], coding: Coding, limit: usize) -> Unpacked {
    let mut out = Unpacked {
        bytes: Vec::new(),
        fault: None,
    };
    let mut reader = coding.reader(bytes);
    let mut piece = vec![0; 1 << 16];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return out,
            Ok(length) if out.bytes.len() + length > limit => {
                out.bytes.extend(&piece[..limit - out.bytes.len()]);
                let limit = limit >> 20;
                out.fault = Some(format!("it unpacks to more than {limit} MiB"));
                return out;
            }
            Ok(length) => out.bytes.extend(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                out.fault = Some(fault(&error));
                return out;
            }
        }
    }
}

/// Why unpacking stopped, in words.
pub(crate) fn fault(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off".to_owned(),
        _ => format!("it is damaged: {error}"),
    }
}

/// Whether bytes begin with the two of a zlib header.
fn is_zlib(bytes: &[u8]) -> bool {
    match bytes {
        [method, flags, ..] => {
            method & 0x0F == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0
        }
        _ => false,
    }
}

/// Zstandard's frames one after another; the decoder knows one alone.
struct Frames<R> {
    input: R,
    decoder: FrameDecoder,
    is_within: bool,
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
                let written = self.decoder.get_checksum_from_data();
                if written.is_some() && written != self.decoder.get_calculated_checksum() {
                    let what = "its checksum does not match";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, what));
                }
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
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.input).take(u64::from(length));
                    io::copy(&mut skipped, &mut io::sink())?;
                }
                Err(error) => return Err(io_error(&error)),
            }
        }
        Ok(false)
    }
}

/// The input's own error where that is the cause: only it says that the input ended.
fn io_error(error: &(dyn std::error::Error + 'static)) -> io::Error {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let kind = causes
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind)
        .last();
    io::Error::new(kind.unwrap_or(io::ErrorKind::InvalidData), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// "one\ntwo\n", as `zstd` writes it, with a frame to be skipped before it.
    const ZSTD: &[u8] = &[
        0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, b'x', b'y', b'z', 0x28, 0xB5, 0x2F, 0xFD, 0x20, 8, 0x41,
        0, 0, b'o', b'n', b'e', b'\n', b't', b'w', b'o', b'\n',
    ];
    /// The same as Brotli's uncompressed meta-block.
    const BROTLI: &[u8] = &[
        0x8B, 0x03, 0x80, b'o', b'n', b'e', b'\n', b't', b'w', b'o', b'\n', 0x03,
    ];

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn unpacks_every_coding_and_what_is_appended() {
        let check = |bytes: &[u8], coding, expected: &[u8]| {
            let unpacked = unpack(bytes, coding, 1 << 20);
            assert_eq!(unpacked.fault, None, "{coding:?}");
            assert_eq!(unpacked.bytes, expected, "{coding:?}");
        };
        let text = b"one\ntwo\n";
        let twice = b"one\ntwo\none\ntwo\n";
        check(&gzip(text), Coding::Gzip, text);
        check(&[gzip(text), gzip(text)].concat(), Coding::Gzip, twice);
        check(ZSTD, Coding::Zstd, text);
        check(&[ZSTD, ZSTD].concat(), Coding::Zstd, twice);
        check(BROTLI, Coding::Brotli, text);
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(text).unwrap();
        check(&zlib.finish().unwrap(), Coding::Deflate, text);
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        raw.write_all(text).unwrap();
        check(&raw.finish().unwrap(), Coding::Deflate, text);
        assert_eq!(Coding::of_magic(&gzip(text)), Some(Coding::Gzip));
        assert_eq!(Coding::of_magic(ZSTD), Some(Coding::Zstd));
        assert_eq!(Coding::of_magic(text), None);
    }

    #[test]
    fn what_is_cut_off_damaged_or_too_much_is_said_beside_what_came_out() {
        let check = |bytes: &[u8], coding, limit, length, expected: &str| {
            let unpacked = unpack(bytes, coding, limit);
            assert_eq!(unpacked.bytes.len(), length, "{coding:?}");
            let fault = unpacked.fault.unwrap();
            assert!(fault.starts_with(expected), "{coding:?}: {fault}");
        };
        let text = b"one\ntwo\n";
        let whole = gzip(text);
        check(&whole[..whole.len() - 4], Coding::Gzip, 100, 8, "it is cut off");
        check(&ZSTD[..ZSTD.len() - 4], Coding::Zstd, 100, 0, "it is cut off");
        check(&BROTLI[..6], Coding::Brotli, 100, 3, "it is cut off");
        let mut damaged = whole.clone();
        damaged[whole.len() - 7] ^= 0xFF;
        check(&damaged, Coding::Gzip, 100, 8, "it is damaged");
        check(b"no Brotli at all", Coding::Brotli, 100, 0, "it is damaged");
        let bomb = gzip(&vec![0; 5 << 20]);
        assert!(bomb.len() < 8 << 10);
        check(&bomb, Coding::Gzip, 2 << 20, 2 << 20, "it unpacks to more than 2 MiB");
    }
}
