//! The decision about one row: the same function when the plan is shown and when it is carried out.

use clients::deployable;
use model::{
    EntryState, Ours, Profile, User, UserState,
    filter::Lack,
    plan::{Action, Decision, reasons},
};
use store::{entries::Entry, records::Stored, users::OwnAccount};
use users::{Kinds, known};

/// Everything that the decision about one entry looks at.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// The user that was imported from it.
    pub user: Option<&'a User>,
    /// The account that was entered by hand for that user; needed only where people are deployed too.
    pub own: Option<OwnAccount>,
    /// Its records; needed only where people are deployed too.
    pub records: &'a [Stored],
    /// The kinds of all connections.
    pub kinds: &'a Kinds,
}

/// Decides about one entry. `profile` is `None` for *Do not deploy*, which leaves somebody who is here already the one that they have:
/// bringing people in line with their source takes no phone's configuration away.
pub fn decide(about: About<'_>, profile: Option<&Profile>, deploy: bool) -> Decision {
    let (action, skip) = match skip(about.entry, about.user, profile) {
        Some(reason) => (Action::Skip, Some(reason)),
        None => (action(about.entry, about.user, profile), None),
    };
    let deploy = (deploy && action != Action::Skip).then(|| may_deploy(about, profile));
    Decision {
        action,
        skip,
        deploy,
    }
}

pub(crate) fn skip(
    entry: &Entry,
    user: Option<&User>,
    profile: Option<&Profile>,
) -> Option<model::Refusal> {
    let is_reached = profile.is_some_and(|p| !p.settings.central_email.is_empty())
        || user.is_some_and(|user| !user.ours.email.is_empty());
    match entry.state {
        EntryState::Conflict => Some(reasons::conflict()),
        EntryState::Gone => Some(reasons::gone()),
        EntryState::Inactive => Some(reasons::inactive()),
        EntryState::Incomplete => match entry.fields.incomplete() {
            // A central address, or the one that we decided on, stands in for the component's.
            Some(Lack::Email) if is_reached && entry.fields.enabled => None,
            Some(Lack::Email) if is_reached => Some(reasons::inactive()),
            lack => lack.map(reasons::incomplete),
        },
        EntryState::Changed | EntryState::Imported | EntryState::New => None,
    }
}

fn action(entry: &Entry, user: Option<&User>, profile: Option<&Profile>) -> Action {
    match user {
        None => Action::Create,
        Some(user)
            if user.fields.hash() == entry.hash
                && profile.is_none_or(|profile| user.profile == Some(profile.id)) =>
        {
            Action::Keep
        }
        Some(_) => Action::Update,
    }
}

fn may_deploy(about: About<'_>, profile: Option<&Profile>) -> Result<(), model::Refusal> {
    let none = Ours::default();
    let ours = match about.user {
        Some(user) => match user.state {
            UserState::Suspended => return Err(reasons::suspended()),
            UserState::Queued
            | UserState::Deployed
            | UserState::Downloaded
            | UserState::Registered => {
                return Err(reasons::already_deployed());
            }
            UserState::Imported | UserState::Failed => &user.ours,
        },
        None => &none,
    };
    let told = &about.entry.fields;
    let (has_account, held) = known((told, ours), about.records, about.kinds, about.own);
    deployable(
        profile.map(|p| &p.settings),
        has_account,
        &ours.over(told).email,
        held,
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use model::{
        ClientKind, ComponentKind, ConnectionId, EntryId, PersonFields, ProfileId, ProfileSettings,
        Record, RecordId, Timestamp, UserId,
    };

    use super::*;

    fn entry(state: EntryState) -> Entry {
        let fields = PersonFields {
            last_name: "Lovelace".into(),
            email: "ada@example.org".into(),
            enabled: true,
            ..PersonFields::default()
        };
        Entry {
            id: EntryId(1),
            hash: fields.hash(),
            fields,
            sources: vec![],
            notes: vec![],
            state,
            user: None,
            imported_hash: None,
        }
    }

    fn office() -> Profile {
        Profile {
            id: ProfileId(uuid()),
            name: "Office".into(),
            settings: ProfileSettings::default(),
            version: 1,
        }
    }

    fn uuid() -> uuid::Uuid {
        uuid::Uuid::nil()
    }

    fn user(state: UserState) -> User {
        User {
            id: UserId(uuid()),
            entry: Some(EntryId(1)),
            profile: Some(ProfileId(uuid())),
            fields: entry(EntryState::New).fields,
            ours: model::Ours::default(),
            state,
            imported_at: Timestamp(0),
            deployed_at: None,
            downloaded_at: None,
            registered_at: None,
            version: 1,
        }
    }

    fn gateway_record() -> (Vec<Stored>, Kinds) {
        let connection = ConnectionId(uuid());
        let record = Record {
            sip_user: "ada-4711".into(),
            ..Record::new("m1")
        };
        let stored = Stored {
            id: RecordId(1),
            connection,
            record,
            entry: Some(EntryId(1)),
            secret: None,
            is_ha1: false,
            join: None,
        };
        (
            vec![stored],
            HashMap::from([(connection, ComponentKind::Mbg)]),
        )
    }

    fn code(decision: &Decision) -> Option<&str> {
        decision.skip.as_ref().map(|reason| reason.code.as_str())
    }

    #[test]
    fn an_account_of_which_only_the_hash_is_known_is_for_clients_that_take_it() {
        let (mut records, mut kinds) = gateway_record();
        kinds.insert(records[0].connection, ComponentKind::Subscriber);
        let ask = |records: &[Stored], client| {
            let mut office = office();
            office.settings.client = client;
            let (entry, user) = (entry(EntryState::New), None);
            let about = About {
                entry: &entry,
                user,
                records,
                kinds: &kinds,
                own: None,
            };
            decide(about, Some(&office), true).deploy.unwrap()
        };
        let code = |told: Result<(), model::Refusal>| told.unwrap_err().code;
        assert_eq!(code(ask(&records, ClientKind::Linphone)), "no-secret");
        records[0].secret = Some(model::SecretId(uuid()));
        records[0].is_ha1 = true;
        assert_eq!(ask(&records, ClientKind::Linphone), Ok(()));
        assert_eq!(code(ask(&records, ClientKind::Baresip)), "needs-password");
    }

    #[test]
    fn each_state_has_its_action() {
        let (records, kinds) = gateway_record();
        let office = office();
        let ask = |state| {
            let mut entry = entry(state);
            if state == EntryState::Incomplete {
                entry.fields.email.clear();
            }
            decide(
                About {
                    entry: &entry,
                    user: None,
                    records: &records,
                    kinds: &kinds,
                    own: None,
                },
                Some(&office),
                true,
            )
        };
        assert_eq!(ask(EntryState::New).action, Action::Create);
        assert_eq!(ask(EntryState::New).deploy, Some(Ok(())));
        assert_eq!(code(&ask(EntryState::Conflict)), Some("conflict"));
        assert_eq!(code(&ask(EntryState::Inactive)), Some("inactive"));
        assert_eq!(code(&ask(EntryState::Gone)), Some("gone"));
        assert_eq!(code(&ask(EntryState::Incomplete)), Some("incomplete-email"));
        assert_eq!(ask(EntryState::Conflict).deploy, None);
    }

    #[test]
    fn who_was_deployed_is_not_deployed_again_by_an_import() {
        let (records, kinds) = gateway_record();
        let (entry, office) = (entry(EntryState::Imported), office());
        for (state, expected) in [
            (UserState::Imported, None),
            (UserState::Deployed, Some("already-deployed")),
            (UserState::Suspended, Some("suspended")),
        ] {
            let user = user(state);
            let about = About {
                entry: &entry,
                user: Some(&user),
                records: &records,
                kinds: &kinds,
                own: None,
            };
            let decision = decide(about, Some(&office), true);
            assert_eq!(decision.action, Action::Keep);
            assert_eq!(
                decision.deploy.unwrap().err().map(|e| e.code).as_deref(),
                expected
            );
        }
    }

    #[test]
    fn a_central_address_stands_in_for_a_missing_one() {
        let (records, kinds) = gateway_record();
        let mut entry = entry(EntryState::Incomplete);
        entry.fields.email.clear();
        let about = About {
            entry: &entry,
            user: None,
            records: &records,
            kinds: &kinds,
            own: None,
        };
        assert_eq!(decide(about, Some(&office()), true).action, Action::Skip);
        let mut central = office();
        central.settings.central_email = "phones@example.org".into();
        assert_eq!(decide(about, Some(&central), true).deploy, Some(Ok(())));
    }

    #[test]
    fn what_we_completed_counts_as_what_a_component_tells() {
        let (records, kinds) = (vec![], Kinds::new());
        let mut entry = entry(EntryState::Incomplete);
        entry.fields.email.clear();
        let mut user = user(UserState::Imported);
        let ask = |user: &User, own| {
            let about = About {
                entry: &entry,
                user: Some(user),
                own,
                records: &records,
                kinds: &kinds,
            };
            decide(about, Some(&office()), true)
        };
        assert_eq!(ask(&user, None).action, Action::Skip);
        user.ours.email = "ada@example.org".into();
        let told = |decision: Decision| decision.deploy.unwrap().map_err(|why| why.code);
        assert_eq!(told(ask(&user, None)), Err("no-account".to_owned()));
        user.ours.sip_user = "4711".into();
        user.ours.sip_host = "sip.example.org".into();
        assert_eq!(told(ask(&user, None)), Err("no-secret".to_owned()));
        let own = OwnAccount {
            secret: model::SecretId(uuid()),
            at_gateway: false,
        };
        assert_eq!(told(ask(&user, Some(own))), Ok(()));
    }

    #[test]
    fn without_a_profile_people_are_imported_and_not_deployed() {
        let (records, kinds) = gateway_record();
        let entry = entry(EntryState::New);
        let about = About {
            entry: &entry,
            user: None,
            records: &records,
            kinds: &kinds,
            own: None,
        };
        let decision = decide(about, None, true);
        assert_eq!(decision.action, Action::Create);
        assert_eq!(decision.deploy.unwrap().unwrap_err().code, "do-not-deploy");
    }
}
