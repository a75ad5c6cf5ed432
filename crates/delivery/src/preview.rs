//! What one person would get, made by the code that sends: the mail, and the configuration with its secret
//! masked. No ticket is made and no secret is opened.

use model::{Email, EntryId, ProfileId, Refusal, Secret, SipAccount, SipSecret, plan::reasons};
use store::{Store, entries, profiles, records};
use users::{kinds, sip_record};

use crate::{
    Error, Settings, account,
    mail::{Composer, Letter, Template},
    outbox,
};

/// Stands for every secret.
const MASK: &str = "********";
/// Stands for a ticket: as long as one.
const NO_TICKET: &str = "made-when-it-is-sent--";

/// Mail and configuration of one person.
#[derive(Debug)]
pub struct Preview {
    /// Where the mail would go.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Its HTML; the QR is not in it.
    pub html: String,
    /// The configuration.
    pub configuration: String,
    /// The configuration's media type.
    pub content_type: &'static str,
}

/// Previews one entry under a profile.
///
/// # Errors
/// [`Error::CannotPreview`] with the reason where the person could not be deployed.
pub async fn preview(
    store: &Store,
    settings: &Settings,
    profile: Option<ProfileId>,
    entry: EntryId,
) -> Result<Preview, Error> {
    let profile = profile.ok_or_else(|| cannot(reasons::do_not_deploy()))?;
    let profile = profiles::get(store, profile).await?;
    let entry = entries::get(store, entry).await?;
    let records = records::of_entry(store, entry.id).await?;
    let record = sip_record(&records, &kinds(store).await?)
        .cloned()
        .ok_or_else(|| cannot(reasons::no_account()))?;
    let account = SipAccount {
        secret: SipSecret::Clear(Secret::new(MASK)),
        ..account::account(&entry.fields, &record, Secret::new(MASK))
    };
    let link = settings.device_link(&Secret::new(MASK));
    let document = account::document(&profile, &account, &link).map_err(cannot)?;
    let central = &profile.settings.central_email;
    let to = if central.is_empty() {
        &entry.fields.email
    } else {
        central
    };
    let to = Email::parse(to).map_err(|_| cannot(reasons::no_email()))?;
    let now = store.env().now();
    let letter = Letter {
        to: to.clone(),
        link: settings.ticket_link(profile.settings.link_mode, &Secret::new(NO_TICKET)),
        code: Some(Secret::new("XXXX-XXXX-XXXX")),
        expires: outbox::date(now.plus_days(i64::from(profile.settings.validity_days))),
        message_id: "preview@localhost".to_owned(),
        ..outbox::letter_to(&entry.fields, &profile, settings, now).map_err(Error::Letter)?
    };
    let composer =
        Composer::new(&Template::default_template()).expect("the default template is tested");
    let rendered = composer
        .preview(&letter)
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

fn cannot(why: Refusal) -> Error {
    Error::CannotPreview(why)
}
