//! Private keys that are found: named, and not kept.

use std::fmt;

use openssl::ec::EcKey;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;

use crate::pki::ffi;

/// What is told of a private key: never the key.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundKey {
    /// `RSA`, `ECDSA P-256`, `encrypted`.
    pub kind: String,
    /// Its size; unknown of an encrypted key.
    pub bits: Option<u32>,
    /// The SubjectPublicKeyInfo that goes with it, in DER.
    pub spki: Option<Vec<u8>>,
}

impl FoundKey {
    pub(super) fn encrypted() -> Self {
        Self {
            kind: "encrypted".to_owned(),
            bits: None,
            spki: None,
        }
    }

    /// The key in `der`, of a block of this label (empty outside of PEM), if OpenSSL knows its kind.
    pub(super) fn read(label: &str, der: &[u8]) -> Option<Self> {
        ffi::all_algorithms();
        let key = match label {
            "RSA PRIVATE KEY" => Rsa::private_key_from_der(der).and_then(PKey::from_rsa),
            "EC PRIVATE KEY" => EcKey::private_key_from_der(der).and_then(PKey::from_ec_key),
            _ => PKey::private_key_from_der(der),
        };
        let key = key.ok()?;
        Some(Self {
            kind: kind(&key),
            bits: Some(key.bits()),
            spki: key.public_key_to_der().ok(),
        })
    }
}

impl fmt::Debug for FoundKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FoundKey({self})")
    }
}

/// `an RSA key of 2048 bits`, less the article.
impl fmt::Display for FoundKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bits {
            Some(bits) => write!(f, "{} key of {bits} bits", self.kind),
            None => write!(f, "{} key", self.kind),
        }
    }
}

fn kind(key: &PKey<Private>) -> String {
    let name = match key.id() {
        Id::RSA => "RSA",
        Id::RSA_PSS => "RSASSA-PSS",
        Id::DSA => "DSA",
        Id::DH => "DH",
        Id::ED25519 => "Ed25519",
        Id::ED448 => "Ed448",
        Id::X25519 => "X25519",
        Id::X448 => "X448",
        Id::EC => {
            let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
            return match curve {
                Some(Nid::X9_62_PRIME256V1) => "ECDSA P-256".to_owned(),
                Some(Nid::SECP384R1) => "ECDSA P-384".to_owned(),
                Some(Nid::SECP521R1) => "ECDSA P-521".to_owned(),
                Some(curve) => format!("ECDSA {}", curve.short_name().unwrap_or("curve")),
                None => "ECDSA".to_owned(),
            };
        }
        _ => "private",
    };
    name.to_owned()
}
