//! `users add` and `users change`: users that are entered by hand, and what is ours about the others.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;
use reqwest::Method;
use serde_json::{Map, Value};

use super::{To, call::Server, follow, print};

/// What is entered about a user; an empty text clears.
#[derive(Debug, Args)]
pub(crate) struct Fields {
    /// The profile's id, or `none` for *Do not deploy*
    #[arg(long)]
    profile: Option<String>,
    #[arg(long)]
    first_name: Option<String>,
    #[arg(long)]
    last_name: Option<String>,
    /// Extension as dialled
    #[arg(long)]
    directory_number: Option<String>,
    /// PBX number or name
    #[arg(long)]
    pbx: Option<String>,
    /// Address of the person
    #[arg(long)]
    email: Option<String>,
    /// Where the mail goes instead, for a user whose address belongs to a component
    #[arg(long)]
    delivery_email: Option<String>,
    /// Language of the mail, such as `en`
    #[arg(long)]
    language: Option<String>,
    #[arg(long)]
    department: Option<String>,
    #[arg(long)]
    login: Option<String>,
    /// Host at the PBX that the SIP account registers at; without, the profile's
    #[arg(long)]
    sip_host: Option<String>,
    /// User part of the SIP account at the PBX
    #[arg(long)]
    sip_user: Option<String>,
    /// File with its password
    #[arg(long)]
    sip_password_file: Option<PathBuf>,
    /// Account on the border gateway
    #[arg(long)]
    mbg_user_name: Option<String>,
    /// File with its password
    #[arg(long)]
    mbg_password_file: Option<PathBuf>,
    /// User name on the client service
    #[arg(long)]
    client_service_account: Option<String>,
    #[arg(long)]
    client_service_host: Option<String>,
    #[arg(long)]
    client_service_port: Option<String>,
    /// File with the password on the client service
    #[arg(long)]
    client_service_password_file: Option<PathBuf>,
    /// Number of the voice mail box
    #[arg(long)]
    voicemail_number: Option<String>,
    /// File with its PIN
    #[arg(long)]
    voicemail_pin_file: Option<PathBuf>,
}

impl Fields {
    /// What was given, as the API takes it.
    fn body(self) -> anyhow::Result<Value> {
        let texts = [
            ("first_name", self.first_name),
            ("last_name", self.last_name),
            ("directory_number", self.directory_number),
            ("pbx", self.pbx),
            ("email", self.email),
            ("delivery_email", self.delivery_email),
            ("language", self.language),
            ("department", self.department),
            ("login", self.login),
            ("sip_host", self.sip_host),
            ("sip_user", self.sip_user),
            ("mbg_user_name", self.mbg_user_name),
            ("client_service_account", self.client_service_account),
            ("client_service_host", self.client_service_host),
            ("client_service_port", self.client_service_port),
            ("voicemail_number", self.voicemail_number),
        ];
        let files = [
            ("sip_password", self.sip_password_file),
            ("mbg_password", self.mbg_password_file),
            ("client_service_password", self.client_service_password_file),
            ("voicemail_pin", self.voicemail_pin_file),
        ];
        let given = texts.into_iter();
        let mut body: Map<String, Value> = given
            .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))))
            .collect();
        for (name, file) in files {
            if let Some(file) = file {
                let text = fs::read_to_string(&file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                body.insert(name.to_owned(), text.trim().into());
            }
        }
        if let Some(profile) = self.profile {
            let id = (profile != "none").then_some(profile);
            body.insert("profile".to_owned(), id.into());
        }
        Ok(body.into())
    }
}

/// Makes a user; with `deploy` it is followed until it is deployed.
pub(super) async fn add(fields: Fields, deploy: bool, to: &To) -> anyhow::Result<ExitCode> {
    let server = Server::of(to)?;
    let path = format!("/users?deploy={deploy}");
    let made = server
        .call(Method::POST, &path, Some(fields.body()?))
        .await?;
    let shown = print::one(&made, to.json)?;
    match made.get("job") {
        Some(job) => follow::all(&server, std::slice::from_ref(job), to.json).await,
        None => Ok(shown),
    }
}

pub(super) async fn change(id: &str, fields: Fields, to: &To) -> anyhow::Result<ExitCode> {
    let path = format!("/users/{id}");
    let body = Some(fields.body()?);
    let changed = Server::of(to)?.call(Method::PATCH, &path, body).await?;
    print::one(&changed, to.json)
}
