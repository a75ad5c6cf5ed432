//! `/csv-imports` and `/users.csv`: users out of files and into them.

use axum::{extract::State, http::StatusCode, response::Response};
use model::{PlanId, Query as ListQuery, Selection, selection::All};
use serde::{Deserialize, Serialize};
use store::plans::Plan;
use users::columns::Column;
use utoipa::{IntoParams, ToSchema};

use super::plans::PlanView;
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    download,
    session::Operator,
    upload::Upload,
};

/// A plan that was made of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilePlan {
    #[serde(flatten)]
    plan: PlanView,
    /// The encoding that was found.
    encoding: String,
    /// What stands between two cells.
    delimiter: String,
    columns: Vec<Heading>,
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
        let told = import::csv::shown(&plan);
        let (encoding, delimiter, headings, warnings) = told.map_or_else(
            || (String::new(), String::new(), vec![], vec![]),
            |told| {
                let delimiter = told.delimiter.to_string();
                (told.encoding, delimiter, told.headings, told.warnings)
            },
        );
        Self {
            plan: plan.into(),
            encoding,
            delimiter,
            columns: headings
                .into_iter()
                .map(|(heading, column)| Heading { heading, column })
                .collect(),
            warnings,
        }
    }
}

/// The parts of the form, in this order.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what is read part by part")]
struct FileForm {
    /// A profile's id for everybody; `csv`: the one that each row names; empty: *Do not deploy*.
    profile: Option<String>,
    /// Whether the good rows are imported where others have faults.
    partial: Option<bool>,
    /// Whether rows with an ID of this system change the user that they name.
    overwrite: Option<bool>,
    /// What an empty cell does: `keep` or `clear`.
    empty: Option<String>,
    /// The file; it comes last.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Makes a plan of a CSV file: nothing is changed. `POST /imports` carries it out. Rows with faults are left out with the reason.
#[utoipa::path(post, path = "/csv-imports", request_body(content = FileForm, content_type = "multipart/form-data"), responses((status = 201, body = FilePlan), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn plan(
    State(app): State<App>,
    Operator(admin): Operator,
    upload: Upload,
) -> Result<(StatusCode, Json<FilePlan>), Problem> {
    let plan = upload.plan(&app, &admin.actor()).await?;
    Ok((StatusCode::CREATED, Json(plan.into())))
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
pub(crate) async fn template(_: Operator) -> Response {
    download::csv("users-template.csv", users::template())
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
    let export = users::Export::begin(&app.store, selection, columns, &admin.actor()).await?;
    Ok(download::users(app, export))
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
