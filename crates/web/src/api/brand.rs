//! `/brand`: how the public pages look.

use axum::extract::State;
use delivery::brand::{self, Origin, Standing, Wanted, WantedLogo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at;
use crate::{App, Problem, asked::Json, session::Operator};

/// Where the brand comes from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BrandOrigin {
    /// An administrator set it.
    Page,
    /// The settings file says it.
    Settings,
    /// Nobody says anything.
    Shipped,
}

/// The brand as the public pages show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BrandView {
    origin: BrandOrigin,
    /// Rises with every change.
    version: i64,
    /// When it was changed last.
    at: Option<String>,
    /// Who changed it last; may be empty.
    actor: String,
    /// Whether the redirect server took it; null: there is none.
    published: Option<bool>,
    /// The organisation's name.
    name: Option<String>,
    /// Where people get help.
    help: Option<String>,
    /// The colour of buttons on light pages, `#rrggbb`.
    light: Option<String>,
    /// The same on dark pages.
    dark: Option<String>,
    /// A PNG in base64.
    logo: Option<String>,
}

impl BrandView {
    fn of(app: &App, standing: Standing) -> Self {
        let brand = standing.brand;
        let redirect = app.delivery().redirect.as_ref();
        Self {
            origin: match standing.origin {
                Origin::Page => BrandOrigin::Page,
                Origin::Settings => BrandOrigin::Settings,
                Origin::Shipped => BrandOrigin::Shipped,
            },
            version: standing.version,
            at: standing.at.map(at),
            actor: standing.actor,
            published: redirect.map(|_| standing.is_published),
            name: brand.name.map(|name| name.to_string()),
            help: brand.help.map(|help| help.to_string()),
            light: brand.colours.map(|colours| colours.light.to_string()),
            dark: brand.colours.map(|colours| colours.dark.to_string()),
            logo: brand.logo.map(|logo| logo.to_string()),
        }
    }
}

/// How the public pages look, here and at the redirect server.
#[utoipa::path(get, path = "/brand", responses((status = 200, body = BrandView)))]
pub(crate) async fn get(State(app): State<App>, _: Operator) -> Result<Json<BrandView>, Problem> {
    let standing = brand::get(&app.store).await?;
    Ok(Json(BrandView::of(&app, standing)))
}

/// A brand as somebody wants it, as a whole; what is left out, null or empty says nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedBrand {
    /// 1 to 80 characters on one line.
    #[serde(default)]
    name: Option<String>,
    /// 1 to 600 characters.
    #[serde(default)]
    help: Option<String>,
    /// `#rrggbb`; where it is left out, `dark` is both.
    #[serde(default)]
    light: Option<String>,
    /// `#rrggbb`; where it is left out, `light` is both.
    #[serde(default)]
    dark: Option<String>,
    /// A PNG of at most 12 KiB and 1200 by 600 pixels, in base64. It needs a name.
    #[serde(default)]
    logo: Option<String>,
    /// The version that was looked at; where it is another one meanwhile, nothing is changed (409).
    #[serde(default)]
    version: Option<i64>,
}

/// Sets the brand, which counts before the settings file's.
#[utoipa::path(put, path = "/brand", request_body = WantedBrand, responses((status = 200, body = BrandView), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<WantedBrand>,
) -> Result<Json<BrandView>, Problem> {
    let actor = admin.primary()?.actor();
    let logo = wanted.logo.filter(|logo| !logo.is_empty());
    let brand = Wanted {
        name: wanted.name.unwrap_or_default(),
        help: wanted.help.unwrap_or_default(),
        light: wanted.light.unwrap_or_default(),
        dark: wanted.dark.unwrap_or_default(),
        logo: logo.map_or(WantedLogo::None, WantedLogo::Base64),
    };
    let changed = brand::change(&app.store, &brand.parse()?, wanted.version, &actor).await?;
    app.know_brand(changed.clone());
    Ok(Json(BrandView::of(&app, changed)))
}

/// Goes back to what the settings file says, or to what ships with the program.
#[utoipa::path(delete, path = "/brand", responses((status = 200, body = BrandView), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn reset(
    State(app): State<App>,
    Operator(admin): Operator,
) -> Result<Json<BrandView>, Problem> {
    let actor = admin.primary()?.actor();
    let standing = brand::reset(&app.store, None, &actor).await?;
    app.know_brand(standing.clone());
    Ok(Json(BrandView::of(&app, standing)))
}
