//! The REST API under `/api/v1`: the same verbs as the pages, described by OpenAPI.

mod bounces;
mod brand;
mod changes;
pub(crate) mod connections;
pub(crate) mod csv;
mod deployments;
mod entered;
mod entries;
mod everywhere;
pub(crate) mod jobs;
mod mail_templates;
mod many;
mod office;
mod outbox;
mod plans;
mod precedence;
mod profiles;
mod suspensions;
mod syncs;
mod users;

use axum::{Router, http::header, response::IntoResponse, routing::get};
use model::Timestamp;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Description,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::App;

#[derive(OpenApi)]
#[openapi(
    info(title = "rollcall", description = "Rolls softphone clients out to people. Errors are problem documents (RFC 9457) with a hint."),
    modifiers(&Bearer),
    components(schemas(clients::Configuration)),
    security(("token" = []))
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, description: &mut Description) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        description
            .components
            .get_or_insert_default()
            .add_security_scheme("token", scheme);
    }
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(connections::list, connections::add))
        .routes(routes!(
            connections::get,
            connections::change,
            connections::remove
        ))
        .routes(routes!(connections::preview))
        .routes(routes!(connections::authorize))
        .routes(routes!(
            connections::departures,
            connections::confirm_departures
        ))
        .routes(routes!(connections::test))
        .routes(routes!(connections::scan))
        .routes(routes!(entries::list))
        .routes(routes!(entries::total))
        .routes(routes!(entries::get))
        .routes(routes!(entries::link, entries::unlink))
        .routes(routes!(entries::take_back))
        .routes(routes!(precedence::list))
        .routes(routes!(precedence::set))
        .routes(routes!(plans::plan))
        .routes(routes!(plans::get))
        .routes(routes!(plans::items))
        .routes(routes!(plans::preview))
        .routes(routes!(plans::import))
        .routes(routes!(plans::undo))
        .routes(routes!(csv::plan))
        .routes(routes!(csv::template))
        .routes(routes!(csv::template_xlsx))
        .routes(routes!(csv::faulty))
        .routes(routes!(csv::export))
        .routes(routes!(csv::export_xlsx))
        .routes(routes!(users::list, entered::add))
        .routes(routes!(users::get, entered::change, changes::delete_one))
        .routes(routes!(users::withdraw_device))
        .routes(routes!(users::timeline))
        .routes(routes!(plans::preview_user))
        .routes(routes!(deployments::deploy))
        .routes(routes!(syncs::sync))
        .routes(routes!(suspensions::suspend))
        .routes(routes!(suspensions::resume))
        .routes(routes!(suspensions::end))
        .routes(routes!(profiles::settings))
        .routes(routes!(changes::profile))
        .routes(routes!(changes::language))
        .routes(routes!(changes::delete))
        .routes(routes!(changes::retry))
        .routes(routes!(profiles::list, profiles::add))
        .routes(routes!(profiles::get, profiles::change, profiles::remove))
        .routes(routes!(profiles::copy))
        .routes(routes!(profiles::versions))
        .routes(routes!(profiles::restore))
        .routes(routes!(bounces::hand_in))
        .routes(routes!(outbox::list))
        .routes(routes!(outbox::retry))
        .routes(routes!(outbox::pause, outbox::resume))
        .routes(routes!(brand::get, brand::change, brand::reset))
        .routes(routes!(mail_templates::list))
        .routes(routes!(
            mail_templates::get,
            mail_templates::change,
            mail_templates::reset
        ))
        .routes(routes!(mail_templates::versions))
        .routes(routes!(mail_templates::restore))
        .routes(routes!(mail_templates::preview))
        .routes(routes!(mail_templates::test))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::get, jobs::cancel))
        .routes(routes!(jobs::pause, jobs::resume))
        .routes(routes!(jobs::respread))
        .routes(routes!(jobs::items))
        .routes(routes!(jobs::events))
        .routes(routes!(office::summary))
        .routes(routes!(office::audit))
        .routes(routes!(office::publication_key))
}

/// The description alone.
pub(crate) fn description() -> Description {
    parts().1
}

fn parts() -> (Router<App>, Description) {
    let (router, mut description) = OpenApiRouter::new()
        .nest("/api/v1", routes())
        .split_for_parts();
    everywhere::describe(&mut description);
    (router, description)
}

pub(crate) fn router() -> Router<App> {
    let (router, description) = parts();
    let text = description
        .to_pretty_json()
        .expect("the description always serialises");
    router.route(
        "/api/v1/openapi.json",
        get(move |_: crate::session::Operator| async move {
            ([(header::CONTENT_TYPE, "application/json")], text).into_response()
        }),
    )
}

/// A moment as the API tells it: RFC 3339, UTC.
fn at(moment: Timestamp) -> String {
    moment.to_string()
}
