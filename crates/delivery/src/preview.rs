//! What one person would get, made by the code that sends: the mail, and the configuration with its secret
//! masked. No ticket is made and no secret is opened.

use ::users::{kinds, sip_record};
use model::{
    Email, EntryId, LinkMode, Ours, PersonFields, Profile, ProfileId, Refusal, Secret, Timestamp,
    User, UserId, UserState, plan::reasons,
};
use store::{
    Store,
    entries::{self, Entry},
    profiles, records,
    records::Stored,
    users,
};

use crate::{
    Error, Settings, account,
    mail::{Composer, Letter, date},
    outbox,
    recipient::recipient,
    templates::{self, Scope},
};

/// Stands for every secret.
const MASK: &str = "********";
/// Stands for a code.
pub(crate) const NO_CODE: &str = "XXXX-XXXX-XXXX";
/// Stands for a ticket: as long as one.
pub const NO_TICKET: &str = "made-when-it-is-sent--";

/// Mail and configuration of one person.
#[derive(Debug)]
pub struct Preview {
    /// Where the mail would go.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Its HTML, with the QR of a link that leads nowhere in it.
    pub html: String,
    /// The configuration.
    pub configuration: String,
    /// The configuration's media type.
    pub content_type: &'static str,
}

/// Previews one entry under a profile, as it would be once it is imported.
///
/// # Errors
/// [`Error::CannotPreview`] with the reason where the person could not be deployed.
pub async fn preview(
    store: &Store,
    settings: &Settings,
    profile: Option<ProfileId>,
    entry: EntryId,
) -> Result<Preview, Error> {
    let entry = entries::get(store, entry).await?;
    let known = users::of_entries(store, &[entry.id]).await?;
    let user = match known.get(&entry.id) {
        Some(user) => User {
            fields: entry.fields,
            ..user.clone()
        },
        None => newcomer(entry, store.env().now()),
    };
    of_person(store, settings, &User { profile, ..user }).await
}

/// Previews what a user would get now.
///
/// # Errors
/// [`Error::CannotPreview`] with the reason where the person could not be deployed.
pub async fn preview_user(
    store: &Store,
    settings: &Settings,
    user: UserId,
) -> Result<Preview, Error> {
    let user = users::get(store, user).await?;
    of_person(store, settings, &user).await
}

/// Somebody who is not imported yet.
fn newcomer(entry: Entry, now: Timestamp) -> User {
    User {
        id: UserId(uuid::Uuid::nil()),
        entry: Some(entry.id),
        profile: None,
        fields: entry.fields,
        ours: Ours::default(),
        state: UserState::Imported,
        imported_at: now,
        deployed_at: None,
        downloaded_at: None,
        registered_at: None,
        version: 0,
    }
}

async fn of_person(store: &Store, settings: &Settings, user: &User) -> Result<Preview, Error> {
    let profile = user
        .profile
        .ok_or_else(|| cannot(reasons::do_not_deploy()))?;
    let profile = profiles::get(store, profile).await?;
    let records = match user.entry {
        Some(entry) => records::of_entry(store, entry).await?,
        None => vec![],
    };
    let own = users::own_accounts(store, &[user.id]).await?;
    let mask = Secret::new(MASK);
    // A hash is masked as a password: the document shows neither.
    let record = sip_record(&records, &kinds(store).await?).map(|record| Stored {
        is_ha1: false,
        ..record.clone()
    });
    let held = account::Held {
        record: record.as_ref(),
        secret: record.as_ref().map(|_| &mask),
        own: own.get(&user.id).map(|own| (&mask, own.at_gateway)),
    };
    let (account, with_host) = account::of(user, &profile, &held).map_err(cannot)?;
    let link = settings.device_link(profile.settings.link_mode, &mask);
    let document = account::document(&with_host, &account, &link).map_err(cannot)?;
    let person = user.served();
    let to = recipient(&person, Some(&profile.settings));
    let to = Email::parse(to).map_err(|_| cannot(reasons::no_email()))?;
    let letter = Letter {
        message_id: "preview@localhost".to_owned(),
        ..stand_in(&person, &profile, settings, store.env().now())?
    };
    let scope = Scope {
        language: letter.language,
        profile: Some(profile.id),
    };
    let template = templates::get(store, scope).await?.template;
    let composer = Composer::new(&template).map_err(Error::Unfit)?;
    let rendered = composer
        .preview_in_page(&letter)
        .map_err(|error| Error::Letter(error.to_string()))?;
    Ok(Preview {
        to: to.to_string(),
        subject: rendered.subject,
        text: rendered.text.to_string(),
        html: rendered.html.to_string(),
        configuration: String::from_utf8_lossy(&document.body).into_owned(),
        content_type: document.content_type,
    })
}

/// A letter to a person with a link and a code that lead nowhere.
pub(crate) fn stand_in(
    person: &PersonFields,
    profile: &Profile,
    settings: &Settings,
    now: Timestamp,
) -> Result<Letter, Error> {
    let letter = outbox::letter_to(person, profile, settings, now).map_err(Error::Letter)?;
    let until = now.plus_days(i64::from(profile.settings.validity_days));
    Ok(Letter {
        link: no_link(settings, profile.settings.link_mode),
        code: Some(Secret::new(NO_CODE)),
        expires: date(letter.language, until),
        ..letter
    })
}

/// A link that looks like one and leads nowhere.
pub(crate) fn no_link(settings: &Settings, mode: LinkMode) -> Secret {
    settings.ticket_link(mode, &Secret::new(NO_TICKET))
}

fn cannot(why: Refusal) -> Error {
    Error::CannotPreview(why)
}
