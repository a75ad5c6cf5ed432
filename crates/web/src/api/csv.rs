//! `/csv-imports` and `/users.csv`: users out of files and into them.

use axum::{extract::State, http::StatusCode, response::Response};
use import::csv::Mapped;
use model::{PlanId, Query as ListQuery, Selection, selection::All};
use serde::{Deserialize, Serialize};
use sheets::Kind;
use store::plans::Plan;
use users::columns::Column;
use utoipa::{IntoParams, ToSchema};

use super::plans::PlanView;
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    download,
    session::Operator,
    upload::{Ask, Upload, Uploaded},
};

/// A plan that was made of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilePlan {
    #[serde(flatten)]
    plan: PlanView,
    /// The encoding that was found; empty for a workbook.
    encoding: String,
    /// What stands between two cells; empty for a workbook.
    delimiter: String,
    /// The sheet of a workbook that was read; null for CSV.
    sheet: Option<String>,
    columns: Vec<Heading>,
    /// Where the meaning of columns comes from, beyond their names: `given` with the file, `remembered` from a file with the same
    /// header; null: nowhere.
    mapping: Option<&'static str>,
    /// What is odd about the file as a whole.
    warnings: Vec<String>,
}

/// A heading of the file.
#[derive(Debug, Serialize, ToSchema)]
struct Heading {
    heading: String,
    /// The column that it means; null: it is not known and left out.
    column: Option<String>,
}

impl From<Plan> for FilePlan {
    fn from(plan: Plan) -> Self {
        let told = import::csv::shown(&plan).expect("a plan of a file says what was found in it");
        let columns = told.headings.into_iter();
        Self {
            plan: plan.into(),
            encoding: told.encoding,
            delimiter: told.delimiter.map(String::from).unwrap_or_default(),
            sheet: told.sheet.map(|(name, _)| name),
            columns: columns
                .map(|(heading, column)| Heading { heading, column })
                .collect(),
            mapping: told.mapped.map(|mapped| match mapped {
                Mapped::Given => "given",
                Mapped::Remembered(_) => "remembered",
            }),
            warnings: told.warnings,
        }
    }
}

/// The parts of the form, in this order.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what is read part by part")]
struct FileForm {
    /// A profile's id for everybody; `csv`, or nothing said: the one that each row names; empty: *Do not deploy*.
    profile: Option<String>,
    /// Whether the good rows are imported where others have faults.
    partial: Option<bool>,
    /// Whether rows with an ID of this system change the user that they name.
    overwrite: Option<bool>,
    /// What an empty cell does: `keep` or `clear`.
    empty: Option<String>,
    /// What a heading means that is not known: `Nachname=last_name`, or `Shoe size=ignore`; as often as needed. It is remembered for the
    /// next file with the same header.
    map: Vec<String>,
    /// The file, CSV or XLSX; it comes last.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Makes a plan of a CSV file or of the first visible sheet of a workbook (XLSX): nothing is changed. `POST /imports` carries it out. Rows with faults are left out with the reason.
#[utoipa::path(post, path = "/csv-imports", request_body(content = FileForm, content_type = "multipart/form-data"), responses((status = 201, body = FilePlan), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn plan(
    State(app): State<App>,
    Operator(admin): Operator,
    upload: Upload,
) -> Result<(StatusCode, Json<FilePlan>), Problem> {
    match upload.plan(&app, Ask::Nobody, &admin.actor()).await? {
        Uploaded::Plan(plan) => Ok((StatusCode::CREATED, Json((*plan).into()))),
        Uploaded::Unmapped { header, .. } => Err(import::Error::Unmapped(header).into()),
    }
}

/// The rows of the file that have faults, with a column that says why. Cells with secrets come back empty.
#[utoipa::path(get, path = "/csv-imports/{id}/faulty.csv", params(("id" = PlanId, Path)), responses((status = 200, body = String, content_type = "text/csv"), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn faulty(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<PlanId>,
) -> Result<Response, Problem> {
    let plan = store::plans::get(&app.store, id).await?;
    let faulty = import::csv::Faulty::of(&plan)?;
    Ok(download::faulty(app, faulty))
}

/// A file with nothing but the headings.
#[utoipa::path(get, path = "/csv-imports/template.csv", responses((status = 200, body = String, content_type = "text/csv")))]
pub(crate) async fn template(_: Operator) -> Result<Response, Problem> {
    self::empty(Kind::Csv)
}

/// A workbook with nothing but the headings, and a sheet that explains them.
#[utoipa::path(get, path = "/csv-imports/template.xlsx", responses((status = 200, body = String, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
pub(crate) async fn template_xlsx(_: Operator) -> Result<Response, Problem> {
    self::empty(Kind::Xlsx)
}

/// A file to be filled in.
pub(crate) fn empty(kind: Kind) -> Result<Response, Problem> {
    Ok(download::sheet(
        kind,
        "users-template",
        users::template(kind)?,
    ))
}

/// What is exported.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Words, each of which must stand in a shown column.
    q: String,
    /// Words that narrow the list: `state=deployed`.
    filter: String,
    /// Columns by name, separated by commas; all that may be exported without.
    columns: String,
}

/// Users as a CSV file, with headings; never a password. What a spreadsheet would run has an apostrophe before it, which an
/// import takes away again.
#[utoipa::path(get, path = "/users.csv", params(Wanted), responses((status = 200, body = String, content_type = "text/csv"), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn export(
    State(app): State<App>,
    Operator(admin): Operator,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    write(app, &admin.actor(), wanted, Kind::Csv).await
}

/// The same as a workbook; a sheet has no more than 1,048,575 people.
#[utoipa::path(get, path = "/users.xlsx", params(Wanted), responses((status = 200, body = String, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn export_xlsx(
    State(app): State<App>,
    Operator(admin): Operator,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    write(app, &admin.actor(), wanted, Kind::Xlsx).await
}

async fn write(
    app: App,
    actor: &model::Actor,
    wanted: Wanted,
    kind: Kind,
) -> Result<Response, Problem> {
    let columns = columns(wanted.columns.split(','))?;
    let query = ListQuery {
        q: wanted.q,
        filter: wanted.filter,
    };
    store::ListQuery::users(&query, model::Sort::default(), 1).map_err(Problem::bad_request)?;
    let selection = Selection::All {
        all: All,
        query,
        snapshot: None,
        except: vec![],
    };
    let export = users::Export::begin(&app.store, selection, columns, kind, actor).await?;
    Ok(download::users(app, kind, export))
}

/// Columns by their names; empty ones do not count.
pub(crate) fn columns<'a>(names: impl Iterator<Item = &'a str>) -> Result<Vec<Column>, Problem> {
    let wanted = names.map(str::trim).filter(|name| !name.is_empty());
    wanted
        .map(|name| {
            let column = Column::parse(name).filter(|column| !column.is_secret());
            column.ok_or_else(|| {
                let known: Vec<_> = Column::exported().into_iter().map(Column::name).collect();
                Problem::bad_request(format!("there is no column {name} to export"))
                    .hint(format!("choose of {}", known.join(", ")))
            })
        })
        .collect()
}
