//! *Sync data* against the sandbox's real HTTP: what changed at a component is shown, then written; what cannot be read says
//! why; a changed user id starts the person's phone anew.

use model::{EntryState, User, UserState, plan::Action};
use sandbox::component::Kind;
use serde_json::{Value, json};
use store::{
    jobs::JobState,
    plans::{self, ItemQuery},
    users,
};

use crate::scene::{Scene, all_users, of, said};

impl Scene {
    async fn actions(&self, plan: model::PlanId) -> Vec<(Action, String, String)> {
        let query = ItemQuery {
            limit: 100,
            ..ItemQuery::default()
        };
        let items = plans::items(&self.store, plan, &query).await.unwrap();
        items
            .into_iter()
            .map(|item| (item.action, item.reason, item.deploy))
            .collect()
    }
}

/// The one phone that USP tells of a person.
fn phone(user: &User, number: &str, account: &str) -> Value {
    let phone = json!({ "number": number, "pbx": user.fields.pbx, "label": "soft", "prime": true, "mbgUserName": account });
    json!({ "phones": [phone] })
}

#[tokio::test]
async fn what_changed_at_the_components_is_read_again_shown_and_then_written() {
    let scene = Scene::imported(60).await;
    let people = scene.known_everywhere().await;
    let ((ada, hers), (grace, _)) = (&people[0], &people[1]);
    let usp = json!({ "email": "moved@example.org", "lastName": "Byron" });
    scene.changes(of(Kind::Usp, hers), &usp);
    let plan = scene.plan_sync(&[ada.id, grace.id]).await;
    assert_eq!(
        (plan.counts.update, plan.counts.keep, plan.counts.deploy),
        (1, 1, 0)
    );
    // Shown, and not written yet: the source is known, the user is as before.
    let entry = scene.entry(ada.entry.unwrap()).await;
    assert_eq!(
        (entry.fields.email.as_str(), entry.state),
        ("moved@example.org", EntryState::Changed)
    );
    assert_eq!(scene.user(ada.id).await, *ada);

    let job = scene.sync(plan.id, true).await;
    assert_eq!((job.state, job.done, job.failed), (JobState::Done, 2, 0));
    let now = scene.user(ada.id).await;
    assert_eq!(now.fields.email, "moved@example.org");
    assert_eq!(now.fields.last_name, "Byron");
    assert_eq!((now.version, now.profile), (ada.version + 1, ada.profile));
    assert_eq!(scene.user(grace.id).await, *grace);
    assert_eq!(
        scene.entry(ada.entry.unwrap()).await.state,
        EntryState::Imported
    );
    let told = users::timeline(&scene.store, ada.id, None, 1)
        .await
        .unwrap();
    assert_eq!(told[0].detail, "last name, email as at the source");
    let again = scene.plan_sync(&[ada.id]).await;
    assert_eq!((again.counts.update, again.counts.keep), (0, 1));
    // A plan is carried out once.
    assert_eq!(scene.sync(plan.id, true).await.id, job.id);
}

#[tokio::test]
async fn who_changed_again_after_the_plan_is_told_and_left() {
    let scene = Scene::imported(60).await;
    let (ada, hers) = &scene.known_everywhere().await[0];
    let usp = of(Kind::Usp, hers);
    scene.changes(usp, &json!({ "email": "first@example.org" }));
    let plan = scene.plan_sync(&[ada.id]).await;
    scene.changes(usp, &json!({ "email": "second@example.org" }));
    scene.plan_sync(&[ada.id]).await;
    let job = scene.sync(plan.id, true).await;
    assert_eq!((job.done, job.failed), (1, 1));
    assert_eq!(scene.user(ada.id).await, *ada);
}

#[tokio::test]
async fn a_number_with_a_hash_cannot_be_synced_over_a_remote_gateway_and_both_ways_out_work() {
    let scene = Scene::of(60).await;
    scene.connect(Kind::Usp).await;
    scene.connect(Kind::ClientService).await;
    scene.connect_remote().await;
    scene.scan().await;
    scene.import_all().await;
    let people = scene.known_everywhere().await;
    let ((ada, hers), (grace, theirs)) = (&people[0], &people[1]);
    let renumber = |number: &str| {
        scene.changes(of(Kind::Mbg, hers), &json!({ "directoryNumber": number }));
        scene.changes(
            of(Kind::Usp, hers),
            &phone(ada, number, &ada.fields.sip_user),
        );
    };
    // The list tells such a number, so that the person is seen and importable.
    renumber("1#001");
    scene.changes(
        of(Kind::Usp, theirs),
        &json!({ "email": "grace@example.org" }),
    );
    scene.scan().await;
    let plan = scene.plan_sync(&[ada.id, grace.id]).await;
    assert_eq!(plan.counts.update, 1, "who has no such number is synced");
    let [refused] = &plan.counts.skip[..] else {
        panic!("{:?}", plan.counts)
    };
    assert_eq!(
        (refused.code.as_str(), refused.count),
        ("number-not-addressable", 1)
    );
    assert_eq!(
        refused.reason,
        "a number with # cannot be read over a remote connection"
    );
    for way in [
        "write * for # at the source (1*001 for 1#001)",
        "local connection with clustered",
    ] {
        assert!(refused.hint.contains(way), "{}", refused.hint);
    }

    // The first way out.
    renumber("1*001");
    scene.scan().await;
    let plan = scene.plan_sync(&[ada.id]).await;
    assert_eq!((plan.counts.update, plan.counts.skip.len()), (1, 0));
    scene.sync(plan.id, true).await;
    assert_eq!(scene.user(ada.id).await.fields.directory_number, "1*001");

    // The second: a local connection to a node of the same cluster reads it.
    renumber("1#002");
    scene.connect(Kind::Mbg).await;
    scene.scan().await;
    let plan = scene.plan_sync(&[ada.id]).await;
    assert_eq!(
        (plan.counts.update, plan.counts.skip.len()),
        (1, 0),
        "{:?}",
        plan.counts
    );
    scene.sync(plan.id, true).await;
    assert_eq!(scene.user(ada.id).await.fields.directory_number, "1#002");
}

#[tokio::test]
async fn a_number_with_a_hash_and_the_same_with_a_star_are_one_person() {
    let scene = Scene::imported(60).await;
    let (ada, hers) = &scene.known_everywhere().await[0];
    let (usp, mbg) = (of(Kind::Usp, hers), of(Kind::Mbg, hers));
    let pbx = &said(mbg).pbx;
    // Neither names the other's account: the number alone joins them.
    let phones = json!([{ "number": "1*001", "pbx": pbx, "label": "desk", "prime": true }]);
    scene.changes(usp, &json!({ "phones": phones }));
    scene.changes(mbg, &json!({ "directoryNumber": "1#001" }));
    scene.scan().await;
    let joined = scene.entry_of("mbg", &said(mbg).source_id).await;
    assert_eq!(joined, scene.entry_of("usp", &said(usp).source_id).await);
    assert_eq!(joined, ada.entry);
    let plan = scene.plan_sync(&[ada.id]).await;
    assert_eq!(
        (plan.counts.update, plan.counts.skip.len()),
        (1, 0),
        "{:?}",
        plan.counts
    );
}

#[tokio::test]
async fn a_component_that_is_down_leaves_its_people_as_they_are_and_says_so_once() {
    let scene = Scene::imported(60).await;
    let people = scene.known_everywhere().await;
    let (ada, hers) = &people[0];
    scene.changes(
        of(Kind::Usp, hers),
        &json!({ "email": "moved@example.org" }),
    );
    let down = sandbox::fault::Fault::always(sandbox::fault::Trouble::Down);
    scene
        .sandbox
        .control()
        .set_faults(Kind::ClientService, vec![down]);
    let ids: Vec<_> = people.iter().map(|(user, _)| user.id).collect();
    let plan = scene.plan_sync(&ids).await;
    assert_eq!((plan.counts.update, plan.counts.keep), (0, 0));
    let [refused] = &plan.counts.skip[..] else {
        panic!("{:?}", plan.counts)
    };
    assert!(refused.code.starts_with("not-read-"), "{}", refused.code);
    assert!(
        refused
            .reason
            .starts_with("cannot read from client-service: "),
        "{}",
        refused.reason
    );
    assert_eq!(usize::try_from(refused.count).unwrap(), people.len());
    assert_eq!(scene.user(ada.id).await, *ada);
}

#[tokio::test]
async fn who_is_not_found_any_more_is_left_for_a_scan_to_decide_about() {
    let scene = Scene::imported(60).await;
    let (ada, hers) = &scene.known_everywhere().await[0];
    let (kind, stored) = of(Kind::Usp, hers);
    assert!(
        scene
            .sandbox
            .control()
            .remove_record(*kind, &stored.record.source_id)
    );
    let plan = scene.plan_sync(&[ada.id]).await;
    assert_eq!(plan.counts.skip[0].code, "not-there");
    assert_ne!(
        scene.entry(ada.entry.unwrap()).await.state,
        EntryState::Gone
    );
}

#[tokio::test]
async fn a_changed_user_id_takes_the_old_account_away_and_orders_a_new_deployment() {
    for reset in [true, false] {
        let scene = Scene::imported(60).await;
        let people = scene.known_everywhere().await;
        let ((ada, hers), (grace, theirs)) = (&people[0], &people[1]);
        for (user, told) in [(ada, hers), (grace, theirs)] {
            let name = format!("new-{}", user.fields.sip_user);
            scene.changes(of(Kind::Mbg, told), &json!({ "setUserName": name }));
            // USP goes on naming the account, or the two would part.
            let phones = phone(user, &user.fields.directory_number, &name);
            scene.changes(of(Kind::Usp, told), &phones);
        }
        // Only Ada has a phone.
        let tx = scene.store.begin().await.unwrap();
        users::stamp_downloaded(&tx, ada.id).await.unwrap();
        tx.commit().await.unwrap();

        let plan = scene.plan_sync(&[ada.id, grace.id]).await;
        assert_eq!(
            (plan.counts.update, plan.counts.deploy),
            (2, 1),
            "{:?}",
            plan.counts
        );
        let marked = scene.actions(plan.id).await;
        assert_eq!(
            marked
                .iter()
                .filter(|(_, _, deploy)| deploy == "yes")
                .count(),
            1
        );
        scene.sync(plan.id, reset).await;
        let now = scene.user(ada.id).await;
        assert_eq!(now.fields.sip_user, format!("new-{}", ada.fields.sip_user));
        let jobs = store::jobs::newest(&scene.store, None, 50).await.unwrap();
        let ordered: Vec<_> = jobs.iter().filter(|job| job.kind == "deploy").collect();
        if reset {
            assert_eq!((now.state, now.downloaded_at), (UserState::Queued, None));
            assert_eq!((ordered.len(), ordered[0].total), (1, 1));
            let told = users::timeline(&scene.store, ada.id, None, 3)
                .await
                .unwrap();
            assert!(told.iter().any(|event| event.kind == "reset"), "{told:?}");
        } else {
            assert_eq!(now.state, UserState::Downloaded);
            assert!(ordered.is_empty());
        }
    }
}

#[tokio::test]
async fn of_more_people_than_are_read_one_by_one_the_last_scan_counts() {
    let scene = Scene::imported(700).await;
    let (ada, hers) = &scene.known_everywhere().await[0];
    scene.changes(
        of(Kind::Usp, hers),
        &json!({ "email": "moved@example.org" }),
    );
    let (everybody, admin) = (all_users(), crate::office::admin());
    let plan = || import::sync::plan(&scene.store, &everybody, &admin);
    let before = plan().await.unwrap();
    assert!(
        before.counts.total > 500 && before.counts.update == 0,
        "{:?}",
        before.counts
    );
    scene.scan().await;
    let after = plan().await.unwrap();
    assert_eq!(after.counts.update, 1);
    scene.sync(after.id, true).await;
    assert_eq!(scene.user(ada.id).await.fields.email, "moved@example.org");
}
