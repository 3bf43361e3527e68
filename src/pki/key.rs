//! Private and public keys.

use std::fmt;
use std::str::FromStr;

use openssl::ec::EcKey;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use zeroize::Zeroizing;

use super::der;
use super::pem::{self, Flaw};

/// A kind of key that meshpki generates. All of them are taken by istiod, by Envoy and by
/// ztunnel's rustls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(try_from = "String", into = "String")]
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

impl TryFrom<String> for KeySpec {
    type Error = UnknownKeySpec;

    fn try_from(name: String) -> Result<Self, UnknownKeySpec> {
        name.parse()
    }
}

impl From<KeySpec> for String {
    fn from(spec: KeySpec) -> Self {
        spec.name().to_owned()
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

    fn of<T: openssl::pkey::HasPublic>(key: &PKey<T>) -> Result<Self, KeyError> {
        match key.id() {
            Id::RSA if key.bits() < 2048 => Err(KeyError::WeakRsa { bits: key.bits() }),
            Id::RSA => Ok(Self::Rsa(key.bits())),
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
    fn digest(self) -> MessageDigest {
        match self {
            Self::Rsa(_) | Self::EcdsaP256 => MessageDigest::sha256(),
            Self::EcdsaP384 => MessageDigest::sha384(),
            Self::EcdsaP521 => MessageDigest::sha512(),
        }
    }

    /// The AlgorithmIdentifier of signatures by such a key, in DER (RFC 4055 §5, RFC 5758 §3.2).
    pub(super) fn signature_algorithm(self) -> Vec<u8> {
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

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("there is no private key in it")]
    NoKey,
    #[error("the private key is encrypted")]
    Encrypted,
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
    #[error("its kind is {0}: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521")]
    Unsupported(String),
    #[error(transparent)]
    OpenSsl(#[from] ErrorStack),
}

/// A private key. It is never printed: [`PrivateKey::to_pem`] is its one way out.
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
            _ if label == "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
            Err(Flaw::Encrypted) => return Err(KeyError::Encrypted),
            Err(flaw) => return Err(KeyError::Block { label, line, flaw }),
            Ok(der) => der,
        };
        let pkey = match label.as_str() {
            "RSA PRIVATE KEY" => Rsa::private_key_from_der(&der).and_then(PKey::from_rsa),
            "EC PRIVATE KEY" => EcKey::private_key_from_der(&der).and_then(PKey::from_ec_key),
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
        Ok(PublicKey::known(pkey, spki, self.kind))
    }

    /// Whether `public_key` is the other half of this key.
    pub fn belongs_to(&self, public_key: &PublicKey) -> bool {
        self.pkey.public_eq(&public_key.pkey)
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
        Ok(Self::known(pkey, spki.to_vec(), kind))
    }

    fn known(pkey: PKey<Public>, spki: Vec<u8>, kind: KeyKind) -> Self {
        let bits = der::elements(&spki)
            .and_then(|fields| fields.get(1).copied())
            .and_then(der::octets_of_bit_string)
            .expect("OpenSSL has read the key from it, or has written it");
        Self {
            pkey,
            kind,
            spki,
            bits,
        }
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
    fn no_key_an_encrypted_key_and_a_broken_one_are_told_apart() {
        let refusal = |text: &str| {
            PrivateKey::from_pem(text.as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(refusal("nothing\n"), "there is no private key in it");
        assert_eq!(
            refusal(
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAQID\n-----END ENCRYPTED PRIVATE KEY-----\n"
            ),
            "the private key is encrypted"
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
}
