//! People, entries and users as the facts need them.

use std::collections::HashMap;

use model::{
    ClientKind, DeploymentId, EntryId, EntryState, LinkMode, PersonFields, Profile, ProfileId,
    ProfileSettings, Secret, UserId,
    ticket::{self, LinkHash},
};
use store::{ListQuery, deployments, entries, profiles, secrets, users};

use crate::home::{Home, admin};

pub(crate) fn person(first: &str, last: &str, number: &str, email: &str) -> PersonFields {
    PersonFields {
        first_name: first.into(),
        last_name: last.into(),
        directory_number: number.into(),
        email: email.into(),
        enabled: true,
        ..PersonFields::default()
    }
}

/// A person whose data follow from a number.
pub(crate) fn nth_person(n: i64) -> PersonFields {
    person(
        "Person",
        &format!("Number{n:05}"),
        &format!("{}", 1000 + n),
        &format!("p{n}@example.org"),
    )
}

pub(crate) fn row(id: i64, fields: PersonFields, state: EntryState) -> entries::Written {
    entries::Written {
        id: EntryId(id),
        row_hash: fields.hash(),
        fields,
        sources: vec!["USP"],
        notes: vec![],
        state,
        drifted: false,
    }
}

/// Everybody of a list as new entries, numbered from 1.
pub(crate) fn new_rows(people: impl IntoIterator<Item = PersonFields>) -> Vec<entries::Written> {
    (1..)
        .zip(people)
        .map(|(id, fields)| row(id, fields, EntryState::New))
        .collect()
}

pub(crate) fn settings() -> ProfileSettings {
    ProfileSettings {
        client: ClientKind::Linphone,
        sip_domain: "pbx.example.org".into(),
        ..ProfileSettings::default()
    }
}

/// The first `limit` rows of a search.
pub(crate) fn asked(search: &str, state: &str, limit: i64) -> ListQuery {
    let query = model::Query {
        q: search.to_owned(),
        filter: if state.is_empty() {
            String::new()
        } else {
            format!("state={state}")
        },
    };
    ListQuery::entries(&query, model::Sort::default(), limit).unwrap()
}

impl Home {
    pub(crate) async fn fill(&self, rows: Vec<entries::Written>) {
        self.write(async |tx| entries::write(tx, &rows).await).await;
    }

    pub(crate) async fn profile(&self, name: &str) -> Profile {
        self.write(async |tx| profiles::add(tx, name, &settings(), &admin()).await)
            .await
    }

    /// Entries and users for the people of these numbers.
    pub(crate) async fn users(&self, ns: std::ops::RangeInclusive<i64>) -> Vec<UserId> {
        let written: Vec<_> = ns.map(|n| self.user_of(n, nth_person(n))).collect();
        self.write(async |tx| users::add(tx, &written).await).await;
        written.into_iter().map(|user| user.id).collect()
    }

    pub(crate) fn user_of(&self, entry: i64, fields: PersonFields) -> users::Written {
        users::Written {
            id: UserId::new(self.env()),
            entry: EntryId(entry),
            profile: None,
            fields,
        }
    }

    /// Deploys users with fresh tickets.
    pub(crate) async fn deploy(&self, people: &[UserId], mode: LinkMode) -> Vec<Offer> {
        let profile = ProfileId::new(self.env());
        self.write(async |tx| {
            let texts = vec![Secret::new("ticket and code"); people.len()];
            let secrets = secrets::keep(tx, secrets::Purpose::Ticket, &texts).await?;
            let new: Vec<_> = people
                .iter()
                .zip(secrets)
                .map(|(user, secret)| self.offer(*user, profile, secret, mode))
                .collect();
            deployments::add(tx, &new).await?;
            Ok(new)
        })
        .await
    }

    fn offer(
        &self,
        user: UserId,
        profile: ProfileId,
        secret: model::SecretId,
        link_mode: LinkMode,
    ) -> Offer {
        let id = DeploymentId::new(self.env());
        let code = ticket::code_key(ticket::new_code(self.env()).expose());
        deployments::New {
            id,
            user,
            reason: "import".into(),
            profile,
            profile_version: 1,
            ticket: LinkHash::of(ticket::new_ticket(self.env()).expose()),
            code_mac: secrets::code_mac(&self.store, &code),
            secret,
            link_mode,
            language: "en".into(),
            template: None,
            message_id: format!("{id}@example.org"),
            places: 3,
            job: None,
            expires_at: self.now().plus_days(14),
        }
    }

    /// How many mails stand in each state.
    pub(crate) async fn mails(&self) -> HashMap<String, i64> {
        let counts = store::outbox::counts(&self.store).await.unwrap();
        counts.into_iter().collect()
    }
}

pub(crate) type Offer = deployments::New;
