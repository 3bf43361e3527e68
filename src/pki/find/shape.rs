//! What a value is, by the tags of its first fields: no more of it is read.

use crate::pki::der::{self, Value};

/// What a value looks like by its first fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Certificate,
    Request,
    Crl,
    SignedData,
    PrivateKey,
    EncryptedKey,
    PublicKey,
    Pkcs12,
    Unknown,
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xA0;

impl Shape {
    pub fn of(der: &[u8]) -> Self {
        /// pkcs7-signedData (RFC 2315 §14).
        const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];

        let Some((
            Value {
                tag: SEQUENCE,
                contents,
                ..
            },
            _,
        )) = der::value(der)
        else {
            return Self::Unknown;
        };
        let fields: Vec<_> = der::values(contents).take(4).collect();
        let tags: Vec<_> = fields.iter().map(|field| field.tag).collect();
        match tags.as_slice() {
            [OID, CONTEXT_0, ..] if fields[0].contents == SIGNED_DATA => Self::SignedData,
            [SEQUENCE, SEQUENCE, BIT_STRING] => Self::of_signed(fields[0].contents),
            [SEQUENCE, BIT_STRING] => Self::PublicKey,
            [SEQUENCE, OCTET_STRING] if is_encryption(fields[0].contents) => Self::EncryptedKey,
            [INTEGER, SEQUENCE, OCTET_STRING, ..] // PKCS#8
            | [INTEGER, OCTET_STRING, ..] // SEC 1
            | [INTEGER, INTEGER, INTEGER, INTEGER] => Self::PrivateKey, // PKCS#1
            [INTEGER, SEQUENCE, ..] if fields[0].contents == [3] => Self::Pkcs12,
            _ => Self::Unknown,
        }
    }

    /// Of what is signed, by its fields.
    fn of_signed(tbs: &[u8]) -> Self {
        let fields: Vec<_> = der::values(tbs).take(4).map(|field| field.tag).collect();
        match fields.as_slice() {
            [CONTEXT_0, INTEGER, ..] | [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE] => Self::Certificate,
            [INTEGER, SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME]
            | [SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..] => Self::Crl,
            [INTEGER, SEQUENCE, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE, CONTEXT_0] => {
                Self::Request
            }
            _ => Self::Unknown,
        }
    }

    /// For a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate => "a certificate",
            Self::Request => "a certification request",
            Self::Crl => "a CRL",
            Self::SignedData => "a PKCS#7",
            Self::PrivateKey => "a private key",
            Self::EncryptedKey => "an encrypted private key",
            Self::PublicKey => "a public key",
            Self::Pkcs12 => "a PKCS#12",
            Self::Unknown => "something else",
        }
    }
}

/// Whether it is the AlgorithmIdentifier of an EncryptedPrivateKeyInfo (RFC 5958 §3): of PKCS #5 or
/// PKCS #12, as every program has it.
fn is_encryption(algorithm: &[u8]) -> bool {
    const PKCS_5: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05];
    const PKCS_12: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C];

    let field = der::value(algorithm).map(|(field, _)| field);
    field.is_some_and(|field| {
        field.tag == OID
            && (field.contents.starts_with(PKCS_5) || field.contents.starts_with(PKCS_12))
    })
}
