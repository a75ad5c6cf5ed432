//! A user: a person we manage, after import.

use serde::{Deserialize, Serialize};

use crate::{EntryId, PersonFields, ProfileId, Timestamp, UserId};

/// How far a person has come, best first in what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UserState {
    /// Imported, nothing was sent.
    Imported,
    /// A deployment is ordered and not yet sent.
    Queued,
    /// The last deployment could not be made or its mail was refused for good.
    Failed,
    /// The mail server accepted the mail.
    Deployed,
    /// A client fetched its configuration.
    Downloaded,
    /// A client with its configuration was seen at the registrar.
    Registered,
    /// Access is withdrawn for the time being.
    Suspended,
}

impl UserState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Imported,
        Self::Queued,
        Self::Failed,
        Self::Deployed,
        Self::Downloaded,
        Self::Registered,
        Self::Suspended,
    ];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Queued => "queued",
            Self::Failed => "failed",
            Self::Deployed => "deployed",
            Self::Downloaded => "downloaded",
            Self::Registered => "registered",
            Self::Suspended => "suspended",
        }
    }

    /// The state of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What is ours about a user, whoever the rest of its data belongs to. An empty text: nothing was said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ours {
    /// Where the mail goes instead of the component's address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// BCP 47, instead of the component's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// Host that the SIP account registers at, where no component supplies an account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sip_host: String,
    /// User part of the SIP account, where no component supplies one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sip_user: String,
    /// Number of the voice mail box, where no component supplies one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub voicemail_number: String,
    /// Host of the client service.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client_service_host: String,
    /// Port of the client service.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client_service_port: String,
}

impl Ours {
    /// A component's data, with what we decided in its place and what we completed where it says nothing.
    pub fn over(&self, told: &PersonFields) -> PersonFields {
        let mut fields = told.clone();
        let put = |value: &String, field: &mut String| {
            if !value.is_empty() {
                field.clone_from(value);
            }
        };
        put(&self.email, &mut fields.email);
        put(&self.language, &mut fields.language);
        if fields.sip_user.is_empty() {
            put(&self.sip_user, &mut fields.sip_user);
            put(&self.sip_host, &mut fields.sip_host);
        }
        if fields.voicemail_number.is_empty() {
            put(&self.voicemail_number, &mut fields.voicemail_number);
        }
        fields
    }

    /// Whether somebody whose data belongs to a component has an account at the PBX that was entered by hand.
    pub const fn has_account(&self) -> bool {
        !self.sip_user.is_empty()
    }
}

/// One user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its id; another system's id is never equal to it.
    pub id: UserId,
    /// The entry it was imported from.
    pub entry: Option<EntryId>,
    /// Its profile; none = *Do not deploy*.
    pub profile: Option<ProfileId>,
    /// Its data, as imported.
    #[serde(flatten)]
    pub fields: PersonFields,
    /// What is ours about it.
    pub ours: Ours,
    /// How far it has come.
    pub state: UserState,
    /// When it was imported.
    pub imported_at: Timestamp,
    /// When the mail server accepted the last deployment.
    pub deployed_at: Option<Timestamp>,
    /// When a client first fetched a configuration.
    pub downloaded_at: Option<Timestamp>,
    /// When one of its clients was first seen at the registrar.
    pub registered_at: Option<Timestamp>,
    /// Rises with every change of its data.
    pub version: i64,
}

impl User {
    /// The data that it is served by.
    pub fn served(&self) -> PersonFields {
        self.ours.over(&self.fields)
    }

    /// Whether its data belongs to a component.
    pub const fn is_sourced(&self) -> bool {
        self.entry.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(fields: PersonFields, ours: Ours) -> User {
        User {
            id: UserId(uuid::Uuid::nil()),
            entry: Some(EntryId(1)),
            profile: None,
            fields,
            ours,
            state: UserState::Imported,
            imported_at: Timestamp(0),
            deployed_at: None,
            downloaded_at: None,
            registered_at: None,
            version: 1,
        }
    }

    #[test]
    fn what_is_completed_yields_to_the_component_and_what_is_decided_does_not() {
        let ours = Ours {
            email: "desk@example.org".into(),
            sip_user: "by-hand".into(),
            sip_host: "pbx2.example.org".into(),
            voicemail_number: "*97".into(),
            ..Ours::default()
        };
        let told = PersonFields {
            email: "ada@example.org".into(),
            language: "en".into(),
            ..PersonFields::default()
        };
        let served = user(told.clone(), ours.clone()).served();
        assert_eq!(served.email, "desk@example.org");
        assert_eq!(
            (served.sip_user, served.sip_host),
            ("by-hand".into(), "pbx2.example.org".into())
        );
        assert_eq!(
            (served.voicemail_number, served.language),
            ("*97".into(), "en".into())
        );
        let supplied = PersonFields {
            sip_user: "set-4711".into(),
            voicemail_number: "600".into(),
            ..told
        };
        let served = user(supplied, ours).served();
        assert_eq!(
            (served.sip_user, served.sip_host),
            ("set-4711".into(), String::new())
        );
        assert_eq!(served.voicemail_number, "600");
    }
}
