//! An import is taken back: whom it made is gone, their links are dead, their entries are as before.

use import::{Error, undo, undoable};
use model::{
    EntryId, EntryState, JobId, LinkMode, Outcome, Secret, UserId,
    deployment::{DeploymentState, DeviceState},
    ticket::{self, LinkHash},
};
use store::{
    deployments, devices, entries,
    jobs::{self, Job, JobState},
    secrets, users,
};

use crate::office::{Office, WORKER, admin};

impl Office {
    /// Orders the undoing of an import and carries it out.
    async fn undone(&self, import: JobId, deployed: bool) -> Job {
        let id = undo(&self.store, import, deployed, &admin()).await.unwrap();
        let mut job = self.claim(WORKER).await.unwrap();
        while job.id != id {
            job = self.claim(WORKER).await.unwrap();
        }
        assert_eq!(self.carry_out(&job, WORKER).await, Outcome::Done);
        let tx = self.store.begin().await.unwrap();
        assert!(jobs::complete(&tx, id).await.unwrap());
        tx.commit().await.unwrap();
        jobs::get(&self.store, id).await.unwrap()
    }

    /// A ticket for a user, whose phone has its configuration by a link of its own.
    async fn offered(&self, user: UserId) -> (LinkHash, LinkHash) {
        let env = self.store.env();
        let hash = || LinkHash::of(ticket::new_ticket(env).expose());
        let (ticket, link) = (hash(), hash());
        let id = model::DeploymentId::new(env);
        let tx = self.store.begin().await.unwrap();
        let texts = [Secret::new("both")];
        let sealed = secrets::keep(&tx, secrets::Purpose::Ticket, &texts);
        let new = deployments::New {
            id,
            user,
            reason: "import".into(),
            profile: self.profile.id,
            profile_version: 1,
            ticket,
            code_mac: env.random(),
            secret: sealed.await.unwrap()[0],
            link_mode: LinkMode::Redirect,
            language: "en".into(),
            template: None,
            message_id: format!("{id}@example.org"),
            places: 3,
            job: None,
            expires_at: env.now().plus_days(14),
        };
        deployments::add(&tx, &[new]).await.unwrap();
        let device = devices::Device {
            id: model::DeviceId::new(env),
            deployment: id,
            user,
            state: DeviceState::Pending,
            client: model::ClientKind::Linphone,
            agent: String::new(),
            created_at: env.now(),
            downloaded_at: None,
            fetched_at: None,
            revoked_at: None,
            registered: None,
            out_of_date_at: None,
            forced_at: None,
            asks_again: true,
        };
        devices::add(&tx, &device, link).await.unwrap();
        tx.commit().await.unwrap();
        (ticket, link)
    }

    async fn downloaded(&self, user: UserId) {
        let tx = self.store.begin().await.unwrap();
        users::stamp_downloaded(&tx, user).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn states(&self) -> Vec<EntryState> {
        let ids: Vec<_> = (1..=4).map(EntryId).collect();
        let found = entries::by_id(&self.store, &ids).await.unwrap();
        assert!(
            found
                .iter()
                .all(|e| (e.state == EntryState::Imported) == e.user.is_some())
        );
        found.into_iter().map(|entry| entry.state).collect()
    }
}

#[tokio::test]
async fn whom_an_import_made_is_gone_their_links_are_dead_and_their_entries_are_as_before() {
    for office in [Office::of(4).await, Office::on_postgres(4).await] {
        let import = office.import(&office.plan_without_deploying().await).await;
        assert_eq!(office.states().await, [EntryState::Imported; 4]);
        let user = office.users().await[0].id;
        let (ticket, link) = office.offered(user).await;
        let found = undoable(&office.store, import.id).await.unwrap();
        assert_eq!((found.users, found.deployed), (4, 0));
        let job = office.undone(import.id, false).await;
        assert_eq!((job.state, job.done, job.failed), (JobState::Done, 4, 0));
        assert_eq!(office.count().await, 0);
        assert_eq!(office.states().await, [EntryState::New; 4]);
        let offer = deployments::find_by_ticket(&office.store, ticket)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (offer.state, offer.secret),
            (DeploymentState::Revoked, None)
        );
        assert!(!offer.state.ticket_lives());
        let (device, _) = store::provisioning::behind(&office.store, link)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(device.state, DeviceState::Revoked);
        let mails = store::outbox::counts(&office.store).await.unwrap();
        assert_eq!(mails, [("cancelled".to_owned(), 1)]);
        let told = store::publications::open(&office.store, 10).await.unwrap();
        assert!(told[0].ended, "the redirect server is told");
        // The same people can be imported again.
        let again = office.import(&office.plan_without_deploying().await).await;
        assert_eq!((again.done, again.failed), (4, 0));
    }
}

#[tokio::test]
async fn a_phone_that_has_its_configuration_is_left_with_the_reason_unless_confirmed() {
    let office = Office::of(4).await;
    let import = office.import(&office.plan_without_deploying().await).await;
    let phone = office.users().await[2].clone();
    office.downloaded(phone.id).await;
    let found = undoable(&office.store, import.id).await.unwrap();
    assert_eq!((found.users, found.deployed), (4, 1));
    let job = office.undone(import.id, false).await;
    assert_eq!((job.state, job.done, job.failed), (JobState::Partly, 4, 1));
    let failed = office.failed(job.id).await;
    assert_eq!(failed[0].subject, phone.id.to_string());
    assert_eq!(failed[0].refusal.code, "phone-deployed");
    assert_eq!(office.users().await.len(), 1);
    let job = office.undone(import.id, true).await;
    assert_eq!((job.state, job.done), (JobState::Done, 1));
    assert_eq!(office.count().await, 0);
}

#[tokio::test]
async fn who_was_there_before_the_import_stays() {
    let office = Office::of(4).await;
    let first = office.import(&office.plan_without_deploying().await).await;
    office.renamed(EntryId(2)).await;
    let second = office.import(&office.plan_without_deploying().await).await;
    let found = undoable(&office.store, second.id).await.unwrap();
    assert_eq!(found.users, 0);
    let job = office.undone(second.id, true).await;
    assert_eq!((job.state, job.done), (JobState::Done, 0));
    assert_eq!(office.count().await, 4);
    assert_eq!(undoable(&office.store, first.id).await.unwrap().users, 4);
}

#[tokio::test]
async fn only_an_import_that_is_over_can_be_undone() {
    let office = Office::of(4).await;
    let id = office.agree(&office.plan().await).await;
    let refused = undo(&office.store, id, false, &admin()).await;
    assert!(matches!(refused, Err(Error::StillRuns)), "{refused:?}");
    let nothing = JobId::new(office.store.env());
    let refused = undo(&office.store, nothing, false, &admin()).await;
    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
}

#[tokio::test]
async fn an_undoing_that_stops_half_way_goes_on_where_it_was() {
    let office = Office::of(1_200).await;
    let import = office.import(&office.plan_without_deploying().await).await;
    let id = undo(&office.store, import.id, false, &admin())
        .await
        .unwrap();
    let job = office.claim("slow").await.unwrap();
    assert_eq!(job.id, id);
    office.clock.advance_s(31);
    let other = office.claim("other").await.unwrap();
    assert_eq!(office.carry_out(&job, "slow").await, Outcome::Stopped);
    assert_eq!(office.carry_out(&other, "other").await, Outcome::Done);
    assert_eq!(office.count().await, 0);
    let seen = jobs::get(&office.store, id).await.unwrap();
    assert_eq!((seen.done, seen.total), (1_200, 1_200));
}
