//! The conformance suite: every fact about the store holds on SQLite and on PostgreSQL alike. Each fact is a
//! function of a fresh [`home::Home`] and becomes two tests, `FACT::sqlite` and `FACT::postgres`.

#![expect(
    clippy::unwrap_used,
    reason = "a fact fails by panicking where its subject breaks"
)]

/// Makes each named fact a test on either engine.
macro_rules! on_both_engines {
    ($($fact:ident),+ $(,)?) => {$(
        mod $fact {
            #[tokio::test]
            async fn sqlite() {
                super::$fact(crate::home::Place::sqlite().home().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$fact(crate::home::Place::postgres().await.home().await).await;
            }
        }
    )+};
}

mod access;
mod audit;
mod brand;
mod claims;
mod connections;
mod contacts;
mod decisions;
mod deployments;
mod devices;
mod entries;
mod filters;
mod home;
mod jobs;
mod look;
mod mail_templates;
mod mailbox;
mod opening;
mod outbox;
mod pages;
mod paging;
mod people;
mod plans;
mod profiles;
mod provisioning;
mod publications;
mod records;
mod scim;
mod search;
mod secrets;
mod self_passes;
mod stale;
mod users;
