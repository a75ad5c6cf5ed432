//! The console's pages: each handler gathers, each template shows.

mod address;
mod assets;
mod brand;
mod changes;
mod connections;
mod csv;
mod entry;
mod frame;
mod held;
mod import_users;
mod job_events;
mod jobs;
mod labels;
mod mail_templates;
mod making;
mod manage;
mod outbox;
mod person;
mod plan;
mod plan_items;
mod plan_rows;
mod precedence;
mod preview;
mod profiles;
mod refusal;
mod sheet;
mod sign_in;
mod today;
mod undo;
mod user;
mod user_plan;
mod wave;
mod when;

pub(crate) use sheet::{day, day_name};
pub(crate) use user::Origins;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    middleware::from_fn,
    routing::{get, post},
};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::App;

/// What a page may load: itself, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Every page and what it loads.
pub(crate) fn router() -> Router<App> {
    let pages = Router::new()
        .route("/", get(today::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/set-up", get(sign_in::show_set_up).post(sign_in::set_up))
        .route("/scans", post(import_users::scan))
        .route("/import", get(import_users::show))
        .route("/import/plans", post(plan::make))
        .route("/import/precedence", get(precedence::list))
        .route(
            "/import/precedence/{field}",
            get(precedence::show).post(precedence::set),
        )
        .route("/import/{id}", get(entry::show))
        .route("/import/{id}/decisions", post(entry::decide))
        .route("/plans/{id}", get(plan::show))
        .route("/plans/{id}/events", get(making::events))
        .route("/plans/{id}/give-up", post(making::give_up))
        .route("/plans/{id}/items", get(plan_items::show))
        .route("/plans/{id}/run", post(plan::run))
        .route("/plans/{id}/preview/{entry}", get(preview::show))
        .route("/jobs", get(jobs::list))
        .route("/jobs/{id}", get(jobs::show))
        .route("/jobs/{id}/cancel", post(jobs::cancel))
        .route("/jobs/{id}/pause", post(jobs::pause))
        .route("/jobs/{id}/resume", post(jobs::resume))
        .route("/jobs/{id}/wave", post(jobs::spread))
        .route("/jobs/{id}/retry", post(user_plan::make::retry))
        .route("/jobs/{id}/undo", get(undo::show).post(undo::undo))
        .route("/jobs/{id}/events", get(job_events::events))
        .merge(of_users())
        .merge(of_profiles())
        .merge(of_connections())
        .merge(of_mail())
        .route("/brand", get(brand::show).post(brand::change))
        .route("/brand/reset", post(brand::reset))
        .fallback(refusal::nowhere)
        .layer(from_fn(refusal::as_page))
        .layer(header_layer(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(header_layer(header::CACHE_CONTROL, "no-store"))
        .layer(header_layer(header::REFERRER_POLICY, "same-origin"));
    Router::new()
        .merge(pages)
        .route("/assets/{*path}", get(assets::get))
        // With a policy of their own.
        .route("/plans/{id}/preview/{entry}/mail", get(preview::mail))
        .route("/users/{id}/preview/mail", get(preview::mail_of_user))
        .route(
            "/mail-templates/{language}/look",
            get(mail_templates::look_at_kept).post(mail_templates::look_at_draft),
        )
        .route(
            "/brand/look",
            get(brand::look_at_kept).post(brand::look_at_draft),
        )
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

/// Users > Manage, one user, files, and the plans about users.
fn of_users() -> Router<App> {
    Router::new()
        .route("/users", get(manage::show))
        .route("/users/deployments/plan", post(user_plan::make::deployment))
        .route("/user-plans/{id}/days", post(user_plan::make::remind_anew))
        .route("/users/deletions/plan", post(user_plan::make::deletion))
        .route("/users/changes", post(changes::choose))
        .route(
            "/users/profile-changes/plan",
            post(user_plan::make::profile_change),
        )
        .route(
            "/users/language-changes/plan",
            post(user_plan::make::language_change),
        )
        .route("/users/new", get(person::new).post(person::add))
        .route("/users/{id}/edit", get(person::edit).post(person::change))
        .route("/users/import-csv", get(csv::show).post(csv::upload))
        .route("/users/template.csv", get(csv::template))
        .route("/users/template.xlsx", get(csv::template_xlsx))
        .route("/users/exports", post(csv::choose))
        .route("/users/exports/users.csv", post(csv::export))
        .route("/users/exports/users.xlsx", post(csv::export_xlsx))
        .route("/user-plans/{id}/columns", get(csv::columns_of))
        .route("/user-plans/{id}/faulty.csv", get(csv::faulty))
        .route("/users/syncs/plan", post(user_plan::make::sync))
        .route("/user-plans/{id}", get(user_plan::show))
        .route("/user-plans/{id}/run", post(user_plan::run))
        .route("/users/suspensions/plan", post(user_plan::make::suspension))
        .route("/users/resumptions/plan", post(user_plan::make::resumption))
        .route("/users/{id}/suspension/end", post(user::end_suspension))
        .route("/users/{id}/sheet", get(sheet::ask).post(sheet::print))
        .route(
            "/users/{id}/devices/{device}/withdrawal",
            post(sheet::withdraw),
        )
        .route("/users/{id}", get(user::show))
        .route("/users/{id}/preview", get(preview::of_user))
}

/// Deployment > Profiles.
fn of_profiles() -> Router<App> {
    Router::new()
        .route("/profiles", get(profiles::list).post(profiles::add))
        .route("/profiles/new", get(profiles::new))
        .route(
            "/profiles/{id}",
            get(profiles::show).post(profiles::change::save),
        )
        .route("/profiles/{id}/history", get(profiles::history::show))
        .route(
            "/profiles/{id}/restorations",
            post(profiles::history::restore),
        )
        .route(
            "/profiles/{id}/delete",
            get(profiles::removal::show).post(profiles::removal::remove),
        )
}

/// Configuration > Connections, and the way back from an authorization window.
fn of_connections() -> Router<App> {
    Router::new()
        .route(
            "/connections",
            get(connections::list).post(connections::form::add),
        )
        .route("/connections/new", get(connections::form::new))
        .route("/connections/preview", post(connections::preview::show))
        .route("/connections/{id}", get(connections::one::show))
        .route(
            "/connections/{id}/settings",
            get(connections::form::settings).post(connections::form::change),
        )
        .route("/connections/{id}/test", post(connections::one::test))
        .route("/connections/{id}/pause", post(connections::one::pause))
        .route("/connections/{id}/remove", post(connections::one::remove))
        .route(
            "/connections/{id}/authorization",
            post(connections::one::authorize),
        )
        .route(
            "/connections/{id}/departures",
            post(connections::one::confirm),
        )
        .route("/oauth/callback", get(connections::callback::come_back))
}

/// Deployment > Outbox, and Configuration > Mobile client deployment e-mail.
fn of_mail() -> Router<App> {
    Router::new()
        .route("/outbox", get(outbox::list))
        .route("/outbox/retries", post(outbox::retry))
        .route("/outbox/pause", post(outbox::pause))
        .route("/outbox/resume", post(outbox::resume))
        .route("/mail-templates", get(mail_templates::list))
        .route("/mail-templates/choice", get(mail_templates::choose))
        .route(
            "/mail-templates/{language}",
            get(mail_templates::show).post(mail_templates::change),
        )
        .route(
            "/mail-templates/{language}/reset",
            post(mail_templates::reset),
        )
        .route(
            "/mail-templates/{language}/tests",
            post(mail_templates::test),
        )
        .route(
            "/mail-templates/{language}/history",
            get(mail_templates::show_history),
        )
        .route(
            "/mail-templates/{language}/restorations",
            post(mail_templates::restore),
        )
}

fn header_layer(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
