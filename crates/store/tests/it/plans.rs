//! Plans and their rows.

use model::{EntryId, JobId, PlanId, Refusal, UserId, plan::Action};
use store::plans::{self, Counts, Item, ItemQuery, Plan, Purpose, Standing};

use crate::home::{Home, admin, is_missing};

on_both_engines!(
    a_plan_is_there_once_it_is_complete,
    a_plan_is_carried_out_by_one_job,
    rows_are_carried_out_in_order_and_once,
    rows_are_listed_by_action_and_reason,
    thousands_of_rows_are_planned_and_done,
    a_plan_in_the_making_tells_how_far_it_is_until_it_is_given_up,
    a_plan_whose_maker_ended_counts_as_given_up,
    plans_that_nobody_can_agree_to_any_more_are_cleared_away,
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
    let mut begun = plan(&home);
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
    begun.counts = counts;
    home.write(async |tx| plans::complete(tx, &begun).await)
        .await;
    let found = plans::get(&home.store, begun.id).await.unwrap();
    assert_eq!(found, begun);
    assert_eq!(found.counts.skip[0].count, 2);
}

async fn a_plan_is_carried_out_by_one_job(home: Home) {
    let plan = plan(&home);
    let id = plan.id;
    home.write(async |tx| plans::begin(tx, &plan).await).await;
    let (first, second) = (JobId::new(home.env()), JobId::new(home.env()));
    home.write(async |tx| {
        plans::complete(tx, &plan).await?;
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

async fn standing(home: &Home, id: PlanId) -> Standing {
    plans::find(&home.store, id).await.unwrap().1
}

async fn a_plan_in_the_making_tells_how_far_it_is_until_it_is_given_up(home: Home) {
    let mut made = plan(&home);
    home.write(async |tx| plans::begin(tx, &made).await).await;
    made.counts.total = 1_000;
    home.write(async |tx| plans::advance(tx, &made).await).await;
    let (found, is) = plans::find(&home.store, made.id).await.unwrap();
    assert_eq!((found.counts.total, is), (1_000, Standing::Making));
    assert!(plans::give_up(&home.store, made.id).await.unwrap());
    assert_eq!(standing(&home, made.id).await, Standing::GivenUp);
    let more = home.try_write(async |tx| plans::advance(tx, &made).await);
    assert!(is_missing(&more.await));
    let end = home.try_write(async |tx| plans::complete(tx, &made).await);
    assert!(is_missing(&end.await));
    assert!(!plans::give_up(&home.store, made.id).await.unwrap());
}

async fn a_plan_whose_maker_ended_counts_as_given_up(home: Home) {
    let made = plan(&home);
    home.write(async |tx| plans::begin(tx, &made).await).await;
    home.clock.advance_s(59);
    home.write(async |tx| plans::advance(tx, &made).await).await;
    home.clock.advance_s(59);
    assert_eq!(standing(&home, made.id).await, Standing::Making);
    home.clock.advance_s(2);
    assert_eq!(standing(&home, made.id).await, Standing::GivenUp);
}

async fn plans_that_nobody_can_agree_to_any_more_are_cleared_away(home: Home) {
    let items: Vec<_> = (1..=5_001)
        .map(|n| item(n, Action::Create, "", "yes"))
        .collect();
    let agreed = plan(&home);
    let old = plan(&home);
    let dropped = begun(&home, &items).await;
    for ready in [&agreed, &old] {
        home.write(async |tx| {
            plans::begin(tx, ready).await?;
            plans::add_items(tx, ready.id, &items[..2]).await?;
            plans::complete(tx, ready).await
        })
        .await;
    }
    let job = JobId::new(home.env());
    home.write(async |tx| plans::set_job(tx, agreed.id, job, &admin()).await)
        .await;
    assert!(
        !plans::clear(&home.store).await.unwrap(),
        "all may be wanted"
    );
    plans::give_up(&home.store, dropped).await.unwrap();
    while plans::clear(&home.store).await.unwrap() {}
    assert!(is_missing(&plans::find(&home.store, dropped).await));
    assert_eq!(home.number("SELECT COUNT(*) FROM plan_item").await, 4);
    home.clock.advance_s(3600 + 24 * 3600 + 1);
    while plans::clear(&home.store).await.unwrap() {}
    assert!(is_missing(&plans::find(&home.store, old.id).await));
    assert_eq!(
        plans::get(&home.store, agreed.id).await.unwrap().job,
        Some(job)
    );
    assert_eq!(home.number("SELECT COUNT(*) FROM plan_item").await, 2);
}
