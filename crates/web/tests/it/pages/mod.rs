//! The console's pages.

mod changing;
mod connections;
mod decisions;
mod door;
mod entering;
mod files;
mod frame;
mod hostile;
mod leaving;
mod lists;
mod previewing;
mod profiles;
mod proposals;
mod roll_out;
mod settings;
mod user;
mod watching;
