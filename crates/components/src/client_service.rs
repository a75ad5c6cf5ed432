//! The client service: OAuth 2 client credentials (RFC 6749, section 4.4), then `GET /client-service/v1/accounts`, one of them by
//! its id, and the sign-in of a person. Every path and field name of it stands in this file.

use model::{Record, Secret};
use serde::{Deserialize, Serialize};

use crate::{
    Answer, Component, Credential, Error, Familiar, Page, Settings, TokenInfo,
    http::{Holds, Http},
    listing,
    oauth2::{Client, Granted},
    settings::wrong_credential,
    told::{self, Told},
};

/// A connected client service.
#[derive(Debug)]
pub(crate) struct ClientService {
    http: Http,
    client: Client,
    page_size: usize,
    /// The token of this connection; a new one is fetched when the service does not take it any more.
    token: Option<Granted>,
}

impl ClientService {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let Credential::Client { id, secret } = &settings.credential else {
            return Err(wrong_credential("a client id and its secret"));
        };
        Ok(Self {
            http: Http::new(settings)?,
            client: Client {
                id: id.clone(),
                secret: secret.clone(),
                endpoint: "client-service/oauth/token".to_owned(),
            },
            page_size: settings.options.page_size(),
            token: None,
        })
    }

    async fn read_page(
        &mut self,
        cursor: Option<&str>,
        familiar: Option<&Familiar>,
    ) -> Result<Page, Error> {
        if let Some(token) = &self.token {
            match self.page_with(&token.access_token, cursor, familiar).await {
                Err(Error::Refused { .. }) => self.token = None,
                other => return other,
            }
        }
        let token = self.client.fetch(&self.http).await?;
        let page = self.page_with(&token.access_token, cursor, familiar).await;
        self.token = Some(token);
        page
    }

    async fn find(&mut self, known: &Record) -> Result<Option<Record>, Error> {
        if let Some(token) = &self.token {
            match self.find_with(&token.access_token, known).await {
                Err(Error::Refused { .. }) => self.token = None,
                other => return other,
            }
        }
        let token = self.client.fetch(&self.http).await?;
        let found = self.find_with(&token.access_token, known).await;
        self.token = Some(token);
        found
    }

    /// `GET /client-service/v1/accounts/{id}`
    async fn find_with(&self, token: &Secret, known: &Record) -> Result<Option<Record>, Error> {
        let request = self
            .http
            .get_below("client-service/v1/accounts", &known.source_id)
            .bearer_auth(token.expose());
        listing::one(&self.http, request, record).await
    }

    /// `POST /client-service/v1/sign-in`, with a fresh token: a 401 to it is about the person and not about us. Not a character
    /// of the answer is shown.
    async fn account_of(
        &mut self,
        login: &str,
        password: &Secret,
    ) -> Result<Option<String>, Error> {
        let token = self.client.fetch(&self.http).await?;
        let request = self
            .http
            .post("client-service/v1/sign-in")
            .bearer_auth(token.access_token.expose())
            .json(&SignIn {
                login_id: login,
                password: password.expose(),
            });
        self.token = Some(token);
        let body = match self.http.send(request, Holds::Secrets).await {
            Ok(body) => body,
            Err(Error::Refused { said }) if said == "status 401" => return Ok(None),
            Err(other) => return Err(other),
        };
        let text = body.text();
        let opened: Opened = body.json(&text)?;
        Ok(Some(opened.account_id))
    }

    async fn page_with(
        &self,
        token: &Secret,
        cursor: Option<&str>,
        familiar: Option<&Familiar>,
    ) -> Result<Page, Error> {
        let request = self
            .http
            .get("client-service/v1/accounts")
            .bearer_auth(token.expose());
        let at = (cursor, self.page_size);
        listing::page(&self.http, request, at, familiar, record).await
    }
}

impl Component for ClientService {
    fn page<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Page> {
        Box::pin(self.read_page(cursor, None))
    }

    fn page_beside<'a>(
        &'a mut self,
        cursor: Option<&'a str>,
        familiar: &'a Familiar,
    ) -> Answer<'a, Page> {
        Box::pin(self.read_page(cursor, Some(familiar)))
    }

    fn one<'a>(&'a mut self, known: &'a Record) -> Answer<'a, Option<Record>> {
        Box::pin(self.find(known))
    }

    fn sign_in<'a>(
        &'a mut self,
        login: &'a str,
        password: &'a Secret,
    ) -> Answer<'a, Option<String>> {
        Box::pin(self.account_of(login, password))
    }

    fn token(&self) -> Option<TokenInfo> {
        self.token.as_ref().map(Granted::info)
    }
}

/// What a person shows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignIn<'a> {
    login_id: &'a str,
    password: &'a str,
}

/// Whose it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    account_id: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Account<'a> {
    id: Told<'a>,
    login_id: Told<'a>,
    first_name: Told<'a>,
    last_name: Told<'a>,
    email: Told<'a>,
    desk_phone: Told<'a>,
    soft_phone: Told<'a>,
    pbx_node: Told<'a>,
    active: Told<'a>,
    voicemail_number: Told<'a>,
}

fn record(raw: &str) -> Result<Record, String> {
    let account: Account<'_> = listing::item(raw)?;
    let mut record = Record::new(told::source_id(account.id.as_str())?);
    let r = &mut record;
    r.login = account.login_id.text(r, "login");
    r.client_service_account.clone_from(&r.login);
    r.first_name = account.first_name.text(r, "first_name");
    told::last_name(r, account.last_name.as_str());
    account.email.email(r);
    let has_soft_phone = !account.soft_phone.as_str().trim().is_empty();
    let phone = if has_soft_phone {
        &account.soft_phone
    } else {
        &account.desk_phone
    };
    phone.directory_number(r);
    r.pbx = account.pbx_node.text(r, "pbx");
    r.voicemail_number = account.voicemail_number.text(r, "voicemail_number");
    r.enabled = account.active.enabled(r);
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_field_by_field() {
        let told = r#"{"id":"a1","loginId":"ADA","firstName":"Ada","lastName":"Lovelace","email":"ada@example.org","deskPhone":"4000",
            "softPhone":"4001","pbxNode":"HQ-1","active":true,"type":"manual","mailbox":"4001","voicemailNumber":"6000"}"#;
        let expected = Record {
            login: "ADA".into(),
            client_service_account: "ADA".into(),
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            email: "ada@example.org".into(),
            directory_number: "4001".into(),
            pbx: "HQ-1".into(),
            voicemail_number: "6000".into(),
            ..Record::new("a1")
        };
        assert_eq!(record(told).unwrap(), expected);
    }

    #[test]
    fn without_a_soft_phone_the_desk_phone_gives_the_number() {
        let r =
            record(r#"{"id":"a1","lastName":"L","softPhone":null,"deskPhone":"4000"}"#).unwrap();
        assert_eq!(r.directory_number, "4000");
        let teamwork = record(r#"{"id":"a1","lastName":"L"}"#).unwrap();
        assert!(teamwork.directory_number.is_empty() && teamwork.faults.is_empty());
    }
}
