//! An entry explained: a proposal linked by hand, a record kept apart, and what became of it.

use axum::http::StatusCode;
use model::{ComponentKind, Record};

use crate::harness::{Office, rows, told};

impl Office {
    /// Ada on the gateway and, under a new family name, in the directory: proposed, not joined.
    async fn with_a_proposal() -> Self {
        let office = Self::open().await;
        let edge = office.connect("edge-1", ComponentKind::Mbg).await;
        let staff = office.connect("staff", ComponentKind::Ldap).await;
        let ada = told("Ada", "Byron", "4711", "ada@example.org");
        let married = Record {
            last_name: "Lovelace".to_owned(),
            email: "lovelace@example.org".to_owned(),
            ..ada.clone()
        };
        let elsewhere = Record {
            mbg_user_name: String::new(),
            sip_user: String::new(),
            ..married
        };
        office.told(edge, &[ada]).await;
        office.told(staff, &[elsewhere]).await;
        office.join().await;
        office
    }

    async fn people(&self) -> Vec<String> {
        rows(&self.page("/import").await)
    }
}

/// The hidden field of the first form of a page after `after`.
fn hidden(page: &str, after: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(after)
        .unwrap_or_else(|| panic!("no {after}"));
    let (_, rest) = rest
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_proposal_is_linked_by_hand_told_and_taken_back() {
    let office = Office::with_a_proposal().await;
    let [byron, lovelace] = &office.people().await[..] else {
        panic!("there are two rows")
    };
    let address = format!("/import/{byron}");
    let page = office.page(&address).await;
    for text in [
        "Not joined",
        "another entry has the same number, but name or login differ",
        "4711 HQ-1",
        ">Link<",
        ">Keep apart<",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(hidden(&page, "Not joined", "other"), *lovelace);
    let form = [
        ("other", lovelace.as_str()),
        ("decided", "0"),
        ("verdict", "link"),
    ];
    let decisions = format!("{address}/decisions");
    assert_eq!(office.post(&decisions, &form).await.leads_to(), address);
    let page = office.page(&address).await;
    assert!(page.contains("Records are being read or joined anew"));

    // Somebody who looked before that is told, and changes nothing.
    let late = [
        ("other", lovelace.as_str()),
        ("decided", "0"),
        ("verdict", "apart"),
    ];
    let told = office.post(&decisions, &late).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(
        told.body
            .contains("grace decided about this person meanwhile")
    );

    office.work().await;
    let people = office.people().await;
    assert_eq!(people.len(), 1);
    let address = format!("/import/{}", people[0]);
    let page = office.page(&address).await;
    for text in [
        "made of 2 records",
        "an administrator linked them",
        "What people decided",
        "linked",
        "Take back",
        ">counts<",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let record = hidden(&page, "What people decided", "record");
    let decided = hidden(&page, "What people decided", "decided");
    let form = [
        ("record", record.as_str()),
        ("decided", &decided),
        ("verdict", "undo"),
    ];
    office
        .post(&format!("{address}/decisions"), &form)
        .await
        .leads_to();
    office.work().await;
    assert_eq!(office.people().await.len(), 2);
}

#[tokio::test]
async fn a_record_is_kept_apart_from_the_side_by_side_view() {
    let office = Office::open().await;
    let edge = office.connect("edge-1", ComponentKind::Mbg).await;
    let staff = office.connect("staff", ComponentKind::Ldap).await;
    let ada = told("Ada", "Lovelace", "4711", "ada@example.org");
    office.told(edge, std::slice::from_ref(&ada)).await;
    office.told(staff, &[ada]).await;
    office.join().await;
    let address = format!("/import/{}", office.people().await[0]);
    let page = office.page(&address).await;
    let record = hidden(&page, "Another person?", "record");
    let form = [
        ("record", record.as_str()),
        ("decided", "0"),
        ("verdict", "apart"),
    ];
    office
        .post(&format!("{address}/decisions"), &form)
        .await
        .leads_to();
    office.work().await;
    assert_eq!(office.people().await.len(), 2);
    let page = office.page(&address).await;
    assert!(page.contains("kept apart") && !page.contains("Another person?"));
}

#[tokio::test]
async fn a_decision_that_says_nothing_is_refused() {
    let office = Office::with_a_proposal().await;
    let address = format!("/import/{}/decisions", office.people().await[0]);
    for form in [
        &[("verdict", "perhaps"), ("record", "1")][..],
        &[("verdict", "link")],
    ] {
        let answer = office.post(&address, form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn the_component_that_wins_a_field_is_set_after_its_effect_was_shown() {
    let office = Office::open().await;
    let usp = office.connect("head-office", ComponentKind::Usp).await;
    let staff = office.connect("staff", ComponentKind::Ldap).await;
    let ada = told("Ada", "Lovelace", "4711", "ada@example.org");
    let elsewhere = Record {
        email: "a.lovelace@example.org".to_owned(),
        ..ada.clone()
    };
    office.told(usp, &[ada]).await;
    office.told(staff, &[elsewhere]).await;
    office.join().await;
    let list = office.page("/import/precedence").await;
    assert!(list.contains("href=\"/import/precedence/email\""));
    let asked = "/import/precedence/email?kind=ldap&kind=usp&kind=ldap";
    let page = office.page(asked).await;
    for text in [
        "1 person changes",
        "ada@example.org",
        "a.lovelace@example.org",
        "Save this order",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let address = format!("/import/{}", office.people().await[0]);
    let counts = async || {
        let page = office.page(&address).await;
        let (_, rest) = page.split_once("<dt>E-mail</dt><dd><bdi>").unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    assert_eq!(counts().await, "ada@example.org", "nothing was saved yet");
    let saved = office
        .post("/import/precedence/email", &[("kind", "ldap")])
        .await;
    assert_eq!(saved.leads_to(), "/import/precedence");
    office.work().await;
    assert_eq!(counts().await, "a.lovelace@example.org");
    assert!(
        office
            .page("/import/precedence")
            .await
            .contains(">changed<")
    );
    office.post("/import/precedence/email", &[]).await;
    office.work().await;
    assert_eq!(counts().await, "ada@example.org");
    assert_eq!(
        office.get("/import/precedence/shoe").await.status,
        StatusCode::NOT_FOUND
    );
}
