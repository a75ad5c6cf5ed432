//! Plans and their rows.

use model::{EntryId, JobId, PlanId, Refusal, UserId, plan::Action};
use store::plans::{self, Counts, Item, ItemQuery, Plan, Purpose};

use crate::home::{Home, admin, is_missing};

on_both_engines!(
    a_plan_is_there_once_it_is_complete,
    a_plan_is_carried_out_by_one_job,
    rows_are_carried_out_in_order_and_once,
    rows_are_listed_by_action_and_reason,
    thousands_of_rows_are_planned_and_done,
);

fn plan(home: &Home) -> Plan {
    Plan {
        argument: String::new(),
        id: PlanId::new(home.env()),
        purpose: Purpose::Import,
        profile: None,
        deploy: true,
        selection: r#"{"all":true}"#.into(),
        counts: Counts::default(),
        actor: "ada".into(),
        created_at: home.now(),
        expires_at: home.now().plus_s(3600),
        job: None,
    }
}

fn item(n: i64, action: Action, reason: &str, deploy: &str) -> Item {
    Item {
        n,
        entry: Some(EntryId(100 + n)),
        user: None,
        action,
        reason: reason.into(),
        deploy: deploy.into(),
        label: format!("Person {n}"),
        hash: [7; 16],
    }
}

async fn begun(home: &Home, items: &[Item]) -> PlanId {
    let plan = plan(home);
    home.write(async |tx| {
        plans::begin(tx, &plan).await?;
        plans::add_items(tx, plan.id, items).await
    })
    .await;
    plan.id
}

async fn open(home: &Home, plan: PlanId, limit: i64) -> Vec<i64> {
    let items = plans::open_items(&home.store, plan, limit).await.unwrap();
    items.iter().map(|item| item.n).collect()
}

async fn done(home: &Home, plan: PlanId, ns: &[i64]) {
    home.write(async |tx| plans::mark_done(tx, plan, ns).await)
        .await;
}

async fn a_plan_is_there_once_it_is_complete(home: Home) {
    let begun = plan(&home);
    home.write(async |tx| plans::begin(tx, &begun).await).await;
    assert!(is_missing(&plans::get(&home.store, begun.id).await));
    let mut counts = Counts {
        total: 3,
        create: 1,
        ..Counts::default()
    };
    let refusal = Refusal::new("conflict", "records contradict", "look at it");
    plans::count(&mut counts.skip, &refusal);
    plans::count(&mut counts.skip, &refusal);
    home.write(async |tx| plans::complete(tx, begun.id, &counts).await)
        .await;
    let found = plans::get(&home.store, begun.id).await.unwrap();
    assert_eq!(found, Plan { counts, ..begun });
    assert_eq!(found.counts.skip[0].count, 2);
}

async fn a_plan_is_carried_out_by_one_job(home: Home) {
    let id = begun(&home, &[]).await;
    let (first, second) = (JobId::new(home.env()), JobId::new(home.env()));
    home.write(async |tx| {
        plans::complete(tx, id, &Counts::default()).await?;
        plans::set_job(tx, id, first, &admin()).await?;
        plans::set_job(tx, id, second, &admin()).await
    })
    .await;
    let inside = home.write(async |tx| plans::get_in(tx, id).await).await;
    assert_eq!(inside.job, Some(first));
}

async fn rows_are_carried_out_in_order_and_once(home: Home) {
    let mut last = item(4, Action::Update, "", "yes");
    last.user = Some(UserId::new(home.env()));
    let items = [
        item(1, Action::Create, "", "yes"),
        item(2, Action::Skip, "conflict", ""),
        item(3, Action::Keep, "", "no-address"),
        last.clone(),
    ];
    let id = begun(&home, &items).await;
    assert_eq!(open(&home, id, 2).await, [1, 3]);
    done(&home, id, &[1, 3]).await;
    assert_eq!(
        plans::open_items(&home.store, id, 10).await.unwrap(),
        [last]
    );
    done(&home, id, &[4]).await;
    assert!(open(&home, id, 10).await.is_empty());
}

async fn rows_are_listed_by_action_and_reason(home: Home) {
    let items = [
        item(1, Action::Create, "", "yes"),
        item(2, Action::Skip, "conflict", ""),
        item(3, Action::Create, "", "no-address"),
        item(4, Action::Skip, "gone", ""),
    ];
    let id = begun(&home, &items).await;
    done(&home, id, &[1]).await;
    let list = async |action, reason: Option<&str>, after| {
        let query = ItemQuery {
            action,
            reason: reason.map(str::to_owned),
            after,
            limit: 2,
        };
        let items = plans::items(&home.store, id, &query).await.unwrap();
        items.iter().map(|item| item.n).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, 0).await, [1, 2]);
    assert_eq!(list(None, None, 2).await, [3, 4]);
    assert_eq!(list(Some(Action::Skip), None, 0).await, [2, 4]);
    assert_eq!(list(Some(Action::Skip), Some("gone"), 0).await, [4]);
    assert_eq!(list(None, Some("no-address"), 0).await, [3]);
    let query = ItemQuery {
        limit: 1,
        ..ItemQuery::default()
    };
    let inside = home
        .write(async |tx| plans::items_in(tx, id, &query).await)
        .await;
    assert_eq!(inside, items[..1]);
}

async fn thousands_of_rows_are_planned_and_done(home: Home) {
    let items: Vec<_> = (1..=5000)
        .map(|n| item(n, Action::Create, "", "yes"))
        .collect();
    let id = begun(&home, &items).await;
    let other = begun(&home, &items[..1]).await;
    let ns: Vec<_> = (1..5000).collect();
    done(&home, id, &ns).await;
    assert_eq!(open(&home, id, 10_000).await, [5000]);
    assert_eq!(
        open(&home, other, 10).await,
        [1],
        "another plan's rows stay"
    );
}
