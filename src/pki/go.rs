//! What Go's crypto/x509 makes of certificates, where it is not what OpenSSL does: istiod is a Go
//! program. Read at Go 1.24 to 1.26, verify.go and parser.go.

mod link;
mod reading;
mod signature;
mod uri;

use std::fmt;

use time::OffsetDateTime;

use self::link::Link;
use super::certificate::Certificate;
use super::chain::VerifyError;
use super::name_constraints::NameConstraintsError;
use super::signatures::Signatures;
use super::validity::moment;
pub use reading::{Unreadable, sees, unreadable, unreadable_key};

/// Why a step of a path is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No certificate by the name of its issuer is there.
    NoIssuer,
    /// There are such certificates, and none has signed it.
    OtherKey,
    /// Signed with MD5 or SHA-1.
    WeakSignature(&'static str),
    /// Signed in a way that Go does not know.
    UnknownSignature(String),
    /// The key above it is RSA of less than 1024 bits.
    WeakKey,
    NotACa,
    NoKeyCertSign,
    Expired(OffsetDateTime),
    NotYetValid(OffsetDateTime),
    PathLen(u32),
    Names(NameConstraintsError),
    /// A critical extension that Go does not handle, by its OID.
    CriticalExtension(String),
    /// A hundred signatures have been looked at.
    TooMany,
}

/// Why Go finds no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// The subject of the certificate that stands in the way.
    pub subject: String,
    pub reason: Reason,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoIssuer => f.write_str("no certificate of its issuer is there"),
            Self::OtherKey => f.write_str("its signature is not by the key of its issuer"),
            Self::WeakSignature(hash) => write!(f, "it is signed with {hash}, which Go refuses"),
            Self::UnknownSignature(kind) => {
                write!(f, "it is signed with {kind}, which Go does not know")
            }
            Self::WeakKey => f.write_str("Go takes no RSA key of less than 1024 bits"),
            Self::NotACa => f.write_str("it is not a CA certificate"),
            Self::NoKeyCertSign => f.write_str("its keyUsage lacks keyCertSign"),
            Self::Expired(end) => write!(f, "it expired on {}", moment(*end)),
            Self::NotYetValid(begin) => write!(f, "it is not valid before {}", moment(*begin)),
            Self::PathLen(most) => {
                write!(f, "its pathLenConstraint of {most} is exceeded")
            }
            Self::Names(error) => error.fmt(f),
            Self::CriticalExtension(oid) => {
                write!(f, "Go does not handle its critical extension {oid}")
            }
            Self::TooMany => f.write_str("Go gives up after a hundred signatures"),
        }
    }
}

impl From<PathError> for VerifyError {
    fn from(error: PathError) -> Self {
        Self {
            reason: error.reason.to_string(),
            is_of_names: matches!(error.reason, Reason::Names(_)),
            subject: error.subject,
        }
    }
}

/// The paths from `certificate` by way of `intermediates` to one of `roots` that Go takes, the
/// certificate first: at least one. Without `at`, periods of validity are left aside. extKeyUsage
/// is not looked at.
pub fn paths(
    certificate: &Certificate,
    intermediates: &[Certificate],
    roots: &[Certificate],
    at: Option<OffsetDateTime>,
    known: &mut Signatures,
) -> Result<Vec<Vec<Certificate>>, PathError> {
    search(certificate, intermediates, roots, at, known, false)
}

/// As [`paths`], of a certificate that is not signed yet: its signature, and no other, is left
/// aside.
pub fn paths_of_unsigned(
    unsigned: &Certificate,
    intermediates: &[Certificate],
    roots: &[Certificate],
    at: OffsetDateTime,
    known: &mut Signatures,
) -> Result<Vec<Vec<Certificate>>, PathError> {
    search(unsigned, intermediates, roots, Some(at), known, true)
}

fn search(
    certificate: &Certificate,
    intermediates: &[Certificate],
    roots: &[Certificate],
    at: Option<OffsetDateTime>,
    known: &mut Signatures,
    is_unsigned: bool,
) -> Result<Vec<Vec<Certificate>>, PathError> {
    let mut search = Search {
        intermediates: intermediates.iter().map(Link::of).collect(),
        roots: roots.iter().map(Link::of).collect(),
        at,
        is_unsigned,
        known,
        signatures: 0,
        refusal: None,
        found: Vec::new(),
    };
    let start = Link::of(certificate);
    search.is_valid(&start, Place::Leaf, &[])?;
    if roots.contains(certificate) {
        return Ok(vec![vec![certificate.clone()]]);
    }
    search.extend(&[start]);
    if search.found.is_empty() {
        return Err(search.refusal.unwrap_or(PathError {
            subject: certificate.subject(),
            reason: Reason::NoIssuer,
        }));
    }
    Ok(search.found)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Leaf,
    Intermediate,
    Root,
}

struct Search<'a> {
    intermediates: Vec<Link<'a>>,
    roots: Vec<Link<'a>>,
    at: Option<OffsetDateTime>,
    /// Whether the first certificate is not signed yet.
    is_unsigned: bool,
    known: &'a mut Signatures,
    signatures: usize,
    /// The first thing that stood in the way.
    refusal: Option<PathError>,
    found: Vec<Vec<Certificate>>,
}

impl<'a> Search<'a> {
    /// Certificate.buildChains.
    fn extend(&mut self, chain: &[Link<'a>]) {
        let last = &chain[chain.len() - 1];
        let mut has_issuer = false;
        let roots = candidates(last, &self.roots, Place::Root);
        let intermediates = candidates(last, &self.intermediates, Place::Intermediate);
        for (candidate, place) in roots.into_iter().chain(intermediates) {
            has_issuer = true;
            if is_in(chain, candidate.certificate) {
                continue;
            }
            if let Err(error) = self.step(last, &candidate, place, chain) {
                self.refusal.get_or_insert(error);
                continue;
            }
            let longer = [chain, &[candidate]].concat();
            if place == Place::Root {
                let path = longer.iter().map(|link| link.certificate.clone());
                self.found.push(path.collect());
            } else {
                self.extend(&longer);
            }
        }
        if !has_issuer {
            self.refusal
                .get_or_insert_with(|| last.refuse(Reason::NoIssuer));
        }
    }

    fn step(
        &mut self,
        child: &Link<'a>,
        parent: &Link<'a>,
        place: Place,
        chain: &[Link<'a>],
    ) -> Result<(), PathError> {
        const MOST_SIGNATURES: usize = 100;

        self.signatures += 1;
        if self.signatures > MOST_SIGNATURES {
            return Err(child.refuse(Reason::TooMany));
        }
        let is_signed = !self.is_unsigned || chain.len() > 1;
        child.is_issued_by(parent, is_signed.then_some(&mut *self.known))?;
        self.is_valid(parent, place, chain)
    }

    /// Certificate.isValid of `link`, above `below`.
    fn is_valid(&self, link: &Link<'a>, place: Place, below: &[Link<'a>]) -> Result<(), PathError> {
        let certificate = link.certificate;
        if let Some(oid) = &link.unhandled {
            return Err(link.refuse(Reason::CriticalExtension(oid.clone())));
        }
        if let Some(at) = self.at {
            if at < certificate.not_before() {
                return Err(link.refuse(Reason::NotYetValid(certificate.not_before())));
            }
            if at > certificate.not_after() {
                return Err(link.refuse(Reason::Expired(certificate.not_after())));
            }
        }
        let constraints = certificate.name_constraints();
        let names = below
            .iter()
            .flat_map(|link| link.certificate.subject_alt_names());
        for name in names {
            let allowed = constraints.allow_in_go(name);
            allowed.map_err(|error| link.refuse(Reason::Names(error)))?;
        }
        if place == Place::Intermediate && !certificate.is_ca() {
            return Err(link.refuse(Reason::NotACa));
        }
        if let Some(most) = certificate.path_len() {
            let between = below.len().saturating_sub(1);
            if u32::try_from(between).is_ok_and(|between| between > most) {
                return Err(link.refuse(Reason::PathLen(most)));
            }
        }
        Ok(())
    }
}

/// Those of `pool` that go by the name of the issuer of `link`: first those whose key identifier
/// is the one it asks for, last those with another.
fn candidates<'a>(link: &Link<'a>, pool: &[Link<'a>], place: Place) -> Vec<(Link<'a>, Place)> {
    let child = link.certificate;
    let named = pool
        .iter()
        .filter(|candidate| candidate.certificate.subject_der() == child.issuer_der());
    let mut named: Vec<_> = named.map(|candidate| (candidate.clone(), place)).collect();
    named.sort_by_key(|(candidate, _)| {
        let wanted = child.authority_key_identifier();
        let there = candidate.certificate.subject_key_identifier();
        match (wanted, there) {
            (Some(wanted), Some(there)) if wanted == there => 0,
            (Some(_), Some(_)) => 2,
            _ => 1,
        }
    });
    named
}

/// alreadyInChain: the same name, key and alternative names.
fn is_in(chain: &[Link<'_>], candidate: &Certificate) -> bool {
    chain.iter().any(|Link { certificate, .. }| {
        certificate.subject_der() == candidate.subject_der()
            && certificate.spki() == candidate.spki()
            && certificate.subject_alt_names() == candidate.subject_alt_names()
    })
}
