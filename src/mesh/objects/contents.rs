//! What a string holds: PEM or DER, as it is or in base64.

use base64::Engine;
use zeroize::Zeroizing;

use crate::pki::find::Shape;
use crate::pki::pem;

/// A string that begins as PEM in base64 does, and is not base64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not valid base64")]
pub struct NotBase64;

/// The PEM or DER that `text` is, as it is or in base64.
pub(super) fn contents(text: &str) -> Option<Result<Zeroizing<Vec<u8>>, NotBase64>> {
    /// `-----BEGIN ` in base64, less the last character, which depends on what follows.
    const BEGIN: &str = "LS0tLS1CRUdJTi";

    if pem::has_block(text.as_bytes()) {
        return Some(Ok(Zeroizing::new(text.as_bytes().to_vec())));
    }
    match base64(text) {
        Some(octets) => {
            let is_known = pem::has_block(&octets) || Shape::of(&octets) != Shape::Unknown;
            is_known.then_some(Ok(octets))
        }
        None => text
            .trim_start()
            .starts_with(BEGIN)
            .then_some(Err(NotBase64)),
    }
}

/// `text` decoded, if it is base64; blanks in it are passed over.
pub fn base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let is_of_base64 =
        |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=');
    let digits = text.bytes().filter(|octet| !octet.is_ascii_whitespace());
    if !digits.clone().all(is_of_base64) {
        return None;
    }
    let digits = Zeroizing::new(digits.collect::<Vec<u8>>());
    let octets = base64::engine::general_purpose::STANDARD.decode(&*digits);
    octets
        .ok()
        .filter(|octets| !octets.is_empty())
        .map(Zeroizing::new)
}
