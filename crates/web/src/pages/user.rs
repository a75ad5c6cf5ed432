//! `/users/{id}`: one user with data, devices, deployments and timeline.

use axum::extract::{Path, State};
use console::{
    Place, Tone, When,
    manage::UserState as Shown,
    user::{DeploymentLine, DeviceLine, Event, UserField, UserPage},
};
use model::{Timestamp, User, UserId, UserState, deployment::DeploymentState};
use store::{deployments::Deployment, devices::Device};

use super::{
    frame::{Page, mark_of, shell, show as shown},
    manage::{profile_names, state},
    when::when,
};
use crate::{App, Problem, session::SignedIn};

/// `GET /users/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<UserId>,
) -> Page {
    let store = &app.store;
    let now = store.env().now();
    let user = store::users::get(store, id).await?;
    let devices = store::devices::of_user(store, id).await?;
    let deployments = store::deployments::of_user(store, id).await?;
    let timeline = store::users::timeline(store, id, None, 100).await?;
    let name = match user.profile {
        Some(profile) => profile_names(&app)
            .await?
            .remove(&profile)
            .unwrap_or_default(),
        None => "Do not deploy".to_owned(),
    };
    shown(&UserPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        id: id.to_string(),
        first_name: user.fields.first_name.clone(),
        last_name: user.fields.last_name.clone(),
        number: user.fields.directory_number.clone(),
        state: state(user.state),
        note: String::new(),
        profile: (
            user.profile.map(|p| p.to_string()).unwrap_or_default(),
            name,
        ),
        entry: user
            .entry
            .map(|entry| entry.to_string())
            .unwrap_or_default(),
        fields: fields(&app, &user).await?,
        devices: devices
            .iter()
            .map(|device| device_line(device, now))
            .collect(),
        deployments: deployments
            .iter()
            .map(|d| deployment_line(d, &user, now))
            .collect(),
        timeline: timeline
            .into_iter()
            .map(|event| Event {
                when: when(event.at, now),
                tone: if event.kind.ends_with("failed") || event.kind.ends_with("bounced") {
                    Tone::Bad
                } else {
                    Tone::Plain
                },
                text: if event.detail.is_empty() {
                    words(&event.kind)
                } else {
                    format!("{}: {}", words(&event.kind), event.detail)
                },
                by: event.actor,
            })
            .collect(),
        can_deploy: user.profile.is_some() && user.state != UserState::Suspended,
    })
}

fn words(kind: &str) -> String {
    let mut words = kind.replace('-', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// The user's data with the component that each field came from.
async fn fields(app: &App, user: &User) -> Result<Vec<UserField>, Problem> {
    let winners = match user.entry {
        Some(entry) => roster::view::explain(&app.store, entry)
            .await
            .map(|e| (e.winners, e.records))
            .ok(),
        None => None,
    };
    let origin = |field: &str| {
        let (winners, records) = winners.as_ref()?;
        let (_, connection, _) = winners.iter().find(|(name, _, _)| *name == field)?;
        records
            .iter()
            .find(|told| told.name == *connection)
            .map(|told| mark_of(told.kind.mark()))
    };
    Ok(user
        .fields
        .texts()
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| UserField {
            label: words(&name.replace('_', " ")),
            value: value.to_owned(),
            origin: origin(name),
        })
        .collect())
}

fn device_line(device: &Device, now: Timestamp) -> DeviceLine {
    let at = |moment: Option<Timestamp>| moment.map_or_else(When::default, |at| when(at, now));
    DeviceLine {
        client: if device.agent.is_empty() {
            device.client.title().to_owned()
        } else {
            device.agent.clone()
        },
        platform: String::new(),
        first: at(device.downloaded_at),
        last: at(device.fetched_at),
        state: device.state.name().replace('-', " "),
    }
}

fn deployment_line(deployment: &Deployment, user: &User, now: Timestamp) -> DeploymentLine {
    let state = match deployment.state {
        DeploymentState::Queued => Shown::Queued,
        DeploymentState::Failed => Shown::Failed,
        DeploymentState::Sent if deployment.seen_at.is_some() => Shown::Seen,
        DeploymentState::Sent => Shown::Sent,
        DeploymentState::Bounced => Shown::Bounced,
        DeploymentState::Downloaded => Shown::Downloaded,
        DeploymentState::Superseded | DeploymentState::Revoked => Shown::Revoked,
    };
    let note = match (deployment.state, deployment.error.is_empty()) {
        (DeploymentState::Superseded, true) => "a newer one took its place".to_owned(),
        _ => deployment.error.clone(),
    };
    DeploymentLine {
        ordered: when(deployment.created_at, now),
        by: deployment.reason.clone(),
        state,
        to: user.fields.email.clone(),
        expires: Some(when(deployment.expires_at, now)),
        note,
    }
}
