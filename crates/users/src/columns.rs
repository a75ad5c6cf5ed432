//! The columns of users in files: their names, what each holds, and whether a component owns it.

use std::borrow::Cow;

use model::{
    DirectoryNumber, Email, Ours, PersonFields, User,
    profile::is_language,
    text::{NAME_MAX, clean},
    values::is_host,
};
use store::users::OwnSecret;

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// The user's id in this system.
    Id,
    /// Name of the profile, or *Do not deploy*.
    Profile,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// Extension as dialled.
    DirectoryNumber,
    /// PBX number or name.
    Pbx,
    /// Address of the deployment mail.
    Email,
    /// BCP 47.
    Language,
    /// Department.
    Department,
    /// Login id.
    Login,
    /// Host that the SIP account registers at.
    SipHost,
    /// User part of the SIP account.
    SipUser,
    /// Password of the SIP account: imported, never exported.
    SipPassword,
    /// Account on the border gateway.
    MbgUserName,
    /// Password of that account: imported, never exported.
    MbgPassword,
    /// Number of the voice mail box.
    VoicemailNumber,
    /// PIN of the voice mail box: imported, never exported.
    VoicemailPin,
    /// Host of the client service.
    ClientServiceHost,
    /// Port of the client service.
    ClientServicePort,
    /// Account on the client service.
    ClientServiceAccount,
    /// Password of that account: imported, never exported.
    ClientServicePassword,
}

/// What a column that says *no profile* holds.
pub const DO_NOT_DEPLOY: &str = "Do not deploy";

impl Column {
    /// Every column, in the order of the template.
    pub const ALL: [Self; 21] = [
        Self::Id,
        Self::Profile,
        Self::FirstName,
        Self::LastName,
        Self::DirectoryNumber,
        Self::Pbx,
        Self::Email,
        Self::Language,
        Self::Department,
        Self::Login,
        Self::SipHost,
        Self::SipUser,
        Self::SipPassword,
        Self::MbgUserName,
        Self::MbgPassword,
        Self::VoicemailNumber,
        Self::VoicemailPin,
        Self::ClientServiceHost,
        Self::ClientServicePort,
        Self::ClientServiceAccount,
        Self::ClientServicePassword,
    ];

    /// Its permanent name, as in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Profile => "profile",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::DirectoryNumber => "directory_number",
            Self::Pbx => "pbx",
            Self::Email => "email",
            Self::Language => "language",
            Self::Department => "department",
            Self::Login => "login",
            Self::SipHost => "sip_host",
            Self::SipUser => "sip_user",
            Self::SipPassword => "sip_password",
            Self::MbgUserName => "mbg_user_name",
            Self::MbgPassword => "mbg_password",
            Self::VoicemailNumber => "voicemail_number",
            Self::VoicemailPin => "voicemail_pin",
            Self::ClientServiceHost => "client_service_host",
            Self::ClientServicePort => "client_service_port",
            Self::ClientServiceAccount => "client_service_account",
            Self::ClientServicePassword => "client_service_password",
        }
    }

    /// What stands above it in a file.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Profile => "Profile",
            Self::FirstName => "First name",
            Self::LastName => "Last name",
            Self::DirectoryNumber => "Directory number",
            Self::Pbx => "PBX",
            Self::Email => "E-mail",
            Self::Language => "Language",
            Self::Department => "Department",
            Self::Login => "Login",
            Self::SipHost => "PBX SIP host",
            Self::SipUser => "PBX SIP user name",
            Self::SipPassword => "PBX SIP password",
            Self::MbgUserName => "MBG SIP user name",
            Self::MbgPassword => "MBG SIP password",
            Self::VoicemailNumber => "Voicemail number",
            Self::VoicemailPin => "Voicemail PIN",
            Self::ClientServiceHost => "Client service host",
            Self::ClientServicePort => "Client service port",
            Self::ClientServiceAccount => "Client service account",
            Self::ClientServicePassword => "Client service password",
        }
    }

    /// Other words for it that files use.
    const fn other_words(self) -> &'static [&'static str] {
        match self {
            Self::Id => &["user id"],
            Self::Profile => &["deployment profile"],
            Self::FirstName => &["given name", "forename"],
            Self::LastName => &["surname", "family name", "name"],
            Self::DirectoryNumber => &["number", "extension", "dn"],
            Self::Pbx => &["pbx number"],
            Self::Email => &["email address", "mail"],
            Self::SipHost => &["sip host", "sip server"],
            Self::SipUser => &["sip user", "sip user name"],
            Self::SipPassword => &["sip password"],
            Self::MbgUserName => &["mbg user name"],
            Self::MbgPassword => &["mbg password"],
            Self::VoicemailNumber => &["voicemail"],
            Self::Login => &["login id"],
            Self::ClientServiceAccount => &["client service user name"],
            Self::Language
            | Self::Department
            | Self::VoicemailPin
            | Self::ClientServiceHost
            | Self::ClientServicePort
            | Self::ClientServicePassword => &[],
        }
    }

    /// The column that a file's heading means; case, spaces and punctuation make no difference.
    pub fn of_heading(heading: &str) -> Option<Self> {
        let told = bare(heading);
        let mut all = Self::ALL.into_iter();
        all.find(|column| column.words().any(|known| bare(known) == told))
    }

    /// The words that mean it.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let own = [self.name(), self.title()].into_iter();
        own.chain(self.other_words().iter().copied())
    }

    /// Words of other languages that probably mean it.
    pub fn foreign_words(self) -> impl Iterator<Item = &'static str> {
        let words: &[&str] = match self {
            Self::Profile => &["Profil", "Perfil"],
            Self::FirstName => &["Vorname", "Rufname", "Prénom", "Nombre", "Nome", "Voornaam"],
            Self::LastName => &[
                "Nachname",
                "Familienname",
                "Nom",
                "Apellido",
                "Apellidos",
                "Cognome",
                "Achternaam",
            ],
            Self::DirectoryNumber => &[
                "Nebenstelle",
                "Durchwahl",
                "Rufnummer",
                "Telefon",
                "Phone",
                "Poste",
                "Extensión",
                "Interno",
            ],
            Self::Pbx => &["Anlage", "TK-Anlage"],
            Self::Email => &["E-Mail-Adresse", "Courriel", "Correo electrónico", "Correo"],
            Self::Language => &["Sprache", "Langue", "Idioma", "Lingua", "Taal"],
            Self::Department => &[
                "Abteilung",
                "Service",
                "Departamento",
                "Reparto",
                "Afdeling",
            ],
            Self::Login => &[
                "Anmeldename",
                "Benutzername",
                "Kennung",
                "Username",
                "Utilisateur",
                "Usuario",
            ],
            Self::SipPassword => &[
                "Passwort",
                "Kennwort",
                "Password",
                "Mot de passe",
                "Contraseña",
            ],
            Self::VoicemailNumber => &["Mailbox", "Anrufbeantworter", "Messagerie"],
            Self::VoicemailPin => &["PIN"],
            Self::Id
            | Self::SipHost
            | Self::SipUser
            | Self::MbgUserName
            | Self::MbgPassword
            | Self::ClientServiceHost
            | Self::ClientServicePort
            | Self::ClientServiceAccount
            | Self::ClientServicePassword => &[],
        };
        words.iter().copied()
    }

    /// The column of this permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// Whether every user has to have it.
    pub const fn is_needed(self) -> bool {
        matches!(self, Self::LastName | Self::Email)
    }

    /// What a person writes there.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Id => {
                "the ID that an export of this system has: the row changes this user; empty: a new user"
            }
            Self::Profile => "the name of a deployment profile, or Do not deploy",
            Self::FirstName => "given name",
            Self::LastName => "family name",
            Self::DirectoryNumber => "extension as dialled: digits, * and #",
            Self::Pbx => "number or name of the PBX",
            Self::Email => "the address that the link to the phone's configuration is sent to",
            Self::Language => {
                "language of the mail, such as en or pt-BR; empty: as the profile says"
            }
            Self::Department => "department",
            Self::Login => "login id",
            Self::SipHost => {
                "host name or IP address that the phone registers at, where no component tells it"
            }
            Self::SipUser => "user part of the SIP account, where no component tells it",
            Self::SipPassword | Self::MbgPassword | Self::ClientServicePassword => {
                "password of that account; it is sealed, and never exported"
            }
            Self::MbgUserName => "account on the border gateway",
            Self::VoicemailNumber => "number of the voice mail box: digits, *, # and +",
            Self::VoicemailPin => "PIN of that box; it is sealed, and never exported",
            Self::ClientServiceHost => "host name or IP address of the client service",
            Self::ClientServicePort => "port of the client service, 1 to 65535",
            Self::ClientServiceAccount => "account on the client service",
        }
    }

    /// The secret that it holds, if it holds one.
    pub const fn secret(self) -> Option<OwnSecret> {
        match self {
            Self::SipPassword => Some(OwnSecret::Sip),
            Self::MbgPassword => Some(OwnSecret::Mbg),
            Self::VoicemailPin => Some(OwnSecret::Voicemail),
            Self::ClientServicePassword => Some(OwnSecret::ClientService),
            _ => None,
        }
    }

    /// The titles of the columns that hold these secrets.
    pub fn of_secrets(secrets: &[OwnSecret]) -> Vec<&'static str> {
        let all = Self::ALL.into_iter();
        let theirs = all.filter(|c| c.secret().is_some_and(|of| secrets.contains(&of)));
        theirs.map(Self::title).collect()
    }

    /// Whether it holds a secret, which is never shown or exported.
    pub const fn is_secret(self) -> bool {
        self.secret().is_some()
    }

    /// Whether a component owns it on a user that came from one.
    pub const fn is_sourced(self) -> bool {
        !matches!(
            self,
            Self::Id | Self::Profile | Self::ClientServiceHost | Self::ClientServicePort
        )
    }

    /// The columns that a file of users has unless others are chosen.
    pub fn exported() -> Vec<Self> {
        let all = Self::ALL.into_iter();
        all.filter(|column| !column.is_secret()).collect()
    }

    /// What a user has there; nothing for a secret. `profile` is the name of the user's profile.
    pub fn of<'a>(self, user: &'a User, profile: &'a str) -> Cow<'a, str> {
        let fields = &user.fields;
        let value = match self {
            Self::Id => return Cow::Owned(user.id.to_string()),
            Self::Profile if user.profile.is_none() => DO_NOT_DEPLOY,
            Self::Profile => profile,
            Self::SipPassword
            | Self::MbgPassword
            | Self::VoicemailPin
            | Self::ClientServicePassword => "",
            Self::ClientServiceHost => &user.ours.client_service_host,
            Self::ClientServicePort => &user.ours.client_service_port,
            Self::FirstName => &fields.first_name,
            Self::LastName => &fields.last_name,
            Self::DirectoryNumber => &fields.directory_number,
            Self::Pbx => &fields.pbx,
            Self::Email => &fields.email,
            Self::Language => &fields.language,
            Self::Department => &fields.department,
            Self::Login => &fields.login,
            Self::SipHost => &fields.sip_host,
            Self::SipUser => &fields.sip_user,
            Self::MbgUserName => &fields.mbg_user_name,
            Self::ClientServiceAccount => &fields.client_service_account,
            Self::VoicemailNumber => &fields.voicemail_number,
        };
        Cow::Borrowed(value)
    }

    /// What it stands for: a field of a person, or what is ours beside it.
    pub fn place<'a>(
        self,
        fields: &'a mut PersonFields,
        ours: &'a mut Ours,
    ) -> Option<&'a mut String> {
        Some(match self {
            Self::Id
            | Self::Profile
            | Self::SipPassword
            | Self::MbgPassword
            | Self::VoicemailPin
            | Self::ClientServicePassword => return None,
            Self::ClientServiceHost => &mut ours.client_service_host,
            Self::ClientServicePort => &mut ours.client_service_port,
            Self::FirstName => &mut fields.first_name,
            Self::LastName => &mut fields.last_name,
            Self::DirectoryNumber => &mut fields.directory_number,
            Self::Pbx => &mut fields.pbx,
            Self::Email => &mut fields.email,
            Self::Language => &mut fields.language,
            Self::Department => &mut fields.department,
            Self::Login => &mut fields.login,
            Self::SipHost => &mut fields.sip_host,
            Self::SipUser => &mut fields.sip_user,
            Self::MbgUserName => &mut fields.mbg_user_name,
            Self::ClientServiceAccount => &mut fields.client_service_account,
            Self::VoicemailNumber => &mut fields.voicemail_number,
        })
    }
}

impl Column {
    /// A value as it is kept.
    ///
    /// # Errors
    /// What is wrong with it; never the value itself.
    pub fn check(self, value: &str) -> Result<String, &'static str> {
        let (text, had_control) = clean(value);
        if had_control {
            return Err("holds control characters");
        }
        if text.chars().count() > NAME_MAX && self != Self::Email {
            return Err("is longer than 120 characters");
        }
        if text.is_empty() {
            return Ok(text);
        }
        match self {
            Self::Email => Email::parse(&text)
                .map(|email| email.as_str().to_owned())
                .map_err(bare_of("an e-mail address ")),
            Self::DirectoryNumber if is_power(&text) => {
                Err("was turned into a power of ten by a spreadsheet: format its column as text")
            }
            Self::DirectoryNumber => DirectoryNumber::parse(&text)
                .map(|number| number.as_str().to_owned())
                .map_err(bare_of("a directory number ")),
            Self::Language if !is_language(&text) => Err("is no language tag, such as en or pt-BR"),
            Self::SipHost | Self::ClientServiceHost if !is_host(&text) => {
                Err("is no host name or IP address")
            }
            Self::ClientServicePort if !text.parse::<u16>().is_ok_and(|port| port > 0) => {
                Err("must be 1 to 65535")
            }
            Self::SipUser | Self::MbgUserName if text.contains([' ', '@', '"', '<', '>']) => {
                Err("is the user part alone, without spaces and @")
            }
            Self::VoicemailNumber if !is_dialled(&text) => Err("holds digits, *, # and + only"),
            _ => Ok(text),
        }
    }
}

/// What is wrong without the value's kind before it: the column's title stands there.
fn bare_of(kind: &'static str) -> impl Fn(&'static str) -> &'static str {
    move |message| message.strip_prefix(kind).unwrap_or(message)
}

fn is_dialled(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_digit() || "*#+".contains(c))
}

/// Whether a number looks like `1E+05`.
fn is_power(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    upper.split_once("E+").is_some_and(|(head, tail)| {
        head.starts_with(|c: char| c.is_ascii_digit()) && tail.chars().all(|c| c.is_ascii_digit())
    })
}

/// The longest password that is taken, in characters.
const PASSWORD_MAX: usize = 128;

/// Whether a password or PIN can be kept.
///
/// # Errors
/// What is wrong with it; never the value itself.
pub fn check_secret(of: OwnSecret, value: &str) -> Result<(), &'static str> {
    let length = value.chars().count();
    if length > PASSWORD_MAX || value.chars().any(char::is_control) {
        return Err("is longer than 128 characters or holds control characters");
    }
    // It is typed on a telephone.
    if of == OwnSecret::Voicemail && !value.chars().all(|c| c.is_ascii_digit()) {
        return Err("holds digits only");
    }
    Ok(())
}

/// A heading without what files write differently.
fn bare(heading: &str) -> String {
    heading
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_user_name_has_no_spaces_and_a_pin_is_of_digits() {
        for column in [Column::SipUser, Column::MbgUserName] {
            assert!(column.check("x y").is_err() && column.check("ada-1*001").is_ok());
        }
        assert!(check_secret(OwnSecret::Voicemail, "12ab").is_err());
        assert!(check_secret(OwnSecret::Voicemail, "0012").is_ok());
        assert!(check_secret(OwnSecret::Sip, "12ab").is_ok());
    }

    #[test]
    fn a_heading_means_one_column_whatever_its_case_and_punctuation() {
        for column in Column::ALL {
            assert_eq!(Column::of_heading(column.title()), Some(column));
            assert_eq!(Column::of_heading(column.name()), Some(column));
            assert_eq!(Column::parse(column.name()), Some(column));
        }
        assert_eq!(Column::of_heading(" E-MAIL "), Some(Column::Email));
        assert_eq!(Column::of_heading("Shoe size"), None);
        assert_eq!(Column::of_heading(""), None);
        let words = |column: Column| {
            let words: HashSet<String> = column.words().map(bare).collect();
            words
        };
        let all: Vec<_> = Column::ALL.into_iter().flat_map(words).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    }
}
