//! Private keys that are encrypted: ours by scrypt and AES-256, and those of others however OpenSSL
//! can decrypt them.

use openssl::error::{Error, ErrorStack};
use openssl::pkey::PKey;
use openssl::sign::Verifier;
use openssl::symm::{self, Cipher};
use zeroize::Zeroizing;

use super::super::ffi;
use super::super::find::Shape;
use super::super::pem::{self, Block, Flaw};
use super::{KeyError, KeyKind, Passphrase, PrivateKey};

/// The label of an EncryptedPrivateKeyInfo (RFC 5958 §3, RFC 7468 §11).
pub(super) const LABEL: &str = "ENCRYPTED PRIVATE KEY";

/// scrypt's N (RFC 7914 §2): the largest that OpenSSL takes within its limit of 32 MiB, which no
/// option of the program raises.
const COST: u64 = 1 << 14;
/// scrypt's r.
const BLOCK_SIZE: u64 = 8;
/// scrypt's p: what N cannot be raised to is made up for in time. One of p takes 52 ms of a core at
/// 2 GHz, so all of them about a second: of whoever guesses too, for each guess.
const PARALLELIZATION: u64 = 20;
/// 128 N r for one block after another, and 128 r p for all of them, with something to spare.
const MEMORY_LIMIT: u64 = 32 << 20;

const SALT_LENGTH: usize = 16;
const IV_LENGTH: usize = 16;
const KEY_LENGTH: usize = 32;

/// pkcs5PBES2 (RFC 8018 §A.4).
const PBES2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 13];
/// id-scrypt (RFC 7914 §7).
const SCRYPT: &[u64] = &[1, 3, 6, 1, 4, 1, 11591, 4, 11];
/// aes256-CBC-PAD (RFC 8018 §B.2.5).
const AES_256_CBC: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 1, 42];

impl PrivateKey {
    /// As [`PrivateKey::from_pem`], for a key that is encrypted: PKCS#8, or as OpenSSL did before it
    /// (`Proc-Type: 4,ENCRYPTED`).
    pub fn from_encrypted_pem(text: &[u8], passphrase: &Passphrase) -> Result<Self, KeyError> {
        let block = pem::scan(text)
            .find(Block::is_private_key)
            .ok_or(KeyError::NoKey)?;
        let fill = |buffer: &mut [u8]| Ok(fill(buffer, passphrase));
        let (form, pkey) = match &block.body {
            Err(Flaw::Encrypted) => {
                let text = &text[block.start..block.end];
                ffi::name_ciphers(&[
                    Cipher::aes_128_cbc(),
                    Cipher::aes_192_cbc(),
                    Cipher::aes_256_cbc(),
                    Cipher::des_ede3_cbc(),
                ]);
                let pkey = PKey::private_key_from_pem_callback(text, fill);
                (Form::Traditional, pkey)
            }
            Ok(der) if block.label == LABEL && Shape::of(der) == Shape::EncryptedKey => (
                Form::Pkcs8,
                PKey::private_key_from_pkcs8_callback(der, fill),
            ),
            _ => return Self::from_block(block),
        };
        let pkey = pkey.map_err(|error| why_not(&error, form))?;
        let kind = KeyKind::of(&pkey)?;
        let key = Self { pkey, kind };
        // Octets that are damaged decrypt to others, and may still look like a key.
        match key.signs_what_verifies() {
            Ok(true) => Ok(key),
            _ => Err(KeyError::Damaged),
        }
    }

    /// PKCS#8 in PEM, encrypted by PBES2 with scrypt and AES-256 (RFC 8018, RFC 7914). What does not
    /// decrypt to the same key is not given out.
    pub fn to_encrypted_pem(&self, passphrase: &Passphrase) -> Result<String, KeyError> {
        let mut random = [0; SALT_LENGTH + IV_LENGTH];
        openssl::rand::rand_bytes(&mut random)?;
        let (salt, iv) = random.split_at(SALT_LENGTH);
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        openssl::pkcs5::scrypt(
            passphrase.octets(),
            salt,
            COST,
            BLOCK_SIZE,
            PARALLELIZATION,
            MEMORY_LIMIT,
            &mut *key,
        )?;
        let plain = Zeroizing::new(self.pkey.private_key_to_pkcs8()?);
        let encrypted = symm::encrypt(Cipher::aes_256_cbc(), &*key, Some(iv), &plain)?;
        let pem = pem::encode(LABEL, &encrypted_private_key_info(salt, iv, &encrypted));
        let read = Self::from_encrypted_pem(pem.as_bytes(), passphrase)?;
        let read = Zeroizing::new(read.pkey.private_key_to_pkcs8()?);
        if read != plain {
            return Err(KeyError::Damaged);
        }
        Ok(pem)
    }

    fn signs_what_verifies(&self) -> Result<bool, ErrorStack> {
        const MESSAGE: &[u8] = b"meshpki";

        let signature = self.sign(MESSAGE)?;
        let (pkey, digest) = self.as_pkey();
        Verifier::new(digest, pkey)?.verify_oneshot(&signature, MESSAGE)
    }
}

/// EncryptedPrivateKeyInfo (RFC 5958 §3) with PBES2-params (RFC 8018 §A.4) and scrypt-params
/// (RFC 7914 §7.1).
fn encrypted_private_key_info(salt: &[u8], iv: &[u8], encrypted: &[u8]) -> Vec<u8> {
    let oid = yasna::models::ObjectIdentifier::from_slice;
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_sequence(|writer| {
                writer.next().write_oid(&oid(PBES2));
                writer.next().write_sequence(|writer| {
                    writer.next().write_sequence(|writer| {
                        writer.next().write_oid(&oid(SCRYPT));
                        writer.next().write_sequence(|writer| {
                            writer.next().write_bytes(salt);
                            writer.next().write_u64(COST);
                            writer.next().write_u64(BLOCK_SIZE);
                            writer.next().write_u64(PARALLELIZATION);
                        });
                    });
                    writer.next().write_sequence(|writer| {
                        writer.next().write_oid(&oid(AES_256_CBC));
                        writer.next().write_bytes(iv);
                    });
                });
            });
            writer.next().write_bytes(encrypted);
        });
    })
}

/// OpenSSL's way to ask: never on a terminal.
fn fill(buffer: &mut [u8], passphrase: &Passphrase) -> usize {
    let octets = passphrase.octets();
    buffer[..octets.len()].copy_from_slice(octets);
    octets.len()
}

/// Why the key did not come out. Without a checksum, a wrong passphrase and most damage look alike.
fn why_not(errors: &ErrorStack, form: Form) -> KeyError {
    // `ERR_LIB_...` of openssl/err.h, and reasons of openssl/proverr.h, pkcs12err.h.
    const EVP: i32 = 6;
    const PEM: i32 = 9;
    const PKCS12: i32 = 35;
    const PROVIDER: i32 = 57;
    const BAD_DECRYPT: i32 = 100;
    const DECODE_ERROR: i32 = 101;
    /// Reasons from here on say in which library the true reason is.
    const COMMON_REASONS: i32 = 1 << 19;

    let has = |library, reason| {
        let is_it =
            |error: &Error| (error.library_code(), error.reason_code()) == (library, reason);
        errors.errors().iter().any(is_it)
    };
    if has(PROVIDER, BAD_DECRYPT) {
        return KeyError::WrongPassphrase;
    }
    let obstacle = errors.errors().iter().find(|error| {
        let is_own = error.reason_code() < COMMON_REASONS;
        error.library_code() == EVP || error.library_code() == PEM && is_own
    });
    if let Some(obstacle) = obstacle {
        let reason = obstacle.reason().unwrap_or("it does not say why");
        let detail = obstacle.data().map(|data| format!(": {data}"));
        let text = format!("{reason}{}", detail.unwrap_or_default());
        return KeyError::Undecryptable(crate::escape::text(&text));
    }
    // One wrong passphrase of 256 leaves what looks like padding, and nothing else that looks right:
    // a PrivateKeyInfo (RFC 5958) would be.
    if form == Form::Pkcs8 && !has(PKCS12, DECODE_ERROR) {
        return KeyError::Damaged;
    }
    KeyError::WrongPassphrase
}

/// What an encrypted key looks like once it is decrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Pkcs8,
    /// PKCS#1, SEC1 or others: nothing but the numbers.
    Traditional,
}

#[cfg(test)]
mod tests {
    use openssl::ec::EcKey;
    use openssl::nid::Nid;

    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(Zeroizing::new(text.as_bytes().to_vec())).unwrap()
    }

    /// One of 256 leaves what looks like padding: of 1000, there are some.
    #[test]
    fn no_wrong_passphrase_looks_like_something_else() {
        let group = openssl::ec::EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = EcKey::generate(&group).unwrap();
        let cipher = Cipher::aes_256_cbc();
        let traditional = key.private_key_to_pem_passphrase(cipher, b"right");
        let key = PKey::from_ec_key(key).unwrap();
        let pkcs8 = key.private_key_to_pem_pkcs8_passphrase(cipher, b"right");
        for pem in [traditional.unwrap(), pkcs8.unwrap()] {
            let right = PrivateKey::from_encrypted_pem(&pem, &passphrase("right")).unwrap();
            assert!(right.pkey.public_eq(&key));
            for number in 0..1000 {
                let wrong = passphrase(&format!("wrong{number}"));
                let error = PrivateKey::from_encrypted_pem(&pem, &wrong).unwrap_err();
                assert!(matches!(error, KeyError::WrongPassphrase), "{error}");
            }
        }
    }
}
