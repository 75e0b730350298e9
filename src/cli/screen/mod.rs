//! Commands that show the screen: in the terminal, or as a picture.

pub(super) mod inspect;
pub(super) mod play;
pub(super) mod shot;
pub(super) mod tour;
