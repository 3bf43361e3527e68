//! Kinds of keys: those that meshpki generates, and those that it signs with.

use std::fmt;
use std::str::FromStr;

use openssl::bn::BigNumRef;
use openssl::ec::Asn1Flag;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKey};

use super::KeyError;

/// A kind of key that meshpki generates. All of them are taken by istiod, by Envoy and by
/// ztunnel's rustls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySpec {
    Rsa2048,
    Rsa3072,
    Rsa4096,
    EcdsaP256,
    EcdsaP384,
}

impl KeySpec {
    pub const ALL: [Self; 5] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::EcdsaP256,
        Self::EcdsaP384,
    ];

    /// The word for it on the command line and in the configuration file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::EcdsaP256 => "p256",
            Self::EcdsaP384 => "p384",
        }
    }

    /// RSA with a modulus of this many bits.
    pub fn rsa(bits: u32) -> Option<Self> {
        match bits {
            2048 => Some(Self::Rsa2048),
            3072 => Some(Self::Rsa3072),
            4096 => Some(Self::Rsa4096),
            _ => None,
        }
    }
}

impl fmt::Display for KeySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no key type is called {0:?}: there are rsa-2048, rsa-3072, rsa-4096, p256 and p384")]
pub struct UnknownKeySpec(String);

impl FromStr for KeySpec {
    type Err = UnknownKeySpec;

    fn from_str(name: &str) -> Result<Self, UnknownKeySpec> {
        Self::ALL
            .into_iter()
            .find(|spec| spec.name() == name)
            .ok_or_else(|| UnknownKeySpec(name.to_owned()))
    }
}

/// What a key is, of the kinds that can sign certificates which a mesh takes: what meshpki
/// generates, and the other sizes that a standing CA may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// With the modulus' length in bits, at least 2048.
    Rsa(u32),
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
}

impl KeyKind {
    /// The kind as meshpki generates it, if it does.
    pub fn spec(self) -> Option<KeySpec> {
        match self {
            Self::Rsa(bits) => KeySpec::rsa(bits),
            Self::EcdsaP256 => Some(KeySpec::EcdsaP256),
            Self::EcdsaP384 => Some(KeySpec::EcdsaP384),
            Self::EcdsaP521 => None,
        }
    }

    pub(super) fn of<T: HasPublic>(key: &PKey<T>) -> Result<Self, KeyError> {
        match key.id() {
            Id::RSA if key.bits() < 2048 => Err(KeyError::WeakRsa { bits: key.bits() }),
            Id::RSA => match key.rsa()?.e() {
                exponent if is_usable(exponent) => Ok(Self::Rsa(key.bits())),
                exponent => Err(KeyError::RsaExponent(told(exponent)?)),
            },
            Id::EC if key.ec_key()?.group().asn1_flag() == Asn1Flag::EXPLICIT_CURVE => {
                Err(KeyError::ExplicitCurve)
            }
            Id::EC => match key.ec_key()?.group().curve_name() {
                Some(Nid::X9_62_PRIME256V1) => Ok(Self::EcdsaP256),
                Some(Nid::SECP384R1) => Ok(Self::EcdsaP384),
                Some(Nid::SECP521R1) => Ok(Self::EcdsaP521),
                Some(curve) => Err(KeyError::Unsupported(
                    curve.long_name().unwrap_or("an unnamed curve").to_owned(),
                )),
                None => Err(KeyError::Unsupported("a curve of its own".to_owned())),
            },
            Id::ED25519 => Err(KeyError::Unsupported("Ed25519".to_owned())),
            Id::ED448 => Err(KeyError::Unsupported("Ed448".to_owned())),
            Id::RSA_PSS => Err(KeyError::Unsupported("RSASSA-PSS".to_owned())),
            Id::DSA => Err(KeyError::Unsupported("DSA".to_owned())),
            _ => Err(KeyError::Unsupported("an unknown algorithm".to_owned())),
        }
    }

    /// The hash that goes with a key of this strength.
    pub(super) fn digest(self) -> MessageDigest {
        match self {
            Self::Rsa(_) | Self::EcdsaP256 => MessageDigest::sha256(),
            Self::EcdsaP384 => MessageDigest::sha384(),
            Self::EcdsaP521 => MessageDigest::sha512(),
        }
    }

    /// The AlgorithmIdentifier of signatures by such a key, in DER (RFC 4055 §5, RFC 5758 §3.2).
    pub(in crate::pki) fn signature_algorithm(self) -> Vec<u8> {
        let oid: &[u64] = match self {
            Self::Rsa(_) => &[1, 2, 840, 113_549, 1, 1, 11],
            Self::EcdsaP256 => &[1, 2, 840, 10045, 4, 3, 2],
            Self::EcdsaP384 => &[1, 2, 840, 10045, 4, 3, 3],
            Self::EcdsaP521 => &[1, 2, 840, 10045, 4, 3, 4],
        };
        yasna::construct_der(|writer| {
            writer.write_sequence(|writer| {
                let oid = yasna::models::ObjectIdentifier::from_slice(oid);
                writer.next().write_oid(&oid);
                if let Self::Rsa(_) = self {
                    writer.next().write_null();
                }
            });
        })
    }
}

/// Whether Go (crypto/rsa, checkPublicKey) and BoringSSL (rsa_check_public_key) verify signatures by
/// an RSA key with this public exponent. With 1 everybody could sign.
fn is_usable(exponent: &BigNumRef) -> bool {
    const MOST_BITS: i32 = 31;

    exponent.is_odd() && (2..=MOST_BITS).contains(&exponent.num_bits())
}

/// For a message, which one as long as the modulus would fill.
fn told(exponent: &BigNumRef) -> Result<String, KeyError> {
    Ok(match exponent.num_bits() {
        ..=64 => exponent.to_dec_str()?.to_string(),
        bits => format!("of {bits} bits"),
    })
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA {bits}"),
            Self::EcdsaP256 => f.write_str("ECDSA P-256"),
            Self::EcdsaP384 => f.write_str("ECDSA P-384"),
            Self::EcdsaP521 => f.write_str("ECDSA P-521"),
        }
    }
}

impl From<KeySpec> for KeyKind {
    fn from(spec: KeySpec) -> Self {
        match spec {
            KeySpec::Rsa2048 => Self::Rsa(2048),
            KeySpec::Rsa3072 => Self::Rsa(3072),
            KeySpec::Rsa4096 => Self::Rsa(4096),
            KeySpec::EcdsaP256 => Self::EcdsaP256,
            KeySpec::EcdsaP384 => Self::EcdsaP384,
        }
    }
}
