//! `/bounces`: delivery status notifications, handed in by whoever receives them.

use axum::{body::Bytes, extract::State};
use delivery::bounces::{self, Handed};
use model::{DeploymentId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, Problem, asked::Json, session::Operator};

/// What a notification changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BounceView {
    /// Whether this is news: the deployment is bounced by this notification. Not, where it was known already.
    is_new: bool,
    /// The deployment whose mail did not arrive; null: the notification tells of no failure, or is about none of our mails.
    deployment: Option<DeploymentId>,
    /// Whose it is.
    user: Option<UserId>,
    /// The server's own words; may be empty.
    words: String,
}

/// Takes a delivery status notification (RFC 3464): the whole mail, as it came. Handed in twice, it changes nothing the second
/// time.
#[utoipa::path(post, path = "/bounces", request_body(content = String, content_type = "message/rfc822"), responses((status = 200, body = BounceView), (status = 422, body = Problem)))]
pub(crate) async fn hand_in(
    State(app): State<App>,
    _: Operator,
    mail: Bytes,
) -> Result<Json<BounceView>, Problem> {
    Ok(Json(match bounces::hand_in(&app.store, &mail).await? {
        Handed::Bounced {
            deployment,
            user,
            words,
        } => BounceView {
            is_new: true,
            deployment: Some(deployment),
            user: Some(user),
            words,
        },
        Handed::Known {
            deployment,
            user,
            words,
        } => BounceView {
            is_new: false,
            deployment: Some(deployment),
            user: Some(user),
            words,
        },
        Handed::Nothing => BounceView {
            is_new: false,
            deployment: None,
            user: None,
            words: String::new(),
        },
    }))
}
