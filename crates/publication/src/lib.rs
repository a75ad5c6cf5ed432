//! What the redirect server may know, and how it is signed. There is no field about a person here, and none may be
//! added: the only free text is in [`Brand`], which an administrator writes.

mod brand;
mod hash;
mod keys;
mod link;
mod names;
mod signature;
mod text;
mod visit;

pub use brand::{Brand, BrandName, Branding, Colour, Colours, HelpText, Logo, NoLogo};
pub use hash::TicketHash;
pub use keys::{PublicKey, Seed, SigningKey};
pub use link::{Batch, FreshTicket, LINKS_MAX, Link, Receipt};
pub use names::{BrandId, Language, OriginId, TargetHost};
pub use signature::{CLOCK_WINDOW_MS, Call, HEADERS, Refused, SignedHeaders, sign, verify};
pub use visit::{HOUR_MS, VISITS_MAX, Visit, VisitKind, Visits};

/// Why a text is not one of this room's values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct Malformed {
    /// The value's name, as in `a ticket's hash`.
    pub what: &'static str,
    /// What it has to look like.
    pub rule: &'static str,
}

impl Malformed {
    const fn new(what: &'static str, rule: &'static str) -> Self {
        Self { what, rule }
    }
}
