//! Deployments: one offer each, and how a newer one ends those before.

use model::{
    ClientKind, DeploymentId, DeviceId, LinkMode,
    deployment::{DeploymentState, DeviceState},
    ticket::LinkHash,
};
use store::{
    deployments::{self, Visit},
    devices::{self, Device},
    publications, secrets, users,
};

use crate::home::{Home, START, is_missing};

on_both_engines!(
    a_deployment_is_made_with_its_mail_and_its_link,
    a_direct_link_is_not_published,
    a_newer_deployment_ends_the_one_before,
    a_newer_deployment_of_others_ends_nothing,
    a_visit_keeps_its_first_time_and_is_told_once,
    several_nodes_tell_a_visit_once,
    who_reads_visits_beside_another_waits_for_it,
    links_are_forgotten_ninety_days_after_their_end,
    a_code_gives_a_ticket_of_the_same_deployment_for_a_while,
    a_link_whose_places_are_taken_for_good_is_over,
    a_printed_deployment_has_no_mail_and_ends_the_one_before,
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

async fn a_visit_keeps_its_first_time_and_is_told_once(home: Home) {
    let people = home.users(1..=2).await;
    let offers = home.deploy(&people, LinkMode::Redirect).await;
    let visit = |ticket, is_opening, at| Visit {
        ticket,
        is_opening,
        at: START.plus_s(at),
    };
    let (first, second) = (offers[0].ticket, offers[1].ticket);
    let visits = [
        visit(first, false, 7),
        visit(first, false, 5),
        visit(first, true, 9),
        visit(LinkHash([9; 32]), false, 1),
    ];
    for _ in 0..2 {
        home.write(async |tx| deployments::stamp_visits(tx, &visits).await)
            .await;
    }
    home.write(async |tx| {
        deployments::stamp_visits(tx, &[visit(first, true, 1), visit(second, true, 3)]).await
    })
    .await;
    let kept = async |id| deployments::get(&home.store, id).await.unwrap();
    let found = kept(offers[0].id).await;
    assert_eq!(found.seen_at, Some(START.plus_s(5)));
    assert_eq!(found.opened_at, Some(START.plus_s(9)));
    let other = kept(offers[1].id).await;
    assert_eq!(
        (other.seen_at, other.opened_at),
        (None, Some(START.plus_s(3)))
    );
    let told = users::timeline(&home.store, people[0], None, 10)
        .await
        .unwrap();
    let mut kinds: Vec<_> = told.iter().map(|event| event.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["link-opened", "link-seen"]);
}

async fn several_nodes_tell_a_visit_once(home: Home) {
    let people = home.users(1..=2).await;
    let offers = home.deploy(&people, LinkMode::Redirect).await;
    let mut visits: Vec<_> = offers
        .iter()
        .map(|offer| Visit {
            ticket: offer.ticket,
            is_opening: false,
            at: START,
        })
        .collect();
    let mut nodes = Vec::new();
    for _ in 0..4 {
        visits.reverse();
        let (node, visits) = (home.another_process().await, visits.clone());
        nodes.push(tokio::spawn(async move {
            let tx = node.begin().await.unwrap();
            deployments::stamp_visits(&tx, &visits).await.unwrap();
            tx.commit().await.unwrap();
        }));
    }
    for node in nodes {
        node.await.unwrap();
    }
    for user in people {
        let told = users::timeline(&home.store, user, None, 10).await.unwrap();
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

async fn who_reads_visits_beside_another_waits_for_it(home: Home) {
    let other = home.another_process().await;
    let tx = home.store.begin().await.unwrap();
    assert_eq!(deployments::visits_read_in(&tx).await.unwrap(), 0);
    let beside = tokio::spawn(async move {
        let tx = other.begin().await.unwrap();
        deployments::visits_read_in(&tx).await.unwrap()
    });
    deployments::note_visits_read(&tx, 5).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(beside.await.unwrap(), 5);
}

async fn links_are_forgotten_ninety_days_after_their_end(home: Home) {
    let people = home.users(1..=1).await;
    let offer = home.deploy(&people, LinkMode::Redirect).await.remove(0);
    let found = deployments::find_by_ticket(&home.store, offer.ticket).await;
    let (deployment, typed) = (found.unwrap().unwrap(), LinkHash([7; 32]));
    home.write(async |tx| {
        deployments::add_code_ticket(tx, &deployment, typed, START.plus_s(900)).await
    })
    .await;
    let links = publications::open(&home.store, 10).await.unwrap();
    home.write(async |tx| publications::accept(tx, &links).await)
        .await;
    let left = async || {
        home.number(
            "SELECT (SELECT COUNT(*) FROM code_ticket) + (SELECT COUNT(*) FROM publication)",
        )
        .await
    };
    home.clock.advance_s(90 * 86_400);
    assert!(!deployments::clear(&home.store).await.unwrap());
    assert_eq!(left().await, 3);
    home.clock.advance_s(901);
    assert!(deployments::clear(&home.store).await.unwrap());
    assert_eq!(left().await, 1, "the code's ticket and what was told of it");
    home.clock.advance_s(14 * 86_400);
    assert!(deployments::clear(&home.store).await.unwrap());
    assert_eq!(left().await, 0);
}

async fn a_code_gives_a_ticket_of_the_same_deployment_for_a_while(home: Home) {
    let people = home.users(1..=1).await;
    let offer = home.deploy(&people, LinkMode::Relay).await.remove(0);
    let found = deployments::find_by_code(&home.store, offer.code_mac)
        .await
        .unwrap();
    let found = found.unwrap();
    assert_eq!(found.id, offer.id);
    assert!(
        deployments::find_by_code(&home.store, [0; 32])
            .await
            .unwrap()
            .is_none()
    );
    let ticket = LinkHash([7; 32]);
    let ends = START.plus_s(900);
    let language = home
        .write(async |tx| deployments::add_code_ticket(tx, &found, ticket, ends).await)
        .await;
    assert_eq!(language, "en");
    let by_ticket = deployments::find_by_ticket(&home.store, ticket)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (by_ticket.id, by_ticket.expires_at, by_ticket.is_typed),
        (offer.id, ends, true)
    );
    let by_link = deployments::find_by_ticket(&home.store, offer.ticket)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (by_link.expires_at, by_link.is_typed),
        (offer.expires_at, false)
    );
    let links = publications::open(&home.store, 10).await.unwrap();
    let told: Vec<_> = links
        .iter()
        .map(|link| (link.ticket, link.expires_at, link.relay))
        .collect();
    assert!(
        told.contains(&(ticket, ends, true)) && told.len() == 2,
        "{told:?}"
    );

    home.deploy(&people, LinkMode::Direct).await;
    let over = deployments::find_by_ticket(&home.store, ticket)
        .await
        .unwrap()
        .unwrap();
    assert!(
        !over.state.ticket_lives(),
        "a newer deployment ends what a code gave, too"
    );
    let links = publications::open(&home.store, 10).await.unwrap();
    assert!(links.iter().all(|link| link.ended));
}

async fn a_link_whose_places_are_taken_for_good_is_over(home: Home) {
    let people = home.users(1..=1).await;
    let offer = home.deploy(&people, LinkMode::Redirect).await.remove(0);
    let kept = deployments::get(&home.store, offer.id).await.unwrap();
    for n in 1..=3 {
        assert!(!deployments::is_used_up(&home.store, &kept).await.unwrap());
        let device = Device {
            id: DeviceId::new(home.env()),
            deployment: offer.id,
            user: people[0],
            state: DeviceState::Pending,
            client: ClientKind::Linphone,
            agent: String::new(),
            created_at: home.now(),
            downloaded_at: None,
            fetched_at: None,
            revoked_at: None,
            registered: None,
            out_of_date_at: None,
            forced_at: None,
            asks_again: true,
        };
        home.write(async |tx| {
            devices::add(tx, &device, LinkHash([n; 32])).await?;
            devices::stamp_downloaded(tx, device.id).await?;
            if n == 1 {
                devices::revoke_one(tx, people[0], device.id).await?;
            }
            deployments::end_used_up(tx, offer.id).await
        })
        .await;
    }
    assert!(deployments::is_used_up(&home.store, &kept).await.unwrap());
    let taken = deployments::taken_places(&home.store, people[0]).await;
    assert_eq!(taken.unwrap(), [(offer.id, 3)].into());
    let links = publications::open(&home.store, 10).await.unwrap();
    assert!(links[0].ended && links[0].version == 2, "{links:?}");
}

async fn is_published(home: &Home, printed: &deployments::Shown) -> bool {
    deployments::is_published(&home.store, printed.id)
        .await
        .unwrap()
}

async fn a_printed_deployment_has_no_mail_and_ends_the_one_before(home: Home) {
    let people = home.users(1..=1).await;
    let first = home.deploy(&people, LinkMode::Redirect).await.remove(0);
    let printed = deployments::Shown {
        id: DeploymentId::new(home.env()),
        user: people[0],
        reason: "printed",
        profile: first.profile,
        profile_version: 1,
        ticket: LinkHash([3; 32]),
        code_mac: [4; 32],
        link_mode: LinkMode::Redirect,
        language: "de".into(),
        places: 1,
        expires_at: START.plus_days(2),
    };
    home.write(async |tx| deployments::add_shown(tx, &printed).await)
        .await;
    let state = async |id| deployments::get(&home.store, id).await.unwrap();
    assert_eq!(state(first.id).await.state, DeploymentState::Queued);
    assert!(!is_published(&home, &printed).await);
    home.write(async |tx| deployments::supersede_others(tx, printed.user, printed.id).await)
        .await;
    assert_eq!(state(first.id).await.state, DeploymentState::Superseded);
    let kept = state(printed.id).await;
    assert_eq!(
        (kept.state, kept.sent_at, kept.secret),
        (DeploymentState::Sent, Some(START), None)
    );
    assert_eq!(home.mails().await, [("cancelled".to_owned(), 1)].into());
    let links = publications::open(&home.store, 10).await.unwrap();
    assert!(
        links
            .iter()
            .any(|link| link.ticket == printed.ticket && link.language == "de")
    );
    home.write(async |tx| publications::accept(tx, &links).await)
        .await;
    assert!(is_published(&home, &printed).await);
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
