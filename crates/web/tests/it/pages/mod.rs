//! The console's pages.

mod connections;
mod door;
mod frame;
mod hostile;
mod lists;
mod roll_out;
mod settings;
mod user;
mod watching;
