//! Texts that hold completions among other things, as people keep and paste them.

mod apart;
mod around_bodies;
mod behind_words;
mod commands;
mod cut_off;
mod elsewhere;
mod lying_around;
mod other_texts;
mod quoted;
