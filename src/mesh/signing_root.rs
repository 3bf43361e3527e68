//! The root that signs clusters' CAs: one of the certificates of root-cert.pem, with its key.

use time::OffsetDateTime;

use super::spiffe::TrustDomain;
use crate::pki::authority::{AuthorityError, CertificateAuthority};
use crate::pki::certificate::{Certificate, CertificateError, SubjectAltName};
use crate::pki::key::{KeyError, PrivateKey};
use crate::pki::name_constraints::NameConstraintsError;
use crate::pki::validity::moment;

/// A CA that can sign the CAs of clusters now, and whose clusters' workloads will be accepted.
pub struct SigningRoot {
    authority: CertificateAuthority,
}

/// Why there is no such root in root-cert.pem and root-key.pem.
#[derive(Debug, thiserror::Error)]
pub enum SigningRootError {
    #[error("root-cert.pem: {0}")]
    Certificate(#[from] CertificateError),
    #[error("root-key.pem: {0}")]
    Key(#[from] KeyError),
    #[error("root-key.pem is the key of no certificate in root-cert.pem: there is {subjects}")]
    OtherKey { subjects: String },
    #[error("root-cert.pem: {subject} cannot sign the CA of a cluster: {reason}")]
    Unfit { subject: String, reason: Unfit },
}

/// Why a certificate is not fit to sign the CA of a cluster.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error("its pathLenConstraint is 0, so it may sign no CA: is it a cluster's?")]
    PathLen,
    #[error("it expired on {}, and now is {}", moment(*.not_after), moment(*.now))]
    Expired {
        not_after: OffsetDateTime,
        now: OffsetDateTime,
    },
    #[error("it is not valid before {}, and now is {}", moment(*.not_before), moment(*.now))]
    NotYetValid {
        not_before: OffsetDateTime,
        now: OffsetDateTime,
    },
    #[error("its extKeyUsage lacks serverAuth, and istiod would refuse everything below it")]
    NoServerAuth,
    #[error(transparent)]
    NameConstraints(#[from] NameConstraintsError),
}

impl SigningRoot {
    /// The certificate of `root_cert` that `root_key` belongs to, if it can sign CAs with `names`
    /// at the instant `now`, for workloads in `trust_domain`. Where it stands there more than once
    /// (re-issued with the same key), the one that is fit and expires last.
    pub fn find(
        root_cert: &[u8],
        root_key: &[u8],
        names: &[SubjectAltName],
        trust_domain: &TrustDomain,
        now: OffsetDateTime,
    ) -> Result<Self, SigningRootError> {
        let bundle = Certificate::all_from_pem(root_cert)?;
        let key = PrivateKey::from_pem(root_key)?;
        let mut candidates: Vec<_> = bundle
            .iter()
            .filter(|certificate| {
                let public_key = certificate.public_key();
                public_key.is_ok_and(|public_key| key.belongs_to(&public_key))
            })
            .collect();
        candidates.sort_by_key(|certificate| certificate.not_after());
        let workload = trust_domain.workload("istio-system", "istiod");
        let fitness = |candidate: &&Certificate| is_fit(candidate, names, &workload, now);
        let fit = candidates
            .iter()
            .rfind(|candidate| fitness(candidate).is_ok());
        let Some(chosen) = fit.or(candidates.last()) else {
            let subjects: Vec<_> = bundle.iter().map(Certificate::subject).collect();
            return Err(SigningRootError::OtherKey {
                subjects: subjects.join("; "),
            });
        };
        let unfit = |reason| SigningRootError::Unfit {
            subject: chosen.subject(),
            reason,
        };
        let authority = CertificateAuthority::new((*chosen).clone(), key);
        let authority = authority.map_err(|error| unfit(error.into()))?;
        fitness(chosen).map_err(unfit)?;
        Ok(Self { authority })
    }

    pub fn authority(&self) -> &CertificateAuthority {
        &self.authority
    }

    pub fn certificate(&self) -> &Certificate {
        self.authority.certificate()
    }
}

fn is_fit(
    candidate: &Certificate,
    names: &[SubjectAltName],
    workload: &SubjectAltName,
    now: OffsetDateTime,
) -> Result<(), Unfit> {
    if candidate.path_len() == Some(0) {
        return Err(Unfit::PathLen);
    }
    let (not_before, not_after) = (candidate.not_before(), candidate.not_after());
    if now > not_after {
        return Err(Unfit::Expired { not_after, now });
    }
    if now < not_before {
        return Err(Unfit::NotYetValid { not_before, now });
    }
    if !candidate.allows_server_auth() {
        return Err(Unfit::NoServerAuth);
    }
    for name in names.iter().chain([workload]) {
        candidate.name_constraints().allow(name)?;
    }
    Ok(())
}
