//! SCIM 2.0 services (RFC 7644) as a client: `GET /Users` page by page and `GET /Users/{id}`, by a bearer token or OAuth 2 client credentials. What a
//! user says about a person is left to `person`.

mod person;

use model::{Record, Secret};

use crate::{
    Answer, Component, Credential, Error, Incomplete, Page, Settings, Skipped, TokenInfo, address,
    http::{Body, Holds, Http},
    map::Map,
    oauth2::Client,
    settings::wrong_credential,
};
use person::{List, Reading};

/// The record that a user makes, told as JSON with an `id`; the extension is the last `number_tail` digits of the number at work
/// where that is given.
///
/// # Errors
/// Why it cannot be told from others; what is odd about the rest is a fault of the record.
pub fn record(user: &str, number_tail: Option<u8>) -> Result<Record, String> {
    let reading = Reading {
        map: Map::default(),
        number_tail: number_tail.map(usize::from),
    };
    reading.record(user)
}

/// A connected SCIM service.
#[derive(Debug)]
pub(crate) struct Scim {
    http: Http,
    client: Option<Client>,
    /// The token of this connection; one that is fetched is fetched again when the service does not take it any more.
    token: Option<Secret>,
    /// What may be shown of a token that was fetched.
    info: Option<TokenInfo>,
    page_size: usize,
    reading: Reading,
}

/// Where a list goes on: the index of the next user from 1 (RFC 7644, section 3.4.2.4), and how many users there were when
/// the scan began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    index: u64,
    total: Option<u64>,
}

impl Scim {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let (client, token) = match &settings.credential {
            Credential::Bearer(token) => (None, Some(token.clone())),
            Credential::Client { id, secret } => {
                let endpoint = address::token(&settings.options.token_url)?;
                let client = Client {
                    id: id.clone(),
                    secret: secret.clone(),
                    endpoint: endpoint.into(),
                };
                (Some(client), None)
            }
            _ => return Err(wrong_credential("a token, or a client id and its secret")),
        };
        Ok(Self {
            http: Http::new(settings)?.accepting("application/scim+json, application/json"),
            client,
            token,
            info: None,
            page_size: settings.options.page_size(),
            reading: Reading {
                map: Map::parse_fields(&settings.options.map)?,
                number_tail: settings.options.number_tail.map(usize::from),
            },
        })
    }

    async fn read_page(&mut self, cursor: Option<&str>) -> Result<Page, Error> {
        let place = Place::of(cursor)?;
        if let Some(token) = self.token.clone() {
            match self.page_with(&token, place).await {
                Err(Error::Refused { .. }) if self.client.is_some() => self.token = None,
                other => return other,
            }
        }
        let Some(client) = &self.client else {
            return Err(wrong_credential("a token"));
        };
        let granted = client.fetch(&self.http).await?;
        let page = self.page_with(&granted.access_token, place).await;
        self.info = Some(granted.info());
        self.token = Some(granted.access_token);
        page
    }

    async fn page_with(&self, token: &Secret, place: Place) -> Result<Page, Error> {
        let request = self.http.get("Users").bearer_auth(token.expose()).query(&[
            ("startIndex", place.index),
            ("count", self.page_size as u64),
        ]);
        let body = self.http.send(request, Holds::Records).await?;
        self.read(&body, place)
    }

    async fn find(&mut self, known: &Record) -> Result<Option<Record>, Error> {
        if let Some(token) = self.token.clone() {
            match self.find_with(&token, known).await {
                Err(Error::Refused { .. }) if self.client.is_some() => self.token = None,
                other => return other,
            }
        }
        let Some(client) = &self.client else {
            return Err(wrong_credential("a token"));
        };
        let granted = client.fetch(&self.http).await?;
        let found = self.find_with(&granted.access_token, known).await;
        self.info = Some(granted.info());
        self.token = Some(granted.access_token);
        found
    }

    /// `GET /Users/{id}` (RFC 7644, section 3.4.1)
    async fn find_with(&self, token: &Secret, known: &Record) -> Result<Option<Record>, Error> {
        let request = self
            .http
            .get_below("Users", &known.source_id)
            .bearer_auth(token.expose());
        let body = match self.http.send(request, Holds::Records).await {
            Ok(body) => body,
            Err(Error::Status { status: 404, .. }) => return Ok(None),
            Err(other) => return Err(other),
        };
        let text = body.text();
        self.reading
            .record(&text)
            .map(Some)
            .map_err(|_| body.not_understood("its user cannot be read", &text))
    }

    fn read(&self, body: &Body, place: Place) -> Result<Page, Error> {
        let text = body.text();
        let list: List<'_> = body.json(&text)?;
        let Some(users) = list.resources else {
            return Err(Error::TooLarge {
                limit: format!("{} records", person::USERS_MAX),
            });
        };
        let mut page = Page {
            announced_total: list.total,
            ..Page::default()
        };
        for (position, user) in (1..).zip(&users) {
            match self.reading.record(user.get()) {
                Ok(record) => page.records.push(record),
                Err(reason) => page.skipped.push(Skipped { position, reason }),
            }
        }
        place.go_on(&mut page, users.len());
        Ok(page)
    }
}

impl Component for Scim {
    fn page<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Page> {
        Box::pin(self.read_page(cursor))
    }

    fn one<'a>(&'a mut self, known: &'a Record) -> Answer<'a, Option<Record>> {
        Box::pin(self.find(known))
    }

    fn token(&self) -> Option<TokenInfo> {
        self.info.clone()
    }
}

impl Place {
    fn of(cursor: Option<&str>) -> Result<Self, Error> {
        let Some(cursor) = cursor else {
            return Ok(Self {
                index: 1,
                total: None,
            });
        };
        let parts = cursor.split_once(' ').and_then(|(index, total)| {
            Some(Self {
                index: index.parse().ok()?,
                total: Some(total.parse().ok()?),
            })
        });
        parts.ok_or(Error::StaleCursor)
    }

    /// Says on a page of so many users where the next one begins, or why the last one is not the end of the list.
    fn go_on(self, page: &mut Page, users: usize) {
        let Some(total) = page.announced_total else {
            return;
        };
        let next = self.index + users as u64;
        // Pages are cut by counting: where somebody came or left meanwhile, somebody else may have slipped through.
        if self.total.is_some_and(|before| before != total) && next > total {
            page.incomplete = Some(Incomplete {
                reason: "its list changed while it was read".to_owned(),
                hint: "scan again; until then nobody is taken for gone".to_owned(),
            });
        } else if next <= total && users == 0 {
            page.incomplete = Some(Incomplete {
                reason: format!(
                    "it announces {total} users and shows none after {}",
                    self.index - 1
                ),
                hint: "look into the service's limits for lists, then scan again".to_owned(),
            });
        } else if next <= total {
            page.next = Some(format!("{next} {}", self.total.unwrap_or(total)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(cursor: Option<&str>, total: u64, users: usize) -> (Option<String>, bool) {
        let mut page = Page {
            announced_total: Some(total),
            ..Page::default()
        };
        Place::of(cursor).unwrap().go_on(&mut page, users);
        (page.next, page.incomplete.is_some())
    }

    #[test]
    fn a_list_goes_on_by_what_was_shown_and_not_by_what_was_asked_for() {
        assert_eq!(after(None, 250, 100), (Some("101 250".into()), false));
        assert_eq!(
            after(Some("101 250"), 250, 3),
            (Some("104 250".into()), false)
        );
        assert_eq!(after(Some("104 250"), 250, 147), (None, false));
        assert_eq!(after(None, 0, 0), (None, false));
    }

    #[test]
    fn a_list_that_stops_early_or_changed_is_incomplete() {
        assert_eq!(after(Some("104 250"), 250, 0), (None, true));
        assert_eq!(after(Some("201 250"), 249, 49), (None, true));
        assert_eq!(
            after(Some("101 250"), 249, 99),
            (Some("200 250".into()), false)
        );
    }

    #[test]
    fn another_components_cursor_is_stale() {
        for odd in ["", "7", "x y", "7 "] {
            assert!(
                matches!(Place::of(Some(odd)), Err(Error::StaleCursor)),
                "{odd}"
            );
        }
    }
}
