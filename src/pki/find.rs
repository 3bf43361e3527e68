//! What certificates and their kin are found in text or in DER, each by what it looks like: nothing
//! is judged here, and what OpenSSL thinks of it is asked later.

mod key;
mod shape;

use std::fmt;

use openssl::x509::X509;

pub use self::key::FoundKey;
use self::shape::SEQUENCE;
pub use self::shape::Shape;
use super::pem::{self, Block, Flaw};
use super::{der, usual};

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Certificate(CertificateDer),
    /// A certification request (PKCS #10) in DER.
    Request(Vec<u8>),
    /// A certificate revocation list in DER.
    Crl(Vec<u8>),
    PrivateKey(FoundKey),
    /// Something that has no certificate in it, by its name.
    Other(String),
    /// Something that cannot be read.
    Broken {
        what: String,
        reason: String,
    },
}

impl Item {
    /// The word for this kind of thing.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "certificate",
            Self::Request(_) => "certification request",
            Self::Crl(_) => "CRL",
            Self::PrivateKey(_) => "private key",
            Self::Other(_) | Self::Broken { .. } => "item",
        }
    }
}

/// A certificate in DER, and what follows it: OpenSSL's trust settings, or nothing of meaning.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateDer {
    octets: Vec<u8>,
    length: usize,
    is_trusted: bool,
}

impl CertificateDer {
    /// The value at the start of `octets`; all of them, if there is none.
    fn new(octets: Vec<u8>, is_trusted: bool) -> Self {
        let length = der::value(&octets).map_or(octets.len(), |(value, _)| value.whole.len());
        Self {
            octets,
            length,
            is_trusted,
        }
    }

    /// The certificate alone.
    pub fn der(&self) -> &[u8] {
        &self.octets[..self.length]
    }

    /// The certificate and what follows it.
    pub fn with_trailer(&self) -> &[u8] {
        &self.octets
    }

    /// Whether its block says `TRUSTED CERTIFICATE`: then OpenSSL's trust settings must follow it.
    pub fn is_trusted(&self) -> bool {
        self.is_trusted
    }
}

impl fmt::Debug for CertificateDer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateDer({} octets)", self.length)
    }
}

/// What is found in the PEM blocks of `text`, with the line on which each begins.
pub fn in_text(text: &[u8]) -> impl Iterator<Item = (usize, Item)> + '_ {
    pem::scan(text).flat_map(|block| {
        let line = block.line;
        in_block(block).into_iter().map(move |item| (line, item))
    })
}

fn in_block(block: Block) -> Vec<Item> {
    let Block {
        label, line, body, ..
    } = block;
    let what = || format!("the {label} block on line {line}");
    let is_key = label.ends_with("PRIVATE KEY");
    let body = match body {
        Err(Flaw::Encrypted) if is_key => return vec![Item::PrivateKey(FoundKey::encrypted())],
        _ if label == "ENCRYPTED PRIVATE KEY" => {
            return vec![Item::PrivateKey(FoundKey::encrypted())];
        }
        Err(flaw) => return vec![broken(what(), &flaw)],
        Ok(body) => body,
    };
    if label == "OPENSSH PRIVATE KEY" {
        return vec![Item::Other("an OpenSSH private key".to_owned())];
    }
    if is_key {
        let key = FoundKey::read(&label, &body).map(Item::PrivateKey);
        return vec![
            key.unwrap_or_else(|| broken(what(), &"it is not a private key that OpenSSL knows")),
        ];
    }
    let shape = Shape::of(&body);
    let wanted = match label.as_str() {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Shape::Certificate,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Shape::Request,
        "X509 CRL" => Shape::Crl,
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Shape::SignedData,
        _ => return vec![Item::Other(label)],
    };
    match shape {
        shape if shape == wanted => {}
        // A certificate with a flaw is for OpenSSL to refuse.
        Shape::Unknown => {}
        shape => return vec![broken(what(), &format_args!("it holds {}", shape.name()))],
    }
    match wanted {
        Shape::Certificate => {
            let is_trusted = label == "TRUSTED CERTIFICATE";
            vec![Item::Certificate(CertificateDer::new(
                body.to_vec(),
                is_trusted,
            ))]
        }
        Shape::Request => vec![Item::Request(body.to_vec())],
        Shape::Crl => vec![Item::Crl(body.to_vec())],
        _ => in_signed_data(&body).unwrap_or_else(|| vec![broken(what(), &"it is not PKCS#7")]),
    }
}

/// What is found in `der`: values in a row, of which those that are nothing known are passed over,
/// as OpenSSL does. `None` if nothing is found, or if it may be text with a strange beginning.
pub fn in_der(der: &[u8]) -> Option<Vec<Item>> {
    /// So many values of no known shape are shown to OpenSSL.
    const MOST_ASKED: usize = 100;

    let mut items = Vec::new();
    let mut unknown = 0;
    let mut rest = der;
    while let Some((value, after)) = der::value(rest) {
        rest = after;
        let shape = Shape::of(value.whole);
        match shape {
            // What follows it is not its own, as in OpenSSL: trust settings are for PEM.
            Shape::Certificate => {
                let certificate = CertificateDer::new(value.whole.to_vec(), false);
                items.push(Item::Certificate(certificate));
            }
            Shape::Request => items.push(Item::Request(value.whole.to_vec())),
            Shape::Crl => items.push(Item::Crl(value.whole.to_vec())),
            Shape::SignedData => match in_signed_data(value.whole) {
                Some(found) => items.extend(found),
                None => items.push(broken("the PKCS#7".to_owned(), &"it has no content")),
            },
            Shape::EncryptedKey => items.push(Item::PrivateKey(FoundKey::encrypted())),
            Shape::PrivateKey => {
                let key = FoundKey::read("", value.whole).map(Item::PrivateKey);
                items.push(key.unwrap_or_else(|| {
                    let what = "the private key".to_owned();
                    broken(what, &"OpenSSL does not know its kind")
                }));
            }
            Shape::PublicKey | Shape::Pkcs12 => items.push(Item::Other(shape.name().to_owned())),
            Shape::Unknown => {
                unknown += 1;
                // OpenSSL may see a certificate where its shape is not to be made out.
                let is_asked = value.tag == SEQUENCE && unknown <= MOST_ASKED;
                if is_asked && is_certificate(value.whole) {
                    let certificate = CertificateDer::new(value.whole.to_vec(), false);
                    items.push(Item::Certificate(certificate));
                } else if unknown == 1 && items.is_empty() && pem::has_block(der) {
                    return None;
                }
            }
        }
    }
    (!items.is_empty()).then_some(items)
}

/// Whether OpenSSL takes `der` for a certificate.
fn is_certificate(der: &[u8]) -> bool {
    usual::set_up_algorithms_for(der);
    X509::from_der(der).is_ok()
}

/// Certificates and CRLs of a SignedData (RFC 2315 §9.1), in order.
fn in_signed_data(der: &[u8]) -> Option<Vec<Item>> {
    const CERTIFICATES: u8 = 0xA0;
    const CRLS: u8 = 0xA1;

    let (content_info, _) = der::value(der)?;
    let content = der::values(content_info.contents).nth(1)?;
    let (signed_data, _) = der::value(content.contents)?;
    let mut items = Vec::new();
    for field in der::values(signed_data.contents) {
        for value in der::values(field.contents) {
            let octets = value.whole.to_vec();
            match field.tag {
                CERTIFICATES if value.tag == SEQUENCE => {
                    items.push(Item::Certificate(CertificateDer::new(octets, false)));
                }
                CRLS if value.tag == SEQUENCE => items.push(Item::Crl(octets)),
                _ => {}
            }
        }
    }
    if items.is_empty() {
        items.push(Item::Other("a PKCS#7 without certificates".to_owned()));
    }
    Some(items)
}

fn broken(what: String, reason: &dyn fmt::Display) -> Item {
    Item::Broken {
        what,
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::pkey::{PKey, Private};
    use openssl::rsa::Rsa;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<(usize, String)> {
        let items = in_text(text.as_bytes());
        items
            .map(|(line, item)| match item {
                Item::Broken { what, reason } => (line, format!("{what}: {reason}")),
                Item::Other(name) => (line, name),
                item => (line, item.word().to_owned()),
            })
            .collect()
    }

    fn key() -> PKey<Private> {
        PKey::ec_gen("P-256").unwrap()
    }

    #[test]
    fn a_key_is_named_and_not_kept() {
        let key = key();
        let pem = String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        let (line, item) = in_text(pem.as_bytes()).next().unwrap();
        let Item::PrivateKey(found) = &item else {
            panic!("{item:?}");
        };
        assert_eq!(line, 1);
        assert_eq!(found.to_string(), "ECDSA P-256 key of 256 bits");
        assert_eq!(found.spki, key.public_key_to_der().ok());
        assert_eq!(
            format!("{item:?}"),
            "PrivateKey(FoundKey(ECDSA P-256 key of 256 bits))"
        );
    }

    #[test]
    fn every_form_of_a_private_key_is_one_in_der_too() {
        let key = key();
        let rsa = Rsa::generate(1024).unwrap();
        for der in [
            key.private_key_to_pkcs8().unwrap(),
            key.ec_key().unwrap().private_key_to_der().unwrap(),
            rsa.private_key_to_der().unwrap(),
        ] {
            let items = in_der(&der).unwrap();
            assert!(
                matches!(items.as_slice(), [Item::PrivateKey(_)]),
                "{items:?}"
            );
        }
        let cipher = openssl::symm::Cipher::aes_128_cbc();
        let encrypted = key
            .private_key_to_pkcs8_passphrase(cipher, b"secret")
            .unwrap();
        let items = in_der(&encrypted).unwrap();
        assert_eq!(items, [Item::PrivateKey(FoundKey::encrypted())]);
        // Of that shape, and of another kind.
        assert_eq!(in_der(b"\x30\x09\x30\x03\x06\x01\x2A\x04\x02ab"), None);
        let public = in_der(&key.public_key_to_der().unwrap()).unwrap();
        assert_eq!(public, [Item::Other("a public key".to_owned())]);
    }

    #[test]
    fn a_block_that_holds_something_else_than_it_says_is_broken() {
        let public = key().public_key_to_der().unwrap();
        let text = pem::encode(Block::CERTIFICATE, &public);
        assert_eq!(
            words(&text),
            [(
                1,
                "the CERTIFICATE block on line 1: it holds a public key".to_owned()
            )]
        );
        assert_eq!(
            words(&format!("\n{}", pem::encode("FOO", &[1]))),
            [(2, "FOO".to_owned())]
        );
    }

    #[test]
    fn values_of_no_known_kind_are_passed_over() {
        let public = key().public_key_to_der().unwrap();
        let junk = [&[0x05, 0x00][..], &[0x30, 3, 2, 1, 5], b"\x04\x02ab"];
        let row = [junk.concat(), public.clone(), junk.concat(), public].concat();
        assert_eq!(in_der(&row).map(|items| items.len()), Some(2));
        assert_eq!(in_der(&junk.concat()), None);
        // What begins like DER, and is text.
        let text = [junk[0], pem::encode("X", &[1]).as_bytes(), &row].concat();
        assert_eq!(in_der(&text), None);
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(mut octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            in_der(&octets);
            octets.insert(0, SEQUENCE);
            in_der(&octets);
        }
    }
}
