//! What the person set: so far the write key alone. Later the layers (default, file, environment,
//! options) and the paths join it here.
pub mod write_key;
