//! SHA-256, in the forms in which people compare it.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// The SHA-256 digest of some octets. It is written as sha256sum writes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256([u8; 32]);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not a SHA-256 digest: 64 hexadecimal digits are wanted, {0}")]
pub struct DigestError(&'static str);

impl Sha256 {
    /// The digest of nothing that is known: it stands where there is none.
    pub const ZEROS: Self = Self([0; 32]);

    pub fn of(octets: &[u8]) -> Self {
        // In one call, OpenSSL would look the algorithm up, for which it has to find all it has.
        let mut hasher = openssl::sha::Sha256::new();
        hasher.update(octets);
        Self(hasher.finish())
    }

    /// As OpenSSL writes fingerprints: `AB:CD:…`.
    pub fn fingerprint(&self) -> String {
        let octets: Vec<_> = self.0.iter().map(|octet| format!("{octet:02X}")).collect();
        octets.join(":")
    }

    /// To be read aloud: `abcd 0123 …`, sixteen groups of four digits.
    pub fn groups(&self) -> String {
        let groups = self.0.chunks(2);
        let groups: Vec<_> = groups
            .map(|pair| format!("{:02x}{:02x}", pair[0], pair[1]))
            .collect();
        groups.join(" ")
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// In any case; colons and white space between the digits are passed over: it may have been printed on
/// two lines.
impl FromStr for Sha256 {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut digits = Vec::with_capacity(64);
        for character in text.chars() {
            match character.to_digit(16) {
                Some(digit) => digits.push(digit),
                None if character == ':' || character.is_ascii_whitespace() => {}
                None => return Err(DigestError("and colons or blanks between them")),
            }
        }
        if digits.len() != 64 {
            return Err(DigestError("no more and no less"));
        }
        let mut octets = [0; 32];
        for (octet, pair) in octets.iter_mut().zip(digits.chunks(2)) {
            *octet = u8::try_from(pair[0] << 4 | pair[1]).expect("two digits make an octet");
        }
        Ok(Self(octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's example: `printf abc | sha256sum`.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn every_form_of_it_is_read_again() {
        let digest = Sha256::of(b"abc");
        assert_eq!(digest.to_string(), ABC);
        assert!(digest.fingerprint().starts_with("BA:78:16:BF:"));
        assert!(digest.groups().starts_with("ba78 16bf "));
        let lines = digest.groups().replacen(' ', "\n  ", 8);
        for text in [ABC.to_owned(), digest.fingerprint(), digest.groups(), lines] {
            assert_eq!(text.parse(), Ok(digest), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["", &ABC[1..], &format!("{ABC}0"), &ABC.replace('b', "g")] {
            assert!(text.parse::<Sha256>().is_err(), "{text}");
        }
    }
}
