//! `/users/{id}/sheet`: a deployment without a mail, printed.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use console::sheet::{PrintedSheet, SheetPage};
use delivery::Sheet;
use model::{DeviceId, Timestamp, UserId};
use publication::{BrandName, Language};

use super::{
    address::Path,
    frame::{Page, show as shown},
};
use crate::{App, Problem, session::SignedIn};

/// `GET /users/{id}/sheet`: the question.
pub(crate) async fn ask(
    State(app): State<App>,
    SignedIn(_): SignedIn,
    Path(id): Path<UserId>,
) -> Page {
    let user = store::users::get(&app.store, id).await?;
    shown(&SheetPage {
        id: id.to_string(),
        name: user.served().label(),
        sheet: None,
    })
}

/// `POST /users/{id}/sheet`: the sheet, shown once.
pub(crate) async fn print(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<UserId>,
) -> Page {
    let user = store::users::get(&app.store, id).await?;
    let made = delivery::print(&app.store, app.delivery(), id, &admin.actor()).await?;
    let brand = app.brand();
    shown(&SheetPage {
        id: id.to_string(),
        name: user.served().label(),
        sheet: Some(printed(&made, brand.name.as_ref())?),
    })
}

/// `POST /users/{id}/devices/{device}/withdrawal`
pub(crate) async fn withdraw(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path((id, device)): Path<(UserId, DeviceId)>,
) -> Page {
    delivery::withdraw_device(&app.store, id, device, None, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/users/{id}")).into_response())
}

fn printed(sheet: &Sheet, brand: Option<&BrandName>) -> Result<PrintedSheet, Problem> {
    let language: Language = sheet.language.parse().unwrap_or_default();
    let words = landing::sheet_words(&language);
    let link = sheet.link.expose();
    let qr = landing::qr::svg(link)
        .ok_or_else(|| Problem::bad_request("this server's address is too long for a QR code"))?;
    Ok(PrintedSheet {
        lang: words.lang.to_owned(),
        direction: words.direction.to_owned(),
        organisation: brand.map(ToString::to_string).unwrap_or_default(),
        title: words.title.to_owned(),
        lead: words.lead.to_owned(),
        steps: words.steps().map(str::to_owned).to_vec(),
        link: link.to_owned(),
        qr,
        type_at: words.type_at.to_owned(),
        code_address: sheet.code_address.clone(),
        code: sheet.code.expose().to_owned(),
        until: words.until.to_owned(),
        day: day(sheet.expires_at),
        day_name: day_name(words.lang, sheet.expires_at),
        keep: words.keep.to_owned(),
    })
}

/// The day (UTC) of a moment, as a language writes it.
pub(crate) fn day_name(language: &str, at: Timestamp) -> String {
    let language = model::Language::of(language).unwrap_or(model::Language::English);
    delivery::mail::date(language, at)
}

/// The day (UTC) of a moment.
pub(crate) fn day(at: Timestamp) -> String {
    let text = at.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
