//! What private keys are encrypted with.

use std::fmt;

use zeroize::Zeroizing;

/// A passphrase. It is never printed, and wiped from memory when it is no longer needed.
pub struct Passphrase(Zeroizing<Vec<u8>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    #[error("it has a NUL in it, where openssl would end it")]
    Nul,
    #[error(
        "it is longer than {} octets, and openssl reads no more",
        Passphrase::LONGEST
    )]
    TooLong,
    #[error(
        "it is shorter than {} octets, and openssl asks for no less",
        Passphrase::SHORTEST
    )]
    TooShort,
}

impl Passphrase {
    /// What openssl reads at a prompt, or of a line (apps/include/apps.h, `APP_PASS_LEN`).
    const LONGEST: usize = 1023;
    /// What openssl takes at a prompt (apps/include/apps_ui.h, `PW_MIN_LENGTH`).
    const SHORTEST: usize = 4;

    /// One that something is encrypted with already.
    pub fn new(octets: Zeroizing<Vec<u8>>) -> Result<Self, PassphraseError> {
        if octets.contains(&0) {
            return Err(PassphraseError::Nul);
        }
        if octets.len() > Self::LONGEST {
            return Err(PassphraseError::TooLong);
        }
        Ok(Self(octets))
    }

    /// One that something is going to be encrypted with.
    pub fn for_encryption(octets: Zeroizing<Vec<u8>>) -> Result<Self, PassphraseError> {
        if octets.len() < Self::SHORTEST {
            return Err(PassphraseError::TooShort);
        }
        Self::new(octets)
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passphrases_are_what_openssl_can_be_given() {
        let refusal = |octets: &[u8]| Passphrase::new(Zeroizing::new(octets.to_vec())).err();
        assert_eq!(refusal(b""), None);
        assert_eq!(refusal(&[b'x'; 1023]), None);
        assert_eq!(refusal(&[b'x'; 1024]), Some(PassphraseError::TooLong));
        assert_eq!(refusal(b"a\0b"), Some(PassphraseError::Nul));
        let refusal =
            |octets: &[u8]| Passphrase::for_encryption(Zeroizing::new(octets.to_vec())).err();
        assert_eq!(refusal(b"abc"), Some(PassphraseError::TooShort));
        assert_eq!(refusal("ä ö".as_bytes()), None);
        let secret = Zeroizing::new(b"secret".to_vec());
        assert_eq!(
            format!("{:?}", Passphrase::new(secret).unwrap()),
            "Passphrase"
        );
    }
}
