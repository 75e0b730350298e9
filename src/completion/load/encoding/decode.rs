//! Compressed bytes to plain ones: gzip, deflate, brotli and zstd, each with a limit on what comes out.
//!
//! Bodies of recordings and whole files come this way. What a recording says of a body is often not so:
//! browsers and most proxies store it decoded and keep the header. So the bytes have the last word.

use std::borrow::Cow;
use std::io::Read;

/// A way to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// RFC 1952; several members one after another too.
    Gzip,
    /// RFC 1950, and RFC 1951 alone, which some servers send under the same name.
    Deflate,
    /// RFC 7932
    Brotli,
    /// RFC 8878; several frames one after another too.
    Zstd,
}

impl Coding {
    /// The name that `Content-Encoding` has for it.
    pub const fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
        }
    }

    fn of_name(name: &str) -> Option<Coding> {
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Coding::Gzip),
            "deflate" => Some(Coding::Deflate),
            "br" => Some(Coding::Brotli),
            "zstd" => Some(Coding::Zstd),
            _ => None,
        }
    }

    /// Told from the first bytes. Brotli has no mark of its own.
    pub fn of_bytes(bytes: &[u8]) -> Option<Coding> {
        match bytes {
            // No other method than the eighth was ever given out.
            [0x1F, 0x8B, 0x08, ..] | [0x1F, 0x8B] => Some(Coding::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Coding::Zstd),
            [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Coding::Zstd),
            [0x78, flags @ (0x01 | 0x5E | 0x9C | 0xDA), ..]
                if (0x7800 + u32::from(*flags)) % 31 == 0 =>
            {
                Some(Coding::Deflate)
            }
            _ => None,
        }
    }
}

/// Why bytes could not be unpacked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    /// More came out than may.
    #[error("what is compressed here has more than {} MiB; that is the limit", limit >> 20)]
    TooLarge {
        /// Bytes that may come out.
        limit: usize,
    },
    /// The bytes are not what their coding says, or end too early.
    #[error("the {} data is {}", coding.name(), if *is_cut { "cut off" } else { "damaged" })]
    Broken {
        /// What they were taken for.
        coding: Coding,
        /// Whether the bytes ended before the data did.
        is_cut: bool,
        /// What came out before that.
        so_far: Vec<u8>,
    },
    /// The data asks for more memory than is given to it.
    #[error("the zstd data {0}")]
    Window(String),
    /// A content coding that this program does not know.
    #[error("the content encoding `{0}` is not one of gzip, deflate, br, zstd")]
    Unknown(String),
}

/// Unpacks bytes of one coding to at most `limit` bytes.
///
/// # Errors
/// Where more would come out, or the bytes are damaged or cut off.
pub(crate) fn unpack(bytes: &[u8], coding: Coding, limit: usize) -> Result<Vec<u8>, DecodeError> {
    Ok(unpack_counted(bytes, coding, limit)?.0)
}

/// The same, with how many bytes stand behind the data that are no padding.
///
/// # Errors
/// As of [`unpack`].
pub(crate) fn unpack_counted(
    bytes: &[u8],
    coding: Coding,
    limit: usize,
) -> Result<(Vec<u8>, usize), DecodeError> {
    let mut out = Vec::new();
    let done = match coding {
        Coding::Gzip => gzip(bytes, limit, &mut out),
        Coding::Deflate => deflate(bytes, limit, &mut out).map(|()| 0),
        Coding::Brotli => brotli(bytes, limit, &mut out).map(|()| 0),
        Coding::Zstd => zstd(bytes, limit, &mut out),
    };
    match done {
        Ok(_) if out.len() > limit => Err(DecodeError::TooLarge { limit }),
        Ok(rest) => Ok((out, rest)),
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {
            Err(DecodeError::Window(error.to_string()))
        }
        Err(error) => {
            out.truncate(limit);
            Err(DecodeError::Broken {
                coding,
                is_cut: error.kind() == std::io::ErrorKind::UnexpectedEof,
                so_far: out,
            })
        }
    }
}

/// The body that HTTP's bytes hold, whatever of its codings is still there. `labels` is the value of
/// `Content-Encoding`, several divided by commas in the order in which they were applied.
///
/// # Errors
/// As of [`unpack`]; and where the bytes are no text and their coding is not known.
pub(crate) fn body<'b>(
    bytes: Cow<'b, [u8]>,
    labels: Option<&str>,
    limit: usize,
) -> Result<Cow<'b, [u8]>, DecodeError> {
    body_counted(bytes, labels, limit, &mut 0)
}

/// The same, adding to `spent` how many bytes came out on the way, whether they are kept or not.
///
/// # Errors
/// As of [`body`].
pub(crate) fn body_counted<'b>(
    bytes: Cow<'b, [u8]>,
    labels: Option<&str>,
    limit: usize,
    spent: &mut usize,
) -> Result<Cow<'b, [u8]>, DecodeError> {
    let mut bytes = bytes;
    let labels = labels.unwrap_or_default().split(',').map(str::trim);
    let labels: Vec<&str> = labels.filter(|label| !is_identity(label)).collect();
    for label in labels.into_iter().rev().take(MOST_CODINGS) {
        if is_text(&bytes) {
            return Ok(bytes);
        }
        let Some(said) = Coding::of_name(label) else {
            return match std::str::from_utf8(&bytes) {
                Ok(_) => Ok(bytes),
                Err(_) => Err(DecodeError::Unknown(label.to_owned())),
            };
        };
        // A mark in the bytes tells more than the label.
        let coding = Coding::of_bytes(&bytes).unwrap_or(said);
        match counted(&bytes, coding, limit, spent) {
            Ok(plain) => bytes = Cow::Owned(plain),
            Err(_) if std::str::from_utf8(&bytes).is_ok() => return Ok(bytes),
            Err(error) => return Err(error),
        }
    }
    for _ in 0..MOST_CODINGS {
        if is_text(&bytes) {
            break;
        }
        let plain = match Coding::of_bytes(&bytes) {
            Some(coding) => Some(counted(&bytes, coding, limit, spent)?),
            // Brotli without its label: what comes out tells.
            None if std::str::from_utf8(&bytes).is_err() && may_be_brotli(&bytes) => {
                match counted(&bytes, Coding::Brotli, limit, spent) {
                    Ok(plain) => Some(plain).filter(|plain| is_text(plain)),
                    Err(error @ DecodeError::TooLarge { .. }) => return Err(error),
                    Err(_) => None,
                }
            }
            None => None,
        };
        let Some(plain) = plain else { break };
        bytes = Cow::Owned(plain);
    }
    Ok(bytes)
}

/// Unpacks, and counts what comes out.
fn counted(
    bytes: &[u8],
    coding: Coding,
    limit: usize,
    spent: &mut usize,
) -> Result<Vec<u8>, DecodeError> {
    let unpacked = unpack(bytes, coding, limit);
    *spent += match &unpacked {
        Ok(plain) => plain.len(),
        Err(DecodeError::Broken { so_far, .. }) => so_far.len(),
        Err(DecodeError::TooLarge { .. }) => limit,
        Err(DecodeError::Unknown(_) | DecodeError::Window(_)) => 0,
    };
    unpacked
}

/// Whether bytes without a label begin as a text in Brotli does.
fn may_be_brotli(bytes: &[u8]) -> bool {
    const HEAD: usize = 1 << 12;
    let mut head = Vec::new();
    let _ = brotli(bytes, HEAD, &mut head);
    head.truncate(HEAD);
    let text = match std::str::from_utf8(&head) {
        Ok(text) => text.as_bytes(),
        Err(error) => &head[..error.valid_up_to()],
    };
    !head.is_empty() && head.len() - text.len() < 4 && is_text(text)
}

/// Codings applied one over another; more are no one's honest body.
const MOST_CODINGS: usize = 4;

fn is_identity(label: &str) -> bool {
    let none = [
        "identity",
        "none",
        "utf-8",
        "utf8",
        "binary",
        "chunked",
        "aws-chunked",
    ];
    label.is_empty() || none.iter().any(|none| label.eq_ignore_ascii_case(none))
}

/// Whether bytes are text: UTF-8 without the control characters that compressed data is full of.
fn is_text(bytes: &[u8]) -> bool {
    let is_odd = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1E);
    let head = &bytes[..bytes.len().min(512)];
    !head.iter().any(is_odd) && simdutf8::basic::from_utf8(bytes).is_ok()
}

/// Reads to the end, or to the first byte beyond the limit.
fn drain(reader: &mut dyn Read, limit: usize, out: &mut Vec<u8>) -> std::io::Result<()> {
    let room = limit.saturating_add(1).saturating_sub(out.len());
    reader.take(room as u64).read_to_end(out).map(drop)
}

/// What to say of bytes behind compressed data.
pub(crate) fn more_behind(coding: Coding) -> String {
    format!(
        "behind the {} data stands more that is no part of it; that is not read",
        coding.name()
    )
}

/// How many bytes stand behind the data: none where they are what pads a block.
fn behind(rest: &[u8]) -> usize {
    match rest.iter().all(|byte| is_padding(*byte)) {
        true => 0,
        false => rest.len(),
    }
}

/// Whether a byte may pad what stands before it.
pub(super) fn is_padding(byte: u8) -> bool {
    byte == 0 || byte.is_ascii_whitespace()
}

fn gzip(bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut rest = bytes;
    // What follows the last member (padding, mostly) is no part of the data, as gzip itself has it.
    while out.len() <= limit && (rest.len() == bytes.len() || rest.starts_with(&[0x1F, 0x8B])) {
        let mut member = flate2::bufread::GzDecoder::new(rest);
        drain(&mut member, limit, out)?;
        rest = member.into_inner();
    }
    Ok(behind(rest))
}

fn deflate(bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> std::io::Result<()> {
    let wrapped = drain(&mut flate2::bufread::ZlibDecoder::new(bytes), limit, out);
    let Err(error) = wrapped else { return Ok(()) };
    let mut bare = Vec::new();
    match drain(
        &mut flate2::bufread::DeflateDecoder::new(bytes),
        limit,
        &mut bare,
    ) {
        Ok(()) => {
            *out = bare;
            Ok(())
        }
        Err(other) if bare.len() > out.len() => {
            *out = bare;
            Err(other)
        }
        Err(_) => Err(error),
    }
}

fn brotli(bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> std::io::Result<()> {
    let mut source = Source {
        rest: bytes,
        ran_out: false,
    };
    let done = drain(
        &mut brotli_decompressor::Decompressor::new(&mut source, 4096),
        limit,
        out,
    );
    done.map_err(|error| if source.ran_out { cut_off() } else { error })
}

fn zstd(bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> std::io::Result<usize> {
    use ruzstd::decoding::StreamingDecoder;
    use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
    let mut source = Source {
        rest: bytes,
        ran_out: false,
    };
    while !source.rest.is_empty() && out.len() <= limit {
        let is_first = source.rest.len() == bytes.len();
        let frame = source.rest;
        let done = match StreamingDecoder::new(&mut source) {
            Ok(mut frame) => drain(&mut frame, limit, out),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                source.rest = source.rest.get(length as usize..).unwrap_or_default();
                continue;
            }
            Err(FrameDecoderError::WindowSizeTooBig { requested, max }) => {
                return Err(window_too_big(requested, max));
            }
            // What follows the last frame is no part of the data.
            Err(_) if !is_first => return Ok(behind(frame)),
            Err(error) => Err(std::io::Error::other(error)),
        };
        done.map_err(|error| if source.ran_out { cut_off() } else { error })?;
    }
    Ok(0)
}

/// What to say of a frame that looks back further than is kept.
pub(super) fn window_too_big(requested: u64, max: u64) -> std::io::Error {
    let what = format!(
        "looks back over {} MiB, and {} MiB are kept; pack it with --long={} or less",
        requested >> 20,
        max >> 20,
        max.max(1).ilog2()
    );
    std::io::Error::new(std::io::ErrorKind::Unsupported, what)
}

/// Bytes that remember whether more was asked for than there are.
struct Source<'b> {
    rest: &'b [u8],
    ran_out: bool,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.ran_out |= self.rest.is_empty() && !buffer.is_empty();
        self.rest.read(buffer)
    }
}

fn cut_off() -> std::io::Error {
    std::io::ErrorKind::UnexpectedEof.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    const TEXT: &str =
        "{\"id\":\"gen-1\",\"choices\":[{\"message\":{\"content\":\"Hi, Zoë!\"}}]}\n";

    fn with(coding: Coding) -> Vec<u8> {
        let compress = |mut encoder: Box<dyn Read>| {
            let mut out = Vec::new();
            encoder.read_to_end(&mut out).expect("memory");
            out
        };
        let level = flate2::Compression::default();
        match coding {
            Coding::Gzip => compress(Box::new(flate2::read::GzEncoder::new(
                TEXT.as_bytes(),
                level,
            ))),
            Coding::Deflate => compress(Box::new(flate2::read::ZlibEncoder::new(
                TEXT.as_bytes(),
                level,
            ))),
            Coding::Brotli => STANDARD.decode(BROTLI).expect("base64"),
            Coding::Zstd => ruzstd::encoding::compress_to_vec(
                TEXT.as_bytes(),
                ruzstd::encoding::CompressionLevel::Fastest,
            ),
        }
    }

    /// `TEXT` as `brotli -c` packs it.
    const BROTLI: &str = "Cx+AeyJpZCI6Imdlbi0xIiwiY2hvaWNlcyI6W3sibWVzc2FnZSI6eyJjb250ZW50IjoiSGksIFpvw6shIn19XX0KAw==";

    fn raw_deflate() -> Vec<u8> {
        let mut out = Vec::new();
        let level = flate2::Compression::best();
        flate2::read::DeflateEncoder::new(TEXT.as_bytes(), level)
            .read_to_end(&mut out)
            .expect("memory");
        out
    }

    const ALL: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];

    #[test]
    fn unpacks_each_coding_within_its_limit() {
        for coding in ALL {
            let packed = with(coding);
            let text = unpack(&packed, coding, 1 << 20).expect("a text");
            assert_eq!(text, TEXT.as_bytes());
            assert_eq!(
                unpack(&packed, coding, TEXT.len())
                    .expect("all of it")
                    .len(),
                TEXT.len()
            );
            let error = unpack(&packed, coding, TEXT.len() - 1).expect_err("too large");
            assert!(matches!(error, DecodeError::TooLarge { .. }), "{error}");
            let error = unpack(&packed[..packed.len() - 9], coding, 1 << 20).expect_err("cut");
            assert!(
                matches!(error, DecodeError::Broken { is_cut: true, .. }),
                "{error:?}"
            );
            for garbage in [
                &b"garbage that is none of them"[..],
                b"\x28\xb5\x2f\xfd\xff\xff\xff\xff",
            ] {
                unpack(garbage, coding, 1 << 20).expect_err("garbage");
            }
        }
        assert_eq!(
            unpack(&raw_deflate(), Coding::Deflate, 1 << 20).expect("raw"),
            TEXT.as_bytes()
        );
    }

    #[test]
    fn reads_several_members_and_leaves_padding() {
        for coding in [Coding::Gzip, Coding::Zstd] {
            let twice = [with(coding), with(coding), vec![0; 64]].concat();
            let text = unpack(&twice, coding, 1 << 20).expect("both");
            assert_eq!(text, TEXT.repeat(2).as_bytes(), "{}", coding.name());
        }
        let skippable = [
            &[0x51, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3][..],
            &with(Coding::Zstd),
        ]
        .concat();
        assert_eq!(
            unpack(&skippable, Coding::Zstd, 1 << 20).expect("text"),
            TEXT.as_bytes()
        );
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let zeros = std::io::repeat(b' ').take(8 << 20);
        let mut bomb = Vec::new();
        flate2::read::GzEncoder::new(zeros, flate2::Compression::best())
            .read_to_end(&mut bomb)
            .expect("memory");
        let twice = [bomb.clone(), bomb].concat();
        let error = body(Cow::Owned(twice), Some("gzip"), 4 << 20).expect_err("a bomb");
        assert!(error.to_string().contains("4 MiB"), "{error}");
    }

    #[test]
    fn the_bytes_have_the_last_word_on_their_coding() {
        let check = |bytes: &[u8], labels: Option<&str>| {
            let out = body(Cow::Borrowed(bytes), labels, 1 << 20).expect("a body");
            assert_eq!(out.as_ref(), TEXT.as_bytes(), "{labels:?}");
        };
        let any = [
            None,
            Some(""),
            Some("identity"),
            Some("gzip"),
            Some("br"),
            Some("deflate, gzip"),
        ];
        for labels in any.into_iter().chain([Some("zstd"), Some("snappy")]) {
            check(TEXT.as_bytes(), labels);
        }
        for coding in ALL {
            check(&with(coding), Some(coding.name()));
            check(&with(coding), Some(&coding.name().to_ascii_uppercase()));
        }
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Zstd] {
            for labels in [None, Some("br"), Some("gzip"), Some("identity")] {
                check(&with(coding), labels);
            }
        }
        check(&with(Coding::Brotli), None);
        check(&raw_deflate(), Some("deflate"));
        let mut both = Vec::new();
        flate2::read::GzEncoder::new(with(Coding::Brotli).as_slice(), flate2::Compression::fast())
            .read_to_end(&mut both)
            .expect("memory");
        check(&both, Some("br, gzip"));
        check(&both, None);
    }

    #[test]
    fn says_what_it_cannot_unpack() {
        let check = |bytes: &[u8], labels: Option<&str>, expected: &str| {
            let error = body(Cow::Borrowed(bytes), labels, 1 << 20).expect_err("no body");
            assert_eq!(error.to_string(), expected);
        };
        check(&with(Coding::Gzip)[..40], None, "the gzip data is cut off");
        check(
            b"\xff\xfe\x00",
            Some("snappy"),
            "the content encoding `snappy` is not one of gzip, deflate, br, zstd",
        );
        check(
            b"\x1f\x8b\x08\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            Some("gzip"),
            "the gzip data is damaged",
        );
    }
}
