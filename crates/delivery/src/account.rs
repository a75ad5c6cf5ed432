//! A user's SIP account out of its source record and sealed secret, rendered for its profile's client.

use clients::Document;
use model::{
    ClientKind, PersonFields, Profile, Refusal, Secret, SipAccount, SipSecret, User, plan::reasons,
};
use store::{
    Store, profiles, records,
    records::Stored,
    secrets::{self, Purpose},
};
use users::{Kinds, sip_record};

use crate::Error;

/// The account of a person with its record and secret.
pub(crate) fn account(fields: &PersonFields, record: &Stored, secret: Secret) -> SipAccount {
    SipAccount {
        display_name: format!("{} {}", fields.first_name, fields.last_name)
            .trim()
            .to_owned(),
        user: record.record.sip_user.clone(),
        voicemail_number: fields.voicemail_number.clone(),
        secret: if record.is_ha1 {
            SipSecret::Ha1(secret)
        } else {
            SipSecret::Clear(secret)
        },
    }
}

/// Renders and checks the document of one account.
pub(crate) fn document(
    profile: &Profile,
    account: &SipAccount,
    link: &Secret,
) -> Result<Document, Refusal> {
    let kind = profile.settings.client;
    let document = clients::render(kind, &profile.settings, account, link.expose())?;
    clients::validate(kind, &document.body)?;
    Ok(document)
}

/// Reads what a user's configuration is made of, and renders it.
pub(crate) async fn render(
    store: &Store,
    user: &User,
    kinds: &Kinds,
    link: &Secret,
) -> Result<Result<(Document, ClientKind), Refusal>, Error> {
    let Some(profile) = user.profile else {
        return Ok(Err(reasons::do_not_deploy()));
    };
    let profile = profiles::get(store, profile).await?;
    let records = match user.entry {
        Some(entry) => records::of_entry(store, entry).await?,
        None => vec![],
    };
    let Some(record) = sip_record(&records, kinds) else {
        return Ok(Err(reasons::no_account()));
    };
    let Some(secret) = record.secret else {
        return Ok(Err(reasons::no_secret()));
    };
    let secret = secrets::open(store, Purpose::Sip, secret).await?;
    let account = account(&user.fields, record, secret);
    Ok(document(&profile, &account, link).map(|document| (document, profile.settings.client)))
}
