//! `/brand`: how the public pages look, its editor with a look at the draft.

mod look;
mod typed;

use access::Admin;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use console::{
    FieldErrors, Place,
    brand::{BrandFrom, BrandLogo, BrandPage, BrandThere, Overtaken},
};
use delivery::{
    Error,
    brand::{self, Origin, Standing},
};
use serde::Deserialize;

use super::{
    frame::{Page, rendered, shell, show as shown},
    when::when,
};
use crate::{App, Problem, session::SignedIn};

pub(crate) use look::{look_at_draft, look_at_kept};
use typed::Typed;

/// `GET /brand`
pub(crate) async fn show(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let standing = brand::get(&app.store).await?;
    shown(&editor(&app, &admin, &standing).await?)
}

/// The editor with what stands.
async fn editor(app: &App, admin: &Admin, standing: &Standing) -> Result<BrandPage, Problem> {
    let brand = &standing.brand;
    let colours = brand.colours.unwrap_or(landing::OWN_COLOURS);
    Ok(BrandPage {
        shell: shell(app, admin, Place::Brand).await?,
        version: standing.version.to_string(),
        origin: match standing.origin {
            Origin::Page if standing.settings_say => BrandFrom::PageOverSettings,
            Origin::Page => BrandFrom::Page,
            Origin::Settings => BrandFrom::Settings,
            Origin::Shipped => BrandFrom::Shipped,
        },
        actor: standing.actor.clone(),
        when: standing.at.map(|at| when(at, app.store.env().now())),
        redirect: match &app.delivery().redirect {
            None => BrandThere::Nowhere,
            Some(_) if standing.is_published => BrandThere::Shown,
            Some(_) => BrandThere::Waits,
        },
        name: brand
            .name
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        help: brand
            .help
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        own_colours: brand.colours.is_some(),
        light: colours.light.to_string(),
        dark: colours.dark.to_string(),
        logo: match brand.logo {
            None => BrandLogo::None,
            Some(_) => BrandLogo::There,
        },
        overtaken: None,
        errors: FieldErrors::default(),
        can_change: admin.primary().is_ok(),
    })
}

/// `POST /brand`
pub(crate) async fn change(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    typed: Typed,
) -> Page {
    let actor = admin.primary()?.actor();
    let standing = brand::get(&app.store).await?;
    let seen = typed.seen();
    let page = BrandPage {
        name: typed.name.clone(),
        help: typed.help.clone(),
        own_colours: typed.own_colours,
        light: typed.light.clone(),
        dark: typed.dark.clone(),
        ..editor(&app, &admin, &standing).await?
    };
    let page = BrandPage {
        logo: match page.logo {
            BrandLogo::There if typed.remove_logo => BrandLogo::Unwanted,
            logo => logo,
        },
        ..page
    };
    if seen.is_some_and(|seen| seen != standing.version) {
        // Before anything is said about it: the logo that was kept may be another one now.
        let page = overtaken(page, &standing, typed.has_file());
        return Ok(rendered(StatusCode::CONFLICT, &page));
    }
    let had_file = typed.has_file();
    match typed.wanted(standing.brand.logo).parse() {
        Ok(wanted) => match brand::change(&app.store, &wanted, seen, &actor).await {
            Ok(changed) => {
                app.know_brand(changed);
                Ok(Redirect::to("/brand").into_response())
            }
            Err(Error::Overtaken) => {
                let standing = brand::get(&app.store).await?;
                let page = overtaken(page, &standing, had_file);
                Ok(rendered(StatusCode::CONFLICT, &page))
            }
            Err(error) => Err(error.into()),
        },
        Err(Error::Unfit(faults)) => {
            let mut errors = FieldErrors::default();
            for fault in faults {
                errors.add(fault.field, fault.message);
            }
            let page = BrandPage { errors, ..page };
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(error) => Err(error.into()),
    }
}

/// The editor with what was typed, beside what somebody else saved meanwhile; made of their version, so that saving goes over it.
fn overtaken(page: BrandPage, standing: &Standing, had_file: bool) -> BrandPage {
    let brand = &standing.brand;
    let text = |theirs: Option<String>| theirs.unwrap_or_default();
    let colours = |colours: (String, String)| format!("{}, {}", colours.0, colours.1);
    let theirs = brand
        .colours
        .map(|own| (own.light.to_string(), own.dark.to_string()));
    let yours = page
        .own_colours
        .then(|| (page.light.clone(), page.dark.clone()));
    let logo = |there: bool| if there { "A logo" } else { "None" }.to_owned();
    let theirs_logo = logo(brand.logo.is_some());
    let yours_logo = match page.logo {
        _ if had_file => "The file you chose".to_owned(),
        BrandLogo::Unwanted => logo(false),
        // Saving keeps theirs.
        _ => theirs_logo.clone(),
    };
    let all = [
        (
            "Name",
            text(brand.name.as_ref().map(ToString::to_string)),
            page.name.clone(),
        ),
        (
            "Help",
            text(brand.help.as_ref().map(ToString::to_string)),
            page.help.clone(),
        ),
        (
            "Colours",
            text(theirs.map(colours)),
            text(yours.map(colours)),
        ),
        ("Logo", theirs_logo, yours_logo),
    ];
    let differences = all.into_iter().filter(|(_, theirs, yours)| theirs != yours);
    BrandPage {
        version: standing.version.to_string(),
        overtaken: Some(Overtaken {
            differences: differences.collect(),
            had_file,
        }),
        ..page
    }
}

/// Which version is gone back from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    version: String,
}

/// `POST /brand/reset`
pub(crate) async fn reset(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(seen): Form<Seen>,
) -> Page {
    let actor = admin.primary()?.actor();
    let standing = brand::reset(&app.store, seen.version.parse().ok(), &actor).await?;
    app.know_brand(standing);
    Ok(Redirect::to("/brand").into_response())
}
