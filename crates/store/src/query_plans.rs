//! How SQLite carries out the statements that must stay fast however much there is: by an index, without
//! sorting and without reading what is over.

use model::{
    Env, Sort, Timestamp,
    clock::{FixedClock, SystemEntropy},
};
use sea_orm::Value;

use crate::{
    ListQuery, Settings, Store, WrappingKey, dialect::Dialect, entries, jobs, listing::Listed,
    outbox, plans, publications, sql, users,
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

fn query(sort: &str, state: Option<&str>, words: &[&str]) -> ListQuery {
    ListQuery {
        words: words.iter().map(ToString::to_string).collect(),
        state: state.map(str::to_owned),
        sort: sort.parse::<Sort>().unwrap(),
        limit: 50,
        ..ListQuery::default()
    }
}

async fn page_plan(store: &Store, list: Listed, query: &ListQuery) -> String {
    let (text, values) = if list.table == "entry" {
        list.page_statement::<i64>(store, query).await.unwrap()
    } else {
        list.page_statement::<uuid::Uuid>(store, query)
            .await
            .unwrap()
    };
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
    for list in [entries::LISTED, users::LISTED] {
        for sort in ["name", "number", "email", "-name", "-number", "-email"] {
            let plan = page_plan(&store, list, &query(sort, None, &[])).await;
            let index = format!("{}_by_{}", list.table, sort.trim_start_matches('-'));
            assert_walks(&plan, &index);
        }
    }
}

#[tokio::test]
async fn a_state_by_name_walks_its_index() {
    let (_folder, store) = open().await;
    for list in [entries::LISTED, users::LISTED] {
        let plan = page_plan(&store, list, &query("name", Some("new"), &[])).await;
        assert_walks(&plan, &format!("{}_by_state", list.table));
    }
}

#[tokio::test]
async fn a_later_page_is_found_by_key() {
    let (_folder, store) = open().await;
    let later = ListQuery {
        after: Some("NwpsYXN0".to_owned()), // 7, last
        ..query("name", None, &[])
    };
    let plan = page_plan(&store, entries::LISTED, &later).await;
    assert_walks(&plan, "entry_by_name (name_key>?)");
}

#[tokio::test]
async fn a_search_for_one_letter_walks_the_order_and_a_narrow_one_the_search_index() {
    let (_folder, store) = open().await;
    let letter = page_plan(&store, entries::LISTED, &query("name", None, &["a"])).await;
    assert_walks(&letter, "entry_by_name");
    let word = page_plan(&store, entries::LISTED, &query("name", None, &["ada"])).await;
    assert!(word.contains("entry USING INTEGER PRIMARY KEY"), "{word}");
    assert!(word.contains("entry_search"), "{word}");
}

#[tokio::test]
async fn a_walk_over_everything_sorts_nothing() {
    let (_folder, store) = open().await;
    for state in [None, Some("new")] {
        let asked = query("name", state, &[]);
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
}

#[tokio::test]
async fn claims_read_only_what_is_not_over() {
    let (_folder, store) = open().await;
    let job = plan(&store, &jobs::due(Dialect::Sqlite), vec![0_i64.into()]).await;
    assert_walks(&job, "job_due");
    assert!(job.contains("job_one_running"), "{job}");
    let text = outbox::due(Dialect::Sqlite, 20);
    let mail = plan(&store, &text, vec![0_i64.into()]).await;
    assert_walks(&mail, "outbox_due");
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
async fn erasing_a_secret_finds_its_record_by_an_index() {
    let (_folder, store) = open().await;
    // What the foreign key asks at every erasure.
    let text = "SELECT 1 FROM record WHERE secret_id = $1";
    let plan = plan(&store, text, vec![uuid::Uuid::nil().into()]).await;
    assert_walks(&plan, "record_secret");
}
