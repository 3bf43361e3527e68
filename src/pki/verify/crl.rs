//! A CRL as OpenSSL takes it.

use std::sync::Arc;

use openssl::x509::{CrlStatus, X509Crl};
use time::OffsetDateTime;

use super::candidate::{Candidate, instant};
use crate::pki::ffi;

/// A CRL that OpenSSL reads, whether or not it is well-formed.
#[derive(Clone)]
pub struct Crl {
    crl: Arc<X509Crl>,
}

impl Crl {
    pub fn from_der(der: &[u8]) -> Option<Self> {
        ffi::all_algorithms();
        let crl = Arc::new(X509Crl::from_der(der).ok()?);
        Some(Self { crl })
    }

    /// The issuer as OpenSSL prints it.
    pub fn issuer(&self) -> String {
        ffi::oneline(self.crl.issuer_name())
    }

    /// Whether its issuer goes by the name of `certificate`'s.
    pub fn is_of_issuer_of(&self, certificate: &Candidate) -> bool {
        let issuer = certificate.as_x509().issuer_name();
        self.crl
            .issuer_name()
            .try_cmp(issuer)
            .is_ok_and(std::cmp::Ordering::is_eq)
    }

    pub fn last_update(&self) -> Option<OffsetDateTime> {
        instant(self.crl.last_update())
    }

    pub fn next_update(&self) -> Option<OffsetDateTime> {
        self.crl.next_update().and_then(instant)
    }

    /// When `certificate` was revoked, if it is on the list.
    pub fn revoked(&self, certificate: &Candidate) -> Option<Option<OffsetDateTime>> {
        match self.crl.get_by_cert(certificate.as_x509()) {
            CrlStatus::Revoked(entry) => Some(instant(entry.revocation_date())),
            CrlStatus::NotRevoked | CrlStatus::RemoveFromCrl(_) => None,
        }
    }

    pub(super) fn as_x509_crl(&self) -> &Arc<X509Crl> {
        &self.crl
    }
}
