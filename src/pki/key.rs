//! Private and public keys.

mod encrypted;
mod kind;
mod passphrase;

use std::fmt;

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::EcKey;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use zeroize::Zeroizing;

use super::der;
use super::find::Shape;
use super::pem::{self, Flaw};
use super::usual::UsualKey;

pub use kind::{KeyKind, KeySpec, UnknownKeySpec};
pub use passphrase::{Passphrase, PassphraseError};

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("there is no private key in it")]
    NoKey,
    #[error("the private key is encrypted")]
    Encrypted,
    #[error("wrong passphrase")]
    WrongPassphrase,
    #[error("OpenSSL cannot decrypt the private key: {0}")]
    Undecryptable(String),
    #[error("the private key is damaged: it decrypts, and not to a key that works")]
    Damaged,
    #[error("the {label} block on line {line} cannot be read: {flaw}")]
    Block {
        label: String,
        line: usize,
        flaw: Flaw,
    },
    #[error("the {label} block on line {line} is not a private key")]
    Malformed { label: String, line: usize },
    #[error("an RSA key of {bits} bits is too short: Envoy and ztunnel take no less than 2048")]
    WeakRsa { bits: u32 },
    #[error(
        "an RSA key with the public exponent {0} is of no use: istiod and Envoy take odd ones from 3 to 2147483647"
    )]
    RsaExponent(String),
    #[error("its public key is not written in DER, as RFC 3279 §2.3 has it: istiod cannot read it")]
    Unplain,
    #[error("its kind is {0}: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521")]
    Unsupported(String),
    #[error("its curve is given by parameters, and not by name: istiod cannot read it")]
    ExplicitCurve,
    #[error("its public key is a compressed point: istiod cannot read it")]
    CompressedPoint,
    #[error("its public key is not a whole number of octets")]
    OddBits,
    #[error(transparent)]
    OpenSsl(#[from] ErrorStack),
}

/// A private key. It is never printed: [`PrivateKey::to_pem`] is its one way out, and
/// [`PrivateKey::to_encrypted_pem`], of which nobody has it who does not know the passphrase.
pub struct PrivateKey {
    pkey: PKey<Private>,
    kind: KeyKind,
}

impl PrivateKey {
    pub fn generate(spec: KeySpec) -> Result<Self, KeyError> {
        let rsa = |bits| PKey::from_rsa(Rsa::generate(bits)?);
        let pkey = match spec {
            KeySpec::Rsa2048 => rsa(2048),
            KeySpec::Rsa3072 => rsa(3072),
            KeySpec::Rsa4096 => rsa(4096),
            KeySpec::EcdsaP256 => PKey::ec_gen("P-256"),
            KeySpec::EcdsaP384 => PKey::ec_gen("P-384"),
        }?;
        Ok(Self {
            pkey,
            kind: spec.into(),
        })
    }

    /// The first private key of `text`: PKCS#8, PKCS#1 or SEC1, whatever stands before it.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let block = pem::blocks(text)
            .into_iter()
            .find(pem::Block::is_private_key)
            .ok_or(KeyError::NoKey)?;
        Self::from_block(block)
    }

    /// The private key that `block` holds.
    pub fn from_block(block: pem::Block) -> Result<Self, KeyError> {
        let pem::Block {
            label, line, body, ..
        } = block;
        let der = match body {
            Err(Flaw::Encrypted) => return Err(KeyError::Encrypted),
            Err(flaw) => return Err(KeyError::Block { label, line, flaw }),
            Ok(der) if label == encrypted::LABEL => {
                return Err(match Shape::of(&der) {
                    Shape::EncryptedKey => KeyError::Encrypted,
                    _ => KeyError::Malformed { label, line },
                });
            }
            Ok(der) => der,
        };
        let pkey = match label.as_str() {
            "RSA PRIVATE KEY" => Rsa::private_key_from_der(&der).and_then(PKey::from_rsa),
            "EC PRIVATE KEY" => EcKey::private_key_from_der(&der).and_then(PKey::from_ec_key),
            "PRIVATE KEY" => PKey::private_key_from_pkcs8(&der),
            _ => PKey::private_key_from_der(&der),
        };
        match pkey {
            Ok(pkey) => Ok(Self {
                kind: KeyKind::of(&pkey)?,
                pkey,
            }),
            Err(_) => Err(KeyError::Malformed { label, line }),
        }
    }

    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        let spki = self.pkey.public_key_to_der()?;
        let pkey = PKey::public_key_from_der(&spki)?;
        PublicKey::known(pkey, spki, self.kind).ok_or(KeyError::OddBits)
    }

    /// Whether `public_key` is the other half of this key.
    pub fn belongs_to(&self, public_key: &PublicKey) -> bool {
        self.pkey.public_eq(&public_key.pkey)
    }

    /// Whether its numbers go together, as Go sees to when it reads a key (crypto/rsa,
    /// PrivateKey.Validate) or computes anew (crypto/x509, parseECPrivateKey). The public half may
    /// else be that of a certificate, and what is signed with it of no use.
    pub fn is_consistent(&self) -> Result<bool, KeyError> {
        if let Ok(key) = self.pkey.ec_key() {
            return Ok(key.check_key().is_ok());
        }
        let key = self.pkey.rsa()?;
        let (Some(p), Some(q)) = (key.p(), key.q()) else {
            return Ok(true);
        };
        let mut context = BigNumContext::new_secure()?;
        let mut product = BigNum::new()?;
        product.checked_mul(p, q, &mut context)?;
        if product != *key.n() {
            return Ok(false);
        }
        let one = BigNum::from_u32(1)?;
        for prime in [p, q] {
            let mut order = BigNum::new_secure()?;
            order.checked_sub(prime, &one)?;
            let mut inverse = BigNum::new_secure()?;
            inverse.mod_mul(key.e(), key.d(), &order, &mut context)?;
            if inverse != one {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// PKCS#8 in PEM, unencrypted.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let pem = Zeroizing::new(self.pkey.private_key_to_pem_pkcs8()?);
        let text = std::str::from_utf8(&pem).expect("PEM is ASCII");
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// The signature over `message`, by the hash that goes with the key.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        Signer::new(self.kind.digest(), &self.pkey)?.sign_oneshot_to_vec(message)
    }

    /// For requests and CRLs, which OpenSSL signs itself.
    pub(super) fn as_pkey(&self) -> (&PKey<Private>, MessageDigest) {
        (&self.pkey, self.kind.digest())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// A public key of a kind that a mesh takes.
#[derive(Clone)]
pub struct PublicKey {
    pkey: PKey<Public>,
    kind: KeyKind,
    spki: Vec<u8>,
    /// The subjectPublicKey of `spki`, without the octet that counts unused bits.
    bits: Vec<u8>,
}

impl PublicKey {
    /// From a DER SubjectPublicKeyInfo.
    pub fn from_spki(spki: &[u8]) -> Result<Self, KeyError> {
        let pkey = PKey::public_key_from_der(spki)?;
        let kind = KeyKind::of(&pkey)?;
        let key = Self::known(pkey, spki.to_vec(), kind).ok_or(KeyError::OddBits)?;
        if key.is_compressed() {
            return Err(KeyError::CompressedPoint);
        }
        // OpenSSL reads more than Go's crypto/x509 does (parsePublicKey). One key in two spellings
        // would be two for whoever compares octets.
        if UsualKey::of(spki).is_none() {
            return Err(KeyError::Unplain);
        }
        Ok(key)
    }

    /// `None` if the key is not a whole number of octets.
    fn known(pkey: PKey<Public>, spki: Vec<u8>, kind: KeyKind) -> Option<Self> {
        let bits = *der::elements(&spki)?.get(1)?;
        let bits = der::octets_of_bit_string(bits)?;
        Some(Self {
            pkey,
            kind,
            spki,
            bits,
        })
    }

    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The subject key identifier by RFC 5280 §4.2.1.2 method (1), as OpenSSL's `hash`: SHA-1 of
    /// the subjectPublicKey. It names the key; nothing rests on its strength.
    pub fn key_identifier(&self) -> Vec<u8> {
        openssl::sha::sha1(&self.bits).to_vec()
    }

    /// The short form of a point (RFC 5480 §2.2), which Go's crypto/x509 does not read.
    fn is_compressed(&self) -> bool {
        const UNCOMPRESSED: u8 = 4;

        !matches!(self.kind, KeyKind::Rsa(_)) && self.bits.first() != Some(&UNCOMPRESSED)
    }

    pub(super) fn as_pkey(&self) -> &PKey<Public> {
        &self.pkey
    }

    pub(super) fn subject_public_key(&self) -> &[u8] {
        &self.bits
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.pkey.public_eq(&other.pkey)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_its_pem() {
        for spec in KeySpec::ALL {
            let key = PrivateKey::generate(spec).unwrap();
            let read = PrivateKey::from_pem(key.to_pem().unwrap().as_bytes()).unwrap();
            assert_eq!(read.kind().spec(), Some(spec));
            assert!(read.belongs_to(&key.public_key().unwrap()));
            assert_eq!(spec.name().parse(), Ok(spec));
        }
    }

    #[test]
    fn a_key_says_nothing_of_itself() {
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey");
    }

    #[test]
    fn what_a_mesh_cannot_take_is_refused_by_name() {
        let refusal = |pkey: PKey<Private>| {
            PrivateKey::from_pem(&pkey.private_key_to_pem_pkcs8().unwrap())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refusal(PKey::generate_ed25519().unwrap()),
            "its kind is Ed25519: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521"
        );
        assert_eq!(
            refusal(PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap()),
            "an RSA key of 1024 bits is too short: Envoy and ztunnel take no less than 2048"
        );
        assert_eq!(
            refusal(PKey::ec_gen("secp256k1").unwrap()),
            "its kind is secp256k1: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521"
        );
    }

    #[test]
    fn an_rsa_key_with_an_exponent_that_nobody_verifies_by_is_refused() {
        let modulus = Rsa::generate(2048).unwrap().n().to_owned().unwrap();
        let read = |exponent: &str| {
            let modulus = modulus.to_owned().unwrap();
            let exponent = BigNum::from_dec_str(exponent).unwrap();
            let key = Rsa::from_public_components(modulus, exponent).unwrap();
            PublicKey::from_spki(&key.public_key_to_der().unwrap())
        };
        for exponent in ["3", "65537", "2147483647"] {
            assert_eq!(read(exponent).unwrap().kind(), KeyKind::Rsa(2048));
        }
        for (exponent, told) in [
            ("1", "1"),
            ("2", "2"),
            ("65536", "65536"),
            ("2147483649", "2147483649"),
            ("18446744073709551617", "of 65 bits"),
        ] {
            assert_eq!(
                read(exponent).unwrap_err().to_string(),
                format!(
                    "an RSA key with the public exponent {told} is of no use: istiod and Envoy take odd ones from 3 to 2147483647"
                )
            );
        }
    }

    #[test]
    fn a_public_key_has_one_spelling() {
        const HEADER: &[u8] = b"\x30\x82\x01\x22";
        const ALGORITHM: &[u8] = b"\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00";
        const BEFORE: &[u8] = b"\x03\x82\x01\x0F\x00";

        let key = PrivateKey::generate(KeySpec::Rsa2048).unwrap();
        let spki = key.public_key().unwrap().spki().to_vec();
        let plain = [HEADER, ALGORITHM, BEFORE].concat();
        let numbers = spki.strip_prefix(plain.as_slice()).unwrap();
        assert!(PublicKey::from_spki(&spki).is_ok());

        let (header, rest) = numbers.split_at(4);
        assert_eq!(header, b"\x30\x82\x01\x0A");
        for other in [
            // Without the NULL.
            [
                b"\x30\x82\x01\x20\x30\x0B",
                &ALGORITHM[2..13],
                BEFORE,
                numbers,
            ]
            .concat(),
            // With more octets for a length than it needs.
            [
                b"\x30\x82\x01\x23",
                ALGORITHM,
                b"\x03\x82\x01\x10\x00\x30\x83\x00\x01\x0A",
                rest,
            ]
            .concat(),
            // With an octet behind the numbers.
            [
                b"\x30\x82\x01\x23",
                ALGORITHM,
                b"\x03\x82\x01\x10\x00",
                numbers,
                b"\x00",
            ]
            .concat(),
        ] {
            assert!(PKey::public_key_from_der(&other).is_ok());
            assert_eq!(
                PublicKey::from_spki(&other).unwrap_err().to_string(),
                "its public key is not written in DER, as RFC 3279 §2.3 has it: istiod cannot read it"
            );
        }
    }

    #[test]
    fn no_key_an_encrypted_key_and_a_broken_one_are_told_apart() {
        let refusal = |text: &str| {
            PrivateKey::from_pem(text.as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(refusal("nothing\n"), "there is no private key in it");
        assert_eq!(
            refusal(
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMBAwCwYJKoZIhvcNAQUNBAEA\n-----END ENCRYPTED PRIVATE KEY-----\n"
            ),
            "the private key is encrypted"
        );
        assert_eq!(
            refusal(
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAQID\n-----END ENCRYPTED PRIVATE KEY-----\n"
            ),
            "the ENCRYPTED PRIVATE KEY block on line 1 is not a private key"
        );
        assert_eq!(
            refusal("\n-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n"),
            "the PRIVATE KEY block on line 2 is not a private key"
        );
        assert_eq!(
            refusal("-----BEGIN PRIVATE KEY-----\nAQID\n"),
            "the PRIVATE KEY block on line 1 cannot be read: it has no END line"
        );
    }

    #[test]
    fn a_public_key_of_odd_bits_is_refused() {
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        let mut spki = key.public_key().unwrap().spki().to_vec();
        let unused_bits = spki.len() - 66;
        assert_eq!(spki[unused_bits - 1..=unused_bits + 1], [0x42, 0, 4]);
        spki[unused_bits] = 1;
        assert!(PublicKey::from_spki(&spki).is_err());
    }
}
