//! A throw-away certificate authority and one server certificate for loopback.

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// A server certificate for `localhost` and 127.0.0.1, and the authority that signed it.
pub struct Certificate {
    /// The authority's certificate, PEM: what a client is told to trust.
    pub ca_pem: String,
    /// The server's certificate, PEM.
    pub pem: String,
    /// The server's key, PEM.
    pub key_pem: String,
}

impl Certificate {
    /// Makes a new authority and a certificate signed by it.
    pub fn for_loopback() -> Result<Self> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority
            .distinguished_name
            .push(DnType::CommonName, "Test authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_key = KeyPair::generate()?;
        let ca_pem = authority.self_signed(&authority_key)?.pem();
        let mut server =
            CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        server
            .distinguished_name
            .push(DnType::CommonName, "localhost");
        let key = KeyPair::generate()?;
        let signed = server.signed_by(&key, &Issuer::new(authority, authority_key))?;
        Ok(Self {
            ca_pem,
            pem: signed.pem(),
            key_pem: key.serialize_pem(),
        })
    }
}
