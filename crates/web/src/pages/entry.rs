//! `/import/{id}`: one entry explained.

use axum::extract::{Path, State};
use console::{
    Mark, Place, Tone, When,
    entry::{Doubt, DoubtKind, EntryField, EntryPage, Join, Reason, RecordSide},
};
use model::{EntryId, Note, NoteKind, RecordId, plan::reasons};
use roster::view::{Explained, Told};

use super::{
    frame::{Page, mark, shell, show as shown},
    import_users::state,
};
use crate::{App, session::SignedIn};

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
        doubts: entry.notes.iter().filter_map(doubt).collect(),
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
            label: field.replace('_', " "),
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

fn doubt(note: &Note) -> Option<Doubt> {
    let kind = match note.kind {
        NoteKind::Conflict => DoubtKind::Conflict,
        NoteKind::Proposal => DoubtKind::Proposal,
        NoteKind::Fault | NoteKind::SecondLine => return None,
    };
    let other = note.other.map(|id| id.to_string()).unwrap_or_default();
    let text = note
        .other
        .map_or_else(|| "another entry".to_owned(), |id| format!("entry {id}"));
    Some(Doubt {
        kind,
        text,
        reason: note.text.clone(),
        other,
    })
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
        sip: record.sip_user.clone(),
        account: record.client_service_account.clone(),
        department: record.department.clone(),
        enabled: if record.enabled { "yes" } else { "no" }.to_owned(),
        seen: When::default(),
        fault: record
            .faults
            .iter()
            .map(|f| format!("{} {}", f.field, f.message))
            .collect::<Vec<_>>()
            .join("; "),
    }
}
