//! The append-only audit.

use store::audit;

use crate::home::{Home, START, admin};

on_both_engines!(
    a_line_reads_back_newest_first_and_page_by_page,
    the_engine_refuses_to_change_or_remove_a_line,
    a_text_with_a_nul_is_kept_without_it,
);

async fn append(home: &Home, action: &str, detail: &str) {
    home.write(async |tx| audit::append(tx, &admin(), action, "thing", detail).await)
        .await;
}

async fn a_line_reads_back_newest_first_and_page_by_page(home: Home) {
    for action in ["a", "b", "c"] {
        append(&home, action, "in words").await;
    }
    let page = audit::list(&home.store, None, 2).await.unwrap();
    let rest = audit::list(&home.store, Some(page[1].seq), 2)
        .await
        .unwrap();
    let actions: Vec<_> = page
        .iter()
        .chain(&rest)
        .map(|l| l.action.as_str())
        .collect();
    assert_eq!(actions, ["c", "b", "a"]);
    let line = &page[0];
    assert_eq!(
        (line.at, line.actor.as_str(), line.detail.as_str()),
        (START, "ada", "in words")
    );
}

async fn the_engine_refuses_to_change_or_remove_a_line(home: Home) {
    append(&home, "kept", "").await;
    for attempt in ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"] {
        let refused = home.run(attempt).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
    let lines = audit::list(&home.store, None, 10).await.unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].actor, "ada");
}

async fn a_text_with_a_nul_is_kept_without_it(home: Home) {
    append(&home, "odd", "a\0b").await;
    let lines = audit::list(&home.store, None, 10).await.unwrap();
    assert_eq!(lines[0].detail, "a\u{FFFD}b");
}

#[tokio::test]
async fn postgres_refuses_to_empty_the_audit() {
    let home = crate::home::Place::postgres().await.home().await;
    assert!(home.run("TRUNCATE audit").await.is_err());
}
