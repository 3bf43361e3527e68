//! What is compared, and what it is known again by.

use crate::pki::digest::Sha256;
use crate::pki::find::{CertificateDer, FoundKey, Item};
use crate::pki::summary::{self, CrlSummary, RequestSummary, Summary};
use crate::pki::validity::date;

/// One thing of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    Certificate(CertificateDer),
    /// In DER.
    Request(Vec<u8>),
    /// In DER.
    Crl(Vec<u8>),
    PrivateKey(FoundKey),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Certificate,
    Request,
    Crl,
    PrivateKey,
}

impl Thing {
    /// `None` of what has nothing to be known again by.
    pub fn of(item: Item) -> Option<Self> {
        match item {
            Item::Certificate(certificate) => Some(Self::Certificate(certificate)),
            Item::Request(der) => Some(Self::Request(der)),
            Item::Crl(der) => Some(Self::Crl(der)),
            Item::PrivateKey(key) => Some(Self::PrivateKey(key)),
            Item::Other(_) | Item::Broken { .. } => None,
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Certificate(_) => Kind::Certificate,
            Self::Request(_) => Kind::Request,
            Self::Crl(_) => Kind::Crl,
            Self::PrivateKey(_) => Kind::PrivateKey,
        }
    }

    /// Whether it is a private key of which nothing is known but that it is one.
    pub fn is_sealed(&self) -> bool {
        matches!(self, Self::PrivateKey(key) if key.spki.is_none())
    }

    /// Those by which it is the same as another: of a private key, its public key.
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Certificate(certificate) => certificate.der(),
            Self::Request(der) | Self::Crl(der) => der,
            Self::PrivateKey(key) => key.spki.as_deref().unwrap_or_default(),
        }
    }

    /// SHA-256 of the public key that it certifies, or asks to be certified.
    pub(super) fn key(&self) -> Option<Sha256> {
        match self {
            Self::Certificate(certificate) => summary::spki_digest(certificate.der()),
            Self::Request(der) => RequestSummary::spki_digest(der),
            Self::Crl(_) | Self::PrivateKey(_) => None,
        }
    }

    /// The name of its holder; of a CRL, of its issuer.
    pub(super) fn name(&self) -> Option<Vec<u8>> {
        match self {
            Self::Certificate(certificate) => summary::name_octets(certificate.der()),
            Self::Request(der) => Some(RequestSummary::of(der)?.subject?.into_bytes()),
            Self::Crl(der) => Some(CrlSummary::of(der)?.issuer?.into_bytes()),
            Self::PrivateKey(_) => None,
        }
    }

    /// Whether the one may stand where the other did.
    pub(super) fn has_role_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Certificate(one), Self::Certificate(other)) => {
                let role = |der| Summary::of(der).map(|summary| summary.role);
                role(one.der()) == role(other.der())
            }
            (Self::PrivateKey(_), Self::PrivateKey(_)) => true,
            _ => false,
        }
    }

    /// What it is, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Certificate(certificate) => {
                Summary::of(certificate.der()).map_or("certificate", |summary| summary.role.name())
            }
            Self::Request(_) => "certification request",
            Self::Crl(_) => "CRL",
            Self::PrivateKey(_) => "private key",
        }
    }

    /// The name by which people know it.
    pub fn known_as(&self) -> String {
        let unreadable = || "(unreadable)".to_owned();
        match self {
            Self::Certificate(certificate) => {
                Summary::of(certificate.der()).map_or_else(unreadable, |fields| fields.known_as())
            }
            Self::Request(der) => RequestSummary::of(der)
                .and_then(|request| request.subject)
                .unwrap_or_else(unreadable),
            Self::Crl(der) => CrlSummary::of(der)
                .and_then(|crl| crl.issuer)
                .unwrap_or_else(unreadable),
            Self::PrivateKey(key) => key.to_string(),
        }
    }

    /// On one line: `root CA, O = Istio, CN = Root CA, expires 2036-11-19`.
    pub fn describe(&self) -> String {
        let fields = match self {
            Self::Certificate(certificate) => Summary::of(certificate.der()),
            _ => None,
        };
        if let Some(fields) = fields {
            let named = format!("{}, {}", fields.role.name(), fields.known_as());
            return match fields.not_after {
                Some(end) => format!("{named}, expires {}", date(end)),
                None => named,
            };
        }
        let named = format!("{}, {}", self.word(), self.known_as());
        let issued = match self {
            Self::Crl(der) => CrlSummary::of(der).and_then(|crl| crl.this_update),
            _ => None,
        };
        match issued {
            Some(at) => format!("{named}, issued {}", date(at)),
            None => named,
        }
    }

    /// SHA-256 of its octets, as OpenSSL writes fingerprints; of a private key, of its public key.
    pub fn fingerprint(&self) -> String {
        Sha256::of(self.octets()).fingerprint()
    }
}
