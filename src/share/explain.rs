//! An event with its explanation as JSON: `{"event","provenance","findings","dropped","containers","unknown","loaded_as","loaded_from"}`.

use crate::completion::Completion;
use crate::event::privacy::{self, Outbound, Privacy};
use crate::event::wire::{self, Route};
use crate::event::{Event, Provenance, Source};
use crate::json::pointer::Resolver;
use crate::json::{NodeId, Value, quote, write_items};
use crate::mapping::{Contents, Fate, Mapped, contents_of_each, fates, rules};

/// Where one leaf of the event came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafProvenance {
    /// RFC 6901 pointer of the leaf in the event.
    pub pointer: String,
    /// The rule and the sources of the field that it belongs to.
    pub provenance: Provenance,
    /// RFC 6901 pointers into the completion; empty for a constant or a default.
    pub sources: Vec<String>,
}

/// Every leaf of the event as it would be sent to Raindrop, in order, with its provenance.
pub fn leaves(completion: &Completion, event: &Event, mode: Privacy) -> Vec<LeafProvenance> {
    leaves_of(completion, privacy::apply(event, mode))
}

/// The same of an event for any kind of destination.
pub fn leaves_of(completion: &Completion, outbound: Outbound<'_>) -> Vec<LeafProvenance> {
    let mut out = Vec::new();
    for field in outbound.fields() {
        for (below, _) in field.leaves() {
            let sources = field.provenance.sources.iter();
            let sources = sources.map(|source| source.pointer(completion.document()) + &below);
            out.push(LeafProvenance {
                pointer: field.pointer() + &below,
                provenance: field.provenance.clone(),
                sources: sources.collect(),
            });
        }
    }
    if Route::of(outbound) == Route::TrackPartial {
        out.push(LeafProvenance {
            pointer: "/is_pending".to_owned(),
            provenance: Provenance::constant(&rules::IS_PENDING.constant),
            sources: Vec::new(),
        });
    }
    out
}

/// Appends the explanation of an event as one JSON object.
pub fn write(completion: &Completion, mapped: &Mapped, outbound: Outbound<'_>, out: &mut String) {
    out.push_str("{\"event\":");
    wire::write_event(outbound, out);
    out.push_str(",\"provenance\":{");
    let mut resolver = Resolver::default();
    let root = completion.document().root();
    write_items(out, leaves_of(completion, outbound), |leaf, out| {
        out.push_str(&quote(&leaf.pointer));
        out.push_str(":{\"from\":[");
        write_items(out, &leaf.sources, |source, out| {
            out.push_str(&quote(source))
        });
        let is_edit = |source: &Source| matches!(source, Source::Edit(_));
        let is_edited = leaf.provenance.sources.iter().any(is_edit);
        // What was edited stands in no file.
        if !leaf.sources.is_empty() && !is_edited {
            out.push_str("],\"at\":[");
            write_items(out, &leaf.sources, |source, out| {
                let value = resolver.resolve(root, source);
                match value.and_then(|value| completion.place_of(value)) {
                    Some(place) => out.push_str(&quote(&place.to_string())),
                    None => out.push_str("null"),
                }
            });
        }
        let step = leaf.provenance.step;
        out.push_str("],\"rule\":");
        out.push_str(&quote(step.from));
        out.push_str(",\"step\":");
        out.push_str(&quote(&step.id()));
        out.push_str(",\"confidence\":");
        out.push_str(&quote(step.confidence.name()));
        if is_edited {
            out.push_str(",\"edited\":true");
        }
        out.push('}');
    });
    out.push_str("},\"findings\":[");
    write_items(out, &mapped.findings, |finding, out| {
        out.push_str("{\"code\":");
        out.push_str(&quote(finding.code.as_str()));
        out.push_str(",\"severity\":");
        out.push_str(&quote(finding.severity().name()));
        out.push_str(",\"pointer\":");
        out.push_str(&quote(&finding.pointer));
        out.push_str(",\"help\":");
        out.push_str(&quote(&finding.help));
        out.push('}');
    });
    out.push_str("],\"dropped\":[");
    let dropped = fates(completion, mapped, outbound.privacy()).filter(|(_, fate)| !fate.arrives());
    write_items(out, dropped, |(value, fate), out| {
        out.push_str("{\"pointer\":");
        out.push_str(&quote(&value.pointer()));
        out.push_str(",\"reason\":");
        out.push_str(&quote(fate.word()));
        if let Fate::Superseded { by, .. } | Fate::Shadowed(by) = &fate {
            out.push_str(",\"by\":");
            out.push_str(&quote(by));
        }
        if let Fate::Superseded { field, .. } = &fate {
            out.push_str(",\"field\":");
            out.push_str(&quote(field));
        }
        out.push_str(",\"why\":");
        out.push_str(&quote(&fate.says()));
        out.push('}');
    });
    out.push_str("],\"containers\":[");
    let containers = containers(completion, mapped, outbound.privacy());
    write_items(out, containers, |(value, contents), out| {
        out.push_str("{\"pointer\":");
        out.push_str(&quote(&value.pointer()));
        let counts = format!(
            ",\"values\":{},\"arrive\":{},\"to\":[",
            contents.values, contents.arriving
        );
        out.push_str(&counts);
        write_items(out, &contents.fields, |at, out| out.push_str(&quote(at)));
        out.push_str("],\"missing\":[");
        write_items(out, &contents.missing, |key, out| out.push_str(&quote(key)));
        out.push_str("],\"says\":");
        out.push_str(&quote(&contents.says()));
        out.push('}');
    });
    out.push_str("],\"unknown\":[");
    write_items(out, &mapped.unknown, |field, out| {
        out.push_str("{\"pointer\":");
        out.push_str(&quote(field.pointer));
        out.push_str(",\"says\":");
        out.push_str(&quote(field.says));
        out.push('}');
    });
    out.push_str("],\"loaded_as\":");
    out.push_str(&quote(&completion.format.to_string()));
    out.push_str(",\"loaded_from\":");
    out.push_str(&quote(&completion.origin.place().to_string()));
    out.push('}');
}

/// The containers of which something arrives, or would but for privacy mode, with how much of them does, in
/// reading order.
fn containers<'c>(
    completion: &'c Completion,
    mapped: &'c Mapped,
    mode: Privacy,
) -> Vec<(Value<'c>, Contents)> {
    let document = completion.document();
    let mut around: Vec<NodeId> = mapped
        .marked()
        .flat_map(|id| std::iter::successors(Some(document.at(id)), |value| value.parent()))
        .map(|value| value.id())
        .filter(|id| *id != NodeId::ROOT)
        .collect();
    around.sort_unstable_by_key(|id| id.index());
    around.dedup();
    let each = contents_of_each(completion, mapped, around, mode);
    each.filter(|(_, contents)| contents.arriving + contents.withheld > 0)
        .collect()
}
