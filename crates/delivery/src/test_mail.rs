//! The order `TestMail`: a template as it stands is sent to somebody who wants to see it, marked as a test, with a link that
//! leads nowhere.

use model::{Email, Outcome};
use store::Hold;

use crate::{
    Error, Post,
    line::Answer,
    mail::{Composer, Letter, Template},
    notify::{self, done},
    templates::{self, Scope},
};

impl Post {
    /// Sends the template in force in this scope to an address.
    pub async fn test_mail(
        &self,
        hold: Hold<'_>,
        to: &str,
        scope: Scope,
    ) -> Result<Outcome, Error> {
        let (store, now) = (hold.store, hold.store.env().now());
        if let Some(later) = notify::paused(hold).await? {
            return Ok(later);
        }
        let standing = match templates::get(store, scope).await {
            Ok(standing) => standing,
            Err(Error::Store(store::Error::Missing(_))) => {
                return done(hold, "the profile was removed").await;
            }
            Err(error) => return Err(error),
        };
        let to = Email::parse(to).map_err(|why| Error::Letter(why.to_owned()))?;
        let letter = Letter {
            to,
            message_id: format!("{}@{}", hold.id(), self.settings().mail.message_domain()),
            ..templates::letter(store, self.settings(), scope, None).await?
        };
        let marked = Template {
            subject: format!("[Test] {}", standing.template.subject),
            ..standing.template
        };
        let composer = Composer::new(&marked).map_err(Error::Unfit)?;
        let written = composer.compose(&letter);
        let written = written.map_err(|error| Error::Letter(error.to_string()))?;
        match self.hand(&written.envelope, &written.bytes).await {
            Answer::Taken(words) => done(hold, &format!("sent: {words}")).await,
            Answer::Refused(why) => Ok(Outcome::GiveUp {
                why,
                hint: "correct the address, or `from` under [mail] in the settings".to_owned(),
            }),
            Answer::NotNow(why) | Answer::Busy(why) | Answer::Shut(why) => {
                Ok(notify::again(hold, now, why))
            }
        }
    }
}
