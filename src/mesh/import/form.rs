//! The two forms of Secret that istiod reads.

use zeroize::Zeroizing;

use super::super::cacerts::{CacertsFiles, Naming};
use super::super::secrets::Secret;
use super::super::{CA_CERT, CA_CRL, CA_CRT, CA_KEY, CERT_CHAIN, ROOT_CERT, TLS_CRT, TLS_KEY};
use super::ImportError;
use crate::pki::certificate::Certificate;
use crate::pki::find::{self, FoundKey, Item};
use crate::pki::key::PrivateKey;
use crate::pki::pem;

/// The values of a Secret in one of the two forms that istiod reads, by what they are.
pub(super) struct Form<'a> {
    pub is_tls: bool,
    pub ca_cert: &'a [u8],
    ca_cert_file: &'static str,
    key: Option<&'a [u8]>,
    key_file: &'static str,
    pub roots_file: &'static str,
    /// Of the form without tls.crt alone.
    pub chain: Option<&'a [u8]>,
    pub roots: Option<&'a [u8]>,
    crl: Option<&'a [u8]>,
}

impl<'a> Form<'a> {
    /// tls.crt goes first (istio pilot/pkg/bootstrap/istio_ca.go); beside it no CRL is read.
    pub fn of(secret: &'a Secret) -> Result<Self, ImportError> {
        if let Some(ca_cert) = secret.get(TLS_CRT) {
            return Ok(Self {
                is_tls: true,
                ca_cert,
                ca_cert_file: TLS_CRT,
                key: secret.get(TLS_KEY),
                key_file: TLS_KEY,
                roots_file: CA_CRT,
                chain: None,
                roots: secret.get(CA_CRT),
                crl: None,
            });
        }
        let Some(ca_cert) = secret.get(CA_CERT) else {
            if secret.filled(CA_KEY).is_some() {
                return Err(ImportError::CertificateMissing(CA_CERT));
            }
            let keys: Vec<_> = secret.filled_keys().collect();
            let keys = (!keys.is_empty()).then(|| keys.join(", "));
            return Err(ImportError::NoCa(keys));
        };
        Ok(Self {
            is_tls: false,
            ca_cert,
            ca_cert_file: CA_CERT,
            key: secret.get(CA_KEY),
            key_file: CA_KEY,
            roots_file: ROOT_CERT,
            chain: secret.get(CERT_CHAIN),
            roots: secret.get(ROOT_CERT),
            crl: secret.get(CA_CRL),
        })
    }

    /// What everybody may read.
    pub fn public(&self) -> impl Iterator<Item = (&'static str, &'a [u8])> {
        [
            (self.ca_cert_file, Some(self.ca_cert)),
            (CERT_CHAIN, self.chain),
            (self.roots_file, self.roots),
            (CA_CRL, self.crl),
        ]
        .into_iter()
        .filter_map(|(file, text)| Some((file, text?)))
    }

    /// A cluster's files. Of the form with tls.crt they are what istiod makes of it: the first
    /// certificate signs, and tls.crt with ca.crt behind it is sent to workloads.
    pub fn cacerts(&self, signing: &Certificate, key: Zeroizing<Vec<u8>>) -> CacertsFiles {
        let roots = self.roots.map(<[u8]>::to_vec);
        let (ca_cert, cert_chain) = if self.is_tls {
            let ca_cert = match pem::scan(self.ca_cert).count() {
                1 => self.ca_cert.to_vec(),
                _ => signing.to_pem().into_bytes(),
            };
            let chain = [self.ca_cert, self.roots.unwrap_or_default()].concat();
            (ca_cert, Some(chain))
        } else {
            (self.ca_cert.to_vec(), self.chain.map(<[u8]>::to_vec))
        };
        CacertsFiles {
            // They are written as files of these names, whatever they were called.
            naming: Naming::Pem,
            ca_cert: Some(ca_cert),
            ca_key: Some(key),
            cert_chain,
            root_cert: roots,
            ca_crl: self.crl.map(<[u8]>::to_vec),
        }
    }

    /// The CA's certificate: the first.
    pub fn certificate(&self) -> Result<Certificate, ImportError> {
        let file = self.ca_cert_file;
        let certificates = Certificate::all_from_pem(self.ca_cert);
        let mut certificates =
            certificates.map_err(|source| ImportError::NoCertificate { file, source })?;
        let certificate = certificates.swap_remove(0);
        if !certificate.is_ca() {
            let subject = certificate.subject();
            return Err(ImportError::NotACa { file, subject });
        }
        Ok(certificate)
    }

    /// The text of the key, which belongs to `certificate`.
    pub fn key(&self, certificate: &Certificate) -> Result<Zeroizing<Vec<u8>>, ImportError> {
        let file = self.key_file;
        let text = self.key.ok_or(ImportError::KeyMissing(file))?;
        let found = find::in_text(text).find_map(|(_, item)| match item {
            Item::PrivateKey(key) => Some(Ok(key)),
            Item::Broken { what, reason } => Some(Err(format!("{what}: {reason}"))),
            _ => None,
        });
        let none = || Err("there is no private key in it".to_owned());
        let found: FoundKey = found
            .unwrap_or_else(none)
            .map_err(|reason| ImportError::NoKey { file, reason })?;
        let Some(spki) = found.spki.as_deref() else {
            return Err(ImportError::Encrypted(file));
        };
        // Keys of kinds that a mesh does not take are compared as they are written.
        let is_its_key = spki == certificate.spki() || belongs(text, certificate);
        if !is_its_key {
            return Err(ImportError::OtherKey {
                file,
                key: found.to_string(),
                subject: certificate.subject(),
            });
        }
        Ok(Zeroizing::new(text.to_vec()))
    }
}

fn belongs(key: &[u8], certificate: &Certificate) -> bool {
    PrivateKey::from_pem(key)
        .ok()
        .zip(certificate.public_key().ok())
        .is_some_and(|(key, public_key)| key.belongs_to(&public_key))
}
