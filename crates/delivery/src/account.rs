//! A user's SIP account out of its source record and sealed secret, rendered for its profile's client.

use clients::Document;
use model::{
    ClientKind, PersonFields, Profile, Refusal, Secret, SipAccount, SipSecret, User, plan::reasons,
};
use store::{provisioning::Source, records::Stored};
use users::sip_record;

/// The account of a person with its record and secret.
pub(crate) fn account(fields: &PersonFields, record: &Stored, secret: Secret) -> SipAccount {
    let secret = if record.is_ha1 {
        SipSecret::Ha1(secret)
    } else {
        SipSecret::Clear(secret)
    };
    of(fields, &record.record.sip_user, secret)
}

/// The account that was entered by hand, and the profile with the host that was entered beside it.
pub(crate) fn own(user: &User, profile: &Profile, secret: Secret) -> (SipAccount, Profile) {
    let fields = &user.fields;
    let mut profile = profile.clone();
    if !fields.sip_host.is_empty() {
        profile.settings.sip_host.clone_from(&fields.sip_host);
    }
    (
        of(fields, &fields.sip_user, SipSecret::Clear(secret)),
        profile,
    )
}

/// Whether a user's account was entered by hand: no component supplies one.
pub(crate) fn has_own(user: &User, record: Option<&Stored>) -> bool {
    record.is_none() && !user.fields.sip_user.is_empty()
}

fn of(fields: &PersonFields, user: &str, secret: SipSecret) -> SipAccount {
    SipAccount {
        display_name: format!("{} {}", fields.first_name, fields.last_name)
            .trim()
            .to_owned(),
        user: user.to_owned(),
        voicemail_number: fields.voicemail_number.clone(),
        secret,
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
    let user = &source.user;
    let Some(record) = sip_record(&source.records, &source.kinds) else {
        if !has_own(user, None) {
            return Err(reasons::no_account());
        }
        let secret = source.own.clone().ok_or_else(reasons::no_secret)?;
        let (account, with_host) = own(user, profile, secret);
        return document(&with_host, &account, link)
            .map(|document| (document, profile.settings.client));
    };
    let secret = record.secret.and_then(|id| source.secrets.get(&id));
    let secret = secret.ok_or_else(reasons::no_secret)?.clone();
    let account = account(&user.fields, record, secret);
    document(profile, &account, link).map(|document| (document, profile.settings.client))
}
