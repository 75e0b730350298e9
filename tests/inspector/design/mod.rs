//! What the screen promises, part by part; each promise is the doc comment of the test that holds it.
mod containers;
mod editing;
mod keyboard;
mod lens;
mod looks;
mod picture;
mod reading;
mod room;
mod sending;
mod sight;
mod widths;
mod windows;
