//! `/mail-templates`: the mobile client deployment e-mail, its editor with a look at the draft, its history, and test mails.

mod history;
mod look;

use access::Admin;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use console::{
    FieldErrors, Place, ProfileChoice,
    mail_template::{MailTemplatePage, Overtaken, TextFrom},
    mail_templates::{MailTemplatesPage, TemplateLine},
};
use delivery::{
    Error,
    mail::{PLACEHOLDERS, Template},
    templates::{self, InForce, Origin, Scope, Standing},
};
use model::{Fault, Language, Profile, ProfileId, Timestamp};
use serde::Deserialize;

use super::{
    address::Path,
    frame::{Page, PageError, rendered, shell, show as shown},
    when::when,
};
use crate::{App, Problem, session::SignedIn};

pub(crate) use history::{restore, show as show_history};
pub(crate) use look::{look_at_draft, look_at_kept};

/// Whose template a page is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Whose {
    profile: String,
}

impl Whose {
    fn scope(&self, language: Language) -> Result<Scope, Problem> {
        let wrong = |_| Problem::bad_request("this is no profile's id");
        let profile = Some(&self.profile).filter(|id| !id.is_empty());
        let profile = profile.map(|id| id.parse().map_err(wrong)).transpose()?;
        Ok(Scope { language, profile })
    }
}

fn address(scope: Scope) -> String {
    let profile = scope.profile.map(|id| format!("?profile={id}"));
    format!(
        "/mail-templates/{}{}",
        scope.language,
        profile.unwrap_or_default()
    )
}

/// `GET /mail-templates`
pub(crate) async fn list(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let in_force = InForce::read(&app.store).await?;
    let profiles = store::profiles::list(&app.store).await?;
    let now = app.store.env().now();
    let line = |language, profile: Option<&Profile>| {
        let scope = Scope {
            language,
            profile: profile.map(|profile| profile.id),
        };
        line(&in_force, scope, profile, now)
    };
    let own = profiles.iter().flat_map(|(profile, _)| {
        let lines = Language::ALL.map(|language| line(language, Some(profile)));
        lines.into_iter().filter(|line| !line.version.is_empty())
    });
    shown(&MailTemplatesPage {
        shell: shell(&app, &admin, Place::MailTemplates).await?,
        everybody: Language::ALL.map(|language| line(language, None)).into(),
        own: own.collect(),
        profiles: profiles
            .iter()
            .map(|(profile, _)| ProfileChoice {
                id: profile.id.to_string(),
                name: profile.name.clone(),
                chosen: false,
            })
            .collect(),
    })
}

fn line(
    in_force: &InForce,
    scope: Scope,
    profile: Option<&Profile>,
    now: Timestamp,
) -> TemplateLine {
    let newest = in_force.newest(scope);
    let written = newest.filter(|version| version.template.is_some());
    TemplateLine {
        href: address(scope),
        language: scope.language.title().to_owned(),
        code: scope.language.code().to_owned(),
        profile: profile.map_or_else(String::new, |profile| profile.name.clone()),
        version: written.map_or_else(String::new, |version| version.number.to_string()),
        actor: newest.map_or_else(String::new, |version| version.actor.clone()),
        when: newest.map(|version| when(version.at, now)),
    }
}

/// What is chosen below the list.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    language: Language,
    profile: ProfileId,
}

/// `GET /mail-templates/choice`
pub(crate) async fn choose(SignedIn(_): SignedIn, Query(choice): Query<Choice>) -> Page {
    let scope = Scope {
        language: choice.language,
        profile: Some(choice.profile),
    };
    Ok(Redirect::to(&address(scope)).into_response())
}

/// `GET /mail-templates/{language}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(language): Path<Language>,
    Query(whose): Query<Whose>,
) -> Page {
    let scope = whose.scope(language)?;
    let standing = templates::get(&app.store, scope).await?;
    shown(&editor(&app, &admin, scope, &standing, vec![]).await?)
}

/// The editor with what stands or was typed, each fault beside its field.
async fn editor(
    app: &App,
    admin: &Admin,
    scope: Scope,
    standing: &Standing,
    faults: Vec<Fault>,
) -> Result<MailTemplatePage, PageError> {
    let profile = match scope.profile {
        Some(id) => Some(store::profiles::get(&app.store, id).await?),
        None => None,
    };
    let mut errors = FieldErrors::default();
    for fault in faults {
        errors.add(fault.field, fault.message);
    }
    let template = standing.template.clone();
    Ok(MailTemplatePage {
        shell: shell(app, admin, Place::MailTemplates).await?,
        href: format!("/mail-templates/{}", scope.language),
        language: scope.language.title().to_owned(),
        code: scope.language.code().to_owned(),
        direction: direction(scope.language),
        profile: scope.profile.map_or_else(String::new, |id| id.to_string()),
        profile_name: profile.map_or_else(String::new, |profile| profile.name),
        version: standing.version.to_string(),
        origin: match standing.origin {
            Origin::Own => TextFrom::Own,
            Origin::Everybody => TextFrom::Everybody,
            Origin::Shipped => TextFrom::Shipped,
        },
        subject: template.subject,
        html: template.html,
        text: template.text,
        overtaken: None,
        errors,
        placeholders: PLACEHOLDERS.to_vec(),
        to: String::new(),
        can_change: admin.primary().is_ok(),
    })
}

fn direction(language: Language) -> &'static str {
    if language.is_right_to_left() {
        "rtl"
    } else {
        "ltr"
    }
}

/// What was typed into the editor.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    profile: String,
    version: String,
    subject: String,
    html: String,
    text: String,
}

impl Typed {
    fn scope(&self, language: Language) -> Result<Scope, Problem> {
        let profile = self.profile.clone();
        Whose { profile }.scope(language)
    }

    /// The version that it was made of.
    fn seen(&self) -> Option<i64> {
        self.version.parse().ok()
    }

    fn template(&self) -> Template {
        // Forms send every end of a line as CR LF.
        let lines = |text: &str| text.replace("\r\n", "\n");
        Template {
            subject: self.subject.trim().to_owned(),
            text: lines(&self.text),
            html: lines(&self.html),
        }
    }
}

/// `POST /mail-templates/{language}`
pub(crate) async fn change(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(language): Path<Language>,
    Form(typed): Form<Typed>,
) -> Page {
    let actor = admin.primary()?.actor();
    let (scope, template) = (typed.scope(language)?, typed.template());
    match templates::change(&app.store, scope, &template, typed.seen(), &actor).await {
        Ok(_) => Ok(Redirect::to(&address(scope)).into_response()),
        Err(Error::Unfit(faults)) => {
            let standing = Standing {
                template,
                version: typed.seen().unwrap_or_default(),
                ..templates::get(&app.store, scope).await?
            };
            let page = editor(&app, &admin, scope, &standing, faults).await?;
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(Error::Overtaken) => {
            let page = overtaken(&app, &admin, scope, template).await?;
            Ok(rendered(StatusCode::CONFLICT, &page))
        }
        Err(error) => Err(error.into()),
    }
}

/// The editor with what was typed, beside what somebody else saved meanwhile; made of their version, so that saving goes over it.
async fn overtaken(
    app: &App,
    admin: &Admin,
    scope: Scope,
    typed: Template,
) -> Result<MailTemplatePage, PageError> {
    let now = templates::get(&app.store, scope).await?;
    let newest = templates::history(&app.store, scope, None, 1).await?;
    let parts = history::parts(&now.template, &typed);
    let other = newest.into_iter().next().map(|past| Overtaken {
        version: past.version.number.to_string(),
        actor: past.version.actor,
        when: when(past.version.at, app.store.env().now()),
        parts,
    });
    let standing = Standing {
        template: typed,
        ..now
    };
    Ok(MailTemplatePage {
        overtaken: other,
        ..editor(app, admin, scope, &standing, vec![]).await?
    })
}

/// `POST /mail-templates/{language}/reset`
pub(crate) async fn reset(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(language): Path<Language>,
    Form(typed): Form<Typed>,
) -> Page {
    let actor = admin.primary()?.actor();
    let scope = typed.scope(language)?;
    templates::reset(&app.store, scope, typed.seen(), &actor).await?;
    Ok(Redirect::to(&address(scope)).into_response())
}

/// Whom a test mail goes to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tested {
    profile: String,
    to: String,
}

/// `POST /mail-templates/{language}/tests`
pub(crate) async fn test(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(language): Path<Language>,
    Form(tested): Form<Tested>,
) -> Page {
    let actor = admin.primary()?.actor();
    let profile = tested.profile;
    let scope = Whose { profile }.scope(language)?;
    match templates::order_test(&app.store, scope, &tested.to, &actor).await {
        Ok(job) => Ok(Redirect::to(&format!("/jobs/{job}")).into_response()),
        Err(Error::Unfit(faults)) => {
            let standing = templates::get(&app.store, scope).await?;
            let page = MailTemplatePage {
                to: tested.to,
                ..editor(&app, &admin, scope, &standing, faults).await?
            };
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(error) => Err(error.into()),
    }
}
