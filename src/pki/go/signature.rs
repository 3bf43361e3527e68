//! The signatures that Go verifies (crypto/x509, getSignatureAlgorithmFromAI and checkSignature).

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::signature_algorithm::RsaSsaPssParams;

use super::super::certificate::Certificate;
use super::super::ffi;
use super::Reason;

const RSA_PSS: &str = "1.2.840.113549.1.1.10";

/// RSA (PKCS #1 v1.5) and ECDSA with SHA-256, SHA-384 and SHA-512, and Ed25519.
const VERIFIED: [&str; 7] = [
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.12",
    "1.2.840.113549.1.1.13",
    "1.2.840.10045.4.3.2",
    "1.2.840.10045.4.3.3",
    "1.2.840.10045.4.3.4",
    "1.3.101.112",
];

/// Why Go verifies no signature of the kind that is on `certificate`, if it does not.
pub(super) fn refused(certificate: &Certificate) -> Option<Reason> {
    let (_, parsed) = X509Certificate::from_der(certificate.der()).ok()?;
    let algorithm = &parsed.signature_algorithm;
    let oid = algorithm.algorithm.to_id_string();
    if let Some(hash) = weak_hash(&oid) {
        return Some(Reason::WeakSignature(hash));
    }
    let parameters = algorithm.parameters.as_ref();
    let parameters = parameters.and_then(|any| RsaSsaPssParams::try_from(any).ok());
    if oid == RSA_PSS && !parameters.as_ref().is_some_and(are_known) {
        let kind = "RSASSA-PSS with other than SHA-256, SHA-384 or SHA-512 and a salt of the hash's length";
        return Some(Reason::UnknownSignature(kind.to_owned()));
    }
    let is_known = oid == RSA_PSS || VERIFIED.contains(&oid.as_str());
    (!is_known).then(|| Reason::UnknownSignature(ffi::short_name(&oid).unwrap_or(oid)))
}

fn weak_hash(oid: &str) -> Option<&'static str> {
    match oid {
        "1.2.840.113549.1.1.2" => Some("MD2"),
        "1.2.840.113549.1.1.4" => Some("MD5"),
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" => Some("SHA-1"),
        _ => None,
    }
}

/// Go takes one hash for both purposes, and a salt of its length.
fn are_known(parameters: &RsaSsaPssParams<'_>) -> bool {
    let hash = parameters.hash_algorithm_oid().to_id_string();
    let length = match hash.as_str() {
        "2.16.840.1.101.3.4.2.1" => 32,
        "2.16.840.1.101.3.4.2.2" => 48,
        "2.16.840.1.101.3.4.2.3" => 64,
        _ => return false,
    };
    let mask = parameters.mask_gen_algorithm();
    mask.is_ok_and(|mask| mask.hash.to_id_string() == hash)
        && parameters.salt_length() == length
        && parameters.trailer_field() == 1
}
