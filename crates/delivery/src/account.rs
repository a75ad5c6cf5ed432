//! A user's SIP account out of its source record and sealed secret, or out of what was entered by hand, rendered for its
//! profile's client.

use std::borrow::Cow;

use clients::Document;
use model::{
    ClientKind, LinkMode, Profile, Refusal, Secret, SipAccount, SipSecret, User, plan::reasons,
};
use store::{provisioning::Source, records::Stored};
use users::{own_name, sip_record};

/// Where an account comes from, with its secrets.
pub(crate) struct Held<'a> {
    /// The record of the component that keeps it.
    pub(crate) record: Option<&'a Stored>,
    /// What that component gave or made.
    pub(crate) secret: Option<&'a Secret>,
    /// What was entered by hand, and whether it is for the account at the border gateway.
    pub(crate) own: Option<(&'a Secret, bool)>,
}

/// A person's account, and the profile with the host that was entered beside it. What a component supplies goes before what
/// was entered by hand.
///
/// # Errors
/// No account, or no secret for it.
pub(crate) fn of<'p>(
    user: &User,
    profile: &'p Profile,
    held: &Held<'_>,
) -> Result<(SipAccount, Cow<'p, Profile>), Refusal> {
    let fields = user.served();
    let mut profile = Cow::Borrowed(profile);
    // A password that was entered with an account of its own is for no other account.
    let beside = held.own.is_some() && user.ours.has_account();
    let record = held.record.filter(|_| held.secret.is_some() || !beside);
    let (name, secret) = if let Some(record) = record {
        let secret = match (held.secret, held.own) {
            (Some(secret), _) if record.is_ha1 => SipSecret::Ha1(secret.clone()),
            (Some(secret), _) | (None, Some((secret, _))) => SipSecret::Clear(secret.clone()),
            (None, None) => return Err(reasons::no_secret()),
        };
        (record.record.sip_user.clone(), secret)
    } else {
        let at_gateway = held.own.is_some_and(|(_, at_gateway)| at_gateway);
        let name =
            own_name(&user.fields, &user.ours, at_gateway).ok_or_else(reasons::no_account)?;
        let (secret, _) = held.own.ok_or_else(reasons::no_secret)?;
        let host = if user.ours.has_account() {
            &user.ours.sip_host
        } else {
            &fields.sip_host
        };
        if !at_gateway && !host.is_empty() {
            profile.to_mut().settings.sip_host.clone_from(host);
        }
        (name, SipSecret::Clear(secret.clone()))
    };
    let account = SipAccount {
        display_name: format!("{} {}", fields.first_name, fields.last_name)
            .trim()
            .to_owned(),
        user: name,
        voicemail_number: fields.voicemail_number,
        secret,
    };
    Ok((account, profile))
}

/// Renders the document of one account; it is to be checked before anybody gets it.
fn unchecked(profile: &Profile, account: &SipAccount, link: &Secret) -> Result<Document, Refusal> {
    let kind = profile.settings.client;
    clients::render(kind, &profile.settings, account, link.expose())
}

/// Renders and checks the document of one account.
pub(crate) fn document(
    profile: &Profile,
    account: &SipAccount,
    link: &Secret,
) -> Result<Document, Refusal> {
    let document = unchecked(profile, account, link)?;
    clients::validate(profile.settings.client, &document.body)?;
    Ok(document)
}

/// Renders and checks what a person's configuration is made of for a device with this link.
pub(crate) fn render(source: &Source, link: &Secret) -> Result<(Document, ClientKind), Refusal> {
    let (document, client) = render_unchecked(source, link)?;
    clients::validate(client, &document.body)?;
    Ok((document, client))
}

/// Renders it for a device with this link; it is to be checked before anybody gets it.
pub(crate) fn render_unchecked(
    source: &Source,
    link: &Secret,
) -> Result<(Document, ClientKind), Refusal> {
    let profile = source.profile.as_ref().ok_or_else(reasons::do_not_deploy)?;
    let record = sip_record(&source.records, &source.kinds);
    let held = Held {
        record,
        secret: record
            .and_then(|record| record.secret)
            .and_then(|id| source.secrets.get(&id)),
        own: source
            .own
            .as_ref()
            .map(|secret| (secret, source.own_at_gateway)),
    };
    let (account, with_host) = of(&source.user, profile, &held)?;
    unchecked(&with_host, &account, link).map(|document| (document, profile.settings.client))
}
/// How links of a person's profile lead to the configuration.
pub(crate) fn link_mode(source: &Source) -> LinkMode {
    let profile = source.profile.as_ref();
    profile.map_or(LinkMode::Direct, |profile| profile.settings.link_mode)
}
