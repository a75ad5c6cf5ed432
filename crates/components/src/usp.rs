//! Users and Services: `GET /usp/v1/users` and one of them by its id, behind a bearer token. Every path and field name of it stands in this file.

use model::{Record, Secret};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    Answer, Component, Credential, Error, Familiar, Page, Settings,
    http::Http,
    listing,
    settings::wrong_credential,
    told::{self, Told},
};

/// A connected Users and Services.
#[derive(Debug)]
pub(crate) struct Usp {
    http: Http,
    token: Secret,
    page_size: usize,
}

impl Usp {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let Credential::Bearer(token) = &settings.credential else {
            return Err(wrong_credential("a token"));
        };
        Ok(Self {
            http: Http::new(settings)?,
            token: token.clone(),
            page_size: settings.options.page_size(),
        })
    }
}

impl Usp {
    async fn list(&self, cursor: Option<&str>, familiar: Option<&Familiar>) -> Result<Page, Error> {
        let request = self
            .http
            .get("usp/v1/users")
            .bearer_auth(self.token.expose());
        let at = (cursor, self.page_size);
        listing::page(&self.http, request, at, familiar, record).await
    }
}

impl Component for Usp {
    fn page<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Page> {
        Box::pin(self.list(cursor, None))
    }

    fn page_beside<'a>(
        &'a mut self,
        cursor: Option<&'a str>,
        familiar: &'a Familiar,
    ) -> Answer<'a, Page> {
        Box::pin(self.list(cursor, Some(familiar)))
    }

    /// `GET /usp/v1/users/{id}`
    fn one<'a>(&'a mut self, known: &'a Record) -> Answer<'a, Option<Record>> {
        let request = self
            .http
            .get_below("usp/v1/users", &known.source_id)
            .bearer_auth(self.token.expose());
        Box::pin(listing::one(&self.http, request, record))
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct User<'a> {
    id: Told<'a>,
    first_name: Told<'a>,
    last_name: Told<'a>,
    login_id: Told<'a>,
    email: Told<'a>,
    role: Told<'a>,
    department: Told<'a>,
    location: Told<'a>,
    language: Told<'a>,
    active: Told<'a>,
    #[serde(borrow)]
    phones: Option<&'a RawValue>,
    #[serde(borrow)]
    services: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Phone<'a> {
    number: Told<'a>,
    pbx: Told<'a>,
    label: Told<'a>,
    prime: Told<'a>,
    mbg_user_name: Told<'a>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Services<'a> {
    client_service: Option<Account<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Account<'a> {
    account: Told<'a>,
    deployment_profile: Told<'a>,
}

fn record(raw: &str) -> Result<Record, String> {
    let user: User<'_> = listing::item(raw)?;
    let mut record = Record::new(told::source_id(user.id.as_str())?);
    let r = &mut record;
    r.first_name = user.first_name.text(r, "first_name");
    told::last_name(r, user.last_name.as_str());
    r.login = user.login_id.text(r, "login");
    user.email.email(r);
    r.role = user.role.text(r, "role");
    r.department = user.department.text(r, "department");
    r.location = user.location.text(r, "location");
    told::language(r, user.language.as_str());
    r.enabled = user.active.enabled(r);
    set_phone(r, user.phones);
    set_services(r, user.services);
    Ok(record)
}

/// The soft phone that a border gateway knows gives the number (the prime one of several), otherwise the prime phone,
/// otherwise the first.
fn set_phone(record: &mut Record, told: Option<&RawValue>) {
    let phones: Vec<Phone<'_>> = listing::part(record, "phones", told);
    let weight = |phone: &Phone<'_>| {
        let is_known = phone.label.as_str() == "soft" && !phone.mbg_user_name.as_str().is_empty();
        (is_known, phone.prime == Told::Flag(true))
    };
    // Of equals the last would win; the first one told is meant.
    let Some(phone) = phones.iter().rev().max_by_key(|phone| weight(phone)) else {
        return;
    };
    phone.number.directory_number(record);
    record.pbx = phone.pbx.text(record, "pbx");
    record.mbg_user_name = phone.mbg_user_name.text(record, "mbg_user_name");
}

fn set_services(record: &mut Record, told: Option<&RawValue>) {
    let services: Services<'_> = listing::part(record, "services", told);
    if let Some(account) = services.client_service {
        record.client_service_account = account.account.text(record, "client_service_account");
        record.profile_proposal = account.deployment_profile.text(record, "profile_proposal");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_phones(phones: &str) -> Record {
        record(&format!(
            r#"{{"id":"u1","lastName":"Lovelace","phones":{phones}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_user_is_read_field_by_field() {
        let told = r#"{"id":"u1","firstName":"Ada","lastName":"Lovelace","loginId":"ada","email":"ada@Example.org","role":"Lead",
            "department":"Research","location":"Harbour","language":"en-GB","active":false,"phones":[],"unknown":[1],
            "services":{"clientService":{"account":"adal","deskPhone":"1","softPhone":"2","deploymentProfile":"Do Not Deploy"}}}"#;
        let expected = Record {
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            login: "ada".into(),
            email: "ada@example.org".into(),
            role: "Lead".into(),
            department: "Research".into(),
            location: "Harbour".into(),
            language: "en-GB".into(),
            client_service_account: "adal".into(),
            profile_proposal: "Do Not Deploy".into(),
            enabled: false,
            ..Record::new("u1")
        };
        assert_eq!(record(told).unwrap(), expected);
    }

    #[test]
    fn the_soft_phone_that_the_mbg_knows_gives_the_number() {
        let r = with_phones(
            r#"[{"number":"4000","pbx":"HQ-1","label":"desk","prime":true},{"number":"4001","pbx":"HQ-2","label":"soft","mbgUserName":"ada-4001"},
            {"number":"4002","pbx":"HQ-2","label":"soft","prime":false,"mbgUserName":"ada-4002"}]"#,
        );
        assert_eq!(
            (&*r.directory_number, &*r.pbx, &*r.mbg_user_name),
            ("4001", "HQ-2", "ada-4001")
        );
        assert!(r.faults.is_empty());
    }

    #[test]
    fn otherwise_the_prime_phone_gives_the_number() {
        let r = with_phones(
            r#"[{"number":"4002","label":"soft"},{"number":4000,"pbx":"HQ-1","label":"desk","prime":true}]"#,
        );
        assert_eq!(
            (&*r.directory_number, &*r.pbx, &*r.mbg_user_name),
            ("4000", "HQ-1", "")
        );
        assert_eq!(
            with_phones(r#"[{"number":"1"},{"number":"2"}]"#).directory_number,
            "1"
        );
    }

    #[test]
    fn odd_parts_are_faults_and_a_missing_id_is_the_end() {
        let r =
            record(r#"{"id":7,"lastName":null,"phones":"none","services":[1,2],"active":"yes"}"#)
                .unwrap();
        let fields: Vec<_> = r.faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(r.source_id, "7");
        assert_eq!(fields, ["last_name", "enabled", "phones", "services"]);
        for broken in [
            "{}",
            r#"{"id":null}"#,
            "[]",
            "null",
            r#"{"id":"u1","lastName":"\ud800"}"#,
        ] {
            assert!(record(broken).is_err(), "{broken} passed");
        }
    }

    #[test]
    fn a_reason_repeats_no_value() {
        let reason =
            record(r#"{"id":"u1","email":"a@b.org","lastName":"Hush\ud800"}"#).unwrap_err();
        assert!(!reason.contains("Hush"), "{reason}");
    }
}
