//! Contacts: whose they are, which of them are looked at, and what becomes of a device's when it is withdrawn.

use model::{
    ClientKind, ComponentKind, ConnectionId, DeploymentId, DeviceId, Ours, PersonFields, Record,
    Timestamp, UserId, deployment::DeviceState, ticket::LinkHash,
};
use store::{
    connections::{self, NewConnection},
    contacts::{self, Contact, Counted, Told},
    devices::{self, Device},
    records, users,
};

use crate::home::{Home, START, admin};

on_both_engines!(
    a_withdrawn_device_and_its_user_are_registered_no_more,
    an_account_is_of_the_user_at_that_domain,
    without_a_domain_an_account_is_of_the_user_at_that_registrar,
    an_account_is_found_without_regard_to_case_where_that_is_clear,
    a_phone_that_is_registered_for_long_is_looked_at,
    a_phone_that_was_set_up_anew_is_looked_at_again,
    contacts_of_a_paused_connection_are_forgotten,
);

impl Home {
    /// A registrar with these accounts, `user@domain`.
    async fn registrar(&self, name: &str, accounts: &[&str]) -> ConnectionId {
        let record = |id: &&str| {
            let (user, domain) = id.split_once('@').unwrap();
            let mut record = Record::new((*id).to_owned());
            user.clone_into(&mut record.sip_user);
            domain.clone_into(&mut record.sip_host);
            record
        };
        let told: Vec<_> = accounts.iter().map(record).collect();
        self.write(async |tx| {
            let new = NewConnection {
                name,
                kind: ComponentKind::Subscriber,
                address: "postgres://registrar.example.org/kamailio",
                options: "{}",
                secret: None,
                default_pbx: "",
            };
            let id = connections::add(tx, &new, &admin()).await?;
            records::keep_page(tx, id, 1, &told, &[]).await?;
            Ok(id)
        })
        .await
    }

    /// A user who was entered by hand with this account.
    async fn entered(&self, user: &str, host: &str) -> UserId {
        let own = users::Own {
            id: UserId::new(self.env()),
            profile: None,
            fields: PersonFields {
                sip_user: user.to_owned(),
                sip_host: host.to_owned(),
                ..PersonFields::default()
            },
            ours: Ours::default(),
            secrets: users::Secrets::default(),
        };
        self.write(async |tx| users::add_own(tx, std::slice::from_ref(&own)).await)
            .await;
        own.id
    }

    async fn tells(&self, connection: ConnectionId, told: &[Told]) -> Counted {
        self.write(async |tx| contacts::keep(tx, connection, told).await)
            .await
    }

    async fn unassigned(&self, connection: ConnectionId) -> Vec<contacts::Open> {
        contacts::open(&self.store, connection, None, 10)
            .await
            .unwrap()
    }

    async fn contacts_of(&self, user: UserId) -> Vec<Contact> {
        contacts::of_user(&self.store, user).await.unwrap()
    }
}

/// A contact of `user@domain`, or of `user` where no domain is told.
fn told(account: &str) -> Told {
    let has_domain = account.contains('@');
    Told {
        source_id: if has_domain {
            account.to_owned()
        } else {
            String::new()
        },
        user: account.split('@').next().unwrap().to_owned(),
        address: "sip:x@192.0.2.1".into(),
        host: "192.0.2.1".into(),
        agent: "Linphone/5".into(),
        since: None,
    }
}

fn since(at: Timestamp) -> Told {
    Told {
        since: Some(at),
        ..told("ada")
    }
}

async fn a_withdrawn_device_and_its_user_are_registered_no_more(home: Home) {
    let connection = home.registrar("one", &[]).await;
    let ada = home.entered("ada", "one.example").await;
    let device = Device {
        id: DeviceId::new(home.env()),
        deployment: DeploymentId::new(home.env()),
        user: ada,
        state: DeviceState::Pending,
        client: ClientKind::Linphone,
        agent: "Linphone/5".into(),
        created_at: home.now(),
        downloaded_at: None,
        fetched_at: None,
        revoked_at: None,
        registered: None,
        out_of_date_at: None,
        forced_at: None,
        asks_again: true,
    };
    home.write(async |tx| {
        devices::add(tx, &device, LinkHash([1; 32])).await?;
        devices::stamp_downloaded(tx, device.id).await
    })
    .await;
    let look = async || {
        let began = home.now();
        home.tells(connection, &[told("ada")]).await;
        home.write(async |tx| contacts::end(tx, connection, began, Counted::default()).await)
            .await;
        let user = users::get(&home.store, ada).await.unwrap();
        (user.registered_at, home.contacts_of(ada).await[0].device)
    };
    home.tells(connection, &[told("ada")]).await;
    let open = home.unassigned(connection).await;
    home.write(async |tx| contacts::assign(tx, connection, &[(&open[0], device.id)]).await)
        .await;
    assert_eq!(look().await, (Some(START), Some(device.id)));
    home.write(async |tx| {
        devices::revoke(tx, &[ada]).await?;
        users::start_anew(tx, &[ada]).await
    })
    .await;
    home.clock.advance_s(60);
    assert_eq!(look().await, (None, None));
    // Nor where a contact was assigned while the device was withdrawn.
    home.write(async |tx| contacts::assign(tx, connection, &[(&open[0], device.id)]).await)
        .await;
    home.clock.advance_s(3_600);
    assert_eq!(look().await.0, None);
    let devices = devices::of_user(&home.store, ada).await.unwrap();
    let last = devices[0].registered.as_ref().unwrap().last_at;
    assert_eq!(last, START, "it is stamped no more");
}

async fn an_account_is_of_the_user_at_that_domain(home: Home) {
    let one = home.registrar("one", &["ada@one.example"]).await;
    let ada = home.entered("ada", "two.example").await;
    let counted = home.tells(one, &[told("ada@one.example")]).await;
    assert_eq!((counted.known, counted.unknown), (0, 1));
    home.tells(one, &[told("ada@TWO.example")]).await;
    assert_eq!(home.contacts_of(ada).await.len(), 1);
}

async fn without_a_domain_an_account_is_of_the_user_at_that_registrar(home: Home) {
    let one = home
        .registrar("one", &["ada@one.example", "bob@one.example"])
        .await;
    let two = home.registrar("two", &["ada@two.example"]).await;
    let first = home.entered("ada", "one.example").await;
    let bob = home.entered("bob", "one.example").await;
    assert_eq!(home.tells(two, &[told("ada"), told("bob")]).await.known, 0);
    let second = home.entered("ada", "two.example").await;
    assert_eq!(home.tells(one, &[told("ada"), told("bob")]).await.known, 2);
    assert_eq!(home.tells(two, &[told("ada"), told("bob")]).await.known, 1);
    for user in [first, bob, second] {
        assert_eq!(home.contacts_of(user).await.len(), 1);
    }
}

async fn an_account_is_found_without_regard_to_case_where_that_is_clear(home: Home) {
    let one = home.registrar("one", &["Ada@One.example"]).await;
    let ada = home.entered("Ada", "One.example").await;
    let all = [told("ada@one.example"), told("ada")];
    assert_eq!(home.tells(one, &all).await.known, 2);
    let other = home.entered("ADA", "one.example").await;
    assert_eq!(home.tells(one, &all).await.known, 0);
    assert_eq!(home.tells(one, &[told("ADA@one.example")]).await.known, 1);
    assert_eq!(home.contacts_of(other).await.len(), 1);
    assert_eq!(home.contacts_of(ada).await.len(), 1);
}

async fn a_phone_that_is_registered_for_long_is_looked_at(home: Home) {
    let one = home.registrar("one", &[]).await;
    home.entered("ada", "one.example").await;
    let before = START.plus_days(-3);
    home.tells(one, &[since(before)]).await;
    let open = home.unassigned(one).await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].first_at, before);
    home.clock.advance_s(86_401);
    assert_eq!(home.unassigned(one).await, []);
}

async fn a_phone_that_was_set_up_anew_is_looked_at_again(home: Home) {
    let one = home.registrar("one", &[]).await;
    home.entered("ada", "one.example").await;
    home.tells(one, &[since(START.plus_days(-3))]).await;
    let old = home.unassigned(one).await;
    let device = DeviceId::new(home.env());
    home.write(async |tx| contacts::assign(tx, one, &[(&old[0], device)]).await)
        .await;
    home.clock.advance_s(2 * 86_400);
    home.tells(one, &[told("ada")]).await;
    home.tells(one, &[since(START.plus_days(-3))]).await;
    assert_eq!(home.unassigned(one).await, [], "it is the same");
    let anew = home.now().plus_s(-600);
    home.tells(one, &[since(anew)]).await;
    let open = home.unassigned(one).await;
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].first_at, open[0].kept_at), (anew, home.now()));
}

async fn contacts_of_a_paused_connection_are_forgotten(home: Home) {
    let one = home.registrar("one", &[]).await;
    let ada = home.entered("ada", "one.example").await;
    home.tells(one, &[told("ada")]).await;
    assert_eq!(home.contacts_of(ada).await.len(), 1);
    home.write(async |tx| connections::set_paused(tx, one, true, &admin()).await)
        .await;
    assert_eq!(home.contacts_of(ada).await, []);
}
