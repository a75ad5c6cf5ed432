//! A user's SIP account out of its source record and sealed secret, rendered for its profile's client.

use clients::Document;
use model::{
    ClientKind, PersonFields, Profile, Refusal, Secret, SipAccount, SipSecret, plan::reasons,
};
use store::{provisioning::Source, records::Stored};
use users::sip_record;

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

/// Renders what a person's configuration is made of for a device with this link.
pub(crate) fn render(source: &Source, link: &Secret) -> Result<(Document, ClientKind), Refusal> {
    let profile = source.profile.as_ref().ok_or_else(reasons::do_not_deploy)?;
    let record = sip_record(&source.records, &source.kinds).ok_or_else(reasons::no_account)?;
    let secret = record.secret.and_then(|id| source.secrets.get(&id));
    let secret = secret.ok_or_else(reasons::no_secret)?.clone();
    let account = account(&source.user.fields, record, secret);
    document(profile, &account, link).map(|document| (document, profile.settings.client))
}
