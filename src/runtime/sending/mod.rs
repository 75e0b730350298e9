//! What is sent: one event or all of them, to a server that was asked what it is or to the program's own sink, with
//! its history.

pub(super) mod all;
pub(super) mod connection_test;
pub(super) mod history;
pub(super) mod own_sink;
pub(super) mod queue;
