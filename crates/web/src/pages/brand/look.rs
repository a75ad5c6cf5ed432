//! `/brand/look`: the landing page in what is kept, or in a draft, for the editor's frame.

use axum::{
    extract::{Query, State},
    response::IntoResponse,
};
use console::brand::{BrandLook, ButtonLook};
use delivery::{Error, brand};
use landing::TicketLink;
use publication::{Brand, Language};
use serde::Deserialize;

use super::typed::Typed;
use crate::{
    App,
    pages::{
        frame::{Page, show as shown},
        preview::POLICY,
    },
    session::SignedIn,
};

/// How it is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Looking {
    /// `desktop` or `phone`.
    pub(super) shape: String,
    /// `dark`: as in the dark.
    pub(super) shade: String,
}

/// `GET /brand/look`
pub(crate) async fn look_at_kept(
    State(app): State<App>,
    SignedIn(_): SignedIn,
    Query(looking): Query<Looking>,
) -> Page {
    let standing = brand::get(&app.store).await?;
    framed(&app, Ok(standing.brand), &looking)
}

/// `POST /brand/look`
pub(crate) async fn look_at_draft(
    State(app): State<App>,
    SignedIn(_): SignedIn,
    mut typed: Typed,
) -> Page {
    let standing = brand::get(&app.store).await?;
    let looking = std::mem::take(&mut typed.looking);
    framed(&app, typed.wanted(standing.brand.logo).parse(), &looking)
}

fn framed(app: &App, brand: Result<Brand, Error>, looking: &Looking) -> Page {
    let look = BrandLook {
        phone: looking.shape == "phone",
        dark: looking.shade == "dark",
        ..BrandLook::default()
    };
    let look = match brand {
        Ok(brand) => BrandLook {
            buttons: buttons(&brand),
            html: page(app, &brand).framed(look.dark),
            ..look
        },
        Err(Error::Unfit(faults)) => BrandLook {
            faults: faults.into_iter().map(|f| (f.field, f.message)).collect(),
            ..look
        },
        Err(error) => return Err(error.into()),
    };
    Ok((POLICY, shown(&look)?).into_response())
}

/// The landing page of a link that leads nowhere.
fn page(app: &App, brand: &Brand) -> landing::Page {
    let settings = app.delivery();
    let server = settings.redirect.as_ref().map(|redirect| &redirect.url);
    let server = server.unwrap_or(&settings.public_url);
    let link = TicketLink::new(server, delivery::NO_TICKET);
    landing::landing(&link, brand, &Language::default())
}

fn buttons(brand: &Brand) -> Vec<ButtonLook> {
    let Some(colours) = brand.colours else {
        return vec![];
    };
    let [light, dark] = landing::buttons(colours);
    let asked = [
        ("light", colours.light, light),
        ("dark", colours.dark, dark),
    ];
    let looks = asked.map(|(shade, asked, shown)| ButtonLook {
        shade,
        colour: shown.colour.to_string(),
        ink: shown.ink.to_string(),
        asked: if asked == shown.colour {
            String::new()
        } else {
            asked.to_string()
        },
    });
    looks.into()
}
