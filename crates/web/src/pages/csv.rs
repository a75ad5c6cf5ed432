//! `/users/import-csv` and `/users/exports`: users out of files and into them.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::Form;
use console::{
    Place, ProfileChoice,
    csv::{ExportPage, ImportCsvPage},
};
use model::{PlanId, UserId};
use serde::Deserialize;
use users::columns::Column;

use super::frame::{Page, shell, show as shown};
use crate::{
    App, Problem, api::csv::columns, download, forms::SelectionForm, session::SignedIn,
    upload::Upload,
};

/// `GET /users/import-csv`
pub(crate) async fn show(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let all = store::profiles::list(&app.store).await?;
    let choice = |id: &str, name: &str| ProfileChoice {
        id: id.to_owned(),
        name: name.to_owned(),
        chosen: id == "csv",
    };
    let mut profiles = vec![choice("csv", "From CSV")];
    profiles.extend(
        all.iter()
            .map(|(profile, _)| choice(&profile.id.to_string(), &profile.name)),
    );
    profiles.push(choice("", "Do not deploy"));
    shown(&ImportCsvPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        profiles,
    })
}

/// `POST /users/import-csv`
pub(crate) async fn upload(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    upload: Upload,
) -> Page {
    let plan = upload.plan(&app, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/user-plans/{}", plan.id)).into_response())
}

/// `GET /users/template.csv`
pub(crate) async fn template(_: SignedIn) -> Response {
    download::csv("users-template.csv", users::template())
}

/// `GET /user-plans/{id}/faulty.csv`
pub(crate) async fn faulty(
    State(app): State<App>,
    _: SignedIn,
    Path(id): Path<PlanId>,
) -> Result<Response, Problem> {
    let plan = store::plans::get(&app.store, id).await?;
    let faulty = import::csv::Faulty::of(&plan)?;
    Ok(download::faulty(app, faulty))
}

/// `POST /users/exports`: which columns the file of a selection has.
pub(crate) async fn choose(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(form): Form<SelectionForm>,
) -> Page {
    form.parse::<UserId>()?;
    let mut hidden: Vec<(&'static str, String)> = vec![];
    hidden.extend(form.all.map(|all| ("all", all)));
    hidden.extend(form.id.into_iter().map(|id| ("id", id)));
    hidden.extend(form.except.into_iter().map(|id| ("except", id)));
    hidden.extend([("q", form.q), ("filter", form.filter)]);
    shown(&ExportPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        hidden,
        columns: Column::exported()
            .into_iter()
            .map(|column| (column.name(), column.title()))
            .collect(),
    })
}

/// A selection with the columns that were ticked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExportForm {
    all: Option<String>,
    id: Vec<String>,
    except: Vec<String>,
    q: String,
    filter: String,
    column: Vec<String>,
}

impl ExportForm {
    fn selection(&self) -> SelectionForm {
        SelectionForm {
            all: self.all.clone(),
            id: self.id.clone(),
            except: self.except.clone(),
            q: self.q.clone(),
            filter: self.filter.clone(),
            ..SelectionForm::default()
        }
    }
}

/// `POST /users/exports/users.csv`
pub(crate) async fn export(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(form): Form<ExportForm>,
) -> Result<Response, Problem> {
    let selection = form.selection().parse::<UserId>()?;
    let columns = columns(form.column.iter().map(String::as_str))?;
    let export = users::Export::begin(&app.store, selection, columns, &admin.actor()).await?;
    Ok(download::users(app, export))
}
