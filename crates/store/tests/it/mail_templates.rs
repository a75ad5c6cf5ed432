//! Versions of mail templates: per language, for everybody or one profile.

use model::{Actor, Language, ProfileId};
use store::mail_templates::{self, Scope};
use uuid::Uuid;

use crate::home::{Home, is_missing};

on_both_engines!(
    a_template_is_kept_in_versions_per_language_and_profile,
    two_who_change_one_version_do_not_both_win,
);

const GERMAN: Scope = Scope {
    language: Language::German,
    profile: None,
};

impl Home {
    async fn keep_template(&self, scope: Scope, seen: i64, template: Option<&str>) -> Option<i64> {
        let actor = Actor("grace".to_owned());
        self.write(async |tx| mail_templates::keep(tx, scope, seen, template, &actor).await)
            .await
    }
}

async fn a_template_is_kept_in_versions_per_language_and_profile(home: Home) {
    let own = Scope {
        profile: Some(ProfileId(Uuid::from_u128(7))),
        ..GERMAN
    };
    assert_eq!(home.keep_template(GERMAN, 0, Some("{1}")).await, Some(1));
    assert_eq!(home.keep_template(GERMAN, 1, None).await, Some(2));
    assert_eq!(home.keep_template(own, 0, Some("{own}")).await, Some(1));
    let newest = mail_templates::newest(&home.store).await.unwrap();
    let told: Vec<_> = newest
        .iter()
        .map(|v| (v.scope, v.number, v.template.as_deref()))
        .collect();
    assert_eq!(told, [(GERMAN, 2, None), (own, 1, Some(""))]);
    let found = mail_templates::find(&home.store, own)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.template.as_deref(), found.actor.as_str()),
        (Some("{own}"), "grace")
    );
    let all = mail_templates::versions(&home.store, GERMAN, None, 9)
        .await
        .unwrap();
    assert_eq!(all.iter().map(|v| v.number).collect::<Vec<_>>(), [2, 1]);
    let older = mail_templates::versions(&home.store, GERMAN, Some(2), 9)
        .await
        .unwrap();
    assert_eq!(older, all[1..]);
    let by_id = mail_templates::by_id(&home.store, &[all[1].id, found.id]).await;
    assert_eq!(by_id.unwrap().len(), 2);
    let first = mail_templates::version(&home.store, GERMAN, 1)
        .await
        .unwrap();
    assert_eq!(first.template.as_deref(), Some("{1}"));
    assert!(is_missing(
        &mail_templates::version(&home.store, GERMAN, 3).await
    ));
}

async fn two_who_change_one_version_do_not_both_win(home: Home) {
    assert_eq!(home.keep_template(GERMAN, 0, Some("{1}")).await, Some(1));
    assert_eq!(home.keep_template(GERMAN, 0, Some("{2}")).await, None);
    let standing = mail_templates::find(&home.store, GERMAN)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(standing.template.as_deref(), Some("{1}"));
}
