//! The root that signs clusters' CAs: one of the certificates of root-cert.pem, with its key.

use time::OffsetDateTime;

use super::root_bundle::{self, BundleError};
use super::spiffe::TrustDomain;
use crate::pki::authority::{AuthorityError, CertificateAuthority, IssueError};
use crate::pki::certificate::{Certificate, CertificateSpec, ExtendedKeyUsage};
use crate::pki::chain::{Purpose, TrustBundle, VerifyError};
use crate::pki::key::{KeyError, PrivateKey, PublicKey};
use crate::pki::name_constraints::NameConstraintsError;
use crate::pki::validity::moment;

/// A CA that can sign the CAs of clusters now, and whose clusters' workloads will be accepted.
pub struct SigningRoot {
    certificate: Certificate,
    /// As long as the key is encrypted, there is none: then this is the only root that can be meant.
    authority: Option<CertificateAuthority>,
}

/// Why there is no such root in root-cert.pem and root-key.pem.
#[derive(Debug, thiserror::Error)]
pub enum SigningRootError {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error("root-key.pem: {0}")]
    Key(#[from] KeyError),
    #[error("root-key.pem is the key of no certificate in root-cert.pem: there is {subjects}")]
    OtherKey { subjects: String },
    #[error("root-cert.pem: {subject} cannot sign the CA of a cluster: {reason}")]
    Unfit { subject: String, reason: Box<Unfit> },
}

impl SigningRootError {
    /// The way out.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Bundle(error) => error.hint,
            Self::Key(KeyError::NoKey | KeyError::Block { .. } | KeyError::Malformed { .. }) => {
                "write the root's private key into it, in PEM: PKCS#8, PKCS#1 or SEC1"
            }
            Self::Key(KeyError::Encrypted) => {
                "decrypt it into a file that nobody else can read: (umask 077; openssl pkey -in root-key.pem -out NEW.pem)"
            }
            Self::Key(KeyError::Undecryptable(_)) => {
                "decrypt it with the program that has encrypted it, and then: meshpki rekey-passphrase"
            }
            Self::Key(KeyError::Damaged) => "take it from where it is kept a second time",
            Self::Key(_) => "use a root with another kind of key",
            Self::OtherKey { .. } => {
                "put the key of one of them into root-key.pem, or add its certificate: meshpki bundle add CERT"
            }
            Self::Unfit { reason, .. } => reason.hint(),
        }
    }
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
    fn hint(&self) -> &'static str {
        match self {
            Self::NameConstraints(_) | Self::Issue(_) => {
                "ask for names that it permits, or use another root"
            }
            Self::NotYetValid { .. } => "wait until then, or set the clock right",
            Self::Expired { .. } => {
                "have it renewed, and put the new certificate into root-cert.pem"
            }
            _ => "use the certificate and key of a root CA, or make one: meshpki -C DIR root-ca",
        }
    }
}

impl SigningRoot {
    /// The certificate of `root_cert` that `root_key` belongs to, if it can sign CAs at the instant
    /// `now`. Where it stands there more than once (re-issued with the same key), the one that is
    /// fit and expires last.
    pub fn find(
        root_cert: &[u8],
        root_key: &[u8],
        now: OffsetDateTime,
    ) -> Result<Self, SigningRootError> {
        let key = PrivateKey::from_pem(root_key).map(Some);
        let root = Self::find_of(root_cert, key, now)?;
        root.ok_or(SigningRootError::Key(KeyError::Encrypted))
    }

    /// As [`SigningRoot::find`]. Without the key, which is encrypted, it is the only one that there
    /// is; `None` if there are several to choose from.
    pub fn find_of(
        root_cert: &[u8],
        root_key: Result<Option<PrivateKey>, KeyError>,
        now: OffsetDateTime,
    ) -> Result<Option<Self>, SigningRootError> {
        let bundle = root_bundle::certificates(root_cert)?;
        let key = root_key?;
        if key.is_none() && !has_one_key(&bundle) {
            let is_fit = |certificate: &Certificate| is_fit(certificate, now);
            // The first that is fit ends the search; if none is, the last one tells why.
            let fit = bundle.iter().map(is_fit);
            return match fit.reduce(Result::or) {
                Some(Err(reason)) => Err(unfit(&bundle[bundle.len() - 1], reason)),
                _ => Ok(None),
            };
        }
        let belongs = |public_key: &PublicKey| match &key {
            Some(key) => key.belongs_to(public_key),
            None => true,
        };
        let mut candidates: Vec<_> = bundle
            .iter()
            .filter(|certificate| certificate.public_key().is_ok_and(|key| belongs(&key)))
            .collect();
        candidates.sort_by_key(|certificate| certificate.not_after());
        let fit = candidates
            .iter()
            .rfind(|candidate| is_fit(candidate, now).is_ok());
        let Some(chosen) = fit.or(candidates.last()) else {
            return Err(no_candidate(&bundle));
        };
        is_fit(chosen, now).map_err(|reason| unfit(chosen, reason))?;
        let certificate = (*chosen).clone();
        let authority = key.map(|key| CertificateAuthority::new(certificate.clone(), key));
        let authority = authority.transpose();
        let authority = authority.map_err(|error| unfit(chosen, error.into()))?;
        Ok(Some(Self {
            certificate,
            authority,
        }))
    }

    /// Whether the names of the CA that `spec` describes, and of the workloads in `trust_domain`
    /// below it, are within its name constraints.
    pub fn permits(
        &self,
        spec: &CertificateSpec,
        trust_domain: &TrustDomain,
    ) -> Result<(), SigningRootError> {
        let root = self.certificate();
        let constraints = root.name_constraints();
        let workload = trust_domain.workload("istio-system", "istiod");
        for name in spec.subject_alt_names.iter().chain([&workload]) {
            constraints
                .allow(name)
                .map_err(|error| unfit(root, error.into()))?;
        }
        if constraints.has_others()
            && let Some(authority) = &self.authority
        {
            let trial = authority.trial(spec);
            trial.map_err(|error| unfit(root, error.into()))?;
        }
        Ok(())
    }

    /// The right to issue; an error as long as the key is encrypted.
    pub fn authority(&self) -> Result<&CertificateAuthority, KeyError> {
        self.authority.as_ref().ok_or(KeyError::Encrypted)
    }

    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

fn unfit(certificate: &Certificate, reason: Unfit) -> SigningRootError {
    SigningRootError::Unfit {
        subject: certificate.subject(),
        reason: Box::new(reason),
    }
}

/// Why no certificate of `bundle` has the key: a single one may have a key that cannot be read.
fn no_candidate(bundle: &[Certificate]) -> SigningRootError {
    if let [only] = bundle
        && let Err(error) = only.public_key()
    {
        return unfit(only, AuthorityError::from(error).into());
    }
    let subjects: Vec<_> = bundle.iter().map(Certificate::subject).collect();
    SigningRootError::OtherKey {
        subjects: subjects.join("; "),
    }
}

/// Whether the certificates of `bundle` are all of one key.
fn has_one_key(bundle: &[Certificate]) -> bool {
    let mut keys = bundle
        .iter()
        .map(|certificate| certificate.public_key().ok());
    let first = keys.next().flatten();
    bundle.len() == 1 || first.is_some() && keys.all(|key| key == first)
}

fn is_fit(candidate: &Certificate, now: OffsetDateTime) -> Result<(), Unfit> {
    CertificateAuthority::may_sign(candidate)?;
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
        if !candidate.allows_purpose(allowed) {
            return Err(Unfit::Purpose { purpose, effect });
        }
    }
    let itself = TrustBundle::new(vec![candidate.clone()]);
    itself.verify(candidate, &[], Purpose::Any, Some(now))?;
    Ok(())
}
