//! Showing it to others: presenter mode, with captions that say what was done; the tour; scripts that play.

mod captions;
pub(crate) mod guide;
mod play;
mod presenter;
mod sentences;
pub mod tour;

pub use play::Playing;
pub use presenter::Presenter;
