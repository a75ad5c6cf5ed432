//! Rows of a plan as all its pages show them, with the data of the people they are about.

use std::collections::HashMap;

use console::{
    Count,
    plan::{PlanAction, PlanGroup, PlanRow},
};
use model::{EntryId, PersonFields, User, UserId, plan::Action};
use store::plans::{Counted, Item, ItemQuery, Plan, Purpose};

use super::{frame::count, labels::label, manage::Profiles};
use crate::{App, Problem};

/// Rows of each group that a plan's page shows at once.
const FIRST: i64 = 5;

/// How many rows all these reasons have.
pub(crate) fn sum(reasons: &[Counted]) -> Count {
    count(reasons.iter().map(|reason| reason.count).sum())
}

/// The rows of one action, how it is shown and how many there are.
pub(crate) async fn of_action(
    app: &App,
    plan: &Plan,
    (action, shown): (Action, PlanAction),
    number: i64,
) -> Result<Option<PlanGroup>, Problem> {
    if number == 0 {
        return Ok(None);
    }
    let query = ItemQuery {
        action: Some(action),
        limit: FIRST,
        ..ItemQuery::default()
    };
    Ok(Some(PlanGroup {
        action: shown,
        reason: String::new(),
        hint: String::new(),
        count: count(number),
        first: read(app, plan, &query).await?.0,
        items: format!("/plans/{}/items?action={}", plan.id, action.name()),
    }))
}

/// The rows of one reason.
pub(crate) async fn of_reason(
    app: &App,
    plan: &Plan,
    shown: PlanAction,
    reason: &Counted,
) -> Result<PlanGroup, Problem> {
    let query = ItemQuery {
        reason: Some(reason.code.clone()),
        limit: FIRST,
        ..ItemQuery::default()
    };
    Ok(PlanGroup {
        action: shown,
        reason: reason.reason.clone(),
        hint: reason.hint.clone(),
        count: count(reason.count),
        first: read(app, plan, &query).await?.0,
        items: format!("/plans/{}/items?reason={}", plan.id, reason.code),
    })
}

/// Rows of a plan, and the place of the last of them.
pub(crate) async fn read(
    app: &App,
    plan: &Plan,
    query: &ItemQuery,
) -> Result<(Vec<PlanRow>, Option<i64>), Problem> {
    let items = store::plans::items(&app.store, plan.id, query).await?;
    let people = People::of(app, plan, &items).await?;
    let rows = items.iter().map(|item| row(plan, item, &people)).collect();
    Ok((rows, items.last().map(|item| item.n)))
}

/// Whom the rows are about, as they are now.
struct People {
    entries: HashMap<EntryId, PersonFields>,
    users: HashMap<UserId, User>,
    /// With what users are deployed, where the plan is about that or may say so.
    profiles: Option<Profiles>,
    /// What a file says of them, by the plan's row.
    told: HashMap<i64, import::csv::Row>,
    /// What an import gives them, by the plan's row.
    chosen: HashMap<i64, import::Chosen>,
}

impl People {
    async fn of(app: &App, plan: &Plan, items: &[Item]) -> Result<Self, Problem> {
        let mut entries: Vec<_> = items.iter().filter_map(|item| item.entry).collect();
        if !tells_changes(plan) {
            entries.clear();
        }
        let users: Vec<_> = items.iter().filter_map(|item| item.user).collect();
        let entries = store::entries::by_id(&app.store, &entries).await?;
        let users = store::users::by_id(&app.store, &users).await?;
        let told = match plan.purpose {
            Purpose::Csv => import::csv::rows(&app.store, plan, items).await?,
            _ => HashMap::new(),
        };
        let profiles = match plan.purpose {
            Purpose::Deployment | Purpose::Csv | Purpose::Import => Some(Profiles::of(app).await?),
            _ => None,
        };
        let chosen = match plan.purpose {
            Purpose::Import => import::chosen(&app.store, plan, items).await?,
            _ => HashMap::new(),
        };
        Ok(Self {
            profiles,
            entries: entries.into_iter().map(|e| (e.id, e.fields)).collect(),
            users: users.into_iter().map(|user| (user.id, user)).collect(),
            told,
            chosen,
        })
    }
}

fn row(plan: &Plan, item: &Item, people: &People) -> PlanRow {
    let entry = item.entry.and_then(|id| people.entries.get(&id));
    let user = item.user.and_then(|id| people.users.get(&id));
    let told = people.told.get(&item.n);
    if let Some(faults) = told.filter(|told| !told.faults.is_empty()) {
        return faulty(item, faults);
    }
    let given = told.and_then(|told| told.profile);
    let odd = told.map(odd).unwrap_or_default();
    let told = told.and_then(|told| told.fields.as_ref());
    let Some(fields) = told.or(entry).or(user.map(|user| &user.fields)) else {
        return PlanRow {
            last_name: item.label.clone(),
            note: "is not there any more".to_owned(),
            ..PlanRow::default()
        };
    };
    let mut row = PlanRow {
        first_name: fields.first_name.clone(),
        last_name: fields.last_name.clone(),
        number: fields.directory_number.clone(),
        email: fields.email.clone(),
        ..PlanRow::default()
    };
    match (plan.purpose, item.entry, item.user) {
        (Purpose::Import, Some(entry), _) => {
            row.id = entry.to_string();
            row.href = format!("/import/{entry}");
            if item.deploy == "yes" {
                row.preview = format!("/plans/{}/preview/{entry}", plan.id);
            }
        }
        (_, _, Some(user)) => {
            row.id = user.to_string();
            row.href = format!("/users/{user}");
        }
        _ => {}
    }
    if let (Some(user), Some(profiles), Purpose::Deployment) =
        (user, &people.profiles, plan.purpose)
    {
        row.email = profiles.recipient(user, user.profile);
    }
    let updates = tells_changes(plan) && item.action == Action::Update;
    if let Some(user) = user.filter(|_| updates) {
        row.note = changes(&user.fields, fields);
    }
    let mut parts = vec![std::mem::take(&mut row.note)];
    if let (Some(given), Some(profiles)) = (given, &people.profiles) {
        let old = user.map(|user| profiles.name(user.profile));
        parts.push(said(old, &profiles.name(given)));
    }
    if let (Some(chosen), Some(profiles)) = (people.chosen.get(&item.n), &people.profiles) {
        if item.deploy == "yes" {
            row.email = profiles.recipient_of(fields, user, chosen.profile);
        }
        if let (Some(user), Some(_), true) = (user, chosen.profile, updates) {
            let old = profiles.name(user.profile);
            parts.push(said(Some(old), &profiles.name(chosen.profile)));
        }
        parts.extend(chosen.unknown.as_ref().map(|name| {
            let instead = profiles.name(chosen.profile);
            format!("“{name}” is proposed and no profile here: {instead}")
        }));
    }
    parts.extend(odd);
    parts.retain(|part| !part.is_empty());
    row.note = parts.join(", ");
    row
}

/// What a file says of a profile: a new user's, or a change.
fn said(old: Option<String>, new: &str) -> String {
    match old {
        None => format!("Profile: {new}"),
        Some(old) if old == new => String::new(),
        Some(old) => format!("Profile: {old} → {new}"),
    }
}

/// What is to be said of a row of a file besides what changes.
fn odd(told: &import::csv::Row) -> Vec<String> {
    let cleared = told.clears.iter().map(|title| format!("{title}: cleared"));
    cleared.chain(told.remarks(&told.warnings)).collect()
}

/// A row of a file that has faults.
fn faulty(item: &Item, told: &import::csv::Row) -> PlanRow {
    let faults = told.faults.iter();
    let faults: Vec<_> = faults
        .map(|(column, what)| format!("{column} {what}"))
        .collect();
    PlanRow {
        last_name: item.label.clone(),
        note: format!("line {}: {}", told.line, faults.join("; ")),
        ..PlanRow::default()
    }
}

/// Whether users become what their entries, or the rows of a file, are.
const fn tells_changes(plan: &Plan) -> bool {
    matches!(plan.purpose, Purpose::Import | Purpose::Sync | Purpose::Csv)
}

/// What of a user's data would change: `E-mail: old → new`.
pub(crate) fn changes(old: &PersonFields, new: &PersonFields) -> String {
    let pairs = old.texts().into_iter().zip(new.texts());
    let changed = pairs.filter(|((_, old), (_, new))| old != new);
    let said: Vec<_> = changed
        .map(|((name, old), (_, new))| {
            format!("{}: {} → {}", label(name), or_dash(old), or_dash(new))
        })
        .collect();
    said.join(", ")
}

const fn or_dash(value: &str) -> &str {
    if value.is_empty() { "—" } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_of_a_file_is_told_where_it_is_another_one() {
        let had = |name: &str| Some(name.to_owned());
        assert_eq!(said(None, "Office"), "Profile: Office");
        assert_eq!(said(had("Office"), "Office"), "");
        assert_eq!(said(had("Desk"), "Office"), "Profile: Desk → Office");
    }

    #[test]
    fn a_change_names_the_field_and_both_values() {
        let old = PersonFields {
            last_name: "Hopper".into(),
            email: "grace@example.org".into(),
            ..PersonFields::default()
        };
        let new = PersonFields {
            email: "hopper@example.org".into(),
            department: "Navy".into(),
            ..old.clone()
        };
        assert_eq!(
            changes(&old, &new),
            "E-mail: grace@example.org → hopper@example.org, Department: — → Navy"
        );
    }
}
