//! What a certificate will say.

use std::fmt;

use x509_parser::extensions::GeneralName;

use crate::pki::name::DistinguishedName;
use crate::pki::validity::Validity;

/// What a certificate will say, before it is signed. The issuer, the serial number and the key
/// identifiers come from the authority that issues it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSpec {
    pub subject: DistinguishedName,
    pub validity: Validity,
    pub basic_constraints: BasicConstraints,
    pub key_usage: Vec<KeyUsage>,
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
    pub subject_alt_names: Vec<SubjectAltName>,
}

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasicConstraints {
    EndEntity,
    Ca { path_len: Option<u8> },
}

/// A bit of keyUsage (RFC 5280 §4.2.1.3), by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUsage {
    DigitalSignature = 0,
    KeyEncipherment = 2,
    KeyCertSign = 5,
    CrlSign = 6,
}

impl KeyUsage {
    /// These, as the bits of the extension.
    pub fn bits(usages: &[Self]) -> u16 {
        let bits = usages.iter().map(|usage| 1 << *usage as u16);
        bits.fold(0, |all, bit: u16| all | bit)
    }

    /// The names of the bits that are set, those without a variant too.
    pub fn names(bits: u16) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];

        let all = NAMES.iter().enumerate();
        all.filter(move |(bit, _)| bits >> bit & 1 == 1)
            .map(|(_, name)| *name)
    }
}

/// A purpose of extKeyUsage (RFC 5280 §4.2.1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtendedKeyUsage {
    Any,
    ServerAuth,
    ClientAuth,
}

/// A name of subjectAltName (RFC 5280 §4.2.1.6), of the kinds that a mesh uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectAltName {
    Dns(String),
    Uri(String),
}

impl SubjectAltName {
    pub(super) fn from_general_name(name: &GeneralName<'_>) -> Option<Self> {
        match name {
            GeneralName::DNSName(name) => Some(Self::Dns((*name).to_owned())),
            GeneralName::URI(uri) => Some(Self::Uri((*uri).to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for SubjectAltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{}", crate::escape::text(name)),
            Self::Uri(uri) => write!(f, "URI:{}", crate::escape::text(uri)),
        }
    }
}
