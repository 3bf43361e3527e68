//! What a certificate will say, and what one says.

mod spec;

use std::fmt;

use openssl::x509::X509;
use time::OffsetDateTime;
use x509_parser::asn1_rs::Oid;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry::{
    OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER, OID_X509_EXT_BASIC_CONSTRAINTS,
    OID_X509_EXT_EXTENDED_KEY_USAGE, OID_X509_EXT_KEY_USAGE, OID_X509_EXT_NAME_CONSTRAINTS,
    OID_X509_EXT_SUBJECT_ALT_NAME, OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
};
use x509_parser::prelude::FromDer;

use super::der::TbsFields;
use super::digest::Sha256;
use super::key::{KeyError, PublicKey};
use super::name::DistinguishedName;
use super::name_constraints::NameConstraints;
use super::pem::{self, Block, Flaw};
use super::validity::Validity;
use super::{ffi, go, summary, validity};

pub use spec::{BasicConstraints, CertificateSpec, ExtendedKeyUsage, KeyUsage, SubjectAltName};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("there is no certificate in it")]
    NoCertificate,
    #[error("the {label} block on line {line} cannot be read: {flaw}")]
    Block {
        label: String,
        line: usize,
        flaw: Flaw,
    },
    #[error("it is not an X.509 certificate: {0}")]
    Malformed(String),
    #[error("{0} octets follow the certificate")]
    TrailingData(usize),
    #[error("its {0} cannot be read")]
    Extension(&'static str),
    #[error(transparent)]
    UnreadableByGo(#[from] go::Unreadable),
}

/// An X.509 certificate: it parses, and nothing follows it.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    x509: X509,
    raw_serial_number: Vec<u8>,
    subject: Vec<u8>,
    issuer: Vec<u8>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    spki: Vec<u8>,
    is_ca: bool,
    path_len: Option<u32>,
    key_usage: Option<u16>,
    extended_key_usage: Option<Vec<ExtendedKeyUsage>>,
    subject_alt_names: Vec<SubjectAltName>,
    subject_key_identifier: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    name_constraints: NameConstraints,
}

impl Certificate {
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let malformed = |reason: &dyn fmt::Display| {
            CertificateError::Malformed(crate::escape::text(&reason.to_string()))
        };
        let (after, parsed) = X509Certificate::from_der(der).map_err(|error| malformed(&error))?;
        if !after.is_empty() {
            return Err(CertificateError::TrailingData(after.len()));
        }
        let x509 = X509::from_der(der).map_err(|error| malformed(&error))?;
        let fields = TbsFields::of(der).ok_or_else(|| malformed(&"its fields are not DER"))?;
        let mut certificate = Self {
            x509,
            raw_serial_number: parsed.raw_serial().to_vec(),
            subject: fields.subject().to_vec(),
            issuer: fields.issuer().to_vec(),
            not_before: parsed.validity().not_before.to_datetime(),
            not_after: parsed.validity().not_after.to_datetime(),
            spki: parsed.public_key().raw.to_vec(),
            is_ca: false,
            path_len: None,
            key_usage: None,
            extended_key_usage: None,
            subject_alt_names: Vec::new(),
            subject_key_identifier: None,
            authority_key_identifier: None,
            name_constraints: NameConstraints::default(),
            der: der.to_vec(),
        };
        for extension in parsed.extensions() {
            certificate.read_extension(extension.parsed_extension(), &extension.oid)?;
        }
        Ok(certificate)
    }

    fn read_extension(
        &mut self,
        extension: &ParsedExtension<'_>,
        oid: &Oid<'_>,
    ) -> Result<(), CertificateError> {
        match extension {
            ParsedExtension::BasicConstraints(constraints) => {
                self.is_ca = constraints.ca;
                self.path_len = constraints.path_len_constraint;
            }
            ParsedExtension::KeyUsage(usage) => self.key_usage = Some(usage.flags),
            ParsedExtension::ExtendedKeyUsage(purposes) => {
                let known = [
                    (purposes.any, ExtendedKeyUsage::Any),
                    (purposes.server_auth, ExtendedKeyUsage::ServerAuth),
                    (purposes.client_auth, ExtendedKeyUsage::ClientAuth),
                ];
                let found = known
                    .into_iter()
                    .filter_map(|(present, purpose)| present.then_some(purpose));
                self.extended_key_usage = Some(found.collect());
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                self.subject_alt_names = names
                    .general_names
                    .iter()
                    .filter_map(SubjectAltName::from_general_name)
                    .collect();
            }
            ParsedExtension::SubjectKeyIdentifier(identifier) => {
                self.subject_key_identifier = Some(identifier.0.to_vec());
            }
            ParsedExtension::AuthorityKeyIdentifier(identifier) => {
                self.authority_key_identifier =
                    identifier.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::NameConstraints(constraints) => {
                self.name_constraints = NameConstraints::from_extension(constraints);
            }
            ParsedExtension::ParseError { .. } => {
                if let Some(name) = name_if_judged(oid) {
                    return Err(CertificateError::Extension(name));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The certificate that `block` holds.
    pub fn from_block(block: &Block) -> Result<Self, CertificateError> {
        match &block.body {
            Ok(der) => Self::from_der(der),
            Err(flaw) => Err(CertificateError::Block {
                label: crate::escape::text(&block.label),
                line: block.line,
                flaw: flaw.clone(),
            }),
        }
    }

    /// Every certificate of `text`, in order: at least one.
    pub fn all_from_pem(text: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let certificates = pem::blocks(text)
            .iter()
            .filter(|block| block.is_certificate())
            .map(Self::from_block)
            .collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        Ok(certificates)
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn to_pem(&self) -> String {
        pem::encode(Block::CERTIFICATE, &self.der)
    }

    /// The octets of the serial number's INTEGER.
    pub fn raw_serial_number(&self) -> &[u8] {
        &self.raw_serial_number
    }

    /// The serial number in hexadecimal, as `openssl x509 -serial` prints it.
    pub fn serial_number(&self) -> String {
        summary::serial_number(&self.raw_serial_number)
    }

    /// The subject's Name in DER, octet for octet.
    pub fn subject_der(&self) -> &[u8] {
        &self.subject
    }

    /// The issuer's Name in DER, octet for octet.
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }

    /// The subject as OpenSSL prints it: `O = Istio, CN = Root CA`.
    pub fn subject(&self) -> String {
        ffi::oneline(self.x509.subject_name())
    }

    /// The subject for another certificate, octet for octet.
    pub fn subject_name(&self) -> DistinguishedName {
        DistinguishedName::carried(&self.subject, self.subject())
    }

    /// The issuer as OpenSSL prints it.
    pub fn issuer(&self) -> String {
        ffi::oneline(self.x509.issuer_name())
    }

    /// The values of `attribute` in the subject, as far as they are text.
    pub fn subject_values(&self, attribute: super::name::Attribute) -> Vec<String> {
        use super::name::Attribute;
        use openssl::nid::Nid;

        let nid = match attribute {
            Attribute::Organization => Nid::ORGANIZATIONNAME,
            Attribute::CommonName => Nid::COMMONNAME,
            Attribute::Locality => Nid::LOCALITYNAME,
        };
        self.x509
            .subject_name()
            .entries_by_nid(nid)
            .filter_map(|entry| Some(entry.data().to_string().ok()?.clone()))
            .collect()
    }

    /// The value of `attribute` in the subject, if it is there once, and is text.
    pub fn subject_value(&self, attribute: super::name::Attribute) -> Option<String> {
        let mut values = self.subject_values(attribute);
        (values.len() == 1).then(|| values.remove(0))
    }

    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// The period of validity, unless it ends before it begins.
    pub fn validity(&self) -> Result<Validity, validity::ValidityError> {
        Validity::new(self.not_before, self.not_after)
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::from_spki(&self.spki)
    }

    /// Whether `key` is the one that it certifies, however that is written.
    pub fn is_for(&self, key: &PublicKey) -> bool {
        self.spki == key.spki() || self.public_key().is_ok_and(|own| own == *key)
    }

    pub fn is_ca(&self) -> bool {
        self.is_ca
    }

    /// pathLenConstraint of a CA that has one.
    pub fn path_len(&self) -> Option<u32> {
        self.path_len.filter(|_| self.is_ca)
    }

    /// Whether keyUsage allows this. Where the extension is absent, everything is allowed
    /// (RFC 5280 §4.2.1.3).
    pub fn allows(&self, usage: KeyUsage) -> bool {
        self.key_usage
            .is_none_or(|bits| bits >> (usage as u16) & 1 == 1)
    }

    /// Whether there is a keyUsage that names this.
    pub fn names_usage(&self, usage: KeyUsage) -> bool {
        self.key_usage.is_some() && self.allows(usage)
    }

    /// Whether there is an extKeyUsage.
    pub fn has_purposes(&self) -> bool {
        self.extended_key_usage.is_some()
    }

    /// Whether extKeyUsage names this purpose; where the extension is absent, every purpose is
    /// allowed (RFC 5280 §4.2.1.12). Verifiers ask this of each certificate of a path.
    pub fn allows_purpose(&self, purpose: ExtendedKeyUsage) -> bool {
        self.extended_key_usage
            .as_ref()
            .is_none_or(|purposes| purposes.contains(&purpose))
    }

    /// The DNS names and URIs of subjectAltName, in order.
    pub fn subject_alt_names(&self) -> &[SubjectAltName] {
        &self.subject_alt_names
    }

    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.subject_key_identifier.as_deref()
    }

    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.authority_key_identifier.as_deref()
    }

    pub fn name_constraints(&self) -> &NameConstraints {
        &self.name_constraints
    }

    /// Whether subject and issuer are the same name. It says nothing of the signature.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether `issuer` signed this certificate and goes by the name of its issuer.
    pub fn is_issued_by(&self, issuer: &Certificate) -> bool {
        self.issuer == issuer.subject
            && issuer
                .x509
                .public_key()
                .and_then(|key| self.x509.verify(&key))
                .unwrap_or(false)
    }

    /// Whether it was signed with the private half of `key`. It says nothing of names.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.x509.verify(key.as_pkey()).unwrap_or(false)
    }

    /// Whether it is valid at the instant `at`.
    pub fn is_valid_at(&self, at: OffsetDateTime) -> bool {
        self.not_before <= at && at <= self.not_after
    }

    /// SHA-256 of the certificate in DER, as OpenSSL writes fingerprints: `AB:CD:…`.
    pub fn sha256_fingerprint(&self) -> String {
        Sha256::of(&self.der).fingerprint()
    }

    pub(super) fn as_x509(&self) -> &X509 {
        &self.x509
    }
}

/// The same octets.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.subject())
    }
}

/// The name of an extension that judgements here rest on.
fn name_if_judged(oid: &Oid<'_>) -> Option<&'static str> {
    let judged = [
        (OID_X509_EXT_BASIC_CONSTRAINTS, "basicConstraints"),
        (OID_X509_EXT_KEY_USAGE, "keyUsage"),
        (OID_X509_EXT_EXTENDED_KEY_USAGE, "extKeyUsage"),
        (OID_X509_EXT_SUBJECT_ALT_NAME, "subjectAltName"),
        (OID_X509_EXT_SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
        (
            OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
            "authorityKeyIdentifier",
        ),
        (OID_X509_EXT_NAME_CONSTRAINTS, "nameConstraints"),
    ];
    let found = judged.into_iter().find(|(judged, _)| judged == oid);
    found.map(|(_, name)| name)
}
