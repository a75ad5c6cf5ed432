//! `/import/{id}`: one entry explained.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Action, Mark, Notice, Place, Tone,
    entry::{Doubt, DoubtKind, EntryField, EntryPage, Join, Reason, RecordSide, Said, Why},
};
use model::{EntryId, NoteKind, RecordId, Timestamp, entry::Verdict, plan::reasons};
use roster::{
    About, Decision,
    view::{Explained, Told},
};
use serde::Deserialize;

use super::{
    address::Path,
    frame::{Page, mark, shell, show as shown},
    import_users::{reading, state},
    labels::label,
    when::when,
};
use crate::{App, Problem, session::SignedIn};

/// `GET /import/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<EntryId>,
) -> Page {
    let explained = roster::view::explain(&app.store, id).await?;
    let mut shell = shell(&app, &admin, Place::Import).await?;
    let jobs = store::jobs::newest(&app.store, None, 100).await?;
    if let Some(job) = reading(&jobs) {
        let text = "Records are being read or joined anew; this page may change.";
        let way = Action::link("Watch it", format!("/jobs/{}", job.id));
        shell.notices = vec![Notice::new(Tone::Info, text).action(way)];
    }
    let now = app.store.env().now();
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
        doubts: doubts(&explained.doubts),
        history: explained
            .history
            .iter()
            .map(|s| said(s, &explained, now))
            .collect(),
        decided: explained.decided.to_string(),
        user: entry.user.map(|user| user.to_string()).unwrap_or_default(),
        records: explained
            .records
            .iter()
            .map(|t| side(t, &explained))
            .collect(),
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

/// What was refused or is only proposed, together for each other entry.
fn doubts(found: &[roster::view::Doubt]) -> Vec<Doubt> {
    let mut doubts: Vec<Doubt> = Vec::new();
    for one in found {
        // An entry that is gone meanwhile has no page to lead to.
        let (other, text) = match &one.other {
            Some((id, label)) => (id.to_string(), label.clone()),
            None => Default::default(),
        };
        let why = Why {
            kind: match one.note.kind {
                NoteKind::Conflict => DoubtKind::Conflict,
                _ => DoubtKind::Proposal,
            },
            reason: one.note.text.clone(),
            value: one.value.clone(),
        };
        match doubts.iter_mut().find(|doubt| doubt.other == other) {
            Some(doubt) => doubt.whys.push(why),
            None => doubts.push(Doubt {
                text,
                other,
                whys: vec![why],
                can_link: one.can_link,
            }),
        }
    }
    doubts
}

/// What somebody decided.
fn said(said: &roster::view::Said, explained: &Explained, now: Timestamp) -> Said {
    let named = |told: &[Told]| told.iter().map(|t| (mark(t.kind), called(t))).collect();
    // It is taken back of a record on the side that this entry is not on, or of any where it is on both.
    let ours = |told: &&Told| explained.records.iter().any(|our| our.id == told.id);
    let sides = || said.records.iter().chain(&said.others);
    let of = sides().find(|told| !ours(told)).or(sides().next());
    Said {
        actor: said.actor.clone(),
        when: when(said.at, now),
        words: match said.verdict {
            Verdict::Together => "linked",
            Verdict::Apart => "kept apart",
            Verdict::Undone => "took back what was said about",
        },
        records: named(&said.records),
        others: named(&said.others),
        take_back: of
            .filter(|_| said.stands)
            .map(|told| told.id.to_string())
            .unwrap_or_default(),
    }
}

/// What a person calls a record: name, else account, and number.
fn called(told: &Told) -> String {
    let record = &told.record;
    let name = format!("{} {}", record.first_name, record.last_name);
    let names = [
        name.trim(),
        &record.display_name,
        &record.mbg_user_name,
        &record.login,
        &record.source_id,
    ];
    let name = names.into_iter().find(|name| !name.is_empty());
    let name: String = name.unwrap_or_default().chars().take(60).collect();
    let parts = [name, record.directory_number.clone()];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// A decision as the page's forms send it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DecisionForm {
    verdict: String,
    record: Option<RecordId>,
    other: Option<EntryId>,
    decided: Option<i64>,
}

/// `POST /import/{id}/decisions`
pub(crate) async fn decide(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<EntryId>,
    Form(form): Form<DecisionForm>,
) -> Page {
    let verdict = match form.verdict.as_str() {
        "link" => Verdict::Together,
        "apart" => Verdict::Apart,
        "undo" => Verdict::Undone,
        other => return Err(Problem::bad_request(format!("“{other}” is no decision")).into()),
    };
    let about = match (form.record, form.other) {
        (Some(record), _) => About::Record(record),
        (None, Some(entry)) => About::Entry(entry),
        (None, None) => return Err(Problem::bad_request("this decides about nobody").into()),
    };
    let decision = Decision {
        entry: id,
        about,
        verdict,
        seen: form.decided,
    };
    roster::decide(&app.store, decision, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/import/{id}")).into_response())
}

/// User and host of a record's SIP account, as far as it tells them.
fn sip(record: &model::Record) -> String {
    if record.sip_user.is_empty() || record.sip_host.is_empty() {
        record.sip_user.clone()
    } else {
        format!("{}@{}", record.sip_user, record.sip_host)
    }
}

fn side(told: &Told, explained: &Explained) -> RecordSide {
    let record = &told.record;
    let won = explained
        .winners
        .iter()
        .filter(|(_, by, _)| *by == told.name);
    let wins = won.map(|(field, ..)| match *field {
        "sip_user" => "SIP account".to_owned(),
        other => label(other),
    });
    RecordSide {
        id: told.id.to_string(),
        wins: wins.collect(),
        component: mark(told.kind),
        connection: told.name.clone(),
        source_id: record.source_id.clone(),
        first_name: record.first_name.clone(),
        last_name: record.last_name.clone(),
        display_name: record.display_name.clone(),
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
