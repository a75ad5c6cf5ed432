//! `/import/precedence`: which component wins each field.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Place,
    precedence::{EffectView, PrecedencePage, PrecedencesPage},
};
use model::ComponentKind;
use serde::Deserialize;

use super::{
    address::Path,
    frame::{Page, count, mark, shell, show as shown},
    labels::{label, sentence},
};
use crate::{App, Problem, session::SignedIn};

/// `GET /import/precedence`
pub(crate) async fn list(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let orders = roster::precedence::list(&app.store).await?;
    let fields = orders.into_iter().map(|order| {
        let marks = order.kinds.into_iter().map(mark).collect();
        (
            order.field.to_owned(),
            label(order.field),
            marks,
            order.is_set,
        )
    });
    shown(&PrecedencesPage {
        shell: shell(&app, &admin, Place::Import).await?,
        fields: fields.collect(),
    })
}

/// The kinds in their places.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Places {
    kind: Vec<String>,
}

impl Places {
    /// The kinds in the order in which each is named first.
    fn parse(&self) -> Result<Vec<ComponentKind>, Problem> {
        let mut kinds = Vec::new();
        for name in &self.kind {
            let kind = ComponentKind::parse(name);
            let kind = kind
                .ok_or_else(|| Problem::bad_request(format!("“{name}” is no kind of component")))?;
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        Ok(kinds)
    }
}

/// `GET /import/precedence/{field}`: the order, and with another one in the address what that would change.
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(field): Path<String>,
    RawQuery(query): RawQuery,
) -> Page {
    let query = query.unwrap_or_default();
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let kind = pairs.filter(|(name, _)| name == "kind");
    let places = Places {
        kind: kind.map(|(_, value)| value.into_owned()).collect(),
    };
    let order = roster::precedence::get(&app.store, &field).await?;
    let wanted = places.parse()?;
    let effect = if wanted.is_empty() {
        None
    } else {
        Some(roster::precedence::effect(&app.store, &field, &wanted).await?)
    };
    let rest = order.kinds.iter().filter(|kind| !wanted.contains(kind));
    let all: Vec<_> = wanted.iter().chain(rest).collect();
    shown(&PrecedencePage {
        shell: shell(&app, &admin, Place::Import).await?,
        label: label(order.field),
        field,
        kinds: ComponentKind::ALL
            .into_iter()
            .map(|kind| (kind.name().to_owned(), sentence(kind.title())))
            .collect(),
        wanted: all.into_iter().map(|kind| kind.name().to_owned()).collect(),
        effect: effect.map(|effect| EffectView {
            changed: count(effect.changed),
            examples: effect
                .examples
                .into_iter()
                .map(|e| (e.entry.to_string(), e.label, e.from, e.to))
                .collect(),
        }),
        is_set: order.is_set,
    })
}

/// `POST /import/precedence/{field}`: saved; without kinds the program's order.
pub(crate) async fn set(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(field): Path<String>,
    Form(places): Form<Places>,
) -> Page {
    let kinds = places.parse()?;
    roster::precedence::set(&app.store, &field, &kinds, &admin.actor()).await?;
    Ok(Redirect::to("/import/precedence").into_response())
}
