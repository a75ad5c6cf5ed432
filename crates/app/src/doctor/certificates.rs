//! Until when certificates count.

use model::Timestamp;
use rustls::{
    CertificateError, Error, RootCertStore, ServerConfig,
    client::verify_server_cert_signed_by_trust_anchor,
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};

use super::{
    finding::{Finding, words},
    timing,
};

/// After the end of every certificate, in seconds since 1970: the year 10889.
const FAR_S: u64 = 281_474_976_710;
const RENEW: &str = "renew this certificate";

/// How long a certificate counts that somebody showed (DER).
pub(super) fn shown(whose: &str, certificate: &[u8], now: Timestamp) -> Finding {
    of(
        &format!("certificate of the {whose}"),
        &CertificateDer::from(certificate),
        now,
    )
}

/// The certificate that the server shows where it speaks TLS itself, and whether its key fits.
pub(super) fn of_file(tls: &web::Tls, now: Timestamp) -> Finding {
    let check = "certificate in the settings";
    let fix = "correct `certificate` and `key` under [tls] in the settings";
    let name = tls.certificate.display();
    let unread = |error: &dyn std::error::Error| {
        Finding::fail(check, format!("{name}: {}", words(error)), fix)
    };
    let read = CertificateDer::pem_file_iter(&tls.certificate).and_then(Iterator::collect);
    let chain: Vec<CertificateDer<'static>> = match read {
        Ok(chain) => chain,
        Err(error) => return unread(&error),
    };
    let key = match PrivateKeyDer::from_pem_file(&tls.key) {
        Ok(key) => key,
        Err(error) => {
            return Finding::fail(
                check,
                format!("{}: {}", tls.key.display(), words(&error)),
                fix,
            );
        }
    };
    let found = chain.first().map(|first| of(check, first, now));
    let server = ServerConfig::builder().with_no_client_auth();
    match (server.with_single_cert(chain, key), found) {
        (Err(error), _) => unread(&error),
        (Ok(_), Some(found)) => found,
        (Ok(_), None) => Finding::fail(check, format!("{name} holds no certificate"), fix),
    }
}

fn of(check: &str, certificate: &CertificateDer<'_>, now: Timestamp) -> Finding {
    match end(certificate) {
        Ok(ends) => timing::ending(check, ends, now, RENEW),
        Err(error) => Finding::fail(check, words(&error), RENEW),
    }
}

/// The end of a certificate. rustls tells it to nobody but those who come too late, so it is asked for a far day; time is what it
/// looks at first.
fn end(certificate: &CertificateDer<'_>) -> Result<Timestamp, Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    let far = UnixTime::since_unix_epoch(std::time::Duration::from_secs(FAR_S));
    let asked =
        verify_server_cert_signed_by_trust_anchor(&parsed, &RootCertStore::empty(), &[], far, &[]);
    match asked {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            let ends = i64::try_from(not_after.as_secs()).unwrap_or(i64::MAX / 1000);
            Ok(Timestamp(ends.saturating_mul(1000)))
        }
        Err(error) => Err(error),
        Ok(()) => Err(Error::General("its end cannot be told".to_owned())),
    }
}
