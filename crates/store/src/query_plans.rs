//! How SQLite carries out the statements that must stay fast however much there is: by an index, without
//! sorting and without reading what is over.

use model::{
    EntryFilter, Env, Query, Sort, SortColumn, Timestamp,
    clock::{FixedClock, SystemEntropy},
};
use sea_orm::Value;

use crate::{
    Filter, ListQuery, Settings, Store, USER_SORTS, WrappingKey,
    dialect::Dialect,
    entries, funnel, jobs,
    listed::{Listed, Order, Way},
    outbox, plans, provisioning, publications, sql, users,
};

async fn open() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let env = Env::new(FixedClock::at(Timestamp(0)), SystemEntropy);
    let settings = Settings {
        database_url: "",
        data: folder.path(),
        key: WrappingKey::random(&env),
    };
    let store = Store::open(settings, env).await.unwrap();
    (folder, store)
}

/// The lines of `EXPLAIN QUERY PLAN`.
async fn plan(store: &Store, text: &str, values: Vec<Value>) -> String {
    let explain = format!("EXPLAIN QUERY PLAN {text}");
    let rows = sql::all(store, &explain, values).await.unwrap();
    let lines = rows.iter().map(|row| row.get::<String>(3).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

fn query(sort: Sort, filter: &str, search: &str) -> ListQuery {
    let query = Query {
        q: search.to_owned(),
        filter: filter.to_owned(),
    };
    ListQuery::entries(&query, sort, 50).unwrap()
}

fn by(column: SortColumn) -> Sort {
    Sort {
        column,
        descending: false,
    }
}

async fn page_plan(store: &Store, list: Listed, query: &ListQuery, way: Way) -> String {
    let order = if list.table == "entry" {
        Order::new::<i64>(query)
    } else {
        Order::new::<uuid::Uuid>(query)
    };
    let (text, values) = list.statement(store, query, &order, way, None);
    plan(store, &text, values).await
}

#[track_caller]
fn assert_walks(plan: &str, index: &str) {
    assert!(plan.contains(index), "{index} is not used:\n{plan}");
    assert!(
        !plan.contains("TEMP B-TREE"),
        "something is sorted:\n{plan}"
    );
}

#[tokio::test]
async fn the_first_page_walks_an_index_in_every_order() {
    let (_folder, store) = open().await;
    for (list, columns) in [
        (entries::LISTED, &SortColumn::ALL[..]),
        (users::LISTED, &USER_SORTS),
    ] {
        for (column, descending) in columns.iter().flat_map(|c| [(*c, false), (*c, true)]) {
            let asked = query(Sort { column, descending }, "", "");
            assert_eq!(list.way(&store, &asked).await.unwrap(), Way::Walk);
            let plan = page_plan(&store, list, &asked, Way::Walk).await;
            assert_walks(&plan, &format!("{}_by_{}", list.table, column.name()));
        }
    }
}

#[tokio::test]
async fn a_state_and_a_pbx_walk_an_index_of_their_own_where_the_order_has_one() {
    let (_folder, store) = open().await;
    for (filter, column, index) in [
        ("state=new", SortColumn::Name, "entry_by_state (state=?)"),
        ("state=new", SortColumn::State, "entry_by_state (state=?)"),
        ("pbx=HQ-1", SortColumn::Number, "entry_by_pbx (pbx_key=?)"),
        ("pbx=HQ-1", SortColumn::Pbx, "entry_by_pbx (pbx_key=?)"),
    ] {
        let asked = query(by(column), filter, "");
        assert_eq!(
            entries::LISTED.way(&store, &asked).await.unwrap(),
            Way::Walk
        );
        let plan = page_plan(&store, entries::LISTED, &asked, Way::Walk).await;
        assert_walks(&plan, index);
    }
    let users = ListQuery {
        filter: Filter::Users(model::UserFilter::parse("state=queued").unwrap()),
        ..query(Sort::default(), "", "")
    };
    let plan = page_plan(&store, users::LISTED, &users, Way::Walk).await;
    assert_walks(&plan, "users_by_state (state=?)");
}

#[tokio::test]
async fn what_a_filter_finds_is_found_by_an_index_and_gathered_by_id() {
    let (_folder, store) = open().await;
    let connection = format!("connection={}", uuid::Uuid::nil());
    for (filter, index) in [
        ("state=new", "entry_by_state"),
        ("pbx=HQ-1", "entry_by_pbx"),
        ("note=proposed", "entry_proposed"),
        ("note=second-line", "entry_second_line"),
        ("note=fault", "entry_fault"),
        ("lacks=last-name", "entry_without_name"),
        ("lacks=email", "entry_without_email"),
        ("profile=Office", "entry_proposal"),
        ("scan=changed", "entry_by_round"),
        (connection.as_str(), "record_present"),
    ] {
        let asked = query(by(SortColumn::Mbg), filter, "");
        let gathered = page_plan(&store, entries::LISTED, &asked, Way::Gather(0)).await;
        assert!(gathered.contains(index), "{filter}: {gathered}");
        let by_id = "entry USING INTEGER PRIMARY KEY (rowid=?)";
        assert!(gathered.contains(by_id), "{filter}: {gathered}");
        let walked = page_plan(&store, entries::LISTED, &asked, Way::Walk).await;
        assert_walks(&walked, "entry_by_mbg");
        assert_eq!(EntryFilter::parse(filter).unwrap().to_string(), filter);
    }
    let users = ListQuery {
        filter: Filter::Users(model::UserFilter::parse("source=changed").unwrap()),
        ..query(Sort::default(), "", "")
    };
    let of_job = format!("job={}", uuid::Uuid::nil());
    let at_a_step = format!("{of_job}&step=unregistered");
    for (filter, index) in [
        ("registered=never", "users_never_registered"),
        ("registered=once", "users_registered"),
        ("silent_days=7", "users_registered"),
        ("age_days=7", "users_by_import"),
        ("link=unseen", "deployment_unseen"),
        ("link=unopened", "deployment_unopened"),
        ("link=opened", "deployment_opened"),
        ("configuration=out-of-date", "device_out_of_date"),
        (of_job.as_str(), "deployment_by_job"),
        (at_a_step.as_str(), "deployment_by_job"),
        ("reached=deployed", "users_deployed"),
        ("reached=downloaded", "users_downloaded"),
    ] {
        let asked = ListQuery {
            filter: Filter::Users(model::UserFilter::parse(filter).unwrap()),
            ..query(Sort::default(), "", "")
        };
        let gathered = page_plan(&store, users::LISTED, &asked, Way::Gather(0)).await;
        assert!(gathered.contains(index), "{filter}: {gathered}");
    }
    for profile in [uuid::Uuid::nil().to_string(), "none".to_owned()] {
        let filter = model::UserFilter::parse(&format!("profile={profile}")).unwrap();
        let of_profile = ListQuery {
            filter: Filter::Users(filter),
            ..query(Sort::default(), "", "")
        };
        let gathered = page_plan(&store, users::LISTED, &of_profile, Way::Gather(0)).await;
        assert!(gathered.contains("users_by_profile"), "{gathered}");
    }
    let gathered = page_plan(&store, users::LISTED, &users, Way::Gather(0)).await;
    assert!(gathered.contains("entry_drifted"), "{gathered}");
    assert!(
        gathered.contains("sqlite_autoindex_users_1 (id=?)"),
        "{gathered}"
    );
}

#[tokio::test]
async fn a_later_page_is_found_by_key() {
    let (_folder, store) = open().await;
    let later = ListQuery {
        after: Some("NwpsYXN0".to_owned()), // 7, last
        ..query(Sort::default(), "", "")
    };
    let plan = page_plan(&store, entries::LISTED, &later, Way::Walk).await;
    assert_walks(&plan, "entry_by_name (name_key>?)");
}

#[tokio::test]
async fn a_search_for_two_letters_walks_the_order_and_a_longer_one_uses_the_search_index() {
    let (_folder, store) = open().await;
    let letters = query(Sort::default(), "", "ad");
    assert_eq!(
        entries::LISTED.way(&store, &letters).await.unwrap(),
        Way::Walk
    );
    let word = query(Sort::default(), "", "ada");
    assert_eq!(
        entries::LISTED.way(&store, &word).await.unwrap(),
        Way::Gather(0)
    );
    let gathered = page_plan(&store, entries::LISTED, &word, Way::Gather(0)).await;
    assert!(
        gathered.contains("entry USING INTEGER PRIMARY KEY"),
        "{gathered}"
    );
    assert!(gathered.contains("entry_search"), "{gathered}");
    let skimmed = page_plan(&store, entries::LISTED, &word, Way::Skim).await;
    assert!(
        skimmed.contains("entry USING COVERING INDEX entry_by_name"),
        "{skimmed}"
    );
}

#[tokio::test]
async fn users_are_found_by_their_own_search_index() {
    let (_folder, store) = open().await;
    let word = query(Sort::default(), "", "ada");
    let gathered = page_plan(&store, users::LISTED, &word, Way::Gather(0)).await;
    for part in [
        "user_search VIRTUAL TABLE",
        "person USING INDEX users_number",
    ] {
        assert!(gathered.contains(part), "{gathered}");
    }
}

#[tokio::test]
async fn a_walk_over_everything_sorts_nothing() {
    let (_folder, store) = open().await;
    let asked = query(Sort::default(), "", "");
    let (text, values) = entries::LISTED
        .after_statement(&store, &asked, 0_i64, 500)
        .await
        .unwrap();
    let entries = plan(&store, &text, values).await;
    assert_walks(&entries, "entry USING INTEGER PRIMARY KEY (rowid>?)");
    let (text, values) = users::LISTED
        .after_statement(&store, &asked, uuid::Uuid::nil(), 500)
        .await
        .unwrap();
    let users = plan(&store, &text, values).await;
    assert_walks(&users, "sqlite_autoindex_users_1 (id>?)");
}

#[tokio::test]
async fn claims_read_only_what_is_not_over() {
    let (_folder, store) = open().await;
    let job = plan(&store, &jobs::due(Dialect::Sqlite), vec![0_i64.into()]).await;
    assert_walks(&job, "job_due");
    assert!(job.contains("job_one_running"), "{job}");
    let text = outbox::due(Dialect::Sqlite, 20);
    let mail = plan(&store, &text, vec![0_i64.into()]).await;
    assert_walks(&mail, "outbox_due (due_at<?)");
    assert!(mail.contains("p USING INDEX publication_"), "{mail}");
    let link = plan(&store, publications::OPEN, vec![500_i64.into()]).await;
    assert_walks(&link, "publication_open");
}

#[tokio::test]
async fn the_rest_of_a_plan_is_found_without_reading_what_is_done() {
    let (_folder, store) = open().await;
    let values = vec![uuid::Uuid::nil().into(), 500_i64.into()];
    let plan = plan(&store, &plans::still_open(Dialect::Sqlite), values).await;
    assert_walks(&plan, "plan_item_open");
}

#[tokio::test]
async fn how_a_wave_stands_is_counted_over_indexes_of_its_own() {
    let (_folder, store) = open().await;
    let plan = plan(&store, funnel::OF_WAVE, vec![uuid::Uuid::nil().into()]).await;
    for index in [
        "deployment_last_of_job (job_id=? AND created_at=?)",
        "deployment_queued_of_job",
        "deployment_refused_of_job",
    ] {
        assert_walks(&plan, index);
    }
    assert!(!plan.contains("deployment_by_job"), "{plan}");
}

#[tokio::test]
async fn erasing_a_secret_finds_its_record_by_an_index() {
    let (_folder, store) = open().await;
    // What the foreign key asks at every erasure.
    let text = "SELECT 1 FROM record WHERE secret_id = $1";
    let plan = plan(&store, text, vec![uuid::Uuid::nil().into()]).await;
    assert_walks(&plan, "record_secret");
}

#[tokio::test]
async fn a_configuration_is_read_by_keys_and_sorts_nothing() {
    let (_folder, store) = open().await;
    for text in [&*provisioning::BY_LINK, &*provisioning::BY_USER] {
        let plan = plan(&store, text, vec![uuid::Uuid::nil().into()]).await;
        assert!(plan.contains("SEARCH u "), "{plan}");
        for slow in ["SCAN", "TEMP B-TREE"] {
            assert!(!plan.contains(slow), "{plan}");
        }
    }
}
