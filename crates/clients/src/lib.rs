//! User and profile to the configuration document of each softphone: pure rendering, and an independent
//! check of what was rendered. Fetching, links and mail are left to others.

mod acrobits;
mod address;
mod baresip;
mod deployable;
mod document;
mod json;
mod linphone;
mod xml;
mod zoiper;

pub use acrobits::{DEVICE, message};
pub use deployable::deployable;
pub use document::Document;
pub use json::Configuration;
use model::{ClientKind, Fetch, ProfileSettings, Refusal, SipAccount};

/// The form of the documents: it rises where one is written in another way for the same account and settings, so that what
/// devices have is out of date.
pub const FORM: i64 = 1;

/// What a request must carry to consume a ticket; everything else only looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A GET with this header, of any value; the name is in lower case.
    Header(&'static str),
    /// A POST.
    Post,
    /// A GET of the fixed address that is kept for this client, with the ticket among its parameters.
    Endpoint,
}

/// Renders the configuration of `account` under `settings` for the softphone `kind`. `device_link` is the
/// device's own configuration link, an absolute URL; it is part of the document.
///
/// # Errors
/// `needs-password` where the client cannot work with a hash, `broken-profile` for settings that could not
/// have been saved, `unwritable` where a value has no place in this client's format.
pub fn render(
    kind: ClientKind,
    settings: &ProfileSettings,
    account: &SipAccount,
    device_link: &str,
) -> Result<Document, Refusal> {
    address::check(settings, account, device_link)?;
    match kind {
        ClientKind::Linphone => linphone::render(settings, account, device_link),
        ClientKind::Baresip => baresip::render(settings, account, device_link),
        ClientKind::Acrobits => acrobits::render(settings, account, device_link),
        ClientKind::Zoiper => zoiper::render(settings, account),
        ClientKind::Json => json::render(settings, account, device_link),
    }
}

/// The document that takes a withdrawn account off a client, where the client has such a thing.
pub fn neutral(kind: ClientKind) -> Option<Document> {
    match kind {
        ClientKind::Linphone => Some(linphone::neutral()),
        ClientKind::Baresip | ClientKind::Acrobits | ClientKind::Zoiper | ClientKind::Json => None,
    }
}

/// What marks a request as made by a client of this kind that wants its configuration.
pub const fn mark(kind: ClientKind) -> Mark {
    match kind {
        ClientKind::Linphone => Mark::Header("x-linphone-provisioning"),
        ClientKind::Baresip | ClientKind::Json => Mark::Post,
        ClientKind::Acrobits | ClientKind::Zoiper => Mark::Endpoint,
    }
}

/// What whoever chooses this client for a profile should know, and what to do about it.
pub fn warning(kind: ClientKind) -> Option<(String, &'static str)> {
    matches!(mark(kind), Mark::Post).then(|| {
        let text = format!(
            "Links of this profile are for scripts: whoever opens one in a browser is led to Linphone, not to {}.",
            kind.title()
        );
        let hint = "Have the script fetch its configuration with a POST to the link, or choose the client that people have.";
        (text, hint)
    })
}

/// Whether a client of this kind asks again by itself once it has a document of these settings.
pub fn asks_again(kind: ClientKind, settings: &ProfileSettings) -> bool {
    match kind {
        ClientKind::Linphone | ClientKind::Acrobits | ClientKind::Json => {
            settings.fetch == Fetch::EveryStart
        }
        ClientKind::Baresip | ClientKind::Zoiper => false,
    }
}

/// Whether a client of this kind must be given the password itself.
pub const fn needs_clear_password(kind: ClientKind) -> bool {
    match kind {
        ClientKind::Linphone | ClientKind::Json => false,
        ClientKind::Baresip | ClientKind::Acrobits | ClientKind::Zoiper => true,
    }
}

/// The settings that a client of this kind ignores whatever they are, each with the reason.
pub const fn ignored(kind: ClientKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        ClientKind::Linphone => linphone::IGNORED,
        ClientKind::Baresip => baresip::IGNORED,
        ClientKind::Acrobits => acrobits::IGNORED,
        ClientKind::Zoiper => zoiper::IGNORED,
        ClientKind::Json => &[],
    }
}

/// The settings that the profile's client ignores, each with the reason: also those that do not count beside others.
pub fn ignored_of(
    settings: &ProfileSettings,
) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let beside: &[_] = match settings.client {
        ClientKind::Baresip if !settings.outbound_proxy.is_empty() => {
            baresip::IGNORED_BEHIND_A_PROXY
        }
        _ => &[],
    };
    ignored(settings.client).iter().chain(beside)
}

/// Checks, without trust in the renderer, that `body` is a well-formed document of this kind and holds at
/// least one account that is complete enough to register. Done before any mail goes out.
///
/// # Errors
/// `broken-document`; the reason never holds a value of the document.
pub fn validate(kind: ClientKind, body: &[u8]) -> Result<(), Refusal> {
    let checked = match kind {
        ClientKind::Linphone => linphone::check::validate(body),
        ClientKind::Baresip => baresip::check::validate(body),
        ClientKind::Acrobits => acrobits::validate(body),
        ClientKind::Zoiper => zoiper::validate(body),
        ClientKind::Json => json::check::validate(body),
    };
    checked.map_err(|fault| {
        Refusal::new(
            "broken-document",
            format!(
                "the {} configuration is not complete: {fault}",
                kind.title()
            ),
            "open the profile and look at its SIP settings; if they are right, report this",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_needs_the_password_is_not_fed_by_a_mere_get() {
        assert!(!needs_clear_password(ClientKind::Linphone));
        for kind in ClientKind::ALL
            .into_iter()
            .filter(|kind| needs_clear_password(*kind))
        {
            assert!(
                matches!(mark(kind), Mark::Post | Mark::Endpoint),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn only_a_client_that_was_told_to_asks_again() {
        let settings = ProfileSettings::default();
        let asks = |kind| asks_again(kind, &settings);
        for kind in ClientKind::ALL {
            let ignores = matches!(kind, ClientKind::Baresip | ClientKind::Zoiper);
            assert_eq!(asks(kind), !ignores, "{kind:?}");
        }
        let once = ProfileSettings {
            fetch: Fetch::Once,
            ..settings
        };
        assert!(
            !ClientKind::ALL
                .into_iter()
                .any(|kind| asks_again(kind, &once))
        );
    }

    #[test]
    fn behind_an_outbound_proxy_baresip_ignores_more() {
        let mut settings = ProfileSettings {
            client: ClientKind::Baresip,
            ..ProfileSettings::default()
        };
        let count = |settings: &ProfileSettings| ignored_of(settings).count();
        let before = count(&settings);
        settings.outbound_proxy = "sbc.example.org".into();
        assert_eq!(count(&settings), before + 2);
    }
}
