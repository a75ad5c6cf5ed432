//! `/profiles`: deployment profiles.

use std::str::FromStr;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use console::{
    Count, FieldErrors, Place,
    profile::{ProfileFields, ProfilePage},
    profiles::{ProfileLine, ProfilesPage},
};
use model::{
    ClientKind, Fault, Fetch, LinkMode, Profile, ProfileId, ProfileSettings, Srtp, Transport,
};
use users::profiles::Wanted;

use super::{
    frame::{Page, PageError, count, rendered, shell, show as shown},
    preview::ignored,
};
use crate::{App, session::SignedIn};

/// `GET /profiles`
pub(crate) async fn list(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let profiles = store::profiles::list(&app.store).await?;
    let rows = profiles
        .into_iter()
        .map(|(profile, users)| ProfileLine {
            id: profile.id.to_string(),
            client: profile.settings.client.title().to_owned(),
            link_mode: profile.settings.link_mode.name().to_owned(),
            registers_at: profile.settings.registrar().to_owned(),
            name: profile.name,
            users: count(users),
        })
        .collect();
    shown(&ProfilesPage {
        shell: shell(&app, &admin, Place::Profiles).await?,
        rows,
    })
}

/// `GET /profiles/new`
pub(crate) async fn new(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let fields = fields("", &ProfileSettings::default());
    let shell = shell(&app, &admin, Place::Profiles).await?;
    shown(&ProfilePage {
        shell,
        id: String::new(),
        fields,
        errors: FieldErrors::default(),
        users: Count(0),
        ignored: vec![],
    })
}

/// `GET /profiles/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ProfileId>,
) -> Page {
    let (profile, users) = find(&app, id).await?;
    shown(&ProfilePage {
        shell: shell(&app, &admin, Place::Profiles).await?,
        id: id.to_string(),
        fields: fields(&profile.name, &profile.settings),
        errors: FieldErrors::default(),
        users: count(users),
        ignored: ignored(profile.settings.client),
    })
}

async fn find(app: &App, id: ProfileId) -> Result<(Profile, i64), PageError> {
    let found = store::profiles::list(&app.store)
        .await?
        .into_iter()
        .find(|(profile, _)| profile.id == id);
    Ok(found.ok_or(store::Error::Missing("profile"))?)
}

/// `POST /profiles`
pub(crate) async fn add(
    State(app): State<App>,
    admin: SignedIn,
    Form(form): Form<ProfileFields>,
) -> Page {
    save(app, admin, None, form).await
}

/// `POST /profiles/{id}`
pub(crate) async fn change(
    State(app): State<App>,
    admin: SignedIn,
    Path(id): Path<ProfileId>,
    Form(form): Form<ProfileFields>,
) -> Page {
    save(app, admin, Some(id), form).await
}

async fn save(
    app: App,
    SignedIn(admin): SignedIn,
    id: Option<ProfileId>,
    form: ProfileFields,
) -> Page {
    let (settings, mut faults) = settings(&form);
    if faults.is_empty() {
        let wanted = Wanted {
            name: form.name.clone(),
            settings,
        };
        let actor = admin.actor();
        let saved = match id {
            Some(id) => users::profiles::change(&app.store, id, &wanted, &actor).await,
            None => users::profiles::add(&app.store, &wanted, &actor).await,
        };
        match saved {
            Ok(_) => return Ok(Redirect::to("/profiles").into_response()),
            Err(users::Error::Unfit(found)) => faults = found,
            Err(error) => return Err(error.into()),
        }
    }
    refuse(&app, &admin, id, form, faults).await
}

/// The form again, each fault beside its field.
async fn refuse(
    app: &App,
    admin: &access::Admin,
    id: Option<ProfileId>,
    fields: ProfileFields,
    faults: Vec<Fault>,
) -> Result<Response, PageError> {
    let users = match id {
        Some(id) => find(app, id).await?.1,
        None => 0,
    };
    let mut page = ProfilePage {
        shell: shell(app, admin, Place::Profiles).await?,
        id: id.map(|id| id.to_string()).unwrap_or_default(),
        fields,
        errors: FieldErrors::default(),
        users: count(users),
        ignored: vec![],
    };
    for fault in faults {
        page.errors.add(shown_name(&fault.field), fault.message);
    }
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Names of the form that differ from the API's.
fn shown_name(field: &str) -> &str {
    match field {
        "register_interval_s" => "registration_interval_s",
        "language" => "mail_language",
        "help" => "help_text",
        other => other,
    }
}

fn fields(name: &str, settings: &ProfileSettings) -> ProfileFields {
    ProfileFields {
        name: name.to_owned(),
        client: settings.client.name().to_owned(),
        link_mode: settings.link_mode.name().to_owned(),
        sip_domain: settings.sip_domain.clone(),
        sip_host: settings.sip_host.clone(),
        sip_port: if settings.sip_port == 0 {
            String::new()
        } else {
            settings.sip_port.to_string()
        },
        transport: settings.transport.name().to_owned(),
        outbound_proxy: settings.outbound_proxy.clone(),
        codecs: settings.codecs.join(", "),
        srtp: settings.srtp.name().to_owned(),
        registration_interval_s: settings.register_interval_s.to_string(),
        voicemail_number: settings.voicemail_number.clone(),
        fetch: settings.fetch.name().to_owned(),
        validity_days: settings.validity_days.to_string(),
        devices: settings.devices.to_string(),
        central_email: settings.central_email.clone(),
        mail_language: settings.language.clone(),
        organisation: settings.organisation.clone(),
        help_text: settings.help.clone(),
    }
}

/// Reads the form; what is no number or no known choice is a fault of its field.
fn settings(form: &ProfileFields) -> (ProfileSettings, Vec<Fault>) {
    let standard = ProfileSettings::default();
    let mut read = Reading::default();
    let settings = ProfileSettings {
        client: read.choice("client", &form.client, ClientKind::parse, standard.client),
        link_mode: read.choice(
            "link_mode",
            &form.link_mode,
            LinkMode::parse,
            standard.link_mode,
        ),
        sip_domain: form.sip_domain.trim().to_owned(),
        sip_host: form.sip_host.trim().to_owned(),
        sip_port: read.number("sip_port", &form.sip_port, standard.sip_port),
        transport: read.choice(
            "transport",
            &form.transport,
            Transport::parse,
            standard.transport,
        ),
        outbound_proxy: form.outbound_proxy.trim().to_owned(),
        codecs: form
            .codecs
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|codec| !codec.is_empty())
            .map(str::to_owned)
            .collect(),
        srtp: read.choice("srtp", &form.srtp, Srtp::parse, standard.srtp),
        register_interval_s: read.number(
            "register_interval_s",
            &form.registration_interval_s,
            standard.register_interval_s,
        ),
        voicemail_number: form.voicemail_number.trim().to_owned(),
        fetch: read.choice("fetch", &form.fetch, Fetch::parse, standard.fetch),
        validity_days: read.number("validity_days", &form.validity_days, standard.validity_days),
        devices: read.number("devices", &form.devices, standard.devices),
        central_email: form.central_email.trim().to_owned(),
        language: form.mail_language.trim().to_owned(),
        organisation: form.organisation.trim().to_owned(),
        help: form.help_text.replace("\r\n", "\n").trim().to_owned(),
    };
    (settings, read.faults)
}

/// Texts of a form as values, with what is wrong with them.
#[derive(Default)]
struct Reading {
    faults: Vec<Fault>,
}

impl Reading {
    /// A whole number; `empty` where nothing was typed.
    fn number<N: FromStr + Copy>(&mut self, field: &str, text: &str, empty: N) -> N {
        let text = text.trim();
        if text.is_empty() {
            return empty;
        }
        self.known(
            field,
            text.parse().ok(),
            "is no number that is possible here",
            empty,
        )
    }

    /// One of a few names.
    fn choice<T>(&mut self, field: &str, text: &str, parse: fn(&str) -> Option<T>, else_: T) -> T {
        self.known(field, parse(text), "is none of the choices", else_)
    }

    fn known<T>(&mut self, field: &str, value: Option<T>, wrong: &str, else_: T) -> T {
        value.unwrap_or_else(|| {
            self.faults.push(Fault::new(field, wrong));
            else_
        })
    }
}

/// `POST /profiles/{id}/delete`
pub(crate) async fn remove(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ProfileId>,
) -> Page {
    users::profiles::remove(&app.store, id, &admin.actor()).await?;
    Ok(Redirect::to("/profiles").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(form: &ProfileFields) -> Vec<String> {
        settings(form).1.into_iter().map(|f| f.field).collect()
    }

    #[test]
    fn a_profile_reads_back_from_its_form() {
        let kept = ProfileSettings {
            client: ClientKind::Baresip,
            link_mode: LinkMode::Direct,
            sip_port: 5070,
            codecs: vec!["opus".into(), "PCMA".into()],
            fetch: Fetch::Once,
            help: "Call 100.".into(),
            ..ProfileSettings::default()
        };
        assert_eq!(settings(&fields("Office", &kept)), (kept, vec![]));
    }

    #[test]
    fn the_form_of_a_new_profile_holds_the_defaults() {
        assert_eq!(
            fields("", &ProfileSettings::default()),
            ProfileFields::default()
        );
    }

    #[test]
    fn an_impossible_port_or_choice_is_a_fault_and_never_another_value() {
        let form = ProfileFields {
            sip_port: "70000".into(),
            client: "none".into(),
            ..ProfileFields::default()
        };
        assert_eq!(faults(&form), ["client", "sip_port"]);
    }
}
