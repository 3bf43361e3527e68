//! By what rustls judges the other side.

use std::sync::Arc;

use meshpki::pki::certificate::{Certificate, SubjectAltName};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The path by rustls-webpki, and then the SPIFFE ID in the place of a host's name, as ztunnel has
/// it.
#[derive(Debug)]
pub struct Judge {
    roots: Arc<RootCertStore>,
    clients: Arc<dyn ClientCertVerifier>,
    trust_domain: Option<String>,
}

impl Judge {
    pub fn new(roots: Arc<RootCertStore>, trust_domain: Option<String>) -> Self {
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), provider());
        Self {
            roots,
            clients: clients.build().expect("there are roots"),
            trust_domain,
        }
    }

    fn name(&self, leaf: &CertificateDer<'_>) -> Result<(), Error> {
        let leaf =
            Certificate::from_der(leaf).map_err(|error| Error::General(error.to_string()))?;
        let uris: Vec<_> = leaf
            .subject_alt_names()
            .iter()
            .filter_map(|name| match name {
                SubjectAltName::Uri(uri) => Some(uri),
                SubjectAltName::Dns(_) => None,
            })
            .collect();
        let [id] = uris[..] else {
            return Err(Error::General(format!("{} SPIFFE IDs", uris.len())));
        };
        match &self.trust_domain {
            Some(domain) if !id.starts_with(&format!("spiffe://{domain}/")) => {
                Err(Error::General(format!("{id} is not of {domain}")))
            }
            _ => Ok(()),
        }
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        rustls::client::verify_server_cert_signed_by_trust_anchor(
            &leaf.try_into()?,
            &self.roots,
            intermediates,
            now,
            provider().signature_verification_algorithms.all,
        )?;
        self.name(leaf).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.clients.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.clients.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.clients.supported_verify_schemes()
    }
}

impl ClientCertVerifier for Judge {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.clients.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.clients.verify_client_cert(leaf, intermediates, now)?;
        self.name(leaf).map(|()| verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.clients.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.clients.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.clients.supported_verify_schemes()
    }
}
