//! What programs print or log of their calls, a line or a few of each message.

mod debug_output;
mod router_log;
mod sdk_log;
mod wire_log;

pub(in crate::completion::load) use debug_output::{
    is_output as is_debug_output, read as read_debug_output,
};
pub(in crate::completion::load) use router_log::{
    is_router_log, may_be_router_log, read as read_router_log,
};
pub(in crate::completion::load) use sdk_log::{is_sdk_log, read as read_sdk_log};
pub(in crate::completion::load) use wire_log::{is_wire_log, read as read_wire_log};

use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};

/// Reads the lines of a log that are of none of its messages, and puts all that was found behind the first `before` in order.
fn read_others(
    others: DocumentBuilder,
    before: usize,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    let (text, map) = others.finish();
    if text.contains('{') {
        let inner = Places::mapped(&text, map, Vec::new(), places.at(0));
        let origin = reader.origin_of_entry(places.at(0), reader.origin.record);
        reader.entry(&origin).text_of_source(&inner);
    }
    reader.loaded.completions[before..].sort_by_key(|found| found.origin.offset);
    reader.number(before);
}
