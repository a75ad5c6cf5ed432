//! A record: what one component holds about one person, parsed once and never edited by us.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    DirectoryNumber, Email, Fault,
    text::{NAME_MAX, clean},
};

/// The kinds of component that a connection can lead to.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentKind {
    /// Users and Services.
    Usp,
    /// A border gateway on the same machine or cluster.
    Mbg,
    /// The client service.
    ClientService,
    /// An LDAP directory (RFC 4511).
    Ldap,
    /// A SCIM service (RFC 7644).
    Scim,
    /// CSV files in a folder.
    Csv,
    /// The table `subscriber` of a SIP registrar: Kamailio, OpenSIPS.
    Subscriber,
    /// The realtime tables of an Asterisk.
    Asterisk,
    /// An identity provider that pushes people to us (RFC 7644).
    ScimIn,
}

impl ComponentKind {
    /// Every kind, in the default precedence for names and mail addresses.
    pub const ALL: [Self; 9] = [
        Self::Usp,
        Self::ClientService,
        Self::Ldap,
        Self::Scim,
        Self::ScimIn,
        Self::Csv,
        Self::Mbg,
        Self::Subscriber,
        Self::Asterisk,
    ];

    /// The permanent name, as in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usp => "usp",
            Self::Mbg => "mbg",
            Self::ClientService => "client-service",
            Self::Ldap => "ldap",
            Self::Scim => "scim",
            Self::Csv => "csv",
            Self::Subscriber => "subscriber",
            Self::Asterisk => "asterisk",
            Self::ScimIn => "scim-in",
        }
    }

    /// The mark shown in the table.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Usp => "USP",
            Self::Mbg => "MBG",
            Self::ClientService => "CS",
            Self::Ldap => "LDAP",
            Self::Scim => "SCIM",
            Self::Csv => "CSV",
            Self::Subscriber => "SIP",
            Self::Asterisk => "AST",
            Self::ScimIn => "IN",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Usp => "Users and Services",
            Self::Mbg => "border gateway",
            Self::ClientService => "client service",
            Self::Ldap => "LDAP directory",
            Self::Scim => "SCIM service",
            Self::Csv => "CSV file",
            Self::Subscriber => "SIP registrar",
            Self::Asterisk => "Asterisk",
            Self::ScimIn => "SCIM in",
        }
    }

    /// Whether it keeps SIP accounts, which other components may name.
    pub fn keeps_accounts(self) -> bool {
        Self::KEEPERS.contains(&self)
    }

    /// Whether it tells us its people by itself: then it is not read.
    pub const fn pushes(self) -> bool {
        matches!(self, Self::ScimIn)
    }

    /// The kinds that keep SIP accounts; where a person has several accounts, the one of the first counts.
    pub const KEEPERS: [Self; 3] = [Self::Mbg, Self::Subscriber, Self::Asterisk];

    /// Whether it makes a new SIP secret when it is asked to.
    pub const fn makes_secrets(self) -> bool {
        matches!(self, Self::Mbg)
    }

    /// The kind of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One user record as one component holds it. An empty text means that the component says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Record {
    /// The component's own stable id; never a login or an e-mail address.
    pub source_id: String,
    /// Given name, NFC.
    pub first_name: String,
    /// Family name, NFC.
    pub last_name: String,
    /// The name as shown, where the component keeps one.
    pub display_name: String,
    /// Login id, compared without case.
    pub login: String,
    /// Extension as dialled.
    pub directory_number: String,
    /// PBX number or name.
    pub pbx: String,
    /// Public number.
    pub e164: String,
    /// Address, syntax checked.
    pub email: String,
    /// The account on the border gateway; on a USP record the cross reference to it.
    pub mbg_user_name: String,
    /// Host that the SIP account registers at, where the component names one.
    pub sip_host: String,
    /// User part of the SIP account.
    pub sip_user: String,
    /// Account on the client service.
    pub client_service_account: String,
    /// Number of the voice mail box.
    pub voicemail_number: String,
    /// BCP 47.
    pub language: String,
    /// Department.
    pub department: String,
    /// Location.
    pub location: String,
    /// Role at work.
    pub role: String,
    /// The profile that the component proposes.
    pub profile_proposal: String,
    /// Whether this person may be deployed.
    pub enabled: bool,
    /// What could not be read as told.
    pub faults: Vec<Fault>,
}

impl Record {
    /// An empty, enabled record with the component's own id.
    pub fn new(source_id: impl Into<String>) -> Self {
        Self {
            source_id: source_id.into(),
            enabled: true,
            ..Self::default()
        }
    }

    /// Takes a text as told: cleaned; control characters and excessive length become faults.
    pub fn text(&mut self, field: &str, told: &str) -> String {
        let (text, had_control) = clean(told);
        if had_control {
            self.faults.push(Fault::new(
                field,
                "holds control characters, which were left out",
            ));
        }
        let length = text.chars().count();
        if length > NAME_MAX {
            let message = format!("is {length} characters long, more than {NAME_MAX}");
            self.faults.push(Fault::new(field, message));
        }
        text
    }

    /// Takes an address as told; one that is no address becomes a fault.
    pub fn set_email(&mut self, told: &str) {
        if told.trim().is_empty() {
            return;
        }
        match Email::parse(told) {
            Ok(email) => email.as_str().clone_into(&mut self.email),
            Err(why) => self.faults.push(Fault::new("email", why)),
        }
    }

    /// Takes a number as told; one that cannot be dialled becomes a fault.
    pub fn set_directory_number(&mut self, told: &str) {
        if told.trim().is_empty() {
            return;
        }
        match DirectoryNumber::parse(told) {
            Ok(number) => number.as_str().clone_into(&mut self.directory_number),
            Err(why) => self.faults.push(Fault::new("directory_number", why)),
        }
    }

    /// Changes exactly when something that the component tells changes; no secret goes into it.
    pub fn content_hash(&self) -> [u8; 16] {
        let mut hash = Sha256::new();
        for part in self.parts() {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.update([u8::from(self.enabled)]);
        for fault in &self.faults {
            hash.update(fault.field.as_bytes());
            hash.update(fault.message.as_bytes());
        }
        let digest = hash.finalize();
        digest[..16].try_into().expect("a SHA-256 has 32 bytes")
    }

    fn parts(&self) -> [&str; 18] {
        [
            &self.first_name,
            &self.last_name,
            &self.display_name,
            &self.login,
            &self.directory_number,
            &self.pbx,
            &self.e164,
            &self.email,
            &self.mbg_user_name,
            &self.sip_host,
            &self.sip_user,
            &self.client_service_account,
            &self.voicemail_number,
            &self.language,
            &self.department,
            &self.location,
            &self.role,
            &self.profile_proposal,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_a_fault_and_not_an_end() {
        let mut record = Record::new("7");
        record.last_name = record.clone().text("last_name", "x");
        record.set_email("nobody");
        record.set_directory_number("12ab");
        let long = record.text("first_name", &"a".repeat(10_240));
        assert_eq!(long.len(), 10_240);
        assert_eq!(record.faults.len(), 3);
        assert_eq!(
            (record.email.as_str(), record.directory_number.as_str()),
            ("", "")
        );
    }

    #[test]
    fn the_hash_sees_every_field_and_their_borders() {
        let base = Record {
            first_name: "ab".into(),
            last_name: "c".into(),
            ..Record::new("1")
        };
        let moved = Record {
            first_name: "a".into(),
            last_name: "bc".into(),
            ..Record::new("1")
        };
        assert_ne!(base.content_hash(), moved.content_hash());
        let disabled = Record {
            enabled: false,
            ..base.clone()
        };
        assert_ne!(base.content_hash(), disabled.content_hash());
        assert_eq!(base.content_hash(), base.clone().content_hash());
    }
}
