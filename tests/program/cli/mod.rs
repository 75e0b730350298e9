//! The real binary from the outside: streams, exit statuses, options.
mod check;
mod deliveries;
mod golden;
mod hostile_output;
mod kinds;
mod lines;
mod llm_database;
mod manual;
mod map;
mod program;
mod streaming;
