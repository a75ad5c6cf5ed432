//! The console's pages.

mod brand;
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
mod mail_templates;
mod outbox;
mod previewing;
mod profiles;
mod proposals;
mod roll_out;
mod settings;
pub(crate) mod user;
mod watching;
mod waves;
