//! What a string holds: PEM or DER, as it is or in base64.

use base64::Engine;
use zeroize::Zeroizing;

use crate::pki::find::Shape;
use crate::pki::pem;

/// Why a string is not base64, and nothing of what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotBase64 {
    /// Counted from 1, blanks too.
    #[error("it is not valid base64: character {0} is none of base64's")]
    Character(usize),
    /// Blanks do not count.
    #[error("it is not valid base64: it ends after {0} characters, within a group of four")]
    Length(usize),
    #[error("it is not valid base64: its padding is wrong")]
    Padding,
}

/// The PEM or DER that `text` is, as it is or in base64.
pub(super) fn contents(text: &str) -> Option<Result<Zeroizing<Vec<u8>>, NotBase64>> {
    /// `-----BEGIN ` in base64, less the last character, which depends on what follows.
    const BEGIN: &str = "LS0tLS1CRUdJTi";

    if pem::has_block(text.as_bytes()) {
        return Some(Ok(Zeroizing::new(text.as_bytes().to_vec())));
    }
    match base64(text) {
        Ok(octets) => {
            let is_known = pem::has_block(&octets) || Shape::of(&octets) != Shape::Unknown;
            is_known.then_some(Ok(octets))
        }
        Err(error) => text.trim_start().starts_with(BEGIN).then_some(Err(error)),
    }
}

/// `text` decoded, if it is base64; blanks in it are passed over.
pub fn base64(text: &str) -> Result<Zeroizing<Vec<u8>>, NotBase64> {
    let is_of_base64 = |character: char| {
        character.is_ascii_alphanumeric()
            || character.is_ascii_whitespace()
            || matches!(character, '+' | '/' | '=')
    };
    if let Some(position) = text.chars().position(|character| !is_of_base64(character)) {
        return Err(NotBase64::Character(position + 1));
    }
    let digits = text.bytes().filter(|octet| !octet.is_ascii_whitespace());
    let digits = Zeroizing::new(digits.collect::<Vec<u8>>());
    if digits.is_empty() || digits.len() % 4 != 0 {
        return Err(NotBase64::Length(digits.len()));
    }
    let octets = base64::engine::general_purpose::STANDARD.decode(&*digits);
    octets.map(Zeroizing::new).map_err(|_| NotBase64::Padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_base64_is_told_with_its_place() {
        for (text, error) in [
            ("AAAA\nAA!A", NotBase64::Character(8)),
            ("ä", NotBase64::Character(1)),
            ("AAAA AA", NotBase64::Length(6)),
            ("", NotBase64::Length(0)),
            ("A=AA", NotBase64::Padding),
            ("AA==AAAA", NotBase64::Padding),
            ("AB==", NotBase64::Padding),
        ] {
            assert_eq!(base64(text), Err(error), "{text}");
        }
        assert_eq!(base64(" AA\n== ").as_deref(), Ok(&vec![0]));
    }
}
