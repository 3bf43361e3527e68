//! What Go's crypto/x509 makes of certificates, where it is not what OpenSSL does: istiod is a Go
//! program. Read at Go 1.24 to 1.26, verify.go and parser.go.

mod signature;
mod uri;

use std::fmt;

use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::certificate::{Certificate, KeyUsage, SubjectAltName};
use super::chain::VerifyError;
use super::name_constraints::NameConstraintsError;
use super::signatures::Signatures;
use super::summary::KeySummary;
use super::validity::moment;

/// Why Go takes a certificate for unreadable that others read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("its serial number is negative")]
    NegativeSerialNumber,
    #[error("its key is on the curve {0}, which Go does not know")]
    Curve(String),
    #[error("its key's curve is given by parameters, and not by name")]
    ExplicitCurve,
    #[error("its public key is a compressed point")]
    CompressedPoint,
    #[error("its {0} is marked critical")]
    Critical(&'static str),
    #[error("its subjectAltName has the URI {:?}, which Go cannot read", crate::escape::text(.0))]
    Uri(String),
    #[error("its extension {0} is there twice")]
    Repeated(String),
}

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

/// What in `certificate`, besides its key, keeps Go from reading it (crypto/x509,
/// parseCertificate).
pub fn unreadable(certificate: &Certificate) -> Option<Unreadable> {
    let serial = certificate.raw_serial_number();
    if serial.first().is_some_and(|octet| octet & 0x80 != 0) {
        return Some(Unreadable::NegativeSerialNumber);
    }
    for name in certificate.subject_alt_names() {
        if let SubjectAltName::Uri(text) = name
            && uri::is_refused(text)
        {
            return Some(Unreadable::Uri(text.clone()));
        }
    }
    let (_, parsed) = X509Certificate::from_der(certificate.der()).ok()?;
    let mut seen = Vec::new();
    for extension in parsed.extensions() {
        if seen.contains(&&extension.oid) {
            return Some(Unreadable::Repeated(extension.oid.to_id_string()));
        }
        seen.push(&extension.oid);
        let name = match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(_) => "authorityKeyIdentifier",
            ParsedExtension::SubjectKeyIdentifier(_) => "subjectKeyIdentifier",
            ParsedExtension::AuthorityInfoAccess(_) => "authorityInfoAccess",
            _ => continue,
        };
        if extension.critical {
            return Some(Unreadable::Critical(name));
        }
    }
    None
}

/// What in the key of `certificate` keeps Go from reading it (crypto/x509, parsePublicKey).
pub fn unreadable_key(certificate: &Certificate) -> Option<Unreadable> {
    const CURVES: [&str; 4] = ["P-256", "P-384", "P-521", "secp224r1"];
    const UNCOMPRESSED: u8 = 4;

    let key = KeySummary::of(certificate.spki());
    if !key.is_ecdsa() {
        return None;
    }
    match key.curve {
        None => return Some(Unreadable::ExplicitCurve),
        Some(curve) if !CURVES.contains(&curve.as_str()) => {
            return Some(Unreadable::Curve(curve));
        }
        Some(_) => {}
    }
    let (_, parsed) = X509Certificate::from_der(certificate.der()).ok()?;
    let point = parsed.public_key().subject_public_key.data.first();
    (point != Some(&UNCOMPRESSED)).then_some(Unreadable::CompressedPoint)
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

/// A certificate with what Go alone asks of it.
#[derive(Clone)]
struct Link<'a> {
    certificate: &'a Certificate,
    is_version_3: bool,
    has_basic_constraints: bool,
    unhandled: Option<String>,
}

impl<'a> Link<'a> {
    fn of(certificate: &'a Certificate) -> Self {
        let mut link = Self {
            certificate,
            is_version_3: true,
            has_basic_constraints: false,
            unhandled: None,
        };
        if let Ok((_, parsed)) = X509Certificate::from_der(certificate.der()) {
            link.is_version_3 = parsed.version().0 == 2;
            for extension in parsed.extensions() {
                let content = extension.parsed_extension();
                link.has_basic_constraints |=
                    matches!(content, ParsedExtension::BasicConstraints(_));
                if extension.critical && !is_handled(content) {
                    link.unhandled = Some(extension.oid.to_id_string());
                }
            }
        }
        link
    }

    fn refuse(&self, reason: Reason) -> PathError {
        PathError {
            subject: self.certificate.subject(),
            reason,
        }
    }

    /// Certificate.CheckSignatureFrom; without a signature, that `parent` may sign.
    fn is_issued_by(&self, parent: &Self, known: Option<&mut Signatures>) -> Result<(), PathError> {
        let above = parent.certificate;
        if parent.is_version_3 && !above.is_ca() || parent.has_basic_constraints && !above.is_ca() {
            return Err(parent.refuse(Reason::NotACa));
        }
        if !above.allows(KeyUsage::KeyCertSign) {
            return Err(parent.refuse(Reason::NoKeyCertSign));
        }
        if known.is_some()
            && let Some(reason) = signature::refused(self.certificate)
        {
            return Err(self.refuse(reason));
        }
        let key = KeySummary::of(above.spki());
        if key.is_rsa() && key.bits.is_some_and(|bits| bits < 1024) {
            return Err(parent.refuse(Reason::WeakKey));
        }
        let is_signed = known.is_none_or(|known| known.is_issued_by(self.certificate, above));
        if is_signed {
            Ok(())
        } else {
            Err(self.refuse(Reason::OtherKey))
        }
    }
}

/// Whether Go looks at a critical extension of this kind (crypto/x509, processExtensions).
fn is_handled(extension: &ParsedExtension<'_>) -> bool {
    match extension {
        ParsedExtension::KeyUsage(_)
        | ParsedExtension::BasicConstraints(_)
        | ParsedExtension::ExtendedKeyUsage(_)
        | ParsedExtension::CRLDistributionPoints(_)
        | ParsedExtension::CertificatePolicies(_)
        | ParsedExtension::PolicyMappings(_)
        | ParsedExtension::PolicyConstraints(_)
        | ParsedExtension::InhibitAnyPolicy(_) => true,
        ParsedExtension::SubjectAlternativeName(names) => {
            names.general_names.iter().any(is_known_name)
        }
        ParsedExtension::NameConstraints(constraints) => {
            let subtrees = [
                &constraints.permitted_subtrees,
                &constraints.excluded_subtrees,
            ];
            let mut subtrees = subtrees.into_iter().flatten().flatten();
            subtrees.all(|subtree| is_known_name(&subtree.base))
        }
        _ => false,
    }
}

fn is_known_name(name: &GeneralName<'_>) -> bool {
    matches!(
        name,
        GeneralName::DNSName(_)
            | GeneralName::URI(_)
            | GeneralName::RFC822Name(_)
            | GeneralName::IPAddress(_)
    )
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
