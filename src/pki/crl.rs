//! Certificate revocation lists (RFC 5280 §5), as far as a mesh looks at them.

use openssl::x509::X509Crl;
use time::OffsetDateTime;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::X509Version;

use super::certificate::{Certificate, KeyUsage};
use super::pem::Block;

/// A CRL: it parses.
pub struct RevocationList {
    crl: X509Crl,
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
    revoked_serials: Vec<Vec<u8>>,
}

/// A block that is not a CRL, or not one that Go reads (crypto/x509, ParseRevocationList).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    #[error("the block on line {line}, {label:?}, is not a CRL")]
    NoCrl { label: String, line: usize },
    #[error(
        "the CRL on line {line} is of version 1, without extensions, and Go reads version 2 alone"
    )]
    Version1 { line: usize },
}

impl RevocationList {
    /// The CRL that `block` holds.
    pub fn from_block(block: &Block) -> Result<Self, CrlError> {
        let line = block.line;
        let no_crl = || CrlError::NoCrl {
            label: crate::escape::text(&block.label),
            line,
        };
        let der = block.body.as_ref().map_err(|_| no_crl())?;
        let (after, parsed) = CertificateRevocationList::from_der(der).map_err(|_| no_crl())?;
        if block.label != "X509 CRL" || !after.is_empty() {
            return Err(no_crl());
        }
        if parsed.version() != Some(X509Version(1)) {
            return Err(CrlError::Version1 { line });
        }
        Ok(Self {
            crl: X509Crl::from_der(der).map_err(|_| no_crl())?,
            this_update: parsed.last_update().to_datetime(),
            next_update: parsed.next_update().map(|time| time.to_datetime()),
            revoked_serials: parsed
                .iter_revoked_certificates()
                .map(|revoked| revoked.raw_serial().to_vec())
                .collect(),
        })
    }

    pub fn this_update(&self) -> OffsetDateTime {
        self.this_update
    }

    pub fn next_update(&self) -> Option<OffsetDateTime> {
        self.next_update
    }

    /// Whether it speaks of the instant `at` (RFC 5280 §6.3.3 (b)(1)). A list without nextUpdate
    /// does so for ever.
    pub fn is_current_at(&self, at: OffsetDateTime) -> bool {
        self.this_update <= at && self.next_update.is_none_or(|next| at <= next)
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
