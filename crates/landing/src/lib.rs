//! The public pages, which a redirect server and an origin show alike: typed contexts without a field about a person,
//! their texts per language, the headers they travel with, and how often somebody may try. Deciding which page to show is left
//! to the servers.

mod app;
mod colours;
mod frame;
mod language;
mod page;
mod pages;
pub mod qr;
mod sheet;
mod texts;
mod tries;
mod visitor;

pub use app::App;
pub use colours::{Button, OWN as OWN_COLOURS, buttons};
pub use frame::Frame;
pub use language::language;
pub use page::{HEADERS, Page};
pub use pages::{
    RENEWAL, TicketLink, asked, busy, fine, landing, not_allowed, not_found, opening, refused,
    trouble, typing,
};
pub use sheet::{SheetWords, sheet_words};
pub use tries::{Allowance, Tries};
pub use visitor::{Network, Visitor, visitor};
