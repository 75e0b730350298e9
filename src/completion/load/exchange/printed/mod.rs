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
