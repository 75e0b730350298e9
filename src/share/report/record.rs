//! One completion in a report, as JSON.

use super::ReportOptions;
use super::tables::Table;
use super::withhold::{LIMITS, ReportText, Withhold};
use crate::completion::Completion;
use crate::event::privacy::{Outbound, Privacy};
use crate::event::wire;
use crate::event::{Confidence, Source};
use crate::json::pointer::Resolver;
use crate::json::{Document, JsonText, Kind, Value, quote, write_compact, write_items};
use crate::mapping::{Fate, Finding, Mapped, NoEvent, Outcome, fates};
use crate::prepare;
use crate::share::explain::leaves_of;

/// What records share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Pointers and sentences.
    pub texts: Table<String>,
    /// Steps of rules: name, words and confidence.
    pub steps: Table<(String, &'static str, Confidence)>,
}

/// What became of an event that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDelivery {
    /// When, as ISO 8601.
    pub at: String,
    /// Where to, in words.
    pub to: String,
    /// How it ended, in words: "accepted", "refused (401)".
    pub ended: String,
}

/// One completion with what was made of it.
#[derive(Debug)]
pub struct ReportEntry<'e> {
    /// What was loaded.
    pub completion: &'e Completion,
    /// What became of it.
    pub mapped: &'e Mapped,
    /// What is known of its event's delivery.
    pub delivery: Option<ReportDelivery>,
}

/// Appends one completion, without line breaks.
pub(super) fn write(
    entry: &ReportEntry<'_>,
    options: &ReportOptions,
    shared: &mut Shared,
    out: &mut String,
) {
    let (completion, mapped) = (entry.completion, entry.mapped);
    let withhold = Withhold::of(completion, mapped.event(), options);
    let sample = withhold.sample(completion.document().root());
    let mut masked = sample.replaced;
    let sample = compact(&sample.json);
    let document = Document::parse(sample.as_str().into(), LIMITS).ok();

    member(out, "{", "name", &quote(&withhold.text(&completion.name)));
    let place = completion.origin.place().to_string();
    member(out, ",", "place", &quote(&withhold.text(&place)));
    let format = completion.format.to_string();
    member(out, ",", "loaded_as", &quote(&format));
    member(out, ",", "sample", &sample);
    if let Some(document) = &document {
        numbers(document.root(), out);
    }
    match &mapped.outcome {
        Outcome::NoEvent(none) => member(
            out,
            ",",
            "no_event",
            &quote(&why_none(none, &withhold, options.text)),
        ),
        Outcome::Event(event) => {
            let outbound = |privacy| prepare::outbound(event, privacy, options.endpoint.kind);
            masked += request(outbound(Privacy::On), &withhold, "request", out);
            if options.text == ReportText::Included {
                masked += request(outbound(Privacy::Off), &withhold, "request_with_text", out);
            }
            out.push_str(",\"kept_back\":[");
            write_items(out, outbound(Privacy::On).kept_back(), |(_, field), out| {
                let length = field.value.shown().chars().count();
                out.push_str(&format!("[{},{length}]", quote(&field.pointer())));
            });
            out.push(']');
            provenance(completion, outbound(Privacy::Off), &withhold, shared, out);
            let verdict = mapped.verdict(completion).says();
            member(out, ",", "privacy", &quote(verdict));
        }
    }
    out.push_str(",\"fates\":[");
    let root = document.as_ref().map(Document::root);
    let mut resolver = Resolver::default();
    let mut is_there = |at: &str| root.is_some_and(|root| resolver.resolve(root, at).is_some());
    let told = fates(completion, mapped, Privacy::On).filter_map(|(value, fate)| {
        let pointer = value.pointer();
        // What is withheld as a whole has no parts to tell of.
        let is_there = is_there(&pointer);
        (is_there && !matches!(fate, Fate::Became(_) | Fate::Withheld(_)))
            .then_some((pointer, fate))
    });
    write_items(out, told, |(pointer, fate), out| {
        let says = shared
            .texts
            .number(withhold.text(&fate.says()).into_owned());
        let word = shared.texts.number(fate.word().to_owned());
        let pointer = shared.texts.number(pointer);
        out.push_str(&format!("[{pointer},{word},{says}]"));
    });
    out.push_str("],\"findings\":[");
    write_items(out, &mapped.findings, |finding, out| {
        let says = says(finding, &withhold, options.text);
        let mut number = |text: &str| shared.texts.number(withhold.masked(text).into_owned());
        let code = number(finding.code.as_str());
        let severity = number(finding.severity().name());
        // Not by a name that is withheld.
        let may_stand = is_there(&finding.pointer) || !withhold.repeats(&finding.pointer);
        let pointer = number(if may_stand { &finding.pointer } else { "" });
        let says = number(&says);
        out.push_str(&format!("[{code},{severity},{pointer},{says}]"));
    });
    out.push(']');
    if let Some(delivery) = &entry.delivery {
        member(out, ",", "delivery", "");
        member(out, "{", "at", &quote(&delivery.at));
        member(out, ",", "to", &quote(&delivery.to));
        member(out, ",", "ended", &quote(&delivery.ended));
        out.push('}');
    }
    member(out, ",", "masked", &masked.to_string());
    out.push('}');
}

/// What a finding says. It may quote what was said, a leak above all, so without the text it is told in its code's own
/// words.
pub(super) fn says(finding: &Finding, withhold: &Withhold, text: ReportText) -> String {
    match text {
        ReportText::Included => withhold.text(&finding.help).into_owned(),
        ReportText::Withheld => {
            let short = finding.short();
            // It may name a place that it cuts, and so no longer all of what is repeated there.
            match withhold.repeats(&short) || withhold.repeats(&finding.pointer) {
                true => finding.code.means().to_owned(),
                false => withhold.text(&short).into_owned(),
            }
        }
    }
}

/// Why there is no event. A server's words may quote what was said, so without the text they are left out.
pub(super) fn why_none(none: &NoEvent, withhold: &Withhold, text: ReportText) -> String {
    match (text, none.reason) {
        (ReportText::Included, _) => withhold.text(&none.says).into_owned(),
        (_, "error-body") => "OpenRouter answered with an error; nothing was generated".to_owned(),
        (_, "failed-delivery") => "the delivery says that the generation failed".to_owned(),
        (_, "no-response") => "there is no response, so what was generated is not known".to_owned(),
        (_, "not-final") => "the response was stored before anything was generated".to_owned(),
        (_, _) => "the response holds no answer that can be read".to_owned(),
    }
}

/// Appends a request's path and body. Gives how many values of it were replaced.
fn request(outbound: Outbound<'_>, withhold: &Withhold, name: &str, out: &mut String) -> usize {
    let request = wire::request(outbound);
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let Ok(document) = Document::parse(body.into(), LIMITS) else {
        return 0;
    };
    let body = withhold.body(document.root());
    member(out, ",", name, "");
    member(out, "{", "path", &quote(request.route.path()));
    member(out, ",", "body", &quote(&body.json));
    if let Ok(document) = Document::parse(body.json.into(), LIMITS) {
        numbers(document.root(), out);
    }
    out.push('}');
    body.replaced
}

/// Appends where each leaf of the event came from.
fn provenance(
    completion: &Completion,
    outbound: Outbound<'_>,
    withhold: &Withhold,
    shared: &mut Shared,
    out: &mut String,
) {
    out.push_str(",\"from\":[");
    write_items(out, leaves_of(completion, outbound), |leaf, out| {
        let step = leaf.provenance.step;
        let step = shared.steps.number((step.id(), step.from, step.confidence));
        let at = shared
            .texts
            .number(withhold.text(&leaf.pointer).into_owned());
        out.push_str(&format!("[{at},{step},["));
        write_items(out, &leaf.sources, |source, out| {
            let source = shared.texts.number(withhold.text(source).into_owned());
            out.push_str(&source.to_string());
        });
        let is_edit = |source: &Source| matches!(source, Source::Edit(_));
        let edited = leaf.provenance.sources.iter().any(is_edit);
        out.push_str(if edited { "],1]" } else { "]]" });
    });
    out.push(']');
}

/// Appends the numbers that a reader which knows numbers alone would spell in another way.
fn numbers(root: Value<'_>, out: &mut String) {
    let of_own_spelling = root.descendants().filter_map(|value| {
        let number = value.number().filter(|_| value.kind() == Kind::Number)?;
        (!is_plain(number)).then(|| (value.pointer(), number))
    });
    let mut opening = ",\"numbers\":{";
    for (pointer, number) in of_own_spelling {
        member(out, opening, &pointer, &quote(number));
        opening = ",";
    }
    if opening == "," {
        out.push('}');
    }
}

/// Whether every reader spells a number so: an integer of few digits, or a short fraction.
fn is_plain(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "1"));
    let are_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole)
        && are_digits(fraction)
        && digits.len() <= 15
        && number != "-0"
        && !fraction.ends_with('0')
        // Below a millionth JavaScript writes an exponent.
        && (whole != "0" || fraction.len() < 6 || !fraction.starts_with("00000"))
}

fn compact(json: &str) -> String {
    let Ok(document) = Document::parse(json.into(), LIMITS) else {
        return JsonText::string(json).as_str().to_owned();
    };
    let mut out = String::with_capacity(json.len());
    write_compact(document.root(), &mut out);
    out
}

pub(super) fn member(out: &mut String, before: &str, name: &str, json: &str) {
    out.push_str(before);
    out.push_str(&quote(name));
    out.push(':');
    out.push_str(json);
}
