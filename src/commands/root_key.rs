//! root-key.pem, which may be encrypted.

use std::sync::mpsc;

use zeroize::Zeroizing;

use super::passphrase::{Passphrases, Source};
use super::{Session, each};
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::signing_root::SigningRootError;
use crate::pki::key::{KeyError, Passphrase, PrivateKey};

/// The key in root-key.pem. Its passphrase is asked for while no folder is locked: a command looks
/// at everything without the key, lets go of the lock, has it decrypted and begins again.
pub struct RootKey<'a> {
    session: &'a Session,
    passphrases: Passphrases<'a>,
    /// What was found encrypted.
    locked: Option<Zeroizing<Vec<u8>>>,
    /// What it was decrypted to.
    opened: Option<PrivateKey>,
}

impl<'a> RootKey<'a> {
    pub fn new(passphrases: Passphrases<'a>, session: &'a Session) -> Self {
        Self {
            session,
            passphrases,
            locked: None,
            opened: None,
        }
    }

    /// For a command that signs and makes no key.
    pub fn to_sign_with(passin: Option<&'a Source>, session: &'a Session) -> Self {
        Self::new(Passphrases::new(passin, None, session), session)
    }

    pub fn passphrases(&mut self) -> &mut Passphrases<'a> {
        &mut self.passphrases
    }

    /// The key in `text`, which is that of root-key.pem; `None` as long as it is encrypted.
    pub fn read(&mut self, text: &[u8]) -> Result<Option<PrivateKey>, KeyError> {
        match PrivateKey::from_pem(text) {
            Err(KeyError::Encrypted) => {
                let is_known = self.locked.as_ref().is_some_and(|known| **known == *text);
                if !is_known {
                    // Whatever was decrypted is another.
                    self.opened = None;
                    self.locked = Some(Zeroizing::new(text.to_vec()));
                }
                Ok(self.opened.take())
            }
            key => key.map(Some),
        }
    }

    /// The key that was found encrypted.
    pub fn open(&mut self) -> anyhow::Result<PrivateKey> {
        let passphrase = self.passphrases.of(mesh::ROOT_KEY)?;
        let text = self.locked.clone().expect("it was read");
        decrypt(text, passphrase, self.session)
    }

    /// As [`RootKey::open`], for [`RootKey::read`] to give out.
    pub fn unlock(&mut self) -> anyhow::Result<()> {
        self.opened = Some(self.open()?);
        Ok(())
    }
}

/// The key in `text`, which is that of root-key.pem. How long that takes, whoever wrote it has
/// said: a signal does not wait for it.
fn decrypt(
    text: Zeroizing<Vec<u8>>,
    passphrase: Passphrase,
    session: &Session,
) -> anyhow::Result<PrivateKey> {
    let (sender, decrypted) = mpsc::channel();
    session.listen()?;
    rayon::spawn(move || {
        // The receiver is gone if the run was interrupted, and the key with it.
        let _ = sender.send(PrivateKey::from_encrypted_pem(&text, &passphrase));
    });
    each::next(&decrypted, session)?.map_err(|error| match error {
        KeyError::WrongPassphrase => anyhow::anyhow!("wrong passphrase for {}", mesh::ROOT_KEY),
        error => refusal(error).into(),
    })
}

/// Why root-key.pem cannot be used, and the way out.
pub fn refusal(error: KeyError) -> Refusal {
    let error = SigningRootError::from(error);
    Refusal::new(&error, error.hint())
}
