//! Whose certificates count: the usual authorities', and one that the settings name.

use std::{fmt, path::Path};

use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// What a client trusts.
///
/// # Errors
/// In words, where the file cannot be read as certificates (PEM).
pub(crate) fn trusting(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(file) = ca_file {
        let failed = |error: &dyn fmt::Display| {
            format!("the CA file {} cannot be used: {error}", file.display())
        };
        for found in CertificateDer::pem_file_iter(file).map_err(|error| failed(&error))? {
            let certificate = found.map_err(|error| failed(&error))?;
            roots.add(certificate).map_err(|error| failed(&error))?;
        }
    }
    Ok(ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth())
}
