//! Certificate revocation lists (RFC 5280 §5), as far as a mesh looks at them.

use openssl::x509::X509Crl;
use time::OffsetDateTime;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::certificate::{Certificate, KeyUsage};
use super::{ffi, pem};

/// A CRL: it parses.
pub struct RevocationList {
    crl: X509Crl,
    next_update: Option<OffsetDateTime>,
    revoked_serials: Vec<Vec<u8>>,
}

/// A block that is not a CRL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {label} block on line {line} is not a CRL")]
pub struct CrlError {
    label: String,
    line: usize,
}

impl RevocationList {
    /// Every CRL of `text`, in order. There may be none.
    pub fn all_from_pem(text: &[u8]) -> Result<Vec<Self>, CrlError> {
        pem::blocks(text)
            .iter()
            .filter(|block| block.label == "X509 CRL")
            .map(|block| {
                let der = block.body.as_ref().ok();
                der.and_then(|der| Self::from_der(der)).ok_or(CrlError {
                    label: block.label.clone(),
                    line: block.line,
                })
            })
            .collect()
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        let (_, parsed) = CertificateRevocationList::from_der(der).ok()?;
        Some(Self {
            crl: X509Crl::from_der(der).ok()?,
            next_update: parsed.next_update().map(|time| time.to_datetime()),
            revoked_serials: parsed
                .iter_revoked_certificates()
                .map(|revoked| revoked.raw_serial().to_vec())
                .collect(),
        })
    }

    /// The issuer as OpenSSL prints it.
    pub fn issuer(&self) -> String {
        ffi::oneline(self.crl.issuer_name())
    }

    pub fn next_update(&self) -> Option<OffsetDateTime> {
        self.next_update
    }

    /// Whether `ca` signed this list and has the right to.
    pub fn is_issued_by(&self, ca: &Certificate) -> bool {
        ca.is_ca()
            && ca.allows(KeyUsage::CrlSign)
            && self
                .crl
                .issuer_name()
                .to_der()
                .is_ok_and(|issuer| issuer == ca.subject_der())
            && ca
                .as_x509()
                .public_key()
                .and_then(|key| self.crl.verify(&key))
                .unwrap_or(false)
    }

    /// Whether `certificate`, issued by this list's issuer, is on it.
    pub fn revokes(&self, certificate: &Certificate) -> bool {
        let serial = certificate.raw_serial_number();
        self.revoked_serials
            .iter()
            .any(|revoked| *revoked == *serial)
    }
}
