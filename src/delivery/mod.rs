//! The last station: sends a prepared request to a destination, retries where that helps, and explains every answer
//! in plain words. Beside it, the local sink, a counterpart to test against.
//!
//! One attempt is [`http::Client::attempt`], a whole delivery is [`deliver::deliver`], and whether
//! to try again is decided by the pure [`retry::next`].
pub mod answer;
pub mod bulk;
pub mod cancel;
pub mod connect;
pub mod deliver;
pub mod fault;
pub mod history;
pub mod http;
pub mod pace;
pub mod plain;
pub(crate) mod question;
pub mod queue;
pub mod readback;
pub mod retry;
pub mod sink;
pub mod wire_lines;
