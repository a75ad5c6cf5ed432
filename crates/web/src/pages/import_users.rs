//! `/import`: the integrated table.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Action, FilterChoice, ListQuery, Notice, Paging, Place, ProfileChoice, Tone,
    import_users::{EntryCounts, EntryRow, EntryState, ImportUsersPage},
};
use model::{ConnectionId, EntryState as State_, NoteKind, Order, Sort, filter};
use serde::Deserialize;
use store::{
    Total,
    connections::Connection,
    entries::{Counts, Entry},
    jobs::Job,
};

use super::{
    frame::{Page, count, mark_of, shell, show as shown},
    labels::sentence,
    today::being_read,
    when::when,
};
use crate::{
    App, Problem,
    forms::{ListParams, PAGE},
    session::SignedIn,
};

/// The parameters of a list's address. The words of its filter stand beside the rest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    pub(crate) q: String,
    pub(crate) state: String,
    note: String,
    lacks: String,
    pub(crate) connection: String,
    pbx: String,
    pub(crate) profile: String,
    scan: String,
    source: String,
    reached: String,
    pub(crate) registered: String,
    pub(crate) silent_days: String,
    pub(crate) age_days: String,
    pub(crate) link: String,
    configuration: String,
    job: String,
    step: String,
    pub(crate) sort: String,
    pub(crate) after: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) from: Option<u64>,
}

impl Params {
    /// The words of the filter besides the state that are set.
    fn more(&self) -> Vec<(&'static str, String)> {
        let words = [
            ("note", &self.note),
            ("lacks", &self.lacks),
            ("connection", &self.connection),
            ("pbx", &self.pbx),
            ("profile", &self.profile),
            ("scan", &self.scan),
            ("source", &self.source),
            ("reached", &self.reached),
            ("registered", &self.registered),
            ("silent_days", &self.silent_days),
            ("age_days", &self.age_days),
            ("link", &self.link),
            ("configuration", &self.configuration),
            ("job", &self.job),
            ("step", &self.step),
        ];
        let set = words.into_iter().filter(|(_, value)| !value.is_empty());
        set.map(|(word, value)| (word, value.clone())).collect()
    }

    /// What the address asks for; `state` as the database says it.
    pub(crate) fn asked(&self, state: &str) -> ListParams {
        let state = if state == "all" { "" } else { state };
        let mut words = vec![("state", state.to_owned())];
        words.extend(self.more());
        words.retain(|(_, value)| !value.is_empty());
        ListParams {
            q: self.q.clone(),
            filter: filter::written(&words),
            sort: self.sort.clone(),
            after: self.after.clone(),
            before: self.before.clone(),
            limit: None,
        }
    }

    /// The query as the page's links carry it.
    pub(crate) fn shown(&self, path: &str, asked: &ListParams, sort: Sort) -> ListQuery {
        ListQuery {
            path: path.to_owned(),
            q: self.q.clone(),
            state: self.state.clone(),
            more: self.more(),
            filter: asked.filter.clone(),
            sort: sort.column.name().to_owned(),
            descending: sort.descending,
        }
    }

    /// Where the page stands.
    pub(crate) fn paging(
        &self,
        shown: usize,
        total: Total,
        next: Option<String>,
        previous: Option<String>,
    ) -> Paging {
        let first = self.after.is_none() && self.before.is_none();
        Paging {
            from: if first { Some(1) } else { self.from },
            shown: shown.into(),
            total: count(total.count),
            at_least: !total.exact,
            size: u64::try_from(PAGE).unwrap_or(50),
            previous,
            next,
        }
    }
}

/// `GET /import`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(params): Query<Params>,
) -> Page {
    let store = &app.store;
    let now = store.env().now();
    let asked = params.asked(&params.state);
    let query = asked.entries()?;
    let connections = store::connections::list(store).await?;
    let page = store::entries::page(store, &query).await?;
    let total = store::entries::total(store, &query).await?;
    let age = roster::view::age(store).await?;
    let jobs = store::jobs::newest(store, None, 100).await?;
    let mut shell = shell(&app, &admin, Place::Import).await?;
    let counted = store::entries::counts(store).await?;
    shell.notices = leavers(&app).await?.into_iter().collect();
    shell.notices.extend(notices(&jobs, &connections));
    let filters = choices(&app, &params, &connections).await?;
    shown(&ImportUsersPage {
        shell,
        proposals: filters.iter().any(|choice| choice.word == "profile"),
        filters,
        query: params.shown("/import", &asked, query.sort),
        snapshot: store::entries::revision(store).await?.to_string(),
        connections: age.connections.into(),
        scanned: age.complete_at.map(|at| when(at, now)),
        last_scan: [counted.scan_new, counted.scan_changed, counted.scan_gone].map(count),
        scan_job: reading(&jobs)
            .map(|job| job.id.to_string())
            .unwrap_or_default(),
        counts: counts(&counted),
        paging: params.paging(page.items.len(), total, page.next, page.previous),
        rows: page.items.into_iter().map(row).collect(),
        profiles: profiles(&app).await?,
    })
}

/// The job that reads or joins records at the moment, or will.
pub(crate) fn reading(jobs: &[Job]) -> Option<&Job> {
    let reads = |job: &Job| matches!(job.order, Order::Scan { .. } | Order::Join);
    let mut open = jobs.iter().filter(|job| reads(job) && !job.state.is_over());
    open.next()
}

/// Who left and still has their access: seen to before others are added. Nobody is taken for gone by a scan that
/// was not complete.
pub(crate) async fn leavers(app: &App) -> Result<Option<Notice>, Problem> {
    let left = count(store::users::count_leavers(&app.store).await?);
    if left.is_zero() {
        return Ok(None);
    }
    let are = if left.0 == 1 { "is" } else { "are" };
    let text = format!(
        "{} {are} on no component any more and still can use what was deployed.",
        left.of("user", "users")
    );
    let suspend = Action::post("Suspend…", "/users/suspensions/plan")
        .field("all", "1")
        .field("filter", "source=gone");
    let hint = "the plan shows each of them first; Manage lists them under Left";
    Ok(Some(
        Notice::new(Tone::Warning, text).hint(hint).action(suspend),
    ))
}

/// What is being read, and which connections could not be read to the end.
fn notices(jobs: &[Job], connections: &[Connection]) -> Vec<Notice> {
    let mut notices = Vec::new();
    let being_read = being_read(jobs);
    if let Some(job) = reading(jobs) {
        let text = match being_read.len() {
            0 => "Records are being joined into people; this table follows.".to_owned(),
            1 => "One connection is being read; this table follows.".to_owned(),
            n => format!("{n} connections are being read; this table follows."),
        };
        let way = Action::link("Watch it", format!("/jobs/{}", job.id));
        notices.push(Notice::new(Tone::Info, text).action(way));
    }
    let troubled = connections
        .iter()
        .filter(|c| !c.scan.error.is_empty() && !being_read.contains(&c.id));
    notices.extend(troubled.map(trouble));
    notices
}

fn trouble(connection: &Connection) -> Notice {
    let text = format!("{}: {}", connection.name, connection.scan.error);
    let again = Action::post("Scan again", "/scans").field("connection", connection.id.to_string());
    Notice::new(Tone::Warning, text)
        .hint(&connection.scan.hint)
        .action(again)
}

fn counts(counts: &Counts) -> EntryCounts {
    let of = |state| count(counts.of.get(&state).copied().unwrap_or(0));
    EntryCounts {
        all: count(counts.of.values().sum()),
        new: of(State_::New),
        imported: of(State_::Imported),
        changed: of(State_::Changed),
        conflict: of(State_::Conflict),
        incomplete: of(State_::Incomplete),
        inactive: of(State_::Inactive),
        gone: of(State_::Gone),
        proposed: count(counts.proposed),
        second_line: count(counts.second_line),
    }
}

/// So many PBXs and proposed profiles are offered to choose from.
const CHOICES_MAX: i64 = 100;

/// What else the table can be filtered by.
async fn choices(
    app: &App,
    params: &Params,
    connections: &[Connection],
) -> Result<Vec<FilterChoice>, Problem> {
    let (pbxs, profiles) = store::entries::choices(&app.store, CHOICES_MAX).await?;
    let same = |text: String| (text.clone(), text);
    let named = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    let states = State_::ALL.map(|s| named(s.name(), &sentence(s.name())));
    let connections = connections
        .iter()
        .map(|c| (c.id.to_string(), c.name.clone()))
        .collect();
    let choice = |word, label, chosen: &str, values: Vec<_>| FilterChoice {
        word,
        label,
        values,
        chosen: chosen.to_owned(),
    };
    let all = vec![
        choice("state", "State", &params.state, states.to_vec()),
        choice(
            "note",
            "Remark",
            &params.note,
            vec![
                named("proposed", "Perhaps somebody else's row too"),
                named("second-line", "Second line"),
                named("fault", "Faulty record"),
            ],
        ),
        choice(
            "lacks",
            "Incomplete without",
            &params.lacks,
            vec![
                named("last-name", "Last name"),
                named("email", "E-mail address"),
            ],
        ),
        choice(
            "scan",
            "In the last scan",
            &params.scan,
            vec![
                named("new", "New"),
                named("changed", "Changed"),
                named("gone", "Gone"),
            ],
        ),
        choice("connection", "Found on", &params.connection, connections),
        choice(
            "pbx",
            "PBX",
            &params.pbx,
            pbxs.into_iter().map(same).collect(),
        ),
        choice(
            "profile",
            "Proposed profile",
            &params.profile,
            profiles.into_iter().map(same).collect(),
        ),
    ];
    Ok(all.into_iter().filter(|c| !c.values.is_empty()).collect())
}

async fn profiles(app: &App) -> Result<Vec<ProfileChoice>, Problem> {
    let profiles = store::profiles::list(&app.store).await?;
    let mut choices: Vec<_> = profiles
        .into_iter()
        .zip(0..)
        .map(|((profile, _), i)| ProfileChoice {
            id: profile.id.to_string(),
            name: profile.name,
            chosen: i == 0,
        })
        .collect();
    let none = choices.is_empty();
    choices.push(ProfileChoice {
        id: String::new(),
        name: "Do not deploy".to_owned(),
        chosen: none,
    });
    Ok(choices)
}

fn row(entry: Entry) -> EntryRow {
    let note = entry
        .notes
        .iter()
        .find(|note| note.kind != NoteKind::Proposal || entry.state == State_::New);
    let note = match entry.state {
        State_::Incomplete => {
            let lack = entry.fields.incomplete();
            lack.map(filter::Lack::words).unwrap_or_default().to_owned()
        }
        State_::Inactive => "a component says so".to_owned(),
        State_::Gone => "no component holds this person any more".to_owned(),
        _ => note.map(|note| note.text.clone()).unwrap_or_default(),
    };
    EntryRow {
        id: entry.id.to_string(),
        first_name: entry.fields.first_name,
        last_name: entry.fields.last_name,
        number: entry.fields.directory_number,
        pbx: entry.fields.pbx,
        mbg_user_name: entry.fields.mbg_user_name,
        client_service_account: entry.fields.client_service_account,
        email: entry.fields.email,
        proposal: entry.fields.profile_proposal,
        state: state(entry.state),
        note,
        found_on: entry.sources.iter().map(|mark| mark_of(mark)).collect(),
    }
}

/// A state as the table's tag says it.
pub(crate) fn state(state: State_) -> EntryState {
    match state {
        State_::New => EntryState::New,
        State_::Imported => EntryState::Imported,
        State_::Changed => EntryState::Changed,
        State_::Conflict => EntryState::Conflict,
        State_::Incomplete => EntryState::Incomplete,
        State_::Inactive => EntryState::Inactive,
        State_::Gone => EntryState::Gone,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Scan {
    connection: Option<ConnectionId>,
}

/// `POST /scans`: one connection, or all of them.
pub(crate) async fn scan(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(scan): Form<Scan>,
) -> Page {
    let jobs = roster::order_scans(&app.store, scan.connection, &admin.actor()).await?;
    let onward = match jobs.as_slice() {
        [only] => format!("/jobs/{only}"),
        _ => "/import".to_owned(),
    };
    Ok(Redirect::to(&onward).into_response())
}
