//! What must hold of the root that signs, and of every CA above it.

use time::OffsetDateTime;

use super::super::spiffe::TrustDomain;
use crate::pki::authority::{self, AuthorityError, CertificateAuthority, IssueError};
use crate::pki::certificate::{Certificate, CertificateSpec, ExtendedKeyUsage};
use crate::pki::chain::{Purpose, TrustBundle, VerifyError};
use crate::pki::name_constraints::NameConstraintsError;
use crate::pki::path::CertificationPath;
use crate::pki::validity::moment;

const RENEW: &str = "have it renewed, and put the new certificate into root-cert.pem";

/// Why a certificate is not fit to sign the CA of a cluster.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error("its pathLenConstraint is 0, so it may sign no CA: is it a cluster's?")]
    PathLen,
    #[error("its pathLenConstraint is {most}, and {below} CAs would be below it")]
    PathLenAbove { most: u32, below: usize },
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
    #[error("its extKeyUsage lacks {purpose}, and {effect}")]
    Purpose {
        purpose: &'static str,
        effect: &'static str,
    },
    #[error(transparent)]
    NameConstraints(#[from] NameConstraintsError),
    #[error("OpenSSL refuses it: {}", .0.reason)]
    Refused(#[from] VerifyError),
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl Unfit {
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::NameConstraints(_) | Self::Issue(_) => {
                "ask for names that it permits, or use another root"
            }
            Self::NotYetValid { .. } => "wait until then, or set the clock right",
            Self::Expired { .. } => RENEW,
            Self::PathLenAbove { .. } => {
                "have it renewed with a larger one, or use a root that stands higher"
            }
            _ => "use the certificate and key of a root CA, or make one: meshpki -C DIR root-ca",
        }
    }

    /// The way out where it is a CA above the one that signs.
    pub(super) fn hint_above(&self) -> &'static str {
        match self {
            Self::Authority(_) | Self::Purpose { .. } | Self::Refused(_) => RENEW,
            _ => self.hint(),
        }
    }
}

/// The certificate that is at fault, and why.
pub(super) type Fault<'a> = (&'a Certificate, Unfit);

/// Whether the CAs of clusters can stand below `path`, which begins with the one that signs them.
pub(super) fn path_is_fit(path: &CertificationPath, now: OffsetDateTime) -> Result<(), Fault<'_>> {
    let lowest = path.lowest();
    is_fit(lowest, now).map_err(|reason| (lowest, reason))?;
    for (place, above) in path.above().iter().enumerate() {
        // The one that signs, and the cluster's.
        let below = place + 2;
        let fit = may_sign_now(above, now).and_then(|()| allows_below(above, below));
        fit.map_err(|reason| (above, reason))?;
    }
    let highest = path.highest();
    let anchor = TrustBundle::new(vec![highest.clone()]);
    let verified = anchor.verify(lowest, path.above(), Purpose::Any, Some(now));
    verified.map(|_| ()).map_err(|error| {
        let mut certificates = path.certificates().iter();
        let culprit = certificates.find(|certificate| certificate.subject() == error.subject);
        (culprit.unwrap_or(highest), error.into())
    })
}

/// Whether one certificate by itself can sign the CAs of clusters.
pub(super) fn is_fit(candidate: &Certificate, now: OffsetDateTime) -> Result<(), Unfit> {
    CertificateAuthority::may_sign(candidate)?;
    if candidate.path_len() == Some(0) {
        return Err(Unfit::PathLen);
    }
    may_sign_now(candidate, now)?;
    let itself = TrustBundle::new(vec![candidate.clone()]);
    itself.verify(candidate, &[], Purpose::Any, Some(now))?;
    Ok(())
}

/// Go counts self-issued CAs too, which RFC 5280 §4.2.1.9 leaves out.
fn allows_below(above: &Certificate, below: usize) -> Result<(), Unfit> {
    match above.path_len() {
        Some(most) if usize::try_from(most).is_ok_and(|most| most < below) => {
            Err(Unfit::PathLenAbove { most, below })
        }
        _ => Ok(()),
    }
}

fn may_sign_now(ca: &Certificate, now: OffsetDateTime) -> Result<(), Unfit> {
    CertificateAuthority::may_sign(ca)?;
    let (not_before, not_after) = (ca.not_before(), ca.not_after());
    if now > not_after {
        return Err(Unfit::Expired { not_after, now });
    }
    if now < not_before {
        return Err(Unfit::NotYetValid { not_before, now });
    }
    // anyExtendedKeyUsage is enough for istiod, and not for what Envoy verifies with.
    for (allowed, purpose, effect) in [
        (
            ExtendedKeyUsage::ServerAuth,
            "serverAuth",
            "every server below it would be refused",
        ),
        (
            ExtendedKeyUsage::ClientAuth,
            "clientAuth",
            "every client below it would be refused",
        ),
    ] {
        if !ca.allows_purpose(allowed) {
            return Err(Unfit::Purpose { purpose, effect });
        }
    }
    Ok(())
}

/// Whether the names of the CA that `spec` describes, and of the workloads in `trust_domain` below
/// it, are within the name constraints of each CA of `path`.
pub(super) fn permits<'a>(
    path: &'a CertificationPath,
    spec: &CertificateSpec,
    trust_domain: &TrustDomain,
) -> Result<(), Fault<'a>> {
    let workload = trust_domain.workload("istio-system", "istiod");
    for ca in path.certificates() {
        for name in spec.subject_alt_names.iter().chain([&workload]) {
            let allowed = ca.name_constraints().allow(name);
            allowed.map_err(|error| (ca, error.into()))?;
        }
    }
    let has_others = |ca: &&Certificate| ca.name_constraints().has_others();
    for ca in path.certificates().iter().filter(has_others) {
        others_permit(ca, path, spec).map_err(|error| (ca, error.into()))?;
    }
    Ok(())
}

/// Names of other kinds are left to OpenSSL: a draft, for a key of which nothing depends, is held
/// against `ca`.
fn others_permit(
    ca: &Certificate,
    path: &CertificationPath,
    spec: &CertificateSpec,
) -> Result<(), IssueError> {
    let issuer = path.lowest();
    let draft = authority::unsigned(issuer, spec, &issuer.public_key()?)?;
    let anchor = TrustBundle::new(vec![ca.clone()]);
    let at = Some(spec.validity.not_before());
    anchor.verify_unsigned(&draft, path.certificates(), Purpose::Any, at)?;
    Ok(())
}
