//! The sample that is made of a capture, as it is recorded and loaded.

use std::fmt::Write;

use super::body::Body;
use super::{CALLS, Capture};
use crate::completion::load::{self, Loaded};
use crate::completion::{Origin, time};
use crate::json::{Document, JsonText, Limits, Position, quote};
use crate::mapping::scan::secrets::has_masked_key;

/// Why nothing is kept where a key would have to be masked in the middle of a number.
const UNMASKED: &str = "a key stands in it where it cannot be masked";

impl Capture {
    /// The sample made of it: a line of JSON without a line break. What has not arrived yet is left out; an answer that
    /// cannot be read is described in `response_problem`, with its text where it is text.
    #[must_use]
    pub fn sample(&self) -> String {
        let request = Body::of(&self.request, &self.request_headers, &self.keys);
        let response = Body::of(&self.response, &self.response_headers, &self.keys);
        let mut line = self.line(&request, &response);
        if self.ended.is_some() && response.json.is_some() && !is_answered(&line) {
            line = self.line(&request, &response.unreadable());
        }
        let line = self.keys.redact(line);
        let is_broken = has_masked_key(&line) && JsonText::parse(&line).is_err();
        match is_broken && self.given_up.is_none() {
            true => {
                let mut bare = self.clone();
                bare.give_up(UNMASKED);
                bare.sample()
            }
            false => line,
        }
    }

    fn line(&self, request: &Body, response: &Body) -> String {
        let mut out = format!("{{\"name\":{}", quote(&self.name(request)));
        let _ = write!(out, ",\"captured\":{{\"number\":{}", self.number);
        let _ = write!(
            out,
            ",\"method\":{},\"path\":{}",
            quote(&self.method),
            quote(&self.path)
        );
        if let Some(status) = self.status {
            let _ = write!(out, ",\"status\":{status}");
        }
        match &self.ended {
            None => out.push_str(",\"ending\":\"not yet\""),
            Some((ending, _)) => {
                let _ = write!(out, ",\"ending\":{}", quote(ending.name()));
                if let Some(why) = ending.reason() {
                    let _ = write!(out, ",\"reason\":{}", quote(why));
                }
            }
        }
        if let Some(number) = self.retry_of {
            let _ = write!(out, ",\"retry_of\":{number}");
        }
        if let Some(why) = &self.given_up {
            let _ = write!(out, ",\"incomplete\":{}", quote(why));
        }
        out.push('}');
        request.write(&mut out, "request", self.ended.is_some());
        response.write(&mut out, "response", self.ended.is_some());
        write_headers(&mut out, "headers", &self.request_headers);
        write_headers(&mut out, "response_headers", &self.response_headers);
        self.write_times(&mut out);
        out.push('}');
        out
    }

    /// When it began, and the model that was asked for.
    fn name(&self, request: &Body) -> String {
        let started = time::iso(self.started_at.into()).unwrap_or_default();
        let clock = started.get(11..19).unwrap_or_default();
        let unpacked = || model_of(request.json.as_deref()?);
        let model = self.asked_model.clone().or_else(unpacked);
        format!("{clock} {}", model.as_deref().unwrap_or(&self.path))
    }

    /// The model that was asked for.
    pub(super) fn model(&self) -> Option<String> {
        model_of(&String::from_utf8_lossy(&self.request))
    }

    fn write_times(&self, out: &mut String) {
        let _ = write!(out, ",\"measured\":{{");
        let started = time::iso(self.started_at.into()).unwrap_or_default();
        let _ = write!(out, "\"started_at\":{}", quote(&started));
        let mut member = |name: &str, value: Option<u64>| {
            if let Some(value) = value {
                let _ = write!(out, ",\"{name}\":{value}");
            }
        };
        member("first_byte_ms", self.first_byte_ms());
        member("first_token_ms", self.first_token_ms());
        let after_ms = self.ended.as_ref().map(|(_, after_ms)| *after_ms);
        member("duration_ms", after_ms);
        out.push('}');
        let ended = after_ms.and_then(|after_ms| {
            let ended = self.started_at.checked_add(i64::try_from(after_ms).ok()?)?;
            time::iso(ended.into())
        });
        if let Some(ended) = ended {
            let _ = write!(out, ",\"completed_at\":{}", quote(&ended));
        }
    }
}

fn model_of(request: &str) -> Option<String> {
    let asked = Document::parse(request.trim().into(), Limits::default()).ok()?;
    let model = asked.root().get("model")?.non_empty_str()?;
    Some(model.into_owned())
}

/// Whether a sample loads as a call with its answer.
fn is_answered(sample: &str) -> bool {
    let origin = Origin {
        file: CALLS.into(),
        offset: 0,
        position: Position { line: 1, column: 1 },
        record: 1,
    };
    let mut loaded = Loaded::default();
    load::load_slice(sample.as_bytes(), &origin, &mut loaded);
    let completion = loaded.completions.first();
    completion.is_some_and(|it| it.captured().is_some() && it.response().is_some())
}

fn write_headers(out: &mut String, part: &str, headers: &[(String, String)]) {
    if headers.is_empty() {
        return;
    }
    let mut opening = "{";
    let _ = write!(out, ",\"{part}\":");
    for (name, value) in headers {
        let _ = write!(out, "{opening}{}:{}", quote(name), quote(value));
        opening = ",";
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )]

    use std::sync::OnceLock;

    use super::*;
    use crate::capture::CaptureEnding;
    use crate::capture::keys::Keys;

    fn capture() -> Capture {
        let mut capture = Capture::new(3, 1_780_662_787_000, "POST", "/api/v1/chat/completions");
        capture.request = br#"{ "model":"openai/gpt-4o-mini",
            "messages":[{"role":"user","content":"Say hi"}],"user":"ada"}"#
            .to_vec();
        capture.request_headers = vec![("x-session-id".to_owned(), "s-1".to_owned())];
        capture
    }

    #[test]
    fn a_capture_grows_into_a_sample() {
        let mut capture = capture();
        let one = |capture: &Capture| {
            let sample = capture.sample();
            assert!(!sample.contains('\n'), "{sample}");
            let loaded = load::load("capture", sample.as_bytes());
            assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
            loaded.completions.into_iter().next().unwrap()
        };
        let asked = one(&capture);
        assert!(asked.response().is_none());
        assert_eq!(
            asked.request().unwrap().get("user").unwrap().str().unwrap(),
            "ada"
        );

        capture.status = Some(200);
        capture.arrive(b": OPENROUTER PROCESSING\n\n", 90);
        capture.arrive(b"data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n", 100);
        assert_eq!(capture.first_token_ms(), None);
        capture.arrive(
            b"data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n",
            150,
        );
        capture.arrive(
            b"data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"!\"}}]}\n\n",
            200,
        );
        let growing = one(&capture);
        let text = |completion: &crate::completion::Completion| {
            let choices = completion.response().unwrap().get("choices").unwrap();
            let message = choices.item(0).unwrap().get("message").unwrap();
            message.get("content").unwrap().str().unwrap().into_owned()
        };
        assert_eq!(text(&growing), "Hi!");
        assert!(!growing.stream.as_ref().unwrap().complete);

        capture.arrive(b"data: [DONE]\n\n", 250);
        capture.ended = Some((CaptureEnding::Complete, 260));
        assert_eq!(
            (capture.first_byte_ms(), capture.first_token_ms()),
            (Some(90), Some(150))
        );
        let done = one(&capture);
        assert!(done.stream.as_ref().unwrap().complete);
        let measured = done.envelope("measured").unwrap();
        assert_eq!(
            measured.raw(),
            r#"{"started_at":"2026-06-05T12:33:07.000Z","first_byte_ms":90,"first_token_ms":150,"duration_ms":260}"#
        );
    }

    /// A copy that was given up stands in the list all the same, with why nothing can be said of it.
    #[test]
    fn a_capture_without_its_bodies_is_still_one() {
        let mut capture = capture();
        capture.arrive(b"data: {\"choices\":[]}\n\n", 100);
        capture.ended = Some((CaptureEnding::Complete, 260));
        capture.give_up("too much was kept");
        let loaded = load::load("capture", capture.sample().as_bytes());
        assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
        let edits = crate::completion::Edits::none();
        let context = crate::mapping::Context::at(0);
        let mapped = crate::mapping::map(&loaded.completions[0], &edits, &context);
        let crate::mapping::Outcome::NoEvent(none) = mapped.outcome else {
            panic!("an event of nothing");
        };
        assert!(none.says.contains("too much was kept"), "{}", none.says);
    }

    #[test]
    fn only_what_asks_for_a_completion_is_one() {
        for (method, path, expected) in [
            ("POST", "/api/v1/chat/completions", true),
            ("POST", "/api/v1/completions/", true),
            ("POST", "/api/v1/responses", true),
            ("POST", "/api/v1/messages", true),
            ("GET", "/api/v1/chat/completions", false),
            ("POST", "/api/v1/messages/count_tokens", false),
            ("POST", "/api/v1/embeddings", false),
            ("GET", "/api/v1/generation", false),
        ] {
            let capture = Capture::new(1, 0, method, path);
            assert_eq!(capture.is_completion(), expected, "{method} {path}");
        }
    }

    /// An answer that cannot be read stands in the list all the same, with why nothing can be said of what was generated.
    #[test]
    fn an_answer_that_cannot_be_read_is_a_call_that_says_why() {
        let check = |status: u16, coding: &str, answer: &[u8], why: &str| {
            let mut capture = capture();
            capture.status = Some(status);
            capture.response_headers = vec![("content-encoding".to_owned(), coding.to_owned())];
            capture.arrive(answer, 100);
            capture.ended = Some((CaptureEnding::Complete, 260));
            let sample = capture.sample();
            let loaded = load::load("capture", sample.as_bytes());
            assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
            assert_eq!(loaded.completions.len(), 1, "{sample}");
            let edits = crate::completion::Edits::none();
            let context = crate::mapping::Context::at(0);
            let mapped = crate::mapping::map(&loaded.completions[0], &edits, &context);
            let crate::mapping::Outcome::NoEvent(none) = mapped.outcome else {
                panic!("an event of nothing: {sample}");
            };
            assert!(none.says.contains(why), "{}", none.says);
            assert!(!none.says.contains("load the answer"), "{}", none.says);
        };
        check(200, "identity", &[0x00, 0xff, 0xfe, 0x80], "it is no text");
        check(200, "gzip", &[0x1f, 0x8b, 8, 0, 0xff, 0xff], "gzip data");
        check(
            200,
            "zstd",
            &[0x28, 0xB5, 0x2F, 0xFD, 0xFF, 0xFF, 0xFF],
            "zstd data",
        );
        check(
            200,
            "made-up",
            &[0x28, 0xB5, 0xFF],
            "content encoding `made-up`",
        );
        check(
            200,
            "gzip",
            b"{\"id\":\"gen-1\",\"cho",
            "its JSON is broken",
        );
        check(
            200,
            "identity",
            b"{\"ok\":true}",
            "none that OpenRouter's APIs",
        );
        check(200, "identity", b"[]", "none that OpenRouter's APIs");
        check(
            200,
            "identity",
            b"<html>Sign in to the hotel</html>",
            "neither JSON nor a stream",
        );
        check(
            200,
            "identity",
            b"data: {\"id\n\ndata: x\n\n",
            "no chunk of its stream",
        );
        check(502, "identity", b"<html>Bad gateway</html>", "status 502");
        check(404, "identity", b"{\"detail\":\"Not Found\"}", "status 404");
    }

    /// What the app got and could be read stays an answer, whatever else is wrong with it.
    #[test]
    fn an_answer_that_can_be_read_stays_one() {
        for (status, answer) in [
            (200, &b"{\"id\":\"gen-1\",\"choices\":[]}"[..]),
            (429, b"{\"error\":{\"code\":429,\"message\":\"slow down\"}}"),
            (
                200,
                b"data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n",
            ),
            (
                200,
                b"{\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"a/b\"}",
            ),
        ] {
            let mut capture = capture();
            capture.status = Some(status);
            capture.arrive(answer, 100);
            capture.ended = Some((CaptureEnding::Complete, 260));
            let sample = capture.sample();
            assert!(!sample.contains("response_problem"), "{sample}");
            let loaded = load::load("capture", sample.as_bytes());
            assert!(loaded.completions[0].response().is_some(), "{sample}");
        }
    }

    /// A compressed stream is read as it comes: its first token is the one of the piece that completes it.
    #[test]
    fn the_first_token_of_a_compressed_stream_is_measured() {
        let pieces = [
            ": OPENROUTER PROCESSING\n\n".to_owned(),
            "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
                .to_owned(),
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n".to_owned(),
            "data: {\"choices\":[{\"delta\":{\"content\":\"!\"}}]}\n\n".to_owned(),
        ];
        for coding in ["gzip", "deflate", "identity"] {
            let mut capture = capture();
            capture.response_headers = vec![("content-encoding".to_owned(), coding.to_owned())];
            for (packed, after_ms) in packed(coding, &pieces).into_iter().zip([10, 20, 30, 40]) {
                capture.arrive(&packed, after_ms);
                let expected = (after_ms >= 30).then_some(30);
                assert_eq!(capture.first_token_ms(), expected, "{coding} {after_ms}");
            }
            // Asked only once all is there, it is the same.
            let again = Capture {
                first_token: OnceLock::new(),
                ..capture
            };
            assert_eq!(again.first_token_ms(), Some(30), "{coding}");
        }
    }

    #[test]
    fn a_call_whose_request_is_compressed_is_named_by_its_model() {
        let mut capture = capture();
        let request = String::from_utf8(capture.request.clone()).unwrap();
        capture.request = packed("gzip", &[request]).concat();
        capture
            .request_headers
            .push(("content-encoding".to_owned(), "gzip".to_owned()));
        let sample = capture.sample();
        let named = sample.starts_with("{\"name\":\"12:33:07 openai/gpt-4o-mini\"");
        assert!(named, "{sample}");
    }

    /// Each piece as a server flushes it.
    fn packed(coding: &str, pieces: &[String]) -> Vec<Vec<u8>> {
        use flate2::Compression;
        use flate2::write::{GzEncoder, ZlibEncoder};
        use std::io::Write;
        let mut all: Vec<Vec<u8>> = Vec::new();
        let mut done = 0;
        let mut take = |bytes: &[u8]| {
            all.push(bytes[done..].to_vec());
            done = bytes.len();
        };
        match coding {
            "gzip" => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                for piece in pieces {
                    encoder.write_all(piece.as_bytes()).unwrap();
                    encoder.flush().unwrap();
                    take(encoder.get_ref());
                }
            }
            "deflate" => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                for piece in pieces {
                    encoder.write_all(piece.as_bytes()).unwrap();
                    encoder.flush().unwrap();
                    take(encoder.get_ref());
                }
            }
            _ => {
                return pieces
                    .iter()
                    .map(|piece| piece.clone().into_bytes())
                    .collect();
            }
        }
        all
    }

    /// A key is masked by words that say who did it, so that a finding can tell of it; another key, too, and never half of
    /// one.
    #[test]
    fn keys_are_masked_as_a_whole_and_found() {
        let own = format!("sk-or-v1-{}", "4f1d8c07b93e6a25".repeat(4));
        let other = format!("sk-or-v1-{}", "a7c35e9b10d24f68".repeat(4));
        for key in [&own, &other] {
            let mut capture = capture();
            capture.keys = Keys::of([own.as_str()].into_iter());
            let asked = format!(
                "{{\"model\":\"a/b\",\"trace\":{{\"note\":\"it is {key}\"}},\"messages\":[{{\"role\":\"user\",\"content\":\"keys begin with sk-or-v1-\"}}]}}"
            );
            capture.request = asked.into_bytes();
            let answer = format!(
                "{{\"id\":\"gen-1\",\"choices\":[{{\"message\":{{\"content\":\"{key}\"}},\"finish_reason\":\"stop\"}}]}}"
            );
            capture.arrive(answer.as_bytes(), 100);
            capture.ended = Some((CaptureEnding::Complete, 260));
            let sample = capture.sample();
            assert!(!sample.contains(&key[9..]), "{sample}");
            let loaded = load::load("capture", sample.as_bytes());
            let edits = crate::completion::Edits::none();
            let context = crate::mapping::Context::at(0);
            let mapped = crate::mapping::inspect(&loaded.completions[0], &edits, &context);
            let shown = |pointer: &str| {
                let event = mapped.event().unwrap();
                let field = event.fields.iter().find(|field| field.pointer() == pointer);
                field.unwrap().value.shown().into_owned()
            };
            assert_eq!(shown("/properties/note"), "it is [key masked by rainscope]");
            assert_eq!(shown("/ai_data/input"), "keys begin with sk-or-v1-");
            let mut at: Vec<&str> = mapped
                .findings
                .iter()
                .filter(|found| found.code == crate::mapping::Code::SecretInEvent)
                .map(|found| {
                    assert!(
                        found.help.contains("OpenRouter got the key itself"),
                        "{}",
                        found.help
                    );
                    found.pointer.as_str()
                })
                .collect();
            at.sort_unstable();
            assert_eq!(at, ["/ai_data/output", "/properties/note"]);
        }
    }

    /// Where a mask would break the sample, nothing of the conversation is kept.
    #[test]
    fn a_key_of_digits_in_a_number_is_not_kept_either() {
        let key = "1234567890123456";
        let mut capture = capture();
        capture.keys = Keys::of([key].into_iter());
        capture.request = format!("{{\"model\":\"a/b\",\"n\":{key}}}").into_bytes();
        let sample = capture.sample();
        assert!(!sample.contains(key), "{sample}");
        assert!(
            sample.contains(UNMASKED) && sample.contains("a/b"),
            "{sample}"
        );
        assert_eq!(
            load::load("capture", sample.as_bytes()).completions.len(),
            1
        );
    }

    #[test]
    fn a_body_that_is_no_text_is_described() {
        let mut capture = capture();
        capture.response_headers = vec![("content-encoding".to_owned(), "zstd".to_owned())];
        capture.arrive(&[0x28, 0xB5, 0x2F, 0xFD, 0xFF, 0xFF, 0xFF], 10);
        capture.ended = Some((CaptureEnding::Complete, 20));
        let sample = capture.sample();
        assert!(sample.contains("\"response_problem\":"), "{sample}");
    }
}
