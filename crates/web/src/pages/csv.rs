//! `/users/import-csv` and `/users/exports`: users out of files and into them.

use access::Admin;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::Form;
use console::{
    Place, ProfileChoice,
    csv::{ExportPage, ImportCsvPage, MappingPage, Meaning},
};
use import::csv::{IGNORE, Which};
use model::{Actor, Fault, PlanId, UserId};
use serde::Deserialize;
use sheets::Kind;
use users::columns::Column;

use super::{
    address::Path,
    frame::{Page, shell, show as shown},
};
use crate::{
    App, Problem,
    api::csv::{columns, empty},
    download,
    forms::SelectionForm,
    session::SignedIn,
    upload::{Ask, Upload, Uploaded},
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
    match upload.plan(&app, Ask::Somebody, &admin.actor()).await? {
        Uploaded::Plan(plan) => {
            Ok(Redirect::to(&format!("/user-plans/{}", plan.id)).into_response())
        }
        Uploaded::Unmapped { header, mut fields } => {
            let kept = ["profile", "partial", "overwrite", "empty"];
            let kept = kept.map(|name| (name, fields.one.remove(name).unwrap_or_default()));
            let meanings = import::csv::suggestions(&header);
            mapping(&app, &admin, kept.to_vec(), meanings).await
        }
    }
}

/// `GET /user-plans/{id}/columns`: what the columns of a plan's file mean, to be said anew.
pub(crate) async fn columns_of(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let told = import::csv::shown(&plan).ok_or(import::Error::OtherPurpose)?;
    let options = told.options;
    let profile = match options.profile {
        Which::FromCsv => "csv".to_owned(),
        Which::All(id) => id.map(|id| id.to_string()).unwrap_or_default(),
    };
    let flag = |set: bool, word: &str| if set { word.to_owned() } else { String::new() };
    let kept = vec![
        ("profile", profile),
        ("partial", flag(options.partial, "1")),
        ("overwrite", flag(options.overwrite, "1")),
        ("empty", flag(options.clear, "clear")),
    ];
    let meanings = told.headings.into_iter().map(|(heading, name)| {
        let column = name.as_deref().and_then(Column::parse);
        (heading, column)
    });
    mapping(&app, &admin, kept, meanings.collect()).await
}

/// The page on which somebody says what the columns of a file mean.
async fn mapping(
    app: &App,
    admin: &Admin,
    kept: Vec<(&'static str, String)>,
    meanings: Vec<(String, Option<Column>)>,
) -> Page {
    let named = meanings
        .into_iter()
        .filter(|(heading, _)| !heading.is_empty());
    shown(&MappingPage {
        shell: shell(app, admin, Place::Manage).await?,
        hidden: kept,
        columns: Column::ALL
            .into_iter()
            .map(|column| (column.name(), column.title()))
            .collect(),
        meanings: named
            .map(|(heading, column)| Meaning {
                is_known: column.is_some() && Column::of_heading(&heading) == column,
                heading,
                column: column.map_or(IGNORE, Column::name),
            })
            .collect(),
    })
}

/// `GET /users/template.csv`
pub(crate) async fn template(_: SignedIn) -> Result<Response, Problem> {
    empty(Kind::Csv)
}

/// `GET /users/template.xlsx`
pub(crate) async fn template_xlsx(_: SignedIn) -> Result<Response, Problem> {
    empty(Kind::Xlsx)
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
    shown(&ExportPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        hidden: form.hidden(),
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
    write(app, &admin.actor(), &form, Kind::Csv).await
}

/// `POST /users/exports/users.xlsx`
pub(crate) async fn export_xlsx(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(form): Form<ExportForm>,
) -> Result<Response, Problem> {
    write(app, &admin.actor(), &form, Kind::Xlsx).await
}

async fn write(
    app: App,
    actor: &Actor,
    form: &ExportForm,
    kind: Kind,
) -> Result<Response, Problem> {
    let selection = form.selection().parse::<UserId>()?;
    let columns = columns(form.column.iter().map(String::as_str))?;
    if columns.is_empty() {
        let fault = Fault::new("column", "none is ticked");
        return Err(Problem::unfit("There is no column to export", vec![fault])
            .hint("go back and tick the columns that the file is to have"));
    }
    let export = users::Export::begin(&app.store, selection, columns, kind, actor).await?;
    Ok(download::users(app, kind, export))
}
