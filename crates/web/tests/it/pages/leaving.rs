//! People who left, people whose data changed at the source: seen, and seen to before others are added.

use model::{ComponentKind, ConnectionId, Record};

use crate::harness::{Office, rows, three, told};

impl Office {
    /// Everybody of three who can be was imported, then the gateway told of these.
    async fn after_importing(now: &[Record]) -> Self {
        let office = Self::open().await;
        let edge = office.connect("head-office", ComponentKind::Mbg).await;
        office.told(edge, &three()).await;
        office.join().await;
        office.import_everybody("", "0").await;
        office.told_all(edge, now).await;
        office.join().await;
        office
    }

    /// The address of a connection is one where nobody listens.
    async fn leads_nowhere(&self, connection: ConnectionId) {
        let tx = self.store.begin().await.unwrap();
        let settings = store::connections::NewConnection {
            name: "head-office",
            kind: ComponentKind::Mbg,
            address: "http://127.0.0.1:1",
            options: "{}",
            secret: None,
            default_pbx: "",
        };
        let changed = store::connections::Changed {
            settings,
            drops_grant: false,
        };
        store::connections::change(&tx, connection, &changed, &crate::harness::admin())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// A complete scan that told of these and of nobody else.
    async fn told_all(&self, connection: ConnectionId, now: &[Record]) {
        let tx = self.store.begin().await.unwrap();
        store::entries::begin_round(&tx).await.unwrap();
        tx.commit().await.unwrap();
        self.told(connection, now).await;
        let all = store::connections::list(&self.store).await.unwrap();
        let scan = all.iter().find(|c| c.id == connection).unwrap().scan.number;
        let tx = self.store.begin().await.unwrap();
        store::records::mark_gone(&tx, connection, scan)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn leavers_are_proposed_for_suspension_before_joiners_are_added() {
    let [ada, _, katherine] = &three()[..] else {
        panic!("there are three")
    };
    let joiner = told("Mary", "Jackson", "4714", "mj@example.org");
    let office = Office::after_importing(&[ada.clone(), katherine.clone(), joiner]).await;
    let left = "1 user is on no component any more";
    let form = [("all", "1"), ("profile", "")];
    let plan = office.post("/import/plans", &form).await.leads_to();
    for path in ["/", "/import", plan.as_str()] {
        assert!(office.page(path).await.contains(left), "{path}");
    }
    let table = office.page("/import").await;
    assert!(
        table.contains("href=\"/import?scan=new\">1 new</a>"),
        "{table}"
    );
    assert!(table.contains("href=\"/import?scan=gone\">1 gone</a>"));
    assert!(table.contains("name=\"filter\" value=\"source=gone\""));
    let manage = office.page("/users?source=gone").await;
    assert_eq!(rows(&manage).len(), 1);
    assert!(manage.contains("on no component any more"));

    let form = [("all", "1"), ("filter", "source=gone")];
    let plan = office
        .post("/users/suspensions/plan", &form)
        .await
        .leads_to();
    let page = office.page(&plan).await;
    for text in ["<strong>1</strong> suspended", "Hopper", "Suspend 1 person"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let job = office.post(&format!("{plan}/run"), &[]).await.leads_to();
    office.work().await;
    assert!(office.page(&job).await.contains("Suspension of users"));
    for path in ["/", "/import"] {
        assert!(!office.page(path).await.contains(left), "{path}");
    }
    let suspended = office.page("/users?state=suspended").await;
    let user = &rows(&suspended)[0];
    office.phone_of(user).await;
    let page = office.page(&format!("/users/{user}")).await;
    assert!(page.contains("End the suspension"));
    assert!(page.contains("While the suspension lasts"), "{page}");
    assert!(!page.contains(">active<"), "{page}");
    let end = format!("/users/{user}/suspension/end");
    assert_eq!(
        office.post(&end, &[]).await.leads_to(),
        format!("/users/{user}")
    );
    assert!(
        office.page("/import").await.contains(left),
        "it is proposed again"
    );
    assert_eq!(office.post(&end, &[]).await.status, 404);
}

#[tokio::test]
async fn the_suspension_of_many_is_ended_by_a_plan() {
    let office = Office::after_importing(&three()).await;
    let everybody = [("all", "1")];
    let plan = office.post("/users/suspensions/plan", &everybody).await;
    assert!(!office.page("/users").await.contains("End suspension…"));
    office.post(&format!("{}/run", plan.leads_to()), &[]).await;
    office.work().await;
    let suspended = office.page("/users?state=suspended").await;
    assert_eq!(rows(&suspended).len(), 2);
    assert!(suspended.contains("End suspension…"), "{suspended}");
    let first = rows(&suspended).remove(0);
    let plan = office
        .post("/users/resumptions/plan", &[("id", first.as_str())])
        .await
        .leads_to();
    let (plan, _) = plan.split_once('?').unwrap();
    office.post(&format!("{plan}/run"), &[]).await;
    office.work().await;
    let plan = office.post("/users/resumptions/plan", &everybody).await;
    let page = office.page(&plan.leads_to()).await;
    for text in [
        "<strong>1</strong> gets their access back",
        "the user is not suspended",
        "End the suspension of 1 person",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let run = format!("{}/run", plan.leads_to());
    let job = office.post(&run, &[]).await.leads_to();
    office.work().await;
    let page = office.page(&job).await;
    for text in ["End of suspensions", "See the plan", "Left out by the plan"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(rows(&office.page("/users?state=suspended").await).is_empty());
}

#[tokio::test]
async fn who_was_not_seen_by_an_incomplete_scan_is_not_proposed() {
    let office = Office::open().await;
    let edge = office.connect("head-office", ComponentKind::Mbg).await;
    office.told(edge, &three()).await;
    office.join().await;
    office.import_everybody("", "0").await;
    office.told(edge, &three()[..1]).await;
    office
        .broke(edge, "page 2: it broke off", "scan again")
        .await;
    office.join().await;
    assert!(
        !office
            .page("/import")
            .await
            .contains("on no component any more")
    );
    assert!(rows(&office.page("/users?source=gone").await).is_empty());
}

#[tokio::test]
async fn what_changed_at_the_source_is_told_in_manage_field_by_field() {
    let mut now = three();
    "hopper@navy.example.org".clone_into(&mut now[1].email);
    let office = Office::after_importing(&now).await;
    let table = office.page("/import?state=changed").await;
    assert_eq!(rows(&table).len(), 1);
    assert!(table.contains("href=\"/import?scan=changed\">1 changed</a>"));
    let manage = office.page("/users?source=changed").await;
    assert_eq!(rows(&manage).len(), 1);
    let drift = "at the source: E-mail: zz.hopper@example.org → hopper@navy.example.org";
    assert!(manage.contains(drift), "{manage}");
    let user = &rows(&manage)[0];
    assert!(office.page(&format!("/users/{user}")).await.contains(drift));
    // Importing the row again brings it in line.
    office.import_everybody("", "0").await;
    assert!(rows(&office.page("/users?source=changed").await).is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_again_is_left_out_of_a_sync_with_the_reason() {
    let office = Office::after_importing(&three()).await;
    // Nobody is there any more.
    let edge = store::connections::list(&office.store).await.unwrap()[0].id;
    office.leads_nowhere(edge).await;
    let manage = office.page("/users").await;
    assert!(manage.contains("formaction=\"/users/syncs/plan"));
    let plan = office
        .post("/users/syncs/plan", &[("all", "1")])
        .await
        .leads_to();
    let page = office.page(&plan).await;
    for text in [
        "Sync data: this is what will happen",
        "cannot read from head-office: cannot reach it",
        "check that it runs",
        "There is nothing to do.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let user = &rows(&manage)[0];
    let page = office.page(&format!("/users/{user}")).await;
    assert!(page.contains("action=\"/users/syncs/plan\""), "{page}");
}
