//! The brand: the settings file's counts until somebody says another on the page, and every change has a version of its own.

use model::Actor;
use store::{audit, brand};

use crate::home::{Home, START};

on_both_engines!(
    the_file_s_brand_counts_until_somebody_says_another,
    two_who_change_one_brand_do_not_both_win,
    a_brand_s_version_only_rises,
);

impl Home {
    async fn note_file(&self, file: &str) {
        self.write(async |tx| brand::note_file(tx, file).await)
            .await;
    }

    async fn keep_brand(&self, seen: i64, page: Option<&str>) -> Option<i64> {
        let actor = Actor("grace".to_owned());
        self.write(async |tx| brand::keep(tx, seen, page, "name", &actor).await)
            .await
    }

    async fn brand(&self) -> brand::Standing {
        brand::get(&self.store).await.unwrap()
    }
}

async fn the_file_s_brand_counts_until_somebody_says_another(home: Home) {
    assert_eq!(home.brand().await.version, 0, "no server has started");
    home.note_file("{}").await;
    let first = home.brand().await;
    assert_eq!((first.version, first.at), (START.0, None), "published once");
    home.clock.advance_s(1);
    home.note_file("{}").await;
    assert_eq!(home.brand().await, first, "the same file changes nothing");
    home.note_file("{file}").await;
    let changed = home.brand().await;
    assert!(changed.version > first.version);
    assert_eq!(
        (changed.file.as_str(), changed.actor.as_str()),
        ("{file}", "rollcall")
    );
    home.clock.advance_s(1);
    let version = home.keep_brand(changed.version, Some("{page}")).await;
    home.note_file("{another file}").await;
    let said = home.brand().await;
    assert_eq!(Some(said.version), version, "the file does not count now");
    assert_eq!(
        (said.file.as_str(), said.page.as_deref()),
        ("{another file}", Some("{page}"))
    );
    home.keep_brand(said.version, None).await.unwrap();
    let back = home.brand().await;
    assert_eq!((back.page, back.actor.as_str()), (None, "grace"));
    let lines = audit::list(&home.store, None, 9).await.unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.action.as_str(), line.subject.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("brand.reset", "page"),
            ("brand.changed", "page"),
            ("brand.changed", "settings")
        ]
    );
}

async fn two_who_change_one_brand_do_not_both_win(home: Home) {
    home.note_file("{}").await;
    let seen = home.brand().await.version;
    let both = tokio::join!(
        home.keep_brand(seen, Some("{one}")),
        home.keep_brand(seen, Some("{two}"))
    );
    let won = [both.0, both.1].into_iter().flatten().count();
    assert_eq!(won, 1);
    assert_eq!(home.keep_brand(seen, None).await, None);
    let lines = audit::list(&home.store, None, 9).await.unwrap();
    assert_eq!(lines.len(), 1, "who did not win did nothing");
}

async fn a_brand_s_version_only_rises(home: Home) {
    home.note_file("{}").await;
    let first = home.brand().await.version;
    // Within one millisecond.
    let second = home.keep_brand(first, Some("{one}")).await.unwrap();
    let third = home.keep_brand(second, Some("{two}")).await.unwrap();
    assert!(first < second && second < third);
    assert_eq!(brand::version(&home.store).await.unwrap(), third);
    for version in [third, second] {
        home.write(async |tx| brand::was_published(tx, version).await)
            .await;
        assert_eq!(home.brand().await.published, third);
    }
}
