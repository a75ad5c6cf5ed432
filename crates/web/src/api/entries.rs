//! `/entries`: the integrated view, and one entry explained.

use access::Admin;
use axum::{
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use model::{
    ComponentKind, ConnectionId, EntryId, EntryState, Note, NoteKind, RecordId, Rule, UserId,
    entry::Verdict,
};
use roster::{
    About, Decision,
    view::{Entry, Explained, Said, Told},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::at;
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    forms::ListParams,
    session::Operator,
};

/// One row of the integrated view.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    id: EntryId,
    first_name: String,
    last_name: String,
    directory_number: String,
    pbx: String,
    mbg_user_name: String,
    client_service_account: String,
    email: String,
    login: String,
    /// The profile that a component proposes; may be empty.
    profile_proposal: String,
    state: EntryState,
    /// Marks of the components that hold it.
    found_on: Vec<String>,
    /// Records that contradict each other.
    conflicts: Vec<Note>,
    /// Entries that are probably the same person.
    proposals: Vec<Note>,
    /// Second lines and faults of records.
    remarks: Vec<Note>,
    /// The user that was imported from it.
    user: Option<UserId>,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let of = |kind: NoteKind| {
            entry
                .notes
                .iter()
                .filter(|n| n.kind == kind)
                .cloned()
                .collect::<Vec<_>>()
        };
        let remarks = entry
            .notes
            .iter()
            .filter(|n| matches!(n.kind, NoteKind::SecondLine | NoteKind::Fault))
            .cloned()
            .collect();
        Self {
            id: entry.id,
            conflicts: of(NoteKind::Conflict),
            proposals: of(NoteKind::Proposal),
            remarks,
            first_name: entry.fields.first_name,
            last_name: entry.fields.last_name,
            directory_number: entry.fields.directory_number,
            pbx: entry.fields.pbx,
            mbg_user_name: entry.fields.mbg_user_name,
            client_service_account: entry.fields.client_service_account,
            email: entry.fields.email,
            login: entry.fields.login,
            profile_proposal: entry.fields.profile_proposal,
            state: entry.state,
            found_on: entry.sources,
            user: entry.user,
        }
    }
}

/// One page of the integrated view.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryPage {
    items: Vec<EntryView>,
    /// Cursor for `after`.
    next: Option<String>,
    /// Cursor for `before`.
    previous: Option<String>,
    total: i64,
    /// `exact` or `at_least`.
    total_is: &'static str,
    /// The view's revision.
    snapshot: i64,
    /// The oldest last complete scan.
    scanned_at: Option<String>,
}

/// Lists entries, by key.
#[utoipa::path(get, path = "/entries", params(ListParams), responses((status = 200, body = EntryPage), (status = 400, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
    Query(params): Query<ListParams>,
) -> Result<Json<EntryPage>, Problem> {
    let query = params.entries()?;
    let page = store::entries::page(&app.store, &query).await?;
    let total = store::entries::total(&app.store, &query).await?;
    Ok(Json(EntryPage {
        items: page.items.into_iter().map(Into::into).collect(),
        next: page.next,
        previous: page.previous,
        total: total.count,
        total_is: if total.exact { "exact" } else { "at_least" },
        snapshot: store::entries::revision(&app.store).await?,
        scanned_at: roster::view::age(&app.store).await?.complete_at.map(at),
    }))
}

/// How many entries match, exactly.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExactTotal {
    total: i64,
    /// The view's revision that was counted.
    snapshot: i64,
}

/// Counts what a search and a filter find, however many: one server-sent event `total` within about two seconds at a
/// million entries. Counted once for each revision of the view.
#[utoipa::path(get, path = "/entries/total", params(ListParams), responses((status = 200, body = ExactTotal, content_type = "text/event-stream"), (status = 400, body = Problem)))]
pub(crate) async fn total(
    State(app): State<App>,
    _: Operator,
    Query(params): Query<ListParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Problem>>>, Problem> {
    let query = params.entries()?;
    let counted = async move {
        let snapshot = store::entries::revision(&app.store).await?;
        let total = store::entries::exact_total(&app.store, &query).await?;
        let event = Event::default().event("total");
        Ok(event
            .json_data(ExactTotal { total, snapshot })
            .expect("numbers always serialise"))
    };
    Ok(Sse::new(stream::once(counted)).keep_alive(KeepAlive::default()))
}

/// One record of an entry, as its component tells it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordView {
    id: RecordId,
    connection: ConnectionId,
    /// The connection's name.
    name: String,
    kind: ComponentKind,
    #[serde(flatten)]
    record: model::Record,
}

/// One join.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JoinView {
    records: [RecordId; 2],
    rule: Rule,
    /// The value that matched.
    values: String,
}

/// Which connection won a field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WinnerView {
    field: &'static str,
    connection: String,
    value: String,
}

/// One entry with everything that explains it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedView {
    #[serde(flatten)]
    entry: EntryView,
    records: Vec<RecordView>,
    joins: Vec<JoinView>,
    winners: Vec<WinnerView>,
    /// What people decided about its records, newest first.
    history: Vec<SaidView>,
    /// The number of the last decision, 0 without one; for `decided` when the next one is made.
    decided: i64,
}

/// One decision of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SaidView {
    verdict: Verdict,
    actor: String,
    at: String,
    /// The records that it was said of.
    records: Vec<RecordId>,
    /// The records that they are, or are not, the same person as.
    others: Vec<RecordId>,
    /// Whether it still stands.
    stands: bool,
}

impl From<Said> for SaidView {
    fn from(said: Said) -> Self {
        let ids = |told: Vec<Told>| told.into_iter().map(|told| told.id).collect();
        Self {
            verdict: said.verdict,
            actor: said.actor,
            at: at(said.at),
            records: ids(said.records),
            others: ids(said.others),
            stands: said.stands,
        }
    }
}

impl From<Explained> for ExplainedView {
    fn from(explained: Explained) -> Self {
        let records = explained
            .records
            .into_iter()
            .map(|t| RecordView {
                id: t.id,
                connection: t.connection,
                name: t.name,
                kind: t.kind,
                record: t.record,
            })
            .collect();
        let joins = explained
            .joins
            .into_iter()
            .map(|j| JoinView {
                records: [j.records.0, j.records.1],
                rule: j.rule,
                values: j.value,
            })
            .collect();
        let winners = explained
            .winners
            .into_iter()
            .map(|(field, connection, value)| WinnerView {
                field,
                connection,
                value,
            })
            .collect();
        Self {
            entry: explained.entry.into(),
            records,
            joins,
            winners,
            history: explained.history.into_iter().map(Into::into).collect(),
            decided: explained.decided,
        }
    }
}

/// Explains one entry: its records, the joins and the conflicts.
#[utoipa::path(get, path = "/entries/{id}", params(("id" = EntryId, Path)), responses((status = 200, body = ExplainedView), (status = 404, body = Problem)))]
pub(crate) async fn get(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<EntryId>,
) -> Result<Json<ExplainedView>, Problem> {
    Ok(Json(roster::view::explain(&app.store, id).await?.into()))
}

/// How a decision is guarded.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Guard {
    /// `decided` of the entry as it was looked at: where somebody decided since, this one is refused with 409.
    decided: Option<i64>,
}

/// Says that a record is this person; the next joining follows it.
#[utoipa::path(put, path = "/entries/{id}/joins/{record}", params(("id" = EntryId, Path), ("record" = RecordId, Path), Guard), responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn link(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(ids): Path<(EntryId, RecordId)>,
    Query(guard): Query<Guard>,
) -> Result<StatusCode, Problem> {
    decide(&app, &admin, ids, Verdict::Together, guard).await
}

/// Says that a record is another person; the next joining follows it.
#[utoipa::path(delete, path = "/entries/{id}/joins/{record}", params(("id" = EntryId, Path), ("record" = RecordId, Path), Guard), responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn unlink(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(ids): Path<(EntryId, RecordId)>,
    Query(guard): Query<Guard>,
) -> Result<StatusCode, Problem> {
    decide(&app, &admin, ids, Verdict::Apart, guard).await
}

/// Takes back what was said about a record and this person; the rules decide again.
#[utoipa::path(delete, path = "/entries/{id}/decisions/{record}", params(("id" = EntryId, Path), ("record" = RecordId, Path), Guard), responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn take_back(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(ids): Path<(EntryId, RecordId)>,
    Query(guard): Query<Guard>,
) -> Result<StatusCode, Problem> {
    decide(&app, &admin, ids, Verdict::Undone, guard).await
}

async fn decide(
    app: &App,
    admin: &Admin,
    (entry, record): (EntryId, RecordId),
    verdict: Verdict,
    guard: Guard,
) -> Result<StatusCode, Problem> {
    let decision = Decision {
        entry,
        about: About::Record(record),
        verdict,
        seen: guard.decided,
    };
    roster::decide(&app.store, decision, &admin.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
