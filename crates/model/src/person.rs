//! The data of one person as the table, a plan and Manage show it, with its sort keys and hash.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    filter::Lack,
    text::{fold, number_sort_key, sort_key},
};

/// What is known about a person, each field from the component that wins it. An empty text: nobody supplies it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonFields {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Extension as dialled.
    pub directory_number: String,
    /// PBX number or name.
    pub pbx: String,
    /// Account on the border gateway.
    pub mbg_user_name: String,
    /// Account on the client service.
    pub client_service_account: String,
    /// Address that the deployment mail goes to.
    pub email: String,
    /// Login id.
    pub login: String,
    /// User part of the SIP account.
    pub sip_user: String,
    /// Host that the SIP account registers at.
    pub sip_host: String,
    /// Number of the voice mail box.
    pub voicemail_number: String,
    /// BCP 47.
    pub language: String,
    /// Department.
    pub department: String,
    /// The profile that a component proposes.
    pub profile_proposal: String,
    /// Whether every component that holds the person calls them active.
    pub enabled: bool,
}

impl PersonFields {
    /// The fields that are texts, with their names in the API.
    pub fn texts(&self) -> [(&'static str, &str); 14] {
        [
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
            ("directory_number", &self.directory_number),
            ("pbx", &self.pbx),
            ("mbg_user_name", &self.mbg_user_name),
            ("client_service_account", &self.client_service_account),
            ("email", &self.email),
            ("login", &self.login),
            ("sip_user", &self.sip_user),
            ("sip_host", &self.sip_host),
            ("voicemail_number", &self.voicemail_number),
            ("language", &self.language),
            ("department", &self.department),
            ("profile_proposal", &self.profile_proposal),
        ]
    }

    /// Changes exactly when a field changes: a plan compares it before it carries a row out.
    pub fn hash(&self) -> [u8; 16] {
        let mut hash = Sha256::new();
        for (_, part) in self.texts() {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.update([u8::from(self.enabled)]);
        let digest = hash.finalize();
        digest[..16].try_into().expect("a SHA-256 has 32 bytes")
    }

    /// Sort key of the name column: family name, then given name.
    pub fn name_key(&self) -> String {
        sort_key(&format!("{} {}", self.last_name, self.first_name))
    }

    /// Sort key of the first name column: given name, then family name.
    pub fn first_key(&self) -> String {
        if self.first_name.is_empty() {
            return sort_key("");
        }
        sort_key(&format!("{} {}", self.first_name, self.last_name))
    }

    /// Sort key of the PBX column.
    pub fn pbx_key(&self) -> String {
        sort_key(&self.pbx)
    }

    /// Sort key of the column of border gateway accounts.
    pub fn mbg_key(&self) -> String {
        sort_key(&self.mbg_user_name)
    }

    /// Sort key of the column of client service accounts.
    pub fn account_key(&self) -> String {
        sort_key(&self.client_service_account)
    }

    /// Sort key of the number column.
    pub fn number_key(&self) -> String {
        number_sort_key(&self.directory_number)
    }

    /// Sort key of the e-mail column.
    pub fn email_key(&self) -> String {
        sort_key(&self.email)
    }

    /// What search looks in: every shown column, folded, a space before each.
    pub fn search_text(&self) -> String {
        let columns = [
            &self.first_name,
            &self.last_name,
            &self.directory_number,
            &self.pbx,
            &self.mbg_user_name,
            &self.client_service_account,
            &self.email,
        ];
        let mut text = String::new();
        for column in columns.into_iter().filter(|column| !column.is_empty()) {
            text.push(' ');
            text.extend(fold(column).chars().take(200));
        }
        text
    }

    /// What an import needs and no component supplies, if so.
    pub fn incomplete(&self) -> Option<Lack> {
        if self.last_name.is_empty() {
            Some(Lack::LastName)
        } else if self.email.is_empty() {
            Some(Lack::Email)
        } else {
            None
        }
    }

    /// What a person calls this person: name and number.
    pub fn label(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        let name = if name.trim().is_empty() {
            self.login.as_str()
        } else {
            name.trim()
        };
        let short: String = name.chars().take(120).collect();
        format!("{short} {}", self.directory_number)
            .trim()
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shown_column_is_searched() {
        let ada = PersonFields {
            first_name: "Zoë Ada".into(),
            last_name: "van der Berg".into(),
            directory_number: "1#001".into(),
            pbx: "Büro".into(),
            mbg_user_name: "Zada-1".into(),
            client_service_account: "zberg".into(),
            email: "Zoe@x.org".into(),
            department: "Sales".into(),
            ..PersonFields::default()
        };
        let text = " zoe ada van der berg 1#001 buro zada-1 zberg zoe@x.org";
        assert_eq!(ada.search_text(), text);
    }

    #[test]
    fn any_changed_field_changes_the_hash() {
        let base = PersonFields::default();
        assert_ne!(
            base.hash(),
            PersonFields {
                email: "a@b.org".into(),
                ..base.clone()
            }
            .hash()
        );
        assert_ne!(
            base.hash(),
            PersonFields {
                enabled: true,
                ..base.clone()
            }
            .hash()
        );
    }
}
