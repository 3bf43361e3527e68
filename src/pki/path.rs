//! Certification paths upwards: from a certificate to its issuer, and on to that one's, as far as they are there.

use super::certificate::Certificate;
use super::signatures::Signatures;
use super::validity::{Validity, ValidityError};

/// A certificate and those above it, each issued by the next: never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct CertificationPath {
    certificates: Vec<Certificate>,
}

impl CertificationPath {
    /// Every path from `certificate` by way of `others`: each goes on until it is at a self-signed
    /// root, or at one whose issuer is not there. At least one.
    pub fn all_from(
        certificate: &Certificate,
        others: &[Certificate],
        known: &mut Signatures,
    ) -> Vec<Self> {
        let mut pool: Vec<&Certificate> = Vec::new();
        for other in others {
            if !pool.contains(&other) {
                pool.push(other);
            }
        }
        let mut search = Search {
            pool,
            known,
            steps: 0,
            found: Vec::new(),
        };
        search.extend(&[certificate]);
        search.found
    }

    /// `path`, which was proven elsewhere; `None` if there is nothing on it.
    pub fn of(path: Vec<Certificate>) -> Option<Self> {
        (!path.is_empty()).then_some(Self { certificates: path })
    }

    /// This one, and behind its end the certificates of `upper`, which begins there.
    #[must_use]
    pub fn and_on(mut self, upper: Self) -> Self {
        self.certificates
            .extend(upper.certificates.into_iter().skip(1));
        self
    }

    /// From the lowest to the highest.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    pub fn lowest(&self) -> &Certificate {
        &self.certificates[0]
    }

    pub fn highest(&self) -> &Certificate {
        &self.certificates[self.certificates.len() - 1]
    }

    /// All but the lowest.
    pub fn above(&self) -> &[Certificate] {
        &self.certificates[1..]
    }

    /// The self-signed root at its end, if it comes that far.
    pub fn root(&self) -> Option<&Certificate> {
        Some(self.highest()).filter(|highest| highest.is_issued_by(highest))
    }

    /// What is to be sent of it. Only a self-signed root is ever left out: whoever trusts it has it,
    /// and may have none of the others.
    pub fn to_send(&self, with_root: bool) -> &[Certificate] {
        match self.root() {
            Some(_) if !with_root => &self.certificates[..self.certificates.len() - 1],
            _ => &self.certificates,
        }
    }

    /// The period in which all of it is valid.
    pub fn period(&self) -> Result<Validity, ValidityError> {
        let period = self.lowest().validity()?;
        let mut above = self.above().iter();
        above.try_fold(period, |period, above| period.within(&above.validity()?))
    }

    /// The one with which the period ends; of several, the lowest.
    pub fn first_to_expire(&self) -> &Certificate {
        let certificates = self.certificates.iter();
        let first = certificates.min_by_key(|certificate| certificate.not_after());
        first.unwrap_or_else(|| self.lowest())
    }
}

struct Search<'a> {
    /// Each once.
    pool: Vec<&'a Certificate>,
    known: &'a mut Signatures,
    steps: usize,
    found: Vec<CertificationPath>,
}

impl<'a> Search<'a> {
    fn extend(&mut self, path: &[&'a Certificate]) {
        /// CAs that certify each other make as many paths as there are orders of them.
        const MOST_STEPS: usize = 1000;

        let highest = path[path.len() - 1];
        let issuers = match self.known.is_issued_by(highest, highest) {
            true => Vec::new(),
            false => self.issuers(highest, path),
        };
        let steps_before = self.steps;
        for issuer in issuers {
            if self.steps == MOST_STEPS {
                break;
            }
            self.steps += 1;
            self.extend(&[path, &[issuer]].concat());
        }
        if self.steps == steps_before {
            let certificates = path.iter().copied().cloned().collect();
            self.found.push(CertificationPath { certificates });
        }
    }

    /// Those that have issued `highest`, and whose name and key are not on `path` yet.
    fn issuers(&mut self, highest: &Certificate, path: &[&Certificate]) -> Vec<&'a Certificate> {
        let is_on_path = |other: &Certificate| {
            path.iter()
                .any(|one| one.subject_der() == other.subject_der() && one.spki() == other.spki())
        };
        let mut issuers = Vec::new();
        for &other in &self.pool {
            let is_named = other.subject_der() == highest.issuer_der();
            if is_named && !is_on_path(other) && self.known.is_issued_by(highest, other) {
                issuers.push(other);
            }
        }
        issuers
    }
}
