//! Deployments: one offer each, and how a newer one ends those before.

use model::{LinkMode, deployment::DeploymentState, ticket::LinkHash};
use store::{deployments, publications, secrets};

use crate::home::{Home, START, is_missing};

on_both_engines!(
    a_deployment_is_made_with_its_mail_and_its_link,
    a_direct_link_is_not_published,
    a_newer_deployment_ends_the_one_before,
    a_newer_deployment_of_others_ends_nothing,
    a_seen_link_keeps_its_first_time,
    a_downloaded_deployment_says_so,
    thousands_are_deployed_twice,
);

async fn a_deployment_is_made_with_its_mail_and_its_link(home: Home) {
    let people = home.users(1..=1).await;
    let offer = home.deploy(&people, LinkMode::Redirect).await.remove(0);
    let found = deployments::get(&home.store, offer.id).await.unwrap();
    assert_eq!(
        (found.user, found.state),
        (people[0], DeploymentState::Queued)
    );
    assert_eq!((found.secret, found.places), (Some(offer.secret), 3));
    assert_eq!(
        (found.message_id, found.expires_at),
        (offer.message_id, offer.expires_at)
    );
    assert_eq!(home.mails().await, [("waiting".to_owned(), 1)].into());
    let links = publications::open(&home.store, 10).await.unwrap();
    assert_eq!(links.len(), 1);
    assert_eq!(
        (links[0].ticket, links[0].version, links[0].ended),
        (offer.ticket, 1, false)
    );
    let by_ticket = deployments::find_by_ticket(&home.store, offer.ticket)
        .await
        .unwrap();
    assert_eq!(by_ticket.unwrap().id, offer.id);
    let unknown = LinkHash::of("no such ticket");
    assert_eq!(
        deployments::find_by_ticket(&home.store, unknown)
            .await
            .unwrap(),
        None
    );
    let inside = home
        .write(async |tx| deployments::find_by_ticket_in(tx, offer.ticket).await)
        .await;
    assert_eq!(inside.unwrap().id, offer.id);
}

async fn a_direct_link_is_not_published(home: Home) {
    let people = home.users(1..=1).await;
    home.deploy(&people, LinkMode::Direct).await;
    assert!(
        publications::open(&home.store, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_newer_deployment_ends_the_one_before(home: Home) {
    let people = home.users(1..=1).await;
    let first = home.deploy(&people, LinkMode::Redirect).await.remove(0);
    home.clock.advance_s(1);
    let second = home.deploy(&people, LinkMode::Redirect).await.remove(0);
    let old = deployments::get(&home.store, first.id).await.unwrap();
    assert_eq!((old.state, old.secret), (DeploymentState::Superseded, None));
    let secret = secrets::open(&home.store, secrets::Purpose::Ticket, first.secret).await;
    assert!(is_missing(&secret));
    let mails = [("cancelled".to_owned(), 1), ("waiting".to_owned(), 1)];
    assert_eq!(home.mails().await, mails.into());
    let links = publications::open(&home.store, 10).await.unwrap();
    let ended = links
        .iter()
        .find(|link| link.ticket == first.ticket)
        .unwrap();
    assert_eq!((ended.ended, ended.version), (true, 2));
    let all = deployments::of_user(&home.store, people[0]).await.unwrap();
    assert_eq!(
        all.iter().map(|d| d.id).collect::<Vec<_>>(),
        [second.id, first.id]
    );
}

async fn a_newer_deployment_of_others_ends_nothing(home: Home) {
    let people = home.users(1..=2).await;
    let first = home
        .deploy(&people[..1], LinkMode::Redirect)
        .await
        .remove(0);
    home.deploy(&people[1..], LinkMode::Redirect).await;
    let kept = deployments::get(&home.store, first.id).await.unwrap();
    assert_eq!(
        (kept.state, kept.secret),
        (DeploymentState::Queued, Some(first.secret))
    );
    assert_eq!(home.mails().await, [("waiting".to_owned(), 2)].into());
    let links = publications::open(&home.store, 10).await.unwrap();
    assert!(links.len() == 2 && links.iter().all(|link| !link.ended));
    let secret = secrets::open(&home.store, secrets::Purpose::Ticket, first.secret).await;
    assert!(!is_missing(&secret));
}

async fn a_seen_link_keeps_its_first_time(home: Home) {
    let people = home.users(1..=1).await;
    let offer = home.deploy(&people, LinkMode::Redirect).await.remove(0);
    for _ in 0..2 {
        home.write(async |tx| deployments::stamp_seen(tx, offer.id).await)
            .await;
        home.clock.advance_s(1);
    }
    let found = deployments::get(&home.store, offer.id).await.unwrap();
    assert_eq!(found.seen_at, Some(START));
}

async fn a_downloaded_deployment_says_so(home: Home) {
    let people = home.users(1..=1).await;
    let first = home.deploy(&people, LinkMode::Direct).await.remove(0);
    let stamp = async |id| {
        home.write(async |tx| deployments::stamp_downloaded(tx, id).await)
            .await;
    };
    let state = async |id| deployments::get(&home.store, id).await.unwrap().state;
    stamp(first.id).await;
    assert_eq!(state(first.id).await, DeploymentState::Downloaded);
    home.deploy(&people, LinkMode::Direct).await;
    stamp(first.id).await;
    assert_eq!(state(first.id).await, DeploymentState::Superseded);
}

async fn thousands_are_deployed_twice(home: Home) {
    let people = home.users(1..=2500).await;
    home.deploy(&people, LinkMode::Redirect).await;
    let second = home.deploy(&people, LinkMode::Redirect).await;
    let mails = [("cancelled".to_owned(), 2500), ("waiting".to_owned(), 2500)];
    assert_eq!(home.mails().await, mails.into());
    assert_eq!(home.number("SELECT COUNT(*) FROM secret").await, 2500);
    let ids: Vec<_> = second.iter().map(|offer| offer.id).collect();
    let found = deployments::by_id(&home.store, &ids).await.unwrap();
    assert!(found.len() == 2500 && found.iter().all(|d| d.state == DeploymentState::Queued));
}
