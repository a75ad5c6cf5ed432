//! `/connections/preview`: a connection's form once more, with ten records as they would be read.

use axum::{Form, extract::State, http::StatusCode};
use components::Access;
use console::{
    Count, Trouble,
    connection_form::{PreviewRow, Previewed},
};
use model::{ComponentKind, ConnectionId, Fault, Record};
use roster::{Error, connections::options_of, preview::Preview};

use super::form::{self, Sent};
use crate::{
    App, Problem,
    pages::{
        frame::{Page, rendered},
        labels::sentence,
    },
    session::SignedIn,
};

/// `POST /connections/preview`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(sent): Form<Sent>,
) -> Page {
    admin.primary()?;
    let id = sent.get("connection").and_then(|id| id.parse().ok());
    let connection = match id {
        Some(id) => Some(store::connections::get(&app.store, id).await?),
        None => None,
    };
    let chosen = match &connection {
        Some(connection) => (connection.kind, options_of(connection).access),
        None => form::chosen_by(&sent).ok_or_else(|| Problem::bad_request("which kind?"))?,
    };
    let (found, faults) = match read(&app, id, chosen, &sent).await {
        Ok(found) => (Some(shown(found)), vec![]),
        Err(Error::Unfit(faults)) => (None, faults),
        Err(error @ (Error::Component { .. } | Error::Conflict { .. })) => {
            let problem = Problem::from(error);
            let trouble = Trouble::new(problem.title, problem.detail, problem.hint);
            (Some(Previewed::Fails(trouble)), vec![])
        }
        Err(error) => return Err(error.into()),
    };
    let named = connection
        .as_ref()
        .map(|connection| (connection.id, connection.name.as_str()));
    let mut page = form::page(&app, &admin, named, chosen, &sent, &faults).await?;
    page.preview = found;
    let status = if page.errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok(rendered(status, &page))
}

async fn read(
    app: &App,
    id: Option<ConnectionId>,
    chosen: (ComponentKind, Access),
    sent: &Sent,
) -> Result<Preview, Error> {
    if let Some(id) = id {
        let change = form::change_of(chosen, sent).map_err(Error::Unfit)?;
        return roster::preview::of_changed(&app.store, id, &change).await;
    }
    let new = form::new_of(chosen, sent).map_err(Error::Unfit)?;
    roster::preview::of_new(&new).await
}

fn shown(found: Preview) -> Previewed {
    let mut remarks: Vec<String> = found
        .skipped
        .iter()
        .map(|skipped| {
            format!(
                "Record {} cannot be read: {}.",
                skipped.position, skipped.reason
            )
        })
        .collect();
    remarks.extend(found.incomplete.map(|incomplete| {
        format!(
            "{}. {}.",
            sentence(&incomplete.reason),
            sentence(&incomplete.hint)
        )
    }));
    Previewed::Records {
        rows: found.records.into_iter().map(row).collect(),
        total: found.announced_total.map(Count),
        remarks,
    }
}

fn row(record: Record) -> PreviewRow {
    let name = format!("{} {}", record.first_name, record.last_name);
    let name = match name.trim() {
        "" => record.display_name,
        name => name.to_owned(),
    };
    let fault = |fault: &Fault| format!("{} {}", fault.field, fault.message);
    PreviewRow {
        id: record.source_id,
        name,
        login: record.login,
        number: record.directory_number,
        e164: record.e164,
        email: record.email,
        department: record.department,
        enabled: record.enabled,
        faults: record.faults.iter().map(fault).collect(),
    }
}
