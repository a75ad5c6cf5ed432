//! `/users`: Manage.

use std::collections::HashMap;

use axum::extract::{Query, State};
use console::{
    FilterChoice, Place,
    manage::{ManagePage, UserCounts, UserRow, UserState},
};
use model::{
    EntryId, EntryState, PersonFields, Profile, ProfileId, Timestamp, User, UserState as State_,
    text::fold,
};
use store::entries::Entry;

use super::{
    frame::{Page, count, shell, show as shown},
    import_users::Params,
    plan_rows::changes,
    when::when,
};
use crate::{App, Problem, session::SignedIn};

/// `GET /users`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(params): Query<Params>,
) -> Page {
    let asked = params.asked(kept_name(&params.state));
    let query = asked.users()?;
    let page = store::users::page(&app.store, &query).await?;
    let total = store::users::total(&app.store, &query).await?;
    let profiles = Profiles::of(&app).await?;
    let connections = store::connections::list(&app.store).await?;
    let connections = connections
        .into_iter()
        .map(|connection| (connection.id.to_string(), connection.name))
        .collect();
    let drift = Drift::of(&app, &page.items).await?;
    let ids: Vec<_> = page.items.iter().map(|user| user.id).collect();
    let late = store::devices::out_of_date_of(&app.store, &ids).await?;
    let now = app.store.env().now();
    shown(&ManagePage {
        shell: shell(&app, &admin, Place::Manage).await?,
        query: params.shown("/users", &asked, query.sort),
        filters: profiles.choice(&params, connections),
        snapshot: String::new(),
        counts: counts(&app).await?,
        paging: params.paging(page.items.len(), total, page.next, page.previous),
        rows: page
            .items
            .into_iter()
            .map(|user| {
                let note = drift.of_user(&user);
                let is_late = late.contains(&user.id);
                row(&user, &profiles, (note, is_late), now)
            })
            .collect(),
    })
}

/// The page says *sent* where the database says *deployed*.
pub(crate) fn kept_name(shown: &str) -> &str {
    if shown == "sent" { "deployed" } else { shown }
}

/// The database says *deployed* where the page says *sent*.
pub(crate) fn shown_name(kept: &str) -> &str {
    if kept == "deployed" { "sent" } else { kept }
}

/// How far a link has come that was sent and not used.
const LINKS: [(&str, &str); 3] = [
    ("unseen", "never seen"),
    ("unopened", "seen, never opened"),
    ("opened", "opened, never downloaded"),
];
const REGISTERED: [(&str, &str); 2] = [
    ("never", "downloaded, never registered"),
    ("once", "registered at some time"),
];
const AGES: [(&str, &str); 4] = [
    ("1", "a day"),
    ("7", "7 days"),
    ("30", "30 days"),
    ("90", "90 days"),
];
const SILENT: [(&str, &str); 4] = [
    ("1", "for a day"),
    ("7", "for 7 days"),
    ("30", "for 30 days"),
    ("90", "for 90 days"),
];

/// All profiles by id.
pub(crate) struct Profiles(HashMap<ProfileId, Profile>);

impl Profiles {
    pub(crate) async fn of(app: &App) -> Result<Self, Problem> {
        let profiles = store::profiles::list(&app.store).await?;
        let by_id = profiles
            .into_iter()
            .map(|(profile, _)| (profile.id, profile));
        Ok(Self(by_id.collect()))
    }

    /// The filter by profile.
    fn choice(&self, params: &Params, connections: Vec<(String, String)>) -> Vec<FilterChoice> {
        let mut values: Vec<_> = self
            .0
            .values()
            .map(|profile| (profile.id.to_string(), profile.name.clone()))
            .collect();
        values.sort_unstable_by_key(|(_, name)| fold(name));
        values.push(("none".to_owned(), self.name(None)));
        let choice = |word, label, values, chosen: &String| FilterChoice {
            word,
            label,
            values,
            chosen: chosen.clone(),
        };
        let named = |values: &[(&str, &str)]| {
            let owned = |(value, label): &(&str, &str)| ((*value).to_owned(), (*label).to_owned());
            values.iter().map(owned).collect()
        };
        vec![
            choice("profile", "Profile", values, &params.profile),
            choice("connection", "Connection", connections, &params.connection),
            choice("age_days", "Here for", named(&AGES), &params.age_days),
            choice("link", "Link", named(&LINKS), &params.link),
            choice(
                "registered",
                "At the registrar",
                named(&REGISTERED),
                &params.registered,
            ),
            choice(
                "silent_days",
                "Was registered, and is not",
                named(&SILENT),
                &params.silent_days,
            ),
        ]
    }

    /// A profile's name; none is *Do not deploy*.
    pub(crate) fn name(&self, id: Option<ProfileId>) -> String {
        id.and_then(|id| self.0.get(&id)).map_or_else(
            || "Do not deploy".to_owned(),
            |profile| profile.name.clone(),
        )
    }

    /// Where a user's mail goes with this profile, or, where that is gone, with the user's own, as things stand.
    pub(crate) fn recipient(&self, user: &User, id: Option<ProfileId>) -> String {
        let find = |id: Option<ProfileId>| self.0.get(&id?);
        let profile = find(id).or_else(|| find(user.profile));
        let settings = profile.map(|profile| &profile.settings);
        delivery::recipient(&user.served(), settings).to_owned()
    }

    /// Where the mail of somebody goes who is imported with this data and profile; what was decided about the user stays.
    pub(crate) fn recipient_of(
        &self,
        fields: &PersonFields,
        user: Option<&User>,
        profile: Option<ProfileId>,
    ) -> String {
        let settings = profile.and_then(|id| self.0.get(&id)).map(|p| &p.settings);
        let served = user.map_or_else(
            || fields.clone(),
            |user| {
                let user = User {
                    fields: fields.clone(),
                    ..user.clone()
                };
                user.served()
            },
        );
        delivery::recipient(&served, settings).to_owned()
    }
}

async fn counts(app: &App) -> Result<UserCounts, Problem> {
    let counts = store::users::counts_lately(&app.store).await?;
    let entries = store::entries::counts(&app.store).await?;
    let of = |state| count(counts.get(&state).copied().unwrap_or(0));
    Ok(UserCounts {
        all: count(counts.values().sum()),
        imported: of(State_::Imported),
        queued: of(State_::Queued),
        sent: of(State_::Deployed),
        downloaded: of(State_::Downloaded),
        registered: of(State_::Registered),
        out_of_date: count(store::devices::count_out_of_date(&app.store).await?),
        failed: of(State_::Failed),
        suspended: of(State_::Suspended),
        drifted: count(entries.drifted),
        left: count(entries.of.get(&EntryState::Gone).copied().unwrap_or(0)),
    })
}

/// A state as the page's tag says it.
const fn state(state: State_) -> UserState {
    match state {
        State_::Imported => UserState::Imported,
        State_::Queued => UserState::Queued,
        State_::Failed => UserState::Failed,
        State_::Deployed => UserState::Sent,
        State_::Downloaded => UserState::Downloaded,
        State_::Registered => UserState::Registered,
        State_::Suspended => UserState::Suspended,
    }
}

/// The entries of some users, as the components make them now.
pub(crate) struct Drift(HashMap<EntryId, Entry>);

impl Drift {
    pub(crate) async fn of(app: &App, users: &[User]) -> Result<Self, Problem> {
        let ids: Vec<EntryId> = users.iter().filter_map(|user| user.entry).collect();
        let entries = store::entries::by_id(&app.store, &ids).await?;
        let by_id = entries.into_iter().map(|entry| (entry.id, entry));
        Ok(Self(by_id.collect()))
    }

    /// How a user differs from its source; empty: not at all.
    pub(crate) fn of_user(&self, user: &User) -> String {
        match user.entry.and_then(|id| self.0.get(&id)) {
            Some(entry) if entry.state == EntryState::Gone => "on no component any more".to_owned(),
            Some(entry) if entry.hash != user.fields.hash() => {
                format!("at the source: {}", changes(&user.fields, &entry.fields))
            }
            Some(_) | None => String::new(),
        }
    }
}

/// The state of somebody as the tag says it: what their softphone has may be out of date.
pub(crate) fn state_of(user: &User, is_late: bool) -> UserState {
    match user.state {
        State_::Downloaded | State_::Registered if is_late => UserState::OutOfDate,
        other => state(other),
    }
}

fn row(
    user: &User,
    profiles: &Profiles,
    (note, is_late): (String, bool),
    now: Timestamp,
) -> UserRow {
    let fields = user.served();
    UserRow {
        id: user.id.to_string(),
        profile: profiles.name(user.profile),
        first_name: fields.first_name,
        last_name: fields.last_name,
        number: fields.directory_number,
        sip_user: fields.sip_user,
        client_service_account: fields.client_service_account,
        email: fields.email,
        deployed: user.deployed_at.map(|at| when(at, now)),
        downloaded: user.downloaded_at.map(|at| when(at, now)),
        registered: user.registered_at.map(|at| when(at, now)),
        state: state_of(user, is_late),
        note,
    }
}
