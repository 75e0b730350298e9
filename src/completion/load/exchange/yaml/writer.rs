//! YAML's values written as JSON, with the places of what their texts hold.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, ScalarStyle, Tag};

use super::events::{SyntaxError, YamlNode};
use super::lines::{indentation, pieces};
use crate::completion::load::problem::with_generation;
use crate::completion::load::record::most_together;
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::json::{Document, Limits, quote};

/// Values that aliases may add in all. Recorders repeat a list of headers, not a cassette.
const REPEATED: usize = 100_000;

/// Values left out of which is told. Chosen: more than anybody looks at.
const TOLD: usize = 100;

/// Writes values as JSON.
pub(super) struct NodeWriter<'e, 't> {
    nodes: &'e [YamlNode<'t>],
    text: &'t str,
    places: &'e Places<'t>,
    limits: Limits,
    pub(super) builder: DocumentBuilder,
    /// Texts that may be bodies: where each begins in the JSON, and the places of its bytes.
    pub(super) strings: Vec<(usize, SourceMap)>,
    /// The values with an anchor, by its number. One that is still being written is not there.
    anchors: HashMap<usize, usize>,
    /// Values that are not written: where each stands, and why.
    pub(super) left_out: Vec<SyntaxError>,
    /// For each node the one after its value.
    ends: Vec<usize>,
    repeated: usize,
    /// Bytes that aliases added.
    repeated_bytes: usize,
    aliases: usize,
    /// Whether a float of the text is as YAML 1.1's writers have them (`2.0e-06`), once that was asked.
    is_of_1_1: Option<bool>,
}

impl<'e, 't> NodeWriter<'e, 't> {
    pub(super) fn new(
        nodes: &'e [YamlNode<'t>],
        text: &'t str,
        places: &'e Places<'t>,
        limits: Limits,
    ) -> Self {
        NodeWriter {
            nodes,
            text,
            places,
            limits,
            builder: DocumentBuilder::default(),
            strings: Vec::new(),
            anchors: HashMap::new(),
            left_out: Vec::new(),
            ends: ends(nodes),
            repeated: 0,
            repeated_bytes: 0,
            aliases: 0,
            is_of_1_1: None,
        }
    }

    /// Writes the value at `at`; gives the node after it.
    pub(super) fn node(&mut self, at: usize, depth: usize) -> Result<usize, SyntaxError> {
        let Some(node) = self.nodes.get(at) else {
            self.builder.literal("null");
            return Ok(at);
        };
        let start = node.range.start;
        if depth > self.limits.depth {
            let what = format!("nested deeper than {} levels", self.limits.depth);
            return Ok(self.leave_out(at, what));
        }
        if self.builder.len() > self.limits.bytes {
            return Err((start, self.limits.exceeded_by(self.builder.len())));
        }
        if self.aliases > 0 {
            self.repeated += 1;
            if self.repeated > REPEATED {
                let what = format!("the aliases of this YAML repeat more than {REPEATED} values");
                return Ok(self.leave_out(at, what));
            }
        }
        let (end, anchor) = match &node.event {
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(value, *style, tag.as_deref(), node.range.clone());
                (at + 1, *anchor)
            }
            Event::SequenceStart(anchor, _) => (self.sequence(at + 1, depth)?, *anchor),
            Event::MappingStart(..) if self.is_torn(at) => {
                self.builder.literal("null");
                return Ok(self.leave_out_torn(at));
            }
            Event::MappingStart(anchor, _) => (self.mapping(at + 1, depth)?, *anchor),
            Event::Alias(anchor) => {
                let Some(&target) = self.anchors.get(anchor) else {
                    let what = "an alias to a value that it stands in".to_owned();
                    return Ok(self.leave_out(at, what));
                };
                if self.repeated_bytes > most_together(self.text.len()) {
                    let what = "the aliases of this YAML repeat too much of it".to_owned();
                    return Ok(self.leave_out(at, what));
                }
                self.aliases += 1;
                let before = self.builder.len();
                self.node(target, depth + 1)?;
                self.aliases -= 1;
                self.repeated_bytes += self.builder.len() - before;
                (at + 1, 0)
            }
            _ => {
                self.builder.literal("null");
                (at + 1, 0)
            }
        };
        if anchor != 0 {
            self.anchors.insert(anchor, at);
        }
        Ok(end)
    }

    /// Writes nothing in the place of the value at `at`, and takes note of why; gives the node after it.
    fn leave_out(&mut self, at: usize, what: String) -> usize {
        self.builder.literal("null");
        let start = self.nodes.get(at).map_or(0, |node| node.range.start);
        // The same is said once: within aliases it may be met any number of times.
        if self.left_out.iter().all(|(_, said)| *said != what) {
            self.left_out.push((start, what));
        }
        self.ends.get(at).copied().unwrap_or(self.nodes.len())
    }

    /// The part of an exchange that stands twice in the mapping whose first key is at `at`: two exchanges were torn there and
    /// are one now.
    fn part_twice(&self, mut at: usize) -> Option<&'e str> {
        let mut parts: [(&str, bool); 2] = [("request", false), ("response", false)];
        while let Some(node) = self.nodes.get(at) {
            if matches!(node.event, Event::MappingEnd) {
                break;
            }
            let (key, value_at) = self.key(at);
            if let Some((_, is_there)) = parts.iter_mut().find(|(name, _)| *name == key)
                && std::mem::replace(is_there, true)
            {
                return Some(key);
            }
            at = *self.ends.get(value_at)?;
        }
        None
    }

    /// Whether the value at `at` is a mapping that has a part of an exchange twice.
    fn is_torn(&self, at: usize) -> bool {
        let is_mapping = |node: &YamlNode<'_>| matches!(node.event, Event::MappingStart(..));
        self.nodes.get(at).is_some_and(is_mapping) && self.part_twice(at + 1).is_some()
    }

    /// Takes note of such a mapping; gives the node after it.
    fn leave_out_torn(&mut self, at: usize) -> usize {
        let next = self.ends.get(at).copied().unwrap_or(self.nodes.len());
        let start = self.nodes.get(at).map_or(0, |node| node.range.start);
        let end = self
            .nodes
            .get(next - 1)
            .map_or(start, |node| node.range.end);
        let key = self.part_twice(at + 1).unwrap_or_default();
        let what = format!(
            "the key `{key}` is there twice in this mapping, so two exchanges were torn here, and what belongs to which can't \
             be told; it is left out"
        );
        let text = self.text.get(start..end).unwrap_or_default();
        if self.left_out.len() < TOLD {
            self.left_out.push((start, with_generation(what, text)));
        }
        next
    }

    fn sequence(&mut self, mut at: usize, depth: usize) -> Result<usize, SyntaxError> {
        self.builder.literal("[");
        let mut is_first = true;
        while let Some(node) = self.nodes.get(at) {
            if matches!(node.event, Event::SequenceEnd) {
                at += 1;
                break;
            }
            if self.is_torn(at) {
                at = self.leave_out_torn(at);
                continue;
            }
            if !std::mem::take(&mut is_first) {
                self.builder.literal(",");
            }
            at = self.node(at, depth + 1)?;
        }
        self.builder.literal("]");
        Ok(at)
    }

    fn mapping(&mut self, mut at: usize, depth: usize) -> Result<usize, SyntaxError> {
        self.builder.literal("{");
        let mut is_first = true;
        while let Some(node) = self.nodes.get(at) {
            if matches!(node.event, Event::MappingEnd) {
                at += 1;
                break;
            }
            let place = self.places.at(node.range.start);
            let (key, value_at) = self.key(at);
            at = value_at - 1;
            if !std::mem::take(&mut is_first) {
                self.builder.literal(",");
            }
            self.builder.derived(&quote(key), place);
            self.builder.literal(":");
            at = self.node(at + 1, depth + 1)?;
        }
        self.builder.literal("}");
        Ok(at)
    }

    /// The key at `at`, and where its value is. Of one that is no text the first text in it counts: vcrpy writes the
    /// names of headers as the objects that some libraries make of them.
    fn key(&self, at: usize) -> (&'e str, usize) {
        let (mut key, mut depth, mut next) = (None, 0_usize, at);
        while let Some(node) = self.nodes.get(next) {
            next += 1;
            match &node.event {
                Event::Scalar(text, ..) => drop(key.get_or_insert(text.as_ref())),
                Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
                Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        (key.unwrap_or_default(), next)
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, tag: Option<&Tag>, range: Range<usize>) {
        let place = self.places.at(range.start);
        let unfolded = unfolded(value, style, &self.text[range.clone()]);
        let value = unfolded.as_ref();
        let is_tag = |name: &str| tag.is_some_and(|tag| tag.suffix == name);
        if is_tag("binary") {
            let packed: String = value.split_ascii_whitespace().collect();
            let json = format!("{{\"base64\":{}}}", quote(&packed));
            self.builder.derived(&json, place);
            return;
        }
        let is_plain =
            matches!(style, ScalarStyle::Plain) && !is_tag("str") && !is_tag("python/unicode");
        if is_plain
            && let Some(json) = plain(value)
            && !self.is_text_in_1_1(json)
        {
            self.builder.derived(json, place);
            return;
        }
        if may_be_body(value) {
            let map = match pieces(&self.text[range.clone()], value, style) {
                Some(pieces) => self.map(&pieces, range.start),
                None => SourceMap::made(value, place.clone()),
            };
            self.strings.push((self.builder.len(), map));
        }
        self.builder.derived(&quote(value), place);
    }

    /// Whether what looks like a float is a text in YAML 1.1, which writes such texts bare and floats with a dot and with the
    /// sign of the exponent. Nobody leaves the sign out, but writers of YAML 1.2 leave the dot out.
    fn is_text_in_1_1(&mut self, number: &str) -> bool {
        let parts = number.split_once(['e', 'E']);
        let Some((mantissa, exponent)) = parts.filter(|_| is_number(number)) else {
            return false;
        };
        let is_of_1_1 = || {
            let mut lines = self.text.lines();
            lines.any(|line| {
                let value = line.rsplit(' ').next().unwrap_or_default();
                value.contains(".0e") && is_number(value)
            })
        };
        !exponent.starts_with(['+', '-'])
            || !mantissa.contains('.') && *self.is_of_1_1.get_or_insert_with(is_of_1_1)
    }

    fn map(&self, pieces: &[(usize, Range<usize>)], start: usize) -> SourceMap {
        let pieces = pieces.iter();
        let pieces = pieces.map(|(at, source)| (*at, start + source.start..start + source.end));
        self.places.map_of_pieces(pieces)
    }
}

/// A text without the blanks behind a line's end of Unicode's own: PyYAML and libyaml begin a line there, and indent it.
fn unfolded<'v>(value: &'v str, style: ScalarStyle, source: &str) -> Cow<'v, str> {
    const ENDS: [char; 3] = ['\u{2028}', '\u{2029}', '\u{85}'];
    if !value.contains(ENDS) {
        return Cow::Borrowed(value);
    }
    let most = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => usize::MAX,
        ScalarStyle::Literal => indentation(source, value),
        ScalarStyle::Folded | ScalarStyle::Plain => 0,
    };
    let mut out = String::with_capacity(value.len());
    let mut left = 0;
    for letter in value.chars() {
        if left > 0 && letter == ' ' {
            left -= 1;
            continue;
        }
        out.push(letter);
        left = if ENDS.contains(&letter) { most } else { 0 };
    }
    Cow::Owned(out)
}

/// For each node the one after its value, told once: what is left out may be met through any number of aliases.
fn ends(nodes: &[YamlNode<'_>]) -> Vec<usize> {
    let mut ends = vec![nodes.len(); nodes.len()];
    let mut open = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        match node.event {
            Event::SequenceStart(..) | Event::MappingStart(..) => open.push(at),
            _ => ends[at] = at + 1,
        }
        if matches!(node.event, Event::SequenceEnd | Event::MappingEnd)
            && let Some(begun) = open.pop()
        {
            ends[begun] = at + 1;
        }
    }
    ends
}

/// Whether a text may be the body of a message: it is long, or begins as JSON and streams do.
fn may_be_body(value: &str) -> bool {
    value.len() > 256
        || value
            .trim_start()
            .starts_with(['{', '[', ':', '"', 'd', 'e'])
}

/// A plain scalar that is no string in YAML's core schema, as JSON.
fn plain(value: &str) -> Option<&str> {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => Some("null"),
        "true" | "True" | "TRUE" => Some("true"),
        "false" | "False" | "FALSE" => Some("false"),
        _ => is_number(value).then_some(value),
    }
}

fn is_number(value: &str) -> bool {
    let may_be = value
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    may_be && Document::parse(value.into(), Limits::default()).is_ok()
}
