//! The order `SignInMail`: a person who asked for it is mailed a link that signs them in once. The link is made when it is sent,
//! so that nothing has to be kept sealed until then.

use model::{
    Actor, Email, Order, Outcome, Profile, ProfileId, ProfileSettings, Secret, UserId,
    ticket::new_device_link,
};
use store::{
    Hold, Store, jobs, profiles,
    self_passes::{self, Pass},
    users,
};

use crate::{
    Error, Post,
    line::Answer,
    mail::{Composer, Letter, Template},
    notify::{self, done},
    outbox::letter_to,
};

/// How long a link works.
const LINK_S: i64 = 3600;
/// So many people of one address get a mail, each their own.
const PEOPLE: i64 = 5;
/// A person gets so many within so many seconds, and none sooner after another.
const MOST: i64 = 6;
const WITHIN_S: i64 = 24 * 3600;
const APART_S: i64 = 60;

/// What the timeline calls it.
const NOTED: &str = "sign-in-link-ordered";

/// Orders the mail for everybody who is known by this address. Whoever asked is told nothing of it.
pub async fn order_sign_in(store: &Store, address: &str) -> Result<(), Error> {
    // Nobody is known by what is no address, those without one least of all.
    let Ok(address) = Email::parse(address) else {
        return Ok(());
    };
    let now = store.env().now();
    for person in users::of_address(store, address.as_str(), PEOPLE).await? {
        let sent = async |within_s: i64| {
            users::count_noted(store, person.id, NOTED, now.plus_s(-within_s)).await
        };
        if sent(WITHIN_S).await? >= MOST || sent(APART_S).await? > 0 {
            continue;
        }
        let actor = Actor::person(person.id);
        let tx = store.begin().await?;
        let order = Order::SignInMail { user: person.id };
        jobs::enqueue(&tx, &order, 1, None, &actor).await?;
        users::note(&tx, &[(person.id, NOTED, String::new())], &actor).await?;
        tx.commit().await?;
    }
    Ok(())
}

impl Post {
    /// Makes a link for a person and sends it.
    pub async fn sign_in_mail(&self, hold: Hold<'_>, user: UserId) -> Result<Outcome, Error> {
        let (store, now) = (hold.store, hold.store.env().now());
        if let Some(later) = notify::paused(hold).await? {
            return Ok(later);
        }
        let Some(letter) = self.sign_in_letter(store, user).await? else {
            return done(hold, "the user was removed").await;
        };
        let composer =
            Composer::new(&Template::sign_in_of(letter.language)).map_err(Error::Unfit)?;
        let link = new_device_link(store.env());
        let letter = Letter {
            link: self.settings().sign_in_link(&link),
            message_id: format!("{}@{}", hold.id(), self.settings().mail.message_domain()),
            ..letter
        };
        let written = composer.compose(&letter);
        let written = written.map_err(|error| Error::Letter(error.to_string()))?;
        let tx = store.begin().await?;
        self_passes::add(&tx, Pass::Link, link.expose(), user, now.plus_s(LINK_S)).await?;
        tx.commit().await?;
        match self.hand(&written.envelope, &written.bytes).await {
            Answer::Taken(words) => done(hold, &format!("sent: {words}")).await,
            Answer::Refused(why) => Ok(Outcome::GiveUp {
                why,
                hint: "correct the address of this person".to_owned(),
            }),
            Answer::NotNow(why) | Answer::Busy(why) | Answer::Shut(why) => {
                Ok(notify::again(hold, now, why))
            }
        }
    }

    /// The letter without its link, to where this person's mails go; none where the person is gone.
    async fn sign_in_letter(&self, store: &Store, user: UserId) -> Result<Option<Letter>, Error> {
        let Some(person) = users::by_id(store, &[user]).await?.pop() else {
            return Ok(None);
        };
        let profile = match person.profile {
            Some(id) => profiles::get(store, id).await?,
            // They are told on their page that there is none.
            None => Profile {
                id: ProfileId(uuid::Uuid::nil()),
                name: String::new(),
                settings: ProfileSettings::default(),
                version: 0,
            },
        };
        let now = store.env().now();
        let letter = letter_to(&person.served(), &profile, self.settings(), now);
        Ok(Some(letter.map_err(Error::Letter)?))
    }
}

impl crate::Settings {
    /// The address behind the button of that mail.
    fn sign_in_link(&self, token: &Secret) -> Secret {
        let base = self.public_url.as_str().trim_end_matches('/');
        Secret::new(format!("{base}/me/links/{}", token.expose()))
    }
}
