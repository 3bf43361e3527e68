//! A public key, for a summary.

use std::fmt;

use serde::Serialize;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::{Algorithm, extensions};
use crate::pki::{der, ffi};

/// What is told of a public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeySummary {
    pub algorithm: Option<Algorithm>,
    /// `P-256`, or OpenSSL's name of another curve.
    pub curve: Option<String>,
    pub bits: Option<u32>,
}

const RSA: [&str; 2] = ["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"];
const EC: &str = "1.2.840.10045.2.1";

impl KeySummary {
    /// Of a SubjectPublicKeyInfo.
    pub fn of(spki: &[u8]) -> Self {
        let identifier = der::value(spki).and_then(|(spki, _)| der::values(spki.contents).next());
        let identifier = identifier.map_or(&[][..], |identifier| identifier.contents);
        let algorithm = Algorithm::of(identifier);
        let oid = algorithm.as_ref().map_or("", |known| known.oid.as_str());
        let (curve, bits) = match oid {
            EC => {
                let curve = der::values(identifier).nth(1).and_then(extensions::oid);
                match curve.as_deref() {
                    Some("1.2.840.10045.3.1.7") => (Some("P-256".to_owned()), Some(256)),
                    Some("1.3.132.0.34") => (Some("P-384".to_owned()), Some(384)),
                    Some("1.3.132.0.35") => (Some("P-521".to_owned()), Some(521)),
                    Some(curve) => (ffi::short_name(curve).or(Some(curve.to_owned())), None),
                    None => (None, None),
                }
            }
            "1.3.101.110" | "1.3.101.112" => (None, Some(256)), // RFC 8410 §3
            "1.3.101.111" | "1.3.101.113" => (None, Some(456)),
            oid if RSA.contains(&oid) => (None, rsa_bits(spki)),
            _ => (None, None),
        };
        Self {
            algorithm,
            curve,
            bits,
        }
    }

    pub fn is_rsa(&self) -> bool {
        self.oid().is_some_and(|oid| RSA.contains(&oid))
    }

    pub fn is_ecdsa(&self) -> bool {
        self.oid() == Some(EC)
    }

    fn oid(&self) -> Option<&str> {
        self.algorithm.as_ref().map(|known| known.oid.as_str())
    }
}

fn rsa_bits(spki: &[u8]) -> Option<u32> {
    let (_, spki) = SubjectPublicKeyInfo::from_der(spki).ok()?;
    let PublicKey::RSA(key) = spki.parsed().ok()? else {
        return None;
    };
    let modulus = super::without_zeros(key.modulus);
    let first = modulus.first()?;
    u32::try_from(modulus.len() * 8)
        .ok()?
        .checked_sub(first.leading_zeros())
}

/// `RSA 2048`, `ECDSA P-256`, `ED25519`.
impl fmt::Display for KeySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.algorithm.as_ref().map(|known| {
            let name = known.name.as_ref().unwrap_or(&known.oid);
            match name.as_str() {
                "rsaEncryption" => "RSA",
                "rsassaPss" => "RSASSA-PSS",
                "id-ecPublicKey" => "ECDSA",
                "dsaEncryption" => "DSA",
                name => name,
            }
        });
        f.write_str(name.unwrap_or("unreadable"))?;
        match (&self.curve, self.bits) {
            (Some(curve), _) => write!(f, " {curve}"),
            (None, Some(bits)) if name.is_some_and(|name| name.starts_with("RSA")) => {
                write!(f, " {bits}")
            }
            _ => Ok(()),
        }
    }
}
