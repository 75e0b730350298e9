//! What panes and windows are drawn with and moved in: theme and symbols, layout, cursors, and the pieces
//! that several of them share.

pub mod arrangement;
pub mod aside;
pub mod cursor;
pub(crate) mod field;
pub mod growing;
pub mod layout;
pub mod line;
pub(crate) mod marks;
pub mod pane;
pub(crate) mod pen;
pub(crate) mod rows;
pub(crate) mod styled_text;
pub mod symbols;
pub mod text_area;
pub mod theme;
pub mod tree;
pub(crate) mod value;
pub mod view;
