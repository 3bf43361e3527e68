//! The fields of a certificate for reading, by people and by programs. Each field is read by
//! itself: one that cannot be read says so, and takes no other with it.

mod extensions;
mod key;
mod others;

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use super::der::{self, Value};
use super::digest::Sha256;
use super::text::{self, NameOptions};
use super::{ffi, validity};

pub(super) use extensions::oid as object_identifier;
pub use extensions::{Extension, GeneralName};
pub use key::KeySummary;
pub use others::{CrlSummary, RequestSummary, Revoked};

/// What a certificate is for, as far as it says so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Role {
    /// CA:TRUE, and its subject is its issuer.
    #[serde(rename = "root CA")]
    RootCa,
    #[serde(rename = "intermediate CA")]
    IntermediateCa,
    /// No CA, and its one URI is a SPIFFE ID.
    #[serde(rename = "X509-SVID")]
    X509Svid,
    #[serde(rename = "leaf")]
    Leaf,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Self::RootCa => "root CA",
            Self::IntermediateCa => "intermediate CA",
            Self::X509Svid => "X509-SVID",
            Self::Leaf => "leaf",
        }
    }
}

/// An algorithm by its object identifier, with OpenSSL's name for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Algorithm {
    pub name: Option<String>,
    pub oid: String,
}

impl Algorithm {
    /// From an AlgorithmIdentifier's contents.
    fn of(contents: &[u8]) -> Option<Self> {
        let oid = der::values(contents).next().and_then(extensions::oid)?;
        let name = ffi::short_name(&oid);
        Some(Self { name, oid })
    }
}

/// The fields of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub version: u64,
    pub serial_number: String,
    pub signature_algorithm: Option<Algorithm>,
    pub issuer: Option<String>,
    pub subject: Option<String>,
    #[serde(serialize_with = "moment")]
    pub not_before: Option<OffsetDateTime>,
    #[serde(serialize_with = "moment")]
    pub not_after: Option<OffsetDateTime>,
    pub role: Role,
    pub public_key: KeySummary,
    pub is_ca: bool,
    pub path_len_constraint: Option<u32>,
    pub key_usage: Option<Vec<&'static str>>,
    pub extended_key_usage: Option<Vec<String>>,
    pub subject_alt_names: Vec<GeneralName>,
    pub spiffe_id: Option<String>,
    pub subject_key_identifier: Option<String>,
    pub authority_key_identifier: Option<String>,
    pub extensions: Vec<Extension>,
    pub fingerprints: Fingerprints,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fingerprints {
    pub sha256: String,
    pub spki_sha256: String,
}

impl Summary {
    /// Of the certificate `der`. `None` if its fields cannot be told apart.
    pub fn of(der: &[u8]) -> Option<Self> {
        let fields = CertificateFields::of(der)?;
        let extensions = extensions::read(fields.extensions);
        let is_self_issued = fields.issuer.whole == fields.subject.whole;
        let uris = || {
            let names = extensions.subject_alt_names.iter();
            names.filter(|name| name.kind == "URI")
        };
        let mut spiffe_ids = uris().filter(|uri| uri.value.starts_with("spiffe://"));
        let spiffe_id = spiffe_ids.next().map(|uri| uri.value.clone());
        let role = match (extensions.is_ca, &spiffe_id) {
            (true, _) if is_self_issued => Role::RootCa,
            (true, _) => Role::IntermediateCa,
            (false, Some(_)) if uris().count() == 1 => Role::X509Svid,
            (false, _) => Role::Leaf,
        };
        Some(Self {
            version: fields.version,
            serial_number: serial_number(fields.serial_number),
            signature_algorithm: Algorithm::of(fields.signature_algorithm),
            issuer: name(fields.issuer.whole),
            subject: name(fields.subject.whole),
            not_before: fields.not_before.and_then(moment_of),
            not_after: fields.not_after.and_then(moment_of),
            role,
            public_key: KeySummary::of(fields.spki.whole),
            is_ca: extensions.is_ca,
            path_len_constraint: extensions.path_len,
            key_usage: extensions.key_usage,
            extended_key_usage: extensions.extended_key_usage,
            subject_alt_names: extensions.subject_alt_names,
            spiffe_id,
            subject_key_identifier: extensions.subject_key_identifier,
            authority_key_identifier: extensions.authority_key_identifier,
            extensions: extensions.all,
            fingerprints: Fingerprints {
                sha256: Sha256::of(der).fingerprint(),
                spki_sha256: Sha256::of(fields.spki.whole).fingerprint(),
            },
        })
    }
}

impl Summary {
    /// The name by which people know it: its subject, or, where that is empty, its first other name.
    pub fn known_as(&self) -> String {
        known_as(self.subject.clone(), || {
            self.subject_alt_names.first().cloned()
        })
    }
}

fn known_as(subject: Option<String>, other: impl FnOnce() -> Option<GeneralName>) -> String {
    match subject {
        Some(subject) if !subject.is_empty() => subject,
        subject => match (other(), subject) {
            (Some(name), _) => format!("{}:{}", name.kind, name.value),
            (None, Some(_)) => "(no name)".to_owned(),
            (None, None) => "(unreadable)".to_owned(),
        },
    }
}

/// SHA-256 of a certificate's SubjectPublicKeyInfo, by which a private key finds it.
pub fn spki_digest(der: &[u8]) -> Option<Sha256> {
    Some(Sha256::of(spki(der)?))
}

/// A certificate's SubjectPublicKeyInfo.
pub(super) fn spki(der: &[u8]) -> Option<&[u8]> {
    Some(CertificateFields::of(der)?.spki.whole)
}

/// The same, and the AlgorithmIdentifiers of its signature, of which there are two.
pub(super) fn key_and_signatures(der: &[u8]) -> Option<(&[u8], [&[u8]; 2])> {
    let fields = CertificateFields::of(der)?;
    Some((fields.spki.whole, fields.signature_algorithms))
}

/// What a certificate goes by: its subject in DER, and, where that is empty, its extensions, which
/// then have its names (RFC 5280 §4.2.1.6).
pub(super) fn name_octets(der: &[u8]) -> Option<Vec<u8>> {
    let fields = CertificateFields::of(der)?;
    if !fields.subject.contents.is_empty() {
        return Some(fields.subject.whole.to_vec());
    }
    let names = extensions::read(fields.extensions).subject_alt_names;
    let names = names
        .iter()
        .map(|name| format!("{}:{}\n", name.kind, name.value));
    Some(names.collect::<String>().into_bytes())
}

/// What a certificate is known as, and the end of its validity, for a list of them.
pub fn name_and_end(der: &[u8]) -> Option<(String, Option<OffsetDateTime>)> {
    let fields = CertificateFields::of(der)?;
    let known_as = known_as(name(fields.subject.whole), || {
        let names = extensions::read(fields.extensions).subject_alt_names;
        names.into_iter().next()
    });
    Some((known_as, fields.not_after.and_then(moment_of)))
}

/// The subject and the issuer, as openssl's `-subject` and `-issuer` print them.
pub fn subject_and_issuer(der: &[u8], names: NameOptions) -> Option<[String; 2]> {
    let fields = CertificateFields::of(der)?;
    let name = |value: Value<'_>| text::name(value.whole, names);
    Some([name(fields.subject)?, name(fields.issuer)?])
}

/// The fields of a Certificate (RFC 5280 §4.1), undecoded.
struct CertificateFields<'a> {
    version: u64,
    serial_number: &'a [u8],
    issuer: Value<'a>,
    not_before: Option<Value<'a>>,
    not_after: Option<Value<'a>>,
    subject: Value<'a>,
    spki: Value<'a>,
    /// The contents of the Extensions.
    extensions: &'a [u8],
    /// The contents of the outer signatureAlgorithm.
    signature_algorithm: &'a [u8],
    /// Outside of what is signed, and inside.
    signature_algorithms: [&'a [u8]; 2],
}

impl<'a> CertificateFields<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        const EXPLICIT_VERSION: u8 = 0xA0;
        const EXPLICIT_EXTENSIONS: u8 = 0xA3;

        let (certificate, _) = der::value(der)?;
        let mut parts = der::values(certificate.contents);
        let tbs = parts.next()?;
        let signature_algorithm = parts.next()?;
        let mut fields = der::values(tbs.contents).peekable();
        let version = fields.next_if(|field| field.tag == EXPLICIT_VERSION);
        let version = match version {
            Some(version) => der::value(version.contents)?.0.contents,
            None => &[0],
        };
        let version = version
            .iter()
            .fold(0_u64, |version, &octet| version << 8 | u64::from(octet))
            .wrapping_add(1);
        let serial_number = fields.next()?.contents;
        let inner_algorithm = fields.next()?;
        let issuer = fields.next()?;
        let validity = fields.next()?;
        let mut times = der::values(validity.contents);
        let (not_before, not_after) = (times.next(), times.next());
        let subject = fields.next()?;
        let spki = fields.next()?;
        let extensions = fields
            .find(|field| field.tag == EXPLICIT_EXTENSIONS)
            .and_then(|field| Some(der::value(field.contents)?.0.contents));
        Some(Self {
            version,
            serial_number,
            issuer,
            not_before,
            not_after,
            subject,
            spki,
            extensions: extensions.unwrap_or_default(),
            signature_algorithm: signature_algorithm.contents,
            signature_algorithms: [signature_algorithm.whole, inner_algorithm.whole],
        })
    }
}

/// A Name on one line, as the text form has it.
fn name(der: &[u8]) -> Option<String> {
    text::name(der, NameOptions::default())
}

fn moment_of(time: Value<'_>) -> Option<OffsetDateTime> {
    let (_, time) = ASN1Time::from_der(time.whole).ok()?;
    Some(time.to_datetime())
}

/// The INTEGER `contents` in hexadecimal, as `openssl x509 -serial` prints it.
pub(super) fn serial_number(contents: &[u8]) -> String {
    if contents.first().is_some_and(|first| first & 0x80 != 0) {
        let mut magnitude: Vec<u8> = contents.iter().map(|octet| !octet).collect();
        for octet in magnitude.iter_mut().rev() {
            let (sum, carry) = octet.overflowing_add(1);
            *octet = sum;
            if !carry {
                break;
            }
        }
        return format!("-{}", hex(without_zeros(&magnitude), ""));
    }
    hex(without_zeros(contents), "")
}

fn without_zeros(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|&&octet| octet == 0).count();
    &octets[zeros.min(octets.len().saturating_sub(1))..]
}

/// As OpenSSL writes key identifiers: `AB:CD:…`.
pub fn colons(octets: &[u8]) -> String {
    hex(octets, ":")
}

pub(super) fn hex(octets: &[u8], separator: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

    let mut text = String::with_capacity(octets.len() * 3);
    for (position, octet) in octets.iter().enumerate() {
        if position > 0 {
            text.push_str(separator);
        }
        text.push(char::from(DIGITS[usize::from(octet >> 4)]));
        text.push(char::from(DIGITS[usize::from(octet & 15)]));
    }
    text
}

/// For serde, which hands over fields by reference.
#[allow(clippy::ref_option)]
fn moment<S: Serializer>(at: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(validity::moment).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn serial_numbers_are_those_of_openssl() {
        for (contents, printed) in [
            (&[0][..], "00"),
            (&[0, 0x80], "80"),
            (&[0x12, 0x34], "1234"),
            (&[0xFF], "-01"),
            (&[0x80, 0], "-8000"),
            (&[], ""),
        ] {
            assert_eq!(serial_number(contents), printed);
        }
    }

    proptest! {
        #[test]
        fn a_serial_number_is_a_whole_number_in_hexadecimal(octets in proptest::collection::vec(any::<u8>(), 1..16)) {
            let is_negative = octets[0] > 127;
            let start = if is_negative { -1 } else { 0 };
            let number = octets.iter().fold(start, |number: i128, &octet| number << 8 | i128::from(octet));
            let digits = format!("{:X}", number.unsigned_abs());
            let pad = if digits.len() % 2 == 1 { "0" } else { "" };
            let sign = if is_negative { "-" } else { "" };
            prop_assert_eq!(serial_number(&octets), format!("{sign}{pad}{digits}"));
        }

        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut certificate = vec![0x30, 0x80];
            certificate.extend_from_slice(&octets);
            let _ = Summary::of(&octets);
            let _ = Summary::of(&certificate);
            let _ = RequestSummary::of(&certificate);
            let _ = CrlSummary::of(&certificate);
        }
    }
}
