//! What Go sees and can read.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use super::super::certificate::{Certificate, SubjectAltName};
use super::super::pem::Block;
use super::super::summary::KeySummary;
use super::uri;

/// Whether Go takes `block` for a certificate among others (AppendCertsFromPEM): one under another
/// label, or whose lines are shared with other text, is passed over.
pub fn sees(block: &Block) -> bool {
    block.is_certificate() && block.own_lines
}

/// Why Go takes a certificate for unreadable that others read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("its serial number is negative")]
    NegativeSerialNumber,
    #[error("its key is on the curve {0}, which Go does not know")]
    Curve(String),
    #[error("its key's curve is given by parameters, and not by name")]
    ExplicitCurve,
    #[error("its public key is a compressed point")]
    CompressedPoint,
    #[error("its {0} is marked critical")]
    Critical(&'static str),
    #[error("its subjectAltName has the URI {:?}, which Go cannot read", crate::escape::text(.0))]
    Uri(String),
    #[error("its extension {0} is there twice")]
    Repeated(String),
}

/// What in `certificate`, besides its key, keeps Go from reading it (crypto/x509,
/// parseCertificate).
pub fn unreadable(certificate: &Certificate) -> Option<Unreadable> {
    let serial = certificate.raw_serial_number();
    if serial.first().is_some_and(|octet| octet & 0x80 != 0) {
        return Some(Unreadable::NegativeSerialNumber);
    }
    for name in certificate.subject_alt_names() {
        if let SubjectAltName::Uri(text) = name
            && uri::is_refused(text)
        {
            return Some(Unreadable::Uri(text.clone()));
        }
    }
    let (_, parsed) = X509Certificate::from_der(certificate.der()).ok()?;
    let mut seen = Vec::new();
    for extension in parsed.extensions() {
        if seen.contains(&&extension.oid) {
            return Some(Unreadable::Repeated(extension.oid.to_id_string()));
        }
        seen.push(&extension.oid);
        let name = match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(_) => "authorityKeyIdentifier",
            ParsedExtension::SubjectKeyIdentifier(_) => "subjectKeyIdentifier",
            ParsedExtension::AuthorityInfoAccess(_) => "authorityInfoAccess",
            _ => continue,
        };
        if extension.critical {
            return Some(Unreadable::Critical(name));
        }
    }
    None
}

/// What in the key of `certificate` keeps Go from reading it (crypto/x509, parsePublicKey).
pub fn unreadable_key(certificate: &Certificate) -> Option<Unreadable> {
    const CURVES: [&str; 4] = ["P-256", "P-384", "P-521", "secp224r1"];
    const UNCOMPRESSED: u8 = 4;

    let key = KeySummary::of(certificate.spki());
    if !key.is_ecdsa() {
        return None;
    }
    match key.curve {
        None => return Some(Unreadable::ExplicitCurve),
        Some(curve) if !CURVES.contains(&curve.as_str()) => {
            return Some(Unreadable::Curve(curve));
        }
        Some(_) => {}
    }
    let (_, parsed) = X509Certificate::from_der(certificate.der()).ok()?;
    let point = parsed.public_key().subject_public_key.data.first();
    (point != Some(&UNCOMPRESSED)).then_some(Unreadable::CompressedPoint)
}
