//! The root that signs clusters' CAs: one of the certificates of root-cert.pem, with its key. It need
//! not be self-signed: then the CAs above it stand in root-cert.pem too, or some of them, or none.

mod fit;

use time::OffsetDateTime;

pub use self::fit::Unfit;
use self::fit::{is_fit, path_is_fit};
use super::root_bundle::{self, BundleError};
use super::spiffe::TrustDomain;
use crate::pki::authority::{AuthorityError, CertificateAuthority};
use crate::pki::certificate::{Certificate, CertificateSpec};
use crate::pki::key::{KeyError, PrivateKey, PublicKey};
use crate::pki::path::CertificationPath;
use crate::pki::signatures::Signatures;

/// A CA that can sign the CAs of clusters now, and whose clusters' workloads will be accepted.
pub struct SigningRoot {
    /// From its certificate upwards, as far as root-cert.pem holds it.
    path: CertificationPath,
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
    #[error("root-cert.pem: {subject} cannot stand above the CA of a cluster: {reason}")]
    UnfitAbove { subject: String, reason: Box<Unfit> },
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
            Self::UnfitAbove { reason, .. } => reason.hint_above(),
        }
    }
}

impl SigningRoot {
    /// The certificate of `root_cert` that `root_key` belongs to, if it can sign CAs at the instant
    /// `now`. Where it stands there more than once (re-issued with the same key), or what is above it
    /// does, it is the path that is fit and expires last.
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
        let candidates = bundle
            .iter()
            .filter(|certificate| certificate.public_key().is_ok_and(|key| belongs(&key)));
        let mut known = Signatures::default();
        let paths =
            candidates.flat_map(|lowest| CertificationPath::all_from(lowest, &bundle, &mut known));
        let mut paths: Vec<_> = paths.collect();
        paths.sort_by_key(lasting);
        let fit = paths
            .iter()
            .rposition(|path| path_is_fit(path, now).is_ok());
        let Some(place) = fit.or(paths.len().checked_sub(1)) else {
            return Err(no_candidate(&bundle));
        };
        let path = paths.swap_remove(place);
        path_is_fit(&path, now).map_err(|(culprit, reason)| at_fault(&path, culprit, reason))?;
        let certificate = path.lowest();
        let authority = key.map(|key| CertificateAuthority::new(certificate.clone(), key));
        let authority = authority.transpose();
        let authority = authority.map_err(|error| unfit(certificate, error.into()))?;
        Ok(Some(Self { path, authority }))
    }

    /// Whether the names of the CA that `spec` describes, and of the workloads in `trust_domain`
    /// below it, are within its name constraints, and within those of all above it.
    pub fn permits(
        &self,
        spec: &CertificateSpec,
        trust_domain: &TrustDomain,
    ) -> Result<(), SigningRootError> {
        fit::permits(&self.path, spec, trust_domain)
            .map_err(|(culprit, reason)| at_fault(&self.path, culprit, reason))
    }

    /// The right to issue; an error as long as the key is encrypted.
    pub fn authority(&self) -> Result<&CertificateAuthority, KeyError> {
        self.authority.as_ref().ok_or(KeyError::Encrypted)
    }

    pub fn certificate(&self) -> &Certificate {
        self.path.lowest()
    }

    /// From its certificate upwards, as far as root-cert.pem holds it.
    pub fn path(&self) -> &CertificationPath {
        &self.path
    }
}

/// When the path expires. Of those that expire together, one that comes as far as a root is last, and
/// of those the one whose root expires last.
fn lasting(path: &CertificationPath) -> (OffsetDateTime, bool, OffsetDateTime) {
    let end = path.first_to_expire().not_after();
    (end, path.root().is_some(), path.highest().not_after())
}

fn at_fault(path: &CertificationPath, culprit: &Certificate, reason: Unfit) -> SigningRootError {
    if culprit == path.lowest() {
        return unfit(culprit, reason);
    }
    SigningRootError::UnfitAbove {
        subject: culprit.subject(),
        reason: Box::new(reason),
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
