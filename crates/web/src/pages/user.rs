//! `/users/{id}`: one user with data, devices, deployments and timeline.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use console::{
    Mark, Place, Tone, When,
    manage::UserState as Shown,
    user::{ContactLine, DeploymentLine, DeviceLine, Event, UserField, UserPage},
};
use model::{
    Actor, Timestamp, User, UserId, UserState,
    deployment::{DeploymentState, DeviceState},
};
use roster::view::Explained;
use store::{contacts::Contact, deployments::Deployment, devices::Device};
use users::self_deployment::Standing;

use super::{
    address::Path,
    frame::{Page, mark, shell, show as shown},
    labels::{label, sentence},
    manage::{Drift, Profiles, state_of},
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
    let ids: Vec<_> = deployments.iter().map(|d| d.id).collect();
    let recipients = store::outbox::recipients(store, &ids).await?;
    let taken = store::deployments::taken_places(store, id).await?;
    let contacts = store::contacts::of_user(store, id).await?;
    let timeline = store::users::timeline(store, id, None, 100).await?;
    let profiles = Profiles::of(&app).await?;
    let themself = Actor::person(id).0;
    shown(&UserPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        id: id.to_string(),
        first_name: user.fields.first_name.clone(),
        last_name: user.fields.last_name.clone(),
        number: user.fields.directory_number.clone(),
        state: state_of(
            &user,
            devices
                .iter()
                .any(|d| d.state == DeviceState::Live && d.out_of_date_at.is_some()),
        ),
        note: Drift::of(&app, std::slice::from_ref(&user))
            .await?
            .of_user(&user),
        profile: (
            user.profile.map(|p| p.to_string()).unwrap_or_default(),
            profiles.name(user.profile),
        ),
        entry: user
            .entry
            .map(|entry| entry.to_string())
            .unwrap_or_default(),
        fields: fields(&app, &user).await?,
        devices: devices
            .iter()
            .map(|device| device_line(device, user.state == UserState::Suspended, now))
            .collect(),
        others: contacts
            .iter()
            .filter(|contact| contact.device.is_none())
            .map(|contact| other(contact, now))
            .collect(),
        deployments: deployments
            .iter()
            .map(|d| {
                let to = went_to(d, recipients.get(&d.id), &user, &profiles);
                let taken = taken.get(&d.id).copied().unwrap_or(0);
                deployment_line(d, to, taken, user.profile.is_some(), now)
            })
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
                by: if event.actor == themself {
                    "the person".to_owned()
                } else {
                    event.actor
                },
            })
            .collect(),
        self_deployment: if app.shared.settings.self_deployment {
            Standing::of(store, &user).await?.words().to_owned()
        } else {
            "off: the settings switch it off for everybody".to_owned()
        },
        is_suspended: user.state == UserState::Suspended,
        can_deploy: user.profile.is_some() && user.state != UserState::Suspended,
    })
}

/// `POST /users/{id}/suspension/end`
pub(crate) async fn end_suspension(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<UserId>,
) -> Page {
    users::suspension::end(&app.store, id, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/users/{id}")).into_response())
}

fn words(kind: &str) -> String {
    sentence(&kind.replace('-', " "))
}

/// Where each field of a user comes from.
pub(crate) struct Origins {
    explained: Option<Explained>,
    is_sourced: bool,
}

impl Origins {
    pub(crate) async fn of(app: &App, user: &User) -> Result<Self, Problem> {
        let explained = match user.entry {
            Some(entry) => match roster::view::explain(&app.store, entry).await {
                Ok(explained) => Some(explained),
                Err(roster::Error::Store(store::Error::Missing(_))) => None,
                Err(error) => return Err(error.into()),
            },
            None => None,
        };
        Ok(Self {
            explained,
            is_sourced: user.is_sourced(),
        })
    }

    /// The connection that supplies a field now.
    pub(crate) fn supplier(&self, field: &str) -> Option<&str> {
        let mut winners = self.explained.iter().flat_map(|told| &told.winners);
        let found = winners.find(|(name, ..)| *name == field);
        found.map(|(_, connection, _)| connection.as_str())
    }

    /// The component that supplies a field; none: it was entered by hand.
    pub(crate) fn of_field(&self, field: &str) -> Option<Mark> {
        let gone = || {
            self.is_sourced
                .then(|| Mark::new("—", "a component that holds it no more"))
        };
        self.explained
            .as_ref()
            .and_then(|explained| winner(explained, field))
            .or_else(gone)
    }
}

/// The user's data with the component that each field came from, then what is ours.
async fn fields(app: &App, user: &User) -> Result<Vec<UserField>, Problem> {
    let origins = Origins::of(app, user).await?;
    let served = user.served();
    let pairs = served.texts().into_iter().zip(user.fields.texts());
    let mut all: Vec<UserField> = pairs
        .filter(|((name, value), _)| !value.is_empty() && *name != "email")
        .map(|((name, value), (_, own))| UserField {
            label: label(name),
            value: value.to_owned(),
            // What the component does not tell was decided or completed by us.
            origin: origins.of_field(name).filter(|_| value == own),
        })
        .collect();
    let by_hand = |name: &str, value: &str| UserField {
        label: label(name),
        value: value.to_owned(),
        origin: None,
    };
    if !user.fields.email.is_empty() {
        all.push(UserField {
            origin: origins.of_field("email"),
            ..by_hand("email", &user.fields.email)
        });
    }
    let ours = &user.ours;
    let more = [
        ("delivery_email", &ours.email),
        ("client_service_host", &ours.client_service_host),
        ("client_service_port", &ours.client_service_port),
    ];
    let more = more.into_iter().filter(|(_, value)| !value.is_empty());
    all.extend(more.map(|(name, value)| by_hand(name, value)));
    let held = store::users::held(&app.store, user.id).await?;
    let held = held.into_iter().map(users::entered::secret_name);
    all.extend(held.map(|name| by_hand(name, "held, never shown")));
    Ok(all)
}

/// The component that supplies a field now.
fn winner(explained: &Explained, field: &str) -> Option<Mark> {
    let (_, connection, _) = explained
        .winners
        .iter()
        .find(|(name, _, _)| *name == field)?;
    let told = explained
        .records
        .iter()
        .find(|told| told.name == *connection)?;
    Some(mark(told.kind))
}

fn device_line(device: &Device, is_suspended: bool, now: Timestamp) -> DeviceLine {
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
        registered: device.registered.as_ref().map(|registered| {
            let (first, last) = (when(registered.at, now), when(registered.last_at, now));
            (registered.agent.clone(), first, last)
        }),
        state: match device.state {
            DeviceState::Live if is_suspended => "suspended".to_owned(),
            DeviceState::Live if device.forced_at.is_some() => {
                "renewed at its next fetch".to_owned()
            }
            DeviceState::Live if device.out_of_date_at.is_some() => "out of date".to_owned(),
            DeviceState::Live if device.registered.is_some() => "registered".to_owned(),
            DeviceState::Live => "active".to_owned(),
            other => other.name().replace('-', " "),
        },
        meaning: match device.state {
            DeviceState::Live => "",
            DeviceState::Pending => {
                "Its configuration is on the way. Through a relay nothing tells whether it took it: it counts, and Downloaded is filled in, \
                 once it asks by its own link, a Linphone at its next start."
            }
            DeviceState::BrokenOff => {
                "Its fetch broke off before the end; its place is free again, and the link can be opened once more."
            }
            DeviceState::Revoked => {
                "It was withdrawn: at its next start it loses its account, where its client can be told so."
            }
            DeviceState::Emptied => "It was withdrawn, and its account was taken off it.",
        },
        id: match device.state {
            DeviceState::Live | DeviceState::Pending | DeviceState::BrokenOff => {
                device.id.to_string()
            }
            DeviceState::Revoked | DeviceState::Emptied => String::new(),
        },
    }
}

/// A contact that is none of the devices.
fn other(contact: &Contact, now: Timestamp) -> ContactLine {
    ContactLine {
        agent: contact.agent.clone(),
        host: contact.host.clone(),
        first: when(contact.first_at, now),
        last: when(contact.last_at, now),
    }
}

/// The address of a deployment's mail: where it went, or goes while it waits. Nothing where there is no mail, an empty text where
/// it is not known any more.
fn went_to(
    deployment: &Deployment,
    recipient: Option<&String>,
    user: &User,
    profiles: &Profiles,
) -> Option<String> {
    if deployment.message_id.is_empty() {
        return None;
    }
    Some(match deployment.state {
        DeploymentState::Queued => profiles.recipient(user, Some(deployment.profile)),
        _ => recipient.cloned().unwrap_or_default(),
    })
}

fn deployment_line(
    deployment: &Deployment,
    to: Option<String>,
    taken: i64,
    has_profile: bool,
    now: Timestamp,
) -> DeploymentLine {
    let ended = now > deployment.expires_at;
    let state = match deployment.state {
        DeploymentState::Queued => Shown::Queued,
        DeploymentState::Failed => Shown::Failed,
        DeploymentState::Sent if ended => Shown::Expired,
        DeploymentState::Sent if deployment.opened_at.is_some() => Shown::Opened,
        DeploymentState::Sent if deployment.seen_at.is_some() => Shown::Seen,
        DeploymentState::Sent => Shown::Sent,
        DeploymentState::Bounced => Shown::Bounced,
        DeploymentState::Downloaded => Shown::Downloaded,
        DeploymentState::Superseded => Shown::Superseded,
        DeploymentState::Revoked => Shown::Revoked,
    };
    let works = matches!(
        state,
        Shown::Queued | Shown::Sent | Shown::Seen | Shown::Opened
    ) || (state == Shown::Downloaded && !ended);
    let note = match (deployment.state, deployment.error.is_empty()) {
        (_, true) if works && !has_profile => {
            "its link does not work while this user has no profile".to_owned()
        }
        _ => said(&deployment.error, &deployment.hint),
    };
    let is_used_up = taken >= deployment.places;
    DeploymentLine {
        ordered: when(deployment.created_at, now),
        by: match deployment.reason.as_str() {
            "import" => "an import".to_owned(),
            "manage" => "Deploy under Manage".to_owned(),
            "auto" => "Auto deploy".to_owned(),
            "reminder" => "a reminder".to_owned(),
            "printed" => "Print under Manage".to_owned(),
            "self" => "the person".to_owned(),
            "renewal" => "whoever opened the dead link".to_owned(),
            other => other.to_owned(),
        },
        state,
        to,
        expires: (works && has_profile && !is_used_up).then(|| when(deployment.expires_at, now)),
        used: used(deployment, taken, works && is_used_up),
        ended: match deployment.state {
            DeploymentState::Superseded => {
                "a newer one took its place; devices that used it keep working"
            }
            DeploymentState::Revoked => "withdrawn, with the devices or by a suspension",
            _ => "",
        },
        note,
    }
}

/// How many devices used a link, and the way to another one where it takes no more.
fn used(deployment: &Deployment, taken: i64, is_over: bool) -> String {
    if taken == 0 {
        return String::new();
    }
    let places = deployment.places;
    let devices = if places == 1 { "device" } else { "devices" };
    let more = if is_over {
        ": its link takes no other. Deploy sends a new one"
    } else {
        ""
    };
    format!("used on {taken} of {places} {devices}{more}")
}

/// What went wrong and what to do about it.
fn said(error: &str, hint: &str) -> String {
    if hint.is_empty() {
        error.to_owned()
    } else {
        format!("{error}: {hint}")
    }
}
