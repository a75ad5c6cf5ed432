//! Who may deploy themself: people who came from Users and Services or the client service. All others are told why not.

use model::{ComponentKind, User, UserState};
use store::{Store, records, records::Stored};

use crate::{
    Kinds,
    source::{kinds, sources},
};

/// Whether a person may deploy themself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They may.
    Open,
    /// Their data was entered by hand or came from a file: no component vouches for them.
    ByHand,
    /// No component that signs people in holds them, or holds them any more.
    Elsewhere,
    /// Their access is withdrawn.
    Suspended,
    /// Their profile is *Do not deploy*.
    NoProfile,
}

/// The components whose people may.
const VOUCH: [ComponentKind; 2] = [ComponentKind::Usp, ComponentKind::ClientService];

impl Standing {
    /// Where a person stands.
    pub async fn of(store: &Store, user: &User) -> Result<Self, store::Error> {
        let records = match user.entry {
            Some(entry) => records::of_entry(store, entry).await?,
            None => vec![],
        };
        Ok(Self::decide(user, &records, &kinds(store).await?))
    }

    fn decide(user: &User, records: &[Stored], kinds: &Kinds) -> Self {
        let mut sources = sources(records, kinds);
        if user.entry.is_none() {
            Self::ByHand
        } else if !sources.any(|kind| VOUCH.contains(&kind)) {
            Self::Elsewhere
        } else if user.state == UserState::Suspended {
            Self::Suspended
        } else if user.profile.is_none() {
            Self::NoProfile
        } else {
            Self::Open
        }
    }

    /// What administrators read of it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Open => "open: this person can sign in and set up their own phone",
            Self::ByHand => "closed: the data was entered by hand or came from a file",
            Self::Elsewhere => {
                "closed: neither Users and Services nor the client service holds this person"
            }
            Self::Suspended => "closed: the access is withdrawn",
            Self::NoProfile => "closed: there is no profile to deploy with",
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{
        ConnectionId, EntryId, Env, Ours, PersonFields, ProfileId, Record, RecordId, Timestamp,
        UserId,
        clock::{FixedClock, SystemEntropy},
    };

    use super::*;

    fn env() -> Env {
        Env::new(FixedClock::at(Timestamp(1)), SystemEntropy)
    }

    fn user(entry: Option<i64>, state: UserState, has_profile: bool) -> User {
        User {
            id: UserId::new(&env()),
            entry: entry.map(EntryId),
            profile: has_profile.then(|| ProfileId::new(&env())),
            fields: PersonFields::default(),
            ours: Ours::default(),
            state,
            imported_at: Timestamp(0),
            deployed_at: None,
            downloaded_at: None,
            registered_at: None,
            version: 1,
        }
    }

    /// What a person of these kinds of components is told.
    fn standing(user: &User, of: &[ComponentKind]) -> Standing {
        let mut kinds = Kinds::new();
        let records: Vec<Stored> = of
            .iter()
            .map(|kind| {
                let connection = ConnectionId::new(&env());
                kinds.insert(connection, *kind);
                Stored {
                    id: RecordId(1),
                    connection,
                    record: Record::new("1"),
                    entry: user.entry,
                    secret: None,
                    is_ha1: false,
                    join: None,
                }
            })
            .collect();
        Standing::decide(user, &records, &kinds)
    }

    #[test]
    fn it_is_open_to_people_of_users_and_services_and_of_the_client_service_alone() {
        let imported = user(Some(1), UserState::Imported, true);
        for kind in ComponentKind::ALL {
            let vouches = VOUCH.contains(&kind);
            let expected = if vouches {
                Standing::Open
            } else {
                Standing::Elsewhere
            };
            assert_eq!(standing(&imported, &[kind]), expected, "{kind:?}");
            let beside = [kind, ComponentKind::Usp];
            assert_eq!(standing(&imported, &beside), Standing::Open, "{kind:?}");
        }
        assert_eq!(standing(&imported, &[]), Standing::Elsewhere, "they left");
    }

    #[test]
    fn it_is_closed_to_who_was_entered_by_hand_is_suspended_or_has_no_profile() {
        let usp = [ComponentKind::Usp];
        let by_hand = user(None, UserState::Imported, true);
        assert_eq!(standing(&by_hand, &[]), Standing::ByHand);
        let suspended = user(Some(1), UserState::Suspended, true);
        assert_eq!(standing(&suspended, &usp), Standing::Suspended);
        let without = user(Some(1), UserState::Imported, false);
        assert_eq!(standing(&without, &usp), Standing::NoProfile);
    }
}
