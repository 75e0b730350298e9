//! Texts that hold completions among other things, as people keep and paste them.

mod apart;
mod around_bodies;
mod commands;
mod cut_off;
mod elsewhere;
mod lying_around;
mod other_texts;
mod quoted;
