//! The pretend components: what each shows of a person, page by page, and what can be changed about it. People come from
//! [`crate::people`]; listening and going wrong are left to [`crate::server`] and [`crate::fault`].

mod book;
mod client_service;
mod mbg;
mod password;
mod record;
mod remote;
mod routes;
mod usp;

use serde::{Deserialize, Serialize};

use crate::{
    people::{Population, mix},
    secret::Secret,
};

pub(crate) use book::{Book, Cursor};
pub(crate) use client_service::ClientService;
pub(crate) use mbg::Mbg;
pub use mbg::{MadePassword, Registration};
pub(crate) use remote::Remote;
pub use remote::RemoteMbg;
pub(crate) use usp::Usp;

/// The kinds of pretend components; each sandbox runs one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Users and Services.
    Usp,
    /// Border gateway, connected locally.
    Mbg,
    /// Client service.
    ClientService,
}

impl Kind {
    /// Every kind, in the order in which components are listed.
    pub const ALL: [Self; 3] = [Self::Usp, Self::Mbg, Self::ClientService];

    /// The word for it: `usp`, `mbg`, `client-service`. Also the name of the sandbox's component.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usp => "usp",
            Self::Mbg => "mbg",
            Self::ClientService => "client-service",
        }
    }

    /// The kind of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn letter(self) -> char {
        match self {
            Self::Usp => 'u',
            Self::Mbg => 'd',
            Self::ClientService => 'a',
        }
    }
}

/// What a connection needs to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// USP: `Authorization: Bearer <token>`.
    Token(Secret),
    /// Local MBG: the local key, as `Authorization: Bearer <key>`.
    Key(Secret),
    /// Client service: OAuth 2 client credentials (RFC 6749, 4.4).
    Client {
        /// `client_id`.
        id: String,
        /// `client_secret`.
        secret: Secret,
    },
}

/// One pretend component, ready to be connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name; one word, the same as the kind's.
    pub name: &'static str,
    /// Its kind: `usp`, `mbg` or `client-service`.
    pub kind: &'static str,
    /// Base address without a trailing slash, like `http://127.0.0.1:40001`.
    pub url: String,
    /// How to be let in.
    pub credentials: Credentials,
}

/// Odd, so that multiplying by it can be undone.
const SPREAD: u32 = 0x9e37_79b1;

/// The component's own id of the record at `position` (a person's index times two, plus the line): stable, unlike any login.
pub(crate) fn source_id(seed: u64, kind: Kind, position: u64) -> String {
    let position =
        u32::try_from(position).expect("a sandbox has fewer than two thousand million people");
    format!(
        "{}{:08x}",
        kind.letter(),
        position.wrapping_mul(SPREAD) ^ key(seed, kind)
    )
}

/// The position that an id stands for, the inverse of [`source_id`]; whether a record is there is another question.
pub(crate) fn position_of(seed: u64, kind: Kind, id: &str) -> Option<u64> {
    let hex = id
        .strip_prefix(kind.letter())
        .filter(|hex| hex.len() == 8)?;
    let spread = u32::from_str_radix(hex, 16).ok()? ^ key(seed, kind);
    Some(u64::from(spread.wrapping_mul(inverse(SPREAD))))
}

fn key(seed: u64, kind: Kind) -> u32 {
    u32::try_from(mix(seed ^ u64::from(u32::from(kind.letter()))) >> 32).expect("half of 64 bits")
}

/// The inverse of an odd number modulo 2³² (Newton's iteration doubles the right bits each time, from three).
fn inverse(odd: u32) -> u32 {
    (0..4).fold(odd, |x, _| {
        x.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(x)))
    })
}

/// A secret of the sandbox: the same for one seed, so that a demo started again is let in again.
pub(crate) fn made_secret(population: Population, purpose: &str) -> Secret {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(format!("{}/{purpose}", population.seed));
    Secret::new(
        hash.iter()
            .take(20)
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_record_on_its_own_component_only() {
        for position in [0, 1, 2, 999, 2_000_001] {
            for kind in Kind::ALL {
                let id = source_id(7, kind, position);
                assert_eq!(position_of(7, kind, &id), Some(position));
                assert_eq!(
                    Kind::ALL
                        .into_iter()
                        .filter(|k| position_of(7, *k, &id).is_some())
                        .count(),
                    1
                );
            }
        }
        assert_eq!(position_of(7, Kind::Usp, "u12"), None);
        assert_eq!(position_of(7, Kind::Usp, "uzzzzzzzz"), None);
    }
}
