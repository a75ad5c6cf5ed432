//! `/import/{id}`: one entry explained.

use std::collections::HashMap;

use axum::extract::{Path, State};
use console::{
    Mark, Place, Tone,
    entry::{Doubt, DoubtKind, EntryField, EntryPage, Join, Reason, RecordSide},
};
use model::{EntryId, Note, NoteKind, RecordId, plan::reasons};
use roster::view::{Explained, Told};

use super::{
    frame::{Page, mark, shell, show as shown},
    import_users::state,
    labels::label,
};
use crate::{App, Problem, session::SignedIn};

/// `GET /import/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<EntryId>,
) -> Page {
    let explained = roster::view::explain(&app.store, id).await?;
    let shell = shell(&app, &admin, Place::Import).await?;
    let entry = &explained.entry;
    shown(&EntryPage {
        shell,
        id: id.to_string(),
        first_name: entry.fields.first_name.clone(),
        last_name: entry.fields.last_name.clone(),
        number: entry.fields.directory_number.clone(),
        state: state(entry.state),
        reasons: why(&explained),
        fields: fields(&explained),
        joins: joins(&explained),
        doubts: doubts(&app, &entry.notes).await?,
        user: entry.user.map(|user| user.to_string()).unwrap_or_default(),
        records: explained.records.iter().map(side).collect(),
    })
}

fn why(explained: &Explained) -> Vec<Reason> {
    let entry = &explained.entry;
    let mut why = Vec::new();
    if let Some(missing) = entry.fields.incomplete() {
        let refusal = reasons::incomplete(missing);
        why.push(Reason {
            tone: Tone::Warning,
            text: refusal.reason,
            hint: refusal.hint,
        });
    }
    if !entry.fields.enabled {
        let refusal = reasons::inactive();
        why.push(Reason {
            tone: Tone::Plain,
            text: refusal.reason,
            hint: refusal.hint,
        });
    }
    for note in entry
        .notes
        .iter()
        .filter(|n| matches!(n.kind, NoteKind::Fault | NoteKind::SecondLine))
    {
        why.push(Reason {
            tone: Tone::Info,
            text: note.text.clone(),
            hint: String::new(),
        });
    }
    why
}

fn fields(explained: &Explained) -> Vec<EntryField> {
    let kind_of = |name: &str| {
        explained
            .records
            .iter()
            .find(|told| told.name == name)
            .map(|told| mark(told.kind))
    };
    explained
        .winners
        .iter()
        .map(|(field, connection, value)| EntryField {
            label: label(field),
            value: value.clone(),
            winner: kind_of(connection),
            others: others(explained, field, value),
        })
        .collect()
}

/// What other components say about a field, where they say something else.
fn others(explained: &Explained, field: &str, won: &str) -> Vec<(Mark, String)> {
    let told = |record: &model::Record| -> String {
        match field {
            "first_name" => record.first_name.clone(),
            "last_name" => record.last_name.clone(),
            "directory_number" => record.directory_number.clone(),
            "pbx" => record.pbx.clone(),
            "mbg_user_name" => record.mbg_user_name.clone(),
            "client_service_account" => record.client_service_account.clone(),
            "email" => record.email.clone(),
            "login" => record.login.clone(),
            "department" => record.department.clone(),
            "language" => record.language.clone(),
            _ => String::new(),
        }
    };
    explained
        .records
        .iter()
        .map(|t| (mark(t.kind), told(&t.record)))
        .filter(|(_, value)| !value.is_empty() && value != won)
        .collect()
}

fn joins(explained: &Explained) -> Vec<Join> {
    let named = |id: RecordId| {
        explained
            .records
            .iter()
            .find(|told| told.id == id)
            .map_or_else(
                || (Mark::new("?", "unknown"), String::new()),
                |t| (mark(t.kind), t.name.clone()),
            )
    };
    explained
        .joins
        .iter()
        .map(|join| Join {
            left: named(join.records.0),
            right: named(join.records.1),
            rule: join.rule.words().to_owned(),
            values: join.value.clone(),
        })
        .collect()
}

/// Joins that were refused or are only proposed, with whom they are about.
async fn doubts(app: &App, notes: &[Note]) -> Result<Vec<Doubt>, Problem> {
    let ids: Vec<EntryId> = notes.iter().filter_map(|note| note.other).collect();
    let others: HashMap<_, _> = store::entries::by_id(&app.store, &ids)
        .await?
        .into_iter()
        .map(|entry| (entry.id, entry.fields.label()))
        .collect();
    Ok(notes
        .iter()
        .filter_map(|note| doubt(note, note.other.and_then(|id| others.get(&id))))
        .collect())
}

fn doubt(note: &Note, other: Option<&String>) -> Option<Doubt> {
    let kind = match note.kind {
        NoteKind::Conflict => DoubtKind::Conflict,
        NoteKind::Proposal => DoubtKind::Proposal,
        NoteKind::Fault | NoteKind::SecondLine => return None,
    };
    // An entry that is gone meanwhile has no page to lead to.
    let there = note.other.filter(|_| other.is_some());
    Some(Doubt {
        kind,
        text: other.cloned().unwrap_or_default(),
        reason: note.text.clone(),
        other: there.map(|id| id.to_string()).unwrap_or_default(),
    })
}

/// User and host of a record's SIP account, as far as it tells them.
fn sip(record: &model::Record) -> String {
    if record.sip_user.is_empty() || record.sip_host.is_empty() {
        record.sip_user.clone()
    } else {
        format!("{}@{}", record.sip_user, record.sip_host)
    }
}

fn side(told: &Told) -> RecordSide {
    let record = &told.record;
    let name = if record.last_name.is_empty() {
        record.display_name.clone()
    } else {
        record.last_name.clone()
    };
    RecordSide {
        component: mark(told.kind),
        connection: told.name.clone(),
        source_id: record.source_id.clone(),
        first_name: record.first_name.clone(),
        last_name: name,
        login: record.login.clone(),
        number: record.directory_number.clone(),
        pbx: record.pbx.clone(),
        email: record.email.clone(),
        mbg_user_name: record.mbg_user_name.clone(),
        sip: sip(record),
        account: record.client_service_account.clone(),
        department: record.department.clone(),
        enabled: if record.enabled { "yes" } else { "no" }.to_owned(),
        fault: record
            .faults
            .iter()
            .map(|f| format!("{} {}", f.field, f.message))
            .collect::<Vec<_>>()
            .join("; "),
    }
}
