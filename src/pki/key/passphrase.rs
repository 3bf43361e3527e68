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
