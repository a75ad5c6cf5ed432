//! `/precedence`: which component wins each field.

use axum::extract::State;
use model::{ComponentKind, EntryId};
use roster::precedence::{Effect, FieldOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App, Problem,
    asked::{Json, Path},
    session::Operator,
};

/// The order of one field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldView {
    field: &'static str,
    /// Every kind of component, the one that wins first.
    kinds: Vec<ComponentKind>,
    /// Whether somebody changed it.
    is_set: bool,
}

impl From<FieldOrder> for FieldView {
    fn from(order: FieldOrder) -> Self {
        Self {
            field: order.field,
            kinds: order.kinds,
            is_set: order.is_set,
        }
    }
}

/// Which component wins each field.
#[utoipa::path(get, path = "/precedence", responses((status = 200, body = [FieldView])))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
) -> Result<Json<Vec<FieldView>>, Problem> {
    let orders = roster::precedence::list(&app.store).await?;
    Ok(Json(orders.into_iter().map(Into::into).collect()))
}

/// Which kinds come first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The kinds that come first, in this order; the others follow as before. None: the program's order.
    kinds: Vec<ComponentKind>,
    /// Only tell what it would change.
    #[serde(default)]
    dry_run: bool,
}

/// What an order changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EffectView {
    /// How many entries.
    changed: i64,
    /// Up to ten of them.
    examples: Vec<ExampleView>,
}

/// One entry that changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExampleView {
    entry: EntryId,
    label: String,
    from: String,
    to: String,
}

impl From<Effect> for EffectView {
    fn from(effect: Effect) -> Self {
        let examples = effect.examples.into_iter().map(|example| ExampleView {
            entry: example.entry,
            label: example.label,
            from: example.from,
            to: example.to,
        });
        Self {
            changed: effect.changed,
            examples: examples.collect(),
        }
    }
}

/// Sets which component wins a field; answers what it changes, which the next joining carries out.
#[utoipa::path(put, path = "/precedence/{field}", params(("field" = String, Path)), request_body = Wanted, responses((status = 200, body = EffectView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(field): Path<String>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<EffectView>, Problem> {
    let effect = roster::precedence::effect(&app.store, &field, &wanted.kinds).await?;
    if !wanted.dry_run {
        roster::precedence::set(&app.store, &field, &wanted.kinds, &admin.actor()).await?;
    }
    Ok(Json(effect.into()))
}
