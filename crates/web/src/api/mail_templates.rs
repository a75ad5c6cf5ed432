//! `/mail-templates`: the mobile client deployment e-mail per language, for everybody or one profile.

use axum::{extract::State, http::StatusCode};
use delivery::{
    mail::Template,
    templates::{self, InForce, Origin, Past, Scope, Standing},
};
use model::{JobId, Language, ProfileId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::at;
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    session::Operator,
};

/// Whose template.
#[derive(Debug, Default, Clone, Copy, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// The template of this profile's users; without: everybody's.
    profile: Option<ProfileId>,
}

impl Whose {
    const fn scope(self, language: Language) -> Scope {
        Scope {
            language,
            profile: self.profile,
        }
    }
}

/// Where a text comes from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TextOrigin {
    /// Written for just these mails.
    Own,
    /// The profile has none of its own: everybody's.
    Everybody,
    /// The program ships it.
    Shipped,
}

impl From<Origin> for TextOrigin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Own => Self::Own,
            Origin::Everybody => Self::Everybody,
            Origin::Shipped => Self::Shipped,
        }
    }
}

/// A template as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateView {
    language: Language,
    /// Null: everybody's.
    profile: Option<ProfileId>,
    origin: TextOrigin,
    /// Rises with every change; 0: it was never changed.
    version: i64,
    subject: String,
    text: String,
    html: String,
}

impl TemplateView {
    fn of(scope: Scope, standing: Standing) -> Self {
        Self {
            language: scope.language,
            profile: scope.profile,
            origin: standing.origin.into(),
            version: standing.version,
            subject: standing.template.subject,
            text: standing.template.text,
            html: standing.template.html,
        }
    }
}

/// A template in the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateLine {
    language: Language,
    /// Null: everybody's.
    profile: Option<ProfileId>,
    /// Whether somebody's text is in force, not what ships or stands above.
    own: bool,
    /// 0: it was never changed.
    version: i64,
    /// When it was changed last.
    at: Option<String>,
    /// Who changed it last; may be empty.
    actor: String,
}

/// Everybody's template of each language, and those of profiles that were ever changed.
#[utoipa::path(get, path = "/mail-templates", responses((status = 200, body = Vec<TemplateLine>)))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
) -> Result<Json<Vec<TemplateLine>>, Problem> {
    let in_force = InForce::read(&app.store).await?;
    let profiles = store::profiles::list(&app.store).await?;
    let everybody = Language::ALL.map(|language| Scope {
        language,
        profile: None,
    });
    let own = profiles.iter().flat_map(|(profile, _)| {
        Language::ALL.map(|language| Scope {
            language,
            profile: Some(profile.id),
        })
    });
    let own = own.filter(|scope| in_force.newest(*scope).is_some());
    let line = |scope: Scope| {
        let newest = in_force.newest(scope);
        TemplateLine {
            language: scope.language,
            profile: scope.profile,
            own: newest.is_some_and(|version| version.template.is_some()),
            version: newest.map_or(0, |version| version.number),
            at: newest.map(|version| at(version.at)),
            actor: newest.map_or_else(String::new, |version| version.actor.clone()),
        }
    };
    Ok(Json(everybody.into_iter().chain(own).map(line).collect()))
}

/// A template as mails are written from it.
#[utoipa::path(get, path = "/mail-templates/{language}", params(("language" = Language, Path), Whose), responses((status = 200, body = TemplateView), (status = 404, body = Problem)))]
pub(crate) async fn get(
    State(app): State<App>,
    _: Operator,
    Path(language): Path<Language>,
    Query(whose): Query<Whose>,
) -> Result<Json<TemplateView>, Problem> {
    let scope = whose.scope(language);
    let standing = templates::get(&app.store, scope).await?;
    Ok(Json(TemplateView::of(scope, standing)))
}

/// A template as somebody wants it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedTemplate {
    subject: String,
    text: String,
    html: String,
    /// The version that was looked at; where it is another one meanwhile, nothing is changed (409).
    #[serde(default)]
    version: Option<i64>,
}

/// Changes a template, for the mails that are ordered from now on.
#[utoipa::path(put, path = "/mail-templates/{language}", params(("language" = Language, Path), Whose), request_body = WantedTemplate, responses((status = 200, body = TemplateView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(language): Path<Language>,
    Query(whose): Query<Whose>,
    Json(wanted): Json<WantedTemplate>,
) -> Result<Json<TemplateView>, Problem> {
    let actor = admin.primary()?.actor();
    let scope = whose.scope(language);
    let template = Template {
        subject: wanted.subject,
        text: wanted.text,
        html: wanted.html,
    };
    let changed = templates::change(&app.store, scope, &template, wanted.version, &actor).await?;
    Ok(Json(TemplateView::of(scope, changed)))
}

/// Goes back to what ships with the program, or of a profile's template to everybody's.
#[utoipa::path(delete, path = "/mail-templates/{language}", params(("language" = Language, Path), Whose), responses((status = 200, body = TemplateView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn reset(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(language): Path<Language>,
    Query(whose): Query<Whose>,
) -> Result<Json<TemplateView>, Problem> {
    let actor = admin.primary()?.actor();
    let scope = whose.scope(language);
    let standing = templates::reset(&app.store, scope, None, &actor).await?;
    Ok(Json(TemplateView::of(scope, standing)))
}

/// Where a page of a history begins, and whose it is.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// The template of this profile's users; without: everybody's.
    profile: Option<ProfileId>,
    /// Versions before this one.
    before: Option<i64>,
    /// Versions, 1 to 100; 20 without.
    limit: Option<i64>,
}

/// One version of a template.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateVersionView {
    version: i64,
    at: String,
    actor: String,
    /// Whether it went back to what stands above it.
    reset: bool,
    subject: String,
    text: String,
    html: String,
}

impl From<Past> for TemplateVersionView {
    fn from(past: Past) -> Self {
        Self {
            version: past.version.number,
            at: at(past.version.at),
            reset: past.version.template.is_none(),
            actor: past.version.actor,
            subject: past.template.subject,
            text: past.template.text,
            html: past.template.html,
        }
    }
}

/// Versions of a template.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateVersionPage {
    items: Vec<TemplateVersionView>,
    /// For `before`.
    next: Option<i64>,
}

/// Every version of a template, the newest first.
#[utoipa::path(get, path = "/mail-templates/{language}/versions", params(("language" = Language, Path), HistoryParams), responses((status = 200, body = TemplateVersionPage), (status = 404, body = Problem)))]
pub(crate) async fn versions(
    State(app): State<App>,
    _: Operator,
    Path(language): Path<Language>,
    Query(params): Query<HistoryParams>,
) -> Result<Json<TemplateVersionPage>, Problem> {
    let limit = params.limit.unwrap_or(20).clamp(1, 100);
    let scope = Scope {
        language,
        profile: params.profile,
    };
    let past = templates::history(&app.store, scope, params.before, limit).await?;
    let items: Vec<TemplateVersionView> = past.into_iter().map(Into::into).collect();
    let full = store::as_i64(items.len()) == limit;
    Ok(Json(TemplateVersionPage {
        next: items.last().filter(|_| full).map(|item| item.version),
        items,
    }))
}

/// Which version is to be as it was.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedTemplateRestoration {
    version: i64,
}

/// Makes a template as it was in one of its versions, which makes a new version.
#[utoipa::path(post, path = "/mail-templates/{language}/restorations", params(("language" = Language, Path), Whose), request_body = WantedTemplateRestoration, responses((status = 200, body = TemplateView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn restore(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(language): Path<Language>,
    Query(whose): Query<Whose>,
    Json(wanted): Json<WantedTemplateRestoration>,
) -> Result<Json<TemplateView>, Problem> {
    let actor = admin.primary()?.actor();
    let scope = whose.scope(language);
    let standing = templates::restore(&app.store, scope, wanted.version, None, &actor).await?;
    Ok(Json(TemplateView::of(scope, standing)))
}

/// A draft, and whom it is looked at for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedLook {
    subject: String,
    text: String,
    html: String,
    /// A user; without, an invented person.
    #[serde(default)]
    user: Option<UserId>,
}

/// A draft as a person would get it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LookView {
    from: String,
    to: String,
    subject: String,
    text: String,
    /// With the QR of a link that leads nowhere in it.
    html: String,
}

/// Writes a draft as a person would get it, and keeps nothing.
#[utoipa::path(post, path = "/mail-templates/{language}/previews", params(("language" = Language, Path), Whose), request_body = WantedLook, responses((status = 200, body = LookView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn preview(
    State(app): State<App>,
    _: Operator,
    Path(language): Path<Language>,
    Query(whose): Query<Whose>,
    Json(wanted): Json<WantedLook>,
) -> Result<Json<LookView>, Problem> {
    let template = Template {
        subject: wanted.subject,
        text: wanted.text,
        html: wanted.html,
    };
    let (store, settings) = (&app.store, app.delivery());
    let scope = whose.scope(language);
    let draft = templates::look(store, settings, scope, &template, wanted.user).await?;
    Ok(Json(LookView {
        from: draft.from,
        to: draft.to,
        subject: draft.subject,
        text: draft.text,
        html: draft.html,
    }))
}

/// Whom a test mail goes to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedTest {
    to: String,
}

/// The job that sends it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderedTest {
    job: JobId,
}

/// Sends the template as it stands to an address, marked as a test, with a link that leads nowhere.
#[utoipa::path(post, path = "/mail-templates/{language}/tests", params(("language" = Language, Path), Whose), request_body = WantedTest, responses((status = 202, body = OrderedTest), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn test(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(language): Path<Language>,
    Query(whose): Query<Whose>,
    Json(wanted): Json<WantedTest>,
) -> Result<(StatusCode, Json<OrderedTest>), Problem> {
    let actor = admin.primary()?.actor();
    let scope = whose.scope(language);
    let job = templates::order_test(&app.store, scope, &wanted.to, &actor).await?;
    Ok((StatusCode::ACCEPTED, Json(OrderedTest { job })))
}
