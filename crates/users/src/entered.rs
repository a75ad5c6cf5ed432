//! Users that are entered by hand, and what is ours about those that came from components: their profile, their language, an
//! address for the mail, and the SIP fields that no component supplies. All other data of theirs is changed where it belongs.

use model::{
    Actor, Email, Fault, Ours, PersonFields, ProfileId, Secret, SecretHeld, User, UserId, UserState,
};
use serde::{Deserialize, Deserializer};
use store::{
    Store, Tx, audit, entries, jobs, profiles, records, secrets,
    users::{self, Own, OwnSecret},
};

use crate::{
    Error,
    columns::{Column, check_secret},
    kinds, sip_record,
    source::held,
};

/// What somebody enters about a user. What is left out stays as it is, an empty text clears.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Entered {
    /// The profile; null = *Do not deploy*.
    pub profile: Wish,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name; every user has one.
    pub last_name: Option<String>,
    /// Extension as dialled.
    pub directory_number: Option<String>,
    /// PBX number or name.
    pub pbx: Option<String>,
    /// Address of the person; every user that is entered by hand has one.
    pub email: Option<String>,
    /// Where the mail goes instead, for a user whose address belongs to a component.
    pub delivery_email: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Login id.
    pub login: Option<String>,
    /// Host at the PBX that the SIP account registers at; empty: the profile's.
    pub sip_host: Option<String>,
    /// User part of the SIP account at the PBX.
    pub sip_user: Option<String>,
    /// Its password.
    pub sip_password: Option<Secret>,
    /// Account on the border gateway.
    pub mbg_user_name: Option<String>,
    /// Its password; with it, clients register at the border gateway that the profile names.
    pub mbg_password: Option<Secret>,
    /// User name on the client service.
    pub client_service_account: Option<String>,
    /// Host of the client service.
    pub client_service_host: Option<String>,
    /// Port of the client service.
    pub client_service_port: Option<String>,
    /// Password on the client service.
    pub client_service_password: Option<Secret>,
    /// Number of the voice mail box.
    pub voicemail_number: Option<String>,
    /// Its PIN.
    pub voicemail_pin: Option<Secret>,
}

/// Which profile a user is to have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wish {
    /// Nothing was said: the one that it has.
    #[default]
    AsItIs,
    /// This one; none = *Do not deploy*.
    Is(Option<ProfileId>),
}

impl<'de> Deserialize<'de> for Wish {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::deserialize(from).map(Self::Is)
    }
}

impl Entered {
    /// The texts.
    fn texts(&self) -> [(Column, Option<&String>); 15] {
        [
            (Column::FirstName, self.first_name.as_ref()),
            (Column::LastName, self.last_name.as_ref()),
            (Column::DirectoryNumber, self.directory_number.as_ref()),
            (Column::Pbx, self.pbx.as_ref()),
            (Column::Email, self.email.as_ref()),
            (Column::Language, self.language.as_ref()),
            (Column::Department, self.department.as_ref()),
            (Column::Login, self.login.as_ref()),
            (Column::SipHost, self.sip_host.as_ref()),
            (Column::SipUser, self.sip_user.as_ref()),
            (Column::MbgUserName, self.mbg_user_name.as_ref()),
            (
                Column::ClientServiceAccount,
                self.client_service_account.as_ref(),
            ),
            (Column::VoicemailNumber, self.voicemail_number.as_ref()),
            (Column::ClientServiceHost, self.client_service_host.as_ref()),
            (Column::ClientServicePort, self.client_service_port.as_ref()),
        ]
    }

    /// The secrets.
    fn secrets(&self) -> [(OwnSecret, Option<&Secret>); 4] {
        [
            (OwnSecret::Sip, self.sip_password.as_ref()),
            (OwnSecret::Mbg, self.mbg_password.as_ref()),
            (OwnSecret::Voicemail, self.voicemail_pin.as_ref()),
            (
                OwnSecret::ClientService,
                self.client_service_password.as_ref(),
            ),
        ]
    }
}

/// The name of a secret in the API.
pub const fn secret_name(of: OwnSecret) -> &'static str {
    let column = match of {
        OwnSecret::Sip => Column::SipPassword,
        OwnSecret::Mbg => Column::MbgPassword,
        OwnSecret::Voicemail => Column::VoicemailPin,
        OwnSecret::ClientService => Column::ClientServicePassword,
    };
    column.name()
}

/// The component that a user came from, as far as it says what is ours.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The marks of the components that hold the person; empty where none does any more.
    pub marks: Vec<String>,
    /// Whether one of them keeps its SIP account.
    pub has_account: bool,
    /// Whether we hold the secret of that account.
    pub holds_secret: bool,
    /// Whether we do not, and the component makes one: it can, and did not refuse to.
    pub makes_secret: bool,
}

impl Source {
    /// Where a user came from; none for one that was entered by hand or came from a file.
    pub async fn of(store: &Store, user: &User) -> Result<Option<Self>, Error> {
        let Some(entry) = user.entry else {
            return Ok(None);
        };
        let kinds = kinds(store).await?;
        let records = records::of_entry(store, entry).await?;
        let account = sip_record(&records, &kinds);
        let makes_secret = match account {
            Some(record) if held(record, &kinds) == SecretHeld::CanBeMade => {
                !jobs::has_failed(store, "credential", &record.id.to_string()).await?
            }
            _ => false,
        };
        let entry = entries::by_id(store, &[entry]).await?.pop();
        Ok(Some(Self {
            marks: entry.map(|entry| entry.sources).unwrap_or_default(),
            has_account: account.is_some(),
            holds_secret: account.is_some_and(|record| record.secret.is_some()),
            makes_secret,
        }))
    }

    /// In words.
    pub fn name(&self) -> String {
        if self.marks.is_empty() {
            "a component that holds it no more".to_owned()
        } else {
            self.marks.join(", ")
        }
    }

    /// Whether a field of a user with this source is ours, by its name in the API.
    pub fn leaves(&self, user: &User, field: &str) -> bool {
        match field {
            "sip_host" | "sip_user" => !self.has_account && user.fields.sip_user.is_empty(),
            "sip_password" => !self.holds_secret && !self.makes_secret,
            "voicemail_number" => user.fields.voicemail_number.is_empty(),
            "profile"
            | "language"
            | "delivery_email"
            | "voicemail_pin"
            | "client_service_host"
            | "client_service_port"
            | "client_service_password" => true,
            _ => false,
        }
    }
}

const MADE: &str =
    "is made by the component that gives the account, when this user is deployed: leave it out";
const MISSING: &str = "is missing";

/// A user on its way from what it was to what it becomes.
struct Change<'a> {
    user: User,
    source: Option<&'a Source>,
    held: Vec<OwnSecret>,
    /// The names of the fields that change.
    changed: Vec<&'static str>,
    secrets: Vec<(OwnSecret, Option<Secret>)>,
    faults: Vec<Fault>,
    /// Fields that belong to a component and were to be changed.
    refused: Vec<String>,
}

impl<'a> Change<'a> {
    fn of(user: User, source: Option<&'a Source>, held: Vec<OwnSecret>) -> Self {
        Self {
            user,
            source,
            held,
            changed: vec![],
            secrets: vec![],
            faults: vec![],
            refused: vec![],
        }
    }

    fn fault(&mut self, field: &str, message: &str) {
        self.faults.push(Fault::new(field, message));
    }

    /// Whether the field is ours to change; a fault where it is not.
    fn may(&mut self, field: &str) -> bool {
        let Some(source) = self.source else {
            return true;
        };
        let ours = source.leaves(&self.user, field);
        if !ours {
            let is_made = field == "sip_password" && source.makes_secret;
            let belongs = format!("belongs to {}", source.name());
            self.fault(field, if is_made { MADE } else { &belongs });
            self.refused.push(field.to_owned());
        }
        ours
    }

    fn apply(&mut self, entered: &Entered) {
        if let Wish::Is(profile) = entered.profile
            && profile != self.user.profile
        {
            self.user.profile = profile;
            self.changed.push("profile");
        }
        for (column, value) in entered.texts() {
            if let Some(value) = value {
                self.text(column, value);
            }
        }
        self.delivery_email(entered.delivery_email.as_deref());
        for (of, secret) in entered.secrets() {
            if let Some(secret) = secret {
                self.secret(of, secret);
            }
        }
    }

    fn text(&mut self, column: Column, value: &str) {
        let name = column.name();
        let was = place(&mut self.user, self.source.is_some(), column).clone();
        // What is shown already is no change, whoever it belongs to.
        let (mut served, mut ours) = (self.user.served(), self.user.ours.clone());
        let shown = column.place(&mut served, &mut ours).map(std::mem::take);
        // The address that is shown is the component's, the one that is served may be ours.
        let is_its_own = column == Column::Email && value == self.user.fields.email;
        if is_its_own || shown.as_deref() == Some(value) || !self.may(name) {
            return;
        }
        match column.check(value) {
            Ok(value) if value == was => {}
            Ok(value) => {
                *place(&mut self.user, self.source.is_some(), column) = value;
                self.changed.push(name);
            }
            Err(message) => self.fault(name, message),
        }
    }

    fn delivery_email(&mut self, value: Option<&str>) {
        let Some(value) = value.map(str::trim) else {
            return;
        };
        if value == self.user.ours.email {
            return;
        }
        if self.source.is_none() {
            let message =
                "is for users whose address belongs to a component: change the e-mail itself";
            return self.fault("delivery_email", message);
        }
        let address = if value.is_empty() {
            Ok(String::new())
        } else {
            Email::parse(value).map(|email| email.to_string())
        };
        match address {
            Ok(address) => {
                self.user.ours.email = address;
                self.changed.push("delivery_email");
            }
            Err(message) => self.fault("delivery_email", message),
        }
    }

    fn secret(&mut self, of: OwnSecret, secret: &Secret) {
        let (name, clears) = (secret_name(of), secret.expose().is_empty());
        // What was entered before the component gave or made one can be taken away all the same.
        let is_allowed = if clears {
            self.held.contains(&of)
        } else {
            self.may(name)
        };
        if !is_allowed {
            return;
        }
        if let Err(message) = check_secret(of, secret.expose()) {
            return self.fault(name, message);
        }
        self.held.retain(|held| *held != of);
        if !clears {
            self.held.push(of);
        }
        self.secrets.push((of, (!clears).then(|| secret.clone())));
        self.changed.push(name);
    }

    /// What every user that is ours has to have.
    fn check(&mut self, to_deploy: bool) {
        if to_deploy && self.user.profile.is_none() {
            self.fault("profile", "is missing: choose one to deploy with");
        }
        if self.source.is_some() {
            return;
        }
        let fields = self.user.fields.clone();
        let known = self.faults.iter().map(|fault| fault.field.clone());
        let known: Vec<String> = known.collect();
        let is_new = |name: &str| !known.iter().any(|field| field == name);
        for (name, value) in [("last_name", &fields.last_name), ("email", &fields.email)] {
            if value.is_empty() && is_new(name) {
                self.fault(name, MISSING);
            }
        }
        if self.held.contains(&OwnSecret::Mbg) && fields.mbg_user_name.is_empty() {
            self.fault(
                "mbg_user_name",
                "is missing: the password of the account on the border gateway is held",
            );
            return;
        }
        let account = [
            "profile",
            "sip_host",
            "sip_user",
            "sip_password",
            "mbg_user_name",
            "mbg_password",
        ];
        let is_about_it = self.changed.iter().any(|name| account.contains(name));
        if self.user.profile.is_some() && is_new("profile") && (to_deploy || is_about_it) {
            self.check_account(&fields);
        }
    }

    /// Every profile needs a SIP account, and no gateway gives one to a user that no component knows.
    fn check_account(&mut self, fields: &PersonFields) {
        let holds = |of| self.held.contains(&of);
        let (sip, mbg) = (holds(OwnSecret::Sip), holds(OwnSecret::Mbg));
        let complete =
            (mbg && !fields.mbg_user_name.is_empty()) || (sip && !fields.sip_user.is_empty());
        if complete {
            return;
        }
        if !fields.mbg_user_name.is_empty() && fields.sip_user.is_empty() {
            self.fault(
                "mbg_password",
                "is missing: without it nothing can register with the account on the border gateway",
            );
            return;
        }
        for (name, is_missing) in [
            ("sip_user", fields.sip_user.is_empty()),
            ("sip_password", !sip),
        ] {
            if is_missing && self.faults.iter().all(|fault| fault.field != name) {
                self.fault(
                    name,
                    "is missing: the profile needs a SIP account, and no gateway gives one",
                );
            }
        }
    }

    async fn check_profile(&mut self, tx: &Tx) -> Result<(), Error> {
        let Some(id) = self.user.profile else {
            return Ok(());
        };
        match profiles::get_in(tx, id).await {
            Ok(_) => Ok(()),
            Err(store::Error::Missing(_)) => {
                self.fault("profile", "is no profile of this system");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Fails with everything that is wrong.
    fn verdict(&mut self) -> Result<(), Error> {
        let faults = std::mem::take(&mut self.faults);
        match self.source {
            _ if faults.is_empty() => Ok(()),
            Some(source) if !self.refused.is_empty() => Err(Error::Belongs {
                to: source.name(),
                fields: std::mem::take(&mut self.refused),
                faults,
            }),
            _ => Err(Error::Unfit(faults)),
        }
    }

    async fn keep_secrets(&self, tx: &Tx) -> Result<(), Error> {
        for (of, secret) in &self.secrets {
            let kept = match secret {
                Some(secret) => {
                    let one = std::slice::from_ref(secret);
                    secrets::keep(tx, of.purpose(), one).await?.pop()
                }
                None => None,
            };
            users::set_secret(tx, self.user.id, *of, kept).await?;
        }
        Ok(())
    }

    fn own(&self) -> Own {
        Own {
            id: self.user.id,
            profile: self.user.profile,
            fields: self.user.fields.clone(),
            ours: self.user.ours.clone(),
            secrets: users::Secrets::default(),
        }
    }
}

/// Where a text of a user is kept: in its data, or, where that belongs to a component, beside it.
fn place(user: &mut User, is_sourced: bool, column: Column) -> &mut String {
    let ours = &mut user.ours;
    match column {
        Column::Language if is_sourced => &mut ours.language,
        Column::SipHost if is_sourced => &mut ours.sip_host,
        Column::SipUser if is_sourced => &mut ours.sip_user,
        Column::VoicemailNumber if is_sourced => &mut ours.voicemail_number,
        _ => column
            .place(&mut user.fields, ours)
            .expect("every text that is entered has its place"),
    }
}

/// Makes a user out of what was entered. Nothing is ever synced into it. With `to_deploy` it has to be ready for a deployment,
/// which is another step.
pub async fn add(
    store: &Store,
    entered: &Entered,
    to_deploy: bool,
    actor: &Actor,
) -> Result<User, Error> {
    let tx = store.begin().await?;
    let fresh = User {
        id: UserId::new(tx.env()),
        entry: None,
        profile: None,
        fields: PersonFields {
            enabled: true,
            ..PersonFields::default()
        },
        ours: Ours::default(),
        state: UserState::Imported,
        imported_at: tx.env().now(),
        deployed_at: None,
        downloaded_at: None,
        registered_at: None,
        version: 1,
    };
    let mut change = Change::of(fresh, None, vec![]);
    change.apply(entered);
    change.check_profile(&tx).await?;
    change.check(to_deploy);
    change.verdict()?;
    let id = change.user.id;
    users::add_own(&tx, &[change.own()]).await?;
    if change.user.ours != Ours::default() {
        users::change_ours(&tx, std::slice::from_ref(&change.user)).await?;
    }
    change.keep_secrets(&tx).await?;
    users::note(&tx, &[(id, "added", "by hand".to_owned())], actor).await?;
    audit::append(&tx, actor, "user.added", id, "").await?;
    tx.commit().await?;
    Ok(users::get(store, id).await?)
}

/// Changes a user: all of one whose data is ours, and what is ours of one that came from a component.
///
/// # Errors
/// [`Error::Belongs`] where a field belongs to a component, [`Error::Unfit`] with what is wrong, by field; [`Error::Meanwhile`]
/// where the user is not of the version `seen` any more.
pub async fn change(
    store: &Store,
    id: UserId,
    entered: &Entered,
    seen: Option<i64>,
    actor: &Actor,
) -> Result<User, Error> {
    let source = Source::of(store, &users::get(store, id).await?).await?;
    let held = users::held(store, id).await?;
    let tx = store.begin().await?;
    let user = users::get_in(&tx, id).await?;
    if seen.is_some_and(|seen| seen != user.version) {
        return Err(Error::Meanwhile("user"));
    }
    let before = user.clone();
    let mut change = Change::of(user, source.as_ref(), held);
    change.apply(entered);
    change.check_profile(&tx).await?;
    change.check(false);
    change.verdict()?;
    if change.changed.is_empty() {
        return Ok(before);
    }
    if change.source.is_none() {
        users::change_own(&tx, &[change.own()]).await?;
    } else if change.user.profile != before.profile {
        users::set_profile(&tx, &[id], change.user.profile).await?;
    }
    if change.user.ours != before.ours {
        users::change_ours(&tx, std::slice::from_ref(&change.user)).await?;
    }
    change.keep_secrets(&tx).await?;
    let names: Vec<_> = change
        .changed
        .iter()
        .map(|name| name.replace('_', " "))
        .collect();
    users::note(
        &tx,
        &[(id, "changed", format!("{} by hand", names.join(", ")))],
        actor,
    )
    .await?;
    audit::append(&tx, actor, "user.changed", id, &names.join(", ")).await?;
    if change.user.ours.email != before.ours.email {
        let detail = format!("{} → {}", or_own(&before), or_own(&change.user));
        audit::append(&tx, actor, "user.delivery-address", id, &detail).await?;
    }
    tx.commit().await?;
    Ok(users::get(store, id).await?)
}

/// Where a user's mail goes.
fn or_own(user: &User) -> String {
    user.served().email
}
