//! The public pages, which a redirect server and an origin show alike: typed contexts without a field about a person,
//! their texts per language, and the headers they travel with. Deciding which page to show is left to the servers.

mod colours;
mod page;
mod pages;
mod qr;
mod texts;

pub use page::{HEADERS, Page};
pub use pages::{TicketLink, fine, landing, not_allowed, not_found, opening, refused, trouble};
