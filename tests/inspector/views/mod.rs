//! The inspector's views, driven by keys as a person would press them.
mod comparing;
mod exporting;
mod filtering;
mod following;
mod listing;
mod moving;
mod opening;
mod reading;
mod several;
mod writing;
