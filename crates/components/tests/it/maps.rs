//! Attribute maps: what an administrator's lines name comes from there, by the real peers.

use components::{Error, Settings};
use peers::{Schema, SizeLimit};

use crate::{
    office::{directory_settings, directory_with, error_of, everybody},
    registrar::{Engine, empty, registrar_settings as settings},
};

fn mapped(mut settings: Settings, map: &str) -> Settings {
    map.clone_into(&mut settings.options.map);
    settings
}

const ADA: &str = "\
dn: uid=ada,ou=people,dc=lab,dc=test
objectClass: inetOrgPerson
uid: ada
cn: Ada Lovelace
sn: Lovelace
employeeNumber: E-1
employeeType: Research
pager: 4711
telephoneNumber: +49 30 1234
mail: ada@example.org
";

#[tokio::test]
async fn a_directorys_map_names_other_attributes_and_asks_for_them() {
    let directory = directory_with(ADA, SizeLimit::UnlimitedByPaging).await;
    let map = "source_id = employeeNumber\ndepartment = employeeType\ndirectory_number = pager\nlogin = mail";
    let settings = mapped(directory_settings(&directory), map);
    let found = everybody(&settings).await;
    let [ada] = &found[..] else { panic!("one") };
    assert_eq!((&*ada.source_id, &*ada.department), ("E-1", "Research"));
    assert_eq!((&*ada.directory_number, &*ada.e164), ("4711", "+49301234"));
    assert_eq!(
        (&*ada.login, &*ada.last_name),
        ("ada@example.org", "Lovelace")
    );
}

#[tokio::test]
async fn a_registrars_map_names_columns_of_its_table_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = empty(engine, Schema::Kamailio).await;
        let rows = "ALTER TABLE subscriber ADD COLUMN \"Full name\" TEXT;\n\
                    INSERT INTO subscriber (username, domain, password, ha1, \"Full name\") \
                    VALUES ('4711', 'sip.lab.test', 'pw', '', 'Lovelace');\n";
        database.run(rows).await.unwrap();
        let of = |map| mapped(settings(&database, Schema::Kamailio), map);
        let map = "last_name = Full name\nlocation = domain\ndepartment = Full name";
        let found = everybody(&of(map)).await;
        assert_eq!(
            (&*found[0].last_name, &*found[0].department),
            ("Lovelace", "Lovelace")
        );
        assert_eq!(
            (&*found[0].location, &*found[0].directory_number),
            ("sip.lab.test", "4711")
        );
        let missing = error_of(&of("department = nowhere")).await;
        assert!(missing.to_string().contains("nowhere"), "{missing}");
    }
}

#[tokio::test]
async fn no_map_reads_a_password() {
    let database = empty(Engine::Sqlite, Schema::Kamailio).await;
    for name in [
        "password",
        "ha1",
        "HA1b",
        "userPassword",
        "unicodePwd",
        "md5_cred",
    ] {
        let settings = mapped(
            settings(&database, Schema::Kamailio),
            &format!("department = {name}"),
        );
        let error = components::connect(&settings).unwrap_err();
        assert!(
            matches!(error, Error::Settings { field: "map", .. }),
            "{name}"
        );
    }
}
