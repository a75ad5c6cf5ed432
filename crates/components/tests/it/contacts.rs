//! Who is registered: at a real Kamailio by JSON-RPC, in the tables of registrars, at a border gateway.

use components::{Contact, Contacts, Error, Settings};
use model::ComponentKind;
use peers::{Baresip, Kamailio, Schema};
use sandbox::component::Registration;

use crate::{
    office::{connected, paged, played_settings, sandbox_of},
    registrar::{Engine, empty, registrar_settings},
};

/// MD5 of `4711:pbx.example.org:secret`.
const HA1: &str = "f6e3054894ded511e9c855b9969d1e43";

/// All contacts, page by page, and how many were skipped.
async fn all(settings: &Settings) -> (Vec<Contact>, usize) {
    let mut component = connected(settings);
    let (mut all, mut skipped, mut cursor) = (Vec::new(), 0, None::<String>);
    loop {
        let page: Contacts = component.contacts(cursor.as_deref()).await.unwrap();
        all.extend(page.items);
        skipped += page.skipped;
        cursor = page.next;
        if cursor.is_none() {
            return (all, skipped);
        }
    }
}

#[tokio::test]
async fn a_real_kamailio_tells_a_real_baresip_by_json_rpc() {
    let kamailio = Kamailio::start().await.unwrap();
    kamailio
        .set_subscriber("4711", "pbx.example.org", HA1)
        .await
        .unwrap();
    let account = format!(
        "\"Ada\" <sip:4711@pbx.example.org;transport=udp>;auth_user=4711;auth_pass=secret;outbound=\"sip:{};transport=udp\";regint=60",
        kamailio.address()
    );
    let phone = Baresip::register(&account).await.unwrap();
    assert!(phone.registered(), "{}", phone.output());
    let database = empty(Engine::Sqlite, Schema::Kamailio).await;
    let mut settings = registrar_settings(&database, Schema::Kamailio);
    settings.options.rpc_url = kamailio.rpc_url();
    let (contacts, skipped) = all(&settings).await;
    assert_eq!((contacts.len(), skipped), (1, 0));
    let contact = &contacts[0];
    assert_eq!((&*contact.user, &*contact.source_id), ("4711", ""));
    assert_eq!(contact.host(), "127.0.0.1");
    assert!(contact.agent.starts_with("baresip"), "{}", contact.agent);
}

#[tokio::test]
async fn the_table_location_is_read_page_by_page_with_its_domains() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = empty(engine, Schema::Kamailio).await;
        let row = |n: u32, user: &str, domain: &str, agent: &str| {
            format!(
                "INSERT INTO location (id, ruid, username, domain, contact, user_agent) \
                 VALUES ({n}, 'r-{n}', '{user}', {domain}, 'sip:{user}@192.0.2.{n}:5062', '{agent}');\n"
            )
        };
        let sql = row(1, "4711", "'a.test'", "baresip v1")
            + &row(2, "4712", "NULL", "Linphone/5 (Ada)")
            + &row(3, "", "NULL", "nobody");
        database.run(&sql).await.unwrap();
        let settings = paged(registrar_settings(&database, Schema::Kamailio), 2);
        let (contacts, skipped) = all(&settings).await;
        assert_eq!(skipped, 1, "{engine:?}");
        let told: Vec<_> = contacts
            .iter()
            .map(|c| (&*c.source_id, &*c.user, c.host(), &*c.agent))
            .collect();
        assert_eq!(
            told,
            [
                ("4711@a.test", "4711", "192.0.2.1", "baresip v1"),
                ("", "4712", "192.0.2.2", "Linphone/5 (Ada)"),
            ]
        );
    }
}

#[tokio::test]
async fn contacts_of_an_asterisk_belong_to_their_endpoints() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = empty(engine, Schema::Asterisk).await;
        let sql = "INSERT INTO ps_contacts (id, uri, user_agent, endpoint) VALUES ('4711;@1', 'sip:4711@192.0.2.1:5060', 'Zoiper v5', '4711');";
        database.run(sql).await.unwrap();
        let (contacts, _) = all(&registrar_settings(&database, Schema::Asterisk)).await;
        let contact = &contacts[0];
        assert_eq!((&*contact.source_id, contact.host()), ("4711", "192.0.2.1"));
    }
}

#[tokio::test]
async fn a_border_gateway_tells_them_by_device_since_when() {
    let sandbox = sandbox_of(5).await;
    let registration = |device: &str, since: &str| Registration {
        device_id: device.to_owned(),
        since: since.to_owned(),
        user_agent: "Linphone/5.1".to_owned(),
        contact_host: "192.0.2.9".to_owned(),
    };
    let told = vec![
        registration("d1", "2026-01-01T00:00:00Z"),
        registration("", "2026-01-01T00:00:00Z"),
        registration("d2", "yesterday"),
    ];
    sandbox.control().set_registrations(told);
    let settings = paged(played_settings(&sandbox, ComponentKind::Mbg), 1);
    let (contacts, skipped) = all(&settings).await;
    assert_eq!((contacts.len(), skipped), (2, 1));
    assert_eq!(contacts[0].since.map(|at| at.0), Some(1_767_225_600_000));
    assert_eq!((&*contacts[1].source_id, contacts[1].since), ("d2", None));
}

#[tokio::test]
async fn nothing_registers_at_a_directory_of_people() {
    let sandbox = sandbox_of(1).await;
    let mut usp = connected(&played_settings(&sandbox, ComponentKind::Usp));
    let refused = usp.contacts(None).await.unwrap_err();
    assert!(matches!(refused, Error::Unsupported { .. }), "{refused}");
}
