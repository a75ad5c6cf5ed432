//! One connection to a directory: TLS, bind, the paging control, and what its errors mean.

use std::sync::Arc;

use ldap3::{
    LdapConnAsync, LdapConnSettings, LdapError, LdapResult,
    asn1::parse_tag,
    controls::{Control, ControlType, MakeCritical, PagedResults, RawControl},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::task::JoinHandle;
use url::Url;

use crate::{Credential, Error, http::no_authority, told::excerpt};

/// A connection that is let in. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) ldap: ldap3::Ldap,
    driver: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Session {
    /// Connects, starts TLS where it is wanted, and binds.
    pub(super) async fn open(
        url: &Url,
        tls: Option<Arc<ClientConfig>>,
        start_tls: bool,
        credential: &Credential,
    ) -> Result<Self, Error> {
        let mut settings = LdapConnSettings::new().set_starttls(start_tls);
        if let Some(tls) = tls {
            settings = settings.set_config(tls);
        }
        let (connection, ldap) = LdapConnAsync::from_url_with_settings(settings, url)
            .await
            .map_err(failed)?;
        let driver = tokio::spawn(async move {
            // Whoever waits for an answer on it learns that it ended.
            if let Err(why) = connection.drive().await {
                tracing::debug!(%why, "a connection to a directory ended");
            }
        });
        let mut session = Self { ldap, driver };
        session.bind(credential).await?;
        Ok(session)
    }

    async fn bind(&mut self, credential: &Credential) -> Result<(), Error> {
        let Credential::Bind { dn, password } = credential else {
            return Ok(());
        };
        let answer = self
            .ldap
            .simple_bind(dn, password.expose())
            .await
            .map_err(failed)?;
        match answer.rc {
            0 => Ok(()),
            // No such account and a name that is none are refusals too, as far as a bind is concerned.
            32 | 34 | 48 | 49 => Err(Error::Refused {
                said: said(&answer),
            }),
            _ => Err(refusal(&answer)),
        }
    }
}

/// Trust in these authorities alone.
pub(super) fn trust(pem: &str) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok);
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(no_authority());
    }
    Ok(Arc::new(
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth(),
    ))
}

/// Asks for one page (RFC 2696, section 3). Critical: a directory that cannot page must say so and not send everything.
pub(super) fn paging(size: usize, cookie: &[u8]) -> RawControl {
    let size = i32::try_from(size).expect("a page has at most 1,000 records");
    PagedResults {
        size,
        cookie: cookie.to_vec(),
    }
    .critical()
    .into()
}

/// The cookie of the next page; empty after the last one.
pub(super) fn cookie(controls: &[Control]) -> Vec<u8> {
    let paging = controls
        .iter()
        .find(|control| matches!(control.0, Some(ControlType::PagedResults)));
    let value = paging.and_then(|control| control.1.val.as_deref());
    value.and_then(cookie_of).unwrap_or_default()
}

/// The second part of `SEQUENCE { size INTEGER, cookie OCTET STRING }`.
fn cookie_of(value: &[u8]) -> Option<Vec<u8>> {
    let (_, tag) = parse_tag(value).ok()?;
    tag.expect_constructed()?
        .into_iter()
        .nth(1)?
        .expect_primitive()
}

/// What an operation's result other than success means.
pub(super) fn refusal(result: &LdapResult) -> Error {
    match result.rc {
        49 => Error::Refused { said: said(result) },
        // Busy and unavailable: the directory names no time.
        51 | 52 => Error::Throttled { retry_after_s: 30 },
        code => Error::Directory {
            code,
            said: excerpt(&result.text),
        },
    }
}

fn said(result: &LdapResult) -> String {
    match excerpt(&result.text) {
        text if text.is_empty() => format!("result code {}", result.rc),
        text => format!("result code {}: {text}", result.rc),
    }
}

/// What a failure below the operations means.
pub(super) fn failed(error: LdapError) -> Error {
    match error {
        LdapError::LdapResult { result } => refusal(&result),
        other => Error::Unreachable(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_and_a_broken_one_is_none() {
        assert_eq!(
            cookie_of(&[0x30, 0x07, 2, 1, 0, 4, 2, 7, 9]),
            Some(vec![7, 9])
        );
        assert_eq!(cookie_of(&[0x30, 0x05, 2, 1, 0, 4, 0]), Some(vec![]));
        for broken in [&[][..], &[0x30, 0x03, 2, 1, 0], &[4, 1, 0], &[0x30, 0x7f]] {
            assert_eq!(cookie_of(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn a_pem_without_a_certificate_is_refused() {
        assert!(trust("-----BEGIN CERTIFICATE-----\nnone\n").is_err());
    }
}
