//! The two forms of Secret that istiod reads.

use std::convert::Infallible;

use zeroize::Zeroizing;

use super::super::cacerts::{CacertsFiles, Naming};
use super::super::secrets::Secret;
use super::super::{CA_CERT, CA_CRL, CA_KEY, CERT_CHAIN, ROOT_CERT};
use super::ImportError;
use crate::pki::certificate::Certificate;
use crate::pki::find::{self, FoundKey, Item};
use crate::pki::key::PrivateKey;
use crate::pki::pem;

/// The values of a Secret as istiod takes them for files, in one of the two forms.
pub(super) struct Form {
    files: CacertsFiles,
    ca_cert: Vec<u8>,
}

impl Form {
    pub fn of(secret: &Secret) -> Result<Self, ImportError> {
        let value = |name: &str| secret.get(name).map(|value| Zeroizing::new(value.to_vec()));
        let files = CacertsFiles::of(true, |name| Ok::<_, Infallible>(value(name)));
        let Ok(mut files) = files;
        let Some(ca_cert) = files.ca_cert.take() else {
            if secret.filled(CA_KEY).is_some() {
                return Err(ImportError::CertificateMissing(CA_CERT));
            }
            let keys: Vec<_> = secret.filled_keys().collect();
            let keys = (!keys.is_empty()).then(|| keys.join(", "));
            return Err(ImportError::NoCa(keys));
        };
        Ok(Self { files, ca_cert })
    }

    pub fn naming(&self) -> Naming {
        self.files.naming
    }

    /// The key of the Secret that has what is in the file `name` of the form with ca-cert.pem.
    pub fn file(&self, name: &'static str) -> &'static str {
        self.naming().name_of(name)
    }

    pub fn ca_cert(&self) -> &[u8] {
        &self.ca_cert
    }

    /// cert-chain.pem; the other form has none of its own.
    pub fn chain(&self) -> Option<&[u8]> {
        let chain = self.files.cert_chain.as_deref();
        chain.filter(|_| self.naming() == Naming::Pem)
    }

    pub fn roots(&self) -> Option<&[u8]> {
        self.files.root_cert.as_deref()
    }

    /// What everybody may read.
    pub fn public(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        [
            (CA_CERT, Some(self.ca_cert())),
            (CERT_CHAIN, self.chain()),
            (ROOT_CERT, self.roots()),
            (CA_CRL, self.files.ca_crl.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((self.file(name), text?)))
    }

    /// A cluster's files, by the names of the form with ca-cert.pem, whatever they were called. In
    /// ca-cert.pem stands the certificate that signs, and no other.
    pub fn into_cacerts(self, signing: &Certificate, key: Zeroizing<Vec<u8>>) -> CacertsFiles {
        let is_tls = self.naming() == Naming::Tls;
        let ca_cert = match pem::scan(&self.ca_cert).count() {
            count if is_tls && count != 1 => signing.to_pem().into_bytes(),
            _ => self.ca_cert,
        };
        CacertsFiles {
            naming: Naming::Pem,
            ca_cert: Some(ca_cert),
            ca_key: Some(key),
            ..self.files
        }
    }

    /// The CA's certificate: the first.
    pub fn certificate(&self) -> Result<Certificate, ImportError> {
        let file = self.file(CA_CERT);
        let certificates = Certificate::all_from_pem(&self.ca_cert);
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
        let file = self.file(CA_KEY);
        let text = self.files.ca_key.as_ref();
        let text = text.ok_or(ImportError::KeyMissing(file))?;
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
        Ok(text.clone())
    }
}

fn belongs(key: &[u8], certificate: &Certificate) -> bool {
    PrivateKey::from_pem(key)
        .ok()
        .zip(certificate.public_key().ok())
        .is_some_and(|(key, public_key)| key.belongs_to(&public_key))
}
